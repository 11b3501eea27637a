//! "I edit a rule, and somebody else has been there meanwhile."

use serde_json::json;

use super::{at_rules, delete_behind, put_behind, ranges, rule, writes};
use crate::harness::Harness;

const MINE: &str = "203.0.113.16/29";
const THEIRS: &str = "198.51.100.128/25";

/// The rule `vpn-gateway` in the form, with another range typed and confirmed while somebody else changes it.
async fn crossed() -> Harness {
    let mut app = at_rules().await;
    app.press("/").type_text("vpn").press("enter e ctrl-u").type_text(MINE).press("enter").settle().await;
    app.shows(&["Change access rule vpn-gateway", "203.0.113.8/29", "→ 203.0.113.16/29"]);
    put_behind(&app, &rule("vpn-gateway"), &ranges(&[THEIRS])).await;
    app.press("tab enter").settle().await;
    app.shows(&["It has changed", "was not sent: someone changed it since you saw it"]);
    app.shows(&["203.0.113.8/29 → 198.51.100.128/25"]);
    assert_eq!(writes(&app, &rule("vpn-gateway")), 1, "only theirs");
    app
}

fn stands(app: &Harness) -> serde_json::Value {
    app.handle().body(&rule("vpn-gateway")).unwrap()["properties"]["addressPrefixes"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_theirs_is_the_default() {
    let mut app = crossed().await;
    app.press("enter").settle().await.hides(&["It has changed"]).shows(&[THEIRS]);
    assert_eq!(stands(&app), json!([THEIRS]));
    app.press("5").settle().await.shows(&["not sent: changed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mine_over_theirs_is_shown_before_it_is_sent() {
    let mut app = crossed().await;
    app.press("down enter").settle().await;
    app.shows(&["Change access rule vpn-gateway", THEIRS, "→ 203.0.113.16/29", "▌No"]);
    assert_eq!(stands(&app), json!([THEIRS]));
    app.press("tab enter").settle().await.shows(&["done and read back", MINE]);
    assert_eq!(stands(&app), json!([MINE]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn editing_again_starts_from_theirs() {
    let mut app = crossed().await;
    app.press("down down enter").settle().await;
    app.shows(&["Edit access rule vpn-gateway in profile default", THEIRS]);
    app.press("end").type_text(&format!(", {MINE}")).press("enter tab enter").settle().await;
    app.shows(&["done and read back"]);
    assert_eq!(stands(&app), json!([THEIRS, MINE]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_meanwhile_can_be_made_again() {
    let mut app = at_rules().await;
    app.press("/").type_text("vpn").press("enter e ctrl-u").type_text(MINE).press("enter").settle().await;
    delete_behind(&app, &rule("vpn-gateway")).await;
    app.press("tab enter").settle().await;
    app.shows(&["It has changed", "was not sent: vpn-gateway is gone"]);
    app.press("down enter").settle().await.shows(&["Create access rule vpn-gateway", "▌No"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    assert_eq!(stands(&app), json!([MINE]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_created_meanwhile_is_not_overwritten() {
    let mut app = at_rules().await;
    app.press("n").type_text("checkout").press("tab tab").type_text(MINE).press("enter").settle().await;
    put_behind(&app, &rule("checkout"), &ranges(&[THEIRS])).await;
    app.press("tab enter").settle().await;
    app.shows(&["It has changed", "– → 198.51.100.128/25"]);
    assert_eq!(writes(&app, &rule("checkout")), 1, "only theirs");
    app.press("down enter").settle().await.shows(&["Change access rule checkout", THEIRS, MINE]);
    app.press("esc").settle().await;
    let stands = app.handle().body(&rule("checkout")).unwrap();
    assert_eq!(stands["properties"]["addressPrefixes"], json!([THEIRS]));
}
