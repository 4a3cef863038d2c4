#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod document;
pub mod double;
pub mod import;
pub mod model;
pub mod probe;
pub mod report;
pub mod runner;
pub mod sign;
pub mod vault;
pub mod wire;
pub mod yaml;
