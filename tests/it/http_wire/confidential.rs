//! Answers that hold secrets nobody knew before: a token that was just issued.

use tugtest::model::credential::Credential;
use tugtest::model::evidence::Direction;

use super::{get, plain, told, wire};
use crate::http_server::{Act, Server, answer};

#[tokio::test]
async fn the_body_of_an_answer_that_holds_secrets_is_not_written_down() {
    let headers = [
        ("content-type", "application/json"),
        ("set-cookie", "SESSION=canary-cookie"),
        ("x-auth-token", "canary-header"),
        ("location", "/home;jsessionid=canary-path?ticket=canary-query"),
    ];
    let issued = answer(200, &headers, r#"{"token":"canary-token"}"#);
    let server = Server::start(move |_| Act::Answer(issued.clone())).await;
    let mut request = get("/login");
    request.confidential = true;
    let (result, lines, _) = told(&wire(), &plain(&server), &Credential::default(), request).await;
    assert_eq!(result.unwrap().body, br#"{"token":"canary-token"}"#);
    let received: Vec<_> =
        lines.iter().filter(|line| line.direction == Direction::Received).map(|line| &*line.text).collect();
    let length = "content-length: 24";
    let held = "(24 bytes that may hold secrets)";
    assert_eq!(received, ["200", "content-type: application/json", length, "location: /home", held]);
    let (_, lines, _) = told(&wire(), &plain(&server), &Credential::default(), get("/login")).await;
    assert!(lines.iter().any(|line| line.text.contains("canary-token")), "{lines:?}");
}
