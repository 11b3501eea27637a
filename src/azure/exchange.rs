//! One request and one answer as values, and how the answer is read. Must not decide about repeating.

use std::error::Error;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use serde::de::DeserializeOwned;
use url::Url;

use super::cloud::Audience;
use super::error::{ArmError, ErrorKind};
use super::retry::Repeat;
use crate::domain::text;

/// Where services put their id of a request, the most telling first.
const REQUEST_IDS: [&str; 5] =
    ["x-ms-request-id", "x-ms-correlation-request-id", "apim-request-id", "x-ms-activity-id", "request-id"];

/// A request that may be sent more than once.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is tried, as in "could not …".
    pub operation: String,
    /// Whose token it needs.
    pub audience: Audience,
    /// HTTP method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// JSON body.
    pub body: Option<String>,
    /// Whether it may be sent again.
    pub repeat: Repeat,
    /// Longest time for it; the client's own when `None`.
    pub timeout: Option<Duration>,
    /// Value of `Prefer`.
    pub prefer: Option<HeaderValue>,
}

impl Request {
    /// A read from Azure Resource Manager.
    pub fn get(operation: &str, url: Url) -> Self {
        Self {
            operation: operation.to_owned(),
            audience: Audience::Management,
            method: Method::GET,
            url,
            body: None,
            repeat: Repeat::Safe,
            timeout: None,
            prefer: None,
        }
    }

    /// A write to Azure Resource Manager.
    pub fn write(operation: &str, method: Method, url: Url, body: Option<String>) -> Self {
        Self { method, body, repeat: Repeat::WhenRefused, ..Self::get(operation, url) }
    }

    /// A query of the log service: a POST that changes nothing.
    pub fn query(operation: &str, url: Url, body: String) -> Self {
        Self { audience: Audience::Logs, method: Method::POST, body: Some(body), ..Self::get(operation, url) }
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, unpacked.
    pub body: Vec<u8>,
    operation: String,
}

impl Answer {
    /// Sends, and reads the whole body or nothing.
    pub(super) async fn receive(
        request: &Request,
        builder: reqwest::RequestBuilder,
        limit: usize,
    ) -> Result<Self, ArmError> {
        let failed = |error: &reqwest::Error| {
            let sent = !(error.is_connect() || error.is_builder());
            let host = request.url.host_str().unwrap_or_default();
            ArmError::new(
                ErrorKind::Network { sent },
                &request.operation,
                format!("{host}: {}", chain(error)),
            )
        };
        let response = builder.send().await.map_err(|e| failed(&e.without_url()))?;
        Self::read(request, response, limit).await
    }

    /// Reads the whole body or nothing.
    pub(super) async fn read(
        request: &Request,
        mut response: reqwest::Response,
        limit: usize,
    ) -> Result<Self, ArmError> {
        let torn = |error: &reqwest::Error| {
            let host = request.url.host_str().unwrap_or_default();
            let detail = format!("{host}: {}", chain(error));
            ArmError::new(ErrorKind::Network { sent: true }, &request.operation, detail)
        };
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| torn(&e.without_url()))? {
            if body.len() + chunk.len() > limit {
                let detail = format!("the answer is larger than {} MB", limit >> 20);
                return Err(ArmError::new(
                    ErrorKind::Decode { path: ".".to_owned() },
                    &request.operation,
                    detail,
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
            operation: request.operation.clone(),
        })
    }

    /// What was tried.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The service's id of the request.
    pub fn request_id(&self) -> Option<String> {
        REQUEST_IDS.iter().find_map(|name| self.header(name)).map(|id| text::clean(id).into_owned())
    }

    /// A header as text; `None` when it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Decodes the body; an error names the place in the body and the request.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ArmError> {
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        let mut reader = serde_json::Deserializer::from_slice(body);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let detail = if self.looks_like_json() { error.inner().to_string() } else { self.describe() };
            self.undecodable(&error.path().to_string(), &detail)
        })?;
        reader.end().map_err(|error| self.undecodable(".", &error.to_string()))?;
        Ok(value)
    }

    /// The error for a body that means nothing, at `path`.
    pub fn undecodable(&self, path: &str, detail: &str) -> ArmError {
        let kind = ErrorKind::Decode { path: text::clean(path).into_owned() };
        let mut error = ArmError::new(kind, &self.operation, text::clean(detail));
        error.said.status = Some(self.status);
        error.said.request_id = self.request_id();
        error
    }

    /// A JSON body that stops in the middle was torn on its way, whatever the lengths say.
    pub(super) fn whole(self, request: &Request) -> Result<Self, ArmError> {
        let last = self.body.trim_ascii_end().last();
        let torn = request.repeat == Repeat::Safe
            && self.looks_like_json()
            && matches!(self.body.trim_ascii_start().first(), Some(b'{' | b'['))
            && !matches!(last, Some(b'}' | b']'));
        if !torn {
            return Ok(self);
        }
        let kind = ErrorKind::Network { sent: true };
        let mut error = ArmError::new(kind, &self.operation, "the answer stops in the middle");
        error.said.request_id = self.request_id();
        Err(error)
    }

    /// An answer without a usable error object, in words.
    pub(super) fn describe(&self) -> String {
        if let Some(challenge) = self.header(WWW_AUTHENTICATE.as_str()) {
            return format!("HTTP {}: {}", self.status, text::clean(challenge));
        }
        if (300..400).contains(&self.status) {
            return format!("HTTP {}: redirects are not followed", self.status);
        }
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or("no content type");
        let kind = text::clean(kind.split(';').next().unwrap_or(kind)).into_owned();
        format!("HTTP {} with {} bytes of {kind} instead of JSON", self.status, self.body.len())
    }

    fn looks_like_json(&self) -> bool {
        self.header(CONTENT_TYPE.as_str()).is_none_or(|kind| kind.to_ascii_lowercase().contains("json"))
    }
}

/// An error with its causes, outermost first; causes that are already in the text are left out.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text::clean(&text).into_owned()
}
