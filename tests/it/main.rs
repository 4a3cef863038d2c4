//! Integration tests, one binary: each links the whole tool, so there is only one.

mod events;
mod examples;
mod explain;
mod ftp_probe;
mod hostile;
mod house;
mod http_probe;
mod http_server;
mod http_wire;
mod live;
mod outputs;
mod reports;
mod scrub;
mod documents;
mod invalid;
mod shelf;
