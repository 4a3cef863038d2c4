//! The device grant: a code that the person enters in a browser somewhere else.

use super::super::complaint::Complaint;
use super::super::connections::tell;
use super::Obtained;
use super::code::{must_have_client, span, tokens};
use super::desk::Desk;
use super::session::{ended, late};
use crate::model::oauth2::Grant;

/// The longest code that somebody can be asked to type, in characters.
const LONGEST: usize = 64;

/// Obtains a grant.
pub(super) fn obtain(desk: &Desk<'_>) -> Result<Obtained, Complaint> {
    must_have_client(desk)?;
    let (session, applicant) = (desk.session, desk.applicant());
    let device = session.wait(async { applicant.device().await.map_err(|judgement| ended(&judgement)) })?;
    let name = &desk.candidate.connection.name;
    let patience = desk.options.timeout.min(device.life);
    tell(&format!("grant access to {} for `{name}`: open this page on any device, and enter the code", desk.title()));
    tell("");
    tell(&format!("    {}", device.page));
    tell("");
    for line in boxed(&device.user_code) {
        tell(&format!("    {line}"));
    }
    tell("");
    if let Some(whole) = &device.whole {
        tell("or open this one, which has the code in it:");
        tell("");
        tell(&format!("    {whole}"));
        tell("");
    }
    tell(&format!("waiting for you there, {} at most; Ctrl-C gives up", span(patience)));
    let entered = session.wait(async {
        let entered = applicant.entered(&device, desk.options.timeout).await;
        entered.map_err(|judgement| ended(&judgement))
    })?;
    let Some(granted) = entered else {
        let message = format!("nobody entered the code within {}; nothing was saved", span(patience));
        return Err(late(
            message,
            "connect again for a new code; --timeout waits longer, up to the code's own life".to_owned(),
        ));
    };
    Ok(Obtained { fields: tokens(desk, &granted, Grant::DeviceCode), reply: None })
}

/// A code in a box, so that nobody misses where it begins and ends.
fn boxed(code: &str) -> [String; 3] {
    let code: String = crate::report::escape::escape(code).chars().take(LONGEST).collect();
    let line = "─".repeat(code.chars().count() + 4);
    [format!("┌{line}┐"), format!("│  {code}  │"), format!("└{line}┘")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_fits_its_code() {
        assert_eq!(boxed("WDJB-MJHT"), ["┌─────────────┐", "│  WDJB-MJHT  │", "└─────────────┘"]);
        assert_eq!(boxed("a\u{1b}b")[1], "│  a\\u{1b}b  │", "nothing in it steers a terminal");
        assert_eq!(boxed(&"x".repeat(500))[1].chars().count(), LONGEST + 6);
    }
}
