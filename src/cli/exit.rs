//! Exit codes: one list, one order of precedence.

use crate::model::report::Tally;

/// How the program ends. The numbers are promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every tested outcome was met.
    Met = 0,
    /// At least one was not.
    Unmet = 1,
    /// Usage, or a file that is not valid.
    Invalid = 2,
    /// The only unmet ones are inconclusive.
    Inconclusive = 3,
    /// Nothing was tested.
    Untested = 4,
    /// The report could not be written, or was withheld because a secret was found in it.
    Report = 5,
    /// A bug in tugtest.
    Bug = 70,
    /// Interrupted (SIGINT).
    Interrupted = 130,
    /// Terminated (SIGTERM).
    Terminated = 143,
}

/// What a run came to, as far as the exit code is concerned.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunEnd {
    /// How many steps ended how; none when the report failed.
    pub tally: Option<Tally>,
    /// A file was not valid.
    pub invalid: bool,
    /// A bug was met.
    pub bug: bool,
    /// The signal that ended it.
    pub signal: Option<Exit>,
}

impl RunEnd {
    /// The code. When several hold: a bug, a signal, then the first of 5, 2, 1, 3, 4.
    #[must_use]
    pub fn exit(self) -> Exit {
        if self.bug {
            return Exit::Bug;
        }
        let Some(tally) = self.tally else { return Exit::Report };
        if let Some(signal) = self.signal {
            return signal;
        }
        let probed = tally.pass + tally.fail + tally.inconclusive;
        if self.invalid {
            Exit::Invalid
        } else if tally.unmet > tally.unmet_inconclusive {
            Exit::Unmet
        } else if tally.unmet > 0 {
            Exit::Inconclusive
        } else if tally.steps == 0 || (probed == 0 && tally.untested > 0) {
            Exit::Untested
        } else {
            Exit::Met
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_5_2_1_3_4_is_the_code() {
        let tally = Tally {
            steps: 3,
            fail: 1,
            inconclusive: 1,
            pass: 1,
            met: 1,
            unmet: 2,
            unmet_inconclusive: 1,
            ..Tally::default()
        };
        let end = |tally, invalid| RunEnd { tally, invalid, ..RunEnd::default() }.exit();
        assert_eq!(end(None, true), Exit::Report);
        assert_eq!(end(Some(tally), true), Exit::Invalid);
        assert_eq!(end(Some(tally), false), Exit::Unmet);
        let inconclusive = Tally { fail: 0, unmet: 1, ..tally };
        assert_eq!(end(Some(inconclusive), false), Exit::Inconclusive);
        let untested = Tally { steps: 1, skip: 1, untested: 1, ..Tally::default() };
        assert_eq!(end(Some(untested), false), Exit::Untested);
        assert_eq!(end(Some(Tally::default()), false), Exit::Untested, "nothing matched");
        let not_needed = Tally { steps: 1, skip: 1, met: 1, ..Tally::default() };
        assert_eq!(end(Some(not_needed), false), Exit::Met, "only steps that need no connection");
    }
}
