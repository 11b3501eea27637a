//! Writes of PaaS resources: which words they take, managed identities, and the long-running updates of
//! Cognitive Services. New resources cannot be made here: scenarios bring them.

use serde_json::{Map, Value, json};

use super::http::{Answer, Method, Reply, Request};
use super::world::World;
use super::{body, governance, operations, policy, resources};

/// Properties that say who may come in from outside.
const ACCESS: [&str; 3] =
    ["publicNetworkAccess", "publicNetworkAccessForIngestion", "publicNetworkAccessForQuery"];

/// Changes a resource: `PATCH` and `PUT` alike lay the sent properties over the present ones.
pub fn write(world: &mut World, request: &Request) -> Reply {
    let mut resource = resources::find(world, request, request.segments.len())?;
    let words = resources::known(request.segment(5), request.segment(6))?;
    let id = body::text(&resource, "/id").to_owned();
    let kind = body::kind(&id).to_lowercase();
    let sent = policy::body(request)?;
    let mut properties = policy::properties(&sent)?;
    // The model of a Service Bus PATCH has no such property, and what a model lacks is passed over.
    if kind == "microsoft.servicebus/namespaces" && request.method == Method::Patch {
        properties.shift_remove("publicNetworkAccess");
    }
    terminal(&resource, &kind)?;
    access(world, &id, words, &mut properties)?;
    let identity = sent.get("identity").map(|asked| identified(world, &resource, asked)).transpose()?;
    if let Some(map) = resource.as_object_mut() {
        if let Some(tags) = sent.get("tags") {
            map.insert("tags".to_owned(), tags.clone());
        }
        if let Some(identity) = identity.filter(|_| kind != "microsoft.keyvault/vaults") {
            map.insert("identity".to_owned(), identity);
        }
        if let Some(present) = map.get_mut("properties").and_then(Value::as_object_mut) {
            overlay(present, properties);
        }
    }
    if kind == "microsoft.cognitiveservices/accounts" {
        return Ok(slowly(world, request, &id, resource));
    }
    world.put_now(&id, &resource);
    super::paas::flag(world, &id);
    Ok(Answer::ok(&resource))
}

/// The words must be the provider's, and the policies above may have a say.
fn access(
    world: &World,
    id: &str,
    words: &[&str],
    properties: &mut Map<String, Value>,
) -> Result<(), Answer> {
    for name in ACCESS {
        let Some(value) = properties.get_mut(name) else { continue };
        let asked = value.as_str().unwrap_or_default();
        let governed = governance::governed(&world.tenant.governance, id, asked)?;
        let Some(known) = words.iter().find(|w| w.eq_ignore_ascii_case(&governed)) else {
            return Err(policy::bad(
                "InvalidParameterValue",
                format!(
                    "The value '{asked}' of 'properties.{name}' is invalid. Allowed are {}.",
                    words.join(", ")
                ),
            ));
        };
        *value = Value::from(*known);
    }
    Ok(())
}

/// The `identity` that comes of what is sent: a system-assigned one gets a principal when it is new, a
/// user-assigned one goes when it is sent as null.
fn identified(world: &mut World, resource: &Value, asked: &Value) -> Result<Value, Answer> {
    let kinds = body::text(asked, "/type").to_owned();
    let words: Vec<String> = kinds.split(',').map(|word| word.trim().to_lowercase()).collect();
    let known = ["none", "systemassigned", "userassigned"];
    if !words.iter().all(|word| known.contains(&word.as_str())) {
        return Err(policy::bad("InvalidIdentityType", format!("The identity type '{kinds}' is invalid.")));
    }
    let has = |word: &str| words.iter().any(|w| w == word);
    let mut made = Map::from_iter([("type".to_owned(), Value::from(kinds.as_str()))]);
    if has("systemassigned") {
        let old = body::text(resource, "/identity/principalId");
        let principal = if old.is_empty() { world.random.guid() } else { old.to_owned() };
        made.insert("principalId".to_owned(), principal.into());
        made.insert("tenantId".to_owned(), world.tenant.id.clone().into());
    }
    if has("userassigned") {
        let users = |of: &Value| of["userAssignedIdentities"].as_object().cloned().unwrap_or_default();
        let mut all = users(&resource["identity"]);
        for (id, user) in users(asked) {
            let present = all.keys().find(|key| key.eq_ignore_ascii_case(&id)).cloned();
            match (present, user.is_null()) {
                (Some(key), true) => {
                    all.shift_remove(&key);
                }
                (None, false) => {
                    let (principal, client) = (world.random.guid(), world.random.guid());
                    all.insert(id, json!({"principalId": principal, "clientId": client}));
                }
                (Some(_), false) | (None, true) => {}
            }
        }
        if all.is_empty() {
            return Err(policy::bad(
                "MissingIdentityIds",
                "The identity ids must not be null or empty for 'UserAssigned' identity type.",
            ));
        }
        made.insert("userAssignedIdentities".to_owned(), all.into());
    }
    Ok(made.into())
}

/// Cognitive Services takes no change while it works on another one.
fn terminal(resource: &Value, kind: &str) -> Result<(), Answer> {
    let state = body::text(resource, "/properties/provisioningState");
    if kind != "microsoft.cognitiveservices/accounts" || matches!(state, "Succeeded" | "Failed" | "") {
        return Ok(());
    }
    let id = body::text(resource, "/id");
    Err(policy::conflict(
        "RequestConflict",
        format!(
            "Cannot modify resource with id '{id}' because the resource entity provisioning state is not terminal. Please wait for the provisioning state to become terminal and then retry the request."
        ),
    ))
}

/// Answers 202 with a status document; traffic sees the change when that says `Succeeded`.
fn slowly(world: &mut World, request: &Request, id: &str, mut resource: Value) -> Answer {
    if let Some(state) = resource.pointer_mut("/properties/provisioningState") {
        *state = "Accepted".into();
    }
    world.store.put(id, &resource);
    let lasts = world.timing.operation;
    world.settle_later(id, "Accepted", lasts);
    let location = body::text(&resource, "/location").to_uppercase();
    let target = operations::Target { resource: id, location: &location, request, lasts };
    let link = operations::begin_account(world, target);
    Answer::json(202, &resource).with("azure-asyncoperation", link)
}

/// Lays settable properties over the present ones; what the service computes stays.
fn overlay(present: &mut Map<String, Value>, sent: Map<String, Value>) {
    const COMPUTED: [&str; 6] = [
        "provisioningState",
        "endpoint",
        "endpoints",
        "vaultUri",
        "customerId",
        "privateEndpointConnections",
    ];
    for (key, value) in sent {
        match (present.get_mut(&key), value) {
            _ if COMPUTED.contains(&key.as_str()) => {}
            (Some(Value::Object(before)), Value::Object(after)) if key != "networkAcls" => {
                overlay(before, after);
            }
            (_, value) => {
                present.insert(key, value);
            }
        }
    }
}
