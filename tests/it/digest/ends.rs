//! How often a challenge is answered: once, once more for a stale number, and never in a loop.

use super::*;

/// A server that refuses each answer with the next of these challenges, and takes the one after them.
fn refusing(challenges: &'static [(&'static str, &'static str)]) -> Server {
    Server::start(move |request| match challenges.get(request.number - 1) {
        Some((nonce, more)) => refused(&challenge(nonce, more)),
        None if is_right(request, "ann", PASSWORD) => accepted(""),
        None => refused(""),
    })
}

#[test]
fn a_stale_number_is_exchanged_once() {
    let server = refusing(&[("n1", ", qop=\"auth\""), ("n2", ", qop=\"auth\", stale=true")]);
    let step = live(&workspace(&server, "", GET), "--format json").ends_with(0).step();
    assert_eq!(step["attempts"], 1);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!((parameter(&requests[1], "nonce"), parameter(&requests[2], "nonce")), ("n1".into(), "n2".into()));
    assert_eq!(parameter(&requests[2], "nc"), "00000001", "it counts how often one number was used");
    assert_ne!(parameter(&requests[1], "cnonce"), parameter(&requests[2], "cnonce"));
}

#[test]
fn numbers_that_are_always_stale_end_it() {
    let server = Server::start(|request| {
        let nonce = format!("n{}", request.number);
        refused(&challenge(&nonce, ", qop=\"auth\", stale=TRUE"))
    });
    let step = live(&workspace(&server, "", GET), "--format json --retries 5").ends_with(3).step();
    assert_eq!((&step["verdict"], &step["cause"]), (&"inconclusive".into(), &"nonce-reused".into()));
    assert!(step["message"].as_str().is_some_and(|said| said.contains("calls each of its own numbers stale")));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_second_refusal_is_final() {
    for more in [", qop=\"auth\"", ", qop=\"auth\", stale=false", "", "another realm each time"] {
        let server = Server::start(move |request| {
            let line = challenge(&format!("n{}", request.number), more);
            refused(&line.replace("a \\\"realm", if request.number > 1 { "another \\\"realm" } else { "a \\\"realm" }))
        });
        let twice = workspace(&server, "", GET)
            .with_steps("b", [format!("{{name: Y, app: http, probe: {{http: {GET}}}}}").as_str()]);
        let causes = live(&twice, "--format json --retries 5").ends_with(1).causes();
        assert_eq!(causes, ["credential-rejected", "already-rejected"], "{more}");
        assert_eq!(server.requests().len(), 2, "{more}");
    }
}

/// A probe with two permission checks.
const CHECKS: &str =
    "{request: GET /me, accept: {status: 200}, then: [{request: GET /a, needs: a}, {request: GET /b, needs: b}]}";

#[test]
fn later_questions_use_the_number_again() {
    let server = refusing(&[("n1", ", qop=\"auth\"")]);
    live(&workspace(&server, "", CHECKS), "--format json").ends_with(0);
    let counts: Vec<_> = server.requests()[1..].iter().map(|request| parameter(request, "nc")).collect();
    assert_eq!(counts, ["00000001", "00000002", "00000003"]);
    let ours: Vec<_> = server.requests()[1..].iter().map(|request| parameter(request, "cnonce")).collect();
    assert!(ours.windows(2).all(|pair| pair[0] == pair[1]), "one session has one number of ours: {ours:?}");
}

#[test]
fn the_server_may_name_the_next_number() {
    let server = Server::start(|request| match request.number {
        1 => refused(&challenge("n1", ", qop=\"auth\", algorithm=MD5")),
        _ if !is_right(request, "ann", PASSWORD) => refused(""),
        2 => accepted("authentication-info: nextnonce=\"n2\", qop=auth\r\n"),
        // The same again is no new number.
        _ => accepted("authentication-info: nextnonce=\"n2\"\r\n"),
    });
    live(&workspace(&server, "", CHECKS), "--format json").ends_with(0);
    let used: Vec<_> =
        server.requests()[1..].iter().map(|request| (parameter(request, "nonce"), parameter(request, "nc"))).collect();
    let expected = [("n1", "00000001"), ("n2", "00000001"), ("n2", "00000002")];
    assert_eq!(used, expected.map(|(nonce, count)| (nonce.to_owned(), count.to_owned())));
}

#[test]
fn a_check_is_answered_anew_once_since_the_login_is_known_to_be_good() {
    // Some servers take each number once and do not say that it is stale.
    let once = Server::start(|request| match answer(request) {
        Some(answer) if answer.parameter("nc") == Some("00000001") => accepted(""),
        _ => refused(&challenge(&format!("n{}", request.number), ", qop=\"auth\"")),
    });
    live(&workspace(&once, "", CHECKS), "--format json").ends_with(0);
    assert_eq!(once.requests().len(), 2 + 2 + 2);

    let denied = Server::start(|request| match (request.head.starts_with("GET /me"), answer(request)) {
        (true, Some(_)) => accepted(""),
        _ => refused(&challenge(&format!("n{}", request.number), ", qop=\"auth\"")),
    });
    let step = live(&workspace(&denied, "", CHECKS), "--format json").ends_with(1).step();
    assert_eq!((&step["cause"], denied.requests().len()), (&"permission-missing".into(), 4));
}

#[test]
fn another_realm_is_another_challenge() {
    let server = Server::start(|request| match (request.head.starts_with("GET /a"), answer(request)) {
        (true, Some(answer)) if answer.parameter("realm") == Some("other") => accepted(""),
        (true, _) => refused("www-authenticate: Digest realm=\"other\", nonce=\"m\", qop=\"auth\"\r\n"),
        (false, Some(_)) => accepted(""),
        (false, None) => refused(&challenge("n", ", qop=\"auth\"")),
    });
    let probe = "{request: GET /me, accept: {status: 200}, then: [{request: GET /a, needs: a}]}";
    live(&workspace(&server, "", probe), "--format json").ends_with(0);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn cookies_of_a_challenge_come_back_and_are_not_shown() {
    let server = Server::start(|request| match (is_right(request, "ann", PASSWORD), header(request, "cookie")) {
        (true, Some("session=canary-0123456789abcdef; b=2")) => accepted(""),
        _ => refused(&format!(
            "set-cookie: session=canary-0123456789abcdef; Path=/; HttpOnly\r\nset-cookie: b=1\r\nset-cookie: b=2\r\n{}",
            challenge("n", ", qop=\"auth\"")
        )),
    });
    let ended = live(&workspace(&server, "", GET), "--format json --trace").ends_with(0);
    assert!(
        ended.stdout.contains("cookie: session=***; b=***") && !ended.stdout.contains("canary"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_cookie_that_repeats_the_number_leaves_it_readable() {
    let lines = challenge("canary-nonce-of-24-bytes", ", qop=\"auth\"");
    let server = Server::start(move |request| match answer(request) {
        Some(_) => refused(&format!("{lines}set-cookie: last_nonce=canary-nonce-of-24-bytes; Path=/\r\n")),
        None => refused(&lines),
    });
    let ended = live(&workspace(&server, "", GET), "--format json --trace").ends_with(1);
    assert_eq!(ended.step()["cause"], "credential-rejected", "{}", ended.stdout);
    assert!(ended.stdout.contains(r#"nonce=\"canary-nonce-of-24-bytes\""#), "{}", ended.stdout);
}
