//! Floor 2: connections from elsewhere: environment files, tugtest's own export, Airflow, MESA. Text in, drafts out; nothing is opened or sent.
//!
//! Nothing is dropped in silence: what is not understood is left out by its name, with the reason and a way out. Messages hold names
//! and no values, and a name that may be a secret is replaced by its place.

mod airflow;
mod app;
mod dotenv;
mod fit;
mod guess;
mod json;
mod lines;
mod mesa;
mod tray;
mod tree;
mod uri;
mod value;
mod word;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use crate::vault::draft::Draft;

use self::tray::Tray;

pub use self::app::{Known, KnownScheme};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Lines of `NAME=value`, as in `.env` files.
    Dotenv,
    /// What tugtest exports: connections as in their files, by name.
    Json,
    /// What `airflow connections export` writes as JSON or as lines, and variables `AIRFLOW_CONN_ID`.
    Airflow,
    /// Credentials by the older names of MESA, as JSON.
    Mesa,
}

impl Form {
    /// All forms.
    pub const ALL: [Form; 4] = [Form::Dotenv, Form::Json, Form::Airflow, Form::Mesa];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Form::Dotenv => "dotenv",
            Form::Json => "json",
            Form::Airflow => "airflow",
            Form::Mesa => "mesa",
        }
    }
}

/// What came of a text.
#[derive(Debug, Default)]
pub struct Imported {
    /// Connections, in the order of the text; their names are valid and differ.
    pub drafts: Vec<Draft>,
    /// What became no part of a connection.
    pub left_out: Vec<LeftOut>,
}

/// Something that was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The name of a variable or a connection, or `line N` and `entry N` where the name had better not be shown.
    pub what: String,
    /// Why, as what follows the name in a sentence, and a way out.
    pub why: String,
    /// The line, in texts that consist of lines.
    pub line: Option<usize>,
}

/// A text of which nothing could be read. The reason is fixed words, so that it cannot quote the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotRead {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub why: &'static str,
}

/// Reads connections out of a text. `apps` is the catalogue; `app` is the app of whatever states none itself.
///
/// # Errors
/// When the text is not of this form at all.
pub fn import(form: Form, text: &str, apps: &[Known<'_>], app: Option<&str>) -> Result<Imported, NotRead> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tray = Tray::new(apps, app);
    match form {
        Form::Dotenv => dotenv::read(text, &mut tray)?,
        Form::Json => json::read(text, &mut tray)?,
        Form::Airflow => airflow::read(text, &mut tray)?,
        Form::Mesa => mesa::read(text, &mut tray)?,
    }
    Ok(tray.into())
}
