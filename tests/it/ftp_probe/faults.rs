//! Every fault that a double can play, and the verdict that it has to end in.

use std::time::{Duration, Instant};

use tugtest::model::fixture::{Fault, FtpTurn};

use super::stage::{Meeting, faulty, lists, logged_in, on, says, transcript, verdict};

/// A dialogue with this fault at the greeting, at the password or on the data connection.
fn broken(place: &str, fault: Fault) -> Vec<FtpTurn> {
    let mut turns = logged_in();
    turns.push(lists("NLST", &["a", "b"]));
    let at = match place {
        "banner" => 0,
        "pass" => 2,
        _ => 4,
    };
    turns[at] = faulty(turns[at].clone(), fault);
    turns
}

#[tokio::test]
async fn each_fault_has_its_verdict_in_time() {
    use Fault::{Close, Garbage, Reset, Silence, Slow, Truncate};
    let rows = [
        ("banner", Reset, "connection-reset in banner"),
        // Closed in good order, and again at the second knock: an access list does that.
        ("banner", Close, "login-denied in banner"),
        ("banner", Silence, "response-timeout in banner"),
        ("banner", Garbage, "protocol-mismatch in banner"),
        ("banner", Slow, "pass in transfer"),
        ("banner", Truncate, "connection-reset in banner"),
        ("pass", Reset, "connection-reset in auth"),
        ("pass", Close, "connection-reset in auth"),
        ("pass", Silence, "response-timeout in auth"),
        ("pass", Garbage, "unexpected-response in assert"),
        ("pass", Slow, "pass in transfer"),
        ("pass", Truncate, "connection-reset in auth"),
        ("data", Reset, "data-channel-failed in transfer"),
        ("data", Close, "data-channel-failed in transfer"),
        ("data", Silence, "data-channel-failed in transfer"),
        ("data", Garbage, "data-channel-failed in transfer"),
        ("data", Slow, "pass in transfer"),
        ("data", Truncate, "data-channel-failed in transfer"),
    ];
    // Only silence lasts until the time is up; the others have all the time that a busy machine may need.
    let (silent, others): (Vec<_>, Vec<_>) = ["ftp", "ftps", "ftps-implicit"]
        .into_iter()
        .flat_map(|scheme| rows.map(|row| (scheme, row)))
        .partition(|(_, (_, fault, _))| *fault == Silence);
    let meet = |total: Duration| {
        move |(scheme, (place, fault, expected)): (&'static str, (&'static str, Fault, &'static str))| async move {
            let begun = Instant::now();
            let (finding, _) = Meeting::over(scheme).within(total).with(&broken(place, fault)).await;
            // Under implicit TLS a greeting is read by suppaftp, behind a handshake that has proved somebody is there.
            let expected = match (scheme, place, fault) {
                ("ftps-implicit", "banner", Close) => "connection-reset in banner",
                ("ftps-implicit", "banner", Truncate) => "connection-reset in auth",
                ("ftps-implicit", "banner", Garbage) => "unexpected-response in assert",
                _ => expected,
            };
            assert_eq!(verdict(&finding), expected, "{scheme} {place} {}: {finding:#?}", fault.name());
            assert!(begun.elapsed() < total + Duration::from_secs(2), "{scheme} {place} {}", fault.name());
        }
    };
    futures_util::future::join_all(others.into_iter().map(meet(Duration::from_secs(20)))).await;
    futures_util::future::join_all(silent.into_iter().map(meet(Duration::from_millis(1500)))).await;
}

#[tokio::test]
async fn a_file_is_deleted_however_its_upload_broke() {
    use Fault::{Close, Reset, Silence, Truncate};
    let meetings =
        ["ftp", "ftps"].into_iter().flat_map(|scheme| [Reset, Close, Silence, Truncate].map(|fault| (scheme, fault)));
    let meetings = meetings.map(|(scheme, fault)| async move {
        let mut turns = logged_in();
        turns.push(lists("NLST", &["a"]));
        turns.push(faulty(on("STOR *", "150 Go on."), fault));
        turns.push(on("DELE *", "250 Gone."));
        let meeting = Meeting::over(scheme).write().within(Duration::from_secs(2));
        let (finding, mismatch) = meeting.with(&turns).await;
        assert!(transcript(&finding).iter().any(|line| line.starts_with("> DELE ")), "{scheme} {}", fault.name());
        (scheme, fault, verdict(&finding), mismatch)
    });
    for (scheme, fault, verdict, mismatch) in futures_util::future::join_all(meetings).await {
        assert_eq!(
            (verdict.as_str(), mismatch),
            ("data-channel-failed in transfer", None),
            "{scheme} {}",
            fault.name()
        );
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
