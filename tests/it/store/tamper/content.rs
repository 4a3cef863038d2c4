//! What is in a sealed block, as `age` alone would show it, and that any secret survives the way in and out.

use serde_json::{Value, json};
use tugtest::model::fields::Fields;
use tugtest::model::secret::Secret;
use tugtest::vault::crypt::{self, Identity, Recipient};
use tugtest::vault::sealed;

use super::{CANARY_SSH_RECIPIENT, binding};

fn opened(secrets: &Fields<Secret>) -> (Vec<u8>, Vec<String>) {
    let (identity, _) = Identity::generate();
    let ssh = Recipient::parse(CANARY_SSH_RECIPIENT).expect("a key");
    let recipients = [identity.recipient().expect("a key").clone(), ssh];
    let block = sealed::seal(&binding(), secrets, &recipients).expect("recipients");
    let texts = recipients.iter().map(|recipient| recipient.text().to_owned()).collect();
    (crypt::open(block.as_bytes(), [&identity]).expect("whole").to_vec(), texts)
}

#[test]
fn the_content_is_json_with_the_documented_keys() {
    let secrets = [("api_key".into(), Secret::new("canary-\"key\"")), ("raw".into(), Secret::new([0xff, 0x00]))].into();
    let (plain, recipients) = opened(&secrets);
    let content: Value = serde_json::from_slice(&plain).expect("JSON");
    let keys: Vec<_> = content.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["tugtest", "name", "app", "type", "destination", "way", "recipients", "fields"]);
    let expected = json!({
        "tugtest": 1,
        "name": "klaviyo-eu",
        "app": "klaviyo",
        "type": "api-key",
        "destination": [{"scheme": "https", "host": "a.klaviyo.com", "port": 443}],
        "way": {"proxy": "http://proxy.example"},
        "recipients": recipients,
        "fields": {"api_key": "canary-\"key\"", "raw": {"base64": "/wA="}},
    });
    assert_eq!(content, expected);
    let read = sealed::read(&plain).expect("ours");
    assert_eq!((read.binding, read.recipients, read.secrets), (binding(), recipients, secrets));
}

#[test]
fn any_secret_survives() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let long = "canary-\u{0}\u{1f}\"\\ ".repeat(6554);
    let secrets: Vec<(Box<str>, Secret)> = vec![
        ("unicode".into(), Secret::new("canary-schlüssel-鍵-🔑-\u{202e}\u{2028}\u{feff}")),
        ("quotes".into(), Secret::new(r#"canary-"'`\\"#)),
        ("lines".into(), Secret::new("canary\r\n---\n-> X25519\n-----END AGE ENCRYPTED FILE-----\n")),
        ("looks-like-base64".into(), Secret::new(r#"{"base64": "Y2FuYXJ5"}"#)),
        ("looks-like-nothing".into(), Secret::new("null")),
        ("empty".into(), Secret::new("")),
        ("every-byte".into(), Secret::new(every_byte.clone())),
        ("half-a-letter".into(), Secret::new([b"canary-", &[0xf0, 0x9f][..]].concat())),
        ("long".into(), Secret::new(long.clone())),
        ("long-bytes".into(), Secret::new(every_byte.repeat(256))),
        ("ключ \"\\\n".into(), Secret::new("canary under a name with quotes")),
    ];
    assert!(long.len() >= 64 << 10, "{}", long.len());
    let secrets: Fields<Secret> = secrets.into_iter().collect();
    let (plain, _) = opened(&secrets);
    assert_eq!(sealed::read(&plain).expect("ours").secrets, secrets);
}

/// What tugtest did not write is no content of a connection: another program's, a later version's, or one that lacks a part.
#[test]
fn other_content_is_not_taken_for_ours() {
    let (plain, _) = opened(&[("api_key".into(), Secret::new("canary"))].into());
    let ours: Value = serde_json::from_slice(&plain).expect("JSON");
    for key in ["tugtest", "name", "app", "type", "destination", "fields"] {
        let mut other = ours.clone();
        other.as_object_mut().expect("an object").shift_remove(key);
        assert!(sealed::read(other.to_string().as_bytes()).is_none(), "without {key}");
    }
    let changes = [
        ("/tugtest", json!(2)),
        ("/tugtest", json!("1")),
        ("/destination/0/port", json!(65536)),
        ("/destination/0", json!("https://a.klaviyo.com")),
        ("/fields/api_key", json!(7)),
        ("/fields/api_key", json!(null)),
        ("/fields/api_key", json!({"base64": "%"})),
        ("/fields/api_key", json!({"base64": "Y2E=", "hex": "00"})),
        ("/fields/api_key", json!({"hex": "00"})),
        ("/fields/api_key", json!({})),
        ("/fields/api_key", json!(["canary"])),
    ];
    for (place, value) in changes {
        let mut other = ours.clone();
        *other.pointer_mut(place).expect("it is there") = value;
        assert!(sealed::read(other.to_string().as_bytes()).is_none(), "{other}");
    }
    for other in ["", "{}", "[]", "null", "canary", "{\"tugtest\": 1", &format!("{ours}{ours}")] {
        assert!(sealed::read(other.as_bytes()).is_none(), "{other}");
    }
    assert!(sealed::read(ours.to_string().as_bytes()).is_some());
}
