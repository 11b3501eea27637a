//! "Which rules can go?": findings about access rules, what they rest on, and deleting them as one.

use nsp::sim::Named;
use serde_json::json;

use super::{AI_PROD, denied, put_behind, ranges, rule};
use crate::harness::{Harness, Setup};

/// The incident's rules with some that want cleaning up.
async fn untidy(setup: Setup) -> Harness {
    let mut app = setup.perimeter("nsp-ai-prod").start().await;
    put_behind(&app, &rule("branch"), &ranges(&["198.51.100.16/28"])).await;
    put_behind(&app, &rule("test"), &ranges(&["203.0.113.8/29"])).await;
    put_behind(&app, &rule("everyone"), &ranges(&["20.0.0.0/8"])).await;
    put_behind(&app, &rule("tmp-alex-20260101T1200Z"), &ranges(&["192.0.2.9/32"])).await;
    app.press("3 r").settle().await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_are_told_with_what_they_rest_on_and_deleted_together() {
    let mut app = untidy(Setup::new(Named::Incident).size(120, 50)).await;
    app.press("h").settle().await.shows(&[
        "Rules of nsp-ai-prod to clean up",
        "of 8 rules",
        "Use is judged by 14 days of log",
        "Expired (1)",
        "tmp-alex-20260101T1200Z",
        "Over-wide (1)",
        "20.0.0.0/8 admits 16777216 addresses",
        "Duplicate (1)",
        "203.0.113.8/29 is also named in rule",
        "Contained in another (1)",
        "198.51.100.16/28 lies within 198.51.100.0/26 of rule offices",
        "its name says nothing",
        // They were made a moment ago.
        "Use not known",
        "it was changed at",
    ]);
    app.press("d").settle().await.shows(&["Delete access rule tmp-alex-20260101T1200Z"]);
    app.press("esc").settle().await.press("space space d").settle().await.shows(&["Delete 2 access rules"]);
    app.type_text("nsp-ai-prod").press("tab enter").settle().await;
    assert!(app.handle().body(&rule("everyone")).is_none());
    assert!(app.handle().body(&rule("tmp-alex-20260101T1200Z")).is_none());
    app.hides(&["Expired", "Over-wide"]).shows(&["of 6 rules"]);
    app.press("e").settle().await.shows(&["Edit access rule vpn-gateway"]).press("esc enter").settle().await;
    app.shows(&["Rules of all profiles"]).hides(&["to clean up"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_matched_nothing_are_told_with_the_time() {
    let mut setup = Setup::new(Named::Estate).size(120, 50);
    setup.perimeter = Some("nsp-ai-prod".to_owned());
    let mut app = setup.start().await;
    app.press("3 h").settle().await.shows(&["Unused", "matched nothing from", "days with rows"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_log_nothing_is_said_about_use() {
    let action = "Microsoft.OperationalInsights/workspaces/query/read";
    let fault = json!({"path": "/query", "action": denied(action, AI_PROD)});
    let mut app = untidy(Setup::new(Named::Incident).fault(fault)).await;
    app.press("h").settle().await;
    app.shows(&["Nothing is said about use:", "AuthorizationFailed", "Expired (1)"])
        .hides(&["Unused", "Use not known"]);
}
