//! A row of the table: a server, a connection that is right or has one thing wrong, and what has to be said of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::world::{Before, World};

/// One row.
#[derive(Clone)]
pub(super) struct Row {
    /// What is right or wrong, for people.
    pub(super) name: &'static str,
    /// What others did before.
    pub(super) before: Before,
    /// Whether it needs the private network.
    pub(super) private: bool,
    /// What has to come out.
    pub(super) expected: Expected,
    /// A warning that has to be given.
    pub(super) warning: Option<&'static str>,
    /// Whose account it has to be found to be.
    pub(super) account: Option<&'static str>,
    /// Scopes that the step requires.
    requires: Vec<&'static str>,
    app: &'static str,
    scheme: &'static str,
    fields: Vec<(&'static str, Value)>,
    secret: (&'static str, &'static str),
    /// Further secrets: their fields and their texts.
    more: Vec<(&'static str, &'static str)>,
    /// Fields that refer to files of the world.
    files: Vec<(&'static str, &'static str)>,
    probe: Value,
}

/// What has to come out of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Pass,
    /// Verdict, cause, phase.
    Not(&'static str, &'static str, &'static str),
}

impl Row {
    fn new(name: &'static str, app: &'static str, scheme: &'static str, secret: (&'static str, &'static str)) -> Row {
        Row {
            name,
            before: Before::Nothing,
            private: false,
            expected: Expected::Pass,
            warning: None,
            account: None,
            requires: Vec::new(),
            app,
            scheme,
            fields: Vec::new(),
            secret,
            more: Vec::new(),
            files: Vec::new(),
            probe: Value::Null,
        }
    }

    /// Sets a public field; text may hold `$names` of the world.
    pub(super) fn set(mut self, name: &'static str, value: impl Into<Value>) -> Row {
        self.fields.retain(|(field, _)| *field != name);
        self.fields.push((name, value.into()));
        self
    }

    /// Takes a public field away.
    pub(super) fn without(mut self, name: &'static str) -> Row {
        self.fields.retain(|(field, _)| *field != name);
        self
    }

    /// Takes another secret: text that may hold `$names` of the world.
    pub(super) fn secret(mut self, text: &'static str) -> Row {
        self.secret.1 = text;
        self
    }

    /// Adds a certificate of the world's CA (or not of it) for us to show.
    pub(super) fn client(self, cert: &'static str, key: &'static str) -> Row {
        self.set("client_cert", cert).keyed("client_key", key)
    }

    /// Adds a field that refers to a file of the world.
    pub(super) fn keyed(mut self, field: &'static str, path: &'static str) -> Row {
        self.files.push((field, path));
        self
    }

    /// Has this further secret, instead of the one that it had in this field.
    pub(super) fn with(mut self, field: &'static str, text: &'static str) -> Row {
        self.more.retain(|(other, _)| *other != field);
        self.more.push((field, text));
        self
    }

    /// Requires a scope beyond logging in.
    pub(super) fn requires(mut self, scope: &'static str) -> Row {
        self.requires.push(scope);
        self
    }

    /// Has to find whose account it is.
    pub(super) fn of(mut self, account: &'static str) -> Row {
        self.account = Some(account);
        self
    }

    /// Asks this.
    pub(super) fn probe(mut self, probe: Value) -> Row {
        self.probe = probe;
        self
    }

    /// Has this done beforehand.
    pub(super) fn after(mut self, before: Before) -> Row {
        self.before = before;
        self
    }

    /// Needs names and routes with known answers.
    pub(super) fn private(mut self) -> Row {
        self.private = true;
        self
    }

    /// Has to give this warning.
    pub(super) fn warns(mut self, code: &'static str) -> Row {
        self.warning = Some(code);
        self
    }

    /// Has to fail.
    pub(super) fn fails(mut self, cause: &'static str, phase: &'static str) -> Row {
        self.expected = Expected::Not("fail", cause, phase);
        self
    }

    /// Has to stay without a verdict.
    pub(super) fn unknown(mut self, cause: &'static str, phase: &'static str) -> Row {
        self.expected = Expected::Not("inconclusive", cause, phase);
        self
    }

    /// The secret in clear; `@PATH` is what is in that file.
    pub(super) fn secret_text(&self, world: &World) -> String {
        let text = world.fill(self.secret.1);
        text.strip_prefix('@')
            .map_or(text.clone(), |path| fs::read_to_string(path).expect("a secret file of the world"))
    }

    /// Writes the connection `name` and its scenario into a workspace. The secret goes to an environment variable, which is
    /// returned, or to a file beside the connection.
    pub(super) fn write(
        &self,
        world: &World,
        workspace: &Path,
        name: &str,
        by_env: bool,
        stated: bool,
    ) -> (String, String) {
        let variable = format!("ROW_{}", name.to_uppercase().replace('-', "_"));
        let secret = self.secret_text(world);
        let mut text = format!("app: {}\ntype: {}\nfields:\n", self.app, self.scheme);
        for (field, value) in &self.fields {
            let value = match value.as_str() {
                Some(port) if *field == "port" => world.fill(port), // a number
                _ => world.fill(&value.to_string()),
            };
            writeln!(text, "  {field}: {value}").expect("a string takes text");
        }
        for (field, path) in &self.files {
            writeln!(text, "  {field}: {{file: {}}}", Value::from(world.fill(path))).expect("a string takes text");
        }
        for (field, secret) in &self.more {
            fs::write(workspace.join(format!("{name}.{field}")), world.fill(secret)).expect("a secret file");
            writeln!(text, "  {field}: {{file: {name}.{field}}}").expect("a string takes text");
        }
        let field = self.secret.0;
        if by_env {
            writeln!(text, "  {field}: {{env: {variable}}}").expect("a string takes text");
        } else {
            fs::write(workspace.join(format!("{name}.secret")), format!("{secret}\n")).expect("a secret file");
            writeln!(text, "  {field}: {{file: {name}.secret}}").expect("a string takes text");
        }
        fs::write(workspace.join(format!("connections/{name}.yaml")), text).expect("a connection file");

        let mut text = format!("workflow: {}\nsteps:\n", Value::from(self.name));
        writeln!(text, "  - name: {}\n    app: {}\n    connection: {name}", Value::from(self.name), self.app)
            .expect("a string takes text");
        if !self.probe.is_null() {
            writeln!(text, "    probe: {}", world.fill(&self.probe.to_string())).expect("a string takes text");
        }
        if !self.requires.is_empty() {
            writeln!(text, "    requires: {}", Value::from(self.requires.clone())).expect("a string takes text");
        }
        if let (true, Expected::Not(verdict, cause, _)) = (stated, self.expected) {
            writeln!(text, "    expect: {{{verdict}: {cause}}}").expect("a string takes text");
        }
        fs::write(workspace.join(format!("scenarios/{name}.yaml")), text).expect("a scenario file");
        (variable, secret)
    }
}

/// Alice at an FTP server, over plain FTP.
pub(super) fn ftp(name: &'static str, port: &'static str) -> Row {
    Row::new(name, "ftp", "ftp", ("password", "$alice"))
        .set("protocol", "ftp")
        .set("host", "127.0.0.1")
        .set("username", "alice")
        .set("port", port)
}

/// Alice at an FTP server with TLS, whose CA we know.
pub(super) fn ftps(name: &'static str, protocol: &'static str, port: &'static str) -> Row {
    ftp(name, port).set("protocol", protocol).set("ca_file", "$ca")
}

/// A bearer token for a path of the plain nginx.
pub(super) fn bearer(name: &'static str, path: &'static str) -> Row {
    at(name, "http://127.0.0.1:$nginx", path)
}

/// A bearer token for nginx behind TLS, whose CA we know.
pub(super) fn https(name: &'static str, base_url: &'static str) -> Row {
    at(name, base_url, "/").set("ca_file", "$ca")
}

/// A bearer token for a path of any server.
pub(super) fn at(name: &'static str, base_url: &'static str, path: &'static str) -> Row {
    Row::new(name, "http", "api-key", ("api_key", "$bearer"))
        .set("base_url", base_url)
        .set("place", json!({"header": "Authorization", "value": "Bearer {api_key}"}))
        .probe(get(path))
}

/// A user name and a password for HTTP Basic.
pub(super) fn basic(name: &'static str, base_url: &'static str, path: &'static str) -> Row {
    Row::new(name, "http", "domain-login", ("password", "$alice"))
        .set("domain", "localhost")
        .set("username", "alice")
        .set("base_url", base_url)
        .set("place", json!({"basic": {"username": "{username}", "password": "{password}"}}))
        .probe(get(path))
}

/// A key and a secret for HTTP Basic.
pub(super) fn key_secret(name: &'static str, base_url: &'static str, path: &'static str) -> Row {
    Row::new(name, "http", "key-secret", ("secret", "$alice"))
        .set("key", "alice")
        .set("base_url", base_url)
        .set("place", json!({"basic": {"username": "{key}", "password": "{secret}"}}))
        .probe(get(path))
}

/// A request that is signed for the verifier of OAuth 1.0a.
pub(super) fn signed(name: &'static str) -> Row {
    Row::new(name, "http", "oauth1", ("consumer_secret", "$api_key"))
        .set("base_url", "http://127.0.0.1:$oauth1")
        .set("consumer_key", "canary-consumer")
        .set("token", "canary-token")
        .with("token_secret", "$alice")
        .probe(get("/ok"))
}

/// A connection with the `OpenID` provider: how the token was got, the client, and one of its secrets.
pub(super) fn oauth2(
    name: &'static str,
    grant: &'static str,
    client: &'static str,
    secret: (&'static str, &'static str),
) -> Row {
    Row::new(name, "http", "oauth2", secret)
        .set("base_url", "http://127.0.0.1:$oauth2")
        .set("token_url", "http://127.0.0.1:$oauth2/token")
        .set("grant", grant)
        .set("client_id", client)
}

/// A connection of nothing but a certificate, at a server whose CA we know.
pub(super) fn certificate(name: &'static str, base_url: &'static str, cert: &'static str, key: &'static str) -> Row {
    let row = Row::new(name, "http", "client-certificate", ("client_key", key)).set("base_url", base_url);
    row.set("ca_file", "$ca").set("client_cert", cert).probe(get("/whole"))
}

/// A user name and a password for HTTP Digest.
pub(super) fn digest(name: &'static str) -> Row {
    basic(name, "http://127.0.0.1:$httpbin", "/").set("place", json!({"digest": {}}))
}

/// A request that is signed for the verifier of AWS signatures.
pub(super) fn aws(name: &'static str, service: &'static str) -> Row {
    Row::new(name, "http", "key-secret", ("secret", "$api_key"))
        .set("base_url", "http://127.0.0.1:$sigv4")
        .set("key", "AKIACANARY")
        .set("place", json!({"sigv4": {"region": "us-east-1", "service": service}}))
        .probe(get("/ok"))
}

/// The same with temporary credentials.
pub(super) fn aws_session(name: &'static str, service: &'static str) -> Row {
    aws(name, service).set("key", "ASIACANARY").with("session_token", "$bearer")
}

/// The probe that takes `{"ok": true}` for a yes.
pub(super) fn get(path: &str) -> Value {
    json!({"http": {"request": format!("GET {path}"), "accept": {"status": 200, "json": {"$.ok": true}}}})
}
