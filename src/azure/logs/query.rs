//! The query call of Log Analytics, and what its answers mean. Must not decide when to ask again.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::header::HeaderValue;
use serde::Serialize;

use super::QueryAnswer;
use super::kql::{self, Kql};
use super::table::{self, PartialError};
use crate::azure::cloud::Audience;
use crate::azure::{Answer, ArmClient, ArmError, ErrorKind, Request};
use crate::domain::log::TailTable;
use crate::domain::{ArmId, Failure, FailureKind, text};

const OPERATION: &str = "query the access log";
/// What the connection may need on top of the time that the service is given.
const MARGIN: Duration = Duration::from_secs(5);

/// Where a query runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LogScope {
    /// A workspace by its `customerId`, which is not its resource id.
    Workspace(String),
    /// All workspaces that a resource logs to, by the resource's id.
    Resource(ArmId),
}

/// A query to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// Where it runs.
    pub scope: LogScope,
    /// Its text.
    pub kql: Kql,
    /// Only rows with `TimeGenerated` in this span up to now; the text alone decides when `None`.
    pub timespan: Option<SignedDuration>,
    /// Longest time that the service may take; it allows 10 minutes at most.
    pub wait: Duration,
}

#[derive(Serialize)]
struct Body<'a> {
    query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timespan: Option<String>,
}

impl LogScope {
    fn path(&self) -> Result<String, ArmError> {
        match self {
            Self::Resource(id) => Ok(format!("/v1{id}/query")),
            Self::Workspace(id) if is_guid_like(id) => Ok(format!("/v1/workspaces/{id}/query")),
            Self::Workspace(id) => {
                let detail = format!("{} is no workspace id", text::clean(id));
                Err(ArmError::new(ErrorKind::Refused, OPERATION, detail))
            }
        }
    }
}

/// Letters, digits and hyphens: whatever else it says, it stays one segment of the URL.
fn is_guid_like(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

impl LogQuery {
    /// A query of `scope` that may take half a minute.
    pub fn new(scope: LogScope, kql: Kql) -> Self {
        Self { scope, kql, timespan: None, wait: Duration::from_secs(30) }
    }
}

impl ArmClient {
    /// Runs a query with the session's token for logs.
    ///
    /// A workspace that has no access log table yet is a state of the answer, not an error; rows
    /// that come with a `PartialError` are kept, with a warning.
    pub async fn query_logs(&self, query: &LogQuery) -> Result<QueryAnswer, ArmError> {
        let url = self.session().url(Audience::Logs, &query.scope.path()?, &[])?;
        let timespan = query.timespan.map(|span| span.to_string());
        let body = serde_json::to_string(&Body { query: query.kql.text(), timespan })
            .map_err(|error| ArmError::new(ErrorKind::Refused, OPERATION, error.to_string()))?;
        let mut request = Request::query(OPERATION, url, body);
        request.prefer = HeaderValue::from_str(&format!("wait={}", query.wait.as_secs())).ok();
        request.timeout = Some(query.wait + MARGIN);
        match self.transport().send(&request).await {
            Ok(answer) => read(&answer),
            Err(error) if says_no_table(&error) => {
                Ok(QueryAnswer { state: TailTable::NoneYet, ..QueryAnswer::default() })
            }
            Err(error) => Err(error),
        }
    }
}

fn read(answer: &Answer) -> Result<QueryAnswer, ArmError> {
    let decoded = table::decode(&answer.body).map_err(|error| answer.undecodable(".", &error.to_string()))?;
    let warning = decoded.error.map(|error| Failure {
        code: Some(text::clean(&error.code).into_owned()),
        status: Some(answer.status),
        request_id: answer.request_id(),
        ..Failure::new(FailureKind::Server, "The log service answered in part", words(&error))
    });
    // Neither 204 nor a body without a table says that there is one.
    let none = decoded.table.columns().is_empty() && warning.is_none();
    let state = if none { TailTable::NoneYet } else { TailTable::Present };
    Ok(QueryAnswer { table: decoded.table, state, warning })
}

/// The messages of an error from the outside in.
fn words(error: &PartialError) -> String {
    let mut all = text::clean(&error.message).into_owned();
    for inner in error.details.iter().chain(error.innererror.as_deref()) {
        let inner = words(inner);
        if !inner.is_empty() && !all.contains(&inner) {
            all = format!("{all} · {inner}");
        }
    }
    all
}

/// The table comes into being with its first row; until then its name means nothing to the
/// service (API.md, section 9.3).
fn says_no_table(error: &ArmError) -> bool {
    let detail = error.said.detail.to_ascii_lowercase();
    let named = format!("'{}'", kql::TABLE).to_ascii_lowercase();
    error.said.status == Some(400) && detail.contains("failed to resolve table") && detail.contains(&named)
}
