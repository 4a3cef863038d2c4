//! A token that a person grants (RFC 5849 section 2): temporary credentials, the person's consent, the exchange.

use std::time::SystemTime;

use url::form_urlencoded;

use super::{moment, sign};
use crate::model::app::{Oauth1Place, Placement, Recipe};
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::probe::authentication::Authentication;
use crate::probe::judge::consent::{Returned, denied};
use crate::probe::judge::{Answer, Asked};
use crate::probe::target::{ServerUrl, oauth1_url};
use crate::sign::oauth1::{Parameter, Signer};
use crate::wire::Wire;
use crate::wire::http::{Content, Request};
use crate::wire::transcript::Transcript;

/// The callback of a client that nothing can be sent back to (section 2.1): the page shows a verifier, and the person types it.
pub const OUT_OF_BAND: &str = "oob";

/// A consumer that asks for a token.
#[derive(Debug, Clone, Copy)]
pub struct Consumer<'a> {
    /// The app's recipe.
    pub recipe: Option<&'a Recipe>,
    /// The connection, as far as it is known.
    pub connection: &'a Connection,
    /// Its values: those of the consumer, without a token.
    pub credential: &'a Credential,
    /// The wire.
    pub wire: &'a Wire,
    /// Masks secrets, those met on the way too.
    pub scrubber: &'a Scrubber,
}

/// What stands for the grant until a person has given it.
#[derive(Debug)]
pub struct Temporary {
    url: String,
    host: String,
    connection: String,
    token: String,
    known: Secret,
    secret: Secret,
}

/// A token.
#[derive(Debug)]
pub struct Issued {
    /// Its public half.
    pub token: String,
    /// Its secret half.
    pub token_secret: Secret,
}

impl Consumer<'_> {
    /// Obtains temporary credentials. `callback` is where the browser comes back to, or [`OUT_OF_BAND`].
    ///
    /// # Errors
    /// A judgement when none came.
    pub async fn temporary(&self, callback: &str) -> Result<Temporary, Judgement> {
        let more = [("oauth_callback".to_owned(), callback.to_owned())];
        let issued = self.ask("request_url", self.credential, &more, true).await?;
        let page = self.url("authorize_url")?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&page.query).append_pair("oauth_token", &issued.token);
        let url = format!("{}?{}", page.text(), query.finish().replace('+', "%20"));
        let (host, connection) = (page.address.host.to_string(), self.connection.name.to_string());
        let known = Secret::new(issued.token.as_str());
        Ok(Temporary { url, host, connection, known, token: issued.token, secret: issued.token_secret })
    }

    /// Exchanges them for a token.
    ///
    /// # Errors
    /// A judgement when none came.
    pub async fn token(&self, temporary: &Temporary, verifier: &str) -> Result<Issued, Judgement> {
        let mut credential = Credential::clone(self.credential);
        credential.public.insert("token".into(), temporary.token.as_str().into());
        credential.secrets.insert("token_secret".into(), temporary.secret.clone());
        let more = [("oauth_verifier".to_owned(), verifier.to_owned())];
        self.ask("token_url", &credential, &more, false).await
    }

    async fn ask(
        &self,
        key: &str,
        credential: &Credential,
        more: &[Parameter],
        temporary: bool,
    ) -> Result<Issued, Judgement> {
        let url = self.url(key)?;
        let transcript = Transcript::begin(self.scrubber);
        self.learn("oauth1", &Signer::of(credential).joined());
        let mut request = Request {
            method: "POST".into(),
            path: url.path.clone(),
            query: url.query.iter().map(|(name, value)| (name.clone(), Content::Open(value.to_string()))).collect(),
            headers: Vec::new(),
            body: None,
            confidential: true,
        };
        let moment = moment(SystemTime::now(), 0);
        let authentication = sign(&mut request, self.place(), credential, &url.address, &moment, more)?;
        transcript.enter(Phase::Auth);
        let endpoint = Endpoint::real(url.address.clone());
        let exchanged = self.wire.exchange(&endpoint, credential, request, &transcript).await;
        let answer = Answer::new(exchanged.map_err(|obstacle| obstacle.judgement(&url.address))?);
        let fields: Vec<Parameter> = form_urlencoded::parse(answer.text().trim().as_bytes()).into_owned().collect();
        let get = |wanted: &str| {
            let found = fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
            found.filter(|value| !value.is_empty())
        };
        if let Some(secret) = get("oauth_token_secret") {
            self.learn("token_secret", &Secret::new(secret));
        }
        let asked = self.asked(&url, &authentication);
        match (get("oauth_token"), get("oauth_token_secret")) {
            (Some(token), Some(secret)) if (200..300).contains(&answer.status()) => {
                // Section 2.1: a server that does not say so is one of before 1.0a, where a callback could be put under somebody.
                if temporary && get("oauth_callback_confirmed").as_deref() != Some("true") {
                    return Err(unconfirmed(&url));
                }
                Ok(Issued { token, token_secret: Secret::new(secret) })
            }
            _ => Err(asked.no_signed_token(&answer, !temporary)),
        }
    }

    fn url(&self, key: &str) -> Result<ServerUrl, Judgement> {
        oauth1_url(self.recipe, self.connection, key)?.ok_or_else(|| {
            Judgement::of(
                Cause::FieldMissing,
                Phase::Resolve,
                format!("The recipe of `{}` does not say where a person grants access.", self.connection.app),
                "Write an `oauth1:` block into its recipe (apps/NAME.yaml), or add the connection with a token that you have.",
            )
        })
    }

    /// Where the parameters stand: as for the app's own requests. A form they fill alone.
    fn place(&self) -> Oauth1Place {
        let stated = self.connection.place.as_deref().or_else(|| self.recipe.and_then(|recipe| recipe.place.as_ref()));
        match stated {
            Some(Placement::Oauth1(place)) => *place,
            _ => Oauth1Place::Header,
        }
    }

    fn learn(&self, field: &str, secret: &Secret) {
        // Joined to nothing, secrets are `&` alone.
        if secret.len() > 1 {
            self.scrubber.learn(&format!("{}.{field}", self.connection.name), secret);
        }
    }

    fn asked<'a>(&'a self, url: &'a ServerUrl, authentication: &'a Authentication) -> Asked<'a> {
        Asked {
            line: &url.path,
            address: &url.address,
            phase: Phase::Auth,
            authentication,
            needs: None,
            connection: &self.connection.name,
            renew: self.recipe.and_then(|recipe| recipe.renew.as_deref()),
            scrubber: self.scrubber,
            now: SystemTime::now(),
        }
    }
}

impl Temporary {
    /// The page for the person.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host of that page.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What an answer has to repeat to be one to this request.
    #[must_use]
    pub const fn token(&self) -> &Secret {
        &self.known
    }

    /// The verifier in an answer. Its token was compared before.
    ///
    /// # Errors
    /// A judgement when it brings none.
    pub fn verifier(&self, parameters: &[Parameter], scrubber: &Scrubber) -> Result<String, Judgement> {
        let get = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let returned = Returned { host: &self.host, connection: &self.connection, scrubber };
        if let Some(verifier) = get("oauth_verifier").filter(|verifier| !verifier.is_empty()) {
            scrubber.learn(&format!("{}.oauth_verifier", self.connection), &Secret::new(verifier.as_str()));
            return Ok(verifier);
        }
        // X sends `denied` with the token; others send the token back alone, or with a word of the Problem Reporting extension.
        let problem = get("oauth_problem");
        let refused = matches!(problem.as_deref(), Some("user_refused" | "permission_denied"));
        Err(match problem {
            Some(word) if !refused => returned.refused(&word, get("oauth_problem_advice").as_deref()),
            None if get("denied").is_none() => returned.empty_handed("oauth_verifier"),
            _ => denied(&format!("{} sent the browser back without a verifier.", self.host)),
        })
    }
}

fn unconfirmed(url: &ServerUrl) -> Judgement {
    Judgement::of(
        Cause::UnexpectedResponse,
        Phase::Auth,
        format!(
            "`{}` did not say `oauth_callback_confirmed=true`: it speaks the first OAuth 1.0, whose grants can be taken over by others.",
            url.text()
        ),
        "Nothing was used of it. Look for a newer address in the app's documentation.",
    )
}
