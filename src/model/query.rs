//! Queries into JSON answers (JSONPath, RFC 9535).

use std::fmt;

use serde_json::Value;
use serde_json_path::{JsonPath, NodeList};

/// A valid JSONPath, kept as text and compiled at use: thousands of compiled ones would take more memory than everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonQuery(Box<str>);

impl JsonQuery {
    /// A query from its text.
    ///
    /// # Errors
    /// Up to which character the text is understood.
    pub fn parse(text: &str) -> Result<Self, usize> {
        JsonPath::parse(text).map(|_| JsonQuery(text.into())).map_err(|error| error.position())
    }

    /// The values that it finds, in the order of RFC 9535.
    #[must_use]
    pub fn query<'v>(&self, value: &'v Value) -> NodeList<'v> {
        JsonPath::parse(&self.0).map(|path| path.query(value)).unwrap_or_default()
    }
}

impl fmt::Display for JsonQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_finds_what_its_path_says() {
        let query = JsonQuery::parse("$.scopes[*]").expect("a path");
        let value = serde_json::json!({"scopes": ["read", "write"]});
        assert_eq!(query.query(&value).all(), ["read", "write"]);
        assert_eq!(query.to_string(), "$.scopes[*]");
        assert!(JsonQuery::parse("scopes").is_err());
    }
}
