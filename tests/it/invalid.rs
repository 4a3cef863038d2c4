//! Every mistake that a file can hold: one file a mistake in `fixtures/invalid/`, its message in a snapshot.
//!
//! A file is named by its code, `CODE.yaml` or `CODE.VARIANT.yaml`. Every value in them that stands for a secret is a canary.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tugtest::document::{self, code};
use tugtest::model::diagnostic::Diagnostic;
use tugtest::report::diagnostics::render;

use crate::shelf;

/// Mistakes that cannot lie in a repository, or lie in several files; other tests here make them.
const MADE: [&str; 8] = [
    code::FILE_MISSING,
    code::NOT_A_FILE,
    code::FILE_UNREADABLE,
    code::FILE_TOO_LARGE,
    code::NOT_UTF8,
    code::TOO_MANY,
    code::SEVERAL_DEFAULTS,
    code::EXPORTED_WORKFLOW,
];

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/invalid").join(kind)
}

fn files(kind: &str) -> Vec<PathBuf> {
    let (files, diagnostics) = document::discover::files(&[folder(kind)]);
    assert_eq!(diagnostics, []);
    files
}

/// The code that a file is named by.
fn code_of(path: &Path) -> String {
    file_name(path).split('.').next().unwrap_or_default().to_owned()
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The messages of all files of a kind, one after the other.
fn page(kind: &str, load: impl Fn(&Path, &str) -> Vec<Diagnostic>) -> String {
    let mut page = String::new();
    for path in files(kind) {
        let shown = format!("{kind}/{}", file_name(&path));
        let diagnostics = load(&path, &shown);
        let rendered = render(&diagnostics, false);
        let expected = code_of(&path);
        let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert!(codes.contains(&&*expected), "{shown} gives {codes:?}");
        assert!(!rendered.contains("canary"), "a secret is shown:\n{rendered}");
        let helped = |diagnostic: &Diagnostic| diagnostic.help.as_ref().is_some_and(|help| !help.is_empty());
        assert!(diagnostics.iter().all(helped), "no way out:\n{rendered}");
        page.push_str(&rendered);
    }
    page
}

fn snapshot(name: &str, page: &str) {
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(name, page) });
}

#[test]
fn scenarios() {
    let page = shelf::with_known(|known| {
        page("scenario", |path, shown| document::scenario::load(path, shown, known).diagnostics)
    });
    snapshot("scenarios", &page);
}

#[test]
fn connections() {
    let (apps, workspace) = (shelf::shelf(), shelf::workspace());
    let page = page("connection", |path, shown| document::connection::load(path, shown, &workspace, apps).diagnostics);
    snapshot("connections", &page);
}

#[test]
fn fixtures() {
    snapshot("fixtures", &page("fixture", |path, shown| document::fixture::load(path, shown).diagnostics));
}

#[test]
fn apps() {
    let load = |path: &Path, shown: &str| document::app::load(&fs::read_to_string(path).unwrap(), shown).diagnostics;
    snapshot("apps", &page("app", load));
}

#[test]
fn workspaces() {
    let load = |path: &Path, shown: &str| {
        document::workspace::load(&fs::read_to_string(path).unwrap(), shown, Path::new("/w")).diagnostics
    };
    snapshot("workspaces", &page("workspace", load));
}

#[test]
fn every_code_has_a_file() {
    let kinds = ["scenario", "connection", "fixture", "app", "workspace"];
    let named = kinds.iter().flat_map(|kind| files(kind));
    let named: BTreeSet<String> = named.map(|path| code_of(&path)).collect();
    let missing: Vec<&str> =
        code::all().into_iter().filter(|code| !MADE.contains(code) && !named.contains(*code)).collect();
    assert!(missing.is_empty(), "codes without a file in fixtures/invalid: {missing:?}");
    let strange: Vec<&String> = named.iter().filter(|name| !code::all().contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "files that name no code: {strange:?}");
}

#[test]
fn several_connections_want_to_be_the_default() {
    let (apps, workspace) = (shelf::shelf(), shelf::workspace());
    let load = |name: &str| {
        let shown = format!("fixtures/invalid/defaults/{name}.yaml");
        document::connection::load(&folder("defaults").join(format!("{name}.yaml")), &shown, &workspace, apps)
            .value
            .unwrap()
    };
    let (first, second) = (load("first"), load("second"));
    assert_eq!(document::connection::several_defaults([&first]), []);
    snapshot("defaults", &render(&document::connection::several_defaults([&first, &second]), false));
}

#[test]
fn exported_workflows_are_not_read_yet() {
    let path = folder("scenario").join("exported-workflow.json");
    let loaded = shelf::with_known(|known| document::scenario::load(&path, "scenario/exported-workflow.json", known));
    assert!(loaded.value.is_none());
    snapshot("exported", &render(&loaded.diagnostics, false));
}

/// Files that cannot lie in a repository. All of them are refused at once, the large one without being read.
#[test]
fn files_that_cannot_be_read() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("directory.yaml")).unwrap();
    File::create(at("huge.yaml")).unwrap().set_len(100 << 20).unwrap();
    fs::write(at("brackets.yaml"), "[".repeat(100_000)).unwrap();
    fs::write(at("latin1.yaml"), b"workflow: caf\xe9\nsteps: []\n").unwrap();
    fs::write(at("utf16.yaml"), b"\xff\xfew\0").unwrap();
    fs::write(at("warehouse.yaml"), "workflow: x\n").unwrap();
    let begun = Instant::now();
    let names = ["directory", "huge", "brackets", "latin1", "utf16", "warehuose", "warehouse.yaml/x"];
    let diagnostics: Vec<_> = shelf::with_known(|known| {
        let load = |name: &&str| {
            document::scenario::load(&at(&format!("{name}.yaml")), &format!("{name}.yaml"), known).diagnostics
        };
        names.iter().flat_map(load).collect()
    });
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    snapshot("unreadable", &render(&diagnostics, false));
}

#[cfg(unix)]
#[test]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.yaml");
    fs::write(&path, "workflow: x\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything; `document::read` has a test of the words that needs no permission.
    if File::open(&path).is_err() {
        assert_eq!(document::read::read(&path, "a.yaml").unwrap_err().code, code::FILE_UNREADABLE);
    }
    let pipe = Path::new("/dev/null");
    assert_eq!(document::read::read(pipe, "null").unwrap_err().code, code::NOT_A_FILE);
}

#[test]
fn a_name_that_no_connection_can_have() {
    let (apps, workspace) = (shelf::shelf(), shelf::workspace());
    let text = "app: klaviyo\nfields: {api_key: {env: KLAVIYO_API_KEY}}\n";
    for name in ["Klaviyo", ".hidden", "", "a b", &"a".repeat(64), "ä", "a/b"] {
        let loaded = document::connection::parse(text, name, "x.yaml", &workspace, apps);
        assert!(loaded.value.is_none());
        assert_eq!(loaded.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), [code::BAD_NAME], "{name}");
    }
    for name in ["a", "klaviyo-eu", "0.x_y", &"a".repeat(63)] {
        let loaded = document::connection::parse(text, name, "x.yaml", &workspace, apps);
        assert_eq!(&*loaded.value.unwrap().name, name);
    }
}

/// Thousands of mistakes are counted, not listed, and cost no time to speak of.
#[test]
fn very_many_mistakes() {
    let keys: Vec<String> = (0..5_000).map(|number| format!("key{number}: 1")).collect();
    for text in [keys.join("\n"), format!("{{{}}}", keys.join(", "))] {
        let begun = Instant::now();
        let loaded = shelf::with_known(|known| document::scenario::parse(&text, "a.yaml", known));
        assert!(loaded.value.is_none());
        assert_eq!(loaded.diagnostics.len(), 201);
        assert!(loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == code::TOO_MANY));
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}

/// Lines that end in a bare carriage return are lines, and comments of a connection file are not shown.
#[test]
fn nothing_of_a_secret_is_shown_by_way_of_line_ends_and_comments() {
    for text in [
        "app: klavyio\rfields:\r  api_key: canary\r",
        "app: klavyio # canary\nfields: {api_key: canary}\n",
        "app: klaviyo\r\ntype: api-kee # canary\r\nfields:\r\n  api_key: canary\r\n",
        "fields:\r  api_key: canary\r  conection: canary\rapp: klavyio\r",
        "\u{feff}app: klavyio\n",
    ] {
        let loaded = document::connection::parse(text, "a", "a.yaml", &shelf::workspace(), shelf::shelf());
        let rendered = render(&loaded.diagnostics, false);
        assert!(loaded.value.is_none() && rendered.contains("error[unknown-"), "{rendered}");
        assert!(!rendered.contains("canary"), "{rendered}");
    }
}

/// The column counts characters, whatever stands before it and however many bytes it has.
#[test]
fn carets_stand_under_the_mistake() {
    for (text, expected) in [
        ("workflow: x\nsteps:\n  - {name: Köln 日本, app: klavyio}\n", "3:26"),
        ("\u{feff}workflw: x\nsteps: [{name: a, app: klaviyo}]\n", "1:1"),
        ("workflow: x\r\nsteps:\r\n  - {name: a, app: klavyio}\r\n", "3:20"),
        ("---\nworkflow: x\nsteps:\n- name: a\n  app:   klavyio   # comment\n", "5:10"),
    ] {
        let loaded = shelf::with_known(|known| document::scenario::parse(text, "a.yaml", known));
        let rendered = render(&loaded.diagnostics, false);
        assert!(rendered.contains(&format!(" --> a.yaml:{expected}\n")), "{rendered}");
        let source = rendered.lines().find(|line| line.contains(" | ") && line.starts_with(char::is_numeric)).unwrap();
        let caret = rendered.lines().find(|line| line.contains('^')).unwrap();
        let word = ["klavyio", "workflw"].into_iter().find_map(|word| source.find(word)).unwrap();
        assert_eq!(console::measure_text_width(&source[..word]), caret.find('^').unwrap(), "{rendered}");
    }
}
