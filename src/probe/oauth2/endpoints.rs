//! Where an authorization server's endpoints are.

use super::dialogue::Dialogue;
use super::discover;
use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::scheme::Scheme;
use crate::model::verdict::Judgement;
use crate::probe::shopify::destined;
use crate::probe::target::{ServerUrl, server_url};

/// Where Shopify issues tokens, below the store's own address.
const SHOPIFY_TOKENS: &str = "/admin/oauth/access_token";

impl Dialogue<'_> {
    /// An endpoint: as stated, or as the issuer's metadata say. None where nobody says.
    pub(super) async fn find(&self, field: &str) -> Result<Option<ServerUrl>, Judgement> {
        if self.connection.scheme == Scheme::ShopifyCustomApp {
            let address = self.endpoint.declared.clone();
            destined(self.connection, &address)?;
            return Ok((field == "token_url").then(|| ServerUrl {
                address,
                path: SHOPIFY_TOKENS.to_owned(),
                query: Vec::new(),
            }));
        }
        if let Some(url) = server_url(self.recipe, self.connection, field)? {
            return Ok(Some(url));
        }
        match server_url(self.recipe, self.connection, "issuer")? {
            Some(issuer) => discover::endpoint(self, &issuer, field).await,
            None => Ok(None),
        }
    }

    /// The same for an endpoint that there has to be.
    pub(super) async fn endpoint(&self, field: &str) -> Result<ServerUrl, Judgement> {
        self.find(field).await?.ok_or_else(|| nowhere(field))
    }

    /// An endpoint that has to be stated: nobody is asked for it.
    pub(super) fn stated(&self, field: &str) -> Result<ServerUrl, Judgement> {
        server_url(self.recipe, self.connection, field)?.ok_or_else(|| nowhere(field))
    }

    /// The issuer, as it is written.
    pub(super) fn issuer(&self) -> Option<String> {
        let own = self.connection.public("issuer").map(str::trim).filter(|text| !text.is_empty());
        let known = || self.filled(self.known()?.url("issuer")?).ok();
        own.map(str::to_owned).or_else(known)
    }
}

fn nowhere(field: &str) -> Judgement {
    Judgement::of(
        Cause::FieldMissing,
        Phase::Resolve,
        format!("Field `{field}` is empty, and neither the app's recipe nor an `issuer` says where that is."),
        format!("Fill in `{field}` in the connection, as the app's documentation gives it."),
    )
}
