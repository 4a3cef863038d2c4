//! JSON Schemas as `tugtest schema` prints them, against the shipped files and against real reports.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::server::{OK, Reply, Server};
use super::workspace::{REPORT, Workspace, api, schema, step, tool};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The YAML files below a folder of the project.
fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(project().join(folder)).sort_by_file_name();
    let paths = entries.into_iter().map(|entry| entry.expect("a readable tree").into_path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

fn as_json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a readable file");
    tugtest::yaml::parse(&text).unwrap_or_else(|error| panic!("{}: {error:?}", path.display())).root.to_json()
}

fn faults(schema: &jsonschema::Validator, instance: &Value) -> Vec<String> {
    schema.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn shipped_files_are_valid_by_the_schema_of_their_kind() {
    for (kind, folder, least) in [
        ("scenario", "scenarios", 12),
        ("connection", "fixtures/connections", 12),
        ("fixture", "fixtures/exchanges", 40),
        ("app", "fixtures/apps", 1),
        ("app", "src/probe/catalog", 20),
    ] {
        let schema = schema(kind);
        let mut files = yaml_files(folder);
        files.retain(|path| path.file_name().is_some_and(|name| name != "tugtest.yaml"));
        assert!(files.len() >= least, "{} files in {folder}", files.len());
        for file in files {
            assert_eq!(faults(&schema, &as_json(&file)), Vec::<String>::new(), "{}", file.display());
        }
    }
    let workspace = schema("workspace");
    assert_eq!(faults(&workspace, &as_json(&project().join("scenarios/tugtest.yaml"))), Vec::<String>::new());
}

#[test]
fn schemas_refuse_what_is_misspelt_or_of_another_kind() {
    for (kind, good, bad) in [
        (
            "scenario",
            json!({"workflow": "A", "steps": [{"name": "A", "app": "ftp"}]}),
            json!({"workflow": "A", "stebs": []}),
        ),
        ("connection", json!({"app": "ftp", "fields": {"host": "a"}}), json!({"ap": "ftp", "fields": {"host": "a"}})),
        ("fixture", json!({"ftp": {"dialogue": [{"send": "220 ready"}]}}), json!({"gopher": []})),
        (
            "app",
            json!({"app": "a", "title": "A", "kind": "built-in"}),
            json!({"app": "a", "title": "A", "kind": "built-out"}),
        ),
        ("workspace", json!({"run": {"jobs": 3}}), json!({"run": {"jobs": 0}})),
    ] {
        let schema = schema(kind);
        assert_eq!(faults(&schema, &good), Vec::<String>::new(), "{kind}");
        assert_ne!(faults(&schema, &bad), Vec::<String>::new(), "{kind}: {bad}");
        assert_ne!(faults(&schema, &json!(["a list"])), Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn each_schema_says_what_it_is() {
    for name in ["scenario", "connection", "fixture", "app", "workspace", "report"] {
        let printed = super::workspace::run(tool().args(["schema", name])).ends_with(0).json();
        assert_eq!(printed["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(printed["title"].as_str().is_some_and(|title| title.contains("tugtest")), "{name}");
    }
}

/// A report in which every verdict and outcome, a warning, evidence and an account occur.
fn report() -> Value {
    let server = Server::start(|request| match request.head.split(' ').nth(1) {
        Some("/one/me") => OK,
        Some("/two/me") => Reply::Status(401, "", "{}"),
        _ => Reply::Status(503, "", "{}"),
    });
    let workspace = Workspace::new()
        .with("connections/one.yaml", &api(&format!("{}/one", server.url()), ""))
        .with("connections/two.yaml", &api(&format!("{}/two", server.url()), ""))
        .with("connections/three.yaml", &api(&format!("{}/three", server.url()), ""))
        .with_steps(
            "steps",
            [
                step("A", "connection: one, key: a").as_str(),
                &step("B", "connection: two, operation: get"),
                &step("C", "connection: two"),
                &step("D", "connection: three"),
                &step("E", ""),
                "{name: F, app: delay}",
            ],
        );
    workspace.run("run --live --retries 0 --trace --format json").ends_with(1).json()
}

#[test]
fn a_real_report_is_valid_and_a_broken_one_is_not() {
    let report = report();
    assert_eq!(faults(&REPORT, &report), Vec::<String>::new());
    let broken = |pointer: &str, value: Value| {
        let mut broken = report.clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        assert_ne!(faults(&REPORT, &broken), Vec::<String>::new(), "{pointer}");
    };
    broken("/version", json!(2));
    broken("/mode", json!("imagined"));
    broken("/summary/met", json!(-1));
    broken("/scenarios/0/steps/0/verdict", json!("maybe"));
    broken("/scenarios/0/steps/1/cause", json!("Credential Rejected"));
    broken("/scenarios/0/steps/0/connection/state", json!("unknown"));
    broken("/scenarios/0/steps/0/phase", json!("lunch"));
    let mut short = report.clone();
    short["scenarios"][0]["steps"][0].as_object_mut().expect("a step").remove("outcome");
    assert_ne!(faults(&REPORT, &short), Vec::<String>::new());
}

#[test]
fn the_report_of_the_examples_is_valid_and_its_sums_are_right() {
    let ended = super::workspace::run(tool().args(["run", "--format", "json"]).current_dir(project())).ends_with(0);
    let report = ended.json();
    assert_eq!(faults(&REPORT, &report), Vec::<String>::new());
    let steps = ended.steps();
    let count = |field: &str, word: &str| json!(steps.iter().filter(|step| step[field] == word).count());
    for verdict in ["pass", "fail", "inconclusive", "skip"] {
        assert_eq!(report["summary"][verdict], count("verdict", verdict), "{verdict}");
    }
    for outcome in ["met", "unmet", "untested"] {
        assert_eq!(report["summary"][outcome], count("outcome", outcome), "{outcome}");
    }
    assert_eq!(report["summary"]["steps"], json!(steps.len()));
}
