//! `tugtest connect`, from the first word to the sealed connection: against an authorization server that verifies, with a test in place of
//! the browser.

mod authority;
mod callbacks;
mod device;
mod failures;
pub(crate) mod person;
mod signed;
mod success;

use std::path::PathBuf;

use self::authority::Authority;
use self::person::{Person, Visited};
use crate::connections::Store;

/// The client's secret, which the authority compares.
pub(crate) const CLIENT_SECRET: &str = "canary-client-secret:+/%1";

/// A workspace with an app that this authority grants access to, and a program that is the browser.
pub(crate) fn world(authority: &Authority) -> Store {
    let store = Store::new();
    store.workspace.write("apps/canary.yaml", &recipe(authority, "authorize_url: {url}/authorize"));
    browser(&store);
    store
}

/// Puts a program into a workspace that is the browser.
pub(crate) fn browser(store: &Store) {
    // It writes down what it was started with: the page, and every variable that it sees.
    let browser = "#!/bin/sh\nenv > \"$0.env\"\nprintf '%s\\n' \"$@\" > \"$0.part\" && mv \"$0.part\" \"$0.url\"\n";
    store.workspace.write("browser", browser);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(store.workspace.path("browser"), mode).expect("a file of ours");
}

/// The app's recipe, with these further lines about its authorization server.
pub(crate) fn recipe(authority: &Authority, more: &str) -> String {
    let oauth2 =
        format!("token_url: {{url}}/token, scopes: [read, write], authorize: {{access_type: offline}}, {more}");
    "app: canary
title: Canary & Sons
types:
  oauth2:
    base_url: {url}
    place: {header: Authorization, value: \"Bearer {access_token}\"}
    oauth2: {OAUTH2}
    http: {request: GET /me, accept: {status: 200, json: {\"$.name\": exists}}, account: $.name}
"
    .replace("OAUTH2", &oauth2)
    .replace("{url}", &authority.url())
}

/// Begins `tugtest connect canary` with the client in its environment.
pub(crate) fn begin<'s>(store: &'s Store, words: &str) -> Person<'s> {
    let words = format!("connect canary --from-env client_id=CANARY_ID --from-env client_secret=CANARY_SECRET {words}");
    Person::begin(store, &words, &[("CANARY_ID", "canary id & co"), ("CANARY_SECRET", CLIENT_SECRET)])
}

/// What is in the folder of connections, sorted; nothing where there is none.
pub(crate) fn kept(store: &Store) -> Vec<String> {
    let folder: PathBuf = store.workspace.path("connections");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with(".lock")).collect();
    names.sort();
    names
}

/// That a browser ended on this page, which tells nothing that it should not and allows nothing.
pub(crate) fn assert_page(visited: &Visited, status: u16, heading: &str) {
    assert_eq!(visited.status, status, "{}", visited.text);
    assert!(visited.text.contains(&format!("<h1>{heading}")), "{}", visited.text);
    assert!(!visited.text.contains("canary-code"), "{}", visited.text);
    let head = visited.head.to_ascii_lowercase();
    for line in
        ["referrer-policy: no-referrer", "cache-control: no-store", "content-security-policy: default-src 'none'"]
    {
        assert!(head.contains(line), "{head}");
    }
    assert!(!head.contains("access-control"), "{head}");
}
