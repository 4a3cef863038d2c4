//! Floor 1: signatures. Pure functions, shared by probes that make them and doubles that verify them: nothing here has a clock, draws a
//! number or opens anything.

pub mod digest;
mod key;
pub mod oauth1;
pub mod sigv4;
