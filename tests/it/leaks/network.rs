//! A credential goes to its own host, once, and nowhere else.

use serde_json::{Value, json};

use super::shop::Shop;
use crate::http_server::{Act, Server, answer};

const CANARY: &str = "canary-network-key";
const KINDS: [&str; 4] = ["header", "bearer", "query", "basic"];

/// A connection to this base URL, its secret in this place.
fn fields(shop: &mut Shop, kind: &str, base_url: &str, secret: &str) -> (&'static str, Value) {
    let reference = shop.secret(secret);
    let place = match kind {
        "header" => json!({"header": "X-Api-Key"}),
        "bearer" => json!({"header": "Authorization", "value": "Bearer {api_key}"}),
        "query" => json!({"query": "key"}),
        _ => {
            let place = json!({"basic": {"username": "{key}", "password": "{secret}"}});
            return ("key-secret", json!({"base_url": base_url, "place": place, "key": "k", "secret": reference}));
        }
    };
    ("api-key", json!({"base_url": base_url, "place": place, "api_key": reference}))
}

fn connect(shop: &mut Shop, kind: &str, base_url: &str) {
    let (scheme, fields) = fields(shop, kind, base_url, CANARY);
    shop.step("http", scheme, &fields, Some(probe()));
}

fn probe() -> Value {
    json!({"http": {"request": "GET /x", "accept": {"status": 200}}})
}

async fn run(shop: Shop, options: &'static [&'static str]) -> super::shop::Left {
    tokio::task::spawn_blocking(move || shop.run(options)).await.expect("it runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_reported_and_not_followed() {
    let sink = Server::start(|_| Act::Answer(answer(200, &[], "{}"))).await;
    let other = sink.address;
    let server = Server::start(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let mut parts = path.trim_start_matches('/').split(['/', '?']);
        let status = parts.next().and_then(|status| status.parse().ok()).unwrap_or(500);
        let location = match parts.next() {
            Some("0") => format!("http://{other}/x"),
            Some("1") => format!("//{other}/x"),
            Some("2") => format!("\\\\{other}\\x"),
            Some("3") => format!("http://u:p@{other}/x?key={CANARY}"),
            Some("4") => format!("http:{other}"),
            _ => "/again".to_owned(),
        };
        Act::Answer(answer(status, &[("location", &location), ("refresh", &format!("0; url=http://{other}/"))], ""))
    })
    .await;
    let mut shop = Shop::new();
    for status in [301, 302, 303, 307, 308] {
        for form in 0..6 {
            for kind in KINDS {
                connect(&mut shop, kind, &format!("{}/{status}/{form}", server.url()));
            }
        }
    }
    let left = run(shop, &["--format", "json"]).await;
    let causes = left.causes();
    assert!(causes.len() == 120 && causes.iter().all(|cause| cause == "redirected"), "{causes:?}");
    assert_eq!((sink.connections(), server.requests().len()), (0, 120), "each was asked once, and nobody else");
    for request in server.requests() {
        let head = request.to_ascii_lowercase();
        assert!(!head.contains("\r\nreferer:") && !head.contains("\r\ncookie:"), "{head}");
        assert_eq!(
            head.matches("\r\nauthorization:").count(),
            usize::from(head.contains("basic ") || head.contains("bearer "))
        );
        let line = head.lines().next().unwrap_or_default();
        assert_eq!(line.contains(CANARY), line.contains("?key="), "{line}");
    }
    assert!(!left.stdout.contains("u:p@"), "a login in a redirect is not shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn proxy_variables_are_ignored() {
    let sink = Server::start(|_| Act::Answer(answer(200, &[], "{}"))).await;
    let server = Server::start(|_| Act::Answer(answer(200, &[], "{}"))).await;
    let mut shop = Shop::new();
    for kind in KINDS {
        connect(&mut shop, kind, &server.url());
        connect(&mut shop, kind, &server.url().replace("127.0.0.1", "a.localhost"));
        connect(&mut shop, kind, "https://nothing.invalid");
    }
    let reference = shop.secret(CANARY);
    let fields = json!({"protocol": "ftp", "host": "127.0.0.1", "port": 1, "username": "u", "password": reference});
    shop.step("ftp", "ftp", &fields, None);
    shop.plan();
    let names =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "http_proxy", "https_proxy", "all_proxy", "ftp_proxy"];
    let variables: Vec<_> = names.iter().map(|name| (*name, sink.url())).collect();
    let run = move || shop.tool_within(&["run", "--live", "--format", "json", "--retries", "0"], &variables);
    let left = tokio::task::spawn_blocking(run).await.expect("it runs");
    let causes = left.causes();
    assert_eq!(causes.iter().filter(|cause| *cause == "pass").count(), 8, "{causes:?}");
    assert_eq!((sink.connections(), server.requests().len()), (0, 8));
}

/// Two authentications, or a secret that would break out of its header: nothing is sent, not even a connection opened.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_one_credential_is_not_sent() {
    let server = Server::start(|_| Act::Answer(answer(200, &[], "{}"))).await;
    let mut shop = Shop::new();
    for kind in KINDS {
        for evil in ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b", "a\u{7f}b", "a\u{85}b", "a\u{2028}b", "a\tb"] {
            let (scheme, fields) = fields(&mut shop, kind, &server.url(), evil);
            shop.step("http", scheme, &fields, Some(probe()));
        }
    }
    let before = shop.run(&["--format", "json"]);
    let sent = server.requests();
    // Encoded, two of them are a secret like any other: HTTP Basic takes any character but controls.
    assert!(sent.iter().all(|request| request.contains("authorization: Basic ")), "{sent:?}");
    assert_eq!(sent.len(), 2, "{:?}", before.causes());
    assert!(before.causes().iter().filter(|cause| *cause == "field-format").count() == 30, "{:?}", before.causes());
    assert!(!before.stdout.contains("X-Evil"));

    let mut shop = Shop::new();
    for kind in KINDS {
        let (scheme, fields) = fields(&mut shop, kind, &server.url(), CANARY);
        let headers = json!({"Authorization": "Bearer other", "X-Api-Key": "other"});
        let probe = json!({"http": {"request": "GET /x", "headers": headers, "accept": {"status": 200}}});
        shop.step("http", scheme, &fields, Some(probe));
    }
    let left = shop.run(&["--format", "json"]);
    assert_eq!(server.requests().len(), 2, "nothing more came: {}{}", left.stdout, left.stderr);
    assert!(left.code == Some(2) || left.causes().iter().all(|cause| cause == "config-invalid"), "{}", left.stderr);
}

#[test]
fn places_that_no_secret_may_go_to_are_refused() {
    let mut shop = Shop::new();
    let refused = [
        "http://192.0.2.1",
        "http://shop.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "https://169.254.169.254",
        "http://169.254.169.254",
        "https://0xa9fea9fe",
        "https://2852039166",
        "https://[::ffff:169.254.169.254]",
        "https://[fe80::1]",
        "https://[fd00:ec2::254]",
        "https://0.0.0.0",
        "http://0",
    ];
    for url in refused {
        for kind in KINDS {
            connect(&mut shop, kind, url);
        }
    }
    for host in ["169.254.169.254", "0.0.0.0", "fe80::1", "::ffff:169.254.1.1"] {
        for protocol in ["ftp", "ftps", "ftps-implicit"] {
            let reference = shop.secret(CANARY);
            let fields = json!({"protocol": protocol, "host": host, "username": "u", "password": reference});
            shop.step("ftp", "ftp", &fields, None);
        }
    }
    let reference = shop.secret(CANARY);
    let fields =
        json!({"shop": "acme.myshopify.com", "base_url": "https://shop.example.com", "access_token": reference});
    shop.step("shopify", "shopify-custom-app", &fields, None);
    let left = shop.run(&["--format", "json", "--trace"]);
    for step in left.steps() {
        let phase = step["phase"].as_str().expect("a phase");
        assert_eq!((step["cause"].as_str(), phase), (Some("destination-refused"), "resolve"), "{step}");
        assert_eq!(step["evidence"], json!([]), "{step}");
    }
    assert_eq!(left.steps().len(), refused.len() * 4 + 13, "{}", left.stderr);
}

/// Mocked: neither the declared host nor where a fixture's redirect points to is ever asked.
#[tokio::test(flavor = "multi_thread")]
async fn mocked_runs_go_to_their_doubles_only() {
    let sink = Server::start(|_| Act::Answer(answer(200, &[], "{}"))).await;
    let shop = Shop::new();
    let places = [("declared", sink.url()), ("public", "https://192.0.2.1".to_owned())];
    let mut steps = Vec::new();
    for (name, url) in places {
        for (number, to) in
            [sink.url(), "http://192.0.2.1/".to_owned(), "http://169.254.169.254/latest".to_owned()].iter().enumerate()
        {
            let place = json!({"header": "X-Api-Key"});
            let fields = json!({"base_url": url, "place": place, "api_key": {"env": "NOT_SET"}});
            let connection = format!("{name}-{number}");
            shop.write(
                &format!("connections/{connection}.yaml"),
                json!({"app": "http", "type": "api-key", "fields": fields}).to_string(),
            );
            let exchange = json!({"request": {"method": "GET", "path": "/x"}, "response": {"status": 307, "headers": {"location": to}}});
            shop.write(&format!("fixtures/{connection}.yaml"), json!({"http": [exchange]}).to_string());
            steps.push(json!({"name": connection, "app": "http", "connection": connection, "fixture": connection,
                "probe": {"http": {"request": "GET /x", "accept": {"status": 200}}}}));
        }
    }
    shop.write("scenarios/a.yaml", json!({"workflow": "W", "steps": steps}).to_string());
    let run = move || shop.tool(&["run", "--format", "json"]);
    let left = tokio::task::spawn_blocking(run).await.expect("it runs");
    assert_eq!(left.causes(), vec!["redirected"; 6], "{}", left.stderr);
    assert_eq!(sink.connections(), 0);
}
