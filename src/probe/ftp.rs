//! FTP, FTPS and SFTP accounts.

use crate::model::evidence::Finding;
use crate::model::probe::FtpProbe;
use crate::wire::Wire;

use super::{Subject, no_probe};

/// Interviews an FTP server.
#[expect(clippy::unused_async, reason = "the seam is async; the session is written on another branch")]
pub(crate) async fn probe(_subject: &Subject<'_>, _spec: &FtpProbe, _wire: &Wire) -> Finding {
    no_probe("This build has no FTP probe.")
}
