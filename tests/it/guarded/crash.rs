//! A process that dies at every single step of a guarded switch: before and after each entry in the journal, each
//! request, each answer and each wait. Whoever comes next finishes the job.

use std::sync::Arc;

use nsp::domain::guard::{AtEnd, End, Record, Wish};

use super::runs::wishing;
use super::{Death, SEARCH, Script, VAULT, World, silent};

/// What must hold however it went: one of the two modes stands, and the journal says which.
fn check(world: &World, name: &str, record: &Record, tell: &str) {
    assert!(!record.is_open(), "{tell}: {record:?}");
    let end = record.items[0].end().unwrap();
    let mode = world.mode(name);
    let wanted = match end {
        End::Kept => "Enforced",
        End::PutBack | End::NotSwitched(_) | End::NotBegun => "Learning",
        End::Overtaken(what) | End::Forgotten(what) => panic!("{tell}: nobody else was there: {what}"),
    };
    assert_eq!(mode, wanted, "{tell}: {end:?}");
    let known = world.journal().watch(&record.watch.id).unwrap().unwrap();
    assert_eq!(known.items[0].end(), Some(end), "{tell}: the journal says the same");
    let locks = std::fs::read_dir(world.folder.path()).unwrap();
    let locks = locks.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|e| e == "lock"));
    assert_eq!(locks.count(), 0, "{tell}: a lock is left");
}

/// Dies at point after point, until one life sees the end by itself. Gives how many deaths there were.
async fn every_point(name: &str, at_end: AtEnd, script: fn() -> Script, death: Death) -> usize {
    let world = World::new().await;
    for point in 1.. {
        if world.mode(name) != "Learning" {
            world.set_mode(name, "Learning").await;
        }
        world.handle().clear_requests();
        let watch = world.watch(&[name], at_end).await;
        let id = watch.id.clone();
        let life = world.life(Some((point, death)), script());
        let lived = life.live(watch).await;
        let tell = format!("{name}, death {death:?} at point {point}");
        let forward = world.puts();
        assert!(forward <= 2, "{tell}: {forward} writes");
        match lived {
            Some(record) => {
                check(&world, name, &record, &tell);
                if life.passed() < point {
                    return point - 1;
                }
            }
            None => match world.take_over(&id, script()).await {
                Some(record) => check(&world, name, &record, &tell),
                // It died before the first entry, or after the last.
                None => match world.journal().watch(&id).unwrap() {
                    Some(record) => check(&world, name, &record, &tell),
                    None => assert_eq!((world.mode(name).as_str(), world.puts()), ("Learning", 0), "{tell}"),
                },
            },
        }
        assert!(world.puts() <= 3, "{tell}: {} writes", world.puts());
        assert!(point < 1000, "it never ends");
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn death_at_every_step_of_a_rollback_after_a_denial() {
    for death in [Death::AtOnce, Death::AtTheNextWait] {
        let deaths = every_point(SEARCH, AtEnd::PutBack, silent, death).await;
        assert!(deaths > 20, "{deaths} points");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn death_at_every_step_of_a_rollback_for_want_of_a_word() {
    let deaths = every_point(VAULT, AtEnd::PutBack, silent, Death::AtOnce).await;
    assert!(deaths > 20, "{deaths} points");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn death_at_every_step_of_a_switch_that_stays() {
    for script in [(|| wishing(Wish::Keep)) as fn() -> Script, || wishing(Wish::Back)] {
        let deaths = every_point(VAULT, AtEnd::PutBack, script, Death::AtOnce).await;
        assert!(deaths > 15, "{deaths} points");
    }
    let deaths = every_point(VAULT, AtEnd::KeepIfClean, silent, Death::AtOnce).await;
    assert!(deaths > 20, "{deaths} points");
}

/// The second one dies too, at every point, and a third one finishes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn death_at_every_step_of_whoever_takes_over() {
    let world = World::new().await;
    for point in 1.. {
        if world.mode(SEARCH) != "Learning" {
            world.set_mode(SEARCH, "Learning").await;
        }
        let watch = world.watch(&[SEARCH], AtEnd::PutBack).await;
        let id = watch.id.clone();
        // The first one dies with the new mode on its way.
        let first = world.life(
            None,
            Arc::new(|report, _| {
                let step = report.write.as_ref().filter(|sent| !sent.back).map(|sent| &sent.state);
                let sending = matches!(step, Some(Err(nsp::domain::Step::ReadingBack)));
                if sending {
                    std::panic::resume_unwind(Box::new("dead"));
                }
            }),
        );
        assert!(first.live(watch).await.is_none());
        assert_eq!(world.mode(SEARCH), "Enforced");
        let second = world.life(Some((point, Death::AtOnce)), silent());
        let claimed = nsp::guard::claim(&second.guard.journal, &id, "the second").unwrap();
        let nsp::guard::Claim::Mine(lock, record) = claimed else { panic!("{claimed:?}") };
        let run = std::panic::AssertUnwindSafe(second.guard.run(lock, *record, false));
        let lived = futures::FutureExt::catch_unwind(run).await.ok();
        let tell = format!("the second dies at {point}");
        if let Some(record) = lived {
            check(&world, SEARCH, &record, &tell);
            assert!(point > 10, "{point} points");
            return;
        }
        world.take_over(&id, silent()).await;
        let record = world.journal().watch(&id).unwrap().unwrap();
        check(&world, SEARCH, &record, &tell);
    }
}
