//! The log room: history to its end, groups, a stretch of time alone, the user's columns and filters, jumps,
//! and files that hold what was shown.

use std::collections::HashSet;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use nsp::sim::{Named, Scenario};
use serde_json::{Value, json};

use super::AI_PROD;
use crate::harness::{Harness, Setup};
use crate::support::http_client;

fn setup() -> Setup {
    Setup::new(Named::Incident).perimeter("nsp-ai-prod")
}

async fn in_the_room() -> Harness {
    let mut app = setup().start().await;
    app.until_shown("×").await;
    app.press("L")
        .settle()
        .await
        .shows(&["Log room · nsp-ai-prod", "last 24 h · all events · each bar 20 min"]);
    app
}

/// What the service itself says it has before an instant.
async fn counted(app: &Harness, until: Timestamp) -> usize {
    let query = format!(
        "NSPAccessLogs | where _ResourceId =~ '{AI_PROD}' and TimeGenerated < datetime({until}) | count"
    );
    let url = format!("{}/v1{AI_PROD}/query", app.sim.url());
    let body = json!({"query": query});
    let answer = http_client().post(url).bearer_auth("x").json(&body).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["tables"][0]["rows"][0][0].as_u64().unwrap_or_else(|| panic!("{answer}")) as usize
}

/// Exports all columns as JSON lines and reads the file.
async fn exported(app: &mut Harness) -> Vec<Value> {
    app.press("e").type_text("JSON all columns").press("enter").until_shown("rows are in").await;
    let folder = app.folder.path().join("exports");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let text = std::fs::read_to_string(files.last().unwrap()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_rows_come_when_the_cursor_goes_on_and_end_with_the_log() {
    let mut app = in_the_room().await;
    app.press("f").settle().await.shows(&["PAUSED"]);
    let mut pages = 0;
    while !app.screen().contains("there are no older rows in the log") {
        app.press("G").settle().await;
        pages += 1;
        assert!(pages < 60, "{}", app.screen());
    }
    // Every row once: none is missing between the tail and the first page, or between two pages.
    let rows = exported(&mut app).await;
    let key = |row: &Value| {
        let columns = [
            "TimeGenerated",
            "Ingested",
            "Category",
            "ServiceResourceId",
            "SourceIpAddress",
            "SourcePort",
            "SourceResourceId",
            "DestinationFqdn",
            "OperationName",
            "MatchedRule",
            "Count",
            "ResultDescription",
        ];
        columns.map(|c| row[c].to_string()).join("|")
    };
    let distinct: HashSet<String> = rows.iter().map(key).collect();
    assert!(rows.len() > 1000, "{} rows", rows.len());
    assert_eq!(distinct.len(), rows.len(), "a row came twice");
    let times: Vec<Timestamp> =
        rows.iter().map(|r| r["TimeGenerated"].as_str().unwrap().parse().unwrap()).collect();
    let newest = times.iter().max().copied().unwrap();
    let days: HashSet<i64> = times.iter().map(|t| t.as_second() / 86_400).collect();
    assert!(days.len() > 3, "{days:?}");
    // Just what the service has, but for the newest, which may be on their way.
    let until = newest - SignedDuration::from_mins(20);
    let here = times.iter().filter(|t| **t < until).count();
    assert_eq!(here, counted(&app, until).await);
    app.press("esc").settle().await.hides(&["Log room"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_does_not_come_is_told_and_tried_again() {
    let mut app = in_the_room().await;
    let body = json!({"error": {"code": "InsufficientAccessError", "message": "no right to query"}});
    app.fault(json!({"path": "/query", "action": {"status": 403, "body": body}}));
    app.press("G G").until_shown("older rows:").await;
    app.shows(&["InsufficientAccessError", "r tries again"]);
    app.press("w").settle().await.shows(&["Older rows of the access log", "no right to query"]);
    app.handle().clear_faults();
    app.press("esc r").settle().await.hides(&["r tries again"]);
    app.shows(&["back to"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_count_and_lead_to_their_rows() {
    let mut app = in_the_room().await;
    app.press("b").type_text("SourceIpAddress").press("enter").settle().await;
    app.shows(&["by SourceIpAddress", "rows grouped by SourceIpAddress", "203.0.113.44"]);
    let line = app.line("203.0.113.44");
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(numbers.len() >= 4 && numbers[0] > 0 && numbers[0] == numbers[1] + numbers[2], "{line}");
    // The list filters and sorts like any other; Enter goes to the rows of the group.
    app.press("/").type_text("203.0.113.44").press("enter enter").settle().await;
    app.shows(&["/SourceIpAddress:\"203.0.113.44\"", "denied     in"]);
    app.hides(&["allowed    in", "by SourceIpAddress"]);
    app.press("esc").settle().await.hides(&["/SourceIpAddress"]);
    app.shows(&["Log room"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stretch_of_time_is_looked_at_alone() {
    let mut app = in_the_room().await;
    // The last bar holds the newest rows.
    app.press("left").settle().await.shows(&["denied ", "(+ alone)"]);
    app.press("left left left left").settle().await;
    while app.screen().contains("nothing logged") {
        app.press("left").settle().await;
    }
    app.press("+").settle().await;
    app.shows(&["each bar 30 s", "there are no older rows of"]).hides(&["following", "PAUSED"]);
    let rows = exported(&mut app).await;
    let hour = |r: &Value| r["TimeGenerated"].as_str().unwrap().split(':').next().unwrap().to_owned();
    let times: HashSet<String> = rows.iter().map(hour).collect();
    assert!(!rows.is_empty() && times.len() <= 2, "{times:?}");
    app.press("-").settle().await.shows(&["last 24 h"]);
    // Longer and shorter spans of the whole.
    app.press("-").settle().await.shows(&["last 7 d · all events · each bar 3 h"]);
    app.press("d").settle().await.shows(&["· denied ·"]);
    app.press("h").settle().await.hides(&["each bar"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_and_filters_are_kept_for_the_next_run() {
    let mut app = in_the_room().await;
    app.press("c").type_text("SourceProtocol").press("enter esc").settle().await;
    let head = app.line("from and to");
    assert!(head.contains("SourceProtocol"), "{head}");
    app.press("/").type_text("verdict:denied in").press("enter").settle().await;
    app.press("F")
        .type_text("denied now")
        .settle()
        .await
        .shows(&["Enter saves the present filter as denied now"]);
    app.press("enter").settle().await.shows(&["the filter is saved as denied now"]);
    app.press("esc").settle().await.hides(&["/verdict:denied"]);
    let mut app = app.again(setup()).await;
    app.until_shown("×").await;
    app.press("L").settle().await;
    assert!(app.line("from and to").contains("SourceProtocol"));
    app.press("F").settle().await.shows(&["denied now", "verdict:denied in"]);
    app.press("enter")
        .settle()
        .await
        .shows(&["/verdict:denied in"])
        .hides(&["would deny in", "allowed    in"]);
    // Once more: it is forgotten.
    app.press("F enter").settle().await.shows(&["denied now is forgotten"]);
    app.press("F").settle().await.shows(&["nothing matches"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_row_to_its_rule_its_resource_its_caller_and_what_if() {
    let mut app = in_the_room().await;
    app.press("/").type_text("MatchedRule:offices").press("enter").settle().await;
    app.press("m").settle().await.shows(&["Rules of all profiles", "▌ offices"]);
    app.press("L a").settle().await.shows(&["▌ aoai-prod"]).hides(&["Log room"]);
    app.press("L =").settle().await.shows(&["filter: SourceIpAddress:"]);
    app.press("x").settle().await.shows(&[
        "What if",
        "▌Caller",
        "Allowed by rule offices of profile default.",
    ]);
    app.press("esc enter").settle().await.shows(&["log row", "offices"]);
    app.press("esc /").press("ctrl-u").type_text("verdict:denied").press("enter m").settle().await;
    app.shows(&["no rule matched this row"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_stays_text_in_files() {
    let mut setup = setup();
    // No document allows such answers.
    setup.lawless = true;
    let row =
        json!({"/tables/0/rows/0/5": "=cmd|'/C calc'!A0", "/tables/0/rows/0/9": "a\u{1b}[2J\r\n\"b\",c"});
    let log = json!({"path": "/query", "action": {"patch": {"set": row}}});
    let mut app = setup.fault(log).start().await;
    app.until_shown("×").await;
    app.press("L /").type_text("cmd").press("enter").settle().await.shows(&["=cmd|"]);
    app.press("e").type_text("CSV all columns").press("enter").until_shown("rows are in").await;
    let folder = app.folder.path().join("exports");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().nth(1).unwrap();
    assert!(line.contains(",'=cmd|'/C calc'!A0,"), "{line}");
    assert!(line.contains("\"a␛[2J␍␊\"\"b\"\",c\""), "{line}");
    assert!(!text.contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_without_rows_says_so() {
    let mut setup = Setup::new(Named::Incident);
    setup.world.scenario = Scenario::Named(Named::Empty);
    let mut app = setup.start().await;
    app.press("L").settle().await.shows(&["no perimeter is selected"]).hides(&["Log room"]);
    let mut app = in_the_room_at(80, 24).await;
    app.shows(&["Log room"]).press("?").settle().await.shows(&["Keys: Log room"]);
}

async fn in_the_room_at(width: u16, height: u16) -> Harness {
    let mut app = setup().size(width, height).start().await;
    app.until_shown("×").await;
    app.press("L").settle().await;
    app
}
