//! FTP: a step's probe, and the dialogue of a double.

use super::address::single_line;
use super::code;
use super::mishap::{DELAY, FAULT, delay, fault};
use super::page::{Page, Refusal, texts};
use crate::model::fixture::{FtpScript, FtpTls, FtpTurn};
use crate::model::probe::FtpProbe;
use crate::yaml::{self, Field, Node, Shape, Words};

const PROBE: &[Field] = &[
    Field::optional("directory", &Shape::Text, "The directory that the step uses; the login directory otherwise."),
    Field::optional("write", &Shape::Flag, "Store, measure and delete a uniquely named file there."),
    Field::optional("file", &Shape::Text, "A file pattern with * that has to match something in the listing."),
];

/// What to try on an FTP server.
pub(super) const PROBE_SHAPE: Shape = Shape::Map(PROBE);

const TLS: Words = Words::new("kind of TLS", || vec!["none", "explicit", "implicit"]);

const TURN: &[Field] = &[
    Field::optional("expect", &Shape::Text, "The command line to wait for; * at its end matches the rest."),
    Field::optional("send", &Shape::Text, "The reply, with its code: one line, or several."),
    Field::optional("data", &Shape::OneOrMore(&Shape::Text), "Lines for the data connection."),
    DELAY,
    FAULT,
];

const SCRIPT: &[Field] = &[
    Field::optional("tls", &Shape::Word(&TLS), "How the double speaks TLS."),
    Field::required(
        "dialogue",
        &Shape::List(&Shape::Map(TURN)),
        "What is said and waited for, in order; the banner first.",
    ),
];

/// What an FTP double plays.
pub(super) const SCRIPT_SHAPE: Shape = Shape::Map(SCRIPT);

/// Reads a step's probe.
pub(super) fn probe(page: &mut Page<'_>, node: &Node) -> FtpProbe {
    let mut line = |key: &str| {
        let node = node.get(key)?;
        let text = node.text()?;
        page.accept(node.span, single_line(text, key))?;
        Some(Box::<str>::from(text))
    };
    let directory = line("directory");
    let file = line("file");
    if let (Some(text), Some(node)) = (&file, node.get("file"))
        && text.contains('/')
    {
        let message = "`file` holds a path; it is matched against the names in the directory";
        page.error(code::BAD_NAME, node.span, message, "put the folder under `directory`, and the pattern alone here");
    }
    let write = node.get("write").and_then(Node::scalar).and_then(yaml::scalar::Scalar::as_bool).unwrap_or_default();
    FtpProbe { directory, write, file }
}

/// Reads the dialogue of a double.
pub(super) fn script(page: &mut Page<'_>, node: &Node) -> FtpScript {
    let tls = match node.get("tls").and_then(Node::text) {
        Some("explicit") => FtpTls::Explicit,
        Some("implicit") => FtpTls::Implicit,
        _ => FtpTls::None,
    };
    let turns = node.get("dialogue").map_or(&[][..], Node::items);
    if let (Some(dialogue), []) = (node.get("dialogue"), turns)
        && matches!(dialogue.value, yaml::Value::List(_))
    {
        page.error(
            code::EMPTY_LIST,
            dialogue.span,
            "the dialogue is empty",
            "begin with the banner: - send: 220 ready",
        );
    }
    FtpScript { tls, dialogue: turns.iter().map(|node| turn(page, node)).collect() }
}

fn turn(page: &mut Page<'_>, node: &Node) -> FtpTurn {
    let text = |key: &str| node.get(key).and_then(Node::text);
    if let (Some(written), Some(expected)) = (node.get("expect"), text("expect")) {
        page.accept(written.span, command(expected));
    }
    let lines: Vec<Box<str>> = texts(node.get("data"));
    let data = node.get("data").map(|_| lines.iter().flat_map(|text| text.lines()).map(Into::into).collect());
    let turn = FtpTurn {
        expect: text("expect").map(Into::into),
        send: text("send").map(|text| text.trim_end_matches(['\r', '\n']).into()),
        data,
        delay: delay(node),
        fault: fault(node),
    };
    let silent = turn.send.is_none() && turn.fault.is_none() && turn.data.is_none();
    if silent && !node.entries().is_empty() && node.get("send").is_none() && node.get("fault").is_none() {
        let message = "this turn neither sends anything nor has a fault";
        page.error(
            code::EMPTY_TURN,
            yaml::keys::beginning(node),
            message,
            "add `send:` with a reply, or `fault: silence`",
        );
    }
    turn
}

fn command(text: &str) -> Result<(), Refusal> {
    single_line(text, "expect")
}
