//! "Enforce the search service, and show me that it works."

use std::time::Duration;

use nsp::journal::{Journal, State};
use nsp::sim::{Named, Timing};

use crate::harness::{Harness, Setup};

fn journal(app: &Harness) -> Journal {
    Journal::open(&app.folder.path().join("journal.jsonl")).unwrap()
}

/// The search service's association selected.
async fn at_search() -> Harness {
    let mut setup = Setup::new(Named::Incident).perimeter("nsp-ai-prod");
    setup.world.timing = Timing { operation: Duration::from_secs(5), ..Timing::INSTANT };
    let mut app = setup.start().await;
    app.press("1 /").type_text("srch").press("enter").settle().await;
    app.shows(&["1 of 4", "Transition  Enabled   rules, firewall"]);
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enforcing_asks_for_the_name_and_the_log_follows() {
    let mut app = at_search().await;
    app.press("l /").type_text("192.0.2.77").press("enter").settle().await;
    app.until_shown("would deny in  192.0.2.77").await.hides(&["denied     in"]);
    app.press("1 m").settle().await;
    app.shows(&["Transition (Learning)", "→ Enforced", "inbound: rules, firewall → rules only"]);
    app.shows(&["Type srch-knowledge-prod to go on", "To get back: set Transition (Learning) again"]);

    // The wrong name does nothing.
    app.type_text("srch-knowledge").press("enter").settle().await;
    app.shows(&["Type srch-knowledge-prod to go on"]);
    assert_eq!(journal(&app).recent(9).unwrap(), []);

    app.type_text("-prod").settle().await.shows(&["Enter does it"]);
    app.press("enter").settle().await;
    app.hides(&["Type srch-knowledge-prod"])
        .shows(&["Enforced    Enabled   rules only", "done and read back"]);
    app.press("5").settle().await;
    app.shows(&["Set srch-knowledge-prod to Enforced", "done, propagating"]);
    let entries = journal(&app).recent(9).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].state, State::Done);
    assert!(entries[0].before.contains("Learning"), "{}", entries[0].before);

    // The same caller is denied from now on, and no longer would be.
    app.handle().advance(Duration::from_secs(1200));
    app.until("the old rows are gone", |app| !app.screen().contains("would deny in")).await;
    app.shows(&["denied     in  192.0.2.77"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giving_up_sends_nothing() {
    let mut app = at_search().await;
    app.press("m").type_text("srch-knowledge-prod").press("esc").settle().await;
    app.hides(&["Type srch-knowledge-prod"]);
    assert!(app.handle().requests().iter().all(|r| r.method != "PUT"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn going_back_to_transition_asks_once() {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.press("1 /").type_text("aoai").press("enter m").settle().await;
    app.shows(&["→ Transition (Learning)", "inbound: rules only → rules, firewall", "▌No"]);
    app.press("enter").settle().await.shows(&["Enforced    Enabled   rules only"]);
    app.press("m tab enter").settle().await;
    app.shows(&["Transition  Enabled   rules, firewall"]);
}
