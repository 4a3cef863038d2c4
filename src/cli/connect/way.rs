//! Which way to a grant: through this machine's browser, or with a code for another one.

use std::ffi::OsString;

use super::super::complaint::Complaint;
use super::browser::is_headless;
use super::desk::Desk;
use super::session::ended;
use crate::model::oauth2::Grant;

/// What speaks for one or the other.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign of its own, and all of them can be there at once")]
struct Signs {
    /// Somebody asked for it.
    wanted: bool,
    /// The connection or its recipe is of that grant.
    usual: bool,
    /// There is no browser here, and nobody said that they have one elsewhere.
    headless: bool,
    /// The server has an endpoint for it.
    endpoint: bool,
    /// It has a page for browsers.
    page: bool,
}

impl Signs {
    const fn device(self) -> bool {
        self.wanted || (self.endpoint && (self.usual || self.headless || !self.page))
    }
}

/// Whether it is the device grant.
pub(super) fn is_device(desk: &Desk<'_>) -> Result<bool, Complaint> {
    let states = |field| desk.applicant().states(field).map_err(|judgement| ended(&judgement));
    let signs = Signs {
        wanted: desk.options.device,
        usual: is_usual(desk),
        headless: has_no_browser(desk),
        endpoint: states("device_url")?,
        page: states("authorize_url")?,
    };
    Ok(signs.device())
}

/// The endpoints that may be needed.
pub(super) fn endpoints(desk: &Desk<'_>) -> Vec<&'static str> {
    let mut wanted = vec!["token_url"];
    if !desk.options.device {
        wanted.push("authorize_url");
    }
    if desk.options.device || is_usual(desk) || has_no_browser(desk) {
        wanted.push("device_url");
    }
    wanted
}

fn is_usual(desk: &Desk<'_>) -> bool {
    let stated = desk.candidate.connection.public("grant").and_then(Grant::from_name);
    let usual = desk.recipe.and_then(|recipe| recipe.oauth2.as_ref()).and_then(|known| known.grant);
    stated.or(usual) == Some(Grant::DeviceCode)
}

fn has_no_browser(desk: &Desk<'_>) -> bool {
    let variable = |name: &str| -> Option<OsString> { std::env::var_os(name) };
    !desk.options.no_browser && is_headless(&variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_for_another_device_is_for_those_who_want_or_need_one() {
        let usual = Signs { wanted: false, usual: false, headless: false, endpoint: true, page: true };
        assert!(!usual.device(), "a browser is easier for a person");
        assert!(Signs { wanted: true, endpoint: false, ..usual }.device(), "asked for; what is missing is said then");
        assert!(Signs { usual: true, ..usual }.device());
        assert!(Signs { headless: true, ..usual }.device());
        assert!(Signs { page: false, ..usual }.device());
        assert!(!Signs { headless: true, endpoint: false, ..usual }.device(), "the page is printed all the same");
        assert!(!Signs { page: false, endpoint: false, ..usual }.device());
    }
}
