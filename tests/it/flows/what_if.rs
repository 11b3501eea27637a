//! "May this caller pass, by which rule, and what if the resource were enforced?"

use nsp::sim::Named;
use serde_json::json;

use super::AI_PROD;
use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

async fn at_prod() -> Harness {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.press("1").settle().await.shows(&["▌ aoai-prod"]);
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_judged_as_it_is_typed() {
    let mut app = at_prod().await;
    app.press("x").settle().await.shows(&[
        "What if",
        "aoai-prod profile default, Enforced",
        "[may it be reached by]",
    ]);
    app.type_text("203.0.113.44").settle().await;
    app.shows(&[
        "= address 203.0.113.44",
        "As it stands: Enforced",
        "Denied: no inbound rule matches.",
        "In Transition (Learning)",
        "Not by the perimeter: the resource's own firewall decides.",
        "Through a private endpoint it would pass.",
        "Considered 4: 0 admit",
        "rule offices of profile default: does not name it",
    ]);
    // A rule that names it answers at once; what it takes is said.
    app.press("ctrl-u").type_text("198.51.100.5").settle().await;
    app.shows(&["Allowed by rule offices of profile default.", "yes rule offices", "names 198.51.100.0/26"]);
    assert!(app.handle().requests().iter().all(|seen| seen.method == "GET" || seen.path.contains("/query")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_passes_by_managed_identity_only() {
    let mut app = at_prod().await;
    app.press("x").type_text("contoso-prod").settle().await;
    app.shows(&[
        "= an identity in subscription contoso-prod",
        "Allowed by rule prod-subscription of profile default.",
        "Only for calls with a token of a managed identity.",
        "Not for calls with a SAS token.",
        "Not for calls with a key.",
    ]);
    // With a key that very rule does not count.
    app.press("tab").press("left left").settle().await.shows(&["[key]", "Denied: no inbound rule matches."]);
    app.shows(&["takes a managed identity, and this is a key"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_suggested_and_mistakes_explained() {
    let mut app = at_prod().await;
    app.press("x").type_text("srch").settle().await.shows(&["Enter: srch-knowledge-prod"]);
    app.press("enter").settle().await;
    app.shows(&[
        "= resource srch-knowledge-prod",
        "Allowed by membership in the same perimeter, nsp-ai-prod.",
    ]);
    app.press("ctrl-u").type_text("203.0.113.0/24").settle().await.shows(&["ask about one address"]);
    app.hides(&["Denied"]);
    // The other way round.
    app.press("shift-tab space tab").type_text("https://api.example.net/v1").settle().await;
    app.shows(&["[may it reach]", "= host api.example.net", "Denied: no outbound rule matches."]);
    app.press("esc").settle().await.hides(&["What if"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_row_brings_its_caller_along() {
    let mut app = at_prod().await;
    app.until_shown("×").await;
    app.press("l /").type_text("verdict:denied 203.0.113.44").press("enter").settle().await;
    app.press("x").settle().await;
    app.shows(&["▌Caller     203.0.113.44", "aoai-prod profile default", "Denied: no inbound rule matches."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_read_is_not_known() {
    let rules = format!("{AI_PROD}/profiles/default/accessRules");
    let gate = json!({"path": rules, "action": {"gate": true}});
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").fault(gate).start_unsettled().await;
    app.until_shown("▌ nsp-ai-prod").await;
    app.press("1").until_shown("▌ aoai-prod").await;
    app.press("x").type_text("198.51.100.5");
    app.until_shown("the access rules of profile default: reading").await;
    app.shows(&["Not known yet."]).hides(&["Denied: no inbound", "Allowed by"]);
    app.handle().clear_faults();
    app.settle().await.shows(&["Allowed by rule offices of profile default."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_that_failed_is_told_with_its_evidence() {
    let path = format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.Network/networkSecurityPerimeters/nsp-ai-prod/profiles/default/accessRules"
    );
    let body = json!({"error": {"code": "AuthorizationFailed", "message": "no right to read rules"}});
    let fault = json!({"path": path, "action": {"status": 403, "body": body}});
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").fault(fault).start().await;
    app.press("1").settle().await;
    app.press("x").type_text("198.51.100.5").settle().await;
    app.shows(&["Not known yet.", "the access rules of profile default: not read", "AuthorizationFailed"]);
    app.hides(&["Denied: no inbound rule matches."]);
    app.handle().clear_faults();
    app.press("ctrl-r").settle().await.shows(&["Allowed by rule offices of profile default."]);
}
