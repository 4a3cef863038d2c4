//! Floor 3: reports. One file a format, all of them over events; the sink is the only writer.

pub(crate) mod age;
mod details;
pub mod diagnostics;
pub mod escape;
mod human;
pub mod json;
mod jsonl;
mod junit;
pub mod output;
mod own;
pub mod progress;
mod render;
pub mod reporter;
pub mod sink;

pub(crate) use details::plural;
pub use output::{Destination, Format, Output, OutputError, outputs};
pub use progress::Progress;
pub use reporter::Reporter;
pub use sink::{Sink, SinkError};
