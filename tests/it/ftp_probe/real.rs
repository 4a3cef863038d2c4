//! The probe, in process, against a test bed of real servers: vsftpd, ProFTPD, Pure-FTPd and pyftpdlib, each in every state that it
//! was recorded in. `TUGTEST_TESTBED` names the folder with the bed's certificates (`pki`) and homes; nothing starts it from here.
//! The live suite covers what the shipped binary says of vsftpd and ProFTPD; this adds the other two and is quick to run by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::stage::{Meeting, verdict};

/// A server in a state, a connection to it, and what has to be said of them.
struct Row {
    name: &'static str,
    port: u16,
    meeting: Meeting,
    expected: &'static str,
    held: Held,
}

/// What somebody else does meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    Connected,
    LoggedIn,
}

fn pki(file: &str) -> String {
    let bed = std::env::var_os("TUGTEST_TESTBED").map(PathBuf::from).expect("TUGTEST_TESTBED names the test bed");
    bed.join("pki").join(file).to_string_lossy().into_owned()
}

fn alice(scheme: &'static str) -> Meeting {
    let mut meeting = Meeting {
        host: "localhost",
        user: "alice",
        password: b"correct-horse".to_vec(),
        total: Duration::from_secs(30),
        ..Meeting::over(scheme)
    };
    if scheme != "ftp" {
        meeting.public.push(("ca_file", pki("ca.crt")));
    }
    meeting
}

fn row(name: &'static str, port: u16, meeting: Meeting, expected: &'static str) -> Row {
    Row { name, port, meeting, expected, held: Held::Nothing }
}

impl Row {
    fn while_held(mut self, held: Held) -> Row {
        self.held = held;
        self
    }
}

fn wrong(mut meeting: Meeting) -> Meeting {
    meeting.password = b"canary-wrong".to_vec();
    meeting
}

fn user(user: &'static str, password: &str) -> Meeting {
    Meeting { user, password: password.into(), ..alice("ftp") }
}

fn client(mut meeting: Meeting, name: &str) -> Meeting {
    meeting.public.push(("client_cert", pki(&format!("{name}.crt"))));
    meeting.client_key = Some(std::fs::read(pki(&format!("{name}.key"))).expect("a key of the test bed"));
    meeting
}

fn vsftpd() -> Vec<Row> {
    const ODD: &str = "pä:ss w%rd\"@#";
    vec![
        row("vsftpd", 21001, alice("ftp"), "pass in transfer"),
        row("vsftpd, upload", 21001, alice("ftp").directory("upload").write(), "pass in transfer"),
        row("vsftpd, deep directory", 21001, alice("ftp").directory("deep/a/b"), "pass in transfer"),
        row("vsftpd, file", 21001, alice("ftp").file("read*.txt"), "pass in transfer"),
        row("vsftpd, no such file", 21001, alice("ftp").file("*.csv"), "path-unavailable in transfer"),
        row("vsftpd, odd password", 21001, user("bob", ODD), "pass in transfer"),
        row("vsftpd, wrong password", 21001, wrong(alice("ftp")), "credential-rejected in auth"),
        row("vsftpd, wrong user", 21001, user("nobody-here", "x-canary"), "credential-rejected in auth"),
        row("vsftpd, locked", 21001, user("locked", "locked-pass"), "credential-rejected in auth"),
        row("vsftpd, account expired", 21001, user("acctexpired", "exp-pass"), "credential-rejected in auth"),
        row("vsftpd, password expired", 21001, user("pwexpired", "exp-pass"), "credential-rejected in auth"),
        row("vsftpd, no directory", 21001, alice("ftp").directory("nowhere"), "path-unavailable in authz"),
        row("vsftpd, closed directory", 21001, alice("ftp").directory("/root"), "permission-missing in authz"),
        row("vsftpd, read-only", 21001, alice("ftp").directory("readonly").write(), "permission-missing in transfer"),
        row("vsftpd, read-only user", 21001, user("rouser", "ro-pass").write(), "permission-missing in transfer"),
        row("vsftpd anonymous", 21002, user("anonymous", ""), "pass in transfer"),
        row("vsftpd anonymous, named", 21002, alice("ftp"), "login-denied in auth"),
        row(
            "vsftpd write_enable=NO",
            21006,
            alice("ftp").directory("upload").write(),
            "permission-missing in transfer",
        ),
        row("vsftpd chroot", 21007, alice("ftp"), "session-refused in auth"),
        row("vsftpd chroot ok", 21008, alice("ftp").directory("/upload").write(), "pass in transfer"),
        row("vsftpd banner", 21009, alice("ftp"), "pass in transfer"),
        row("vsftpd IPv6", 21010, Meeting { host: "::1", ..alice("ftp") }, "pass in transfer"),
        row("vsftpd full", 21005, alice("ftp"), "rate-limited in banner").while_held(Held::Connected),
        row("vsftpd full for us", 21011, alice("ftp"), "rate-limited in banner").while_held(Held::Connected),
        row("vsftpd no passive mode", 21013, alice("ftp"), "data-channel-failed in transfer"),
        row("vsftpd PASV elsewhere", 21014, alice("ftp"), "pass in transfer"),
        row("vsftpd user list", 21015, alice("ftp"), "login-denied in auth"),
        row("vsftpd one failure", 21016, wrong(alice("ftp")), "credential-rejected in auth"),
        row("vsftpd idle time-out", 21017, alice("ftp"), "pass in transfer"),
    ]
}

fn vsftpd_tls() -> Vec<Row> {
    let named = |host| Meeting { host, ..alice("ftps") };
    let no_ca = || Meeting { public: Vec::new(), ..alice("ftps") };
    vec![
        row("vsftpd FTPS, reuse", 21003, alice("ftps").directory("deep/..").write().file("deep/*"), "pass in transfer"),
        row("vsftpd FTPS", 21004, alice("ftps").directory("upload").write(), "pass in transfer"),
        row("vsftpd FTPS by address", 21004, named("127.0.0.1"), "pass in transfer"),
        row("vsftpd FTPS, wrong name", 21004, named("else.localhost"), "tls-name-mismatch in tls"),
        row("vsftpd FTPS, unknown CA", 21004, no_ca(), "tls-untrusted in tls"),
        row("vsftpd FTPS, wrong password", 21004, wrong(alice("ftps")), "credential-rejected in auth"),
        row("vsftpd implicit", 21990, alice("ftps-implicit").directory("upload").write(), "pass in transfer"),
        row("vsftpd TLS required", 21003, alice("ftp"), "tls-required in auth"),
        row("vsftpd TLS off", 21001, alice("ftps"), "tls-not-offered in tls"),
        row(
            "vsftpd explicit on implicit",
            21990,
            alice("ftps").within(Duration::from_secs(3)),
            "response-timeout in banner",
        ),
        row("vsftpd implicit on explicit", 21003, alice("ftps-implicit"), "tls-handshake-failed in tls"),
        row("vsftpd no client certificate", 21012, alice("ftps"), "client-certificate-required in tls"),
        row("vsftpd client certificate", 21012, client(alice("ftps"), "client"), "pass in transfer"),
        row(
            "vsftpd other client certificate",
            21012,
            client(alice("ftps"), "badclient"),
            "client-certificate-rejected in tls",
        ),
    ]
}

fn proftpd() -> Vec<Row> {
    vec![
        row("ProFTPD", 21021, alice("ftp").directory("/upload").write(), "pass in transfer"),
        row("ProFTPD, wrong password", 21021, wrong(alice("ftp")), "credential-rejected in auth"),
        row("ProFTPD, locked", 21021, user("locked", "locked-pass"), "credential-rejected in auth"),
        row("ProFTPD, no directory", 21021, alice("ftp").directory("/nowhere"), "path-unavailable in authz"),
        row("ProFTPD, read-only", 21021, alice("ftp").directory("/readonly").write(), "permission-missing in transfer"),
        row("ProFTPD, empty directory", 21021, alice("ftp").directory("/readonly"), "pass in transfer"),
        row("ProFTPD FTPS, reuse", 21022, alice("ftps").directory("/upload").write(), "pass in transfer"),
        row("ProFTPD FTPS", 21023, alice("ftps").directory("/upload").write(), "pass in transfer"),
        row("ProFTPD implicit", 21991, alice("ftps-implicit").directory("/upload").write(), "pass in transfer"),
        row("ProFTPD TLS required", 21022, alice("ftp"), "tls-required in auth"),
        row("ProFTPD TLS off", 21021, alice("ftps"), "tls-not-offered in tls"),
        row("ProFTPD full", 21024, alice("ftp"), "rate-limited in auth").while_held(Held::LoggedIn),
        row("ProFTPD anonymous", 21025, user("anonymous", ""), "pass in transfer"),
        row("ProFTPD access list", 21026, alice("ftp"), "login-denied in banner"),
        row("SFTP on an FTP connection", 22004, alice("ftp"), "protocol-mismatch in banner"),
    ]
}

fn others() -> Vec<Row> {
    vec![
        row("Pure-FTPd", 21031, alice("ftp").directory("/upload").write(), "pass in transfer"),
        row("Pure-FTPd, no directory", 21031, alice("ftp").directory("/nowhere"), "path-unavailable in authz"),
        row(
            "Pure-FTPd, read-only",
            21031,
            alice("ftp").directory("/readonly").write(),
            "permission-missing in transfer",
        ),
        row("Pure-FTPd FTPS optional", 21031, alice("ftps"), "pass in transfer"),
        row("Pure-FTPd, wrong password", 21031, wrong(alice("ftp")), "credential-rejected in auth"),
        row("Pure-FTPd TLS required", 21032, alice("ftp"), "tls-required in auth"),
        row("Pure-FTPd FTPS", 21032, alice("ftps").directory("/upload").write(), "pass in transfer"),
        row("Pure-FTPd FTPS, data too", 21033, alice("ftps").directory("/upload").write(), "pass in transfer"),
        row("Pure-FTPd full", 21034, alice("ftp"), "rate-limited in banner").while_held(Held::Connected),
        row("Pure-FTPd anonymous only", 21035, alice("ftp"), "probe-not-discriminating in assert"),
        row("Pure-FTPd anonymous", 21035, user("anonymous", ""), "pass in transfer"),
        row("pyftpdlib", 21041, alice("ftp").directory("/upload").write(), "pass in transfer"),
        row("pyftpdlib, wrong password", 21041, wrong(alice("ftp")), "credential-rejected in auth"),
        row("pyftpdlib, no directory", 21041, alice("ftp").directory("/nowhere"), "path-unavailable in authz"),
        row("pyftpdlib, read-only user", 21041, user("rouser", "ro-pass").write(), "permission-missing in transfer"),
        row("pyftpdlib anonymous", 21041, user("anonymous", ""), "pass in transfer"),
        row("pyftpdlib FTPS", 21042, alice("ftps").directory("/upload").write(), "pass in transfer"),
        row("pyftpdlib TLS required", 21042, alice("ftp"), "tls-required in auth"),
        row("pyftpdlib implicit", 21992, alice("ftps-implicit").directory("/upload").write(), "pass in transfer"),
        row("pyftpdlib IPv6", 21043, Meeting { host: "::1", ..alice("ftp") }, "pass in transfer"),
    ]
}

/// Somebody else's session.
async fn hold(port: u16, held: Held) -> Option<BufReader<TcpStream>> {
    if held == Held::Nothing {
        return None;
    }
    #[expect(clippy::disallowed_methods, reason = "not the tool's socket: somebody else's session that is in its way")]
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a server that is up");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).await.expect("a greeting");
    if held == Held::LoggedIn {
        for command in ["USER alice\r\n", "PASS correct-horse\r\n"] {
            reader.write_all(command.as_bytes()).await.expect("a command");
            reader.read_line(&mut line).await.expect("a reply");
        }
    }
    Some(reader)
}

async fn check(row: Row) -> String {
    let held = hold(row.port, row.held).await;
    let begun = std::time::Instant::now();
    let finding = row.meeting.for_real(row.port).await;
    drop(held);
    let mut line = String::new();
    let is = verdict(&finding);
    if is != row.expected {
        let said = super::stage::transcript(&finding).join("\n  ");
        let message = finding.judgement.message.as_str();
        let _ = writeln!(line, "{}: is `{is}`, has to be `{}`: {message}\n  {said}", row.name, row.expected);
    }
    if std::env::var_os("TUGTEST_SHOW").is_some() {
        let _ = writeln!(
            std::io::stderr(),
            "{:6} ms  {:32} {is:36} {}",
            begun.elapsed().as_millis(),
            row.name,
            finding.judgement.message
        );
    }
    line
}

#[tokio::test]
#[ignore = "needs a test bed of real servers: TUGTEST_TESTBED"]
async fn real_servers_are_judged_rightly() {
    // One client at a time for each server: Pure-FTPd makes everybody wait longer while logins fail or come at once.
    let mut servers: BTreeMap<u16, Vec<Row>> = BTreeMap::new();
    for row in [vsftpd(), vsftpd_tls(), proftpd(), others()].into_iter().flatten() {
        servers.entry(row.port).or_default().push(row);
    }
    let visits = servers.into_values().map(|rows| async {
        let mut wrong = String::new();
        for row in rows {
            wrong.push_str(&check(row).await);
        }
        wrong
    });
    let wrong = futures_util::future::join_all(visits).await.concat();
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a test bed of real servers: TUGTEST_TESTBED"]
async fn sessions_side_by_side_resume_their_own_tls() {
    // Both servers refuse data connections that do not resume the TLS session of just this control connection.
    let visits = [(21003, "upload"), (21022, "/upload")].into_iter().cycle().take(24).map(|(port, directory)| {
        tokio::spawn(async move { alice("ftps").directory(directory).write().for_real(port).await })
    });
    for visit in visits.collect::<Vec<_>>() {
        let finding = visit.await.expect("a finding");
        assert_eq!(verdict(&finding), "pass in transfer", "{finding:#?}");
    }
}
