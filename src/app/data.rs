//! Everything that was read, by the slot it belongs to. Bounded: only the perimeters looked at last
//! keep their contents.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::coverage::Coverage;
use super::msg::{Facts, Offer, Payload, Slot, Ticket, Topic};
use super::remote::Remote;
use crate::domain::{
    AccessRule, ArmId, Association, Failure, Link, LinkReference, Perimeter, Profile, Resource, Subscription,
};

/// Perimeters whose contents are kept.
const KEPT_PERIMETERS: usize = 12;
/// PaaS resources that are kept.
const KEPT_RESOURCES: usize = 2000;
/// Facts about places that are kept.
const KEPT_FACTS: usize = 4000;

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
    used: u64,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Data {
    /// Now, for columns that tell what is left.
    pub now: Timestamp,
    /// Subscriptions in scope.
    pub subscriptions: Remote<Vec<Subscription>>,
    /// Perimeters by subscription guid.
    pub perimeters: BTreeMap<Arc<str>, Remote<Vec<Arc<Perimeter>>>>,
    contents: HashMap<ArmId, PerimeterData>,
    resources: HashMap<ArmId, Remote<Arc<Resource>>>,
    offers: HashMap<(Offer, Arc<str>), Remote<Vec<String>>>,
    facts: HashMap<(Topic, Arc<str>), Remote<Arc<Facts>>>,
    /// Resources that could be in a perimeter, and which of them are.
    pub coverage: Coverage,
    uses: u64,
    /// Places of the subscriptions by guid in lower case: a column asks for names row by row.
    places: HashMap<String, usize>,
}

/// What can be asked of any slot, whatever kind of thing it holds.
trait Question {
    fn begin(&mut self, ticket: Ticket) -> Option<Ticket>;
    fn end(&mut self, ticket: Ticket, result: Result<(), Failure>, now: Timestamp) -> bool;
    fn awaited(&self) -> Option<Ticket>;
    fn is_untouched(&self) -> bool;
    fn failure(&self) -> Option<&Failure>;
}

macro_rules! question {
    ([$($generic:ident)?] $remote:ty, $settle:expr) => {
        impl<$($generic)?> Question for $remote {
            fn begin(&mut self, ticket: Ticket) -> Option<Ticket> {
                self.begin(ticket)
            }
            fn end(&mut self, ticket: Ticket, result: Result<(), Failure>, now: Timestamp) -> bool {
                $settle(self, ticket, result, now)
            }
            fn awaited(&self) -> Option<Ticket> {
                self.awaited()
            }
            fn is_untouched(&self) -> bool {
                self.is_untouched()
            }
            fn failure(&self) -> Option<&Failure> {
                self.failure()
            }
        }
    };
}
question!([T] Remote<Vec<T>>, Remote::settle_list);
question!([] Remote<Arc<Resource>>, |remote: &mut Self, ticket, result: Result<(), Failure>, now| {
    remote.settle(ticket, result.map(|()| None), now)
});
question!([] Remote<Arc<Facts>>, |remote: &mut Self, ticket, result: Result<(), Failure>, now| {
    remote.settle(ticket, result.map(|()| None), now)
});

/// The perimeter that a profile belongs to.
fn perimeter_of(profile: &ArmId) -> ArmId {
    profile.parent().unwrap_or_else(|| profile.clone())
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

    /// What a subscription offers to choose from; `None` before it was read.
    pub fn offer(&self, what: Offer, of: &str) -> Option<&[String]> {
        let remote = self.offers.get(&(what, Arc::from(of)))?;
        remote.read_at().map(|_| remote.rows())
    }

    /// What is known of a place; `None` when it was never asked.
    pub fn facts(&self, topic: Topic, of: &str) -> Option<&Remote<Arc<Facts>>> {
        self.facts.get(&(topic, Arc::from(of)))
    }

    /// A slot, if anything was ever asked for it: a late answer must not make one.
    fn look(&self, slot: &Slot) -> Option<&dyn Question> {
        Some(match slot {
            Slot::Subscriptions => &self.subscriptions,
            Slot::Perimeters(s) => self.perimeters.get(s)?,
            Slot::Associations(p) => &self.of(p)?.associations,
            Slot::Profiles(p) => &self.of(p)?.profiles,
            Slot::Rules(p) => self.of(&perimeter_of(p))?.rules.get(p)?,
            Slot::Links(p) => &self.of(p)?.links,
            Slot::LinkReferences(p) => &self.of(p)?.references,
            Slot::Resource(r) => self.resources.get(r)?,
            Slot::Offer(what, of) => self.offers.get(&(*what, Arc::clone(of)))?,
            Slot::About(topic, of) => self.facts.get(&(*topic, Arc::clone(of)))?,
            Slot::Inventory(sought) => self.coverage.inventory_of(sought)?,
            Slot::Members(of) => self.coverage.members.reading_of(of)?,
        })
    }

    /// A slot, made when it is missing.
    fn touch(&mut self, slot: &Slot) -> &mut dyn Question {
        match slot {
            Slot::Subscriptions => &mut self.subscriptions,
            Slot::Perimeters(s) => self.perimeters.entry(s.clone()).or_default(),
            Slot::Associations(p) => &mut self.contents_mut(p).associations,
            Slot::Profiles(p) => &mut self.contents_mut(p).profiles,
            Slot::Rules(p) => self.contents_mut(&perimeter_of(p)).rules.entry(p.clone()).or_default(),
            Slot::Links(p) => &mut self.contents_mut(p).links,
            Slot::LinkReferences(p) => &mut self.contents_mut(p).references,
            Slot::Resource(r) => self.resources.entry(r.clone()).or_default(),
            Slot::Offer(what, of) => self.offers.entry((*what, Arc::clone(of))).or_default(),
            Slot::About(topic, of) => self.facts.entry((*topic, Arc::clone(of))).or_default(),
            Slot::Inventory(sought) => self.coverage.seek(sought),
            Slot::Members(_) => self.coverage.members.reading_mut(),
        }
    }

    /// A question goes out; returns the one before it, to be aborted.
    pub fn begin(&mut self, slot: &Slot, ticket: Ticket) -> Option<Ticket> {
        self.touch(slot).begin(ticket)
    }

    /// Nothing was ever asked for this slot.
    pub fn is_untouched(&self, slot: &Slot) -> bool {
        self.look(slot).is_none_or(Question::is_untouched)
    }

    /// The question that this slot awaits.
    pub fn awaited(&self, slot: &Slot) -> Option<Ticket> {
        self.look(slot).and_then(Question::awaited)
    }

    /// Why the last reading of this slot failed.
    pub fn failure(&self, slot: &Slot) -> Option<&Failure> {
        self.look(slot).and_then(Question::failure)
    }

    /// One page of a list. False when nobody waits for it.
    pub fn extend(&mut self, slot: &Slot, ticket: Ticket, payload: Payload, failures: Vec<Failure>) -> bool {
        if self.awaited(slot) != Some(ticket) {
            return false;
        }
        match (slot, payload) {
            (Slot::Subscriptions, Payload::Subscriptions(v)) => {
                let taken = self.subscriptions.extend(ticket, v, failures);
                self.index_subscriptions();
                taken
            }
            (Slot::Perimeters(s), Payload::Perimeters(v)) => {
                self.perimeters.entry(s.clone()).or_default().extend(ticket, v, failures)
            }
            (Slot::Rules(p), Payload::Rules(v)) => {
                let rules = &mut self.contents_mut(&perimeter_of(p)).rules;
                rules.entry(p.clone()).or_default().extend(ticket, v, failures)
            }
            (Slot::Associations(p), Payload::Associations(v)) => {
                self.contents_mut(p).associations.extend(ticket, v, failures)
            }
            (Slot::Profiles(p), Payload::Profiles(v)) => {
                self.contents_mut(p).profiles.extend(ticket, v, failures)
            }
            (Slot::Links(p), Payload::Links(v)) => self.contents_mut(p).links.extend(ticket, v, failures),
            (Slot::LinkReferences(p), Payload::LinkReferences(v)) => {
                self.contents_mut(p).references.extend(ticket, v, failures)
            }
            (Slot::Offer(what, of), Payload::Words(v)) => {
                self.offers.entry((*what, Arc::clone(of))).or_default().extend(ticket, v, failures)
            }
            (Slot::Inventory(_), Payload::Inventory(v)) => self.coverage.extend(ticket, v, failures),
            (Slot::Members(_), Payload::Members(rolls)) => {
                self.coverage.members.enter(rolls);
                true
            }
            // A page of something else than was asked for.
            _ => false,
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
        if self.awaited(slot) != Some(ticket) {
            return false;
        }
        if let (Slot::Resource(id), Ok(Some(Payload::Resource(resource)))) = (slot, &result) {
            let resource = Some(Arc::clone(resource));
            self.resources.entry(id.clone()).or_default().settle(ticket, Ok(resource), now);
            self.trim_resources();
            return true;
        }
        if let (Slot::About(topic, of), Ok(Some(Payload::Facts(facts)))) = (slot, &result) {
            let facts = Some(Arc::clone(facts));
            self.facts.entry((*topic, Arc::clone(of))).or_default().settle(ticket, Ok(facts), now);
            self.trim_facts();
            return true;
        }
        // A list may come whole, with the end of the reading.
        let result = result.map(|payload| {
            if let Some(payload) = payload {
                self.extend(slot, ticket, payload, Vec::new());
            }
        });
        let good = result.is_ok();
        self.coverage.settling(slot, &result);
        self.touch(slot).end(ticket, result, now);
        if *slot == Slot::Subscriptions {
            self.index_subscriptions();
            if good {
                let ids: HashSet<&str> = self.subscriptions.rows().iter().map(|s| s.id.as_str()).collect();
                self.perimeters.retain(|id, _| ids.contains(&**id));
            }
        }
        if let (Slot::Associations(perimeter), true) = (slot, good) {
            let rows = self.contents.get(perimeter).map_or(&[][..], |d| d.associations.rows());
            self.coverage.members.learn(perimeter, rows);
        }
        true
    }

    fn index_subscriptions(&mut self) {
        let rows = self.subscriptions.rows().iter().enumerate();
        self.places = rows.map(|(i, s)| (s.id.to_ascii_lowercase(), i)).collect();
    }

    /// Drops the contents of the perimeters that were looked at longest ago, but never of these. Their questions
    /// under way find no slot when they come back.
    pub fn trim(&mut self, keep: &BTreeSet<ArmId>) {
        while self.contents.len() > KEPT_PERIMETERS {
            let oldest = self
                .contents
                .iter()
                .filter(|(id, _)| !keep.contains(*id))
                .min_by_key(|(_, data)| data.used)
                .map(|(id, _)| id.clone());
            match oldest {
                Some(id) => self.contents.remove(&id),
                None => break,
            };
        }
    }

    /// Gives up what was read of a place: somebody else keeps it.
    pub fn forget(&mut self, topic: Topic, of: &Arc<str>) {
        self.facts.remove(&(topic, Arc::clone(of)));
    }

    fn trim_facts(&mut self) {
        if self.facts.len() > KEPT_FACTS {
            self.facts.retain(|_, r| r.awaited().is_some());
        }
    }

    fn trim_resources(&mut self) {
        if self.resources.len() > KEPT_RESOURCES {
            self.resources.retain(|_, r| r.awaited().is_some());
        }
    }

    /// Display name of a subscription; its guid when the name is not known.
    pub fn subscription_name<'a>(&'a self, guid: &'a str) -> &'a str {
        let place = self.places.get(guid).or_else(|| self.places.get(&guid.to_ascii_lowercase()));
        let known = place.and_then(|i| self.subscriptions.rows().get(*i));
        known.map(|s| s.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(guid)
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
