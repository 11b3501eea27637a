//! Rows added up by the text of a column, kept up to date without looking at a row twice.
//!
//! Rows that leave the store stay counted: a grouping says what was seen since it was begun.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{LogColumn, LogStore, LogView, RowKey, RowView, Verdict};
use crate::domain::net;

/// Most groups that are kept; rows of further values are only counted.
pub const MOST_GROUPS: usize = 10_000;

/// By what rows are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// By the text of a column; addresses without their port, ids and host names in lower case.
    Column(LogColumn),
    /// By what they mean.
    Verdict,
}

impl GroupBy {
    /// Everything that rows can be grouped by, what is asked for most first.
    pub fn all() -> impl Iterator<Item = Self> {
        const FIRST: [LogColumn; 7] = [
            LogColumn::SourceIpAddress,
            LogColumn::ServiceResourceId,
            LogColumn::OperationName,
            LogColumn::MatchedRule,
            LogColumn::Category,
            LogColumn::DestinationFqdn,
            LogColumn::SourceResourceId,
        ];
        let rest = LogColumn::ALL.into_iter().filter(|column| !FIRST.contains(column));
        std::iter::once(Self::Verdict).chain(FIRST.into_iter().chain(rest).map(Self::Column))
    }

    /// Its name, which is that of the filter's column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Column(column) => column.name(),
            Self::Verdict => "Verdict",
        }
    }

    /// The text by which rows belong together.
    fn fold(self, text: &str) -> String {
        match self {
            Self::Verdict => text.to_owned(),
            Self::Column(LogColumn::SourceIpAddress) => {
                net::address(text).map_or_else(|| text.to_owned(), |address| address.to_string())
            }
            // The log mixes the case of ids and names (DOMAIN.md, section 4.2).
            Self::Column(column)
                if column.name().ends_with("ResourceId") || column.name().ends_with("Fqdn") =>
            {
                text.to_ascii_lowercase()
            }
            Self::Column(_) => text.to_owned(),
        }
    }
}

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// The text that they share; empty where they have none.
    pub value: String,
    /// Rows, each an aggregate.
    pub rows: u64,
    /// Events.
    pub events: u64,
    /// Events that were denied.
    pub denied: u64,
    /// Events that enforcing would deny.
    pub would_deny: u64,
    /// Begin of the earliest row's window, in milliseconds since 1970.
    first: i64,
    /// End of the latest row's window.
    last: i64,
}

impl LogGroup {
    /// Begin of the earliest row's window.
    pub fn first(&self) -> Timestamp {
        Timestamp::from_millisecond(self.first).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// End of the latest row's window.
    pub fn last(&self) -> Timestamp {
        Timestamp::from_millisecond(self.last).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The groups of the rows that pass a filter.
#[derive(Debug, Clone)]
pub struct LogGroups {
    by: GroupBy,
    groups: Vec<LogGroup>,
    places: HashMap<String, usize>,
    /// Rows from here on were not counted.
    next: RowKey,
    rows: u64,
    left_out: u64,
}

/// What is known of texts and judgements during one pass, by their numbers.
#[derive(Default)]
struct Memo {
    places: HashMap<u32, Option<usize>>,
    verdicts: HashMap<u32, Verdict>,
}

impl LogGroups {
    /// The groups of all rows of a view.
    pub fn new(by: GroupBy, store: &LogStore, view: &LogView) -> Self {
        let mut made = Self {
            by,
            groups: Vec::new(),
            places: HashMap::new(),
            next: store.start_key(),
            rows: 0,
            left_out: 0,
        };
        made.sync(store, view);
        made
    }

    /// By what it groups.
    pub fn by(&self) -> GroupBy {
        self.by
    }

    /// The groups, in no order.
    pub fn groups(&self) -> &[LogGroup] {
        &self.groups
    }

    /// Rows that were counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows whose value came after [`MOST_GROUPS`] others, and that are in no group.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Counts the rows that came since. True when there were any. Older rows that were put before the others
    /// take a new grouping.
    pub fn sync(&mut self, store: &LogStore, view: &LogView) -> bool {
        let mut memo = Memo::default();
        let before = self.rows;
        let (Ok(from) | Err(from)) = view.position(self.next);
        for row in view.keys_from(from).filter_map(|key| store.get(key)) {
            self.count(&row, store, &mut memo);
        }
        self.next = store.end_key();
        self.rows != before
    }

    fn count(&mut self, row: &RowView<'_>, store: &LogStore, memo: &mut Memo) {
        self.rows += 1;
        let all = store.dictionaries();
        let verdict = *memo.verdicts.entry(row.ids().judgement).or_insert_with(|| row.verdict());
        let place = match self.by {
            GroupBy::Verdict => self.place(verdict.word()),
            GroupBy::Column(column) => {
                let id = all.text_id(row.ids(), column).unwrap_or(u32::MAX);
                *memo.places.entry(id).or_insert_with(|| self.place(row.text(column)))
            }
        };
        let Some(group) = place.and_then(|at| self.groups.get_mut(at)) else {
            self.left_out += 1;
            return;
        };
        let events = u64::from(row.count());
        if group.rows == 0 {
            (group.first, group.last) = (row.start_ms(), row.last_ms());
        }
        group.rows += 1;
        group.events += events;
        group.first = group.first.min(row.start_ms());
        group.last = group.last.max(row.last_ms());
        match verdict {
            Verdict::Denied => group.denied += events,
            Verdict::WouldDeny => group.would_deny += events,
            Verdict::Allowed | Verdict::Private | Verdict::Unknown => {}
        }
    }

    /// Where the group of a text stands; none is made beyond the bound.
    fn place(&mut self, text: &str) -> Option<usize> {
        let value = self.by.fold(text);
        if let Some(at) = self.places.get(&value) {
            return Some(*at);
        }
        if self.groups.len() >= MOST_GROUPS {
            return None;
        }
        let at = self.groups.len();
        self.places.insert(value.clone(), at);
        self.groups.push(LogGroup { value, rows: 0, events: 0, denied: 0, would_deny: 0, first: 0, last: 0 });
        Some(at)
    }

    /// What stands for a row among the filter's terms: its group's.
    pub fn term(&self, group: &LogGroup) -> Option<String> {
        let value = group.value.replace('\\', "\\\\").replace('"', "\\\"");
        (!value.is_empty()).then(|| format!("{}:\"{value}\"", self.by.name()))
    }
}
