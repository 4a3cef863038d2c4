//! Codes are promises: this snapshot is what scripts rely on. A line may be added to it, and none changed or taken away.

use std::fmt::Write as _;

use tugtest::cli::exit::Exit;
use tugtest::document;
use tugtest::model::cause::Cause;

#[test]
fn causes() {
    let mut list = String::new();
    for cause in Cause::ALL {
        let (code, verdict, class) = (cause.code(), cause.verdict(), cause.class().name());
        let again = if cause.retryable() { ", may pass" } else { "" };
        writeln!(list, "{code}: {verdict}, {class}{again}").expect("a String takes all writes");
    }
    insta::assert_snapshot!(list);
}

#[test]
fn diagnostics() {
    let mut codes = document::code::all();
    codes.sort_unstable();
    insta::assert_snapshot!(codes.join("\n"));
}

#[test]
fn exits() {
    use Exit::{Bug, Inconclusive, Interrupted, Invalid, Met, Report, Terminated, Unmet, Untested};
    let exits = [Met, Unmet, Invalid, Inconclusive, Untested, Report, Bug, Interrupted, Terminated];
    assert_eq!(exits.map(|exit| exit as u8), [0, 1, 2, 3, 4, 5, 70, 130, 143]);
}
