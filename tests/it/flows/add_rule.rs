//! "Let this address in", with a slip of the finger, and with a service that says no.

use serde_json::json;

use super::{at_rules, denied, rule, writes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typo_is_named_and_mended() {
    let mut app = at_rules().await;
    app.press("n").settle().await.shows(&["New access rule in profile default", "of 200 in the profile"]);
    app.type_text("checkout").press("tab tab").type_text("203.0.113.44/33").settle().await;
    app.shows(&["203.0.113.44/33: prefix length is 0–32"]);
    // It cannot be sent like this.
    app.press("enter").settle().await.shows(&["203.0.113.44/33: prefix length is 0–32"]);

    app.press("backspace").type_text("2").settle().await;
    app.hides(&["prefix length is"]).shows(&["inbound, 1 element here, 5 of 200 in the profile"]);
    app.press("enter").settle().await;
    app.shows(&["Create access rule checkout", "→ 203.0.113.44/32", "▌No"]);
    assert_eq!(writes(&app, &rule("checkout")), 0);
    app.press("tab enter").settle().await;
    app.shows(&["done and read back", "Rules of all profiles · 5", "checkout"]);
    let made = app.handle().body(&rule("checkout")).unwrap();
    assert_eq!(made["properties"]["addressPrefixes"], json!(["203.0.113.44/32"]));
    app.press("2").settle().await.shows(&["default"]);
    assert!(app.line("▌ default").contains('5'), "{}", app.screen());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_is_the_default_and_leads_back_to_the_form() {
    let mut app = at_rules().await;
    app.press("n").type_text("checkout").press("tab tab").type_text("203.0.113.44").press("enter enter");
    app.settle().await.shows(&["New access rule in profile default", "203.0.113.44"]);
    app.press("esc").settle().await.shows(&["Rules of all profiles · 4"]);
    assert_eq!(writes(&app, &rule("checkout")), 0);
}

/// Tries to make a rule against a service that refuses it.
async fn refused(action: serde_json::Value, said: &str) {
    let mut app = at_rules().await;
    let no = app.fault(json!({"method": "PUT", "path": "accessRules/checkout", "action": action}));
    app.press("n").type_text("checkout").press("tab tab").type_text("203.0.113.44").press("enter tab enter");
    app.settle().await;
    app.shows(&["New access rule in profile default", "checkout", "203.0.113.44", "Refused:", said]);
    assert_eq!(writes(&app, &rule("checkout")), 1);
    // Once the cause is gone the same form goes through.
    app.handle().edit(|world| world.faults.remove(no));
    app.press("enter tab enter").settle().await;
    app.shows(&["Rules of all profiles · 5", "checkout"]).hides(&["Refused:"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_rule_brings_the_form_back() {
    let message = "Access rule is not valid: the address prefix is reserved.";
    let body = json!({"error": {"code": "InvalidAccessRule", "message": message}});
    refused(json!({"status": 400, "body": body}), "reserved").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_brings_the_form_back() {
    let message = "Resource 'checkout' was disallowed by policy. Policy identifiers: 'deny-public-ranges'.";
    let body = json!({"error": {"code": "RequestDisallowedByPolicy", "message": message}});
    refused(json!({"status": 403, "body": body}), "deny-public-ranges").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_right_is_named() {
    let action = "Microsoft.Network/networkSecurityPerimeters/profiles/accessRules/write";
    refused(denied(action, &rule("checkout")), "accessRules/write").await;
}
