//! What a refused token looks like. Forms change, so they are never a reason to refuse; they only make a remedy more to the point.

use crate::model::secret::Secret;

/// What else a value of this form is known to be, with the way out; nothing for the form of an access token, or of nothing known.
pub(crate) fn hint(token: &Secret) -> Option<&'static str> {
    let starts = |form| token.starts_with(form);
    Some(if starts("shpss_") {
        "The stored value has the form of an app's client secret (shpss_), which is exchanged for a token and is none itself."
    } else if starts("atkn_") {
        "The stored value has the form of an automation token for Shopify's command line (atkn_), which never works for the Admin API."
    } else if starts("shptka_") {
        "The stored value has the form of a Theme Access password (shptka_), which works for themes only."
    } else if starts("shprt_") {
        "The stored value has the form of a refresh token (shprt_), not of an access token."
    } else if starts("shpua_") {
        "The stored value has the form of a user's online token (shpua_), which ends with that user's session."
    } else if token.len() == 32 {
        "The stored value has the length of a client id, and of a token from before 2020. A token of today begins with shpat_."
    } else if ["shpat_", "shpca_", "shppa_"].into_iter().any(starts) && token.len() != 38 {
        "The stored value begins like a token, but it is not 38 characters long: it may have been cut or have something added."
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart_and_no_value_is_shown() {
        let hex = "0123456789abcdef0123456789abcdef";
        let says = |value: String| hint(&Secret::new(value)).unwrap_or("nothing").to_owned();
        assert!(says(format!("shpss_{hex}")).contains("client secret"));
        assert!(says("atkn_canary".to_owned()).contains("command line"));
        assert!(says("shptka_canary".to_owned()).contains("themes"));
        assert!(says("shprt_canary".to_owned()).contains("refresh token"));
        assert!(says("shpua_canary".to_owned()).contains("online token"));
        assert!(says(hex.to_owned()).contains("client id"));
        assert!(says(format!("shpat_{}", &hex[1..])).contains("38 characters"));
        assert_eq!(says(format!("shpat_{hex}")), "nothing");
        assert_eq!(says(format!("shpca_{hex}")), "nothing");
        assert_eq!(says("canary-token".to_owned()), "nothing");
    }
}
