//! The device grant (RFC 8628): a code that a person types in a browser somewhere else.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::answer::{Granted, members};
use super::dialogue::Dialogue;
use super::form::Form;
use crate::model::oauth2::ParameterPlace;
use crate::model::secret::Secret;
use crate::model::verdict::{Judgement, Verdict};
use crate::probe::judge::token::{Wanted, error_code};

/// RFC 8628 section 3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Between polls when the server names no time, and what `slow_down` adds to it for good (RFC 8628 sections 3.2 and 3.5).
const INTERVAL: Duration = Duration::from_secs(5);
/// How long a code lives when the server does not say, though it has to.
const LIFE: Duration = Duration::from_secs(600);
/// The shortest pause between two polls: an interval of nothing is no licence to hammer.
const SHORTEST: Duration = Duration::from_secs(1);
/// The slowest pace that a server can ask for; nobody waits for longer ones.
const SLOWEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest pause after failures: the person may have entered the code meanwhile.
const LONGEST: Duration = Duration::from_secs(60);

/// What a server gave for a person to enter.
#[derive(Debug)]
pub struct Device {
    /// What the person types.
    pub user_code: String,
    /// Where.
    pub page: String,
    /// The same page with the code in it, where the server has one.
    pub whole: Option<String>,
    /// For how long the code is good.
    pub life: Duration,
    interval: Duration,
    code: Secret,
}

/// How one poll ended.
#[derive(Debug)]
pub(super) enum Polled {
    Granted(Box<Granted>),
    /// The person is not done yet.
    Pending,
    /// The same, and we ask too often.
    SlowDown,
    /// No answer, or one of a server in trouble.
    Failed,
    Refused(Judgement),
}

/// How long to wait between polls.
#[derive(Debug)]
struct Pace {
    interval: Duration,
    /// Doubled by each failure in a row.
    pause: Duration,
}

impl Pace {
    fn new(interval: Duration) -> Self {
        let interval = interval.clamp(SHORTEST, SLOWEST);
        Pace { interval, pause: interval }
    }

    /// The pause after a poll that ended so.
    fn after(&mut self, polled: &Polled) -> Duration {
        match polled {
            Polled::Failed => self.pause = (self.pause * 2).min(LONGEST.max(self.interval)),
            Polled::SlowDown => {
                self.interval += INTERVAL;
                self.pause = self.interval;
            }
            _ => self.pause = self.interval,
        }
        self.pause
    }
}

impl Device {
    /// Polls until there is an end. None when time is over.
    pub(super) async fn wait(
        &self,
        patience: Duration,
        poll: impl AsyncFn() -> Result<Polled, Judgement>,
    ) -> Result<Option<Granted>, Judgement> {
        let end = Instant::now() + patience.min(self.life);
        let mut pace = Pace::new(self.interval);
        let mut pause = pace.interval;
        loop {
            if Instant::now() + pause > end {
                tokio::time::sleep_until(end).await;
                return Ok(None);
            }
            tokio::time::sleep(pause).await;
            let polled = poll().await?;
            pause = pace.after(&polled);
            match polled {
                Polled::Granted(granted) => return Ok(Some(*granted)),
                Polled::Refused(judgement) => return Err(judgement),
                Polled::Pending | Polled::SlowDown | Polled::Failed => {}
            }
        }
    }

    /// Reads the answer of RFC 8628 section 3.2; Google writes `verification_url`.
    fn read(body: &Value) -> Option<Device> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let seconds = |name: &str| body.get(name).and_then(Value::as_u64).map(Duration::from_secs);
        let pages = ["verification_uri", "verification_url"];
        Some(Device {
            user_code: text("user_code")?.to_owned(),
            page: pages.into_iter().find_map(text)?.to_owned(),
            whole: ["verification_uri_complete", "verification_url_complete"]
                .into_iter()
                .find_map(text)
                .map(str::to_owned),
            life: seconds("expires_in").unwrap_or(LIFE),
            interval: seconds("interval").unwrap_or(INTERVAL),
            code: Secret::new(text("device_code")?),
        })
    }
}

impl Dialogue<'_> {
    /// Asks for the codes.
    pub(super) async fn device(&self) -> Result<Device, Judgement> {
        let url = self.stated("device_url")?;
        let mut form = Form::default();
        if let Some(scopes) = self.scopes() {
            form.open("scope", scopes);
        }
        let heard = self.post(&url, form, ParameterPlace::Body).await.map_err(|unheard| unheard.judgement)?;
        let body = members(&heard.answer);
        let device = body.as_ref().filter(|_| (200..300).contains(&heard.answer.status())).and_then(Device::read);
        if let Some(device) = &device {
            self.scrubber.learn(&self.label("device_code"), &device.code);
        }
        self.write_down(&heard.answer, body.as_ref());
        device.ok_or_else(|| self.asked(&heard).no_token(&heard.answer, body.as_ref(), Wanted::Device).judgement)
    }

    /// Asks once whether the person is done.
    pub(super) async fn poll(&self, device: &Device) -> Polled {
        let url = match self.stated("token_url") {
            Ok(url) => url,
            Err(judgement) => return Polled::Refused(judgement),
        };
        let mut form = Form::default();
        form.open("grant_type", GRANT);
        form.secret("device_code", &device.code, &self.label("device_code"));
        let heard = match self.post(&url, form, ParameterPlace::Body).await {
            Ok(heard) => heard,
            // What is wrong with us stays so; what is wrong with the way to the server may pass.
            Err(unheard) if unheard.judgement.verdict() == Verdict::Inconclusive => return Polled::Failed,
            Err(unheard) => return Polled::Refused(unheard.judgement),
        };
        if let Some(granted) = self.granted(&heard.answer) {
            return Polled::Granted(Box::new(granted));
        }
        let body = members(&heard.answer);
        match error_code(&heard.answer, body.as_ref()).as_deref() {
            Some("authorization_pending") => Polled::Pending,
            Some("slow_down") => Polled::SlowDown,
            None if heard.answer.status() >= 500 => Polled::Failed,
            _ => {
                let refusal = self.asked(&heard).no_token(&heard.answer, body.as_ref(), Wanted::Device);
                Polled::Refused(refusal.judgement)
            }
        }
    }
}

#[cfg(test)]
mod tests;
