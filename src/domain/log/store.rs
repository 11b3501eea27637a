//! A bounded store of access log rows in order of arrival: the oldest leave when new ones come, and older
//! ones can be put before them as long as there is room.
//!
//! A row costs 40 bytes plus its share of the dictionaries. It is addressed by a [`RowKey`] that
//! never changes; it is given to another row only when older rows are put in the place of those that left.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::counts::Tally;
use super::dictionary::{Dictionaries, Ids};
use super::{AccessLogEntry, Category, Counts, LogColumn, LogTexts, LogTimes, Verdict};
use crate::domain::Direction;

/// Which row: the number of rows that arrived before it since the store was made; negative for rows that were
/// put before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey(pub i64);

/// Rows, dictionary-encoded, at most `capacity` of them.
#[derive(Debug, Clone)]
pub struct LogStore {
    capacity: usize,
    /// Key of the oldest row kept.
    first: i64,
    ids: VecDeque<Ids>,
    /// `TimeGenerated` in milliseconds since 1970.
    starts: VecDeque<i64>,
    spans: VecDeque<Span>,
    dictionaries: Dictionaries,
    tally: Tally,
}

/// The rest of a row, relative to its start to save space; far values are held at the bound.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Milliseconds to the end of the window; [`NO_END`] when the row has none.
    end: u32,
    /// Milliseconds to the arrival; negative when the clocks of resource and service disagree.
    arrival: i32,
    count: u32,
}

const NO_END: u32 = u32::MAX;

/// How many distinct values the dictionaries hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DictionarySizes {
    /// Distinct texts of all columns.
    pub texts: usize,
    /// Distinct resources with the configuration that judged.
    pub sites: usize,
    /// Distinct judgements: category, rule, operation.
    pub judgements: usize,
    /// Distinct other ends.
    pub peers: usize,
    /// Distinct combinations of free texts.
    pub details: usize,
}

impl LogStore {
    /// Rows kept when the user has not chosen another number.
    pub const DEFAULT_CAPACITY: usize = 100_000;

    /// An empty store for at most `capacity` rows (at least one).
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            first: 0,
            ids: VecDeque::new(),
            starts: VecDeque::new(),
            spans: VecDeque::new(),
            dictionaries: Dictionaries::default(),
            tally: Tally::default(),
        }
    }

    /// Takes rows in, in order of arrival.
    pub fn extend<'a>(&mut self, rows: impl IntoIterator<Item = &'a AccessLogEntry>) {
        rows.into_iter().for_each(|row| self.push(row));
    }

    /// Takes one row in; the oldest leaves when the store is full.
    pub fn push(&mut self, row: &AccessLogEntry) {
        if self.ids.len() >= self.capacity {
            self.drop_oldest();
        }
        let (ids, start, span) = self.take_in(row);
        self.ids.push_back(ids);
        self.starts.push_back(start);
        self.spans.push_back(span);
    }

    /// Puts older rows before those that are there, the newest of them first. Returns how many had room.
    ///
    /// Keys of rows that have left are used again: views must be in step with the store before and after.
    pub fn prepend<'a>(&mut self, rows: impl IntoIterator<Item = &'a AccessLogEntry>) -> usize {
        let mut taken = 0;
        for row in rows {
            if self.ids.len() >= self.capacity {
                break;
            }
            let (ids, start, span) = self.take_in(row);
            self.ids.push_front(ids);
            self.starts.push_front(start);
            self.spans.push_front(span);
            self.first -= 1;
            taken += 1;
        }
        taken
    }

    /// Numbers the texts of a row and counts it.
    fn take_in(&mut self, row: &AccessLogEntry) -> (Ids, i64, Span) {
        let start = row.times.start.as_millisecond();
        let after = |time: Timestamp| time.as_millisecond().saturating_sub(start);
        let end = row.times.end.map_or(NO_END, |end| after(end).clamp(0, i64::from(NO_END) - 1) as u32);
        let bounds = (i64::from(i32::MIN), i64::from(i32::MAX));
        let arrival = after(row.times.ingested).clamp(bounds.0, bounds.1) as i32;
        let span = Span { end, arrival, count: row.count };
        self.tally.add(span.last(start), row.verdict(), row.count);
        (self.dictionaries.acquire(&row.texts), start, span)
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.get(RowKey(self.first)) else { return };
        let (ids, last, verdict, count) = (oldest.ids, oldest.last_ms(), oldest.verdict(), oldest.count());
        self.tally.remove(last, verdict, count);
        self.dictionaries.release(ids);
        self.ids.pop_front();
        self.starts.pop_front();
        self.spans.pop_front();
        self.first += 1;
    }

    /// Forgets every row; keys go on from where they were.
    pub fn clear(&mut self) {
        let first = self.end_key().0;
        *self = Self { first, ..Self::new(self.capacity) };
    }

    /// Changes how many rows are kept; the oldest leave when there are more.
    pub fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity.max(1);
        while self.ids.len() > self.capacity {
            self.drop_oldest();
        }
    }

    /// Most rows that are kept.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Rows kept now.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when no row is kept.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The oldest row.
    pub fn first_key(&self) -> Option<RowKey> {
        (!self.is_empty()).then_some(RowKey(self.first))
    }

    /// The newest row.
    pub fn last_key(&self) -> Option<RowKey> {
        (!self.is_empty()).then(|| RowKey(self.end_key().0 - 1))
    }

    /// The key that the next row will get; everything below it has arrived.
    pub fn end_key(&self) -> RowKey {
        RowKey(self.first.saturating_add_unsigned(self.ids.len() as u64))
    }

    pub(super) fn start_key(&self) -> RowKey {
        RowKey(self.first)
    }

    /// One row; `None` when it has left or never came.
    pub fn get(&self, key: RowKey) -> Option<RowView<'_>> {
        let at = usize::try_from(key.0.checked_sub(self.first)?).ok()?;
        Some(RowView {
            key,
            ids: *self.ids.get(at)?,
            start: *self.starts.get(at)?,
            span: *self.spans.get(at)?,
            dictionaries: &self.dictionaries,
        })
    }

    /// Rows from `key` on, oldest first.
    pub fn iter_from(&self, key: RowKey) -> impl DoubleEndedIterator<Item = RowView<'_>> {
        (key.0.max(self.first)..self.end_key().0).filter_map(|key| self.get(RowKey(key)))
    }

    /// All rows, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RowView<'_>> {
        self.iter_from(RowKey(self.first))
    }

    /// Events by verdict over all rows kept.
    pub fn counts(&self) -> Counts {
        self.tally.total
    }

    /// Events by verdict of the rows whose window ends in the minute of `time` or later. Costs a
    /// step per minute, not per row.
    pub fn counts_since(&self, time: Timestamp) -> Counts {
        self.tally.since(time)
    }

    /// Sizes of the dictionaries: what the rows share.
    pub fn dictionary_sizes(&self) -> DictionarySizes {
        DictionarySizes {
            texts: self.dictionaries.texts.len(),
            sites: self.dictionaries.sites.len(),
            judgements: self.dictionaries.judgements.len(),
            peers: self.dictionaries.peers.len(),
            details: self.dictionaries.details.len(),
        }
    }

    pub(super) fn dictionaries(&self) -> &Dictionaries {
        &self.dictionaries
    }

    /// The numbers of the rows from `key` on.
    pub(super) fn ids_from(&self, key: RowKey) -> impl DoubleEndedIterator<Item = &Ids> {
        let skip = usize::try_from(key.0.saturating_sub(self.first)).unwrap_or_default();
        self.ids.range(skip.min(self.ids.len())..)
    }

    /// The numbers of the first `count` rows.
    pub(super) fn first_ids(&self, count: usize) -> impl DoubleEndedIterator<Item = &Ids> {
        self.ids.range(..count.min(self.ids.len()))
    }
}

impl Default for LogStore {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

impl Span {
    fn last(self, start: i64) -> i64 {
        if self.end == NO_END { start } else { start.saturating_add(i64::from(self.end)) }
    }
}

/// A row of a [`LogStore`], read in place. Times have milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct RowView<'a> {
    key: RowKey,
    ids: Ids,
    start: i64,
    span: Span,
    dictionaries: &'a Dictionaries,
}

impl<'a> RowView<'a> {
    /// Which row this is.
    pub fn key(&self) -> RowKey {
        self.key
    }

    /// The text of a column; empty when the row has none.
    pub fn text(&self, column: LogColumn) -> &'a str {
        self.dictionaries.text(self.ids, column)
    }

    /// `TimeGenerated`: start of the aggregation window.
    pub fn start(&self) -> Timestamp {
        at(self.start)
    }

    /// `TimeGeneratedEndTime`, when the row has one.
    pub fn end(&self) -> Option<Timestamp> {
        (self.span.end != NO_END).then(|| at(self.last_ms()))
    }

    /// When the traffic last happened, as far as the row tells.
    pub fn last(&self) -> Timestamp {
        at(self.last_ms())
    }

    pub(super) fn start_ms(&self) -> i64 {
        self.start
    }

    pub(super) fn ids(&self) -> Ids {
        self.ids
    }

    pub(super) fn last_ms(&self) -> i64 {
        self.span.last(self.start)
    }

    /// When the row arrived in the workspace.
    pub fn ingested(&self) -> Timestamp {
        at(self.start.saturating_add(i64::from(self.span.arrival)))
    }

    /// Events that the row stands for.
    pub fn count(&self) -> u32 {
        self.span.count
    }

    /// What kind of traffic.
    pub fn category(&self) -> Category {
        Category::from_wire(self.text(LogColumn::Category))
    }

    /// Into or out of the resource.
    pub fn direction(&self) -> Direction {
        Direction::from_wire(self.text(LogColumn::ResultDirection))
    }

    /// What it means.
    pub fn verdict(&self) -> Verdict {
        self.category().verdict(self.text(LogColumn::ResultAction))
    }

    /// The row as an entry of its own, for what outlives the store's next change.
    pub fn to_entry(&self) -> AccessLogEntry {
        AccessLogEntry {
            times: LogTimes { start: self.start(), end: self.end(), ingested: self.ingested() },
            count: self.count(),
            texts: LogTexts::gather(|column| self.text(column).into()),
        }
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
