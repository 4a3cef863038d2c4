//! The first request carries no credential. What its answer means where it is no challenge that could be answered.

use super::*;

/// The cause, the phase and the message when the first answer is this, after a look at what was sent.
fn first(reply: fn() -> Reply, code: i32) -> (String, String) {
    let server = Server::start(move |_| reply());
    let step = live(&workspace(&server, "", GET), "--format json --retries 0").ends_with(code).step();
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(header(&requests[0], "authorization"), None, "nothing was asked for");
    let said = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    (said("cause"), format!("{} {}", said("message"), said("remedy")))
}

#[test]
fn an_answer_without_a_challenge_proves_nothing() {
    let (cause, message) = first(|| accepted(""), 3);
    assert_eq!(cause, "probe-not-discriminating");
    assert!(message.contains("no credential was sent, and none was asked for"), "{message}");
    let page = || Reply::Status(200, "content-type: text/html\r\n", "<html>Log in</html>");
    let server = Server::start(move |_| page());
    let probe = "{request: GET /me, refuse: [{status: 200, cause: credential-rejected}]}";
    let step = live(&workspace(&server, "", probe), "--format json").ends_with(1).step();
    assert_eq!(step["cause"], "unexpected-response");
}

#[test]
fn other_logins_are_named() {
    let (cause, message) = first(|| refused("www-authenticate: Basic realm=\"x\"\r\nwww-authenticate: Bearer\r\n"), 1);
    assert_eq!(cause, "config-invalid");
    assert!(message.contains("takes `basic, bearer`, not HTTP Digest; the credential was not sent"), "{message}");
    assert!(message.contains("Write `place: {basic: {username"), "{message}");
    let (cause, message) = first(|| refused("www-authenticate: Bearer error=\"invalid_token\"\r\n"), 1);
    assert!(cause == "config-invalid" && message.contains("value: \"Bearer"), "{message}");
    let (cause, message) = first(|| refused(""), 1);
    assert!(cause == "config-invalid" && message.contains("says not how"), "{message}");
}

#[test]
fn what_is_not_spoken_here_is_named() {
    let (cause, message) = first(|| refused(&challenge("n", ", algorithm=SHA3-256, qop=\"auth\"")), 1);
    assert!(cause == "config-invalid" && message.contains("`the algorithm SHA3-256`"), "{message}");
    let (cause, message) = first(|| refused(&challenge("n", ", qop=\"auth-conf\"")), 1);
    assert!(cause == "config-invalid" && message.contains("`the protection auth-conf`"), "{message}");
    let (cause, message) = first(|| refused("www-authenticate: Digest realm=\"B\u{fc}ro\", nonce=n\r\n"), 1);
    assert!(cause == "config-invalid" && message.contains("`a realm beyond ASCII`"), "{message}");
    let (cause, message) = first(|| refused("www-authenticate: Digest realm=\"x\"\r\n"), 1);
    assert!(cause == "config-invalid" && message.contains("`no nonce`"), "{message}");
}

#[test]
fn everything_else_is_judged_as_always() {
    for (reply, code, expected) in [
        ((|| Reply::Status(404, "", "{}")) as fn() -> Reply, 1, "not-found"),
        (|| Reply::Status(500, "", "{}"), 3, "provider-error"),
        (|| Reply::Status(429, "retry-after: 600\r\n", "{}"), 3, "rate-limited"),
        (|| Reply::Status(302, "location: https://elsewhere.example/\r\n", ""), 1, "redirected"),
        (|| Reply::Status(402, "", "{}"), 1, "account-suspended"),
        (|| Reply::Status(405, "", "{}"), 1, "config-invalid"),
    ] {
        assert_eq!(first(reply, code).0, expected);
    }
    let (cause, message) = first(|| Reply::Status(403, "", "{}"), 3);
    assert_eq!(cause, "forbidden");
    assert!(message.contains("says no before it asks for a login; the credential was not sent"), "{message}");
    // An error code of another scheme is about a credential that was never there.
    let (cause, _) = first(|| Reply::Status(403, "www-authenticate: Bearer error=\"invalid_token\"\r\n", "{}"), 3);
    assert_eq!(cause, "forbidden");
}

#[test]
fn rules_of_the_probe_do_not_judge_what_was_not_sent() {
    let server = Server::start(|request| match answer(request) {
        None => refused(&challenge("n", ", qop=\"auth\"")),
        Some(_) => Reply::Status(401, "", r#"{"error":"locked"}"#),
    });
    let probe = "{request: GET /me, refuse: [{status: 401, cause: account-suspended}]}";
    let step = live(&workspace(&server, "", probe), "--format json").ends_with(1).step();
    assert_eq!((&step["cause"], server.requests().len()), (&"account-suspended".into(), 2), "the second 401 is judged");

    let gone = Server::start(|_| Reply::Status(404, "", r#"{"error":"gone"}"#));
    let rule = |cause: &str| format!("{{request: GET /me, refuse: [{{status: 404, cause: {cause}}}]}}");
    let judged =
        |cause: &str| live(&workspace(&gone, "", &rule(cause)), "--format json --retries 0").step()["cause"].clone();
    assert_eq!(judged("provider-error"), "provider-error");
    for blame in ["credential-rejected", "permission-missing", "forbidden"] {
        assert_eq!(judged(blame), "not-found", "{blame}: no credential was sent");
    }
}
