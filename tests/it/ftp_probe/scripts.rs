//! Getting in: dialogues as fixtures write them.

use std::time::Duration;

use tugtest::model::fixture::{FtpTls, FtpTurn};

use super::stage::{Meeting, PASSWORD, lists, logged_in, on, says, transcript, verdict};

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
