//! The log store against a plain list of rows: same rows, same counts, same filter results, and
//! dictionaries that hold exactly what the kept rows need.

use std::collections::{BTreeMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use nsp::domain::Filter;
use nsp::domain::log::{
    AccessLogEntry, Counts, GroupBy, LogColumn, LogGroups, LogStore, LogTexts, LogTimes, LogView, RowKey,
    Verdict, filter_columns,
};
use proptest::prelude::*;

fn entry(start_s: i64, end_s: Option<i64>, count: u32, text: impl Fn(LogColumn) -> String) -> AccessLogEntry {
    let start = Timestamp::new(1_790_000_000 + start_s, 0).unwrap();
    AccessLogEntry {
        times: LogTimes {
            start,
            end: end_s.map(|s| start + SignedDuration::from_secs(s)),
            ingested: start + SignedDuration::from_secs(240),
        },
        count,
        texts: LogTexts::gather(|column| text(column).into()),
    }
}

fn rows() -> impl Strategy<Value = AccessLogEntry> {
    let categories = prop::sample::select(vec![
        "NspPublicInboundPerimeterRulesAllowed",
        "NspPublicInboundResourceRulesAllowed",
        "NspPublicOutboundPerimeterRulesDenied",
        "NspPrivateInboundAllowed",
        "NspUnheardOf",
    ]);
    let texts = prop::collection::vec("[ab]{0,2}", LogColumn::COUNT);
    (0..600_i64, prop::option::of(0..300_i64), 0..5_u32, categories, texts).prop_map(
        |(start, end, count, category, texts)| {
            entry(start, end, count, |column| {
                if column == LogColumn::Category { category.into() } else { texts[column.index()].clone() }
            })
        },
    )
}

#[derive(Debug, Clone)]
enum Step {
    Push(Vec<AccessLogEntry>),
    /// Newest first.
    Older(Vec<AccessLogEntry>),
    Capacity(usize),
    Clear,
    Sync,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => prop::collection::vec(rows(), 1..8).prop_map(Step::Push),
        3 => prop::collection::vec(rows(), 1..8).prop_map(Step::Older),
        1 => (1..12_usize).prop_map(Step::Capacity),
        1 => Just(Step::Clear),
        3 => Just(Step::Sync),
    ];
    prop::collection::vec(step, 1..20)
}

/// What the store must say, computed from the rows one by one.
#[derive(Default)]
struct Model {
    capacity: usize,
    first: i64,
    rows: VecDeque<AccessLogEntry>,
}

impl Model {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Push(rows) => self.rows.extend(rows.iter().cloned()),
            Step::Older(rows) => {
                let room = self.capacity - self.rows.len();
                for row in rows.iter().take(room) {
                    self.rows.push_front(row.clone());
                    self.first -= 1;
                }
            }
            Step::Capacity(capacity) => self.capacity = *capacity,
            Step::Clear => {
                self.first = self.first.saturating_add_unsigned(self.rows.len() as u64);
                self.rows.clear();
            }
            Step::Sync => {}
        }
        while self.rows.len() > self.capacity {
            self.rows.pop_front();
            self.first += 1;
        }
    }

    fn counts(&self, since: Option<Timestamp>) -> Counts {
        let mut sum = Counts::default();
        let minute = |t: Timestamp| t.as_second().div_euclid(60);
        for row in self.rows.iter().filter(|r| since.is_none_or(|s| minute(r.times.last()) >= minute(s))) {
            sum.rows += 1;
            *match row.verdict() {
                Verdict::Allowed => &mut sum.allowed,
                Verdict::WouldDeny => &mut sum.would_deny,
                Verdict::Denied => &mut sum.denied,
                Verdict::Private => &mut sum.private,
                Verdict::Unknown => &mut sum.unknown,
            } += u64::from(row.count);
        }
        sum
    }

    fn passing(&self, filter: &Filter) -> Vec<RowKey> {
        let passes = |row: &&AccessLogEntry| filter.matches(row.texts.iter().chain([row.verdict().word()]));
        let keyed = (self.first..).zip(&self.rows);
        keyed.filter(|(_, row)| passes(row)).map(|(key, _)| RowKey(key)).collect()
    }

    /// Rows, events and denied events by the text of a column.
    fn grouped(&self, by: GroupBy, filter: &Filter) -> BTreeMap<String, (u64, u64, u64)> {
        let mut out: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
        let passes = |row: &&AccessLogEntry| filter.matches(row.texts.iter().chain([row.verdict().word()]));
        for row in self.rows.iter().filter(passes) {
            let text = match by {
                GroupBy::Verdict => row.verdict().word(),
                GroupBy::Column(column) => row.text(column),
            };
            let group = out.entry(text.to_owned()).or_default();
            group.0 += 1;
            group.1 += u64::from(row.count);
            group.2 += if row.verdict() == Verdict::Denied { u64::from(row.count) } else { 0 };
        }
        out
    }

    /// Distinct values of a group of columns.
    fn distinct(&self, columns: &[LogColumn]) -> usize {
        let tuple =
            |row: &AccessLogEntry| columns.iter().map(|c| row.text(*c).to_owned()).collect::<Vec<_>>();
        self.rows.iter().map(tuple).collect::<HashSet<_>>().len()
    }

    fn distinct_texts(&self) -> usize {
        self.rows.iter().flat_map(|row| row.texts.iter()).collect::<HashSet<_>>().len()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_store_is_a_bounded_list(
        steps in steps(),
        filter in prop::sample::select(vec![
            "", "ab", "!b Profile:a", "verdict:denied", "would", "/^ab?$/ SourcePort:b", "!Category:/private|unheard/",
        ]),
    ) {
        let mut store = LogStore::new(8);
        let mut model = Model { capacity: 8, ..Model::default() };
        let filter = Filter::parse(filter, &filter_columns()).unwrap();
        let mut view = LogView::new(filter.clone(), &store);
        for step in steps {
            match &step {
                Step::Push(rows) => store.extend(rows),
                Step::Older(rows) => {
                    // Before, since keys of rows that have left may be used again.
                    view.sync(&store);
                    let room = model.capacity - model.rows.len();
                    prop_assert_eq!(store.prepend(rows), room.min(rows.len()));
                    view.sync(&store);
                }
                Step::Capacity(capacity) => store.set_capacity(*capacity),
                Step::Clear => store.clear(),
                Step::Sync => view.sync(&store),
            }
            model.apply(&step);
            prop_assert_eq!(store.len(), model.rows.len());
            prop_assert_eq!(store.end_key().0, model.first.saturating_add_unsigned(model.rows.len() as u64));
            prop_assert_eq!(store.first_key(), (!store.is_empty()).then_some(RowKey(model.first)));
            let kept: Vec<AccessLogEntry> = store.iter().map(|row| row.to_entry()).collect();
            prop_assert_eq!(&kept, &Vec::from(model.rows.clone()));
            prop_assert_eq!(store.counts(), model.counts(None));
            let since = Timestamp::new(1_790_000_000 + 300, 0).unwrap();
            prop_assert_eq!(store.counts_since(since), model.counts(Some(since)));
            let sizes = store.dictionary_sizes();
            prop_assert_eq!(sizes.texts, model.distinct_texts());
            let (site, rest) = LogColumn::ALL.split_at(LogColumn::Category.index());
            prop_assert_eq!(sizes.sites, model.distinct(site));
            let judgement = &rest[..LogColumn::SourceIpAddress.index() - site.len()];
            prop_assert_eq!(sizes.judgements, model.distinct(judgement));
            if matches!(step, Step::Sync) {
                let keys: Vec<RowKey> = view.keys_from(0).collect();
                prop_assert_eq!(&keys, &model.passing(&filter));
                prop_assert_eq!(keys.len(), view.len());
                for (at, key) in keys.iter().enumerate() {
                    prop_assert_eq!(view.position(*key), Ok(at));
                }
                let fresh = LogView::new(filter.clone(), &store);
                prop_assert!(fresh.keys_from(0).eq(keys));
                for by in [GroupBy::Verdict, GroupBy::Column(LogColumn::SourceIpAddress)] {
                    prop_assert_eq!(grouped(&LogGroups::new(by, &store, &view)), model.grouped(by, &filter));
                }
            }
        }
    }
}

fn grouped(groups: &LogGroups) -> BTreeMap<String, (u64, u64, u64)> {
    groups.groups().iter().map(|g| (g.value.clone(), (g.rows, g.events, g.denied))).collect()
}

#[test]
fn groups_fold_what_belongs_together_and_go_on_with_the_tail() {
    let mut store = LogStore::new(100);
    let row =
        |n: i64, address: &str| {
            entry(n, None, 2, |c| {
                if c == LogColumn::SourceIpAddress { address.to_owned() } else { String::new() }
            })
        };
    store.extend(&[row(5, "203.0.113.7:443"), row(9, "203.0.113.7"), row(7, "[2001:db8::1]:80")]);
    let mut view = LogView::new(Filter::default(), &store);
    let mut groups = LogGroups::new(GroupBy::Column(LogColumn::SourceIpAddress), &store, &view);
    assert_eq!(groups.groups()[0].value, "203.0.113.7");
    assert_eq!((groups.groups()[0].rows, groups.groups()[0].events, groups.rows()), (2, 4, 3));
    assert_eq!(groups.groups()[0].first().as_second(), 1_790_000_005);
    assert_eq!(groups.groups()[0].last().as_second(), 1_790_000_009);
    assert_eq!(groups.groups()[1].value, "2001:db8::1");
    assert!(!groups.sync(&store, &view), "nothing has come");
    store.push(&row(20, "203.0.113.7"));
    view.sync(&store);
    assert!(groups.sync(&store, &view));
    assert_eq!((groups.groups()[0].rows, groups.rows()), (3, 4));
    let term = groups.term(&groups.groups()[0]).unwrap();
    assert_eq!(LogView::new(Filter::parse(&term, &filter_columns()).unwrap(), &store).len(), 3);
}

#[test]
fn ever_new_callers_do_not_grow_the_dictionaries() {
    let mut store = LogStore::new(100);
    for n in 0..20_000_u32 {
        store.push(&entry(i64::from(n), None, 1, |column| match column {
            LogColumn::SourceIpAddress => format!("10.{}.{}.{}", n >> 16, (n >> 8) & 255, n & 255),
            LogColumn::SourcePort => n.to_string(),
            LogColumn::ResultDescription => format!("GET /documents/{n}"),
            _ => String::from("same"),
        }));
    }
    let sizes = store.dictionary_sizes();
    assert_eq!((sizes.texts, sizes.sites, sizes.peers, sizes.details), (301, 1, 100, 100));
    let newest = store.get(store.last_key().unwrap()).unwrap();
    assert_eq!(newest.text(LogColumn::ResultDescription), "GET /documents/19999");
    assert_eq!(store.counts().rows, 100);
}

#[test]
fn a_key_means_one_row_for_ever() {
    let mut store = LogStore::new(2);
    let numbered = |n: i64| entry(n, None, 1, |_| n.to_string());
    store.push(&numbered(0));
    let key = store.last_key().unwrap();
    let mut view = LogView::new(Filter::parse("!zzz", &filter_columns()).unwrap(), &store);
    store.push(&numbered(1));
    assert_eq!(store.get(key).unwrap().text(LogColumn::Profile), "0");
    store.push(&numbered(2));
    assert!(store.get(key).is_none(), "it has left; the key is not given to another row");
    view.sync(&store);
    assert_eq!((view.position(key), view.key_at(0)), (Err(0), store.first_key()));
    store.clear();
    store.push(&numbered(3));
    assert_eq!(store.first_key(), Some(RowKey(3)));
}

#[test]
fn strange_times_are_held_not_wrapped() {
    let mut row = entry(0, None, 1, |_| String::new());
    row.times.end = Some(row.times.start - SignedDuration::from_hours(1));
    row.times.ingested = row.times.start + SignedDuration::from_hours(24 * 400);
    let mut store = LogStore::default();
    store.push(&row);
    let kept = store.get(RowKey(0)).unwrap();
    assert_eq!(kept.end(), Some(row.times.start), "a window does not end before it starts");
    assert!(kept.ingested() > row.times.start + SignedDuration::from_hours(24 * 24));
    assert_eq!(kept.last(), row.times.start);
}
