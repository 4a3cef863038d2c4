//! What is asked when there is a token.

use super::Interview;
use super::keep::Token;
use crate::model::cause::Cause;
use crate::model::evidence::Warning;
use crate::model::phase::Phase;
use crate::model::probe::{HttpProbe, ShopifyProbe};
use crate::model::verdict::Judgement;
use crate::probe::scopes::{self, Listed};
use crate::probe::{Subject, account, http, shopify};

/// What is asked when there is a token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rest<'a> {
    /// The app's API.
    Http(&'a HttpProbe),
    /// Shopify's Admin API.
    Shopify(&'a ShopifyProbe),
    /// Nothing but whether there is a good token.
    Token,
}

impl Interview<'_> {
    /// Asks the rest with a token in hand.
    pub(super) async fn ask(&mut self, token: &Token) -> Judgement {
        match self.rest {
            Rest::Http(probe) => {
                let lists = probe.scopes.is_some() || token.scopes.is_some();
                let granted = if lists { token.scopes.clone() } else { self.listed(token).await };
                let subject = Subject { credential: &token.credential, ..*self.subject };
                http::probe(&subject, probe, self.wire, self.transcript, granted.as_ref(), &mut self.found).await
            }
            Rest::Shopify(spec) => {
                let subject = Subject { credential: &token.credential, ..*self.subject };
                shopify::probe(&subject, spec, self.wire, self.transcript, &mut self.found).await
            }
            Rest::Token if token.is_new => {
                let granted = match &token.scopes {
                    Some(listed) => Some(listed.clone()),
                    None => self.listed(token).await,
                };
                self.conclude(granted.as_ref(), issued(token))
            }
            Rest::Token => self.about(token).await.unwrap_or_else(|judgement| judgement),
        }
    }

    /// Asks the issuer whether the token is good: that is the question.
    async fn about(&mut self, token: &Token) -> Result<Judgement, Judgement> {
        let dialogue = self.dialogue(&token.credential);
        let Some(url) = dialogue.find("introspection_url").await? else { return Err(nothing_to_ask(self.subject)) };
        let introspected = dialogue.introspect(&url).await?;
        if !introspected.active {
            return Err(dialogue.inactive(&url, token.expires_at));
        }
        let mut message = "The issuer says that the access token is active".to_owned();
        account::identify(self.subject, introspected.account.as_deref(), &mut message, &mut self.found)?;
        message.push('.');
        Ok(self.conclude(introspected.scopes.as_ref().or(token.scopes.as_ref()), message))
    }

    /// The scopes of a token as the issuer lists them, where a step has to know and nobody else tells. That it cannot be asked, or does not
    /// answer, is no fault of the token: the scopes are unknown then.
    async fn listed(&self, token: &Token) -> Option<Listed> {
        if self.subject.requires.is_empty() {
            return None;
        }
        let dialogue = self.dialogue(&token.credential);
        let url = dialogue.find("introspection_url").await.ok()??;
        dialogue.introspect(&url).await.ok()?.scopes
    }

    /// A pass, unless a scope is missing.
    fn conclude(&mut self, granted: Option<&Listed>, message: String) -> Judgement {
        self.found.scopes.required = self.subject.requires.iter().map(ToString::to_string).collect();
        let compared = scopes::compare(self.subject, granted, &[], &mut self.found);
        compared.err().unwrap_or_else(|| Judgement::pass(Phase::Auth, message))
    }

    /// Says which scopes were asked for and not granted: some servers drop them without a word.
    pub(super) fn compare_with_asked(&mut self, token: &Token) {
        let (Some(asked), Some(granted)) = (self.subject.connection.public("scopes"), &token.scopes) else { return };
        let dropped: Vec<_> = asked
            .split([' ', ','])
            .filter(|scope| !scope.is_empty() && !granted.scopes.iter().any(|known| known == scope))
            .map(|scope| format!("`{scope}`"))
            .collect();
        if !dropped.is_empty() {
            let what = format!("The server granted less than was asked for: it left out {}.", dropped.join(", "));
            self.found.warnings.push(Warning::new("scopes-dropped", what));
        }
    }
}

fn issued(token: &Token) -> String {
    match token.good_for {
        Some(seconds) => format!("The token endpoint issued an access token, good for {seconds} s."),
        None => "The token endpoint issued an access token.".to_owned(),
    }
}

fn nothing_to_ask(subject: &Subject<'_>) -> Judgement {
    let name = &subject.connection.name;
    Judgement::of(
        Cause::NoProbe,
        Phase::Resolve,
        format!("Not tested: nothing is known that the access token of `{name}` could be asked about."),
        "State `introspection_url` in the connection, or give the step `probe: {http: {request: GET /path, accept: {status: 200}}}`.",
    )
}
