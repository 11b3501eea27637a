//! An old mode that the service will not have, a watch that nobody wants any more, and journals that cannot be read or
//! written as they should.

use std::sync::Arc;

use nsp::domain::guard::{AtEnd, End, Event, Stage, Wish};
use nsp::guard::{Claim, Report, claim, forget};
use nsp::journal::Journal;
use serde_json::{Value, json};

use super::runs::{ends, wishing};
use super::{Script, VAULT, World, silent};

/// From the second PUT on: the way back.
fn locked() -> Value {
    let said = json!({"error": {"code": "ScopeLocked", "message": "the scope is locked"}});
    json!({"method": "PUT", "from": 2, "count": 1000, "action": {"status": 409, "body": said}})
}

/// Puts back as soon as it watches, against a lock.
async fn stuck() -> (World, String, Vec<Report>) {
    let world = World::new().await;
    world.handle().fault_json(locked()).unwrap();
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let id = watch.id.clone();
    let life = world.life(None, wishing(Wish::Back));
    let begun = world.handle().now();
    let record = life.live(watch).await.unwrap();
    assert!(record.is_open() && record.is_stuck(), "{record:?}");
    let minutes = world.handle().now().duration_since(begun).as_mins();
    assert!((30..=40).contains(&minutes), "{minutes}");
    let reports = life.reports.lock().unwrap().clone();
    (world, id, reports)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_rollback_ends_with_a_person() {
    let (world, id, reports) = stuck().await;
    assert_eq!(world.mode(VAULT), "Enforced");
    let tries = world.puts() - 1;
    assert!((5..=20).contains(&tries), "{tries} tries in half an hour");
    let told = reports.iter().filter_map(|report| report.record.current());
    let words: Vec<String> = told.map(|item| item.words(&reports[0].record.watch)).collect();
    assert!(words.iter().any(|w| w.contains("IS REFUSED") && w.contains("the scope is locked")), "{words:?}");
    assert!(words.last().unwrap().contains("COULD NOT BE PUT BACK, Enforced stands"), "{words:?}");
    let last = reports.last().unwrap();
    assert!(last.left && last.record.is_stuck());
    // The journal says the same, and the next one does not try for ever, but looks.
    let known = world.journal().watch(&id).unwrap().unwrap();
    assert!(known.is_stuck(), "{known:?}");
    let before = world.puts();
    let again = world.take_over(&id, silent()).await.unwrap();
    assert!(again.is_stuck() && world.puts() == before, "{again:?}");
    // Asked to, it tries again.
    world.handle().clear_faults();
    world.journal().wish(&id, 0, world.handle().now(), Wish::Back).unwrap();
    assert_eq!(ends(&world.take_over(&id, silent()).await.unwrap()), [End::PutBack]);
    assert_eq!(world.mode(VAULT), "Learning");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_back_by_hand_is_seen_and_the_new_mode_can_be_kept() {
    let (world, id, _) = stuck().await;
    world.handle().clear_faults();
    world.set_mode(VAULT, "Learning").await;
    let puts = world.puts();
    assert_eq!(ends(&world.take_over(&id, silent()).await.unwrap()), [End::PutBack]);
    assert_eq!(world.puts(), puts);

    let (world, id, _) = stuck().await;
    world.journal().wish(&id, 0, world.handle().now(), Wish::Keep).unwrap();
    assert_eq!(ends(&world.take_over(&id, silent()).await.unwrap()), [End::Kept]);
    assert_eq!(world.mode(VAULT), "Enforced");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_is_refused_the_new_mode_can_be_kept() {
    let world = World::new().await;
    world.handle().fault_json(locked()).unwrap();
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let script: Script = Arc::new(|report: &Report, journal: &Journal| {
        let Some(item) = report.record.current() else { return };
        let wish = match &item.stage {
            Stage::Watching if item.wish.is_none() => Wish::Back,
            Stage::GoingBack { .. } if item.refused.is_some() && item.wish == Some(Wish::Back) => Wish::Keep,
            _ => return,
        };
        journal.wish(&report.record.watch.id, 0, jiff::Timestamp::now(), wish).unwrap();
    });
    let record = world.life(None, script).live(watch).await.unwrap();
    assert_eq!(ends(&record), [End::Kept]);
    assert_eq!(world.mode(VAULT), "Enforced");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgotten_it_is_over_and_nothing_is_put_back() {
    let (world, id, _) = stuck().await;
    let puts = world.puts();
    let life = world.life(None, silent());
    let record = forget(&life.guard.client, &life.guard.journal, &id, "x").await.unwrap();
    let Some(End::Forgotten(last)) = record.items[0].end() else { panic!("{record:?}") };
    assert_eq!(last, "last read: Enforced", "its endpoint is told with a slash: it is another one");
    assert_eq!((world.mode(VAULT).as_str(), world.puts()), ("Enforced", puts));
    assert_eq!(world.journal().watch(&id).unwrap().unwrap(), record);
    assert!(matches!(claim(&world.journal(), &id, "x").unwrap(), Claim::Over));
    let twice = forget(&life.guard.client, &life.guard.journal, &id, "x").await.unwrap_err();
    assert!(twice.detail.contains("it is over"), "{twice:?}");

    // One that is kept is not forgotten, one of this session is read once more, and a wave ends as a whole.
    let mut watch = world.watch(&[VAULT, super::SEARCH], AtEnd::PutBack).await;
    watch.endpoint = format!("{}/", world.sim.url());
    let (lock, _) = life.guard.begin(watch.clone(), "the dashboard").unwrap();
    let held = forget(&life.guard.client, &life.guard.journal, &watch.id, "x").await.unwrap_err();
    assert!(held.detail.contains("the dashboard, process"), "{held:?}");
    drop(lock);
    let record = forget(&life.guard.client, &life.guard.journal, &watch.id, "x").await.unwrap();
    let said: Vec<&End> = record.items.iter().map(|item| item.end().unwrap()).collect();
    assert!(matches!(said[0], End::Forgotten(last) if last == "read just now: Enforced"), "{said:?}");
    assert!(
        matches!(said[1], End::Forgotten(last) if last == "read just now: Transition (Learning)"),
        "{said:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_association_is_believed_after_a_while_only() {
    let world = Arc::new(World::new().await);
    let inner = Arc::clone(&world);
    let script: Script = Arc::new(move |report: &Report, _: &Journal| {
        if matches!(report.record.current().map(|item| &item.stage), Some(Stage::Watching)) {
            inner.handle().edit(|world| world.store.remove(super::association_id(VAULT).as_str()));
        }
    });
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let life = world.life(None, script);
    let record = life.live(watch).await.unwrap();
    let Some(End::Overtaken(what)) = record.items[0].end() else { panic!("{record:?}") };
    assert!(what.contains("does not exist any more"), "{what}");
    let reports = life.reports.lock().unwrap();
    let doubted =
        |r: &&Report| r.trouble.as_ref().is_some_and(|t| t.status == Some(404)) && r.sight.stands.is_none();
    assert!(reports.iter().any(|r| doubted(&r)), "it was asked again first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_journal_could_not_take_is_entered_later() {
    let world = World::new().await;
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let id = watch.id.clone();
    let path = world.folder.path().join("journal.jsonl");
    let aside = world.folder.path().join("aside");
    let (from, to) = (path.clone(), aside.clone());
    // A folder stands where the journal was, from the first denial of service on until the mode is back.
    let script: Script = Arc::new(move |report: &Report, journal: &Journal| {
        let Some(item) = report.record.current() else {
            if to.exists() && report.trouble.is_some() {
                std::fs::remove_dir(&from).unwrap();
                std::fs::rename(&to, &from).unwrap();
            }
            return;
        };
        if item.stage == Stage::Watching && item.wish.is_none() && !to.exists() {
            journal.wish(&report.record.watch.id, 0, jiff::Timestamp::now(), Wish::Back).unwrap();
        }
        if matches!(item.stage, Stage::GoingBack { .. }) && !to.exists() {
            std::fs::rename(&from, &to).unwrap();
            std::fs::create_dir(&from).unwrap();
        }
    });
    let life = world.life(None, script);
    let record = life.live(watch).await.unwrap();
    assert_eq!(ends(&record), [End::PutBack], "the old mode comes back all the same");
    assert_eq!(world.mode(VAULT), "Learning");
    assert!(!aside.exists());
    assert_eq!(ends(&world.journal().watch(&id).unwrap().unwrap()), [End::PutBack]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_version_has_entered_is_left_alone() {
    let world = World::new().await;
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let life = world.life(None, silent());
    drop(life.guard.begin(watch.clone(), "x").unwrap());
    let path = world.folder.path().join("journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let begun: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let mut strange = begun.clone();
    strange["id"] = json!("strange");
    strange["to"] = json!({"mode": "Other"});
    let event =
        json!({"entry": "watched", "id": watch.id, "item": 0, "at": begun["at"], "what": {"paused": {}}});
    // The tag comes first, as it is written.
    let line = |value: &Value| {
        let entry = value["entry"].clone();
        let mut rest = value.clone();
        rest.as_object_mut().unwrap().remove("entry");
        format!("{{\"entry\":{entry},{}\n", rest.to_string().trim_start_matches('{'))
    };
    std::fs::write(&path, format!("{text}{}{}", line(&event), line(&strange))).unwrap();
    assert!(matches!(claim(&world.journal(), &watch.id, "x").unwrap(), Claim::Newer));
    assert_eq!(world.journal().unreadable_watches().unwrap(), ["strange"]);
    let refused = forget(&life.guard.client, &life.guard.journal, &watch.id, "x").await.unwrap_err();
    assert!(refused.detail.contains("newer version"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torn_lines_and_a_long_journal_lose_no_watch() {
    let world = World::new().await;
    let watch = world.watch(&[VAULT], AtEnd::PutBack).await;
    let path = world.folder.path().join("journal.jsonl");
    let journal = world.journal();
    journal.begin_watch(&watch).unwrap();
    // Others have written ten megabytes since, and the last of them was torn while this one lives.
    let mut text = std::fs::read_to_string(&path).unwrap();
    let noise = format!("{{\"entry\":\"seen\",\"id\":\"x\",\"at\":\"{}\"}}\n", watch.at);
    text.push_str(&noise.repeat((10 << 20) / noise.len()));
    text.push_str("{\"entry\":\"watched\",\"id\":\"");
    std::fs::write(&path, text).unwrap();
    journal.watched(&watch.id, 0, watch.at, &Event::Sending).unwrap();
    let record = world.journal().watch(&watch.id).unwrap().unwrap();
    assert_eq!(record.items[0].stage, Stage::Sending);
    assert!(!record.newer && world.journal().unreadable_watches().unwrap().is_empty());
    assert_eq!(record.items[0].sent.unwrap(), watch.at);
}
