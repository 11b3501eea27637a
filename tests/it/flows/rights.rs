//! "I was given half of the rights": what is missing is named, the rest works.

use nsp::sim::Named;
use serde_json::{Value, json};

use super::{PROD, denied};
use crate::harness::Setup;

const READ: &str = "Microsoft.Network/networkSecurityPerimeters/read";

fn on(path: &str, action: &Value) -> Value {
    json!({"path": path, "action": action})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_right_at_all_says_which() {
    let no = on("*", &denied("Microsoft.Resources/subscriptions/read", "/"));
    let mut app = Setup::new(Named::Incident).fault(no).start().await;
    app.shows(&["failed (w)", "Microsoft.Resources/subscriptions/read", "no perimeter"]);
    app.press("w").settle().await.shows(&["What failed", "Subscriptions", "next", "evidence"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_closed_subscription_does_not_hide_the_others() {
    let path = format!("/subscriptions/{PROD}/providers/Microsoft.Network/*");
    let no = on(&path, &denied(READ, &format!("/subscriptions/{PROD}")));
    let mut app = Setup::new(Named::Incident).fault(no).start().await;
    app.shows(&["nsp-ai-dev", "partial (w)"]).hides(&["nsp-ai-prod"]);
    app.press("w").settle().await.shows(&["Perimeters of contoso-prod", READ]);
    app.press("esc enter").settle().await.shows(&["aoai-dev", "Transition"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_log_leaves_the_rest_alone() {
    let body = json!({"error": {"code": "InsufficientAccessError", "message":
        "The provided credentials have insufficient access to perform the requested operation"}});
    let no = on("/query", &json!({"status": 403, "body": body}));
    let mut app = Setup::new(Named::Incident).fault(no).start().await;
    app.until("the log was refused", |app| app.model().panes.log.failure.is_some()).await;
    app.settle().await.shows(&["nsp-ai-prod", "kv-ai-prod", "insufficient access"]);
    app.press("3").settle().await.shows(&["vpn-gateway"]).hides(&["stale"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_said_to_be_one() {
    let body =
        json!({"error": {"code": "InvalidAuthenticationToken", "message": "The access token is invalid."}});
    let no = on("*", &json!({"status": 401, "body": body}));
    let mut app = Setup::new(Named::Incident).fault(no).start().await;
    app.shows(&["The access token is invalid"]);
    app.handle().clear_faults();
    app.press("p r").settle().await.shows(&["nsp-ai-prod", "Perimeters · 3"]);
}
