//! "Put this account behind a perimeter, from nothing to enforced, logged and verified."

use nsp::sim::Named;
use serde_json::json;

use super::{AI_PROD, denied, writes};
use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

/// The perimeter that the path makes.
fn perimeter() -> String {
    format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.Network/networkSecurityPerimeters/nsp-aoai-prod"
    )
}

/// The path of the unprotected account, chosen among what is in no perimeter.
async fn path() -> Harness {
    let mut app = Setup::new(Named::Empty).size(120, 40).start().await;
    app.shows(&["W guides"]).press("W").settle().await.shows(&["choose a resource here", "aoai-prod"]);
    app.press("/").type_text("aoai-prod").press("enter W").settle().await;
    app.shows(&["Put aoai-prod behind a perimeter"]);
    app
}

/// The state of a step.
fn state(app: &mut Harness, step: &str) -> String {
    let cell = format!("  {step}  ");
    let line = app.line(&cell);
    let before = line.split(&cell).next().unwrap();
    before.trim_start_matches(['│', '▌', ' ']).trim().to_owned()
}

/// Does what the foot of the board says and confirms it.
async fn step(app: &mut Harness, said: &[&str]) {
    app.shows(said).press("enter").settle().await;
    app.press("tab enter").settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_an_unprotected_account_to_enforced_logged_and_verified() {
    let mut app = path().await;
    assert_eq!(state(&mut app, "prerequisites"), "to do");
    assert_eq!(state(&mut app, "who would be denied"), "later");
    step(&mut app, &["Enter: Register feature Microsoft.CognitiveServices/OpenAI.NspPreview"]).await;
    app.until("registered", |app| state(app, "prerequisites") == "ok").await;

    // The form begins with the place of the resource.
    app.press("enter").settle().await.shows(&[
        "New perimeter",
        "nsp-aoai-prod",
        "rg-ai-prod",
        "swedencentral",
    ]);
    app.press("enter").settle().await.shows(&["Create perimeter nsp-aoai-prod"]);
    app.press("tab enter").settle().await;
    app.until("made", |app| state(app, "perimeter") == "ok").await;
    app.press("enter").settle().await.shows(&["New profile", "defaultProfile"]).press("enter").settle().await;
    app.press("tab enter").settle().await;
    app.until("made", |app| state(app, "profile") == "ok").await;
    step(&mut app, &["Enter: associate aoai-prod with nsp-aoai-prod"]).await;
    app.until("associated", |app| state(app, "association") == "ok").await;
    assert_eq!(state(&mut app, "managed identity"), "ok");

    app.until("at the log", |app| state(app, "access log") == "to do").await;
    app.press("enter").settle().await.shows(&["New diagnostic setting", "law-security"]);
    app.type_text("law-sec").press("down tab enter").settle().await;
    app.press("tab enter").settle().await;
    app.until("rows", |app| state(app, "rows of the log") == "ok").await;
    app.press("r").settle().await;
    app.until("callers", |app| state(app, "who would be denied") == "to do").await;
    app.press("enter").settle().await.shows(&["WOULD DENY"]).press("esc").settle().await;

    // Called from this machine, as somebody who tries what still works.
    for _ in 0..12 {
        if app.screen().contains("Enter: call it from this machine") {
            break;
        }
        app.press("down").settle().await;
    }
    app.press("enter").settle().await.shows(&["Connection to aoai-prod"]).press("esc").settle().await;
    assert_ne!(state(&mut app, "test the connection"), "to do");

    app.press("G up up")
        .settle()
        .await
        .shows(&["Enter: change the access mode"])
        .press("enter")
        .settle()
        .await;
    app.shows(&["Set aoai-prod to Enforced", "WOULD DENY"]);
    app.type_text("aoai-prod").press("enter").settle().await;
    app.until("enforced", |app| state(app, "access mode") == "ok").await;
    app.until("verified", |app| state(app, "the resource enforces") == "ok").await;
    app.shows(&["Enforced, says the resource itself"]);
    assert_eq!(writes(&app, &perimeter()), 1);

    // It is read, not remembered: closed and opened again it stands as before.
    app.press("esc").settle().await.shows(&["Resources · 1", "Enforced"]);
    app.press("W").settle().await.shows(&["Put aoai-prod behind a perimeter"]);
    assert_eq!(state(&mut app, "the resource enforces"), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_a_perimeter_already_begins_where_it_stands() {
    let mut app = Setup::new(Named::Estate).size(120, 40).perimeter("nsp-ai-prod").start().await;
    app.press("1 /").type_text("aoai-prod").press("enter W").settle().await;
    app.shows(&["Put aoai-prod behind a perimeter", "nsp-ai-prod, swedencentral"]);
    assert_eq!(state(&mut app, "perimeter"), "ok");
    assert_eq!(state(&mut app, "association"), "ok");
    assert_eq!(state(&mut app, "access log"), "ok");
    assert_eq!(state(&mut app, "access mode"), "to do");
    assert_eq!(writes(&app, AI_PROD), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_told_and_the_step_stays() {
    let mut app = path().await;
    app.fault(json!({"method": "PUT", "path": "*/networkSecurityPerimeters/*",
        "action": denied("Microsoft.Network/networkSecurityPerimeters/write", "/subscriptions")}));
    app.press("down").settle().await.shows(&["Enter: make the perimeter"]).press("enter").settle().await;
    app.press("enter").settle().await.press("tab enter").settle().await;
    // The form is back with all that was in it.
    app.shows(&["Refused:", "AuthorizationFailed", "nsp-aoai-prod"]).press("esc").settle().await;
    assert_eq!(state(&mut app, "perimeter"), "to do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_looks_and_writes_nothing() {
    let mut app = path().await;
    app.press("!").settle().await.press("down enter").settle().await.shows(&["read-only"]);
    assert_eq!(writes(&app, &perimeter()), 0);
}
