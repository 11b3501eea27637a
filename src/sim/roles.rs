//! Role assignments: who has which role at which scope, found from above and below as the service does.
//! Whether anybody may do what a role says is not simulated.

use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{self, Answer, Method, Reply, Request};
use super::world::World;
use super::{body, governance, policy};

/// Where assignments lie below their scope, as the store knows it.
const COLLECTION: &str = "/providers/microsoft.authorization/roleassignments";

/// An assignment of a scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Given {
    name: String,
    /// An id, or empty for the root.
    scope: String,
    /// Guid of the role definition.
    role: String,
    /// Id of the resource whose identity it is.
    identity_of: String,
}

/// Puts an assignment of a scenario into the world; the resource must be there.
pub fn load(world: &mut World, given: &Given) {
    let Some(resource) = world.store.get(&given.identity_of) else { return };
    let principal = body::text(&resource, "/identity/principalId").to_owned();
    let definition = format!("/providers/Microsoft.Authorization/roleDefinitions/{}", given.role);
    let sent = json!({"roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal"});
    let made = assignment(world, &given.scope, &given.name, &sent);
    world.store.put(&format!("{}{COLLECTION}/{}", given.scope, given.name), &made);
}

/// Serves everything about the role assignments of a scope; `rest` is what follows their collection.
pub fn answer(world: &mut World, request: &Request, scope: &[&str], rest: &[&str]) -> Reply {
    policy::version(request)?;
    let scope = if scope.is_empty() { String::new() } else { http::join(scope) };
    known(world, &scope)?;
    match (request.method, rest) {
        (Method::Get, []) => list(world, request, &scope),
        (Method::Get, [name]) => {
            find(world, &scope, name).map(|body| Answer::ok(&body)).ok_or_else(|| gone(name))
        }
        (Method::Put, [name]) => put(world, request, &scope, name),
        (Method::Delete, [name]) => Ok(delete(world, &scope, name)),
        _ => {
            Err(Answer::error(405, "MethodNotAllowed", "This method is not supported for role assignments."))
        }
    }
}

/// The scope must exist; management groups and the root are taken as they come.
fn known(world: &World, scope: &str) -> Result<(), Answer> {
    let parts: Vec<&str> = scope.split('/').skip(1).collect();
    let there = match parts.as_slice() {
        ["subscriptions", guid] => {
            let same = |s: &Value| body::text(s, "/subscriptionId").eq_ignore_ascii_case(guid);
            world.tenant.subscriptions.iter().any(same)
        }
        ["subscriptions", ..] => world.store.contains(scope),
        _ => true,
    };
    if there {
        return Ok(());
    }
    Err(Answer::error(404, "ResourceNotFound", format!("The scope '{scope}' was not found.")))
}

fn find(world: &World, scope: &str, name: &str) -> Option<Value> {
    world.store.get(&format!("{scope}{COLLECTION}/{name}"))
}

fn gone(name: &str) -> Answer {
    Answer::error(404, "RoleAssignmentNotFound", format!("The role assignment '{name}' is not found."))
}

/// Every assignment, wherever it is.
fn all(world: &World) -> Vec<Value> {
    let texts = world.store.ending(COLLECTION);
    texts.filter_map(|text| serde_json::from_str(text).ok()).collect()
}

/// `a` is the root, a management group, or holds `b`.
fn above(a: &str, b: &str) -> bool {
    !a.to_lowercase().starts_with("/subscriptions/") || governance::within(b, a)
}

fn list(world: &World, request: &Request, scope: &str) -> Reply {
    let filter = request.query("$filter").unwrap_or_default().trim().to_owned();
    let principal = filter.strip_prefix("principalId eq '").and_then(|rest| rest.strip_suffix('\''));
    if !filter.is_empty() && filter != "atScope()" && principal.is_none() {
        return Err(policy::bad("InvalidFilter", format!("The filter '{filter}' is not supported.")));
    }
    let wanted = |one: &Value| {
        let at = body::text(one, "/properties/scope");
        let here = above(at, scope) || (filter != "atScope()" && above(scope, at));
        here && principal.is_none_or(|p| body::text(one, "/properties/principalId").eq_ignore_ascii_case(p))
    };
    let found: Vec<Value> = all(world).into_iter().filter(wanted).collect();
    Ok(Answer::ok(&json!({ "value": found })))
}

fn assignment(world: &World, scope: &str, name: &str, sent: &Value) -> Value {
    let shown = if scope.is_empty() { "/" } else { scope };
    let mut properties = json!({
        "roleDefinitionId": sent["roleDefinitionId"], "principalId": sent["principalId"],
        "principalType": sent.get("principalType").cloned().unwrap_or_else(|| "User".into()),
        "scope": shown,
        "createdOn": world.now_text(), "updatedOn": world.now_text(),
    });
    for name in ["condition", "conditionVersion", "description"] {
        if let Some(value) = sent.get(name).filter(|value| !value.is_null())
            && let Some(map) = properties.as_object_mut()
        {
            map.insert(name.to_owned(), value.clone());
        }
    }
    json!({
        "properties": properties,
        "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
    })
}

fn put(world: &mut World, request: &Request, scope: &str, name: &str) -> Reply {
    let sent = Value::Object(policy::properties(&policy::body(request)?)?);
    let guid = |pointer: &str| {
        let text = body::text(&sent, pointer);
        uuid::Uuid::parse_str(text.rsplit('/').next().unwrap_or_default()).ok()
    };
    if uuid::Uuid::parse_str(name).is_err() {
        return Err(policy::bad(
            "InvalidRoleAssignmentId",
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
        ));
    }
    let (Some(role), Some(principal)) = (guid("/roleDefinitionId"), guid("/principalId")) else {
        return Err(policy::bad(
            "BadRequestFormat",
            "The request was incorrectly formatted: roleDefinitionId and principalId must be given.",
        ));
    };
    let says = |one: &Value| {
        let guid = |text: &str| uuid::Uuid::parse_str(text.rsplit('/').next().unwrap_or_default()).ok();
        guid(body::text(one, "/properties/roleDefinitionId")) == Some(role)
            && guid(body::text(one, "/properties/principalId")) == Some(principal)
            && body::text(one, "/properties/scope").eq_ignore_ascii_case(scope)
    };
    if let Some(same) = find(world, scope, name) {
        return if says(&same) {
            Ok(Answer::ok(&same))
        } else {
            Err(policy::bad(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            ))
        };
    }
    if let Some(other) = all(world).iter().find(|one| says(one)) {
        let id = body::text(other, "/name").replace('-', "");
        return Err(policy::conflict(
            "RoleAssignmentExists",
            format!("The role assignment already exists. The ID of the existing role assignment is {id}."),
        ));
    }
    let spelled =
        http::join(request.segments.get(..request.segments.len().saturating_sub(4)).unwrap_or_default());
    let made = assignment(world, &spelled, name, &sent);
    world.store.put(&format!("{scope}{COLLECTION}/{name}"), &made);
    Ok(Answer::json(201, &made))
}

fn delete(world: &mut World, scope: &str, name: &str) -> Answer {
    let Some(body) = find(world, scope, name) else { return Answer::empty(204) };
    world.store.remove(&format!("{scope}{COLLECTION}/{name}"));
    Answer::ok(&body)
}
