//! Everything that decides how a session signs in, gathered in one value.
//!
//! Must not perform anything.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::environment::Environment;
use super::http::SignInHttp;
use super::kind::Kind;
use crate::azure::cloud::Cloud;

/// How to sign in. Start from [`SignIn::new`] and change fields.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The cloud whose authority issues the tokens, unless `AZURE_AUTHORITY_HOST` names another.
    pub cloud: Cloud,
    /// The way to sign in.
    pub kind: Kind,
    /// The directory to sign in to; wins over `AZURE_TENANT_ID`.
    pub tenant: Option<String>,
    /// The subscription (name or id) whose account `az` shall use; only asked for without `tenant`,
    /// since `az` takes one of the two.
    pub subscription: Option<String>,
    /// Where variables are looked up.
    pub environment: Environment,
    /// Time limits.
    pub limits: Limits,
    /// Where virtual machines find their metadata service; looked at before a managed identity is
    /// tried there.
    pub metadata_service: SocketAddr,
    /// HTTP clients; made for the platform when absent.
    pub http: Option<SignInHttp>,
    /// Where the present comes from.
    pub clock: Clock,
}

impl SignIn {
    /// The usual settings for a cloud and a way to sign in.
    pub fn new(cloud: Cloud, kind: Kind) -> Self {
        Self {
            cloud,
            kind,
            tenant: None,
            subscription: None,
            environment: Environment::process(),
            limits: Limits::default(),
            metadata_service: SocketAddr::from(([169, 254, 169, 254], 80)),
            http: None,
            clock: Clock::default(),
        }
    }
}

/// How long things may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// One attempt with one credential, retries included.
    pub attempt: Duration,
    /// One run of `az` or `azd`.
    pub tool: Duration,
    /// The answer of the metadata service to the question whether it is there.
    pub metadata: Duration,
    /// The shortest pause between two questions whether the device code was entered.
    pub device_pause: Duration,
    /// What `slow_down` adds to that pause (RFC 8628: five seconds).
    pub device_slow_down: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(30),
            tool: Duration::from_secs(20),
            metadata: Duration::from_secs(1),
            device_pause: Duration::from_secs(1),
            device_slow_down: Duration::from_secs(5),
        }
    }
}

/// A source of the present instant.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
