//! "This rule has to go."

use nsp::journal::{Journal, State};

use super::{at_rules, rule, writes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_asks_for_the_name_and_reads_back() {
    let mut app = at_rules().await;
    app.press("/").type_text("vpn").press("enter d").settle().await;
    app.shows(&["Delete access rule vpn-gateway", "203.0.113.8/29", "→ (nothing)"]);
    app.shows(&["Type vpn-gateway to go on", "create the rule again"]);
    // The cursor's keys and an empty answer do nothing.
    app.press("enter tab enter").settle().await.shows(&["Type vpn-gateway to go on"]);
    app.type_text("vpn-gateway").press("enter").settle().await;
    app.shows(&["done and read back", "none of 3 rows"]);
    assert_eq!(app.handle().body(&rule("vpn-gateway")), None);
    assert_eq!(writes(&app, &rule("vpn-gateway")), 1);
    let last = app.handle().requests().into_iter().rfind(|r| r.path.ends_with("/vpn-gateway")).unwrap();
    assert_eq!((last.method.as_str(), last.status), ("GET", 404));
    app.press("esc").settle().await.shows(&["Rules of all profiles · 3"]).hides(&["vpn-gateway "]);
    let journal = Journal::open(&app.folder.path().join("journal.jsonl")).unwrap();
    let entry = journal.recent(1).unwrap().remove(0);
    assert_eq!(entry.state, State::Done);
    assert!(entry.before.contains("203.0.113.8/29"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_that_is_gone_already_is_not_deleted_twice() {
    let mut app = at_rules().await;
    app.press("/").type_text("vpn").press("enter d").type_text("vpn-gateway").settle().await;
    super::delete_behind(&app, &rule("vpn-gateway")).await;
    app.press("enter").settle().await.shows(&["was not sent: vpn-gateway is gone"]);
    app.press("enter").settle().await.hides(&["was not sent"]);
    assert_eq!(writes(&app, &rule("vpn-gateway")), 1);
    app.press("esc").settle().await.shows(&["Rules of all profiles · 3"]);
}
