//! An answer as judges read it: its JSON is parsed once and only when asked for, its text is quoted scrubbed and short.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use crate::model::scrub::Scrubber;
use crate::wire::http::Response;
use crate::wire::transcript::excerpt;

/// How much of an answer a message quotes, in characters.
const QUOTE: usize = 120;
/// How much of an answer is looked at for a quote, in bytes. The quote is cut after scrubbing.
const LOOKED_AT: usize = 8192;

/// An answer to judge.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    json: OnceCell<Option<Value>>,
    /// Whether it may hold secrets that nobody knows yet: its texts and numbers are in no message.
    veiled: bool,
}

impl Answer {
    pub(crate) const fn new(response: Response) -> Self {
        Answer { response, json: OnceCell::new(), veiled: false }
    }

    /// The same, to be shown without its texts and numbers.
    pub(crate) const fn veil(&mut self) {
        self.veiled = true;
    }

    pub(crate) const fn status(&self) -> u16 {
        self.response.status
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// The body as JSON, if it is JSON. A byte order mark is no reason to refuse it (RFC 8259 section 8.1).
    pub(crate) fn json(&self) -> Option<&Value> {
        let parse = || {
            let body = self.response.body.as_slice();
            serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()
        };
        self.json.get_or_init(parse).as_ref()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.response.body)
    }

    /// The beginning of the body as text, all that messages and page detection need.
    fn beginning(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.response.body[..self.response.body.len().min(LOOKED_AT)])
    }

    /// Whether it is a page for people, by its type or by its first tag.
    pub(crate) fn is_page(&self) -> bool {
        let declared = self.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if declared.starts_with("text/html") || declared.starts_with("application/xhtml+xml") {
            return true;
        }
        let body = self.response.body.trim_ascii_start();
        let starts = |tag: &[u8]| body.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
        starts(b"<!doctype html") || starts(b"<html")
    }

    /// Whether the beginning of the body holds this text, in any case.
    pub(crate) fn mentions(&self, lower_case: &str) -> bool {
        self.beginning().to_ascii_lowercase().contains(lower_case)
    }

    /// What it says, for a message: `the HTML page "Sign in"`, `{"error":"bad key"}` in code marks, or nothing.
    pub(crate) fn quote(&self, scrubber: &Scrubber) -> Option<String> {
        // The title of a page is for everybody to read.
        if self.veiled && !self.is_page() {
            return (!self.response.body.is_empty())
                .then(|| self.outline().map_or_else(|| self.held(), |outline| quote(&outline, scrubber)));
        }
        let text = scrubber.scrub_beginning(&self.response.body, LOOKED_AT);
        if text.trim().is_empty() {
            return None;
        }
        if self.is_page() {
            return Some(match title(&text) {
                Some(title) => format!("the HTML page {}", quote(title, scrubber)),
                None => "an HTML page".to_owned(),
            });
        }
        if text.contains('\0') {
            return Some(format!("{} bytes that are no text", self.response.body.len()));
        }
        Some(quote(&text, scrubber))
    }
}

impl Answer {
    /// Whether it is shown without its texts and numbers.
    pub(crate) const fn is_veiled(&self) -> bool {
        self.veiled
    }

    /// What its JSON is made of, if it is JSON.
    pub(crate) fn outline(&self) -> Option<String> {
        self.json().map(|json| outline(json).to_string())
    }

    fn held(&self) -> String {
        format!("{} bytes that may hold secrets", self.response.body.len())
    }

    /// A value of it, for a message.
    pub(crate) fn quote_value(&self, text: &str, scrubber: &Scrubber) -> String {
        let telling = matches!(text, "true" | "false" | "null");
        if self.veiled && !telling { "something else, which may be secret".to_owned() } else { quote(text, scrubber) }
    }
}

/// What a JSON value is made of: every text and every number is a row of stars.
fn outline(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Number(_) => "***".into(),
        Value::Array(items) => items.iter().map(outline).collect(),
        Value::Object(members) => members.iter().map(|(key, member)| (key.clone(), outline(member))).collect(),
        other => other.clone(),
    }
}

/// A text of the server's in code marks: scrubbed, white space collapsed, cut.
pub(crate) fn quote(text: &str, scrubber: &Scrubber) -> String {
    let masked = scrubber.scrub(text);
    let mut words = String::with_capacity(masked.len().min(4 * QUOTE));
    for word in masked.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.len() > 4 * QUOTE {
            break;
        }
    }
    format!("`{}`", excerpt(&words, QUOTE))
}

/// The title of a page.
fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let from = lower.find("<title")?;
    let from = from + lower[from..].find('>')? + 1;
    let to = from + lower[from..].find("</title")?;
    Some(page[from..to].trim()).filter(|title| !title.is_empty())
}
