//! Whether what the client made of a body says what the body says. Reads the body by its own names, apart from the client.

use nsp::azure::OperationStatus;
use nsp::azure::logs::table::Decoded;
use nsp::domain::{
    AccessRule, ArmId, AssociableType, Association, Configuration, DiagnosticSetting, KnownRule, Link,
    LinkReference, LoggingConfiguration, Perimeter, Profile, RawBody, Registration, Resource, SourceKind,
    Subscription,
};
use serde_json::Value;

/// Something that was decoded.
pub trait Check: Send {
    /// The fields that say something else than `json`, each with both readings.
    fn wrong(&self, json: &Value) -> Vec<String>;
}

#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn text(&mut self, json: &Value, path: &str, read: &str) -> &mut Self {
        let wanted = text(json, path);
        // Ids and words are compared without case by the service too.
        if !wanted.eq_ignore_ascii_case(read) {
            self.0.push(format!("{path}: {wanted:?} was read as {read:?}"));
        }
        self
    }

    fn id(&mut self, json: &Value, path: &str, read: Option<&ArmId>) -> &mut Self {
        self.text(json, path, read.map_or("", ArmId::as_str))
    }

    fn list(&mut self, json: &Value, path: &str, read: &[String]) -> &mut Self {
        let wanted = json.pointer(path).and_then(Value::as_array);
        let wanted: Vec<&str> = wanted.into_iter().flatten().filter_map(Value::as_str).collect();
        if wanted != read {
            self.0.push(format!("{path}: {wanted:?} was read as {read:?}"));
        }
        self
    }

    fn raw(&mut self, json: &Value, read: &RawBody) -> &mut Self {
        if serde_json::from_str::<Value>(read.json()).ok().as_ref() != Some(json) {
            self.0.push("the body was not kept as it came".to_owned());
        }
        self
    }

    fn done(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0)
    }
}

/// A scalar as text; absent and null are the empty text.
fn text(json: &Value, path: &str) -> String {
    match json.pointer(path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

const STATE: &str = "/properties/provisioningState";

impl Check for Perimeter {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        let state = self.state.as_ref().map_or("", |state| state.wire());
        wrong.id(json, "/id", Some(&self.id)).text(json, "/location", &self.location);
        wrong.text(json, "/properties/perimeterGuid", &self.guid).text(json, STATE, state);
        let tags = json.get("tags").and_then(Value::as_object);
        let wanted: Vec<(String, String)> = tags
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        if wanted != self.tags {
            wrong.0.push(format!("tags: {wanted:?} were read as {:?}", self.tags));
        }
        let by = self.modified.as_ref().map_or("", |modified| &modified.by);
        wrong.text(json, "/systemData/lastModifiedBy", by).raw(json, &self.raw).done()
    }
}

impl Check for Profile {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.id(json, "/id", Some(&self.id));
        wrong.text(json, "/properties/accessRulesVersion", &self.rules_version);
        wrong.text(json, "/properties/diagnosticSettingsVersion", &self.diagnostics_version);
        wrong.raw(json, &self.raw).done()
    }
}

impl Check for AccessRule {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        let state = self.state.as_ref().map_or("", |state| state.wire());
        wrong.id(json, "/id", Some(&self.id)).text(json, STATE, state);
        if json.pointer("/properties/direction").is_some_and(Value::is_string) {
            wrong.text(json, "/properties/direction", self.content.direction.wire());
        }
        for (name, kind) in [
            ("addressPrefixes", SourceKind::AddressPrefix),
            ("serviceTags", SourceKind::ServiceTag),
            ("fullyQualifiedDomainNames", SourceKind::Fqdn),
            ("emailAddresses", SourceKind::Email),
            ("phoneNumbers", SourceKind::Phone),
        ] {
            wrong.list(json, &format!("/properties/{name}"), self.content.values(kind));
        }
        for (name, kind) in [
            ("subscriptions", SourceKind::Subscription),
            ("networkSecurityPerimeters", SourceKind::Perimeter),
        ] {
            let list = json.pointer(&format!("/properties/{name}")).and_then(Value::as_array);
            let ids = list.into_iter().flatten().map(|one| text(one, "/id"));
            let wanted: Vec<String> = ids
                .map(|id| {
                    id.strip_prefix("/subscriptions/").filter(|g| !g.contains('/')).unwrap_or(&id).to_owned()
                })
                .collect();
            if wanted != self.content.values(kind) {
                wrong.0.push(format!("{name}: {wanted:?} was read as {:?}", self.content.values(kind)));
            }
        }
        wrong.raw(json, &self.raw).done()
    }
}

impl Check for Association {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        let state = self.state.as_ref().map_or("", |state| state.wire());
        wrong.id(json, "/id", Some(&self.id)).text(json, STATE, state);
        wrong.id(json, "/properties/privateLinkResource/id", self.resource.as_ref());
        wrong.id(json, "/properties/profile/id", self.profile.as_ref());
        wrong.text(json, "/properties/accessMode", self.mode.wire());
        if !text(json, "/properties/hasProvisioningIssues").is_empty() {
            wrong.text(json, "/properties/hasProvisioningIssues", self.issues.wire());
        }
        wrong.raw(json, &self.raw).done()
    }
}

impl Check for Link {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        let state = self.state.as_ref().map_or("", |state| state.wire());
        wrong.id(json, "/id", Some(&self.id)).text(json, STATE, state);
        wrong.id(json, "/properties/autoApprovedRemotePerimeterResourceId", self.remote.as_ref());
        wrong.text(json, "/properties/remotePerimeterGuid", &self.remote_guid);
        wrong.text(json, "/properties/remotePerimeterLocation", &self.remote_location);
        wrong.list(json, "/properties/localInboundProfiles", &self.local_inbound);
        wrong.list(json, "/properties/remoteInboundProfiles", &self.remote_inbound);
        wrong.text(json, "/properties/description", &self.description);
        wrong.text(json, "/properties/status", self.status.as_ref().map_or("", |status| status.wire()));
        wrong.raw(json, &self.raw).done()
    }
}

impl Check for LinkReference {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        let state = self.state.as_ref().map_or("", |state| state.wire());
        wrong.id(json, "/id", Some(&self.id)).text(json, STATE, state);
        wrong.id(json, "/properties/remotePerimeterResourceId", self.remote.as_ref());
        wrong.text(json, "/properties/remotePerimeterGuid", &self.remote_guid);
        wrong.text(json, "/properties/remotePerimeterLocation", &self.remote_location);
        wrong.list(json, "/properties/localInboundProfiles", &self.local_inbound);
        wrong.list(json, "/properties/remoteInboundProfiles", &self.remote_inbound);
        wrong.text(json, "/properties/description", &self.description);
        wrong.text(json, "/properties/status", self.status.as_ref().map_or("", |status| status.wire()));
        wrong.raw(json, &self.raw).done()
    }
}

impl Check for LoggingConfiguration {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.id(json, "/id", Some(&self.id));
        wrong.list(json, "/properties/enabledLogCategories", &self.categories);
        wrong.text(json, "/properties/version", &self.version).raw(json, &self.raw).done()
    }
}

impl Check for Resource {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.id(json, "/id", Some(&self.id)).text(json, "/kind", &self.kind);
        wrong.text(json, "/location", &self.location);
        if !text(json, "/properties/publicNetworkAccess").is_empty() {
            let read = self.public_access.as_ref().map_or("", |access| access.wire());
            wrong.text(json, "/properties/publicNetworkAccess", read);
        }
        wrong.raw(json, &self.raw).done()
    }
}

impl Check for KnownRule {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.text(json, "/name", &self.name);
        wrong.list(json, "/properties/addressPrefixes", self.content.values(SourceKind::AddressPrefix));
        wrong.list(json, "/properties/fullyQualifiedDomainNames", self.content.values(SourceKind::Fqdn));
        let subscriptions = json.pointer("/properties/subscriptions").and_then(Value::as_array);
        if subscriptions.map_or(0, Vec::len) != self.content.values(SourceKind::Subscription).len() {
            wrong.0.push(format!("{subscriptions:?} were read as {:?}", self.content));
        }
        wrong.done()
    }
}

impl Check for Configuration {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.text(json, "/name", &self.name);
        wrong.text(json, STATE, self.state.as_ref().map_or("", |state| state.wire()));
        wrong.id(json, "/properties/networkSecurityPerimeter/id", self.perimeter.as_ref());
        wrong.text(json, "/properties/networkSecurityPerimeter/perimeterGuid", &self.perimeter_guid);
        wrong.text(json, "/properties/resourceAssociation/name", &self.association);
        let mode = text(json, "/properties/resourceAssociation/accessMode").replace("Mode", "");
        if mode != self.mode.as_ref().map_or("", |mode| mode.wire()) {
            wrong.0.push(format!("access mode: {mode:?} was read as {:?}", self.mode));
        }
        let profile = &self.profile;
        wrong.text(json, "/properties/profile/name", &profile.name);
        wrong.text(json, "/properties/profile/accessRulesVersion", &profile.rules_version);
        let version = profile.diagnostics_version.as_deref().unwrap_or_default();
        wrong.text(json, "/properties/profile/diagnosticSettingsVersion", version);
        let categories = profile.categories.as_deref().unwrap_or_default();
        wrong.list(json, "/properties/profile/enabledLogCategories", categories);
        let of = |path: &str| json.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default();
        let (rules, issues) = (of("/properties/profile/accessRules"), of("/properties/provisioningIssues"));
        if rules.len() != profile.rules.len() || issues.len() != self.issues.len() {
            wrong.0.push(format!("{} rules and {} issues were read otherwise", rules.len(), issues.len()));
        }
        wrong.0.extend(profile.rules.iter().zip(&rules).flat_map(|(rule, json)| rule.wrong(json)));
        for (issue, json) in self.issues.iter().zip(&issues) {
            wrong.text(json, "/properties/issueType", issue.kind.wire());
            wrong.text(json, "/properties/severity", issue.severity.wire());
            wrong.text(json, "/properties/description", &issue.description);
        }
        wrong.raw(json, &self.raw).done()
    }
}

impl Check for Subscription {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.text(json, "/subscriptionId", &self.id).text(json, "/displayName", &self.name);
        wrong.text(json, "/state", &self.state).text(json, "/tenantId", &self.tenant).done()
    }
}

impl Check for Registration {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        let place =
            if json["registrationState"].is_string() { "/registrationState" } else { "/properties/state" };
        wrong.text(json, "/id", self.id.as_str()).text(json, place, self.word());
        let types = json["resourceTypes"].as_array().into_iter().flatten();
        let types: Vec<String> = types.map(|one| text(one, "/resourceType")).collect();
        if types != self.types {
            wrong.0.push(format!("{types:?} were read as {:?}", self.types));
        }
        wrong.done()
    }
}

impl Check for AssociableType {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        // One region writes a dot for the slash.
        let shown = text(json, "/properties/displayName");
        let spelt = |text: &str| text.to_lowercase().replace('/', ".");
        if spelt(&shown) != spelt(&self.resource_type) {
            wrong.0.push(format!("{shown:?} was read as {:?}", self.resource_type));
        }
        wrong.list(json, "/properties/publicDnsZones", &self.dns_zones).done()
    }
}

impl Check for DiagnosticSetting {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.text(json, "/name", &self.name);
        let (sent, own) = (&self.content, json["id"].as_str().unwrap_or_default());
        if !self.id.as_str().eq_ignore_ascii_case(own) {
            wrong.0.push(format!("{own} was read as {}", self.id));
        }
        wrong.id(json, "/properties/workspaceId", sent.workspace.as_ref());
        wrong.id(json, "/properties/storageAccountId", sent.storage.as_ref());
        wrong.id(json, "/properties/eventHubAuthorizationRuleId", sent.hub_rule.as_ref());
        let logs = json.pointer("/properties/logs").and_then(Value::as_array);
        let on = logs.into_iter().flatten().filter(|log| log["enabled"] == true).count();
        if on != sent.categories.len() {
            wrong.0.push(format!("{on} enabled logs were read as {:?}", sent.categories));
        }
        wrong.done()
    }
}

impl Check for OperationStatus {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let mut wrong = Wrong::default();
        wrong.text(json, "/status", &self.status);
        wrong.id(json, "/properties/resourceId", self.resource.as_ref()).done()
    }
}

/// Service tags: the whole list against the whole body.
impl Check for Vec<String> {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let lists = json["value"].as_array().into_iter().flatten();
        let tags = lists.flat_map(|list| list["serviceTags"].as_array().into_iter().flatten());
        let wanted: Vec<&str> = tags.filter_map(Value::as_str).collect();
        if wanted == *self { Vec::new() } else { vec![format!("{wanted:?} was read as {self:?}")] }
    }
}

impl Check for Decoded {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let table = &json["tables"][0];
        let columns: Vec<&str> = table["columns"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["name"].as_str())
            .collect();
        let read: Vec<&str> = self.table.columns().iter().map(|one| one.name.as_str()).collect();
        let mut wrong = Wrong::default();
        if columns != read {
            wrong.0.push(format!("columns {columns:?} were read as {read:?}"));
        }
        let rows = table["rows"].as_array().map_or(0, Vec::len);
        if rows != self.table.len() || self.table.strange_rows() > 0 {
            wrong.0.push(format!("{rows} rows were read as {}", self.table.len()));
        }
        for (row, cells) in table["rows"].as_array().into_iter().flatten().enumerate() {
            for (column, cell) in cells.as_array().into_iter().flatten().enumerate() {
                let read = self.table.value(row, column).words();
                let same = match cell {
                    Value::String(text) => *text == read,
                    Value::Null => read.is_empty(),
                    Value::Number(number) => number.as_f64() == read.parse().ok(),
                    other => other.to_string() == read,
                };
                if !same {
                    wrong.0.push(format!("row {row}, column {column}: {cell} was read as {read:?}"));
                }
            }
        }
        wrong.done()
    }
}
