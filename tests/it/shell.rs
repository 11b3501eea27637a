//! The loop around the state machine: frames, order, leaving.

use nsp::runtime::Left;
use nsp::sim::Named;

use crate::harness::Setup;

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
    // One for the keys, one for what follows the cursor and its answers at most every 16 ms.
    assert!(app.console().writes > before);
    let shown = app.screen();
    app.press("k k k").settle().await;
    app.press("j j j").settle().await;
    assert_eq!(app.screen(), shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_size_is_survived_and_the_screen_comes_back() {
    let mut app = Setup::new(Named::Estate).start().await;
    let before = app.press("g").settle().await.screen();
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
