//! Recorded queries of Resource Graph as calls of the client, and what came of them.

use nsp::azure::{ResourcePage, ResourceQuery};
use serde_json::Value;

use super::fields::Check;

/// What the client sends when nothing is said about the size of a page.
const TOP: u32 = 1000;

/// The recorded body as the client's own question.
pub fn query(recorded: &Value) -> ResourceQuery {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let options = &recorded["options"];
    ResourceQuery {
        subscriptions: texts(&recorded["subscriptions"]),
        kql: recorded["query"].as_str().unwrap_or_default().to_owned(),
        top: options["$top"].as_u64().map_or(TOP, |top| u32::try_from(top).unwrap()),
        skip_token: options["$skipToken"].as_str().map(str::to_owned),
    }
}

/// What the client sent otherwise than was recorded. What the recorder's program says beside it
/// (`$skip` 0, partial scopes off) is what the service takes for granted.
pub fn differences(recorded: &Value, sent: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for path in ["/query", "/subscriptions", "/options/$top", "/options/$skipToken", "/options/resultFormat"]
    {
        let (recorded, sent) = (recorded.pointer(path), sent.pointer(path));
        if recorded.is_some() && recorded != sent {
            found.push(format!("{path}: recorded {recorded:?}, sent {sent:?}"));
        }
    }
    found
}

impl Check for ResourcePage {
    fn wrong(&self, json: &Value) -> Vec<String> {
        let rows: Vec<Value> =
            self.rows.iter().map(|row| serde_json::from_str(row.json()).unwrap()).collect();
        let mut wrong = Vec::new();
        if json["data"] != Value::Array(rows) {
            wrong.push("the rows were not kept as they came".to_owned());
        }
        if json["totalRecords"].as_u64() != Some(self.total) {
            wrong.push(format!("{} records were read as {}", json["totalRecords"], self.total));
        }
        if json["$skipToken"].as_str() != self.next.as_deref() {
            wrong.push(format!("the next page was read as {:?}", self.next));
        }
        if self.truncated != (json["resultTruncated"] == "true" && self.next.is_none()) {
            wrong.push(format!("truncated was read as {}", self.truncated));
        }
        wrong
    }
}
