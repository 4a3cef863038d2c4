//! Integration tests, one binary: each links the whole tool, so there is only one.

mod bounds;
mod documents;
mod events;
mod examples;
mod explain;
mod ftp_probe;
mod hostile;
mod house;
mod http_probe;
mod http_server;
mod http_wire;
mod invalid;
mod leaks;
mod live;
mod outputs;
mod reports;
mod scenarios;
mod scrub;
mod shelf;
