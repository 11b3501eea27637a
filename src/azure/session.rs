//! Where requests go, and with whose token: endpoints and credential are always built together, so
//! that a token cannot meet a host that it was not meant for. Must not send anything.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use jiff::Timestamp;
use url::Url;

use super::cloud::{Audience, Cloud};
use super::credentials::{AccessToken, SignInFailure, TokenProvider, is_loopback};
use super::data_plane;
use super::error::{ArmError, ErrorKind};
use crate::domain::probe::DataPlane;
use crate::domain::{ArmId, Failure, FailureKind, text};

/// The api-version of every network security perimeter operation, unless the session says otherwise:
/// the newest one with recorded traffic (API.md, section 1).
pub const API_VERSION: &str = "2024-10-01";

/// Gives the tokens of one identity. Caching, timeouts and single flight are its business.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token for this audience.
    async fn token(&self, audience: Audience) -> Result<AccessToken, Failure>;

    /// Forgets this token because the service refused it, so that the next call asks anew.
    fn invalidate(&self, audience: Audience, seen: &AccessToken);
}

#[async_trait]
impl TokenSource for TokenProvider {
    async fn token(&self, audience: Audience) -> Result<AccessToken, Failure> {
        Self::token(self, audience).await.map_err(|failure| sign_in_failure(&failure))
    }

    fn invalidate(&self, audience: Audience, seen: &AccessToken) {
        Self::invalidate(self, audience, seen);
    }
}

fn sign_in_failure(failure: &SignInFailure) -> Failure {
    let clean = |words: &str| text::clean(words).into_owned();
    Failure::new(FailureKind::Auth, clean(&failure.title), clean(&failure.detail)).hint(clean(&failure.hint))
}

/// Endpoints, api-version, credential and the label under which the user knows them.
#[derive(Clone)]
pub struct Session {
    label: String,
    arm: Url,
    logs: Option<Url>,
    data: DataPlanes,
    api_version: String,
    demo: bool,
    tokens: Arc<dyn TokenSource>,
}

/// Where the data planes of resources are reached.
#[derive(Debug, Clone, Default)]
pub enum DataPlanes {
    /// Nowhere.
    #[default]
    None,
    /// At the hosts of this cloud.
    Cloud(Cloud),
    /// All of them below one address on this machine, as `{address}/{host}`.
    At(Url),
}

/// The tokens of a simulated session: they say whose tenant and what for, as real ones do.
struct Simulated {
    tenant: Option<String>,
}

#[async_trait]
impl TokenSource for Simulated {
    async fn token(&self, audience: Audience) -> Result<AccessToken, Failure> {
        let resource = Cloud::AzureCloud.scope(audience).trim_end_matches("/.default");
        let tenant = self.tenant.as_ref().map_or_else(String::new, |id| format!("tid={id};"));
        let token = Secret::new(format!("{tenant}aud={resource}"));
        AccessToken::new(token, Timestamp::MAX).ok_or_else(|| {
            Failure::new(FailureKind::Auth, "The tenant cannot be named", "its name holds odd characters")
        })
    }

    fn invalidate(&self, _: Audience, _: &AccessToken) {}
}

impl Session {
    /// A session in a real cloud.
    pub fn in_cloud(cloud: Cloud, tokens: Arc<dyn TokenSource>) -> Result<Self, ArmError> {
        let session = Self::at(cloud.name(), cloud.arm_endpoint(), Some(cloud.logs_endpoint()), tokens)?;
        session.with_data_planes(DataPlanes::Cloud(cloud))
    }

    /// A session with endpoints that the user named: `https` anywhere, `http` on loopback only.
    pub fn at(
        label: &str,
        arm: &str,
        logs: Option<&str>,
        tokens: Arc<dyn TokenSource>,
    ) -> Result<Self, ArmError> {
        let logs = logs.map(endpoint).transpose()?;
        Ok(Self {
            label: label.to_owned(),
            arm: endpoint(arm)?,
            logs,
            data: DataPlanes::None,
            api_version: API_VERSION.to_owned(),
            demo: false,
            tokens,
        })
    }

    /// A session with a fixed token, which is taken for loopback endpoints only.
    pub fn with_static_token(
        label: &str,
        arm: &str,
        logs: Option<&str>,
        token: &str,
    ) -> Result<Self, ArmError> {
        let urls = std::iter::once(arm).chain(logs).map(endpoint).collect::<Result<Vec<_>, _>>()?;
        let tokens = TokenProvider::fixed(token.to_owned(), &urls.iter().collect::<Vec<_>>())
            .map_err(|failure| refused(&failure.detail))?;
        Self::at(label, arm, logs, Arc::new(tokens))
    }

    /// A session with the simulator at `url`, for all audiences.
    pub fn simulated(url: &str) -> Result<Self, ArmError> {
        Self::simulated_in(url, None)
    }

    /// A session with the simulator at `url`, signed in to one of its tenants.
    pub fn simulated_in(url: &str, tenant: Option<&str>) -> Result<Self, ArmError> {
        let base = endpoint(url)?;
        if !is_loopback(&base) {
            return Err(refused("the simulator is on this machine"));
        }
        let tokens = Simulated { tenant: tenant.map(str::to_owned) };
        let session = Self::at("simulated", url, Some(url), Arc::new(tokens))?;
        session.with_data_planes(DataPlanes::At(join(&base, "/_data", &[])))
    }

    /// The same session, calling the data planes of resources there. An address of one's own must be
    /// on this machine: everywhere else a token goes to the known hosts of its cloud only.
    pub fn with_data_planes(mut self, data: DataPlanes) -> Result<Self, ArmError> {
        if let DataPlanes::At(base) = &data
            && !is_loopback(base)
        {
            return Err(refused("an endpoint for data planes must be a loopback address"));
        }
        self.data = data;
        Ok(self)
    }

    /// The same session with another api-version for the perimeter operations.
    #[must_use]
    pub fn with_api_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.api_version);
        self
    }

    /// The same session under another label.
    #[must_use]
    pub fn with_label(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }

    /// What the user calls this session; shown in the header and kept in the journal.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The api-version of the perimeter operations.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The endpoint of an audience; `None` when the session has none.
    pub fn endpoint(&self, audience: Audience) -> Option<&Url> {
        match audience {
            Audience::Management => Some(&self.arm),
            Audience::Logs => self.logs.as_ref(),
            Audience::Data(_) => match &self.data {
                DataPlanes::At(base) => Some(base),
                DataPlanes::None | DataPlanes::Cloud(_) => None,
            },
        }
    }

    /// The cloud whose data planes are called.
    pub fn cloud(&self) -> Option<Cloud> {
        match &self.data {
            DataPlanes::Cloud(cloud) => Some(*cloud),
            DataPlanes::None | DataPlanes::At(_) => None,
        }
    }

    /// The URL of a path (with query) at a host of a data plane.
    ///
    /// # Errors
    /// When the session calls no data planes, or this host is not known as one of them.
    pub fn data_url(&self, plane: DataPlane, host: &str, path: &str) -> Result<Url, ArmError> {
        let label = plane.label();
        let text = match &self.data {
            DataPlanes::None => {
                return Err(refused("this session has no endpoint for data planes (--data-endpoint)"));
            }
            DataPlanes::At(base) => format!("{}/{host}{path}", base.as_str().trim_end_matches('/')),
            DataPlanes::Cloud(cloud) if data_plane::of(*cloud, plane).is_none() => {
                return Err(refused(&format!("what {label} takes tokens for in {cloud} is not known")));
            }
            DataPlanes::Cloud(_) => format!("https://{host}{path}"),
        };
        let url = Url::parse(&text).map_err(|e| refused(&format!("{host} is no host name: {e}")))?;
        let own = match &self.data {
            DataPlanes::Cloud(cloud) => cloud.owns(Audience::Data(plane), &url) && url.username().is_empty(),
            DataPlanes::At(base) => base.origin() == url.origin(),
            DataPlanes::None => false,
        };
        if own {
            return Ok(url);
        }
        let host = text::clean(host);
        Err(refused(&format!("{host} is no host of {label} in this cloud, and a token goes nowhere else")))
    }

    /// True when every endpoint is on this machine.
    pub fn is_loopback(&self) -> bool {
        std::iter::once(&self.arm).chain(&self.logs).all(is_loopback)
    }

    /// The same in a world that lives in this very process and ends with it.
    #[must_use]
    pub fn of_a_demo(self) -> Self {
        Self { demo: true, ..self }
    }

    /// What is written is gone with this process.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    pub(super) fn tokens(&self) -> &dyn TokenSource {
        self.tokens.as_ref()
    }

    /// The URL of an ARM resource, or of something below it (`suffix` begins with `/` or is empty).
    pub(super) fn arm_url(&self, id: &ArmId, suffix: &str, query: &[(&str, &str)]) -> Url {
        join(&self.arm, &format!("{id}{suffix}"), query)
    }

    /// The URL of `path` at the endpoint of `audience`; fails when the session has no such endpoint.
    pub fn url(&self, audience: Audience, path: &str, query: &[(&str, &str)]) -> Result<Url, ArmError> {
        let Some(base) = self.endpoint(audience) else {
            return Err(refused(&format!("this session has no {audience} endpoint")));
        };
        Ok(join(base, path, query))
    }

    /// Whether a token for `audience` may go to `url`: scheme, host and port are the session's own.
    pub fn owns(&self, audience: Audience, url: &Url) -> bool {
        self.endpoint(audience).is_some_and(|own| own.origin() == url.origin())
            && url.username().is_empty()
            && url.password().is_none()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("label", &self.label)
            .field("arm", &self.arm.as_str())
            .field("logs", &self.logs.as_ref().map(Url::as_str))
            .field("api_version", &self.api_version)
            .finish_non_exhaustive()
    }
}

fn refused(why: &str) -> ArmError {
    ArmError::new(ErrorKind::Refused, "open a session", why)
}

/// Appends `path` (which begins with `/`) to the endpoint; characters that a path cannot hold are encoded.
fn join(base: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

fn endpoint(text: &str) -> Result<Url, ArmError> {
    let url = Url::parse(text).map_err(|e| refused(&format!("{text} is no URL: {e}")))?;
    let bare = url.username().is_empty() && url.password().is_none();
    if !bare || url.query().is_some() || url.fragment().is_some() || url.host().is_none() {
        return Err(refused("an endpoint is scheme, host, port and path, and nothing else"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(refused(&format!("{text}: http is for loopback addresses, https for all others"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_and_fixed_tokens_stay_on_this_machine() {
        for good in ["http://127.0.0.1:8080", "http://[::1]:1/", "http://localhost:9", "https://127.0.0.1"] {
            assert!(Session::simulated(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.org",
            "https://example.org",
            "ftp://127.0.0.1",
            "http://a:b@127.0.0.1",
            "nonsense",
        ] {
            assert!(Session::simulated(bad).is_err(), "{bad}");
        }
        assert!(
            Session::with_static_token("x", "http://127.0.0.1", Some("https://example.org"), "t").is_err()
        );
    }

    #[test]
    fn a_token_belongs_to_one_origin() {
        let session = Session::simulated("http://127.0.0.1:8080/arm").unwrap();
        let owns = |text: &str| session.owns(Audience::Management, &Url::parse(text).unwrap());
        assert!(owns("http://127.0.0.1:8080/x?y=z"));
        for foreign in [
            "https://127.0.0.1:8080/",
            "http://127.0.0.1:8081/",
            "http://127.0.0.2:8080/",
            "http://u@127.0.0.1:8080/",
        ] {
            assert!(!owns(foreign), "{foreign}");
        }
    }

    #[test]
    fn urls_keep_the_endpoints_path_and_encode_names() {
        let session = Session::simulated("http://127.0.0.1:8080/arm/").unwrap();
        let id = ArmId::parse("/subscriptions/s/resourceGroups/größe x").unwrap();
        let url = session.arm_url(&id, "/profiles", &[("api-version", "1"), ("q", "a&b")]);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:8080/arm/subscriptions/s/resourceGroups/gr%C3%B6%C3%9Fe%20x/profiles?api-version=1&q=a%26b"
        );
    }

    #[test]
    fn debug_shows_no_token() {
        let session = Session::with_static_token("l", "http://127.0.0.1", None, "hush").unwrap();
        assert!(!format!("{session:?}").contains("hush"));
    }
}
