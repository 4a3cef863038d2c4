//! Polling, with a clock that is turned by hand.

use std::cell::RefCell;
use std::collections::VecDeque;

use serde_json::json;

use super::*;
use crate::model::cause::Cause;
use crate::model::phase::Phase;

fn granted() -> Polled {
    let access_token = Secret::new("canary-token");
    Polled::Granted(Box::new(Granted {
        access_token,
        refresh_token: None,
        expires_in: None,
        scopes: None,
        ahead: None,
    }))
}

fn refused() -> Polled {
    Polled::Refused(Judgement::of(Cause::GrantInvalid, Phase::Auth, "expired_token", "begin anew"))
}

fn device(life: u64, interval: u64) -> Device {
    Device {
        user_code: "WDJB-MJHT".to_owned(),
        page: "https://login.example/device".to_owned(),
        whole: None,
        life: Duration::from_secs(life),
        interval: Duration::from_secs(interval),
        code: Secret::new("canary-device"),
    }
}

/// The seconds at which polls were sent, and how it ended.
async fn polls(
    device: Device,
    patience: u64,
    answers: impl IntoIterator<Item = Polled>,
) -> (Vec<u64>, Result<Option<Granted>, Judgement>) {
    let begun = Instant::now();
    let sent = RefCell::new(Vec::new());
    let answers = RefCell::new(answers.into_iter().collect::<VecDeque<_>>());
    let poll = async || {
        sent.borrow_mut().push(begun.elapsed().as_secs());
        Ok(answers.borrow_mut().pop_front().unwrap_or(Polled::Pending))
    };
    let end = device.wait(Duration::from_secs(patience), poll).await;
    (sent.into_inner(), end)
}

#[tokio::test(start_paused = true)]
async fn a_server_is_asked_at_its_own_pace_until_there_are_tokens() {
    let (sent, end) = polls(device(600, 5), 300, [Polled::Pending, Polled::Pending, granted()]).await;
    assert_eq!(sent, [5, 10, 15]);
    assert!(matches!(end, Ok(Some(_))));
    let (sent, _) = polls(device(600, 1), 300, [Polled::Pending, granted()]).await;
    assert_eq!(sent, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn slow_down_adds_five_seconds_for_good() {
    let answers = [Polled::SlowDown, Polled::Pending, Polled::SlowDown, Polled::Pending, granted()];
    let (sent, _) = polls(device(600, 5), 300, answers).await;
    assert_eq!(sent, [5, 15, 25, 40, 55]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_asked_less_and_less_often() {
    let failed = || Polled::Failed;
    let (sent, _) = polls(device(600, 5), 400, [failed(), failed(), failed(), failed(), failed(), granted()]).await;
    assert_eq!(sent, [5, 15, 35, 75, 135, 195], "never more than a minute apart");
    let (sent, _) = polls(device(600, 5), 300, [failed(), Polled::Pending, granted()]).await;
    assert_eq!(sent, [5, 15, 20], "an answer brings the old pace back");
    let (sent, _) = polls(device(600, 0), 300, [Polled::Pending, Polled::Pending, failed(), granted()]).await;
    assert_eq!(sent, [1, 2, 3, 5], "an interval of nothing is no licence to hammer");
    let (sent, end) = polls(device(600, u64::MAX), 300, []).await;
    assert!(sent.is_empty() && matches!(end, Ok(None)), "an interval of ages breaks nothing");
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_the_code_or_with_our_patience_whichever_is_shorter() {
    for (life, patience) in [(12, 300), (300, 12)] {
        let begun = Instant::now();
        let (sent, end) = polls(device(life, 5), patience, []).await;
        assert_eq!(sent, [5, 10]);
        assert!(matches!(end, Ok(None)), "{end:?}");
        assert_eq!(begun.elapsed().as_secs(), 12, "it waits to the end: the person may look at the clock");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_it() {
    let (sent, end) = polls(device(600, 5), 300, [Polled::Pending, refused(), granted()]).await;
    assert_eq!(sent, [5, 10]);
    assert_eq!(end.expect_err("a refusal").cause, Some(Cause::GrantInvalid));
}

#[test]
fn an_answer_is_read_as_the_rfc_and_as_google_write_it() {
    // RFC 8628 section 3.2 has this example.
    let body = json!({
        "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS", "user_code": "WDJB-MJHT",
        "verification_uri": "https://example.com/device",
        "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT", "expires_in": 1800, "interval": 5,
    });
    let device = Device::read(&body).expect("a complete answer");
    assert_eq!((device.user_code.as_str(), device.page.as_str()), ("WDJB-MJHT", "https://example.com/device"));
    assert_eq!(device.whole.as_deref(), Some("https://example.com/device?user_code=WDJB-MJHT"));
    assert_eq!((device.life.as_secs(), device.interval.as_secs()), (1800, 5));
    let body = json!({"device_code": "c", "user_code": "u", "verification_url": "https://www.google.com/device"});
    let device = Device::read(&body).expect("an answer with what is needed");
    assert_eq!((device.interval, device.life), (INTERVAL, LIFE), "what is not said is as usual");
    for missing in ["device_code", "user_code", "verification_url"] {
        let mut body = body.clone();
        body[missing] = "".into();
        assert!(Device::read(&body).is_none(), "{missing}");
    }
}
