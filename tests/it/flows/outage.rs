//! "The service is away for a minute."

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use nsp::domain::log::LogColumn;
use nsp::sim::Named;
use serde_json::{Value, json};

use crate::harness::{Harness, Setup};

/// The rows of the log pane by what they say, with how often each is there, up to some time of arrival.
fn rows(app: &Harness, until: Timestamp) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for (row, _) in app.model().panes.log.window(1_000_000).filter(|(row, _)| row.ingested() <= until) {
        let texts = LogColumn::ALL.map(|column| row.text(column));
        *out.entry(format!("{} {} {texts:?} {}", row.ingested(), row.last(), row.count())).or_default() += 1;
    }
    out
}

/// When the newest row arrived.
fn newest(app: &Harness) -> Timestamp {
    app.model().panes.log.status.as_ref().unwrap().newest_ingestion.unwrap()
}

/// Goes through an outage of this kind.
async fn survived(action: Value) {
    let mut setup = Setup::new(Named::Incident).perimeter("nsp-ai-prod");
    // What stands before a broken service answers as it likes.
    setup.lawless = true;
    let mut app = setup.start().await;
    app.press("1").until_shown("203.0.113.44 →").await;
    let kept = app.line("kv-ai-prod");
    app.fault(json!({"action": action}));
    app.press("r").settle().await.shows(&["stale since", "(w)"]);
    assert_eq!(app.line("kv-ai-prod"), kept, "rows stay");
    app.until("the log says so", |app| app.model().panes.log.failure.is_some()).await;
    app.press("w").settle().await.shows(&["What failed", "Resource associations", "Access log"]);
    app.press("esc").settle().await;

    app.handle().advance(Duration::from_secs(60));
    app.handle().clear_faults();
    app.press("r").settle().await.hides(&["stale since"]);
    let caught_up = |app: &mut Harness| {
        let log = &app.model().panes.log;
        log.failure.is_none() && log.status.as_ref().is_some_and(|s| s.caught_up)
    };
    app.until("the log is read again", caught_up).await;
    // A program that was not there has the same rows, each as often.
    let last = newest(&app);
    app.press("l g").settle().await;
    let seen = rows(&app, last);
    let mut fresh = app.again(Setup::new(Named::Incident).perimeter("nsp-ai-prod")).await;
    fresh.until("the log is read", caught_up).await;
    fresh.press("l g").settle().await;
    let wanted = rows(&fresh, last);
    assert!(wanted.len() > 100, "{}", wanted.len());
    let other: Vec<_> = wanted.iter().filter(|(row, n)| seen.get(*row) != Some(n)).collect();
    assert!(other.is_empty(), "{} of {}: {:?}", other.len(), wanted.len(), &other[..1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unavailable_service_leaves_rows_marked_stale() {
    let body = json!({"error": {"code": "ServiceUnavailable", "message": "The service is unavailable."}});
    survived(json!({"status": 503, "body": body})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torn_answers_leave_rows_marked_stale() {
    survived(json!({"torn": 40})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_no_json_leave_rows_marked_stale() {
    survived(json!({"status": 502, "raw": "<html>bad gateway</html>"})).await;
}
