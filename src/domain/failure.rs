//! What the user is told when something went wrong: safe to show, safe to log, comparable.

use jiff::Timestamp;

/// What kind of failure it was; decides what the program offers next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Sign-in failed or the token was refused (401).
    Auth,
    /// Signed in, but not allowed (403).
    Denied,
    /// It does not exist (404).
    NotFound,
    /// It changed meanwhile, or something stands in the way (409, 412).
    Conflict,
    /// Too many requests (429).
    Throttled,
    /// The service refused the request as wrong (other 4xx).
    Rejected,
    /// The service failed (5xx).
    Server,
    /// No answer: refused, torn, timed out.
    Network,
    /// An answer that could not be understood.
    Decode,
    /// The program would not do it: a token to an unknown host, a second write in flight.
    Refused,
    /// A write was sent and its outcome is not known.
    Unknown,
}

/// A failure as the user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind it was.
    pub kind: FailureKind,
    /// What failed, in one short line ("Access rule web-in was refused").
    pub title: String,
    /// The service's or the system's own words, cleaned.
    pub detail: String,
    /// What to do next, as a sentence; empty when nothing helps.
    pub hint: String,
    /// The error code of the service, such as `AuthorizationFailed`.
    pub code: Option<String>,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// `x-ms-request-id` (or the correlation id) of the answer, for a support case.
    pub request_id: Option<String>,
    /// When the service allows the next try.
    pub retry_at: Option<Timestamp>,
}

impl Failure {
    /// A failure with nothing but kind, title and detail.
    pub fn new(kind: FailureKind, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            detail: detail.into(),
            hint: String::new(),
            code: None,
            status: None,
            request_id: None,
            retry_at: None,
        }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// In one sentence after another for a form that was refused: what to do and the evidence first, the
    /// service's own words, which may be long, last.
    pub fn refusal(&self) -> String {
        let evidence = self.evidence();
        let said = [&self.title, &self.hint, &evidence, &self.detail];
        let words = said.iter().map(|text| text.trim_end_matches('.')).filter(|text| !text.is_empty());
        format!("Refused: {}.", words.collect::<Vec<_>>().join(". "))
    }

    /// Status, code and request id in one line, as far as known: the evidence for a support case.
    pub fn evidence(&self) -> String {
        let mut parts = Vec::new();
        if let Some(status) = self.status {
            parts.push(format!("HTTP {status}"));
        }
        if let Some(code) = &self.code {
            parts.push(code.clone());
        }
        if let Some(id) = &self.request_id {
            parts.push(format!("request {id}"));
        }
        parts.join(" · ")
    }
}
