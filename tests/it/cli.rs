//! The command line from outside: the built binary in a workspace of its own, with an environment that holds nothing of ours.

mod environment;
mod exit_codes;
mod explanations;
mod options;
mod schemas;
pub(crate) mod server;
mod streams;
pub(crate) mod workspace;
