//! The README holds: its files form a workspace that is valid and passes, its commands work as written, its report looks like a real one.

mod commands;
mod screen;

use std::fs;

use crate::cli::workspace::Workspace;

const README: &str = include_str!("../../README.md");

/// The texts of the fenced blocks in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let after = README.split(fence.as_str()).skip(1);
    after
        .map(|text| {
            text.split_once("\n```").map_or_else(|| panic!("a {language} block has no end"), |(block, _)| block)
        })
        .collect()
}

/// The files that the README shows, in one workspace.
fn workspace() -> (Workspace, Vec<&'static str>) {
    let mut workspace = Workspace::unmarked();
    let mut paths = Vec::new();
    for block in blocks("yaml") {
        let Some(path) = block.lines().next().and_then(|line| line.strip_prefix("# file: ")) else { continue };
        assert!(!paths.contains(&path), "{path} is shown twice");
        workspace = workspace.with(path, &format!("{block}\n"));
        paths.push(path);
    }
    (workspace, paths)
}

#[test]
fn every_file_that_is_shown_is_valid() {
    let (workspace, paths) = workspace();
    assert!(paths.len() >= 8, "{paths:?}");
    for folder in ["connections/", "scenarios/", "fixtures/", "tugtest.yaml"] {
        assert!(paths.iter().any(|path| path.starts_with(folder)), "no file of {folder} is shown");
    }
    let checked = workspace.run("check").ends_with(0);
    assert_eq!((checked.stdout.as_str(), checked.stderr.as_str()), ("Every file is valid.\n", ""));
}

#[test]
fn every_scenario_that_is_shown_passes_mocked_and_tests_something() {
    let (workspace, _) = workspace();
    let ended = workspace.run("run --format json").ends_with(0);
    let summary = &ended.json()["summary"];
    assert_eq!((&summary["unmet"], &summary["untested"]), (&0.into(), &0.into()), "{}", ended.stdout);
    assert!(summary["pass"].as_u64().is_some_and(|passed| passed >= 3), "{summary}");
    assert_eq!(ended.stderr, "");
    // What the comments of the examples promise.
    let steps = ended.steps();
    let of = |app: &str| steps.iter().find(|step| step["app"] == app).unwrap_or_else(|| panic!("no step of {app}"));
    assert_eq!(of("shopify")["connection"]["state"], "not-needed");
    assert_eq!(of("klaviyo")["account"], "Acme Outdoor");
    assert_eq!((&of("http")["account"], &of("http")["connection"]["name"]), (&"Acme".into(), &"erp".into()));
}

#[test]
fn what_it_says_of_the_examples_is_so() {
    let count = |folder: &str| {
        let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::read_dir(project.join(folder))
            .expect("a folder")
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "yaml"))
            .filter(|entry| entry.file_name() != "tugtest.yaml")
            .count()
    };
    let files = count("scenarios");
    assert!(README.contains(&format!("{files} workflows")), "there are {files} example workflows");
    let mut examples = crate::cli::workspace::tool();
    let ended =
        crate::cli::workspace::run(examples.args(["run", "--format", "json"]).current_dir(env!("CARGO_MANIFEST_DIR")));
    let steps = ended.ends_with(0).steps();
    let probed = steps.iter().filter(|step| step["connection"]["state"] == "authenticated");
    let apps: std::collections::BTreeSet<_> = probed.map(|step| step["app"].as_str().expect("an app")).collect();
    let apps = format!("{} apps", apps.len());
    assert!(README.contains(&apps), "the examples probe {apps}");
}

#[test]
fn every_local_link_leads_somewhere() {
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let links =
        README.split("](").skip(1).filter_map(|text| text.split(')').next()).filter(|link| !link.contains("://"));
    let links: Vec<_> = links.collect();
    assert!(links.len() >= 5, "{links:?}");
    for link in links {
        assert!(project.join(link).exists(), "{link} is not there");
    }
}
