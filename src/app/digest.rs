//! Who is denied now and who would be: the log rows that are kept, grouped by caller.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Model;
use super::panes::detail::Subject;
use crate::domain::log::{LogColumn, RowView, Verdict};
use crate::domain::{ArmId, Direction};

/// At most so many of the newest rows are grouped: enough for the last minutes, quick on every batch.
const ROWS: usize = 20_000;
/// At most so many groups are kept for each verdict.
const GROUPS: usize = 5;

/// One caller or destination of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Denied, or would be.
    pub verdict: Verdict,
    /// From outside, or to outside.
    pub direction: Direction,
    /// Address, resource or name at the other end.
    pub peer: String,
    /// Name of the resource.
    pub resource: String,
    /// An operation of the newest row.
    pub operation: String,
    /// Sum of `Count`.
    pub count: u64,
    /// End of the newest row.
    pub last: Timestamp,
}

/// The groups about the perimeter or resource that the detail pane speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// Denied first, then would-be denied; most frequent first.
    pub groups: Vec<Group>,
    /// Rows that were looked at.
    pub rows: usize,
}

/// What stands at the other end of a row.
pub fn peer<'a>(row: &RowView<'a>) -> &'a str {
    let columns = match row.direction() {
        Direction::Outbound => {
            [LogColumn::DestinationFqdn, LogColumn::DestinationResourceId, LogColumn::DestinationEmailAddress]
        }
        Direction::Inbound | Direction::Unknown(_) => {
            [LogColumn::SourceIpAddress, LogColumn::SourceResourceId, LogColumn::SourceAppId]
        }
    };
    columns.into_iter().map(|c| row.text(c)).find(|t| !t.is_empty()).unwrap_or("?")
}

/// The last segment of an id, or the text itself.
pub fn short(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// Groups the newest rows about what the detail pane speaks of.
pub fn digest(model: &Model) -> Digest {
    let only: Option<ArmId> = match &model.panes.detail.subject {
        Some(Subject::Perimeter(_)) => None,
        Some(Subject::Association(id)) => {
            match model.panes.resources.find(id).and_then(|a| a.resource.clone()) {
                Some(resource) => Some(resource),
                None => return Digest::default(),
            }
        }
        // These say nothing about traffic.
        Some(
            Subject::Profile(_)
            | Subject::Rule(_)
            | Subject::Link(_)
            | Subject::Uncovered(_)
            | Subject::Logging(_)
            | Subject::Check(_)
            | Subject::Evidence(_)
            | Subject::Job(_)
            | Subject::LogRow(_),
        )
        | None => return Digest::default(),
    };
    let Digest { groups, rows } = group_rows(model, only.as_ref());
    let of = |verdict| groups.iter().filter(move |g| g.verdict == verdict).take(GROUPS).cloned();
    Digest { groups: of(Verdict::Denied).chain(of(Verdict::WouldDeny)).collect(), rows }
}

/// What the log rows that are kept say about enforcing one resource: callers that only its own
/// firewall lets through, and how often. `None` when no log is followed or no row has come.
pub fn at_stake(model: &Model, resource: &ArmId) -> Option<(usize, u64, usize)> {
    let rows = model.panes.log.store().len();
    if model.panes.log.spec.is_none() || rows == 0 {
        return None;
    }
    let all = group_rows(model, Some(resource));
    let would = all.groups.iter().filter(|g| g.verdict == Verdict::WouldDeny);
    let (callers, calls) = would.fold((0, 0), |(n, sum), g| (n + 1, sum + g.count));
    Some((callers, calls, all.rows))
}

/// Groups the newest rows, of one resource or of all: every group, most frequent first.
fn group_rows(model: &Model, only: Option<&ArmId>) -> Digest {
    let mut groups: HashMap<(Verdict, &str, String), Group> = HashMap::new();
    let store = model.panes.log.store();
    let rows = store.len().min(ROWS);
    for row in store.iter().rev().take(ROWS) {
        let verdict = row.verdict();
        match verdict {
            Verdict::Denied | Verdict::WouldDeny => {}
            Verdict::Allowed | Verdict::Private | Verdict::Unknown => continue,
        }
        let service = row.text(LogColumn::ServiceResourceId);
        if only.is_some_and(|id| !id.as_str().eq_ignore_ascii_case(service)) {
            continue;
        }
        let peer = peer(&row);
        // Logs carry ids in any case.
        let key = (verdict, peer, service.to_ascii_lowercase());
        let group = groups.entry(key).or_insert_with(|| Group {
            verdict,
            direction: row.direction(),
            peer: peer.to_owned(),
            resource: model.resource_name(service).to_owned(),
            operation: row.text(LogColumn::OperationName).to_owned(),
            count: 0,
            last: row.last(),
        });
        group.count += u64::from(row.count());
        group.last = group.last.max(row.last());
    }
    let mut all: Vec<Group> = groups.into_values().collect();
    all.sort_by(|a, b| {
        b.count.cmp(&a.count).then_with(|| (&a.peer, &a.resource).cmp(&(&b.peer, &b.resource)))
    });
    Digest { groups: all, rows }
}
