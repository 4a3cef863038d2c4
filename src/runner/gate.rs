//! Gates: one for each credential of a run. The first step that uses it goes ahead; the others wait for its verdict.
//!
//! Law 4: a rejected credential is final. No other step sends it again, since lock-outs are worse than a missing answer.

use crate::model::cause::{Cause, Class};
use crate::model::verdict::Judgement;

/// The state of one credential.
#[derive(Debug, Default)]
pub(super) enum Gate {
    /// Nobody has used it yet.
    #[default]
    Closed,
    /// One step uses it; these wait for what it finds.
    Occupied(Vec<usize>),
    /// It was not rejected: everybody may use it.
    Open,
    /// It was rejected by this step.
    Rejected(usize),
}

/// What a step may do at a gate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// Use the credential.
    Go,
    /// Wait: the gate calls.
    Wait,
    /// Do not: it was rejected at this step.
    Refused(usize),
}

/// What follows for the steps that waited.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Release {
    /// They may all go.
    All(Vec<usize>),
    /// They may not: the credential was rejected.
    Refuse(Vec<usize>),
}

impl Gate {
    /// A step arrives.
    pub(super) fn arrive(&mut self, step: usize) -> Passage {
        match self {
            Gate::Closed => {
                *self = Gate::Occupied(Vec::new());
                Passage::Go
            }
            Gate::Occupied(waiting) => {
                waiting.push(step);
                Passage::Wait
            }
            Gate::Open => Passage::Go,
            Gate::Rejected(by) => Passage::Refused(*by),
        }
    }

    /// A step is judged. An answer that proves nothing of the credential leaves the gate to the next in line.
    pub(super) fn leave(&mut self, step: usize, judgement: &Judgement) -> Release {
        let waiting = match std::mem::take(self) {
            Gate::Occupied(waiting) => waiting,
            Gate::Rejected(by) => {
                *self = Gate::Rejected(by);
                return Release::All(Vec::new());
            }
            Gate::Closed | Gate::Open => Vec::new(),
        };
        match judgement.cause {
            Some(cause) if rejects(cause) => {
                *self = Gate::Rejected(step);
                Release::Refuse(waiting)
            }
            Some(cause) if !proves_acceptance(cause) => {
                *self = Gate::Closed;
                Release::All(waiting)
            }
            _ => {
                *self = Gate::Open;
                Release::All(waiting)
            }
        }
    }
}

/// Whether sending the credential again could do harm.
pub(super) fn rejects(cause: Cause) -> bool {
    cause.class() == Class::Rejected || cause == Cause::AccountSuspended
}

/// Whether the credential was accepted, although something else was missing.
fn proves_acceptance(cause: Cause) -> bool {
    cause.class() == Class::Limited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::phase::Phase;

    fn judged(cause: Cause) -> Judgement {
        Judgement::of(cause, Phase::Auth, "observed", "do")
    }

    #[test]
    fn a_rejected_credential_is_sent_once() {
        let mut gate = Gate::default();
        assert_eq!(gate.arrive(0), Passage::Go);
        assert_eq!(gate.arrive(1), Passage::Wait);
        assert_eq!(gate.leave(0, &judged(Cause::CredentialRejected)), Release::Refuse(vec![1]));
        assert_eq!(gate.arrive(2), Passage::Refused(0));
    }

    #[test]
    fn no_answer_lets_the_next_one_try_alone() {
        let mut gate = Gate::default();
        assert_eq!(gate.arrive(0), Passage::Go);
        assert_eq!(gate.arrive(1), Passage::Wait);
        assert_eq!(gate.leave(0, &judged(Cause::ConnectTimeout)), Release::All(vec![1]));
        assert_eq!(gate.arrive(1), Passage::Go);
        assert_eq!(gate.arrive(2), Passage::Wait);
    }

    #[test]
    fn acceptance_opens_the_gate_for_all() {
        let mut gate = Gate::default();
        assert_eq!(gate.arrive(0), Passage::Go);
        assert_eq!(gate.leave(0, &judged(Cause::PermissionMissing)), Release::All(vec![]));
        assert_eq!(gate.arrive(1), Passage::Go);
        assert_eq!(gate.arrive(2), Passage::Go);
    }
}
