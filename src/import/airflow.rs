//! Airflow's connections: as JSON, as lines `ID=URI`, as variables `AIRFLOW_CONN_ID`.

mod http;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::app::Known;
use super::fit::{Fitted, Piece, fit};
use super::tray::{Label, Tray, name_of};
use super::value::people;
use super::word::word_of;
use super::{NotRead, lines, tree, uri};
use crate::vault::draft::Draft;

/// Keys that say nothing of the connection itself.
const BESIDE: [&str; 4] = ["conn_id", "id", "is_encrypted", "is_extra_encrypted"];
/// Keys with the values of a connection.
const VALUES: [&str; 5] = ["host", "port", "login", "password", "schema"];
/// What `extra` of an HTTP connection holds besides headers.
const OPTIONS: [&str; 12] = [
    "timeout",
    "allow_redirects",
    "proxies",
    "proxy",
    "verify",
    "cert",
    "stream",
    "trust_env",
    "max_redirects",
    "check_response",
    "auth_type",
    "auth_kwargs",
];
/// Types that may be named in a message. Any other text in that place is not shown.
const TYPES: &str = " adls airbyte asana athena aws azure azure_batch azure_blob azure_cosmos azure_data_lake cassandra databricks \
    dbt_cloud discord docker druid elasticsearch email emr exasol facebook_social fs gcpbigquery gcpssh generic github git \
    google_ads google_cloud_platform grpc hdfs hive_cli hive_metastore hiveserver2 imap influxdb jdbc jenkins jira kafka \
    kubernetes kylin leveldb livy mongo mssql mysql neo4j odbc openai openlineage opensearch opsgenie oracle package_index \
    pagerduty papermill pinecone postgres postgresql presto qdrant redis redshift s3 salesforce samba segment sendgrid \
    slack slackwebhook smtp snowflake spark spark_connect sqlite sqoop ssh tableau telegram teradata trino vault vertica \
    wasb weaviate webhdfs yandexcloud zendesk ";

/// Reads an export, as JSON or as lines.
pub(super) fn read(text: &str, tray: &mut Tray<'_>) -> Result<(), NotRead> {
    if !text.trim_start().starts_with(['{', '[']) {
        for variable in lines::variables(text, tray)? {
            let id = variable.name.strip_prefix("AIRFLOW_CONN_").unwrap_or(&variable.name);
            one(id, &variable.label, &variable.value, tray);
        }
        return Ok(());
    }
    let why = "this is no object of connections by their ids, as `airflow connections export` writes it";
    let id = |entry: &Map<String, Value>| tree::text(entry, "conn_id").map(str::to_owned);
    let entries = tree::entries(tree::read(text)?, id).ok_or(NotRead { line: 1, column: 1, why })?;
    for tree::Named { name, label, value } in entries {
        match (name, value) {
            (Some(id), Value::String(text)) => one(&id, &label, &text, tray),
            (Some(id), Value::Object(map)) => connection(&id, &label, map, tray),
            (None, _) => tray.leave(&label, "has no `conn_id`; add it"),
            (Some(_), _) => tray.leave(&label, "is neither an object nor a URI; export the connection anew"),
        }
    }
    Ok(())
}

/// Reads one connection, written as a URI or as JSON.
pub(super) fn one(id: &str, label: &Label, text: &str, tray: &mut Tray<'_>) {
    let map = if text.trim_start().starts_with('{') {
        let map = tree::read(text).ok().and_then(|value| value.as_object().cloned());
        map.ok_or("is no JSON object; put it into single quotes, or correct it")
    } else {
        uri::read(text)
    };
    match map {
        Ok(map) => connection(id, label, map, tray),
        Err(why) => tray.leave(label, why),
    }
}

fn connection(id: &str, label: &Label, mut map: Map<String, Value>, tray: &mut Tray<'_>) {
    let Some(name) = name_of(id) else {
        return tray.leave(label, "has no letter or digit in its id that a name could be made of; rename it");
    };
    let Some(kind) = tree::text(&map, "conn_type").map(|kind| kind.to_ascii_lowercase().replace('-', "_")) else {
        return tray.leave(label, "states no `conn_type`; add it");
    };
    let app = match &*kind {
        "http" | "https" => tray.known("http"),
        "ftp" | "sftp" | "ssh" => tray.known("ftp"),
        other => tray.known(other),
    };
    let Some(app) = app else {
        let known = TYPES.contains(&format!(" {kind} "));
        let of = if known { format!("of the type `{kind}`") } else { "of its type".to_owned() };
        return tray.leave(label, format!("was left out: tugtest tests no connections {of}"));
    };
    let extra = extra(label, map.remove("extra"), tray);
    let description = people(map.remove("description")).unwrap_or_else(|why| {
        tray.leave(&label.part("description"), why);
        None
    });
    let unknown =
        |key: &&String| !VALUES.contains(&key.as_str()) && !BESIDE.contains(&key.as_str()) && *key != "conn_type";
    for key in map.keys().filter(unknown) {
        tray.leave(&label.part(key), "is nothing that connections of Airflow have; take it out");
    }
    map.retain(|key, value| VALUES.contains(&key.as_str()) && !value.is_null() && value.as_str() != Some(""));
    let protocol = match &*kind {
        "ftp" => Some("ftp"),
        "sftp" | "ssh" => Some("sftp"),
        _ => None,
    };
    let fitted = if matches!(&*kind, "http" | "https") {
        unsent(label, &extra, tray);
        http::fields(app, &kind, &map).map_err(|why| tray.leave(label, why)).ok()
    } else {
        pieces(app, label, protocol, map, extra, tray)
    };
    let Some(Fitted { scheme, fields }) = fitted else { return };
    let (app, scheme) = (app.name.to_owned(), Some(scheme.name().to_owned()));
    tray.keep(label, Draft { name, app, scheme, label: description, fields, ..Draft::default() });
}

/// What `extra` holds, whether it is an object or the JSON of one.
fn extra(label: &Label, value: Option<Value>, tray: &mut Tray<'_>) -> Map<String, Value> {
    let value = match value {
        Some(Value::String(text)) if !text.trim().is_empty() => tree::read(&text).unwrap_or_else(|_| text.into()),
        Some(Value::String(_)) | None => Value::Null,
        Some(value) => value,
    };
    match value {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        _ => {
            tray.leave(&label.part("extra"), "is no JSON object; correct it, or take it out");
            Map::new()
        }
    }
}

/// Leaves out what an HTTP connection has in `extra`: options of Airflow's, and headers.
fn unsent(label: &Label, extra: &Map<String, Value>, tray: &mut Tray<'_>) {
    const HEADER: &str = "looks like a header, and connections add none but that of the secret; if this is the secret, add a \
                          connection with `place: {header: NAME}`";
    for key in extra.keys() {
        let option = OPTIONS.contains(&key.as_str());
        let why = if option { "is an option of Airflow's, which connections here do not have" } else { HEADER };
        tray.leave(&label.part(key), why);
    }
}

/// Any connection but an HTTP one: its values and what is in `extra`, by their names.
fn pieces(
    app: &Known<'_>,
    label: &Label,
    protocol: Option<&'static str>,
    map: Map<String, Value>,
    extra: Map<String, Value>,
    tray: &mut Tray<'_>,
) -> Option<Fitted> {
    if map.is_empty() && extra.is_empty() {
        tray.leave(label, "states nothing but its type; fill it in");
        return None;
    }
    let protocol = protocol.map(|word| ("protocol".to_owned(), Value::from(word)));
    let values = protocol.into_iter().chain(map).chain(extra);
    let piece = |(key, value): (String, Value)| {
        // `extra__TYPE__NAME` is how forms of older versions named what stands in `extra`.
        let name = key.strip_prefix("extra__").and_then(|rest| rest.split_once("__")).map_or(&*key, |(_, name)| name);
        Piece { label: label.part(&key), word: word_of(name), value }
    };
    let values: Vec<Piece> = values.map(piece).collect();
    fit(app, None, values, tray)
}
