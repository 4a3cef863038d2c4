//! Secrets that masking cannot deal with by itself: too short, made of masks, or put together by them.

use serde_json::{Value, json};

use super::scanner::{Wanted, scan};
use super::shop::Shop;
use crate::http_server::{Act, Server, answer};

fn bearer(url: &str, secret: &Value) -> Value {
    json!({"base_url": url, "place": {"header": "Authorization", "value": "Bearer {api_key}"}, "api_key": secret})
}

fn probe() -> Value {
    json!({"http": {"request": "GET /x", "accept": {"status": 200}}})
}

/// Masks stay masks, and a report in which one of them makes a secret with its surroundings is not handed over.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_masked_is_withheld() {
    let server = Server::start(|_| Act::Answer(answer(401, &[], "canary-first-end is no key"))).await;
    let mut shop = Shop::new();
    let secret = shop.secret("canary-first");
    let name = shop.step("http", "api-key", &bearer(&server.url(), &secret), Some(probe()));
    // What the mask of the first one makes with the text behind it.
    let secret = shop.secret("api_key]-end");
    shop.step("http", "api-key", &bearer(&server.url(), &secret), Some(probe()));
    for format in ["human", "json", "jsonl", "junit"] {
        let file = format!("{format}=out/{format}");
        let left = shop.run(&["--format", format, "--output", &file]);
        assert_eq!(left.code, Some(5), "{}", left.stderr);
        assert!(left.stderr.contains("was withheld: a secret was found in it"), "{}", left.stderr);
        for text in [&left.stdout, &left.stderr] {
            assert!(!text.contains("api_key]-end") && !text.contains("canary-first"), "{format}: {text}");
        }
        let report = left.files.iter().find(|(name, _)| *name == format!("out/{format}"));
        match (format, report) {
            ("json" | "junit", None) => assert_eq!(left.stdout, "", "one document is withheld as a whole"),
            ("human" | "jsonl", _) => {}
            other => panic!("{other:?}"),
        }
    }
    // The same without the second secret is a report like any other.
    let left = shop.run(&["--filter", &format!("Step {name}")]);
    assert_eq!(left.code, Some(1), "{}", left.stderr);
    assert!(left.stdout.contains("[secret:c0000.api_key]-end is no key"), "{}", left.stdout);
}

/// Under four characters a value is not masked wherever it turns up, but the field is never shown.
#[tokio::test(flavor = "multi_thread")]
async fn short_secrets_leave_the_report_readable_and_their_field_hidden() {
    let server = Server::start(|request| {
        let head = request.to_ascii_lowercase();
        let sent = head.lines().find(|line| line.starts_with("authorization")).map(str::to_owned);
        let line = request.lines().find(|line| line.starts_with("authorization")).map(str::to_owned).or(sent);
        Act::Answer(answer(401, &[], format!("no: {}", line.unwrap_or_default())))
    })
    .await;
    let mut shop = Shop::new();
    let secrets = ["Q", "Qz", "Qz7", "Qz7w"];
    for secret in secrets {
        let reference = shop.secret(secret);
        shop.step("http", "api-key", &bearer(&server.url(), &reference), Some(probe()));
        let reference = shop.secret(secret);
        let place = json!({"basic": {"username": "{key}", "password": "{secret}"}});
        let fields = json!({"base_url": server.url(), "place": place, "key": "deploy", "secret": reference});
        shop.step("http", "key-secret", &fields, Some(probe()));
        let reference = shop.secret(secret);
        let fields = json!({"base_url": server.url(), "key": "deploy", "secret": reference});
        shop.step("http", "key-secret", &fields, Some(probe()));
        let reference = shop.secret(secret);
        let fields =
            json!({"base_url": server.url(), "domain": "x.example", "username": "deploy", "password": reference});
        shop.step("http", "domain-login", &fields, Some(probe()));
    }
    let left = shop.run(&["--format", "json", "--trace", "--output", "human=out/human", "--output", "junit=out/junit"]);
    let steps = left.steps();
    assert_eq!(steps.len(), 16, "{}", left.stderr);
    for (step, secret) in steps.iter().zip(secrets.iter().flat_map(|secret| [secret; 4])) {
        let text = step.to_string();
        assert_eq!(step["cause"], "credential-rejected", "{text}");
        let sent = step["evidence"].as_array().expect("evidence").iter().find_map(|line| {
            let text = line["text"].as_str().filter(|text| text.starts_with("authorization: "));
            text.filter(|_| line["direction"] == "sent")
        });
        let sent = sent.expect("the header that was sent");
        assert!(sent.contains("[secret:") && !sent.contains(secret), "{sent}");
        // A login is masked as a whole, however short its password.
        let login = Wanted::word("login", &format!("deploy:{secret}"));
        assert_eq!(scan(secret, text.as_bytes(), &[login]), Vec::<String>::new());
        assert!(text.contains("answered 401 with") && text.contains("127.0.0.1 refused the credential"), "{text}");
    }
    assert!(left.stdout.matches("[secret:").count() < 200, "masks are everywhere:\n{}", left.stdout);
}

/// A secret that is a mask, the name of its own field, or a word of the report.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_look_like_the_report_leave_it_whole() {
    let server = Server::start(|request| {
        let key = request.lines().find_map(|line| line.strip_prefix("x-key: ")).unwrap_or_default().to_owned();
        Act::Answer(answer(401, &[], format!("the key {key} is not known")))
    })
    .await;
    let mut shop = Shop::new();
    let secrets = [
        "[secret:c0000.api_key]",
        "[secret:",
        "secret",
        "api_key",
        "c0004",
        "verdict",
        "unmet",
        "verdict\":\"",
        "x], \"",
        "message",
        "evidence",
        "127.0.0.1",
        "credential-rejected",
    ];
    for secret in secrets {
        let reference = shop.secret(secret);
        let fields = json!({"base_url": server.url(), "place": {"header": "X-Key"}, "api_key": reference});
        shop.step("http", "api-key", &fields, Some(probe()));
    }
    let left = shop.run(&["--format", "json", "--trace", "--output", "human=out/human", "--output", "junit=out/junit"]);
    assert_eq!(left.code, Some(1), "{}", left.stderr);
    for (at, (step, secret)) in left.steps().iter().zip(secrets).enumerate() {
        assert_eq!((&step["verdict"], &step["cause"]), (&json!("fail"), &json!("credential-rejected")), "{secret}");
        let message = step["message"].as_str().expect("a message");
        if at > 0 {
            assert!(!message.contains(&format!("the key {secret} is")), "{secret}: {message}");
        }
        assert!(message.contains("[secret:"), "{secret}: {message}");
    }
}
