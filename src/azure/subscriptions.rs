//! Which subscriptions the signed-in identity can see.

use super::client::ArmClient;
use super::cloud::Audience;
use super::error::ArmError;
use super::page::Page;
use crate::domain::Subscription;

/// api-version of the subscriptions service (API.md, section 10).
const API_VERSION: &str = "2022-12-01";

impl ArmClient {
    /// Lists the subscriptions, page by page.
    pub async fn list_subscriptions(
        &self,
        each: impl FnMut(Page<Subscription>) + Send,
    ) -> Result<(), ArmError> {
        let url =
            self.session().url(Audience::Management, "/subscriptions", &[("api-version", API_VERSION)])?;
        self.pages("list subscriptions", url, each).await
    }
}
