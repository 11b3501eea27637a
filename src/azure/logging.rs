//! Operations on logging configurations; a perimeter has at most one, named `instance`.

use super::client::{ArmClient, collection};
use super::error::ArmError;
use super::page::Page;
use super::wire;
use crate::domain::{ArmId, LoggingConfiguration, RawBody};

impl ArmClient {
    /// Lists the logging configurations of a perimeter.
    pub async fn list_logging(
        &self,
        perimeter: &ArmId,
        each: impl FnMut(Page<LoggingConfiguration>) + Send,
    ) -> Result<(), ArmError> {
        // This list alone takes no `$top`.
        let url = self.nsp_url(perimeter, &format!("/{}", collection::LOGGING));
        self.pages("list the logging configurations", url, each).await
    }

    /// Reads a logging configuration (`{perimeter}/loggingConfigurations/instance`).
    pub async fn logging(&self, id: &ArmId) -> Result<LoggingConfiguration, ArmError> {
        self.get(id).await
    }

    /// Writes a logging configuration: what `base` says beside the categories is kept.
    pub async fn put_logging(
        &self,
        id: &ArmId,
        categories: &[String],
        base: Option<&RawBody>,
    ) -> Result<LoggingConfiguration, ArmError> {
        let fresh = wire::fresh();
        self.put_now(id, wire::logging(base.unwrap_or(&fresh), categories)).await
    }

    /// Deletes a logging configuration.
    pub async fn delete_logging(&self, id: &ArmId) -> Result<(), ArmError> {
        self.delete::<LoggingConfiguration>(id, &[], |_| ()).await
    }
}
