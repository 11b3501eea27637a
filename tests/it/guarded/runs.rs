//! What becomes of a watch where everything works.

use std::sync::Arc;

use nsp::domain::guard::{AtEnd, Back, End, Heard, Logged, Record, Stage, Wish};
use nsp::guard::{Claim, Report, claim};
use nsp::journal::Journal;

use super::{SEARCH, VAULT, World, silent};

pub fn ends(record: &Record) -> Vec<End> {
    record.items.iter().map(|item| item.end().unwrap().clone()).collect()
}

/// Wishes once the resource agrees.
pub fn wishing(wish: Wish) -> super::Script {
    Arc::new(move |report: &Report, journal: &Journal| {
        let Some(place) = report.record.at() else { return };
        let item = &report.record.items[place];
        if item.stage == Stage::Watching && report.sight.heard == Heard::Agrees && item.wish.is_none() {
            journal.wish(&report.record.watch.id, place, jiff::Timestamp::now(), wish).unwrap();
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_denial_puts_the_old_mode_back() {
    let world = World::new().await;
    let watch = world.watch(&[SEARCH], AtEnd::PutBack).await;
    let life = world.life(None, silent());
    let record = life.live(watch.clone()).await.unwrap();
    assert_eq!(ends(&record), [End::PutBack]);
    assert!(matches!(record.items[0].why, Some(Back::Denials(1..))), "{:?}", record.items[0].why);
    assert_eq!((world.mode(SEARCH).as_str(), world.puts()), ("Learning", 2));
    let reports = life.reports.lock().unwrap();
    let named = reports.iter().any(|r| r.sight.denials.who.iter().any(|d| d.who.contains("192.0.2.77")));
    assert!(named, "who is denied is named");
    let known = world.journal().watch(&watch.id).unwrap().unwrap();
    assert_eq!(known, record, "the journal says the same");
    assert!(matches!(claim(&world.journal(), &watch.id, "x").unwrap(), Claim::Over));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_confirms_and_the_old_mode_comes_back() {
    let world = World::new().await;
    let begun = world.handle().now();
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let record = world.life(None, silent()).live(watch).await.unwrap();
    assert_eq!((ends(&record), record.items[0].why.clone()), (vec![End::PutBack], Some(Back::NotConfirmed)));
    assert_eq!(world.mode(VAULT), "Learning");
    let minutes = world.handle().now().duration_since(begun).as_mins();
    assert!((15..=17).contains(&minutes), "{minutes}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmed_it_stays_and_asked_back_it_goes() {
    for (wish, end, mode) in [(Wish::Keep, End::Kept, "Enforced"), (Wish::Back, End::PutBack, "Learning")] {
        let world = World::new().await;
        let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
        let record = world.life(None, wishing(wish)).live(watch).await.unwrap();
        assert_eq!(ends(&record), [end]);
        assert_eq!(world.mode(VAULT), mode);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_by_itself_needs_evidence() {
    let world = World::new().await;
    let watch = world.watch(&[VAULT], AtEnd::KeepIfClean).await;
    let life = world.life(None, silent());
    let record = life.live(watch).await.unwrap();
    assert_eq!(ends(&record), [End::Kept], "{record:?}");
    assert_eq!(world.mode(VAULT), "Enforced");
    let reports = life.reports.lock().unwrap();
    let last = reports.iter().rev().find(|r| matches!(r.sight.logged, Logged::Read { .. })).unwrap();
    assert!(matches!(last.sight.logged, Logged::Read { newest: Some(_), version: Some(_), complete: true }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_does_not_answer_is_no_evidence() {
    let world = World::new().await;
    let fault = serde_json::json!({"path": "/query", "action": {"status": 403, "body": {"error": {"code": "InsufficientAccessError", "message": "no"}}}});
    world.handle().fault_json(fault).unwrap();
    let watch = world.watch(&[VAULT], AtEnd::KeepIfClean).await;
    let record = world.life(None, silent()).live(watch).await.unwrap();
    assert_eq!(ends(&record), [End::PutBack]);
    let Some(Back::NoEvidence(lack)) = &record.items[0].why else { panic!("{:?}", record.items[0].why) };
    assert!(lack.contains("could not be read"), "{lack}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wave_stops_at_the_first_regression_and_names_the_rest() {
    let world = World::new().await;
    world.set_mode("stragdocsprod", "Learning").await;
    let before = world.puts();
    let watch = world.watch(&[VAULT, SEARCH, "stragdocsprod"], AtEnd::KeepIfClean).await;
    let record = world.life(None, silent()).live(watch).await.unwrap();
    assert_eq!(ends(&record), [End::Kept, End::PutBack, End::NotBegun]);
    let modes = [VAULT, SEARCH, "stragdocsprod"].map(|name| world.mode(name));
    assert_eq!(modes, ["Enforced", "Learning", "Learning"]);
    assert_eq!(world.puts() - before, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_has_changed_is_not_overwritten() {
    let world = Arc::new(World::new().await);
    let inner = Arc::clone(&world);
    // Somebody adds a property while the watch runs.
    let script = Arc::new(move |report: &Report, _: &Journal| {
        if report.sight.heard == Heard::Agrees {
            inner.handle().edit(|world| {
                let id = super::association_id(VAULT);
                let mut body = world.store.get(id.as_str()).unwrap();
                body["properties"]["note"] = serde_json::json!("mine");
                world.put_now(id.as_str(), &body);
            });
        }
    });
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let record = world.life(None, script).live(watch).await.unwrap();
    let Some(End::Overtaken(what)) = record.items[0].end() else { panic!("{record:?}") };
    assert!(what.contains("note"), "{what}");
    assert_eq!((world.mode(VAULT).as_str(), world.puts()), ("Enforced", 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_do_not_watch_the_same() {
    let world = World::new().await;
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let life = world.life(None, silent());
    let (lock, _) = life.guard.begin(watch.clone(), "the dashboard").unwrap();
    match claim(&world.journal(), &watch.id, "nsp guard").unwrap() {
        Claim::Held(who) => assert!(who.starts_with("the dashboard, process "), "{who}"),
        other => panic!("{other:?}"),
    }
    let again = world.watch(&[VAULT], AtEnd::PutBack).await;
    let refused = life.guard.begin(again, "another dashboard").unwrap_err();
    assert!(refused.detail.contains("is pending"), "{refused:?}");
    drop(lock);
    let record = world.take_over(&watch.id, silent()).await.unwrap();
    assert_eq!(ends(&record), [End::NotBegun], "nothing was sent, and nothing is sent");
    assert_eq!(world.puts(), 0);
}
