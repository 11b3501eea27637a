//! Replays groups of traffic against the present configuration, as if Enforced.

use super::witness::{About, Witness, refused_by_resource};
use super::{By, Cluster, TrafficGroup, cluster};
use crate::domain::log::Verdict as Logged;
use crate::domain::matrix::Decider;
use crate::domain::whatif::{Candidate, Configuration, Ground, Unclear, Verdict, decide, decider_today};
use crate::domain::{AccessMode, ArmId};

/// What becomes today of traffic that enforcing would deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Today {
    /// It passes: the resource's own rules let it.
    Passes,
    /// The resource decides, and what it decides was not seen since the configuration changed.
    Unseen,
}

/// What enforcing makes of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Denied once enforced, and not today.
    Denied(Today),
    /// Denied once enforced, and today as well.
    Refused,
    /// The perimeter lets it pass.
    Allowed(Ground),
    /// Private endpoint traffic: enforcing does not touch it.
    Private,
    /// It cannot be told.
    Doubtful(Vec<Unclear>),
    /// It cannot be told, and it is denied today: it has nothing to lose.
    Spared(Vec<Unclear>),
    /// The resource is in no perimeter that was read.
    Outside,
}

/// A report: the fate of each group, in the order of the groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<'g> {
    /// The groups that were replayed.
    pub groups: &'g [TrafficGroup],
    /// What becomes of each.
    pub fates: Vec<Fate>,
}

/// Replays `groups`.
pub fn report<'g>(known: &Configuration, groups: &'g [TrafficGroup]) -> Report<'g> {
    let witness = Witness::new(known, groups);
    Report { groups, fates: groups.iter().map(|group| fate(known, &witness, group)).collect() }
}

fn fate(known: &Configuration, witness: &Witness<'_>, group: &TrafficGroup) -> Fate {
    let question = group.question();
    let Some(about) = witness.about(group) else { return Fate::Outside };
    let observed = |ground: &Candidate<'_>| about.shows(ground);
    let then = decide(known, &question, Some(&AccessMode::Enforced), &observed);
    let today = today(decider_today(known, &question), group, &about);
    match (then.verdict, today) {
        (Verdict::Allowed(ground), _) => Fate::Allowed(ground),
        (Verdict::PrivateEndpoint, _) => Fate::Private,
        (Verdict::CannotTell, None) if group.verdict == Logged::Denied => Fate::Spared(then.unclear),
        (Verdict::CannotTell, _) => Fate::Doubtful(then.unclear),
        (Verdict::Denied | Verdict::ResourceDecides, None) => Fate::Refused,
        (Verdict::Denied | Verdict::ResourceDecides, Some(today)) => Fate::Denied(today),
    }
}

/// What becomes today of traffic that no ground admits; `None` when it is denied.
fn today(decider: Decider, group: &TrafficGroup, about: &About<'_, '_>) -> Option<Today> {
    match decider {
        Decider::Rules | Decider::Closed => return None,
        Decider::Open
        | Decider::Firewall
        | Decider::RulesThenFirewall
        | Decider::RulesThenOpen
        | Decider::Unknown => {}
    }
    match group.verdict {
        Logged::WouldDeny => Some(Today::Passes),
        // The resource refused it itself, and nobody says that this has changed.
        Logged::Denied if refused_by_resource(&group.category) => None,
        Logged::Denied | Logged::Allowed | Logged::Private | Logged::Unknown => match about.since() {
            Some(true) => Some(Today::Passes),
            Some(false) => None,
            None => Some(Today::Unseen),
        },
    }
}

impl<'g> Report<'g> {
    /// Groups with their fate.
    pub fn iter(&self) -> impl Iterator<Item = (&'g TrafficGroup, &Fate)> {
        self.groups.iter().zip(&self.fates)
    }

    /// Groups that enforcing would newly deny.
    pub fn denied(&self) -> impl Iterator<Item = &'g TrafficGroup> {
        self.iter().filter(|(_, fate)| matches!(fate, Fate::Denied(_))).map(|(group, _)| group)
    }

    /// Groups that are denied today and stay so.
    pub fn refused(&self) -> impl Iterator<Item = &'g TrafficGroup> {
        self.iter().filter(|(_, fate)| **fate == Fate::Refused).map(|(group, _)| group)
    }

    /// Groups that cannot be judged, with what would have to be known.
    pub fn doubtful(&self) -> impl Iterator<Item = (&'g TrafficGroup, &[Unclear])> {
        self.iter().filter_map(|(group, fate)| match fate {
            Fate::Doubtful(what) => Some((group, what.as_slice())),
            Fate::Denied(_)
            | Fate::Refused
            | Fate::Spared(_)
            | Fate::Allowed(_)
            | Fate::Private
            | Fate::Outside => None,
        })
    }

    /// What enforcing would newly deny, put together by caller or destination; the most frequent first.
    pub fn clusters(&self, by: By) -> Vec<Cluster<'g>> {
        cluster::clusters(self.denied(), by)
    }

    /// The same report for one resource.
    pub fn of_resource(&self, resource: &ArmId) -> impl Iterator<Item = (&'g TrafficGroup, &Fate)> {
        self.iter().filter(move |(group, _)| group.resource == *resource)
    }
}
