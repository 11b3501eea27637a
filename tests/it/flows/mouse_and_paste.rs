//! "I use the mouse, paste, and drag the window."

use nsp::app::msg::MouseKind;
use nsp::sim::Named;
use serde_json::json;

use super::{at_rules, rule, writes};
use crate::harness::Setup;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_click_selects_and_the_wheel_scrolls() {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.until_shown("×").await;
    let (x, y) = app.place("kv-ai-prod");
    app.mouse(MouseKind::Click, x, y).settle().await.shows(&["▌ kv-ai-prod"]);
    let (x, y) = app.place("nsp-payments-prod");
    app.mouse(MouseKind::Click, x, y).settle().await;
    app.shows(&["▌ nsp-payments-prod", "sql-payments"]).hides(&["aoai-prod "]);
    let (x, y) = app.place("Access log");
    app.until_shown("×").await;
    app.mouse(MouseKind::WheelDown, x, y + 3).settle().await.shows(&["PAUSED"]);
    app.mouse(MouseKind::WheelUp, x, y + 3).settle().await.shows(&["following"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paste_never_runs_commands() {
    let mut app = at_rules().await;
    let before = app.screen();
    app.paste("d\nvpn-gateway\n!q").settle().await;
    assert_eq!((app.screen(), app.left), (before, None));

    app.press("/").paste("vpn\nq").settle().await.shows(&["none of 4 rows"]);
    app.press("esc n")
        .type_text("pasted")
        .press("tab tab")
        .paste("203.0.113.44\n203.0.113.45\tq\n")
        .settle()
        .await;
    app.shows(&["New access rule in profile default", "q:"]);
    app.press("ctrl-u").paste("203.0.113.44\n203.0.113.45\n").settle().await.shows(&["2 elements here"]);
    assert_eq!(writes(&app, &rule("pasted")), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_may_shrink_to_nothing_and_come_back() {
    // The log stands still, so that the screen can be compared.
    let silent = json!({"path": "/query", "action": {"gate": true}});
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").fault(silent).start().await;
    app.press("3").settle().await;
    for overlay in ["esc", "?", "n", ":", "d"] {
        app.press(overlay).settle().await;
        let before = app.screen();
        for (width, height) in [(0, 0), (1, 1), (3, 40), (120, 1), (79, 23), (120, 40)] {
            app.resize(width, height).settle().await;
        }
        assert_eq!(app.screen(), before, "{overlay}");
        app.press("esc").settle().await;
    }
}
