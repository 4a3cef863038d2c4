//! What the browser is sent to, and what is taken from it.

use std::sync::Arc;

use super::*;
use crate::model::app::Recipe;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::fields::Fields;
use crate::model::oauth2::Oauth2Recipe;
use crate::model::scheme::Scheme;
use crate::probe::oauth2::applicant::Applicant;
use crate::wire::tcp::Reach;
use crate::wire::{Limits, Wire};

const REDIRECT: &str = "http://127.0.0.1:50505/callback";

fn chance() -> Chance {
    // RFC 7636 appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
    Chance { state: Zeroizing::new("canary-state".to_owned()), verifier: Zeroizing::new(verifier) }
}

/// The request of a connection with these public fields.
fn request(
    fields: &[(&str, &str)],
    known: Option<Oauth2Recipe>,
    metadata: Option<&Discovered>,
    scrubber: &Scrubber,
) -> Result<Authorization, Judgement> {
    let recipe = known.map(|known| Recipe {
        scheme: Scheme::Oauth2,
        fields: Vec::new(),
        base_url: None,
        place: None,
        oauth1: None,
        oauth2: Some(Box::new(known)),
        probe: None,
        renew: None,
        verified: false,
        sources: Vec::new(),
    });
    let mut public: Fields<Box<str>> = Fields::new();
    for (name, value) in fields {
        public.insert((*name).into(), (*value).into());
    }
    let connection = Connection {
        name: "eu".into(),
        app: "http".into(),
        scheme: Scheme::Oauth2,
        label: None,
        default: false,
        public: public.clone(),
        secrets: Fields::new(),
        place: None,
        sealed: false,
        file: "connections/eu.yaml".into(),
    };
    let credential = Credential { connection: Arc::clone(&connection.name), public, secrets: Fields::new() };
    let wire = Wire::new(Reach::LoopbackOnly, Limits::default());
    let (recipe, connection, credential) = (recipe.as_ref(), &connection, &credential);
    let applicant = Applicant { recipe, connection, credential, wire: &wire, scrubber };
    applicant.authorization(REDIRECT, metadata, &chance())
}

const PLAIN: [(&str, &str); 3] = [
    ("authorize_url", "https://login.example/authorize?tenant=a%20b"),
    ("token_url", "https://login.example/token"),
    ("client_id", "an id & more"),
];

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    PLAIN.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn the_challenge_is_that_of_the_rfc() {
    let request = request(&PLAIN, None, None, &Scrubber::new()).expect("everything is stated");
    let url = request.url();
    assert!(
        url.contains("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"),
        "{url}"
    );
    assert!(!url.contains("dBjftJeZ4CVP"), "the verifier stays here: {url}");
}

#[test]
fn a_url_has_what_the_rfc_asks_for_in_a_form_that_every_server_reads() {
    let scopes = with(&[("scopes", "read write:all")]);
    let request = request(&scopes, None, None, &Scrubber::new()).expect("everything is stated");
    assert_eq!(
        request.url().split("&code_challenge").next(),
        Some(
            "https://login.example/authorize?tenant=a%20b&response_type=code&client_id=an%20id%20%26%20more&redirect_uri=\
             http%3A%2F%2F127.0.0.1%3A50505%2Fcallback&scope=read%20write%3Aall"
        )
    );
    assert!(request.url().ends_with("&state=canary-state"), "{}", request.url());
}

#[test]
fn a_recipe_says_separator_parameters_and_whether_there_is_pkce() {
    let known = Oauth2Recipe {
        scopes: vec!["a".into(), "b".into()],
        separator: Some(",".into()),
        without_pkce: true,
        authorize: vec![("access_type".into(), "offline".into()), ("who".into(), "{client_id}".into())],
        client_id: Some("recipe's".into()),
        ..Oauth2Recipe::default()
    };
    let request = request(&PLAIN, Some(known), None, &Scrubber::new()).expect("everything is stated");
    let url = request.url();
    assert!(url.contains("&scope=a%2Cb&"), "{url}");
    assert!(url.contains("&access_type=offline&who=an%20id%20%26%20more&"), "{url}");
    assert!(!url.contains("code_challenge"), "{url}");
    assert!(url.contains("client_id=an%20id"), "the connection's own client wins: {url}");
}

#[test]
fn without_a_page_or_a_client_there_is_no_request() {
    let scrubber = Scrubber::new();
    for missing in ["authorize_url", "client_id", "token_url"] {
        let fields: Vec<_> = PLAIN.into_iter().filter(|(name, _)| *name != missing).collect();
        let judgement = request(&fields, None, None, &scrubber).expect_err(missing);
        assert_eq!(judgement.cause, Some(Cause::FieldMissing), "{missing}");
        assert!(judgement.message.contains(missing), "{}", judgement.message);
    }
}

/// Further fields, metadata, the query of the answer, the code or the cause.
type Case<'c> = (&'c [(&'c str, &'c str)], Option<&'c Discovered>, &'c str, Result<&'c str, Cause>);

#[test]
fn an_answer_is_read_whole() {
    let metadata =
        |names_issuer| Discovered { issuer: "https://login.example".to_owned(), names_issuer, fields: Vec::new() };
    let (silent, naming) = (metadata(false), metadata(true));
    let stated = [("issuer", "https://login.example")];
    let cases: [Case<'_>; 12] = [
        (&[], None, "code=canary-code", Ok("canary-code")),
        (&[], None, "code=canary-code&iss=https://anybody.example", Ok("canary-code")),
        (&[], Some(&silent), "code=canary-code", Ok("canary-code")),
        (&[], Some(&silent), "code=canary-code&iss=https://evil.example", Err(Cause::DestinationRefused)),
        (&[], Some(&naming), "code=canary-code&iss=https://login.example", Ok("canary-code")),
        (&[], Some(&naming), "code=canary-code&iss=https://login.example/", Err(Cause::DestinationRefused)),
        (&[], Some(&naming), "code=canary-code", Err(Cause::DestinationRefused)),
        (&stated, None, "code=canary-code&iss=https://evil.example", Err(Cause::DestinationRefused)),
        (&stated, None, "code=canary-code", Ok("canary-code")),
        (&[], None, "code=", Err(Cause::UnexpectedResponse)),
        (&[], None, "error=access_denied&code=canary-code", Err(Cause::InteractionRequired)),
        (&[], Some(&naming), "error=access_denied", Err(Cause::DestinationRefused)),
    ];
    for (more, metadata, query, expected) in cases {
        let scrubber = Scrubber::new();
        let fields: Vec<_> = PLAIN.iter().copied().chain(more.iter().copied()).collect();
        let request = request(&fields, None, metadata, &scrubber).expect("everything is stated");
        let parameters: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        match (request.code(&parameters, &scrubber), expected) {
            (Ok(code), Ok(expected)) => assert_eq!(code, Secret::new(expected), "{query}"),
            (Err(judgement), Err(cause)) => assert_eq!(judgement.cause, Some(cause), "{query}: {judgement:?}"),
            (came, expected) => panic!("{query}: {came:?}, not {expected:?}"),
        }
        assert!(scrubber.finds(b"canary-state"), "the state is known to the scrubber");
        assert!(!query.contains("canary-code") || scrubber.finds(b"canary-code"), "so is a code, used or not: {query}");
    }
}

#[test]
fn a_state_is_ours_or_not() {
    let request = request(&PLAIN, None, None, &Scrubber::new()).expect("everything is stated");
    assert!(request.state().is(b"canary-state"));
    for other in ["", "canary-stat", "canary-state ", "canary-statE"] {
        assert!(!request.state().is(other.as_bytes()), "{other}");
    }
}

#[test]
fn two_draws_differ_and_are_long_enough() {
    let (first, second) = (Chance::draw(), Chance::draw());
    assert_ne!(first.state, second.state);
    assert_ne!(first.verifier, second.verifier);
    assert_ne!(first.state, first.verifier);
    // RFC 7636 section 4.1 asks for 43 to 128 characters.
    assert_eq!(first.verifier.len(), 43);
    assert_eq!(format!("{first:?}"), "Chance(***)");
}
