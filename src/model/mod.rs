//! Floor 0: nouns. Plain data; no input or output, no async, no clock.

pub mod app;
pub mod cause;
pub mod challenge;
pub mod connection;
pub mod credential;
pub mod diagnostic;
pub mod endpoint;
pub mod event;
pub mod evidence;
pub mod fields;
pub mod fixture;
pub mod hex;
pub mod last;
pub mod mode;
pub mod phase;
pub mod probe;
pub mod query;
pub mod quoted;
pub mod report;
pub mod scenario;
pub mod scheme;
pub mod scrub;
pub mod secret;
pub mod shop;
pub mod verdict;
pub mod workspace;
