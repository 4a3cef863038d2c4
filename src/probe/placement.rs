//! Placement: a request as written becomes a request with the credential in it, in exactly one place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::model::app::{Oauth1Place, Placement};
use crate::model::cause::Cause;
use crate::model::credential::{Credential, Piece, pieces};
use crate::model::phase::Phase;
use crate::model::probe::{HttpBody, HttpRequest};
use crate::model::scheme::Scheme;
use crate::model::scrub::mask;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::sign::digest::Login;
use crate::sign::oauth1::Moment;
use crate::sign::sigv4::Token;
use crate::wire::http::{Content, Request};

use super::authentication::Authentication;
use super::digest::{Answerer, Conversation};
use super::target::SEGMENT;
use super::{Subject, oauth1, sigv4};

/// A request with the credential in it.
pub(crate) struct Prepared {
    pub(crate) request: Request,
    /// Method, path and query as messages show them: without what a signature adds, which is another each time.
    pub(crate) line: String,
    pub(crate) authentication: Authentication,
}

/// The request with the credential in it.
pub(crate) fn authenticated(
    subject: &Subject<'_>,
    asked: &HttpRequest,
    moment: &Moment,
    conversation: &mut Conversation,
) -> Result<Prepared, Judgement> {
    let place = placement(subject)?;
    let mut request = plain(subject, asked)?;
    let unsigned = matches!(place, Placement::Oauth1(_)).then(|| request.shown());
    let authentication = place_in(&mut request, &place, subject, moment, conversation)?;
    let line = unsigned.unwrap_or_else(|| request.shown());
    Ok(Prepared { request, line, authentication })
}

/// Where the credential goes: the connection says, else the recipe, else the scheme has a usual place.
fn placement(subject: &Subject<'_>) -> Result<Placement, Judgement> {
    let stated = subject.connection.place.as_deref();
    if let Some(place) = stated.or_else(|| subject.recipe.and_then(|recipe| recipe.place.as_ref())) {
        return Ok(place.clone());
    }
    let basic =
        |username: &str, password: &str| Placement::Basic { username: username.into(), password: password.into() };
    match subject.connection.scheme {
        Scheme::KeySecret => Ok(basic("{key}", "{secret}")),
        Scheme::Oauth1 => Ok(Placement::Oauth1(Oauth1Place::Header)),
        Scheme::DomainLogin => Ok(basic("{username}", "{password}")),
        Scheme::ShopifyCustomApp => {
            Ok(Placement::Header { name: "X-Shopify-Access-Token".into(), value: "{access_token}".into() })
        }
        _ => Err(Judgement::of(
            Cause::ConfigInvalid,
            Phase::Resolve,
            format!("Nothing says where the credential of `{}` goes in a request.", subject.connection.name),
            "Add `place: {header: NAME, value: \"Bearer {api_key}\"}` under `fields` of the connection.",
        )),
    }
}

/// The request without its credential: templates filled from public fields, the base path put before the path.
fn plain(subject: &Subject<'_>, asked: &HttpRequest) -> Result<Request, Judgement> {
    let credential = subject.credential;
    let open = |template: &str| public(credential, template);
    let mut path = subject.base_path.to_owned();
    for piece in pieces(&asked.path) {
        match piece {
            Piece::Text(text) => path.push_str(text),
            Piece::Field(name) => {
                path.extend(utf8_percent_encode(&public(credential, &format!("{{{name}}}"))?, SEGMENT));
            }
        }
    }
    let content = |(name, template): &(Box<str>, Box<str>)| Ok((name.clone(), Content::Open(open(template)?)));
    let mut request = Request {
        method: asked.method.clone(),
        path,
        query: asked.query.iter().map(content).collect::<Result<_, Judgement>>()?,
        headers: asked.headers.iter().map(content).collect::<Result<_, Judgement>>()?,
        body: None,
    };
    if let Some(body) = &asked.body {
        let (kind, text) = match &**body {
            HttpBody::Json(value) => ("application/json", filled_json(credential, value)?.to_string()),
            HttpBody::Form(pairs) => ("application/x-www-form-urlencoded", form(credential, pairs)?),
            HttpBody::Text(text) => ("text/plain; charset=utf-8", open(text)?),
        };
        request.body = Some(Content::Open(text));
        if !request.has_header("content-type") {
            request.headers.push(("content-type".into(), Content::Open(kind.to_owned())));
        }
    }
    if !request.has_header("accept") {
        request.headers.push(("accept".into(), Content::Open("application/json, */*;q=0.5".to_owned())));
    }
    Ok(request)
}

fn public(credential: &Credential, template: &str) -> Result<String, Judgement> {
    credential.fill_public(template).map_err(|name| {
        if credential.secret(&name).is_none() {
            return empty(&name);
        }
        Judgement::of(
            Cause::ConfigInvalid,
            Phase::Resolve,
            format!("The probe's request names the secret field `{name}`; secrets go where `place` puts them, and nowhere else."),
            "Take the field out of the request.",
        )
    })
}

fn empty(field: &str) -> Judgement {
    Judgement::of(
        Cause::FieldMissing,
        Phase::Resolve,
        format!("Field `{field}` is empty, and the request needs it."),
        format!("Fill in `{field}` in the connection."),
    )
}

fn filled_json(credential: &Credential, value: &Value) -> Result<Value, Judgement> {
    Ok(match value {
        Value::String(text) => Value::String(public(credential, text)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| filled_json(credential, item)).collect::<Result<_, _>>()?)
        }
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled_json(credential, value)?)))
                .collect::<Result<_, Judgement>>()?,
        ),
        other => other.clone(),
    })
}

fn form(credential: &Credential, pairs: &[(Box<str>, Box<str>)]) -> Result<String, Judgement> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        form.append_pair(name, &public(credential, value)?);
    }
    Ok(form.finish())
}

fn place_in(
    request: &mut Request,
    place: &Placement,
    subject: &Subject<'_>,
    moment: &Moment,
    conversation: &mut Conversation,
) -> Result<Authentication, Judgement> {
    let credential = subject.credential;
    match place {
        Placement::Header { name, value } => {
            once(request, name)?;
            let scheme = name.eq_ignore_ascii_case("authorization").then(|| scheme_in(value)).flatten();
            request.headers.push((name.clone(), content(credential, value)?));
            let place = match &scheme {
                Some(_) => format!("header `{name}` with the scheme `{}`", value.split(' ').next().unwrap_or_default()),
                None => format!("header `{name}`"),
            };
            Ok(Authentication { scheme, place, ..Authentication::default() })
        }
        Placement::Query { name, value } => {
            once(request, "authorization")?;
            request.query.push((name.clone(), content(credential, value)?));
            Ok(Authentication { place: format!("the query as `{name}`"), ..Authentication::default() })
        }
        Placement::Basic { username, password } => {
            once(request, "authorization")?;
            request.headers.push(("authorization".into(), basic(credential, username, password)?));
            let (scheme, place) = (Some("basic".to_owned()), "HTTP Basic".to_owned());
            Ok(Authentication { scheme, place, ..Authentication::default() })
        }
        Placement::Oauth1(place) => {
            once(request, "authorization")?;
            oauth1::sign(request, *place, credential, &subject.endpoint.declared, moment)
        }
        Placement::Digest { username, password } => {
            once(request, "authorization")?;
            let fill = |template: &str| credential.fill(template).map_err(|name| empty(&name));
            let (user, password) = (fill(username)?, fill(password)?);
            let who = Answerer {
                login: Login { user: &user, password: &password },
                shown: shown(credential, username),
                connection: &credential.connection,
                scrubber: subject.scrubber,
            };
            Ok(conversation.answer(request, &who, &moment.nonce))
        }
        Placement::Sigv4 { region, service } => {
            once(request, "authorization")?;
            let (region, service) = (public(credential, region)?, public(credential, service)?);
            aws_signature(request, subject, (region, service), moment.timestamp)
        }
    }
}

/// Signs for AWS with the pair of a key-secret, and its token where there is one.
fn aws_signature(
    request: &mut Request,
    subject: &Subject<'_>,
    (region, service): (String, String),
    second: u64,
) -> Result<Authentication, Judgement> {
    let credential = subject.credential;
    let shown = mask(&format!("{}.session_token", credential.connection));
    let signer = sigv4::Signer {
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

/// One authentication a request: two would leave open which of them was judged.
fn once(request: &Request, header: &str) -> Result<(), Judgement> {
    let taken = [header, "authorization"].into_iter().find(|name| request.has_header(name));
    taken.map_or(Ok(()), |name| {
        Err(Judgement::of(
            Cause::ConfigInvalid,
            Phase::Resolve,
            format!("The probe's request has a header `{name}` of its own beside the connection's credential: two authentications."),
            "Take the header out of the probe, or change `place` of the connection.",
        ))
    })
}

/// The scheme word of an `Authorization` template: `Bearer {api_key}` has one, `{api_key}` has none of ours.
fn scheme_in(template: &str) -> Option<String> {
    let (word, _) = template.split_once(' ')?;
    (!word.contains('{')).then(|| word.to_ascii_lowercase())
}

/// A template filled for sending, and as it may be shown.
fn content(credential: &Credential, template: &str) -> Result<Content, Judgement> {
    let value = credential.fill(template).map_err(|name| empty(&name))?;
    Ok(Content::Secret { value, shown: shown(credential, template) })
}

fn shown(credential: &Credential, template: &str) -> String {
    let mut shown = String::with_capacity(template.len() + 16);
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => shown.push_str(text),
            Piece::Field(name) if credential.secret(name).is_some() => {
                shown.push_str(&mask(&format!("{}.{name}", credential.connection)));
            }
            Piece::Field(name) => shown.push_str(credential.public(name).unwrap_or_default()),
        }
    }
    shown
}

/// `Basic` with user name and password (RFC 7617 section 2); a user name cannot hold a colon.
fn basic(credential: &Credential, username: &str, password: &str) -> Result<Content, Judgement> {
    let user = credential.fill(username).map_err(|name| empty(&name))?;
    let pass = credential.fill(password).map_err(|name| empty(&name))?;
    #[expect(clippy::disallowed_methods, reason = "HTTP Basic encodes user name and password as one")]
    let (user, pass) = (user.expose(), pass.expose());
    if user.contains(&b':') {
        return Err(Judgement::of(
            Cause::FieldFormat,
            Phase::Resolve,
            format!(
                "The user name (`{}`) has a colon in it, which HTTP Basic cannot carry.",
                shown(credential, username)
            ),
            "Check the field; user name and password may be swapped or pasted as one.",
        ));
    }
    let joined = Zeroizing::new([user, b":", pass].concat());
    let shown = format!("Basic base64({}:{})", shown(credential, username), shown(credential, password));
    Ok(Content::Secret { value: Secret::new(format!("Basic {}", STANDARD.encode(&*joined))), shown })
}
