//! Where an access log goes: diagnostic settings of a perimeter, what they can send and where to
//! (API.md, section 9.1). Plain operations: guarded writes are those of `apply`.

use super::client::ArmClient;
use super::cloud::Audience;
use super::error::{ArmError, ErrorKind};
use super::wire::{self, Category, DIAGNOSTICS};
use crate::domain::logging::{Destination, HubRule};
use crate::domain::{ArmId, DiagnosticSetting, RawBody, SettingContent};

/// api-version of the generic list of resources.
const RESOURCES: &str = "2021-04-01";
/// api-version of the authorization rules of an Event Hubs namespace.
const EVENT_HUBS: &str = "2024-01-01";
/// Types that a diagnostic setting of this program can send to.
const TYPES: [&str; 3] = [
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.EventHub/namespaces",
];

impl ArmClient {
    /// Where a perimeter sends its access log.
    pub async fn diagnostic_settings(&self, perimeter: &ArmId) -> Result<Vec<DiagnosticSetting>, ArmError> {
        let operation = format!("list the diagnostic settings of {}", perimeter.name());
        let path = "/providers/Microsoft.Insights/diagnosticSettings";
        let url = self.session().arm_url(perimeter, path, &[("api-version", DIAGNOSTICS)]);
        self.all(&operation, url).await
    }

    /// Reads one diagnostic setting.
    pub async fn diagnostic_setting(&self, id: &ArmId) -> Result<DiagnosticSetting, ArmError> {
        self.get(id).await
    }

    /// Writes a diagnostic setting: what `base` says beside the content is kept.
    pub async fn put_diagnostic_setting(
        &self,
        id: &ArmId,
        content: &SettingContent,
        base: Option<&RawBody>,
    ) -> Result<DiagnosticSetting, ArmError> {
        let fresh = wire::fresh();
        self.put_now(id, wire::setting(base.unwrap_or(&fresh), content)).await
    }

    /// Deletes a diagnostic setting.
    pub async fn delete_diagnostic_setting(&self, id: &ArmId) -> Result<(), ArmError> {
        self.delete::<DiagnosticSetting>(id, &[], |_| ()).await
    }

    /// The log categories that diagnostic settings of a perimeter can have.
    pub async fn log_categories(&self, perimeter: &ArmId) -> Result<Vec<String>, ArmError> {
        let operation = format!("list the log categories of {}", perimeter.name());
        let path = "/providers/Microsoft.Insights/diagnosticSettingsCategories";
        let url = self.session().arm_url(perimeter, path, &[("api-version", DIAGNOSTICS)]);
        let all: Vec<Category> = self.all(&operation, url).await?;
        Ok(all.into_iter().map(|Category(name)| name).filter(|name| !name.is_empty()).collect())
    }

    /// Workspaces, storage accounts and Event Hubs namespaces of a subscription (guid).
    pub async fn log_destinations(&self, subscription: &str) -> Result<Vec<Destination>, ArmError> {
        let operation = format!("list the resources of {subscription}");
        let id = ArmId::subscription_of(subscription)
            .map_err(|e| ArmError::new(ErrorKind::Refused, &operation, e.to_string()))?;
        let path = format!("{}/resources", id.as_str());
        let url = self.session().url(Audience::Management, &path, &[("api-version", RESOURCES)])?;
        let mut all: Vec<Destination> = self.all(&operation, url).await?;
        all.retain(|one| {
            let kind = one.id.resource_type().unwrap_or_default();
            TYPES.iter().any(|known| known.eq_ignore_ascii_case(&kind))
        });
        Ok(all)
    }

    /// The authorization rules of an Event Hubs namespace.
    pub async fn hub_rules(&self, namespace: &ArmId) -> Result<Vec<HubRule>, ArmError> {
        let operation = format!("list the authorization rules of {}", namespace.name());
        let url = self.session().arm_url(namespace, "/authorizationRules", &[("api-version", EVENT_HUBS)]);
        self.all(&operation, url).await
    }
}
