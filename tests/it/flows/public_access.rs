//! "Close the public door of this resource, and tell me what that does": publicNetworkAccess.

use std::time::Duration;

use nsp::sim::governance::{Governance, Lock, Policy, PolicyEffect};
use nsp::sim::{Named, Timing};
use serde_json::json;

use super::{denied, writes};
use crate::harness::{Harness, Setup};
use crate::support::sim::{PROD, account};

/// An id in the group of the production perimeter.
fn beside(kind: &str, name: &str) -> String {
    format!("/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/{kind}/{name}")
}

/// A perimeter with one resource selected.
async fn at(scenario: Named, perimeter: &str, resource: &str) -> Harness {
    let mut app = Setup::new(scenario).perimeter(perimeter).start().await;
    app.press("1 /").type_text(resource).press("enter").settle().await;
    app
}

fn policy(effect: PolicyEffect, kind: &str, allowed: &[&str]) -> Policy {
    Policy {
        name: "public-access".to_owned(),
        scope: format!("/subscriptions/{PROD}"),
        effect,
        kind: kind.to_owned(),
        allowed: allowed.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn govern(app: &Harness, policies: Vec<Policy>, locks: Vec<Lock>) {
    app.handle()
        .edit(|world| world.tenant.governance = Governance { policies, locks, ..Governance::default() });
}

fn access(app: &Harness, id: &str) -> String {
    app.handle().body(id).unwrap()["properties"]["publicNetworkAccess"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_question_says_what_the_matrix_says_and_undo_takes_it_back() {
    let mut app = at(Named::Estate, "nsp-ai-prod", "aoai-prod").await;
    app.press("a").settle().await;
    app.shows(&["Public access of aoai-prod", "Now Enabled", "rules, firewall"]);
    // The provider's API has two words only.
    app.shows(&["Disabled", "has no SecuredByPerimeter", "in: rules only; out: rules, open"]);
    app.press("enter").settle().await;
    app.shows(&["Set public access of aoai-prod to Disabled", "Enabled", "→ Disabled"]);
    app.shows(&["inbound: rules, firewall → rules only", "outbound: stays rules, open"]);
    app.shows(&["Going back to Transition restores outbound traffic only", "An Azure Policy may"]);
    app.type_text("aoai-prod").press("enter").settle().await;
    app.shows(&["done and read back", "Disabled  rules only"]);
    assert_eq!(access(&app, &account()), "Disabled");
    assert_eq!(writes(&app, &account()), 1, "sent once");

    app.press("u").settle().await.shows(&["Undo", "→ Enabled", "inbound: rules only → rules, firewall"]);
    app.press("tab enter").settle().await.shows(&["Enabled   rules, firewall"]);
    assert_eq!(access(&app, &account()), "Enabled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_running_update_is_followed_to_its_end() {
    let mut setup = Setup::new(Named::Estate).perimeter("nsp-ai-prod");
    setup.world.timing = Timing { operation: Duration::from_secs(9), ..Timing::INSTANT };
    let mut app = setup.start().await;
    app.press("1 /").type_text("aoai-prod").press("enter a enter").settle().await;
    app.type_text("aoai-prod").press("enter").settle().await.shows(&["done and read back"]);
    assert_eq!(access(&app, &account()), "Disabled");
    let polls = app.handle().requests();
    let polls: Vec<_> = polls.iter().filter(|r| r.path.contains("/operationResults/")).collect();
    assert!(polls.len() > 1 && polls.iter().all(|r| r.query == "api-version=2017-04-18"), "{polls:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secured_by_perimeter_is_offered_where_the_api_has_it() {
    let mut app = at(Named::Estate, "nsp-ai-prod", "kv-ai-prod").await;
    app.press("a").settle().await.shows(&["The API of Key Vault has no SecuredByPerimeter", "▌ Enabled"]);
    app.press("esc /").press("ctrl-u").type_text("cosmos-chat").press("enter a").settle().await;
    app.shows(&["Public access of cosmos-chat-prod", "SecuredByPerimeter"]);
    app.press("esc").settle().await;

    let mut app = at(Named::Estate, "nsp-data-prod", "stexportsprod").await;
    app.press("a").type_text("Secured").press("enter").settle().await;
    app.shows(&["→ SecuredByPerimeter", "outbound: rules, open → rules only", "it is LOCKED OUT"]);
    app.shows(&["restores NOTHING"]);
    app.type_text("stexportsprod").press("enter").settle().await;
    app.shows(&["done and read back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_takes_no_patch_of_it_is_put_whole() {
    let mut app = at(Named::Estate, "nsp-partner-exchange", "sb-partners-prod").await;
    app.press("a").type_text("Secured").press("enter").settle().await;
    app.type_text("sb-partners-prod").press("enter").settle().await.shows(&["done and read back"]);
    let all = app.handle().requests();
    let put = all.iter().rfind(|r| r.method == "PUT").unwrap();
    let sent: serde_json::Value = serde_json::from_str(&put.body).unwrap();
    assert_eq!(sent["properties"]["publicNetworkAccess"], "SecuredByPerimeter");
    // All else that it is made of goes with it.
    assert_eq!((&sent["location"], &sent["sku"]["name"]), (&json!("uksouth"), &json!("Standard")));
    assert_eq!(sent["id"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_turns_it_back_is_suspected_and_what_is_there_is_named() {
    let mut app = at(Named::Estate, "nsp-data-prod", "stexportsprod").await;
    let storage = "Microsoft.Storage/storageAccounts";
    govern(&app, vec![policy(PolicyEffect::Modify, storage, &["Enabled"])], vec![]);
    app.press("a").type_text("Disabled").press("enter").settle().await;
    app.type_text("stexportsprod").press("enter").settle().await;
    app.shows(&["Public access of stexportsprod did not stay Disabled", "Enabled   rules, firewall"]);
    app.press("w").settle().await;
    app.shows(&["the service accepted Disabled", "reads Enabled again", "a policy may have turned it back"]);
    app.shows(&["effect modify", "request"]);

    // A third value is neither what was there nor what was sent.
    app.press("esc").settle().await;
    govern(&app, vec![policy(PolicyEffect::Modify, storage, &["SecuredByPerimeter"])], vec![]);
    app.press("a").type_text("Disabled").press("enter").settle().await;
    app.type_text("stexportsprod").press("enter").settle().await;
    app.shows(&["OUTCOME UNKNOWN", "the service accepted Disabled", "SecuredB"]);
    app.press("w").settle().await.shows(&["reads SecuredByPerimeter now"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_name_the_policy_the_lock_and_the_missing_right() {
    let mut app = at(Named::Estate, "nsp-ai-prod", "aoai-prod").await;
    let close = |app: &mut Harness| {
        app.press("a enter");
    };
    govern(&app, vec![policy(PolicyEffect::Deny, "", &["Enabled"])], vec![]);
    close(&mut app);
    app.settle().await.type_text("aoai-prod").press("enter").settle().await.press("w").settle().await;
    app.shows(&[
        "disallowed by policy",
        "public-access",
        "HTTP 403",
        "RequestDisallowedByPolicy",
        "exemption",
    ]);

    app.press("esc").settle().await;
    let group = format!("/subscriptions/{PROD}/resourceGroups/rg-ai-prod");
    govern(&app, vec![], vec![Lock { scope: group, read_only: true }]);
    close(&mut app);
    app.settle().await.type_text("aoai-prod").press("enter").settle().await.press("w").settle().await;
    app.shows(&["are locked", "HTTP 409", "ScopeLocked", "A lock on the resource or its group"]);

    app.press("esc").settle().await;
    govern(&app, vec![], vec![]);
    let action = denied("Microsoft.CognitiveServices/accounts/write", &account());
    app.fault(json!({"method": "PATCH", "path": "aoai-prod", "action": action}));
    close(&mut app);
    app.settle().await.type_text("aoai-prod").press("enter").settle().await.press("w").settle().await;
    app.shows(&["Ask for a role that has Microsoft.CognitiveServices/accounts/write", "AuthorizationFailed"]);
    assert_eq!(access(&app, &account()), "Enabled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_changed_meanwhile_is_shown_first() {
    let mut app = at(Named::Estate, "nsp-ai-prod", "foundry-prod").await;
    app.press("a enter").settle().await.shows(&["→ Disabled"]);
    let id = beside("Microsoft.CognitiveServices/accounts", "foundry-prod");
    app.handle().edit(|world| {
        let mut body = world.store.get(&id).unwrap();
        body["properties"]["publicNetworkAccess"] = json!("Disabled");
        world.put_now(&id, &body);
    });
    app.type_text("foundry-prod").press("enter").settle().await;
    app.shows(&["It has changed", "was not sent", "Enabled → Disabled"]).hides(&["Write my change over it"]);
    assert_eq!(writes(&app, &id), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_takes_two_words() {
    let mut app = at(Named::Estate, "nsp-platform-shared", "crcontoso").await;
    app.press("a").settle().await.shows(&["Public access of crcontoso", "has no SecuredByPerimeter"]);
    app.press("enter").settle().await.shows(&["Set public access of crcontoso to"]);
}
