//! The one HTTP client that every way to sign in uses: time limits, proxy, certificates, name.
//!
//! Must not follow redirects: a request here may carry a secret in its body, and it is meant for
//! the authority alone.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CloudConfiguration;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport, UserAgentOptions};

use super::super::lazy_client::LazyClient;
use super::failure::{Attempt, Cause};
use super::kind::Kind;

/// What the services see as the user agent.
const USER_AGENT: &str = concat!("nsp/", env!("CARGO_PKG_VERSION"));

/// What `azure_identity` puts before its own name; it takes a short single word only.
const APPLICATION_ID: &str = "nsp";

/// Longer than a slow TCP connection needs, shorter than a person's patience.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest that a single request may take.
const REQUEST: Duration = Duration::from_secs(20);

/// The clients for sign-in. `Clone` shares their connections.
#[derive(Clone, Debug)]
pub struct SignInHttp {
    /// For the authority: honours `HTTPS_PROXY` and `NO_PROXY`; trusts the platform's certificates,
    /// or those in `SSL_CERT_FILE`.
    pub(super) authority: LazyClient,
    /// For identity endpoints on this machine, which no proxy can reach.
    pub(super) local: LazyClient,
}

impl Default for SignInHttp {
    fn default() -> Self {
        Self::new()
    }
}

impl SignInHttp {
    /// Clients as the platform and the environment configure them.
    pub fn new() -> Self {
        Self { authority: LazyClient::new(builder), local: LazyClient::new(|| builder().no_proxy()) }
    }

    /// The same time limits and manners, but trusting `certificates` and nothing else: for an
    /// authority inside a closed network, which no proxy leads to.
    pub fn trusting_only(
        certificates: impl IntoIterator<Item = reqwest::Certificate> + Send + 'static,
    ) -> Self {
        let authority = LazyClient::new(|| builder().no_proxy().tls_certs_only(certificates));
        Self { authority, ..Self::new() }
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .redirect(reqwest::redirect::Policy::none())
}

/// The client, or why signing in as `kind` is not possible without one.
pub(super) fn ready(client: &LazyClient, kind: Kind) -> Result<&reqwest::Client, Attempt> {
    let reason = |why: &str| Attempt::new(kind, Cause::Misconfigured, format!("cannot set up TLS: {why}"));
    client.get().map_err(reason)
}

/// Options for the credentials of `azure_identity`: our transport, and two quick retries in place
/// of the library's eight, which take over a minute against a dead authority.
pub(super) fn options(client: &reqwest::Client, cloud: Arc<CloudConfiguration>) -> ClientOptions {
    let retry = ExponentialRetryOptions { max_retries: 2, ..ExponentialRetryOptions::default() };
    ClientOptions {
        transport: Some(Transport::new(Arc::new(client.clone()))),
        retry: RetryOptions::exponential(retry),
        user_agent: UserAgentOptions { application_id: Some(APPLICATION_ID.to_owned()) },
        cloud: Some(cloud),
        ..ClientOptions::default()
    }
}
