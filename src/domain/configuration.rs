//! What a PaaS resource itself knows of its perimeter (`networkSecurityPerimeterConfigurations`), and
//! which types of resources tell it. Comparing it with the perimeter is [`super::agreement`]'s.

use super::{AccessMode, ArmId, Association, ProvisioningState, RawBody, RuleContent};

/// Types that tell their configuration, with the newest api-version that has a published document or
/// recorded traffic; a preview only where nothing else has it (API.md, section 7; DOMAIN.md, section 4.3).
const TYPES: [(&str, &str); 17] = [
    ("Microsoft.CognitiveServices/accounts", "2024-10-01"),
    ("Microsoft.Storage/storageAccounts", "2025-01-01"),
    ("Microsoft.Search/searchServices", "2025-05-01"),
    ("Microsoft.KeyVault/vaults", "2024-12-01-preview"),
    ("Microsoft.Sql/servers", "2023-08-01"),
    ("Microsoft.DocumentDB/databaseAccounts", "2025-05-01-preview"),
    ("Microsoft.EventHub/namespaces", "2024-01-01"),
    ("Microsoft.ServiceBus/namespaces", "2025-05-01-preview"),
    ("Microsoft.EventGrid/topics", "2025-04-01-preview"),
    ("Microsoft.EventGrid/domains", "2025-04-01-preview"),
    ("Microsoft.OperationalInsights/workspaces", "2025-02-01"),
    ("Microsoft.Insights/dataCollectionEndpoints", "2021-10-01"),
    ("Microsoft.Insights/scheduledQueryRules", "2021-10-01"),
    ("Microsoft.Insights/actionGroups", "2021-10-01"),
    ("Microsoft.AppConfiguration/configurationStores", "2025-08-01-preview"),
    ("Microsoft.Batch/batchAccounts", "2024-07-01"),
    ("Microsoft.HybridCompute/privateLinkScopes", "2024-07-10"),
];

super::words! {
    /// `issueType` of a provisioning issue (common types v5).
    IssueType {
        /// Applying the perimeter's configuration failed.
        ConfigurationPropagationFailure = "ConfigurationPropagationFailure",
        /// Rules or resources that are missing in the perimeter would let the resource work.
        MissingPerimeterConfiguration = "MissingPerimeterConfiguration",
        /// Without a managed identity the resource cannot act as a member of the perimeter.
        MissingIdentityConfiguration = "MissingIdentityConfiguration",
        /// The provider does not say.
        Unclear = "Unknown",
    }
}

impl IssueType {
    /// What it means, and what to do about it.
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::ConfigurationPropagationFailure => {
                "Applying what the perimeter says failed: reconcile (R), and ask support if it stays."
            }
            Self::MissingPerimeterConfiguration => {
                "The resource would work with what it suggests: add the rules, or associate the resources."
            }
            Self::MissingIdentityConfiguration => {
                "Inbound access is checked, but outbound it cannot act as a member: give it a managed identity."
            }
            Self::Unclear | Self::Unknown(_) => "",
        }
    }
}

super::words! {
    /// `severity` of a provisioning issue.
    Severity {
        /// Something does not work as intended.
        Warning = "Warning",
        /// Something does not work.
        Error = "Error",
    }
}

/// A rule as a resource knows it, or suggests it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRule {
    /// Name; the whole text where a provider suggests a rule in words.
    pub name: String,
    /// What it says.
    pub content: RuleContent,
}

/// What a resource complains about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisioningIssue {
    /// Name.
    pub name: String,
    /// What kind of issue.
    pub kind: IssueType,
    /// How bad.
    pub severity: Severity,
    /// The provider's words.
    pub description: String,
    /// Ids of resources that it suggests to associate with the same perimeter.
    pub resources: Vec<String>,
    /// Access rules that it suggests.
    pub rules: Vec<KnownRule>,
}

/// The profile as a resource knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownProfile {
    /// Name.
    pub name: String,
    /// `accessRulesVersion`: a number on most wires, compared as text.
    pub rules_version: String,
    /// The rules.
    pub rules: Vec<KnownRule>,
    /// `diagnosticSettingsVersion`; `None` when the provider does not tell it.
    pub diagnostics_version: Option<String>,
    /// `enabledLogCategories`; `None` when the provider does not tell them.
    pub categories: Option<Vec<String>>,
}

/// What a resource knows of one association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Its name below the resource: `{perimeterGuid}.{associationName}` where it was recorded.
    pub name: String,
    /// Provisioning state; `None` when not sent.
    pub state: Option<ProvisioningState>,
    /// What the resource complains about.
    pub issues: Vec<ProvisioningIssue>,
    /// The perimeter.
    pub perimeter: Option<ArmId>,
    /// `perimeterGuid`; empty when not sent.
    pub perimeter_guid: String,
    /// Name of the association.
    pub association: String,
    /// The access mode; `None` when not sent.
    pub mode: Option<AccessMode>,
    /// The profile.
    pub profile: KnownProfile,
    /// As last read.
    pub raw: RawBody,
}

impl Configuration {
    /// Collection of the path, below the resource.
    pub const COLLECTION: &'static str = "networkSecurityPerimeterConfigurations";

    /// The api-version in which resources of this type tell their configuration; `None` for a type of
    /// which no such call is known.
    pub fn api_version(resource_type: &str) -> Option<&'static str> {
        TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(resource_type)).map(|(_, version)| *version)
    }

    /// Why a resource cannot be asked; `None` when it can.
    pub fn silence(resource: &ArmId) -> Option<String> {
        let kind = resource.resource_type().unwrap_or_default();
        Self::api_version(&kind)
            .is_none()
            .then(|| format!("no api-version of {kind} is known that tells its perimeter configuration"))
    }

    /// Whether it speaks about this association.
    pub fn is_of(&self, association: &Association) -> bool {
        self.association.eq_ignore_ascii_case(association.id.name())
            && (self.perimeter.is_none() || self.perimeter == association.id.parent())
    }
}
