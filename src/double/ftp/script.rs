//! The lines of a dialogue, filled with the values of a credential.

use crate::double::Mismatch;
use crate::double::template::{fill_known, mask};
use crate::model::credential::Credential;
use crate::model::fixture::FtpTurn;
use crate::model::secret::Secret;

/// A turn that is ready to be played.
pub(super) struct Turn {
    /// As it was written.
    pub(super) written: FtpTurn,
    /// The command to wait for.
    pub(super) expect: Option<Expected>,
}

/// A command that a turn waits for.
pub(super) struct Expected {
    template: Box<str>,
    line: Secret,
    /// Whether the line may go on after what is written.
    open_end: bool,
}

impl Turn {
    /// Prepares a turn.
    pub(super) fn new(turn: &FtpTurn, credential: &Credential) -> Turn {
        let expect = turn.expect.as_deref().map(|template| {
            let (line, open_end) = template.strip_suffix('*').map_or((template, false), |line| (line, true));
            Expected { template: template.into(), line: Secret::new(fill_known(line, credential)), open_end }
        });
        Turn { written: turn.clone(), expect }
    }

    /// What it sends, as bytes on the wire. Without `send`, what stands for it.
    pub(super) fn answer(&self, default: &str, credential: &Credential) -> Vec<u8> {
        let send = self.written.send.as_deref().unwrap_or(default);
        on_the_wire(&fill_known(send, credential))
    }
}

impl Expected {
    /// Whether this command is the one. The word of a command is the same in either case (RFC 959 section 5.3).
    pub(super) fn is(&self, command: &[u8]) -> bool {
        let line = crate::double::template::open(&self.line);
        if command.len() < line.len() || (!self.open_end && command.len() != line.len()) {
            return false;
        }
        let word = verb_length(line);
        command[..word].eq_ignore_ascii_case(&line[..word]) && command[word..line.len()] == line[word..]
    }

    /// Whether it is about this word at all.
    pub(super) fn is_about(&self, verb: &str) -> bool {
        self.template.split([' ', '*']).next().unwrap_or_default().eq_ignore_ascii_case(verb)
    }
}

/// Lines with CRLF at each end.
pub(super) fn on_the_wire(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    for line in text.trim_ascii_end().split(|byte| *byte == b'\n') {
        bytes.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The word of a command, in upper case.
pub(super) fn verb(command: &[u8]) -> String {
    String::from_utf8_lossy(&command[..verb_length(command)]).to_ascii_uppercase()
}

fn verb_length(line: &[u8]) -> usize {
    line.iter().position(|byte| *byte == b' ').unwrap_or(line.len())
}

/// Says of a command that no turn waited for it. `next` and the turns after it were still to be played.
pub(super) fn mismatch<'t>(command: &[u8], rest: impl Iterator<Item = &'t Turn>, credential: &Credential) -> Mismatch {
    let verb = verb(command);
    let mut expected = rest.filter_map(|turn| turn.expect.as_ref()).peekable();
    let next = expected.peek().map(|next| next.template.to_string());
    let same_word = expected.find(|expected| expected.is_about(&verb)).map(|expected| expected.template.to_string());
    let differences = match (&next, &same_word) {
        (Some(next), Some(same)) if next == same => vec!["another argument".to_owned()],
        (Some(next), Some(_)) => vec![format!("`{next}` was to come before it")],
        (Some(_), None) => vec!["another command".to_owned()],
        (None, _) => Vec::new(),
    };
    Mismatch { request: shown(command, &verb, credential), nearest: same_word.or(next), differences }
}

/// A command as messages may show it: fields in place of their secrets, and never a password, whosever it is.
fn shown(command: &[u8], verb: &str, credential: &Credential) -> String {
    let masked = mask(command, credential);
    if verb == "PASS" && masked != "PASS {{password}}" {
        return "PASS ***".to_owned();
    }
    let cut = masked.char_indices().nth(200).map_or(masked.len(), |(at, _)| at);
    masked[..cut].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential() -> Credential {
        let mut credential = Credential::default();
        credential.public.insert("username".into(), "ann".into());
        credential.secrets.insert("password".into(), Secret::new("canary-password"));
        credential
    }

    fn turn(expect: &str) -> Turn {
        Turn::new(&FtpTurn { expect: Some(expect.into()), ..FtpTurn::default() }, &credential())
    }

    fn waits_for(expect: &str, command: &str) -> bool {
        turn(expect).expect.unwrap().is(command.as_bytes())
    }

    #[test]
    fn commands_are_compared_whole_or_up_to_a_star() {
        assert!(waits_for("USER {{username}}", "user ann"));
        assert!(!waits_for("USER {{username}}", "USER ANN"));
        assert!(!waits_for("USER {{username}}", "USER anna"));
        assert!(waits_for("STOR *", "STOR .tugtest-probe-1"));
        assert!(!waits_for("STOR *", "DELE .tugtest-probe-1"));
        assert!(waits_for("PASS {{password}}", "PASS canary-password"));
    }

    #[test]
    fn a_mismatch_names_the_nearest_turn_and_no_secret() {
        let turns = [turn("USER {{username}}"), turn("PASS {{password}}")];
        let found = mismatch(b"PASS canary-other", turns.iter(), &credential());
        assert_eq!(found.request, "PASS ***");
        assert_eq!(found.nearest.as_deref(), Some("PASS {{password}}"));
        assert_eq!(found.differences, ["`USER {{username}}` was to come before it"]);
        let found = mismatch(b"USER bob", turns.iter(), &credential());
        assert_eq!((found.request.as_str(), found.differences[0].as_str()), ("USER bob", "another argument"));
        let found = mismatch(b"ACCT canary-password", std::iter::empty(), &credential());
        assert_eq!((found.request.as_str(), found.nearest), ("ACCT {{password}}", None));
    }

    #[test]
    fn lines_end_as_the_protocol_wants() {
        assert_eq!(on_the_wire(b"220-a\n220 b\n"), b"220-a\r\n220 b\r\n");
        assert_eq!(on_the_wire(b"220 b\r\n"), b"220 b\r\n");
    }
}
