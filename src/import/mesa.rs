//! Credentials by the older names of MESA: `Text`, `Key / Secret`, `Domain, Username, and Password`, `FTP`, `Shopify Private App`.

use serde_json::{Map, Value, json};

use super::app::Known;
use super::fit::{Piece, fit};
use super::tray::{Label, Tray, is_showable, name_of};
use super::word::word_of;
use super::{NotRead, tree};
use crate::model::scheme::Scheme;
use crate::vault::draft::Draft;

/// Keys under which a file lists credentials.
pub(super) const LISTS: [&str; 3] = ["secrets", "credentials", "connections"];
/// Keys under which an entry states its fields, if not beside its name.
const NESTS: [&str; 6] = ["METADATA", "VALUE", "FIELDS", "KEY_SECRET", "DOMAIN_USERNAME_PASSWORD", "FTP"];
/// Keys of an entry that are no fields, its name left aside.
const BESIDE: [&str; 9] = ["_id", "id", "uuid", "type", "app", "is_default", "default", "created_at", "updated_at"];

/// Reads a list of credentials, or a mapping of them by name.
pub(super) fn read(text: &str, tray: &mut Tray<'_>) -> Result<(), NotRead> {
    let (list, others) = list_of(tree::read(text)?);
    if others {
        tray.leave(
            &Label::of("the file", None),
            "has other parts beside its list of credentials; they hold no connections",
        );
    }
    let why = "this is no list of credentials, and no object with `secrets`, `credentials` or `connections`";
    for tree::Named { name, label, value } in tree::entries(list, name).ok_or(NotRead { line: 1, column: 1, why })? {
        if let Err(why) = entry(name, &label, value, tray) {
            tray.leave(&label, why);
        }
    }
    Ok(())
}

/// The list in a file, and whether the file has something else in it. In a workflow's file it stands in `config`.
fn list_of(root: Value) -> (Value, bool) {
    let Value::Object(mut map) = root else { return (root, false) };
    let is_list = |value: &Value| value.is_array() || value.is_object();
    for key in LISTS {
        if map.get(key).is_some_and(is_list) {
            return (map.remove(key).unwrap_or_default(), !map.is_empty());
        }
    }
    let config =
        map.get_mut("config").and_then(|config| config.get_mut("secrets")).filter(|secrets| secrets.is_array());
    match config {
        Some(secrets) => (secrets.take(), true),
        None => (Value::Object(map), false),
    }
}

/// The name of an entry. Its `key` is one only where the type has no field of that name.
fn name(entry: &Map<String, Value>) -> Option<String> {
    let own = tree::text(entry, "name").or_else(|| tree::text(entry, "key").filter(|_| key_is_name(entry)));
    own.map(str::to_owned)
}

fn key_is_name(entry: &Map<String, Value>) -> bool {
    let kind = tree::text(entry, "type").map(word_of);
    let has_field = matches!(kind.as_deref(), Some("API_KEY" | "API_KEY_TEXT" | "KEY_SECRET"));
    !entry.contains_key("name") && !entry.contains_key("secret") && !has_field
}

fn entry(named: Option<String>, label: &Label, value: Value, tray: &mut Tray<'_>) -> Result<(), String> {
    let Value::Object(map) = value else {
        return Err("is no object; write {\"name\": ..., \"type\": ..., ...}".into());
    };
    let named = named.ok_or("has no `name`; add it")?;
    let name = name_of(&named).ok_or("has no letter or digit in its name; rename it")?;
    let wanted = match map.get("type") {
        None | Some(Value::Null) => None,
        Some(kind) => kind
            .as_str()
            .and_then(|kind| scheme(&word_of(kind)))
            .ok_or("is of a type that MESA does not have; correct its `type`")?,
    };
    let default = ["is_default", "default"].iter().filter_map(|key| map.get(*key)).any(is_true);
    let stated = map.get("app").filter(|app| !app.is_null()).cloned();
    let key_is_name = key_is_name(&map);
    let mut pieces = Vec::new();
    for (key, value) in map {
        let beside = BESIDE.contains(&key.as_str()) || key == "name" || key == "key" && key_is_name;
        match value {
            _ if beside => {}
            Value::Object(inner) if NESTS.contains(&&*word_of(&key)) => {
                pieces.extend(inner.into_iter().map(|(key, value)| piece(label, &key, value)));
            }
            value => pieces.push(piece(label, &key, value)),
        }
    }
    if pieces.is_empty() {
        return Err(
            "states no value, as exported workflows do; add the connection with `tugtest connections add`".into()
        );
    }
    let header = wanted == Some(Scheme::ApiKey)
        && ["KEY", "VALUE"].iter().all(|word| pieces.iter().any(|piece| piece.word == *word));
    let app = app(stated.as_ref(), wanted, header, tray)?;
    if header {
        pieces = placed(app, pieces, tray);
    }
    let Some(fitted) = fit(app, wanted, pieces, tray) else { return Ok(()) };
    let people = (named != name && is_showable(&named)).then_some(named);
    let (app, scheme) = (app.name.to_owned(), Some(fitted.scheme.name().to_owned()));
    tray.keep(label, Draft { name, app, scheme, label: people, default, fields: fitted.fields, sealed: None });
    Ok(())
}

fn piece(label: &Label, key: &str, value: Value) -> Piece {
    Piece { label: label.part(key), word: word_of(key), value }
}

/// The kind of authentication that a type means; none where only the fields can tell. The outer none is no type of MESA's.
#[expect(clippy::option_option, reason = "a type that is unknown and a type that leaves it open are two things")]
fn scheme(kind: &str) -> Option<Option<Scheme>> {
    Some(Some(match kind {
        "TEXT" | "API_KEY" | "API_KEY_TEXT" => Scheme::ApiKey,
        "KEY_SECRET" => Scheme::KeySecret,
        "DOMAIN_USERNAME_AND_PASSWORD" | "DOMAIN_USERNAME_PASSWORD" | "DOMAIN_LOGIN" => Scheme::DomainLogin,
        "FTP" | "SFTP" => Scheme::Ftp,
        "SHOPIFY_PRIVATE_APP" | "SHOPIFY_CUSTOM_APP" => Scheme::ShopifyCustomApp,
        "OAUTH_1_0" | "OAUTH_1" | "OAUTH1" => Scheme::Oauth1,
        "OAUTH_2_0" | "OAUTH_2" | "OAUTH2" => Scheme::Oauth2,
        "OAUTH" => return Some(None),
        _ => return None,
    }))
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_u64() == Some(1) || matches!(value.as_str(), Some("1" | "true")))
}

/// The app of an entry: stated, or the only one with its type, or the one given for all that state none.
fn app<'k>(
    stated: Option<&Value>,
    wanted: Option<Scheme>,
    header: bool,
    tray: &Tray<'k>,
) -> Result<&'k Known<'k>, String> {
    let implied = match wanted {
        Some(Scheme::Ftp) => Some("ftp"),
        Some(Scheme::ShopifyCustomApp) => Some("shopify"),
        _ => (header && tray.app.is_none()).then_some("http"),
    };
    let name = match stated {
        // The tool for any API goes by another name here.
        Some(Value::String(name)) if matches!(&*word_of(name), "API" | "API_TOOL") => Some("http"),
        Some(stated) => Some(stated.as_str().unwrap_or_default()),
        None => implied,
    };
    let Some(name) = name else { return Ok(tray.fallback()?) };
    let unknown = "is of an app that takes no connections or is not in the catalogue; add a recipe: apps/NAME.yaml";
    tray.known(name).ok_or_else(|| unknown.to_owned())
}

/// The API tool's connections state a header in `key`. For an app whose recipe says where the key goes, it is not needed.
fn placed(app: &Known<'_>, pieces: Vec<Piece>, tray: &mut Tray<'_>) -> Vec<Piece> {
    let open = app.offer(Scheme::ApiKey).is_some_and(|known| known.needs.contains(&"place"));
    let mut placed = Vec::new();
    for piece in pieces {
        match &*piece.word {
            "KEY" if open => {
                let value = json!({"header": piece.value});
                placed.push(Piece { word: "PLACE".to_owned(), value, ..piece });
            }
            "KEY" => {
                tray.leave(&piece.label, format!("names a header, and the recipe of `{}` has one already", app.name));
            }
            _ => placed.push(piece),
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::samples::{Want, apps, because, clear, expect, imported, left};
    use crate::import::{Form, import};

    #[test]
    fn older_names_become_connections() {
        let list = json!([
            {"name": "My Store (EU)", "type": "Shopify Private App", "is_default": true, "_id": "1",
                "metadata": {"store": "my-store", "api_key": "k", "password": "canary-1", "shared_secret": "canary-2"}},
            {"name": "files", "type": "FTP", "method": "sftp", "host": "a.example", "port": "22", "username": "u",
                "password": "ca#n\"a=ry"},
            {"name": "ships", "type": "Key / Secret", "app": "woocommerce", "default": 1,
                "key_secret": {"key": "k", "secret": "canary-3"}, "url": "https://a.example"},
            {"name": "desk", "type": "Domain, Username, and Password", "app": "Zendesk",
                "fields": {"domain": "acme", "username": "u", "password": "canary-4"}},
            {"key": "list", "type": "text", "app": "klaviyo", "value": "canary-5"},
            {"name": "any", "type": "api_key", "app": "api", "base_url": "https://a.example", "key": "X-Api-Key",
                "value": "canary-6"},
        ]);
        for text in [json!(list), json!({"secrets": list}), json!({"config": {"secrets": list}})] {
            let imported = imported(Form::Mesa, &text.to_string());
            let file = if text.get("config").is_some() { vec!["the file"] } else { vec![] };
            assert_eq!(left(&imported), file, "{imported:#?}");
            let [shop, files, ships, desk, list, any] = &imported.drafts[..] else { panic!("{imported:#?}") };
            let fields = [
                ("shop", clear("my-store")),
                ("client_id", clear("k")),
                ("access_token", Want::Secret("canary-1")),
                ("client_secret", Want::Secret("canary-2")),
            ];
            expect(shop, "my-store-eu", ("shopify", Scheme::ShopifyCustomApp), &fields);
            assert_eq!((shop.label.as_deref(), files.label.as_deref()), (Some("My Store (EU)"), None));
            assert_eq!((shop.default, files.default, ships.default), (true, false, true));
            let fields = [
                ("protocol", clear("sftp")),
                ("host", clear("a.example")),
                ("port", clear(22)),
                ("username", clear("u")),
                ("password", Want::Secret("ca#n\"a=ry")),
            ];
            expect(files, "files", ("ftp", Scheme::Ftp), &fields);
            let fields =
                [("key", clear("k")), ("secret", Want::Secret("canary-3")), ("base_url", clear("https://a.example"))];
            expect(ships, "ships", ("woocommerce", Scheme::KeySecret), &fields);
            let fields = [("domain", clear("acme")), ("username", clear("u")), ("password", Want::Secret("canary-4"))];
            expect(desk, "desk", ("zendesk", Scheme::DomainLogin), &fields);
            expect(list, "list", ("klaviyo", Scheme::ApiKey), &[("api_key", Want::Secret("canary-5"))]);
            let fields = [
                ("base_url", clear("https://a.example")),
                ("place", clear(json!({"header": "X-Api-Key"}))),
                ("api_key", Want::Secret("canary-6")),
            ];
            expect(any, "any", ("http", Scheme::ApiKey), &fields);
        }
    }

    #[test]
    fn what_is_no_connection_is_left_out() {
        for (entry, what, words) in [
            (json!({"name": "a", "type": "text", "value": "canary"}), "a", "--app NAME"),
            (json!({"name": "a", "type": "key_secret", "key": "canary", "secret": "canary"}), "a", "--app NAME"),
            (json!({"name": "a", "type": "text", "app": "canary", "value": "canary"}), "a", "not in the catalogue"),
            (json!({"name": "a", "type": "text", "app": "delay", "value": "canary"}), "a", "takes no connections"),
            (json!({"name": "a", "type": "canary", "app": "slack", "value": "canary"}), "a", "correct its `type`"),
            (json!({"name": "a", "type": "FTP", "app": "slack", "host": "canary"}), "a", "does not offer"),
            (json!({"name": "a", "type": "api_key", "key": "X-Key", "value": "canary"}), "a", "`base_url` is missing"),
            (json!({"name": "a", "type": "ftp", "host": "canary", "username": "canary"}), "a", "`password` is missing"),
            (json!({"key": "a"}), "a", "states no value"),
            (json!({"type": "text", "app": "slack", "value": "canary"}), "entry 1", "no `name`"),
            (json!({"type": "key_secret", "key": "canary", "secret": "canary"}), "entry 1", "no `name`"),
            (json!({"type": "api_key", "app": "slack", "key": "canary"}), "entry 1", "no `name`"),
            (json!({"name": "#", "type": "text", "app": "slack", "value": "canary"}), "#", "letter or digit"),
            (json!("canary"), "entry 1", "no object"),
        ] {
            let imported = imported(Form::Mesa, &json!([entry]).to_string());
            assert_eq!(left(&imported), [what], "{entry}");
            because(&imported, what, words);
            assert!(imported.drafts.is_empty() && !format!("{imported:?}").contains("canary"), "{imported:?}");
        }
    }

    #[test]
    fn an_app_given_is_that_of_entries_without_one() {
        let list = json!([
            {"name": "a", "type": "text", "value": "canary-1"},
            {"name": "b", "type": "text", "app": "slack", "value": "canary-2"},
            {"name": "c", "type": "ftp", "host": "a.example", "username": "u", "password": "canary-3", "schedule": "canary"},
            {"name": "d", "type": "api_key", "key": "X-Key", "value": "canary-4"},
            {"name": "A", "type": "text", "value": "canary-5"},
            {"name": "e", "type": "text", "key": "canary-6"},
        ]);
        let result = import(Form::Mesa, &list.to_string(), &apps(), Some("klaviyo")).unwrap();
        let named: Vec<_> = result.drafts.iter().map(|draft| (&*draft.name, &*draft.app)).collect();
        assert_eq!(named, [("a", "klaviyo"), ("b", "slack"), ("c", "ftp"), ("d", "klaviyo"), ("e", "klaviyo")]);
        for (what, words) in [("c", "`schedule`"), ("d", "has one already"), ("A", "second connection named `a`")] {
            because(&result, what, words);
        }
        assert_eq!(result.left_out.len(), 3);
    }
}
