//! The client: one session, one transport, and the three things that every operation is made of
//! (read one, write one, delete one). Which operations there are stands in the files beside it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use reqwest::Method;
use url::Url;

use super::error::{ArmError, ErrorKind};
use super::exchange::{Answer, Request};
use super::operation::{Goal, Polling};
use super::quota::Quota;
use super::session::Session;
use super::transport::{Options, Transport};
use super::wire::Wire;
use crate::domain::ArmId;

/// The most items that the provider puts on a page; it takes half as many when it is not asked
/// (API.md, section 3).
const PAGE: &str = "20";

/// The Azure client of one session. Cheap to clone; clones share connections and limits.
#[derive(Debug, Clone)]
pub struct ArmClient {
    transport: Transport,
    /// api-versions found out for resource types that are not in the table of `resources.rs`.
    pub(super) versions: Arc<Mutex<HashMap<String, String>>>,
}

impl ArmClient {
    /// A client with the usual waits and limits.
    pub fn new(session: Session) -> Result<Self, ArmError> {
        Self::with_options(session, Options::default())
    }

    /// A client with other waits, a progress hook, or another clock.
    pub fn with_options(session: Session, options: Options) -> Result<Self, ArmError> {
        Ok(Self { transport: Transport::new(session, options)?, versions: Arc::default() })
    }

    /// The session that everything is asked in.
    pub fn session(&self) -> &Session {
        self.transport.session()
    }

    /// The transport, for requests beside the typed operations.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The lowest remaining request quota that was reported lately.
    pub fn quota(&self) -> Quota {
        self.transport.quota()
    }

    /// How far the service's clock is before ours, to a second or so; `None` while it has not said.
    pub fn ahead(&self) -> Option<SignedDuration> {
        self.transport.ahead()
    }

    /// The URL of one resource, with the api-version of its kind.
    fn one_url<T: Wire>(&self, id: &ArmId) -> Url {
        let version = T::VERSION.unwrap_or_else(|| self.session().api_version());
        self.session().arm_url(id, "", &[("api-version", version)])
    }

    /// The URL of a perimeter operation.
    pub(super) fn nsp_url(&self, id: &ArmId, suffix: &str) -> Url {
        self.session().arm_url(id, suffix, &[("api-version", self.session().api_version())])
    }

    pub(super) async fn get_at<T: Wire>(&self, operation: &str, url: Url) -> Result<T, ArmError> {
        decode(&self.transport.send(&Request::get(operation, url)).await?)
    }

    /// Reads one resource of a perimeter.
    pub(super) async fn get<T: Wire>(&self, id: &ArmId) -> Result<T, ArmError> {
        self.get_at(&format!("read {} {}", T::NOUN, id.name()), self.one_url::<T>(id)).await
    }

    /// Lists the resources below `id`.
    pub(super) async fn list<T: Wire>(
        &self,
        id: &ArmId,
        collection: &str,
        each: impl FnMut(super::Page<T>) + Send,
    ) -> Result<(), ArmError> {
        let operation = format!("list the {}s of {}", T::NOUN, id.name());
        self.pages(&operation, self.list_url(id, &format!("/{collection}")), each).await
    }

    /// The URL of the first page of a list of the provider.
    pub(super) fn list_url(&self, id: &ArmId, suffix: &str) -> Url {
        let mut url = self.nsp_url(id, suffix);
        url.query_pairs_mut().append_pair("$top", PAGE);
        url
    }

    /// Sends a PUT; the answer may be the resource or the beginning of a long-running operation.
    pub(super) async fn put<T: Wire>(&self, id: &ArmId, body: Body) -> Result<Answer, ArmError> {
        let operation = format!("write {} {}", T::NOUN, id.name());
        let body = encoded(&operation, body)?;
        let request = Request::write(&operation, Method::PUT, self.one_url::<T>(id), Some(body));
        self.transport.send(&request).await
    }

    /// Sends a PUT that is done when it is answered, and gives the resource.
    pub(super) async fn put_now<T: Wire>(&self, id: &ArmId, body: Body) -> Result<T, ArmError> {
        let answer = self.put::<T>(id, body).await?;
        // Some versions answer with an internal envelope (API.md, section 2.2): then it is read again.
        match decode(&answer) {
            Ok(resource) => Ok(resource),
            Err(_) => self.get(id).await,
        }
    }

    /// Sends a PUT and waits until the operation has ended, then reads the resource.
    pub(super) async fn put_slowly<T: Wire>(
        &self,
        id: &ArmId,
        body: Body,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<T, ArmError> {
        let answer = self.put::<T>(id, body).await?;
        self.finish(&answer, id, Goal::Present, progress).await?;
        self.get(id).await
    }

    /// Deletes, and waits until it is gone. Deleting what is not there is a success.
    pub(super) async fn delete<T: Wire>(
        &self,
        id: &ArmId,
        query: &[(&str, &str)],
        progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        let operation = format!("delete {} {}", T::NOUN, id.name());
        let mut url = self.one_url::<T>(id);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let sent = self.transport.send(&Request::write(&operation, Method::DELETE, url, None)).await;
        match sent {
            Ok(answer) => self.finish(&answer, id, Goal::Gone, progress).await,
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks the service to bring both sides of a resource to the same state (`reconcile`).
    pub(super) async fn reconcile(&self, noun: &str, id: &ArmId) -> Result<(), ArmError> {
        let operation = format!("reconcile {noun} {}", id.name());
        let body = Some(r#"{"properties":{}}"#.to_owned());
        let url = self.nsp_url(id, "/reconcile");
        self.transport.send(&Request::write(&operation, Method::POST, url, body)).await.map(drop)
    }
}

/// A body on its way out.
pub(super) type Body = serde_json::Result<String>;

fn encoded(operation: &str, body: Body) -> Result<String, ArmError> {
    body.map_err(|e| {
        let detail = format!("the last answer cannot be edited: {e}");
        ArmError::new(ErrorKind::Refused, operation, detail)
    })
}

/// Reads the resource in an answer.
pub(super) fn decode<T: Wire>(answer: &Answer) -> Result<T, ArmError> {
    let raw: Box<serde_json::value::RawValue> = answer.json()?;
    T::decode(raw.get()).map_err(|bad| answer.undecodable(&bad.path, &bad.reason))
}

/// What `list` collections are called; one place for the words of the paths.
pub(super) mod collection {
    pub(in crate::azure) const PERIMETERS: &str = "networkSecurityPerimeters";
    pub(in crate::azure) const PROFILES: &str = "profiles";
    pub(in crate::azure) const RULES: &str = "accessRules";
    pub(in crate::azure) const ASSOCIATIONS: &str = "resourceAssociations";
    pub(in crate::azure) const LINKS: &str = "links";
    pub(in crate::azure) const LINK_REFERENCES: &str = "linkReferences";
    pub(in crate::azure) const LOGGING: &str = "loggingConfigurations";
}
