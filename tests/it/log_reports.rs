//! Every question of the catalogue through the real client and HTTP: what the service adds up is what a
//! direct computation over the same rows adds up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nsp::azure::logs::{LogQuery, LogScope, kql, next_page};
use nsp::azure::{ArmClient, Session};
use nsp::domain::impact::{DayCount, Evidence, TrafficGroup, Window};
use nsp::domain::log::{Category, LogColumn, TailTable, Verdict};
use nsp::domain::traffic::{
    Bin, ColumnGroup, EvidenceRow, LogAnswer, LogSelection, LogWindow, RuleMatches, VerdictCounts,
    VersionSeen,
};
use nsp::domain::whatif::{Caller, Destination, Peer};
use nsp::domain::{ArmId, Direction};
use nsp::sim::{Named, Options, Sim};
use serde_json::{Value, json};

use crate::support::{http_client, raw_query};

/// Seconds from there to 1970.
const YEAR_ONE: i64 = 719_162 * 86_400;
const SECURITY: &str = "1d5b7f2e-8a34-4c1f-bd02-7e6a5c4d3b21";

/// A row as the workspace holds it.
#[derive(Debug, Clone)]
struct Row {
    cells: BTreeMap<&'static str, String>,
    start: Timestamp,
    end: Timestamp,
    ingested: Timestamp,
    count: u64,
}

impl Row {
    fn of(cells: &Value) -> Self {
        let texts = LogColumn::ALL.iter().enumerate();
        let texts = texts.map(|(at, column)| (column.name(), cells[at + 4].as_str().unwrap().to_owned()));
        let time = |at: usize| cells[at].as_str().map(|text| text.parse().unwrap());
        let start: Timestamp = time(0).unwrap();
        Self {
            cells: texts.collect(),
            start,
            end: time(1).unwrap_or(start),
            ingested: time(3).unwrap(),
            count: cells[2].as_u64().unwrap_or(1),
        }
    }

    fn text(&self, column: LogColumn) -> String {
        self.cells[column.name()].clone()
    }

    fn lower(&self, column: LogColumn) -> String {
        self.text(column).to_lowercase()
    }

    fn id(&self, column: LogColumn) -> Option<ArmId> {
        ArmId::parse(&self.lower(column)).ok()
    }

    fn resource(&self) -> ArmId {
        self.id(LogColumn::ServiceResourceId).unwrap()
    }

    fn verdict(&self) -> Verdict {
        Category::from_wire(&self.text(LogColumn::Category)).verdict(&self.text(LogColumn::ResultAction))
    }

    fn counts(&self) -> VerdictCounts {
        let of = |verdict| if self.verdict() == verdict { self.count } else { 0 };
        VerdictCounts {
            allowed: of(Verdict::Allowed),
            would_deny: of(Verdict::WouldDeny),
            denied: of(Verdict::Denied),
            private: of(Verdict::Private),
            unknown: of(Verdict::Unknown),
        }
    }

    fn rule(&self) -> String {
        let bag: Value = serde_json::from_str(&self.text(LogColumn::MatchedRule)).unwrap_or_default();
        bag["accessRule"].as_str().unwrap_or_default().to_owned()
    }

    fn version(&self) -> Option<u64> {
        self.text(LogColumn::AccessRuleVersion).parse().ok()
    }

    fn direction(&self) -> Direction {
        Direction::from_wire(&self.text(LogColumn::ResultDirection))
    }
}

/// A world whose log stands still in the time that is asked for.
struct World {
    /// Runs as long as it is held.
    _sim: Sim,
    client: ArmClient,
    scope: LogScope,
    of: LogSelection,
    rows: Vec<Row>,
}

impl World {
    async fn new(scenario: Named, seed: u64) -> Self {
        let sim = Sim::start(Options { seed, ..Options::instant(scenario) }).await.unwrap();
        let client = ArmClient::new(Session::simulated(sim.url()).unwrap()).unwrap();
        advance(&sim, 4 * 3600).await;
        let now = &raw_query(sim.url(), SECURITY, "print now()").await[0][0];
        let now: Timestamp = now.as_str().unwrap().parse().unwrap();
        // The windows of rows from before this are over.
        let until = now - SignedDuration::from_hours(2);
        let window = LogWindow::Between(until - SignedDuration::from_hours(24 * 20), until);
        let columns = LogColumn::ALL.map(LogColumn::name).join(", ");
        let text = format!(
            "NSPAccessLogs | where TimeGenerated < {} | extend at = ingestion_time() \
             | project TimeGenerated, TimeGeneratedEndTime, Count, at, {columns}",
            kql::datetime(until)
        );
        let rows = raw_query(sim.url(), SECURITY, &text).await.iter().map(Row::of).collect::<Vec<_>>();
        assert!(rows.len() > 1000, "{}", rows.len());
        let scope = LogScope::Workspace(SECURITY.into());
        Self { _sim: sim, client, scope, of: LogSelection::all(window), rows }
    }

    /// Rows with the same key, with the sums that every report has.
    fn grouped<K: Ord>(&self, key: impl Fn(&Row) -> Option<K>) -> BTreeMap<K, Vec<&Row>> {
        let mut groups: BTreeMap<K, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            if let Some(key) = key(row) {
                groups.entry(key).or_default().push(row);
            }
        }
        groups
    }
}

async fn advance(sim: &Sim, seconds: u32) {
    let url = format!("{}/_sim/advance", sim.url());
    let answer = http_client().post(url).json(&json!({"seconds": seconds})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

async fn every_report_adds_up(scenario: Named, seed: u64) {
    let world = World::new(scenario, seed).await;
    traffic_is_what_the_rows_add_up_to(&world).await;
    denials_begin_where_they_are_asked_for(&world).await;
    evidence_counts_days_rows_and_lag(&world).await;
    bins_are_what_happened_in_them(&world).await;
    rules_are_counted_with_the_resources_own(&world).await;
    versions_are_told_apart(&world).await;
    one_question_tells_as_much_as_three(&world).await;
}

#[tokio::test]
async fn every_report_adds_up_in_an_estate() {
    every_report_adds_up(Named::Estate, 1).await;
}

#[tokio::test]
async fn every_report_adds_up_in_an_incident() {
    for seed in [1, 77] {
        every_report_adds_up(Named::Incident, seed).await;
    }
}

fn items<T>(answer: LogAnswer<T>) -> Vec<T> {
    match answer {
        LogAnswer::NoTable => panic!("the table is there"),
        LogAnswer::Read(page) => {
            assert!(page.is_complete());
            page.items
        }
    }
}

fn sorted<T: std::fmt::Debug>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut texts: Vec<String> = items.into_iter().map(|item| format!("{item:#?}")).collect();
    texts.sort();
    texts
}

fn events(rows: &[&Row]) -> u64 {
    rows.iter().map(|row| row.count).sum()
}

fn first(rows: &[&Row]) -> Timestamp {
    rows.iter().map(|row| row.start).min().unwrap()
}

fn last(rows: &[&Row]) -> Timestamp {
    rows.iter().map(|row| row.end).max().unwrap()
}

fn traffic(rows: &[&Row]) -> TrafficGroup {
    let row = rows[0];
    let operations: BTreeSet<String> = rows.iter().map(|row| row.text(LogColumn::OperationName)).collect();
    let category = Category::from_wire(&row.text(LogColumn::Category));
    let id = |column| row.id(column);
    let peer = match row.direction() {
        Direction::Outbound => Peer::Destination(Destination {
            fqdn: Some(row.lower(LogColumn::DestinationFqdn)).filter(|name| !name.is_empty()),
            resource: id(LogColumn::DestinationResourceId),
        }),
        _ => Peer::Caller(Caller {
            address: row.text(LogColumn::SourceIpAddress).parse().ok(),
            resource: id(LogColumn::SourceResourceId),
            app_id: Some(row.text(LogColumn::SourceAppId)).filter(|id| !id.is_empty()),
            private_endpoint: row.verdict() == Verdict::Private,
            ..Caller::default()
        }),
    };
    let mut daily: BTreeMap<Date, u64> = BTreeMap::new();
    for row in rows {
        *daily.entry(row.start.to_zoned(TimeZone::UTC).date()).or_default() += row.count;
    }
    TrafficGroup {
        resource: row.resource(),
        peer,
        operations: operations.into_iter().collect(),
        count: events(rows),
        first: first(rows),
        last: last(rows),
        category,
        verdict: row.verdict(),
        matched_rule: row.rule(),
        profile: row.text(LogColumn::Profile),
        rules_version: rows.iter().filter_map(|row| row.version()).max(),
        daily: daily.into_iter().map(|(day, events)| DayCount { day, events }).collect(),
    }
}

/// What tells groups of traffic apart.
fn ends(row: &Row) -> Vec<String> {
    use LogColumn as C;
    let folded = [
        C::Perimeter,
        C::ServiceResourceId,
        C::SourceResourceId,
        C::DestinationResourceId,
        C::DestinationFqdn,
    ];
    let plain =
        [C::ResultDirection, C::SourceIpAddress, C::SourceAppId, C::Category, C::MatchedRule, C::Profile];
    folded.iter().map(|c| row.lower(*c)).chain(plain.iter().map(|c| row.text(*c))).collect()
}

async fn traffic_is_what_the_rows_add_up_to(world: &World) {
    let got = items(world.client.traffic(&world.scope, &world.of).await.unwrap());
    let first_kept = got.iter().position(|group| group.verdict != Verdict::WouldDeny).unwrap();
    let (breaking, rest) = got.split_at(first_kept);
    assert!(!breaking.is_empty() && rest.iter().all(|group| group.verdict != Verdict::WouldDeny));
    assert!(breaking.is_sorted_by(|a, b| a.count >= b.count), "most frequent first");
    let wanted = world.grouped(|row| Some(ends(row)));
    assert_eq!(sorted(&got), sorted(wanted.values().map(|rows| traffic(rows))));

    // One resource, in another case than the log's.
    let resource = got[0].resource.clone();
    let upper = ArmId::parse(&resource.as_str().to_uppercase()).unwrap();
    let narrow = world.of.clone().at(vec![upper]).judged(vec![Verdict::WouldDeny]);
    let one = items(world.client.traffic(&world.scope, &narrow).await.unwrap());
    let wanted = got.iter().filter(|g| g.resource == resource && g.verdict == Verdict::WouldDeny);
    assert_eq!(sorted(&one), sorted(wanted));
}

async fn denials_begin_where_they_are_asked_for(world: &World) {
    let LogWindow::Between(_, until) = world.of.window else { panic!() };
    let since = until - SignedDuration::from_hours(30);
    let got = items(world.client.denials(&world.scope, &world.of, since).await.unwrap());
    let denied = |row: &Row| row.verdict() == Verdict::Denied && row.end > since;
    let wanted = world.grouped(|row| denied(row).then(|| ends(row)));
    assert!(!got.is_empty());
    assert_eq!(sorted(&got), sorted(wanted.values().map(|rows| traffic(rows))));
}

async fn evidence_counts_days_rows_and_lag(world: &World) {
    let got = items(world.client.evidence(&world.scope, &world.of).await.unwrap());
    let groups = world.grouped(|row| Some((row.resource(), row.text(LogColumn::Category))));
    let wanted = groups.iter().map(|((resource, category), rows)| {
        let days: BTreeSet<_> = rows.iter().map(|row| row.start.as_second() / 86_400).collect();
        EvidenceRow {
            resource: resource.clone(),
            category: Category::from_wire(category),
            rows: rows.len() as u64,
            events: events(rows),
            days: days.len() as u32,
            oldest: first(rows),
            newest: last(rows),
            arrived: rows.iter().map(|row| row.ingested).max().unwrap(),
            lag: rows.iter().map(|row| row.ingested.duration_since(row.end)).max().unwrap(),
        }
    });
    let rounded = |row: EvidenceRow| EvidenceRow {
        lag: SignedDuration::from_millis(row.lag.as_millis() as i64),
        ..row
    };
    assert_eq!(sorted(got.into_iter().map(rounded)), sorted(wanted.map(rounded)));
}

/// Days and newest row of each resource: from the groups of traffic alone, from the questions asked for them, and from
/// the rows themselves.
async fn one_question_tells_as_much_as_three(world: &World) {
    let groups = items(world.client.traffic(&world.scope, &world.of).await.unwrap());
    let sums = items(world.client.evidence(&world.scope, &world.of).await.unwrap());
    let day = SignedDuration::from_hours(24);
    let days = items(world.client.bins_by_resource(&world.scope, &world.of, day).await.unwrap());
    let LogWindow::Between(from, to) = world.of.window else { panic!("the log stands still") };
    let window = Window { from, to };
    let tell = |evidence: &Evidence| {
        let mut by_day: BTreeMap<Date, u64> = BTreeMap::new();
        evidence.days.iter().for_each(|d| *by_day.entry(d.day).or_default() += d.events);
        (by_day, evidence.days_covered(), evidence.newest, evidence.gaps())
    };
    let resources = world.grouped(|row| Some(row.resource()));
    assert!(resources.len() > 2);
    for (resource, rows) in &resources {
        let combined = Evidence::of_groups(resource, window, &groups, None);
        let separate = Evidence::of(resource, window, (&sums, &days), None, true);
        assert_eq!(tell(&combined), tell(&separate), "{resource}");
        let mut by_day: BTreeMap<Date, u64> = BTreeMap::new();
        for row in rows {
            *by_day.entry(row.start.to_zoned(TimeZone::UTC).date()).or_default() += row.count;
        }
        let direct = Evidence {
            days: by_day.into_iter().map(|(day, events)| DayCount { day, events }).collect(),
            newest: Some(last(rows)),
            ..separate
        };
        assert_eq!(tell(&combined), tell(&direct), "{resource}");
    }
    let nobody = ArmId::parse("/subscriptions/s/resourceGroups/g/providers/n/t/nobody").unwrap();
    let none = Evidence::of_groups(&nobody, window, &groups, None);
    assert_eq!((none.newest, none.days_covered()), (None, 0));
}

async fn bins_are_what_happened_in_them(world: &World) {
    let hours = |n| SignedDuration::from_hours(n);
    for (step, by_resource) in [(hours(1), false), (hours(24), true), (SignedDuration::from_secs(420), false)]
    {
        let answer = if by_resource {
            world.client.bins_by_resource(&world.scope, &world.of, step).await
        } else {
            world.client.bins(&world.scope, &world.of, step).await
        };
        let seconds = step.as_secs();
        let groups = world.grouped(|row| {
            // The service counts from the year 1.
            let start = row.start.as_second() + YEAR_ONE;
            let start = start / seconds * seconds - YEAR_ONE;
            Some((by_resource.then(|| row.resource()), start))
        });
        let wanted = groups.iter().map(|((resource, start), rows)| Bin {
            resource: resource.clone(),
            start: Timestamp::from_second(*start).unwrap(),
            rows: rows.len() as u64,
            events: rows.iter().fold(VerdictCounts::default(), |sum, row| sum.plus(row.counts())),
        });
        assert_eq!(sorted(items(answer.unwrap())), sorted(wanted), "{step}");
    }
}

async fn rules_are_counted_with_the_resources_own(world: &World) {
    let got = items(world.client.rule_use(&world.scope, &world.of).await.unwrap());
    assert!(got.is_sorted_by(|a, b| a.events >= b.events));
    let groups = world.grouped(|row| {
        let key = (row.id(LogColumn::Perimeter), row.text(LogColumn::Profile), row.rule());
        (!key.2.is_empty()).then(|| (key, row.direction(), row.verdict()))
    });
    let wanted = groups.iter().map(|(((perimeter, profile, rule), direction, verdict), rows)| RuleMatches {
        perimeter: perimeter.clone(),
        profile: profile.clone(),
        rule: rule.clone(),
        direction: direction.clone(),
        verdict: *verdict,
        events: events(rows),
        resources: rows.iter().map(|row| row.resource()).collect::<BTreeSet<_>>().len() as u64,
        first: first(rows),
        last: last(rows),
    });
    assert_eq!(sorted(got), sorted(wanted));
}

async fn versions_are_told_apart(world: &World) {
    let got = items(world.client.versions_seen(&world.scope, &world.of).await.unwrap());
    let groups = world.grouped(|row| Some((row.resource(), row.text(LogColumn::Profile), row.version())));
    let wanted = groups.iter().map(|((resource, profile, version), rows)| VersionSeen {
        resource: resource.clone(),
        profile: profile.clone(),
        version: *version,
        first: first(rows),
        last: last(rows),
        events: events(rows),
    });
    assert_eq!(sorted(got), sorted(wanted));
}

#[tokio::test]
async fn any_column_can_be_grouped_by() {
    let world = World::new(Named::Incident, 3).await;
    for column in LogColumn::ALL {
        let got = items(world.client.log_groups(&world.scope, &world.of, column).await.unwrap());
        let folded = column.name().ends_with("ResourceId") || column.name().ends_with("Fqdn");
        let groups = world.grouped(|row| {
            Some(match column {
                LogColumn::MatchedRule => row.rule(),
                _ if folded => row.lower(column),
                _ => row.text(column),
            })
        });
        let wanted = groups.iter().map(|(value, rows)| ColumnGroup {
            value: value.clone(),
            rows: rows.len() as u64,
            events: rows.iter().fold(VerdictCounts::default(), |sum, row| sum.plus(row.counts())),
            first: first(rows),
            last: last(rows),
        });
        assert_eq!(sorted(got), sorted(wanted), "{}", column.name());
    }
}

#[tokio::test]
async fn history_pages_hold_every_row_once() {
    let world = World::new(Named::Incident, 5).await;
    let narrow = LogSelection {
        equal: vec![(LogColumn::ResultDirection, "inbound".into())],
        words: vec!["203.0.113.".into()],
        ..world.of.clone().judged(vec![Verdict::Allowed, Verdict::WouldDeny, Verdict::Denied])
    };
    for (of, take) in [(&world.of, 300), (&narrow, 60), (&narrow, 1)] {
        let (mut got, mut before, mut pages) = (Vec::new(), None, 0);
        while pages < 40 {
            let answer = world.client.log_history(&world.scope, of, before, take).await.unwrap();
            let LogAnswer::Read(page) = answer else { panic!("the table is there") };
            assert!(page.unreadable == 0 && page.warning.is_none());
            assert!(page.items.is_sorted_by(|a, b| a.times.start >= b.times.start), "newest first");
            pages += 1;
            before = next_page(&page);
            got.extend(page.items);
            if before.is_none() {
                break;
            }
        }
        let kept = |row: &Row| {
            let at_203 = row.cells.values().any(|text| text.contains("203.0.113."));
            let of_all = of.words.is_empty();
            (of_all || at_203 && row.direction() == Direction::Inbound && row.verdict() != Verdict::Private)
                && before.is_none_or(|before| row.start >= before)
        };
        let wanted: Vec<&Row> = world.rows.iter().filter(|row| kept(row)).collect();
        assert!(pages > 3 && wanted.len() > 40, "{pages} pages of {take}, {} rows", wanted.len());
        let told = |start: Timestamp, ingested: Timestamp, count: u64, resource: &str, source: &str| {
            format!("{start} {ingested} {count} {resource} {source}")
        };
        let wanted = wanted.iter().map(|row| {
            let (resource, source) =
                (row.text(LogColumn::ServiceResourceId), row.text(LogColumn::SourceIpAddress));
            told(row.start, row.ingested, row.count, &resource, &source)
        });
        let got = got.iter().map(|row| {
            let (resource, source) =
                (row.text(LogColumn::ServiceResourceId), row.text(LogColumn::SourceIpAddress));
            told(row.times.start, row.times.ingested, u64::from(row.count), resource, source)
        });
        assert_eq!(sorted(got), sorted(wanted));
    }
}

#[tokio::test]
async fn every_text_of_the_catalogue_runs() {
    let world = World::new(Named::Incident, 1).await;
    let mut names = BTreeSet::new();
    for example in kql::catalogue() {
        let query = LogQuery::new(world.scope.clone(), example.kql.clone());
        assert_eq!(
            world.client.query_logs(&query).await.unwrap().state,
            TailTable::Present,
            "{}",
            example.name
        );
        assert!(names.insert(example.name), "a name comes twice");
    }
}

#[tokio::test]
async fn hostile_words_find_nothing_and_break_nothing() {
    let world = World::new(Named::Incident, 1).await;
    for word in ["x' or 1==1 //\\\n| take 1", "\\", "'", "\u{2028}\u{0}\u{1f980}", "*/ // \""] {
        let equal = LogColumn::ALL.map(|column| (column, word.to_owned())).to_vec();
        for of in [
            LogSelection { words: vec![word.into()], ..world.of.clone() },
            LogSelection { equal, ..world.of.clone() },
        ] {
            assert!(items(world.client.traffic(&world.scope, &of).await.unwrap()).is_empty(), "{word}");
        }
    }
}

#[tokio::test]
async fn without_rows_there_is_no_evidence() {
    let sim = Sim::start(Options::instant(Named::Empty)).await.unwrap();
    let client = ArmClient::new(Session::simulated(sim.url()).unwrap()).unwrap();
    let scope = LogScope::Workspace(SECURITY.into());
    let of = LogSelection::all(LogWindow::days(14));
    assert_eq!(client.traffic(&scope, &of).await.unwrap(), LogAnswer::NoTable);
    assert_eq!(client.evidence(&scope, &of).await.unwrap(), LogAnswer::NoTable);
    assert_eq!(client.log_history(&scope, &of, None, 10).await.unwrap(), LogAnswer::NoTable);
}
