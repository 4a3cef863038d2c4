//! Custom apps in Shopify stores: the token's scopes, whose it is, and which API version answered.
//!
//! Scopes come first: the question needs none itself, so its answer judges the token and nothing else. The shop's identity comes
//! second; it tells a good token for another store, and its headers tell a version that is no longer served.

mod answer;
mod errors;
mod identity;
mod scopes;
mod token;
mod version;

use std::time::SystemTime;

use jiff::Timestamp;

use crate::model::cause::Cause;
use crate::model::endpoint::Address;
use crate::model::evidence::{Finding, Scopes, Warning};
use crate::model::phase::Phase;
use crate::model::probe::ShopifyProbe;
use crate::model::scrub::mask;
use crate::model::secret::Secret;
use crate::model::shop;
use crate::model::verdict::Judgement;
use crate::wire::Wire;
use crate::wire::http::{Content, Request};
use crate::wire::transcript::Transcript;

use self::answer::{Heard, judge_scopes};
use self::identity::{Shop, judge_identity};
use self::version::{Version, drift};
use super::judge::Answer;
use super::target::is_loopback;
use super::{Subject, no_probe};

/// The header that carries the token.
const TOKEN: &str = "X-Shopify-Access-Token";
/// Whose token it is. Needs no scope.
const WHO: &str = r#"{"query":"{ shop { name myshopifyDomain } }"}"#;

/// Whether the token of a shop may go there: to that shop, or to a stand-in on this machine. The last look before it is sent; where
/// a connection leads was decided, and refused with better words, by [`super::target`].
fn may_receive(shop: &str, address: &Address) -> bool {
    is_loopback(&address.host) || (*address.scheme == *"https" && *address.host == *shop)
}

/// Interviews a Shopify store.
pub(crate) async fn probe(subject: &Subject<'_>, spec: &ShopifyProbe, wire: &Wire) -> Finding {
    let Some(token) = subject.credential.secret("access_token") else {
        return no_probe(
            "the connection has a client id and secret; exchanging them for a token comes with a later version",
        );
    };
    let transcript = Transcript::begin(subject.scrubber);
    let mut interview = Interview { subject, spec, wire, token, shop: String::new(), found: Found::default() };
    let judgement = match interview.hold(&transcript).await {
        Ok(judgement) | Err(judgement) => judgement,
    };
    let Found { account, scopes, warnings } = interview.found;
    let (evidence, phases) = transcript.finish();
    Finding { judgement, phases, account, scopes, warnings, evidence }
}

/// What has come to light so far.
#[derive(Debug, Default)]
struct Found {
    account: Option<String>,
    scopes: Scopes,
    warnings: Vec<Warning>,
}

struct Interview<'a> {
    subject: &'a Subject<'a>,
    spec: &'a ShopifyProbe,
    wire: &'a Wire,
    token: &'a Secret,
    /// The store, in its own form.
    shop: String,
    found: Found,
}

impl Interview<'_> {
    /// The interview. Both sides are judgements; the error side only ends it early.
    async fn hold(&mut self, transcript: &Transcript<'_>) -> Result<Judgement, Judgement> {
        let written = self.subject.connection.public("shop").unwrap_or_default();
        let declared = &self.subject.endpoint.declared;
        self.shop = shop::normalise(written).ok().filter(|shop| may_receive(shop, declared)).ok_or_else(|| {
            let message = format!("Refusing to send a Shopify token to {declared}.");
            Judgement::of(Cause::DestinationRefused, Phase::Resolve, message, "Correct the shop of the connection.")
        })?;

        transcript.enter(Phase::Auth);
        let answer = self.ask(self.request("GET", "/admin/oauth/access_scopes.json".to_owned()), transcript).await?;
        let granted = judge_scopes(&self.heard(&answer, Phase::Auth))?;
        self.compare_scopes(granted);

        transcript.enter(Phase::Authz);
        let now = clock(&answer);
        let version = self.version(now)?;
        let mut question = self.request("POST", format!("/admin/api/{version}/graphql.json"));
        question.headers.push(("Content-Type".into(), Content::Open("application/json".to_owned())));
        question.body = Some(Content::Open(WHO.to_owned()));
        let answer = self.ask(question, transcript).await?;
        let served = answer.header("x-shopify-api-version");
        self.found.warnings.extend(drift(&version, served, now).map(|words| Warning::new("version-drift", words)));

        transcript.enter(Phase::Assert);
        match judge_identity(&self.heard(&answer, Phase::Authz)) {
            Ok(shop) => self.compare_shop(&shop)?,
            // The scopes have proved the token. Only a step that has to know whose it is needs the second answer.
            Err(limited) if limited.cause == Some(Cause::RateLimited) && self.subject.account.is_none() => {
                let words = format!("{} Whose token it is was not confirmed.", limited.message);
                self.found.warnings.push(Warning::new("rate-limited", words));
            }
            Err(judgement) => return Err(judgement),
        }
        Ok(self.conclude())
    }

    fn request(&self, method: &str, path: String) -> Request {
        let value = Content::Secret {
            value: self.token.clone(),
            shown: mask(&format!("{}.access_token", self.subject.connection.name)),
        };
        let headers = vec![(TOKEN.into(), value), ("Accept".into(), Content::Open("application/json".to_owned()))];
        Request { method: method.into(), path, query: Vec::new(), headers, body: None, confidential: false }
    }

    async fn ask(&self, request: Request, transcript: &Transcript<'_>) -> Result<Answer, Judgement> {
        let (endpoint, credential) = (self.subject.endpoint, self.subject.credential);
        let asked = self.wire.exchange(endpoint, credential, request, transcript).await;
        asked.map(Answer::new).map_err(|obstacle| obstacle.judgement(&endpoint.declared))
    }

    fn heard<'r>(&'r self, answer: &'r Answer, phase: Phase) -> Heard<'r> {
        let (hint, scrubber) = (token::hint(self.token), self.subject.scrubber);
        Heard { shop: &self.shop, phase, answer, hint, scrubber }
    }

    /// The step's own version, else the connection's, else the newest that Shopify serves.
    fn version(&self, now: Timestamp) -> Result<String, Judgement> {
        let stated = self.spec.api_version.as_deref().or_else(|| self.subject.connection.public("api_version"));
        let Some(stated) = stated else { return Ok(Version::newest(now).to_string()) };
        if stated == "unstable" || Version::parse(stated).is_some() {
            return Ok(stated.to_owned());
        }
        let message = format!("`{stated}` is no version of Shopify's API.");
        Err(Judgement::of(
            Cause::ConfigInvalid,
            Phase::Resolve,
            message,
            "Write it as YYYY-01, -04, -07 or -10, or leave it out.",
        ))
    }

    fn compare_scopes(&mut self, granted: Vec<String>) {
        let mut required: Vec<String> = Vec::new();
        for scope in self.subject.requires.iter().chain(&self.spec.scopes) {
            if !required.iter().any(|known| **known == **scope) {
                required.push(scope.to_string());
            }
        }
        let missing = scopes::missing(&granted, &required).into_iter().cloned().collect();
        self.found.scopes = Scopes { granted, required, missing };
    }

    fn compare_shop(&mut self, shop: &Shop) -> Result<(), Judgement> {
        self.found.account = Some(format!("{} ({})", shop.name, shop.domain));
        let wrong = |expected: &str, remedy: &str| {
            let message = format!("The token is good, but for {}; {expected} was expected.", shop.domain);
            Judgement::of(Cause::WrongAccount, Phase::Authz, message, remedy)
        };
        if shop.domain != self.shop {
            return Err(wrong(&self.shop, "Put this store's domain into the connection, or the other store's token."));
        }
        match self.subject.account {
            Some(account) if !is_shop(shop, account) => {
                Err(wrong(account, "Select the connection of that store, or correct `account` in the step."))
            }
            _ => Ok(()),
        }
    }

    fn conclude(&self) -> Judgement {
        let Scopes { granted, missing, .. } = &self.found.scopes;
        if missing.is_empty() {
            let count = match granted.len() {
                0 => "no scope".to_owned(),
                1 => "1 scope".to_owned(),
                count => format!("{count} scopes"),
            };
            let message = format!("{} accepts the token, which has {count}.", self.shop);
            return Judgement::pass(Phase::Assert, message);
        }
        let missing = missing.join(", ");
        Judgement::of(
            Cause::PermissionMissing,
            Phase::Authz,
            format!("{} accepts the token, but it lacks {missing}, which the step needs.", self.shop),
            format!("Add {missing} to the custom app's Admin API scopes, and install the app again."),
        )
    }
}

/// Whether a step means this shop: by its name, its domain, or the first part of that.
fn is_shop(shop: &Shop, account: &str) -> bool {
    account.eq_ignore_ascii_case(&shop.name) || shop::normalise(account).is_ok_and(|domain| domain == shop.domain)
}

/// The time by the server's clock, which decides which API versions there are; ours where it tells none.
fn clock(answer: &Answer) -> Timestamp {
    let told = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    Timestamp::try_from(told.unwrap_or_else(SystemTime::now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_its_own_shop_or_to_this_machine() {
        let may = |scheme: &str, host: &str| {
            may_receive("acme.myshopify.com", &Address { scheme: scheme.into(), host: host.into(), port: 443 })
        };
        assert!(may("https", "acme.myshopify.com") && may("http", "127.0.0.1") && may("http", "localhost"));
        assert!(!may("http", "acme.myshopify.com"));
        assert!(!may("https", "other.myshopify.com"));
        assert!(!may("https", "acme.myshopify.com.evil.example"));
    }

    #[test]
    fn a_step_may_name_its_shop_in_any_way() {
        let shop = Shop { name: "Acme".to_owned(), domain: "acme-outdoor.myshopify.com".to_owned() };
        for account in ["acme", "ACME", "acme-outdoor", "https://acme-outdoor.myshopify.com/"] {
            assert!(is_shop(&shop, account), "{account}");
        }
        assert!(!is_shop(&shop, "acme-outlet"));
    }
}
