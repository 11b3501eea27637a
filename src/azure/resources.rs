//! What lies around a perimeter: the PaaS resources behind its associations, the workspaces that its
//! access log goes to. Reads only; each provider has its own api-version (API.md, section 7).

use serde::Deserialize;
use url::Url;

use super::client::ArmClient;
use super::error::{ArmError, ErrorKind};
use super::exchange::Request;
use super::wire::{Text, Words, null_default};
use crate::domain::{ArmId, Resource, Workspace};

/// Stable versions that have `publicNetworkAccess` and, where there is one, the perimeter's own values.
const VERSIONS: [(&str, &str); 17] = [
    ("Microsoft.Storage/storageAccounts", "2025-01-01"),
    ("Microsoft.KeyVault/vaults", "2023-07-01"),
    ("Microsoft.CognitiveServices/accounts", "2024-10-01"),
    ("Microsoft.Search/searchServices", "2025-05-01"),
    ("Microsoft.Sql/servers", "2023-08-01"),
    ("Microsoft.DocumentDB/databaseAccounts", "2024-11-15"),
    ("Microsoft.EventHub/namespaces", "2024-01-01"),
    ("Microsoft.ServiceBus/namespaces", "2024-01-01"),
    ("Microsoft.EventGrid/topics", "2025-02-15"),
    ("Microsoft.EventGrid/domains", "2025-02-15"),
    ("Microsoft.OperationalInsights/workspaces", "2025-02-01"),
    ("Microsoft.Insights/dataCollectionEndpoints", "2023-03-11"),
    ("Microsoft.Insights/scheduledQueryRules", "2023-12-01"),
    ("Microsoft.Insights/actionGroups", "2023-01-01"),
    ("Microsoft.AppConfiguration/configurationStores", "2024-05-01"),
    ("Microsoft.Batch/batchAccounts", "2024-07-01"),
    ("Microsoft.ContainerRegistry/registries", "2023-07-01"),
];

const PROVIDERS_VERSION: &str = "2021-04-01";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    #[serde(default, deserialize_with = "null_default")]
    resource_types: Vec<ProviderType>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProviderType {
    #[serde(default)]
    resource_type: Text,
    #[serde(default)]
    api_versions: Words,
}

#[derive(Deserialize)]
struct WorkspaceBody {
    #[serde(default, deserialize_with = "null_default")]
    properties: WorkspaceProperties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct WorkspaceProperties {
    #[serde(default)]
    customer_id: Text,
}

impl ArmClient {
    /// Reads the PaaS resource behind an association.
    pub async fn resource(&self, id: &ArmId) -> Result<Resource, ArmError> {
        let operation = format!("read resource {}", id.name());
        let url = self.resource_url(&operation, id).await?;
        self.get_at(&operation, url).await
    }

    /// Where a PaaS resource is read and written, with the api-version of its type.
    pub(super) async fn resource_url(&self, operation: &str, id: &ArmId) -> Result<Url, ArmError> {
        let version = self.version_for(operation, id).await?;
        Ok(self.session().arm_url(id, "", &[("api-version", &version)]))
    }

    /// Reads a Log Analytics workspace: the id that queries are asked with.
    pub async fn workspace(&self, id: &ArmId) -> Result<Workspace, ArmError> {
        let operation = format!("read workspace {}", id.name());
        let version = self.version_for(&operation, id).await?;
        let url = self.session().arm_url(id, "", &[("api-version", &version)]);
        let answer = self.transport().send(&Request::get(&operation, url)).await?;
        let body: WorkspaceBody = answer.json()?;
        match body.properties.customer_id.some() {
            Some(customer_id) => Ok(Workspace { id: id.clone(), customer_id }),
            None => Err(answer.undecodable("properties.customerId", "missing")),
        }
    }

    async fn version_for(&self, operation: &str, id: &ArmId) -> Result<String, ArmError> {
        let refused = |why: &str| ArmError::new(ErrorKind::Refused, operation, why);
        let kind = id.resource_type().ok_or_else(|| refused("the id names no resource type"))?;
        if let Some((_, version)) = VERSIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&kind)) {
            return Ok((*version).to_owned());
        }
        let key = kind.to_ascii_lowercase();
        if let Some(version) = self.known_versions().get(&key) {
            return Ok(version.clone());
        }
        let version = self.newest_version(operation, id, &kind).await?;
        self.known_versions().insert(key, version.clone());
        Ok(version)
    }

    /// Asks the provider which versions it has for a type: the newest stable one, else the newest.
    async fn newest_version(&self, operation: &str, id: &ArmId, kind: &str) -> Result<String, ArmError> {
        let refused = |why: String| ArmError::new(ErrorKind::Refused, operation, why);
        let (namespace, name) =
            kind.split_once('/').ok_or_else(|| refused(format!("{kind} is no resource type")))?;
        let subscription =
            id.subscription().ok_or_else(|| refused("the id names no subscription".to_owned()))?;
        let provider = ArmId::subscription_of(subscription)
            .and_then(|id| id.child("providers", namespace))
            .map_err(|e| refused(e.to_string()))?;
        let url = self.session().arm_url(&provider, "", &[("api-version", PROVIDERS_VERSION)]);
        let body: Provider = self.transport().send(&Request::get(operation, url)).await?.json()?;
        let versions = body
            .resource_types
            .into_iter()
            .find(|t| t.resource_type.0.eq_ignore_ascii_case(name))
            .map(|t| t.api_versions.0)
            .unwrap_or_default();
        let stable = versions.iter().filter(|v| v.len() == "2024-10-01".len()).max();
        let newest = stable.or_else(|| versions.iter().max());
        newest.cloned().ok_or_else(|| refused(format!("{namespace} has no api-version for {name}")))
    }

    fn known_versions(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<String, String>> {
        self.versions.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
