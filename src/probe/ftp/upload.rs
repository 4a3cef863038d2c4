//! The write probe: store a small file, ask for its size, delete it. It is deleted whatever happens in between.

use std::time::Duration;

use super::judge::{self, Stage};
use super::visit::Visit;
use crate::model::cause::Cause;
use crate::model::evidence::Warning;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::wire::ftp::data::TransferTrouble;
use crate::wire::obstacle::Obstacle;

/// What the file holds, for the person who may find one.
const CONTENT: &[u8] = b"tugtest wrote this to test the connection. It can be deleted.\n";
/// The part of the attempt's time that is kept for deleting the file, at most.
const TIDYING: Duration = Duration::from_secs(3);

impl Visit<'_, '_> {
    /// Stores, measures and deletes a file in the current directory.
    pub(super) async fn upload(&mut self) -> Result<(), Judgement> {
        let random = fastrand::u64(..);
        self.say("TYPE I").await?;
        let hidden = format!(".tugtest-probe-{random:016x}");
        match self.store(&hidden).await {
            // Servers that allow no names with a dot in front say so with 553.
            Err(TransferTrouble::Refused { reply, began: false }) if judge::refuses_name(&reply) => {
                let plain = format!("tugtest-probe-{random:016x}.tmp");
                self.store(&plain).await
            }
            other => other,
        }
        .map_err(|trouble| {
            let observed = format!(
                "Logged in as `{}`, but no file can be stored in {}",
                self.guest.user,
                self.shown_directory(None)
            );
            self.transfer_failed(Stage::Store, &observed, trouble)
        })?
    }

    /// Stores under this name and tidies up. The inner error: the file arrived short.
    async fn store(&mut self, name: &str) -> Result<Result<(), Judgement>, TransferTrouble> {
        self.session.reserve(TIDYING);
        let stored = self.session.store(name, CONTENT).await;
        let size = match &stored {
            Ok(()) => self.size(name).await,
            Err(_) => None,
        };
        self.session.release();
        if !matches!(
            stored,
            Err(TransferTrouble::Refused { began: false, .. }
                | TransferTrouble::NoPassive(_)
                | TransferTrouble::Port(..))
        ) {
            self.tidy(name).await;
        }
        stored?;
        match size {
            Some(size) if size != CONTENT.len() as u64 => Ok(Err(Judgement::of(
                Cause::DataChannelFailed,
                Phase::Transfer,
                format!(
                    "Stored {} bytes in {}, and the server kept {size}: uploads do not arrive whole.",
                    CONTENT.len(),
                    self.shown_directory(None)
                ),
                "Ask the server's owner; a full disk or a firewall on the data ports may be the reason.",
            ))),
            _ => Ok(Ok(())),
        }
    }

    /// `SIZE`, where the server knows it (RFC 3659 section 4).
    async fn size(&mut self, name: &str) -> Option<u64> {
        let reply = self.session.say(&format!("SIZE {name}")).await.ok()?;
        (reply.code == 213).then(|| reply.lines.first()?.trim().parse().ok())?
    }

    /// Deletes the file; says so where that fails.
    async fn tidy(&mut self, name: &str) {
        let deleted = self.session.say(&format!("DELE {name}")).await;
        let why = match deleted {
            Ok(reply) if reply.is_yes() => return,
            // Nothing was stored, so nothing is left.
            Ok(reply) if reply.code == 550 && reply.words().contains("no such") => return,
            Ok(reply) => format!("deleting it was refused: `{}`", self.guest.quote(&reply)),
            Err(_) => "the connection was lost before it could be deleted".to_owned(),
        };
        let directory = self.shown_directory(None);
        self.warnings
            .push(Warning::new("left-behind", format!("The file `{name}` may be left in {directory}: {why}.")));
    }

    /// The judgement of a transfer that did not come about.
    pub(super) fn transfer_failed(&self, stage: Stage, observed: &str, trouble: TransferTrouble) -> Judgement {
        match trouble {
            TransferTrouble::Control(obstacle)
            | TransferTrouble::Port(_, obstacle @ Obstacle::DestinationRefused(_)) => self.guest.hindered(&obstacle),
            TransferTrouble::NoPassive(reply) => {
                self.refused(Stage::Passive, &format!("{observed}: it offers no passive data connection"), &reply)
            }
            TransferTrouble::Port(port, obstacle) => data_failed(&format!(
                "{observed}: its data port {port} {}",
                match obstacle {
                    Obstacle::ConnectRefused => "refuses connections",
                    Obstacle::ConnectTimeout(_) => "gives no answer, as behind a firewall",
                    _ => "cannot be reached",
                }
            )),
            TransferTrouble::Refused { reply, .. } => self.refused(stage, observed, &reply),
            TransferTrouble::Broken(obstacle) => data_failed(&format!(
                "{observed}: the data connection {}",
                match obstacle {
                    Obstacle::ResponseTimeout(..) => "brought nothing in time",
                    Obstacle::Tls(_) => "could not be put under TLS",
                    _ => "broke off",
                }
            )),
        }
    }
}

fn data_failed(observed: &str) -> Judgement {
    let (meaning, remedy) = super::words::words(Cause::DataChannelFailed, "");
    Judgement::of(Cause::DataChannelFailed, Phase::Transfer, format!("{observed}. {meaning}"), remedy)
}
