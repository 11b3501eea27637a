//! A made-up world with traffic: the simulator's model runs it, its log is read row by row, and what the model says
//! would become of each flow is kept beside it.

use std::collections::HashMap;

use fastrand::Rng;
use jiff::Timestamp;
use nsp::domain::impact::{Gather, TrafficGroup};
use nsp::domain::log::{AccessLogEntry, LogColumn, LogTexts, LogTimes};
use nsp::domain::whatif::Peer;
use nsp::sim::kql::{Column, Rows, SECOND, Table, Value as Cell};
use nsp::sim::traffic::config::{ConfigChange, Firewall};
use nsp::sim::traffic::{Setup, Traffic};
use serde_json::{Value, json};

use super::world::{ADDRESSES, HOSTS, SUBSCRIPTIONS, TAGS, World, perimeter_id};

/// When the world began, in ticks; days and hours before it are in the log.
pub const BEGUN: i64 = 20_000 * 86_400 * SECOND;
const HOUR: i64 = 3600 * SECOND;

/// Categories of the log, by the names that the service gives them.
pub const CATEGORIES: [&str; 13] = [
    "NspPublicInboundPerimeterRulesAllowed",
    "NspPublicInboundPerimeterRulesDenied",
    "NspPublicOutboundPerimeterRulesAllowed",
    "NspPublicOutboundPerimeterRulesDenied",
    "NspOutboundAttempt",
    "NspIntraPerimeterInboundAllowed",
    "NspPublicInboundResourceRulesAllowed",
    "NspPublicInboundResourceRulesDenied",
    "NspPublicOutboundResourceRulesAllowed",
    "NspPublicOutboundResourceRulesDenied",
    "NspPrivateInboundAllowed",
    "NspCrossPerimeterInboundAllowed",
    "NspCrossPerimeterOutboundAllowed",
];

/// The columns that groups are made from.
const GROUPED: [LogColumn; 13] = [
    LogColumn::ServiceResourceId,
    LogColumn::Profile,
    LogColumn::AccessRuleVersion,
    LogColumn::Category,
    LogColumn::ResultDirection,
    LogColumn::ResultAction,
    LogColumn::MatchedRule,
    LogColumn::OperationName,
    LogColumn::SourceIpAddress,
    LogColumn::SourceResourceId,
    LogColumn::SourceAppId,
    LogColumn::DestinationFqdn,
    LogColumn::DestinationResourceId,
];

/// The two ends of a flow, as both the log and the model tell them: resource, direction, and the other end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ends(String);

impl Ends {
    fn new(resource: &str, direction: &str, other: [Option<&str>; 3]) -> Self {
        let [address, resource_id, fqdn] = other.map(|o| o.unwrap_or_default().to_lowercase());
        // A destination that is a resource is told by its id: the log adds its host name.
        let fqdn = if resource_id.is_empty() { fqdn } else { String::new() };
        Self(format!("{} {direction} {address} {resource_id} {fqdn}", resource.to_lowercase()))
    }

    pub fn of(group: &TrafficGroup) -> Self {
        let resource = group.resource.as_str();
        match &group.peer {
            Peer::Caller(caller) => {
                let address = caller.address.map(|ip| ip.to_string());
                let source = caller.resource.as_ref().map(nsp::domain::ArmId::as_str);
                Self::new(resource, "Inbound", [address.as_deref(), source, None])
            }
            Peer::Destination(to) => {
                let target = to.resource.as_ref().map(nsp::domain::ArmId::as_str);
                Self::new(resource, "Outbound", [None, target, to.fqdn.as_deref()])
            }
        }
    }

    fn of_truth(flow: &Value) -> Self {
        let other = &flow["other"];
        let address = other["ipAddresses"].as_array().and_then(|list| list.first()).and_then(Value::as_str);
        let ends = [address, other["resourceId"].as_str(), other["fqdn"].as_str()];
        Self::new(flow["resourceId"].as_str().unwrap(), flow["direction"].as_str().unwrap(), ends)
    }
}

/// What the model says of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// It passes now.
    pub now: bool,
    /// It passes once every association is enforced.
    pub enforced: bool,
    /// The call comes so far: its other end lets it out, once enforced.
    pub reached: bool,
}

pub struct Stage {
    pub world: World,
    traffic: Traffic,
    pub now: i64,
}

impl Stage {
    /// Runs a world with random traffic for some days.
    pub fn new(rng: &mut Rng, world: World) -> Self {
        let firewall = Firewall {
            default_allow: rng.u8(..10) < 6,
            ip_rules: vec!["203.0.113.0/25".into(), "2001:db8::/32".into()],
            bypass_azure_services: rng.bool(),
            outbound_only: (rng.u8(..10) < 3).then(|| vec!["*.contoso.com".into(), "x.example".into()]),
        };
        let mut changes = world.changes(&firewall);
        for n in 0..world.perimeters {
            changes.push(ConfigChange::Logging {
                perimeter_id: perimeter_id(n),
                categories: CATEGORIES.map(str::to_owned).to_vec(),
                workspaces: vec!["ws".into()],
            });
        }
        let scenario = json!({ "historyDays": 2, "flows": flows(rng, &world) });
        let scenario = serde_json::from_value(scenario).unwrap();
        let setup = Setup {
            seed: rng.u64(..),
            scenario: &scenario,
            rows_per_second: None,
            history_rows: None,
            rate: None,
            propagation: 0,
            // From a minute on, windows are long and rows few.
            latency: 60 * SECOND,
            started: BEGUN,
        };
        let traffic = Traffic::new(setup, changes);
        let mut stage = Self { world, traffic, now: BEGUN };
        stage.wait(HOUR / 6);
        stage
    }

    pub fn wait(&mut self, ticks: i64) {
        self.now += ticks;
        self.traffic.advance(self.now);
    }

    /// Tells the model that the world was changed.
    pub fn tell(&mut self, changes: Vec<ConfigChange>) {
        for change in changes {
            self.traffic.change(self.now, change);
        }
        self.traffic.advance(self.now);
    }

    /// The log so far, from an instant on, in groups.
    pub fn groups(&self, from: i64) -> Vec<TrafficGroup> {
        let mut gather = Gather::default();
        if let Some(table) = self.traffic.table("ws") {
            let all = Rows::Range(0..table.len());
            let names: Vec<String> = table.schema().iter().map(|(name, _)| name.to_string()).collect();
            let columns: Vec<Column<'_>> = (0..names.len()).map(|n| table.read(n, &all)).collect();
            let find = |name: &str| &columns[names.iter().position(|n| n == name).unwrap()];
            let texts: Vec<&Column<'_>> = LogColumn::ALL.map(|c| find(c.name())).to_vec();
            let (start, end, count) = (find("TimeGenerated"), find("TimeGeneratedEndTime"), find("Count"));
            for row in 0..table.len() {
                let begun = start.value(row).whole().unwrap();
                if begun < from {
                    continue;
                }
                gather.add(&entry(begun, &end.value(row), &count.value(row), |column| {
                    // The rest is not looked at, and there are many rows.
                    if !GROUPED.contains(&column) {
                        return String::new();
                    }
                    texts[column.index()].value(row).text().to_string()
                }));
            }
        }
        gather.finish()
    }

    /// What the model says of every flow.
    pub fn truth(&self) -> HashMap<Ends, Truth> {
        let truth = self.traffic.truth();
        let flows = truth["flows"].as_array().unwrap();
        let passes = |flow: &Value, when: &str| flow[when]["allowed"].as_bool().unwrap();
        flows
            .iter()
            .map(|flow| {
                let truth = Truth {
                    now: passes(flow, "now"),
                    enforced: passes(flow, "enforced"),
                    reached: flow["enforced"]["reached"].as_bool().unwrap(),
                };
                (Ends::of_truth(flow), truth)
            })
            .collect()
    }
}

pub fn time(ticks: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(ticks) * 100).unwrap()
}

fn entry(start: i64, end: &Cell, count: &Cell, text: impl Fn(LogColumn) -> String) -> AccessLogEntry {
    let rule = |text: String| match serde_json::from_str::<Value>(&text) {
        Ok(bag) => bag["accessRule"].as_str().unwrap().to_owned(),
        Err(_) => text,
    };
    AccessLogEntry {
        times: LogTimes { start: time(start), end: end.whole().map(time), ingested: time(start) },
        count: count.whole().map_or(1, |n| u32::try_from(n).unwrap()),
        texts: LogTexts::gather(|column| match column {
            LogColumn::MatchedRule => rule(text(column)).into(),
            _ => text(column).into(),
        }),
    }
}

/// Flows whose ends differ, so that each can be found in the log.
fn flows(rng: &mut Rng, world: &World) -> Vec<Value> {
    let mut out = Vec::new();
    let often = |rng: &mut Rng| json!(rng.f64() * 4.0 + 0.5);
    for thing in &world.things {
        let mut addresses: Vec<&str> = ADDRESSES.to_vec();
        addresses.extend(["198.18.0.9", "198.18.0.99", "198.18.1.1"]);
        rng.shuffle(&mut addresses);
        for (n, address) in addresses.iter().take(rng.usize(1..6)).enumerate() {
            let tag = TAGS.iter().find(|(_, block)| {
                nsp::domain::net::block(block)
                    .unwrap()
                    .contains(&address.parse::<std::net::IpAddr>().unwrap())
            });
            let mut caller = json!({"ips": [address], "tag": tag.map(|(tag, _)| tag)});
            match rng.u8(..10) {
                0..=2 => {
                    caller["subscription"] = json!(SUBSCRIPTIONS[rng.usize(..4)].to_lowercase());
                    caller["appId"] = json!(format!("app-{n}"));
                }
                3 => caller["trusted"] = json!(true),
                4 => caller["privateEndpoint"] = json!(true),
                _ => {}
            }
            out.push(json!({"caller": caller, "to": thing.id, "perMinute": often(rng)}));
        }
        for other in &world.things {
            if other.id != thing.id && rng.u8(..10) < 3 {
                let mut caller = json!({"resource": other.id});
                if rng.bool() {
                    caller["ips"] = json!([ADDRESSES[rng.usize(..ADDRESSES.len())]]);
                }
                out.push(json!({"caller": caller, "to": thing.id, "perMinute": often(rng)}));
            }
        }
        for host in HOSTS {
            if rng.u8(..10) < 3 {
                let caller = json!({"resource": thing.id});
                out.push(json!({"caller": caller, "fqdn": host, "perMinute": often(rng)}));
            }
        }
    }
    out
}
