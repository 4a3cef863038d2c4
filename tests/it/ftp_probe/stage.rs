//! A probe and a double that meet.

use std::sync::Arc;
use std::time::Duration;

use tugtest::double;
use tugtest::model::app::{App, AppKind};
use tugtest::model::connection::Connection;
use tugtest::model::credential::Credential;
use tugtest::model::endpoint::{Address, Endpoint, StandIn};
use tugtest::model::evidence::Finding;
use tugtest::model::fields::Fields;
use tugtest::model::fixture::{Fault, Fixture, FtpScript, FtpTls, FtpTurn};
use tugtest::model::probe::{FtpProbe, ProbeSpec};
use tugtest::model::scheme::Scheme;
use tugtest::model::scrub::Scrubber;
use tugtest::model::secret::Secret;
use tugtest::probe::oauth2::keep::Nowhere;
use tugtest::probe::{Subject, interview};
use tugtest::wire::tcp::Reach;
use tugtest::wire::{Limits, Wire};

pub(super) const PASSWORD: &str = "canary-ftp-password";

/// A meeting that is being arranged.
#[derive(Clone)]
pub(super) struct Meeting {
    pub(super) scheme: &'static str,
    pub(super) host: &'static str,
    pub(super) user: &'static str,
    pub(super) password: Vec<u8>,
    pub(super) public: Vec<(&'static str, String)>,
    pub(super) client_key: Option<Vec<u8>>,
    pub(super) spec: FtpProbe,
    pub(super) account: Option<&'static str>,
    pub(super) total: Duration,
    pub(super) tls: FtpTls,
}

impl Meeting {
    /// A connection of this protocol with the account `deploy`.
    pub(super) fn over(scheme: &'static str) -> Meeting {
        let tls = match scheme {
            "ftps" => FtpTls::Explicit,
            "ftps-implicit" => FtpTls::Implicit,
            _ => FtpTls::None,
        };
        Meeting {
            scheme,
            host: "files.example.com",
            user: "deploy",
            password: PASSWORD.into(),
            public: Vec::new(),
            client_key: None,
            spec: FtpProbe::default(),
            account: None,
            total: Duration::from_secs(5),
            tls,
        }
    }

    pub(super) fn directory(mut self, directory: &str) -> Meeting {
        self.spec.directory = Some(directory.into());
        self
    }

    pub(super) fn write(mut self) -> Meeting {
        self.spec.write = true;
        self
    }

    pub(super) fn file(mut self, pattern: &str) -> Meeting {
        self.spec.file = Some(pattern.into());
        self
    }

    pub(super) fn within(mut self, total: Duration) -> Meeting {
        self.total = total;
        self
    }

    /// Meets a double that plays this dialogue.
    pub(super) async fn with(&self, dialogue: &[FtpTurn]) -> (Finding, Option<String>) {
        let script = FtpScript { tls: self.tls, dialogue: dialogue.to_vec() };
        let double =
            double::raise(&Fixture::Ftp(script), &self.credential(), None).await.expect("a double on loopback");
        let finding = self.at(double.stand_in()).await;
        let mismatch = double.finish().map(|mismatch| mismatch.to_string());
        assert!(!format!("{finding:?}{mismatch:?}").contains(PASSWORD), "the password is in the finding");
        (finding, mismatch)
    }

    /// Meets a stand-in of the test's own.
    pub(super) async fn at(&self, stand_in: StandIn) -> Finding {
        let endpoint = Endpoint { declared: self.declared(21), effective: Some(stand_in) };
        self.interview(&endpoint, Reach::LoopbackOnly).await
    }

    fn declared(&self, port: u16) -> Address {
        Address { scheme: self.scheme.into(), host: self.host.into(), port }
    }

    pub(super) fn credential(&self) -> Credential {
        let mut credential = Credential { connection: Arc::from("warehouse"), ..Credential::default() };
        credential.public.insert("host".into(), self.host.into());
        credential.public.insert("username".into(), self.user.into());
        for (name, value) in &self.public {
            credential.public.insert((*name).into(), value.as_str().into());
        }
        if !self.password.is_empty() {
            credential.secrets.insert("password".into(), Secret::new(self.password.clone()));
        }
        if let Some(key) = &self.client_key {
            credential.secrets.insert("client_key".into(), Secret::new(key.clone()));
        }
        credential
    }

    async fn interview(&self, endpoint: &Endpoint, reach: Reach) -> Finding {
        let limits = Limits { total: self.total, connect: Duration::from_secs(2), ..Limits::default() };
        let (app, connection) = (app(), connection());
        let (credential, scrubber) = (self.credential(), Scrubber::new());
        let probe = ProbeSpec::Ftp(self.spec.clone());
        let subject = Subject {
            app: &app,
            recipe: None,
            connection: &connection,
            credential: &credential,
            endpoint,
            base_path: "",
            probe: Some(&probe),
            requires: &[],
            account: self.account,
            scrubber: &scrubber,
            may_refresh: false,
            keeper: &Nowhere,
        };
        interview(&subject, &Wire::new(reach, limits)).await
    }
}

fn app() -> App {
    App { name: Arc::from("ftp"), title: "FTP".into(), kind: AppKind::Connected, recipes: Vec::new() }
}

fn connection() -> Connection {
    Connection {
        name: Arc::from("warehouse"),
        app: Arc::from("ftp"),
        scheme: Scheme::Ftp,
        label: None,
        default: false,
        public: Fields::new(),
        secrets: Fields::new(),
        place: None,
        sealed: false,
        file: Arc::from("connections/warehouse.yaml"),
    }
}

/// A turn that waits for no command.
pub(super) fn says(send: &str) -> FtpTurn {
    FtpTurn { send: Some(send.into()), ..FtpTurn::default() }
}

/// A turn that answers a command.
pub(super) fn on(expect: &str, send: &str) -> FtpTurn {
    FtpTurn { expect: Some(expect.into()), send: Some(send.into()), ..FtpTurn::default() }
}

/// A turn that answers with data.
pub(super) fn lists(expect: &str, lines: &[&str]) -> FtpTurn {
    let data = Some(lines.iter().map(|line| Box::from(*line)).collect());
    FtpTurn { data, ..on(expect, "150 Here comes the directory listing.") }
}

/// The same turn with a fault.
pub(super) fn faulty(turn: FtpTurn, fault: Fault) -> FtpTurn {
    FtpTurn { fault: Some(fault), ..turn }
}

/// Greeting and login, as far as `PWD`.
pub(super) fn logged_in() -> Vec<FtpTurn> {
    vec![
        says("220 ready"),
        on("USER {{username}}", "331 password please"),
        on("PASS {{password}}", "230 Login successful."),
        on("PWD", "257 \"/home/deploy\" is the current directory"),
    ]
}

/// The cause's code, or `pass`; and the phase.
pub(super) fn verdict(finding: &Finding) -> String {
    let cause = finding.judgement.cause.map_or("pass", |cause| cause.code());
    format!("{cause} in {}", finding.judgement.phase)
}

/// What was said, one line each, `>` for what was sent.
pub(super) fn transcript(finding: &Finding) -> Vec<String> {
    use tugtest::model::evidence::Direction;
    let line = |line: &tugtest::model::evidence::EvidenceLine| {
        let mark = match line.direction {
            Direction::Sent => '>',
            Direction::Received => '<',
            Direction::Note => '#',
        };
        format!("{mark} {}", line.text)
    };
    finding.evidence.iter().map(line).collect()
}
