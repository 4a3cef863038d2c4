//! Integration tests, one binary: each links the whole tool, so there is only one.

mod bounds;
mod cli;
mod documents;
mod events;
mod examples;
mod explain;
mod ftp_probe;
mod hostile;
mod house;
mod http_case;
mod http_probe;
mod http_server;
mod http_wire;
mod invalid;
mod leaks;
mod live;
mod outputs;
mod readme;
mod reports;
mod runner;
mod scenarios;
mod schemas;
mod scrub;
mod selection;
mod shelf;
mod signals;
