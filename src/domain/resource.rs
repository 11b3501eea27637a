//! The PaaS resources themselves, as far as the perimeter's effect depends on them.

use super::{ArmId, RawBody, Settings};

super::words! {
    /// `publicNetworkAccess` of a PaaS resource. Not every provider has every value (API.md, section 8.2).
    PublicAccess {
        /// The resource's own firewall decides where the perimeter does not.
        Enabled = "Enabled",
        /// No public access but by the perimeter's rules.
        Disabled = "Disabled",
        /// Locked down without a perimeter, the perimeter's rules only with one.
        SecuredByPerimeter = "SecuredByPerimeter",
    }
}

/// A PaaS resource that is, or could be, associated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// ARM id.
    pub id: ArmId,
    /// `kind`, such as `OpenAI`; empty when the type has none.
    pub kind: String,
    /// Region.
    pub location: String,
    /// `publicNetworkAccess`; `None` when the provider does not say.
    pub public_access: Option<PublicAccess>,
    /// `identity.type`; `None` without a managed identity.
    pub identity: Option<String>,
    /// `identity.principalId`: object id of the system-assigned identity.
    pub principal: Option<String>,
    /// Everything that its body says, for checks.
    pub settings: Settings,
    /// As last read.
    pub raw: RawBody,
}

impl Resource {
    /// It has an identity that the service made for it (`SystemAssigned`), alone or beside others.
    pub fn has_system_identity(&self) -> bool {
        self.identity.as_deref().is_some_and(|kinds| {
            kinds.split(',').any(|kind| kind.trim().eq_ignore_ascii_case("SystemAssigned"))
        })
    }

    /// Its type; empty when the id names none.
    pub fn kind_of_id(&self) -> String {
        self.id.resource_type().unwrap_or_default()
    }
}

/// A type that can be associated in a region (`perimeterAssociableResourceTypes`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociableType {
    /// The full type, such as `Microsoft.CognitiveServices/accounts`.
    pub resource_type: String,
    /// DNS zones of its data plane.
    pub dns_zones: Vec<String>,
}

/// A Log Analytics workspace that receives access logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// ARM id.
    pub id: ArmId,
    /// `properties.customerId`: what the query API is asked with.
    pub customer_id: String,
}

/// Types in the words of the portal.
const WORDS: [(&str, &str); 14] = [
    ("Microsoft.Storage/storageAccounts", "Storage"),
    ("Microsoft.KeyVault/vaults", "Key Vault"),
    ("Microsoft.Search/searchServices", "AI Search"),
    ("Microsoft.Sql/servers", "SQL"),
    ("Microsoft.DocumentDB/databaseAccounts", "Cosmos DB"),
    ("Microsoft.EventHub/namespaces", "Event Hubs"),
    ("Microsoft.ServiceBus/namespaces", "Service Bus"),
    ("Microsoft.EventGrid/topics", "Event Grid"),
    ("Microsoft.EventGrid/domains", "Event Grid"),
    ("Microsoft.OperationalInsights/workspaces", "Log Analytics"),
    ("Microsoft.Insights/dataCollectionEndpoints", "Monitor DCE"),
    ("Microsoft.Insights/ScheduledQueryRules", "Monitor alert"),
    ("Microsoft.Insights/actionGroups", "Action group"),
    ("Microsoft.AppConfiguration/configurationStores", "App Config"),
];

/// The short word for a resource type in a narrow column.
pub fn type_word<'a>(resource_type: &'a str, kind: &'a str) -> &'a str {
    if resource_type.eq_ignore_ascii_case("Microsoft.CognitiveServices/accounts") {
        return match kind {
            "OpenAI" => "OpenAI",
            "AIServices" => "Foundry",
            "" => "AI services",
            other => other,
        };
    }
    WORDS
        .iter()
        .find(|(kind, _)| kind.eq_ignore_ascii_case(resource_type))
        .map_or(resource_type, |(_, word)| word)
}
