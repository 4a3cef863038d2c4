//! Strangers at the listener: nobody but the right visitor gets anywhere, and nobody keeps that one out.

use std::net::TcpStream;

use super::authority::{Authority, Manners};
use super::person::{authority as host_of, dial, redirect, request, visit};
use super::{assert_page, begin, world};

#[test]
fn strangers_are_turned_away_and_the_wait_goes_on() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let person = begin(&store, "");
    let page = person.page();
    let callback = redirect(&page);
    let own = format!("host: {}\r\n", host_of(&callback));
    let with = |query: &str| {
        let mut url = callback.clone();
        url.set_query(Some(query));
        url
    };
    // Spare connections of a browser, which say nothing.
    let spare: Vec<TcpStream> = (0..8).map(|_| dial(&callback)).collect();
    for query in ["", "code=x", "code=x&state=", "code=x&state=wrong", "error=access_denied", "error=x&state=wrong"] {
        assert_page(&request(&with(query), "GET", &own), 400, "This is not the answer");
    }
    let state = page.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let right = with(&format!("code=x&state={state}"));
    assert_page(&request(&with(&format!("code=x&state={state}&state={state}")), "GET", &own), 400, "This is not");
    // Which of the two codes is the server's, nobody can say.
    for twice in ["code=y", "code=x", "error=a&error=b", "iss=a&iss=b"] {
        assert_page(&request(&with(&format!("code=x&state={state}&{twice}")), "GET", &own), 400, "This is not");
    }
    assert_page(&request(&right, "GET", "host: evil.example\r\n"), 421, "Nothing for this host");
    assert_page(&request(&right, "GET", ""), 421, "Nothing for this host");
    let refused = request(&right, "POST", &format!("{own}content-length: 0\r\n"));
    assert_page(&refused, 405, "Nothing to do");
    assert!(refused.head.contains("allow: GET"), "{}", refused.head);
    assert_page(&request(&right, "OPTIONS", &format!("{own}origin: https://evil.example\r\n")), 405, "Nothing to do");
    assert_page(&request(&callback.join("/favicon.ico").expect("a URL"), "GET", &own), 404, "Nothing here");
    let visited = visit(&page);
    assert_page(&visited, 200, "Connected");
    let ended = person.ends().ends_with(0);
    assert_eq!(ended.stderr.matches("it was turned away").count(), 1, "said once: {}", ended.stderr);
    drop(spare);
}

#[test]
fn a_crowd_does_not_keep_the_right_one_out() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let person = begin(&store, "");
    let page = person.page();
    let callback = redirect(&page);
    let own = format!("host: {}\r\n", host_of(&callback));
    let crowd: Vec<_> = (0..16)
        .map(|_| {
            let (callback, own) = (callback.clone(), own.clone());
            std::thread::spawn(move || (0..10).map(|_| request(&callback, "GET", &own).status).collect::<Vec<_>>())
        })
        .collect();
    for visitor in crowd {
        assert_eq!(visitor.join().expect("no panic"), [400; 10]);
    }
    assert_page(&visit(&page), 200, "Connected");
    person.ends().ends_with(0);
}

#[test]
fn whoever_comes_after_the_end_is_told_so() {
    // The probe waits, and so the program is still there when somebody comes a second time.
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let slow = crate::cli::server::Latch::default();
    let gate = slow.clone();
    let api = crate::cli::server::Server::start(move |_| {
        gate.pass();
        crate::cli::server::Reply::Status(200, "", r#"{"name": "Canary Ltd"}"#)
    });
    let recipe = super::recipe(&authority, "authorize_url: {url}/authorize");
    let recipe = recipe.replace(&format!("base_url: {}", authority.url()), &format!("base_url: {}", api.url()));
    store.workspace.write("apps/canary.yaml", &recipe);
    let person = begin(&store, "");
    let page = person.page();
    assert_page(&visit(&page), 200, "Connected");
    api.await_requests(1);
    assert_page(&visit(&page), 410, "Already finished");
    slow.open();
    person.ends().ends_with(0);
    assert_eq!(authority.asked("/token").len(), 1, "the second code was not used");
}
