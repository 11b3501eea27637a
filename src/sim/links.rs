//! Links between perimeters, and the references that they leave on the other side.

use serde_json::{Map, Value, json};

use super::body;
use super::governance;
use super::http::{Answer, Reply, Request};
use super::operations::{self, Target};
use super::page::{self, Last};
use super::perimeters;
use super::policy;
use super::world::World;

/// Links or link references of a perimeter.
pub fn list(world: &mut World, request: &Request) -> Reply {
    perimeters::find(world, request)?;
    page::collection(world, request, &request.key(), Last::Empty)
}

/// Creates or replaces a link; its reference appears on the remote perimeter.
pub fn put(world: &mut World, request: &Request) -> Reply {
    let perimeter = perimeters::find(world, request)?;
    policy::name(request.segment(9))?;
    let sent = policy::properties(&policy::body(request)?)?;
    let old = world.store.get(&request.key());
    let id = old.as_ref().map_or_else(|| body::id(request, 10), |o| body::text(o, "/id").to_owned());
    perimeters::settled(old.as_ref())?;
    let remote = remote(world, &sent, &perimeter, old.as_ref())?;
    let local_in = profiles(world, &sent, "localInboundProfiles", &perimeter)?;
    let remote_in = profiles(world, &sent, "remoteInboundProfiles", &remote)?;
    let may = ("Microsoft.Network/networkSecurityPerimeters/links/write", id.as_str());
    let action = "Microsoft.Network/networkSecurityPerimeters/linkPerimeter/action";
    governance::linked(world, may, action, body::text(&remote, "/id"))?;
    let description = sent.get("description").and_then(Value::as_str).unwrap_or("Auto Approved.");
    policy::description(description)?;
    let mut made = body::envelope(&id);
    made.insert(
        "properties".into(),
        json!({
            "provisioningState": "Accepted",
            "autoApprovedRemotePerimeterResourceId": body::text(&remote, "/id"),
            "remotePerimeterGuid": body::text(&remote, "/properties/perimeterGuid"),
            "remotePerimeterLocation": body::text(&remote, "/location"),
            "localInboundProfiles": local_in,
            "localOutboundProfiles": ["*"],
            "remoteInboundProfiles": remote_in,
            "remoteOutboundProfiles": ["*"],
            "status": "Approved",
            "description": description,
        }),
    );
    made.insert("systemData".into(), body::system_data(world, old.as_ref(), "User"));
    let made = Value::Object(made);
    // Traffic learns of it when it settles.
    world.store.put(&id, &made);
    let lasts = world.timing.operation;
    world.settle_later(&id, "Accepted", lasts);
    refer(world, &perimeter, &made);
    Ok(Answer::ok(&made))
}

/// Id of the reference that a link leaves on its remote perimeter.
pub fn reference_id(link: &Value, perimeter: &Value) -> String {
    format!(
        "{}/linkReferences/Ref-from-{}-{}",
        body::text(link, "/properties/autoApprovedRemotePerimeterResourceId"),
        body::text(link, "/name"),
        body::text(perimeter, "/properties/perimeterGuid"),
    )
}

fn refer(world: &mut World, perimeter: &Value, link: &Value) {
    let id = reference_id(link, perimeter);
    let made = reference(world, &id, perimeter, link);
    world.store.put(&id, &made);
    let lasts = world.timing.operation;
    world.settle_later(&id, "Accepted", lasts);
}

/// The reference body for a link: local and remote change sides.
pub fn reference(world: &World, id: &str, perimeter: &Value, link: &Value) -> Value {
    let property = |name: &str| link.pointer(&format!("/properties/{name}")).cloned().unwrap_or_default();
    let mut made = body::envelope(id);
    made.insert(
        "properties".into(),
        json!({
            "provisioningState": "Accepted",
            "remotePerimeterResourceId": body::text(perimeter, "/id"),
            "remotePerimeterGuid": body::text(perimeter, "/properties/perimeterGuid"),
            "remotePerimeterLocation": body::text(perimeter, "/location"),
            "localInboundProfiles": property("remoteInboundProfiles"),
            "localOutboundProfiles": ["*"],
            "remoteInboundProfiles": property("localInboundProfiles"),
            "remoteOutboundProfiles": ["*"],
            "status": property("status"),
            "description": property("description"),
        }),
    );
    made.insert("systemData".into(), body::system_data(world, world.store.get(id).as_ref(), "Application"));
    Value::Object(made)
}

/// Deletes a link; its reference stays behind, disconnected.
pub fn delete(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "networkSecurityPerimeters")?;
    let Some(link) = world.store.get(&request.key()) else { return Ok(Answer::empty(204)) };
    let perimeter = perimeters::find(world, request)?;
    disconnect_reference(world, &link, &perimeter);
    Ok(remove(world, request, link, &perimeter))
}

fn disconnect_reference(world: &mut World, link: &Value, perimeter: &Value) {
    let reference = reference_id(link, perimeter);
    if let Some(mut left) = world.store.get(&reference) {
        body::set(&mut left, "status", "Disconnected");
        world.store.put(&reference, &left);
    }
}

/// The link that a reference belongs to is disconnected by the reference's end.
fn disconnect_link(world: &mut World, reference: &Value) {
    let linking = body::text(reference, "/properties/remotePerimeterResourceId");
    let Some(perimeter) = world.store.get(linking) else { return };
    for mut link in world.store.values(&format!("{linking}/links")) {
        if reference_id(&link, &perimeter).eq_ignore_ascii_case(body::text(reference, "/id")) {
            body::set(&mut link, "status", "Disconnected");
            let id = body::text(&link, "/id").to_owned();
            world.put_now(&id, &link);
        }
    }
}

/// Disconnects everything that is linked with a perimeter that goes.
pub fn disconnect(world: &mut World, perimeter: &Value) {
    let id = body::text(perimeter, "/id");
    for link in world.store.values(&format!("{id}/links")) {
        disconnect_reference(world, &link, perimeter);
    }
    for reference in world.store.values(&format!("{id}/linkReferences")) {
        disconnect_link(world, &reference);
    }
}

/// Deletes a link reference; a link that still points here is disconnected by it.
pub fn delete_reference(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "networkSecurityPerimeters")?;
    let Some(reference) = world.store.get(&request.key()) else { return Ok(Answer::empty(204)) };
    let perimeter = perimeters::find(world, request)?;
    disconnect_link(world, &reference);
    Ok(remove(world, request, reference, &perimeter))
}

/// 202 with a `Location` that is polled until it answers 204.
fn remove(world: &mut World, request: &Request, mut thing: Value, perimeter: &Value) -> Answer {
    let id = body::text(&thing, "/id").to_owned();
    let location = body::text(perimeter, "/location");
    let lasts = world.timing.operation;
    body::set(&mut thing, "provisioningState", "Deleting");
    world.store.put(&id, &thing);
    world.remove_later(&id, lasts);
    let mut running = Map::new();
    body::set(&mut thing, "version", "3");
    for key in ["properties", "name", "id"] {
        running.insert(key.to_owned(), thing.get(key).cloned().unwrap_or_default());
    }
    running.insert("version".into(), 0.into());
    running.insert("apiVersion".into(), "".into());
    running.insert("publishingStates".into(), json!({}));
    let target = Target { resource: &id, location, request, lasts };
    let address = operations::begin_below(world, target, Value::Object(running));
    Answer::empty(202).with("Location", address)
}

fn remote(
    world: &World,
    sent: &Map<String, Value>,
    local: &Value,
    old: Option<&Value>,
) -> Result<Value, Answer> {
    let id = sent.get("autoApprovedRemotePerimeterResourceId").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() {
        return Err(policy::bad(
            "InvalidParameterValue",
            "'properties.autoApprovedRemotePerimeterResourceId' must be the ARM id of the remote perimeter.",
        ));
    }
    let before = old.map(|o| body::text(o, "/properties/autoApprovedRemotePerimeterResourceId"));
    if before.is_some_and(|b| !b.eq_ignore_ascii_case(id)) {
        return Err(policy::bad(
            "InvalidParameterValue",
            "'properties.autoApprovedRemotePerimeterResourceId' of an existing link cannot be changed.",
        ));
    }
    if id.eq_ignore_ascii_case(body::text(local, "/id")) {
        return Err(policy::bad("InvalidParameterValue", "A perimeter cannot be linked with itself."));
    }
    world
        .store
        .get(id)
        .filter(|p| p.pointer("/properties/perimeterGuid").is_some())
        .ok_or_else(|| policy::gone(id))
}

/// Names of profiles that exist in `perimeter`, or `["*"]`.
fn profiles(
    world: &World,
    sent: &Map<String, Value>,
    property: &str,
    perimeter: &Value,
) -> Result<Vec<String>, Answer> {
    let names = policy::strings(sent, property)?;
    let id = body::text(perimeter, "/id");
    for (n, name) in names.iter().enumerate() {
        let unknown = name != "*" && !world.store.contains(&format!("{id}/profiles/{name}"));
        let wildcard_with_others = name == "*" && names.len() > 1;
        let twice = names.iter().take(n).any(|other| other.eq_ignore_ascii_case(name));
        if unknown || wildcard_with_others || twice {
            return Err(policy::bad(
                "InvalidParameterValue",
                format!(
                    "'properties.{property}' must hold '*' alone or different names of profiles of '{id}'; '{name}' does not fit."
                ),
            ));
        }
    }
    Ok(if names.is_empty() { vec!["*".into()] } else { names })
}
