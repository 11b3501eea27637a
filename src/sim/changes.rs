//! Turns what is stored into the stream of configuration changes that traffic is judged by.

use serde_json::Value;

use super::body;
use super::sinks;
use super::traffic::config::{ConfigChange, Firewall, Mode, PublicAccess, RuleView};
use super::world::World;

/// What kind of thing an id names, as far as traffic is concerned.
enum Kind {
    Perimeter,
    Profile,
    Association,
    Link,
    Logging,
    Resource,
    Other,
}

fn kind(id: &str) -> Kind {
    let id = id.to_lowercase();
    let parts: Vec<&str> = id.split('/').skip(6).collect();
    match parts.as_slice() {
        ["microsoft.network", "networksecurityperimeters", _] => Kind::Perimeter,
        ["microsoft.network", "networksecurityperimeters", _, "profiles", _] => Kind::Profile,
        ["microsoft.network", "networksecurityperimeters", _, "resourceassociations", _] => Kind::Association,
        ["microsoft.network", "networksecurityperimeters", _, "links", _] => Kind::Link,
        ["microsoft.network", "networksecurityperimeters", _, "loggingconfigurations", _]
        | ["microsoft.network", "networksecurityperimeters", _, "providers", ..] => Kind::Logging,
        ["microsoft.network" | "microsoft.operationalinsights", ..] | [] => Kind::Other,
        [_, _, _] => Kind::Resource,
        _ => Kind::Other,
    }
}

/// The perimeter above a thing.
fn above(id: &str) -> String {
    id.split('/').take(9).collect::<Vec<_>>().join("/")
}

/// Notes that a thing was written.
pub fn written(world: &mut World, id: &str) {
    let made = match kind(id) {
        Kind::Perimeter => world.store.get(id).map(|b| perimeter(&b)),
        Kind::Profile => profile(world, id),
        Kind::Association => world.store.get(id).and_then(|b| association(&b)),
        Kind::Link => world.store.get(id).map(|b| link(&b)),
        Kind::Logging => return logging(world, &above(id)),
        Kind::Resource => world.store.get(id).map(|b| resource(&b)),
        Kind::Other => None,
    };
    if let Some(change) = made {
        world.change(change);
    }
}

/// Notes that a thing was removed.
pub fn removed(world: &mut World, id: &str) {
    let id = id.to_owned();
    let change = match kind(&id) {
        Kind::Perimeter => ConfigChange::PerimeterGone { id },
        Kind::Profile => ConfigChange::ProfileGone { id },
        Kind::Association => ConfigChange::AssociationGone { id },
        Kind::Link => ConfigChange::LinkGone { id },
        Kind::Resource => ConfigChange::ResourceGone { id },
        Kind::Logging => return logging(world, &above(&id)),
        Kind::Other => return,
    };
    world.change(change);
}

fn perimeter(body: &Value) -> ConfigChange {
    ConfigChange::Perimeter {
        id: body::text(body, "/id").to_owned(),
        guid: body::text(body, "/properties/perimeterGuid").to_lowercase(),
        location: body::text(body, "/location").to_owned(),
    }
}

fn profile(world: &World, id: &str) -> Option<ConfigChange> {
    let body = world.store.get(id)?;
    let rules = world.store.values(&format!("{id}/accessRules"));
    let rules = rules
        .iter()
        .map(|r| rule(body::text(r, "/name"), r.get("properties").unwrap_or(&Value::Null)))
        .collect();
    Some(profile_with(&body, rules))
}

/// A profile with its rules.
pub fn profile_with(body: &Value, rules: Vec<RuleView>) -> ConfigChange {
    ConfigChange::Profile {
        id: body::text(body, "/id").to_owned(),
        name: body::text(body, "/name").to_owned(),
        rules_version: body::text(body, "/properties/accessRulesVersion").parse().unwrap_or(0),
        rules,
    }
}

/// An access rule as traffic sees it, by its name and properties.
pub fn rule(name: &str, properties: &Value) -> RuleView {
    RuleView {
        name: name.to_owned(),
        inbound: body::text(properties, "/direction") != "Outbound",
        address_prefixes: strings(properties, "/addressPrefixes"),
        subscriptions: ids(properties, "/subscriptions", "id"),
        fqdns: strings(properties, "/fullyQualifiedDomainNames"),
        perimeter_guids: ids(properties, "/networkSecurityPerimeters", "perimeterGuid"),
        service_tags: strings(properties, "/serviceTags"),
    }
}

/// An association counts once it is provisioned, and as long as it is not being removed; while it is
/// updated the former one stays in force.
fn association(body: &Value) -> Option<ConfigChange> {
    if body::text(body, "/properties/provisioningState") != "Succeeded" {
        return None;
    }
    let id = body::text(body, "/id").to_owned();
    Some(ConfigChange::Association {
        perimeter_id: above(&id),
        id,
        resource_id: body::text(body, "/properties/privateLinkResource/id").to_owned(),
        profile_id: body::text(body, "/properties/profile/id").to_owned(),
        mode: match body::text(body, "/properties/accessMode") {
            "Enforced" => Mode::Enforced,
            "Audit" => Mode::Audit,
            _ => Mode::Learning,
        },
    })
}

fn link(body: &Value) -> ConfigChange {
    let id = body::text(body, "/id").to_owned();
    let status = body::text(body, "/properties/status");
    if status == "Disconnected" {
        return ConfigChange::LinkGone { id };
    }
    ConfigChange::Link {
        local_perimeter_id: above(&id),
        id,
        remote_perimeter_id: body::text(body, "/properties/autoApprovedRemotePerimeterResourceId").to_owned(),
        local_inbound_profiles: strings(body, "/properties/localInboundProfiles"),
        remote_inbound_profiles: strings(body, "/properties/remoteInboundProfiles"),
        approved: status == "Approved",
    }
}

fn resource(body: &Value) -> ConfigChange {
    let outbound = body
        .pointer("/properties/restrictOutboundNetworkAccess")
        .is_some_and(|v| v == true || v == "Enabled");
    ConfigChange::Resource {
        id: body::text(body, "/id").to_owned(),
        fqdn: super::resources::host(body),
        location: body::text(body, "/location").to_owned(),
        public_access: match body::text(body, "/properties/publicNetworkAccess").to_lowercase().as_str() {
            "disabled" => PublicAccess::Disabled,
            "securedbyperimeter" => PublicAccess::SecuredByPerimeter,
            _ => PublicAccess::Enabled,
        },
        firewall: Firewall {
            default_allow: !body::text(body, "/properties/networkAcls/defaultAction")
                .eq_ignore_ascii_case("deny"),
            ip_rules: ids(body, "/properties/networkAcls/ipRules", "value"),
            bypass_azure_services: body::text(body, "/properties/networkAcls/bypass")
                .contains("AzureServices"),
            outbound_only: outbound.then(|| strings(body, "/properties/allowedFqdnList")),
        },
        has_identity: !matches!(body::text(body, "/identity/type"), "" | "None"),
    }
}

/// Notes which log categories of a perimeter reach which workspaces: diagnostic settings say where to and
/// what at most; a logging configuration, if there is one, narrows the categories.
pub fn logging(world: &mut World, perimeter: &str) {
    let mut categories: Vec<String> = Vec::new();
    let mut workspaces: Vec<String> = Vec::new();
    for setting in world.store.values(&format!("{perimeter}/providers/microsoft.insights/diagnosticSettings"))
    {
        let Some(workspace) = world.store.get(body::text(&setting, "/properties/workspaceId")) else {
            continue;
        };
        workspaces.push(body::text(&workspace, "/properties/customerId").to_lowercase());
        let logs = setting.pointer("/properties/logs").and_then(Value::as_array).into_iter().flatten();
        categories.extend(logs.flat_map(sinks::categories).map(str::to_owned));
    }
    if let Some(wanted) = world.store.get(&format!("{perimeter}/loggingConfigurations/instance")) {
        let wanted = strings(&wanted, "/properties/enabledLogCategories");
        categories.retain(|c| wanted.iter().any(|w| w.eq_ignore_ascii_case(c)));
    }
    categories.sort_unstable();
    categories.dedup();
    workspaces.sort_unstable();
    workspaces.dedup();
    if world.store.contains(perimeter) {
        world.change(ConfigChange::Logging { perimeter_id: perimeter.to_owned(), categories, workspaces });
    }
}

/// Notes for every perimeter where its logs go: a destination is no longer there.
pub fn all_logging(world: &mut World) {
    let subscriptions: Vec<String> =
        world.tenant.subscriptions.iter().map(|s| body::text(s, "/subscriptionId").to_owned()).collect();
    let mut perimeters = Vec::new();
    for subscription in &subscriptions {
        let kind = "microsoft.network/networksecurityperimeters";
        let all = world.store.in_subscription(subscription, kind);
        perimeters.extend(all.filter_map(|text| {
            let body: Value = serde_json::from_str(text).ok()?;
            Some(body::text(&body, "/id").to_owned())
        }));
    }
    for perimeter in perimeters {
        logging(world, &perimeter);
    }
}

fn strings(body: &Value, pointer: &str) -> Vec<String> {
    let list = body.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Last segment, in lower case, of each object's `key` (guids of subscriptions and perimeters, addresses).
fn ids(body: &Value, pointer: &str, key: &str) -> Vec<String> {
    let list = body.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let text = list.filter_map(|v| v.get(key)?.as_str());
    let text = text.map(str::to_lowercase);
    text.map(|t| t.strip_prefix("/subscriptions/").map_or_else(|| t.clone(), str::to_owned)).collect()
}
