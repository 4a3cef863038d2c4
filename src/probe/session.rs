//! Sessions: log in, hold the interview with the token that this brings, log out.

mod login;
mod request;

use std::time::SystemTime;

use crate::model::evidence::Warning;
use crate::model::probe::HttpProbe;
use crate::model::session::SessionPlace;
use crate::model::verdict::Judgement;
use crate::wire::Wire;
use crate::wire::transcript::Transcript;

use super::digest::Conversation;
use super::found::Found;
use super::http;
use super::placement::{self, Prepared};
use super::{Subject, oauth1};

/// Interviews an HTTP API within a session of its own. Whatever comes out of that, a session that was opened is ended.
pub(super) async fn probe(
    subject: &Subject<'_>,
    place: &SessionPlace,
    probe: &HttpProbe,
    wire: &Wire,
    transcript: &Transcript<'_>,
    found: &mut Found,
) -> Judgement {
    found.scopes.required = subject.requires.iter().map(ToString::to_string).collect();
    let login::Opened { credential, judgement: opened } = login::log_in(subject, place, wire, transcript).await;
    let within = Subject { credential: credential.as_ref().unwrap_or(subject.credential), ..*subject };
    let judgement = if opened.cause.is_some() {
        opened
    } else {
        let mut judgement = http::probe(&within, probe, wire, transcript, None, found).await;
        if judgement.cause.is_none() {
            judgement.message.insert_str(0, &format!("{}; ", opened.message));
        }
        judgement
    };
    if credential.is_some() {
        found.warnings.extend(log_out(&within, place, wire, transcript).await);
    }
    judgement
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
    let failed = match placement::authenticated(subject, asked, &moment, &mut Conversation::default()) {
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
