//! Giving tokens back (RFC 7009): a grant that nobody needs any more should not live on.

use super::answer::members;
use super::dialogue::Dialogue;
use super::form::Form;
use crate::model::oauth2::ParameterPlace;
use crate::model::verdict::Judgement;
use crate::probe::judge::token::Wanted;
use crate::probe::target::ServerUrl;

impl Dialogue<'_> {
    /// Gives one token back. A server answers 200 for a token that it does not know as well (RFC 7009 section 2.2), since that is what was
    /// wanted.
    pub(super) async fn revoke(&self, url: &ServerUrl, field: &str) -> Result<(), Judgement> {
        let Some(token) = self.credential.secret(field).filter(|token| !token.is_empty()) else { return Ok(()) };
        let mut form = Form::default();
        form.secret("token", token, &self.label(field));
        form.open("token_type_hint", field);
        let heard = self.post(url, form, ParameterPlace::Body).await.map_err(|unheard| unheard.judgement)?;
        if (200..300).contains(&heard.answer.status()) {
            return Ok(());
        }
        let body = members(&heard.answer);
        Err(self.asked(&heard).no_token(&heard.answer, body.as_ref(), Wanted::Revocation).judgement)
    }
}
