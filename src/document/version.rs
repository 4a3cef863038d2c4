//! Versions of Shopify's API.

use super::code;
use super::page::Refusal;
use crate::yaml::secrecy::quoted;

/// Shopify's API versions: a quarter's first month, or `unstable`.
pub(super) fn api_version(text: &str) -> Result<(), Refusal> {
    let dated = text.split_once('-').is_some_and(|(year, month)| {
        year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) && matches!(month, "01" | "04" | "07" | "10")
    });
    if dated || text == "unstable" {
        return Ok(());
    }
    let message = format!("{} is no API version", quoted(text));
    Err(Refusal::new(code::BAD_VERSION, message, "write YYYY-MM with the month 01, 04, 07 or 10"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_quarter_or_unstable() {
        assert!(api_version("2026-10").is_ok() && api_version("unstable").is_ok());
        for bad in ["2026-11", "2026", "26-10", "2026-1", "latest"] {
            assert!(api_version(bad).is_err(), "{bad}");
        }
    }
}
