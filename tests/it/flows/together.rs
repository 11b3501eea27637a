//! "Set these three at once, and take it all back."

use nsp::sim::Named;
use serde_json::json;

use super::{AI_PROD, denied, writes};
use crate::harness::{Harness, Setup};

/// Ids of the associations of a perimeter whose mode is this one.
fn in_mode(app: &Harness, mode: &str) -> Vec<String> {
    app.handle().edit(|world| {
        let under = format!("{AI_PROD}/resourceAssociations").to_lowercase();
        let all = world.store.values(&under);
        let so = all.into_iter().filter(|body| body["properties"]["accessMode"] == mode);
        so.map(|body| body["id"].as_str().unwrap().to_owned()).collect()
    })
}

/// The three accounts that are in Transition, marked.
async fn marked() -> Harness {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-ai-prod").start().await;
    app.press("1 /").type_text("mode:transition").press("enter").settle().await.shows(&["3 of 7"]);
    app.press("space space space").settle().await.shows(&["3 marked"]);
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marked_resources_change_mode_together_and_back() {
    let mut app = marked().await;
    let before = in_mode(&app, "Learning");
    assert_eq!(before.len(), 3);
    app.press("m").settle().await.shows(&["Access mode of 3 marked resources", "all of them are so already"]);
    app.press("down enter")
        .settle()
        .await
        .shows(&["Set 3 resources to Enforced", "Set aoai-prod to Enforced"]);
    // One word for all of them: the perimeter they are in.
    for _ in 0..40 {
        app.press("down");
    }
    app.settle().await.shows(&["3 writes, one after another", "Type nsp-ai-prod to go on"]);
    app.type_text("nsp-ai-prod").press("enter").settle().await;
    app.until_shown("3 done and read back").await;
    assert!(in_mode(&app, "Learning").is_empty());
    assert!(before.iter().all(|id| writes(&app, id) == 1));

    // Taken back as one, last first.
    app.press("u").settle().await.shows(&["Undo: Set 3 resources to Enforced"]);
    app.press("tab enter").settle().await.until_shown("3 done and read back").await;
    assert_eq!(in_mode(&app, "Learning"), before);
    app.press("5").settle().await.shows(&["Activity · 6", "together with"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_that_is_refused_stops_the_rest() {
    let mut app = marked().await;
    let second = in_mode(&app, "Learning")[1].clone();
    let refusal = denied("Microsoft.Network/networkSecurityPerimeters/resourceAssociations/write", &second);
    app.handle().fault_json(json!({"method": "PUT", "path": second, "action": refusal})).unwrap();
    app.press("m").settle().await;
    app.press("down enter").settle().await;
    app.type_text("nsp-ai-prod").press("enter").settle().await;
    app.until_shown("1 done and read back, 1 failed, 1 not sent").await;
    assert_eq!(in_mode(&app, "Enforced").len(), 1 + 3);
    app.press("5").settle().await.shows(&["not sent", "failed", "done, propagating"]);

    // What was done can be taken back; what was not is left alone.
    app.press("u").settle().await.shows(&["Undo: Set 3 resources to Enforced", "Transition (Learning)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undo_writes_only_over_what_was_written() {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.press("3 d").settle().await;
    let screen = app.screen();
    let name = screen.split("Type ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    app.type_text(&name).press("enter").settle().await.shows(&["done and read back"]);
    let id = super::rule(&name);
    assert_eq!(app.handle().body(&id), None);
    // Somebody makes it again, differently: that is shown, not overwritten.
    super::put_behind(&app, &id, &super::ranges(&["192.0.2.0/24"])).await;
    app.press("u").settle().await.shows(&[&format!("Create access rule {name}")]);
    app.press("tab enter").settle().await.shows(&["It has changed"]);
    assert_eq!(writes(&app, &id), 2, "the deletion, and the write behind our back");
}
