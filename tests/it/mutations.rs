//! Texts that nobody would write, and files broken at any place: no loader panics, and no secret is shown.

use std::path::Path;

use proptest::prelude::*;
use tugtest::document;
use tugtest::model::diagnostic::Diagnostic;
use tugtest::report::diagnostics::render;

use crate::documents::{SCENARIO, connection, scenario};

/// Every loader, on one text.
fn load_all(text: &str) -> Vec<Diagnostic> {
    let mut all = scenario(text).diagnostics;
    all.extend(connection(text).diagnostics);
    all.extend(document::fixture::parse(text, "a.yaml").diagnostics);
    all.extend(document::app::load(text, "a.yaml").diagnostics);
    all.extend(document::workspace::load(text, "tugtest.yaml", Path::new("/w")).diagnostics);
    all
}

const SECRET: &str = "canary-4f9a1c77b2e04d5e";
const CONNECTION: &str = "app: klaviyo\ntype: api-key\nfields: {api_key: canary-4f9a1c77b2e04d5e}\nlabel: EU\n";

proptest! {
    #[test]
    fn no_text_makes_a_loader_panic(text in "\\PC{0,80}") {
        let diagnostics = load_all(&text);
        prop_assert_eq!(render(&diagnostics, true).is_empty(), diagnostics.is_empty());
    }

    #[test]
    fn no_yaml_like_text_makes_a_loader_panic(text in "[a-c:{}\\[\\],&*!#|>'\"%@ \n\t\\-0-9é]{0,120}") {
        let diagnostics = load_all(&text);
        prop_assert_eq!(render(&diagnostics, false).is_empty(), diagnostics.is_empty());
    }

    #[test]
    fn no_mutation_of_a_valid_file_makes_a_loader_panic(at in 0..SCENARIO.len(), length in 0_usize..30, put in "[\\PC\n]{0,6}") {
        let mut bytes = SCENARIO.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        let text = String::from_utf8_lossy(&bytes);
        let diagnostics = load_all(&text);
        prop_assert_eq!(render(&diagnostics, false).is_empty(), diagnostics.is_empty());
    }

    /// However a connection file is broken around its secret, the secret is not shown.
    #[test]
    fn no_mutation_of_a_connection_shows_its_secret(
        at in 0..CONNECTION.len() - SECRET.len(),
        length in 0_usize..40,
        put in "[a-z:{}\\[\\],&*'\"# \n]{0,6}",
    ) {
        let secret = CONNECTION.find(SECRET).unwrap();
        let mut text = CONNECTION.to_owned();
        if at < secret {
            text.replace_range(at..(at + length).min(secret), &put);
        } else {
            let at = at + SECRET.len();
            text.replace_range(at..(at + length).min(CONNECTION.len()), &put);
        }
        let rendered = render(&connection(&text).diagnostics, false);
        prop_assert!(!rendered.contains("canary"), "{rendered}\n{text}");
    }
}
