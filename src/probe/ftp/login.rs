//! Getting in: greeting, TLS, `USER`, `PASS`.

use std::time::Duration;

use super::guest::Guest;
use super::judge::{self, Stage};
use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::wire::ftp::open::{Door, Opening, OpeningStep, Protection, open};
use crate::wire::ftp::{Budget, Session};

/// How long to wait before a door that was closed without a word is tried once more.
const SECOND_KNOCK: Duration = Duration::from_millis(250);
/// What an anonymous login gives for a password (RFC 1635).
const ANONYMOUS_PASSWORD: &[u8] = b"tugtest@";

/// How the server let us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// After the password.
    ByPassword,
    /// Before any password, or as the anonymous user: it would have let in anybody.
    ByAnything,
}

/// Logs in.
pub(super) async fn enter<'a>(
    guest: &Guest<'a>,
    door: impl Fn(Budget) -> Door<'a>,
    budget: Budget,
) -> Result<(Box<Session<'a>>, Entry), Judgement> {
    let mut session = admitted(guest, door, budget).await?;
    session.enter(Phase::Auth);
    let entry = identify(guest, &mut session).await?;
    if guest.protection == Protection::Implicit {
        // suppaftp leaves this out of implicit TLS. A refusal is no harm: such servers protect data without being asked.
        for command in ["PBSZ 0", "PROT P"] {
            session.say(command).await.map_err(|obstacle| guest.hindered(&obstacle))?;
        }
    }
    Ok((session, entry))
}

/// Opens the session, with a second knock where the door was closed without a word.
async fn admitted<'a>(
    guest: &Guest<'a>,
    door: impl Fn(Budget) -> Door<'a>,
    budget: Budget,
) -> Result<Box<Session<'a>>, Judgement> {
    let knock = || open(door(budget));
    let mut opening = knock().await.map_err(|obstacle| guest.hindered(&obstacle))?;
    if matches!(opening, Opening::ShutOut) {
        tokio::time::sleep(SECOND_KNOCK).await;
        opening = knock().await.map_err(|obstacle| guest.hindered(&obstacle))?;
    }
    let at = &guest.at;
    match opening {
        Opening::Open(session) => Ok(session),
        Opening::ShutOut => Err(Judgement::of(
            Cause::LoginDenied,
            Phase::Banner,
            format!(
                "{at} accepts the connection and closes it without a word, twice in a row. Servers do that to addresses that \
                 their access list keeps out; the password was never asked for."
            ),
            "Ask the server's owner to let this machine's address in; a server that is broken or full may do the same.",
        )),
        Opening::Refused(step, reply) => {
            let (stage, phase, observed) = match &step {
                OpeningStep::Greeting => (Stage::Greeting, Phase::Banner, format!("{at} refused us at the door")),
                OpeningStep::AuthTls => (Stage::AuthTls, Phase::Tls, format!("{at} refused `AUTH TLS`")),
                OpeningStep::DataProtection(command) => {
                    (Stage::DataProtection, Phase::Tls, format!("{at} refused `{command}`, the protection of data"))
                }
            };
            Err(guest.refused(stage, phase, false, &observed, &reply))
        }
    }
}

/// `USER` and `PASS`.
async fn identify(guest: &Guest<'_>, session: &mut Session<'_>) -> Result<Entry, Judgement> {
    let (at, user, secured) = (&guest.at, guest.user, session.secured());
    let reply = session.say(&format!("USER {user}")).await.map_err(|obstacle| guest.hindered(&obstacle))?;
    match reply.code {
        230 | 232 => return Ok(Entry::ByAnything),
        331 => {}
        _ => {
            let observed = format!("{at} answered the user name `{user}`");
            return Err(guest.refused(Stage::User, Phase::Auth, secured, &observed, &reply));
        }
    }
    let anonymous = Secret::new(ANONYMOUS_PASSWORD);
    let password = guest.password.unwrap_or(&anonymous);
    let reply = session.say_password(password).await.map_err(|obstacle| match obstacle {
        // The line break sits in the password: say so without saying more.
        crate::wire::obstacle::Obstacle::Setting(..) => unsendable(),
        other => guest.hindered(&other),
    })?;
    match reply.code {
        230 | 232 | 202 if !guest.is_anonymous() && judge::lets_in_anybody(&reply) => Ok(Entry::ByAnything),
        230 | 232 | 202 => Ok(Entry::ByPassword),
        _ => {
            let observed = format!("{at} answered the password of `{user}`");
            Err(guest.refused(Stage::Password, Phase::Auth, secured, &observed, &reply))
        }
    }
}

fn unsendable() -> Judgement {
    Judgement::of(
        Cause::FieldFormat,
        Phase::Resolve,
        "The password holds a line break or a NUL, which would end an FTP command early. It was not sent.",
        "Store the password without it; a file's last line break is dropped by itself.",
    )
}
