//! Answers to challenges: right in every part, and nothing shown of what could be guessed at.

use super::*;
use crate::leaks::scanner::{Wanted, scan};

#[test]
fn the_second_request_answers_the_challenge_of_the_first() {
    let server = asking("ann", challenge("n1", ", algorithm=SHA-256, qop=\"auth,auth-int\""));
    let ended = live(&workspace(&server, "", GET), "--format json --trace").ends_with(0);
    let requests = server.requests();
    assert_eq!((requests.len(), header(&requests[0], "authorization")), (2, None));
    assert_eq!(parameter(&requests[1], "uri"), "/me?q=a%20b");
    assert_eq!(parameter(&requests[1], "username"), "ann");
    assert_eq!(parameter(&requests[1], "realm"), "a \"realm\"");
    assert_eq!(parameter(&requests[1], "opaque"), "o\\o");
    assert_eq!((parameter(&requests[1], "nc"), parameter(&requests[1], "qop")), ("00000001".into(), "auth".into()));
    assert!(parameter(&requests[1], "cnonce").len() >= 20);
    // The first refusal is in the transcript, and is no verdict.
    let step = ended.step();
    let lines: Vec<String> =
        step["evidence"].as_array().expect("a transcript").iter().map(ToString::to_string).collect();
    let at =
        |text: &str| lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {lines:#?}"));
    assert!(at("401") < at("www-authenticate: Digest realm") && at("www-authenticate") < at("authorization: Digest"));
    assert!(lines[at("authorization: Digest")].contains("response=\\\"***\\\""), "{lines:#?}");
    assert_eq!((&step["verdict"], &step["attempts"]), (&"pass".into(), &1.into()));
}

#[test]
fn every_form_of_a_challenge_is_answered_rightly() {
    for algorithm in ["MD5", "MD5-sess", "sha-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess", "SHA-512"] {
        for qop in ["", ", qop=\"auth\"", ", qop=auth-int", ", qop=\"auth-int, auth\""] {
            let more = format!(", algorithm={algorithm}{qop}");
            let server = asking("ann", challenge("n1", &more));
            let probe = "{request: POST /jobs, body: {json: {dry: true}}, accept: {status: 200}}";
            live(&workspace(&server, "", probe), "--format json").ends_with(0);
            assert_eq!(server.requests().len(), 2, "{algorithm}{qop}");
        }
    }
}

#[test]
fn the_strongest_of_several_challenges_is_answered() {
    let both = [challenge("m", ", algorithm=MD5, qop=\"auth\""), challenge("s", ", algorithm=SHA-256, qop=\"auth\"")];
    let server = asking("ann", format!("www-authenticate: Negotiate\r\n{}", both.concat()));
    live(&workspace(&server, "", GET), "--format json").ends_with(0);
    let requests = server.requests();
    assert_eq!(
        (parameter(&requests[1], "nonce"), parameter(&requests[1], "algorithm")),
        ("s".into(), "SHA-256".into())
    );
}

#[test]
fn names_beyond_ascii_are_encoded_or_hidden() {
    let server = asking("J\u{e4}s\u{f8}n", challenge("n", ", qop=\"auth\", charset=UTF-8"));
    let jason = workspace(&server, "", GET);
    jason.write("connections/login.yaml", &jason.read("connections/login.yaml").replace("ann", "J\u{e4}s\u{f8}n"));
    live(&jason, "").ends_with(0);
    assert_eq!(parameter(&server.requests()[1], "username*"), "UTF-8''J%C3%A4s%C3%B8n");

    let server = asking("ann", challenge("n", ", qop=\"auth\", userhash=true"));
    live(&workspace(&server, "", GET), "").ends_with(0);
    let request = &server.requests()[1];
    let user = Secret::new("ann");
    let hidden = Login { user: &user, password: &user }.user_hash(digest::Hash::Md5, "a \"realm\"");
    assert_eq!(Secret::new(parameter(request, "username")), hidden);
    assert_eq!(parameter(request, "userhash"), "true");
    assert!(!request.head.contains("ann"), "{}", request.head);
}

#[test]
fn a_server_may_prove_that_it_knows_the_password() {
    for (right, qop) in [(true, "auth"), (false, "auth"), (true, "auth-int"), (false, "auth-int")] {
        let server = Server::start(move |request| {
            if !is_right(request, "ann", PASSWORD) {
                return refused(&challenge("n", &format!(", qop=\"{qop}\"")));
            }
            let proof = proof(request, "ann", if right { PASSWORD } else { "another" });
            let shown = proof.response("", br#"{"ok":true}"#).encoded(|text| format!("rspauth=\"{text}\""));
            accepted(&format!("authentication-info: {}, qop={qop}, nc=00000001\r\n", text(&shown)))
        });
        let ended = live(&workspace(&server, "", GET), "--format json").ends_with(i32::from(!right));
        let expected = if right { serde_json::Value::Null } else { "unexpected-response".into() };
        assert_eq!(ended.step()["cause"], expected, "{qop}");
        assert_eq!(ended.stdout.contains("is not that of one who knows the password"), !right);
        assert_eq!(header(&server.requests()[1], "accept-encoding") == Some("identity"), qop == "auth-int");
    }
}

/// The text of a secret, for a server to say.
fn text(secret: &Secret) -> String {
    #[expect(clippy::disallowed_methods, reason = "the test is the server")]
    String::from_utf8_lossy(secret.expose()).into_owned()
}

#[test]
fn nothing_that_passwords_could_be_tried_against_is_shown() {
    // The server repeats everything that it got, and what it worked out itself.
    let server = Server::start(|request| match answer(request) {
        None => refused(&challenge("n", ", algorithm=SHA-256, qop=\"auth\"")),
        Some(answer) => {
            let key = text(&proof(request, "ann", PASSWORD).key);
            let response = answer.parameter("response").expect("it is stated").to_owned();
            let echo = serde_json::json!({"echo": {"key": key, "response": response, "line": header(request, "authorization")}});
            Reply::Status(401, "", Box::leak(echo.to_string().into_boxed_str()))
        }
    });
    for words in ["--trace", "--trace --format json", "--trace --format junit"] {
        let ended = live(&workspace(&server, "", GET), words).ends_with(1);
        let request = server.requests().pop().expect("a request");
        let (key, response) = (text(&proof(&request, "ann", PASSWORD).key), parameter(&request, "response"));
        let wanted = [Wanted::new("password", PASSWORD), Wanted::new("key", key), Wanted::new("response", response)];
        let shown = [ended.stdout.as_bytes(), ended.stderr.as_bytes()].concat();
        assert_eq!(scan(words, &shown, &wanted), Vec::<String>::new(), "{}", ended.stdout);
        assert!(ended.stdout.contains("[secret:login.digest]"), "{}", ended.stdout);
    }
}
