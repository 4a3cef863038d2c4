//! Durations as people write them: `500ms`, `30s`, `2m`, `1h`.

use std::time::Duration;

/// What a duration looks like, as a regular expression for JSON Schema.
pub const PATTERN: &str = "^[0-9]+(ms|s|m|h)$";

/// Reads a duration. None for anything else, and for one of more than a day.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    const LONGEST: u64 = 24 * 60 * 60 * 1000;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let scale = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        _ => return None,
    };
    number.checked_mul(scale).filter(|millis| *millis <= LONGEST).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_needed_and_understood() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(duration("1h"), Some(Duration::from_secs(3600)));
        for text in ["", "30", "s", "-1s", "1.5s", "30 s", "30S", "1d", "25h", "99999999999999999999s", "1s "] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
