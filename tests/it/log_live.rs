//! The tail against the simulator, over HTTP, with the real client: what the cursor hands over is
//! what the workspace holds.

use std::net::SocketAddr;

use jiff::{SignedDuration, Timestamp};
use nsp::azure::logs::{LogQuery, LogScope, QueryAnswer, TailCursor, TailSettings, kql};
use nsp::azure::{ArmClient, Session};
use nsp::domain::log::{AccessLogEntry, LogColumn, LogStore, LogView, TailTable, Verdict, filter_columns};
use nsp::domain::{ArmId, Filter};
use nsp::sim::{Named, Options, Sim};
use serde_json::json;

use crate::support::{http_client, raw_query};

const SECURITY: &str = "1d5b7f2e-8a34-4c1f-bd02-7e6a5c4d3b21";

struct Live {
    sim: Sim,
    client: ArmClient,
    cursor: TailCursor,
    rows: Vec<AccessLogEntry>,
}

impl Live {
    async fn start(scenario: Named, perimeters: &[ArmId]) -> Self {
        let options = Options { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Options::instant(scenario) };
        let sim = Sim::start(options).await.unwrap();
        let client = ArmClient::new(Session::simulated(sim.url()).unwrap()).unwrap();
        // A small page, so that catching up takes several.
        let settings = TailSettings { page: 200, ..TailSettings::default() };
        Self { sim, client, cursor: TailCursor::new(perimeters, settings), rows: Vec::new() }
    }

    async fn query(&self, kql: kql::Kql) -> QueryAnswer {
        self.client.query_logs(&LogQuery::new(LogScope::Workspace(SECURITY.into()), kql)).await.unwrap()
    }

    async fn poll(&mut self) -> usize {
        let mut pages = 0;
        loop {
            let query = self.cursor.next_query(Timestamp::now());
            let answer = self.query(query.kql()).await;
            let batches = self.cursor.accept(&answer, Timestamp::now());
            self.rows.extend(batches.into_iter().flat_map(|batch| batch.rows));
            pages += 1;
            if !self.cursor.has_more() {
                return pages;
            }
        }
    }

    async fn advance(&self, seconds: u32) {
        let url = format!("{}/_sim/advance", self.sim.url());
        let answer = http_client().post(url).json(&json!({"seconds": seconds})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// Rows and events that the workspace holds between two ingestion times, the first included.
    async fn held(&self, first: Timestamp, end: Timestamp) -> (usize, i64) {
        let (first, end) = (kql::datetime(first), kql::datetime(end));
        let text = format!(
            "{} | where TimeGenerated > ago(2d) | where ingestion_time() >= {first} and ingestion_time() < {end} \
             | summarize n=count(), events=sum(coalesce(Count, 1))",
            kql::TABLE
        );
        let rows = raw_query(self.sim.url(), SECURITY, &text).await;
        (rows[0][0].as_i64().unwrap().try_into().unwrap(), rows[0][1].as_i64().unwrap())
    }
}

#[tokio::test]
async fn the_tail_holds_what_the_workspace_holds() {
    let mut live = Live::start(Named::Estate, &[]).await;
    let mut pages = live.poll().await;
    let first = live.rows.iter().map(|row| row.times.ingested).min().unwrap();
    for seconds in [30, 600, 7200] {
        live.advance(seconds).await;
        live.cursor.next_query(Timestamp::now());
        live.cursor.failed();
        pages += live.poll().await;
    }
    assert!(pages > 8, "several pages were needed: {pages}");
    let status = live.cursor.status().clone();
    assert_eq!((status.table, status.caught_up, &status.warning), (TailTable::Present, true, &None));
    let newest = status.newest_ingestion.unwrap();
    // This world has no latency: a row may arrive in the instant of its last event.
    assert!(status.delay.unwrap() >= SignedDuration::ZERO && status.behind.is_some());

    // Rows at the very end may still be joined by others that arrive together with them.
    let rows: Vec<&AccessLogEntry> = live.rows.iter().filter(|row| row.times.ingested < newest).collect();
    let events: i64 = rows.iter().map(|row| i64::from(row.count)).sum();
    assert_eq!((rows.len(), events), live.held(first, newest).await);

    let mut store = LogStore::default();
    store.extend(&live.rows);
    let counts = store.counts();
    assert!(counts.allowed > 0 && counts.would_deny > 0 && counts.denied > 0, "{counts:?}");
    assert_eq!(counts.unknown, 0, "the simulator knows no other categories than we do");
    let denied = LogView::new(Filter::parse("verdict:denied", &filter_columns()).unwrap(), &store);
    assert!(!denied.is_empty());
    assert!(denied.keys_from(0).all(|key| store.get(key).unwrap().verdict() == Verdict::Denied));
}

#[tokio::test]
async fn a_tail_of_one_perimeter_sees_no_other() {
    let mut all = Live::start(Named::Estate, &[]).await;
    all.poll().await;
    let id = ArmId::parse(all.rows[0].text(LogColumn::Perimeter)).unwrap();
    let mut one = Live::start(Named::Estate, std::slice::from_ref(&id)).await;
    one.poll().await;
    assert!(!one.rows.is_empty() && one.rows.len() < all.rows.len());
    assert!(one.rows.iter().all(|row| ArmId::parse(row.text(LogColumn::Perimeter)).unwrap() == id));
}
