//! Requests signed by OAuth 1.0a (RFC 5849), with the protocol's parameters in the header, the query or the form.

pub mod grant;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::app::Oauth1Place;
use crate::model::cause::Cause;
use crate::model::credential::Credential;
use crate::model::endpoint::Address;
use crate::model::hex::hex;
use crate::model::phase::Phase;
use crate::model::secret::{Part, Secret};
use crate::model::verdict::Judgement;
use crate::sign::oauth1::{
    Moment, Parameter, Signer, Unsigned, base_string, base_uri, encode, form_parameters, header, is_form,
};
use crate::wire::http::{Content, Request};

use super::authentication::Authentication;

/// What stands for a signature in transcripts.
const SIGNATURE: &str = "***";
/// Bytes of a nonce, shown in twice as many digits: servers commonly take 20 to 30 characters (oauthlib's default).
const NONCE: usize = 12;

/// Now, by this machine's clock put right by so many seconds, with a nonce that nobody can guess.
pub(super) fn moment(now: SystemTime, correction: i64) -> Moment {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let timestamp = since.as_secs().saturating_add_signed(correction);
    let millisecond = u16::try_from(since.subsec_millis()).unwrap_or_default();
    Moment { timestamp, millisecond, nonce: hex(&random::<NONCE>()) }
}

/// Bytes for a nonce. Without good random numbers others will do: a nonce has to be new, not secret, and the server tells if it is not.
pub(super) fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        fastrand::fill(&mut bytes);
    }
    bytes
}

/// Signs a request and puts the signature in its place, with further parameters of the protocol if there are any. What was signed is
/// returned with it: support needs to see that.
pub(super) fn sign(
    request: &mut Request,
    place: Oauth1Place,
    credential: &Credential,
    address: &Address,
    moment: &Moment,
    more: &[Parameter],
) -> Result<Authentication, Judgement> {
    let signer = Signer::of(credential);
    let mut own = signer.parameters(moment);
    own.extend_from_slice(more);
    let mut all = own.clone();
    all.extend(request.query.iter().map(|(name, value)| (name.to_string(), value.shown().to_owned())));
    all.extend(form_parameters(content_type(request), request.body_shown().as_bytes()));
    let uri = base_uri(&address.scheme, &address.host, address.port, &request.path);
    let base = base_string(&request.method, &uri, &all);
    let signature = signer.sign(&base).map_err(unsigned)?;
    put(request, place, &signer, own, &signature)?;
    let place = match place {
        Oauth1Place::Header => "header `Authorization` with an OAuth signature",
        Oauth1Place::Query => "the query with an OAuth signature",
        Oauth1Place::Form => "the form with an OAuth signature",
    };
    Ok(Authentication {
        scheme: Some("oauth".to_owned()),
        place: place.to_owned(),
        signed: vec![format!("signed: {base}")],
        ..Authentication::default()
    })
}

fn put(
    request: &mut Request,
    place: Oauth1Place,
    signer: &Signer<'_>,
    own: Vec<Parameter>,
    signature: &Secret,
) -> Result<(), Judgement> {
    let encoded = Secret::encoded(signature, encode);
    match place {
        Oauth1Place::Header => {
            let before = header(signer.realm(), &own);
            let value = Secret::concat([
                Part::Clear(&before),
                Part::Clear(", oauth_signature=\""),
                Part::Secret(&encoded),
                Part::Clear("\""),
            ]);
            let shown = format!("{before}, oauth_signature=\"{SIGNATURE}\"");
            request.headers.push(("authorization".into(), Content::Secret { value, shown }));
        }
        Oauth1Place::Query => {
            request.query.extend(own.into_iter().map(|(name, value)| (name.into(), Content::Open(value))));
            let value = Content::Secret { value: signature.clone(), shown: SIGNATURE.to_owned() };
            request.query.push(("oauth_signature".into(), value));
        }
        Oauth1Place::Form => {
            let mut body = form_body(request)?;
            for (name, value) in &own {
                let and = if body.is_empty() { "" } else { "&" };
                body.extend([and, &encode(name), "=", &encode(value)]);
            }
            body.push_str("&oauth_signature=");
            let shown = format!("{body}{SIGNATURE}");
            let value = Secret::concat([Part::Clear(&body), Part::Secret(&encoded)]);
            request.body = Some(Content::Secret { value, shown });
        }
    }
    Ok(())
}

pub(super) fn content_type(request: &Request) -> &str {
    let kind = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    kind.map(|(_, kind)| kind.shown()).unwrap_or_default()
}

/// The form that the protocol's parameters go into; an empty one where there is no body.
fn form_body(request: &mut Request) -> Result<String, Judgement> {
    if request.body.is_none() && !request.has_header("content-type") {
        let kind = Content::Open("application/x-www-form-urlencoded".to_owned());
        request.headers.push(("content-type".into(), kind));
    }
    if !is_form(content_type(request)) {
        return Err(Judgement::of(
            Cause::ConfigInvalid,
            Phase::Resolve,
            "The signature is to go into the form, and the probe's body is none.",
            "Write `place: {oauth1: header}` in the connection, or give the probe a `form:` body.",
        ));
    }
    Ok(request.body_shown().to_owned())
}

fn unsigned(why: Unsigned) -> Judgement {
    let (cause, message, remedy) = match why {
        Unsigned::NoKey => (
            Cause::FieldMissing,
            "Field `private_key` is empty, and the signature method takes one.",
            "Fill in `private_key`, or choose an HMAC `signature_method`.",
        ),
        Unsigned::BadKey => (
            Cause::FieldFormat,
            "Field `private_key` holds no RSA private key in PEM that could sign.",
            "Store the whole file, with its BEGIN and END lines and without a passphrase.",
        ),
    };
    Judgement::of(cause, Phase::Resolve, message, remedy)
}
