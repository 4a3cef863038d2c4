//! Sessions through the built tool: what is asked in which order, what a token may be seen in, and that a session is ended on every way out.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the right answer")]

use std::time::{Duration, Instant};

use crate::cli::workspace::{Ended, Workspace, run};
use crate::http_server::{Act, Server, answer, json};
use crate::leaks::scanner::{Wanted, scan};

/// Every encoding makes something else of it.
const PASSWORD: &str = "canary\"pass&word=1%2F+\\\u{e4}";
/// A token that nobody has heard of before.
const TOKEN: &str = "canary+issued/token=\"7";

const LOGIN: &str = "login: {request: POST /login, body: {json: {user: \"{username}\", pass: \"{password}\"}}}";
const LOGOUT: &str = "logout: {request: DELETE /session}";
const PROBE: &str = "{request: GET /me, accept: {status: 200}, account: $.name}";

/// A workspace whose one step holds a session that is described by these lines.
fn workspace(server: &Server, session: &[&str], probe: &str) -> Workspace {
    let fields = format!(
        "  base_url: {}\n  domain: x.example\n  username: ann\n  password: {{env: CANARY_PASSWORD}}\n  place: {{session: {{{}}}}}\n",
        server.url(),
        session.join(", ")
    );
    Workspace::new()
        .with("connections/till.yaml", &format!("app: http\ntype: domain-login\nfields:\n{fields}"))
        .with_steps("a", [&*format!("{{name: X, app: http, probe: {{http: {probe}}}}}")])
}

fn live(workspace: &Workspace, words: &str) -> Ended {
    let mut tool = workspace.tool(&format!("run --live {words}"));
    run(tool.env("CANARY_PASSWORD", PASSWORD))
}

/// A server that answers each request by its first line.
async fn server(act: impl Fn(&str, &str) -> Act + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        let line = request.split(" HTTP/").next().unwrap_or_default();
        if line.is_empty() { Act::Answer(Vec::new()) } else { act(line, request) }
    })
    .await
}

/// The usual service: a login by JSON, a token in the answer, everything else with `Bearer` and it.
async fn till() -> Server {
    server(|line, request| {
        let issued = serde_json::json!({"session": {"token": TOKEN}, "refresh": "canary-refresh"}).to_string();
        let bearer = request.contains(&format!("\r\nauthorization: Bearer {TOKEN}\r\n"));
        let right = serde_json::json!({"user": "ann", "pass": PASSWORD}).to_string();
        Act::Answer(match line {
            "POST /login" if request.ends_with(&format!("\r\n\r\n{right}")) => json(&issued),
            "POST /login" => answer(401, &[("www-authenticate", "Bearer")], r#"{"error":"wrong password"}"#),
            "GET /me" if bearer => json(&serde_json::json!({"name": "Acme", "echo": TOKEN}).to_string()),
            "DELETE /session" if bearer => answer(204, &[], ""),
            _ => answer(401, &[], ""),
        })
    })
    .await
}

fn lines(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.split(" HTTP/").next().unwrap().to_owned()).collect()
}

const BEARER: [&str; 3] = ["token: $.session.token", "header: Authorization", "value: \"Bearer {session_token}\""];

fn usual() -> Vec<&'static str> {
    [&[LOGIN][..], &BEARER, &[LOGOUT]].concat()
}

/// Nothing of what was secret is in what was printed.
fn is_clean(ended: &Ended) {
    let wanted =
        [Wanted::new("password", PASSWORD), Wanted::new("token", TOKEN), Wanted::new("refresh", "canary-refresh")];
    let text = [ended.stdout.as_bytes(), ended.stderr.as_bytes()].concat();
    assert_eq!(scan("output", &text, &wanted), Vec::<String>::new(), "{}\n{}", ended.stdout, ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_opened_used_and_ended() {
    let server = till().await;
    let workspace = workspace(&server, &usual(), PROBE);
    for words in ["--format json --trace", "--trace", "--format junit --trace", "--format jsonl --trace"] {
        let ended = live(&workspace, words).ends_with(0);
        is_clean(&ended);
        assert!(ended.stdout.contains("[secret:till.session_token]"), "{}", ended.stdout);
    }
    assert_eq!(lines(&server).as_chunks::<3>().0, [["POST /login", "GET /me", "DELETE /session"]; 4]);
    let step = live(&workspace, "--format json").ends_with(0).step();
    assert_eq!((&step["phase"], &step["account"]), (&"auth".into(), &"Acme".into()));
    let message = step["message"].as_str().unwrap();
    assert_eq!(message, "`POST /login` brought a token; `GET /me` answered 200; account `Acme`.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_sent_once_in_a_run() {
    let server = till().await;
    let workspace = workspace(&server, &usual(), PROBE);
    let step = format!("{{name: X, app: http, probe: {{http: {PROBE}}}}}");
    let workspace = workspace.with_steps("b", [&*step, &*step]);
    let mut tool = workspace.tool("run --live --retries 5 --format json");
    let causes = run(tool.env("CANARY_PASSWORD", "canary-wrong")).ends_with(1).causes();
    assert_eq!(causes.iter().filter(|cause| *cause == "credential-rejected").count(), 1, "{causes:?}");
    assert_eq!(causes.iter().filter(|cause| *cause == "already-rejected").count(), 2, "{causes:?}");
    assert_eq!(lines(&server), ["POST /login"], "what was not opened is not ended either");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_found_in_headers_and_cookies_and_go_where_they_belong() {
    for (token, sent, seen) in [
        ("token: {header: X-Subject-Token}", "header: X-Auth-Token", "\r\nx-auth-token: canary-abc=1\r\n"),
        ("token: {cookie: SESSION}", "cookie: SESSION", "\r\ncookie: SESSION=canary-abc=1\r\n"),
        ("token: $", "query: session", "?session=canary-abc%3D1 HTTP/"),
        (
            "token: $",
            "header: Authorization, value: \"ann {session_token} {username}\"",
            "\r\nauthorization: ann canary-abc=1 ann\r\n",
        ),
    ] {
        let server = server(move |line, request| {
            let headers = [
                ("x-subject-token", "canary-abc=1"),
                ("set-cookie", "SESSION=canary-old; Path=/"),
                ("set-cookie", "SESSION=canary-abc=1; Path=/; HttpOnly"),
                ("set-cookie", "OTHER=canary-other"),
            ];
            Act::Answer(match line {
                "POST /login" => answer(201, &headers, "\"canary-abc=1\""),
                _ if request.contains(seen) => json("{}"),
                _ => answer(401, &[], ""),
            })
        })
        .await;
        let ended = live(&workspace(&server, &[LOGIN, token, sent, LOGOUT], "{request: GET /me}"), "--trace");
        assert_eq!(server.requests().len(), 3, "{:?}", server.requests());
        assert!(!ended.ends_with(0).stdout.contains("canary"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_may_be_a_form_a_text_or_basic() {
    let expected = "user=ann&pass=canary%22pass%26word%3D1%252F%2B%5C%C3%A4";
    let basic = "authorization: Basic YW5uOmNhbmFyeSJwYXNzJndvcmQ9MSUyRitcw6Q=";
    for (login, wanted) in [
        ("{request: POST /login, body: {form: {user: \"{username}\", pass: \"{password}\"}}}", expected),
        ("{request: POST /login, body: {text: \"{username}:{password}\"}}", "ann:canary\"pass&word=1%2F+\\\u{e4}"),
        ("{request: POST /login, basic: {username: \"{username}\", password: \"{password}\"}}", basic),
        (
            "{request: POST /login, query: {p: \"{password}\"}}",
            "POST /login?p=canary%22pass%26word%3D1%252F%2B%5C%C3%A4 ",
        ),
    ] {
        let server = server(move |line, request| {
            Act::Answer(if line.starts_with("POST /login") && !request.contains(wanted) {
                answer(401, &[], "")
            } else {
                json(r#"{"token":"canary-token"}"#)
            })
        })
        .await;
        let session = [&*format!("login: {login}"), "token: $.token", "header: X-Token"];
        let ended = live(&workspace(&server, &session, "{request: GET /me}"), "--trace").ends_with(0);
        is_clean(&ended);
        assert!(!ended.stdout.contains("canary"), "{}", ended.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_a_login_again_gives_nothing_away() {
    for login in [
        "login: {request: POST /login, basic: {username: \"{username}\", password: \"{password}\"}}",
        "login: {request: POST /login, body: {form: {user: \"{username}\", pass: \"{password}\"}}}",
        LOGIN,
    ] {
        let server = server(|_, request| Act::Answer(answer(401, &[], request))).await;
        let session = [login, "token: $.token", "header: X-Token"];
        for words in ["--trace", "--trace --format json"] {
            let ended = live(&workspace(&server, &session, PROBE), words).ends_with(1);
            is_clean(&ended);
            assert!(!ended.stdout.contains("YW5uOm"), "{}", ended.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_a_token_is_shown_nowhere() {
    let told = |body: &'static str, login: &'static str| async move {
        let server = server(move |line, _| {
            Act::Answer(answer(200, &[], if line.starts_with("POST /login") { body } else { "{}" }))
        })
        .await;
        let session = [login, "token: $.token", "header: X-Token", LOGOUT];
        let ended = live(&workspace(&server, &session, PROBE), "--trace --format json").ends_with(1);
        assert!(!ended.stdout.contains("canary") && !ended.stderr.contains("canary"), "{}", ended.stdout);
        (ended.step()["cause"].as_str().unwrap().to_owned(), ended.stdout, lines(&server))
    };
    // The token has another place: there is none to log out with.
    let (cause, shown, asked) = told(r#"{"access":{"jwt":"canary-jwt"},"user":"canary"}"#, LOGIN).await;
    assert_eq!((&*cause, &asked[..]), ("unexpected-response", &["POST /login".to_owned()][..]));
    assert!(shown.contains(r#"{\"access\":{\"jwt\":\"***\"},\"user\":\"***\"}"#), "{shown}");
    let (cause, shown, _) = told("<!doctype html><title>Sign in</title><input value=canary-csrf>", LOGIN).await;
    assert_eq!(cause, "unexpected-response");
    assert!(shown.contains("with the HTML page `Sign in`"), "{shown}");
    let (cause, shown, _) = told("canary-token-as-text", LOGIN).await;
    assert_eq!(cause, "unexpected-response");
    assert!(shown.contains("20 bytes that may hold secrets"), "{shown}");
    // It is where it belongs, and the answer is not what was expected: what was opened is ended.
    let strict =
        "login: {request: POST /login, headers: {X-P: \"{username}{password}\"}, accept: {json: {\"$.mode\": live}}}";
    let plain = "login: {request: POST /login, query: {p: \"{password}\"}, accept: {json: {\"$.mode\": live}}}";
    let (cause, _, asked) = told(r#"{"token":"canary-token","mode":"canary-mode"}"#, plain).await;
    assert_eq!((&*cause, asked.len()), ("unexpected-response", 2), "{asked:?}");
    let (cause, _, asked) = told(r#"{"token":"canary-token"}"#, strict).await;
    assert_eq!((&*cause, asked.len()), ("field-format", 0), "no header can carry this password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_redirects_gives_away_nothing_either() {
    let headers = [
        ("location", "/home;jsessionid=canary-path?ticket=canary-query#canary"),
        ("set-cookie", "OTHER=canary-cookie"),
        ("content-type", "text/html"),
    ];
    let moved = answer(302, &headers, "<a href='/home?ticket=canary-link'>here</a>");
    let server =
        server(move |line, _| Act::Answer(if line.starts_with("POST") { moved.clone() } else { json("{}") })).await;
    let session = [LOGIN, "token: {cookie: SESSION}", "cookie: SESSION", LOGOUT];
    let ended = live(&workspace(&server, &session, PROBE), "--trace --format json").ends_with(1);
    assert!(!ended.stdout.contains("canary"), "{}", ended.stdout);
    assert_eq!(ended.step()["cause"], "redirected");
    // Where that is how the API says yes, the recipe says so.
    let login = LOGIN.replace("}}}", "}}, accept: {status: 302, header: {location: {matches: ^/home}}}}");
    let session = [&*login, "token: {cookie: OTHER}", "cookie: OTHER"];
    let ended = live(&workspace(&server, &session, PROBE), "--trace --format json").ends_with(0);
    assert!(!ended.stdout.contains("canary"), "{}", ended.stdout);
    assert_eq!(lines(&server), ["POST /login", "POST /login", "GET /me"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_tells_what_the_server_says() {
    let server = server(|_, _| Act::Answer(answer(403, &[], r#"{"error":"locked","until":"tomorrow"}"#))).await;
    let rule = "login: {request: POST /login, body: {text: \"{password}\"}, refuse: [{status: 403, json: {\"$.error\": locked}, cause: account-suspended}]}";
    let session = [rule, "token: $.token", "header: X-Token"];
    let step = live(&workspace(&server, &session, PROBE), "--format json").ends_with(1).step();
    assert_eq!((&step["cause"], &step["phase"]), (&"account-suspended".into(), &"auth".into()));
    assert!(step["message"].as_str().unwrap().contains(r#"{"error":"locked","until":"tomorrow"}"#), "{step}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_whatever_the_probe_finds() {
    for (status, cause, exit) in
        [(401, "config-invalid", 1), (403, "permission-missing", 1), (500, "provider-error", 3)]
    {
        let server = server(move |line, _| {
            Act::Answer(match line {
                "POST /login" => json(r#"{"session":{"token":"canary-token"}}"#),
                "GET /me" => answer(status, &[], ""),
                _ => answer(500, &[], ""),
            })
        })
        .await;
        let step = live(&workspace(&server, &usual(), PROBE), "--retries 0 --format json").ends_with(exit).step();
        assert_eq!(step["cause"], cause);
        assert_eq!(step["warnings"][0]["code"], "logout-failed", "{step}");
        assert_eq!(lines(&server), ["POST /login", "GET /me", "DELETE /session"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_takes_no_longer_than_what_is_left() {
    for silent in ["DELETE /session", "GET /me"] {
        let server = server(move |line, _| match line {
            line if line == silent => Act::Silence,
            "POST /login" => Act::Answer(json(r#"{"session":{"token":"canary-token"}}"#)),
            _ => Act::Answer(json("{}")),
        })
        .await;
        let began = Instant::now();
        let ended = live(&workspace(&server, &usual(), "{request: GET /me}"), "--timeout 4s --retries 0 --format json");
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        let step = ended.step();
        assert_eq!(step["warnings"][0]["code"], "logout-failed", "{step}");
        assert_eq!(step["verdict"], if silent == "GET /me" { "inconclusive" } else { "pass" }, "{step}");
    }
}

#[test]
fn a_double_refuses_a_token_that_it_did_not_issue() {
    let connection = "app: http\ntype: domain-login\nfields: {domain: x.example, username: ann, password: {env: X}, place: {session: {\
        login: {request: POST /login, body: {json: {pass: \"{password}\"}}}, token: $.token, header: Authorization, value: \"Bearer {session_token}\"}}}\n";
    let fixture = |issued: &str, seen: &str| {
        format!(
            "http:\n  - request: {{method: POST, path: /login, body: {{json: {{pass: \"{{{{password}}}}\"}}}}}}\n    response: {{json: {{token: \"{issued}\"}}}}\n  \
             - request: {{path: /me, headers: {{authorization: \"Bearer {seen}\"}}}}\n    response: {{json: {{}}}}\n"
        )
    };
    let workspace = Workspace::new()
        .with("connections/till.yaml", connection)
        .with_steps("a", ["{name: X, app: http, fixture: f, probe: {http: {request: GET /me}}}"]);
    for (issued, seen, cause) in [
        ("{{session_token}}", "{{session_token}}", None),
        ("canary-literal", "canary-literal", None),
        ("canary-literal", "canary-other", Some("fixture-unmatched")),
        ("{{session_token}}", "canary-other", Some("fixture-unmatched")),
    ] {
        workspace.write("fixtures/f.yaml", &fixture(issued, seen));
        let step = workspace.run("run --format json").ends_with(i32::from(cause.is_some())).step();
        assert_eq!(step["cause"].as_str(), cause, "{step}");
        let got = step["message"].as_str().unwrap();
        assert!(cause.is_none() || !got.contains("canary-literal"), "{got}");
    }
}
