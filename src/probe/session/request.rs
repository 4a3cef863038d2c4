//! The request of a login: its templates may name secrets, each of which is encoded for where it stands.

use serde_json::Value;

use crate::model::credential::Credential;
use crate::model::probe::{HttpBody, HttpRequest};
use crate::model::secret::{Part, Secret};
use crate::model::session::Login;
use crate::model::verdict::Judgement;
use crate::probe::Subject;
use crate::probe::filled::{Filled, basic, content, filled};
use crate::probe::placement::plain;
use crate::wire::http::{Content, Request};

/// The request with the secrets in it. Its answer holds another one.
pub(super) fn request(subject: &Subject<'_>, login: &Login) -> Result<Request, Judgement> {
    let (credential, asked) = (subject.credential, &login.request);
    let line = HttpRequest {
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        method: asked.method.clone(),
        path: asked.path.clone(),
    };
    let mut request = plain(subject, &line)?;
    let pair = |(name, template): &(Box<str>, Box<str>)| Ok((name.clone(), content(credential, template)?));
    request.query = asked.query.iter().map(pair).collect::<Result<_, Judgement>>()?;
    let usual = std::mem::take(&mut request.headers);
    request.headers = asked.headers.iter().map(pair).collect::<Result<_, Judgement>>()?;
    if let Some((username, password)) = &login.basic {
        let value = basic(&filled(credential, username)?, &filled(credential, password)?)?;
        request.headers.push(("authorization".into(), value));
    }
    if let Some(written) = &asked.body {
        let (kind, Filled { value, shown }) = body(credential, written)?;
        request.body = Some(Content::Secret { value, shown });
        if !request.has_header("content-type") {
            request.headers.push(("content-type".into(), Content::Open(kind.to_owned())));
        }
    }
    for (name, value) in usual {
        if !request.has_header(&name) {
            request.headers.push((name, value));
        }
    }
    request.confidential = true;
    Ok(request)
}

/// A body and its content type.
fn body(credential: &Credential, body: &HttpBody) -> Result<(&'static str, Filled), Judgement> {
    let mut parts = Vec::new();
    let kind = match body {
        HttpBody::Json(value) => {
            json(credential, value, &mut parts)?;
            "application/json"
        }
        HttpBody::Form(pairs) => {
            for (index, (name, template)) in pairs.iter().enumerate() {
                let and = if index == 0 { "" } else { "&" };
                parts.push(clear(&format!("{and}{}=", form_encoded(name))));
                let Filled { value, shown } = filled(credential, template)?;
                parts.push(Filled { value: value.encoded(form_encoded), shown });
            }
            "application/x-www-form-urlencoded"
        }
        HttpBody::Text(template) => {
            parts.push(filled(credential, template)?);
            "text/plain; charset=utf-8"
        }
    };
    let value = Secret::concat(parts.iter().map(|part| Part::Secret(&part.value)));
    let shown = parts.into_iter().map(|part| part.shown).collect();
    Ok((kind, Filled { value, shown }))
}

fn json(credential: &Credential, value: &Value, parts: &mut Vec<Filled>) -> Result<(), Judgement> {
    match value {
        Value::String(template) => {
            let Filled { value, shown } = filled(credential, template)?;
            parts.push(Filled { value: value.encoded(json_encoded), shown: json_encoded(&shown) });
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                parts.push(clear(if index == 0 { "[" } else { "," }));
                json(credential, item, parts)?;
            }
            parts.push(clear(if items.is_empty() { "[]" } else { "]" }));
        }
        Value::Object(members) => {
            for (index, (key, member)) in members.iter().enumerate() {
                parts.push(clear(&format!("{}{}:", if index == 0 { "{" } else { "," }, json_encoded(key))));
                json(credential, member, parts)?;
            }
            parts.push(clear(if members.is_empty() { "{}" } else { "}" }));
        }
        other => parts.push(clear(&other.to_string())),
    }
    Ok(())
}

fn clear(text: &str) -> Filled {
    Filled { value: Secret::new(text), shown: text.to_owned() }
}

fn json_encoded(text: &str) -> String {
    Value::from(text).to_string()
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn credential() -> Credential {
        let mut credential = Credential { connection: "it".into(), ..Credential::default() };
        credential.public.insert("username".into(), "ann".into());
        credential.secrets.insert("password".into(), Secret::new("canary\"&=\u{e4}\\"));
        credential
    }

    fn written(written: &HttpBody) -> (Secret, String) {
        let (_, Filled { value, shown }) = body(&credential(), written).expect("all fields are there");
        (value, shown)
    }

    #[test]
    fn a_secret_is_encoded_for_where_it_stands() {
        let text = json!({"user": "{username}", "deep": [{"pass": "{password}"}, [], {}, 1, null]});
        let (value, shown) = written(&HttpBody::Json(text));
        let expected = r#"{"user":"ann","deep":[{"pass":"canary\"&=ä\\"},[],{},1,null]}"#;
        assert_eq!(value, Secret::new(expected));
        assert_eq!(shown, r#"{"user":"ann","deep":[{"pass":"[secret:it.password]"},[],{},1,null]}"#);
        let (value, shown) = written(&HttpBody::Form(vec![
            ("user name".into(), "{username}".into()),
            ("pass".into(), "{password}".into()),
        ]));
        assert_eq!(value, Secret::new("user+name=ann&pass=canary%22%26%3D%C3%A4%5C"));
        assert_eq!(shown, "user+name=ann&pass=[secret:it.password]");
        let (value, shown) = written(&HttpBody::Text("<p>{password}</p>".into()));
        assert_eq!((value, &*shown), (Secret::new("<p>canary\"&=\u{e4}\\</p>"), "<p>[secret:it.password]</p>"));
    }

    #[test]
    fn a_field_that_is_empty_is_named() {
        let refused = body(&credential(), &HttpBody::Json(json!({"a": "{domain}"}))).map(|_| ()).unwrap_err();
        assert!(refused.message.contains("`domain`"), "{}", refused.message);
    }
}
