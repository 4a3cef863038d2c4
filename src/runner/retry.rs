//! When to try again, and after what pause. Only what may pass by itself is retried; a refused credential never is.

use std::time::Duration;

use crate::model::cause::Retry;
use crate::model::verdict::Judgement;

/// The first pause of the backoff.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause, and the longest wish of a server that is obeyed.
pub(super) const LONGEST: Duration = Duration::from_secs(60);
/// The most retries of a transport failure, whatever is asked for.
const TRANSPORT: u32 = 2;

/// The pause before the next attempt, or none if this judgement stands.
pub(super) fn pause(
    judgement: &Judgement,
    attempts: u32,
    retries: u32,
    random: &mut fastrand::Rng,
) -> Option<Duration> {
    let allowed = match judgement.cause?.retry() {
        Retry::Transport => retries.min(TRANSPORT),
        Retry::AfterHint => retries,
        Retry::Never | Retry::Reauthenticate | Retry::OnceChanged => 0,
    };
    if attempts > allowed {
        return None;
    }
    match judgement.retry_after {
        // Waiting less than asked would only be refused again, so a wish beyond the bound is not worth an attempt.
        Some(wish) => (wish <= LONGEST).then_some(wish),
        None => Some(backoff(attempts, random)),
    }
}

/// Doubles with each attempt; a random part keeps parallel steps from coming back all at once.
fn backoff(attempts: u32, random: &mut fastrand::Rng) -> Duration {
    let full = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST);
    full.mul_f64(0.5 + random.f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cause::Cause;
    use crate::model::phase::Phase;

    fn judged(cause: Cause, wish: Option<u64>) -> Judgement {
        Judgement::of(cause, Phase::Auth, "observed", "do").with_retry_after(wish.map(Duration::from_secs))
    }

    #[test]
    fn no_refusal_is_ever_retried() {
        let mut random = fastrand::Rng::with_seed(1);
        for cause in Cause::ALL.iter().filter(|cause| !cause.retryable()) {
            assert_eq!(pause(&judged(*cause, Some(1)), 1, 9, &mut random), None, "{cause}");
        }
        assert_eq!(pause(&Judgement::pass(Phase::Auth, "good"), 1, 9, &mut random), None);
    }

    #[test]
    fn a_server_s_wish_is_obeyed_up_to_a_minute() {
        let mut random = fastrand::Rng::with_seed(1);
        let limited = |wish| judged(Cause::RateLimited, Some(wish));
        assert_eq!(pause(&limited(2), 1, 1, &mut random), Some(Duration::from_secs(2)));
        assert_eq!(pause(&limited(60), 1, 1, &mut random), Some(Duration::from_secs(60)));
        assert_eq!(pause(&limited(999_999), 1, 1, &mut random), None);
        assert_eq!(pause(&limited(2), 2, 1, &mut random), None, "one retry was asked for");
    }

    #[test]
    fn pauses_grow_and_differ() {
        let mut random = fastrand::Rng::with_seed(7);
        let reset = judged(Cause::ConnectionReset, None);
        let first = pause(&reset, 1, 5, &mut random).expect("a first retry");
        let second = pause(&reset, 2, 5, &mut random).expect("a second retry");
        assert!(first >= Duration::from_millis(125) && first <= Duration::from_millis(250), "{first:?}");
        assert!(second >= Duration::from_millis(250) && second <= Duration::from_millis(500), "{second:?}");
        assert_eq!(pause(&reset, 3, 5, &mut random), None, "transport is retried twice at most");
    }
}
