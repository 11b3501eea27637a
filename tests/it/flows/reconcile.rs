//! "The rules are right and the resource acts otherwise: what does it believe, and make it agree."

use std::time::Duration;

use nsp::journal::{Journal, State};
use nsp::sim::paas::{Wish, wish};
use nsp::sim::{Named, Timing};
use serde_json::json;

use super::{AI_PROD, denied, writes};
use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

fn resource(kind: &str, name: &str) -> String {
    format!("/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/{kind}/{name}")
}

fn search() -> String {
    resource("Microsoft.Search/searchServices", "srch-knowledge-prod")
}

fn stale() -> Wish {
    Wish {
        resource: search(),
        access_mode: Some("Enforced".to_owned()),
        rules_version: Some(2),
        without_rules: vec!["vpn-gateway".to_owned()],
        ..Wish::default()
    }
}

/// One resource of the incident's perimeter selected, after it was made to lag.
async fn at(name: &str, wishes: Vec<Wish>, fault: Option<serde_json::Value>) -> Harness {
    let mut setup = Setup::new(Named::Incident).perimeter("nsp-ai-prod").size(120, 60);
    setup.world.timing = Timing { operation: Duration::from_secs(3), ..Timing::INSTANT };
    let mut app = setup.start().await;
    app.handle().edit(|world| wishes.into_iter().for_each(|w| assert!(wish(world, w))));
    if let Some(fault) = fault {
        app.fault(fault);
    }
    app.press("1 /").type_text(name).press("enter").settle().await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_that_lags_is_shown_to_and_made_to_agree() {
    let mut app = at("srch", vec![stale()], None).await;
    app.press("c").settle().await.shows(&[
        "What srch-knowledge-prod believes of its perimeter",
        "differ in 3 points",
        "perimeter: Transition (Learning)",
        "resource:  Enforced",
        "rule missing",
        "vpn-gateway (203.0.113.8/29)",
        "resource:  does not know it",
        "rules version",
    ]);
    app.press("pgdn").settle().await.shows(&["Agrees"]);
    app.press("R").settle().await.shows(&[
        "Reconcile srch-knowledge-prod with its perimeter",
        "rule missing: vpn-gateway",
        "may take effect only now",
    ]);
    app.press("tab enter").settle().await;
    app.shows(&["accepted, and both sides agree", "agree in all"]).hides(&["differ in"]);
    let posts: Vec<String> = app
        .handle()
        .requests()
        .into_iter()
        .filter(|r| r.method == "POST" && r.path.ends_with("/reconcile"))
        .map(|r| r.path)
        .collect();
    assert_eq!(posts.len(), 2, "each side once: {posts:?}");
    let entries = Journal::open(&app.folder.path().join("journal.jsonl")).unwrap().recent(9).unwrap();
    assert_eq!((entries.len(), entries[0].state), (1, State::Done));
    app.press("esc").settle().await.shows(&["the same (c compares)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stays_different_is_not_called_done() {
    let mut app = at("srch", vec![Wish { stubborn: true, ..stale() }], None).await;
    app.press("R").settle().await.press("tab enter").settle().await;
    app.shows(&["OUTCOME UNKNOWN", "the service accepted it, but", "OTHERWISE: access mode"]);
    app.press("w").settle().await.shows(&[
        "Accepted, and both sides still differ",
        "the resource still believes otherwise: access mode",
        "ask support",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_rule_is_on_its_way_and_then_there() {
    let mut setup = Setup::new(Named::Incident).perimeter("nsp-ai-prod").size(120, 60);
    setup.world.timing = Timing { propagation: Duration::from_secs(3600), ..Timing::INSTANT };
    let mut app = setup.start().await;
    app.press("1 /").type_text("aoai").press("enter c").settle().await.shows(&["agree in all"]);
    app.press("esc 3 n").settle().await.type_text("new-office").press("tab tab").type_text("192.0.2.0/24");
    app.press("enter").settle().await.press("tab enter").settle().await.shows(&["done and read back"]);
    app.press("1 c").settle().await.shows(&["differ in 2 points", "new-office (192.0.2.0/24)"]);
    app.handle().advance(Duration::from_secs(3600));
    app.press("r").settle().await.shows(&["agree in all"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn issues_are_explained_and_their_suggestions_taken() {
    let issue = json!({"name": "indexer", "properties": {"issueType": "MissingPerimeterConfiguration", "severity": "Error",
        "description": "The indexer cannot reach its source.",
        "suggestedResourceIds": [format!("/subscriptions/{PROD}/resourceGroups/rg-legacy/providers/Microsoft.Storage/storageAccounts/stlegacyshare")],
        "suggestedAccessRules": [{"name": "partner", "properties": {"direction": "Outbound", "fullyQualifiedDomainNames": ["partner.example"]}}]}});
    let wished = Wish { resource: search(), issues: vec![issue], ..Wish::default() };
    let mut app = at("srch", vec![wished], None).await;
    app.press("r").settle().await.shows(&["issues"]).press("c").settle().await.shows(&[
        "Issues that the resource reports",
        "Error: MissingPerimeterConfiguration",
        "The indexer cannot reach its source.",
        "partner (outbound partner.example)",
        "n adds what is suggested",
    ]);
    app.press("n").settle().await.shows(&["Which suggestion?", "rule partner", "associate stlegacyshare"]);
    app.press("enter").settle().await.shows(&["partner.example", "FQDNs"]);
    app.press("enter").settle().await.shows(&["Create access rule partner"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    assert!(app.handle().body(&super::rule("partner")).is_some());
    app.press("r").settle().await.hides(&["partner (outbound"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_identity_is_said_to_be_one() {
    let mut app = at("srch", vec![], None).await;
    app.handle().edit(|world| {
        let mut body = world.store.get(&search()).unwrap();
        body["identity"] = json!({"type": "None"});
        world.put_now(&search(), &body);
    });
    app.press("c r")
        .settle()
        .await
        .shows(&["Warning: MissingIdentityConfiguration", "give it a managed identity"]);
    app.press("esc").settle().await.shows(&["reports 1 issue"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_read_or_reconcile_is_told_so() {
    let read = "Microsoft.Search/searchServices/networkSecurityPerimeterConfigurations/read";
    let fault = json!({"method": "GET", "path": "networkSecurityPerimeterConfigurations", "action": denied(read, &search())});
    let mut app = at("srch", vec![], Some(fault)).await;
    app.shows(&["not read:"]).press("c").settle().await.shows(&[
        read,
        "Ask for a role",
        "AuthorizationFailed",
    ]);
    app.handle().clear_faults();
    app.press("r").settle().await.shows(&["agree in all"]);

    let action = "Microsoft.Search/searchServices/networkSecurityPerimeterConfigurations/reconcile/action";
    app.handle().edit(|world| assert!(wish(world, Wish { stubborn: true, ..stale() })));
    app.fault(json!({"method": "POST", "path": "networkSecurityPerimeterConfigurations", "action": denied(action, &search())}));
    app.press("R").settle().await.press("tab enter").settle().await.shows(&["Not allowed to"]);
    app.press("esc w").settle().await.shows(&[
        "the perimeter's side accepted it, the resource's own did not",
        action,
        "HTTP 403",
    ]);

    let own = "Microsoft.Network/networkSecurityPerimeters/resourceAssociations/reconcile/action";
    app.fault(json!({"method": "POST", "path": "resourceAssociations", "action": denied(own, AI_PROD)}));
    let before = posts(&app);
    app.press("esc R")
        .settle()
        .await
        .press("tab enter")
        .settle()
        .await
        .press("w")
        .settle()
        .await
        .shows(&[own]);
    assert_eq!(posts(&app), before + 1, "the resource's own side was not asked");
}

fn posts(app: &Harness) -> usize {
    app.handle().requests().iter().filter(|r| r.method == "POST" && r.path.ends_with("/reconcile")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_without_the_call_is_said_to_be_silent() {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-platform-shared").size(120, 60).start().await;
    app.press("1 /").type_text("crcontoso").press("enter").settle().await;
    app.press("c").settle().await.shows(&[
        "This resource does not tell what it believes",
        "no api-version of Microsoft.ContainerRegistry/registries is known",
    ]);
    app.press("R").settle().await.shows(&["Asks the perimeter's side only"]);
    app.press("tab enter").settle().await.shows(&["does not tell whether it agrees"]);
    assert_eq!(posts(&app), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_published_once_more() {
    let mut app = at("srch", vec![stale()], None).await;
    app.press("3 /").type_text("vpn-gateway").press("enter R").settle().await;
    app.shows(&["Reconcile access rule vpn-gateway", "publish the rule once more"]);
    app.press("tab enter").settle().await.shows(&["accepted; c on the Resources tab"]);
    assert_eq!(writes(&app, &format!("{}/reconcile", super::rule("vpn-gateway"))), 1);
    app.press("1 c").settle().await.shows(&["agree in all"]);
}
