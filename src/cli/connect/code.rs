//! The authorization code grant: the browser goes to the app's page and comes back to our listener with a code.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::super::complaint::Complaint;
use super::super::connections::tell;
use super::desk::Desk;
use super::listen::{Listener, once};
use super::page::Page;
use super::session::{ended, late};
use super::{Obtained, browser};
use crate::model::oauth2::Grant;
use crate::probe::oauth2::Granted;
use crate::probe::oauth2::authorize::Chance;
use crate::vault::draft::Given;
use crate::vault::renewal::{ACCESS_TOKEN, EXPIRES_AT, REFRESH_TOKEN};

/// Obtains a grant.
pub(super) fn obtain(desk: &Desk<'_>) -> Result<Obtained, Complaint> {
    must_have_client(desk)?;
    if desk.options.no_listen {
        let help = "without a browser here: --device, if the app has that; with one elsewhere: --no-browser and --port, and forward the port";
        return Err(Complaint::new("an OAuth 2.0 grant comes back to a listener", help));
    }
    let (session, applicant) = (desk.session, desk.applicant());
    let listener = Listener::bind(session, desk.options)?;
    let redirect = listener.redirect().to_owned();
    let authorization = applicant.authorization(&redirect, desk.metadata.as_ref(), &Chance::draw());
    let authorization = authorization.map_err(|judgement| ended(&judgement))?;
    let state = authorization.state().clone();
    listener.expect(move |parameters| once(parameters, "state").is_some_and(|said| state.is(said.as_bytes())));
    invite(desk, authorization.url(), authorization.host());
    let Some((parameters, mut reply)) = listener.visitor(session, desk.options.timeout)? else {
        return Err(nobody(desk, authorization.host(), &redirect));
    };
    let granted = match authorization.code(&parameters, &session.scrubber) {
        Ok(code) => session.wait(async { Ok(applicant.exchange(&authorization, &code).await) })?,
        Err(judgement) => Err(judgement),
    };
    match granted {
        Ok(granted) => Ok(Obtained { fields: tokens(desk, &granted, Grant::AuthorizationCode), reply: Some(reply) }),
        Err(judgement) => {
            reply.send(session, Page::refused(&judgement));
            Err(ended(&judgement))
        }
    }
}

/// Sends a person to a page.
pub(super) fn invite(desk: &Desk<'_>, url: &str, host: &str) {
    let (title, name) = (desk.title(), &desk.candidate.connection.name);
    let opens = !desk.options.no_browser;
    let how = if opens { "your browser opens it; if not, open it yourself" } else { "open it in a browser here" };
    tell(&format!("grant access to {title} for `{name}` at {host} ({how}):"));
    tell("");
    tell(&format!("    {url}"));
    tell("");
    tell(&format!("waiting for you there, {} at most; Ctrl-C gives up", span(desk.options.timeout)));
    if opens {
        browser::open(url, &desk.withheld());
    }
}

/// Nobody came back: what is likely, and what to look at.
pub(super) fn nobody(desk: &Desk<'_>, host: &str, redirect: &str) -> Complaint {
    let message = format!("nobody came back from {host} within {}; nothing was saved", span(desk.options.timeout));
    let port = if desk.options.port.is_none() { "; --port keeps its port the same" } else { "" };
    let help = format!(
        "if the page there showed an error, the redirect address may not be registered for this client: {redirect}{port}. If you only need \
         longer: --timeout"
    );
    late(message, help)
}

/// A time as people say it.
pub(super) fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 60 && seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        0 => format!("{} ms", time.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

pub(super) fn must_have_client(desk: &Desk<'_>) -> Result<(), Complaint> {
    let own = desk.candidate.connection.public("client_id").is_some_and(|id| !id.is_empty());
    let known = desk.recipe.and_then(|recipe| recipe.oauth2.as_ref()).is_some_and(|known| known.client_id.is_some());
    if own || known {
        return Ok(());
    }
    let at = desk.recipe.and_then(|recipe| recipe.renew.as_deref());
    let at = at.map_or_else(|| "where the app registers clients".to_owned(), |renew| format!("at {renew}"));
    let message = format!("{} has no client that everybody may use, and none is given", desk.app.title);
    let help = format!(
        "register one {at}, with a redirect address on http://127.0.0.1, and give it: --from-env client_id=VARIABLE, and client_secret too if \
         it has one; or --stdin"
    );
    Err(Complaint::new(message, help))
}

/// The fields that a grant brings. What it does not bring is taken out: it belongs to the old one.
pub(super) fn tokens(desk: &Desk<'_>, granted: &Granted, grant: Grant) -> BTreeMap<String, Option<Given>> {
    let left_out = desk.applicant().left_out(granted);
    if !left_out.is_empty() {
        let left_out: Vec<String> = left_out.iter().map(|scope| format!("`{scope}`")).collect();
        tell(&format!("warning: less was granted than asked for; left out: {}", left_out.join(", ")));
    }
    let expires_at = granted.expires_at(Timestamp::now());
    if let (None, Some(at)) = (&granted.refresh_token, expires_at) {
        let at = at.strftime("%Y-%m-%d %H:%M UTC");
        tell(&format!(
            "warning: no refresh token came, so the access token is good until {at} and no longer; then connect again"
        ));
    }
    // Whole seconds: nobody promises more.
    let expires_at = expires_at.map(|at| Given::Clear(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()));
    [
        (ACCESS_TOKEN, Some(Given::Secret(granted.access_token.clone()))),
        (REFRESH_TOKEN, granted.refresh_token.clone().map(Given::Secret)),
        (EXPIRES_AT, expires_at),
        ("grant", Some(Given::Clear(grant.name().into()))),
    ]
    .map(|(field, given)| (field.to_owned(), given))
    .into()
}
