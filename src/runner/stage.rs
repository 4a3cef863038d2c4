//! The stage: where a step's conversation takes place. After this there is no difference between mocked and live.

use crate::double::{self, Double};
use crate::model::cause::Cause;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::probe::place_of;

use super::plan::ProbeJob;

/// An endpoint, with the double that stands behind it.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) endpoint: Endpoint,
    double: Option<Double>,
}

impl Stage {
    /// Raises the double of a step that has a fixture; a live step's endpoint is what it says.
    pub(super) async fn set(job: &ProbeJob) -> Result<Self, Judgement> {
        let mut endpoint = Endpoint::real(job.target.address.clone());
        let Some((name, fixture)) = &job.fixture else { return Ok(Stage { endpoint, double: None }) };
        let place = place_of(&job.connection, job.recipe());
        match double::raise(fixture, &job.credential, place.as_ref()).await {
            Ok(double) => {
                endpoint.effective = Some(double.stand_in());
                Ok(Stage { endpoint, double: Some(double) })
            }
            Err(_) => Err(Judgement::of(
                Cause::InternalError,
                Phase::Resolve,
                format!("The double for fixture `{name}` could not be raised on loopback."),
                "Check the limits of this machine on open files and ports, or lower --jobs.",
            )),
        }
    }

    /// Takes the double down. A request that its fixture does not hold is a failure of its own, whatever the probe made of the answer.
    pub(super) fn strike(self) -> Option<Judgement> {
        let mismatch = self.double?.finish()?;
        Some(Judgement::of(
            Cause::FixtureUnmatched,
            Phase::Assert,
            mismatch.to_string(),
            "Correct the fixture or the probe, or record the exchange anew against the real server.",
        ))
    }
}
