//! Operations on resource associations.

use super::client::{ArmClient, collection};
use super::error::ArmError;
use super::operation::Polling;
use super::page::Page;
use super::wire;
use crate::domain::{AccessMode, ArmId, Association, RawBody};

/// What a client may say about an association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociationContent {
    /// The PaaS resource.
    pub resource: ArmId,
    /// The profile.
    pub profile: ArmId,
    /// The access mode.
    pub mode: AccessMode,
}

impl ArmClient {
    /// Lists the associations of a perimeter, page by page.
    pub async fn list_associations(
        &self,
        perimeter: &ArmId,
        each: impl FnMut(Page<Association>) + Send,
    ) -> Result<(), ArmError> {
        self.list(perimeter, collection::ASSOCIATIONS, each).await
    }

    /// Reads an association.
    pub async fn association(&self, id: &ArmId) -> Result<Association, ArmError> {
        self.get(id).await
    }

    /// Writes an association and waits for it: what `base` says beside `content` is kept.
    pub async fn put_association(
        &self,
        id: &ArmId,
        content: &AssociationContent,
        base: Option<&RawBody>,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<Association, ArmError> {
        let fresh = wire::fresh();
        self.put_slowly(id, wire::association(base.unwrap_or(&fresh), content), progress).await
    }

    /// Takes a resource out of its perimeter, and waits until it is out.
    pub async fn delete_association(
        &self,
        id: &ArmId,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        self.delete::<Association>(id, &[], progress).await
    }

    /// Asks the service to bring the PaaS side to what the perimeter says.
    pub async fn reconcile_association(&self, id: &ArmId) -> Result<(), ArmError> {
        self.reconcile("association", id).await
    }
}
