//! Metadata of an authorization server (RFC 8414): where its endpoints are, from its issuer alone.

use serde_json::Value;

use super::client::Client;
use super::dialogue::Dialogue;
use super::exchange::bare;
use crate::model::cause::Cause;
use crate::model::endpoint::Address;
use crate::model::oauth2::ClientAuth;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::probe::authentication::Authentication;
use crate::probe::judge::quote;
use crate::probe::target::{ServerUrl, server_url};

/// The member of the metadata (RFC 8414 section 2, RFC 8628 section 4) for a field.
fn member(field: &str) -> &'static str {
    match field {
        "token_url" => "token_endpoint",
        "authorize_url" => "authorization_endpoint",
        "device_url" => "device_authorization_endpoint",
        "introspection_url" => "introspection_endpoint",
        _ => "revocation_endpoint",
    }
}

/// The places of the metadata: RFC 8414 section 3.1 puts the well-known part before the issuer's path, `OpenID` Connect
/// Discovery after it.
fn places(issuer: &ServerUrl) -> [ServerUrl; 2] {
    let path = issuer.path.trim_end_matches('/');
    [format!("/.well-known/oauth-authorization-server{path}"), format!("{path}/.well-known/openid-configuration")]
        .map(|path| ServerUrl { path, query: Vec::new(), ..issuer.clone() })
}

/// What an issuer's metadata say for a connection that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The issuer, as they state it.
    pub issuer: String,
    /// Whether every answer says who sends it (RFC 9207 section 3).
    pub names_issuer: bool,
    /// Fields that nobody has stated, with their values.
    pub fields: Vec<(&'static str, String)>,
}

/// Reads the metadata for everything that is not stated. Secrets may go there once the connection states it.
pub(super) async fn discovered(dialogue: &Dialogue<'_>, issuer: &ServerUrl) -> Result<Discovered, Judgement> {
    let metadata = metadata(dialogue, issuer).await?;
    let mut fields = Vec::new();
    for field in ["token_url", "authorize_url", "device_url", "introspection_url"] {
        let written = metadata.get(member(field)).and_then(Value::as_str);
        let Some(written) = written.filter(|_| dialogue.stated(field).is_err()) else { continue };
        match ServerUrl::read(field, written, dialogue.connection) {
            Ok(_) => fields.push((field, written.to_owned())),
            Err(judgement) if matches!(field, "token_url" | "authorize_url") => return Err(judgement),
            // What is not needed need not be good.
            Err(_) => {}
        }
    }
    let methods = metadata.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
    let takes = |method: &str| methods.is_some_and(|methods| methods.iter().any(|known| known == method));
    let stated = dialogue.connection.public("client_auth").is_some()
        || dialogue.known().is_some_and(|known| known.client_auth.is_some());
    if !stated
        && Client(dialogue).way() == ClientAuth::Basic
        && !takes("client_secret_basic")
        && takes("client_secret_post")
    {
        fields.push(("client_auth", ClientAuth::Post.name().to_owned()));
    }
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let flag = metadata.get("authorization_response_iss_parameter_supported").and_then(Value::as_bool);
    Ok(Discovered { issuer: text("issuer").unwrap_or_default().to_owned(), names_issuer: flag == Some(true), fields })
}

/// An endpoint by the issuer's metadata. None where they do not name it.
pub(super) async fn endpoint(
    dialogue: &Dialogue<'_>,
    issuer: &ServerUrl,
    field: &str,
) -> Result<Option<ServerUrl>, Judgement> {
    let metadata = metadata(dialogue, issuer).await?;
    let Some(written) = metadata.get(member(field)).and_then(Value::as_str) else { return Ok(None) };
    let url = ServerUrl::read(field, written, dialogue.connection)?;
    if field != "authorize_url" && !bound(dialogue, &url.address)? {
        let (found, host) = (url.address.to_string(), &issuer.address.host);
        return Err(Judgement::of(
            Cause::DestinationRefused,
            Phase::Resolve,
            format!(
                "{host} says that `{field}` is at {}, and the connection's secrets are bound to other places.",
                quote(&found, dialogue.scrubber)
            ),
            format!("If that is right, state it in the connection: `{field}`."),
        ));
    }
    Ok(Some(url))
}

/// Whether secrets may go there: to the issuer, or to what the connection or its recipe states.
fn bound(dialogue: &Dialogue<'_>, address: &Address) -> Result<bool, Judgement> {
    for field in ["issuer", "token_url", "introspection_url", "revocation_url", "device_url"] {
        let stated = server_url(dialogue.recipe, dialogue.connection, field)?;
        if stated.is_some_and(|url| url.address == *address) {
            return Ok(true);
        }
    }
    Ok(dialogue.endpoint.declared == *address)
}

async fn metadata(dialogue: &Dialogue<'_>, issuer: &ServerUrl) -> Result<Value, Judgement> {
    let mut refused = None;
    for place in places(issuer) {
        let request = crate::wire::http::Request { confidential: false, ..bare("GET", &place) };
        let open = Authentication { place: "nothing".to_owned(), ..Authentication::default() };
        let heard = dialogue.exchange(&place, request, open).await.map_err(|unheard| unheard.judgement)?;
        match heard.answer.json().filter(|_| heard.answer.status() == 200).filter(|json| json.is_object()) {
            Some(metadata) => return of(dialogue, issuer, metadata.clone()),
            None => refused = refused.or_else(|| Some(not_there(dialogue, &heard.line, heard.answer.status()))),
        }
    }
    Err(refused.unwrap_or_else(|| not_there(dialogue, "GET", 404)))
}

/// The metadata, if they are those of this issuer: it has to be stated character by character (RFC 8414 section 3.3).
fn of(dialogue: &Dialogue<'_>, issuer: &ServerUrl, metadata: Value) -> Result<Value, Judgement> {
    let stated = metadata.get("issuer").and_then(Value::as_str).unwrap_or_default();
    let wanted = issuer.text();
    if stated == wanted
        || stated == wanted.trim_end_matches('/')
        || Some(stated) == dialogue.connection.public("issuer")
    {
        return Ok(metadata);
    }
    Err(Judgement::of(
        Cause::ConfigInvalid,
        Phase::Auth,
        format!(
            "The metadata at {} are those of the issuer {}, and the connection states `{wanted}`.",
            issuer.address.host,
            quote(stated, dialogue.scrubber)
        ),
        "Correct `issuer` in the connection: it has to be the very text that the server states.",
    ))
}

fn not_there(dialogue: &Dialogue<'_>, line: &str, status: u16) -> Judgement {
    Judgement::of(
        Cause::NotFound,
        Phase::Assert,
        format!("`{line}` answered {status}: the issuer publishes no metadata there; nothing was judged."),
        format!("Correct `issuer` of `{}`, or state `token_url` and the other endpoints.", dialogue.connection.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_stand_where_the_two_standards_put_them() {
        let address = Address { scheme: "https".into(), host: "example.com".into(), port: 443 };
        let at = |path: &str| {
            let issuer = ServerUrl { address: address.clone(), path: path.to_owned(), query: Vec::new() };
            places(&issuer).map(|place| place.text())
        };
        // RFC 8414 section 3.1 has both examples.
        assert_eq!(at("/")[0], "https://example.com/.well-known/oauth-authorization-server");
        assert_eq!(at("/issuer1")[0], "https://example.com/.well-known/oauth-authorization-server/issuer1");
        assert_eq!(at("/issuer1")[1], "https://example.com/issuer1/.well-known/openid-configuration");
    }
}
