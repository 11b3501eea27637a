//! Groups of traffic put together by who is at the other end.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::TrafficGroup;
use crate::domain::ArmId;
use crate::domain::log::Verdict;
use crate::domain::net::Width;
use crate::domain::whatif::{Caller, Peer};

/// So many operations are named.
const OPERATIONS: usize = 5;

/// What callers are put together by. Destinations are always put together by host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// Address, so coarsely.
    Address(Width),
    /// Subscription of the caller.
    Subscription,
    /// Calling resource.
    Resource,
    /// Application id.
    AppId,
}

impl By {
    /// Every way, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Address(Width::Exact),
        Self::Address(Width::Site),
        Self::Address(Width::Pool),
        Self::Subscription,
        Self::Resource,
        Self::AppId,
    ];

    /// The next way; after the last comes the first.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|by| *by == self).map_or(0, |at| at + 1);
        Self::ALL.get(at).copied().unwrap_or(Self::Address(Width::Exact))
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Address(width) => width.label(),
            Self::Subscription => "subscription",
            Self::Resource => "resource",
            Self::AppId => "application",
        }
    }
}

/// Who is at the other end of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClusterKey {
    /// Callers from this block.
    Block(IpNet),
    /// Callers of this subscription.
    Subscription(String),
    /// This caller or destination.
    Resource(ArmId),
    /// Callers of this application.
    AppId(String),
    /// This destination.
    Fqdn(String),
    /// The log does not tell.
    NotTold,
}

impl fmt::Display for ClusterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(net) if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
            Self::Block(net) => net.fmt(f),
            Self::Subscription(text) | Self::AppId(text) | Self::Fqdn(text) => f.write_str(text),
            Self::Resource(id) => f.write_str(id.name()),
            Self::NotTold => f.write_str("(not told by the log)"),
        }
    }
}

/// What is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster<'g> {
    /// Who is at the other end.
    pub key: ClusterKey,
    /// Inbound, else outbound.
    pub inbound: bool,
    /// Sum of events.
    pub count: u64,
    /// Start of the earliest row.
    pub first: Timestamp,
    /// End of the latest row.
    pub last: Timestamp,
    /// Some of the operations.
    pub operations: Vec<String>,
    /// The resource's own rules let some of it pass; else none of it was seen since the configuration changed.
    pub passes: bool,
    /// Which of them, as the log names them; empty where the log names nothing.
    pub lets_through: BTreeSet<String>,
    /// Distinct addresses that were seen.
    pub addresses: BTreeSet<IpAddr>,
    /// Its groups.
    pub groups: Vec<&'g TrafficGroup>,
}

fn key_of(peer: &Peer, by: By) -> ClusterKey {
    match peer {
        Peer::Caller(caller) => caller_key(caller, by),
        Peer::Destination(to) => match (&to.fqdn, &to.resource) {
            (Some(name), _) => ClusterKey::Fqdn(name.clone()),
            (None, Some(id)) => ClusterKey::Resource(id.clone()),
            (None, None) => ClusterKey::NotTold,
        },
    }
}

/// The wanted key, else the most telling one that the log has.
fn caller_key(caller: &Caller, by: By) -> ClusterKey {
    let block = |width: Width| caller.address.map(|ip| ClusterKey::Block(width.around(ip)));
    let resource = || caller.resource.clone().map(ClusterKey::Resource);
    let app = || caller.app_id.clone().map(ClusterKey::AppId);
    let home = || caller.home().map(|s| ClusterKey::Subscription(s.to_ascii_lowercase()));
    let found = match by {
        By::Address(width) => block(width).or_else(resource).or_else(app),
        By::Subscription => home().or_else(app).or_else(|| block(Width::Exact)),
        By::Resource => resource().or_else(app).or_else(|| block(Width::Exact)),
        By::AppId => app().or_else(resource).or_else(|| block(Width::Exact)),
    };
    found.unwrap_or(ClusterKey::NotTold)
}

/// Puts groups together; the most frequent first, then by key.
pub fn clusters<'g>(groups: impl Iterator<Item = &'g TrafficGroup>, by: By) -> Vec<Cluster<'g>> {
    let mut places: HashMap<(ClusterKey, bool), usize> = HashMap::new();
    let mut out: Vec<Cluster<'g>> = Vec::new();
    for group in groups {
        let inbound = matches!(group.peer, Peer::Caller(_));
        let key = key_of(&group.peer, by);
        let place = *places.entry((key.clone(), inbound)).or_insert_with(|| {
            out.push(Cluster::new(key, inbound, group));
            out.len() - 1
        });
        if let Some(cluster) = out.get_mut(place) {
            cluster.take(group);
        }
    }
    out.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    out
}

impl<'g> Cluster<'g> {
    fn new(key: ClusterKey, inbound: bool, group: &TrafficGroup) -> Self {
        Self {
            key,
            inbound,
            count: 0,
            first: group.first,
            last: group.last,
            operations: Vec::new(),
            passes: false,
            lets_through: BTreeSet::new(),
            addresses: BTreeSet::new(),
            groups: Vec::new(),
        }
    }

    /// What lets it pass today, in words; `None` where that was not seen.
    pub fn today(&self) -> Option<String> {
        if !self.passes {
            return None;
        }
        if !self.lets_through.is_empty() {
            return Some(self.lets_through.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        }
        let words = if self.inbound { "the resource's own settings" } else { "outbound is not restricted" };
        Some(words.to_owned())
    }

    fn take(&mut self, group: &'g TrafficGroup) {
        self.count += group.count;
        self.first = self.first.min(group.first);
        self.last = self.last.max(group.last);
        for operation in &group.operations {
            if self.operations.len() < OPERATIONS && !self.operations.contains(operation) {
                self.operations.push(operation.clone());
            }
        }
        if group.verdict == Verdict::WouldDeny {
            self.passes = true;
            self.lets_through.extend(Some(group.matched_rule.clone()).filter(|rule| !rule.is_empty()));
        }
        if let Peer::Caller(Caller { address: Some(address), .. }) = &group.peer {
            self.addresses.insert(*address);
        }
        self.groups.push(group);
    }
}
