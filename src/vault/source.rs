//! Where secrets come from: environment, files, programs.

use std::io;

use zeroize::Zeroizing;

use crate::model::connection::SecretReference;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;

use super::value::{LIMIT, without_final_line_break};
use super::{command, unavailable};

/// Reads the value behind a reference.
pub(super) async fn read(field: &str, reference: &SecretReference, withheld: &[Box<str>]) -> Result<Secret, Judgement> {
    match reference {
        SecretReference::Env(name) => from_env(field, name),
        SecretReference::File(path) => from_file(field, path).await,
        SecretReference::Command(argv) => command::run(field, argv, withheld).await,
        SecretReference::Literal(secret) | SecretReference::Given(secret) => Ok(secret.clone()),
    }
}

fn from_env(field: &str, name: &str) -> Result<Secret, Judgement> {
    match std::env::var_os(name) {
        Some(value) => Ok(Secret::new(value.into_encoded_bytes())),
        None => Err(unavailable(
            format!("`{field}` comes from the environment variable {name}, which is not set here."),
            format!("Set {name} (in CI: as a secret of the job), or refer to a file or a command."),
        )),
    }
}

async fn from_file(field: &str, path: &std::path::Path) -> Result<Secret, Judgement> {
    let shown = path.display();
    let refuse = |what: &str, way_out: &str| {
        unavailable(format!("`{field}` comes from the file {shown}, {what}."), way_out.to_owned())
    };
    let length = tokio::fs::metadata(path).await.map(|meta| meta.len());
    match length {
        Ok(length) if length > LIMIT as u64 => {
            return Err(refuse("which is too large for a secret", "Check the path."));
        }
        _ => {}
    }
    match tokio::fs::read(path).await {
        Ok(bytes) => Ok(Secret::new(without_final_line_break(&Zeroizing::new(bytes)))),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::NotFound => refuse("which does not exist", "Create it, or correct the path."),
            io::ErrorKind::PermissionDenied => {
                refuse("which this user may not read", "Give this user read permission, and nobody else.")
            }
            io::ErrorKind::IsADirectory => refuse("which is a directory", "Name the file in it."),
            _ => refuse("which cannot be read", "Check the path and the disk."),
        }),
    }
}
