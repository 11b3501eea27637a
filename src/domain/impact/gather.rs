//! Groups rows that are at hand, as the log service groups those that are not: for one row, for marked rows, and to
//! check a query against.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{DayCount, PeerTexts, TrafficGroup};
use crate::domain::log::{AccessLogEntry, Category, LogColumn};
use crate::domain::whatif::Peer;
use crate::domain::{ArmId, Direction};

/// So many operations are named.
const OPERATIONS: usize = 5;

/// What the rows of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    resource: ArmId,
    peer: Peer,
    category: Category,
    action: String,
    matched_rule: String,
    profile: String,
}

/// Groups rows one by one.
#[derive(Debug, Default)]
pub struct Gather {
    places: HashMap<Key, usize>,
    groups: Vec<TrafficGroup>,
}

/// The day (UTC) of an instant.
pub(super) fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

impl Gather {
    /// Takes a row. One that names no readable resource is left out.
    pub fn add(&mut self, row: &AccessLogEntry) {
        let Ok(resource) = ArmId::parse(row.text(LogColumn::ServiceResourceId)) else { return };
        let category = row.category();
        let texts = PeerTexts {
            source_address: row.text(LogColumn::SourceIpAddress),
            source_resource: row.text(LogColumn::SourceResourceId),
            source_app_id: row.text(LogColumn::SourceAppId),
            destination_fqdn: row.text(LogColumn::DestinationFqdn),
            destination_resource: row.text(LogColumn::DestinationResourceId),
        };
        let direction: Direction = row.direction();
        let key = Key {
            resource,
            peer: TrafficGroup::peer_of(&direction, &category, &texts),
            category,
            action: row.text(LogColumn::ResultAction).to_ascii_lowercase(),
            matched_rule: row.text(LogColumn::MatchedRule).to_owned(),
            profile: row.text(LogColumn::Profile).to_owned(),
        };
        let place = *self.places.entry(key).or_insert_with_key(|key| {
            self.groups.push(empty(key, row));
            self.groups.len() - 1
        });
        if let Some(group) = self.groups.get_mut(place) {
            take(group, row);
        }
    }

    /// The groups, in the order in which they were first seen.
    pub fn finish(self) -> Vec<TrafficGroup> {
        self.groups
    }
}

fn empty(key: &Key, row: &AccessLogEntry) -> TrafficGroup {
    TrafficGroup {
        resource: key.resource.clone(),
        peer: key.peer.clone(),
        operations: Vec::new(),
        count: 0,
        first: row.times.start,
        last: row.times.last(),
        category: key.category.clone(),
        verdict: row.verdict(),
        matched_rule: key.matched_rule.clone(),
        profile: key.profile.clone(),
        rules_version: None,
        daily: Vec::new(),
    }
}

fn take(group: &mut TrafficGroup, row: &AccessLogEntry) {
    let events = u64::from(row.count);
    group.count += events;
    group.first = group.first.min(row.times.start);
    group.last = group.last.max(row.times.last());
    group.rules_version = group.rules_version.max(row.text(LogColumn::AccessRuleVersion).parse().ok());
    let operation = row.text(LogColumn::OperationName);
    if group.operations.len() < OPERATIONS
        && !operation.is_empty()
        && !group.operations.iter().any(|o| o == operation)
    {
        group.operations.push(operation.to_owned());
    }
    let day = day_of(row.times.start);
    match group.daily.iter_mut().find(|d| d.day == day) {
        Some(known) => known.events += events,
        None => group.daily.push(DayCount { day, events }),
    }
}
