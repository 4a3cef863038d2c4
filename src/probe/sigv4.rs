//! Requests with an AWS Signature Version 4.

use crate::model::cause::Cause;
use crate::model::endpoint::Address;
use crate::model::phase::Phase;
use crate::model::scrub::{Scrubber, mask};
use crate::model::secret::{Part, Secret};
use crate::model::verdict::Judgement;
use crate::sign::sigv4::{Asked, Canonical, Parameter, Scope, Token, keeps_paths, kept_path, payload_hash, stamp};
use crate::wire::http::{Content, Request};

use super::Subject;
use super::authentication::Authentication;
use super::filled::empty;

/// What stands for a signature in transcripts.
const SIGNATURE: &str = "***";

/// Signs with the pair of a key-secret, and its token where there is one, at this second since 1970.
pub(super) fn sign(
    request: &mut Request,
    subject: &Subject<'_>,
    (region, service): (String, String),
    second: u64,
) -> Result<Authentication, Judgement> {
    let credential = subject.credential;
    let shown = mask(&format!("{}.session_token", credential.connection));
    let signer = Signer {
        key: credential.public("key").filter(|key| !key.is_empty()).ok_or_else(|| empty("key"))?,
        secret: credential.secret("secret").ok_or_else(|| empty("secret"))?,
        token: credential.secret("session_token").map(|value| Token { value, shown: &shown }),
        region,
        service,
        connection: &credential.connection,
        scrubber: subject.scrubber,
    };
    signer.sign(request, &subject.endpoint.declared, second)
}

/// Who signs, and for what.
#[derive(Debug)]
struct Signer<'c> {
    /// The access key id.
    key: &'c str,
    /// The secret access key.
    secret: &'c Secret,
    /// The token of temporary credentials.
    token: Option<Token<'c>>,
    region: String,
    service: String,
    /// The connection's name.
    connection: &'c str,
    /// Masks the signature wherever a server repeats it: with the rest of the request it is a login for some minutes.
    scrubber: &'c Scrubber,
}

impl Signer<'_> {
    /// Signs a request at this second since 1970.
    fn sign(&self, request: &mut Request, address: &Address, second: u64) -> Result<Authentication, Judgement> {
        let stamp = stamp(second).ok_or_else(|| {
            let (what, remedy) = ("This machine's clock shows a year beyond 9999.", "Set it.");
            Judgement::of(Cause::ClockSkew, Phase::Resolve, what, remedy)
        })?;
        let scope = Scope { stamp: &stamp, region: &self.region, service: &self.service };
        let payload = payload_hash(request.body_shown().as_bytes());
        request.headers.push(("x-amz-date".into(), Content::Open(stamp.clone())));
        if keeps_paths(&self.service) {
            request.headers.push(("x-amz-content-sha256".into(), Content::Open(payload.clone())));
            // Sent as it is signed, whichever characters somebody has left as they are.
            request.path = kept_path(&request.path);
        }
        let headers = signed_headers(request, address);
        let query: Vec<Parameter> =
            request.query.iter().map(|(name, value)| (name.to_string(), value.shown().to_owned())).collect();
        let target = request.target().unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let asked = Asked {
            method: &request.method,
            path,
            query: &query,
            headers: &headers,
            token: self.token,
            payload: &payload,
        };
        let canonical = Canonical::of(&asked, &self.service);
        let signature = scope.sign(self.secret, &canonical);
        self.scrubber.learn(&format!("{}.signature", self.connection), &signature);
        let before = scope.header(self.key, &canonical.signed_headers);
        let value = Secret::concat([Part::Clear(&before), Part::Secret(&signature)]);
        request.headers.push(("authorization".into(), Content::Secret { value, shown: before + SIGNATURE }));
        if let Some(Token { value, shown }) = self.token {
            let token = Content::Secret { value: value.clone(), shown: shown.to_owned() };
            request.headers.push((Token::HEADER.into(), token));
        }
        Ok(Authentication {
            scheme: Some("aws4-hmac-sha256".to_owned()),
            place: "header `authorization` with an AWS signature".to_owned(),
            signed: lines(&canonical.shown, &scope.string_to_sign(&canonical)),
            key: Some(self.key.to_owned()),
            ..Authentication::default()
        })
    }
}

/// What is signed of the headers: the host, the type of the body, and everything that is AWS's own.
fn signed_headers(request: &Request, address: &Address) -> Vec<(String, String)> {
    let named = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.shown().to_owned()));
    let own = named.filter(|(name, _)| name == "content-type" || name.starts_with("x-amz-"));
    std::iter::once(("host".to_owned(), address.host_header())).chain(own).collect()
}

/// Both texts as lines of a transcript.
fn lines(canonical: &str, string_to_sign: &str) -> Vec<String> {
    let named = |name: &'static str, text: &str| -> Vec<String> {
        text.lines().map(|line| format!("{name}: {line}")).collect()
    };
    [named("canonical request", canonical), named("string to sign", string_to_sign)].concat()
}
