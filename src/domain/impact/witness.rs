//! What the log itself shows about a ground and a piece of traffic. Rules alone do not tell how a caller
//! authenticates, which subscription an application is in, which addresses a service tag has or whether a wildcard
//! counts; the log does, as long as the ground is still what it was.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::TrafficGroup;
use crate::domain::ArmId;
use crate::domain::log::{Category, Verdict as Logged};
use crate::domain::whatif::{Candidate, Configuration, Membership, Peer, RuleSet};

/// A group speaks for a rule once it was seen so long after the rule's last change. It covers the spreading of a
/// change (14 min at worst, DOMAIN.md section 1.3) and the aggregation of rows (sampled every 30 min at worst).
const SETTLED: SignedDuration = SignedDuration::from_hours(2);

/// The groups of a report, by resource and other end.
pub(super) struct Witness<'g> {
    known: &'g Configuration,
    by_peer: HashMap<(&'g ArmId, &'g Peer), Vec<&'g TrafficGroup>>,
}

/// What a category says about the perimeter's part in letting traffic pass.
enum Said {
    /// A rule of the perimeter did.
    Rule,
    /// Membership did.
    Member,
    /// A link did, or a rule that comes from one.
    Link,
    /// The perimeter did not.
    No,
    /// Nothing.
    Nothing,
}

fn said(category: &Category) -> Said {
    match category {
        Category::PublicInboundPerimeterRulesAllowed | Category::PublicOutboundPerimeterRulesAllowed => {
            Said::Rule
        }
        Category::OutboundAttempt | Category::IntraPerimeterInboundAllowed => Said::Member,
        Category::CrossPerimeterInboundAllowed | Category::CrossPerimeterOutboundAllowed => Said::Link,
        Category::PublicInboundPerimeterRulesDenied
        | Category::PublicOutboundPerimeterRulesDenied
        | Category::PublicInboundResourceRulesAllowed
        | Category::PublicInboundResourceRulesDenied
        | Category::PublicOutboundResourceRulesAllowed
        | Category::PublicOutboundResourceRulesDenied => Said::No,
        Category::PrivateInboundAllowed | Category::Unknown(_) => Said::Nothing,
    }
}

/// True when the group was seen long enough after a change at `changed`; an unknown time proves nothing.
fn seen_after(group: &TrafficGroup, changed: Option<Timestamp>) -> bool {
    changed.is_some_and(|at| group.last.duration_since(at) > SETTLED)
}

/// The group was judged by this rule set as it is now, as far as one rule goes.
fn judged_by(group: &TrafficGroup, rules: &RuleSet, modified: Option<Timestamp>) -> bool {
    let same_profile = group.profile.eq_ignore_ascii_case(rules.profile.name());
    // A profile that was made anew under its old name counts its versions anew: what was logged before a rule was
    // written knows nothing of it, whatever its number.
    let in_time = modified.is_none_or(|at| group.last >= at);
    let same_version = group.rules_version.is_some() && group.rules_version == rules.version && in_time;
    same_profile && (same_version || seen_after(group, modified))
}

impl<'g> Witness<'g> {
    pub(super) fn new(known: &'g Configuration, groups: &'g [TrafficGroup]) -> Self {
        let mut by_peer: HashMap<_, Vec<_>> = HashMap::new();
        for group in groups {
            by_peer.entry((&group.resource, &group.peer)).or_default().push(group);
        }
        Self { known, by_peer }
    }

    /// What the log shows about the traffic of `group`; `None` for a resource in no perimeter.
    pub(super) fn about(&self, group: &'g TrafficGroup) -> Option<About<'_, 'g>> {
        Some(About {
            here: self.known.membership(&group.resource)?,
            theirs: peer_resource(&group.peer).and_then(|r| self.known.membership(r)),
            own: group,
            same_ends: self.by_peer.get(&(&group.resource, &group.peer)).map_or(&[], Vec::as_slice),
        })
    }
}

/// What the log shows about the traffic of one group.
pub(super) struct About<'w, 'g> {
    here: &'w Membership,
    theirs: Option<&'w Membership>,
    own: &'g TrafficGroup,
    /// All groups of the same two ends.
    same_ends: &'w [&'g TrafficGroup],
}

impl About<'_, '_> {
    /// Whether the log shows that `ground` admits the traffic. The group itself comes first, then others of the same
    /// two ends; where these disagree nothing is shown.
    pub(super) fn shows(&self, ground: &Candidate<'_>) -> Option<bool> {
        if let Some(own) = self.says(self.own, ground) {
            // Unless it is otherwise since: all that the other group holds came later.
            let later = self.same_ends.iter().filter(|other| other.first >= self.own.last);
            let since = later.filter_map(|other| self.says(other, ground));
            return since.reduce(|a, b| a && b).or(Some(own));
        }
        let mut shown = self.same_ends.iter().filter_map(|other| self.says(other, ground));
        let first = shown.next()?;
        shown.all(|next| next == first).then_some(first)
    }

    /// What the resource's own rules have made of the same two ends since the group was seen last: one that they let
    /// pass is enough. `None` when they were not asked since.
    pub(super) fn since(&self) -> Option<bool> {
        let after = self.same_ends.iter().filter(|other| other.last >= self.own.last);
        let decided = after.filter_map(|other| match other.verdict {
            Logged::WouldDeny => Some(true),
            Logged::Denied if refused_by_resource(&other.category) => Some(false),
            Logged::Denied | Logged::Allowed | Logged::Private | Logged::Unknown => None,
        });
        decided.max()
    }

    fn says(&self, group: &TrafficGroup, ground: &Candidate<'_>) -> Option<bool> {
        match (ground, said(&group.category)) {
            (_, Said::Nothing) => None,
            (Candidate::Rule(rules, rule), Said::Rule | Said::Link) => {
                let matched = group.matched_rule.eq_ignore_ascii_case(rule.id.name());
                (matched && judged_by(group, rules, rule.modified)).then_some(true)
            }
            (Candidate::Rule(rules, rule), Said::No) => {
                judged_by(group, rules, rule.modified).then_some(false)
            }
            (Candidate::Rule(..), Said::Member) => None,
            (Candidate::SamePerimeter(_), Said::Member) => Some(true),
            (Candidate::SamePerimeter(_), Said::No) => {
                let since = self.theirs?.since;
                (seen_after(group, self.here.since) && seen_after(group, since)).then_some(false)
            }
            (Candidate::SamePerimeter(_), Said::Rule | Said::Link) => None,
            // A link has no time of change: only what it let pass, without a rule that comes from one, speaks for it.
            (Candidate::Link(_), Said::Link) => group.matched_rule.is_empty().then_some(true),
            (Candidate::Link(_), Said::Rule | Said::Member | Said::No) => None,
        }
    }
}

/// The resource's own rules refused it, not the perimeter's.
pub(super) fn refused_by_resource(category: &Category) -> bool {
    matches!(
        category,
        Category::PublicInboundResourceRulesDenied | Category::PublicOutboundResourceRulesDenied
    )
}

fn peer_resource(peer: &Peer) -> Option<&ArmId> {
    match peer {
        Peer::Caller(caller) => caller.resource.as_ref(),
        Peer::Destination(to) => to.resource.as_ref(),
    }
}
