//! The parameters of a token request, as a form or as a query.

use crate::model::scrub::mask;
use crate::model::secret::{Part, Secret};
use crate::wire::http::Content;

/// The media type of a form (RFC 6749 section 4.1.3).
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Parameters in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(Vec<(Box<str>, Content)>);

impl Form {
    /// Adds a parameter that may be shown.
    pub(super) fn open(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.into(), Content::Open(value.into())));
    }

    /// Adds a secret; `label` is what stands for it where it would be shown.
    pub(super) fn secret(&mut self, name: &str, value: &Secret, label: &str) {
        self.0.push((name.into(), Content::Secret { value: value.clone(), shown: mask(label) }));
    }

    /// The parameters for a query.
    pub(super) fn into_query(self) -> Vec<(Box<str>, Content)> {
        self.0
    }

    /// The parameters as a body.
    pub(super) fn into_body(self) -> Content {
        let (mut parts, mut shown) = (Vec::new(), String::new());
        for (index, (name, content)) in self.0.into_iter().enumerate() {
            let before = format!("{}{}=", if index == 0 { "" } else { "&" }, encoded(&name));
            shown.push_str(&before);
            parts.push(Secret::new(before));
            match content {
                Content::Open(text) => {
                    let text = encoded(&text);
                    shown.push_str(&text);
                    parts.push(Secret::new(text));
                }
                Content::Secret { value, shown: mark } => {
                    shown.push_str(&mark);
                    parts.push(value.encoded(encoded));
                }
            }
        }
        Content::Secret { value: Secret::concat(parts.iter().map(Part::Secret)), shown }
    }
}

/// A text as a form has it (RFC 6749 appendix B).
pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_shows_no_secret_and_encodes_all() {
        let mut form = Form::default();
        form.open("grant_type", "refresh_token");
        form.open("scope", "a b");
        form.secret("refresh_token", &Secret::new("canary +&=%ä"), "eu.refresh_token");
        let Content::Secret { value, shown } = form.into_body() else { panic!("a body with a secret is one") };
        assert_eq!(value, Secret::new("grant_type=refresh_token&scope=a+b&refresh_token=canary+%2B%26%3D%25%C3%A4"));
        assert_eq!(shown, "grant_type=refresh_token&scope=a+b&refresh_token=[secret:eu.refresh_token]");
    }
}
