//! What the detail pane says of a resource that is in no perimeter, and of all of those together.

use std::collections::BTreeMap;

use super::field;
use crate::app::Model;
use crate::app::columns::short_type;
use crate::app::overlays::help::Line;
use crate::domain::{Associable, Exposure};

/// Lines for a resource that is in no perimeter.
pub(super) fn uncovered(model: &Model, it: &Associable) -> Vec<Line> {
    let guid = it.id.subscription().unwrap_or_default();
    let kind = it.id.resource_type().unwrap_or_default();
    let mut out = vec![
        field("type", if it.kind.is_empty() { kind } else { format!("{kind} ({})", it.kind) }),
        field("public", meaning(&it.exposure)),
        field("region", it.location.as_str()),
        field("subscription", format!("{} ({guid})", model.data.subscription_name(guid))),
        field("group", it.id.resource_group().unwrap_or_default()),
        field("identity", it.identity.as_deref().unwrap_or("none, or not told")),
        field("id", it.id.as_str()),
    ];
    let rows = model.panes.coverage.rows();
    let by_subscription = tally(rows.iter().map(|it| {
        let guid = it.id.subscription().unwrap_or_default();
        model.data.subscription_name(guid).to_owned()
    }));
    let by_type = tally(rows.iter().map(|it| short_type(&it.id, &it.kind)));
    let [whole, ..] = model.panes.sums.words();
    out.extend([Line::Gap, Line::Strong(format!("{whole}."))]);
    for (head, counts) in [("In no perimeter, by subscription", by_subscription), ("By type", by_type)] {
        out.push(Line::Gap);
        out.push(Line::Head(head.to_owned()));
        out.extend(counts.into_iter().map(|(name, count)| field(&count.to_string(), name)));
    }
    out
}

/// How many of each, most first.
fn tally(words: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn meaning(exposure: &Exposure) -> String {
    match exposure {
        Exposure::Open => "open to all networks".to_owned(),
        Exposure::Selected => "selected networks only, by the resource's own rules".to_owned(),
        Exposure::Public => "enabled; the list does not tell the resource's own rules".to_owned(),
        Exposure::Disabled => "disabled".to_owned(),
        Exposure::Secured => "SecuredByPerimeter: LOCKED until it is in a perimeter".to_owned(),
        Exposure::Untold => "not told by the list".to_owned(),
        Exposure::Other(word) => word.clone(),
    }
}
