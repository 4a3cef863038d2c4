//! Dialogues as fixtures write them.

use std::time::{Duration, Instant};

use tugtest::model::fixture::{Fault, FtpTls, FtpTurn};

use super::stage::{Meeting, PASSWORD, faulty, lists, logged_in, on, says, transcript, verdict};

/// The whole of a visit that stores a file.
fn upload(directory: &str) -> Vec<FtpTurn> {
    let mut turns = logged_in();
    turns.push(on(&format!("CWD {directory}"), "250 Directory successfully changed."));
    turns.push(lists("NLST", &["a.csv", "b.csv", "notes"]));
    turns.push(on("STOR .tugtest-probe-*", "150 Ok to send data."));
    turns.push(on("SIZE .tugtest-probe-*", "213 62"));
    turns.push(on("DELE .tugtest-probe-*", "250 Delete operation successful."));
    turns
}

#[tokio::test]
async fn a_good_account_passes_over_each_protocol() {
    for scheme in ["ftp", "ftps", "ftps-implicit"] {
        let meeting = Meeting::over(scheme).directory("/incoming").write();
        let (finding, mismatch) = meeting.with(&upload("/incoming")).await;
        assert_eq!(verdict(&finding), "pass in transfer", "{scheme}: {finding:#?}");
        assert_eq!(mismatch, None, "{scheme}");
        let under_tls = if scheme == "ftp" { "" } else { " under TLS" };
        assert_eq!(
            finding.judgement.message,
            format!("Logged in as `deploy`{under_tls}, listed `/incoming` (3 entries), stored and deleted a file.")
        );
        assert_eq!(finding.account.as_deref(), Some("deploy"));
        let cleartext = finding.warnings.iter().any(|warning| warning.code == "cleartext");
        assert_eq!(cleartext, scheme == "ftp", "{:?}", finding.warnings);
        let phases: Vec<_> = finding.phases.iter().map(|entry| entry.phase.name()).collect();
        let expected: &[&str] = match scheme {
            "ftp" => &["connect", "banner", "auth", "authz", "transfer"],
            "ftps" => &["connect", "banner", "tls", "auth", "authz", "transfer"],
            _ => &["connect", "tls", "banner", "auth", "authz", "transfer"],
        };
        assert_eq!(phases, expected, "{scheme}");
    }
}

#[tokio::test]
async fn the_transcript_shows_the_conversation_and_no_password() {
    let (finding, _) = Meeting::over("ftps").with(&[logged_in(), vec![lists("NLST", &["x"])]].concat()).await;
    let said = transcript(&finding);
    for line in ["> AUTH TLS", "> USER deploy", "> PASS ***", "< 230 Login successful.", "> EPSV", "> NLST", "> QUIT"] {
        assert!(said.iter().any(|said| said == line), "{line} is not in {said:#?}");
    }
    assert!(said.iter().any(|line| line.starts_with("# TLS 1.3, ") && line.ends_with("new session")), "{said:#?}");
    assert!(said.iter().any(|line| line.starts_with("# data connection: TLS") && line.ends_with("session resumed")));
}

#[tokio::test]
async fn refusals_of_the_login_end_the_interview() {
    let user = |send| vec![says("220 ready"), on("USER {{username}}", send)];
    let pass =
        |send| vec![says("220 ready"), on("USER {{username}}", "331 password please"), on("PASS {{password}}", send)];
    for (dialogue, expected) in [
        (vec![says("421 There are too many connected users, please try later.")], "rate-limited in banner"),
        (vec![says("530 Not today.")], "login-denied in banner"),
        (user("530 Permission denied."), "login-denied in auth"),
        (user("530 Non-anonymous sessions must use encryption."), "tls-required in auth"),
        (user("332 Need account for login."), "interaction-required in auth"),
        (pass("530 Login incorrect."), "credential-rejected in auth"),
        (pass("530-Login\n530 incorrect."), "credential-rejected in auth"),
        (pass("530 Sorry, 1 users already logged in, try later"), "rate-limited in auth"),
        (pass("530 Account disabled."), "account-suspended in auth"),
        (pass("530 Password expired."), "credential-expired in auth"),
        (pass("530 Maintenance until Monday."), "forbidden in auth"),
        (pass("500 OOPS: vsftpd: refusing to run with writable root inside chroot()"), "session-refused in auth"),
        (pass("331 One-time code?"), "interaction-required in auth"),
    ] {
        let (finding, mismatch) = Meeting::over("ftp").with(&dialogue).await;
        assert_eq!(verdict(&finding), expected, "{finding:#?}");
        assert_eq!(mismatch, None, "{expected}");
        assert!(finding.judgement.remedy.is_some_and(|remedy| !remedy.is_empty()));
    }
}

#[tokio::test]
async fn a_login_that_anybody_gets_proves_nothing() {
    let listing = || vec![on("PWD", "257 \"/\""), lists("NLST", &["pub"])];
    let at_user = vec![says("220 ready"), on("USER {{username}}", "230 Anonymous user logged in")];
    let (finding, _) = Meeting::over("ftp").with(&[at_user, listing()].concat()).await;
    assert_eq!(verdict(&finding), "probe-not-discriminating in assert");

    let mut as_anonymous = logged_in();
    as_anonymous.truncate(2);
    as_anonymous.push(on("PASS *", "230 Anonymous access granted, restrictions apply"));
    let (finding, _) = Meeting::over("ftp").with(&[as_anonymous.clone(), listing()].concat()).await;
    assert_eq!(verdict(&finding), "probe-not-discriminating in assert");

    // For the anonymous account itself it is what was asked for.
    let anonymous = Meeting { user: "anonymous", password: Vec::new(), ..Meeting::over("ftp") };
    let (finding, _) = anonymous.with(&[as_anonymous, listing()].concat()).await;
    assert_eq!(verdict(&finding), "pass in transfer");
}

#[tokio::test]
async fn directories_that_cannot_be_entered() {
    let refused = |send| [logged_in(), vec![on("CWD /a/in", send)]].concat();
    let meeting = Meeting::over("ftp").directory("/a/in");
    for (send, expected) in [
        ("550 /a/in: No such file or directory", "path-unavailable in authz"),
        ("550 /a/in: Permission denied", "permission-missing in authz"),
        ("500 OOPS: cannot change directory", "session-refused in authz"),
    ] {
        let (finding, mismatch) = meeting.with(&refused(send)).await;
        assert_eq!((verdict(&finding).as_str(), mismatch), (expected, None));
    }
    // vsftpd's words leave it open; the directory above does not.
    for (names, expected) in [(&["in"][..], "permission-missing in authz"), (&["out"], "path-unavailable in authz")] {
        let mut turns = refused("550 Failed to change directory.");
        turns.extend([on("CWD /a", "250 OK"), lists("NLST", names)]);
        let (finding, mismatch) = meeting.with(&turns).await;
        assert_eq!((verdict(&finding).as_str(), mismatch), (expected, None), "{names:?}");
    }
    let turns = [refused("550 Failed to change directory."), vec![on("CWD /a", "550 Failed to change directory.")]];
    let (finding, _) = meeting.with(&turns.concat()).await;
    assert_eq!(verdict(&finding), "path-unavailable in authz");
    assert!(finding.judgement.message.contains("does not say which"), "{}", finding.judgement.message);
}

#[tokio::test]
async fn listings_and_patterns() {
    let listing = |turns: &[FtpTurn]| [logged_in(), turns.to_vec()].concat();
    for (turns, pattern, expected) in [
        (vec![lists("NLST", &[])], None, "pass in transfer"),
        (vec![on("NLST", "550 No files found.")], None, "pass in transfer"),
        (vec![on("NLST", "226 Nothing here.")], None, "pass in transfer"),
        (vec![lists("NLST", &["a.csv"])], Some("*.csv"), "pass in transfer"),
        (vec![lists("NLST", &["a.csv.part"])], Some("*.csv"), "path-unavailable in transfer"),
        (vec![lists("NLST orders", &["orders/a.csv"])], Some("orders/*.csv"), "pass in transfer"),
        (
            vec![
                on("NLST", "502 NLST not implemented."),
                lists("LIST", &["total 1", "-rw-r--r--    1 ftp      ftp            17 Nov 24 12:00 a.csv"]),
            ],
            Some("*.csv"),
            "pass in transfer",
        ),
        (vec![on("NLST", "550 Permission denied.")], None, "permission-missing in transfer"),
        (vec![on("NLST", "451 Local error.")], None, "provider-error in transfer"),
    ] {
        let meeting = match pattern {
            Some(pattern) => Meeting::over("ftp").file(pattern),
            None => Meeting::over("ftp"),
        };
        let (finding, mismatch) = meeting.with(&listing(&turns)).await;
        assert_eq!((verdict(&finding).as_str(), mismatch), (expected, None), "{pattern:?} {turns:?}");
    }
}

#[tokio::test]
async fn uploads_that_fail_and_files_that_stay() {
    let until_store = || [logged_in(), vec![lists("NLST", &["a"])]].concat();
    for (send, expected) in [
        ("553 Could not create file.", "permission-missing in transfer"),
        ("550 Permission denied.", "permission-missing in transfer"),
        ("552 Quota exceeded.", "permission-missing in transfer"),
        ("452 No space left.", "provider-error in transfer"),
    ] {
        let turns = [until_store(), vec![on("STOR *", send)]].concat();
        let (finding, mismatch) = Meeting::over("ftp").write().with(&turns).await;
        assert_eq!((verdict(&finding).as_str(), mismatch), (expected, None), "{send}");
        assert!(finding.warnings.iter().all(|warning| warning.code != "left-behind"), "{send}");
    }
    // Stored, but the server keeps it: a pass, and word of what was left.
    let turns = [
        until_store(),
        vec![on("STOR *", "150 Go on."), on("SIZE *", "500 No."), on("DELE *", "550 Permission denied.")],
    ];
    let (finding, _) = Meeting::over("ftp").write().with(&turns.concat()).await;
    assert_eq!(verdict(&finding), "pass in transfer");
    let left = finding.warnings.iter().find(|warning| warning.code == "left-behind").expect("word of the file");
    assert!(left.message.contains("`.tugtest-probe-"), "{}", left.message);
    // Broken off in the middle: deleted all the same.
    let turns = [until_store(), vec![on("STOR *", "150 Go on."), says("426 Broken."), on("DELE *", "250 Gone.")]];
    let (finding, mismatch) = Meeting::over("ftp").write().with(&turns.concat()).await;
    assert_eq!((verdict(&finding).as_str(), mismatch), ("data-channel-failed in transfer", None));
    assert!(transcript(&finding).iter().any(|line| line.starts_with("> DELE .tugtest-probe-")));
    // Arrived short.
    let turns = [until_store(), vec![on("STOR *", "150 Go on."), on("SIZE *", "213 0"), on("DELE *", "250 Gone.")]];
    let (finding, mismatch) = Meeting::over("ftp").write().with(&turns.concat()).await;
    assert_eq!((verdict(&finding).as_str(), mismatch), ("data-channel-failed in transfer", None));
    // No names with a dot in front: another name is tried.
    let turns = [
        until_store(),
        vec![
            on("STOR .tugtest*", "553 Prohibited file name: .tugtest-probe"),
            on("STOR tugtest-probe-*", "150 Go on."),
            on("SIZE tugtest-probe-*", "213 62"),
            on("DELE tugtest-probe-*", "250 Gone."),
        ],
    ];
    let (finding, mismatch) = Meeting::over("ftp").write().with(&turns.concat()).await;
    assert_eq!((verdict(&finding).as_str(), mismatch), ("pass in transfer", None));
    // A drop box: not to be listed, but written to.
    let turns = [
        logged_in(),
        vec![
            on("NLST", "550 Permission denied."),
            on("STOR *", "150 Go on."),
            on("SIZE *", "550 No."),
            on("DELE *", "250 Gone."),
        ],
    ];
    let (finding, _) = Meeting::over("ftp").write().with(&turns.concat()).await;
    assert_eq!(verdict(&finding), "pass in transfer");
    assert!(finding.warnings.iter().any(|warning| warning.code == "listing-refused"));
}

#[tokio::test]
async fn data_connections_that_fail() {
    let listing = |turns: &[FtpTurn]| [logged_in(), turns.to_vec()].concat();
    for (scheme, turns, expected) in [
        (
            "ftp",
            vec![on("EPSV", "550 Permission denied."), on("PASV", "550 Permission denied.")],
            "data-channel-failed",
        ),
        ("ftp", vec![on("NLST", "425 Can't open data connection.")], "data-channel-failed"),
        ("ftp", vec![on("NLST", "150 ok"), says("426 Failure writing network stream.")], "data-channel-failed"),
        // A port where nobody listens, offered twice: port 1 on loopback.
        ("ftp", vec![on("EPSV", "229 ok (|||1|)"), on("PASV", "227 ok (127,0,0,1,0,1)")], "data-channel-failed"),
        (
            "ftps",
            vec![on("NLST", "150 ok"), says("522 SSL connection failed: session reuse required")],
            "tls-session-reuse-required",
        ),
        (
            "ftps",
            vec![on("NLST", "150 ok"), says("425 Unable to build data connection: Operation not permitted")],
            "tls-session-reuse-required",
        ),
        ("ftp", vec![on("NLST", "522 Data connections must be encrypted.")], "tls-required"),
    ] {
        let (finding, mismatch) = Meeting::over(scheme).with(&listing(&turns)).await;
        assert_eq!((verdict(&finding), mismatch), (format!("{expected} in transfer"), None), "{turns:?}");
        assert_eq!(finding.account.is_some(), expected != "tls-required", "{expected}");
    }
}

#[tokio::test]
async fn a_passive_address_is_never_trusted() {
    for reply in ["227 Entering Passive Mode (10,0,0,5,{{data_port}}).", "227 =127,9,9,9,{{data_port}}"] {
        let turns =
            [logged_in(), vec![on("EPSV", "500 EPSV not understood."), on("PASV", reply), lists("NLST", &["a"])]];
        let (finding, mismatch) = Meeting::over("ftp").with(&turns.concat()).await;
        assert_eq!((verdict(&finding).as_str(), mismatch), ("pass in transfer", None), "{reply}");
        assert!(finding.warnings.iter().any(|warning| warning.code == "passive-address-ignored"), "{reply}");
    }
    // As vsftpd and pyftpdlib answer on IPv6: no address that could be wrong.
    for reply in
        ["227 Entering Passive Mode (0,0,0,0,{{data_port}}).", "227 Entering passive mode (127,0,0,1,{{data_port}})."]
    {
        let turns = [logged_in(), vec![on("EPSV", "500 No."), on("PASV", reply), lists("NLST", &["a"])]];
        let (finding, _) = Meeting::over("ftp").with(&turns.concat()).await;
        assert!(finding.warnings.iter().all(|warning| warning.code == "cleartext"), "{:?}", finding.warnings);
    }
}

#[tokio::test]
async fn tls_that_is_not_offered_costs_no_password() {
    for (tls, turns) in [
        (FtpTls::None, vec![says("220 ready"), on("AUTH TLS", "502 Command not implemented.")]),
        (FtpTls::None, vec![says("220 ready"), on("AUTH TLS", "530 Please login with USER and PASS.")]),
        (FtpTls::None, vec![says("220 ready")]),
        (FtpTls::Explicit, vec![says("220 ready"), on("PBSZ 0", "503 Not now.")]),
        (FtpTls::Explicit, vec![says("220 ready"), on("PROT P", "534 Unwilling to accept security parameters")]),
    ] {
        let meeting = Meeting { tls, ..Meeting::over("ftps") };
        let (finding, mismatch) = meeting.with(&turns).await;
        assert_eq!((verdict(&finding).as_str(), mismatch), ("tls-not-offered in tls", None), "{turns:?}");
        assert!(!transcript(&finding).iter().any(|line| line.starts_with("> USER") || line.starts_with("> PASS")));
        if tls == FtpTls::Explicit {
            let refused = turns[1].expect.as_deref().expect("a command");
            assert!(finding.judgement.message.contains(refused), "{}", finding.judgement.message);
        }
    }
}

#[tokio::test]
async fn what_is_said_in_clear_behind_234_is_not_believed() {
    let mut turns = vec![says("220 ready"), on("AUTH TLS", "234 ok\n230 Already logged in.\n200 ok\n200 ok")];
    turns.extend(logged_in().split_off(1));
    turns.push(lists("NLST", &["a"]));
    let (finding, mismatch) = Meeting::over("ftps").with(&turns).await;
    // The bytes are dropped: the session under TLS begins from nothing, and the password is asked for there.
    assert_eq!((verdict(&finding).as_str(), mismatch), ("pass in transfer", None), "{finding:#?}");
    assert!(!transcript(&finding).iter().any(|line| line.contains("Already logged in")));
}

#[tokio::test]
async fn each_fault_has_its_verdict_in_time() {
    let total = Duration::from_millis(900);
    let banner = |fault| vec![faulty(says("220 ready"), fault)];
    let pass = |fault| {
        let mut turns = logged_in();
        turns.truncate(2);
        turns.push(faulty(on("PASS {{password}}", "230 Login successful."), fault));
        turns.extend([on("PWD", "257 \"/\""), lists("NLST", &["a"])]);
        turns
    };
    let data = |fault| [logged_in(), vec![faulty(lists("NLST", &["a", "b"]), fault)]].concat();
    for (place, expected) in [
        (
            "banner",
            [
                "connection-reset in banner",
                "login-denied in banner",
                "response-timeout in banner",
                "protocol-mismatch in banner",
                "response-timeout in auth",
                "connection-reset in banner",
            ],
        ),
        (
            "pass",
            [
                "connection-reset in auth",
                "connection-reset in auth",
                "response-timeout in auth",
                "unexpected-response in assert",
                "pass in transfer",
                "connection-reset in auth",
            ],
        ),
        (
            "data",
            [
                "data-channel-failed in transfer",
                "data-channel-failed in transfer",
                "data-channel-failed in transfer",
                "data-channel-failed in transfer",
                "pass in transfer",
                "data-channel-failed in transfer",
            ],
        ),
    ] {
        for scheme in ["ftp", "ftps"] {
            for (fault, expected) in Fault::ALL.into_iter().zip(expected) {
                let turns = match place {
                    "banner" => banner(fault),
                    "pass" => pass(fault),
                    _ => data(fault),
                };
                // A greeting that trickles is followed by nothing the dialogue knows of; see what comes after it.
                let expected = match (place, fault, scheme) {
                    ("banner", Fault::Slow, _) => continue,
                    _ => expected,
                };
                let begun = Instant::now();
                let (finding, _) = Meeting::over(scheme).within(total).with(&turns).await;
                assert_eq!(verdict(&finding), expected, "{scheme} {place} {}: {finding:#?}", fault.name());
                assert!(begun.elapsed() < total + Duration::from_millis(1200), "{place} {}", fault.name());
            }
        }
    }
}

#[tokio::test]
async fn slow_greetings_are_waited_for() {
    let mut turns = logged_in();
    turns[0] = faulty(says("220-Welcome\n220 ready"), Fault::Slow);
    turns.push(lists("NLST", &["a"]));
    let (finding, _) = Meeting::over("ftp").with(&turns).await;
    assert_eq!(verdict(&finding), "pass in transfer");
}

#[tokio::test]
async fn wrong_protocols_on_the_right_port() {
    let short = Duration::from_millis(700);
    // Implicit where explicit is spoken: a greeting in clear in place of TLS.
    let meeting = Meeting { tls: FtpTls::Explicit, ..Meeting::over("ftps-implicit") };
    let (finding, _) = meeting.with(&logged_in()).await;
    assert_eq!(verdict(&finding), "tls-handshake-failed in tls");
    // Explicit where implicit is spoken: silence.
    let meeting = Meeting { tls: FtpTls::Implicit, ..Meeting::over("ftps").within(short) };
    let (finding, _) = meeting.with(&logged_in()).await;
    assert_eq!(verdict(&finding), "response-timeout in banner");
    assert!(finding.judgement.remedy.as_deref().is_some_and(|remedy| remedy.contains("ftps-implicit")));
}

#[tokio::test]
async fn a_command_that_the_fixture_lacks_is_named_without_secrets() {
    let turns = [says("220 ready"), on("USER somebody-else", "331 ok"), on("PASS {{password}}", "230 ok")];
    let (_, mismatch) = Meeting::over("ftp").with(&turns).await;
    let mismatch = mismatch.expect("a mismatch");
    assert!(mismatch.contains("USER deploy") && mismatch.contains("USER somebody-else"), "{mismatch}");
    let turns = [says("220 ready"), on("USER {{username}}", "331 ok"), on("PASS another", "230 ok")];
    let (_, mismatch) = Meeting::over("ftp").with(&turns).await;
    let mismatch = mismatch.expect("a mismatch");
    assert!(mismatch.contains("PASS {{password}}") && !mismatch.contains(PASSWORD), "{mismatch}");
}

#[tokio::test]
async fn accounts_are_compared() {
    let turns = [logged_in(), vec![lists("NLST", &["a"])]].concat();
    for (account, expected) in [
        ("deploy", "pass in transfer"),
        ("/home/deploy", "pass in transfer"),
        ("other", "wrong-account in authz"),
        ("/home/other", "wrong-account in authz"),
    ] {
        let meeting = Meeting { account: Some(account), ..Meeting::over("ftp") };
        assert_eq!(verdict(&meeting.with(&turns).await.0), expected, "{account}");
    }
}
