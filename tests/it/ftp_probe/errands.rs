//! After the login: directories, listings, uploads, data connections.

use tugtest::model::fixture::FtpTurn;

use super::stage::{Meeting, lists, logged_in, on, says, transcript, verdict};

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
