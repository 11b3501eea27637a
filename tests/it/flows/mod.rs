//! Flows: one user story per file, keys in, screen out. What they share stands here.

mod add_rule;
mod checks;
mod conflicts;
mod coverage;
mod delete_rule;
mod evidence;
mod find_perimeter;
mod guarded;
mod guided_path;
mod hostile_text;
mod hygiene;
mod identity;
mod impact;
mod log_room;
mod logging;
mod mouse_and_paste;
mod objects;
mod outage;
mod prerequisites;
mod public_access;
mod read_only;
mod reconcile;
mod refusals;
mod rights;
mod rules;
mod scope_switch;
mod switch_mode;
mod switch_perimeter;
mod temporary;
mod ten_thousand_rules;
mod test_connection;
mod together;
mod unknown_outcome;
mod what_if;
mod why_denied;

use nsp::sim::Named;
use serde_json::{Value, json};

use crate::harness::{Harness, Setup};
use crate::support::http_client;
use crate::support::sim::PROD;

/// The perimeter that a production caller is denied at.
pub const AI_PROD: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-ai-prod/providers/Microsoft.Network/networkSecurityPerimeters/nsp-ai-prod";

/// Id of a rule of its only profile.
pub fn rule(name: &str) -> String {
    format!("{AI_PROD}/profiles/default/accessRules/{name}")
}

/// The world in which somebody has just enforced, opened at its rules.
async fn at_rules() -> Harness {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.press("3").settle().await.shows(&["Rules of all profiles · 4"]);
    app
}

/// Puts a body behind the program's back.
pub async fn put_behind(app: &Harness, id: &str, body: &Value) {
    let url = format!("{}{id}?api-version=2024-10-01", app.sim.url());
    let answer = http_client().put(url).bearer_auth("x").json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// Deletes something behind the program's back.
async fn delete_behind(app: &Harness, id: &str) {
    let url = format!("{}{id}?api-version=2024-10-01", app.sim.url());
    let answer = http_client().delete(url).bearer_auth("x").send().await.unwrap();
    assert!(answer.status().is_success());
}

/// An inbound rule of address ranges, as it is sent.
pub fn ranges(values: &[&str]) -> Value {
    json!({"properties": {"direction": "Inbound", "addressPrefixes": values}})
}

/// The refusal of somebody without rights.
pub fn denied(action: &str, scope: &str) -> Value {
    let message = format!(
        "The client 'alex.reed@contoso.com' with object id '6b1e' does not have authorization to perform action \
         '{action}' over scope '{scope}' or the scope is invalid."
    );
    json!({"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": message}}})
}

/// How many writes the service was sent to this id.
fn writes(app: &Harness, id: &str) -> usize {
    let seen = app.handle().requests();
    let to = |s: &&nsp::sim::requests::Seen| s.method != "GET" && s.path.eq_ignore_ascii_case(id);
    seen.iter().filter(to).count()
}
