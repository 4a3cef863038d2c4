//! How long ago something was, in words.

use std::time::Duration;

use super::plural;
use crate::model::last::LastVerdict;

/// An age in the largest unit that fits: `3 days ago`.
#[must_use]
pub(crate) fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let units = [(365 * 86_400, "year"), (30 * 86_400, "month"), (86_400, "day"), (3600, "hour"), (60, "minute")];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| seconds >= *unit) else {
        return "just now".to_owned();
    };
    format!("{} ago", plural(usize::try_from(seconds / unit).unwrap_or_default(), name))
}

/// A last verdict in words: what, why, when.
#[must_use]
pub(crate) fn in_words(last: &LastVerdict) -> String {
    let cause = last.cause.map(|cause| format!(": {}", cause.code())).unwrap_or_default();
    format!("{}{cause}, {}", last.verdict, ago(last.age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit() {
        const DAY: u64 = 86_400;
        let cases = [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (3600, "1 hour ago"),
            (3 * DAY, "3 days ago"),
            (62 * DAY, "2 months ago"),
            (800 * DAY, "2 years ago"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(ago(Duration::from_secs(seconds)), expected);
        }
    }
}
