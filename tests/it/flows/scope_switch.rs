//! "Only production, please", "and now the other company": nothing of the old scope is seen in the new one.

use nsp::sim::Named;
use serde_json::json;

use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

const FABRIKAM: &str = "b85e3f21-6c0d-4a97-8e14-2f9d7c5a3b60";

async fn estate() -> Harness {
    Setup::new(Named::Estate).size(120, 40).start().await
}

/// Goes to the other tenant.
async fn to_fabrikam(app: &mut Harness) {
    app.press("S").settle().await.shows(&["Scope: simulated / all subscriptions", "Fabrikam"]);
    app.type_text("tenant fabrikam").press("enter").settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_subscription_then_two_then_all() {
    let mut app = estate().await;
    app.shows(&["3 subscriptions", "nsp-ai-prod", "nsp-ai-dev"]);
    app.press("S").settle().await.shows(&[
        "all subscriptions",
        "contoso-nonprod",
        "contoso-prod",
        "shown now",
    ]);
    app.type_text("nonprod").press("enter").settle().await;
    app.shows(&["simulated / contoso-nonprod", "nsp-ai-dev"]).hides(&["nsp-ai-prod", "nsp-backup-shared"]);

    app.press("S").settle().await;
    app.type_text("contoso-sh").press("tab").settle().await;
    app.press("backspace").press("backspace").type_text("prod").settle().await;
    app.press("tab enter").settle().await;
    app.shows(&["simulated / 2 subscriptions", "nsp-ai-prod", "nsp-backup-shared"]).hides(&["nsp-ai-dev"]);

    app.press("S").settle().await.press("enter").settle().await;
    app.shows(&["3 subscriptions", "nsp-ai-prod", "nsp-ai-dev", "nsp-backup-shared"]);
    app.press("S").settle().await.press("enter").settle().await.shows(&["is shown already"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_is_another_session() {
    let mut app = estate().await;
    app.until_shown("×").await;
    to_fabrikam(&mut app).await;
    app.shows(&["simulated / Fabrikam / fabrikam-ai", "nsp-fabrikam", "[READ-ONLY]"]);
    app.hides(&["nsp-ai-prod", "contoso-"]);
    app.press("1").settle().await.shows(&["aoai-fabrikam", "Enforced"]);
    // Its own tokens: the service would refuse those of the other tenant.
    app.press("t").settle().await.shows(&["DENIED by the network security perimeter"]);
    app.press("esc").settle().await;

    // Back by way of what was shown before.
    app.press("S").settle().await.shows(&["recent"]);
    app.type_text("recent").press("enter").settle().await;
    app.shows(&["simulated / 3 subscriptions", "nsp-ai-prod"]).hides(&["nsp-fabrikam"]);
    let asked = app.handle().requests();
    let refused = asked.iter().filter(|r| r.status == 401 && !r.path.starts_with("/_data")).count();
    assert_eq!(refused, 0, "nothing was asked with the wrong tenant's token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_answers_of_the_old_scope_are_dropped() {
    let mut app = estate().await;
    app.press("j").settle().await;
    app.console().frames = Some(Vec::new());
    let slow = app.fault(json!({"method": "GET", "path": PROD, "action": {"gate": true}}));
    let before = app.handle().requests().len();
    app.press("r S").until_shown("Scope:").await;
    app.type_text("tenant fabrikam").until_shown("Fabrikam").await;
    app.press("enter").until_shown("nsp-fabrikam").await;
    app.handle().release(slow);
    app.handle().clear_faults();
    app.settle().await.hides(&["nsp-ai-prod", "contoso-"]).shows(&["nsp-fabrikam"]);
    assert!(app.handle().requests().len() > before);
    for frame in app.console().frames.take().unwrap() {
        let new = frame.contains("simulated / Fabrikam");
        assert!(!new || !(frame.contains("contoso-") || frame.contains("nsp-ai-prod")), "{frame}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_with_a_write_in_flight_is_not_left() {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-ai-prod").start().await;
    let slow = app.fault(json!({"method": "PUT", "path": "/accessRules/late", "action": {"gate": true}}));
    app.press("2 n")
        .type_text("late")
        .press("tab tab")
        .type_text("203.0.113.7/32")
        .press("enter")
        .settle()
        .await;
    app.press("tab enter").until_shown("write in flight").await;
    app.press("S").until_shown("Fabrikam").await;
    app.type_text("tenant fabrikam").press("enter").until_shown("not switched: 1 write(s) in flight").await;
    app.shows(&["Scope: simulated / all subscriptions"]);
    // Other subscriptions of the same session are another matter; the write goes on and is told.
    app.press("ctrl-u").type_text("contoso-nonprod").press("enter").until_shown("nsp-ai-dev").await;
    app.handle().release(slow);
    app.until_shown("done and read back").await;
    app.settle().await.hides(&["nsp-ai-prod"]);
    to_fabrikam_from(&mut app, "simulated / contoso-nonprod").await;
    app.press("!").settle().await;
    app.press("u").settle().await.shows(&["nothing was written that could be taken back"]);
    app.press("5 u").settle().await.hides(&["Undo:"]);
}

async fn to_fabrikam_from(app: &mut Harness, scope: &str) {
    app.press("S").settle().await.shows(&[scope]);
    app.type_text("tenant fabrikam").press("enter").settle().await.shows(&["simulated / Fabrikam"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_and_outages_leave_the_old_scope_as_it_was() {
    let mut app = estate().await;
    app.press("S").settle().await;
    app.type_text("cloud AzureCloud").press("enter").settle().await;
    app.shows(&["not switched to AzureCloud", "a simulated session stays simulated", "Scope: simulated"]);
    app.press("esc").settle().await.shows(&["nsp-ai-prod", "3 subscriptions", "WRITES ON"]);

    app.fault(json!({"path": "/tenants", "action": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no tenants for you"}}}}));
    app.press("S").settle().await.shows(&[
        "Not allowed to list the tenants",
        "no tenants for you",
        "contoso-prod",
    ]);
    app.press("esc").settle().await;
    app.handle().clear_faults();

    // The new tenant cannot be read: its sentence, and no row of the old one.
    app.fault(json!({"path": "/subscriptions", "action": {"status": 503}}));
    app.press("S").settle().await;
    app.type_text("tenant fabrikam").press("enter").settle().await;
    app.shows(&["simulated / Fabrikam", "Could not list subscriptions"]).hides(&["nsp-ai-prod"]);
    app.handle().clear_faults();
    app.press("r").settle().await.shows(&["nsp-fabrikam"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn favourites_stand_first_and_are_kept_from_run_to_run() {
    let mut app = estate().await;
    app.press("S").settle().await;
    app.type_text("contoso-shared").press("ctrl-f").settle().await.shows(&["* contoso-shared"]);
    app.press("esc").settle().await;
    let mut app = app.again(Setup::new(Named::Estate)).await;
    to_fabrikam(&mut app).await;
    app.press("S").settle().await.shows(&["favourite", "* simulated / contoso-shared"]);
    app.type_text("favourite").press("enter").settle().await;
    app.shows(&["simulated / contoso-shared", "nsp-backup-shared"]).hides(&["nsp-fabrikam", "nsp-ai-prod"]);
    app.press("S").settle().await;
    let screen = app.screen();
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("{text}\n{screen}"));
    assert!(at("* contoso-shared") < at("contoso-nonprod"), "{screen}");
    assert!(screen.contains(FABRIKAM) || screen.contains("fabrikam.com"), "{screen}");
}
