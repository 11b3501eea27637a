//! Which subscriptions and tenants the signed-in identity can see.

use serde::Deserialize;

use super::client::ArmClient;
use super::cloud::Audience;
use super::error::ArmError;
use super::page::Page;
use super::wire::{BadBody, Text, Wire};
use crate::domain::Subscription;
use crate::domain::scope::Tenant;

/// api-version of the subscriptions service (API.md, section 10).
const API_VERSION: &str = "2022-12-01";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TenantBody {
    tenant_id: Text,
    display_name: Text,
    default_domain: Text,
}

impl Wire for Tenant {
    const NOUN: &'static str = "tenant";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let body: TenantBody =
            serde_json::from_str(json).map_err(|e| BadBody { path: String::new(), reason: e.to_string() })?;
        let id = body.tenant_id.some();
        let id = id.ok_or_else(|| BadBody { path: "tenantId".to_owned(), reason: "missing".to_owned() })?;
        Ok(Self { id, name: body.display_name.0, domain: body.default_domain.0 })
    }
}

impl ArmClient {
    /// The tenants that the identity is a member of.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, ArmError> {
        let url = self.session().url(Audience::Management, "/tenants", &[("api-version", API_VERSION)])?;
        self.all("list the tenants", url).await
    }

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
