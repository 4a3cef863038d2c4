//! The texts of `tugtest explain`: one for each cause, complete, and none besides.

use serde_json::Value;
use tugtest::model::cause::Cause;

const TEXTS: &str = include_str!("../../src/cli/explain/causes.yaml");

fn entries() -> serde_json::Map<String, Value> {
    serde_yaml::from_str(TEXTS).expect("the file is a mapping")
}

#[test]
fn each_cause_has_an_entry_and_no_entry_is_extra() {
    let written: Vec<String> = entries().keys().cloned().collect();
    let codes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    let missing: Vec<_> = codes.iter().filter(|code| !written.iter().any(|key| key == *code)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
    assert_eq!(written, codes, "the same order, too");
}

#[test]
fn each_entry_is_complete() {
    for (code, entry) in entries() {
        let keys: Vec<&String> = entry.as_object().expect("a mapping").keys().collect();
        assert_eq!(keys, ["means", "recognised", "mend", "not"], "{code}");
        let mut texts = vec![&entry["means"], &entry["not"]];
        match &entry["recognised"] {
            Value::Object(protocols) => {
                const KNOWN: [&str; 6] = ["http", "oauth2", "oauth1", "ftp", "sftp", "shopify"];
                let places: Vec<_> = protocols.keys().map(|key| KNOWN.iter().position(|known| known == key)).collect();
                assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{code}: {places:?}");
                texts.extend(protocols.values());
            }
            text => texts.push(text),
        }
        let mend = entry["mend"].as_array().expect("a list");
        assert!(!mend.is_empty(), "{code}");
        for text in texts.into_iter().chain(mend) {
            let text = text.as_str().unwrap_or_else(|| panic!("{code}: {text} is no text"));
            assert!(text.len() > 10 && text.ends_with('.') && !text.contains('\n'), "{code}: {text}");
            assert_eq!(text.matches('`').count() % 2, 0, "{code}: {text}");
        }
    }
}

/// A text that names a cause names one that exists.
#[test]
fn causes_that_are_referred_to_exist() {
    for text in TEXTS
        .lines()
        .filter(|line| line.contains("would be `") || line.contains("that is `") || line.contains("with `con"))
    {
        for word in text.split('`').skip(1).step_by(2).filter(|word| word.contains('-') && !word.starts_with('-')) {
            assert!(Cause::from_code(word).is_some(), "{word}");
        }
    }
}
