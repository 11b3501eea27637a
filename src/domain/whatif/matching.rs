//! One rule and one end of the traffic: does the rule name it? Rules are read once, so that replaying a log costs
//! comparisons only.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::answer::{By, Outcome, Unclear, Why};
use super::{Authentication, Caller, Configuration, Destination};
use crate::domain::{AccessRule, ArmId, Direction, SourceKind, net};

/// A rule in the form in which it is compared.
#[derive(Debug, Clone)]
pub struct ReadRule {
    /// The rule.
    pub id: ArmId,
    /// When it was last changed; `None` when not sent.
    pub modified: Option<Timestamp>,
    direction: Direction,
    elements: usize,
    blocks: Vec<IpNet>,
    subscriptions: Vec<String>,
    tags: Vec<String>,
    fqdns: Vec<String>,
    /// Perimeters: ARM ids or guids.
    perimeters: Vec<String>,
}

/// The rules of a profile in the form in which they are compared.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// The profile.
    pub profile: ArmId,
    /// `accessRulesVersion`; `None` when it is no number.
    pub version: Option<u64>,
    /// The rules, in the order in which they were given.
    pub rules: Vec<ReadRule>,
}

impl RuleSet {
    /// Reads the rules of a profile.
    pub fn new<'r>(
        profile: ArmId,
        version: Option<u64>,
        rules: impl IntoIterator<Item = &'r AccessRule>,
    ) -> Self {
        Self { profile, version, rules: rules.into_iter().map(ReadRule::new).collect() }
    }

    /// A rule by name, without regard to case.
    pub fn named(&self, name: &str) -> Option<&ReadRule> {
        self.rules.iter().find(|r| r.id.name().eq_ignore_ascii_case(name))
    }
}

/// Who the other end is to the rules, once its membership has been looked up.
pub(super) struct Other<'q> {
    pub(super) perimeter: Option<&'q ArmId>,
    /// The associations of both ends are provisioned, as far as they have one.
    pub(super) in_force: bool,
    /// It is a resource, which may be a member of a perimeter.
    pub(super) is_resource: bool,
    /// The calling resource has a managed identity: the caller inbound, the resource itself outbound.
    pub(super) identity: Option<bool>,
}

impl ReadRule {
    fn new(rule: &AccessRule) -> Self {
        let lower = |kind| rule.content.values(kind).iter().map(|v| v.to_ascii_lowercase()).collect();
        let blocks = rule.content.values(SourceKind::AddressPrefix).iter().filter_map(|v| net::block(v));
        let bare = |v: &String| v.rsplit('/').next().unwrap_or(v).to_ascii_lowercase();
        Self {
            id: rule.id.clone(),
            modified: rule.modified.as_ref().and_then(|m| m.at),
            direction: rule.content.direction.clone(),
            elements: rule.content.elements(),
            blocks: blocks.collect(),
            subscriptions: rule.content.values(SourceKind::Subscription).iter().map(bare).collect(),
            tags: rule.content.values(SourceKind::ServiceTag).to_vec(),
            fqdns: rule.content.values(SourceKind::Fqdn).iter().map(|v| net::host(v)).collect(),
            perimeters: lower(SourceKind::Perimeter),
        }
    }

    /// The blocks that the rule names.
    pub fn blocks(&self) -> &[IpNet] {
        &self.blocks
    }

    /// The subscriptions that the rule names, as bare guids in lower case.
    pub fn subscriptions(&self) -> &[String] {
        &self.subscriptions
    }

    /// The host names that the rule names, in the form of [`net::host`].
    pub fn fqdns(&self) -> &[String] {
        &self.fqdns
    }

    /// Rule elements in a direction, as counted against the budget of a profile; values that cannot be read count.
    pub fn elements(&self, direction: &Direction) -> usize {
        if self.direction == *direction { self.elements } else { 0 }
    }

    fn is_empty(&self) -> bool {
        self.blocks.is_empty()
            && self.subscriptions.is_empty()
            && self.tags.is_empty()
            && self.fqdns.is_empty()
            && self.perimeters.is_empty()
    }

    /// Does the rule admit this caller?
    pub(super) fn inbound(&self, caller: &Caller, other: &Other<'_>, known: &Configuration) -> Outcome {
        if self.direction != Direction::Inbound {
            return Outcome::Not(Why::OtherDirection);
        }
        if self.is_empty() {
            return Outcome::Not(Why::Empty);
        }
        best([
            self.by_address(caller.address),
            self.by_subscription(caller, other.identity),
            self.by_tag(caller, known),
            self.by_perimeter(other, caller.authentication, known),
        ])
    }

    /// Does the rule admit this destination?
    pub(super) fn outbound(&self, to: &Destination, other: &Other<'_>, known: &Configuration) -> Outcome {
        if self.direction != Direction::Outbound {
            return Outcome::Not(Why::OtherDirection);
        }
        if self.is_empty() {
            return Outcome::Not(Why::Empty);
        }
        best([self.by_fqdn(to), self.by_perimeter(other, Authentication::Unknown, known)])
    }

    fn by_address(&self, address: Option<IpAddr>) -> Option<Outcome> {
        if self.blocks.is_empty() {
            return None;
        }
        let Some(address) = address else { return Some(Outcome::Not(Why::NoAddress)) };
        let holds = self.blocks.iter().find(|b| b.contains(&address));
        Some(holds.map_or(Outcome::Not(Why::NotNamed), |block| Outcome::Admits(By::Block(*block))))
    }

    /// A subscription admits its managed identities, never users, keys or SAS tokens.
    fn by_subscription(&self, caller: &Caller, identity: Option<bool>) -> Option<Outcome> {
        if self.subscriptions.is_empty() {
            return None;
        }
        if let Some(no) = refuses(caller.authentication) {
            return Some(Outcome::Not(no));
        }
        let Some(home) = caller.home() else {
            let application =
                caller.app_id.is_some() || caller.authentication == Authentication::ManagedIdentity;
            return Some(if application {
                Outcome::Unclear(Unclear::HomeOfApplication)
            } else {
                Outcome::Not(Why::NoSubscription)
            });
        };
        if !self.subscriptions.iter().any(|s| s.eq_ignore_ascii_case(home)) {
            return Some(Outcome::Not(Why::NotNamed));
        }
        let admitted = Outcome::Admits(By::Subscription(home.to_ascii_lowercase()));
        // A subscription that was given is that of an identity; a resource may have none.
        Some(if caller.subscription.is_some() { admitted } else { with_identity(identity, admitted) })
    }

    fn by_tag(&self, caller: &Caller, known: &Configuration) -> Option<Outcome> {
        best_of(self.tags.iter().map(|tag| by_one_tag(tag, caller, known)))
    }

    fn by_fqdn(&self, to: &Destination) -> Option<Outcome> {
        if self.fqdns.is_empty() {
            return None;
        }
        let Some(name) = &to.fqdn else {
            let label = to.resource.as_ref().map(|r| r.name().to_ascii_lowercase());
            let maybe = self.fqdns.iter().any(|f| {
                f.starts_with('*') || f.split('.').next().is_some_and(|first| label.as_deref() == Some(first))
            });
            return Some(if maybe { Outcome::Unclear(Unclear::Host) } else { Outcome::Not(Why::NotNamed) });
        };
        if self.fqdns.contains(name) {
            return Some(Outcome::Admits(By::Fqdn(name.clone())));
        }
        let wildcard = self.fqdns.iter().find(|pattern| net::wildcard_covers(pattern, name));
        Some(wildcard.map_or(Outcome::Not(Why::NotNamed), |pattern| {
            Outcome::Unclear(Unclear::Wildcard(pattern.clone()))
        }))
    }

    fn by_perimeter(
        &self,
        other: &Other<'_>,
        authentication: Authentication,
        known: &Configuration,
    ) -> Option<Outcome> {
        if self.perimeters.is_empty() {
            return None;
        }
        let named = other.perimeter.is_some_and(|perimeter| {
            let guid = known.guid(perimeter);
            self.perimeters
                .iter()
                .any(|p| p.eq_ignore_ascii_case(perimeter.as_str()) || Some(p.as_str()) == guid)
        });
        if !named {
            let dark = other.perimeter.is_none()
                && other.is_resource
                && self.perimeters.iter().any(|p| !known.members_read(p));
            return Some(if dark {
                Outcome::Unclear(Unclear::LinkedMembers)
            } else {
                Outcome::Not(Why::NotNamed)
            });
        }
        Some(match refuses(authentication) {
            Some(no) => Outcome::Not(no),
            None => as_member(other.identity, other.in_force),
        })
    }
}

fn by_one_tag(tag: &str, caller: &Caller, known: &Configuration) -> Outcome {
    if let Some(given) = &caller.service_tag {
        let base = given.split('.').next().unwrap_or(given);
        // A tag of a region is a part of the tag without one.
        if tag.eq_ignore_ascii_case(given) || tag.eq_ignore_ascii_case(base) {
            return Outcome::Admits(By::ServiceTag(tag.to_owned()));
        }
        let same_service = tag.split('.').next().is_some_and(|b| b.eq_ignore_ascii_case(given));
        if same_service {
            return Outcome::Unclear(Unclear::ServiceTag(tag.to_owned()));
        }
    }
    let Some(address) = caller.address else {
        return Outcome::Not(if caller.service_tag.is_some() { Why::NotNamed } else { Why::NoAddress });
    };
    match known.tag(tag) {
        None => Outcome::Unclear(Unclear::ServiceTag(tag.to_owned())),
        Some(blocks) if blocks.iter().any(|b| b.contains(&address)) => {
            Outcome::Admits(By::ServiceTag(tag.to_owned()))
        }
        Some(_) => Outcome::Not(Why::NotNamed),
    }
}

/// Grounds that take a managed identity refuse what authenticates otherwise.
pub(super) fn refuses(authentication: Authentication) -> Option<Why> {
    match authentication {
        Authentication::Unknown | Authentication::ManagedIdentity => None,
        Authentication::Principal | Authentication::Key | Authentication::Sas => {
            Some(Why::Authentication(authentication))
        }
    }
}

/// What a ground that takes the managed identity of a resource comes to.
pub(super) fn with_identity(identity: Option<bool>, admitted: Outcome) -> Outcome {
    match identity {
        Some(true) => admitted,
        Some(false) => Outcome::Not(Why::NoIdentity),
        None => Outcome::Unclear(Unclear::Identity),
    }
}

/// What a ground that takes a member comes to.
pub(super) fn as_member(identity: Option<bool>, in_force: bool) -> Outcome {
    let member =
        if in_force { Outcome::Admits(By::Membership) } else { Outcome::Unclear(Unclear::Provisioning) };
    with_identity(identity, member)
}

fn best<const N: usize>(outcomes: [Option<Outcome>; N]) -> Outcome {
    best_of(outcomes.into_iter().flatten()).unwrap_or(Outcome::Not(Why::NotNamed))
}

/// One that admits is enough; one that is unclear may admit; of those that do not, the most telling.
fn best_of(outcomes: impl Iterator<Item = Outcome>) -> Option<Outcome> {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Admits(_) => 3,
        Outcome::Unclear(_) => 2,
        Outcome::Not(Why::Authentication(_) | Why::NoIdentity) => 1,
        Outcome::Not(_) => 0,
    };
    outcomes.reduce(|a, b| if rank(&b) > rank(&a) { b } else { a })
}
