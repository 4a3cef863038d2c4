//! A run made by hand, with every kind of verdict and outcome in it, hostile servers, and names in many scripts.

use std::sync::Arc;
use std::time::Duration;

use tugtest::model::cause::Cause;
use tugtest::model::event::Event;
use tugtest::model::evidence::{Direction, EvidenceLine, Finding, PhaseTime, Scopes, Warning};
use tugtest::model::phase::Phase;
use tugtest::model::report::{AuthState, Mode, RunHeader, StepConnection, StepHeader, StepReport};
use tugtest::model::scheme::Scheme;
use tugtest::model::verdict::{Expectation, Judgement};

/// A secret of the hand-made run; its servers send it back.
pub(crate) const CANARY: &str = "canary-klaviyo-key";

/// A step that passed after `ms` milliseconds.
pub(crate) fn step(
    app: &str,
    name: &str,
    connection: Option<(&str, Scheme)>,
    judgement: Judgement,
    ms: u64,
) -> StepReport {
    let state = match connection {
        Some(_) => AuthState::Authenticated,
        None if judgement.cause == Some(Cause::ConnectionMissing) => AuthState::Authenticate,
        None => AuthState::NotNeeded,
    };
    let expected = Expectation::Pass;
    StepReport {
        header: StepHeader {
            key: None,
            name: name.into(),
            app: app.into(),
            operation: None,
            connection: StepConnection {
                name: connection.map(|(name, _)| name.into()),
                scheme: connection.map(|(_, scheme)| scheme),
                state,
                last: None,
            },
            expected,
            target: None,
            line: 3,
        },
        outcome: expected.outcome(&judgement),
        finding: Finding::without_evidence(judgement),
        attempts: u32::from(connection.is_some()),
        duration: Duration::from_millis(ms),
    }
}

/// The same step with another expectation.
pub(crate) fn expecting(mut step: StepReport, expected: Expectation) -> StepReport {
    step.header.expected = expected;
    step.outcome = expected.outcome(&step.finding.judgement);
    step
}

/// Lines of evidence, a millisecond apart.
pub(crate) fn evidence(phase: Phase, lines: &[(Direction, &str)]) -> Vec<EvidenceLine> {
    let line = |(at, &(direction, text)): (usize, &(Direction, &str))| EvidenceLine {
        at: Duration::from_micros(1234 * (at as u64 + 1)),
        phase,
        direction,
        text: text.to_owned(),
    };
    lines.iter().enumerate().map(line).collect()
}

const fn api(name: &str) -> (&str, Scheme) {
    (name, Scheme::ApiKey)
}

/// An FTP server that refuses, and tries every trick while it does so.
fn warehouse() -> StepReport {
    let denied = Judgement::of(
        Cause::CredentialRejected,
        Phase::Auth,
        "files.example.com answered 530 to PASS: the server refused the user name or the password.",
        "Check the password of the connection `warehouse`, then try `tugtest probe warehouse`.",
    );
    let mut ftp = step("ftp", "Upload order file", Some(("warehouse", Scheme::Ftp)), denied, 34);
    ftp.header.target = Some("ftps://files.example.com".to_owned());
    ftp.header.line = 14;
    ftp.finding.warnings = vec![Warning::new(
        "passive-address-ignored",
        "The server named 10.0.0.5 for data; the control address was used.",
    )];
    ftp.finding.evidence = evidence(
        Phase::Auth,
        &[
            (Direction::Received, "220 \u{1b}[2J\u{1b}]0;owned\u{7}ready \u{202e}txet"),
            (Direction::Sent, "USER deploy"),
            (Direction::Received, "331 ::add-mask::x ##[error]y ##vso[task.x]z ##teamcity[w]"),
            (Direction::Sent, "PASS [secret:warehouse.password]"),
            (
                Direction::Received,
                "530 Login incorrect, got canary-klaviyo-key or 63616e6172792d6b6c617669796f2d6b6579\r\n::error::no",
            ),
        ],
    );
    ftp
}

fn orders() -> Vec<StepReport> {
    let not_required = Judgement::of(
        Cause::NotRequired,
        Phase::Resolve,
        "Shopify is the store itself: this step needs no connection.",
        "",
    );
    let mut same_store = step("shopify", "Order created", None, not_required, 0);
    same_store.finding.judgement.remedy = None;

    let pass = Judgement::pass(Phase::Authz, "GET /api/accounts answered 200 with an account.");
    let mut klaviyo = step("klaviyo", "Subscribe profile", Some(api("klaviyo-eu")), pass, 12);
    klaviyo.header.key = Some("klaviyo_subscribe".into());
    klaviyo.header.operation = Some("profile_subscribe".into());
    klaviyo.header.target = Some("https://a.klaviyo.com".to_owned());
    klaviyo.finding.account = Some("Canary Shop".to_owned());
    klaviyo.finding.scopes = Scopes {
        granted: vec!["accounts:read".into(), "lists:read".into()],
        required: vec!["accounts:read".into()],
        missing: vec![],
    };
    klaviyo.finding.phases = vec![
        PhaseTime { phase: Phase::Dns, time: Duration::from_micros(499) },
        PhaseTime { phase: Phase::Connect, time: Duration::from_micros(1500) },
        PhaseTime { phase: Phase::Auth, time: Duration::from_micros(10_001) },
    ];
    klaviyo.finding.evidence = evidence(
        Phase::Auth,
        &[
            (Direction::Sent, "GET /api/accounts"),
            (Direction::Sent, "authorization: Klaviyo-API-Key canary-klaviyo-key"),
            (Direction::Received, "200 OK"),
        ],
    );

    let rejected = Judgement::of(
        Cause::CredentialRejected,
        Phase::Auth,
        "a.klaviyo.com answered 401: the key is not known there.",
        "Make a new key and put it into the connection `klaviyo-old`.",
    );
    let old = step("klaviyo", "Subscribe profile", Some(api("klaviyo-old")), rejected, 10);
    let old = expecting(old, Expectation::Cause(Cause::CredentialRejected));

    vec![same_store, klaviyo, old, warehouse()]
}

fn support() -> Vec<StepReport> {
    let timeout = Judgement::of(
        Cause::ConnectTimeout,
        Phase::Connect,
        "No answer from slack.example.com:443 within 5 s.",
        "Try again; if it stays so, ask for this address to be let through.",
    );
    let mut slack =
        step("slack", "::set-output name=Nachricht schicken – 送信 🦀", Some(api("slack-ops")), timeout, 5001);
    slack.attempts = 3;

    let limited = Judgement::of(
        Cause::RateLimited,
        Phase::Auth,
        "api.hubapi.com answered 429.",
        "Wait as long as the server asks, then try again.",
    )
    .with_retry_after(Some(Duration::from_millis(29_500)));
    let mut hubspot = step("hubspot", "Find\ncontact", Some(api("hubspot")), limited, 80);
    hubspot.header.line = 8;
    let limited = expecting(hubspot.clone(), Expectation::Cause(Cause::RateLimited));

    let scope = Judgement::of(
        Cause::PermissionMissing,
        Phase::Authz,
        "The key is good. It lacks read_orders, which this step needs.",
        "Add the scope to the app and install it again.",
    );
    let mut shopify = step("shopify", "Get order", Some(("shop", Scheme::ShopifyCustomApp)), scope, 45);
    shopify.finding.scopes = Scopes {
        granted: vec!["read_products".into()],
        required: vec!["read_orders".into(), "write_orders".into()],
        missing: vec!["read_orders".into(), "write_orders".into()],
    };
    let shopify = expecting(shopify, Expectation::Cause(Cause::CredentialExpired));

    let pass = Judgement::pass(Phase::Auth, "GET /v2/me answered 200.");
    let surprise =
        expecting(step("openai", "Ask", Some(api("openai")), pass, 7), Expectation::Cause(Cause::CredentialRejected));

    let missing = Judgement::of(
        Cause::ConnectionMissing,
        Phase::Resolve,
        "The step selects no connection, and none for gorgias is there.",
        "Create one with `tugtest connections add`, or set `connection:`.",
    );
    let gorgias = step("gorgias", "Create ticket", None, missing, 0);
    vec![slack, hubspot, limited, shopify, surprise, gorgias]
}

fn rest() -> Vec<StepReport> {
    let skip =
        |cause: Cause, message: &str| Judgement { remedy: None, ..Judgement::of(cause, Phase::Resolve, message, "") };
    let untested = step("trello", "Add card", None, skip(Cause::NoProbe, "No probe is known for trello."), 0);
    let no_fixture = step(
        "stripe",
        "Refund",
        Some(api("stripe")),
        skip(Cause::NoFixture, "A mocked run, and the step names no fixture."),
        0,
    );
    let disabled = step("filter", "Only paid", None, skip(Cause::Disabled, "The step is switched off."), 0);
    let offline = step("zendesk", "Ticket", None, skip(Cause::Offline, "Only mocked runs are allowed here."), 0);
    let offline = expecting(offline, Expectation::Cause(Cause::Offline));
    vec![untested, no_fixture, disabled, offline]
}

/// The run: its events in an order in which they could happen, the second scenario done before the first.
pub(crate) fn run(trace: bool) -> Vec<Event> {
    let scenarios: [(&str, &str, Vec<StepReport>); 3] = [
        ("scenarios/orders.yaml", "Send new orders to the warehouse", orders()),
        ("scenarios/support/täglich.yaml", "Support – 毎日 & <urgent> \"now\"", support()),
        ("scenarios/rest.yml", "Rest", rest()),
    ];
    let header = RunHeader {
        tool: "tugtest 0.1.0".to_owned(),
        mode: Mode::Mocked,
        started_at: "2026-11-24T20:29:00Z".to_owned(),
        steps: scenarios.iter().map(|(_, _, steps)| steps.len()).sum(),
        scenarios: scenarios.len(),
        trace,
    };
    let mut events = vec![Event::RunStarted(header)];
    for (scenario, (file, workflow, steps)) in scenarios.iter().enumerate() {
        let (file, workflow): (Arc<str>, Arc<str>) = ((*file).into(), (*workflow).into());
        events.push(Event::ScenarioPlanned { scenario, file, workflow, steps: steps.len() });
    }
    for scenario in [1, 0, 2] {
        for (step, report) in scenarios[scenario].2.iter().enumerate().rev() {
            events.push(Event::StepStarted { scenario, step, name: report.header.name.clone() });
            if report.attempts > 1 {
                events.push(Event::StepRetried { scenario, step, attempts: 1, pause: Duration::from_millis(200) });
            }
            events.push(Event::StepFinished { scenario, step, report: Box::new(report.clone()) });
        }
    }
    events.push(Event::RunFinished { duration: Duration::from_millis(5123) });
    events
}
