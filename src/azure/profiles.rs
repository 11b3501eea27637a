//! Operations on profiles.

use super::client::{ArmClient, collection};
use super::error::ArmError;
use super::page::Page;
use super::wire;
use crate::domain::{ArmId, Profile, RawBody};

impl ArmClient {
    /// Lists the profiles of a perimeter, page by page.
    pub async fn list_profiles(
        &self,
        perimeter: &ArmId,
        each: impl FnMut(Page<Profile>) + Send,
    ) -> Result<(), ArmError> {
        self.list(perimeter, collection::PROFILES, each).await
    }

    /// Reads a profile.
    pub async fn profile(&self, id: &ArmId) -> Result<Profile, ArmError> {
        self.get(id).await
    }

    /// Writes a profile. It has nothing that could be set; what `base` says is kept.
    pub async fn put_profile(&self, id: &ArmId, base: Option<&RawBody>) -> Result<Profile, ArmError> {
        let fresh = wire::fresh();
        self.put_now(id, wire::settable(base.unwrap_or(&fresh))).await
    }

    /// Deletes a profile.
    pub async fn delete_profile(&self, id: &ArmId) -> Result<(), ArmError> {
        self.delete::<Profile>(id, &[], |_| ()).await
    }
}
