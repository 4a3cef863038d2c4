//! The FTP interview: greeting, login, a look around, a listing, and a file stored and deleted where the step writes.

mod guest;
mod judge;
mod listing;
mod login;
mod texts;
mod upload;
mod visit;
mod words;

use self::guest::Guest;
use self::visit::Visit;
use super::Subject;
use super::target::is_loopback;
use crate::model::cause::Cause;
use crate::model::evidence::{Finding, Scopes, Warning};
use crate::model::phase::Phase;
use crate::model::probe::FtpProbe;
use crate::model::verdict::Judgement;
use crate::wire::Wire;
use crate::wire::ftp::Budget;
use crate::wire::ftp::open::{Door, Protection};
use crate::wire::transcript::Transcript;

/// Interviews an FTP server.
pub(crate) async fn probe(subject: &Subject<'_>, spec: &FtpProbe, wire: &Wire) -> Finding {
    let transcript = Transcript::begin(subject.scrubber);
    let mut warnings = Vec::new();
    let mut account = None;
    let judged = match Guest::invite(subject, spec) {
        Err(judgement) => Err(judgement),
        Ok(guest) => {
            account = Some(guest.user.to_owned());
            interview(&guest, spec, wire, &transcript, &mut warnings).await
        }
    };
    let judgement = judged.unwrap_or_else(|judgement| judgement);
    let (evidence, phases) = transcript.finish();
    let account = account.filter(|_| proves_the_account(&judgement));
    Finding { judgement, phases, account, scopes: Scopes::default(), warnings, evidence }
}

/// The whole conversation. An error is a judgement that ended it early.
async fn interview(
    guest: &Guest<'_>,
    spec: &FtpProbe,
    wire: &Wire,
    transcript: &Transcript<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Judgement, Judgement> {
    let door = |budget| Door {
        endpoint: guest.endpoint,
        credential: guest.credential,
        wire,
        transcript,
        protection: guest.protection,
        budget,
    };
    if guest.protection == Protection::Plain && !is_loopback(&guest.endpoint.declared.host) {
        warnings.push(Warning::new(
            "cleartext",
            format!("The password of `{}` travels in clear to {}; use `protocol: ftps`.", guest.user, guest.at),
        ));
    }
    let budget = Budget::begin(wire.limits.total);
    let (session, entry) = login::enter(guest, door, budget).await?;
    let mut visit = Visit { guest, session, warnings, transcript, home: None, shown_home: None };
    let judged = visit.run(spec, entry).await;
    if let Some(address) = visit.session.ignored_address {
        visit.warnings.push(Warning::new(
            "passive-address-ignored",
            format!(
                "The server offered {address} for data connections; {} itself was used instead. Other clients may fail: \
                 its owner should correct its passive address.",
                guest.endpoint.declared.host
            ),
        ));
    }
    if judged.is_ok() {
        visit.session.quit().await;
    }
    judged
}

/// Whether the judgement rests on an accepted login, so that the account may be named.
fn proves_the_account(judgement: &Judgement) -> bool {
    judgement.cause.is_none_or(|cause| {
        matches!(
            cause,
            Cause::PermissionMissing
                | Cause::PathUnavailable
                | Cause::DataChannelFailed
                | Cause::SessionRefused
                | Cause::TlsSessionReuseRequired
                | Cause::WrongAccount
        ) && judgement.phase > Phase::Auth
    })
}
