//! Credentials: a connection's resolved values, and the templates that use them.

use super::fields::Fields;
use std::sync::Arc;

use super::secret::{Part, Secret};

/// The resolved values of one connection. Built by the vault only, and passed by reference.
#[derive(Debug, Clone, Default)]
pub struct Credential {
    /// The connection's name.
    pub connection: Arc<str>,
    /// Its public fields.
    pub public: Fields<Box<str>>,
    /// Its secret fields.
    pub secrets: Fields<Secret>,
}

impl Credential {
    /// A public field.
    #[must_use]
    pub fn public(&self, name: &str) -> Option<&str> {
        self.public.get(name).map(AsRef::as_ref)
    }

    /// A secret field.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }

    /// Fills a template such as `Token {api_key}` from public and secret fields. The result may hold a secret and so is one.
    ///
    /// # Errors
    /// The name of the first field that the template names and the credential lacks.
    pub fn fill(&self, template: &str) -> Result<Secret, String> {
        let part = |piece| match piece {
            Piece::Text(text) => Ok(Part::Clear(text)),
            Piece::Field(name) => match (self.secrets.get(name), self.public.get(name)) {
                (Some(secret), _) => Ok(Part::Secret(secret)),
                (None, Some(text)) => Ok(Part::Clear(text)),
                (None, None) => Err(name.to_owned()),
            },
        };
        let parts: Vec<_> = pieces(template).map(part).collect::<Result<_, _>>()?;
        Ok(Secret::concat(parts))
    }

    /// Fills a template from public fields alone. The result can be shown.
    ///
    /// # Errors
    /// The name of the first field that is missing, or that is secret.
    pub fn fill_public(&self, template: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(template.len() + 16);
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field(name) => filled.push_str(self.public.get(name).ok_or_else(|| name.to_owned())?),
            }
        }
        Ok(filled)
    }
}

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Literal text.
    Text(&'t str),
    /// `{field}`.
    Field(&'t str),
}

/// Cuts a template at its `{field}` marks. A brace that opens no field name (`[a-z0-9_]+`) is literal, so JSON passes through.
pub fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(open) = rest[from..].find('{').map(|at| from + at) {
            let name = rest[open + 1..].split('}').next().unwrap_or_default();
            let closed = rest[open + 1..].len() > name.len();
            let valid =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if closed && valid {
                if open > 0 {
                    let text = &rest[..open];
                    rest = &rest[open..];
                    return Some(Piece::Text(text));
                }
                rest = &rest[name.len() + 2..];
                return Some(Piece::Field(name));
            }
            from = open + 1;
        }
        let text = rest;
        rest = "";
        Some(Piece::Text(text))
    })
}

/// The names of the fields that a template names.
pub fn named(template: &str) -> impl Iterator<Item = &str> {
    pieces(template).filter_map(|piece| match piece {
        Piece::Field(name) => Some(name),
        Piece::Text(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_cut_at_fields_only() {
        let cut: Vec<_> = pieces("Bearer {api_key}").collect();
        assert_eq!(cut, [Piece::Text("Bearer "), Piece::Field("api_key")]);
        let cut: Vec<_> = pieces(r#"{"a": {b}}{c"#).collect();
        assert_eq!(cut, [Piece::Text(r#"{"a": "#), Piece::Field("b"), Piece::Text("}{c")]);
    }

    #[test]
    fn a_secret_never_fills_a_public_template() {
        let mut credential = Credential::default();
        credential.secrets.insert("api_key".into(), Secret::new("canary"));
        assert_eq!(credential.fill_public("{api_key}"), Err("api_key".to_owned()));
    }
}
