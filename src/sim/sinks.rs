//! Where diagnostic settings may send to, and how the monitoring service refuses the rest.
//!
//! Its errors are flat (`{code, message}`), as its document and reports of users have them. Words and
//! codes of "Data sink … is already used" (409), of regions and of retention (400) are as users
//! report them; the code of the limit of settings is unverified.

use serde_json::{Map, Value, json};

use super::body::{self, PERIMETER};
use super::http::{self, Answer, Reply, Request};
use super::logging::CATEGORIES;
use super::policy;
use super::world::World;

/// Diagnostic settings per resource. Source: page on diagnostic settings.
const SETTINGS: usize = 5;

/// The destinations of a setting.
const SINKS: [&str; 4] =
    ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"];

/// The categories that an entry of `logs` stands for when it is on.
pub fn categories(log: &Value) -> Vec<&'static str> {
    if log.get("enabled") != Some(&Value::Bool(true)) {
        return Vec::new();
    }
    let word = |key| log.get(key).and_then(Value::as_str).unwrap_or_default();
    let all = ["allLogs", "audit"].iter().any(|group| word("categoryGroup").eq_ignore_ascii_case(group));
    let named = |c: &&&str| all || word("category").eq_ignore_ascii_case(c);
    CATEGORIES.iter().filter(named).copied().collect()
}

/// An error of the monitoring service.
fn refused(status: u16, code: &str, message: impl Into<String>) -> Answer {
    Answer::json(status, &json!({"code": code, "message": message.into()}))
}

/// The answer for a setting that is not there.
pub fn no_setting(name: &str) -> Answer {
    refused(404, "ResourceNotFound", format!("The diagnostic setting '{name}' doesn't exist."))
}

/// Refuses a setting that the service would not take.
pub fn check(world: &World, request: &Request, sent: &Map<String, Value>) -> Result<(), Answer> {
    let owner = http::join(request.lower.get(..PERIMETER).unwrap_or_default());
    let key = request.key();
    let others: Vec<Value> = world
        .store
        .values(&format!("{owner}/providers/microsoft.insights/diagnosticsettings"))
        .into_iter()
        .filter(|s| !body::text(s, "/id").eq_ignore_ascii_case(&key))
        .collect();
    if others.len() >= SETTINGS && !world.store.contains(&key) {
        let text = format!("The limit of {SETTINGS} diagnostic settings was reached for resource '{owner}'.");
        return Err(refused(409, "Conflict", text));
    }
    let target = |name: &str| sent.get(name).and_then(Value::as_str).filter(|id| !id.is_empty());
    if !SINKS.iter().any(|sink| target(sink).is_some()) {
        return Err(refused(400, "BadRequest", "At least one data sink needs to be specified."));
    }
    logs(world, &key, sent)?;
    let location =
        world.store.get(&owner).map(|p| body::text(&p, "/location").to_owned()).unwrap_or_default();
    for sink in SINKS {
        if let Some(id) = target(sink) {
            exists(world, sink, id, &location)?;
            unused(sink, id, sent, &others)?;
        }
    }
    Ok(())
}

/// The entries of `logs` must name what there is, and ask for no retention that is not there already.
fn logs(world: &World, key: &str, sent: &Map<String, Value>) -> Result<(), Answer> {
    let before = world.store.get(key);
    for log in entries(sent) {
        let word = |key| log.get(key).and_then(Value::as_str).unwrap_or_default();
        let (category, group) = (word("category"), word("categoryGroup"));
        if !category.is_empty() && !CATEGORIES.iter().any(|c| c.eq_ignore_ascii_case(category)) {
            return Err(refused(400, "BadRequest", format!("Category '{category}' is not supported.")));
        }
        if category.is_empty() && !["allLogs", "audit"].iter().any(|g| g.eq_ignore_ascii_case(group)) {
            return Err(refused(400, "BadRequest", format!("Category group '{group}' is not supported.")));
        }
        let keeps = log.pointer("/retentionPolicy/enabled") == Some(&Value::Bool(true));
        if keeps && before.is_none() {
            let text = "Diagnostic settings does not support retention for new diagnostic settings.";
            return Err(refused(400, "BadRequest", text));
        }
    }
    Ok(())
}

fn entries(properties: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    properties.get("logs").and_then(Value::as_array).into_iter().flatten()
}

/// The destination is there, and in the region where it must be.
fn exists(world: &World, sink: &str, id: &str, location: &str) -> Result<(), Answer> {
    let resource = match sink {
        "eventHubAuthorizationRuleId" => {
            id.to_lowercase().split("/authorizationrules/").next().map(str::to_owned)
        }
        _ => Some(id.to_lowercase()),
    };
    let found = resource.and_then(|id| world.store.get(&id));
    let rule = sink != "eventHubAuthorizationRuleId"
        || RULES.iter().any(|(name, _)| body::name(id).eq_ignore_ascii_case(name));
    let Some(found) = found.filter(|_| rule) else {
        if sink == "marketplacePartnerId" {
            return Ok(());
        }
        let group = id.split('/').nth(4).unwrap_or_default();
        let kind = body::kind(id);
        let text = format!(
            "The Resource '{kind}/{}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
            body::name(id)
        );
        return Err(refused(404, "ResourceNotFound", text));
    };
    let there = body::text(&found, "/location");
    if sink != "workspaceId" && !there.eq_ignore_ascii_case(location) {
        let text = format!(
            "Resources should be in the same region. Resource '{id}' is in region '{there}', the diagnostic setting's resource in region '{location}'."
        );
        return Err(refused(400, "BadRequest", text));
    }
    Ok(())
}

/// No other setting sends the same category to the same destination.
fn unused(sink: &str, id: &str, sent: &Map<String, Value>, others: &[Value]) -> Result<(), Answer> {
    let wanted: Vec<&str> = entries(sent).flat_map(categories).collect();
    for other in
        others.iter().filter(|o| body::text(o, &format!("/properties/{sink}")).eq_ignore_ascii_case(id))
    {
        let logs = other.pointer("/properties/logs").and_then(Value::as_array).into_iter().flatten();
        if let Some(twice) = logs.flat_map(categories).find(|c| wanted.contains(c)) {
            let text = format!(
                "Data sink '{id}' is already used in diagnostic setting '{}' for category '{twice}'. Data sinks can't be reused in different settings on the same category for the same resource.",
                body::text(other, "/name")
            );
            return Err(refused(409, "Conflict", text));
        }
    }
    Ok(())
}

/// Authorization rules that every Event Hubs namespace has here, with their rights.
const RULES: [(&str, &[&str]); 2] =
    [("RootManageSharedAccessKey", &["Listen", "Manage", "Send"]), ("consumers", &["Listen"])];

/// Authorization rules of an Event Hubs namespace.
pub fn rules(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    let id = http::join(request.segments.get(..PERIMETER).unwrap_or_default());
    let Some(namespace) = world.store.get(&id) else {
        return Err(policy::not_found(
            "Microsoft.EventHub/namespaces",
            request.segment(7),
            request.segment(3),
        ));
    };
    let items: Vec<Value> = RULES
        .iter()
        .map(|(name, rights)| {
            json!({
                "id": format!("{}/authorizationRules/{name}", body::text(&namespace, "/id")),
                "name": name,
                "type": "Microsoft.EventHub/Namespaces/AuthorizationRules",
                "location": body::text(&namespace, "/location"),
                "properties": {"rights": rights},
            })
        })
        .collect();
    Ok(Answer::ok(&json!({"value": items})))
}

/// Settings of a perimeter that goes: the service does not delete them with it.
pub fn of(world: &World, owner: &str) -> Vec<Value> {
    world.store.values(&format!("{owner}/providers/microsoft.insights/diagnosticsettings"))
}

/// A perimeter was made: settings of one of the same name that was deleted with them come back to life.
pub fn revive(world: &mut World, owner: &str) {
    for setting in world.logs.orphans.remove(&owner.to_lowercase()).unwrap_or_default() {
        let id = body::text(&setting, "/id").to_owned();
        world.store.put(&id, &setting);
    }
}
