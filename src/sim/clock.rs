//! The simulator's time: real time since the start, plus whatever a test or a person has advanced.
//! Nothing else in `sim` asks the machine for the time.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Simulated time.
#[derive(Debug, Clone)]
pub struct Clock {
    start: Timestamp,
    begun: Instant,
    offset: Duration,
}

impl Clock {
    /// A clock that shows the real time now.
    pub fn start() -> Self {
        Self { start: Timestamp::now(), begun: Instant::now(), offset: Duration::ZERO }
    }

    /// When the world began.
    pub fn started(&self) -> Timestamp {
        self.start
    }

    /// The simulated time now.
    pub fn now(&self) -> Timestamp {
        add(self.start, self.begun.elapsed() + self.offset)
    }

    /// Moves time forward.
    pub fn advance(&mut self, by: Duration) {
        self.offset = self.offset.saturating_add(by);
    }

    /// How far time was moved so far.
    pub fn offset(&self) -> Duration {
        self.offset
    }
}

/// `time + by`, saturating.
pub fn add(time: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Azure's way of writing an instant: seven decimals and `Z`.
pub fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

/// Reads `@-14m`, `@+2h`, `@-3d`, `@-10s`: a time relative to the world's start.
pub fn relative(text: &str, start: Timestamp) -> Option<Timestamp> {
    let rest = text.strip_prefix('@')?;
    let unit = rest.chars().next_back()?;
    let number: i64 = rest.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    start.checked_add(SignedDuration::from_secs(number.checked_mul(seconds)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_seven_decimals() {
        let t: Timestamp = "2025-10-08T05:44:56.3837158Z".parse().unwrap();
        assert_eq!(iso(t), "2025-10-08T05:44:56.3837158Z");
        assert_eq!(iso(relative("@-14m", t).unwrap()), "2025-10-08T05:30:56.3837158Z");
        assert_eq!(relative("@oops", t), None);
    }
}
