//! The log room: the access log on the whole screen, its older rows, a stretch of time of it, groups and a
//! histogram. What of it is kept from run to run is [`KeptRoom`].

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::columns::{Row, column, local};
use super::super::data::Data;
use super::super::history::{History, Stretch};
use super::super::list::{Column, Width};
use super::logs::LogPane;
use super::{AnyList, ListPane};
use crate::domain::log::{GroupBy, KeptRoom, LogGroup, LogGroups, SavedFilter, Verdict};
use crate::domain::traffic::Bin;

/// Rows that are kept once older ones are read.
pub const CAPACITY: usize = 1_000_000;

/// A stretch of time that is looked at alone.
#[derive(Debug)]
pub struct Range {
    /// From here on.
    pub from: Timestamp,
    /// Up to and without this instant.
    pub to: Timestamp,
    /// Its rows.
    pub log: LogPane,
}

/// Saved filters as they were offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilters {
    /// In the order of the choices.
    pub all: Vec<SavedFilter>,
    /// The filter that is applied.
    pub now: String,
}

/// Rows added up by a column.
#[derive(Debug)]
pub struct Grouping {
    /// The sums.
    pub sums: LogGroups,
    /// Them as a list.
    pub list: ListPane<GroupRow>,
}

/// A row of the list of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow(pub LogGroup);

/// Spans that the histogram shows, shortest first.
const SPANS: [SignedDuration; 8] = [
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(24 * 7),
    SignedDuration::from_hours(24 * 30),
    SignedDuration::from_hours(24 * 90),
    SignedDuration::from_hours(24 * 365),
];
/// Lengths of the stretches in which events are added up, in seconds.
const STEPS: [i64; 17] =
    [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];
/// Most stretches in a histogram: as many as fit beside each other on the smallest screen.
const MOST_BINS: i64 = 72;

/// The histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Which of the offered spans it shows when no stretch of time is looked at alone.
    pub span: usize,
    /// Only events of this verdict.
    pub only: Option<Verdict>,
    /// Place of the cursor, counted from the last stretch; `None` until it is moved.
    pub cursor: Option<usize>,
    /// What was read last, and over what.
    pub read: Option<(Stretch, Vec<Bin>)>,
}

impl Default for Chart {
    fn default() -> Self {
        Self { span: 3, only: None, cursor: None, read: None }
    }
}

/// The shortest step that leaves few enough stretches.
pub fn step_for(span: SignedDuration) -> SignedDuration {
    let fits = |step: &&i64| span.as_secs() <= **step * MOST_BINS;
    SignedDuration::from_secs(STEPS.iter().find(fits).copied().unwrap_or(604_800))
}

impl Chart {
    /// The span shown when no stretch of time is looked at alone.
    pub fn span(&self) -> SignedDuration {
        SPANS.get(self.span).copied().unwrap_or(FALLBACK)
    }

    /// A longer or a shorter span.
    pub fn widen(&mut self, longer: bool) {
        let last = SPANS.len() - 1;
        self.span = if longer { (self.span + 1).min(last) } else { self.span.saturating_sub(1) };
        self.cursor = None;
    }

    /// The stretches of what was read, those without rows too: their begin and sums.
    pub fn bars(&self) -> Vec<(Timestamp, Option<&Bin>)> {
        let Some((of, bins)) = &self.read else { return Vec::new() };
        let step = of.step.unwrap_or(FALLBACK).as_secs().max(1);
        let first = floor(of.from, step);
        let count = (of.to.as_second() - first + step - 1) / step;
        (0..count.clamp(0, MOST_BINS + 2))
            .filter_map(|n| Timestamp::from_second(first + n * step).ok())
            .map(|start| (start, bins.iter().find(|bin| bin.start == start)))
            .collect()
    }

    /// Events of a stretch, as far as they are wanted.
    pub fn events(&self, bin: &Bin) -> u64 {
        self.only.map_or_else(|| bin.events.total(), |verdict| bin.events.of(verdict))
    }

    /// The place of the cursor among [`Self::bars`].
    pub fn place(&self, bars: usize) -> Option<usize> {
        bars.checked_sub(self.cursor? + 1)
    }
}

/// What holds where the tables above have no answer.
const FALLBACK: SignedDuration = SignedDuration::from_hours(24);

/// The whole multiple of a step at or before an instant; the service counts from the year 1, which is a whole
/// number of weeks before 1970 but for one day.
pub fn floor(time: Timestamp, step: i64) -> i64 {
    const SINCE_YEAR_1: i64 = 62_135_596_800;
    (time.as_second() + SINCE_YEAR_1).div_euclid(step) * step - SINCE_YEAR_1
}

/// The room.
#[derive(Debug, Default)]
pub struct RoomPane {
    /// Columns and named filters.
    pub kept: KeptRoom,
    /// The stretch of time that is looked at alone.
    pub range: Option<Range>,
    /// Rows added up.
    pub grouping: Option<Grouping>,
    /// The histogram.
    pub chart: Chart,
}

impl RoomPane {
    /// Groups rows, or shows them again.
    pub fn group(&mut self, by: Option<GroupBy>, live: &LogPane, page: usize, data: &Data) {
        let log = self.range.as_ref().map_or(live, |range| &range.log);
        self.grouping = by.map(|by| {
            let sums = LogGroups::new(by, log.store(), log.view());
            Grouping { sums, list: ListPane::default() }
        });
        if let Some(grouping) = &mut self.grouping {
            grouping.fill(page, data);
        }
    }

    /// Counts the rows that came.
    pub fn sync(&mut self, live: &LogPane, page: usize, data: &Data) {
        let log = self.range.as_ref().map_or(live, |range| &range.log);
        if let Some(grouping) = &mut self.grouping
            && grouping.sums.sync(log.store(), log.view())
        {
            grouping.fill(page, data);
        }
    }

    /// Looks at a stretch of time alone, or at the whole log again.
    pub fn zoom(&mut self, range: Option<(Timestamp, Timestamp)>, live: &LogPane, data: &Data) {
        self.range = range.map(|(from, to)| {
            let mut log = LogPane::default();
            log.set_capacity(CAPACITY);
            log.spec.clone_from(&live.spec);
            log.history = History::within(from, to);
            // It was taken before.
            let _ = log.set_filter(live.filter_text(), data);
            Range { from, to, log }
        });
        self.chart.cursor = None;
        self.grouping = None;
    }

    /// The rows that are shown.
    pub fn log<'a>(&'a self, live: &'a LogPane) -> &'a LogPane {
        self.range.as_ref().map_or(live, |range| &range.log)
    }

    /// What the histogram is to show.
    pub fn wanted_bins(&self, live: &LogPane, now: Timestamp) -> Option<Stretch> {
        let spec = live.spec.as_ref()?;
        let (from, to) = if let Some(range) = &self.range {
            (range.from, range.to)
        } else {
            // Whole steps: the question stays the same until the next one begins.
            let step = step_for(self.chart.span()).as_secs();
            let end = Timestamp::from_second(floor(now, step) + step).ok()?;
            (end.saturating_sub(self.chart.span()).ok()?, end)
        };
        let step = step_for(to.duration_since(from));
        Some(Stretch { step: Some(step), ..Stretch::of(spec, from, to) })
    }
}

impl Grouping {
    fn fill(&mut self, page: usize, data: &Data) {
        let mut groups: Vec<&LogGroup> = self.sums.groups().iter().collect();
        groups.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.value.cmp(&b.value)));
        let rows = groups.into_iter().map(|g| Arc::new(GroupRow(g.clone()))).collect();
        self.list.set_rows(rows, page, data);
        self.list.hold_rows();
    }
}

/// A time with its day.
pub fn moment(at: Timestamp) -> String {
    local(at).strftime("%m-%d %H:%M:%S").to_string()
}

impl Row for GroupRow {
    type Key = String;
    fn key(&self) -> &String {
        &self.0.value
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<GroupRow, Data>; 7] = [
            column("value", Width::Fill(20), 0, |g: &GroupRow, _| {
                if g.0.value.is_empty() { "(none)".into() } else { Cow::Borrowed(g.0.value.as_str()) }
            }),
            column("events", Width::Fixed(9), 0, |g: &GroupRow, _| g.0.events.to_string().into()),
            column("denied", Width::Fixed(8), 0, |g: &GroupRow, _| g.0.denied.to_string().into()),
            column("would deny", Width::Fixed(10), 0, |g: &GroupRow, _| g.0.would_deny.to_string().into()),
            column("rows", Width::Fixed(8), 1, |g: &GroupRow, _| g.0.rows.to_string().into()),
            column("first", Width::Fixed(14), 1, |g: &GroupRow, _| moment(g.0.first()).into()),
            column("last", Width::Fixed(14), 0, |g: &GroupRow, _| moment(g.0.last()).into()),
        ];
        &COLUMNS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_is_cut_into_stretches_that_fit() {
        for span in SPANS {
            let step = step_for(span);
            assert!(span.as_secs() <= step.as_secs() * MOST_BINS, "{span:?}");
        }
        assert_eq!(step_for(SignedDuration::from_secs(60)).as_secs(), 1);
    }

    #[test]
    fn stretches_begin_where_the_service_begins_them() {
        let time: Timestamp = "2026-11-22T12:34:56Z".parse().unwrap();
        let at = |step| Timestamp::from_second(floor(time, step)).unwrap().to_string();
        assert_eq!(at(86_400), "2026-11-22T00:00:00Z");
        assert_eq!(at(1200), "2026-11-22T12:20:00Z");
    }
}
