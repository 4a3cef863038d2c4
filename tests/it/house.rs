//! The house stays as `src/ARCHITECTURE.md` draws it: imports go only down, and what must be absent is absent.

mod source;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use self::source::{Source, read};

const MAP: &str = include_str!("../../src/ARCHITECTURE.md");
/// No file of ours is longer than this, tests and comments included.
const LINES: usize = 350;
/// The places that may look into a secret.
const EXPOSING_SITES: usize = 14;
/// The one client socket outside `wire`: the gate of a double leads on to the server behind it, both on loopback.
const GATE: &str = "src/double/gate.rs";

/// A room of the map: its floor and the rooms that it may use.
struct Room {
    floor: u32,
    may_use: BTreeSet<String>,
}

/// The table of floors and rooms in the map.
fn rooms() -> BTreeMap<String, Room> {
    let mut rooms = BTreeMap::new();
    for line in MAP.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [floor, name, .., may_use] = cells[..] else { continue };
        let (Ok(floor), name) = (floor.parse(), name.trim_matches('`')) else { continue };
        let may_use = match may_use {
            "nothing of ours" => BTreeSet::new(),
            "all" => rooms.keys().cloned().collect(),
            list => list.split(',').map(|room| room.trim().to_owned()).collect(),
        };
        rooms.insert(name.to_owned(), Room { floor, may_use });
    }
    rooms
}

/// Where the code of these files fits the expression.
fn places(files: &[Source], expression: &str) -> Vec<String> {
    let expression = Regex::new(expression).expect("a valid expression");
    let place = |file: &Source| -> Vec<String> {
        let lines = file.code.lines().enumerate().filter(|(_, line)| expression.is_match(line));
        lines.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())).collect()
    };
    files.iter().flat_map(place).collect()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn the_map_names_every_room_and_lets_each_use_lower_floors_only() {
    let rooms = rooms();
    let sources = read("src");
    let built: BTreeSet<_> = sources.iter().filter_map(|file| file.module.first().cloned()).collect();
    assert_eq!(
        rooms.keys().cloned().collect::<BTreeSet<_>>(),
        built,
        "src/ARCHITECTURE.md and src/ name different rooms"
    );
    for (name, room) in &rooms {
        for used in &room.may_use {
            assert!(rooms[used].floor < room.floor, "the map lets {name} use {used}, which is not below it");
        }
    }
}

#[test]
fn rooms_use_only_what_the_map_allows() {
    let rooms = rooms();
    let mut wrong = Vec::new();
    for file in read("src").iter().filter(|file| !file.module.is_empty()) {
        let own = &file.module[0];
        for import in file.imports() {
            let Some(used) = import.first().filter(|used| rooms.contains_key(*used)) else { continue };
            if used != own && !rooms[own].may_use.contains(used) {
                wrong.push(format!("{} uses {}", file.path, import.join("::")));
            }
        }
    }
    assert_eq!(wrong, nothing());
}

type Module = Vec<String>;

/// The modules that each module uses. A parent's edges to its own children are left out: it declares them, names them and hands
/// work to them; what children take from it stays in.
fn module_graph(files: &[Source]) -> BTreeMap<Module, BTreeSet<Module>> {
    let modules: BTreeSet<_> = files.iter().map(|file| file.module.clone()).collect();
    let mut graph: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.module.is_empty()) {
        let used = graph.entry(file.module.clone()).or_default();
        for import in file.imports() {
            let mut longest = (1..=import.len()).rev().map(|length| import[..length].to_vec());
            let module = longest.find(|path| modules.contains(path));
            used.extend(module.filter(|module| !module.starts_with(&file.module)));
        }
    }
    graph
}

/// What a module uses, directly or through others.
fn reach<'a>(graph: &'a BTreeMap<Module, BTreeSet<Module>>, from: &'a Module) -> BTreeSet<&'a Module> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        next.extend(graph[module].iter().filter(|used| reached.insert(*used)));
    }
    reached
}

#[test]
fn modules_do_not_import_each_other_in_a_circle() {
    let files: Vec<_> = read("src").into_iter().filter(|file| !file.is_tests()).collect();
    let graph = module_graph(&files);
    let reached: BTreeMap<_, _> = graph.keys().map(|module| (module, reach(&graph, module))).collect();
    let mut circles = BTreeSet::new();
    for (module, reached_from) in &reached {
        let circle: Vec<_> = reached_from.iter().filter(|other| reached[**other].contains(module)).collect();
        if !circle.is_empty() {
            circles.insert(circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" <-> "));
        }
    }
    assert_eq!(circles.into_iter().collect::<Vec<_>>(), nothing());
}

#[test]
fn no_file_is_too_long() {
    let files = ["src", "tests"].map(read).into_iter().flatten();
    let long: Vec<_> =
        files.filter(|file| file.lines > LINES).map(|file| format!("{}: {}", file.path, file.lines)).collect();
    assert_eq!(long, nothing(), "longer than {LINES} lines");
}

#[test]
fn secrets_are_exposed_in_a_handful_of_places() {
    let files: Vec<_> = read("src").into_iter().filter(|file| !file.is_tests()).collect();
    let sites = places(&files, r"\.expose\(\)|Secret::expose\b");
    assert!(sites.len() <= EXPOSING_SITES, "{} places look into secrets:\n{}", sites.len(), sites.join("\n"));
}

#[test]
fn what_loses_positions_is_absent() {
    assert_eq!(places(&read("src"), r"serde\(.*\b(untagged|flatten|tag\s*=)"), nothing());
}

#[test]
fn one_file_names_the_yaml_crate() {
    let others: Vec<_> = read("src").into_iter().filter(|file| file.path != "src/yaml/parse.rs").collect();
    assert_eq!(places(&others, r"\bserde_yaml\b"), nothing());
}

#[test]
fn only_wire_opens_client_sockets() {
    let mut others: Vec<_> = read("src").into_iter().filter(|file| !file.is_in("wire")).collect();
    others.retain(|file| file.path != GATE && !file.is_tests());
    let client = r"\bTcpStream::connect|\bTcpSocket\b|\bUdpSocket\b|\blookup_host\b|\bto_socket_addrs\b|\breqwest::|\bsuppaftp::";
    let mut found = places(&others, client);
    found.retain(|line| !line.contains("use suppaftp::list::")); // reads the text of listings, opens nothing
    assert_eq!(found, nothing());
}

#[test]
fn the_ground_floor_has_no_input_no_output_and_no_clock() {
    let ground: Vec<_> = read("src").into_iter().filter(|file| file.is_in("model") || file.is_in("yaml")).collect();
    let world = r"\btokio::|\bstd::(fs|env|process|io)\b|\b(Tcp|Udp)\w+\b|\bToSocketAddrs\b|\bInstant::now\b|\bSystemTime\b|\basync\b";
    assert_eq!(places(&ground, world), nothing());
}

#[test]
fn nothing_prints_past_the_sink() {
    assert_eq!(places(&read("src"), r"\be?print(ln)?!|\bdbg!"), nothing());
}

#[test]
fn nothing_listens_to_a_logger() {
    assert_eq!(places(&read("src"), r"\b(log|tracing)::|\benv_logger\b|\btracing_subscriber\b"), nothing());
    let manifest = include_str!("../../Cargo.toml");
    for logger in ["env_logger", "tracing-subscriber", "simplelog", "fern"] {
        assert!(!manifest.contains(logger), "{logger} would let RUST_LOG print what is on the wire");
    }
}

#[test]
fn lints_are_expected_with_a_reason_never_allowed() {
    assert_eq!(places(&read("src"), r"#!?\[allow\(|\bunsafe\b"), nothing());
}

#[test]
fn every_file_says_what_it_is_for() {
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["src", "tests"].map(read).into_iter().flatten() {
        let text = std::fs::read_to_string(project.join(&file.path)).expect("a readable file");
        assert!(
            text.starts_with("//!") || text.starts_with("#![doc"),
            "{} begins without a word on its purpose",
            file.path
        );
    }
}

#[test]
fn only_commands_that_exist_are_recommended() {
    let mut names = BTreeSet::new();
    let pointer = Regex::new("`tugtest ([a-z][a-z-]*)").expect("a pattern");
    let causes = include_str!("../../src/cli/explain/causes.yaml").to_owned();
    let code = read("src").into_iter().map(|file| file.code);
    for text in code.chain([causes]) {
        names.extend(pointer.captures_iter(&text).map(|found| found[1].to_owned()));
    }
    assert!(names.contains("check"), "{names:?}");
    let exists = |name: &String| {
        let asked = std::process::Command::new(env!("CARGO_BIN_EXE_tugtest")).args([name, "--help"]).output();
        asked.expect("tugtest starts").status.success()
    };
    names.retain(|name| !exists(name));
    assert_eq!(names, BTreeSet::new());
}
