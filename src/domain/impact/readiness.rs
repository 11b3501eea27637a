//! Whether a resource can be enforced, and since when nothing speaks against it.

use jiff::civil::Date;

use super::evidence::{Evidence, Lack};
use super::gather::day_of;
use super::{By, Fate, Report};
use crate::domain::matrix::{self, Decider};
use crate::domain::net::Width;
use crate::domain::whatif::Configuration;
use crate::domain::{AccessMode, ArmId};

/// What is asked of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Days with rows. Microsoft's own advice is to watch for one to two weeks (DOMAIN.md, section 1.1).
    pub days: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { days: 7 }
    }
}

/// Whether a resource can be enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Nothing that was seen would be denied, and enough was seen.
    Ready,
    /// Enforcing would deny traffic that was seen, or it cannot be told whether it would.
    WouldDeny {
        /// Callers (single addresses, else resources or applications) and destinations that would be denied.
        peers: usize,
        /// Callers and destinations that cannot be judged.
        doubtful: usize,
    },
    /// Nothing speaks against it, and too little is known.
    NoEvidence(Lack),
    /// It is enforced.
    AlreadyEnforced,
    /// By the matrix, enforcing makes no difference.
    ChangesNothing,
}

/// One day of the small chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day (UTC).
    pub day: Date,
    /// Events that enforcing would deny, of the groups that were counted by day.
    pub denied: u64,
    /// All events of the resource.
    pub events: u64,
}

/// A line of the readiness board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadinessRow {
    /// The resource.
    pub resource: ArmId,
    /// Whether it can be enforced.
    pub readiness: Readiness,
    /// Why too little is known, also where what is known is enough to say that something would be denied.
    pub lack: Option<Lack>,
    /// Events that enforcing would deny.
    pub denied_events: u64,
    /// Days with rows after the last event that enforcing would deny; all days with rows when there is none.
    pub days_clean: usize,
    /// The chart: every day of the window.
    pub days: Vec<Day>,
}

/// Judges one resource by a report that holds its groups.
pub fn readiness(
    known: &Configuration,
    report: &Report<'_>,
    resource: &ArmId,
    evidence: &Evidence,
    wanted: Wanted,
) -> ReadinessRow {
    let denied: Vec<_> = report
        .of_resource(resource)
        .filter(|(_, fate)| matches!(fate, Fate::Denied(_)))
        .map(|(group, _)| group)
        .collect();
    let doubtful: Vec<_> = report
        .of_resource(resource)
        .filter(|(_, fate)| matches!(fate, Fate::Doubtful(_)))
        .map(|(group, _)| group)
        .collect();
    let peers =
        |groups: &[&_]| super::cluster::clusters(groups.iter().copied(), By::Address(Width::Exact)).len();
    let by_matrix = by_matrix(known, resource, evidence, wanted);
    let lack = match &by_matrix {
        Some(Readiness::NoEvidence(lack)) => Some(lack.clone()),
        Some(
            Readiness::Ready
            | Readiness::WouldDeny { .. }
            | Readiness::AlreadyEnforced
            | Readiness::ChangesNothing,
        )
        | None => None,
    };
    let readiness = match (by_matrix, peers(&denied), peers(&doubtful)) {
        (Some(settled @ (Readiness::AlreadyEnforced | Readiness::ChangesNothing)), _, _) => settled,
        (_, denied, doubtful) if denied + doubtful > 0 => Readiness::WouldDeny { peers: denied, doubtful },
        (Some(other), _, _) => other,
        (None, _, _) => Readiness::Ready,
    };
    let last = denied.iter().map(|g| g.last).max().map(day_of);
    let clean = |day: Date| last.is_none_or(|last| day > last);
    let events_on = |day: Date| evidence.days.iter().filter(|d| d.day == day).map(|d| d.events).sum();
    let denied_on =
        |day: Date| denied.iter().flat_map(|g| &g.daily).filter(|d| d.day == day).map(|d| d.events).sum();
    let day = |day: Date| Day { day, denied: denied_on(day), events: events_on(day) };
    let days: Vec<Day> = evidence.window.days().into_iter().map(day).collect();
    ReadinessRow {
        resource: resource.clone(),
        readiness,
        lack,
        denied_events: denied.iter().map(|g| g.count).sum(),
        days_clean: days.iter().filter(|d| d.events > 0 && clean(d.day)).count(),
        days,
    }
}

/// What can be said without looking at groups; `None` when nothing is in the way.
fn by_matrix(
    known: &Configuration,
    resource: &ArmId,
    evidence: &Evidence,
    wanted: Wanted,
) -> Option<Readiness> {
    let Some(membership) = known.membership(resource) else {
        return Some(Readiness::NoEvidence(Lack::Outside));
    };
    if membership.mode == AccessMode::Enforced {
        return Some(Readiness::AlreadyEnforced);
    }
    let Some(access) = known.public_access(resource) else {
        return Some(Readiness::NoEvidence(Lack::AccessUnknown));
    };
    let now = matrix::effect(Some(&membership.mode), access);
    let then = matrix::effect(Some(&AccessMode::Enforced), access);
    if now.inbound == Decider::Unknown || now.outbound == Decider::Unknown {
        return Some(Readiness::NoEvidence(Lack::Unexplained));
    }
    if now == then {
        return Some(Readiness::ChangesNothing);
    }
    evidence.lack(now, then, wanted.days).map(Readiness::NoEvidence)
}
