//! OAuth 1.0a: temporary credentials, the person's consent, and a verifier that the browser brings or the person types.

use std::io::BufRead;

use tokio::sync::oneshot;

use super::super::ask;
use super::super::complaint::Complaint;
use super::Obtained;
use super::code::{invite, nobody};
use super::desk::Desk;
use super::listen::{Listener, Reply, once};
use super::page::Page;
use super::session::{ended, late};
use crate::model::verdict::Judgement;
use crate::probe::oauth1::grant::{Consumer, OUT_OF_BAND, Temporary};
use crate::vault::draft::Given;

/// Obtains a grant.
pub(super) fn obtain(desk: &Desk<'_>) -> Result<Obtained, Complaint> {
    let session = desk.session;
    let consumer = Consumer {
        recipe: desk.recipe,
        connection: &desk.candidate.connection,
        credential: &desk.credential,
        wire: &session.wire,
        scrubber: &session.scrubber,
    };
    if desk.options.device {
        return Err(Complaint::new(
            "OAuth 1.0a has no codes for other devices",
            "take --no-listen, and type what the page shows",
        ));
    }
    let listener = if desk.options.no_listen { None } else { Some(Listener::bind(session, desk.options)?) };
    let callback = listener.as_ref().map_or(OUT_OF_BAND, Listener::redirect).to_owned();
    let temporary =
        session.wait(async { consumer.temporary(&callback).await.map_err(|judgement| ended(&judgement)) })?;
    let (verifier, mut reply) = match listener {
        None => (typed(desk, &temporary)?, None),
        Some(listener) => {
            let (verifier, reply) = brought(desk, listener, &temporary, &callback)?;
            (verifier, Some(reply))
        }
    };
    let issued = match verifier {
        Ok(verifier) => session.wait(async { Ok(consumer.token(&temporary, &verifier).await) })?,
        Err(judgement) => Err(judgement),
    };
    match issued {
        Ok(issued) => {
            let fields = [
                ("token", Some(Given::Clear(issued.token.into()))),
                ("token_secret", Some(Given::Secret(issued.token_secret))),
            ];
            Ok(Obtained { fields: fields.map(|(field, given)| (field.to_owned(), given)).into(), reply })
        }
        Err(judgement) => {
            if let Some(reply) = &mut reply {
                reply.send(session, Page::refused(&judgement));
            }
            Err(ended(&judgement))
        }
    }
}

/// The verifier that a browser brings.
fn brought(
    desk: &Desk<'_>,
    listener: Listener,
    temporary: &Temporary,
    callback: &str,
) -> Result<(Result<String, Judgement>, Reply), Complaint> {
    let token = temporary.token().clone();
    listener.expect(move |parameters| {
        let said = once(parameters, "oauth_token").or_else(|| once(parameters, "denied"));
        said.is_some_and(|said| token.is(said.as_bytes()))
    });
    invite(desk, temporary.url(), temporary.host());
    let Some((parameters, reply)) = listener.visitor(desk.session, desk.options.timeout)? else {
        return Err(nobody(desk, temporary.host(), callback));
    };
    Ok((temporary.verifier(&parameters, &desk.session.scrubber), reply))
}

/// The verifier that a person types.
fn typed(desk: &Desk<'_>, temporary: &Temporary) -> Result<Result<String, Judgement>, Complaint> {
    if desk.options.sources.stdin {
        let help = "give the consumer with --from-env or --from-file";
        return Err(Complaint::new("the PIN comes from standard input, which --stdin has used up", help));
    }
    invite(desk, temporary.url(), temporary.host());
    let session = desk.session;
    let read = session.wait(async {
        Ok(tokio::time::timeout(desk.options.timeout, pin()).await.ok().and_then(Result::ok).flatten())
    })?;
    let Some(pin) = read else {
        let message = format!("no PIN of {} was typed in time; nothing was saved", temporary.host());
        return Err(late(message, "connect again; --timeout waits longer".to_owned()));
    };
    let parameters = vec![("oauth_verifier".to_owned(), pin.trim().to_owned())];
    Ok(temporary.verifier(&parameters, &desk.session.scrubber))
}

/// Asks for the PIN, on a thread that nobody has to wait for.
fn pin() -> oneshot::Receiver<Option<String>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let line = if ask::is_there() {
            ask::line("PIN that the page shows", None, false).ok()
        } else {
            std::io::stdin().lock().lines().next().and_then(Result::ok)
        };
        // Whoever asked may have gone.
        let _ = sender.send(line);
    });
    receiver
}
