//! Operations on links between perimeters and on the references that they leave on the other side.

use super::client::{ArmClient, collection};
use super::error::ArmError;
use super::operation::Polling;
use super::page::Page;
use super::wire;
use crate::domain::{ArmId, Link, LinkReference, RawBody};

/// What a client may say about a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkContent {
    /// The other perimeter; cannot be changed later.
    pub remote: ArmId,
    /// Local profiles that admit the other side; `*` is all.
    pub local_inbound: Vec<String>,
    /// Remote profiles that admit this side; `*` is all.
    pub remote_inbound: Vec<String>,
    /// At most 140 characters.
    pub description: String,
}

impl ArmClient {
    /// Lists the links of a perimeter, page by page.
    pub async fn list_links(
        &self,
        perimeter: &ArmId,
        each: impl FnMut(Page<Link>) + Send,
    ) -> Result<(), ArmError> {
        self.list(perimeter, collection::LINKS, each).await
    }

    /// Reads a link.
    pub async fn link(&self, id: &ArmId) -> Result<Link, ArmError> {
        self.get(id).await
    }

    /// Writes a link. It may stay `Accepted` for long, so nothing is waited for (API.md, section 3).
    pub async fn put_link(
        &self,
        id: &ArmId,
        content: &LinkContent,
        base: Option<&RawBody>,
    ) -> Result<Link, ArmError> {
        let fresh = wire::fresh();
        self.put_now(id, wire::link(base.unwrap_or(&fresh), content)).await
    }

    /// Deletes a link and waits for it; its reference stays on the other side, as `Disconnected`.
    pub async fn delete_link(
        &self,
        id: &ArmId,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        self.delete::<Link>(id, &[], progress).await
    }

    /// Lists the references that other perimeters' links have left here, page by page.
    pub async fn list_link_references(
        &self,
        perimeter: &ArmId,
        each: impl FnMut(Page<LinkReference>) + Send,
    ) -> Result<(), ArmError> {
        self.list(perimeter, collection::LINK_REFERENCES, each).await
    }

    /// Reads a link reference.
    pub async fn link_reference(&self, id: &ArmId) -> Result<LinkReference, ArmError> {
        self.get(id).await
    }

    /// Deletes a link reference and waits for it.
    pub async fn delete_link_reference(
        &self,
        id: &ArmId,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        self.delete::<LinkReference>(id, &[], progress).await
    }
}
