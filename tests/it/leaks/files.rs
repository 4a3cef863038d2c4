//! Files of the user's own that hold secrets where they do not belong, and the command line.

use std::process::Command;

use clap::CommandFactory as _;
use serde_json::json;
use tugtest::cli::args::Cli;

use super::scanner::{Wanted, scan};
use super::shop::{Shop, tool};
use super::{awkward, beyond_ascii};

/// A secret that stands in a file.
const CANARY: &str = "canary-in-a-file-7Qz";

/// Connection files in which the secret stands where the mistake is.
const MALFORMED: [(&str, &str); 26] = [
    ("wrong-type", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: [@]}"),
    ("map", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: {@: x}}"),
    ("reference", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: {env: \"@-!\"}}"),
    ("file", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: {file: [\"@\"]}}"),
    ("command", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: {command: {@: 1}}}"),
    ("unknown-field", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", @: x, api_key: {env: A}}"),
    ("unknown-value", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", apikey: \"@\"}"),
    ("unknown-key", "app: http\ntype: api-key\n@: x\nfields: {base_url: \"https://x.example\", api_key: {env: A}}"),
    ("scalar-fields", "app: http\ntype: api-key\nfields: @"),
    ("list-fields", "app: http\ntype: api-key\nfields: [\"@\"]"),
    ("unclosed", "app: http\ntype: api-key\nfields:\n  api_key: \"@\n  base_url: x"),
    ("bracket", "app: http\ntype: api-key\nfields: {api_key: [@, base_url: x"),
    ("tab", "app: http\ntype: api-key\nfields:\n\tapi_key: @"),
    ("indent", "app: http\ntype: api-key\nfields:\n  base_url: https://x.example\n    api_key: @\n   x: y"),
    ("colon", "app: http\ntype: api-key\nfields:\n  api_key: a: @\n"),
    ("duplicate", "app: http\ntype: api-key\nfields:\n  base_url: https://x.example\n  api_key: @\n  api_key: @"),
    ("anchor", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: *@}"),
    ("tag", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: !@ x}"),
    ("comment", "app: http\ntype: api-key\nfields:\n  base_url: https://x.example\n  api_key: a #@\n"),
    (
        "number",
        "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", api_key: {env: 7}, password: \"@\"}",
    ),
    ("url", "app: http\ntype: api-key\nfields: {base_url: \"https://u:@@x.example\", api_key: {env: A}}"),
    ("query", "app: http\ntype: api-key\nfields: {base_url: \"https://x.example/?key=@\", api_key: {env: A}}"),
    (
        "place",
        "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", place: {header: X, value: \"@\"}, api_key: {env: A}}",
    ),
    (
        "break",
        "app: ftp\ntype: ftp\nfields: {protocol: ftp, host: x.example, username: u, password: \"@\\r\\nDELE x\"}",
    ),
    ("twice", "app: http\ntype: api-key\n@: x\n@: y\nfields: {@: x, @: y, api_key: {env: A}}"),
    ("just", "@"),
];

#[test]
fn malformed_connections_show_no_secret() {
    let wanted = [Wanted::new("file", CANARY)];
    let mut leaks = Vec::new();
    for (name, text) in MALFORMED {
        let shop = Shop::new();
        shop.write(&format!("connections/{name}.yaml"), text.replace('@', CANARY));
        let steps = json!([{"name": "S", "app": "http", "connection": name}]);
        shop.write("scenarios/a.yaml", json!({"workflow": "W", "steps": steps}).to_string());
        for arguments in [
            &["check"][..],
            &["check", "--format", "json"],
            &["check", "--format", "sarif"],
            &["check", "--strict"],
            &["run", "--trace"],
            &["run", "--live", "--timeout", "1ms", "--format", "json"],
            &["run", "--list"],
            &["probe", "--all", "--timeout", "1ms"],
        ] {
            let left = shop.tool(arguments);
            let found = left.leaks(&wanted);
            leaks.extend(found.into_iter().map(|leak| format!("{name}, {arguments:?}: {leak}")));
            assert!(!left.stderr.contains("panicked"), "{name}: {}", left.stderr);
        }
        let left = shop.tool(&["check", "--strict"]);
        assert_eq!(left.code, Some(2), "{name} is no valid file: {}", left.stdout);
    }
    assert_eq!(leaks, Vec::<String>::new());
}

#[test]
fn literal_secrets_are_linted_and_not_shown() {
    let secrets: Vec<Wanted> =
        [awkward(), beyond_ascii()].concat().into_iter().filter(|wanted| !wanted.is_word).collect();
    let mut shop = Shop::new();
    for wanted in &secrets {
        let place = json!({"header": "X-Key"});
        let fields = json!({"base_url": "https://x.invalid", "place": place, "api_key": wanted.value});
        shop.step("http", "api-key", &fields, Some(json!({"http": {"request": "GET /", "accept": {"status": 200}}})));
        let fields = json!({"protocol": "ftp", "host": "x.invalid", "username": "u", "password": wanted.value});
        shop.step("ftp", "ftp", &fields, None);
        let fields = json!({"base_url": "https://x.invalid", "key": "k", "secret": wanted.value});
        shop.step(
            "http",
            "key-secret",
            &fields,
            Some(json!({"http": {"request": "GET /", "accept": {"status": 200}}})),
        );
    }
    let run = shop.run(&["--trace", "--format", "json"]);
    assert_eq!(run.steps().len(), 3 * secrets.len(), "{}", run.stderr);
    let mut leaks = run.leaks(&secrets);
    for arguments in
        [&["check"][..], &["check", "--format", "json"], &["check", "--format", "sarif"], &["run", "--list"]]
    {
        let left = shop.tool(arguments);
        leaks.extend(left.leaks(&secrets));
        if arguments == ["check"] {
            assert_eq!(left.code, Some(0), "a warning is no error: {}", left.stdout);
            assert!(
                left.stdout.matches("warning[secret-in-clear]").count() >= 3 * secrets.len() - 2,
                "{}",
                left.stdout
            );
        }
    }
    assert_eq!(leaks, Vec::<String>::new());
}

/// What a command, an environment or a file gives that cannot be a secret is described, not quoted.
#[test]
fn values_that_cannot_be_right_are_described() {
    let key: String =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", "canaryPrivateKey0".repeat(20));
    let values = [
        format!("{CANARY}\n\n"),
        format!("{CANARY}\nsecond line of it"),
        format!(" {CANARY}"),
        format!("\"{CANARY}\""),
        format!("Bearer {CANARY}"),
        format!("{CANARY}\u{1b}[2J"),
        format!("{CANARY}é"),
        format!("<{CANARY}>"),
        format!("${{{CANARY}}}"),
        key.clone(),
        format!("{CANARY}{}", "x".repeat(70_000)),
    ];
    let wanted = [Wanted::new("file", CANARY), Wanted::new("key", key)];
    let mut shop = Shop::new();
    for value in &values {
        let reference = shop.secret(value);
        let fields = json!({"base_url": "https://x.invalid", "place": {"header": "X-Key"}, "api_key": reference});
        shop.step("http", "api-key", &fields, Some(json!({"http": {"request": "GET /", "accept": {"status": 200}}})));
        let path = reference["file"].as_str().expect("a path").to_owned();
        let fields =
            json!({"protocol": "ftp", "host": "x.invalid", "username": "u", "password": {"command": ["cat", path]}});
        shop.step("ftp", "ftp", &fields, None);
        let script = format!("cat {path} >&2; exit 3");
        let fields = json!({"base_url": "https://x.invalid", "key": "k", "secret": {"command": ["sh", "-c", script]}});
        shop.step(
            "http",
            "key-secret",
            &fields,
            Some(json!({"http": {"request": "GET /", "accept": {"status": 200}}})),
        );
    }
    for options in [&["--trace", "--format", "json"][..], &["--trace"], &["--trace", "--format", "junit"]] {
        let left = shop.run(options);
        assert_eq!(left.leaks(&wanted), Vec::<String>::new(), "{}", left.stdout);
        if options.contains(&"json") {
            let causes = left.causes();
            assert!(causes.iter().filter(|cause| *cause == "field-format").count() >= 8, "{causes:?}");
            assert!(causes.iter().filter(|cause| *cause == "secret-unavailable").count() >= 11, "{causes:?}");
        }
    }
}

/// The options. Each was looked at: `from-env` and `from-file` name where a secret is, and none is the secret itself.
const OPTIONS: &[&str] = &[
    "add",
    "all",
    "allow-refresh",
    "app",
    "color",
    "connect-timeout",
    "connection",
    "device",
    "default",
    "fail-fast",
    "filter",
    "format",
    "from",
    "from-env",
    "from-file",
    "help",
    "jobs",
    "label",
    "list",
    "live",
    "name",
    "new-identity",
    "no-browser",
    "no-listen",
    "no-probe",
    "no-progress",
    "only-if-pass",
    "output",
    "owner",
    "per-host",
    "port",
    "rebind",
    "redirect",
    "remove",
    "replace",
    "retries",
    "revoke",
    "reveal",
    "scope",
    "stdin",
    "strict",
    "tag",
    "timeout",
    "trace",
    "type",
    "unset",
    "version",
    "workspace",
    "yes",
];

/// No option takes a secret, and none of the words for one is in any help text's list of values.
#[test]
fn no_secret_is_taken_as_an_argument() {
    let mut command = Cli::command();
    command.build();
    let mut left = vec![&command];
    let mut seen = 0;
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands());
        for name in command.get_arguments().filter_map(clap::Arg::get_long) {
            seen += 1;
            assert!(OPTIONS.contains(&name), "--{name} of `{}` is new: does it take a secret?", command.get_name());
        }
    }
    assert!(seen > 100, "{seen}");
}

/// A name that is not known is quoted, so a secret in its place is seen on the terminal; it is in no report.
#[test]
fn the_environment_is_not_in_the_report() {
    let mut shop = Shop::new();
    let fields = json!({"base_url": "https://x.invalid", "place": {"header": "X-Key"}, "api_key": {"env": "SHOP_KEY"}});
    shop.step("http", "api-key", &fields, Some(json!({"http": {"request": "GET /", "accept": {"status": 200}}})));
    shop.run(&["--list"]);
    let mut run: Command = tool();
    run.args(["run", "--live", "--trace", "--retries", "0"]).current_dir(shop.path());
    run.envs([("SHOP_KEY", CANARY), ("OTHER", "canary-of-somebody-else")]);
    let output = run.output().expect("the tool starts");
    let wanted = [Wanted::new("file", CANARY), Wanted::new("other", "canary-of-somebody-else")];
    let text = [output.stdout, output.stderr].concat();
    assert_eq!(scan("the output", &text, &wanted), Vec::<String>::new());
    assert!(String::from_utf8_lossy(&text).contains("host-not-found"));
}
