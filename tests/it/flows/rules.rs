//! "The same rules there, a service tag whose name I half know, a subscription by name."

use nsp::sim::Named;
use serde_json::json;

use super::{AI_PROD, denied, writes};
use crate::harness::{Harness, Setup};

async fn at_profiles() -> Harness {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-ai-prod").start().await;
    app.press("2 /").type_text("agents").press("enter").settle().await.shows(&["Profiles · 1 of 2"]);
    app
}

fn names(app: &Harness, profile: &str) -> Vec<String> {
    let under = format!("{AI_PROD}/profiles/{profile}/accessRules").to_lowercase();
    let rules = app.handle().edit(|world| world.store.values(&under));
    rules.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_copied_between_profiles_as_one_and_taken_back_as_one() {
    let mut app = at_profiles().await;
    let (from, before) = (names(&app, "default"), names(&app, "agents"));
    app.press("c").settle().await.shows(&["Copy rules into agents from which profile?", "default"]);
    app.press("enter").settle().await.shows(&["rules from default into agents", "writes, one after another"]);
    app.press("tab enter").settle().await.until_shown("done and read back").await;
    let after = names(&app, "agents");
    assert!(after.len() > before.len() && after.len() <= before.len() + from.len());
    // Once more there is nothing left to copy.
    app.press("2 c").settle().await.press("enter").settle().await;
    app.until_shown("nothing to copy").await.shows(&["there already under some name"]);

    app.press("u").settle().await.shows(&["Undo: Copy"]);
    app.type_text("nsp-ai-prod").press("enter").settle().await.until_shown("Undo: Copy").await;
    app.until("the rules are gone", |app| names(app, "agents") == before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_that_cannot_be_read_is_not_copied() {
    let mut app = at_profiles().await;
    let no = denied("Microsoft.Network/networkSecurityPerimeters/profiles/accessRules/read", "/");
    app.fault(json!({"method": "GET", "path": "/profiles/default/accessRules", "action": no}));
    app.press("c enter").settle().await.until_shown("nothing was copied").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_tag_is_found_among_thousands() {
    let mut app = at_profiles().await;
    app.press("n").type_text("tagged").press("tab").press("right right").settle().await;
    app.press("tab").settle().await.shows(&["ActionGroup"]);
    app.type_text("azmonsweden").settle().await.shows(&["AzureMonitor.SwedenCentral"]);
    app.hides(&["ActionGroup"]).shows(&["azmonsweden is none of the"]);
    app.press("down enter").settle().await.hides(&["is none of the"]);
    app.type_text(", azkeyv")
        .press("down tab")
        .settle()
        .await
        .shows(&["AzureMonitor.SwedenCentral, AzureKeyVault"]);
    app.press("enter tab enter").settle().await.shows(&["done and read back"]);
    let made = app.handle().body(&format!("{AI_PROD}/profiles/agents/accessRules/tagged")).unwrap();
    assert_eq!(made["properties"]["serviceTags"], json!(["AzureMonitor.SwedenCentral", "AzureKeyVault"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_that_cannot_be_listed_can_be_typed() {
    let mut app = at_profiles().await;
    let no = denied("Microsoft.Network/locations/nspServiceTags/read", "/");
    app.fault(json!({"method": "GET", "path": "nspServiceTags", "action": no}));
    app.press("n").type_text("tagged").press("tab").press("right right").settle().await;
    app.press("tab").type_text("AzureMonitor").settle().await;
    app.shows(&["the service tags of the region could not be read"]);
    app.press("enter tab enter").settle().await.shows(&["done and read back"]);
    assert_eq!(writes(&app, &format!("{AI_PROD}/profiles/agents/accessRules/tagged")), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_is_picked_by_name() {
    let mut app = at_profiles().await;
    app.press("n")
        .type_text("shared")
        .press("tab right tab")
        .settle()
        .await
        .shows(&["contoso-prod", "contoso-shared"]);
    app.type_text("shar").press("down tab").settle().await.press("enter").settle().await;
    app.shows(&["Create access rule shared", "9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22"]);
}
