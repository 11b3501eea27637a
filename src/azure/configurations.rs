//! What PaaS resources themselves know of their perimeter: reading it, and asking them to learn it anew.
//! Each provider has its own api-version (API.md, section 7).

use reqwest::Method;

use super::client::ArmClient;
use super::error::{ArmError, ErrorKind};
use super::exchange::Request;
use super::operation::{Goal, Polling};
use crate::domain::{ArmId, Configuration};

impl ArmClient {
    /// What a resource knows of the perimeters that it is in; there is at most one of them as a rule.
    pub async fn configurations(&self, resource: &ArmId) -> Result<Vec<Configuration>, ArmError> {
        let operation = format!("read what {} knows of its perimeter", resource.name());
        let version = version_for(&operation, resource)?;
        let suffix = format!("/{}", Configuration::COLLECTION);
        let url = self.session().arm_url(resource, &suffix, &[("api-version", version)]);
        self.all(&operation, url).await
    }

    /// What a resource knows, by the name of its configuration.
    pub async fn configuration(&self, resource: &ArmId, name: &str) -> Result<Configuration, ArmError> {
        let operation = format!("read what {} knows of its perimeter", resource.name());
        let version = version_for(&operation, resource)?;
        let id = configuration_id(&operation, resource, name)?;
        self.get_at(&operation, self.session().arm_url(&id, "", &[("api-version", version)])).await
    }

    /// Asks a resource to learn anew what its perimeter says, and waits until that has ended.
    pub async fn reconcile_configuration(
        &self,
        resource: &ArmId,
        name: &str,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        let operation = format!("reconcile {} with its perimeter", resource.name());
        let version = version_for(&operation, resource)?;
        let id = configuration_id(&operation, resource, name)?;
        let url = self.session().arm_url(&id, "/reconcile", &[("api-version", version)]);
        // No document has a body here.
        let answer = self.transport().send(&Request::write(&operation, Method::POST, url, None)).await?;
        let own = self.session().arm_url(&id, "", &[("api-version", version)]);
        self.finish_at(&answer, &own, Goal::Ended, progress).await
    }
}

fn version_for(operation: &str, resource: &ArmId) -> Result<&'static str, ArmError> {
    let kind = resource.resource_type().unwrap_or_default();
    Configuration::api_version(&kind).ok_or_else(|| {
        let why = Configuration::silence(resource).unwrap_or_default();
        ArmError::new(ErrorKind::Refused, operation, why)
    })
}

fn configuration_id(operation: &str, resource: &ArmId, name: &str) -> Result<ArmId, ArmError> {
    resource
        .child(Configuration::COLLECTION, name)
        .map_err(|e| ArmError::new(ErrorKind::Refused, operation, e.to_string()))
}
