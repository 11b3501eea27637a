//! Everything that was read, by the slot it belongs to. Bounded: only the perimeters looked at last
//! keep their contents.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::msg::{Payload, Slot, Ticket};
use super::remote::Remote;
use crate::domain::{
    AccessRule, ArmId, Association, Failure, Link, LinkReference, Perimeter, Profile, Resource, Subscription,
    Workspace,
};

/// Perimeters whose contents are kept.
const KEPT_PERIMETERS: usize = 12;
/// PaaS resources that are kept.
const KEPT_RESOURCES: usize = 2000;

/// What belongs to one perimeter.
#[derive(Debug, Default)]
pub struct PerimeterData {
    /// Its associations.
    pub associations: Remote<Vec<Arc<Association>>>,
    /// Its profiles.
    pub profiles: Remote<Vec<Arc<Profile>>>,
    /// The access rules of each profile.
    pub rules: HashMap<ArmId, Remote<Vec<Arc<AccessRule>>>>,
    /// Its links.
    pub links: Remote<Vec<Arc<Link>>>,
    /// References that links of others left here.
    pub references: Remote<Vec<Arc<LinkReference>>>,
    /// Where its access logs go.
    pub workspaces: Remote<Vec<Workspace>>,
    used: u64,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Data {
    /// Subscriptions in scope.
    pub subscriptions: Remote<Vec<Subscription>>,
    /// Perimeters by subscription guid.
    pub perimeters: BTreeMap<Arc<str>, Remote<Vec<Arc<Perimeter>>>>,
    contents: HashMap<ArmId, PerimeterData>,
    resources: HashMap<ArmId, Remote<Arc<Resource>>>,
    uses: u64,
}

/// Applies the same call to whatever kind of remote a slot names.
macro_rules! on_slot {
    ($self:expr, $slot:expr, $remote:ident => $call:expr) => {
        match $slot {
            Slot::Subscriptions => {
                let $remote = &mut $self.subscriptions;
                $call
            }
            Slot::Perimeters(s) => {
                let $remote = $self.perimeters.entry(s.clone()).or_default();
                $call
            }
            Slot::Associations(p) => {
                let $remote = &mut $self.contents_mut(p).associations;
                $call
            }
            Slot::Profiles(p) => {
                let $remote = &mut $self.contents_mut(p).profiles;
                $call
            }
            Slot::Rules(p) => {
                let perimeter = p.parent().unwrap_or_else(|| p.clone());
                let $remote = $self.contents_mut(&perimeter).rules.entry(p.clone()).or_default();
                $call
            }
            Slot::Links(p) => {
                let $remote = &mut $self.contents_mut(p).links;
                $call
            }
            Slot::LinkReferences(p) => {
                let $remote = &mut $self.contents_mut(p).references;
                $call
            }
            Slot::Workspaces(p) => {
                let $remote = &mut $self.contents_mut(p).workspaces;
                $call
            }
            Slot::Resource(r) => {
                let $remote = $self.resources.entry(r.clone()).or_default();
                $call
            }
        }
    };
}

impl Data {
    /// What is known of a perimeter.
    pub fn of(&self, perimeter: &ArmId) -> Option<&PerimeterData> {
        self.contents.get(perimeter)
    }

    fn contents_mut(&mut self, perimeter: &ArmId) -> &mut PerimeterData {
        self.uses += 1;
        let uses = self.uses;
        let entry = self.contents.entry(perimeter.clone()).or_default();
        entry.used = uses;
        entry
    }

    /// What is known of a PaaS resource.
    pub fn resource(&self, id: &ArmId) -> Option<&Remote<Arc<Resource>>> {
        self.resources.get(id)
    }

    /// A question goes out; returns the one before it, to be aborted.
    pub fn begin(&mut self, slot: &Slot, ticket: Ticket) -> Option<Ticket> {
        on_slot!(self, slot, remote => remote.begin(ticket))
    }

    /// Nothing was ever asked for this slot.
    pub fn is_untouched(&mut self, slot: &Slot) -> bool {
        on_slot!(self, slot, remote => remote.is_untouched())
    }

    /// The question that this slot awaits.
    pub fn awaited(&mut self, slot: &Slot) -> Option<Ticket> {
        on_slot!(self, slot, remote => remote.awaited())
    }

    /// One page of a list. False when nobody waits for it.
    pub fn extend(&mut self, slot: &Slot, ticket: Ticket, payload: Payload, failures: Vec<Failure>) -> bool {
        if self.awaited(slot) != Some(ticket) {
            return false;
        }
        match payload {
            Payload::Subscriptions(v) => self.subscriptions.extend(ticket, v, failures),
            Payload::Perimeters(v) => match slot {
                Slot::Perimeters(s) => {
                    self.perimeters.entry(s.clone()).or_default().extend(ticket, v, failures)
                }
                _ => false,
            },
            Payload::Rules(v) => match slot {
                Slot::Rules(p) => {
                    let perimeter = p.parent().unwrap_or_else(|| p.clone());
                    let rules = &mut self.contents_mut(&perimeter).rules;
                    rules.entry(p.clone()).or_default().extend(ticket, v, failures)
                }
                _ => false,
            },
            Payload::Associations(v) => match slot {
                Slot::Associations(p) => self.contents_mut(p).associations.extend(ticket, v, failures),
                _ => false,
            },
            Payload::Profiles(v) => match slot {
                Slot::Profiles(p) => self.contents_mut(p).profiles.extend(ticket, v, failures),
                _ => false,
            },
            Payload::Links(v) => match slot {
                Slot::Links(p) => self.contents_mut(p).links.extend(ticket, v, failures),
                _ => false,
            },
            Payload::LinkReferences(v) => match slot {
                Slot::LinkReferences(p) => self.contents_mut(p).references.extend(ticket, v, failures),
                _ => false,
            },
            Payload::Workspaces(v) => match slot {
                Slot::Workspaces(p) => self.contents_mut(p).workspaces.extend(ticket, v, failures),
                _ => false,
            },
            Payload::Resource(_) => false,
        }
    }

    /// A question ended. False when nobody waits for it.
    pub fn settle(
        &mut self,
        slot: &Slot,
        ticket: Ticket,
        result: Result<Option<Payload>, Failure>,
        now: Timestamp,
    ) -> bool {
        if let Slot::Resource(id) = slot {
            let result = result.map(|payload| match payload {
                Some(Payload::Resource(resource)) => Some(resource),
                _ => None,
            });
            let accepted = self.resources.entry(id.clone()).or_default().settle(ticket, result, now);
            self.trim_resources();
            return accepted;
        }
        let result = result.map(|_| ());
        match slot {
            Slot::Subscriptions => self.subscriptions.settle_list(ticket, result, now),
            Slot::Perimeters(s) => {
                self.perimeters.entry(s.clone()).or_default().settle_list(ticket, result, now)
            }
            Slot::Associations(p) => self.contents_mut(p).associations.settle_list(ticket, result, now),
            Slot::Profiles(p) => self.contents_mut(p).profiles.settle_list(ticket, result, now),
            Slot::Rules(p) => {
                let perimeter = p.parent().unwrap_or_else(|| p.clone());
                let rules = &mut self.contents_mut(&perimeter).rules;
                rules.entry(p.clone()).or_default().settle_list(ticket, result, now)
            }
            Slot::Links(p) => self.contents_mut(p).links.settle_list(ticket, result, now),
            Slot::LinkReferences(p) => self.contents_mut(p).references.settle_list(ticket, result, now),
            Slot::Workspaces(p) => self.contents_mut(p).workspaces.settle_list(ticket, result, now),
            Slot::Resource(_) => false,
        }
    }

    /// Drops the contents of the perimeters that were looked at longest ago. Their questions under
    /// way find no slot when they come back.
    pub fn trim(&mut self, shown: Option<&ArmId>) {
        while self.contents.len() > KEPT_PERIMETERS {
            let oldest = self
                .contents
                .iter()
                .filter(|(id, _)| Some(*id) != shown)
                .min_by_key(|(_, data)| data.used)
                .map(|(id, _)| id.clone());
            match oldest {
                Some(id) => self.contents.remove(&id),
                None => break,
            };
        }
    }

    fn trim_resources(&mut self) {
        if self.resources.len() > KEPT_RESOURCES {
            self.resources.retain(|_, r| r.awaited().is_some());
        }
    }

    /// Display name of a subscription; its guid when the name is not known.
    pub fn subscription_name<'a>(&'a self, guid: &'a str) -> &'a str {
        self.subscriptions
            .rows()
            .iter()
            .find(|s| s.id.eq_ignore_ascii_case(guid))
            .map_or(guid, |s| if s.name.is_empty() { guid } else { &s.name })
    }

    /// The access rules of all profiles of a perimeter, or of one.
    pub fn rules(&self, perimeter: &ArmId, profile: Option<&ArmId>) -> Vec<Arc<AccessRule>> {
        let Some(data) = self.of(perimeter) else { return Vec::new() };
        data.profiles
            .rows()
            .iter()
            .filter(|p| profile.is_none_or(|wanted| *wanted == p.id))
            .filter_map(|p| data.rules.get(&p.id))
            .flat_map(|remote| remote.rows().iter().cloned())
            .collect()
    }
}
