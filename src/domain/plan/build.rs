//! Builds a plan: what admits each group, what that costs, and what is left out for which reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::blocks::blocks;
use super::names::unique_name;
use crate::domain::impact::TrafficGroup;
use crate::domain::net::Width;
use crate::domain::whatif::{Caller, Configuration, Destination, Peer, ReadRule};
use crate::domain::{ArmId, Direction, RULE_ELEMENTS_PER_PROFILE, RuleContent, SourceKind};

/// What the user chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// How coarsely addresses are put together.
    pub width: Width,
    /// Subscriptions instead of addresses where the caller is known to have a managed identity. It admits every
    /// managed identity of that subscription.
    pub subscriptions: bool,
    /// What the names of the rules begin with.
    pub base: String,
}

impl Default for Choice {
    fn default() -> Self {
        Self { width: Width::Exact, subscriptions: true, base: "from-log".to_owned() }
    }
}

/// A block of addresses that the plan admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The block.
    pub net: IpNet,
    /// Addresses in it that were seen.
    pub seen: usize,
    /// Addresses in it that were not seen.
    pub unseen: u128,
    /// Events from the addresses that were seen.
    pub events: u64,
}

/// A rule to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRule {
    /// A valid name that is not taken in the profile.
    pub name: String,
    /// What it says: one kind.
    pub content: RuleContent,
}

/// Rule elements of a profile in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Taken by the rules that exist.
    pub taken: usize,
    /// Added by the plan.
    pub added: usize,
}

impl Budget {
    /// What remains after the plan.
    pub fn left(self) -> usize {
        RULE_ELEMENTS_PER_PROFILE.saturating_sub(self.taken + self.added)
    }
}

/// Why no rule was planned for a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The budget of the profile is used up.
    Budget,
    /// The log tells neither an address nor an identity.
    NotTold,
    /// Whether the caller has a managed identity was not read, and no address was logged.
    IdentityUnknown,
    /// The caller has no managed identity, and no address was logged.
    NoIdentity,
    /// The destination's host name was not logged.
    NoHost,
    /// A rule of the profile names it already.
    NamedAlready,
    /// It does not belong to a resource of this profile.
    OtherProfile,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Budget => "the profile has no rule elements left: choose wider blocks or another profile",
            Self::NotTold => "the log tells neither its address nor its identity",
            Self::IdentityUnknown => {
                "whether it has a managed identity is not known, and no address was logged"
            }
            Self::NoIdentity => {
                "it has no managed identity and no address was logged: switch its identity on or associate it"
            }
            Self::NoHost => "the log does not tell the host name: associate the destination or link its perimeter",
            Self::NamedAlready => {
                "a rule names it already: either that rule is newer than the log, or no rule of this kind helps"
            }
            Self::OtherProfile => "its resource uses another profile",
        })
    }
}

/// A group that the plan does not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut<'g> {
    /// The group.
    pub group: &'g TrafficGroup,
    /// Why.
    pub reason: Reason,
}

/// Numbers of what is left out, for a comparison of choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncovered {
    /// Groups.
    pub groups: usize,
    /// Their events.
    pub events: u64,
}

/// Rules to be made, and what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'g> {
    /// The rules, none without elements.
    pub rules: Vec<PlannedRule>,
    /// Every block of addresses that they admit.
    pub blocks: Vec<Block>,
    /// Every subscription that they admit, with the events that were seen from it.
    pub subscriptions: Vec<(String, u64)>,
    /// Every host name that they admit, with the events that were seen to it.
    pub fqdns: Vec<(String, u64)>,
    /// Groups that they do not cover.
    pub left_out: Vec<LeftOut<'g>>,
    /// Events of the groups that they cover.
    pub covered: u64,
    /// Events of all groups.
    pub total: u64,
    /// Rule elements inbound.
    pub inbound: Budget,
    /// Rule elements outbound.
    pub outbound: Budget,
}

impl Plan<'_> {
    /// Addresses that the plan admits and that were not seen.
    pub fn unseen_addresses(&self) -> u128 {
        self.blocks.iter().fold(0, |sum: u128, block| sum.saturating_add(block.unseen))
    }

    /// Share of the evidence that the plan covers, by events, between 0 and 1; 1 for no evidence at all.
    pub fn share(&self) -> f64 {
        if self.total == 0 { 1.0 } else { self.covered as f64 / self.total as f64 }
    }

    /// What is left out, in numbers.
    pub fn uncovered(&self) -> Uncovered {
        Uncovered { groups: self.left_out.len(), events: self.total - self.covered }
    }
}

/// What one group needs.
enum Need {
    Address(IpAddr),
    Subscription(String),
    Fqdn(String),
    Nothing(Reason),
}

fn need(known: &Configuration, group: &TrafficGroup, profile: &ArmId, choice: &Choice) -> Need {
    let uses = known.membership(&group.resource).and_then(|m| m.profile.as_ref());
    if uses != Some(profile) {
        return Need::Nothing(Reason::OtherProfile);
    }
    let rules = known.rules(profile).map_or(&[][..], |set| &set.rules);
    match &group.peer {
        Peer::Destination(Destination { fqdn: Some(name), .. }) => {
            let named = rules.iter().any(|r| r.fqdns().contains(name));
            if named { Need::Nothing(Reason::NamedAlready) } else { Need::Fqdn(name.clone()) }
        }
        Peer::Destination(Destination { fqdn: None, .. }) => Need::Nothing(Reason::NoHost),
        Peer::Caller(caller) => inbound(known, caller, choice, rules),
    }
}

fn inbound(known: &Configuration, caller: &Caller, choice: &Choice, rules: &[ReadRule]) -> Need {
    let identity = caller.subscription.is_some()
        || caller.resource.as_ref().is_some_and(|r| known.has_identity(r) == Some(true));
    let home = caller.home().filter(|_| identity).map(str::to_ascii_lowercase);
    let free = |guid: &String| !rules.iter().any(|r| r.subscriptions().contains(guid));
    let named = |ip: IpAddr| rules.iter().any(|r| r.blocks().iter().any(|b| b.contains(&ip)));
    match (caller.address, home) {
        (Some(ip), None) if named(ip) => Need::Nothing(Reason::NamedAlready),
        (Some(ip), None) => Need::Address(ip),
        (Some(ip), Some(home)) if !(named(ip) || choice.subscriptions && free(&home)) => Need::Address(ip),
        (_, Some(home)) if free(&home) => Need::Subscription(home),
        (_, Some(_)) => Need::Nothing(Reason::NamedAlready),
        (None, None) if caller.resource.as_ref().is_some_and(|r| known.has_identity(r).is_none()) => {
            Need::Nothing(Reason::IdentityUnknown)
        }
        (None, None) if caller.resource.is_some() => Need::Nothing(Reason::NoIdentity),
        (None, None) => Need::Nothing(Reason::NotTold),
    }
}

/// Makes the smallest set of rules for one profile that admits `groups`, which should be what enforcing would deny.
/// Where the budget does not suffice, what was seen most often comes first.
pub fn plan<'g>(
    known: &Configuration,
    profile: &ArmId,
    groups: &[&'g TrafficGroup],
    choice: &Choice,
) -> Plan<'g> {
    let mut wanted: BTreeMap<Element, Vec<&'g TrafficGroup>> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut addresses: BTreeMap<IpAddr, u64> = BTreeMap::new();
    for group in groups {
        match need(known, group, profile, choice) {
            Need::Address(ip) => {
                *addresses.entry(ip).or_default() += group.count;
                wanted.entry(Element::Address(ip)).or_default().push(group);
            }
            Need::Subscription(guid) => wanted.entry(Element::Subscription(guid)).or_default().push(group),
            Need::Fqdn(name) => wanted.entry(Element::Fqdn(name)).or_default().push(group),
            Need::Nothing(reason) => left_out.push(LeftOut { group, reason }),
        }
    }
    let all = blocks(&addresses, choice.width);
    let taken = |direction: &Direction| {
        known.rules(profile).map_or(0, |set| set.rules.iter().map(|r| r.elements(direction)).sum())
    };
    let mut inbound = Budget { taken: taken(&Direction::Inbound), added: 0 };
    let mut outbound = Budget { taken: taken(&Direction::Outbound), added: 0 };
    let kept = keep(candidates(&wanted, &all), &mut inbound, &mut outbound);
    let is_kept = |element: &Element| match element {
        Element::Address(ip) => kept.blocks.iter().any(|b| b.net.contains(ip)),
        Element::Subscription(guid) => kept.subscriptions.iter().any(|(g, _)| g == guid),
        Element::Fqdn(name) => kept.fqdns.iter().any(|(n, _)| n == name),
    };
    let mut covered = 0;
    for (element, groups) in wanted {
        if is_kept(&element) {
            covered += groups.iter().map(|g| g.count).sum::<u64>();
        } else {
            left_out.extend(groups.into_iter().map(|group| LeftOut { group, reason: Reason::Budget }));
        }
    }
    let rules = rules(known, profile, &kept, choice);
    let Kept { blocks, subscriptions, fqdns } = kept;
    let total = groups.iter().map(|g| g.count).sum();
    Plan { rules, blocks, subscriptions, fqdns, left_out, covered, total, inbound, outbound }
}

/// The same groups with every width, for the user to choose among.
pub fn compare<'g>(
    known: &Configuration,
    profile: &ArmId,
    groups: &[&'g TrafficGroup],
    choice: &Choice,
) -> Vec<(Width, Plan<'g>)> {
    let with = |width: Width| Choice { width, ..choice.clone() };
    Width::ALL.into_iter().map(|width| (width, plan(known, profile, groups, &with(width)))).collect()
}

/// What a group is admitted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Element {
    Address(IpAddr),
    Subscription(String),
    Fqdn(String),
}

/// What could become a rule element, with the events behind it.
enum Candidate {
    Block(Block),
    Subscription(String, u64),
    Fqdn(String, u64),
}

impl Candidate {
    fn events(&self) -> u64 {
        match self {
            Self::Block(block) => block.events,
            Self::Subscription(_, events) | Self::Fqdn(_, events) => *events,
        }
    }
}

fn candidates(wanted: &BTreeMap<Element, Vec<&TrafficGroup>>, blocks: &[Block]) -> Vec<Candidate> {
    let events = |groups: &Vec<&TrafficGroup>| groups.iter().map(|g| g.count).sum();
    let mut out: Vec<Candidate> = blocks.iter().copied().map(Candidate::Block).collect();
    for (element, groups) in wanted {
        match element {
            Element::Address(_) => {}
            Element::Subscription(guid) => out.push(Candidate::Subscription(guid.clone(), events(groups))),
            Element::Fqdn(name) => out.push(Candidate::Fqdn(name.clone(), events(groups))),
        }
    }
    // Stable, so that equal ones keep the order of addresses and names.
    out.sort_by_key(|c| std::cmp::Reverse(c.events()));
    out
}

#[derive(Default)]
struct Kept {
    blocks: Vec<Block>,
    subscriptions: Vec<(String, u64)>,
    fqdns: Vec<(String, u64)>,
}

fn keep(candidates: Vec<Candidate>, inbound: &mut Budget, outbound: &mut Budget) -> Kept {
    let mut kept = Kept::default();
    for candidate in candidates {
        let budget = match candidate {
            Candidate::Block(_) | Candidate::Subscription(..) => &mut *inbound,
            Candidate::Fqdn(..) => &mut *outbound,
        };
        if budget.left() == 0 {
            continue;
        }
        budget.added += 1;
        match candidate {
            Candidate::Block(block) => kept.blocks.push(block),
            Candidate::Subscription(guid, events) => kept.subscriptions.push((guid, events)),
            Candidate::Fqdn(name, events) => kept.fqdns.push((name, events)),
        }
    }
    kept.blocks.sort_by_key(|b| b.net);
    kept
}

fn rules(known: &Configuration, profile: &ArmId, kept: &Kept, choice: &Choice) -> Vec<PlannedRule> {
    let blocks: Vec<String> = kept.blocks.iter().map(|b| b.net.to_string()).collect();
    let values =
        |list: &[(String, u64)]| list.iter().map(|(value, _)| value.clone()).collect::<BTreeSet<_>>();
    let kinds = [
        (SourceKind::AddressPrefix, "addresses", blocks),
        (SourceKind::Subscription, "subscriptions", values(&kept.subscriptions).into_iter().collect()),
        (SourceKind::Fqdn, "fqdns", values(&kept.fqdns).into_iter().collect()),
    ];
    let mut rules: Vec<PlannedRule> = Vec::new();
    for (kind, word, values) in kinds.into_iter().filter(|(_, _, values)| !values.is_empty()) {
        let taken = |name: &str| {
            known.rules(profile).is_some_and(|set| set.named(name).is_some())
                || rules.iter().any(|r| r.name.eq_ignore_ascii_case(name))
        };
        let name = unique_name(&format!("{}-{word}", choice.base), taken);
        rules.push(PlannedRule { name, content: RuleContent::of(kind, values) });
    }
    rules
}
