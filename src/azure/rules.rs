//! Operations on access rules.

use super::client::{ArmClient, collection};
use super::error::ArmError;
use super::page::Page;
use super::wire;
use crate::domain::{AccessRule, ArmId, RawBody, RuleContent};

impl ArmClient {
    /// Lists the access rules of a profile, page by page.
    pub async fn list_rules(
        &self,
        profile: &ArmId,
        each: impl FnMut(Page<AccessRule>) + Send,
    ) -> Result<(), ArmError> {
        self.list(profile, collection::RULES, each).await
    }

    /// Reads an access rule.
    pub async fn rule(&self, id: &ArmId) -> Result<AccessRule, ArmError> {
        self.get(id).await
    }

    /// Writes an access rule: what `base` (the rule as last read) says beside `content` is kept.
    pub async fn put_rule(
        &self,
        id: &ArmId,
        content: &RuleContent,
        base: Option<&RawBody>,
    ) -> Result<AccessRule, ArmError> {
        let fresh = wire::fresh();
        self.put_now(id, wire::rule(base.unwrap_or(&fresh), content)).await
    }

    /// Deletes an access rule.
    pub async fn delete_rule(&self, id: &ArmId) -> Result<(), ArmError> {
        self.delete::<AccessRule>(id, &[], |_| ()).await
    }

    /// Asks the service to publish an access rule again.
    pub async fn reconcile_rule(&self, id: &ArmId) -> Result<(), ArmError> {
        self.reconcile("access rule", id).await
    }
}
