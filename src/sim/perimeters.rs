//! Perimeters and their profiles.

use serde_json::{Map, Value, json};

use super::body::{self, PERIMETER};
use super::changes;
use super::http::{Answer, Method, Reply, Request};
use super::links;
use super::operations::{self, Target};
use super::paas;
use super::page::{self, Last};
use super::policy;
use super::sinks;
use super::world::World;

const KIND: &str = "networkSecurityPerimeters";
/// Type of perimeters as the store's index knows it.
pub const TOP: &str = "microsoft.network/networksecurityperimeters";

/// Checks the api-version and gives the perimeter that the path names.
pub fn find(world: &World, request: &Request) -> Result<Value, Answer> {
    policy::network_version(request, KIND)?;
    let id = body::id(request, PERIMETER);
    let perimeter = world.store.get(&id).ok_or_else(|| policy::gone(&id))?;
    if matches!(request.method, Method::Put | Method::Patch) {
        settled(Some(&perimeter))?;
    }
    Ok(perimeter)
}

/// Refuses to change what is being deleted.
pub fn settled(old: Option<&Value>) -> Result<(), Answer> {
    match old.filter(|o| body::text(o, "/properties/provisioningState") == "Deleting") {
        Some(old) => Err(policy::conflict(
            "AnotherOperationInProgress",
            format!("Resource '{}' is being deleted.", body::text(old, "/id")),
        )),
        None => Ok(()),
    }
}

/// Perimeters of a subscription.
pub fn list_subscription(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, KIND)?;
    let items = world.store.in_subscription(request.segment(1), TOP);
    page::list(request, items, Last::EmptyAfterFirst)
}

/// Perimeters of a resource group.
pub fn list_group(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, KIND)?;
    page::collection(world, request, &request.key(), Last::EmptyAfterFirst)
}

/// One perimeter.
pub fn get(world: &mut World, request: &Request) -> Reply {
    find(world, request).map(|p| Answer::ok(&p))
}

/// Creates or replaces a perimeter: 200 also when it is new, as recorded.
pub fn put(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, KIND)?;
    policy::name(request.segment(7))?;
    let sent = policy::body(request)?;
    let old = world.store.get(&request.key());
    settled(old.as_ref())?;
    let location = location(&sent, old.as_ref())?;
    if old.is_none() {
        room(world, request.segment(1))?;
    }
    let id = old.as_ref().map_or_else(|| body::id(request, PERIMETER), |o| body::text(o, "/id").to_owned());
    let guid = match &old {
        Some(old) => body::text(old, "/properties/perimeterGuid").to_owned(),
        None => world.random.guid(),
    };
    let made = json!({
        "name": body::name(&id),
        "id": id,
        "location": location,
        "type": body::kind(&id),
        "tags": tags(&sent)?,
        "etag": "",
        "properties": {"perimeterGuid": guid, "provisioningState": "Succeeded"},
        "systemData": body::system_data(world, old.as_ref(), "User"),
    });
    world.put_now(&id, &made);
    if old.is_none() {
        sinks::revive(world, &id);
        changes::logging(world, &id);
    }
    Ok(Answer::ok(&made))
}

/// Perimeters that a subscription holds. Source: limits page of the NSP documentation.
const PERIMETERS: usize = 100;

fn room(world: &World, subscription: &str) -> Result<(), Answer> {
    if world.store.in_subscription(subscription, TOP).count() < PERIMETERS {
        return Ok(());
    }
    Err(policy::conflict(
        "QuotaExceeded",
        format!(
            "Subscription '{subscription}' already has {PERIMETERS} network security perimeters, the most that it can have."
        ),
    ))
}

fn location(sent: &Map<String, Value>, old: Option<&Value>) -> Result<String, Answer> {
    let Some(location) = sent.get("location").and_then(Value::as_str).filter(|l| !l.is_empty()) else {
        return Err(policy::bad(
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    let location = location.replace(' ', "").to_lowercase();
    let present = old.map(|o| body::text(o, "/location").to_owned());
    match present {
        Some(present) if present != location => Err(policy::conflict(
            "InvalidResourceLocation",
            format!(
                "The resource already exists in location '{present}'. A resource with the same name cannot be created in location '{location}'."
            ),
        )),
        _ => Ok(location),
    }
}

fn tags(sent: &Map<String, Value>) -> Result<Value, Answer> {
    match sent.get("tags") {
        None | Some(Value::Null) => Ok(json!({})),
        Some(Value::Object(tags)) if tags.values().all(Value::is_string) => Ok(Value::Object(tags.clone())),
        Some(_) => Err(policy::bad("InvalidRequestFormat", "'tags' must be an object of strings.")),
    }
}

/// Changes the tags; all else is ignored.
pub fn patch(world: &mut World, request: &Request) -> Reply {
    let mut perimeter = find(world, request)?;
    let sent = policy::body(request)?;
    let system = body::system_data(world, Some(&perimeter), "User");
    if let Some(map) = perimeter.as_object_mut() {
        if sent.contains_key("tags") {
            map.insert("tags".into(), tags(&sent)?);
        }
        map.insert("systemData".into(), system);
    }
    let id = body::text(&perimeter, "/id").to_owned();
    world.put_now(&id, &perimeter);
    Ok(Answer::ok(&perimeter))
}

/// Deletes a perimeter: 202 with a status document, 204 when it is not there.
pub fn delete(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, KIND)?;
    let Some(mut perimeter) = world.store.get(&request.key()) else { return Ok(Answer::empty(204)) };
    let id = body::text(&perimeter, "/id").to_owned();
    let forced = request.query("forceDeletion").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let inside: Vec<&str> = ["resourceAssociations", "links", "linkReferences"]
        .into_iter()
        .filter(|kind| world.store.count(&format!("{id}/{kind}")) > 0)
        .collect();
    if !forced && !inside.is_empty() {
        return Err(policy::conflict(
            "NetworkSecurityPerimeterNotEmpty",
            format!(
                "Perimeter '{id}' cannot be deleted while it has {}. Remove them first, or set forceDeletion to true.",
                inside.join(", ")
            ),
        ));
    }
    links::disconnect(world, &perimeter);
    let guid = body::text(&perimeter, "/properties/perimeterGuid").to_owned();
    let location = body::text(&perimeter, "/location").to_owned();
    let lasts = world.timing.operation / 4;
    body::set(&mut perimeter, "provisioningState", "Deleting");
    world.store.put(&id, &perimeter);
    world.remove_later(&id, lasts);
    let target = Target { resource: &id, location: &location, request, lasts };
    let status = operations::begin(world, &guid, "Deleting", target);
    let again = operations::address(world, &guid, &target);
    Ok(Answer::empty(202).with("Azure-AsyncOperation", status).with("Location", again))
}

/// Profiles of a perimeter.
pub fn profiles(world: &mut World, request: &Request) -> Reply {
    find(world, request)?;
    page::collection(world, request, &request.key(), Last::Empty)
}

/// One thing below a perimeter, whatever its kind.
pub fn child(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, KIND)?;
    match world.store.text(&request.key()) {
        Some(text) => Ok(Answer::text(200, text.to_owned())),
        None => Err(policy::gone(&body::id(request, request.segments.len()))),
    }
}

/// Creates or replaces a profile; nothing in it is settable.
pub fn put_profile(world: &mut World, request: &Request) -> Reply {
    let perimeter = find(world, request)?;
    policy::name(request.segment(9))?;
    policy::body(request)?;
    let old = world.store.get(&request.key());
    let id = old.as_ref().map_or_else(|| body::id(request, 10), |o| body::text(o, "/id").to_owned());
    let version = |key: &str| {
        old.as_ref().map_or("0".into(), |o| body::text(o, &format!("/properties/{key}")).to_owned())
    };
    let mut made = body::envelope(&id);
    made.insert(
        "properties".into(),
        json!({
            "accessRulesVersion": version("accessRulesVersion"),
            "diagnosticSettingsVersion": version("diagnosticSettingsVersion"),
        }),
    );
    made.insert("location".into(), body::text(&perimeter, "/location").into());
    made.insert("systemData".into(), body::system_data(world, old.as_ref(), "User"));
    let made = Value::Object(made);
    world.put_now(&id, &made);
    Ok(Answer::ok(&made))
}

/// Deletes a profile, unless an association uses it.
pub fn delete_profile(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, KIND)?;
    let key = request.key();
    if !world.store.contains(&key) {
        return Ok(Answer::empty(204));
    }
    let associations = format!("{}/resourceAssociations", body::id(request, PERIMETER));
    let user = world
        .store
        .values(&associations)
        .into_iter()
        .find(|a| body::text(a, "/properties/profile/id").to_lowercase() == key);
    if let Some(user) = user {
        return Err(policy::conflict(
            "NspProfileInUse",
            format!(
                "Profile '{}' cannot be deleted while association '{}' uses it.",
                body::id(request, 10),
                body::text(&user, "/id")
            ),
        ));
    }
    world.remove_now(&key);
    Ok(Answer::empty(200))
}

/// `reconcile` of a rule or an association: the resources concerned hear again what the perimeter says.
pub fn reconcile(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, KIND)?;
    policy::body(request)?;
    let id = body::id(request, request.segments.len().saturating_sub(1));
    if !world.store.contains(&id) {
        return Err(policy::gone(&id));
    }
    paas::publish(world, request);
    Ok(Answer::ok(&json!({})))
}
