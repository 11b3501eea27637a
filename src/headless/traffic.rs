//! What a line of a report rests on, for programs: ids, addresses and times in full, where people read short forms.
//! Adds up what the groups of traffic say and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::stamp;
use crate::app::planning::{Plans, peer};
use crate::domain::impact::TrafficGroup;
use crate::domain::plan::LeftOut;
use crate::domain::whatif::Peer;

/// The fields of a line: which resources and how often, who, when, what.
pub fn fields(groups: &[&TrafficGroup]) -> Vec<(&'static str, Value)> {
    let mut resources: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut addresses, mut callers, mut applications) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut hosts, mut destinations, mut operations) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut matched = BTreeSet::new();
    for group in groups {
        *resources.entry(group.resource.as_str()).or_default() += group.count;
        operations.extend(group.operations.iter().map(String::as_str));
        matched.extend(Some(group.matched_rule.as_str()).filter(|rule| !rule.is_empty()));
        match &group.peer {
            Peer::Caller(caller) => {
                addresses.extend(caller.address.map(|ip| ip.to_string()));
                callers.extend(caller.resource.as_ref().map(crate::domain::ArmId::as_str));
                applications.extend(caller.app_id.as_deref());
            }
            Peer::Destination(to) => {
                hosts.extend(to.fqdn.as_deref());
                destinations.extend(to.resource.as_ref().map(crate::domain::ArmId::as_str));
            }
        }
    }
    let resources: Vec<Value> =
        resources.into_iter().map(|(id, calls)| json!({"id": id, "calls": calls})).collect();
    let at = |time: Option<jiff::Timestamp>| time.map_or(Value::Null, |time| stamp(time).into());
    vec![
        ("resources", Value::Array(resources)),
        ("addresses", json!(addresses)),
        ("callers", json!(callers)),
        ("applications", json!(applications)),
        ("hosts", json!(hosts)),
        ("destinations", json!(destinations)),
        ("operations", json!(operations)),
        ("matched", json!(matched)),
        ("first_seen", at(groups.iter().map(|group| group.first).min())),
        ("last_seen", at(groups.iter().map(|group| group.last).max())),
    ]
}

/// What a plan does not cover, each with the reason.
pub fn left_out(plans: &Plans<'_>) -> Vec<Value> {
    let object = |group: &TrafficGroup, reason: String| {
        json!({
            "who": peer(&group.peer),
            "direction": group.peer.direction().wire(),
            "resource": group.resource.as_str(),
            "calls": group.count,
            "why": reason,
        })
    };
    let planned = plans.all.iter().flat_map(|(_, plan)| &plan.left_out);
    let mut out: Vec<Value> =
        planned.map(|LeftOut { group, reason }| object(group, reason.to_string())).collect();
    let unread = "the profile of the resource or its rules were not read";
    out.extend(plans.homeless.iter().map(|group| object(group, unread.to_owned())));
    out
}

/// What cannot be told, each with what would have to be known.
pub fn doubtful(all: &[(&TrafficGroup, String)]) -> Vec<Value> {
    let object = |(group, why): &(&TrafficGroup, String)| {
        json!({
            "who": peer(&group.peer),
            "direction": group.peer.direction().wire(),
            "resource": group.resource.as_str(),
            "calls": group.count,
            "why": why,
        })
    };
    all.iter().map(object).collect()
}
