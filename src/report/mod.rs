//! Floor 3: reports. One file a format, all of them over events; the sink is the only writer.
pub mod diagnostics;
