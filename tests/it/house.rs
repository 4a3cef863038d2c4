//! The house stays as `src/ARCHITECTURE.md` draws it: imports go only down, and what must be absent is absent.

mod source;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use self::source::{Source, read};

const MAP: &str = include_str!("../../src/ARCHITECTURE.md");
/// No file of ours is longer than this, tests and comments included.
const LINES: usize = 350;
/// The places that may look into a secret.
const EXPOSING_SITES: usize = 8;

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

/// The modules that each module uses. A parent's edges to its own children are left out: it declares them, names them and hands
/// work to them; what children take from it stays in.
fn module_graph(files: &[Source]) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let modules: BTreeSet<_> = files.iter().map(|file| file.module.clone()).collect();
    let mut graph = BTreeMap::new();
    for file in files {
        let mut used = BTreeSet::new();
        for import in file.imports() {
            let longest = (0..=import.len()).rev().map(|length| import[..length].to_vec());
            let module = longest.into_iter().find(|path| modules.contains(path)).unwrap_or_default();
            let is_child = file.is_parent && module.starts_with(&file.module);
            if module != file.module && !module.is_empty() && !is_child {
                used.insert(module);
            }
        }
        graph.insert(file.module.clone(), used);
    }
    graph
}

#[test]
fn modules_do_not_import_each_other_in_a_circle() {
    let mut graph = module_graph(&read("src"));
    loop {
        let done: Vec<_> = graph.iter().filter(|(_, used)| used.is_empty()).map(|(module, _)| module.clone()).collect();
        if done.is_empty() {
            break;
        }
        graph.retain(|module, _| !done.contains(module));
        for used in graph.values_mut() {
            used.retain(|module| !done.contains(module));
        }
    }
    let left: Vec<String> = graph
        .iter()
        .map(|(module, used)| {
            let used: Vec<_> = used.iter().map(|path| path.join("::")).collect();
            format!("{} -> {}", module.join("::"), used.join(", "))
        })
        .collect();
    assert_eq!(left, nothing(), "these modules, or what they use, form a circle");
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
    let files = read("src");
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
    // The gate of an HTTP double passes requests on to the server behind it, on loopback: both are the same double.
    let known = |path: &str| path == "src/double/gate.rs";
    let others: Vec<_> = read("src").into_iter().filter(|file| !file.is_in("wire") && !known(&file.path)).collect();
    let client = r"\bTcpStream::connect|\bTcpSocket\b|\bUdpSocket\b|\blookup_host\b|\bto_socket_addrs\b|\breqwest::|\bsuppaftp::";
    assert_eq!(places(&others, client), nothing());
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
