//! Tenants, subscriptions, regions and resource groups.

use serde_json::{Value, json};

use super::body;
use super::http::{Answer, Reply, Request};
use super::page::{self, Last};
use super::policy;
use super::token::{self, Bearer};
use super::world::World;

/// Regions: name, display name, geography group.
const LOCATIONS: [(&str, &str, &str); 16] = [
    ("australiaeast", "Australia East", "Asia Pacific"),
    ("brazilsouth", "Brazil South", "South America"),
    ("centralus", "Central US", "US"),
    ("eastus", "East US", "US"),
    ("eastus2", "East US 2", "US"),
    ("francecentral", "France Central", "Europe"),
    ("germanywestcentral", "Germany West Central", "Europe"),
    ("japaneast", "Japan East", "Asia Pacific"),
    ("northeurope", "North Europe", "Europe"),
    ("southeastasia", "Southeast Asia", "Asia Pacific"),
    ("swedencentral", "Sweden Central", "Europe"),
    ("switzerlandnorth", "Switzerland North", "Europe"),
    ("uksouth", "UK South", "Europe"),
    ("westeurope", "West Europe", "Europe"),
    ("westus3", "West US 3", "US"),
    ("centraluseuap", "Central US EUAP", "US"),
];

/// Display name of a region, by its name in any case and with or without blanks.
pub fn location_name(name: &str) -> Option<&'static str> {
    let name = name.replace(' ', "");
    LOCATIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(&name)).map(|(_, display, _)| *display)
}

/// `GET /tenants`
pub fn tenants(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    let items: Vec<String> = world.tenant.tenants.iter().map(Value::to_string).collect();
    page::list(request, items.iter().map(String::as_str), Last::Present)
}

/// A tenant as ARM shows it.
pub fn tenant_body(given: &Value) -> Value {
    let (id, domain) = (body::text(given, "/tenantId"), body::text(given, "/defaultDomain"));
    json!({
        "id": format!("/tenants/{id}"),
        "tenantId": id,
        "countryCode": "US",
        "displayName": body::text(given, "/displayName"),
        "domains": [domain],
        "tenantCategory": "Home",
        "defaultDomain": domain,
        "tenantType": "AAD",
    })
}

/// The tenant that the caller's token is of.
fn tenant_of<'w>(world: &'w World, request: &Request) -> std::borrow::Cow<'w, str> {
    match Bearer::of(request).and_then(|bearer| bearer.tenant) {
        Some(tenant) => tenant.into(),
        None => world.tenant.id.as_str().into(),
    }
}

/// The subscriptions of the token's tenant.
pub fn visible<'w>(world: &'w World, request: &Request) -> impl Iterator<Item = &'w Value> {
    let tenant = tenant_of(world, request).into_owned();
    let own = move |s: &&Value| body::text(s, "/tenantId").eq_ignore_ascii_case(&tenant);
    world.tenant.subscriptions.iter().filter(own)
}

/// `GET /subscriptions`: those of the token's tenant.
pub fn list(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    let items: Vec<String> = visible(world, request).map(Value::to_string).collect();
    page::list(request, items.iter().map(String::as_str), Last::Present)
}

/// `GET /subscriptions/{subscriptionId}`
pub fn get(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    known(world, request)?;
    let found = find(world, request.segment(1));
    found.map(Answer::ok).ok_or_else(|| unknown(request.segment(1)))
}

fn find<'w>(world: &'w World, id: &str) -> Option<&'w Value> {
    world.tenant.subscriptions.iter().find(|s| body::text(s, "/subscriptionId").eq_ignore_ascii_case(id))
}

/// Refuses subscriptions that are not there, and tokens of another tenant than theirs.
pub fn known(world: &World, request: &Request) -> Result<(), Answer> {
    let found = find(world, request.segment(1)).ok_or_else(|| unknown(request.segment(1)))?;
    let (own, token) = (body::text(found, "/tenantId"), tenant_of(world, request));
    if own.eq_ignore_ascii_case(&token) { Ok(()) } else { Err(token::wrong_tenant(&token, own)) }
}

fn unknown(id: &str) -> Answer {
    Answer::error(404, "SubscriptionNotFound", format!("The subscription '{id}' could not be found."))
        .with("x-ms-failure-cause", "gateway")
}

/// `GET /subscriptions/{subscriptionId}/locations`
pub fn locations(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    known(world, request)?;
    let subscription = request.segment(1);
    let items: Vec<Value> = LOCATIONS
        .iter()
        .map(|(name, display, group)| {
            json!({
                "id": format!("/subscriptions/{subscription}/locations/{name}"),
                "name": name,
                "type": "Region",
                "displayName": display,
                "regionalDisplayName": format!("({group}) {display}"),
                "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "geographyGroup": group},
            })
        })
        .collect();
    Ok(Answer::ok(&json!({"value": items})))
}

/// `GET /subscriptions/{subscriptionId}/resourcegroups`
pub fn groups(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    known(world, request)?;
    let collection = format!("/subscriptions/{}/resourcegroups", request.segment(1));
    page::collection(world, request, &collection, Last::Absent)
}

/// `GET /subscriptions/{subscriptionId}/resourcegroups/{name}`
pub fn group(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    known_group(world, request)?;
    world.store.text(&request.key()).map(|t| Answer::text(200, t.to_owned())).ok_or_else(|| no_group(request))
}

/// `PUT /subscriptions/{subscriptionId}/resourcegroups/{name}`: 201 when it is new.
pub fn put_group(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    known(world, request)?;
    let sent = policy::body(request)?;
    let Some(location) = sent.get("location").and_then(Value::as_str) else {
        return Err(policy::bad(
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    let status = if world.store.contains(&request.key()) { 200 } else { 201 };
    let id = body::id(request, 4);
    let tags = sent.get("tags").cloned().unwrap_or_else(|| json!({}));
    let made = group_body(&id, location, &tags);
    world.store.put(&id, &made);
    Ok(Answer::json(status, &made))
}

/// A resource group as ARM shows it.
pub fn group_body(id: &str, location: &str, tags: &Value) -> Value {
    json!({
        "id": id,
        "name": body::name(id),
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "tags": tags,
        "properties": {"provisioningState": "Succeeded"},
    })
}

/// Refuses subscriptions and resource groups that are not there.
pub fn known_group(world: &World, request: &Request) -> Result<(), Answer> {
    known(world, request)?;
    let key = super::http::join(request.lower.get(..4).unwrap_or_default());
    if world.store.contains(&key) { Ok(()) } else { Err(no_group(request)) }
}

fn no_group(request: &Request) -> Answer {
    let name = request.segment(3);
    Answer::error(404, "ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
        .with("x-ms-failure-cause", "gateway")
}
