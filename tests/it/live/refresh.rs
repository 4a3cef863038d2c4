//! Refreshes of sealed connections, before a provider whose refresh tokens are good once: reuse kills the whole family, and it would say so.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json};

use super::leak;
use super::world::World;

/// A workspace with one sealed connection, and the grant that it holds.
struct Sealed<'w> {
    world: &'w World,
    folder: tempfile::TempDir,
    grant: Value,
}

/// A step's report, and everything that was printed with it.
struct Ran {
    step: Value,
    exit: Option<i32>,
    printed: String,
}

impl<'w> Sealed<'w> {
    /// Has a person grant something to a client, and seals that; with these fields, or without them where they are null.
    fn new(world: &'w World, how: &str, client: &str, fields: &Value) -> Self {
        let grant = world.driver(&[how, client]);
        let sealed = Sealed { world, folder: tempfile::tempdir().expect("a folder"), grant };
        sealed.tugtest(&["init"]).assert().success();
        let of = |name: &str| sealed.grant[name].clone();
        let address = format!("http://127.0.0.1:{}", world.get("oauth2"));
        let mut all = json!({
            "grant": "authorization-code", "client_id": client, "client_secret": world.get("client_secret"),
            "access_token": of("access_token"), "refresh_token": of("refresh_token"), "expires_at": world.get("hour_ago"),
            "token_url": format!("{address}/token"), "base_url": address,
        });
        merge(&mut all, fields);
        let given = json!({"fields": all}).to_string();
        let add = ["connections", "add", "one", "--app", "http", "--type", "oauth2", "--stdin", "--no-probe", "--yes"];
        sealed.tugtest(&add).write_stdin(given).assert().success();
        let probe =
            json!({"http": {"request": "GET /api/me", "accept": {"json": {"$.sub": "alice"}}, "account": "$.sub"}});
        let scenario = format!("workflow: a\nsteps:\n  - {{name: a, app: http, connection: one, probe: {probe}}}\n");
        for left in fs::read_dir(sealed.folder.path().join("scenarios")).expect("a folder of scenarios").flatten() {
            fs::remove_file(left.path()).expect("an example less");
        }
        fs::write(sealed.folder.path().join("scenarios/a.yaml"), scenario).expect("a scenario");
        sealed
    }

    fn tugtest(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tugtest"));
        command.current_dir(self.folder.path()).args(arguments).env("NO_COLOR", "1").env("HOME", self.folder.path());
        command.env("XDG_CONFIG_HOME", self.folder.path().join("config")).timeout(Duration::from_secs(60));
        command
    }

    /// Runs the step live.
    fn run(&self, arguments: &[&str]) -> Ran {
        let arguments = [&["run", "--live", "--trace", "--no-progress", "--format", "json"], arguments].concat();
        let output = self.tugtest(&arguments).output().expect("the tool runs");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let printed = text(&output.stdout) + &text(&output.stderr);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no report: {printed}"));
        for token in self.world.tokens() {
            assert_eq!(leak::search(&printed, &token), Vec::<String>::new(), "LEAKS");
        }
        Ran { step: report["scenarios"][0]["steps"][0].clone(), exit: output.status.code(), printed }
    }

    /// Changes fields of the connection.
    fn edit(&self, fields: &Value) {
        let given = json!({"fields": fields}).to_string();
        self.tugtest(&["connections", "edit", "one", "--stdin", "--no-probe", "--yes"])
            .write_stdin(given)
            .assert()
            .success();
    }

    fn file(&self) -> String {
        fs::read_to_string(self.folder.path().join("connections/one.yaml")).expect("the connection")
    }

    /// The refreshes that began with the first token and went on with those that came of it: how each ended.
    fn refreshes(&self) -> Vec<String> {
        let log = self.world.driver(&["log"]);
        let mut hash = self.grant["refresh_hash"].clone();
        let mut ends = Vec::new();
        for request in log.as_array().expect("a log").iter().filter(|request| request["grant"] == "refresh_token") {
            if request["presented"] == hash {
                ends.push(request["outcome"].as_str().expect("an end").to_owned());
                if !request["issued"].is_null() {
                    hash = request["issued"].clone();
                }
            }
        }
        ends
    }
}

fn merge(all: &mut Value, fields: &Value) {
    for (name, value) in fields.as_object().into_iter().flatten() {
        let all = all.as_object_mut().expect("fields");
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
}

impl Ran {
    #[track_caller]
    fn passes(&self) {
        assert_eq!((&self.step["verdict"], self.exit), (&json!("pass"), Some(0)), "{}", self.printed);
        assert_eq!(self.step["account"], "alice", "{}", self.printed);
    }

    #[track_caller]
    fn fails(&self, verdict: &str, cause: &str) {
        assert_eq!((&self.step["verdict"], &self.step["cause"]), (&json!(verdict), &json!(cause)), "{}", self.printed);
        assert!(self.step["remedy"].is_string(), "{}", self.printed);
    }
}

const ALLOW: &[&str] = &["--allow-refresh"];

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn an_expired_token_is_refreshed_once_and_the_new_one_kept() {
    let world = World::load();
    let sealed = Sealed::new(&world, "code", "brief", &json!({}));
    sealed.run(ALLOW).passes();
    sealed.run(ALLOW).passes();
    sealed.run(&[]).passes();
    assert_eq!(sealed.refreshes(), ["ok"], "the new token is good for 5 s");
    sleep(Duration::from_secs(6));
    sealed.run(&[]).fails("fail", "credential-expired");
    sealed.run(ALLOW).passes();
    assert_eq!(sealed.refreshes(), ["ok", "ok"], "the second one was of the token that the first one brought");
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn the_steps_of_a_run_share_one_refresh() {
    let world = World::load();
    let sealed = Sealed::new(&world, "code", "crowd", &json!({}));
    // Different questions, so that no step takes over another's answer.
    let step = |scenario: usize, step: usize| {
        let probe = json!({"http": {"request": format!("GET /api/me?{scenario}-{step}"), "accept": {"json": {"$.sub": "alice"}}}});
        json!({"name": format!("{scenario}-{step}"), "app": "http", "connection": "one", "probe": probe})
    };
    for scenario in 0..4 {
        let text =
            json!({"workflow": "many", "steps": (0..4).map(|number| step(scenario, number)).collect::<Vec<_>>()});
        let path = format!("scenarios/many-{scenario}.yaml");
        fs::write(sealed.folder.path().join(path), text.to_string()).expect("a scenario");
    }
    let ran = sealed.run(ALLOW);
    assert_eq!(ran.exit, Some(0), "{}", ran.printed);
    assert_eq!(sealed.refreshes(), ["ok"]);
    assert_eq!(ran.printed.matches("\"verdict\":\"pass\"").count(), 17, "{}", ran.printed);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_connection_may_allow_its_refreshes_and_a_device_has_them_too() {
    let world = World::load();
    let fields = json!({"refresh": "allowed"});
    let sealed = Sealed::new(&world, "code", "brief", &fields);
    sealed.run(&[]).passes();
    assert_eq!(sealed.refreshes(), ["ok"]);
    let fields = json!({"refresh": "allowed", "grant": "device-code", "client_auth": "none", "client_secret": null});
    let sealed = Sealed::new(&world, "device", "tv-brief", &fields);
    sealed.run(&[]).passes();
    assert_eq!(sealed.refreshes(), ["ok"]);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn what_only_the_server_knows_to_have_expired_is_refreshed_too() {
    let world = World::load();
    let sealed = Sealed::new(&world, "code", "fleeting", &json!({"expires_at": null}));
    sleep(Duration::from_secs(3));
    sealed.run(&[]).fails("fail", "credential-rejected");
    sealed.run(ALLOW).passes();
    assert_eq!(sealed.refreshes(), ["ok"]);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn nothing_is_refreshed_unless_it_may_be_and_can_be_kept() {
    let world = World::load();
    let sealed = Sealed::new(&world, "code", "fleeting", &json!({}));
    sleep(Duration::from_secs(3));
    let before = sealed.file();
    sealed.run(&[]).fails("fail", "credential-expired");
    assert_eq!(sealed.file(), before);
    // The same tokens by reference: new ones could not be kept.
    let of = |name: &str| sealed.grant[name].as_str().expect("a token").to_owned();
    let text = format!(
        "app: http\ntype: oauth2\nfields:\n  base_url: http://127.0.0.1:{port}\n  token_url: http://127.0.0.1:{port}/token\n  client_id: \
         fleeting\n  expires_at: {}\n  client_secret: {{env: ROW_CLIENT}}\n  access_token: {{env: ROW_ACCESS}}\n  refresh_token: {{env: \
         ROW_REFRESH}}\n",
        world.get("hour_ago"),
        port = world.get("oauth2"),
    );
    fs::write(sealed.folder.path().join("connections/one.yaml"), text).expect("a connection");
    let mut command = sealed.tugtest(&["run", "--live", "--allow-refresh", "--format", "json"]);
    command.env("ROW_CLIENT", world.get("client_secret")).env("ROW_ACCESS", of("access_token"));
    let output = command.env("ROW_REFRESH", of("refresh_token")).output().expect("the tool runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["scenarios"][0]["steps"][0]["cause"], "credential-expired", "{report}");
    assert_eq!(sealed.refreshes(), Vec::<String>::new());
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_refresh_token_alone_is_left_alone() {
    let world = World::load();
    let sealed = Sealed::new(&world, "code", "brief", &json!({"access_token": null, "expires_at": null}));
    sealed.run(&[]).fails("skip", "no-probe");
    assert_eq!(sealed.refreshes(), Vec::<String>::new());
    sealed.run(ALLOW).passes();
    sealed.run(&[]).passes();
    assert_eq!(sealed.refreshes(), ["ok"]);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_refresh_that_is_refused_changes_nothing() {
    let world = World::load();
    let wrong = json!({"client_secret": "canary-wrong-8Hd5"});
    let sealed = Sealed::new(&world, "code", "brief", &wrong);
    let before = sealed.file();
    sealed.run(ALLOW).fails("fail", "client-rejected");
    assert_eq!(sealed.file(), before);
    // Nothing is spent, and nothing is taken for unfinished: with the right secret the same token is good.
    sealed.edit(&json!({"client_secret": world.get("client_secret")}));
    sealed.run(ALLOW).passes();
    assert_eq!(sealed.refreshes(), ["invalid_client", "ok"]);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_dead_refresh_token_is_told_from_all_else() {
    let world = World::load();
    let dead = json!({"refresh_token": world.get("refresh_dead")});
    let sealed = Sealed::new(&world, "code", "web", &dead);
    let before = sealed.file();
    sealed.run(ALLOW).fails("fail", "grant-invalid");
    assert_eq!(sealed.file(), before);
    // Of another client.
    let other = json!({"client_id": "web-post", "client_auth": "post"});
    let sealed = Sealed::new(&world, "code", "brief", &other);
    sealed.run(ALLOW).fails("fail", "grant-invalid");
    assert_eq!(sealed.refreshes(), ["invalid_grant"]);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_refresh_without_an_answer_is_never_sent_again() {
    let world = World::load();
    let silent = json!({"token_url": format!("http://127.0.0.1:{}/token", world.get("odd_silent"))});
    let sealed = Sealed::new(&world, "code", "brief", &silent);
    let before = sealed.file();
    sealed.run(&["--allow-refresh", "--timeout", "2s"]).fails("inconclusive", "refresh-unfinished");
    sealed.run(&["--allow-refresh", "--timeout", "2s"]).fails("inconclusive", "refresh-unfinished");
    assert_eq!(sealed.file(), before);
    // Where nobody listens, nothing can have arrived.
    let closed = json!({"token_url": format!("http://127.0.0.1:{}/token", world.get("dead"))});
    let sealed = Sealed::new(&world, "code", "brief", &closed);
    sealed.run(ALLOW).fails("inconclusive", "connect-refused");
    let right = format!("http://127.0.0.1:{}/token", world.get("oauth2"));
    sealed.edit(&json!({"token_url": right}));
    sealed.run(ALLOW).passes();
    assert_eq!(sealed.refreshes(), ["ok"]);
}
