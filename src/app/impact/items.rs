//! The lines of the report: who would be denied, what cannot be told, what is not known, what no log shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Scope, day_and_time, field, lack_of, thousands};
use crate::app::columns::short_type;
use crate::app::overlays::help::Line;
use crate::app::overlays::impact::{Item, ItemKey};
use crate::app::study::Standing;
use crate::domain::ArmId;
use crate::domain::impact::{By, Cluster, Readiness, TrafficGroup, blind_spots, clusters};

/// What it is said to be let through by where nobody saw that.
const UNSEEN: &str = "not seen since a change";
/// So many addresses or resources of a line are named.
const NAMED: usize = 12;

impl<'s> Scope<'s> {
    pub(super) fn items(&self, by: By) -> Vec<Item> {
        let why: HashMap<*const TrafficGroup, &str> =
            self.doubtful.iter().map(|(group, why)| (std::ptr::from_ref(*group), why.as_str())).collect();
        let reason = |cluster: &Cluster<'_>| {
            let found =
                cluster.groups.iter().filter_map(|group| why.get(&std::ptr::from_ref(*group)).copied());
            found.collect::<BTreeSet<&str>>().into_iter().collect::<Vec<_>>().join("; ")
        };
        let mut out = Vec::new();
        for cluster in clusters(self.denied.iter().copied(), by) {
            let key = ItemKey::Denied(cluster.inbound, cluster.key.clone());
            let today = cluster.today();
            let lead = match &today {
                Some(by) => format!("let through by {by}"),
                None => {
                    "not seen since the mode, a rule or publicNetworkAccess was changed: the resource's own \
                         settings decide"
                        .to_owned()
                }
            };
            let today = today.unwrap_or_else(|| UNSEEN.to_owned());
            out.push(self.item(key, &cluster, today, field("today", lead)));
        }
        for cluster in clusters(self.doubtful.iter().map(|(group, _)| *group), by) {
            let key = ItemKey::Doubtful(cluster.inbound, cluster.key.clone());
            let why = reason(&cluster);
            let lead = field("not known", why.clone());
            out.push(self.item(key, &cluster, why, lead));
        }
        out.extend(self.rows.iter().filter_map(|row| lacking(row)));
        for cluster in clusters(self.refused.iter().copied(), by) {
            let key = ItemKey::Refused(cluster.inbound, cluster.key.clone());
            let lead = field("today", "denied when it was seen last; enforcing takes nothing from it");
            out.push(self.item(key, &cluster, "denied".to_owned(), lead));
        }
        out.extend(self.blind());
        out
    }

    fn item(&self, key: ItemKey, cluster: &Cluster<'_>, today: String, lead: Line) -> Item {
        let mut resources: BTreeMap<&str, u64> = BTreeMap::new();
        cluster.groups.iter().for_each(|g| *resources.entry(self.name(&g.resource)).or_default() += g.count);
        let resource = match resources.keys().collect::<Vec<_>>().as_slice() {
            [one] => (**one).to_owned(),
            all => format!("{} resources", all.len()),
        };
        let arrow = if cluster.inbound { "in" } else { "out" };
        let named: Vec<String> =
            resources.iter().map(|(name, n)| format!("{name} ({})", thousands(u128::from(*n)))).collect();
        let mut detail = vec![
            lead,
            field(
                "seen",
                format!(
                    "{} calls, from {} to {}",
                    thousands(u128::from(cluster.count)),
                    day_and_time(cluster.first),
                    day_and_time(cluster.last)
                ),
            ),
            field(if cluster.inbound { "to" } else { "from" }, some(&named)),
        ];
        if !cluster.operations.is_empty() {
            detail.push(field("operations", some(&cluster.operations)));
        }
        let addresses: Vec<String> = cluster.addresses.iter().map(ToString::to_string).collect();
        if addresses.len() > 1 || (addresses.len() == 1 && cluster.key.to_string() != addresses.concat()) {
            detail.push(field("addresses", some(&addresses)));
        }
        Item {
            key,
            direction: arrow,
            who: cluster.key.to_string(),
            count: thousands(u128::from(cluster.count)),
            resource,
            last: day_and_time(cluster.last),
            today,
            detail,
        }
    }

    fn name(&self, resource: &ArmId) -> &'s str {
        // Logs write names in lower case; the association has it as it was given.
        let row = self.rows.iter().find(|row| row.row.resource == *resource);
        row.map_or("?", |row| row.association.resource_name())
    }

    fn blind(&self) -> Vec<Item> {
        let mut spots: Vec<(&'static str, BTreeSet<String>)> = Vec::new();
        for row in &self.rows {
            let kind = row.row.resource.resource_type().unwrap_or_default();
            for spot in blind_spots(&kind) {
                let name = short_type(&row.row.resource, "");
                match spots.iter_mut().find(|(known, _)| *known == spot) {
                    Some((_, names)) => drop(names.insert(name)),
                    None => spots.push((spot, BTreeSet::from([name]))),
                }
            }
        }
        let kinds: BTreeSet<String> = self.rows.iter().map(|row| short_type(&row.row.resource, "")).collect();
        let item = |(spot, names): (&'static str, BTreeSet<String>)| {
            let whose = if names.len() == kinds.len() {
                String::new()
            } else {
                some(&names.into_iter().collect::<Vec<_>>())
            };
            let text = if whose.is_empty() { spot.to_owned() } else { format!("{whose}: {spot}") };
            Item {
                key: ItemKey::Blind(spot),
                direction: "",
                who: text.clone(),
                count: String::new(),
                resource: String::new(),
                last: String::new(),
                today: String::new(),
                detail: vec![Line::Text(text)],
            }
        };
        spots.into_iter().map(item).collect()
    }
}

fn lacking(row: &Standing) -> Option<Item> {
    let why = lack_of(row);
    if why.is_empty() || row.reading {
        return None;
    }
    let name = row.association.resource_name();
    let means = match row.row.readiness {
        Readiness::WouldDeny { .. } => "Others may be denied than those that are named here.",
        Readiness::NoEvidence(_)
        | Readiness::Ready
        | Readiness::AlreadyEnforced
        | Readiness::ChangesNothing => {
            "Nothing that was seen speaks against enforcing it, and that is no proof."
        }
    };
    Some(Item {
        key: ItemKey::Lacking(row.association.id.clone()),
        direction: "",
        who: format!("{name}: {why}"),
        count: String::new(),
        resource: String::new(),
        last: String::new(),
        today: String::new(),
        detail: vec![Line::Strong(format!("{name}: {why}.")), Line::Text(means.to_owned())],
    })
}

/// Some of a list.
fn some<T: AsRef<str>>(all: &[T]) -> String {
    let named: Vec<&str> = all.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = all.len() - named.len();
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}
