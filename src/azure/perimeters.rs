//! Operations on perimeters themselves.

use reqwest::Method;

use super::client::{ArmClient, collection};
use super::error::{ArmError, ErrorKind};
use super::exchange::Request;
use super::operation::Polling;
use super::page::Page;
use super::wire;
use crate::domain::{ArmId, BadId, Perimeter, RawBody};

/// Where to look for perimeters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A whole subscription, by its guid.
    Subscription(String),
    /// A resource group: guid of the subscription and name of the group.
    ResourceGroup(String, String),
}

impl Scope {
    fn id(&self) -> Result<ArmId, BadId> {
        match self {
            Self::Subscription(guid) => ArmId::subscription_of(guid),
            Self::ResourceGroup(guid, group) => ArmId::subscription_of(guid)?.child("resourceGroups", group),
        }
    }
}

impl ArmClient {
    /// Lists the perimeters of a subscription or resource group, page by page.
    pub async fn list_perimeters(
        &self,
        scope: &Scope,
        each: impl FnMut(Page<Perimeter>) + Send,
    ) -> Result<(), ArmError> {
        let id =
            scope.id().map_err(|e| ArmError::new(ErrorKind::Refused, "list perimeters", e.to_string()))?;
        let operation = format!("list the perimeters of {}", id.name());
        let path = format!("/providers/Microsoft.Network/{}", collection::PERIMETERS);
        self.pages(&operation, self.list_url(&id, &path), each).await
    }

    /// Reads a perimeter.
    pub async fn perimeter(&self, id: &ArmId) -> Result<Perimeter, ArmError> {
        self.get(id).await
    }

    /// Creates a perimeter, or replaces its tags: what `base` says beside them is kept.
    pub async fn put_perimeter(
        &self,
        id: &ArmId,
        location: &str,
        tags: &[(String, String)],
        base: Option<&RawBody>,
    ) -> Result<Perimeter, ArmError> {
        let fresh = wire::fresh();
        self.put_now(id, wire::perimeter(base.unwrap_or(&fresh), location, tags)).await
    }

    /// Replaces the tags of a perimeter, which is all that PATCH takes.
    pub async fn patch_perimeter_tags(
        &self,
        id: &ArmId,
        tags: &[(String, String)],
    ) -> Result<Perimeter, ArmError> {
        let operation = format!("change the tags of perimeter {}", id.name());
        let request = Request::write(&operation, Method::PATCH, self.nsp_url(id, ""), Some(wire::tags(tags)));
        self.transport().send(&request).await?;
        // The answer may be an internal envelope instead of the resource (API.md, section 2.2).
        self.get(id).await
    }

    /// Deletes a perimeter; `force` also deletes what is in it.
    pub async fn delete_perimeter(
        &self,
        id: &ArmId,
        force: bool,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        let query: &[(&str, &str)] = if force { &[("forceDeletion", "true")] } else { &[] };
        self.delete::<Perimeter>(id, query, progress).await
    }
}
