//! "What must be registered before this works, and how do I get it?"

use std::time::Duration;

use nsp::sim::{Named, Timing};
use serde_json::json;

use crate::harness::{Harness, Setup};

async fn board(setup: Setup) -> Harness {
    let mut app = setup.start().await;
    app.press("P").settle().await.shows(&[
        "Prerequisites of 3 subscriptions",
        "contoso-nonprod",
        "contoso-prod",
    ]);
    app
}

fn posts(app: &Harness) -> usize {
    app.handle().requests().iter().filter(|r| matches!(r.method.as_str(), "POST" | "PUT")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_says_what_is_missing_and_what_is_not_needed_any_more() {
    let mut app = board(Setup::new(Named::Empty)).await;
    assert!(app.line("provider Microsoft.Network").contains("Unregistered"));
    app.shows(&["needed for  perimeters", "Enter: Register provider Microsoft.Network in contoso-nonprod"]);
    let gone = app.line("not known to Azure");
    assert!(gone.contains("not needed") && gone.contains("AllowNSPInPublicPreview"), "{gone}");
    app.press("esc").settle().await.hides(&["Prerequisites of"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_registers_and_perimeters_need_it_twice() {
    let mut app = board(Setup::new(Named::Empty)).await;
    app.press("enter")
        .settle()
        .await
        .shows(&["Register provider Microsoft.Network in contoso-nonprod", "▌No"]);
    app.press("tab enter").settle().await.shows(&["taken by Azure"]);
    // Registered before its preview feature: perimeters are not offered yet.
    app.shows(&["register it once more", "first the feature AllowNSPInPublicPreview"]);
    app.press("A").settle().await.shows(&["Register all that is missing in contoso-nonprod"]);
    app.press("tab enter").settle().await;
    app.shows(&["Register all that is missing in contoso-nonprod: ", "5 shows each"]);
    app.press("g")
        .settle()
        .await
        .shows(&["Enter: Register provider Microsoft.Network again in contoso-nonprod"]);
    app.press("enter").settle().await.press("tab enter").settle().await.shows(&["taken by Azure"]);
    assert!(app.line("provider Microsoft.Network").starts_with("│ ▌ ok"), "{}", app.screen());
    app.press("esc 5").settle().await.shows(&["taken by Azure", "Register provider Microsoft.Network again"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feature_that_takes_long_is_watched_while_the_board_is_open() {
    let mut setup = Setup::new(Named::Empty);
    setup.world.timing = Timing { operation: Duration::from_secs(600), ..Timing::INSTANT };
    setup.only = vec!["contoso-prod".to_owned()];
    let mut app = setup.start().await;
    app.press("P")
        .settle()
        .await
        .shows(&["Prerequisites of 1 subscription", "OpenAI.NspPreview in contoso-prod"]);
    app.press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["under way", "Registering", "A preview feature may take hours"]);
    app.press("enter").settle().await.shows(&["nothing to do but wait"]);
    assert_eq!(posts(&app), 1);
    app.handle().advance(Duration::from_secs(3 * 3600));
    app.press("r").settle().await.hides(&["under way"]);
    assert!(app.line("OpenAI.NspPreview").contains("Registered"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_or_written_says_which_right_is_missing() {
    let body = |action: &str| {
        let text = format!(
            "The client 'x' does not have authorization to perform action '{action}' over scope '/s'."
        );
        json!({"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": text}}})
    };
    let read = json!({"method": "GET", "path": "*/providers/Microsoft.Search", "action": body("Microsoft.Resources/subscriptions/providers/read")});
    let write =
        json!({"method": "POST", "path": "/register", "action": body("Microsoft.Network/register/action")});
    let mut app = board(Setup::new(Named::Empty).fault(write).fault(read)).await;
    app.press("enter")
        .settle()
        .await
        .press("tab enter")
        .settle()
        .await
        .shows(&["w tells why", "Prerequisites of"]);
    app.press("w").settle().await.shows(&[
        "Microsoft.Network/register/action",
        "HTTP 403",
        "· request ",
        "next",
    ]);
    assert_eq!(posts(&app), 1, "a refused write is not repeated");
    app.press("esc").settle().await.shows(&["Prerequisites of"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_registered_in_read_only_mode() {
    let mut setup = Setup::new(Named::Empty);
    setup.writable = false;
    let mut app = board(setup).await;
    app.press("enter").settle().await.shows(&["read-only: press ! to unlock", "Prerequisites of"]);
    app.press("! enter").settle().await.shows(&["Register provider Microsoft.Network in contoso-nonprod"]);
    assert_eq!(posts(&app), 0);
}
