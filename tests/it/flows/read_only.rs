//! "I only want to look", until I do not.

use nsp::sim::Named;

use crate::harness::Setup;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_are_off_until_they_are_unlocked() {
    let mut setup = Setup::new(Named::Incident).perimeter("nsp-ai-prod");
    setup.writable = false;
    let mut app = setup.start().await;
    app.press("3").settle().await.shows(&["[READ-ONLY]"]);
    for key in ["n", "e", "d"] {
        app.press(key).settle().await.shows(&["read-only: press ! to unlock"]);
        assert!(app.model().overlays.is_empty(), "{key}");
    }
    app.press("?").settle().await.shows(&["delete the access rule", "read-only: press ! to unlock"]);
    app.press("esc !").settle().await.shows(&["WRITES ON"]).hides(&["[READ-ONLY]"]);
    app.press("d").settle().await.shows(&["Delete access rule"]);
    app.press("esc ! d").settle().await.shows(&["[READ-ONLY]"]).hides(&["Delete access rule"]);
    assert!(app.handle().requests().iter().all(|r| r.method == "GET" || r.path.ends_with("/query")));
}
