//! The simulated tenant: what exists, what is under way, and what time it is.
//!
//! One lock covers one request, so handlers are plain functions over `&mut World`. What takes time
//! (delays, gates, torn bodies) happens in `server.rs`, outside the lock.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::clock::{self, Clock};
use super::fault::Faults;
use super::governance::Governance;
use super::graph::Graph;
use super::logs::Logs;
use super::operations::Operations;
use super::random::Random;
use super::registrations::Registrations;
use super::requests::Requests;
use super::sinks;
use super::store::Store;
use super::throttle::Throttle;
use super::traffic::config::ConfigChange;
use super::{Timing, changes, paas, traffic};

/// The whole simulated tenant.
#[derive(Debug)]
pub struct World {
    /// Resources.
    pub store: Store,
    /// Simulated time.
    pub clock: Clock,
    /// How long things take.
    pub timing: Timing,
    /// Source of guids; seeded.
    pub random: Random,
    /// Long-running operations.
    pub operations: Operations,
    /// Faults on demand.
    pub faults: Faults,
    /// What was asked.
    pub requests: Requests,
    /// Remaining request quota.
    pub throttle: Throttle,
    /// What the resources themselves believe.
    pub paas: paas::Store,
    /// Facts about the tenant that no request changes.
    pub tenant: Tenant,
    /// What happens later.
    due: BTreeMap<(Timestamp, u64), Due>,
    /// The access log and what fills it.
    pub logs: Logs,
    /// What Resource Graph remembers between requests.
    pub graph: Graph,
}

/// Facts about the tenant that no request changes.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Entra tenant id of the caller's home.
    pub id: String,
    /// Tenants that the caller is a member of, as ARM shows them, the home one first.
    pub tenants: Vec<Value>,
    /// Public address of the machine that calls come from.
    pub machine: IpAddr,
    /// Who the caller is taken for (`systemData.createdBy`).
    pub caller: String,
    /// Subscriptions as ARM shows them, in the order of their display names.
    pub subscriptions: Vec<Value>,
    /// Seed of this world.
    pub seed: u64,
    /// The scenario's `traffic` section, for the traffic model.
    pub traffic: traffic::Section,
    /// Policies and locks.
    pub governance: Governance,
    /// Number of generated perimeters, when the world was generated.
    pub scale: Option<u32>,
    /// Registered providers and preview features; the only thing here that requests change.
    pub registrations: Registrations,
    /// About so many rows of access log at the start.
    pub history: Option<u32>,
    /// About so many rows of access log each second from the start on.
    pub rate: Option<u32>,
}

/// Something that happens at a later time.
#[derive(Debug, Clone)]
enum Due {
    /// `properties.provisioningState` becomes `Succeeded`, unless the thing was changed again.
    Settle { id: String, from: String },
    /// The thing goes, with all below it.
    Remove { id: String },
    /// The association of the resource says whether that has issues.
    Look { resource: String },
}

impl World {
    /// An empty world.
    pub fn new(timing: Timing, tenant: Tenant) -> Self {
        Self {
            store: Store::default(),
            clock: Clock::start(),
            timing,
            random: Random::new(tenant.seed),
            operations: Operations::default(),
            faults: Faults::default(),
            requests: Requests::default(),
            throttle: Throttle::default(),
            paas: paas::Store::default(),
            tenant,
            due: BTreeMap::new(),
            logs: Logs::default(),
            graph: Graph::default(),
        }
    }

    /// Simulated time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Simulated time as Azure writes it.
    pub fn now_text(&self) -> String {
        clock::iso(self.now())
    }

    /// Lets everything happen that is due by now.
    pub fn tick(&mut self) {
        let now = self.now();
        while let Some(entry) = self.due.first_entry() {
            if entry.key().0 > now {
                break;
            }
            match entry.remove() {
                Due::Settle { id, from } => self.settle(&id, &from),
                Due::Remove { id } => self.remove_now(&id),
                Due::Look { resource } => paas::flag(self, &resource),
            }
        }
    }

    /// `provisioningState` of `id` becomes `Succeeded` after `after`, if it still is `from` then.
    pub fn settle_later(&mut self, id: &str, from: &str, after: Duration) {
        self.schedule(after, Due::Settle { id: id.to_owned(), from: from.to_owned() });
    }

    /// `id` and all below it go after `after`.
    pub fn remove_later(&mut self, id: &str, after: Duration) {
        self.schedule(after, Due::Remove { id: id.to_owned() });
    }

    /// Removes a thing at once and tells the traffic model. Says whether it was there.
    pub fn remove_now(&mut self, id: &str) {
        let settings = sinks::of(self, id);
        if self.store.remove(id) {
            if !settings.is_empty() {
                self.logs.orphans.insert(id.to_lowercase(), settings);
            }
            changes::removed(self, id);
        }
    }

    /// Stores a body at once and tells the traffic model, where that concerns it.
    pub fn put_now(&mut self, id: &str, body: &Value) {
        self.store.put(id, body);
        changes::written(self, id);
        paas::flag(self, id);
    }

    /// Notes a change for the traffic model.
    pub fn change(&mut self, change: ConfigChange) {
        let now = self.now();
        self.logs.change(now, change);
    }

    /// Whether the resource has issues is to be noted at this time.
    pub fn look_at(&mut self, resource: &str, time: Timestamp) {
        self.schedule_at(time, Due::Look { resource: resource.to_owned() });
    }

    fn schedule(&mut self, after: Duration, what: Due) {
        self.schedule_at(clock::add(self.now(), after), what);
    }

    fn schedule_at(&mut self, time: Timestamp, what: Due) {
        // Ties keep their order: the last free number for this instant.
        let next = self.due.range((time, 0)..=(time, u64::MAX)).next_back().map_or(0, |((_, n), _)| n + 1);
        self.due.insert((time, next), what);
    }

    fn settle(&mut self, id: &str, from: &str) {
        let Some(mut body) = self.store.get(id) else { return };
        let Some(state) = body.pointer_mut("/properties/provisioningState") else { return };
        if state.as_str() == Some(from) {
            *state = Value::from("Succeeded");
            self.put_now(id, &body);
        }
    }
}
