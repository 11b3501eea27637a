//! What a subscription offers to choose from: regions, resource groups, resources.

use serde::Deserialize;

use super::client::ArmClient;
use super::cloud::Audience;
use super::error::{ArmError, ErrorKind};
use super::wire::{BadBody, Text, Wire};
use crate::domain::{ArmId, Associable, Exposure};

/// api-version of the regions of a subscription (API.md, section 10).
const LOCATIONS: &str = "2022-12-01";
/// api-version of resource groups and of the generic list of resources.
const RESOURCES: &str = "2021-04-01";

/// An item of a list, as far as anything here matters.
struct Item {
    name: String,
    id: Option<ArmId>,
    kind: String,
    location: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    name: Text,
    #[serde(default)]
    id: Text,
    #[serde(default)]
    kind: Text,
    #[serde(default)]
    location: Text,
}

impl Wire for Item {
    const NOUN: &'static str = "entry";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let body: Body =
            serde_json::from_str(json).map_err(|e| BadBody { path: String::new(), reason: e.to_string() })?;
        Ok(Self { name: body.name.0, id: body.id.id(), kind: body.kind.0, location: body.location.0 })
    }
}

impl ArmClient {
    /// Names of the regions that a subscription (guid) may use.
    pub async fn locations(&self, subscription: &str) -> Result<Vec<String>, ArmError> {
        let items = self.inventory("list the regions", subscription, "locations", LOCATIONS).await?;
        Ok(items.into_iter().map(|item| item.name).filter(|name| !name.is_empty()).collect())
    }

    /// Names of the resource groups of a subscription (guid).
    pub async fn resource_groups(&self, subscription: &str) -> Result<Vec<String>, ArmError> {
        let items =
            self.inventory("list the resource groups", subscription, "resourcegroups", RESOURCES).await?;
        Ok(items.into_iter().map(|item| item.name).filter(|name| !name.is_empty()).collect())
    }

    /// All resources of a subscription (guid), whatever their type; this list does not tell how open
    /// they are.
    pub(super) async fn resources_listed(&self, subscription: &str) -> Result<Vec<Associable>, ArmError> {
        let items = self.inventory("list the resources", subscription, "resources", RESOURCES).await?;
        let resource = |item: Item| {
            let Item { id, kind, location, .. } = item;
            id.map(|id| Associable { id, kind, location, exposure: Exposure::Untold, identity: None })
        };
        Ok(items.into_iter().filter_map(resource).collect())
    }

    /// Ids of all resources of a subscription (guid), whatever their type.
    pub async fn resource_ids(&self, subscription: &str) -> Result<Vec<ArmId>, ArmError> {
        let items = self.inventory("list the resources", subscription, "resources", RESOURCES).await?;
        Ok(items.into_iter().filter_map(|item| item.id).collect())
    }

    async fn inventory(
        &self,
        operation: &str,
        subscription: &str,
        collection: &str,
        version: &str,
    ) -> Result<Vec<Item>, ArmError> {
        let id = ArmId::subscription_of(subscription)
            .map_err(|e| ArmError::new(ErrorKind::Refused, operation, e.to_string()))?;
        let path = format!("{}/{collection}", id.as_str());
        let url = self.session().url(Audience::Management, &path, &[("api-version", version)])?;
        self.all(&format!("{operation} of {subscription}"), url).await
    }
}
