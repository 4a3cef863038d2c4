//! Floor 0: positions. YAML text becomes a tree that knows where everything stands.
//!
//! [`parse()`] reads text within a budget; a [`Shape`] says what may be written; [`check()`] compares the two and collects every fault;
//! [`schema`] prints the same shape as JSON Schema, so what the loader takes and what an editor is told cannot drift apart.

mod build;
pub mod check;
pub mod duration;
pub mod edit;
pub mod fault;
pub mod keys;
pub mod name;
pub mod nearest;
pub mod node;
pub mod parse;
pub mod scalar;
pub mod schema;
pub mod secrecy;
mod secret;
pub mod shape;
pub mod write;

pub use check::check;
pub use duration::duration;
pub use fault::{Fault, SyntaxError};
pub use name::Name;
pub use node::{Entry, Node, Span, Tree, Value};
pub use parse::parse;
pub use shape::{Field, Shape, Words};
