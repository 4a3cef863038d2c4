//! Floor 3: reports. One file a format, all of them over events; the sink is the only writer.

pub mod diagnostics;
pub mod output;
pub mod progress;
pub mod reporter;
pub mod sink;

pub use output::{Destination, Format, Output, OutputError, outputs};
pub use progress::Progress;
pub use reporter::Reporter;
pub use sink::{Sink, SinkError};
