//! The time of a signature, as recipes want it written.

use std::time::{Duration, UNIX_EPOCH};

use crate::model::hmac::TimeFormat;
use crate::sign::moment::Moment;

/// A moment in this format.
#[must_use]
pub fn written(format: TimeFormat, moment: &Moment) -> String {
    let since = Duration::new(moment.timestamp, 0) + Duration::from_millis(moment.millisecond.into());
    match format {
        TimeFormat::Seconds => since.as_secs().to_string(),
        TimeFormat::Milliseconds => since.as_millis().to_string(),
        TimeFormat::Rfc3339 => i64::try_from(since.as_secs())
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map_or_else(String::new, |time| time.to_string()),
        TimeFormat::HttpDate => UNIX_EPOCH.checked_add(since).map_or_else(String::new, httpdate::fmt_http_date),
    }
}

/// Whether a text is a time in this format.
#[must_use]
pub fn is_time(format: TimeFormat, text: &str) -> bool {
    let digits = |length: std::ops::RangeInclusive<usize>| {
        length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    match format {
        TimeFormat::Seconds => digits(9..=11),
        TimeFormat::Milliseconds => digits(12..=14),
        TimeFormat::Rfc3339 => text.parse::<jiff::Timestamp>().is_ok(),
        TimeFormat::HttpDate => httpdate::parse_http_date(text).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_is_written_in_every_format() {
        // `Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 section 5.6.7.
        let moment = Moment { timestamp: 784_111_777, millisecond: 12, nonce: String::new() };
        for (format, expected) in [
            (TimeFormat::Seconds, "784111777"),
            (TimeFormat::Milliseconds, "784111777012"),
            (TimeFormat::Rfc3339, "1994-11-06T08:49:37Z"),
            (TimeFormat::HttpDate, "Sun, 06 Nov 1994 08:49:37 GMT"),
        ] {
            assert_eq!(written(format, &moment), expected);
            assert!(is_time(format, expected), "{expected}");
            let others = TimeFormat::ALL.iter().filter(|other| **other != format);
            assert_eq!(others.filter(|other| is_time(**other, expected)).count(), 0, "{expected}");
        }
    }
}
