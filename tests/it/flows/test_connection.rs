//! "Can I reach it from here, and if not, who says no?"

use nsp::sim::Named;
use serde_json::json;

use crate::harness::{Harness, Setup};

/// The estate at the resources of its AI perimeter, the cursor on one of them.
async fn at(name: &str) -> Harness {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-ai-prod").start().await;
    app.press("1 /").type_text(name).press("enter").settle().await.shows(&[name]);
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_by_the_perimeter_becomes_a_rule_and_the_next_call_gets_through() {
    let mut app = at("aoai-embeddings-prod").await;
    app.press("t").settle().await.shows(&[
        "Connection to aoai-embeddings-prod",
        "DENIED by the network security perimeter",
        "aoai-embeddings-prod.openai.azure.com",
        "GET /openai/models",
        "HTTP 403 · AccessDenied · request",
        "blocked by the network security perimeter",
        "Enforced",
    ]);
    app.press("y").settle().await.shows(&["copied connection to aoai-embeddings-prod"]);
    // The call was logged: the next look at the box knows the address.
    app.until("the log has it", |app| {
        app.handle().requests().iter().filter(|r| r.path.contains("/query")).count() > 0
            && app
                .model()
                .panes
                .log
                .store()
                .iter()
                .any(|row| row.text(nsp::domain::log::LogColumn::SourceIpAddress) == "192.0.2.222")
    })
    .await;
    app.press("n").settle().await.shows(&[
        "Allow which address",
        "192.0.2.222",
        "last denied caller in the log",
    ]);
    app.press("enter").settle().await.shows(&["allow-192-0-2-222", "192.0.2.222/32"]);
    app.press("enter").settle().await.shows(&["Create access rule allow-192-0-2-222"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    app.shows(&["Connection to aoai-embeddings-prod"]);
    app.press("r").settle().await.shows(&["ALLOWED: the service answered", "HTTP 200"]);
    app.press("esc").settle().await.hides(&["Connection to"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_denied_is_told_apart() {
    for (name, words) in [
        ("aoai-prod", "DENIED by the resource's own firewall"),
        ("foundry-prod", "ALLOWED: the service answered"),
        ("kv-ai-prod", "ForbiddenByConnection"),
        ("stragdocsprod", "not authorized by network security perimeter"),
    ] {
        let mut app = at(name).await;
        app.press("t").settle().await.shows(&[words]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_answer_blocks_nothing_and_what_went_wrong_is_told() {
    let mut app = at("foundry-prod").await;
    let slow = app.fault(json!({"path": "/_data/", "action": {"gate": true}}));
    app.press("t").until_shown("calling foundry-prod").await;
    app.press("esc 3").until_shown("Rules of all profiles").await;
    app.handle().release(slow);
    app.settle().await.hides(&["Connection to"]);
    app.handle().clear_faults();

    app.press("1 t").settle().await.shows(&["ALLOWED"]);
    for (action, words) in [
        (
            json!({"status": 403, "body": {"error": {"code": "PermissionDenied", "message": "The principal lacks the required data action `x/read`."}}}),
            "your identity lacks a role",
        ),
        (
            json!({"status": 401, "body": {"error": {"code": "401", "message": "bad token"}}}),
            "does not accept the token",
        ),
        (json!({"status": 503}), "The service failed"),
        (json!({"torn": 5}), "The answer broke off"),
        (
            json!({"status": 404, "body": {"error": {"code": "404", "message": "Resource not found"}}}),
            "denied nothing",
        ),
    ] {
        app.fault(json!({"path": "/_data/", "action": action}));
        app.press("r").settle().await.shows(&[words]);
        app.handle().clear_faults();
    }
    // The resource itself cannot be read.
    app.fault(json!({"path": "accounts/foundry-prod", "action": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no action over scope"}}}}));
    app.press("r")
        .settle()
        .await
        .shows(&["Not allowed to test the connection to foundry-prod", "AuthorizationFailed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_called_says_so() {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-data-prod").start().await;
    app.press("1 /").type_text("sql-orders").press("enter t").settle().await;
    app.shows(&["Nothing to call by HTTPS", "42118", "sql-orders-prod.database.windows.net"]);
    let mut app = Setup::new(Named::Estate).perimeter("nsp-security-shared").start().await;
    app.press("1 /").type_text("law-security").press("enter t").settle().await;
    app.shows(&["no harmless read is known for Microsoft.OperationalInsights/workspaces"]);
}
