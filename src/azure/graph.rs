//! Azure Resource Graph: one query over all subscriptions, in pages; and where it refuses, the lists
//! of each subscription instead (API.md, sections 10 and 13). Reads only.

use std::collections::HashSet;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::client::ArmClient;
use super::cloud::Audience;
use super::error::{ArmError, ErrorKind};
use super::exchange::Request;
use super::page::Page;
use super::wire::{BadBody, Text, Wire};
use crate::domain::{ArmId, Associable, Exposure, Failure, FailureKind, PublicAccess, RawBody, Sought};

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources";
const VERSION: &str = "2024-04-01";
const OPERATION: &str = "query Resource Graph";
/// Most rows of a page.
const TOP: u32 = 1000;
/// Subscriptions of one query.
const SUBSCRIPTIONS: usize = 1000;
/// Pages of one query, at most: a million rows.
const PAGES: usize = 1000;
/// Subscriptions that are listed side by side when Resource Graph refuses.
const SIDE_BY_SIDE: usize = 8;

/// A query of Resource Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceQuery {
    /// Guids of the subscriptions that are asked.
    pub subscriptions: Vec<String>,
    /// The query, in KQL.
    pub kql: String,
    /// Most rows of the answer, 1 to 1000.
    pub top: u32,
    /// Where a page before ended.
    pub skip_token: Option<String>,
}

/// A page of its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePage {
    /// Rows, each an object with the columns of the query.
    pub rows: Vec<RawBody>,
    /// Rows of all pages.
    pub total: u64,
    /// Rows are missing for which there is no next page.
    pub truncated: bool,
    /// What asks for the next page.
    pub next: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    subscriptions: &'a [String],
    query: &'a str,
    options: Options<'a>,
}

#[derive(Serialize)]
struct Options<'a> {
    #[serde(rename = "$top")]
    top: u32,
    #[serde(rename = "$skipToken", skip_serializing_if = "Option::is_none")]
    skip_token: Option<&'a str>,
    #[serde(rename = "resultFormat")]
    format: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    #[serde(default)]
    total_records: u64,
    data: Vec<Box<RawValue>>,
    #[serde(default)]
    result_truncated: Text,
    #[serde(default, rename = "$skipToken")]
    skip_token: Text,
}

impl ArmClient {
    /// Asks Resource Graph for one page.
    pub async fn query_resources(&self, query: &ResourceQuery) -> Result<ResourcePage, ArmError> {
        let url = self.session().url(Audience::Management, PATH, &[("api-version", VERSION)])?;
        let options =
            Options { top: query.top, skip_token: query.skip_token.as_deref(), format: "objectArray" };
        let body = Body { subscriptions: &query.subscriptions, query: &query.kql, options };
        let body = serde_json::to_string(&body)
            .map_err(|error| ArmError::new(ErrorKind::Refused, OPERATION, error.to_string()))?;
        // A POST that changes nothing may be sent again.
        let request = Request { method: Method::POST, body: Some(body), ..Request::get(OPERATION, url) };
        let answered: Answered = self.transport().send(&request).await?.json()?;
        let next = answered.skip_token.some();
        Ok(ResourcePage {
            rows: answered.data.iter().map(|row| RawBody::new(row.get())).collect(),
            total: answered.total_records,
            truncated: next.is_none() && answered.result_truncated.0.eq_ignore_ascii_case("true"),
            next,
        })
    }

    /// All resources of the types sought, page by page. Where Resource Graph refuses, each subscription
    /// is listed instead: a page's `skipped` says so, and what could not be listed.
    pub async fn associable_resources(
        &self,
        sought: &Sought,
        mut each: impl FnMut(Page<Associable>) + Send,
    ) -> Result<(), ArmError> {
        let mut seen = HashSet::new();
        let graph = self.ask_graph(sought, |page| {
            seen.extend(page.items.iter().map(|item| item.id.clone()));
            each(page);
        });
        let Err(error) = graph.await else { return Ok(()) };
        if !falls_back(&error) {
            return Err(error);
        }
        each(Page { items: Vec::new(), skipped: vec![fallen_back(error)], more: true });
        let lists = stream::iter(sought.subscriptions.clone()).map(|guid| self.listed(guid, sought));
        let mut lists = lists.buffer_unordered(SIDE_BY_SIDE);
        while let Some(list) = lists.next().await {
            let page = match list {
                Ok(mut items) => {
                    items.retain(|item| seen.insert(item.id.clone()));
                    Page { items, skipped: Vec::new(), more: true }
                }
                Err(error) => Page { items: Vec::new(), skipped: vec![error.into()], more: true },
            };
            each(page);
        }
        Ok(())
    }

    async fn ask_graph(
        &self,
        sought: &Sought,
        mut each: impl FnMut(Page<Associable>) + Send,
    ) -> Result<(), ArmError> {
        let kql = associable_kql(&sought.types);
        if sought.types.is_empty() {
            return Ok(());
        }
        for subscriptions in sought.subscriptions.chunks(SUBSCRIPTIONS) {
            let subscriptions = subscriptions.iter().map(ToString::to_string).collect();
            let mut query = ResourceQuery { subscriptions, kql: kql.clone(), top: TOP, skip_token: None };
            let mut tokens = HashSet::new();
            loop {
                let page = self.query_resources(&query).await?;
                let (mut items, mut skipped) = (Vec::with_capacity(page.rows.len()), Vec::new());
                for row in &page.rows {
                    match Associable::decode(row.json()) {
                        Ok(item) => items.push(item),
                        Err(bad) => skipped.push(unreadable(&bad)),
                    }
                }
                if page.truncated {
                    skipped.push(cut_off(page.total));
                }
                each(Page { items, skipped, more: true });
                let Some(token) = page.next else { break };
                if !tokens.insert(token.clone()) || tokens.len() >= PAGES {
                    let detail = "the list does not end: its next page is one that was read before";
                    return Err(ArmError::new(ErrorKind::Server, OPERATION, detail));
                }
                query.skip_token = Some(token);
            }
        }
        Ok(())
    }

    /// Resources of one subscription by ARM's own list, which says nothing about public access.
    async fn listed(&self, subscription: Arc<str>, sought: &Sought) -> Result<Vec<Associable>, ArmError> {
        let mut items = self.resources_listed(&subscription).await?;
        items.retain(|item| item.id.resource_type().is_some_and(|kind| sought.takes(&kind)));
        Ok(items)
    }
}

/// The query for all resources of these types. Ids make the pages stable.
pub fn associable_kql(types: &[Arc<str>]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_');
    let quoted: Vec<String> =
        types.iter().filter(|t| t.chars().all(plain)).map(|t| format!("'{t}'")).collect();
    format!(
        "resources\n\
         | where type in~ ({})\n\
         | project id, kind, location,\n    \
         access = tostring(properties.publicNetworkAccess),\n    \
         aclsAccess = tostring(properties.networkAcls.publicNetworkAccess),\n    \
         ingestion = tostring(properties.publicNetworkAccessForIngestion),\n    \
         query = tostring(properties.publicNetworkAccessForQuery),\n    \
         acls = tostring(properties.networkAcls.defaultAction),\n    \
         ruleSet = tostring(properties.networkRuleSet.defaultAction),\n    \
         identityType = tostring(identity.type)\n\
         | order by id asc",
        quoted.join(", ")
    )
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Row {
    id: Text,
    kind: Text,
    location: Text,
    access: Text,
    acls_access: Text,
    ingestion: Text,
    query: Text,
    acls: Text,
    rule_set: Text,
    identity_type: Text,
}

impl Wire for Associable {
    const NOUN: &'static str = "resource";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let bad = |path: &str, reason: String| BadBody { path: path.to_owned(), reason };
        let row: Option<Row> = serde_json::from_str(json).map_err(|error| bad("", error.to_string()))?;
        let row = row.unwrap_or_default();
        let id = ArmId::parse(&row.id.0).map_err(|error| bad("id", error.to_string()))?;
        // A workspace says it twice; where the two differ, the more open one is what matters.
        let workspace = if row.query.0.eq_ignore_ascii_case("Enabled") { row.query } else { row.ingestion };
        let access = [row.access, row.acls_access, workspace].into_iter().find_map(Text::some);
        let action = [row.acls, row.rule_set].into_iter().find_map(Text::some);
        Ok(Self {
            exposure: Exposure::of(
                access.as_deref().map(PublicAccess::from_wire).as_ref(),
                action.as_deref(),
            ),
            id,
            kind: row.kind.0,
            location: row.location.0,
            identity: row.identity_type.some().filter(|word| !word.eq_ignore_ascii_case("None")),
        })
    }
}

/// Whether another list may know what Resource Graph did not tell.
fn falls_back(error: &ArmError) -> bool {
    match error.kind {
        ErrorKind::Denied { .. }
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Throttled
        | ErrorKind::Rejected
        | ErrorKind::Server
        | ErrorKind::Decode { .. } => true,
        ErrorKind::Auth
        | ErrorKind::Network { .. }
        | ErrorKind::Refused
        | ErrorKind::Unfinished
        | ErrorKind::Failed => false,
    }
}

fn fallen_back(error: ArmError) -> Failure {
    let failure = Failure::from(error);
    let title = "Resource Graph refused: listed by subscription, public access not known".to_owned();
    Failure { title, ..failure }.hint("Read again (r) when Resource Graph answers.")
}

fn unreadable(bad: &BadBody) -> Failure {
    let detail = format!("at {}: {}", bad.path, bad.reason);
    Failure::new(FailureKind::Decode, "A resource of the list cannot be read", detail)
}

fn cut_off(total: u64) -> Failure {
    let detail = format!("the answer is cut off; there are {total} resources");
    Failure::new(FailureKind::Server, "Resource Graph left resources out", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_cannot_break_out_of_the_query() {
        let types: Vec<Arc<str>> = ["A.b/c", "x') | take 1 //", "D.e/f-g"].map(Arc::from).to_vec();
        let kql = associable_kql(&types);
        assert!(kql.contains("type in~ ('A.b/c', 'D.e/f-g')"), "{kql}");
        assert!(!kql.contains("take"));
    }

    #[test]
    fn a_row_with_nulls_is_read() {
        let row = r#"{"id":"/subscriptions/s/resourceGroups/g/providers/A.b/c/d","kind":null,"access":"","ruleSet":"Allow"}"#;
        let read = Associable::decode(row).unwrap();
        assert_eq!((read.exposure, read.identity), (Exposure::Open, None));
        assert!(Associable::decode(r#"{"id":"x"}"#).is_err());
        assert!(Associable::decode("null").is_err());
    }
}
