//! Custom apps in Shopify stores.

use crate::model::evidence::Finding;
use crate::model::probe::ShopifyProbe;
use crate::wire::Wire;

use super::{Subject, no_probe};

/// Interviews a Shopify store.
#[expect(clippy::unused_async, reason = "the seam is async; the probe is written on another branch")]
pub(crate) async fn probe(_subject: &Subject<'_>, _spec: &ShopifyProbe, _wire: &Wire) -> Finding {
    no_probe("this build has no Shopify probe")
}
