//! "Enforce it, and put it back by yourself if that was wrong."

use std::time::Duration;

use nsp::domain::guard::{End, Record};
use nsp::journal::Journal;
use nsp::sim::Named;

use super::AI_PROD;
use crate::harness::{Harness, Setup};

fn records(app: &Harness) -> Vec<Record> {
    Journal::open(&app.folder.path().join("journal.jsonl")).unwrap().watches().unwrap()
}

fn setup() -> Setup {
    Setup::new(Named::Incident).perimeter("nsp-ai-prod").size(120, 50)
}

/// The question before enforcing one association, with its part of the name filtered.
async fn asked(filter: &str) -> Harness {
    let mut app = setup().start().await;
    app.press("1 /").type_text(filter).press("enter").settle().await;
    app.press("m").settle().await;
    app
}

fn mode(app: &Harness, name: &str) -> String {
    let body = app.handle().body(&format!("{AI_PROD}/resourceAssociations/{name}")).unwrap();
    body["properties"]["accessMode"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_denial_puts_the_old_mode_back_before_anybody_looks() {
    let mut app = asked("srch").await;
    app.shows(&["Switch", "plain: nobody watches", "Type srch-knowledge-prod to go on"]);
    app.press("tab space").settle().await;
    app.shows(&["guarded: watched", "Watch, minutes", "15", "New denials", "put back unless confirmed"]);
    // What is wrong with it is said, and nothing is lost.
    app.press("tab ctrl-u").type_text("0").press("shift-tab shift-tab").settle().await;
    app.type_text("srch-knowledge-prod").press("enter").settle().await;
    app.shows(&["watch for 1 to 1440 minutes"]);
    assert!(records(&app).is_empty());
    app.press("tab tab ctrl-u").type_text("30").press("shift-tab shift-tab enter").settle().await;
    app.until_shown("left (until")
        .await
        .shows(&["then Transition (Learning) is put back", "30 min, 1 new denial"]);
    app.shows(&["GUARD srch-knowledge-prod"]);
    app.until("it converged", |app| app.screen().contains("goes by the new mode")).await;
    // The caller that the rules do not know calls on.
    app.handle().advance(Duration::from_secs(600));
    app.until_shown("Transition (Learning) stands again").await.shows(&["new denial", "It is over"]);
    assert_eq!(mode(&app, "srch-knowledge-prod"), "Learning");
    assert_eq!(records(&app)[0].items[0].end(), Some(&End::PutBack));
    app.press("esc").settle().await.shows(&["Transition  Enabled   rules, firewall"]).hides(&["GUARD srch"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmed_with_a_key_it_stays() {
    let mut app = asked("kv-ai").await;
    app.press("tab space shift-tab").type_text("kv-ai-prod").press("enter").settle().await;
    app.until("it converged", |app| app.screen().contains("goes by the new mode")).await;
    // What is watched over is not changed by the way.
    app.press("esc m").settle().await.shows(&["a guarded switch watches over it"]);
    app.press("q").settle().await.shows(&["NOBODY KEEPS WATCH once this program has left"]);
    app.press("esc V").settle().await.press("K").settle().await;
    app.until_shown("Enforced stands and stays").await;
    assert_eq!(mode(&app, "kv-ai-prod"), "Enforced");
    app.press("K").settle().await.shows(&["this switch is over"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_start_offers_what_was_left() {
    let mut app = asked("kv-ai").await;
    app.press("tab space").type_text("kv-ai-prod").press("enter").settle().await;
    app.until("it converged", |app| app.screen().contains("goes by the new mode")).await;
    let id = records(&app)[0].watch.id.clone();
    // The proxy is another one after a restart, and with it the endpoint.
    let mut app = app.again(setup()).await;
    app.hides(&["NOBODY KEEPS WATCH"]);
    let text = std::fs::read_to_string(app.folder.path().join("journal.jsonl")).unwrap();
    let old = records(&app)[0].watch.endpoint.clone();
    let new = format!("{}/", app.proxy.url());
    std::fs::write(app.folder.path().join("journal.jsonl"), text.replace(&old, &new)).unwrap();
    app.press("V").settle().await;
    app.until_shown("NOBODY KEEPS WATCH: whoever began it has died").await;
    app.shows(&["t takes it over", "GUARD kv-ai-prod: NOBODY KEEPS WATCH"]);
    app.press("B").settle().await;
    app.until_shown("Transition (Learning) stands again (asked for)").await;
    assert_eq!(mode(&app, "kv-ai-prod"), "Learning");
    let record = records(&app).into_iter().find(|record| record.watch.id == id).unwrap();
    assert_eq!(record.items[0].end(), Some(&End::PutBack));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_going_back_gives_nothing_back_nothing_is_promised() {
    let mut setup = Setup::new(Named::Incident).perimeter("nsp-ai-prod").size(120, 50);
    setup.writable = true;
    let mut app = setup.start().await;
    let id = app.handle().body(&format!("{AI_PROD}/resourceAssociations/srch-knowledge-prod")).unwrap();
    let id = id["properties"]["privateLinkResource"]["id"].as_str().unwrap().to_owned();
    app.handle().edit(|world| {
        let mut body = world.store.get(&id).unwrap();
        body["properties"]["publicNetworkAccess"] = serde_json::json!("SecuredByPerimeter");
        world.put_now(&id, &body);
    });
    app.press("1 r").settle().await.press("/").type_text("srch").press("enter").settle().await;
    app.press("m").settle().await;
    app.shows(&["Guarded is not offered for srch-knowledge-prod", "give back NOTHING"]);
    app.hides(&["plain: nobody watches"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wave_goes_one_by_one_and_stops() {
    let mut app = setup().start().await;
    app.press("1 /").type_text("prod").press("enter").settle().await;
    // The vault and the search service are the two in Transition.
    app.press("esc g").settle().await;
    for name in ["kv-ai-prod", "srch-knowledge-prod"] {
        app.press("/").type_text(name).press("enter space esc").settle().await;
    }
    app.press("m").settle().await.shows(&["Access mode of 2 marked resources"]);
    app.press("down enter").settle().await.shows(&["Set 2 resources to Enforced", "plain: nobody watches"]);
    app.press("tab space").settle().await.shows(&["keep if converged and clean"]);
    app.press("shift-tab");
    let name = app.line("to go on:");
    let name = name.split("Type ").nth(1).unwrap().split(" to go on").next().unwrap().to_owned();
    app.type_text(&name).press("enter").settle().await;
    app.until_shown("Wave, one after another").await;
    app.until("the first converged", |app| app.screen().contains("goes by the new mode")).await;
    app.shows(&["not begun"]);
    app.press("B").settle().await;
    app.until_shown("not done: nothing was sent").await.shows(&["stands again (asked for)"]);
    assert_eq!([mode(&app, "kv-ai-prod"), mode(&app, "srch-knowledge-prod")], ["Learning", "Learning"]);
}
