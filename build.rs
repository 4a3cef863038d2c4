//! Lists the recipes of the app catalogue, so that adding an app is adding a file under `src/probe/catalog/`.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("src/probe/catalog");
    println!("cargo::rerun-if-changed=src/probe/catalog");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the catalogue is a folder of this package")
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("recipes have plain names"))
        .filter_map(|file| file.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();

    let mut list = String::from("&[\n");
    for name in names {
        let text = fs::read_to_string(folder.join(format!("{name}.yaml"))).expect("recipes are text");
        let written = text.lines().find_map(|line| line.strip_prefix("kind:")).unwrap_or("app");
        let kind = match written.trim() {
            "app" => "Connected",
            "same-store" => "SameStore",
            "built-in" => "BuiltIn",
            "shoppad" => "Shoppad",
            other => panic!("{name}.yaml has an unknown kind: {other}"),
        };
        let file = format!(r#"concat!(env!("CARGO_MANIFEST_DIR"), "/src/probe/catalog/{name}.yaml")"#);
        writeln!(list, r#"    ("{name}", AppKind::{kind}, include_str!({file})),"#).expect("a String takes everything");
    }
    list.push_str("]\n");
    let target = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("catalog.rs");
    fs::write(target, list).expect("cargo's own folder can be written");
}
