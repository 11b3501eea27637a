//! Resource associations: long-running, and one per resource.

use serde_json::{Map, Value, json};

use super::body;
use super::governance;
use super::http::{Answer, Reply, Request};
use super::operations::{self, Target};
use super::page::{self, Last};
use super::perimeters;
use super::policy;
use super::registrations;
use super::world::World;

/// Words of `accessMode`.
const MODES: [&str; 3] = ["Learning", "Enforced", "Audit"];

/// Associations of a perimeter.
pub fn list(world: &mut World, request: &Request) -> Reply {
    perimeters::find(world, request)?;
    page::collection(world, request, &request.key(), Last::Empty)
}

/// Creates or replaces an association: 202 in both cases, as recorded.
pub fn put(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "networkSecurityPerimeters")?;
    let perimeter = perimeters::find(world, request)?;
    policy::name(request.segment(9))?;
    let sent = policy::properties(&policy::body(request)?)?;
    let old = world.store.get(&request.key());
    let id = old.as_ref().map_or_else(|| body::id(request, 10), |o| body::text(o, "/id").to_owned());
    perimeters::settled(old.as_ref())?;
    let resource = resource(world, &sent, (&id, body::text(&perimeter, "/location")), old.as_ref())?;
    let namespace = body::kind(&resource).split('/').next().unwrap_or_default().to_owned();
    registrations::required(world, request.segment(1), &namespace)?;
    let profile = profile(world, &sent, &perimeter)?;
    let may = ("Microsoft.Network/networkSecurityPerimeters/resourceAssociations/write", id.as_str());
    let join = format!("{}/joinPerimeter/action", body::kind(&resource));
    governance::linked(world, may, &join, &resource)?;
    governance::linked(
        world,
        may,
        "Microsoft.Network/networkSecurityPerimeters/profiles/join/action",
        &profile,
    )?;
    let verb = if old.is_some() { "Updating" } else { "Creating" };
    let issues = old.as_ref().map_or("no", |o| body::text(o, "/properties/hasProvisioningIssues"));
    let mut made = body::envelope(&id);
    made.insert(
        "properties".into(),
        json!({
            "privateLinkResource": {"id": resource},
            "profile": {"id": profile},
            "accessMode": mode(&sent)?,
            "provisioningState": verb,
            "hasProvisioningIssues": issues,
        }),
    );
    made.insert("systemData".into(), body::system_data(world, old.as_ref(), "User"));
    let made = Value::Object(made);
    world.store.put(&id, &made);
    let lasts = world.timing.operation;
    world.settle_later(&id, verb, lasts);
    let status = start(world, verb, &id, &perimeter, request);
    Ok(Answer::json(202, &made).with("Azure-AsyncOperation", status))
}

/// Deletes an association: 202 with a body that has no `systemData`, as recorded.
pub fn delete(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "networkSecurityPerimeters")?;
    let Some(mut association) = world.store.get(&request.key()) else { return Ok(Answer::empty(204)) };
    let perimeter = perimeters::find(world, request)?;
    let id = body::text(&association, "/id").to_owned();
    body::set(&mut association, "provisioningState", "Deleting");
    world.store.put(&id, &association);
    let lasts = world.timing.operation;
    world.remove_later(&id, lasts);
    let status = start(world, "Deleting", &id, &perimeter, request);
    if let Some(map) = association.as_object_mut() {
        map.shift_remove("systemData");
    }
    Ok(Answer::json(202, &association).with("Azure-AsyncOperation", status))
}

fn start(world: &mut World, verb: &'static str, id: &str, perimeter: &Value, request: &Request) -> String {
    let operation = world.random.guid();
    let location = body::text(perimeter, "/location");
    let lasts = world.timing.operation;
    operations::begin(world, &operation, verb, Target { resource: id, location, request, lasts })
}

fn mode(sent: &Map<String, Value>) -> Result<&'static str, Answer> {
    match sent.get("accessMode") {
        None | Some(Value::Null) => Ok("Learning"),
        Some(value) => {
            let known = |word: &&&str| value.as_str().is_some_and(|v| v.eq_ignore_ascii_case(word));
            MODES.iter().find(known).copied().ok_or_else(|| {
                policy::bad(
                    "InvalidParameterValue",
                    format!(
                        "The value {value} of 'properties.accessMode' is invalid. Allowed are {}.",
                        MODES.join(", ")
                    ),
                )
            })
        }
    }
}

fn reference(sent: &Map<String, Value>, property: &str) -> Result<String, Answer> {
    let id =
        sent.get(property).and_then(|v| v.get("id")).and_then(Value::as_str).filter(|id| id.starts_with('/'));
    id.map(|id| id.trim_end_matches('/').to_owned()).ok_or_else(|| {
        policy::bad(
            "LinkedInvalidPropertyId",
            format!("'properties.{property}.id' must be the ARM id of a resource."),
        )
    })
}

/// The resource to protect: it must exist, be of an associable type and be in no other perimeter.
fn resource(
    world: &World,
    sent: &Map<String, Value>,
    (id, location): (&str, &str),
    old: Option<&Value>,
) -> Result<String, Answer> {
    let resource = reference(sent, "privateLinkResource")?;
    let before = old.map(|o| body::text(o, "/properties/privateLinkResource/id"));
    if before.is_some_and(|b| !b.eq_ignore_ascii_case(&resource)) {
        return Err(policy::bad(
            "InvalidParameterValue",
            "'properties.privateLinkResource.id' of an existing association cannot be changed.",
        ));
    }
    let kind = body::kind(&resource);
    if !super::catalog::associable(&kind, location) {
        return Err(policy::bad(
            "ResourceTypeNotSupported",
            format!(
                "Resources of type '{kind}' cannot be associated with a network security perimeter in location '{location}'."
            ),
        ));
    }
    if !world.store.contains(&resource) {
        let group = resource.split('/').nth(4).unwrap_or_default();
        return Err(policy::not_found(&kind, body::name(&resource), group));
    }
    match world.store.association_of(&resource) {
        Some(other) if !other.eq_ignore_ascii_case(id) => {
            let shown =
                world.store.get(other).map_or_else(|| other.to_owned(), |o| body::text(&o, "/id").to_owned());
            Err(policy::conflict(
                "ResourceAlreadyAssociated",
                format!(
                    "Resource '{resource}' is already associated with a network security perimeter by '{shown}'."
                ),
            ))
        }
        _ => Ok(resource),
    }
}

/// The profile: it must exist in this perimeter.
fn profile(world: &World, sent: &Map<String, Value>, perimeter: &Value) -> Result<String, Answer> {
    let id = reference(sent, "profile")?;
    let inside = format!("{}/profiles/", body::text(perimeter, "/id").to_lowercase());
    if id.to_lowercase().starts_with(&inside) && world.store.contains(&id) {
        return Ok(id);
    }
    Err(policy::bad(
        "InvalidResourceReference",
        format!("Profile '{id}' does not exist in the perimeter of this association."),
    ))
}
