//! Reads the tool's own source: files, the modules that they are, and what each imports.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// One file of `src/`, without its unit tests and comments.
pub(super) struct Source {
    /// Below the project: `src/probe/judge.rs`.
    pub(super) path: String,
    /// As a module: `["probe", "judge"]`; the crate's root is empty.
    pub(super) module: Vec<String>,
    /// How long it is, tests and comments included.
    pub(super) lines: usize,
    /// The program text.
    pub(super) code: String,
}

/// Every Rust file below a folder of the project, sorted.
pub(super) fn read(folder: &str) -> Vec<Source> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = walkdir::WalkDir::new(project.join(folder))
        .into_iter()
        .map(|entry| entry.expect("a readable tree").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    paths.sort();
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a readable file");
        let shown = path.strip_prefix(project).expect("below the project").to_string_lossy().into_owned();
        Source::new(shown, &text)
    };
    paths.into_iter().map(source).collect()
}

impl Source {
    fn new(path: String, text: &str) -> Source {
        let name = path.strip_prefix("src/").unwrap_or(&path).trim_end_matches(".rs");
        let mut module: Vec<String> = name.split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        Source { module, lines: text.lines().count(), code: code(text), path }
    }

    /// Whether it holds unit tests and nothing else.
    pub(super) fn is_tests(&self) -> bool {
        self.module.last().is_some_and(|name| name.ends_with("tests"))
    }

    /// Whether it stands in this room.
    pub(super) fn is_in(&self, room: &str) -> bool {
        self.module.first().is_some_and(|first| first == room)
    }

    /// The paths within the crate that it names, each from the crate's root: `["wire", "http", "Client"]`.
    pub(super) fn imports(&self) -> BTreeSet<Vec<String>> {
        static USE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?s)\buse\s+([^;]+);").expect("a valid expression"));
        static PATH: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\b(?:crate|super|self)(?:::\w+)+").expect("a valid expression"));
        let trees = USE.captures_iter(&self.code).flat_map(|found| leaves(&found[1]));
        let inline = PATH.find_iter(&self.code).map(|found| found.as_str().to_owned());
        trees.chain(inline).filter_map(|path| self.resolve(&path)).collect()
    }

    /// A path as the crate's root sees it; none for one that leads out of the crate.
    fn resolve(&self, path: &str) -> Option<Vec<String>> {
        let mut parts = path.split("::").map(str::trim).peekable();
        let mut resolved = match *parts.peek()? {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        for part in parts {
            match part {
                "crate" | "self" => {}
                "super" => drop(resolved.pop()),
                name => resolved.push(name.to_owned()),
            }
        }
        Some(resolved)
    }
}

/// The single paths of a use tree: `crate::{a::B, c}` is `crate::a::B` and `crate::c`.
fn leaves(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().split_whitespace().collect()];
    };
    let inside = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("it begins with one").push(c);
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| leaves(&format!("{}{}", prefix.trim(), part.trim()))).collect()
}

/// The text without comments, and without the unit tests at its end.
fn code(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let line = |line: &str| -> String {
        let comment = line.find("//").filter(|at| line[..*at].chars().filter(|c| *c == '"').count() % 2 == 0);
        format!("{}\n", &line[..comment.unwrap_or(line.len())])
    };
    text[..tests].lines().map(line).collect()
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let text = "//! crate::never\nuse crate::{model::{cause::Cause, secret::Secret as S}, wire};\nuse super::super::vault;\n\
                use std::fmt;\nfn f() { self::g(crate::probe::target::target()); }\n#[cfg(test)]\nmod tests { use crate::cli; }";
    let source = Source::new("src/double/http/play.rs".to_owned(), text);
    let found: Vec<String> = source.imports().iter().map(|path| path.join("::")).collect();
    let expected = [
        "double::http::play::g",
        "double::vault",
        "model::cause::Cause",
        "model::secret::Secret",
        "probe::target::target",
        "wire",
    ];
    assert_eq!(found, expected);
}
