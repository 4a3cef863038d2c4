//! Environment files: the name of a variable tells the app, the connection and the field, as in `KLAVIYO_EU_API_KEY`.

use serde_json::Value;

use super::app::Known;
use super::fit::{Piece, fit};
use super::tray::{Tray, name_of};
use super::word::{is_other_use, split};
use super::{NotRead, airflow, lines};
use crate::vault::draft::{Draft, Given};

/// What the names of Airflow's variables begin with.
const AIRFLOW: &str = "AIRFLOW_CONN_";

/// A way to begin the name of a variable.
struct Prefix<'k> {
    text: String,
    app: &'k Known<'k>,
    /// What the names of its connections begin with.
    root: &'k str,
    protocol: Option<&'static str>,
}

/// The variables of one connection.
struct Group<'k> {
    app: &'k Known<'k>,
    name: String,
    protocol: Option<&'static str>,
    pieces: Vec<Piece>,
}

/// Where a variable belongs.
struct Belonging<'k> {
    app: &'k Known<'k>,
    name: String,
    protocol: Option<&'static str>,
    word: String,
}

/// Reads an environment file.
pub(super) fn read(text: &str, tray: &mut Tray<'_>) -> Result<(), NotRead> {
    let prefixes = prefixes(tray);
    let mut groups: Vec<Group<'_>> = Vec::new();
    for variable in lines::variables(text, tray)? {
        if let Some(id) = variable.name.strip_prefix(AIRFLOW).filter(|id| !id.is_empty()) {
            airflow::one(id, &variable.label, &variable.value, tray);
            continue;
        }
        match belonging(&variable.name, &prefixes, tray) {
            Err(why) => tray.leave(&variable.label, why),
            Ok(Belonging { app, name, protocol, word }) => {
                let piece = Piece { label: variable.label, word, value: Value::String(variable.value.to_string()) };
                match groups.iter_mut().find(|group| group.app.name == app.name && group.name == name) {
                    Some(group) => group.pieces.push(piece),
                    None => groups.push(Group { app, name, protocol, pieces: vec![piece] }),
                }
            }
        }
    }
    for group in groups {
        finish(group, tray);
    }
    Ok(())
}

/// The apps' names as variables have them, the longest first.
fn prefixes<'k>(tray: &Tray<'k>) -> Vec<Prefix<'k>> {
    let usable = tray.apps.iter().filter(|app| !app.schemes.is_empty() && app.name != "ftp");
    let mut prefixes: Vec<Prefix<'k>> =
        usable.map(|app| Prefix { text: upper(app.name), app, root: app.name, protocol: None }).collect();
    if let Some(app) = tray.apps.iter().find(|app| app.name == "ftp") {
        for protocol in ["ftp", "ftps", "sftp"] {
            prefixes.push(Prefix { text: upper(protocol), app, root: protocol, protocol: Some(protocol) });
        }
    }
    prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.text.len()));
    prefixes
}

fn upper(name: &str) -> String {
    name.to_ascii_uppercase().replace(['-', '.'], "_")
}

fn belonging<'k>(variable: &str, prefixes: &[Prefix<'k>], tray: &Tray<'k>) -> Result<Belonging<'k>, &'static str> {
    let variable = upper(variable);
    let after = |prefix: &str| match variable.strip_prefix(prefix)? {
        "" => Some(""),
        rest => rest.strip_prefix('_'),
    };
    let found = prefixes.iter().find_map(|prefix| after(&prefix.text).map(|rest| (prefix, rest)));
    let (app, root, protocol, rest) = match found {
        Some((prefix, rest)) => (prefix.app, prefix.root, prefix.protocol, rest),
        None if tray.app.is_none() => {
            return Err("begins with the name of no app; rename it to APP_FIELD, or say which app: --app NAME");
        }
        None => {
            let app = tray.fallback()?;
            (app, app.name, None, &*variable)
        }
    };
    let unknown = "names no field that connections have; rename it to APP_FIELD or APP_CONNECTION_FIELD, with a field such as API_KEY";
    let (between, word) = split(app, rest).ok_or(unknown)?;
    let name = between.map_or_else(|| root.to_owned(), |between| format!("{root}-{}", between.replace('_', "-")));
    if between.is_some_and(is_other_use) {
        return Err("is by its name not for calling the API of the app; rename it if it is");
    }
    let name = name_of(&name).ok_or(unknown)?;
    Ok(Belonging { app, name, protocol, word: word.to_owned() })
}

fn finish(group: Group<'_>, tray: &mut Tray<'_>) {
    let Group { app, name, protocol, pieces } = group;
    let Some(label) = pieces.first().map(|piece| piece.label.clone()) else { return };
    let Some(mut fitted) = fit(app, None, pieces, tray) else { return };
    if let Some(protocol) = protocol {
        fitted.fields.entry("protocol".to_owned()).or_insert_with(|| Given::Clear(protocol.into()));
    }
    let (app, scheme) = (app.name.to_owned(), Some(fitted.scheme.name().to_owned()));
    tray.keep(&label, Draft { name, app, scheme, fields: fitted.fields, ..Draft::default() });
}

#[cfg(test)]
mod tests {
    use crate::import::samples::{Want, apps, because, clear, expect, imported, left};
    use crate::import::{Form, import};
    use crate::model::scheme::Scheme;

    #[test]
    fn variables_of_one_app_become_its_connections() {
        let text = "# ours\nexport KLAVIYO_EU_API_KEY='canary-1 #='\nKLAVIYO_US_API_KEY=canary-2\nklaviyo_token=canary-3\n\
                    MY_STORE_EU_TOKEN=canary-4\nMY_STORE_KEY=canary-5\nMY_STORE_2_KEY=canary-6\n";
        let imported = imported(Form::Dotenv, text);
        assert_eq!(imported.left_out, []);
        for (at, (name, app, secret)) in [
            ("klaviyo-eu", "klaviyo", "canary-1 #="),
            ("klaviyo-us", "klaviyo", "canary-2"),
            ("klaviyo", "klaviyo", "canary-3"),
            ("my-store.eu", "my-store.eu", "canary-4"),
            ("my-store", "my-store", "canary-5"),
            ("my-store-2", "my-store", "canary-6"),
        ]
        .into_iter()
        .enumerate()
        {
            expect(&imported.drafts[at], name, (app, Scheme::ApiKey), &[("api_key", Want::Secret(secret))]);
        }
    }

    #[test]
    fn ftp_has_three_names() {
        let text = "FTP_HOST=a.example\nFTP_USER=u\nFTP_PASS=canary-1\nSFTP_SERVER=b.example\nSFTP_LOGIN=v\nSFTP_PORT=2222\n\
                    SFTP_PRIVATE_KEY=\"-----BEGIN X-----\\ncanary-2\\n-----END X-----\"\nFTPS_EU_HOST=c.example\n\
                    FTPS_EU_USERNAME=w\nFTPS_EU_PASSWORD=canary-3\nFTPS_EU_PROTOCOL=ftps-implicit\n";
        let imported = imported(Form::Dotenv, text);
        assert_eq!(imported.left_out, []);
        let of = ("ftp", Scheme::Ftp);
        let fields = |host, user| [("host", clear(host)), ("username", clear(user))];
        let with = |base: [(&'static str, Want); 2], more: Vec<(&'static str, Want)>| -> Vec<_> {
            base.into_iter().chain(more).collect()
        };
        let ftp = vec![("protocol", clear("ftp")), ("password", Want::Secret("canary-1"))];
        expect(&imported.drafts[0], "ftp", of, &with(fields("a.example", "u"), ftp));
        let key = Want::Secret("-----BEGIN X-----\ncanary-2\n-----END X-----");
        let sftp = vec![("protocol", clear("sftp")), ("port", clear(2222)), ("private_key", key)];
        expect(&imported.drafts[1], "sftp", of, &with(fields("b.example", "v"), sftp));
        let ftps = vec![("protocol", clear("ftps-implicit")), ("password", Want::Secret("canary-3"))];
        expect(&imported.drafts[2], "ftps-eu", of, &with(fields("c.example", "w"), ftps));
    }

    #[test]
    fn what_is_no_connection_is_left_out() {
        for (text, what, words) in [
            ("NODE_ENV=canary", "NODE_ENV", "--app NAME"),
            ("DELAY_TOKEN=canary", "DELAY_TOKEN", "--app NAME"),
            ("SHOP_KLAVIYO_API_KEY=canary", "SHOP_KLAVIYO_API_KEY", "--app NAME"),
            ("KLAVIYOX_API_KEY=canary", "KLAVIYOX_API_KEY", "--app NAME"),
            ("KLAVIYO=canary", "KLAVIYO", "names no field"),
            ("KLAVIYO_LIST_ID=canary", "KLAVIYO_LIST_ID", "names no field"),
            ("SLACK_WEBHOOK_URL=https://example.com/canary", "SLACK_WEBHOOK_URL", "not for calling"),
            ("SLACK_SIGNING_SECRET=canary", "SLACK_SIGNING_SECRET", "not for calling"),
            ("KLAVIYO_PUBLIC_API_KEY=canary", "KLAVIYO_PUBLIC_API_KEY", "not for calling"),
            ("SLACK_CLIENT_SECRET=canary", "SLACK_CLIENT_SECRET", "no field of a connection of `slack`"),
            ("HTTP_PROXY=http://user:canary@proxy.example", "HTTP_PROXY", "login before"),
            ("ZENDESK_DOMAIN=canary", "ZENDESK_DOMAIN", "`username` is missing"),
            ("KLAVIYO_API_KEY=${CANARY}", "KLAVIYO_API_KEY", "not expanded"),
        ] {
            let imported = imported(Form::Dotenv, text);
            assert!(imported.drafts.is_empty(), "{text}: {:?}", imported.drafts);
            assert_eq!(left(&imported), [what], "{text}");
            because(&imported, what, words);
            assert_eq!(imported.left_out[0].line, Some(1));
        }
    }

    #[test]
    fn with_an_app_given_names_need_no_prefix() {
        let text = "API_KEY=canary-1\nEU_TOKEN=canary-2\nSLACK_TOKEN=canary-3\nNODE_ENV=canary";
        let result = import(Form::Dotenv, text, &apps(), Some("klaviyo")).unwrap();
        let named: Vec<_> = result.drafts.iter().map(|draft| (&*draft.name, &*draft.app)).collect();
        assert_eq!(named, [("klaviyo", "klaviyo"), ("klaviyo-eu", "klaviyo"), ("slack", "slack")]);
        assert_eq!(left(&result), ["NODE_ENV"]);
        let unknown = import(Form::Dotenv, "API_KEY=canary", &apps(), Some("canary")).unwrap();
        because(&unknown, "API_KEY", "no app of the catalogue");
    }
}
