//! When to ask the tail's next question. Pure: it gives waits and waits for nothing.

use std::time::Duration;

/// Paces the polls of one tail within the service's limits.
#[derive(Debug, Clone)]
pub struct TailSchedule {
    pace: TailPace,
    failures: u32,
}

/// How fast a tail may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TailPace {
    /// Between polls once everything is read.
    pub period: Duration,
    /// Between pages while there is more to read.
    pub page_gap: Duration,
    /// Longest wait after failures, unless the service asks for more.
    pub longest: Duration,
}

impl TailPace {
    /// Shortest period against real Azure: logs are minutes late anyway (DOMAIN.md, section 4.2).
    pub const SHORTEST: Duration = Duration::from_secs(10);

    /// For real Azure. The gap keeps catching up at 150 queries in 30 s, below the 200 that one
    /// user may send (API.md, section 9.4), with room for other queries.
    pub fn azure(period: Duration) -> Self {
        Self {
            period: period.max(Self::SHORTEST),
            page_gap: Duration::from_millis(200),
            longest: Duration::from_secs(300),
        }
    }

    /// For a local simulator, which has no such limits.
    pub fn local(period: Duration) -> Self {
        Self { period, page_gap: Duration::ZERO, longest: Duration::from_secs(10) }
    }
}

impl TailSchedule {
    /// A schedule that starts at once.
    pub fn new(pace: TailPace) -> Self {
        Self { pace, failures: 0 }
    }

    /// How long to wait after an answer; `more` says that there is more to read right away.
    pub fn answered(&mut self, more: bool) -> Duration {
        self.failures = 0;
        if more { self.pace.page_gap } else { self.pace.period }
    }

    /// How long to wait after a failure: twice as long each time, never shorter than the service
    /// asks for.
    pub fn failed(&mut self, retry_after: Option<Duration>) -> Duration {
        let factor = 1_u32 << self.failures.min(10);
        self.failures = self.failures.saturating_add(1);
        let backoff = self.pace.period.saturating_mul(factor).min(self.pace.longest);
        backoff.max(self.pace.page_gap).max(retry_after.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn azure_is_never_asked_faster_than_its_limits() {
        let mut schedule = TailSchedule::new(TailPace::azure(Duration::from_secs(1)));
        assert_eq!(schedule.answered(false), Duration::from_secs(10));
        let pages = Duration::from_secs(30).as_millis() / schedule.answered(true).as_millis();
        assert!(pages < 200);
    }

    #[test]
    fn failures_back_off_and_an_answer_forgives() {
        let mut schedule = TailSchedule::new(TailPace::azure(Duration::from_secs(10)));
        let waits: Vec<u64> = (0..7).map(|_| schedule.failed(None).as_secs()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(schedule.failed(Some(Duration::from_secs(900))).as_secs(), 900);
        schedule.answered(false);
        assert_eq!(schedule.failed(Some(Duration::from_secs(3))).as_secs(), 10);
    }
}
