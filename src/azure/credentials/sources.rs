//! Builds the credential of each way to sign in from settings and environment, or says what is
//! missing for it.
//!
//! Credentials of `azure_identity` are built anew for every token: their own caches would hand a
//! token that a service has refused straight back, and federated tokens and certificates are read
//! afresh. Must not cache anything but the device code's sign-in.

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use tokio::sync::broadcast;
use url::Url;

use super::child::GroupExecutor;
use super::device_code::{DEFAULT_CLIENT_ID, DeviceCode, DeviceCodeOptions};
use super::environment::OWN_TOKEN;
use super::events::SignInEvent;
use super::explain::explain;
use super::failure::{Attempt, Cause};
use super::http::{SignInHttp, options, ready};
use super::kind::Kind;
use super::metadata;
use super::redact::Redactor;
use super::settings::SignIn;

type Credential = Arc<dyn TokenCredential>;

/// Variables whose values must never be repeated.
const SECRETS: [&str; 5] =
    ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "IDENTITY_HEADER", "MSI_SECRET", OWN_TOKEN];

/// Everything that credentials are built from.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) settings: SignIn,
    pub(super) redactor: Redactor,
    http: SignInHttp,
    device: Option<Arc<DeviceCode>>,
}

impl Sources {
    pub(super) fn new(
        settings: SignIn,
        http: SignInHttp,
        events: &broadcast::Sender<SignInEvent>,
    ) -> Result<Self, Attempt> {
        let redactor = Redactor::new(SECRETS.iter().filter_map(|name| settings.environment.get(name)));
        let mut sources = Self { settings, redactor, http, device: None };
        if sources.settings.kind == Kind::DeviceCode {
            sources.device = Some(Arc::new(sources.device_code(events)?));
        }
        Ok(sources)
    }

    /// Lets the device code ask a person again.
    pub(super) fn allow_new_code(&self) {
        if let Some(device) = &self.device {
            device.allow_new_code();
        }
    }

    /// The credential of `kind`, or why there is none.
    pub(super) async fn credential(&self, kind: Kind) -> Result<Credential, Attempt> {
        match kind {
            Kind::Auto => Err(Attempt::new(kind, Cause::Misconfigured, "auto is a choice among the others")),
            Kind::AzureCli => self.azure_cli(),
            Kind::Azd => self.azd(),
            Kind::ManagedIdentity => self.managed_identity().await,
            Kind::WorkloadIdentity => self.workload_identity(),
            Kind::ClientSecret => self.client_secret(),
            Kind::ClientCertificate => self.client_certificate().await,
            Kind::DeviceCode => match &self.device {
                Some(device) => Ok(Arc::<DeviceCode>::clone(device)),
                None => Err(Attempt::not_configured(kind, "it has to be asked for")),
            },
        }
    }

    fn failed(&self, kind: Kind) -> impl Fn(azure_core::Error) -> Attempt {
        move |error| Attempt { cause: Cause::Misconfigured, ..explain(kind, &error, &self.redactor) }
    }

    /// A variable that `kind` cannot do without.
    fn required(&self, kind: Kind, name: &str) -> Result<String, Attempt> {
        let missing = || Attempt::not_configured(kind, &format!("{name} is not set"));
        self.settings.environment.get(name).ok_or_else(missing)
    }

    fn tenant(&self) -> Option<String> {
        self.settings.tenant.clone().or_else(|| self.settings.environment.get("AZURE_TENANT_ID"))
    }

    fn required_tenant(&self, kind: Kind) -> Result<String, Attempt> {
        let what = "AZURE_TENANT_ID is not set, and --tenant is not given";
        self.tenant().ok_or_else(|| Attempt::not_configured(kind, what))
    }

    /// `--tenant` as the tools take it. A leading hyphen would make an option of it.
    fn tool_tenant(&self, kind: Kind) -> Result<Option<String>, Attempt> {
        match &self.settings.tenant {
            Some(tenant) if tenant.starts_with('-') => {
                Err(Attempt::new(kind, Cause::Misconfigured, "a tenant does not begin with a hyphen"))
            }
            tenant => Ok(tenant.clone()),
        }
    }

    /// `AZURE_AUTHORITY_HOST` if set (https only, a bare host name will do), else the cloud's own.
    fn authority(&self, kind: Kind) -> Result<(Url, Arc<CloudConfiguration>), Attempt> {
        let bad = |text: &str| {
            let reason =
                format!("AZURE_AUTHORITY_HOST is not an https address: {}", self.redactor.clean(text));
            Attempt::new(kind, Cause::Misconfigured, reason)
        };
        let cloud = self.settings.cloud;
        let Some(text) = self.settings.environment.get("AZURE_AUTHORITY_HOST") else {
            let url = Url::parse(cloud.authority()).map_err(|_| bad(cloud.authority()))?;
            return Ok((url, cloud.configuration()));
        };
        let full = if text.contains("://") { text.clone() } else { format!("https://{text}") };
        let url = Url::parse(&full).ok().filter(|url| url.scheme() == "https").ok_or_else(|| bad(&text))?;
        let mut custom = CustomConfiguration::default();
        url.as_str().clone_into(&mut custom.authority_host);
        Ok((url, Arc::new(custom.into())))
    }

    fn executor(&self) -> Arc<GroupExecutor> {
        Arc::new(GroupExecutor::new(self.settings.environment.clone(), self.settings.limits.tool))
    }

    fn azure_cli(&self) -> Result<Credential, Attempt> {
        let kind = Kind::AzureCli;
        let tenant_id = self.tool_tenant(kind)?;
        // The name goes through a shell, so azure_identity takes plain characters only. Another name
        // is left out: `az` then answers for its default account, usually of the same directory.
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
        let subscription = self
            .settings
            .subscription
            .clone()
            .filter(|name| tenant_id.is_none() && !name.is_empty() && name.chars().all(plain));
        let options = AzureCliCredentialOptions { subscription, tenant_id, executor: Some(self.executor()) };
        Ok(AzureCliCredential::new(Some(options)).map_err(self.failed(kind))?)
    }

    fn azd(&self) -> Result<Credential, Attempt> {
        let kind = Kind::Azd;
        let tenant_id = self.tool_tenant(kind)?;
        let options = AzureDeveloperCliCredentialOptions { tenant_id, executor: Some(self.executor()) };
        Ok(AzureDeveloperCliCredential::new(Some(options)).map_err(self.failed(kind))?)
    }

    async fn managed_identity(&self) -> Result<Credential, Attempt> {
        let kind = Kind::ManagedIdentity;
        let env = &self.settings.environment;
        let local = ready(&self.http.local, kind)?;
        if env.get("IDENTITY_ENDPOINT").is_none() && env.get("MSI_ENDPOINT").is_none() {
            let (address, limit) = (self.settings.metadata_service, self.settings.limits.metadata);
            metadata::probe(local, address, limit)
                .await
                .map_err(|reason| Attempt::not_configured(kind, &reason))?;
        }
        let cloud = self.settings.cloud.configuration();
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: env.get("AZURE_CLIENT_ID").map(UserAssignedId::ClientId),
            client_options: options(local, cloud),
        };
        Ok(ManagedIdentityCredential::new(Some(options)).map_err(self.failed(kind))?)
    }

    fn workload_identity(&self) -> Result<Credential, Attempt> {
        let kind = Kind::WorkloadIdentity;
        let file = self.required(kind, "AZURE_FEDERATED_TOKEN_FILE")?;
        let client_id = self.required(kind, "AZURE_CLIENT_ID")?;
        let tenant_id = self.required_tenant(kind)?;
        let (_, cloud) = self.authority(kind)?;
        let options = WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions {
                client_options: options(ready(&self.http.authority, kind)?, cloud),
            },
            client_id: Some(client_id),
            tenant_id: Some(tenant_id),
            token_file_path: Some(file.into()),
        };
        Ok(WorkloadIdentityCredential::new(Some(options)).map_err(self.failed(kind))?)
    }

    fn client_secret(&self) -> Result<Credential, Attempt> {
        let kind = Kind::ClientSecret;
        let client_id = self.required(kind, "AZURE_CLIENT_ID")?;
        let secret = Secret::new(self.required(kind, "AZURE_CLIENT_SECRET")?);
        let tenant = self.required_tenant(kind)?;
        let (_, cloud) = self.authority(kind)?;
        let options = ClientSecretCredentialOptions {
            client_options: options(ready(&self.http.authority, kind)?, cloud),
        };
        Ok(ClientSecretCredential::new(&tenant, client_id, secret, Some(options))
            .map_err(self.failed(kind))?)
    }

    #[cfg(not(feature = "client-certificate"))]
    async fn client_certificate(&self) -> Result<Credential, Attempt> {
        let kind = Kind::ClientCertificate;
        self.required(kind, "AZURE_CLIENT_CERTIFICATE_PATH").or_else(|absent| {
            // Asked for by name, the missing feature is the news; in `auto` the variable is.
            if self.settings.kind == kind { Ok(String::new()) } else { Err(absent) }
        })?;
        let reason = "this build has no client certificates (cargo feature client-certificate)";
        std::future::ready(Err(Attempt::not_configured(kind, reason))).await
    }

    #[cfg(feature = "client-certificate")]
    async fn client_certificate(&self) -> Result<Credential, Attempt> {
        use azure_identity::{ClientCertificateCredential, ClientCertificateCredentialOptions};
        let kind = Kind::ClientCertificate;
        let client_id = self.required(kind, "AZURE_CLIENT_ID")?;
        let path = self.required(kind, "AZURE_CLIENT_CERTIFICATE_PATH")?;
        let tenant = self.required_tenant(kind)?;
        let (_, cloud) = self.authority(kind)?;
        let certificate = tokio::fs::read(&path).await.map_err(|error| {
            Attempt::new(
                kind,
                Cause::Misconfigured,
                format!("cannot read AZURE_CLIENT_CERTIFICATE_PATH: {error}"),
            )
        })?;
        let options = ClientCertificateCredentialOptions {
            client_options: options(ready(&self.http.authority, kind)?, cloud),
            password: self.settings.environment.get("AZURE_CLIENT_CERTIFICATE_PASSWORD").map(Secret::new),
        };
        ClientCertificateCredential::new(tenant, client_id, certificate.into(), Some(options))
            .map(|credential| credential as Credential)
            .map_err(self.failed(kind))
    }

    fn device_code(&self, events: &broadcast::Sender<SignInEvent>) -> Result<DeviceCode, Attempt> {
        let kind = Kind::DeviceCode;
        let tenant = self.tenant().unwrap_or_else(|| "organizations".to_owned());
        let (authority, _) = self.authority(kind)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let base = Some(&tenant)
            .filter(|tenant| tenant.chars().all(plain) && tenant.chars().any(|c| c != '.'))
            .and_then(|tenant| authority.join(&format!("/{tenant}/oauth2/v2.0/")).ok())
            .ok_or_else(|| {
                Attempt::new(kind, Cause::Misconfigured, "the tenant is neither an id nor a domain")
            })?;
        let client_id = self.settings.environment.get("AZURE_CLIENT_ID");
        Ok(DeviceCode::new(DeviceCodeOptions {
            client: self.http.authority.clone(),
            base,
            client_id: client_id.unwrap_or_else(|| DEFAULT_CLIENT_ID.to_owned()),
            limits: self.settings.limits.clone(),
            clock: self.settings.clock.clone(),
            events: events.clone(),
        }))
    }
}
