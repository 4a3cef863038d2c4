//! Refreshing, which is dangerous: the token may be spent by the attempt. Whoever comes here has the right to try; the keeper sees to it that
//! only one does, that it is done once, and that what comes is kept before it is used.

use std::time::Duration;

use jiff::Timestamp;

use super::dialogue::Dialogue;
use super::introspect::day;
use super::keep::{Begun, Token};
use super::obtain::Denied;
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::probe::Subject;
use crate::probe::target::destination;

/// How long the answer to a refresh is waited for at least.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A new access token for the refresh token in hand.
pub(super) async fn renew(dialogue: &Dialogue<'_>, subject: &Subject<'_>) -> Result<Token, Judgement> {
    let Some(refresh_token) = dialogue.credential.secret("refresh_token") else {
        return Err(super::client::empty("refresh_token"));
    };
    // Everything that can fail without a word to the token endpoint fails before the attempt is on the disk.
    let url = dialogue.endpoint("token_url").await?;
    let destination = destination(subject.app, subject.recipe, subject.connection)?;
    let pending = match subject.keeper.begin(dialogue.connection, &destination, dialogue.credential).await? {
        Begun::Renewed(token) => {
            dialogue.transcript.note("somebody else has refreshed the tokens meanwhile; theirs are used");
            teach(dialogue, &token);
            return Ok(token);
        }
        Begun::Unfinished { since } => return Err(unfinished_before(dialogue, since)),
        Begun::Go(pending) => pending,
    };
    // The attempt may be nearly over, or its time short. Who does not wait for this answer loses the grant.
    let patient = Dialogue { patience: PATIENCE, ..*dialogue };
    match patient.refresh(&url, refresh_token).await {
        Ok(granted) => {
            let token = dialogue.token(&granted);
            pending.keep(&granted, token.expires_at).await?;
            dialogue.transcript.note("the new tokens are stored");
            Ok(token)
        }
        Err(Denied { mut judgement, clear: true }) => {
            pending.abandon().await;
            if judgement.cause == Some(Cause::GrantInvalid)
                && let Some(command) = dialogue.connection.connect_command(dialogue.recipe)
            {
                judgement.remedy.get_or_insert_default().extend([" `", &command, "` does that."]);
            }
            Err(judgement)
        }
        // Dropped without an end: its refresh token is never sent again.
        Err(Denied { judgement, clear: false }) => Err(unfinished_now(dialogue, &judgement)),
    }
}

fn teach(dialogue: &Dialogue<'_>, token: &Token) {
    for (field, secret) in token.credential.secrets.iter() {
        dialogue.scrubber.learn(&dialogue.label(field), secret);
    }
}

fn unfinished_before(dialogue: &Dialogue<'_>, since: Option<Timestamp>) -> Judgement {
    let when = since.map_or_else(|| "earlier".to_owned(), |since| format!("on {}", day(since)));
    let what = format!(
        "A refresh was begun {when}, and what became of it is unknown: the stored refresh token may be spent, and sending it again could end the \
         whole grant. Nothing was sent."
    );
    unfinished(dialogue, &what)
}

fn unfinished_now(dialogue: &Dialogue<'_>, why: &Judgement) -> Judgement {
    let what = format!(
        "{} The refresh was sent, so the stored refresh token may be spent: it will not be sent again.",
        why.message
    );
    unfinished(dialogue, &what)
}

fn unfinished(dialogue: &Dialogue<'_>, what: &str) -> Judgement {
    let Connection { name, .. } = dialogue.connection;
    let anew = dialogue.connection.anew(dialogue.recipe);
    Judgement::of(
        Cause::RefreshUnfinished,
        Phase::Auth,
        what,
        format!("Reauthorise: {anew}. With tokens from elsewhere: `tugtest connections edit {name}`."),
    )
}
