//! The runner against servers that count and misbehave: what is sent how often, what waits for whom, and that every wait ends.

mod limits;
mod retries;
mod times;
