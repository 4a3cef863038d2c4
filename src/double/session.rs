//! Sessions of a double: it issues a token that nobody has heard of, and its fixture names it `{{session_token}}` on both sides.

use std::borrow::Cow;

use crate::model::app::Placement;
use crate::model::credential::Credential;
use crate::model::secret::Secret;
use crate::model::session::TOKEN;

/// The credential that fixtures are filled from: with a token, where the place is a session.
pub(super) fn credential<'c>(credential: &'c Credential, place: Option<&Placement>) -> Cow<'c, Credential> {
    if !matches!(place, Some(Placement::Session(_))) {
        return Cow::Borrowed(credential);
    }
    let mut issuing = credential.clone();
    let token = format!("canary-{}-{}", credential.connection, TOKEN.replace('_', "-"));
    issuing.secrets.insert(TOKEN.into(), Secret::new(token));
    Cow::Owned(issuing)
}
