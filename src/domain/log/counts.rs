//! Events by verdict: in total, and per minute for questions such as "how many since then".

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Verdict;

/// Sums of `Count` by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows, each an aggregate of events.
    pub rows: u64,
    /// Events allowed by a perimeter.
    pub allowed: u64,
    /// Events that enforcing would deny.
    pub would_deny: u64,
    /// Events denied.
    pub denied: u64,
    /// Events through private endpoints.
    pub private: u64,
    /// Events of unknown categories.
    pub unknown: u64,
}

impl Counts {
    /// Events of one verdict.
    pub fn of(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Allowed => self.allowed,
            Verdict::WouldDeny => self.would_deny,
            Verdict::Denied => self.denied,
            Verdict::Private => self.private,
            Verdict::Unknown => self.unknown,
        }
    }

    /// Events of every verdict.
    pub fn events(&self) -> u64 {
        Verdict::ALL.iter().map(|verdict| self.of(*verdict)).sum()
    }

    fn slot(&mut self, verdict: Verdict) -> &mut u64 {
        match verdict {
            Verdict::Allowed => &mut self.allowed,
            Verdict::WouldDeny => &mut self.would_deny,
            Verdict::Denied => &mut self.denied,
            Verdict::Private => &mut self.private,
            Verdict::Unknown => &mut self.unknown,
        }
    }

    fn add(&mut self, verdict: Verdict, events: u32) {
        self.rows += 1;
        *self.slot(verdict) += u64::from(events);
    }

    fn remove(&mut self, verdict: Verdict, events: u32) {
        self.rows = self.rows.saturating_sub(1);
        let slot = self.slot(verdict);
        *slot = slot.saturating_sub(u64::from(events));
    }
}

/// Totals and minutes, kept up to date row by row.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) total: Counts,
    minutes: BTreeMap<i64, Counts>,
}

/// Which minute a time in milliseconds falls in.
fn minute(ms: i64) -> i64 {
    ms.div_euclid(60_000)
}

impl Tally {
    pub(super) fn add(&mut self, last_ms: i64, verdict: Verdict, events: u32) {
        self.total.add(verdict, events);
        self.minutes.entry(minute(last_ms)).or_default().add(verdict, events);
    }

    pub(super) fn remove(&mut self, last_ms: i64, verdict: Verdict, events: u32) {
        self.total.remove(verdict, events);
        if let Some(counts) = self.minutes.get_mut(&minute(last_ms)) {
            counts.remove(verdict, events);
            if counts.rows == 0 {
                self.minutes.remove(&minute(last_ms));
            }
        }
    }

    pub(super) fn since(&self, time: Timestamp) -> Counts {
        let mut sum = Counts::default();
        for counts in self.minutes.range(minute(time.as_millisecond())..).map(|(_, counts)| counts) {
            sum.rows += counts.rows;
            for verdict in Verdict::ALL {
                *sum.slot(verdict) += counts.of(verdict);
            }
        }
        sum
    }
}
