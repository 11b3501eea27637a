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
use super::{Named, Options, Scenario, body, logs, paas, roles, scale, subscriptions, traffic};

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
    /// Policies and locks.
    #[serde(default)]
    governance: Governance,
    #[serde(default)]
    role_assignments: Vec<roles::Given>,
    /// Resources that lag behind their perimeter, or report issues.
    #[serde(default)]
    paas: Vec<paas::Wish>,
}

/// What a world is made of: read, and nothing wrong with it.
#[derive(Debug)]
pub struct Seed {
    file: File,
    traffic: traffic::Section,
    options: Options,
}

impl Seed {
    /// Reads what the options ask for. A scenario that cannot be understood is an error.
    pub fn read(options: Options) -> io::Result<Self> {
        let (file, traffic) = read(&options.scenario)?;
        Ok(Self { file, traffic, options })
    }

    /// The world with nothing in it yet, and what is to fill it.
    pub fn plant(self) -> (World, Filling) {
        let Self { file, traffic, options } = self;
        let mut subscriptions: Vec<Value> =
            file.subscriptions.into_iter().map(|s| subscription(s, &file.tenant_id)).collect();
        subscriptions.sort_by_key(|s| body::text(s, "/displayName").to_owned());
        let home =
            json!({"tenantId": file.tenant_id, "displayName": "Contoso", "defaultDomain": "contoso.com"});
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
            traffic,
            scale: options.scale,
            history: options.history,
            rate: options.rate,
        };
        let filling = match options.scale {
            Some(count) => Filling::Made { count, created: file.created },
            None => Filling::Written(Box::new(Objects {
                created: file.created,
                resource_groups: file.resource_groups,
                resources: file.resources,
                role_assignments: file.role_assignments,
                perimeters: file.perimeters,
                paas: file.paas,
            })),
        };
        (World::new(options.timing, tenant), filling)
    }
}
/// What a world is filled with.
#[derive(Debug)]
pub enum Filling {
    /// So many perimeters, made up.
    Made {
        /// Number of perimeters.
        count: u32,
        /// When everything was made.
        created: String,
    },
    /// What the scenario tells.
    Written(Box<Objects>),
}

/// The objects of a scenario.
#[derive(Debug)]
pub struct Objects {
    created: String,
    resource_groups: Vec<Value>,
    resources: Vec<Value>,
    role_assignments: Vec<roles::Given>,
    perimeters: Vec<Map<String, Value>>,
    paas: Vec<paas::Wish>,
}

impl Filling {
    /// Fills the world; from then on traffic flows. It takes about 2 ms for each made-up perimeter.
    pub fn into_world(self, world: &mut World) {
        match self {
            Self::Made { count, created } => {
                let mut loader = Loader::new(world, &created);
                scale::fill(world, &mut loader, count);
                loader.finish(world);
            }
            Self::Written(objects) => objects.into_world(world),
        }
        logs::begin(world);
    }
}

impl Objects {
    fn into_world(self, world: &mut World) {
        let mut loader = Loader::new(world, &self.created);
        for group in self.resource_groups {
            Loader::group(world, group);
        }
        for resource in self.resources {
            loader.resource(world, resource);
        }
        for assignment in &self.role_assignments {
            roles::load(world, assignment);
        }
        for perimeter in self.perimeters {
            loader.perimeter(world, perimeter);
        }
        loader.finish(world);
        for wish in self.paas {
            paas::wish(world, wish);
        }
    }
}

/// Of a documentation range, so that nobody's address is shown.
fn machine() -> IpAddr {
    IpAddr::from([192, 0, 2, 222])
}

fn read(scenario: &Scenario) -> io::Result<(File, traffic::Section)> {
    let text = match scenario {
        Scenario::Named(Named::Estate) => include_str!("../../assets/sim/estate.json").to_owned(),
        Scenario::Named(Named::Incident) => include_str!("../../assets/sim/incident.json").to_owned(),
        Scenario::Named(Named::Empty) => include_str!("../../assets/sim/empty.json").to_owned(),
        Scenario::File(path) => std::fs::read_to_string(path)?,
    };
    let wrong =
        |error: serde_json::Error| io::Error::new(io::ErrorKind::InvalidData, format!("scenario: {error}"));
    let mut value: Value = serde_json::from_str(&text).map_err(wrong)?;
    // Times in it are spans before the start.
    let traffic = value.as_object_mut().and_then(|file| file.remove("traffic"));
    let traffic = traffic
        .map(serde_json::from_value)
        .transpose()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("scenario: traffic: {error}")))?;
    let start = Timestamp::now();
    absolute(&mut value, start);
    let file: File = serde_json::from_value(value).map_err(wrong)?;
    Ok((file, traffic.unwrap_or_default()))
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
