//! What a double does late or wrong, on any protocol: the keys `delay` and `fault`.

use std::time::Duration;

use crate::model::fixture::Fault;
use crate::yaml::{self, Field, Node, Shape, Words};

const FAULTS: Words = Words::new("fault", || Fault::ALL.iter().map(|fault| fault.name()).collect());

/// How long a double waits before it answers.
pub(super) const DELAY: Field =
    Field::optional("delay", &Shape::Duration, "How long the double waits before it answers.");

/// What goes wrong while a double answers.
pub(super) const FAULT: Field = Field::optional("fault", &Shape::Word(&FAULTS), "What goes wrong while it answers.");

/// The delay that a response or a turn states.
pub(super) fn delay(node: &Node) -> Option<Duration> {
    yaml::duration(node.get("delay")?.text()?)
}

/// The fault that a response or a turn states.
pub(super) fn fault(node: &Node) -> Option<Fault> {
    Fault::from_name(node.get("fault")?.text()?)
}
