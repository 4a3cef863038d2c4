//! Placement: a request as written becomes a request with the credential in it, in exactly one place.

use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use crate::model::app::{Oauth1Place, Placement, Recipe};
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::credential::{Credential, Piece, pieces};
use crate::model::phase::Phase;
use crate::model::probe::{HttpBody, HttpRequest};
use crate::model::scheme::Scheme;
use crate::model::session::TokenPlace;
use crate::model::verdict::Judgement;
use crate::sign::digest::Login;
use crate::sign::oauth1::Moment;
use crate::wire::http::{Content, Request};

use super::authentication::{Authentication, Bearer, scheme_in};
use super::digest::{Answerer, Conversation};
use super::filled::{basic, content, empty, filled};
use super::target::SEGMENT;
use super::{Subject, hmac, oauth1, sigv4};

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
    let unsigned = place.signs().then(|| request.shown());
    let authentication = place_in(&mut request, &place, subject, moment, conversation)?;
    let line = unsigned.unwrap_or_else(|| request.shown());
    Ok(Prepared { request, line, authentication })
}

/// Where the credential of a connection goes: the connection says, else the recipe, else its type has a usual place.
#[must_use]
pub fn place_of(connection: &Connection, recipe: Option<&Recipe>) -> Option<Placement> {
    let stated = connection.place.as_deref();
    if let Some(place) = stated.or_else(|| recipe.and_then(|recipe| recipe.place.as_ref())) {
        return Some(place.clone());
    }
    let basic =
        |username: &str, password: &str| Placement::Basic { username: username.into(), password: password.into() };
    match connection.scheme {
        Scheme::KeySecret => Some(basic("{key}", "{secret}")),
        Scheme::Oauth1 => Some(Placement::Oauth1(Oauth1Place::Header)),
        Scheme::DomainLogin => Some(basic("{username}", "{password}")),
        Scheme::ClientCertificate => Some(Placement::Certificate),
        Scheme::ShopifyCustomApp => {
            Some(Placement::Header { name: "X-Shopify-Access-Token".into(), value: "{access_token}".into() })
        }
        Scheme::Oauth2 => {
            Some(Placement::Header { name: "Authorization".into(), value: "Bearer {access_token}".into() })
        }
        Scheme::ApiKey | Scheme::Ftp => None,
    }
}

fn placement(subject: &Subject<'_>) -> Result<Placement, Judgement> {
    place_of(subject.connection, subject.recipe).ok_or_else(|| {
        Judgement::of(
            Cause::ConfigInvalid,
            Phase::Resolve,
            format!("Nothing says where the credential of `{}` goes in a request.", subject.connection.name),
            "Add `place: {header: NAME, value: \"Bearer {api_key}\"}` under `fields` of the connection.",
        )
    })
}

/// The request without its credential: templates filled from public fields, the base path put before the path.
pub(super) fn plain(subject: &Subject<'_>, asked: &HttpRequest) -> Result<Request, Judgement> {
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
        confidential: false,
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
        Placement::Header { name, value } => in_header(request, name, value, credential),
        Placement::Headers(headers) => in_headers(request, headers, credential),
        Placement::Query { name, value } => in_query(request, name, value, credential),
        Placement::Basic { username, password } => {
            once(request, "authorization")?;
            let (username, password) = (filled(credential, username)?, filled(credential, password)?);
            request.headers.push(("authorization".into(), basic(&username, &password)?));
            let (scheme, place) = (Some("basic".to_owned()), "HTTP Basic".to_owned());
            Ok(Authentication { scheme, place, ..Authentication::default() })
        }
        Placement::Oauth1(place) => {
            once(request, "authorization")?;
            oauth1::sign(request, *place, credential, &subject.endpoint.declared, moment, &[])
        }
        Placement::Hmac(place) => {
            for (name, _) in &place.headers {
                once(request, name)?;
            }
            once(request, "authorization")?;
            hmac::sign(request, place, credential, &subject.endpoint.declared, moment)
        }
        Placement::Session(session) => {
            let placed = match &session.sent {
                TokenPlace::Header { name, value } => in_header(request, name, value, credential),
                TokenPlace::Query { name, value } => in_query(request, name, value, credential),
            };
            Ok(Authentication { bearer: Bearer::Token, ..placed? })
        }
        Placement::Certificate => {
            Ok(Authentication { place: "the client certificate".to_owned(), ..Authentication::default() })
        }
        Placement::Digest { username, password } => {
            once(request, "authorization")?;
            let (user, password) = (filled(credential, username)?, filled(credential, password)?);
            let who = Answerer {
                login: Login { user: &user.value, password: &password.value },
                shown: user.shown,
                connection: &credential.connection,
                scrubber: subject.scrubber,
            };
            Ok(conversation.answer(request, &who, &moment.nonce))
        }
        Placement::Sigv4 { region, service } => {
            once(request, "authorization")?;
            let (region, service) = (public(credential, region)?, public(credential, service)?);
            sigv4::sign(request, subject, (region, service), moment.timestamp)
        }
    }
}

fn in_header(
    request: &mut Request,
    name: &str,
    template: &str,
    credential: &Credential,
) -> Result<Authentication, Judgement> {
    once(request, name)?;
    let scheme = name.eq_ignore_ascii_case("authorization").then(|| scheme_in(template)).flatten();
    request.headers.push((name.into(), content(credential, template)?));
    let place = match &scheme {
        Some(_) => format!("header `{name}` with the scheme `{}`", template.split(' ').next().unwrap_or_default()),
        None => format!("header `{name}`"),
    };
    Ok(Authentication { scheme, place, ..Authentication::default() })
}

fn in_headers(
    request: &mut Request,
    headers: &[(Box<str>, Box<str>)],
    credential: &Credential,
) -> Result<Authentication, Judgement> {
    for (name, template) in headers {
        once_in(request, name)?;
        request.headers.push((name.clone(), content(credential, template)?));
    }
    let authorization = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let scheme = authorization.and_then(|(_, template)| scheme_in(template));
    let names: Vec<_> = headers.iter().map(|(name, _)| format!("`{name}`")).collect();
    let place = format!("the headers {}", names.join(" and "));
    Ok(Authentication { scheme, place, ..Authentication::default() })
}

fn in_query(
    request: &mut Request,
    name: &str,
    template: &str,
    credential: &Credential,
) -> Result<Authentication, Judgement> {
    once(request, "authorization")?;
    request.query.push((name.into(), content(credential, template)?));
    Ok(Authentication { place: format!("the query as `{name}`"), ..Authentication::default() })
}

/// One authentication a request: two would leave open which of them was judged.
fn once(request: &Request, header: &str) -> Result<(), Judgement> {
    once_in(request, header)?;
    once_in(request, "authorization")
}

/// The same for one header of several.
fn once_in(request: &Request, name: &str) -> Result<(), Judgement> {
    if !request.has_header(name) {
        return Ok(());
    }
    Err(Judgement::of(
        Cause::ConfigInvalid,
        Phase::Resolve,
        format!(
            "The probe's request has a header `{name}` of its own beside the connection's credential: two authentications."
        ),
        "Take the header out of the probe, or change `place` of the connection.",
    ))
}
