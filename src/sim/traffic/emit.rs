//! From a judged flow to rows: one row per window, in the workspaces that the perimeter logs to.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::super::kql::SECOND;
use super::flow::{Flow, Side, Target};
use super::judge::{Assume, Kind, Verdict};
use super::services::Service;
use super::state::{Perimeter, Resource, State, key};
use super::table::{LogTable, PORTS, Row};
use super::{HISTORY, Traffic, rate};

/// Windows long ago are long, so that weeks of history stay small.
const LONG_WINDOW: i64 = 3600 * SECOND;

/// Windows are no shorter, whatever number of rows is wanted.
const SHORTEST: i64 = SECOND / 100;

/// What is "long ago".
const RECENT: i64 = 30 * 60 * SECOND;

/// What was found out about a flow, as long as the configuration stays the same.
#[derive(Debug)]
pub struct Kept {
    epoch: u64,
    assume: Assume,
    verdict: Option<Verdict>,
    /// Operation and table → shape.
    shapes: HashMap<(usize, usize), u32>,
}

impl Traffic {
    /// Length of the window of a flow that begins at `start`.
    pub(super) fn window(&self, index: usize, start: i64) -> i64 {
        let usual = self.usual_window(index, start);
        let ahead = self.times.started - start;
        // A wanted rate begins with the world, not when the last window before it ends.
        if self.times.rate.is_some() && ahead > 0 { usual.min(ahead) } else { usual }
    }

    fn usual_window(&self, index: usize, start: i64) -> i64 {
        if let Some(rows) = self.times.history_rows
            && start < self.times.started
        {
            let window = HISTORY / i64::from(rows.max(1)) * i64::from(self.flows.len() as u32);
            return window.max(SECOND).min(self.times.started - start);
        }
        if let Some(rows) = self.wanted_rows(start) {
            // Every flow has a row in every window, so this many windows end each second.
            return (i64::from(self.flows.len() as u32) * SECOND / i64::from(rows.max(1))).max(SHORTEST);
        }
        let recent = self.now.max(self.times.started) - RECENT;
        if start < recent {
            return LONG_WINDOW.min(recent - start);
        }
        if self.times.latency >= 60 * SECOND {
            return 300 * SECOND;
        }
        match self.flows.get(index).map_or(0.0, |r| r.flow.per_minute) {
            often if often >= 30.0 => 10 * SECOND,
            often if often >= 5.0 => 20 * SECOND,
            _ => 60 * SECOND,
        }
    }

    /// Makes the rows of one window of a flow.
    pub(super) fn emit(&mut self, index: usize, start: i64, end: i64) {
        let Some(running) = self.flows.get(index) else { return };
        let counted = self.times.history_rows.is_some() && start < self.times.started;
        let (salt, scaled) = (running.salt, counted || self.wanted_rows(start).is_some());
        let flow = &running.flow;
        let drawn = rate::events(flow.per_minute, flow.pattern, salt, (start, end));
        let count = if scaled { drawn.max(1) } else { drawn };
        if count == 0 {
            return;
        }
        let assume = self.assumed(&flow.resource, start);
        let current =
            running.kept.as_ref().is_some_and(|k| k.epoch == self.state.epoch && k.assume == assume);
        if !current {
            let verdict = self.judge(flow, assume);
            let kept = Kept { epoch: self.state.epoch, assume, verdict, shapes: HashMap::new() };
            if let Some(running) = self.flows.get_mut(index) {
                running.kept = Some(kept);
            }
        }
        let bits = rate::mix(salt, end as u64);
        let jitter = i64::from((bits % 1000) as u32) * (self.times.latency / 2000);
        let single = count == 1 && bits.is_multiple_of(4);
        let row = Row {
            ingested: end + self.times.latency + jitter,
            start,
            end: (!single).then_some(end),
            count: (!single).then_some(count),
            port: None,
            shape: 0,
        };
        self.place(index, bits, row);
    }

    /// Puts a row on its way to each workspace that wants its category.
    fn place(&mut self, index: usize, bits: u64, row: Row) {
        let Some(running) = self.flows.get_mut(index) else { return };
        let Some(kept) = &mut running.kept else { return };
        let Some(verdict) = &kept.verdict else { return };
        let Some(category) = verdict.category else { return };
        let flow = &running.flow;
        let Some((_, perimeter)) = self.state.association(&flow.resource) else { return };
        if !perimeter.categories.iter().any(|c| c == category) {
            return;
        }
        let operation = (bits >> 16) as usize % flow.operations.len().max(1);
        let port = matches!(flow.side, Side::Inbound(_)).then_some((bits >> 32) as u16 % PORTS);
        for workspace in &perimeter.workspaces {
            let place = table_of(&mut self.tables, workspace);
            let Some((_, table)) = self.tables.get_mut(place) else { continue };
            let shape = *kept.shapes.entry((operation, place)).or_insert_with(|| {
                let columns = fields(&self.state, flow, verdict, (operation, running.salt));
                table.shape(&columns.unwrap_or_default())
            });
            self.arriving.push(Reverse((Row { port, shape, ..row }, place)));
        }
    }
}

/// The place of a workspace's table, which is made when it is missing.
pub(super) fn table_of(tables: &mut Vec<(String, LogTable)>, workspace: &str) -> usize {
    tables.iter().position(|(w, _)| w == workspace).unwrap_or_else(|| {
        tables.push((workspace.to_owned(), LogTable::new(workspace)));
        tables.len() - 1
    })
}

/// The columns of a row about a judged flow: the operation by its place, and what varies between flows.
pub(super) fn fields(
    state: &State,
    flow: &Flow,
    verdict: &Verdict,
    (operation, salt): (usize, u64),
) -> Option<Vec<(&'static str, String)>> {
    let (association, perimeter) = state.association(&flow.resource)?;
    let resource = state.resource(&flow.resource)?;
    let profile = state.profile(&association.profile);
    let mut fields = Fields { flow, verdict, perimeter, resource, salt }.all(operation);
    fields.push(("Category", verdict.category?.to_owned()));
    fields.push(("Profile", profile.map(|p| p.name.clone()).unwrap_or_default()));
    fields.push(("AccessRuleVersion", profile.map_or(0, |p| p.version).to_string()));
    if let Side::Inbound(caller) = &flow.side
        && verdict.kind == Kind::Cross
    {
        let source = caller.resource.as_deref().and_then(|id| state.association(&key(id)));
        let guid = source.map(|(_, p)| p.guid.clone()).unwrap_or_default();
        fields.push(("SourcePerimeterGuids", format!("[\"{guid}\"]")));
    }
    if let Side::Outbound(Target::Resource(id)) = &flow.side {
        let host = state.resource(&key(id)).map(|r| r.fqdn.clone()).unwrap_or_default();
        fields.push(("DestinationFqdn", host));
    }
    Some(fields)
}

/// What the columns of a row are made from.
struct Fields<'f> {
    flow: &'f Flow,
    verdict: &'f Verdict,
    perimeter: &'f Perimeter,
    resource: &'f Resource,
    salt: u64,
}

impl Fields<'_> {
    fn all(&self, operation: usize) -> Vec<(&'static str, String)> {
        let service = Service::of(&self.resource.id);
        let (protocol, port) = service.protocol();
        let operation = self.flow.operations.get(operation).map_or("", String::as_str);
        let matched = self.verdict.matched.as_ref();
        // The service is not consistent in the case of ids.
        let cased = |id: &str, often: u64| {
            if self.salt.is_multiple_of(often) { id.to_uppercase() } else { id.to_owned() }
        };
        let mut fields = vec![
            ("OperationName", operation.to_owned()),
            ("OperationVersion", service.version().to_owned()),
            ("ResultAction", if self.verdict.allowed { "Approved" } else { "Denied" }.to_owned()),
            ("ResultDescription", service.description(operation)),
            ("TrafficType", format!("{:?}", self.verdict.kind)),
            ("RuleType", if self.verdict.by_resource { "PaaS resource" } else { "NSP" }.to_owned()),
            ("MatchedRule", matched.map(|m| format!("{{ \"accessRule\": \"{m}\" }}")).unwrap_or_default()),
            ("Location", self.perimeter.location.clone()),
            ("ServiceResourceId", cased(&self.resource.id, 7)),
            ("ServiceFqdn", self.resource.fqdn.clone()),
            ("_ResourceId", cased(&self.perimeter.id, 3)),
            ("_SubscriptionId", self.perimeter.id.split('/').nth(2).unwrap_or_default().to_owned()),
            ("_BilledSize", (900 + self.salt % 400).to_string()),
        ];
        match &self.flow.side {
            Side::Inbound(caller) => {
                fields.push(("ResultDirection", "Inbound".to_owned()));
                fields.push((
                    "SourceIpAddress",
                    caller.ips.first().map(ToString::to_string).unwrap_or_default(),
                ));
                fields.push(("SourceProtocol", protocol.to_owned()));
                fields.push(("SourceResourceId", caller.resource.clone().unwrap_or_default()));
                fields.push(("SourceAppId", caller.app_id.clone().unwrap_or_default()));
            }
            Side::Outbound(target) => {
                fields.push(("ResultDirection", "Outbound".to_owned()));
                let (protocol, port) = match target {
                    Target::Name(_) => (protocol, port),
                    Target::Resource(id) => Service::of(id).protocol(),
                };
                fields.push(("DestinationProtocol", protocol.to_owned()));
                fields.push(("DestinationPort", port.to_owned()));
                match target {
                    Target::Name(name) => fields.push(("DestinationFqdn", name.clone())),
                    Target::Resource(id) => fields.push(("DestinationResourceId", id.clone())),
                }
            }
        }
        fields
    }
}
