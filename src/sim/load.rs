//! Completes scenario bodies with what the service would add (ids, types, empty arrays, `systemData`) and
//! puts them into a world. Reads no files: that is `seed.rs`.

use serde_json::{Map, Value, json};

use super::world::World;
use super::{body, changes, links, logging, subscriptions};

/// Type of access rules.
const RULE: &str = "Microsoft.Network/networkSecurityPerimeters/profiles/accessRules";

/// Lays `given` over `made`, object by object; everything else replaces.
pub fn overlay(made: &mut Value, given: Value) {
    match (made, given) {
        (Value::Object(made), Value::Object(given)) => {
            for (key, value) in given {
                match made.get_mut(&key) {
                    Some(present) => overlay(present, value),
                    None => {
                        made.insert(key, value);
                    }
                }
            }
        }
        (made, given) => *made = given,
    }
}

/// Puts scenario bodies into a world.
#[derive(Debug)]
pub struct Loader {
    /// `systemData` of everything that does not say who made it and when.
    system: Value,
    /// Links and the ids of their perimeters, made when all perimeters are there.
    late: Vec<(String, Value)>,
}

impl Loader {
    /// A loader for things that were made at `created` by the tenant's caller.
    pub fn new(world: &World, created: &str) -> Self {
        let caller = &world.tenant.caller;
        let system = json!({
            "createdBy": caller,
            "createdByType": "User",
            "createdAt": created,
            "lastModifiedBy": caller,
            "lastModifiedByType": "User",
            "lastModifiedAt": created,
        });
        Self { system, late: Vec::new() }
    }

    /// A resource group.
    pub fn group(world: &mut World, given: Value) {
        let id = body::text(&given, "/id").to_owned();
        let mut made = subscriptions::group_body(&id, body::text(&given, "/location"), &json!({}));
        overlay(&mut made, given);
        world.store.put(&id, &made);
    }

    /// A PaaS resource or a workspace.
    pub fn resource(&self, world: &mut World, given: Value) {
        let id = body::text(&given, "/id").to_owned();
        let mut made =
            json!({"id": id, "name": body::name(&id), "type": body::kind(&id), "location": "", "tags": {}});
        overlay(&mut made, given);
        if let Some(identity) = made.get_mut("identity").and_then(Value::as_object_mut) {
            let principal = world.random.guid();
            let kinds = identity.get("type").and_then(Value::as_str).unwrap_or_default();
            if kinds.contains("SystemAssigned") {
                identity.insert("principalId".into(), principal.into());
                identity.insert("tenantId".into(), world.tenant.id.clone().into());
            }
        }
        if let Some(map) = made.as_object_mut() {
            map.entry("systemData").or_insert_with(|| self.system.clone());
        }
        world.put_now(&id, &made);
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
            "systemData": self.system,
        });
        overlay(&mut made, given);
        world.put_now(&id, &made);
        for profile in profiles {
            self.profile(world, &id, &location, profile);
        }
        for association in associations {
            self.association(world, &id, association);
        }
        for configuration in logging {
            let default =
                json!({"properties": {"version": "1", "enabledLogCategories": [], "destinationType": []}});
            let made = self.below(&format!("{id}/loggingConfigurations"), default, configuration);
            world.store.put(body::text(&made, "/id"), &made);
        }
        for setting in settings {
            let name = body::text(&setting, "/name");
            let sent = setting.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            let key = format!("{id}/providers/microsoft.insights/diagnosticsettings/{name}").to_lowercase();
            world.store.put(&key, &logging::setting_body(&key, name, &sent));
        }
        changes::logging(world, &id);
        for reference in references {
            self.reference(world, &id, reference);
        }
        self.late.extend(links.into_iter().map(|link| (id.clone(), link)));
    }

    /// Envelope, defaults and `systemData` under a given child body.
    fn below(&self, collection: &str, default: Value, given: Value) -> Value {
        let mut made =
            Value::Object(body::envelope(&format!("{collection}/{}", body::text(&given, "/name"))));
        overlay(&mut made, default);
        if let Some(map) = made.as_object_mut() {
            map.insert("systemData".into(), self.system.clone());
        }
        overlay(&mut made, given);
        made
    }

    fn profile(&self, world: &mut World, perimeter: &str, location: &str, mut given: Value) {
        let rules = match given.as_object_mut().and_then(|map| map.shift_remove("accessRules")) {
            Some(Value::Array(rules)) => rules,
            _ => Vec::new(),
        };
        let default = json!({
            "properties": {"accessRulesVersion": rules.len().to_string(), "diagnosticSettingsVersion": "1"},
            "location": location,
        });
        let made = self.below(&format!("{perimeter}/profiles"), default, given);
        let id = body::text(&made, "/id").to_owned();
        let collection = format!("{id}/accessRules");
        let system = self.system.to_string();
        let mut views = Vec::with_capacity(rules.len());
        for rule in rules {
            let name = body::text(&rule, "/name").to_owned();
            let mut properties = json!({
                "provisioningState": "Succeeded", "direction": "Inbound", "addressPrefixes": [],
                "fullyQualifiedDomainNames": [], "subscriptions": [], "networkSecurityPerimeters": [],
                "emailAddresses": [], "phoneNumbers": [], "appliesTo": [{"resourceType": "*", "features": ["*"]}],
            });
            if let Some(given) = rule.get("properties") {
                overlay(&mut properties, given.clone());
            }
            // Text at once: rules are by far the most numerous things in a generated world.
            let text = format!(
                "{{\"name\":{},\"id\":{},\"type\":\"{RULE}\",\"properties\":{properties},\"systemData\":{system}}}",
                Value::from(name.as_str()),
                Value::from(format!("{collection}/{name}")),
            );
            world.store.put_text(&collection, &name, text);
            views.push(changes::rule(&name, &properties));
        }
        world.store.put(&id, &made);
        world.change(changes::profile_with(&made, views));
    }

    /// In scenarios the profile may be written relative to its perimeter.
    fn association(&self, world: &mut World, perimeter: &str, given: Value) {
        let default = json!({"properties": {
            "privateLinkResource": {}, "profile": {}, "accessMode": "Learning",
            "provisioningState": "Succeeded", "hasProvisioningIssues": "no",
        }});
        let mut made = self.below(&format!("{perimeter}/resourceAssociations"), default, given);
        let profile = body::text(&made, "/properties/profile/id").to_owned();
        if !profile.starts_with('/') {
            body::set(&mut made, "profile", json!({"id": format!("{perimeter}/{profile}")}));
        }
        let id = body::text(&made, "/id").to_owned();
        world.put_now(&id, &made);
        // A scenario may begin in the middle of an operation.
        let state = body::text(&made, "/properties/provisioningState").to_owned();
        if matches!(state.as_str(), "Creating" | "Updating") {
            let lasts = world.timing.operation;
            world.settle_later(&id, &state, lasts);
        }
    }

    /// A reference that a link left behind which is no longer there.
    fn reference(&self, world: &mut World, perimeter: &str, given: Value) {
        let default = json!({"properties": {
            "provisioningState": "Succeeded", "remotePerimeterResourceId": "", "remotePerimeterGuid": "",
            "remotePerimeterLocation": "", "localInboundProfiles": ["*"], "localOutboundProfiles": ["*"],
            "remoteInboundProfiles": ["*"], "remoteOutboundProfiles": ["*"],
            "status": "Disconnected", "description": "Auto Approved.",
        }});
        let mut made = self.below(&format!("{perimeter}/linkReferences"), default, given);
        overlay(&mut made, json!({"systemData": {"createdByType": "Application"}}));
        world.store.put(body::text(&made, "/id"), &made);
    }

    /// Makes the links, now that both their ends are there.
    pub fn finish(&mut self, world: &mut World) {
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
            let made = self.below(&format!("{perimeter}/links"), default, given);
            world.put_now(body::text(&made, "/id"), &made);
            let id = links::reference_id(&made, &local);
            let mut reference = links::reference(world, &id, &local, &made);
            body::set(&mut reference, "provisioningState", "Succeeded");
            overlay(&mut reference, json!({"systemData": self.system}));
            overlay(&mut reference, json!({"systemData": {"createdByType": "Application"}}));
            world.store.put(&id, &reference);
        }
    }
}
