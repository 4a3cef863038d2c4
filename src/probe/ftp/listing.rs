//! Listings: `NLST`, or `LIST` where that is not known.

use suppaftp::list::ListParser;

use super::judge;
use crate::wire::ftp::Session;
use crate::wire::ftp::data::TransferTrouble;

/// The names in a directory, without `.` and `..`.
pub(super) struct Listing {
    pub(super) names: Vec<String>,
}

impl Listing {
    /// Lists a directory, the current one when none is named.
    pub(super) async fn of(session: &mut Session<'_>, directory: Option<&str>) -> Result<Listing, TransferTrouble> {
        let command = |verb: &str| directory.map_or_else(|| verb.to_owned(), |below| format!("{verb} {below}"));
        match session.list(&command("NLST")).await {
            Ok(bytes) => Ok(Listing { names: lines(&bytes).filter_map(|line| name(&line)).collect() }),
            Err(TransferTrouble::Refused { reply, .. }) if judge::lists_nothing(&reply) => {
                Ok(Listing { names: Vec::new() })
            }
            Err(TransferTrouble::Refused { reply, began: false }) if judge::not_implemented(&reply) => {
                let bytes = session.list(&command("LIST")).await?;
                Ok(Listing { names: lines(&bytes).filter_map(|line| name(&long_name(&line)?)).collect() })
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// `3 entries`.
    pub(super) fn count(&self) -> String {
        match self.names.len() {
            0 => "empty".to_owned(),
            1 => "1 entry".to_owned(),
            count => format!("{count} entries"),
        }
    }

    /// Whether a name matches the pattern.
    pub(super) fn holds(&self, pattern: &str) -> bool {
        self.names.iter().any(|name| matches(pattern, name))
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = String> {
    bytes.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).trim_end_matches('\r').to_owned())
}

/// The last component of a path: some servers put the directory before each name.
fn name(line: &str) -> Option<String> {
    let name = line.rsplit('/').next().unwrap_or(line);
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

/// The name in a line of `LIST`, Unix or DOS; a line in no known form (`total 12`) has none.
fn long_name(line: &str) -> Option<String> {
    let file = ListParser::parse_posix(line).or_else(|_| ListParser::parse_dos(line)).ok()?;
    Some(file.name().to_owned())
}

/// Whether a name matches a pattern in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name) in [("*.csv", "a.csv"), ("*", "x"), ("a*b*c", "a1b2bc"), ("a.csv", "a.csv"), ("*a*", "bab")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.csv", "a.csv.part"), ("a.csv", "a.csv2"), ("ab*ba", "aba"), ("a*", "ba")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn names_in_listings() {
        assert_eq!(name("orders/a.csv").as_deref(), Some("a.csv"));
        assert_eq!(name("."), None);
        assert_eq!(
            long_name("-rw-r--r--    1 5001     5000           17 Nov 24 12:00 readme.txt").as_deref(),
            Some("readme.txt")
        );
        assert_eq!(long_name("11-24-26  12:00PM       <DIR>          incoming").as_deref(), Some("incoming"));
        assert_eq!(long_name("total 12"), None);
    }
}
