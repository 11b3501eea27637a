//! Builds a world from a scenario: bodies in the service's own format, completed with what the service
//! would add (ids, types, empty arrays, `systemData`), times relative to the start.

use std::io;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::clock;
use super::world::{Tenant, World};
use super::{Named, Options, Scenario, body, changes, links, logging, scale, subscriptions};

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    tenant_id: String,
    /// Who the caller is taken for, and who made what names nobody.
    caller: String,
    /// When everything was made that does not say so.
    created: String,
    subscriptions: Vec<Value>,
    resource_groups: Vec<Value>,
    resources: Vec<Value>,
    perimeters: Vec<Map<String, Value>>,
    #[serde(default)]
    traffic: Value,
}

/// Builds the world that the options ask for.
pub fn world(options: &Options, base: &str) -> io::Result<World> {
    let file = read(&options.scenario)?;
    let mut subscriptions: Vec<Value> =
        file.subscriptions.iter().map(|s| subscription(s, &file.tenant_id)).collect();
    subscriptions.sort_by_key(|s| body::text(s, "/displayName").to_owned());
    let tenant = Tenant {
        id: file.tenant_id.clone(),
        caller: file.caller.clone(),
        subscriptions,
        base: base.to_owned(),
        seed: options.seed,
        traffic: file.traffic.clone(),
        scale: options.scale,
    };
    let mut world = World::new(options.timing, tenant);
    let mut loader = Loader { created: file.created.clone(), late: Vec::new() };
    if let Some(count) = options.scale {
        scale::fill(&mut world, &mut loader, count);
    } else {
        for group in &file.resource_groups {
            loader.group(&mut world, group);
        }
        for resource in &file.resources {
            loader.resource(&mut world, resource);
        }
        for perimeter in file.perimeters {
            loader.perimeter(&mut world, perimeter);
        }
    }
    loader.finish(&mut world);
    Ok(world)
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

fn subscription(given: &Value, tenant: &str) -> Value {
    let id = body::text(given, "/subscriptionId");
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

/// Lays `given` over `made`, object by object; everything else replaces.
fn overlay(made: &mut Value, given: &Value) {
    match (made, given) {
        (Value::Object(made), Value::Object(given)) => {
            for (key, value) in given {
                match made.get_mut(key) {
                    Some(present) => overlay(present, value),
                    None => {
                        made.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (made, given) => *made = given.clone(),
    }
}

/// Puts scenario bodies into a world.
#[derive(Debug)]
pub struct Loader {
    /// When everything was made that does not say so.
    pub created: String,
    /// Links and the ids of their perimeters, made when all perimeters are there.
    late: Vec<(String, Value)>,
}

impl Loader {
    fn system_data(&self, world: &World) -> Value {
        json!({
            "createdBy": world.tenant.caller,
            "createdByType": "User",
            "createdAt": self.created,
            "lastModifiedBy": world.tenant.caller,
            "lastModifiedByType": "User",
            "lastModifiedAt": self.created,
        })
    }

    /// A resource group.
    pub fn group(&self, world: &mut World, given: &Value) {
        let id = body::text(given, "/id");
        let mut made = subscriptions::group_body(id, body::text(given, "/location"), &json!({}));
        overlay(&mut made, given);
        world.store.put(id, &made);
    }

    /// A PaaS resource or a workspace.
    pub fn resource(&self, world: &mut World, given: &Value) {
        let id = body::text(given, "/id").to_owned();
        let mut made =
            json!({"id": id, "name": body::name(&id), "type": body::kind(&id), "location": "", "tags": {}});
        overlay(&mut made, given);
        if let Some(identity) = made.get_mut("identity").and_then(Value::as_object_mut) {
            identity.insert("principalId".into(), world.random.guid().into());
            identity.insert("tenantId".into(), world.tenant.id.clone().into());
        }
        if let (Some(map), None) = (made.as_object_mut(), given.get("systemData")) {
            map.insert("systemData".into(), self.system_data(world));
        }
        world.store.put(&id, &made);
        changes::written(world, &id);
    }

    /// A perimeter with all below it.
    pub fn perimeter(&mut self, world: &mut World, mut given: Map<String, Value>) {
        let mut take = |key: &str| match given.shift_remove(key) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let (profiles, associations) = (take("profiles"), take("resourceAssociations"));
        let (links, references) = (take("links"), take("linkReferences"));
        let (logging, settings) = (take("loggingConfigurations"), take("diagnosticSettings"));
        let given = Value::Object(given);
        let id = body::text(&given, "/id").to_owned();
        let location = body::text(&given, "/location").to_owned();
        let guid = world.random.guid();
        let mut made = json!({
            "name": body::name(&id), "id": id, "location": location, "type": body::kind(&id), "tags": {}, "etag": "",
            "properties": {"perimeterGuid": guid, "provisioningState": "Succeeded"},
            "systemData": self.system_data(world),
        });
        overlay(&mut made, &given);
        world.put_now(&id, &made);
        for profile in profiles {
            self.profile(world, &id, &location, profile);
        }
        for association in associations {
            let default = json!({"properties": {
                "privateLinkResource": {}, "profile": {}, "accessMode": "Learning",
                "provisioningState": "Succeeded", "hasProvisioningIssues": "no",
            }});
            let made = self.below(world, &format!("{id}/resourceAssociations"), &default, &association);
            Self::association(world, &id, made);
        }
        for configuration in logging {
            let default =
                json!({"properties": {"version": "1", "enabledLogCategories": [], "destinationType": []}});
            let made = self.below(world, &format!("{id}/loggingConfigurations"), &default, &configuration);
            world.store.put(body::text(&made, "/id"), &made);
        }
        for setting in settings {
            let (name, sent) =
                (body::text(&setting, "/name"), setting.get("properties").and_then(Value::as_object));
            let key = format!("{id}/providers/microsoft.insights/diagnosticsettings/{name}").to_lowercase();
            let made = logging::setting_body(&key, name, &sent.cloned().unwrap_or_default());
            world.store.put(&key, &made);
        }
        changes::logging(world, &id);
        self.late.extend(links.into_iter().map(|link| (id.clone(), link)));
        for reference in references {
            let default = json!({"properties": {
                "provisioningState": "Succeeded", "remotePerimeterResourceId": "", "remotePerimeterGuid": "", "remotePerimeterLocation": location,
                "localInboundProfiles": ["*"], "localOutboundProfiles": ["*"], "remoteInboundProfiles": ["*"], "remoteOutboundProfiles": ["*"],
                "status": "Disconnected", "description": "Auto Approved.",
            }, "systemData": {"createdByType": "Application"}});
            let made = self.below(world, &format!("{id}/linkReferences"), &default, &reference);
            world.store.put(body::text(&made, "/id"), &made);
        }
    }

    /// Envelope, `systemData` and defaults under a given child body.
    fn below(&self, world: &World, collection: &str, default: &Value, given: &Value) -> Value {
        let mut made = Value::Object(body::envelope(&format!("{collection}/{}", body::text(given, "/name"))));
        overlay(&mut made, default);
        let mut system = self.system_data(world);
        if let Some(special) = made.get("systemData") {
            overlay(&mut system, special);
        }
        overlay(&mut made, &json!({"systemData": system}));
        overlay(&mut made, given);
        made
    }

    fn profile(&self, world: &mut World, perimeter: &str, location: &str, mut given: Value) {
        let rules = match given.as_object_mut().and_then(|map| map.shift_remove("accessRules")) {
            Some(Value::Array(rules)) => rules,
            _ => Vec::new(),
        };
        let version = rules.len().to_string();
        let default = json!({
            "properties": {"accessRulesVersion": version, "diagnosticSettingsVersion": "1"},
            "location": location,
        });
        let made = self.below(world, &format!("{perimeter}/profiles"), &default, &given);
        let id = body::text(&made, "/id").to_owned();
        for rule in rules {
            let default = json!({"properties": {
                "provisioningState": "Succeeded", "direction": "Inbound", "addressPrefixes": [],
                "fullyQualifiedDomainNames": [], "subscriptions": [], "networkSecurityPerimeters": [],
                "emailAddresses": [], "phoneNumbers": [], "appliesTo": [{"resourceType": "*", "features": ["*"]}],
            }});
            let made = self.below(world, &format!("{id}/accessRules"), &default, &rule);
            world.store.put(body::text(&made, "/id"), &made);
        }
        world.put_now(&id, &made);
    }

    /// In scenarios the profile may be written relative to its perimeter.
    fn association(world: &mut World, perimeter: &str, mut made: Value) {
        let profile = body::text(&made, "/properties/profile/id").to_owned();
        if !profile.starts_with('/') {
            body::set(&mut made, "profile", json!({"id": format!("{perimeter}/{profile}")}));
        }
        let id = body::text(&made, "/id").to_owned();
        world.put_now(&id, &made);
        // A scenario may begin in the middle of an operation; traffic knows the association all the same.
        let state = body::text(&made, "/properties/provisioningState").to_owned();
        if matches!(state.as_str(), "Creating" | "Updating") {
            let lasts = world.timing.operation;
            world.settle_later(&id, &state, lasts);
        }
    }

    /// Makes the links, now that both their ends are there.
    fn finish(&mut self, world: &mut World) {
        for (perimeter, given) in std::mem::take(&mut self.late) {
            let Some(local) = world.store.get(&perimeter) else { continue };
            let remote = body::text(&given, "/properties/autoApprovedRemotePerimeterResourceId");
            let remote = world.store.get(remote).unwrap_or_default();
            let default = json!({"properties": {
                "provisioningState": "Succeeded",
                "autoApprovedRemotePerimeterResourceId": body::text(&remote, "/id"),
                "remotePerimeterGuid": body::text(&remote, "/properties/perimeterGuid"),
                "remotePerimeterLocation": body::text(&remote, "/location"),
                "localInboundProfiles": ["*"], "localOutboundProfiles": ["*"],
                "remoteInboundProfiles": ["*"], "remoteOutboundProfiles": ["*"],
                "status": "Approved", "description": "Auto Approved.",
            }});
            let made = self.below(world, &format!("{perimeter}/links"), &default, &given);
            world.put_now(&format!("{perimeter}/links/{}", body::text(&made, "/name")), &made);
            let id = links::reference_id(&made, &local);
            let mut reference = links::reference(world, &id, &local, &made);
            body::set(&mut reference, "provisioningState", "Succeeded");
            overlay(&mut reference, &json!({"systemData": self.system_data(world)}));
            overlay(&mut reference, &json!({"systemData": {"createdByType": "Application"}}));
            world.store.put(&id, &reference);
        }
    }
}
