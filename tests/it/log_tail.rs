//! The tail cursor against a model of the service: whatever the order of arrival, the page size and
//! the failures, every row comes exactly once.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use nsp::azure::logs::{QueryAnswer, Start, TailCursor, TailQuery, TailSettings, table};
use nsp::domain::log::{AccessLogEntry, LogColumn, TailBatch, TailTable};
use nsp::domain::{Failure, FailureKind};
use proptest::prelude::*;

const OVERLAP: i64 = 30;
const GUARD: i64 = 600;
/// The service's clock when the test starts, seconds.
const DAWN: i64 = 1_790_000_000;

fn time(seconds: i64) -> Timestamp {
    Timestamp::new(DAWN + seconds, 0).unwrap()
}

fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn settings(page: usize) -> TailSettings {
    TailSettings {
        backlog: secs(60),
        overlap: secs(OVERLAP),
        guard: secs(GUARD),
        page,
        max_page: 64,
        ..TailSettings::default()
    }
}

/// A row of the model; all times in seconds from `DAWN`, by the service's clock.
#[derive(Debug, Clone)]
struct Row {
    generated: i64,
    ingested: i64,
    visible: i64,
    /// Rows may be equal in everything.
    name: u8,
}

/// Log Analytics, as far as the tail can tell.
struct Service {
    rows: Vec<Row>,
    now: i64,
    /// Our clock minus its.
    skew: i64,
}

impl Service {
    fn local(&self) -> Timestamp {
        time(self.now + self.skew)
    }

    fn start(&self, query: &TailQuery) -> Timestamp {
        match query.start {
            Start::At(at) => at,
            Start::Ago(span) => time(self.now) - span,
        }
    }

    fn answer(&self, query: &TailQuery) -> QueryAnswer {
        let start = self.start(query);
        let mut rows: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.visible <= self.now && time(row.ingested) >= start)
            .filter(|row| time(row.generated) >= start - query.guard)
            .collect();
        rows.sort_by_key(|row| row.ingested);
        rows.truncate(query.take);
        answer(&rows, self.now)
    }
}

fn answer(rows: &[&Row], now: i64) -> QueryAnswer {
    let columns =
        ["nsp_asked", "Profile", "TimeGenerated", "nsp_ingested"].map(|c| format!(r#"{{"name":"{c}"}}"#));
    let mut body =
        format!(r#"{{"tables":[{{"name":"PrimaryResult","columns":[{}],"rows":["#, columns.join(","));
    for (at, row) in rows.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let (asked, start, ingested) = (time(now), time(row.generated), time(row.ingested));
        write!(body, r#"{comma}["{asked}","{}","{start}","{ingested}"]"#, row.name).unwrap();
    }
    body.push_str("]}]}");
    QueryAnswer {
        table: table::decode(body.as_bytes()).unwrap().table,
        state: TailTable::Present,
        warning: None,
    }
}

type Key = (Timestamp, Timestamp, String);

fn key(row: &AccessLogEntry) -> Key {
    (row.times.ingested, row.times.start, row.text(LogColumn::Profile).to_owned())
}

/// Polls until nothing more is to be had right away; gives the rows that came.
fn poll(cursor: &mut TailCursor, service: &Service) -> Vec<Key> {
    let mut got = Vec::new();
    for _ in 0..10_000 {
        let query = cursor.next_query(service.local());
        let batches = cursor.accept(&service.answer(&query), service.local());
        assert!(batches.iter().all(|b| b.rows.len() <= TailBatch::MAX_ROWS));
        got.extend(batches.iter().flat_map(|b| &b.rows).map(key));
        if !cursor.has_more() {
            assert!(cursor.status().caught_up);
            return got;
        }
    }
    panic!("the tail never catches up");
}

#[derive(Debug, Clone)]
enum Step {
    /// Time passes, seconds.
    Wait(i64),
    /// A query is answered.
    Ask,
    /// A query gets no answer.
    Fail,
    /// A query is answered to the end.
    Drain,
}

fn world() -> impl Strategy<Value = (Vec<Row>, Vec<Step>, usize, i64)> {
    let row =
        (0..400_i64, 0..GUARD - 100, 0..=OVERLAP, 0..3_u8).prop_map(|(ingested, late, hidden, name)| Row {
            generated: ingested - late,
            ingested,
            visible: ingested + hidden,
            name,
        });
    // Rows often arrive together.
    let rows = prop::collection::vec((row, 1..7_usize), 0..20)
        .prop_map(|rows| rows.into_iter().flat_map(|(row, n)| std::iter::repeat_n(row, n)).collect());
    let step = prop_oneof![
        3 => (1..20_i64).prop_map(Step::Wait),
        1 => (50..200_i64).prop_map(Step::Wait),
        4 => Just(Step::Ask),
        2 => Just(Step::Fail),
        1 => Just(Step::Drain),
    ];
    (rows, prop::collection::vec(step, 0..40), 1..12_usize, -10_000..10_000_i64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_row_comes_exactly_once((rows, steps, page, skew) in world()) {
        let mut service = Service { rows, now: 0, skew };
        let mut cursor = TailCursor::new(&[], settings(page));
        let mut got = Vec::new();
        let mut begun = None;
        for step in steps {
            if !matches!(step, Step::Wait(_)) {
                begun.get_or_insert(service.now);
            }
            match step {
                Step::Wait(seconds) => service.now += seconds,
                Step::Drain => got.extend(poll(&mut cursor, &service)),
                Step::Ask => {
                    let query = cursor.next_query(service.local());
                    let batches = cursor.accept(&service.answer(&query), service.local());
                    got.extend(batches.iter().flat_map(|b| &b.rows).map(key));
                }
                Step::Fail => {
                    cursor.next_query(service.local());
                    cursor.failed();
                }
            }
        }
        service.now = service.now.max(1000);
        let origin = time(begun.unwrap_or(service.now) - 60);
        // What became visible behind a sweep under way is found by the next one.
        got.extend(poll(&mut cursor, &service));
        got.extend(poll(&mut cursor, &service));
        prop_assert!(poll(&mut cursor, &service).is_empty());
        got.sort();
        let known = |row: &Row| (time(row.ingested), time(row.generated), row.name.to_string());
        let mut all: Vec<Key> = service.rows.iter().map(known).filter(|row| row.0 >= origin).collect();
        all.sort();
        prop_assert_eq!(got, all);
    }
}

#[test]
fn the_first_window_grows_until_a_row_comes() {
    let mut service = Service { rows: Vec::new(), now: 0, skew: 7200 };
    let mut cursor = TailCursor::new(&[], settings(5));
    assert!(poll(&mut cursor, &service).is_empty());
    service.rows.push(Row { generated: 100, ingested: 110, visible: 115, name: 1 });
    service.now = 5000;
    assert_eq!(poll(&mut cursor, &service).len(), 1, "asleep for longer than the first window");
}

#[test]
fn a_long_sleep_is_read_page_by_page_and_old_traffic_is_found() {
    let rows = (0..1000).map(|n| Row { generated: n * 60 - 500, ingested: n * 60, visible: n * 60, name: 0 });
    let mut service = Service { rows: rows.collect(), now: 0, skew: 0 };
    let mut cursor = TailCursor::new(&[], settings(50));
    assert_eq!(poll(&mut cursor, &service).len(), 1);
    service.now = 60_000;
    let got = poll(&mut cursor, &service);
    assert_eq!(got.len(), 999);
    assert!(got.is_sorted(), "in order of arrival");
}

#[test]
fn a_page_full_of_one_arrival_time_is_asked_again_larger() {
    let burst = Row { generated: 0, ingested: 10, visible: 10, name: 0 };
    let mut service = Service { rows: vec![burst.clone(); 60], now: 20, skew: 0 };
    let mut cursor = TailCursor::new(&[], settings(4));
    assert_eq!(poll(&mut cursor, &service).len(), 60, "equal rows are not taken for one");
    service.rows.push(Row { ingested: 11, visible: 11, ..burst.clone() });
    assert_eq!(poll(&mut cursor, &service).len(), 1);
    assert_eq!(cursor.next_query(service.local()).take, 4);

    let rows = (0..100).map(|n| Row { ingested: 10 + n / 90, ..burst.clone() }).collect();
    let service = Service { rows, now: 20, skew: 0 };
    let mut cursor = TailCursor::new(&[], settings(4));
    let mut warned = false;
    for _ in 0..100 {
        let query = cursor.next_query(service.local());
        cursor.accept(&service.answer(&query), service.local());
        warned |= cursor.status().warning.as_ref().is_some_and(|w| w.title.contains("skipped"));
        if !cursor.has_more() {
            break;
        }
    }
    assert!(warned && cursor.status().caught_up, "more than the largest page: said, and passed");
}

#[test]
fn the_overlap_is_bounded_where_rows_are_many() {
    let rows =
        (0..2000).map(|n| Row { generated: n / 10, ingested: n / 10, visible: n / 10, name: (n % 10) as u8 });
    let service = Service { rows: rows.collect(), now: 200, skew: 0 };
    let mut cursor =
        TailCursor::new(&[], TailSettings { backlog: secs(300), overlap_rows: 25, ..settings(50) });
    assert_eq!(poll(&mut cursor, &service).len(), 2000);
    let query = cursor.next_query(service.local());
    assert_eq!(query.start, Start::At(time(197)), "the arrival times that hold the last 25 rows");
    let batches = cursor.accept(&service.answer(&query), service.local());
    assert!(batches.iter().all(|b| b.rows.is_empty()), "all of them are known");
}

#[test]
fn a_cut_answer_is_kept_and_read_on() {
    let rows: Vec<Row> = (0..10).map(|n| Row { generated: n, ingested: n, visible: n, name: 0 }).collect();
    let service = Service { rows: rows.clone(), now: 20, skew: 0 };
    let mut cursor = TailCursor::new(&[], settings(50));
    cursor.next_query(service.local());
    let warning = Some(Failure::new(FailureKind::Server, "The answer is not complete", "too big"));
    let cut =
        QueryAnswer { warning: warning.clone(), ..answer(&rows.iter().take(6).collect::<Vec<_>>(), 20) };
    let batches = cursor.accept(&cut, service.local());
    assert_eq!((batches[0].rows.len(), &batches[0].status.warning), (6, &warning));
    assert!(cursor.has_more() && !cursor.status().caught_up);
    assert_eq!(poll(&mut cursor, &service).len(), 4);
    assert_eq!(cursor.status().warning, None);

    cursor.next_query(service.local());
    cursor.accept(&QueryAnswer { warning, ..QueryAnswer::default() }, service.local());
    assert!(!cursor.has_more() && !cursor.status().caught_up, "no progress: not asked again at once");
}

#[test]
fn lag_is_measured_by_the_services_clock() {
    let rows = vec![Row { generated: 0, ingested: 240, visible: 250, name: 0 }];
    let mut service = Service { rows, now: 300, skew: -5000 };
    let mut cursor = TailCursor::new(&[], TailSettings { backlog: secs(600), ..settings(5) });
    poll(&mut cursor, &service);
    let status = cursor.status().clone();
    assert_eq!((status.newest_ingestion, status.delay), (Some(time(240)), Some(secs(240))));
    assert_eq!((status.behind, status.polled_at), (Some(secs(60)), Some(service.local())));
    service.now = 400;
    poll(&mut cursor, &service);
    assert_eq!(cursor.status().behind, Some(secs(160)));
}

#[test]
fn no_table_yet_is_a_state_and_stray_answers_are_not_used() {
    let service =
        Service { rows: vec![Row { generated: 0, ingested: 0, visible: 0, name: 0 }], now: 1, skew: 0 };
    let mut cursor = TailCursor::new(&[], settings(5));
    cursor.next_query(service.local());
    let none = QueryAnswer { state: TailTable::NoneYet, ..QueryAnswer::default() };
    let batches = cursor.accept(&none, service.local());
    assert_eq!((batches.len(), batches[0].status.table), (1, TailTable::NoneYet));
    assert!(cursor.status().caught_up);
    let query = cursor.next_query(service.local());
    let batches = cursor.accept(&service.answer(&query), service.local());
    assert_eq!((batches[0].rows.len(), batches[0].status.table), (1, TailTable::Present));
    assert!(cursor.accept(&service.answer(&query), service.local()).is_empty());
}
