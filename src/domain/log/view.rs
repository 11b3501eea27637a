//! The rows of a store that a filter lets through, kept up to date without looking at a row twice.

use std::collections::VecDeque;

use super::dictionary::{DETAIL, Dictionaries, Dictionary, Ids, JUDGEMENT, PEER, SITE};
use super::{Category, LogColumn, LogStore, RowKey};
use crate::domain::Filter;
use crate::domain::filter::Hits;

/// Names of the columns that a filter for log rows knows: Azure's, and `Verdict`.
pub fn filter_columns() -> [&'static str; LogColumn::COUNT + 1] {
    std::array::from_fn(|at| LogColumn::ALL.get(at).map_or("Verdict", |column| column.name()))
}

/// Position of `Verdict` among [`filter_columns`].
const VERDICT: usize = LogColumn::COUNT;

/// A filter and the keys of the rows that pass it, oldest first.
///
/// It must be given the store again ([`Self::sync`]) after each change of the store, and always
/// the same one.
#[derive(Debug, Clone, Default)]
pub struct LogView {
    filter: Filter,
    /// Rows before this have left the store.
    first: i64,
    /// Rows from here on have not been looked at.
    next: i64,
    /// The low half of each passing key. A store never holds 2^32 rows, so it says enough.
    /// Empty when the filter is: then every row passes.
    passing: VecDeque<u32>,
}

impl LogView {
    /// The rows of `store` that pass `filter`, which must have been parsed with
    /// [`filter_columns`]. Looks at each row once.
    pub fn new(filter: Filter, store: &LogStore) -> Self {
        let first = store.start_key().0;
        let mut view = Self { filter, first, next: first, passing: VecDeque::new() };
        view.sync(store);
        view
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Follows the store: drops keys of rows that left, looks at the rows that came, before and behind.
    pub fn sync(&mut self, store: &LogStore) {
        let (first, end) = (store.start_key().0, store.end_key().0);
        while let Some(delta) = self.passing.front().map(|low| low.wrapping_sub(self.first as u32)) {
            if self.first + i64::from(delta) >= first {
                break;
            }
            self.passing.pop_front();
        }
        let older = usize::try_from(self.first - first).unwrap_or_default();
        self.first = first;
        self.look_at_older(older, store);
        let from = self.next.max(first);
        self.next = end;
        if self.filter.is_empty() || from >= end {
            return;
        }
        let mut judge = Judge::new(&self.filter, store.dictionaries());
        for (key, ids) in (from..end).zip(store.ids_from(RowKey(from))) {
            if judge.passes(*ids) {
                self.passing.push_back(key as u32);
            }
        }
    }

    /// Looks at this many rows that were put before the others.
    fn look_at_older(&mut self, count: usize, store: &LogStore) {
        if self.filter.is_empty() || count == 0 {
            return;
        }
        let mut judge = Judge::new(&self.filter, store.dictionaries());
        // Positions below 2^32 wrap as keys do.
        for (n, ids) in (0..count as u32).rev().zip(store.first_ids(count).rev()) {
            if judge.passes(*ids) {
                self.passing.push_front((self.first as u32).wrapping_add(n));
            }
        }
    }

    /// How many rows pass.
    pub fn len(&self) -> usize {
        if self.filter.is_empty() { (self.next - self.first) as usize } else { self.passing.len() }
    }

    /// True when no row passes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key at a position, 0 being the oldest passing row.
    pub fn key_at(&self, position: usize) -> Option<RowKey> {
        let delta = if self.filter.is_empty() {
            i64::try_from(position).ok().filter(|_| position < self.len())
        } else {
            self.passing.get(position).map(|low| i64::from(self.delta(*low)))
        };
        delta.map(|delta| RowKey(self.first + delta))
    }

    /// Where a row stands: `Ok(position)`, or `Err` with the position of the next newer one.
    pub fn position(&self, key: RowKey) -> Result<usize, usize> {
        let Ok(wanted) = u64::try_from(key.0.saturating_sub(self.first)) else { return Err(0) };
        if self.filter.is_empty() {
            let at = usize::try_from(wanted).unwrap_or(usize::MAX);
            return if at < self.len() { Ok(at) } else { Err(self.len()) };
        }
        self.passing.binary_search_by(|low| u64::from(self.delta(*low)).cmp(&wanted))
    }

    /// Keys from a position on, oldest first.
    pub fn keys_from(&self, position: usize) -> impl Iterator<Item = RowKey> + '_ {
        (position..self.len()).filter_map(|at| self.key_at(at))
    }

    fn delta(&self, low: u32) -> u32 {
        low.wrapping_sub(self.first as u32)
    }
}

/// Set in a memo when the entry has been judged; terms never reach this bit.
const JUDGED: Hits = 1 << 63;

/// Judges rows by their numbers: each text and each tuple is looked at once.
struct Judge<'a> {
    filter: &'a Filter,
    dictionaries: &'a Dictionaries,
    /// Terms that stand in a text, whatever its column.
    texts: Vec<Hits>,
    sites: Vec<Hits>,
    judgements: Vec<Hits>,
    peers: Vec<Hits>,
    details: Vec<Hits>,
    /// Terms that look at the caller's port.
    port: Hits,
}

impl<'a> Judge<'a> {
    fn new(filter: &'a Filter, dictionaries: &'a Dictionaries) -> Self {
        Self {
            filter,
            dictionaries,
            texts: vec![0; dictionaries.texts.bound()],
            sites: vec![0; dictionaries.sites.bound()],
            judgements: vec![0; dictionaries.judgements.bound()],
            peers: vec![0; dictionaries.peers.bound()],
            details: vec![0; dictionaries.details.bound()],
            port: filter.looking_at(LogColumn::SourcePort.index()),
        }
    }

    fn passes(&mut self, ids: Ids) -> bool {
        let known = |memo: &[Hits], id: u32| memo.get(id as usize).copied().unwrap_or_default();
        let port = if self.port == 0 { JUDGED } else { known(&self.texts, ids.port) };
        let (site, judgement) = (known(&self.sites, ids.site), known(&self.judgements, ids.judgement));
        let (peer, detail) = (known(&self.peers, ids.peer), known(&self.details, ids.detail));
        if site & judgement & peer & detail & port & JUDGED == 0 {
            return self.judge(ids);
        }
        self.filter.accepts((site | judgement | peer | detail | (port & self.port)) & !JUDGED)
    }

    /// Judges a row of which some part is met for the first time.
    #[cold]
    fn judge(&mut self, ids: Ids) -> bool {
        let Self { filter, dictionaries: all, texts, sites, judgements, peers, details, port: _ } = self;
        let mut memo = Texts { filter, dictionary: &all.texts, memo: texts };
        let mut first = 0;
        let site = once(sites, ids.site, || memo.tuple(all.sites.get(ids.site), first));
        first += SITE;
        let judgement = once(judgements, ids.judgement, || {
            let found = memo.tuple(all.judgements.get(ids.judgement), first);
            let text = |column| all.text(ids, column);
            let category = Category::from_wire(text(LogColumn::Category));
            let verdict = category.verdict(text(LogColumn::ResultAction));
            found | filter.find(verdict.word(), filter.looking_at(VERDICT))
        });
        first += JUDGEMENT;
        let peer = once(peers, ids.peer, || memo.tuple(all.peers.get(ids.peer), first));
        first += PEER;
        let detail = once(details, ids.detail, || memo.tuple(all.details.get(ids.detail), first));
        first += DETAIL;
        filter.accepts(site | judgement | peer | detail | memo.find(ids.port, first))
    }
}

fn once(memo: &mut [Hits], id: u32, judge: impl FnOnce() -> Hits) -> Hits {
    let Some(known) = memo.get_mut(id as usize) else { return judge() };
    if *known & JUDGED == 0 {
        *known = judge() | JUDGED;
    }
    *known & !JUDGED
}

struct Texts<'a> {
    filter: &'a Filter,
    dictionary: &'a Dictionary<Box<str>>,
    memo: &'a mut [Hits],
}

impl Texts<'_> {
    /// Terms found in a text that stands in `column`.
    fn find(&mut self, id: u32, column: usize) -> Hits {
        let wanted = self.filter.looking_at(column);
        if wanted == 0 {
            return 0;
        }
        let found = || self.dictionary.get(id).map_or(0, |text| self.filter.find(text, !JUDGED));
        wanted & once(self.memo, id, found)
    }

    /// Terms found in a tuple whose first text belongs to column `first`.
    fn tuple<const N: usize>(&mut self, tuple: Option<&[u32; N]>, first: usize) -> Hits {
        let texts = tuple.into_iter().flatten();
        texts.zip(first..).fold(0, |found, (id, column)| found | self.find(*id, column))
    }
}
