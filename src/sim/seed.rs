//! Reads a scenario file and builds a world from it. Times in it are relative to the start (`@-14m`).

use std::io;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::clock;
use super::governance::Governance;
use super::load::{Loader, overlay};
use super::registrations::{Given, Registrations};
use super::world::{Tenant, World};
use super::{Named, Options, Scenario, body, logs, paas, roles, scale, subscriptions};

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    tenant_id: String,
    /// Tenants that the caller is a member of besides the first: subscriptions may name them.
    #[serde(default)]
    guest_tenants: Vec<Value>,
    /// Public address of the machine that calls come from.
    #[serde(default = "machine")]
    machine: IpAddr,
    /// Who the caller is taken for, and who made what names nobody.
    caller: String,
    /// When everything was made that does not say so.
    created: String,
    subscriptions: Vec<Value>,
    resource_groups: Vec<Value>,
    resources: Vec<Value>,
    perimeters: Vec<Map<String, Value>>,
    #[serde(default)]
    registrations: Vec<Given>,
    #[serde(default)]
    traffic: Value,
    /// Policies and locks.
    #[serde(default)]
    governance: Governance,
    #[serde(default)]
    role_assignments: Vec<roles::Given>,
    /// Resources that lag behind their perimeter, or report issues.
    #[serde(default)]
    paas: Vec<paas::Wish>,
}

/// Builds the world that the options ask for.
pub fn world(options: &Options) -> io::Result<World> {
    let file = read(&options.scenario)?;
    let mut subscriptions: Vec<Value> =
        file.subscriptions.into_iter().map(|s| subscription(s, &file.tenant_id)).collect();
    subscriptions.sort_by_key(|s| body::text(s, "/displayName").to_owned());
    let home = json!({"tenantId": file.tenant_id, "displayName": "Contoso", "defaultDomain": "contoso.com"});
    let tenants = std::iter::once(home).chain(file.guest_tenants).map(|t| subscriptions::tenant_body(&t));
    let tenant = Tenant {
        tenants: tenants.collect(),
        machine: file.machine,
        id: file.tenant_id,
        caller: file.caller,
        subscriptions,
        governance: file.governance,
        // What a scenario lacks is its own story; a generated world has none.
        registrations: options
            .scale
            .map_or_else(|| Registrations::new(file.registrations), |_| Registrations::default()),
        seed: options.seed,
        traffic: file.traffic,
        scale: options.scale,
        history: options.history,
    };
    let mut world = World::new(options.timing, tenant);
    let mut loader = Loader::new(&world, &file.created);
    let lagging = if options.scale.is_some() { Vec::new() } else { file.paas };
    if let Some(count) = options.scale {
        scale::fill(&mut world, &mut loader, count);
    } else {
        for group in file.resource_groups {
            Loader::group(&mut world, group);
        }
        for resource in file.resources {
            loader.resource(&mut world, resource);
        }
        for assignment in &file.role_assignments {
            roles::load(&mut world, assignment);
        }
        for perimeter in file.perimeters {
            loader.perimeter(&mut world, perimeter);
        }
    }
    loader.finish(&mut world);
    for wish in lagging {
        paas::wish(&mut world, wish);
    }
    logs::begin(&mut world)?;
    Ok(world)
}

/// Of a documentation range, so that nobody's address is shown.
fn machine() -> IpAddr {
    IpAddr::from([192, 0, 2, 222])
}

fn read(scenario: &Scenario) -> io::Result<File> {
    let text = match scenario {
        Scenario::Named(Named::Estate) => include_str!("../../assets/sim/estate.json").to_owned(),
        Scenario::Named(Named::Incident) => include_str!("../../assets/sim/incident.json").to_owned(),
        Scenario::Named(Named::Empty) => include_str!("../../assets/sim/empty.json").to_owned(),
        Scenario::File(path) => std::fs::read_to_string(path)?,
    };
    let wrong =
        |error: serde_json::Error| io::Error::new(io::ErrorKind::InvalidData, format!("scenario: {error}"));
    let mut value: Value = serde_json::from_str(&text).map_err(wrong)?;
    let traffic = value.get_mut("traffic").map(Value::take);
    let start = Timestamp::now();
    absolute(&mut value, start);
    let mut file: File = serde_json::from_value(value).map_err(wrong)?;
    file.traffic = traffic.unwrap_or_default();
    Ok(file)
}

/// Replaces times such as `@-14m` all through a body.
fn absolute(value: &mut Value, start: Timestamp) {
    match value {
        Value::String(text) => {
            if let Some(time) = clock::relative(text, start) {
                *text = clock::iso(time);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| absolute(v, start)),
        Value::Object(map) => map.values_mut().for_each(|v| absolute(v, start)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn subscription(given: Value, tenant: &str) -> Value {
    let id = body::text(&given, "/subscriptionId").to_owned();
    let mut made = json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": tenant,
        "displayName": id,
        "state": "Enabled",
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
    });
    overlay(&mut made, given);
    made
}
