//! What a region offers: types that can be associated, service tags for rules, operation statuses.

use serde::Deserialize;
use url::Url;

use super::client::ArmClient;
use super::error::{ArmError, ErrorKind};
use super::exchange::Request;
use super::wire::{Text, Words, null_default};
use crate::domain::{ArmId, AssociableType, BadId};

/// The status document of a long-running operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationStatus {
    /// `Creating`, `Updating`, `Deleting`, `Succeeded`, `Failed`, `Canceled`, or another word.
    pub status: String,
    /// What it works on.
    pub resource: Option<ArmId>,
    /// The service's error, when it failed.
    pub error: Option<String>,
}

#[derive(Deserialize)]
struct TagPage {
    #[serde(deserialize_with = "null_default")]
    value: Vec<TagList>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagList {
    #[serde(default)]
    service_tags: Words,
}

#[derive(Deserialize)]
struct StatusBody {
    #[serde(default)]
    status: Text,
    #[serde(default, deserialize_with = "null_default")]
    properties: StatusProperties,
    #[serde(default, deserialize_with = "null_default")]
    error: StatusError,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct StatusProperties {
    #[serde(default)]
    resource_id: Text,
}

#[derive(Deserialize, Default)]
struct StatusError {
    #[serde(default)]
    code: Text,
    #[serde(default)]
    message: Text,
}

impl ArmClient {
    /// The resource types that can be associated in a region.
    pub async fn associable_types(
        &self,
        subscription: &str,
        location: &str,
    ) -> Result<Vec<AssociableType>, ArmError> {
        let operation = format!("list what can be associated in {location}");
        let url =
            self.location_url(&operation, subscription, location, "/perimeterAssociableResourceTypes")?;
        self.all(&operation, url).await
    }

    /// The service tags that rules may name in a region; thousands.
    pub async fn service_tags(&self, subscription: &str, location: &str) -> Result<Vec<String>, ArmError> {
        let operation = format!("list the service tags of {location}");
        let url = self.location_url(&operation, subscription, location, "/nspServiceTags")?;
        let page: TagPage = self.transport().send(&Request::get(&operation, url)).await?.json()?;
        Ok(page.value.into_iter().flat_map(|list| list.service_tags.0).collect())
    }

    /// The status of a long-running operation by its id.
    pub async fn operation_status(
        &self,
        subscription: &str,
        location: &str,
        id: &str,
    ) -> Result<OperationStatus, ArmError> {
        let operation = format!("read the status of operation {id}");
        let path = format!("/networkSecurityPerimeterOperationStatuses/{id}");
        let url = self.location_url(&operation, subscription, location, &path)?;
        let body: StatusBody = self.transport().send(&Request::get(&operation, url)).await?.json()?;
        let error = match (body.error.code.some(), body.error.message.some()) {
            (Some(code), Some(message)) => Some(format!("{code}: {message}")),
            (code, message) => message.or(code),
        };
        Ok(OperationStatus { status: body.status.0, resource: body.properties.resource_id.id(), error })
    }

    fn location_url(
        &self,
        operation: &str,
        subscription: &str,
        location: &str,
        path: &str,
    ) -> Result<Url, ArmError> {
        // Display names ("West Europe") name the same region as the short ones.
        let region = location.replace(' ', "").to_ascii_lowercase();
        let id = || -> Result<ArmId, BadId> {
            let network =
                format!("/subscriptions/{subscription}/providers/Microsoft.Network/locations/{region}{path}");
            ArmId::parse(&network)
        };
        let id = id().map_err(|e| ArmError::new(ErrorKind::Refused, operation, e.to_string()))?;
        Ok(self.nsp_url(&id, ""))
    }
}
