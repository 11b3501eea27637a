//! The access log: a bounded store, a filter over it, following and pausing.
//!
//! New rows never move the row that is being read: leaving the newest row pauses following.

use jiff::Timestamp;

use super::super::data::Data;
use super::super::history::History;
use super::super::list::{SortBy, rows_as_delta};
use super::super::msg::TailSpec;
use super::AnyList;
use crate::domain::filter::{Filter, FilterError};
use crate::domain::log::{
    AccessLogEntry, LogColumn, LogStore, LogView, RowKey, RowView, TailStatus, filter_columns,
};
use crate::domain::{Failure, LogSource};

/// State of the access log pane. Rows are shown newest first.
#[derive(Debug)]
pub struct LogPane {
    /// What is followed.
    pub spec: Option<TailSpec>,
    /// What the user wants to be followed where there are several.
    pub chosen: Option<LogSource>,
    store: LogStore,
    view: LogView,
    /// How fresh the log is.
    pub status: Option<TailStatus>,
    /// Why the last poll failed, until one succeeds.
    pub failure: Option<Failure>,
    filter_text: String,
    selected: Option<RowKey>,
    /// Rows from this one on arrived after following was paused; `None` while the newest row is
    /// selected and stays so as rows arrive.
    paused: Option<RowKey>,
    /// Place of the first row shown, counted from the newest row.
    top: usize,
    /// The reading of older rows.
    pub history: History,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            spec: None,
            chosen: None,
            store: LogStore::new(LogStore::DEFAULT_CAPACITY),
            view: LogView::default(),
            status: None,
            failure: None,
            filter_text: String::new(),
            selected: None,
            paused: None,
            top: 0,
            history: History::default(),
        }
    }
}

impl LogPane {
    /// How many rows are kept at most.
    pub fn set_capacity(&mut self, rows: usize) {
        self.store.set_capacity(rows);
    }

    /// Follows another log: nothing of the old one stays.
    pub fn point(&mut self, spec: Option<TailSpec>) {
        if self.spec == spec {
            return;
        }
        self.spec = spec;
        self.store.clear();
        self.view = LogView::new(self.view.filter().clone(), &self.store);
        (self.status, self.failure, self.selected) = (None, None, None);
        (self.paused, self.top) = (None, 0);
        self.history = History::default();
    }

    /// Puts older rows, newest first, before those that are there. What is on the screen stays.
    pub fn prepend(&mut self, rows: &[AccessLogEntry]) {
        self.store.prepend(rows);
        self.view.sync(&self.store);
        if self.selected.is_none() {
            self.selected = self.key_at(self.top);
        }
    }

    /// When the oldest row arrived.
    pub fn oldest_arrival(&self) -> Option<Timestamp> {
        self.store.iter().next().map(|row| row.ingested())
    }

    /// The rows that pass the filter.
    pub fn view(&self) -> &LogView {
        &self.view
    }

    /// Takes new rows in.
    pub fn extend(&mut self, rows: &[AccessLogEntry], status: TailStatus) {
        let height = self.cursor().saturating_sub(self.top);
        self.store.extend(rows);
        self.view.sync(&self.store);
        self.status = Some(status);
        self.failure = None;
        if self.is_following() {
            self.follow();
        } else {
            // The rows on the screen keep their places relative to the one being read.
            self.select_nearest(height);
        }
    }

    /// Selects the row that was selected, or the one next to where it was, and shows it this many
    /// rows below the first one on the screen.
    fn select_nearest(&mut self, height: usize) {
        let last = self.view.len().saturating_sub(1);
        let place = match self.selected.map(|key| self.view.position(key)) {
            Some(Ok(at)) => last - at,
            Some(Err(newer)) => last - newer.min(last),
            None => self.top.min(last),
        };
        self.selected = self.key_at(place);
        self.top = place.saturating_sub(height);
    }

    fn place_of(&self, key: RowKey) -> Option<usize> {
        self.view.position(key).ok().map(|at| self.view.len() - 1 - at)
    }

    fn key_at(&self, place: usize) -> Option<RowKey> {
        let at = self.view.len().checked_sub(place + 1)?;
        self.view.key_at(at)
    }

    /// All rows.
    pub fn store(&self) -> &LogStore {
        &self.store
    }

    /// Newest row is selected as rows arrive.
    pub fn is_following(&self) -> bool {
        self.paused.is_none()
    }

    /// Rows that arrived since following was paused, as far as the filter shows them.
    pub fn since_pause(&self) -> usize {
        let Some(key) = self.paused else { return 0 };
        let (Ok(at) | Err(at)) = self.view.position(key);
        self.view.len() - at
    }

    /// Follow the newest row again, or stop.
    pub fn toggle_follow(&mut self) {
        if self.is_following() {
            self.pause();
        } else {
            self.follow();
        }
    }

    fn pause(&mut self) {
        let now = self.store.end_key();
        self.paused.get_or_insert(now);
    }

    fn follow(&mut self) {
        (self.paused, self.top) = (None, 0);
        self.selected = self.key_at(0);
    }

    /// The selected row.
    pub fn selected(&self) -> Option<RowView<'_>> {
        self.selected.and_then(|key| self.store.get(key))
    }

    /// The row with this key, while it is kept.
    pub fn row(&self, key: RowKey) -> Option<RowView<'_>> {
        self.store.get(key)
    }

    /// The rows to draw in a window of `page` rows, newest first, and which has the cursor.
    pub fn window(&self, page: usize) -> impl Iterator<Item = (RowView<'_>, bool)> {
        (self.top..self.top.saturating_add(page)).map_while(|place| {
            let key = self.key_at(place)?;
            Some((self.store.get(key)?, Some(key) == self.selected))
        })
    }

    /// All rows that pass the filter, oldest first.
    pub fn shown(&self) -> impl Iterator<Item = RowView<'_>> {
        self.view.keys_from(0).filter_map(|key| self.store.get(key))
    }
}

impl AnyList for LogPane {
    fn move_by(&mut self, delta: isize, page: usize) -> bool {
        let target = self.cursor().saturating_add_signed(delta);
        self.move_to(target, page)
    }
    fn page_by(&mut self, pages: isize, page: usize) -> bool {
        let page = page.max(1);
        let step = pages.saturating_mul(rows_as_delta(page));
        self.top = self.top.saturating_add_signed(step).min(self.view.len().saturating_sub(page));
        self.move_by(step, page)
    }
    fn move_to(&mut self, place: usize, page: usize) -> bool {
        let before = (self.selected, self.paused);
        let place = place.min(self.view.len().saturating_sub(1));
        if place == 0 {
            self.follow();
        } else {
            self.pause();
            self.selected = self.key_at(place);
            self.show_cursor(page);
        }
        before != (self.selected, self.paused)
    }
    fn begin(&mut self) {
        self.move_to(0, 1);
    }
    fn hold(&mut self) {}
    fn show_cursor(&mut self, page: usize) {
        let (page, cursor) = (page.max(1), self.cursor());
        if cursor < self.top {
            self.top = cursor;
        } else if cursor >= self.top + page {
            self.top = cursor + 1 - page;
        }
        self.top = self.top.min(self.view.len().saturating_sub(page));
    }
    fn top(&self) -> usize {
        self.top
    }
    fn len(&self) -> usize {
        self.view.len()
    }
    fn total(&self) -> usize {
        self.store.len()
    }
    fn cursor(&self) -> usize {
        self.selected.and_then(|key| self.place_of(key)).unwrap_or(self.top)
    }
    fn filter_text(&self) -> &str {
        &self.filter_text
    }
    fn set_filter(&mut self, text: &str, _: &Data) -> Result<(), FilterError> {
        let filter = Filter::parse(text, &filter_columns())?;
        let height = self.cursor().saturating_sub(self.top);
        self.view = LogView::new(filter, &self.store);
        text.clone_into(&mut self.filter_text);
        if self.is_following() {
            self.follow();
        } else {
            self.select_nearest(height);
        }
        Ok(())
    }
    fn sort_columns(&self) -> Vec<&'static str> {
        Vec::new()
    }
    fn sort(&self) -> Option<SortBy> {
        None
    }
    fn set_sort(&mut self, _: Option<SortBy>, _: &Data) {}
    fn can_mark(&self) -> bool {
        false
    }
    fn toggle_mark(&mut self) {}
    fn unmark_all(&mut self) -> bool {
        false
    }
    fn marked(&self) -> usize {
        0
    }
    fn copy_text(&self, _: &Data) -> String {
        let Some(row) = self.selected() else { return String::new() };
        let cells: Vec<&str> =
            LogColumn::ALL.iter().map(|c| row.text(*c)).filter(|t| !t.is_empty()).collect();
        format!("{}\t{}\t{}\t{}", row.last(), row.verdict().word(), row.count(), cells.join("\t"))
    }
}
