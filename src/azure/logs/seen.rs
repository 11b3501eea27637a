//! Which rows near the reading position were handed over already, with how many equal ones.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;

use crate::domain::log::AccessLogEntry;

/// Arrival and a hash over everything that is kept of the row.
type Mark = (Timestamp, u64);

/// Marks of rows handed over. About 50 bytes each.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    marks: BTreeMap<Mark, u32>,
    hasher: RandomState,
}

/// Counts equal rows within one answer.
#[derive(Default)]
pub(super) struct Page(HashMap<Mark, u32>);

impl Seen {
    /// True when `row` was not handed over yet; from then on it counts as handed over.
    ///
    /// Equal rows are told apart by number: an answer that starts at or before their common
    /// arrival holds all of them that are visible, so the n-th equal row of an answer is new
    /// exactly when fewer than n were handed over.
    pub(super) fn is_new(&mut self, page: &mut Page, row: &AccessLogEntry) -> bool {
        let mark = (row.times.ingested, self.hasher.hash_one(row));
        let number = page.0.entry(mark).or_default();
        *number += 1;
        let handed_over = self.marks.entry(mark).or_default();
        let new = *number > *handed_over;
        *handed_over = (*handed_over).max(*number);
        new
    }

    /// Forgets rows that arrived before `time`: they will not be read again.
    pub(super) fn forget_before(&mut self, time: Timestamp) {
        self.marks = self.marks.split_off(&(time, 0));
    }

    /// Arrival of the oldest of the newest `count` marks and of those that came with it; `None`
    /// when there are not more than `count`.
    pub(super) fn newest(&self, count: usize) -> Option<Timestamp> {
        if self.marks.len() <= count {
            return None;
        }
        self.marks.keys().rev().nth(count.saturating_sub(1)).map(|mark| mark.0)
    }
}
