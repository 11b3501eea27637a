//! What the log service says of traffic once it has added it up: groups, evidence, counts over time.
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

/// Who calls, as the log tells it. Empty texts mean that the log does not say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Caller {
    /// `SourceIpAddress` without a port; not always an address.
    pub address: String,
    /// `SourceResourceId`, when the caller is an Azure resource; in lower case.
    pub resource: Option<ArmId>,
    /// `SourceAppId`.
    pub app_id: String,
    /// `SourcePerimeterGuids`: perimeters that a link let in.
    pub perimeters: Vec<String>,
}

impl Caller {
    /// The subscription's guid, as far as the caller's resource id tells it.
    pub fn subscription(&self) -> Option<&str> {
        self.resource.as_ref().and_then(ArmId::subscription)
    }
}

/// Where a call goes to. Empty for inbound traffic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Destination {
    /// `DestinationFqdn`, in lower case.
    pub fqdn: String,
    /// `DestinationResourceId`, when the target is an Azure resource; in lower case.
    pub resource: Option<ArmId>,
}

/// How the service judged some traffic, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Judgement {
    /// `Category`.
    pub category: Category,
    /// What it means for the caller.
    pub verdict: Verdict,
    /// Name of the rule that matched: an access rule's, or one of the resource's own; empty for none.
    pub rule: String,
    /// Name of the profile that was applied.
    pub profile: String,
    /// Highest `AccessRuleVersion` among the rows.
    pub version: Option<u64>,
}

/// Traffic between the same ends, judged the same way: many rows, added up by the log service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficGroup {
    /// The perimeter that judged, in lower case.
    pub perimeter: Option<ArmId>,
    /// The resource that logged, in lower case.
    pub resource: ArmId,
    /// Into or out of it.
    pub direction: Direction,
    /// Who calls.
    pub caller: Caller,
    /// Where to, for outbound traffic.
    pub destination: Destination,
    /// How it was judged.
    pub judged: Judgement,
    /// Some of the operations, sorted; at most [`Self::OPERATIONS`].
    pub operations: Vec<String>,
    /// Events: rows count as often as they say.
    pub events: u64,
    /// Begin of the first row's window.
    pub first: Timestamp,
    /// End of the last row's window.
    pub last: Timestamp,
}

impl TrafficGroup {
    /// Most operations that a group names.
    pub const OPERATIONS: usize = 16;
}

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
    /// Begin of the stretch, a whole multiple of its length since 1970.
    pub start: Timestamp,
    /// Rows.
    pub rows: u64,
    /// Events.
    pub events: VerdictCounts,
}

/// How often a rule matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleUse {
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

/// A stretch of time without a single row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Its begin.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

/// Where nothing was logged for at least `least`, between `from` and `to`, judged by bins of length
/// `step`. The stretches before the first and after the last bin count as well.
pub fn gaps(
    bins: &[Bin],
    step: SignedDuration,
    within: (Timestamp, Timestamp),
    least: SignedDuration,
) -> Vec<Gap> {
    let (from, to) = within;
    let mut starts: Vec<Timestamp> = bins.iter().filter(|bin| bin.rows > 0).map(|bin| bin.start).collect();
    starts.sort_unstable();
    let mut found = Vec::new();
    let mut covered = from;
    let mut note = |covered: Timestamp, next: Timestamp| {
        if next.duration_since(covered) >= least {
            found.push(Gap { from: covered, to: next });
        }
    };
    for start in starts {
        note(covered, start.min(to));
        covered = covered.max(start.saturating_add(step).unwrap_or(start));
    }
    note(covered, to);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn bin(hour: i64) -> Bin {
        Bin { resource: None, start: at(hour), rows: 1, events: VerdictCounts::default() }
    }

    #[test]
    fn gaps_are_found_at_both_ends_and_between() {
        let hour = SignedDuration::from_hours(1);
        let bins = [bin(9), bin(3), bin(4), bin(3)];
        let within = (at(0), at(12));
        let gap = |from, to| Gap { from: at(from), to: at(to) };
        assert_eq!(gaps(&bins, hour, within, hour), [gap(0, 3), gap(5, 9), gap(10, 12)]);
        assert_eq!(gaps(&bins, hour, within, hour * 3), [gap(0, 3), gap(5, 9)]);
        assert_eq!(gaps(&[], hour, within, hour), [gap(0, 12)]);
        let silent = Bin { rows: 0, ..bin(5) };
        assert_eq!(gaps(&[silent], hour, within, hour), [gap(0, 12)], "a bin without rows covers nothing");
        assert_eq!(gaps(&[bin(-1), bin(20)], hour, within, hour), [gap(0, 12)]);
    }

    #[test]
    fn counts_add_up() {
        let one = VerdictCounts { allowed: 1, would_deny: 2, denied: 3, private: 4, unknown: 5 };
        assert_eq!(one.total(), 15);
        assert_eq!(one.plus(one).total(), 30);
        assert_eq!(Verdict::ALL.map(|verdict| one.of(verdict)), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn the_callers_subscription_stands_in_its_id() {
        let id = ArmId::parse("/subscriptions/0a/resourcegroups/g/providers/microsoft.web/sites/s").unwrap();
        let caller = Caller { resource: Some(id), ..Caller::default() };
        assert_eq!(caller.subscription(), Some("0a"));
        assert_eq!(Caller::default().subscription(), None);
    }
}
