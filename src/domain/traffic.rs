//! What the log service says of traffic once it has added it up: evidence, counts over time, use of rules. The groups
//! that a report is made of are [`TrafficGroup`](super::impact::TrafficGroup)s.
//!
//! Plain data. Which question was asked stands in [`LogSelection`]; how it is asked is `azure`'s
//! business, what follows from the answer is the business of whoever asked.

mod answer;
mod select;

pub use answer::{LogAnswer, LogPage};
pub use select::{LogSelection, LogWindow};

use jiff::{SignedDuration, Timestamp};

use super::log::{Category, Verdict};
use super::{ArmId, Direction};

/// How much there is to judge by, for one resource and category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// The resource that logged, in lower case.
    pub resource: ArmId,
    /// The category.
    pub category: Category,
    /// Rows, each an aggregate.
    pub rows: u64,
    /// Events.
    pub events: u64,
    /// Days (UTC) with at least one row.
    pub days: u32,
    /// Begin of the oldest row's window.
    pub oldest: Timestamp,
    /// End of the newest row's window.
    pub newest: Timestamp,
    /// When the latest row arrived in the workspace.
    pub arrived: Timestamp,
    /// Longest time from the end of a row's window to its arrival.
    pub lag: SignedDuration,
}

/// Events per verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VerdictCounts {
    /// See [`Verdict::Allowed`].
    pub allowed: u64,
    /// See [`Verdict::WouldDeny`].
    pub would_deny: u64,
    /// See [`Verdict::Denied`].
    pub denied: u64,
    /// See [`Verdict::Private`].
    pub private: u64,
    /// See [`Verdict::Unknown`].
    pub unknown: u64,
}

impl VerdictCounts {
    /// The events of one verdict.
    pub fn of(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Allowed => self.allowed,
            Verdict::WouldDeny => self.would_deny,
            Verdict::Denied => self.denied,
            Verdict::Private => self.private,
            Verdict::Unknown => self.unknown,
        }
    }

    /// All events.
    pub fn total(&self) -> u64 {
        Verdict::ALL.into_iter().fold(0, |sum, verdict| sum.saturating_add(self.of(verdict)))
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            allowed: self.allowed.saturating_add(other.allowed),
            would_deny: self.would_deny.saturating_add(other.would_deny),
            denied: self.denied.saturating_add(other.denied),
            private: self.private.saturating_add(other.private),
            unknown: self.unknown.saturating_add(other.unknown),
        }
    }
}

/// What happened in one stretch of time. Stretches without rows are left out by the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bin {
    /// The resource that logged, in lower case; `None` where all were added up.
    pub resource: Option<ArmId>,
    /// Begin of the stretch: a whole multiple of its length since the beginning of year 1, so at
    /// midnight (UTC) for days.
    pub start: Timestamp,
    /// Rows.
    pub rows: u64,
    /// Events.
    pub events: VerdictCounts,
}

/// How often a rule matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMatches {
    /// The perimeter that judged, in lower case.
    pub perimeter: Option<ArmId>,
    /// Name of the profile.
    pub profile: String,
    /// Name of the rule; a resource's own rule when the verdict is not [`Verdict::Allowed`].
    pub rule: String,
    /// Into or out of the resource.
    pub direction: Direction,
    /// What became of the traffic that matched.
    pub verdict: Verdict,
    /// Events that matched.
    pub events: u64,
    /// Different resources that it was matched at.
    pub resources: u64,
    /// Begin of the first row's window.
    pub first: Timestamp,
    /// End of the last row's window.
    pub last: Timestamp,
}

/// Which `accessRulesVersion` a resource judged by, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSeen {
    /// The resource that logged, in lower case.
    pub resource: ArmId,
    /// Name of the profile.
    pub profile: String,
    /// The version; `None` when the log did not say a number.
    pub version: Option<u64>,
    /// Begin of the first row's window.
    pub first: Timestamp,
    /// End of the last row's window.
    pub last: Timestamp,
    /// Events judged by it.
    pub events: u64,
}

/// Rows that share the text of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnGroup {
    /// The text that they share; empty when they have none.
    pub value: String,
    /// Rows.
    pub rows: u64,
    /// Events.
    pub events: VerdictCounts,
    /// Begin of the first row's window.
    pub first: Timestamp,
    /// End of the last row's window.
    pub last: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let one = VerdictCounts { allowed: 1, would_deny: 2, denied: 3, private: 4, unknown: 5 };
        assert_eq!(one.total(), 15);
        assert_eq!(one.plus(one).total(), 30);
        assert_eq!(Verdict::ALL.map(|verdict| one.of(verdict)), [1, 2, 3, 4, 5]);
    }
}
