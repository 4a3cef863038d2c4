//! Integration tests, one binary: each links the whole tool, so there is only one.

mod examples;
mod ftp_probe;
mod house;
mod live;
mod scrub;
