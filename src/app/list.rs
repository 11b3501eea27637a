//! A list's state: selection by key, filter, sort, marks and the window of rows that is shown.
//!
//! It holds no rows. After every change of rows, filter or sort it is rebuilt against them, and the
//! selection stays on its key wherever that has gone.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::filter::Filter;

/// How wide a column is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Always this many cells.
    Fixed(u16),
    /// At least this many, and a share of what is left.
    Fill(u16),
}

/// One column of a list: how it is headed, drawn, sorted, filtered and copied.
#[derive(Debug)]
pub struct Column<R: 'static, C: 'static> {
    /// Head, and the name in `column:value` filters.
    pub title: &'static str,
    /// Width.
    pub width: Width,
    /// From which class of width on it is shown; 0 is always, larger goes first.
    pub rank: u8,
    /// The text of a row.
    pub cell: for<'a> fn(&'a R, &'a C) -> Cow<'a, str>,
    /// Compares two rows; `None` compares their texts, or the numbers that these are.
    pub order: Option<fn(&R, &R, &C) -> Ordering>,
}

/// Which column a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortBy {
    /// Index in the column table.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

/// A cell as it is compared: numbers by value and before texts, texts without case.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(u64),
    Text(String),
}

impl SortKey {
    fn of<R, C>(row: &R, column: &Column<R, C>, ctx: &C) -> Self {
        let cell = (column.cell)(row, ctx);
        cell.parse().map_or_else(|_| Self::Text(cell.to_lowercase()), Self::Number)
    }
}

/// The state of one list.
#[derive(Debug, Clone)]
pub struct ListState<K> {
    selected: Option<K>,
    cursor: usize,
    /// The cursor stays at the top while rows come in, in whatever order.
    loose: bool,
    top: usize,
    order: Vec<u32>,
    total: usize,
    filter_text: String,
    filter: Filter,
    sort: Option<SortBy>,
    marks: BTreeSet<K>,
}

impl<K> Default for ListState<K> {
    fn default() -> Self {
        Self {
            selected: None,
            cursor: 0,
            loose: true,
            top: 0,
            order: Vec::new(),
            total: 0,
            filter_text: String::new(),
            filter: Filter::default(),
            sort: None,
            marks: BTreeSet::new(),
        }
    }
}

impl<K: Clone + Ord> ListState<K> {
    /// Applies filter and sort to the rows as they are now and finds the selection again.
    ///
    /// When the selected row is gone the cursor stays at its place in the list.
    pub fn rebuild<R, C>(
        &mut self,
        rows: &[Arc<R>],
        columns: &[Column<R, C>],
        ctx: &C,
        key: impl Fn(&R) -> &K,
    ) {
        self.total = rows.len();
        self.order.clear();
        let keep = |row: &R| {
            let found =
                columns.iter().enumerate().fold(0, |found, (i, column)| match self.filter.looking_at(i) {
                    0 => found,
                    wanted => found | self.filter.find(&(column.cell)(row, ctx), wanted),
                });
            self.filter.is_empty() || self.filter.accepts(found)
        };
        self.order.extend(rows.iter().enumerate().filter(|(_, r)| keep(r)).map(|(i, _)| i as u32));
        if let Some((column, by)) = self.sort.and_then(|s| columns.get(s.column).zip(Some(s))) {
            self.sort_by(column, by.descending, rows, ctx);
        }
        if self.loose {
            (self.selected, self.cursor, self.top) = (None, 0, 0);
        }
        let found = self.selected.as_ref().and_then(|wanted| {
            self.order.iter().position(|i| rows.get(*i as usize).is_some_and(|r| key(r) == wanted))
        });
        let place = found.unwrap_or(self.cursor).min(self.order.len().saturating_sub(1));
        // Keep the row at the same height on the screen.
        let height = self.cursor.saturating_sub(self.top);
        self.cursor = place;
        self.top = place.saturating_sub(height);
        self.selected = self.row_at(place, rows).map(|r| key(r).clone());
        if !self.marks.is_empty() {
            let present: BTreeSet<&K> = rows.iter().map(|r| key(r)).collect();
            self.marks.retain(|m| present.contains(m));
        }
    }

    fn sort_by<R, C>(&mut self, column: &Column<R, C>, descending: bool, rows: &[Arc<R>], ctx: &C) {
        let at = |i: &u32| rows.get(*i as usize);
        match (column.order, descending) {
            (Some(order), _) => self.order.sort_by(|a, b| {
                let ordering = at(a).zip(at(b)).map_or(Ordering::Equal, |(a, b)| order(a, b, ctx));
                if descending { ordering.reverse() } else { ordering }
            }),
            // The text of a row is made once, not once for each comparison.
            (None, false) => self.order.sort_by_cached_key(|i| at(i).map(|r| SortKey::of(&**r, column, ctx))),
            (None, true) => {
                self.order.sort_by_cached_key(|i| Reverse(at(i).map(|r| SortKey::of(&**r, column, ctx))));
            }
        }
    }

    fn row_at<'a, R>(&self, place: usize, rows: &'a [R]) -> Option<&'a R> {
        self.order.get(place).and_then(|i| rows.get(*i as usize))
    }

    /// Moves the cursor by this many rows and scrolls as little as possible. False at an end.
    pub fn move_by<R>(&mut self, delta: isize, page: usize, rows: &[R], key: impl Fn(&R) -> &K) -> bool {
        let target = self.cursor.saturating_add_signed(delta);
        self.move_to(target, page, rows, key)
    }

    /// The cursor stays at the top until it is moved or [held](Self::hold).
    pub fn loosen(&mut self) {
        self.loose = true;
    }

    /// From now on the cursor stays on its row.
    pub fn hold(&mut self) {
        self.loose = false;
    }

    /// Puts the cursor on the row at this place of the filtered list. False when it was there.
    pub fn move_to<R>(&mut self, place: usize, page: usize, rows: &[R], key: impl Fn(&R) -> &K) -> bool {
        let last = self.order.len().saturating_sub(1);
        let place = place.min(last);
        let before = (self.cursor, self.top);
        self.loose = false;
        self.cursor = place;
        self.show_cursor(page);
        self.selected = self.row_at(place, rows).map(|r| key(r).clone());
        before != (self.cursor, self.top)
    }

    /// Scrolls so that the cursor is among the `page` rows shown.
    pub fn show_cursor(&mut self, page: usize) {
        let page = page.max(1);
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if self.cursor >= self.top + page {
            self.top = self.cursor + 1 - page;
        }
        self.top = self.top.min(self.order.len().saturating_sub(page));
    }

    /// Moves by whole pages: the view goes with the cursor.
    pub fn page_by<R>(&mut self, pages: isize, page: usize, rows: &[R], key: impl Fn(&R) -> &K) -> bool {
        let step = pages.saturating_mul(rows_as_delta(page));
        self.top = self.top.saturating_add_signed(step).min(self.order.len().saturating_sub(page.max(1)));
        self.move_by(step, page, rows, key)
    }

    /// Selects a key, if it is among the rows shown by the filter.
    pub fn select<R>(&mut self, wanted: &K, page: usize, rows: &[R], key: impl Fn(&R) -> &K) -> bool {
        let place = self.order.iter().position(|i| rows.get(*i as usize).is_some_and(|r| key(r) == wanted));
        place.is_some_and(|place| {
            self.move_to(place, page, rows, key);
            true
        })
    }

    /// The selected key.
    pub fn selected(&self) -> Option<&K> {
        self.selected.as_ref()
    }

    /// The selected row.
    pub fn selected_row<'a, R>(&self, rows: &'a [R], key: impl Fn(&R) -> &K) -> Option<&'a R> {
        self.row_at(self.cursor, rows).filter(|r| Some(key(r)) == self.selected.as_ref())
    }

    /// The rows to draw in a window of `page` rows: index into the rows, and whether it has the cursor.
    pub fn window(&self, page: usize) -> impl Iterator<Item = (usize, bool)> + '_ {
        let top = self.top.min(self.order.len().saturating_sub(1));
        self.order
            .iter()
            .enumerate()
            .skip(top)
            .take(page)
            .map(|(place, i)| (*i as usize, place == self.cursor))
    }

    /// All rows that pass the filter, in order: indexes into the rows.
    pub fn shown(&self) -> impl Iterator<Item = usize> + '_ {
        self.order.iter().map(|i| *i as usize)
    }

    /// Place of the cursor in the filtered list, from 0.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// First row of the window.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Rows that pass the filter.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// No row passes the filter.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// All rows.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The filter as typed.
    pub fn filter_text(&self) -> &str {
        &self.filter_text
    }

    /// Sets a filter that has been parsed; rebuild afterwards.
    pub fn set_filter(&mut self, text: &str, filter: Filter) {
        text.clone_into(&mut self.filter_text);
        self.filter = filter;
    }

    /// How it is sorted.
    pub fn sort(&self) -> Option<SortBy> {
        self.sort
    }

    /// Sorts by a column, or as the service sent it; rebuild afterwards.
    pub fn set_sort(&mut self, sort: Option<SortBy>) {
        self.sort = sort;
    }

    /// Marks or unmarks the selected row.
    pub fn toggle_mark(&mut self) {
        if let Some(key) = &self.selected
            && !self.marks.remove(key)
        {
            self.marks.insert(key.clone());
        }
    }

    /// Unmarks all. False when nothing was marked.
    pub fn unmark_all(&mut self) -> bool {
        let any = !self.marks.is_empty();
        self.marks.clear();
        any
    }

    /// The marked keys.
    pub fn marks(&self) -> &BTreeSet<K> {
        &self.marks
    }
}

/// A number of rows, at least one, as a move of the cursor.
pub fn rows_as_delta(rows: usize) -> isize {
    isize::try_from(rows.max(1)).unwrap_or(isize::MAX)
}
