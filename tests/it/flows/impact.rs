//! "What breaks if I enforce this now?": the report, where it comes from, and what it says when the log does not answer.

use nsp::sim::Named;
use serde_json::{Value, json};

use super::{AI_PROD, denied, put_behind, ranges, rule};
use crate::harness::{Harness, Setup};
use crate::support::http_client;

/// The search service's association selected.
async fn at_search(setup: Setup) -> Harness {
    let mut app = setup.perimeter("nsp-ai-prod").start().await;
    app.press("1 /").type_text("srch").press("enter").settle().await;
    app
}

/// Peers that the simulator knows will be denied at a resource once it is enforced, and are not now.
async fn truth(app: &Harness, name: &str) -> Vec<String> {
    let url = format!("{}/_sim/truth", app.sim.url());
    let text = http_client().get(url).send().await.unwrap().text().await.unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let found = all["flows"].as_array().unwrap().iter().filter(|flow| {
        let at = flow["resourceId"].as_str().unwrap_or_default().to_lowercase();
        at.ends_with(name)
            && flow["enforced"]["allowed"] == json!(false)
            && flow["now"]["allowed"] == json!(true)
    });
    found.map(Value::to_string).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_names_who_would_be_denied_and_what_it_rests_on() {
    let mut app = at_search(Setup::new(Named::Incident)).await;
    app.press("E").settle().await.shows(&[
        "If srch-knowledge-prod were enforced now · last 14 d · by single addresses",
        "WOULD DENY 1 caller",
        "Would be denied (1)",
        "192.0.2.77",
        "rows on 14 of 14 days",
        "log categories 13/13",
        "What the log cannot show",
        "Indexers run on a schedule",
        "let through by",
        "operations  Query.Search",
    ]);
    assert_eq!(truth(&app, "srch-knowledge-prod").await.len(), 1, "the simulator thinks so, too");
    app.press("b").settle().await.shows(&["by /24 and /64", "192.0.2.0/24", "addresses"]);
    app.press("b b").settle().await.shows(&["by subscription"]);
    app.press("right").settle().await.shows(&["last 30 d"]);
    app.press("y").settle().await.shows(&["copied impact on srch-knowledge-prod"]);

    // A rule that was added since counts.
    put_behind(&app, &rule("intranet"), &ranges(&["192.0.2.77/32"])).await;
    app.press("r").settle().await.shows(&["READY: nothing that was seen in 30 days would be denied"]);
    app.hides(&["Would be denied"]);
    app.press("esc").settle().await.hides(&["were enforced now"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_about_what_is_selected() {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.press("E").settle().await.shows(&["If nsp-ai-prod were enforced now", "4 resources:", "would deny"]);
    app.press("esc 2 E").settle().await.shows(&["If profile default were enforced now"]);
    app.press("esc 1 space space E").settle().await.shows(&["If 2 resources were enforced now"]);
    app.press("esc").settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_question_before_enforcing_says_the_same() {
    let mut app = at_search(Setup::new(Named::Incident).size(120, 50)).await;
    app.press("m").settle().await.shows(&[
        "Type srch-knowledge-prod to go on",
        "WOULD DENY 1 caller",
        "from 192.0.2.77",
        "rows on 14 of 14 days",
    ]);
    app.press("ctrl-r").settle().await.shows(&["If srch-knowledge-prod were enforced now", "192.0.2.77"]);
    app.press("esc").settle().await.shows(&["Type srch-knowledge-prod to go on"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_may_not_be_read_is_no_evidence() {
    let action = "Microsoft.OperationalInsights/workspaces/query/read";
    let setup = Setup::new(Named::Incident);
    let mut app = at_search(setup.fault(json!({"path": "/query", "action": denied(action, AI_PROD)}))).await;
    app.press("E").settle().await.shows(&[
        "NO EVIDENCE: the log could not be read",
        action,
        "AuthorizationFailed",
        "HTTP 403",
        "request ",
    ]);
    app.hides(&["READY"]);
    app.press("esc m").settle().await.shows(&["NO EVIDENCE", "AuthorizationFailed"]);
    app.press("esc").settle().await;
    app.handle().clear_faults();
    app.press("E").settle().await.shows(&["WOULD DENY 1 caller"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_in_part_is_no_proof() {
    let partial = json!({"tables": [{"name": "PrimaryResult", "columns": [
        {"name": "nsp_resource", "type": "string"}, {"name": "Category", "type": "string"}], "rows": []}],
        "error": {"code": "PartialError", "message": "There were some errors when processing your query.",
            "details": [{"code": "QueryTimeout", "message": "The query took too long"}]}});
    let mut app = at_search(Setup::new(Named::Incident)).await;
    app.press("E").settle().await.shows(&["WOULD DENY"]).press("esc").settle().await;
    app.fault(json!({"path": "/query", "action": {"status": 200, "body": partial}}));
    app.press("E r").settle().await.shows(&[
        "NO EVIDENCE: the log was not read in full",
        "Not all of the log was read",
        "PartialError",
        "The query took too long",
    ]);
    app.hides(&["READY"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_fails_later_leaves_the_old_report_marked() {
    let mut app = at_search(Setup::new(Named::Incident)).await;
    app.press("E").settle().await.shows(&["WOULD DENY 1 caller"]);
    let broken = json!({"status": 504, "body": {"error": {"code": "GatewayTimeout", "message": "too slow"}}});
    app.fault(json!({"path": "/query", "action": broken}));
    app.press("r").settle().await.shows(&["WOULD DENY 1 caller", "this is from before", "GatewayTimeout"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_workspace_nothing_is_known() {
    let settings = json!({"status": 200, "body": {"value": []}});
    let setup = Setup::new(Named::Incident)
        .fault(json!({"method": "GET", "path": "diagnosticSettings", "action": settings}));
    let mut app = at_search(setup).await;
    app.press("E")
        .settle()
        .await
        .shows(&["NO EVIDENCE: no diagnostic setting sends its log to a workspace", "(7, then n)"]);
    app.hides(&["READY", "WOULD DENY"]);
}
