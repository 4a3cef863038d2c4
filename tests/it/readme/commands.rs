//! Commands of the README: what it says to type is what works.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use tugtest::cli::args::Cli;
use tugtest::cli::exit::Exit;
use tugtest::document;
use tugtest::model::cause::Cause;
use tugtest::report::Format;

use super::{README, blocks};
use crate::cli::server::{OK, Reply, Server};
use crate::cli::workspace::{KEY, Workspace, run};

/// The commands of the `console` blocks, without prompt and comment.
fn commands() -> Vec<Vec<&'static str>> {
    let command =
        |line: &'static str| line.strip_prefix("$ ").map(|line| line.split("  #").next().unwrap_or(line).trim());
    blocks("console").into_iter().map(|block| block.lines().filter_map(command).collect()).collect()
}

#[test]
fn the_two_commands_are_those_that_land_changes() {
    let script = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).expect("the script");
    let commands = commands();
    let two = commands.first().expect("a block of commands");
    assert_eq!(two.len(), 2, "{two:?}");
    for command in two {
        assert!(command.starts_with("cargo ") && command.contains("--locked"), "{command}");
        assert!(script.contains(command), ".ci/run does not use `{command}`");
    }
}

#[cfg(unix)]
#[test]
fn the_walk_through_works_line_by_line() {
    let server = Server::start(|request| {
        let line = request.head.lines().next().unwrap_or_default();
        let authenticated = request.head.to_lowercase().contains(&format!("x-api-key: {KEY}"));
        match (line.starts_with("GET /v1/orders "), authenticated) {
            (true, true) => OK,
            (true, false) => Reply::Status(401, "", "{}"),
            _ => Reply::Status(404, "", "{}"),
        }
    });
    let walk = commands().into_iter().find(|lines| lines.iter().any(|line| line.contains("api.example.com")));
    let walk = walk.expect("a walk-through against api.example.com").join("\n");
    assert!(walk.ends_with("\ntugtest run --live"), "{walk}");
    let walk = |key: &str| {
        let script =
            walk.replace("https://api.example.com", &server.url()).replace("API_KEY=...", &format!("API_KEY={key}"));
        let workspace = Workspace::unmarked();
        let binary = Path::new(env!("CARGO_BIN_EXE_tugtest"));
        let mut path = vec![binary.parent().expect("it lies in a folder").to_path_buf()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let mut shell = Command::new("sh");
        let environment = crate::cli::workspace::tool();
        let removed = environment.get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name.to_owned());
        for name in removed {
            shell.env_remove(name);
        }
        shell.args(["-euc", &script]).current_dir(workspace.root());
        run(shell.env("PATH", std::env::join_paths(path).expect("folders without a colon")))
    };
    let ended = walk(KEY).ends_with(0);
    assert!(ended.stdout.contains("PASS") && ended.stdout.contains("Read orders  (api)"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
    assert!(walk("canary-of-another").ends_with(1).stdout.contains("credential-rejected"));
}

#[cfg(unix)]
#[test]
fn the_store_works_line_by_line() {
    let lines = commands().into_iter().find(|lines| lines.iter().any(|line| line.contains("connections add")));
    let lines = lines.expect("a block about the store").join("\n");
    let store = crate::connections::Store::new();
    let tool = store.tool("init elsewhere");
    let bob = run(crate::cli::workspace::tool()
        .args(["init", "elsewhere"])
        .current_dir(store.workspace.root())
        .env("XDG_CONFIG_HOME", store.workspace.path("bob")));
    let bob = bob.ends_with(0).stderr;
    let key = bob.lines().find_map(|line| line.strip_prefix("your public key: ")).expect("a public key");
    let mut shell = Command::new("sh");
    let mut path = vec![Path::new(env!("CARGO_BIN_EXE_tugtest")).parent().expect("a folder").to_path_buf()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    shell.args(["-euc", &lines]).current_dir(store.workspace.root());
    shell.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("PATH", std::env::join_paths(path).expect("folders without a colon"));
    shell.env("KEY_OF_BOB", key).env("KLAVIYO_API_KEY", crate::connections::CANARY);
    let ended = run(&mut shell).ends_with(0);
    assert!(ended.stdout.contains("klaviyo-eu  klaviyo  api-key  sealed"), "{}", ended.stdout);
    assert!(
        ended.stderr.contains(&format!("+ bob {key}")) && ended.stderr.contains(&format!("- bob {key}")),
        "{}",
        ended.stderr
    );
    assert!(!ended.stdout.contains(crate::connections::CANARY) && !ended.stderr.contains(crate::connections::CANARY));
}

/// Every `tugtest ...` in code, up to its end.
fn mentioned() -> Vec<&'static str> {
    let inline = README.split('`').skip(1).step_by(2).filter(|code| code.starts_with("tugtest "));
    inline.chain(commands().into_iter().flatten().filter(|line| line.starts_with("tugtest "))).collect()
}

#[test]
fn every_command_and_option_that_is_named_exists() {
    let mut command = Cli::command();
    command.build();
    let known: BTreeSet<_> = command.get_subcommands().map(clap::Command::get_name).collect();
    let mentioned = mentioned();
    assert!(mentioned.len() >= 10, "{mentioned:?}");
    for mention in mentioned {
        let name = mention.split_whitespace().nth(1).expect("a subcommand");
        let name = name.trim_end_matches(',');
        assert!(known.contains(name) || name.starts_with('-'), "`{mention}`");
    }
    let nested = command.get_subcommands().flat_map(clap::Command::get_subcommands);
    let subcommands: Vec<_> = command.get_subcommands().chain(nested).collect();
    let options: BTreeSet<_> =
        subcommands.iter().flat_map(|one| one.get_arguments()).filter_map(clap::Arg::get_long).collect();
    let word =
        |text: &'static str| text.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or_default();
    for option in README.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("--")).map(word) {
        assert!(options.contains(option), "--{option} does not exist");
    }
    for name in known.into_iter().filter(|name| *name != "help") {
        assert!(README.contains(&format!("tugtest {name}")), "`tugtest {name}` is not explained");
    }
}

#[test]
fn the_commands_before_a_deploy_are_accepted() {
    let lines = commands().into_iter().flatten().filter(|line| line.starts_with("tugtest run")).collect::<Vec<_>>();
    assert!(lines.len() >= 3, "{lines:?}");
    let workspace =
        Workspace::new().with("scenarios/a.yaml", "workflow: A\ntags: [nightly]\nsteps: [{name: Wait, app: delay}]\n");
    for line in lines {
        workspace.run(line.strip_prefix("tugtest ").expect("filtered")).ends_with(0);
    }
    assert!(workspace.read("report.xml").contains("<testcase"));
}

#[test]
fn causes_formats_schemas_and_codes_that_are_named_exist() {
    let table =
        README.split("| verdict | class |").nth(1).and_then(|text| text.split("\n\n").next()).expect("the table");
    let mut causes = 0;
    for row in table.lines().filter(|row| row.starts_with("| ")) {
        let (mut verdict, cells) = ("", row.split('|').map(str::trim).collect::<Vec<_>>());
        let class = cells[2];
        for code in cells[4].split('`').skip(1).step_by(2).filter(|code| !code.starts_with(char::is_numeric)) {
            let cause = Cause::from_code(code).unwrap_or_else(|| panic!("`{code}` is no cause"));
            assert!(class.is_empty() || cause.class().name() == class, "{code} is {}", cause.class().name());
            verdict = cause.verdict().name();
            causes += 1;
        }
        assert!(cells[1].is_empty() || verdict.is_empty() || cells[1] == verdict, "{row}");
    }
    assert!(causes >= 12, "{causes}");
    let formats = Format::ALL.map(Format::name).join("|");
    assert!(README.contains(&format!("--format {formats}")), "{formats}");
    for name in ["scenario", "connection", "fixture", "app", "workspace"] {
        assert!(document::schema(name).is_some() && README.contains(&format!("`{name}`")), "{name}");
    }
    let codes = README.split("Exit codes: ").nth(1).and_then(|text| text.split("\n\n").next()).expect("the codes");
    for exit in [Exit::Met, Exit::Unmet, Exit::Invalid, Exit::Inconclusive, Exit::Untested, Exit::Report, Exit::Bug] {
        let code = exit as u8;
        assert!(codes.split([' ', '\n']).any(|word| word == code.to_string()), "{code} is not explained");
    }
    assert!(codes.contains("130, 143"));
}

#[test]
fn the_defaults_that_are_shown_are_the_defaults() {
    let run = blocks("yaml").into_iter().find(|block| block.starts_with("# file: tugtest.yaml")).expect("a workspace");
    let settings = tugtest::runner::Settings::default();
    let limits = tugtest::wire::Limits::default();
    let shown = format!(
        "run: {{jobs: {}, per-host: {}, timeout: {}s, connect-timeout: {}s, retries: {}}}",
        settings.jobs,
        settings.per_host,
        limits.total.as_secs(),
        limits.connect.as_secs(),
        settings.retries
    );
    assert!(run.contains(&shown), "{shown}");
}
