//! Versions of Shopify's Admin API: one a quarter, each served for a year. Computed from a date, because a table would be out of date.
//!
//! Source: <https://shopify.dev/docs/api/usage/versioning>. A version appears at 17:00 UTC on the first day of January, April, July and
//! October. A request for a retired one is not an error: the oldest that is still served answers, and says so in a header.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How many stable versions are served at a time.
const SERVED: i16 = 4;

/// A stable version, such as `2026-10`. Counted in quarters since the year 0, so that arithmetic is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(i16);

impl Version {
    /// The newest stable version at a point in time.
    pub(crate) fn newest(now: Timestamp) -> Version {
        let released = now.saturating_sub(SignedDuration::from_hours(17)).unwrap_or(now);
        Version::of(released.to_zoned(TimeZone::UTC).date())
    }

    fn of(date: Date) -> Version {
        Version(date.year() * 4 + i16::from((date.month() - 1) / 3))
    }

    /// The oldest stable version that is still served at that time.
    pub(crate) fn oldest(now: Timestamp) -> Version {
        Version(Version::newest(now).0 - (SERVED - 1))
    }

    /// Reads `YYYY-MM` with the month of a quarter.
    pub(crate) fn parse(text: &str) -> Option<Version> {
        let (year, month) = text.split_once('-')?;
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let month: i16 = month.parse().ok().filter(|month| [1, 4, 7, 10].contains(month))?;
        Some(Version(year.parse::<i16>().ok()? * 4 + (month - 1) / 3))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(4), self.0.rem_euclid(4) * 3 + 1)
    }
}

/// What to say when another version answered than was asked for; nothing when it is the same, or the answer names none.
pub(crate) fn drift(asked: &str, served: Option<&str>, now: Timestamp) -> Option<String> {
    let served = served.filter(|served| *served != asked)?;
    let span = format!("Shopify serves {} to {} today", Version::oldest(now), Version::newest(now));
    let known = Version::parse(asked);
    Some(match known {
        Some(version) if version < Version::oldest(now) => {
            format!(
                "API version {asked} is retired: {served} answered in its place. {span}; move the step to one of these."
            )
        }
        Some(version) if version > Version::newest(now) => {
            format!("API version {asked} is not out yet: {served} answered in its place. {span}.")
        }
        _ => format!("Asked for API version {asked}, and {served} answered. {span}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_version_comes_out_at_five_in_the_afternoon_of_its_first_day() {
        // The versioning page; 2026-10 is what the documentation calls latest in November 2026.
        assert_eq!(Version::newest(at("2026-11-22T12:00:00Z")).to_string(), "2026-10");
        assert_eq!(Version::newest(at("2026-10-01T16:59:59Z")).to_string(), "2026-07");
        assert_eq!(Version::newest(at("2026-10-01T17:00:00Z")).to_string(), "2026-10");
        assert_eq!(Version::newest(at("2026-12-31T23:59:59Z")).to_string(), "2026-10");
        assert_eq!(Version::newest(at("2027-01-01T16:00:00Z")).to_string(), "2026-10");
        assert_eq!(Version::newest(at("2027-01-01T17:00:00Z")).to_string(), "2027-01");
    }

    #[test]
    fn four_versions_are_served_at_a_time() {
        // 2025-10 was retired in October 2026, and a request for 2025-01 was served by 2025-10 before that.
        assert_eq!(Version::oldest(at("2026-11-22T12:00:00Z")).to_string(), "2026-01");
        assert_eq!(Version::oldest(at("2026-09-22T12:00:00Z")).to_string(), "2025-10");
    }

    #[test]
    fn only_quarters_are_versions() {
        assert_eq!(Version::parse("2026-10").map(|version| version.to_string()).as_deref(), Some("2026-10"));
        for text in ["2026-11", "2026-1", "26-10", "unstable", "2026-10 ", "+026-10", ""] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn drift_is_told_by_the_answer_alone() {
        let now = at("2026-11-22T12:00:00Z");
        assert_eq!(drift("2026-10", Some("2026-10"), now), None);
        assert_eq!(drift("2026-10", None, now), None);
        assert_eq!(drift("unstable", Some("unstable"), now), None);
        assert!(drift("2025-01", Some("2026-01"), now).unwrap().contains("2025-01 is retired: 2026-01 answered"));
        assert!(drift("2027-04", Some("2026-10"), now).unwrap().contains("not out yet"));
        assert!(drift("2026-04", Some("2026-07"), now).unwrap().contains("Asked for API version 2026-04"));
    }
}
