//! Long-running operations: their status documents and signed-looking addresses.
//!
//! Perimeter and association operations have an `Azure-AsyncOperation` document; link and link
//! reference deletions have a `Location` that answers 202 with a body and in the end 204.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock;
use super::http::{Answer, Reply, Request};
use super::policy;
use super::world::World;

/// Operations that are kept; older ones are forgotten, as the service does.
const KEPT: usize = 2_000;

/// One operation.
#[derive(Debug, Clone)]
struct Operation {
    /// `Creating`, `Updating` or `Deleting`.
    verb: &'static str,
    /// ARM id of the thing.
    resource: String,
    started: Timestamp,
    ends: Timestamp,
    /// What polling shows while running (`Location` form only).
    running: Option<Value>,
}

/// All operations, by lower-case id.
#[derive(Debug, Default)]
pub struct Operations {
    by_id: BTreeMap<String, Operation>,
    order: VecDeque<String>,
}

impl Operations {
    fn add(&mut self, id: &str, operation: Operation) {
        let id = id.to_lowercase();
        if self.by_id.insert(id.clone(), operation).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > KEPT
            && let Some(old) = self.order.pop_front()
        {
            self.by_id.remove(&old);
        }
    }
}

/// Begins an operation that has a status document and gives the document's address.
pub fn begin(world: &mut World, id: &str, verb: &'static str, target: Target<'_>) -> String {
    let started = world.now();
    let ends = clock::add(started, target.lasts);
    let resource = target.resource.to_owned();
    world.operations.add(id, Operation { verb, resource, started, ends, running: None });
    address(world, id, &target)
}

/// What an operation works on.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// ARM id of the thing.
    pub resource: &'a str,
    /// Region of the perimeter.
    pub location: &'a str,
    /// The request that asked for it: its host and api-version are those of the address.
    pub request: &'a Request,
    /// How long it takes.
    pub lasts: Duration,
}

/// Address of a status document, with a signature that is new each time.
pub fn address(world: &mut World, id: &str, target: &Target<'_>) -> String {
    let subscription = target.resource.split('/').nth(2).unwrap_or_default();
    let path = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{}/networkSecurityPerimeterOperationStatuses/{id}",
        target.location
    );
    signed(world, &path, target.request)
}

/// Begins an operation that is polled at a `Location` below the thing itself.
pub fn begin_below(world: &mut World, target: Target<'_>, running: Value) -> String {
    let id = world.random.guid();
    let started = world.now();
    let ends = clock::add(started, target.lasts);
    let resource = target.resource.to_owned();
    world
        .operations
        .add(&id, Operation { verb: "Deleting", resource, started, ends, running: Some(running) });
    signed(world, &format!("{}/operationResults/{id}", target.resource), target.request)
}

/// Begins an update of a Cognitive Services account and gives the address of its status document, in the
/// form and with the api-version that were recorded.
pub fn begin_account(world: &mut World, target: Target<'_>) -> String {
    let id = world.random.guid();
    let started = world.now();
    let ends = clock::add(started, target.lasts);
    let resource = target.resource.to_owned();
    world.operations.add(&id, Operation { verb: "Updating", resource, started, ends, running: None });
    let subscription = target.resource.split('/').nth(2).unwrap_or_default();
    format!(
        "{}/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{}/operationResults/{id}?api-version=2017-04-18",
        target.request.base, target.location
    )
}

/// There is, or was, an operation with this id.
pub fn knows(world: &World, id: &str) -> bool {
    world.operations.by_id.contains_key(&id.to_lowercase())
}

/// `GET .../Microsoft.CognitiveServices/locations/{location}/operationResults/{operationId}`
pub fn account_status(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    let id = request.segment(7);
    let Some(operation) = world.operations.by_id.get(&id.to_lowercase()) else {
        return Err(policy::gone(&request.path()));
    };
    let done = world.now() >= operation.ends;
    let mut body = json!({
        "id": request.path(),
        "name": id,
        "status": if done { "Succeeded" } else { operation.verb },
        "startTime": clock::iso(operation.started),
    });
    if let Some(map) = body.as_object_mut().filter(|_| done) {
        map.insert("endTime".into(), clock::iso(operation.ends).into());
    }
    Ok(Answer::ok(&body))
}

fn signed(world: &mut World, path: &str, request: &Request) -> String {
    let api_version = request.query("api-version").unwrap_or_default();
    let ticks = world.now().as_millisecond() * 10_000 + 621_355_968_000_000_000;
    let (c, s, h) = (world.random.token(1_400), world.random.token(342), world.random.token(43));
    format!("{}{path}?api-version={api_version}&t={ticks}&c={c}&s={s}&h={h}", request.base)
}

/// `GET .../networkSecurityPerimeterOperationStatuses/{operationId}`
pub fn status(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "locations/networkSecurityPerimeterOperationStatuses")?;
    let id = request.segment(7);
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Network/locations/{}/networkSecurityPerimeterOperationStatuses/{id}",
        request.segment(1),
        request.segment(5)
    );
    let Some(operation) = world.operations.by_id.get(&id.to_lowercase()) else {
        return Err(policy::gone(&path));
    };
    let done = world.now() >= operation.ends;
    let mut body = json!({
        "name": id,
        "id": path,
        "status": if done { "Succeeded" } else { operation.verb },
        "startTime": clock::iso(operation.started),
    });
    if let Some(map) = body.as_object_mut() {
        if done {
            map.insert("endTime".into(), clock::iso(operation.ends).into());
        }
        map.insert("properties".into(), json!({"resourceId": operation.resource}));
    }
    Ok(Answer::ok(&body))
}

/// `GET {link}/operationResults/{operationId}`
pub fn result(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "networkSecurityPerimeters")?;
    let id = request.segment(11).to_lowercase();
    let Some(operation) = world.operations.by_id.get(&id) else {
        return Err(policy::gone(&request.path()));
    };
    if world.now() >= operation.ends {
        return Ok(Answer::empty(204));
    }
    let body = operation.running.clone().unwrap_or_else(|| json!({}));
    let path = format!("{}/operationResults/{id}", operation.resource);
    let again = signed(world, &path, request);
    Ok(Answer::json(202, &body).with("Location", again))
}
