//! Integration tests, one binary: each links the whole tool, so there is only one.

mod events;
mod hostile;
mod outputs;
mod reports;
mod scrub;
