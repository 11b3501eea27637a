//! Diagnostic settings on the wire. Answers carry nulls for all that is not set, which the document
//! does not allow in a request (API.md, section 9.1).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::lenient::{Text, null_default};
use super::{BadBody, Wire, shape};
use crate::domain::logging::{
    ALL_LOGS, Destination, DiagnosticSetting, HubRule, SettingContent, setting_fields,
};
use crate::domain::{ArmId, RawBody};

/// api-version of diagnostic settings and of their categories.
pub(in crate::azure) const DIAGNOSTICS: &str = "2021-05-01-preview";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    id: Text,
    name: Text,
    #[serde(deserialize_with = "null_default")]
    properties: Properties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    workspace_id: Text,
    storage_account_id: Text,
    event_hub_authorization_rule_id: Text,
    event_hub_name: Text,
    #[serde(deserialize_with = "null_default")]
    logs: Vec<Log>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Log {
    category: Text,
    category_group: Text,
    #[serde(deserialize_with = "null_default")]
    enabled: bool,
}

impl Wire for DiagnosticSetting {
    const NOUN: &'static str = "diagnostic setting";
    const VERSION: Option<&'static str> = Some(DIAGNOSTICS);

    fn decode(json: &str) -> Result<Self, BadBody> {
        let Body { id, name, properties: p } = shape(json)?;
        let Some(id) = id.id() else {
            return Err(BadBody {
                path: "id".to_owned(),
                reason: "missing, or not a resource id".to_owned(),
            });
        };
        let logs = p.logs.into_iter().filter(|log| log.enabled);
        let content = SettingContent {
            categories: logs.filter_map(|log| log.category.some().or(log.category_group.some())).collect(),
            workspace: p.workspace_id.id(),
            storage: p.storage_account_id.id(),
            hub_rule: p.event_hub_authorization_rule_id.id(),
            hub: p.event_hub_name.0,
        };
        let name = name.some().unwrap_or_else(|| id.name().to_owned());
        Ok(Self { id, name, content, raw: RawBody::new(json) })
    }
}

/// A setting that says `content`; what this program does not model stays, destinations of other kinds
/// and retention of old settings included.
pub(in crate::azure) fn setting(base: &RawBody, content: &SettingContent) -> serde_json::Result<String> {
    const OURS: [&str; 6] = ["id", "name", "type", "systemData", "etag", "properties"];
    let mut body: Map<String, Value> = serde_json::from_str(base.json())?;
    let now = DiagnosticSetting::decode(base.json()).ok().map(|setting| setting.content);
    let mut properties = match body.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let id = |id: &Option<ArmId>| id.as_ref().map(|id| id.as_str().to_owned());
    let hub = Some(content.hub.clone()).filter(|hub| !hub.is_empty());
    for (name, value) in [
        ("workspaceId", id(&content.workspace)),
        ("storageAccountId", id(&content.storage)),
        ("eventHubAuthorizationRuleId", id(&content.hub_rule)),
        ("eventHubName", hub),
    ] {
        properties.insert(name.to_owned(), value.map_or(Value::Null, Value::from));
    }
    let same = |a: &SettingContent| {
        setting_fields(Some(a), Some(content)).iter().all(|f| f.field != "log categories")
    };
    if !now.as_ref().is_some_and(same) {
        let old = match properties.remove("logs") {
            Some(Value::Array(logs)) => logs,
            _ => Vec::new(),
        };
        properties.insert("logs".to_owned(), Value::Array(logs(old, &content.categories)));
    }
    properties.retain(|_, value| !value.is_null());
    body.retain(|name, value| !OURS.contains(&name.as_str()) && !value.is_null());
    body.insert("properties".to_owned(), Value::Object(properties));
    serde_json::to_string(&body)
}

/// The entries of `logs`: those that are there are switched, those that are missing are added.
fn logs(old: Vec<Value>, wanted: &[String]) -> Vec<Value> {
    let name = |log: &Value| {
        let word = |key| log.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(word("category")).filter(|w| !w.is_empty()).unwrap_or_else(|| word("categoryGroup"))
    };
    let mut out = Vec::new();
    for mut log in old {
        let on = wanted.iter().any(|w| w.eq_ignore_ascii_case(&name(&log)));
        if let Some(log) = log.as_object_mut() {
            log.insert("enabled".to_owned(), on.into());
            log.retain(|_, value| !value.is_null());
        }
        out.push(log);
    }
    for word in wanted {
        if !out.iter().any(|log| name(log).eq_ignore_ascii_case(word)) {
            let key = if word.eq_ignore_ascii_case(ALL_LOGS) { "categoryGroup" } else { "category" };
            out.push(json!({key: word, "enabled": true}));
        }
    }
    out
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ListedBody {
    id: Text,
    location: Text,
}

impl Wire for Destination {
    const NOUN: &'static str = "resource";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let ListedBody { id, location } = shape(json)?;
        let bad = || BadBody { path: "id".to_owned(), reason: "missing, or not a resource id".to_owned() };
        Ok(Self { id: id.id().ok_or_else(bad)?, location: location.0 })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleBody {
    id: Text,
    #[serde(deserialize_with = "null_default")]
    properties: RuleProperties,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleProperties {
    rights: super::Words,
}

impl Wire for HubRule {
    const NOUN: &'static str = "authorization rule";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let RuleBody { id, properties } = shape(json)?;
        let bad = || BadBody { path: "id".to_owned(), reason: "missing, or not a resource id".to_owned() };
        Ok(Self { id: id.id().ok_or_else(bad)?, rights: properties.rights.0 })
    }
}

/// A category that diagnostic settings of a resource can have.
pub(in crate::azure) struct Category(pub(in crate::azure) String);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CategoryBody {
    name: Text,
    #[serde(deserialize_with = "null_default")]
    properties: CategoryProperties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CategoryProperties {
    category_type: Text,
}

impl Wire for Category {
    const NOUN: &'static str = "log category";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let CategoryBody { name, properties } = shape(json)?;
        // Metrics stand in the same list.
        let log = !properties.category_type.0.eq_ignore_ascii_case("Metrics");
        Ok(Self(if log { name.0 } else { String::new() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"{"id":"/subscriptions/s/providers/x/y/z/providers/microsoft.insights/diagnosticSettings/a",
        "name":"a","location":null,"tags":null,"properties":{"workspaceId":"/w/W","storageAccountId":null,
        "marketplacePartnerId":"/p","metrics":[],"logs":[{"category":null,"categoryGroup":"allLogs","enabled":true,
        "retentionPolicy":{"enabled":true,"days":7}}],"logAnalyticsDestinationType":"Dedicated"},"identity":null}"#;

    fn edited(content: &SettingContent) -> Value {
        serde_json::from_str(&setting(&RawBody::new(OLD), content).unwrap()).unwrap()
    }

    #[test]
    fn an_edit_keeps_what_is_not_modelled_and_sends_no_null() {
        let mut content = DiagnosticSetting::decode(OLD).unwrap().content;
        assert_eq!((content.categories.as_slice(), content.count()), (&["allLogs".to_owned()][..], 13));
        content.storage = ArmId::parse("/s/S").ok();
        content.categories = vec!["NspOutboundAttempt".to_owned()];
        let wanted = json!({"properties": {
            "workspaceId": "/w/W", "storageAccountId": "/s/S", "marketplacePartnerId": "/p", "metrics": [],
            "logs": [
                {"categoryGroup": "allLogs", "enabled": false, "retentionPolicy": {"enabled": true, "days": 7}},
                {"category": "NspOutboundAttempt", "enabled": true},
            ],
            "logAnalyticsDestinationType": "Dedicated",
        }});
        assert_eq!(edited(&content), wanted);
    }

    #[test]
    fn a_destination_that_is_taken_away_is_not_sent() {
        let mut content = DiagnosticSetting::decode(OLD).unwrap().content;
        content.workspace = None;
        assert_eq!(edited(&content)["properties"].get("workspaceId"), None);
        assert_eq!(edited(&content)["properties"]["logs"][0]["category"], Value::Null);
    }
}
