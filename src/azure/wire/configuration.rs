//! `networkSecurityPerimeterConfigurations` of PaaS resources: one reading for all providers, which
//! differ in what they tell (API.md, section 7).

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::decode::RuleProperties;
use super::lenient::{Text, Words, null_default};
use super::{BadBody, Wire, shape};
use crate::domain::{
    AccessMode, Configuration, IssueType, KnownProfile, KnownRule, ProvisioningIssue, ProvisioningState,
    RawBody, Severity, text,
};

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    name: Text,
    #[serde(default, deserialize_with = "null_default")]
    properties: Properties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    provisioning_state: Text,
    #[serde(deserialize_with = "null_default")]
    provisioning_issues: Vec<Issue>,
    #[serde(deserialize_with = "null_default")]
    network_security_perimeter: Perimeter,
    #[serde(deserialize_with = "null_default")]
    resource_association: Association,
    #[serde(deserialize_with = "null_default")]
    profile: Profile,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Perimeter {
    id: Text,
    perimeter_guid: Text,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Association {
    name: Text,
    access_mode: Text,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Profile {
    name: Text,
    access_rules_version: Text,
    #[serde(deserialize_with = "null_default")]
    access_rules: Vec<Rule>,
    diagnostic_settings_version: Text,
    enabled_log_categories: Option<Words>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rule {
    name: Text,
    #[serde(deserialize_with = "null_default")]
    properties: RuleProperties,
}

impl From<Rule> for KnownRule {
    fn from(rule: Rule) -> Self {
        Self { name: rule.name.0, content: rule.properties.content() }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Issue {
    name: Text,
    #[serde(deserialize_with = "null_default")]
    properties: IssueProperties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct IssueProperties {
    issue_type: Text,
    severity: Text,
    description: Text,
    suggested_resource_ids: Words,
    #[serde(deserialize_with = "suggestions")]
    suggested_access_rules: Vec<Rule>,
}

/// Rules; SQL suggests them as texts, which may hold a rule or only its name.
fn suggestions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
    let all: Vec<Value> = null_default(deserializer)?;
    let one = |value: Value| match value {
        Value::String(words) => serde_json::from_str(&words)
            .unwrap_or_else(|_| Rule { name: Text(text::clean(&words).into_owned()), ..Rule::default() }),
        other => serde_json::from_value(other).unwrap_or_default(),
    };
    Ok(all.into_iter().map(one).collect())
}

impl From<Issue> for ProvisioningIssue {
    fn from(Issue { name, properties: p }: Issue) -> Self {
        Self {
            name: name.0,
            kind: IssueType::from_wire(&p.issue_type.0),
            severity: Severity::from_wire(&p.severity.0),
            description: p.description.0,
            resources: p.suggested_resource_ids.0,
            rules: p.suggested_access_rules.into_iter().map(KnownRule::from).collect(),
        }
    }
}

/// `accessMode`; Event Hubs' and Service Bus' documents show it as `EnforcedMode`.
fn mode(word: Text) -> Option<AccessMode> {
    let word = word.some()?;
    Some(match AccessMode::from_wire(&word) {
        AccessMode::Unknown(_) => AccessMode::from_wire(word.strip_suffix("Mode").unwrap_or(&word)),
        known @ (AccessMode::Learning | AccessMode::Enforced | AccessMode::Audit) => known,
    })
}

impl Wire for Configuration {
    const NOUN: &'static str = "perimeter configuration";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let Body { name, properties: p } = shape(json)?;
        let Some(name) = name.some() else {
            return Err(BadBody { path: "name".to_owned(), reason: "missing".to_owned() });
        };
        Ok(Self {
            name,
            state: p.provisioning_state.some().map(|word| ProvisioningState::from_wire(&word)),
            issues: p.provisioning_issues.into_iter().map(ProvisioningIssue::from).collect(),
            perimeter: p.network_security_perimeter.id.id(),
            perimeter_guid: p.network_security_perimeter.perimeter_guid.0,
            association: p.resource_association.name.0,
            mode: mode(p.resource_association.access_mode),
            profile: KnownProfile {
                name: p.profile.name.0,
                rules_version: p.profile.access_rules_version.0,
                rules: p.profile.access_rules.into_iter().map(KnownRule::from).collect(),
                diagnostics_version: p.profile.diagnostic_settings_version.some(),
                categories: p.profile.enabled_log_categories.map(|words| words.0),
            },
            raw: RawBody::new(json),
        })
    }
}
