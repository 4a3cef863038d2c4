//! Floor 1: signatures. Pure functions, shared by probes that make them and doubles that verify them: nothing here has a clock or
//! opens anything, and no number is drawn but the one inside an elliptic signature.

pub mod digest;
pub mod hmac;
pub mod jws;
mod key;
pub mod moment;
pub mod oauth1;
pub mod sigv4;
