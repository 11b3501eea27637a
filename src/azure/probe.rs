//! Calls the data plane of a resource once, with the session's identity, and keeps what came back as
//! evidence. It never repeats, never follows a redirect, and judges nothing (`domain::probe` does).

use std::net::IpAddr;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION};
use url::Url;

use super::client::ArmClient;
use super::cloud::{Audience, Cloud};
use super::credentials::{AccessToken, is_loopback};
use super::data_plane;
use super::error::{ArmError, ErrorKind};
use super::exchange::{Answer, Request, chain};
use crate::domain::probe::{Answered, DataPlane, Loss, Names, Probe, Reply};
use crate::domain::{ArmId, Resource, text};

/// Largest answer that is read: what matters stands at its beginning.
const LARGEST: usize = 256 << 10;

impl ArmClient {
    /// Calls the data plane of a resource. What goes wrong on the way is the result, not an error;
    /// an error means that the resource could not be read or may not be called.
    pub async fn probe(&self, id: &ArmId) -> Result<Probe, ArmError> {
        let operation = format!("test the connection to {}", id.name());
        let refused = |why: String| ArmError::new(ErrorKind::Refused, &operation, why);
        let kind = id.resource_type().unwrap_or_default();
        let plane = DataPlane::of(&kind)
            .ok_or_else(|| refused(format!("no harmless HTTPS read is known for {kind}")))?;
        let resource = self.resource(id).await.map_err(|e| e.during(&operation))?;
        let Some((host, url)) = self.target(&resource, plane).map_err(|e| e.during(&operation))? else {
            return Err(refused(format!("{} says no host name of its own", id.name())));
        };
        let names = self.names(&host, &url).await;
        let path = data_plane::read(plane).and_then(|read| read.split('?').next()).unwrap_or_default();
        let mut probe = Probe {
            resource: id.clone(),
            plane,
            host,
            request: format!("GET {path}"),
            names,
            peer: None,
            reply: Reply::NotAsked(
                "SQL speaks TDS, which nsp does not: a denial by the perimeter shows at login as error 42118"
                    .to_owned(),
            ),
            millis: 0,
        };
        if data_plane::read(plane).is_none() {
            probe.request = String::new();
            return Ok(probe);
        }
        let begun = self.transport().clock().now();
        match self.session().tokens().token(Audience::Data(plane)).await {
            Ok(token) => (probe.peer, probe.reply) = self.call(&operation, plane, url, &token).await,
            Err(failure) => probe.reply = Reply::NoToken(failure),
        }
        let spent = self.transport().clock().now().saturating_duration_since(begun);
        probe.millis = spent.as_millis() as u64;
        Ok(probe)
    }

    /// Host name and URL of the read; refuses hosts that are not the session's own.
    fn target(&self, resource: &Resource, plane: DataPlane) -> Result<Option<(String, Url)>, ArmError> {
        let cloud = self.session().cloud().unwrap_or(Cloud::AzureCloud);
        let Some(host) = data_plane::host(resource, plane, cloud) else { return Ok(None) };
        let url = self.session().data_url(plane, &host, data_plane::read(plane).unwrap_or("/"))?;
        Ok(Some((host, url)))
    }

    /// What the host name stands for here.
    async fn names(&self, host: &str, url: &Url) -> Names {
        if url.host_str().is_none_or(|own| !own.eq_ignore_ascii_case(host)) {
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            return Names::Elsewhere(format!("{}{port}", url.host_str().unwrap_or_default()));
        }
        let looked_up = tokio::net::lookup_host((host, 443));
        match tokio::time::timeout(self.transport().timing().connect, looked_up).await {
            Ok(Ok(found)) => {
                let mut all: Vec<IpAddr> = found.map(|address| address.ip()).collect();
                all.sort();
                all.dedup();
                Names::Addresses(all)
            }
            Ok(Err(error)) => Names::Unknown(text::clean(&error.to_string()).into_owned()),
            Err(_) => Names::Unknown("the name server did not answer in time".to_owned()),
        }
    }

    async fn call(
        &self,
        operation: &str,
        plane: DataPlane,
        url: Url,
        token: &AccessToken,
    ) -> (Option<IpAddr>, Reply) {
        let timing = self.transport().timing();
        let lost = |loss, why: &str| (None, Reply::Lost(loss, text::clean(why).into_owned()));
        let http = match self.transport().data_client() {
            Ok(http) => http,
            Err(why) => return lost(Loss::Tls, why),
        };
        let Some(authorization) = authorization(plane, token) else {
            return lost(Loss::Route, "the token cannot be sent");
        };
        let path = url.path().to_owned();
        let request = Request::get(operation, url.clone());
        let mut builder = http
            .get(url)
            .timeout(timing.request.min(timing.connect * 3))
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json, application/xml;q=0.9, */*;q=0.1")
            .header("x-ms-client-request-id", uuid::Uuid::new_v4().to_string());
        if let Some(version) = data_plane::version_header(plane) {
            let date = httpdate::fmt_http_date(std::time::SystemTime::from(self.transport().clock().wall()));
            builder = builder.header("x-ms-version", version).header("x-ms-date", date);
        }
        let response = match builder.send().await {
            Ok(response) => response,
            Err(error) => {
                let loss = loss(&error);
                let why = chain(&error.without_url());
                tracing::warn!(path, ?loss, detail = why, "no answer of a data plane");
                return (None, Reply::Lost(loss, why));
            }
        };
        let peer = response.remote_addr().map(|address| address.ip());
        match Answer::read(&request, response, LARGEST).await {
            Ok(answer) => {
                tracing::info!(path, status = answer.status, "data plane");
                (peer, Reply::Answered(evidence(&answer)))
            }
            Err(error) => (peer, Reply::Lost(Loss::Torn, error.said.detail)),
        }
    }

    /// Asks a web page for the public address of this machine. It gets no token.
    pub async fn public_address(&self, page: &str) -> Result<IpAddr, ArmError> {
        let operation = "ask for the public address of this machine";
        let refused = |why: String| ArmError::new(ErrorKind::Refused, operation, why);
        let url = Url::parse(page).map_err(|e| refused(format!("{page}: {e}")))?;
        if url.scheme() != "https" && !is_loopback(&url) {
            return Err(refused(format!("{page}: only https is asked, or this machine")));
        }
        let http = self.transport().page_client().map_err(|why| refused(why.to_owned()))?;
        let request = Request::get(operation, url.clone());
        let builder = http.get(url).timeout(self.transport().timing().connect * 2);
        let answer = Answer::receive(&request, builder, LARGEST).await?;
        if answer.status != 200 {
            return Err(ArmError::from_answer(&answer, None, self.transport().clock().wall()));
        }
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        let mut words = said.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'));
        words
            .find_map(|word| word.parse().ok())
            .ok_or_else(|| answer.undecodable(".", "no address in the answer"))
    }
}

/// Cosmos DB wants its own form of the header; all others take the usual one.
fn authorization(plane: DataPlane, token: &AccessToken) -> Option<HeaderValue> {
    let usual = token.authorization()?;
    if plane != DataPlane::Cosmos {
        return Some(usual);
    }
    let bare = usual.to_str().ok()?.strip_prefix("Bearer ")?;
    let all = format!("type=aad&ver=1.0&sig={bare}");
    let encoded: String = url::form_urlencoded::byte_serialize(all.as_bytes()).collect();
    let mut value = HeaderValue::try_from(encoded).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn loss(error: &reqwest::Error) -> Loss {
    let words = chain(error).to_ascii_lowercase();
    if error.is_timeout() {
        Loss::Time
    } else if ["dns error", "lookup address", "name or service not known"].iter().any(|w| words.contains(w)) {
        Loss::Name
    } else if ["certificate", "tls", "handshake"].iter().any(|w| words.contains(w)) {
        Loss::Tls
    } else if error.is_connect() {
        Loss::Route
    } else {
        Loss::Torn
    }
}

/// What of an answer is evidence; services answer in JSON, storage in XML.
fn evidence(answer: &Answer) -> Answered {
    if (200..300).contains(&answer.status) {
        let request_id = answer.request_id();
        return Answered { status: answer.status, request_id, ..Answered::default() };
    }
    let body = String::from_utf8_lossy(&answer.body);
    if let (Some(code), Some(message)) = (between(&body, "Code"), between(&body, "Message")) {
        return Answered {
            status: answer.status,
            code: Some(text::clean(&code).into_owned()),
            message: text::clean(message.trim()).into_owned(),
            request_id: answer.request_id(),
        };
    }
    let said = ArmError::from_answer(answer, None, jiff::Timestamp::UNIX_EPOCH).said;
    let to = answer.header(LOCATION.as_str()).map(|to| text::clean(to).into_owned());
    let message = to.map_or(said.detail.clone(), |to| format!("{} (to {to})", said.detail));
    Answered { status: answer.status, code: said.code, message, request_id: said.request_id }
}

/// The text of the first element of this name.
fn between(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    Some(inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}
