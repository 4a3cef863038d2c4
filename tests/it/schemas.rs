//! The JSON Schemas agree with the loaders: on files without a fault, and on those in `fixtures/invalid`.

use std::fs;
use std::path::Path;

use tugtest::document;
use tugtest::yaml;

fn as_json(text: &str) -> serde_json::Value {
    yaml::parse(text).expect("only texts that are YAML are compared").root.to_json()
}

#[test]
fn schemas_are_valid_and_accept_what_the_loaders_accept() {
    for name in ["scenario", "connection", "fixture", "app", "workspace"] {
        let schema = document::schema(name).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
    assert_eq!(document::schema("nonsense"), None);
    let accepts = |name: &str, text: &str| {
        let validator = jsonschema::validator_for(&document::schema(name).unwrap()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&as_json(text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    };
    accepts(
        "scenario",
        "workflow: a\nsteps: [{name: b, app: ftp, probe: {ftp: {directory: /in, write: true}}, expect: {fail: path-unavailable}}]\n",
    );
    accepts(
        "connection",
        "app: ftp\ntype: ftp\nfields: {host: a, port: 21, username: a, password: {command: [pass, show]}}\n",
    );
    accepts(
        "fixture",
        "ftp: {tls: explicit, dialogue: [{send: 220 ready, delay: 5ms}, {expect: \"USER x\", fault: reset}]}\n",
    );
    accepts("workspace", "scenarios: a\nrun: {jobs: 3, timeout: 30s}\n");
}

/// What the checker refuses by shape alone, an editor with the schema refuses too.
#[test]
fn schemas_refuse_what_the_checker_refuses() {
    let by_shape = [
        "unknown-key.",
        "missing-field.",
        "wrong-type.",
        "out-of-range.",
        "unknown-word.",
        "unknown-cause.",
        "bad-duration.",
    ];
    // What these lack or hold depends on the app or on the fields, of which the schema knows less.
    let beyond = [
        "connection/unknown-key.",
        "connection/missing-field.",
        "connection/wrong-type.secret",
        "app/missing-field.types",
        "bad-duration.day",
    ];
    let mut seen = 0;
    for kind in ["scenario", "fixture", "app", "workspace", "connection"] {
        let validator = jsonschema::validator_for(&document::schema(kind).unwrap()).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/invalid").join(kind);
        for path in document::discover::files(&[folder]).0 {
            let name = format!("{kind}/{}", path.file_name().unwrap().to_string_lossy());
            let meant = by_shape.iter().any(|code| name.contains(&format!("/{code}")));
            if meant && !beyond.iter().any(|part| name.contains(part)) {
                seen += 1;
                assert!(
                    !validator.is_valid(&as_json(&fs::read_to_string(&path).unwrap())),
                    "the schema accepts {name}"
                );
            }
        }
    }
    assert!(seen > 20, "only {seen} files were compared");
}
