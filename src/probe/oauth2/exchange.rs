//! One request to an authorization server, and its answer.

use std::time::{Duration, SystemTime};

use super::answer::members;
use super::client::Client;
use super::dialogue::Dialogue;
use super::form::{FORM, Form};
use crate::model::endpoint::{Address, Endpoint};
use crate::model::oauth2::{ClientAuth, ParameterPlace};
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::probe::authentication::Authentication;
use crate::probe::judge::{Answer, Asked, time};
use crate::probe::target::ServerUrl;
use crate::wire::http::{Content, Request};
use crate::wire::obstacle::Obstacle;
use crate::wire::tls::TlsObstacle;

/// What was asked and what came, for a judge.
pub(super) struct Heard {
    pub(super) answer: Answer,
    pub(super) line: String,
    pub(super) address: Address,
    pub(super) authentication: Authentication,
    /// By how many seconds the server's clock is ahead of ours, where an assertion was made by it.
    pub(super) ahead: Option<i64>,
}

/// Why there is no answer.
pub(super) struct Unheard {
    pub(super) judgement: Judgement,
    /// Whether the request may have reached the server.
    pub(super) sent: bool,
}

impl Unheard {
    /// Nothing was sent.
    pub(super) const fn before(judgement: Judgement) -> Self {
        Unheard { judgement, sent: false }
    }
}

impl Dialogue<'_> {
    /// Posts a form, with the client's proof in it. An assertion that was refused while the clocks disagree is made once more, by the
    /// server's clock: that is a change of ours, not a second try with the same.
    pub(super) async fn post(&self, url: &ServerUrl, form: Form, place: ParameterPlace) -> Result<Heard, Unheard> {
        let heard = self.post_at(SystemTime::now(), url, form.clone(), place).await?;
        let asserts = Client(self).way() == ClientAuth::PrivateKeyJwt;
        // Only where it is the client that was refused: then nobody has looked at the grant, and it may be sent again.
        let code = members(&heard.answer).and_then(|body| body.get("error")?.as_str().map(str::to_owned));
        let refused = heard.answer.status() == 401 || code.as_deref() == Some("invalid_client");
        let ahead = time::skew(&heard.answer.response, SystemTime::now()).filter(|_| asserts && refused);
        let Some(ahead) = ahead else { return Ok(heard) };
        self.transcript.note(&format!("the server's clock is {ahead} s ahead: the assertion is made anew by it"));
        let heard = self.post_at(shifted(SystemTime::now(), ahead), url, form, place).await?;
        Ok(Heard { ahead: Some(ahead), ..heard })
    }

    async fn post_at(
        &self,
        now: SystemTime,
        url: &ServerUrl,
        mut form: Form,
        place: ParameterPlace,
    ) -> Result<Heard, Unheard> {
        let mut request = bare("POST", url);
        let authentication = Client(self).prove(&mut form, &mut request, &url.text(), now).map_err(Unheard::before)?;
        match place {
            ParameterPlace::Body => {
                request.headers.push(("content-type".into(), Content::Open(FORM.to_owned())));
                request.body = Some(form.into_body());
            }
            ParameterPlace::Query => request.query.extend(form.into_query()),
        }
        self.exchange(url, request, authentication).await
    }

    /// Sends a request whose answer may hold secrets.
    pub(super) async fn exchange(
        &self,
        url: &ServerUrl,
        request: Request,
        authentication: Authentication,
    ) -> Result<Heard, Unheard> {
        let endpoint = Endpoint { declared: url.address.clone(), effective: self.endpoint.effective.clone() };
        // The path alone: parameters are the same each time, and some are secret.
        let line = format!("{} {}", request.method, url.text());
        self.transcript.enter(Phase::Auth);
        let left = self.wire.limits.total.saturating_sub(self.transcript.clock().elapsed()).max(self.patience);
        let exchanged = self.wire.exchange_within(left, &endpoint, self.credential, request, self.transcript).await;
        let response = exchanged.map_err(|obstacle| Unheard {
            judgement: obstacle.judgement(&url.address),
            sent: may_have_arrived(&obstacle, self.transcript.clock().current()),
        })?;
        Ok(Heard { answer: Answer::new(response), line, address: url.address.clone(), authentication, ahead: None })
    }

    /// What was asked, as judges want it.
    pub(super) fn asked<'h>(&'h self, heard: &'h Heard) -> Asked<'h> {
        Asked {
            line: &heard.line,
            address: &heard.address,
            phase: Phase::Auth,
            authentication: &heard.authentication,
            needs: None,
            connection: &self.connection.name,
            renew: self.recipe.and_then(|recipe| recipe.renew.as_deref()),
            scrubber: self.scrubber,
            now: SystemTime::now(),
        }
    }
}

/// A time that is so many seconds later, or earlier.
fn shifted(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let moved = if seconds < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    moved.unwrap_or(time)
}

/// A request without parameters.
pub(super) fn bare(method: &str, url: &ServerUrl) -> Request {
    let query = url.query.iter().map(|(name, value)| (name.clone(), Content::Open(value.to_string()))).collect();
    Request {
        method: method.into(),
        path: if url.path.is_empty() { "/".to_owned() } else { url.path.clone() },
        query,
        headers: vec![("accept".into(), Content::Open("application/json".to_owned()))],
        body: None,
        confidential: true,
    }
}

/// Whether a request can have reached the server although no answer came, by the phase in which it failed. Before TLS stands, nothing
/// of it is sent; afterwards only a server that wants another client certificate says that it did not read on.
fn may_have_arrived(obstacle: &Obstacle, phase: Phase) -> bool {
    match obstacle {
        Obstacle::HostNotFound
        | Obstacle::DnsUnavailable
        | Obstacle::DestinationRefused(_)
        | Obstacle::ConnectRefused
        | Obstacle::ConnectTimeout(_)
        | Obstacle::NetworkUnreachable
        | Obstacle::Tls(TlsObstacle::ClientCertificateRequired | TlsObstacle::ClientCertificateRejected(_))
        | Obstacle::Protocol(_)
        | Obstacle::Setting(..) => false,
        Obstacle::Tls(_) => phase > Phase::Tls,
        Obstacle::Closed(phase) | Obstacle::ResponseTimeout(phase, _) => *phase > Phase::Tls,
        Obstacle::Proxy(_) | Obstacle::Malformed(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_after_the_handshake_may_have_arrived() {
        let (late, shut) = (Obstacle::ResponseTimeout, Obstacle::Closed);
        let tls = |obstacle| Obstacle::Tls(obstacle);
        let broken = || tls(TlsObstacle::Handshake("the server broke the protocol".to_owned()));
        for (obstacle, phase, arrived) in [
            (broken(), Phase::Tls, false),
            (broken(), Phase::Auth, true),
            (tls(TlsObstacle::NotTls), Phase::Auth, true),
            (tls(TlsObstacle::Alert("bad_record_mac".to_owned())), Phase::Auth, true),
            (tls(TlsObstacle::ClientCertificateRequired), Phase::Auth, false),
            (tls(TlsObstacle::ClientCertificateRejected("unknown_ca".to_owned())), Phase::Auth, false),
            (shut(Phase::Tls), Phase::Tls, false),
            (shut(Phase::Auth), Phase::Auth, true),
            (late(Phase::Connect, Duration::ZERO), Phase::Connect, false),
            (late(Phase::Auth, Duration::ZERO), Phase::Auth, true),
            (Obstacle::Malformed(String::new()), Phase::Auth, true),
            (Obstacle::ConnectRefused, Phase::Connect, false),
        ] {
            assert_eq!(may_have_arrived(&obstacle, phase), arrived, "{obstacle:?} in {phase}");
        }
    }
}
