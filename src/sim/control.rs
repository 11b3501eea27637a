//! `/_sim/`: the simulator's own controls, for people and tests outside the process. No sign-in is asked for.

use std::time::Duration;

use serde_json::{Value, json};

use super::clock;
use super::fault::Fault;
use super::http::{Answer, Method, Request};
use super::logs;
use super::paas;
use super::world::World;

/// Answers a request below `/_sim/`.
pub fn answer(world: &mut World, request: &Request) -> Answer {
    let lower: Vec<&str> = request.lower.iter().skip(1).map(String::as_str).collect();
    match (request.method, lower.as_slice()) {
        (Method::Get, ["requests"]) => requests(world, request),
        (Method::Delete, ["requests"]) => {
            world.requests.clear();
            Answer::empty(204)
        }
        (Method::Get, ["faults"]) => Answer::ok(&json!({"value": world.faults.shown()})),
        (Method::Post, ["faults"]) => add_fault(world, &request.body),
        (Method::Delete, ["faults"]) => {
            world.faults.clear();
            Answer::empty(204)
        }
        (Method::Delete, ["faults", id]) => found(id.parse().is_ok_and(|id| world.faults.remove(id))),
        (Method::Post, ["faults", id, "release"]) => {
            found(id.parse().is_ok_and(|id| world.faults.release(id)))
        }
        (Method::Put, ["governance"]) => set_governance(world, &request.body),
        (Method::Post, ["advance"]) => advance(world, &request.body),
        (Method::Post, ["paas"]) => lag(world, &request.body),
        (Method::Get, ["clock"]) => Answer::ok(&now(world)),
        (Method::Get, ["truth"]) => Answer::ok(&logs::truth(world)),
        _ => Answer::error(404, "NotFound", "There is no such control of the simulator."),
    }
}

fn found(found: bool) -> Answer {
    if found {
        Answer::empty(204)
    } else {
        Answer::error(404, "NotFound", "There is no such fault, or no such resource in a perimeter.")
    }
}

/// `GET /_sim/requests`, with `path=` to see only some.
fn requests(world: &World, request: &Request) -> Answer {
    let part = request.query("path").unwrap_or_default().to_lowercase();
    let seen: Vec<Value> = world
        .requests
        .seen()
        .filter(|s| s.path.to_lowercase().contains(&part))
        .filter_map(|s| serde_json::to_value(s).ok())
        .collect();
    Answer::ok(&json!({"total": world.requests.total(), "value": seen}))
}

fn add_fault(world: &mut World, body: &[u8]) -> Answer {
    match serde_json::from_slice::<Fault>(body) {
        Ok(fault) => Answer::json(201, &json!({"id": world.faults.add(fault)})),
        Err(error) => Answer::error(400, "InvalidFault", error.to_string()),
    }
}

/// `PUT /_sim/governance`: other policies and locks than those of the scenario.
fn set_governance(world: &mut World, body: &[u8]) -> Answer {
    match serde_json::from_slice(body) {
        Ok(governance) => {
            world.tenant.governance = governance;
            Answer::empty(204)
        }
        Err(error) => Answer::error(400, "InvalidGovernance", error.to_string()),
    }
}

fn advance(world: &mut World, body: &[u8]) -> Answer {
    let seconds = serde_json::from_slice::<Value>(body).ok().and_then(|v| v.get("seconds")?.as_f64());
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(by)) => {
            world.clock.advance(by);
            world.tick();
            Answer::ok(&now(world))
        }
        _ => Answer::error(400, "InvalidAdvance", "The body must be {\"seconds\": n} with n not negative."),
    }
}

/// `POST /_sim/paas`: a resource is to lag behind its perimeter, or to report issues.
fn lag(world: &mut World, body: &[u8]) -> Answer {
    match serde_json::from_slice(body) {
        Ok(wish) => found(paas::wish(world, wish)),
        Err(error) => Answer::error(400, "InvalidWish", error.to_string()),
    }
}

fn now(world: &World) -> Value {
    json!({
        "now": world.now_text(),
        "started": clock::iso(world.clock.started()),
        "advancedSeconds": world.clock.offset().as_secs_f64(),
    })
}
