//! The PaaS resources that perimeters protect, and the workspaces that their logs go to.

use serde_json::{Map, Value};

use super::body;
use super::changes;
use super::http::{Answer, Reply, Request};
use super::page::{self, Last};
use super::policy;
use super::subscriptions;
use super::world::World;

/// Providers whose resources exist here, with the words that `publicNetworkAccess` may have.
const TYPES: [(&str, &[&str]); 13] = [
    ("microsoft.cognitiveservices/accounts", &["Enabled", "Disabled"]),
    ("microsoft.keyvault/vaults", &["Enabled", "Disabled"]),
    ("microsoft.sql/servers", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.storage/storageaccounts", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.search/searchservices", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.documentdb/databaseaccounts", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.eventhub/namespaces", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.servicebus/namespaces", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.eventgrid/topics", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.eventgrid/domains", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.hybridcompute/privatelinkscopes", &["Enabled", "Disabled", "SecuredByPerimeter"]),
    ("microsoft.containerregistry/registries", &["Enabled", "Disabled"]),
    ("microsoft.operationalinsights/workspaces", &["Enabled", "Disabled", "SecuredByPerimeter"]),
];

fn words(kind: &str) -> Option<&'static [&'static str]> {
    TYPES.iter().find(|(known, _)| *known == kind).map(|(_, words)| *words)
}

/// Refuses types that nothing here serves, with ARM's two errors.
pub fn known(namespace: &str, kind: &str) -> Result<&'static [&'static str], Answer> {
    if let Some(words) = words(&format!("{namespace}/{kind}").to_lowercase()) {
        return Ok(words);
    }
    let prefix = format!("{}/", namespace.to_lowercase());
    if namespace.eq_ignore_ascii_case("microsoft.network")
        || TYPES.iter().any(|(t, _)| t.starts_with(&prefix))
    {
        return Err(Answer::error(
            404,
            "InvalidResourceType",
            format!("The resource type '{kind}' could not be found in the namespace '{namespace}'."),
        ));
    }
    Err(Answer::error(
        404,
        "InvalidResourceNamespace",
        format!("The resource namespace '{namespace}' is invalid."),
    ))
}

/// Resources of one type in a subscription.
pub fn list_subscription(world: &mut World, request: &Request) -> Reply {
    known(request.segment(3), request.segment(4))?;
    policy::version(request)?;
    subscriptions::known(world, request)?;
    let kind = format!("{}/{}", request.segment(3), request.segment(4));
    page::list(request, world.store.in_subscription(request.segment(1), &kind), Last::Absent)
}

/// Every resource of a subscription, as JSON text.
pub fn all<'w>(world: &'w World, subscription: &str) -> impl Iterator<Item = &'w str> {
    TYPES.iter().flat_map(move |(kind, _)| world.store.in_subscription(subscription, kind))
}

/// `GET /subscriptions/{subscriptionId}/resources`: all resources, in the short form of that list.
pub fn list_all(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    subscriptions::known(world, request)?;
    let all = all(world, request.segment(1));
    let short = |text: &str| -> Option<String> {
        let full: Map<String, Value> = serde_json::from_str(text).ok()?;
        let kept = ["id", "name", "type", "kind", "location", "tags"];
        let short: Map<String, Value> =
            full.into_iter().filter(|(name, _)| kept.contains(&name.as_str())).collect();
        serde_json::to_string(&short).ok()
    };
    let texts: Vec<String> = all.filter_map(short).collect();
    page::list(request, texts.iter().map(String::as_str), Last::Absent)
}

/// Resources of one type in a resource group.
pub fn list_group(world: &mut World, request: &Request) -> Reply {
    known(request.segment(5), request.segment(6))?;
    policy::version(request)?;
    subscriptions::known_group(world, request)?;
    page::collection(world, request, &request.key(), Last::Absent)
}

/// One resource.
pub fn get(world: &mut World, request: &Request) -> Reply {
    find(world, request, request.segments.len()).map(|r| Answer::ok(&r))
}

/// The resource that the first segments of the path name.
pub fn find(world: &World, request: &Request, segments: usize) -> Result<Value, Answer> {
    known(request.segment(5), request.segment(6))?;
    policy::version(request)?;
    subscriptions::known_group(world, request)?;
    let kind = format!("{}/{}", request.segment(5), request.segment(6));
    world
        .store
        .get(&body::id(request, segments))
        .ok_or_else(|| policy::not_found(&kind, request.segment(7), request.segment(3)))
}

/// Deletes a resource: 200, or 204 when it is not there. An association with it stays behind, as does a
/// diagnostic setting that sends to it.
pub fn delete(world: &mut World, request: &Request) -> Reply {
    known(request.segment(5), request.segment(6))?;
    policy::version(request)?;
    subscriptions::known_group(world, request)?;
    let key = request.key();
    if !world.store.contains(&key) {
        return Ok(Answer::empty(204));
    }
    world.remove_now(&key);
    changes::all_logging(world);
    Ok(Answer::empty(200))
}

/// Host name of a resource's data plane.
pub fn host(resource: &Value) -> String {
    const PLACES: [&str; 6] = [
        "/properties/endpoint",
        "/properties/vaultUri",
        "/properties/primaryEndpoints/blob",
        "/properties/documentEndpoint",
        "/properties/serviceBusEndpoint",
        "/properties/fullyQualifiedDomainName",
    ];
    let text = PLACES.iter().map(|p| body::text(resource, p)).find(|t| !t.is_empty()).unwrap_or_default();
    let text = text.strip_prefix("https://").unwrap_or(text);
    let host = text.split(['/', ':']).next().unwrap_or_default();
    if !host.is_empty() {
        return host.to_owned();
    }
    let name = body::text(resource, "/name");
    match body::text(resource, "/type").to_lowercase().as_str() {
        "microsoft.search/searchservices" => format!("{name}.search.windows.net"),
        "microsoft.sql/servers" => format!("{name}.database.windows.net"),
        "microsoft.eventhub/namespaces" | "microsoft.servicebus/namespaces" => {
            format!("{name}.servicebus.windows.net")
        }
        _ => format!("{name}.azure.com"),
    }
}
