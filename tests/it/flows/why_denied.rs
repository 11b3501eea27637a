//! "Production says 403: who is denied, where, and which rule is missing?"

use nsp::sim::Named;
use serde_json::json;

use super::PROD;
use crate::harness::Setup;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_screen_names_the_denied_caller() {
    let mut app = Setup::new(Named::Incident).start().await;
    app.until_shown("×").await;
    // Perimeter, mode, caller, target and how often, without a key.
    app.shows(&[
        " nsp-ai-prod ",
        "Enforced",
        "Denied (last",
        "203.0.113.44 → aoai-prod",
        "no perimeter rule",
    ]);
    app.shows(&["denied "]);

    // Its rows alone, and one of them in full.
    app.press("l /").type_text("verdict:denied 203.0.113.44").press("enter").settle().await;
    app.hides(&["would deny  in", "allowed    in"]);
    app.press("enter").settle().await;
    app.shows(&[
        "log row",
        "denied (",
        "203.0.113.44",
        "ChatCompletions_Create",
        "none: no rule of the profile",
    ]);

    // No rule lets that address in.
    app.press("3").settle().await.shows(&["198.51.100.0/26", "203.0.113.8/29"]);
    app.press("/").type_text("203.0.113.44").settle().await;
    app.shows(&["none of 4 rows matches the filter (Esc drops it)"]);
    app.press("esc").settle().await.shows(&["prod-subscr"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_smallest_screen_names_the_denied_caller_too() {
    let mut app = Setup::new(Named::Incident).size(80, 24).start().await;
    app.until_shown("denied     in").await;
    app.shows(&[" nsp-ai-prod ", "203.0.113.44"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_perimeter_is_shown_however_the_lists_come_in() {
    let path = format!("/subscriptions/{PROD}/providers/Microsoft.Network/*");
    let last = json!({"path": path, "action": {"gate": true}});
    let mut app = Setup::new(Named::Incident).fault(last.clone()).start_unsettled().await;
    app.until_shown("▌ nsp-ai-dev").await;
    app.handle().clear_faults();
    app.settle().await.shows(&["▌ nsp-ai-prod", " nsp-ai-prod "]);

    // Not once the user has taken over.
    let mut app = Setup::new(Named::Incident).fault(last).start_unsettled().await;
    app.until_shown("▌ nsp-ai-dev").await;
    app.press("enter").until_shown("▌ aoai-dev").await;
    app.handle().clear_faults();
    app.settle().await.shows(&["▌ nsp-ai-dev", "▌ aoai-dev"]);
}
