//! What an answer says about time: when to come back, and what the server's clock shows.

use std::time::{Duration, SystemTime};

use crate::wire::http::Response;

/// Clocks that differ by more than this are worth a warning.
const TOLERATED: Duration = Duration::from_secs(300);

/// How long a server asks us to wait (RFC 9110 section 10.2.3): seconds, which some send with a fraction, or a date, which is read
/// against the server's own clock where it shows one. What is neither is passed over.
pub(crate) fn retry_after(response: &Response, now: SystemTime) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Duration::try_from_secs_f64(text.parse().ok()?).ok();
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = date(response).unwrap_or(now);
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

/// By how many seconds the server's clock is ahead of ours (negative: behind), when that is too much to ignore. An answer from a
/// cache was dated when it was made, so its `Age` counts (RFC 9111 section 5.1).
pub(crate) fn skew(response: &Response, now: SystemTime) -> Option<i64> {
    ahead(response, now).filter(|ahead| ahead.unsigned_abs() > TOLERATED.as_secs())
}

/// By how many seconds the server's clock is ahead of ours, however little. None without a date.
pub(crate) fn ahead(response: &Response, now: SystemTime) -> Option<i64> {
    let age = response.header("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    let server = date(response)?.checked_add(Duration::from_secs(age))?;
    let (ahead, difference) = match server.duration_since(now) {
        Ok(difference) => (1, difference),
        Err(error) => (-1, error.duration()),
    };
    Some(ahead * i64::try_from(difference.as_secs()).unwrap_or(i64::MAX))
}

fn date(response: &Response) -> Option<SystemTime> {
    httpdate::parse_http_date(response.header("date")?).ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn answer(headers: &[(&'static str, &str)]) -> Response {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        Response { status: 429, headers, body: Vec::new(), truncated: false }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the example of RFC 9110 section 5.6.7.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
    }

    fn wait(value: &str) -> Option<f64> {
        retry_after(&answer(&[("retry-after", value)]), now()).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn waits_are_read_in_every_spelling() {
        assert_eq!(wait("120"), Some(120.0));
        assert_eq!(wait("2.0"), Some(2.0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60.0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:40:00 GMT"), Some(0.0));
        assert_eq!(wait("999999"), Some(999_999.0));
        for garbage in ["", "x", "-1", "1e9", "inf", "NaN", "1.2.3", ".", "99999999999999999999999"] {
            assert_eq!(wait(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn a_date_is_read_against_the_servers_own_clock() {
        let headers = [("retry-after", "Sun, 06 Nov 1994 10:00:30 GMT"), ("date", "Sun, 06 Nov 1994 10:00:00 GMT")];
        assert_eq!(retry_after(&answer(&headers), now()), Some(Duration::from_secs(30)));
    }

    #[test]
    fn only_a_large_difference_of_clocks_counts() {
        let shown = |date| skew(&answer(&[("date", date)]), now());
        assert_eq!(shown("Sun, 06 Nov 1994 08:54:37 GMT"), None);
        assert_eq!(shown("Sun, 06 Nov 1994 08:54:38 GMT"), Some(301));
        assert_eq!(shown("Sun, 06 Nov 1994 07:49:37 GMT"), Some(-3600));
        let cached = answer(&[("date", "Sun, 06 Nov 1994 07:49:37 GMT"), ("age", "3600")]);
        assert_eq!(skew(&cached, now()), None);
        assert_eq!(skew(&answer(&[]), now()), None);
    }

    proptest! {
        #[test]
        fn no_value_panics(value in "[ -~]{0,40}") {
            wait(&value);
            skew(&answer(&[("date", &value), ("age", &value)]), now());
        }
    }
}
