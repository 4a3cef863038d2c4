//! Every kind of connection meets servers that send the secret back, and every other way for a probe to end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::scanner::Wanted;
use super::shop::{Left, Shop};
use super::{CODES, awkward, beyond_ascii, encode};
use crate::http_server::{Act, Identity, Server, answer};

/// Ways for an HTTP probe to end, beside a refusal with the secret in one of [`CODES`].
const ENDS: [&str; 9] =
    ["pass", "deny", "broken", "reset", "redirect", "redirect-query", "redirect-host", "garbage", "padded"];

/// Whether a header can hold this text.
fn fits_a_header(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// What the server does: the path begins with the way to end and the number of the secret.
fn act(secrets: &[Wanted], request: &str) -> Act {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let mut parts = path.split(['/', '?']).skip(1);
    let end = parts.next().unwrap_or_default();
    // The look at what a port speaks has no path.
    let Some(number) = parts.next().and_then(|number| number.parse::<usize>().ok()) else { return Act::Reset };
    let secret = &*secrets[number].value;
    let in_header = if fits_a_header(secret) { secret } else { "nothing" };
    let text = |status, headers: &[(&str, &str)], body: String| Act::Answer(answer(status, headers, body));
    match end {
        "pass" => {
            let body = json!({"ok": true, "account": secret, "scopes": [secret], "secret": secret});
            text(200, &[("content-type", "application/json"), ("x-request-id", in_header)], body.to_string())
        }
        "deny" => {
            let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{in_header} has expired\"");
            let headers = [("www-authenticate", &*challenge), ("content-type", "application/json")];
            text(
                401,
                &headers,
                json!({"errors": [{"code": secret, "detail": format!("bad key {secret}")}]}).to_string(),
            )
        }
        "broken" => text(500, &[("x-request-id", in_header), ("server", in_header)], format!("panic at {secret:?}")),
        "reset" => Act::Reset,
        "silence" => Act::Silence,
        "redirect" => text(302, &[("location", &format!("/login/{in_header}"))], String::new()),
        "redirect-query" => text(302, &[("location", &format!("/login?key={in_header}&x=y"))], String::new()),
        "redirect-host" => text(302, &[("location", &format!("https://{in_header}.example/"))], String::new()),
        "garbage" => Act::AnswerAndClose(format!("{secret} is no HTTP\r\n\r\n").into()),
        // The secret lies across the end of what is looked at.
        "padded" => text(401, &[], format!("{}{secret}", " ".repeat(8192_usize.saturating_sub(11)))),
        code => {
            let mut body = encode(code.strip_prefix("echo.").expect("a way to end"), secret);
            let head = request.split("\r\n\r\n").next().unwrap_or_default();
            if code == "echo.plain" {
                body.extend(["\n", head]);
            } else if head.contains(secret) {
                // Encoded once: the query holds the secret encoded already.
                body.extend(["\n", &encode(&code[5..], head)]);
            }
            text(401, &[("content-type", if code == "echo.html" { "text/html" } else { "text/plain" })], body)
        }
    }
}

/// The probe of a step over HTTP.
fn probe() -> Value {
    json!({"http": {
        "request": "GET /x",
        "accept": {"status": 200, "json": {"$.ok": true}},
        "refuse": [{"status": 418, "cause": "credential-rejected"}],
        "account": "$.account",
        "scopes": "$.scopes",
    }})
}

/// A connection of one of the kinds, to this base URL.
fn connect(shop: &mut Shop, kind: &str, base_url: &str, wanted: &Wanted) -> String {
    let secret = shop.secret(&wanted.value);
    let header = |value: &str| json!({"header": "Authorization", "value": value});
    let (app, scheme, fields) = match kind {
        "header" => ("http", "api-key", json!({"place": {"header": "X-Api-Key"}, "api_key": secret})),
        "bearer" => ("http", "api-key", json!({"place": header("Bearer {api_key}"), "api_key": secret})),
        "query" => ("http", "api-key", json!({"place": {"query": "key"}, "api_key": secret})),
        "basic" => {
            let place = json!({"basic": {"username": "{key}", "password": "{secret}"}});
            ("http", "key-secret", json!({"place": place, "key": "deploy", "secret": secret}))
        }
        "key-secret" => ("http", "key-secret", json!({"key": "deploy", "secret": secret})),
        "domain-login" => {
            let fields = json!({"domain": "shop.example", "username": "deploy", "password": secret});
            ("http", "domain-login", fields)
        }
        "shopify" => ("shopify", "shopify-custom-app", json!({"shop": "acme.myshopify.com", "access_token": secret})),
        other => panic!("there is no kind `{other}`"),
    };
    let mut fields = fields;
    fields["base_url"] = base_url.into();
    let probe = (app == "http").then(probe);
    shop.step(app, scheme, &fields, probe)
}

const TOKENS: [&str; 4] = ["header", "bearer", "query", "shopify"];
const LOGINS: [&str; 3] = ["basic", "key-secret", "domain-login"];

/// Steps over HTTP: each secret in each code and each end, and each kind of connection in some of them.
fn over_http(shop: &mut Shop, url: &str, secrets: &[Wanted], ascii: usize) {
    let ends: Vec<String> = CODES.iter().map(|code| format!("echo.{code}")).chain(ENDS.map(str::to_owned)).collect();
    for (number, wanted) in secrets.iter().enumerate() {
        let tokens: &[&str] = if number < ascii { &TOKENS } else { &[] };
        let kinds: Vec<&str> = tokens.iter().chain(&LOGINS).copied().collect();
        for (at, end) in ends.iter().enumerate() {
            let url = format!("{url}/{end}/{number}");
            for kind in [kinds[(at + number) % kinds.len()], kinds[(at * 3 + number + 1) % kinds.len()]] {
                connect(shop, kind, &url, wanted);
            }
        }
    }
}

/// Servers that are none, and servers that are not what they should be.
fn nowhere(shop: &mut Shop, http: &str, tls: &str, secrets: &[Wanted]) {
    for (number, wanted) in secrets.iter().enumerate().take(4) {
        for kind in TOKENS.iter().chain(&LOGINS) {
            for url in
                ["http://127.0.0.1:1".to_owned(), tls.replace("http:", "https:"), http.replace("http:", "https:")]
            {
                connect(shop, kind, &url, wanted);
            }
        }
        for kind in ["header", "query", "basic"] {
            connect(shop, kind, "https://nothing.invalid", wanted);
            connect(shop, kind, &format!("{http}/silence/{number}"), wanted);
        }
    }
}

/// An FTP server: the user's name says how it ends.
async fn ftp_server(secrets: Arc<Vec<Wanted>>) -> u16 {
    let identity = Identity::of(&["wrong.example"]);
    let tls = TlsAcceptor::from(Arc::new(identity.server(None, &[])));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (secrets, tls) = (Arc::clone(&secrets), tls.clone());
            tokio::spawn(async move {
                // What became of one conversation says the report.
                let _ = ftp_session(stream, &secrets, &tls).await;
            });
        }
    });
    port
}

async fn ftp_session(stream: TcpStream, secrets: &[Wanted], tls: &TlsAcceptor) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 ready\r\n").await?;
    let (mut user, mut line) = (String::new(), Vec::new());
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let command = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        let (end, number) = user.rsplit_once('.').unwrap_or(("", "0"));
        let secret = &secrets[number.parse::<usize>().unwrap_or(0)].value;
        let reply = match command.split(' ').next().unwrap_or_default() {
            "AUTH" => {
                stream.write_all(b"234 go\r\n").await?;
                tls.accept(stream.into_inner()).await?;
                return Ok(());
            }
            "USER" => {
                user = command[5..].to_owned();
                "331 password please".to_owned()
            }
            "PASS" => match end {
                "reset" => return stream.into_inner().set_zero_linger(),
                "silence" => {
                    tokio::time::sleep(Duration::from_secs(20)).await;
                    return Ok(());
                }
                "pass" => format!("230-Welcome {secret}\r\n{secret}\r\n230 done"),
                "garbage" => format!("{secret} {command}"),
                "tls" => format!("530 Use TLS, not {secret}"),
                code => format!("530-{command}\r\n530 {}", encode(code, secret)),
            },
            "PWD" => format!("257 \"/home/{secret}\" is the directory"),
            "QUIT" => "221 bye".to_owned(),
            _ => format!("550 no {secret} {command}"),
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

fn over_ftp(shop: &mut Shop, port: u16, secrets: &[Wanted]) {
    let ends = CODES.iter().copied().chain(["reset", "pass", "garbage", "tls", "silence"]);
    for (number, wanted) in secrets.iter().enumerate() {
        for end in ends.clone().filter(|end| *end != "silence" || number == 0) {
            let secret = shop.secret(&wanted.value);
            let user = format!("{end}.{number}");
            let fields =
                json!({"protocol": "ftp", "host": "127.0.0.1", "port": port, "username": user, "password": secret});
            shop.step("ftp", "ftp", &fields, None);
        }
        let secret = shop.secret(&wanted.value);
        let fields =
            json!({"protocol": "ftps", "host": "127.0.0.1", "port": port, "username": "deploy", "password": secret});
        shop.step("ftp", "ftp", &fields, None);
    }
}

/// The same run twice: with transcripts on all formats, and as people read it.
fn runs(shop: &Shop) -> [Left; 2] {
    let all = ["human=out/human", "jsonl=out/jsonl", "junit=out/junit"].map(|output| ["--output", output]).concat();
    let traced = shop.run(&[&["--timeout", "2s", "--format", "json", "--trace"], &*all].concat());
    [traced, shop.run(&["--timeout", "2s"])]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_in_anything_that_is_written() {
    let secrets: Arc<Vec<Wanted>> = Arc::new([awkward(), beyond_ascii()].concat());
    let known = Arc::clone(&secrets);
    let server = Server::start(move |request| act(&known, request)).await;
    let wrong = Identity::of(&["wrong.example"]);
    let tls = Server::start_tls(wrong.server(None, &[]), |_| Act::Reset).await;
    let ftp = ftp_server(Arc::clone(&secrets)).await;
    let mut shop = Shop::new();
    over_http(&mut shop, &server.url(), &secrets, awkward().len());
    nowhere(&mut shop, &server.url(), &tls.url(), &secrets);
    over_ftp(&mut shop, ftp, &secrets);
    let [traced, plain] = tokio::task::spawn_blocking(move || runs(&shop)).await.expect("it runs");

    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    for cause in traced.causes() {
        *causes.entry(cause).or_default() += 1;
    }
    assert!(!causes.is_empty(), "{}", traced.stderr);
    // The steps did meet what they were to meet.
    for (cause, least) in [
        ("pass", 10),
        ("credential-rejected", 300),
        ("credential-expired", 5),
        ("provider-error", 10),
        ("redirected", 30),
        ("connection-reset", 20),
        ("response-timeout", 10),
        ("host-not-found", 10),
        ("tls-untrusted", 20),
        ("connect-refused", 20),
        ("data-channel-failed", 10),
        ("forbidden", 100),
    ] {
        assert!(causes.get(cause).is_some_and(|count| *count >= least), "{cause}: {causes:?}");
    }
    for cause in ["internal-error", "already-rejected", "field-format", "secret-unavailable"] {
        assert_eq!(causes.get(cause), None, "{causes:?}");
    }
    let mut leaks = traced.leaks(&secrets);
    leaks.extend(plain.leaks(&secrets));
    assert_eq!(leaks, Vec::<String>::new(), "{}", leaks.join("\n"));
    assert_eq!((traced.code, plain.code), (Some(1), Some(1)));
    assert_eq!(traced.stderr, "", "nothing logs");
    assert!(tls.requests().is_empty() && traced.files.len() > plain.files.len() - 1);
}
