//! The traffic model: callers and destinations hit resources, the present configuration judges
//! each flow, and what comes of it becomes rows of the access log.
//!
//! It runs on demand: each question first lets time pass up to now. Nothing runs in between.

mod call;
pub mod config;
mod emit;
pub mod flow;
pub mod judge;
mod rate;
mod services;
pub mod state;
mod table;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::kql::SECOND;
pub use call::Called;
use config::{ConfigChange, Mode};
use flow::{Flow, Side, Target, Written};
use judge::{Assume, Verdict};
pub use services::Service;
use state::State;
pub use table::{LogTable, NAME};

/// How far back rows are kept, as a workspace with the usual retention does.
const RETENTION: i64 = 30 * 86_400 * SECOND;

/// A world of generated size catches up on no more than this.
const CATCH_UP: i64 = 120 * SECOND;

/// How far back a history of a wanted size reaches.
const HISTORY: i64 = 14 * 86_400 * SECOND;

/// What the model is made of. Times and spans are in ticks.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'s> {
    /// Same seed, same traffic.
    pub seed: u64,
    /// The scenario's `traffic` section.
    pub scenario: &'s Section,
    /// Rows that arrive each second, for worlds of generated size.
    pub rows_per_second: Option<u32>,
    /// Rows that are there at the start, about; as many as the scenario makes when `None`.
    pub history_rows: Option<u32>,
    /// Rows that arrive each second from the start on, about; as many as the scenario makes when `None`.
    pub rate: Option<u32>,
    /// From a change to traffic being judged by it.
    pub propagation: i64,
    /// From the end of a window to its row in the log.
    pub latency: i64,
    /// When the world began.
    pub started: i64,
}

/// The `traffic` section of a scenario.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Section {
    history_days: u32,
    former_modes: Vec<FormerMode>,
    flows: Vec<Written>,
}

/// A mode that an association had until some time before the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FormerMode {
    resource: String,
    /// `Learning` or `Enforced`.
    mode: String,
    minutes_ago: i64,
}

/// A flow and when it is looked at next.
#[derive(Debug)]
struct Running {
    flow: Flow,
    /// Distinguishes its random numbers from those of other flows.
    salt: u64,
    kept: Option<emit::Kept>,
}

/// The traffic of a world and the tables it fills.
#[derive(Debug)]
pub struct Traffic {
    state: State,
    waiting: BTreeMap<(i64, u64), ConfigChange>,
    flows: Vec<Running>,
    known: HashSet<String>,
    agenda: BinaryHeap<Reverse<(i64, usize)>>,
    arriving: BinaryHeap<Reverse<(table::Row, usize)>>,
    tables: Vec<(String, LogTable)>,
    former: Vec<(String, Mode, i64)>,
    times: Times,
    now: i64,
}

/// The parts of the setup that stay.
#[derive(Debug, Clone, Copy)]
struct Times {
    seed: u64,
    rows_per_second: Option<u32>,
    history_rows: Option<u32>,
    rate: Option<u32>,
    propagation: i64,
    latency: i64,
    started: i64,
}

impl Traffic {
    /// A model of a world whose present configuration is `initial`.
    pub fn new(setup: Setup<'_>, initial: Vec<ConfigChange>) -> Self {
        let section = setup.scenario;
        let history = match (setup.history_rows, setup.rows_per_second) {
            (Some(_), _) => HISTORY,
            (None, Some(_)) => CATCH_UP,
            (None, None) => i64::from(section.history_days) * 86_400 * SECOND,
        };
        let times = Times {
            seed: setup.seed,
            rows_per_second: setup.rows_per_second,
            history_rows: setup.history_rows,
            rate: setup.rate,
            propagation: setup.propagation,
            latency: setup.latency,
            started: setup.started,
        };
        let mut traffic = Self {
            state: State::default(),
            waiting: BTreeMap::new(),
            flows: Vec::new(),
            known: HashSet::new(),
            agenda: BinaryHeap::new(),
            arriving: BinaryHeap::new(),
            tables: Vec::new(),
            former: Vec::new(),
            times,
            now: setup.started - history,
        };
        for change in initial {
            traffic.state.apply(change);
        }
        for former in &section.former_modes {
            let Some(id) = flow::find(&traffic.state, &former.resource) else { continue };
            let mode = if former.mode == "Enforced" { Mode::Enforced } else { Mode::Learning };
            let until = setup.started - former.minutes_ago * 60 * SECOND;
            traffic.former.push((state::key(id), mode, until));
        }
        let written: Vec<Flow> = section.flows.iter().flat_map(|w| w.flows(&traffic.state)).collect();
        for flow in written {
            traffic.known.insert(flow.resource.clone());
            traffic.add(flow);
        }
        traffic.fill_in();
        traffic
    }

    /// A change was made at `when`. It counts once it has spread.
    pub fn change(&mut self, when: i64, change: ConfigChange) {
        // Logging and the mere existence of things need no rules to spread.
        let at = match &change {
            ConfigChange::Logging { .. } | ConfigChange::Perimeter { .. } => when,
            ConfigChange::PerimeterGone { .. }
            | ConfigChange::Profile { .. }
            | ConfigChange::ProfileGone { .. }
            | ConfigChange::Association { .. }
            | ConfigChange::AssociationGone { .. }
            | ConfigChange::Link { .. }
            | ConfigChange::LinkGone { .. }
            | ConfigChange::Resource { .. }
            | ConfigChange::ResourceGone { .. } => when.saturating_add(self.times.propagation),
        };
        let next = self.waiting.range((at, 0)..=(at, u64::MAX)).next_back().map_or(0, |((_, n), _)| n + 1);
        self.waiting.insert((at, next), change);
    }

    /// Lets time pass up to `now`.
    pub fn advance(&mut self, now: i64) {
        if now < self.now {
            return;
        }
        self.now = now;
        while let Some(Reverse((start, index))) = self.agenda.peek().copied() {
            if start > now {
                break;
            }
            self.agenda.pop();
            self.take_effect(start);
            let live = self.wanted_rows(start).is_some() && start >= self.times.started;
            let start = if live { start.max(now - CATCH_UP) } else { start };
            let end = start + self.window(index, start);
            self.emit(index, start, end);
            self.agenda.push(Reverse((end, index)));
            // No row that is still to be made arrives before its window begins.
            self.arrive(start.min(now));
        }
        self.take_effect(now);
        self.arrive(now);
        for (_, table) in &mut self.tables {
            table.retain_from(now - RETENTION);
        }
    }

    /// Rows that are wanted each second at a time; as many as flows make when `None`.
    fn wanted_rows(&self, at: i64) -> Option<u32> {
        self.times.rate.filter(|_| at >= self.times.started).or(self.times.rows_per_second)
    }

    /// Puts the rows that have arrived by `time` into their tables.
    fn arrive(&mut self, time: i64) {
        while let Some(Reverse((row, _))) = self.arriving.peek() {
            if row.ingested > time {
                break;
            }
            if let Some(Reverse((row, index))) = self.arriving.pop()
                && let Some((_, table)) = self.tables.get_mut(index)
            {
                table.push(row);
            }
        }
    }

    /// Applies the changes that have spread by `time`.
    fn take_effect(&mut self, time: i64) {
        let mut grown = false;
        while let Some(entry) = self.waiting.first_entry() {
            if entry.key().0 > time {
                break;
            }
            let change = entry.remove();
            grown |= matches!(change, ConfigChange::Resource { .. });
            self.state.apply(change);
        }
        if grown {
            self.fill_in();
        }
    }

    /// Makes up flows for resources that have none.
    fn fill_in(&mut self) {
        let new: Vec<String> =
            self.state.resources().map(|(k, _)| k.clone()).filter(|k| !self.known.contains(k)).collect();
        for resource in new {
            for flow in flow::made_up(&resource, self.times.seed) {
                self.add(flow);
            }
            self.known.insert(resource);
        }
    }

    fn add(&mut self, flow: Flow) {
        let index = self.flows.len();
        let salt = rate::mix(self.times.seed, index as u64);
        // Flows are looked at in turn, not all at one instant.
        let phase = i64::from((salt % 600) as u32) * SECOND / 10;
        self.agenda.push(Reverse((self.now + phase, index)));
        self.flows.push(Running { flow, salt, kept: None });
    }

    /// The table of a workspace, once it has a row.
    pub fn table(&self, workspace: &str) -> Option<&LogTable> {
        use super::kql::Table as _;
        let table = self.tables.iter().find(|(w, _)| w == workspace).map(|(_, t)| t);
        table.filter(|t| !t.is_empty())
    }

    /// Some perimeter logs to this workspace.
    pub fn is_target(&self, workspace: &str) -> bool {
        self.state.is_target(workspace)
    }

    /// Every flow with what becomes of it now, and would if every association were enforced.
    pub fn truth(&self) -> Value {
        let flows = self.flows.iter().filter_map(|running| {
            let flow = &running.flow;
            let resource = self.state.resource(&flow.resource)?;
            let (direction, other) = match &flow.side {
                Side::Inbound(caller) => (
                    "Inbound",
                    json!({
                        "name": caller.name,
                        "ipAddresses": caller.ips,
                        "subscription": caller.home(),
                        "resourceId": caller.resource,
                        "appId": caller.app_id,
                        "privateEndpoint": caller.private_endpoint,
                    }),
                ),
                Side::Outbound(Target::Name(name)) => ("Outbound", json!({"fqdn": name})),
                Side::Outbound(Target::Resource(id)) => ("Outbound", json!({"resourceId": id})),
            };
            Some(json!({
                "resourceId": resource.id,
                "direction": direction,
                "other": other,
                "perMinute": flow.per_minute,
                "pattern": format!("{:?}", flow.pattern),
                "now": shown(self.judge(flow, Assume::Present).as_ref()),
                "enforced": shown(self.judge(flow, Assume::Mode(Mode::Enforced)).as_ref()),
            }))
        });
        json!({ "flows": flows.collect::<Vec<_>>() })
    }

    /// What becomes of a flow.
    fn judge(&self, flow: &Flow, assume: Assume) -> Option<Verdict> {
        let resource = self.state.resource(&flow.resource)?;
        match &flow.side {
            Side::Outbound(target) => Some(judge::outbound(&self.state, resource, target, assume)),
            Side::Inbound(caller) => {
                let source = caller.resource.as_deref().map(state::key);
                if let Some(source) = source.and_then(|k| self.state.resource(&k)) {
                    let target = Target::Resource(resource.id.clone());
                    if !judge::outbound(&self.state, source, &target, assume).allowed {
                        return None;
                    }
                }
                Some(judge::inbound(&self.state, caller, resource, assume))
            }
        }
    }

    /// The mode that counts for a resource at a time.
    fn assumed(&self, resource: &str, time: i64) -> Assume {
        let former = self.former.iter().find(|(r, _, until)| r == resource && time < *until);
        former.map_or(Assume::Present, |(_, mode, _)| Assume::Mode(*mode))
    }
}

fn shown(verdict: Option<&Verdict>) -> Value {
    match verdict {
        None => json!({"allowed": false, "category": null, "matched": null, "reached": false}),
        Some(v) => {
            json!({"allowed": v.allowed, "category": v.category, "matched": v.matched, "reached": true})
        }
    }
}
