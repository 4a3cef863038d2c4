//! FTP replies, read by us: suppaftp knows neither 522 nor 534 and keeps only one number of a reply.

use crate::wire::obstacle::Obstacle;

/// One reply of an FTP server (RFC 959 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The three digits that it opens with.
    pub(crate) code: u16,
    /// Its lines, without the digits and without empty ones. Server text: not scrubbed, not escaped.
    pub(crate) lines: Vec<String>,
}

impl Reply {
    /// Reads the raw bytes of one reply.
    ///
    /// # Errors
    /// [`Obstacle::Malformed`] when it does not open with three digits.
    pub(crate) fn parse(raw: &[u8]) -> Result<Reply, Obstacle> {
        let code = code(raw).ok_or_else(|| Obstacle::Malformed("a reply that is not `NNN text`".to_owned()))?;
        let text = String::from_utf8_lossy(raw);
        let prefix = &text[..3];
        let line = |line: &str| {
            let rest = line.strip_prefix(prefix).filter(|rest| rest.starts_with([' ', '-'])).map(|rest| &rest[1..]);
            rest.unwrap_or(line).trim().to_owned()
        };
        let lines = text.lines().map(line).filter(|line| !line.is_empty()).collect();
        Ok(Reply { code, lines })
    }

    /// The family of the code: 2 says yes, 3 asks for more, 4 no for now, 5 no.
    pub(crate) const fn family(&self) -> u16 {
        self.code / 100
    }

    /// Whether the server did what was asked.
    pub(crate) const fn is_yes(&self) -> bool {
        self.family() == 2
    }

    /// Code and text on one line: `530 Login incorrect.`
    pub(crate) fn line(&self) -> String {
        let mut line = self.code.to_string();
        for text in &self.lines {
            line.push(' ');
            line.push_str(text);
        }
        line
    }

    /// The text in lower case, to look for words in.
    pub(crate) fn words(&self) -> String {
        self.lines.join(" ").to_lowercase()
    }
}

/// The code that a line opens with: three digits, the first from 1 to 6 (6 is RFC 2228).
pub(super) fn code(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3)?;
    let valid = digits.iter().all(u8::is_ascii_digit) && (b'1'..=b'6').contains(&digits[0]);
    valid.then(|| digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')))
}

/// Whether this line ends the reply that `opening` began: the same digits, then a space or nothing.
pub(super) fn ends(line: &[u8], opening: u16) -> bool {
    code(line) == Some(opening) && line.get(3).is_none_or(|next| matches!(next, b' ' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_suppaftp_does_not_know_are_read() {
        let reply = Reply::parse(b"522 SSL connection failed: session reuse required\r\n").unwrap();
        assert_eq!(reply.code, 522);
        assert_eq!(reply.line(), "522 SSL connection failed: session reuse required");
    }

    #[test]
    fn a_banner_with_lines_that_look_final_is_one_reply() {
        // vsftpd's banner_file, as recorded in servers.md.
        let raw = b"220-Welcome to the Testbed file server.\r\n220-220 this line looks like a final reply\r\n220-  indented line\r\n220 \r\n";
        let reply = Reply::parse(raw).unwrap();
        assert_eq!(
            reply.lines,
            ["Welcome to the Testbed file server.", "220 this line looks like a final reply", "indented line"]
        );
        assert!(reply.is_yes());
    }

    #[test]
    fn what_is_no_reply_is_malformed() {
        for raw in [&b"\x00\xff\xfe\x13garbage\x07\r\n"[..], b"HTTP/1.1 400\r\n", b"22", b"022 no\r\n", b"999 no\r\n"] {
            assert!(matches!(Reply::parse(raw), Err(Obstacle::Malformed(_))), "{raw:?}");
        }
    }

    #[test]
    fn the_last_line_repeats_the_code() {
        assert!(ends(b"220 ready", 220) && ends(b"220\r\n", 220));
        assert!(!ends(b"220-more", 220) && !ends(b"100 users", 220));
    }
}
