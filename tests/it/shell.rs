//! The loop around the state machine: frames, order, leaving.

use nsp::app::focus::Pane;
use nsp::app::msg::MouseKind;
use nsp::runtime::Left;
use nsp::sim::Named;

use crate::harness::{Harness, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_frame_comes_before_any_answer() {
    let mut app = Setup::new(Named::Estate).start_unsettled().await;
    assert_eq!(app.console().writes, 1);
    assert!(!app.screen().trim().is_empty());
    assert!(!app.screen().contains("Perimeters · 13"));
    app.settle().await;
    assert!(app.screen().contains("Perimeters · 13"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_shows_nothing_new_writes_nothing() {
    let mut app = Setup::new(Named::Empty).start().await;
    let before = app.console().bytes;
    // A key without a meaning.
    app.press("f12").settle().await;
    assert_eq!(app.console().bytes, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_keys_share_a_frame() {
    let mut app = Setup::new(Named::Estate).start().await;
    let before = app.console().writes;
    app.press("j j j").settle().await;
    assert!(app.console().writes > before);
    let chosen = |app: &Harness| app.model().panes.perimeters.selected().map(|p| p.id.clone());
    let there = chosen(&app);
    app.press("k k k").settle().await;
    assert_ne!(chosen(&app), there);
    app.press("j j j").settle().await;
    assert_eq!(chosen(&app), there);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_size_is_survived_and_the_screen_comes_back() {
    // A world whose screen does not change by itself.
    let mut app = Setup::new(Named::Empty).start().await;
    let before = app.screen();
    for (width, height) in [(1, 1), (4, 2), (20, 5), (200, 60), (120, 40)] {
        app.resize(width, height).settle().await;
    }
    assert_eq!(app.screen(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quitting_leaves_at_once() {
    let mut app = Setup::new(Named::Estate).start().await;
    app.press("ctrl-c").settle().await;
    assert_eq!(app.left, Some(Left::Quit));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typed_pasted_and_clicked_are_the_same_program() {
    let mut app = Setup::new(Named::Estate).size(140, 45).start().await;
    app.press("/").type_text("pay").settle().await;
    assert!(app.screen().contains("nsp-payments") && !app.screen().contains("nsp-loadtest"));
    assert!(!app.terminal().hide_cursor(), "a field shows where it stands");
    app.press("ctrl-u").settle().await;
    app.press("esc").settle().await;
    app.press("/").paste("loadtest").settle().await;
    app.press("enter").settle().await;
    assert!(app.screen().contains("nsp-loadtest") && !app.screen().contains("nsp-payments"));
    let rows = app.model().areas().rows(Pane::Main);
    app.mouse(MouseKind::Click, rows.x + 1, rows.y).settle().await;
    assert_eq!(app.model().focus.pane, Pane::Main);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_service_is_told_and_the_rest_lives_on() {
    let mut app = Setup::new(Named::Estate).start_unsettled().await;
    let body = serde_json::json!({ "error": { "code": "AuthorizationFailed", "message": "no" } });
    let action = serde_json::json!({ "status": 403, "body": body });
    let broken = serde_json::json!({ "path": "/resourceAssociations", "action": action });
    app.sim.handle().fault_json(broken).unwrap();
    app.until_shown("Perimeters · 13").await;
    app.settle().await;
    assert!(!app.model().failures().is_empty(), "{}", app.screen());
    app.sim.handle().clear_faults();
    app.press("l tab r").settle().await;
    assert!(std::fs::metadata(app.folder.path().join("journal.jsonl")).is_ok());
}
