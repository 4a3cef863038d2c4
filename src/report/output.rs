//! Outputs: which format goes where, as `--format` and `--output` say it.

use std::fmt;
use std::path::{Component, PathBuf};

/// A report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document, version 1.
    Json,
    /// One JSON object a step, in the order in which steps finish.
    Jsonl,
    /// `JUnit` XML.
    Junit,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Format; 4] = [Format::Human, Format::Json, Format::Jsonl, Format::Junit];

    /// The word on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Junit => "junit",
        }
    }

    /// The format with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Destination {
    /// Whether both are one place, as far as their names tell.
    fn is_same(&self, other: &Destination) -> bool {
        let named = |path: &PathBuf| path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
        match (self, other) {
            (Destination::File(one), Destination::File(other)) => named(one) == named(other),
            _ => self == other,
        }
    }
}

/// One report of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// How it is written.
    pub format: Format,
    /// Where it goes.
    pub destination: Destination,
}

/// What is wrong with an `--output`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// No path is given.
    #[error("`--output {given}` names no file; write `--output FILE` or `--output FORMAT=FILE`")]
    NoFile {
        /// The argument.
        given: String,
    },
    /// The word before `=` is no format.
    #[error(
        "`{name}` in `--output {given}` is no format; formats are {}. Is `{given}` a file? Then write `./{given}`",
        known()
    )]
    UnknownFormat {
        /// The word.
        name: String,
        /// The argument.
        given: String,
    },
    /// Two reports for one place.
    #[error("two reports go to {place}; give each a place of its own")]
    SamePlace {
        /// The place.
        place: String,
    },
}

fn known() -> String {
    Format::ALL.map(Format::name).join(", ")
}

/// The reports of a run, from `--format` and every `--output`.
///
/// `FILE` takes the format of `--format`, `FORMAT=FILE` its own, and `-` is standard output. As long as no plain `FILE` takes it,
/// the format of `--format` goes to standard output, unless an `--output` goes there already.
///
/// # Errors
/// The first `--output` that cannot be understood.
pub fn outputs(format: Format, given: &[String]) -> Result<Vec<Output>, OutputError> {
    let mut outputs = Vec::with_capacity(given.len() + 1);
    let mut taken = false;
    for argument in given {
        let (named, path) = split(argument)?;
        if path.is_empty() {
            return Err(OutputError::NoFile { given: argument.clone() });
        }
        taken |= named.is_none();
        let destination = if path == "-" { Destination::Stdout } else { Destination::File(PathBuf::from(path)) };
        outputs.push(Output { format: named.unwrap_or(format), destination });
    }
    if !taken && !outputs.iter().any(|output| output.destination == Destination::Stdout) {
        outputs.insert(0, Output { format, destination: Destination::Stdout });
    }
    for (at, output) in outputs.iter().enumerate() {
        if outputs[..at].iter().any(|other| other.destination.is_same(&output.destination)) {
            let place = match &output.destination {
                Destination::Stdout => "standard output".to_owned(),
                Destination::File(path) => format!("`{}`", path.display()),
            };
            return Err(OutputError::SamePlace { place });
        }
    }
    Ok(outputs)
}

/// Splits `FORMAT=FILE`. Only a word of small letters before the first `=` is taken for a format, so that `./a=b` is a file.
fn split(given: &str) -> Result<(Option<Format>, &str), OutputError> {
    let Some((word, path)) = given.split_once('=') else { return Ok((None, given)) };
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok((None, given));
    }
    match Format::from_name(word) {
        Some(format) => Ok((Some(format), path)),
        None => Err(OutputError::UnknownFormat { name: word.to_owned(), given: given.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(format: Format, given: &[&str]) -> Result<String, String> {
        let given: Vec<String> = given.iter().map(|&text| text.to_owned()).collect();
        let shown = |output: Output| match output.destination {
            Destination::Stdout => format!("{}>stdout", output.format),
            Destination::File(path) => format!("{}>{}", output.format, path.display()),
        };
        let outputs = outputs(format, &given).map_err(|error| error.to_string())?;
        Ok(outputs.into_iter().map(shown).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_format_goes_to_stdout_unless_a_file_takes_it() {
        assert_eq!(shown(Format::Json, &[]).unwrap(), "json>stdout");
        assert_eq!(shown(Format::Json, &["r.json"]).unwrap(), "json>r.json");
        assert_eq!(shown(Format::Human, &["junit=r.xml"]).unwrap(), "human>stdout junit>r.xml");
        assert_eq!(shown(Format::Human, &["junit=-", "json=a=b"]).unwrap(), "junit>stdout json>a=b");
        assert_eq!(shown(Format::Human, &["./a=b"]).unwrap(), "human>./a=b");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(shown(Format::Human, &["xml=r"]).unwrap_err().contains("formats are human, json, jsonl, junit"));
        assert!(shown(Format::Human, &["json="]).unwrap_err().contains("names no file"));
        assert!(shown(Format::Human, &["r", "json=r"]).unwrap_err().contains("`r`"));
        assert!(shown(Format::Human, &["json=-", "junit=-"]).unwrap_err().contains("standard output"));
    }
}
