//! Integration tests, one binary: each links the whole tool, so there is only one.

mod documents;
mod invalid;
mod shelf;
