//! The codes of token endpoints.
