//! AWS signatures through the built tool: what is signed, when it is signed anew, and what an echo gives away.

use std::time::{Duration, SystemTime};

use tugtest::model::secret::Secret;
use tugtest::sign::sigv4::{Asked, Canonical, Parameter, Scope, payload_hash, read_header};

use crate::cli::server::{Reply, Request, Server};
use crate::cli::workspace::{Ended, Workspace, run};
use crate::leaks::scanner::{Wanted, scan};

/// Secrets that every encoding makes something else of.
const SECRET: &str = "canary/secret+key=&1";
const TOKEN: &str = "canary//token+session==/2%2F";

/// A workspace whose one step is signed for this service, with further lines under `fields`, and a probe.
fn workspace(server: &Server, service: &str, more: &str, probe: &str) -> Workspace {
    let fields = format!(
        "  base_url: {}\n  key: AKIDEXAMPLE\n  secret: {{env: CANARY_SECRET}}\n  place: {{sigv4: {{region: eu-central-1, service: {service}}}}}\n{more}",
        server.url()
    );
    Workspace::new()
        .with("connections/aws.yaml", &format!("app: http\ntype: key-secret\nfields:\n{fields}"))
        .with_steps("a", [format!("{{name: X, app: http, probe: {{http: {probe}}}}}").as_str()])
}

const WITH_TOKEN: &str = "  session_token: {env: CANARY_TOKEN}\n";
const GET: &str = r#"{request: "GET /a%20b/it's?list-type=2", query: {prefix: "a b/+", A: ""}, accept: {status: 200}}"#;
const POST: &str = r#"{request: POST /, body: {form: {Action: GetCallerIdentity, Version: 2011-06-15}}, headers: {x-amz-target: "T.  t"}, accept: {status: 200}}"#;

fn live(workspace: &Workspace, words: &str) -> Ended {
    let mut tool = workspace.tool(&format!("run --live {words}"));
    run(tool.env("CANARY_SECRET", SECRET).env("CANARY_TOKEN", TOKEN))
}

fn headers(request: &Request) -> Vec<(String, String)> {
    let (head, _) = request.head.split_once("\r\n\r\n").expect("a whole head");
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect()
}

fn header(request: &Request, wanted: &str) -> Option<String> {
    headers(request).into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// Whether a request is signed rightly, worked out from what came over the wire.
fn is_right(request: &Request, service: &str) -> bool {
    let Some(stated) = header(request, "authorization").and_then(|value| read_header(&value)) else { return false };
    let (head, body) = request.head.split_once("\r\n\r\n").expect("a whole head");
    let mut line = head.split(' ');
    let (method, target) = (line.next().expect("a method"), line.next().expect("a target"));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query: Vec<Parameter> = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
    let mut signed = headers(request);
    signed.retain(|(name, _)| stated.signed_headers.contains(name));
    let payload = payload_hash(body.as_bytes());
    let asked = Asked { method, path, query: &query, headers: &signed, token: None, payload: &payload };
    let stamp = header(request, "x-amz-date").unwrap_or_default();
    let scope = Scope { stamp: &stamp, region: "eu-central-1", service };
    let signature = scope.sign(&Secret::new(SECRET), &Canonical::of(&asked, service));
    stated.key == "AKIDEXAMPLE" && stated.scope == scope.text() && signature == Secret::new(stated.signature)
}

fn refused(code: &str, lines: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    Reply::Status(403, Box::leak(lines.to_owned().into_boxed_str()), Box::leak(body.into_boxed_str()))
}

const OK: Reply = Reply::Status(200, "", "{}");

#[test]
fn requests_are_signed_for_their_service() {
    for (service, more, probe, signed) in [
        ("s3", "", GET, "host;x-amz-content-sha256;x-amz-date"),
        ("s3", WITH_TOKEN, GET, "host;x-amz-content-sha256;x-amz-date;x-amz-security-token"),
        ("execute-api", "", GET, "host;x-amz-date"),
        ("sts", WITH_TOKEN, POST, "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"),
    ] {
        let server = Server::start(
            move |request| if is_right(request, service) { OK } else { refused("SignatureDoesNotMatch", "") },
        );
        live(&workspace(&server, service, more, probe), "").ends_with(0);
        let request = server.requests().remove(0);
        let stated = read_header(&header(&request, "authorization").expect("a signature")).expect("one of AWS");
        assert_eq!(stated.signed_headers.join(";"), signed);
        assert_eq!(header(&request, "x-amz-security-token"), (!more.is_empty()).then(|| TOKEN.to_owned()));
        assert_eq!(header(&request, "x-amz-content-sha256").is_some(), service == "s3");
    }
}

#[test]
fn paths_of_s3_are_sent_as_they_are_signed() {
    let server = Server::start(|_| OK);
    live(&workspace(&server, "s3", "", GET), "").ends_with(0);
    assert!(server.requests()[0].head.starts_with("GET /a%20b/it%27s?list-type=2&prefix=a%20b%2F%2B&A= HTTP/1.1\r\n"));
}

/// A `Date` so many seconds from now.
fn date(ahead: u64) -> String {
    let time = SystemTime::now() + Duration::from_secs(ahead);
    format!("date: {}\r\n", httpdate::fmt_http_date(time))
}

#[test]
fn a_clock_that_is_behind_is_put_right_once() {
    for (code, ahead) in [("RequestTimeTooSkewed", 3600), ("RequestExpired", 7200), ("RequestTimeTooSkewed", 90)] {
        let server = Server::start(move |request| {
            let now = date(ahead);
            let (_, server_time) = now.split_once(": ").expect("a date");
            let server_time: jiff::Timestamp =
                httpdate::parse_http_date(server_time.trim()).expect("a date").try_into().expect("a time");
            let stamp = header(request, "x-amz-date").expect("a stamp");
            let stamp = format!(
                "{}-{}-{}T{}:{}:{}Z",
                &stamp[..4],
                &stamp[4..6],
                &stamp[6..8],
                &stamp[9..11],
                &stamp[11..13],
                &stamp[13..15]
            );
            let stamp: jiff::Timestamp = stamp.parse().expect("a time");
            let apart = server_time.duration_since(stamp).as_secs().unsigned_abs();
            if apart > 30 { refused(code, &now) } else { Reply::Status(200, Box::leak(now.into_boxed_str()), "{}") }
        });
        let step = live(&workspace(&server, "sts", "", POST), "--format json").ends_with(0).step();
        assert_eq!((&step["verdict"], server.requests().len()), (&"pass".into(), 2), "{code}");
        let warnings = step["warnings"].as_array().expect("a list");
        assert!(warnings.len() == 1 && warnings[0]["code"] == "clock-skew", "{warnings:?}");
        assert!(
            warnings[0]["message"].as_str().is_some_and(|said| said.contains("behind the server's")),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_clock_that_the_server_does_not_show_is_not_guessed_and_never_a_loop() {
    let mute = Server::start(|_| refused("RequestTimeTooSkewed", ""));
    let step = live(&workspace(&mute, "sts", "", POST), "--format json --retries 5").ends_with(1).step();
    assert_eq!((&step["cause"], mute.requests().len()), (&"clock-skew".into(), 1));
    let odd = Server::start(|_| refused("RequestTimeTooSkewed", &date(4000)));
    let step = live(&workspace(&odd, "sts", "", POST), "--format json --retries 5").ends_with(1).step();
    assert_eq!((&step["cause"], odd.requests().len()), (&"clock-skew".into(), 2));
    // Both clocks agree, but for the second that may end in between.
    let once = || {
        let same = Server::start(|_| refused("RequestTimeTooSkewed", &date(0)));
        live(&workspace(&same, "sts", "", POST), "").ends_with(1);
        same.requests().len() == 1
    };
    assert!((0..3).any(|_| once()), "the same time again would be refused again");
}

#[test]
fn a_refusal_is_final_and_names_the_key() {
    let server = Server::start(|_| refused("InvalidAccessKeyId", ""));
    let step = live(&workspace(&server, "s3", "", GET), "--format json --retries 5").ends_with(1).step();
    assert_eq!((&step["cause"], server.requests().len()), (&"credential-rejected".into(), 1));
    assert!(step["message"].as_str().is_some_and(|said| said.contains("the access key `AKIDEXAMPLE`")), "{step}");
}

#[test]
fn what_was_signed_is_in_the_trace_and_nothing_that_signed() {
    // S3 says again what it got, and other servers say everything again.
    let server = Server::start(|request| {
        let stated = read_header(&header(request, "authorization").expect("a signature")).expect("one of AWS");
        let token = header(request, "x-amz-security-token").expect("a token");
        let body = format!(
            "<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>{}</SignatureProvided><Token>{token}</Token></Error>",
            stated.signature
        );
        Reply::Status(403, "", Box::leak(body.into_boxed_str()))
    });
    for words in ["--trace", "--trace --format json", "--trace --format junit"] {
        let ended = live(&workspace(&server, "s3", WITH_TOKEN, GET), words).ends_with(1);
        let sent = server.requests().pop().expect("a request");
        let signature =
            read_header(&header(&sent, "authorization").expect("a signature")).expect("one of AWS").signature;
        let wanted = [Wanted::new("secret", SECRET), Wanted::new("token", TOKEN), Wanted::new("signature", signature)];
        let text = [ended.stdout.as_bytes(), ended.stderr.as_bytes()].concat();
        assert_eq!(scan(words, &text, &wanted), Vec::<String>::new(), "{}", ended.stdout);
        for shown in [
            "canonical request: GET",
            "canonical request: /a%20b/it%27s",
            "canonical request: A=",
            "canonical request: x-amz-security-token:[secret:aws.session_token]",
            "canonical request: host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
            "string to sign: AWS4-HMAC-SHA256",
            "/eu-central-1/s3/aws4_request",
            "Signature=***",
        ] {
            assert!(ended.stdout.contains(shown), "{shown}: {}", ended.stdout);
        }
    }
}

#[test]
fn a_region_may_be_a_field_of_an_app_and_has_to_be_there() {
    let recipe = "app: acme-storage\ntitle: Acme\ntypes:\n  key-secret:\n    fields:\n      region: {label: Region}\n    \
                  base_url: https://s3.{region}.acme.example\n    place: {sigv4: {region: \"{region}\", service: s3}}\n    \
                  http: {request: GET /, accept: {status: 200}}\n";
    let server =
        Server::start(|request| if is_right(request, "s3") { OK } else { refused("SignatureDoesNotMatch", "") });
    let connection = |more: &str| {
        format!("app: acme-storage\nfields:\n  key: AKIDEXAMPLE\n  secret: {{env: CANARY_SECRET}}\n{more}")
    };
    let workspace = Workspace::new()
        .with("apps/acme-storage.yaml", recipe)
        .with("connections/a.yaml", &connection(&format!("  base_url: {}\n  region: eu-central-1\n", server.url())))
        .with_steps("a", ["{name: X, app: acme-storage}"]);
    live(&workspace, "").ends_with(0);
    workspace.write("connections/a.yaml", &connection(&format!("  base_url: {}\n", server.url())));
    let step = live(&workspace, "--format json").ends_with(1).step();
    assert_eq!((&step["cause"], &step["phase"]), (&"field-missing".into(), &"resolve".into()));
    workspace.write("connections/a.yaml", &connection(""));
    assert!(workspace.run("check").ends_with(2).stdout.contains("lacks `region`"));
}
