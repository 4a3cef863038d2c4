//! The interview over HTTP.

use crate::model::evidence::Finding;
use crate::model::probe::HttpProbe;
use crate::wire::Wire;

use super::{Subject, no_probe};

/// Interviews an HTTP API: authentication first, then what the step needs.
#[expect(clippy::unused_async, reason = "filled in by the next commit")]
pub(crate) async fn probe(_subject: &Subject<'_>, _probe: &HttpProbe, _wire: &Wire) -> Finding {
    no_probe("This build has no HTTP probe.")
}
