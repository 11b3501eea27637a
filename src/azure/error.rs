//! What can go wrong with a request, and what the user is told about it. Must not decide about
//! retries (`retry.rs`) and must never hold a token or a URL with a signature.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::exchange::Answer;
use super::hints;
use super::wire::Text;
use crate::domain::{Failure, FailureKind, text};

/// Longest message of a service that is kept; the rest helps nobody.
const MAX_MESSAGE: usize = 2000;

/// Word of a challenge with which conditional access asks for more than a new token.
pub(super) const CLAIMS: &str = "insufficient_claims";

/// The kind of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// Sign-in failed, or the token was refused twice.
    Auth,
    /// 403; the missing action where the service names it.
    Denied {
        /// Such as `Microsoft.Network/networkSecurityPerimeters/write`.
        action: Option<String>,
    },
    /// 404.
    NotFound,
    /// 409 or 412.
    Conflict,
    /// 429.
    Throttled,
    /// Any other 4xx: the request is wrong.
    Rejected,
    /// 5xx and 408.
    Server,
    /// No whole answer.
    Network {
        /// False when the request surely never reached the service.
        sent: bool,
    },
    /// An answer that could not be understood.
    Decode {
        /// Where in the body, such as `properties.direction`; `.` for the body as a whole.
        path: String,
    },
    /// This program would not do it.
    Refused,
    /// A long-running operation was accepted and its end was not seen.
    Unfinished,
    /// A long-running operation ended as failed or cancelled; it says why.
    Failed,
}

/// A failed request: kind, and everything that is known about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not {}: {}", said.operation, said.detail)]
pub struct ArmError {
    /// The kind.
    pub kind: ErrorKind,
    /// What was said about it.
    pub said: Box<Said>,
}

/// The circumstances of an [`ArmError`]; all text is cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// What was tried, as in "could not …".
    pub operation: String,
    /// The service's or the system's words.
    pub detail: String,
    /// Error code of the service.
    pub code: Option<String>,
    /// `target` of the service's error.
    pub target: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// Request id of the service.
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
    /// The same as an instant.
    pub retry_at: Option<Timestamp>,
    /// A failure from below (sign-in) that already is in words for the user.
    pub cause: Option<Failure>,
}

/// The error object of ARM, of Log Analytics and of the older, flat form.
#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default)]
    error: Option<ErrorField>,
    #[serde(flatten)]
    flat: ErrorObject,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorField {
    Object(ErrorObject),
    Word(Text),
}

#[derive(Deserialize, Default)]
struct ErrorObject {
    #[serde(default, alias = "Code")]
    code: Text,
    #[serde(default, alias = "Message", alias = "error_description")]
    message: Text,
    #[serde(default, alias = "Target")]
    target: Text,
    #[serde(default)]
    details: Option<Vec<ErrorObject>>,
    #[serde(default)]
    innererror: Option<Box<ErrorObject>>,
}

impl ArmError {
    /// An error of this program's own making.
    pub fn new(kind: ErrorKind, operation: &str, detail: impl Into<String>) -> Self {
        let said = Said { operation: operation.to_owned(), detail: detail.into(), ..Said::default() };
        Self { kind, said: Box::new(said) }
    }

    /// A sign-in failure that is already in words for the user.
    pub(super) fn from_sign_in(operation: &str, cause: Failure) -> Self {
        let mut error = Self::new(ErrorKind::Auth, operation, cause.detail.clone());
        error.said.cause = Some(cause);
        error
    }

    /// What an answer that is no success means.
    pub(super) fn from_answer(answer: &Answer, retry_after: Option<Duration>, now: Timestamp) -> Self {
        let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut error = Self::from_object(answer.operation(), body.object());
        if error.said.detail.is_empty() {
            error.said.detail = answer.describe();
        }
        error.kind = kind_of(answer.status, &error.said.detail);
        let said = &mut error.said;
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        if answer.status == 401 && challenge.contains(CLAIMS) {
            said.code = Some(CLAIMS.to_owned());
        }
        said.status = Some(answer.status);
        said.request_id = answer.request_id();
        said.retry_after = retry_after;
        said.retry_at = retry_after.and_then(|wait| now.checked_add(wait).ok());
        error
    }

    /// The final error of a long-running operation, from the `error` object of its status document.
    pub(super) fn from_operation(answer: &Answer, status: &str) -> Self {
        let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut error = Self::from_object(answer.operation(), body.object());
        if error.said.detail.is_empty() {
            error.said.detail = format!("the operation ended as {}", text::clean(status));
        }
        error.kind = ErrorKind::Failed;
        error.said.request_id = answer.request_id();
        error
    }

    fn from_object(operation: &str, object: ErrorObject) -> Self {
        let mut words = Vec::new();
        collect(&object, &mut words, 0);
        let mut error = Self::new(ErrorKind::Rejected, operation, shorten(&words.join(" · ")));
        error.said.code = object.code.some();
        error.said.target = object.target.some();
        error
    }

    /// The same under the name of a larger operation.
    #[must_use]
    pub fn during(mut self, operation: &str) -> Self {
        operation.clone_into(&mut self.said.operation);
        self
    }

    /// True when the service has not done what was asked: it said so, or was never reached.
    pub fn surely_not_done(&self) -> bool {
        match &self.kind {
            ErrorKind::Auth
            | ErrorKind::Denied { .. }
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Throttled
            | ErrorKind::Rejected
            | ErrorKind::Refused
            | ErrorKind::Failed => true,
            ErrorKind::Network { sent } => !sent,
            ErrorKind::Server | ErrorKind::Decode { .. } | ErrorKind::Unfinished => false,
        }
    }
}

impl ErrorBody {
    fn object(self) -> ErrorObject {
        match self.error {
            Some(ErrorField::Object(object)) => object,
            Some(ErrorField::Word(code)) => ErrorObject { code, ..self.flat },
            None => self.flat,
        }
    }
}

/// Messages from the outside in; details that only repeat are left out.
fn collect(object: &ErrorObject, words: &mut Vec<String>, depth: usize) {
    let message = [&object.message, &object.code].into_iter().map(|t| t.0.trim()).find(|t| !t.is_empty());
    if let Some(message) = message.filter(|m| !words.iter().any(|w| w.contains(m))) {
        words.push(message.to_owned());
    }
    if depth < 4 {
        for inner in object.details.iter().flatten().chain(object.innererror.as_deref()) {
            collect(inner, words, depth + 1);
        }
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_MESSAGE {
        return text.to_owned();
    }
    text.chars().take(MAX_MESSAGE).chain(['…']).collect()
}

fn kind_of(status: u16, message: &str) -> ErrorKind {
    match status {
        401 => ErrorKind::Auth,
        403 => ErrorKind::Denied { action: missing_action(message) },
        404 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        429 => ErrorKind::Throttled,
        408 | 500..=599 => ErrorKind::Server,
        300..=399 => ErrorKind::Refused,
        _ => ErrorKind::Rejected,
    }
}

/// The action between quotes after "perform action", as ARM words `AuthorizationFailed`.
fn missing_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("perform action")?;
    let mut quoted = rest.split(['\'', '"']);
    let action = quoted.nth(1)?;
    (!action.is_empty()).then(|| action.to_owned())
}

impl From<ArmError> for Failure {
    fn from(error: ArmError) -> Self {
        let ArmError { kind, said } = error;
        if let Some(cause) = said.cause {
            return cause;
        }
        let operation = &said.operation;
        let title = match &kind {
            ErrorKind::Auth => "The sign-in was refused".to_owned(),
            ErrorKind::Denied { .. } => format!("Not allowed to {operation}"),
            ErrorKind::Unfinished => format!("Outcome not known: {operation}"),
            ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Throttled
            | ErrorKind::Rejected
            | ErrorKind::Server
            | ErrorKind::Network { .. }
            | ErrorKind::Decode { .. }
            | ErrorKind::Refused
            | ErrorKind::Failed => format!("Could not {operation}"),
        };
        let hint = hints::hint(&kind, &said);
        let detail = match &kind {
            ErrorKind::Decode { path } => format!("at {path}: {}", said.detail),
            _ => said.detail.clone(),
        };
        Self {
            code: said.code,
            status: said.status,
            request_id: said.request_id,
            retry_at: said.retry_at,
            ..Self::new(failure_kind(&kind), title, detail).hint(hint)
        }
    }
}

fn failure_kind(kind: &ErrorKind) -> FailureKind {
    match kind {
        ErrorKind::Auth => FailureKind::Auth,
        ErrorKind::Denied { .. } => FailureKind::Denied,
        ErrorKind::NotFound => FailureKind::NotFound,
        ErrorKind::Conflict => FailureKind::Conflict,
        ErrorKind::Throttled => FailureKind::Throttled,
        ErrorKind::Rejected | ErrorKind::Failed => FailureKind::Rejected,
        ErrorKind::Server => FailureKind::Server,
        ErrorKind::Network { .. } => FailureKind::Network,
        ErrorKind::Decode { .. } => FailureKind::Decode,
        ErrorKind::Refused => FailureKind::Refused,
        ErrorKind::Unfinished => FailureKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> Said {
        let body: ErrorBody = serde_json::from_str(body).unwrap();
        *ArmError::from_object("do it", body.object()).said
    }

    #[test]
    fn every_shape_of_an_error_body() {
        let cases = [
            (r#"{"error":{"message":"no","code":"NotFound"}}"#, Some("NotFound"), "no"),
            (r#"{"code":"Flat","message":"no"}"#, Some("Flat"), "no"),
            (r#"{"Message":"no"}"#, None, "no"),
            (r#"{"error":"invalid_grant","error_description":"no"}"#, Some("invalid_grant"), "no"),
            (r#"{"error":{"code":400,"message":null}}"#, Some("400"), "400"),
            (
                r#"{"error":{"code":"BadArgumentError","message":"bad","innererror":{"code":"SyntaxError","message":"near x","innererror":{"message":"bad"}}}}"#,
                Some("BadArgumentError"),
                "bad · near x",
            ),
            ("{}", None, ""),
        ];
        for (body, code, detail) in cases {
            let said = said(body);
            assert_eq!((said.code.as_deref(), said.detail.as_str()), (code, detail), "{body}");
        }
    }

    #[test]
    fn the_missing_action_is_found() {
        let message =
            "The client 'a' does not have authorization to perform action 'X/y/write' over scope '/s'";
        assert_eq!(missing_action(message).as_deref(), Some("X/y/write"));
        assert_eq!(missing_action("perform action"), None);
        assert_eq!(missing_action("something else 'x'"), None);
    }
}
