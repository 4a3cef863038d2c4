//! What tugtest itself exports: connections as in their files, by name.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::app::{Known, KnownScheme};
use super::tray::{Label, Tray};
use super::value::{given, people};
use super::{NotRead, tree};
use crate::model::connection::is_name;
use crate::model::scheme::Scheme;
use crate::vault::draft::{Draft, Given};

/// The keys of a connection.
pub(super) const KEYS: [&str; 7] = ["name", "app", "type", "label", "default", "fields", "sealed"];
/// What an age block begins with.
const ARMOR: &str = "-----BEGIN AGE ENCRYPTED FILE-----";

/// Reads an export: `{"connections": {NAME: {...}}}`, the inner mapping alone, or a list of objects with a `name`.
pub(super) fn read(text: &str, tray: &mut Tray<'_>) -> Result<(), NotRead> {
    let mut root = tree::read(text)?;
    if let Value::Object(map) = &mut root
        && let Some(connections) = map.get_mut("connections").filter(|value| value.is_object() || value.is_array())
    {
        let connections = connections.take();
        for key in map.keys().filter(|key| *key != "connections") {
            tray.leave(&Label::of("the file", None).part(key), "is no part of an export; take it out");
        }
        root = connections;
    }
    let why = "this is no object of connections by their names, and no list of them";
    let name = |entry: &Map<String, Value>| tree::text(entry, "name").map(str::to_owned);
    for tree::Named { name, label, value } in tree::entries(root, name).ok_or(NotRead { line: 1, column: 1, why })? {
        match connection(name.as_deref(), &label, value, tray) {
            Ok(draft) => tray.keep(&label, draft),
            Err(why) => tray.leave(&label, why),
        }
    }
    Ok(())
}

fn connection(name: Option<&str>, label: &Label, value: Value, tray: &mut Tray<'_>) -> Result<Draft, String> {
    let Value::Object(mut map) = value else {
        return Err("is no object; write {\"app\": ..., \"fields\": {...}}".into());
    };
    let name = name.ok_or("has no `name`; add it")?;
    // A sealed block is bound to the connection's name, so that nothing is renamed here.
    if !is_name(name) {
        return Err(
            "has a name that connections cannot have; use small letters, digits and . _ -, at most 63 of them".into()
        );
    }
    for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        tray.leave(&label.part(key), "is no part of a connection; values stand under `fields`");
    }
    let app = match map.get("app") {
        None | Some(Value::Null) => tray.fallback()?,
        Some(app) => {
            let known = app.as_str().and_then(|app| tray.known(app));
            known.ok_or(
                "is of an app that takes no connections or is not in the catalogue; add a recipe: apps/NAME.yaml",
            )?
        }
    };
    let fields = match map.remove("fields") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err("has `fields` that are no object; write {\"NAME\": VALUE}".into()),
    };
    let known = kind(app, map.get("type"), &fields)?;
    let mut draft = Draft { name: name.to_owned(), app: app.name.to_owned(), ..Draft::default() };
    draft.scheme = Some(known.scheme.name().to_owned());
    draft.fields = values(app, known, label, fields, tray);
    beside(&mut draft, map, label, tray);
    if draft.fields.is_empty() && draft.sealed.is_none() {
        return Err("states no field that could be taken; fill it in".into());
    }
    Ok(draft)
}

/// The kind of authentication: the one stated, the only one, or the only one that has all the fields.
fn kind<'k>(
    app: &'k Known<'k>,
    stated: Option<&Value>,
    fields: &Map<String, Value>,
) -> Result<&'k KnownScheme<'k>, String> {
    match stated {
        None | Some(Value::Null) => {
            let mut fitting =
                app.schemes.iter().filter(|known| fields.keys().all(|name| known.secrecy(name).is_some()));
            match (&app.schemes[..], fitting.next(), fitting.next()) {
                ([only], ..) | (_, Some(only), None) => Ok(only),
                _ => Err(format!("states no `type`, and `{}` offers several; add it", app.name)),
            }
        }
        Some(stated) => {
            let scheme = stated.as_str().and_then(Scheme::from_name);
            let offered = scheme.and_then(|scheme| app.offer(scheme));
            offered.ok_or_else(|| format!("is of a type that `{}` does not offer; correct its `type`", app.name))
        }
    }
}

fn values(
    app: &Known<'_>,
    known: &KnownScheme<'_>,
    label: &Label,
    fields: Map<String, Value>,
    tray: &mut Tray<'_>,
) -> BTreeMap<String, Given> {
    let mut values = BTreeMap::new();
    for (name, value) in fields {
        let Some(secret) = known.secrecy(&name) else {
            let why = format!("is no field of a connection of `{}` (type {}); take it out", app.name, known.scheme);
            tray.leave(&label.part(&name), why);
            continue;
        };
        match given(&name, secret, value) {
            Ok(given) => drop(values.insert(name, given)),
            Err(why) => tray.leave(&label.part(&name), why),
        }
    }
    values
}

/// What a connection states beside its fields.
fn beside(draft: &mut Draft, mut map: Map<String, Value>, label: &Label, tray: &mut Tray<'_>) {
    match people(map.remove("label")) {
        Ok(text) => draft.label = text,
        Err(why) => tray.leave(&label.part("label"), why),
    }
    match map.remove("default") {
        None | Some(Value::Null) => {}
        Some(Value::Bool(flag)) => draft.default = flag,
        Some(_) => tray.leave(&label.part("default"), "is neither true nor false"),
    }
    match map.remove("sealed") {
        None | Some(Value::Null) => {}
        Some(Value::String(block)) if block.trim_start().starts_with(ARMOR) => draft.sealed = Some(block),
        Some(_) => tray.leave(&label.part("sealed"), "is no sealed block; export the connection anew"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::import::samples::{Want, apps, because, clear, expect, imported, left};
    use crate::import::{Form, import};

    #[test]
    fn an_export_comes_back() {
        let block = format!("{ARMOR}\ncanary\n-----END AGE ENCRYPTED FILE-----\n");
        let connections = json!({
            "klaviyo-eu": {"app": "klaviyo", "type": "text", "label": "Store, EU", "default": true,
                "fields": {"api_key": "canary-\"1\" #=\u{e9}\n"}},
            "api": {"app": "http", "type": "api-key", "fields": {"base_url": "https://api.example.com",
                "place": {"header": "X-Api-Key"}, "api_key": {"env": "API_KEY"}}},
            "files": {"app": "ftp", "fields": {"host": "files.example.com", "port": 21, "username": "u"}, "sealed": block},
            "login": {"app": "http", "fields": {"domain": "a.example", "username": "u", "password": 12345}},
        });
        let list: Vec<Value> = connections
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, connection)| {
                let mut connection = connection.clone();
                connection["name"] = name.clone().into();
                connection
            })
            .collect();
        for text in [json!({"connections": connections}).to_string(), connections.to_string(), json!(list).to_string()]
        {
            let imported = imported(Form::Json, &text);
            assert_eq!(imported.left_out, []);
            let [klaviyo, api, files, login] = &imported.drafts[..] else { panic!("{imported:?}") };
            expect(
                klaviyo,
                "klaviyo-eu",
                ("klaviyo", Scheme::ApiKey),
                &[("api_key", Want::Secret("canary-\"1\" #=\u{e9}\n"))],
            );
            assert_eq!((klaviyo.label.as_deref(), klaviyo.default, api.default), (Some("Store, EU"), true, false));
            let fields = [
                ("base_url", clear("https://api.example.com")),
                ("place", clear(json!({"header": "X-Api-Key"}))),
                ("api_key", clear(json!({"env": "API_KEY"}))),
            ];
            expect(api, "api", ("http", Scheme::ApiKey), &fields);
            let fields = [("host", clear("files.example.com")), ("port", clear(21)), ("username", clear("u"))];
            expect(files, "files", ("ftp", Scheme::Ftp), &fields);
            assert_eq!(files.sealed.as_deref(), Some(&*block));
            let fields =
                [("domain", clear("a.example")), ("username", clear("u")), ("password", Want::Secret("12345"))];
            expect(login, "login", ("http", Scheme::DomainLogin), &fields);
        }
    }

    #[test]
    fn what_is_no_connection_is_left_out() {
        for (name, connection, words, kept) in [
            ("Upper", json!({"app": "klaviyo", "fields": {"api_key": "canary"}}), "name that", false),
            ("a", json!("canary"), "no object", false),
            ("a", json!({"fields": {"api_key": "canary"}}), "--app NAME", false),
            ("a", json!({"app": "canary"}), "not in the catalogue", false),
            ("a", json!({"app": "delay"}), "takes no connections", false),
            ("a", json!({"app": "klaviyo", "type": "canary"}), "correct its `type`", false),
            ("a", json!({"app": "klaviyo", "type": "ftp"}), "correct its `type`", false),
            ("a", json!({"app": "http", "fields": {"base_url": "https://a.example"}}), "offers several", false),
            ("a", json!({"app": "klaviyo", "fields": "canary"}), "no object", false),
            ("a", json!({"app": "klaviyo", "fields": {"api_key": ["canary"]}}), "no field that could", false),
            ("a", json!({"app": "klaviyo", "fields": {"api_key": "x", "list": "canary"}}), "`list` is no field", true),
            ("a", json!({"app": "klaviyo", "fields": {"api_key": "x", "shpat_canary": 1}}), "not shown", true),
            ("a", json!({"app": "klaviyo", "fields": {"api_key": "x"}, "note": "canary"}), "`note`", true),
            ("a", json!({"app": "klaviyo", "fields": {"api_key": "x"}, "label": "shpat_canary"}), "`label`", true),
            ("a", json!({"app": "klaviyo", "fields": {"api_key": "x"}, "default": "canary"}), "`default`", true),
            ("a", json!({"app": "klaviyo", "fields": {"api_key": "x"}, "sealed": "canary"}), "`sealed`", true),
        ] {
            let imported = imported(Form::Json, &json!({"connections": {name: connection}}).to_string());
            because(&imported, name, words);
            assert_eq!(imported.drafts.len(), usize::from(kept), "{connection}");
            assert!(!format!("{imported:?}").contains("canary"), "{imported:?}");
        }
    }

    #[test]
    fn an_entry_without_a_name_and_an_app_given() {
        let text =
            json!([{"fields": {"api_key": "canary"}}, {"name": "a", "fields": {"api_key": "canary"}}]).to_string();
        let imported = import(Form::Json, &text, &apps(), Some("slack")).unwrap();
        assert_eq!((left(&imported), &*imported.drafts[0].app), (vec!["entry 1"], "slack"));
        for text in ["1", "\"canary\"", "null"] {
            assert!(import(Form::Json, text, &apps(), None).is_err());
        }
    }
}
