//! When a failed request may be sent again, and after how long. Pure: time and randomness come in.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::error::{ArmError, ErrorKind};

/// Waits, limits and sizes of the client. The default suits Azure; tests make the waits small.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Longest time to open a connection.
    pub connect: Duration,
    /// Longest time for one request, body included.
    pub request: Duration,
    /// Most times that one request is sent.
    pub tries: u32,
    /// First wait before a retry; doubles from there.
    pub backoff: Duration,
    /// Longest wait before a retry, also when the service asks for more: then the request fails.
    pub backoff_max: Duration,
    /// Longest time for one request with all its retries and waits.
    pub deadline: Duration,
    /// First wait between polls of a long-running operation; grows from there.
    pub poll: Duration,
    /// Longest wait between polls.
    pub poll_max: Duration,
    /// After this long a long-running operation's outcome is called unknown.
    pub poll_limit: Duration,
    /// Largest body that is read, unpacked.
    pub body_limit: usize,
    /// Most requests at once for each endpoint (STACK.md, section 5).
    pub concurrent: usize,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(5),
            request: seconds(30),
            tries: 4,
            backoff: Duration::from_millis(500),
            backoff_max: seconds(30),
            deadline: seconds(100),
            poll: seconds(1),
            poll_max: seconds(30),
            poll_limit: seconds(15 * 60),
            body_limit: 64 << 20,
            concurrent: 16,
        }
    }
}

/// What may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// A read: may be sent any number of times.
    Safe,
    /// A write: only when the service says that it did nothing (429).
    WhenRefused,
}

/// How long the service asks to wait, if it does.
pub(super) fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let millis = ["x-ms-retry-after-ms", "retry-after-ms"];
    if let Some(wait) = millis.iter().find_map(|name| text(name)?.parse().ok()) {
        return Some(Duration::from_millis(wait));
    }
    let Some(value) = text(RETRY_AFTER.as_str()) else {
        return text("x-ms-user-quota-resets-after").and_then(hours_minutes_seconds);
    };
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// What time it is by the service's clock.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(DATE)?.to_str().ok()?;
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

/// Resource Graph tells when its quota is full again as `hh:mm:ss` (API.md, section 13).
fn hours_minutes_seconds(text: &str) -> Option<Duration> {
    let numbers: Option<Vec<u64>> = text.split(':').map(|part| part.parse().ok()).collect();
    match numbers?.as_slice() {
        [hours, minutes, seconds] => Some(Duration::from_secs(hours * 3600 + minutes * 60 + seconds)),
        _ => None,
    }
}

/// The wait before the next try after `tries` tries, or `None` when there is to be none.
///
/// `spent` is the time since the first try, `random` is in `0.0..1.0`.
pub(super) fn next_wait(
    timing: &Timing,
    repeat: Repeat,
    error: &ArmError,
    (tries, spent): (u32, Duration),
    random: f64,
) -> Option<Duration> {
    let may = match (repeat, &error.kind) {
        (_, ErrorKind::Throttled) | (Repeat::Safe, ErrorKind::Network { .. }) => true,
        // Every 5xx but those that say "never": 501 and 505.
        (Repeat::Safe, ErrorKind::Server) => !matches!(error.said.status, Some(501 | 505)),
        (
            Repeat::Safe | Repeat::WhenRefused,
            ErrorKind::Auth
            | ErrorKind::Denied { .. }
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Rejected
            | ErrorKind::Decode { .. }
            | ErrorKind::Refused
            | ErrorKind::Unfinished
            | ErrorKind::Failed,
        )
        | (Repeat::WhenRefused, ErrorKind::Network { .. } | ErrorKind::Server) => false,
    };
    if !may || tries >= timing.tries {
        return None;
    }
    let wait = match error.said.retry_after {
        Some(asked) if asked > timing.backoff_max => return None,
        // A little more than asked, so that many clients do not come back in the same instant.
        Some(asked) => asked + timing.backoff.mul_f64(random / 2.0),
        None => backoff(timing, tries, random),
    };
    (spent + wait <= timing.deadline).then_some(wait)
}

/// Doubling, capped, between half of it and all of it.
fn backoff(timing: &Timing, tries: u32, random: f64) -> Duration {
    let doubled = timing.backoff.saturating_mul(1 << tries.saturating_sub(1).min(16));
    doubled.min(timing.backoff_max).mul_f64(0.5 + random / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    fn error(kind: ErrorKind, asked: Option<u64>) -> ArmError {
        let mut error = ArmError::new(kind, "x", "y");
        error.said.retry_after = asked.map(Duration::from_secs);
        error
    }

    #[test]
    fn every_form_of_retry_after() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let wait = |name, value| asked_wait(&headers(name, value), now);
        assert_eq!(wait("retry-after", "17"), Some(Duration::from_secs(17)));
        assert_eq!(wait("retry-after", "Sun, 22 Nov 2026 12:00:09 GMT"), Some(Duration::from_secs(9)));
        assert_eq!(wait("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("x-ms-retry-after-ms", "250"), Some(Duration::from_millis(250)));
        assert_eq!(wait("x-ms-user-quota-resets-after", "00:00:05"), Some(Duration::from_secs(5)));
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("retry-after", "-5"), None);
    }

    #[test]
    fn a_write_is_repeated_only_when_throttled() {
        let timing = Timing::default();
        let next = |repeat, kind| next_wait(&timing, repeat, &error(kind, None), (1, Duration::ZERO), 0.5);
        for kind in [ErrorKind::Server, ErrorKind::Network { sent: true }, ErrorKind::Network { sent: false }]
        {
            assert!(next(Repeat::Safe, kind.clone()).is_some());
            assert!(next(Repeat::WhenRefused, kind).is_none());
        }
        assert!(next(Repeat::WhenRefused, ErrorKind::Throttled).is_some());
        assert!(next(Repeat::Safe, ErrorKind::Rejected).is_none());
    }

    #[test]
    fn waits_grow_stay_capped_and_respect_the_service() {
        let timing = Timing::default();
        let wait = |asked, tries, spent| {
            let spent = Duration::from_secs(spent);
            next_wait(&timing, Repeat::Safe, &error(ErrorKind::Throttled, asked), (tries, spent), 1.0)
        };
        assert_eq!(wait(None, 1, 0), Some(Duration::from_millis(500)));
        assert_eq!(wait(None, 3, 0), Some(Duration::from_secs(2)));
        assert_eq!(wait(None, 4, 0), None);
        assert!(wait(Some(20), 1, 0) >= Some(Duration::from_secs(20)));
        assert_eq!(wait(Some(31), 1, 0), None);
        assert_eq!(wait(Some(20), 1, 90), None);
    }
}
