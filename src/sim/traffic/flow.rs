//! Who calls whom: flows written in a scenario, and flows made up for resources that have none.

use std::net::IpAddr;

use serde::Deserialize;

use super::super::random::Random;
use super::services::Service;
use super::state::{State, key};

/// Who calls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Caller {
    /// What people call it; shown by `/_sim/truth` only.
    pub name: String,
    /// Addresses it calls from, in turn. For a private endpoint: its private address.
    pub ips: Vec<IpAddr>,
    /// Subscription of its managed identity, when it has one.
    pub subscription: Option<String>,
    /// Application id of its identity.
    pub app_id: Option<String>,
    /// The PaaS resource that it is: an ARM id, or a name in a scenario.
    pub resource: Option<String>,
    /// It comes through a private endpoint.
    pub private_endpoint: bool,
    /// It is a trusted Microsoft service.
    pub trusted: bool,
    /// Service tag of its addresses.
    pub tag: Option<String>,
}

impl Caller {
    /// Subscription that it acts from.
    pub fn home(&self) -> Option<String> {
        let of_resource = || self.resource.as_deref().and_then(|id| id.split('/').nth(2)).map(str::to_owned);
        self.subscription.clone().or_else(of_resource)
    }

    /// It is a resource with a managed identity.
    pub fn has_identity(&self, state: &State) -> bool {
        let resource = self.resource.as_deref().and_then(|id| state.resource(&key(id)));
        resource.is_some_and(|r| r.has_identity)
    }
}

/// Where an outbound call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A host name.
    Name(String),
    /// A PaaS resource by ARM id.
    Resource(String),
}

/// Which side of a call a flow is.
#[derive(Debug, Clone)]
pub enum Side {
    /// A call to the resource. A call by another resource counts only if that one may make it.
    Inbound(Caller),
    /// A call by the resource.
    Outbound(Target),
}

/// How a rate changes with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Pattern {
    /// Always the same.
    #[default]
    Steady,
    /// Office hours are busy, nights are quiet.
    Day,
    /// At night, once an hour for a few minutes.
    Batch,
    /// Nothing for long, then a lot.
    Bursts,
}

/// One flow, as one resource's log sees it.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Key of the resource that logs it.
    pub resource: String,
    /// Which side.
    pub side: Side,
    /// Operations, in turn.
    pub operations: Vec<String>,
    /// Events per minute at the busiest.
    pub per_minute: f64,
    /// Change of the rate with time.
    pub pattern: Pattern,
}

/// A flow as a scenario writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    caller: Caller,
    /// Name or id of the resource that is called.
    #[serde(default)]
    to: Option<String>,
    /// Host name that is called.
    #[serde(default)]
    fqdn: Option<String>,
    #[serde(default)]
    operations: Vec<String>,
    per_minute: f64,
    #[serde(default)]
    pattern: Pattern,
}

/// The ARM id of a resource that a scenario names by its name or id.
pub fn find<'s>(state: &'s State, name: &str) -> Option<&'s str> {
    let wanted = key(name);
    let fits = |k: &String| *k == wanted || k.rsplit('/').next() == Some(wanted.as_str());
    state.resources().find(|(k, _)| fits(k)).map(|(_, r)| r.id.as_str())
}

impl Written {
    /// The flows that it stands for: one, or one for each end when a resource calls a resource. What
    /// names an unknown resource makes none.
    pub fn flows(&self, state: &State) -> Vec<Flow> {
        let mut caller = self.caller.clone();
        if let Some(name) = &caller.resource {
            let Some(id) = find(state, name) else { return Vec::new() };
            caller.resource = Some(id.to_owned());
        }
        let destination = self.to.as_ref().and_then(|name| find(state, name));
        let flow = |resource: &str, side, operations: &[String]| Flow {
            resource: key(resource),
            side,
            operations: if operations.is_empty() {
                Service::of(resource).operations()
            } else {
                operations.to_vec()
            },
            per_minute: self.per_minute,
            pattern: self.pattern,
        };
        let mut flows = Vec::new();
        if let Some(source) = &caller.resource {
            let target = match (destination, &self.fqdn) {
                (Some(id), _) => Target::Resource(id.to_owned()),
                (None, Some(name)) => Target::Name(name.clone()),
                (None, None) => return flows,
            };
            flows.push(flow(source, Side::Outbound(target), &self.operations));
        }
        if let Some(id) = destination {
            // Each address is judged by itself.
            let parts = caller.ips.len().max(1);
            for place in 0..parts {
                let ips = caller.ips.get(place).copied().into_iter().collect();
                let mut one = flow(id, Side::Inbound(Caller { ips, ..caller.clone() }), &self.operations);
                one.per_minute /= parts as f64;
                flows.push(one);
            }
        }
        flows
    }
}

/// Two flows for a resource that no scenario speaks of: an application and a stranger, or a private
/// endpoint and something outbound.
pub fn made_up(resource: &str, seed: u64) -> Vec<Flow> {
    let mix = key(resource).bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
    let mut random = Random::new(mix);
    let operations = Service::of(resource).operations();
    let flow = |side, per_minute, pattern| Flow {
        resource: key(resource),
        side,
        operations: operations.clone(),
        per_minute,
        pattern,
    };
    // Documentation ranges, so that nobody's address is shown.
    let nets = [[198, 51, 100], [203, 0, 113], [192, 0, 2]];
    let mut address = || {
        let net = nets.get(random.below(3) as usize).copied().unwrap_or([192, 0, 2]);
        IpAddr::from([net[0], net[1], net[2], random.below(254) as u8 + 1])
    };
    let application = Caller { name: "application".into(), ips: vec![address()], ..Caller::default() };
    let stranger = Caller { name: "stranger".into(), ips: vec![address()], ..Caller::default() };
    let private = Caller {
        name: "private endpoint".into(),
        ips: vec![IpAddr::from([10, 0, 8, random.below(250) as u8 + 4])],
        private_endpoint: true,
        ..Caller::default()
    };
    match random.below(3) {
        0 => vec![
            flow(Side::Inbound(application), 12.0, Pattern::Steady),
            flow(Side::Inbound(stranger), 1.0, Pattern::Bursts),
        ],
        1 => vec![
            flow(Side::Inbound(private), 6.0, Pattern::Steady),
            flow(Side::Inbound(application), 4.0, Pattern::Day),
        ],
        _ => vec![
            flow(Side::Inbound(application), 8.0, Pattern::Day),
            flow(Side::Outbound(Target::Name("telemetry.contoso.com".into())), 2.0, Pattern::Steady),
        ],
    }
}
