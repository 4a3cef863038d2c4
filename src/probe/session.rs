//! Sessions: log in, hold the interview with the token that this brings, log out.

mod login;
mod request;

use std::time::SystemTime;

use crate::model::evidence::{Finding, Warning};
use crate::model::probe::HttpProbe;
use crate::model::session::SessionPlace;
use crate::wire::Wire;
use crate::wire::transcript::Transcript;

use super::http::{Heard, hear};
use super::placement::{self, Prepared};
use super::{Subject, oauth1};

/// Interviews an HTTP API within a session of its own. Whatever comes out of that, a session that was opened is ended.
pub(super) async fn probe(subject: &Subject<'_>, place: &SessionPlace, probe: &HttpProbe, wire: &Wire) -> Finding {
    let transcript = Transcript::begin(subject.scrubber);
    let login::Opened { credential, judgement } = login::log_in(subject, place, wire, &transcript).await;
    let within = Subject { credential: credential.as_ref().unwrap_or(subject.credential), ..*subject };
    let mut heard = if judgement.cause.is_some() {
        Heard::nothing(subject, judgement)
    } else {
        let mut heard = hear(&within, probe, wire, &transcript).await;
        if heard.judgement.cause.is_none() {
            heard.judgement.message.insert_str(0, &format!("{}; ", judgement.message));
        }
        heard
    };
    if credential.is_some() {
        heard.warnings.extend(log_out(&within, place, wire, &transcript).await);
    }
    heard.finding(transcript)
}

/// Ends a session, in what is left of the attempt's time. That it did not end is worth a remark, and says nothing of the connection.
async fn log_out(
    subject: &Subject<'_>,
    place: &SessionPlace,
    wire: &Wire,
    transcript: &Transcript<'_>,
) -> Option<Warning> {
    let asked = place.logout.as_ref()?;
    let moment = oauth1::moment(SystemTime::now(), 0);
    let failed = match placement::authenticated(subject, asked, &moment) {
        Err(judgement) => judgement.message,
        Ok(Prepared { request, line, .. }) => {
            match wire.exchange(subject.endpoint, subject.credential, request, transcript).await {
                Ok(response) if (200..400).contains(&response.status) => return None,
                Ok(response) => format!("`{line}` answered {}.", response.status),
                Err(obstacle) => format!("`{line}` brought no answer ({}).", obstacle.cause()),
            }
        }
    };
    let host = &subject.endpoint.declared.host;
    Some(Warning::new("logout-failed", format!("The session at {host} may still be open: {failed}")))
}
