//! "Was it written or not?" What is not known is said to be so, until somebody has looked.

use nsp::runtime::Left;
use nsp::sim::Named;
use serde_json::json;

use super::{at_rules, rule, writes};
use crate::harness::{Harness, Setup};

/// A rule is written, and neither the answer nor what was written can be read.
async fn lost() -> Harness {
    let mut app = at_rules().await;
    app.fault(
        json!({"method": "PUT", "path": "accessRules/checkout", "action": {"execute": true, "torn": 5}}),
    );
    let body = json!({"error": {"code": "InternalServerError", "message": "An internal error occurred."}});
    // The first reading is the check before the write.
    app.fault(json!({"method": "GET", "path": "accessRules/checkout", "from": 2,
        "action": {"status": 500, "body": body}}));
    app.press("n").type_text("checkout").press("tab tab").type_text("203.0.113.44").press("enter tab enter");
    app.settle().await.shows(&["OUTCOME UNKNOWN"]);
    assert_eq!(writes(&app, &rule("checkout")), 1, "it is not sent again");
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_outcome_is_said_again_at_the_next_start_until_it_is_acknowledged() {
    let mut app = lost().await;
    app.press("5").settle().await.shows(&["Create access rule checkout", "OUTCOME UNKNOWN"]);
    app.handle().clear_faults();

    let again = || Setup::new(Named::Incident).perimeter("nsp-ai-prod");
    let mut app = app.again(again()).await;
    app.shows(&["outcome unknown from an earlier run: Create access rule checkout"]);
    app.press("5").settle().await;
    app.shows(&["OUTCOME UNKNOWN", "Create access rule checkout", "1 unknown from an earlier run"]);
    // Looking shows that it was done.
    app.press("3").settle().await.shows(&["checkout", "203.0.113.44"]);
    app.press("5 a").settle().await.hides(&["1 unknown from an earlier run"]);
    let mut app = app.again(again()).await;
    app.press("5").settle().await.hides(&["unknown"]).shows(&["nothing was written in this session"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_is_made_up_for_by_reading_back() {
    let mut app = at_rules().await;
    app.fault(
        json!({"method": "PUT", "path": "accessRules/checkout", "action": {"execute": true, "torn": 5}}),
    );
    app.press("n").type_text("checkout").press("tab tab").type_text("203.0.113.44").press("enter tab enter");
    app.settle().await.shows(&["done and read back", "Rules of all profiles · 5"]);
    assert_eq!(writes(&app, &rule("checkout")), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_write_to_the_same_rule_waits_its_turn_and_quitting_asks() {
    let mut app = at_rules().await;
    let held = app.fault(json!({"method": "PUT", "path": "vpn-gateway", "action": {"gate": true}}));
    let edit = |app: &mut Harness, range: &str| {
        app.press("e ctrl-u").type_text(range).press("enter tab enter");
    };
    app.press("/").type_text("vpn").press("enter");
    edit(&mut app, "203.0.113.16/29");
    app.until_shown("1 write in flight").await;
    app.handle().reached(held, 1).await;
    app.press("e").until_shown("another write to this resource is in flight").await;

    app.press("q").until_shown("Leave now?").await.shows(&["1 write(s) in flight"]);
    app.press("enter").until("it stays", |app| !app.screen().contains("Leave now?")).await;
    assert_eq!(app.left, None);
    app.handle().release(held);
    app.settle().await.shows(&["203.0.113.16/29"]).hides(&["in flight"]);
    app.press("q").settle().await;
    assert_eq!(app.left, Some(Left::Quit));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_a_write_in_flight_is_remembered() {
    let mut app = at_rules().await;
    let held = app.fault(json!({"method": "PUT", "path": "vpn-gateway", "action": {"gate": true}}));
    app.press("/")
        .type_text("vpn")
        .press("enter e ctrl-u")
        .type_text("203.0.113.16/29")
        .press("enter tab enter");
    app.until_shown("1 write in flight").await;
    app.handle().reached(held, 1).await;
    app.press("q down enter").until("it leaves", |app| app.left.is_some()).await;
    app.handle().release(held);
    let mut app = app.again(Setup::new(Named::Incident)).await;
    app.shows(&["outcome unknown from an earlier run: Change access rule vpn-gateway"]);
}
