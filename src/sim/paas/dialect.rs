//! How each provider writes the configuration that a resource has of its perimeter: api-versions, what
//! its bodies hold, and how it answers a reconciliation. Sources: the providers' documents and examples;
//! for `privateLinkScopes` a recording.

use serde_json::{Map, Value, json};

use super::belief::Said;
use crate::sim::body;

/// How a reconciliation is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tracker {
    /// 202 with `azure-asyncoperation` and `location`.
    Both,
    /// 202 with `location`.
    Location,
    /// 202 with `azure-asyncoperation`.
    Status,
    /// 200 without anything to follow.
    Done,
}

/// How the versions of a profile are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Versions {
    /// As in the common types.
    Numbers,
    Texts,
}

/// Rule properties beside those that every provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extra {
    None,
    /// `emailAddresses` and `phoneNumbers`, as in the common types.
    Contacts,
    /// `serviceTags`.
    Tags,
}

/// One provider's way.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Resource type in the provider's spelling.
    pub kind: &'static str,
    /// First api-version that has the configuration; when it is a preview, only previews have it.
    first: &'static str,
    versions: Versions,
    /// Also tells the version and categories of diagnostic settings.
    diagnostics: bool,
    /// Issues may say what to add to the perimeter.
    suggests: bool,
    /// Reports a missing managed identity.
    pub identity: bool,
    extra: Extra,
    pub tracker: Tracker,
    /// Names of the collections in which a reconciliation is followed: its status, its result.
    pub polls: (&'static str, &'static str),
}

const COMMON: Dialect = Dialect {
    kind: "",
    first: "",
    versions: Versions::Numbers,
    diagnostics: true,
    suggests: true,
    identity: true,
    extra: Extra::None,
    tracker: Tracker::Location,
    polls: ("operationStatuses", "operationResults"),
};
const TOPICS: Dialect = Dialect {
    kind: "Microsoft.EventGrid/topics",
    first: "2025-04-01-preview",
    versions: Versions::Texts,
    tracker: Tracker::Both,
    polls: ("operationsStatus", "operationResults"),
    ..COMMON
};

const DIALECTS: [Dialect; 12] = [
    Dialect {
        kind: "Microsoft.CognitiveServices/accounts",
        first: "2024-04-01",
        tracker: Tracker::Both,
        ..COMMON
    },
    Dialect {
        kind: "Microsoft.Storage/storageAccounts",
        first: "2023-04-01",
        suggests: false,
        identity: false,
        polls: ("asyncoperations", "asyncoperations"),
        ..COMMON
    },
    Dialect {
        kind: "Microsoft.Search/searchServices",
        first: "2025-05-01",
        extra: Extra::Contacts,
        polls: ("asyncOperationStatuses", "asyncOperationResults"),
        ..COMMON
    },
    Dialect { kind: "Microsoft.KeyVault/vaults", first: "2024-12-01-preview", identity: false, ..COMMON },
    Dialect {
        kind: "Microsoft.Sql/servers",
        first: "2023-08-01",
        versions: Versions::Texts,
        diagnostics: false,
        extra: Extra::Tags,
        polls: (
            "networkSecurityPerimeterReconciliationOperationStatuses",
            "networkSecurityPerimeterReconciliationOperationResults",
        ),
        ..COMMON
    },
    Dialect {
        kind: "Microsoft.DocumentDB/databaseAccounts",
        first: "2025-05-01-preview",
        extra: Extra::Contacts,
        polls: ("asyncoperations", "asyncoperations"),
        ..COMMON
    },
    Dialect {
        kind: "Microsoft.EventHub/namespaces",
        first: "2024-01-01",
        versions: Versions::Texts,
        diagnostics: false,
        tracker: Tracker::Status,
        ..COMMON
    },
    Dialect {
        kind: "Microsoft.ServiceBus/namespaces",
        first: "2025-05-01",
        versions: Versions::Texts,
        diagnostics: false,
        tracker: Tracker::Done,
        ..COMMON
    },
    TOPICS,
    Dialect { kind: "Microsoft.EventGrid/domains", ..TOPICS },
    Dialect {
        kind: "Microsoft.OperationalInsights/workspaces",
        first: "2025-02-01",
        identity: false,
        extra: Extra::Contacts,
        ..COMMON
    },
    Dialect {
        kind: "Microsoft.HybridCompute/privateLinkScopes",
        first: "2024-07-10",
        identity: false,
        tracker: Tracker::Both,
        polls: ("operationstatus", "operationresults"),
        ..COMMON
    },
];

/// The dialect of a resource type, ignoring case.
pub(super) fn of(kind: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|d| d.kind.eq_ignore_ascii_case(kind))
}

impl Dialect {
    /// Whether this api-version has the configuration.
    pub(super) fn has(&self, version: &str) -> bool {
        let date = |text: &str| text.get(..10).unwrap_or(text).to_owned();
        date(version) >= date(self.first)
            && (!self.first.ends_with("-preview") || version.ends_with("-preview"))
    }

    /// `{perimeterGuid}.{associationName}`
    pub(super) fn name(perimeter: &Value, said: &Said) -> String {
        format!(
            "{}.{}",
            body::text(perimeter, "/properties/perimeterGuid"),
            body::text(&said.association, "/name")
        )
    }

    /// The configuration as this provider writes it.
    pub(super) fn body(&self, resource: &str, perimeter: &Value, said: &Said, issues: Vec<Value>) -> Value {
        let name = Self::name(perimeter, said);
        json!({
            "id": format!("{resource}/networkSecurityPerimeterConfigurations/{name}"),
            "type": format!("{}/networkSecurityPerimeterConfigurations", self.kind),
            "name": name,
            "properties": {
                "provisioningState": "Succeeded",
                "provisioningIssues": issues.into_iter().map(|i| self.issue(i)).collect::<Vec<_>>(),
                "networkSecurityPerimeter": {
                    "id": body::text(perimeter, "/id"),
                    "perimeterGuid": body::text(perimeter, "/properties/perimeterGuid"),
                    "location": body::text(perimeter, "/location"),
                },
                "resourceAssociation": {
                    "name": body::text(&said.association, "/name"),
                    "accessMode": body::text(&said.association, "/properties/accessMode"),
                },
                "profile": self.profile(said),
            },
        })
    }

    fn profile(&self, said: &Said) -> Value {
        let version = |property: &str| {
            let text = body::text(&said.profile, &format!("/properties/{property}"));
            match self.versions {
                Versions::Numbers => json!(text.parse::<i64>().unwrap_or(0)),
                Versions::Texts => json!(text),
            }
        };
        let rules: Vec<Value> = said
            .rules
            .iter()
            .filter_map(|text| serde_json::from_str(text).ok())
            .map(|r| self.rule(&r))
            .collect();
        let mut profile = Map::new();
        if self.kind == "Microsoft.HybridCompute/privateLinkScopes" {
            // Recorded there, and in no document.
            profile.insert("id".into(), body::text(&said.profile, "/id").into());
        }
        profile.insert("name".into(), body::text(&said.profile, "/name").into());
        profile.insert("accessRulesVersion".into(), version("accessRulesVersion"));
        profile.insert("accessRules".into(), rules.into());
        if self.diagnostics {
            profile.insert("diagnosticSettingsVersion".into(), version("diagnosticSettingsVersion"));
            profile.insert("enabledLogCategories".into(), said.categories.iter().cloned().collect());
        }
        profile.into()
    }

    fn rule(&self, stored: &Value) -> Value {
        const EVERYWHERE: [&str; 5] = [
            "direction",
            "addressPrefixes",
            "subscriptions",
            "networkSecurityPerimeters",
            "fullyQualifiedDomainNames",
        ];
        let extra: &[&str] = match self.extra {
            Extra::None => &[],
            Extra::Contacts => &["emailAddresses", "phoneNumbers"],
            Extra::Tags => &["serviceTags"],
        };
        let mut properties: Map<String, Value> = EVERYWHERE
            .iter()
            .chain(extra)
            .filter_map(|name| Some(((*name).to_owned(), stored.get("properties")?.get(*name)?.clone())))
            .collect();
        // SQL's document has subscriptions as bare ids.
        if let (Extra::Tags, Some(Value::Array(all))) = (self.extra, properties.get_mut("subscriptions")) {
            for subscription in all {
                *subscription = Value::from(body::text(subscription, "/id"));
            }
        }
        json!({"name": body::text(stored, "/name"), "properties": properties})
    }

    fn issue(&self, mut issue: Value) -> Value {
        if let (false, Some(map)) =
            (self.suggests, issue.get_mut("properties").and_then(Value::as_object_mut))
        {
            map.shift_remove("suggestedResourceIds");
            map.shift_remove("suggestedAccessRules");
        }
        // SQL writes a suggested rule as text.
        let texts = self.extra == Extra::Tags;
        if let (true, Some(Value::Array(rules))) =
            (texts, issue.pointer_mut("/properties/suggestedAccessRules"))
        {
            for rule in rules {
                *rule = Value::from(rule.to_string());
            }
        }
        issue
    }
}
