//! Reads the access log as a live tail: every row exactly once, by ingestion time.
//!
//! A pure state machine: it says what to ask and takes what was answered, and never waits or sends.
//!
//! The log is read in sweeps. A sweep asks page after page, in order of arrival, until a page is
//! not full. The next sweep starts a while *before* the newest row, because the service makes rows
//! visible out of order; rows that were handed over are known by their marks. A page starts at
//! the very arrival time at which the one before ended, since rows that arrived together may have
//! been cut apart; a page that is full of one arrival time is asked again larger.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::QueryAnswer;
use super::kql::{Start, TailQuery};
use super::rows::Layout;
use super::seen::{Page, Seen};
use crate::domain::log::{AccessLogEntry, TailBatch, TailStatus, TailTable};
use crate::domain::{ArmId, Failure, FailureKind};

/// The service counts time in 100 ns.
const TICK: SignedDuration = SignedDuration::from_nanos(100);

/// How a tail reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailSettings {
    /// How far back the first query looks, by arrival.
    pub backlog: SignedDuration,
    /// How late a row may become visible after its `ingestion_time()`.
    pub overlap: SignedDuration,
    /// Most rows that are read again on account of [`Self::overlap`]; bounds memory and traffic
    /// where rows are many.
    pub overlap_rows: usize,
    /// How long before its arrival a row's traffic may have happened.
    pub guard: SignedDuration,
    /// Rows of a page.
    pub page: usize,
    /// Rows of the largest page, asked for only when many rows share one arrival time.
    pub max_page: usize,
}

impl Default for TailSettings {
    fn default() -> Self {
        Self {
            backlog: SignedDuration::from_hours(1),
            overlap: SignedDuration::from_mins(5),
            overlap_rows: 20_000,
            // The guard that Microsoft's page on ingestion time advises (DOMAIN.md, section 2.4).
            guard: SignedDuration::from_hours(48),
            page: 5_000,
            // The service cuts answers at 500,000 rows and about 100 MB (DOMAIN.md, section 4.2).
            max_page: 50_000,
        }
    }
}

/// The position of a live tail.
#[derive(Debug, Clone)]
pub struct TailCursor {
    perimeters: Arc<[ArmId]>,
    settings: TailSettings,
    /// Local time of the first query.
    begun: Option<Timestamp>,
    /// Service's time before which rows are backlog that nobody asked for.
    origin: Option<Timestamp>,
    /// Where the next sweep starts; `None` until the first row.
    floor: Option<Timestamp>,
    sweep: Option<Sweep>,
    take: usize,
    asked: Option<TailQuery>,
    more: bool,
    seen: Seen,
    /// Service's clock minus ours.
    skew: Option<SignedDuration>,
    status: TailStatus,
}

/// A sweep that goes on.
#[derive(Debug, Clone, Copy)]
struct Sweep {
    /// Where the next page starts.
    at: Timestamp,
    /// Service's time at the first page, where it said so: what arrived shortly before may have
    /// been invisible then.
    began: Option<Timestamp>,
}

/// What one page said.
struct Read {
    rows: Vec<AccessLogEntry>,
    /// Latest arrival on the page, old rows included.
    last: Option<Timestamp>,
    /// Rows without a time.
    unreadable: usize,
}

impl TailCursor {
    /// A tail of these perimeters; of all that log to the workspace when empty.
    pub fn new(perimeters: &[ArmId], settings: TailSettings) -> Self {
        Self {
            perimeters: perimeters.into(),
            take: settings.page.max(1),
            settings,
            begun: None,
            origin: None,
            floor: None,
            sweep: None,
            asked: None,
            more: false,
            seen: Seen::default(),
            skew: None,
            status: TailStatus::default(),
        }
    }

    /// What to ask now. `now` is the local time, of which only differences are used.
    pub fn next_query(&mut self, now: Timestamp) -> TailQuery {
        let begun = *self.begun.get_or_insert(now);
        let start = match self.sweep.map(|sweep| sweep.at).or(self.floor) {
            Some(time) => Start::At(time),
            // Until the first row there is no arrival time to start from, and the two clocks may
            // differ: the window grows instead.
            None => Start::Ago(
                self.settings.backlog.saturating_add(now.duration_since(begun).max(SignedDuration::ZERO)),
            ),
        };
        let query = TailQuery {
            perimeters: self.perimeters.to_vec(),
            start,
            guard: self.settings.guard,
            take: self.take,
        };
        self.asked = Some(query.clone());
        query
    }

    /// The query got no answer: the next one asks the same again.
    pub fn failed(&mut self) {
        self.asked = None;
        self.more = false;
        self.status.caught_up = false;
    }

    /// True when there is more to read right away.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// How far the tail has read.
    pub fn status(&self) -> &TailStatus {
        &self.status
    }

    /// Takes the answer to the last query: new rows in order of arrival, at least one batch.
    ///
    /// An answer that was not asked for is not used.
    pub fn accept(&mut self, answer: &QueryAnswer, now: Timestamp) -> Vec<TailBatch> {
        let Some(query) = self.asked.take() else { return Vec::new() };
        let layout = Layout::of(&answer.table);
        let service_now = layout.asked();
        if let Some(time) = service_now {
            self.skew = Some(time.duration_since(now));
        }
        let read = self.read(&answer.table, &layout, &query);
        // Rows have come: an answer without a table does not take it back.
        if answer.state == TailTable::Present || self.status.newest_ingestion.is_none() {
            self.status.table = answer.state;
        }
        self.status.polled_at = Some(now);
        self.status.warning = answer.warning.clone().or_else(|| unreadable(read.unreadable));
        let full = answer.table.len() >= query.take;
        let cut = answer.warning.is_some();
        let sweep = self.sweep.take();
        self.more = false;
        if let Some(last) = read.last {
            self.note_origin(&query, service_now);
            let began = sweep.map_or(service_now, |sweep| sweep.began);
            self.raise_floor(began.unwrap_or(last));
            if full || cut {
                self.go_on(&query, Sweep { at: last, began }, full);
            }
        }
        if !full {
            self.take = self.settings.page.max(1);
        }
        self.status.caught_up = !self.more && !cut;
        self.forget();
        let behind = |newest| now.checked_add(self.skew?).ok().map(|t: Timestamp| t.duration_since(newest));
        self.status.behind = self.status.newest_ingestion.and_then(behind);
        self.batches(read.rows)
    }

    fn read(&mut self, table: &super::Table, layout: &Layout<'_>, query: &TailQuery) -> Read {
        let mut read = Read { rows: Vec::new(), last: None, unreadable: table.strange_rows() };
        let mut page = Page::default();
        for at in 0..table.len() {
            let Some(row) = layout.entry(at) else {
                read.unreadable += 1;
                continue;
            };
            let ingested = row.times.ingested;
            if matches!(query.start, Start::At(start) if ingested.duration_since(start) <= -TICK) {
                continue;
            }
            read.last = read.last.max(Some(ingested));
            if self.status.newest_ingestion < Some(ingested) {
                self.status.newest_ingestion = Some(ingested);
                self.status.delay = Some(ingested.duration_since(row.times.last()));
            }
            if self.seen.is_new(&mut page, &row) {
                read.rows.push(row);
            }
        }
        read
    }

    /// Rows from before the first query's window stay out, also when the overlap reaches there.
    fn note_origin(&mut self, query: &TailQuery, service_now: Option<Timestamp>) {
        if let (None, Start::Ago(span), Some(now)) = (self.origin, query.start, service_now) {
            self.origin = now.saturating_sub(span).ok();
        }
    }

    /// Moves the start of the next sweep up: an overlap before the newest row, and before the time
    /// at which this sweep began, as rows may have become visible behind it since.
    fn raise_floor(&mut self, began: Timestamp) {
        let Some(newest) = self.status.newest_ingestion else { return };
        let wanted = newest.min(began).saturating_sub(self.settings.overlap).ok();
        // All rows of one arrival time stay or go together, as more may come with it.
        let bound = self.seen.newest(self.settings.overlap_rows);
        self.floor = self.floor.max(wanted).max(bound).max(self.origin);
    }

    /// Reads on where a full or cut page ended.
    fn go_on(&mut self, query: &TailQuery, next: Sweep, full: bool) {
        self.sweep = Some(next);
        self.more = true;
        let moved = match query.start {
            Start::At(start) => next.at.duration_since(start) >= TICK,
            Start::Ago(_) => true,
        };
        if moved {
            self.take = self.settings.page.max(1);
            // A service that gets rows faster than we read would never end a sweep, and rows that
            // became visible behind it would never be read: begin again.
            let far = next.began.and_then(|began| began.checked_add(self.settings.overlap).ok());
            if far.is_some_and(|far| next.at >= far) {
                self.sweep = None;
            }
        } else if !full {
            // Cut within one arrival time: asking again at once would be cut again.
            self.more = false;
        } else if self.take < self.settings.max_page {
            self.take = self.take.saturating_mul(2).min(self.settings.max_page);
        } else {
            self.take = self.settings.page.max(1);
            self.status.warning = Some(too_many(next.at, self.settings.max_page));
            self.sweep = next.at.checked_add(TICK).ok().map(|at| Sweep { at, ..next });
        }
    }

    fn forget(&mut self) {
        if let Some(floor) = self.floor {
            self.seen.forget_before(self.sweep.map_or(floor, |sweep| floor.min(sweep.at)));
        }
    }

    fn batches(&self, rows: Vec<AccessLogEntry>) -> Vec<TailBatch> {
        let mut rows = rows.into_iter().peekable();
        let mut batches = Vec::new();
        while batches.is_empty() || rows.peek().is_some() {
            let rows = rows.by_ref().take(TailBatch::MAX_ROWS).collect();
            batches.push(TailBatch { rows, status: self.status.clone() });
        }
        batches
    }
}

fn unreadable(rows: usize) -> Option<Failure> {
    let detail = format!("{rows} rows without TimeGenerated or ingestion time were left out");
    (rows > 0).then(|| Failure::new(FailureKind::Decode, "Some access log rows could not be read", detail))
}

fn too_many(at: Timestamp, rows: usize) -> Failure {
    let detail = format!("more than {rows} rows arrived at {at}; the rest of them was skipped");
    Failure::new(FailureKind::Decode, "Some access log rows were skipped", detail)
}
