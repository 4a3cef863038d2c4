//! The encrypted store: what opens, what stays closed, and what is bound to what.

mod tamper;
mod vectors;
