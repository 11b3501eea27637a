//! One call from this machine: judged like any other traffic, and logged as one event.

use std::cmp::Reverse;
use std::net::IpAddr;

use super::config::PublicAccess;
use super::emit::{fields, table_of};
use super::flow::{Caller, Flow, Pattern, Side};
use super::judge::Assume;
use super::services::Service;
use super::table::{PORTS, Row};
use super::{Traffic, rate};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called {
    /// It passed.
    pub allowed: bool,
    /// The resource's own rules decided, not the perimeter's.
    pub by_resource: bool,
    /// The resource has no public access of its own.
    pub closed: bool,
}

impl Traffic {
    /// The service whose data plane has this host name.
    pub fn service_at(&self, host: &str) -> Option<Service> {
        self.key_at(host).map(|key| Service::of(&key))
    }

    fn key_at(&self, host: &str) -> Option<String> {
        self.state.resources().find(|(_, r)| r.fqdn.eq_ignore_ascii_case(host)).map(|(key, _)| key.clone())
    }

    /// A person on this machine calls a resource now.
    pub fn call(&mut self, host: &str, from: IpAddr, app: &str, operation: &str) -> Option<Called> {
        let resource = self.key_at(host)?;
        let caller = Caller {
            name: "this machine".to_owned(),
            ips: vec![from],
            app_id: Some(app.to_owned()),
            ..Caller::default()
        };
        let flow = Flow {
            side: Side::Inbound(caller),
            operations: vec![operation.to_owned()],
            per_minute: 0.0,
            pattern: Pattern::Steady,
            resource,
        };
        let verdict = self.judge(&flow, Assume::Present)?;
        let closed = self.state.resource(&flow.resource)?.public_access != PublicAccess::Enabled;
        let called = Called { allowed: verdict.allowed, by_resource: verdict.by_resource, closed };
        let logged = self.state.association(&flow.resource).filter(|(_, perimeter)| {
            verdict.category.is_some_and(|c| perimeter.categories.iter().any(|known| known == c))
        });
        let Some((_, perimeter)) = logged else { return Some(called) };
        let salt = rate::mix(self.times.seed, self.now as u64);
        let Some(columns) = fields(&self.state, &flow, &verdict, (0, salt)) else { return Some(called) };
        for workspace in perimeter.workspaces.clone() {
            let place = table_of(&mut self.tables, &workspace);
            let Some((_, table)) = self.tables.get_mut(place) else { continue };
            let row = Row {
                ingested: self.now + self.times.latency,
                start: self.now,
                end: None,
                count: None,
                port: Some(salt as u16 % PORTS),
                shape: table.shape(&columns),
            };
            self.arriving.push(Reverse((row, place)));
        }
        Some(called)
    }
}
