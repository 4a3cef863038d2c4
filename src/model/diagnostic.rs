//! Diagnostics: what is wrong in a file, with its place and a way out.

use std::sync::Arc;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file can be used all the same.
    Warning,
    /// The file, or a part of it, cannot be used.
    Error,
}

impl Severity {
    /// The word in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A fault in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable kebab-case code.
    pub code: &'static str,
    /// What is wrong. Never holds a value that may be secret.
    pub message: String,
    /// The file, as messages show it.
    pub file: Arc<str>,
    /// Where in the file; none when the whole file is meant.
    pub place: Option<Place>,
    /// The way out.
    pub help: Option<String>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// How many characters the caret underlines; at least 1.
    pub width: u32,
    /// The source line; none when it may hold a secret.
    pub source: Option<String>,
}
