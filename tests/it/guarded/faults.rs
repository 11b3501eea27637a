//! A connection and a service that fail at every single request of a guarded switch.

use nsp::domain::guard::{AtEnd, End};
use serde_json::{Value, json};

use super::{SEARCH, World, silent};

/// Fails the nth request in a way, `count` times in a row from there on.
fn faults(nth: u64, count: u64) -> Vec<(&'static str, Value)> {
    let of = |action: Value| json!({"from": nth, "count": count, "action": action});
    let said = json!({"error": {"code": "ServerBusy", "message": "not now"}});
    vec![
        ("torn before", of(json!({"status": 200, "torn": 0}))),
        ("torn after", of(json!({"status": 200, "torn": 3, "execute": true}))),
        ("503 and done", of(json!({"status": 503, "body": said, "execute": true}))),
        ("503 and not done", of(json!({"status": 503, "body": said}))),
        ("500", of(json!({"status": 500, "raw": ""}))),
        ("429", of(json!({"status": 429, "body": said, "headers": {"retry-after": "1"}}))),
        ("403", of(json!({"status": 403, "body": said}))),
        ("401", of(json!({"status": 401, "body": said}))),
        (
            "404",
            of(
                json!({"status": 404, "body": {"error": {"code": "ResourceNotFound", "message": "not there"}}}),
            ),
        ),
        ("409", of(json!({"status": 409, "body": {"error": {"code": "ScopeLocked", "message": "locked"}}}))),
        ("412", of(json!({"status": 412, "body": said}))),
        ("no JSON", of(json!({"status": 200, "raw": "<html>", "execute": true}))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_fails_in_every_way() {
    let kinds = faults(1, 1).len();
    every_request((0..kinds).map(|kind| (kind, 1))).await;
}

/// What goes on for longer than a request is repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_fails_for_long() {
    every_request([(1, 6), (3, 6), (6, 6), (9, 6)].into_iter()).await;
}

async fn every_request(ways: impl Iterator<Item = (usize, u64)>) {
    let world = World::new().await;
    for (kind, count) in ways {
        for nth in 1.. {
            if world.mode(SEARCH) != "Learning" {
                world.handle().clear_faults();
                world.set_mode(SEARCH, "Learning").await;
            }
            let watch = world.watch(&[SEARCH], AtEnd::PutBack).await;
            let id = watch.id.clone();
            let (name, fault) = faults(nth, count).swap_remove(kind);
            let fault = world.handle().fault_json(fault).unwrap();
            let lived = world.life(None, silent()).live(watch).await.unwrap();
            let fired = world.handle().edit(|world| world.faults.fired(fault).map_or(0, |f| *f.borrow()));
            world.handle().clear_faults();
            let tell = format!("{name} x{count} from request {nth} on");
            let end = lived.items[0].end().unwrap();
            let mode = world.mode(SEARCH);
            match end {
                End::PutBack | End::NotSwitched(_) => assert_eq!(mode, "Learning", "{tell}: {end:?}"),
                End::Kept | End::Overtaken(_) | End::NotBegun | End::Forgotten(_) => {
                    panic!("{tell}: {end:?}, {mode}")
                }
            }
            let known = world.journal().watch(&id).unwrap().unwrap();
            assert_eq!(known.items[0].end(), Some(end), "{tell}");
            if fired == 0 {
                assert!(nth > 8, "{tell}: only {nth} requests");
                break;
            }
        }
    }
}
