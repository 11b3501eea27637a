//! "Make a perimeter, put the account in, link it, and take it all down again."

use nsp::sim::Named;
use serde_json::json;

use super::{AI_PROD, denied, writes};
use crate::harness::{Harness, Setup};

const GROUP: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-ai-prod";

/// Id of the perimeter that these stories make.
fn fresh() -> String {
    format!("{GROUP}/providers/Microsoft.Network/networkSecurityPerimeters/nsp-fresh")
}

async fn open(name: &str) -> Harness {
    let mut app = Setup::new(Named::Estate).perimeter(name).start().await;
    app.press("p").settle().await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_perimeter_is_made_tagged_and_deleted() {
    let mut app = open("nsp-ai-prod").await;
    app.press("n").settle().await.shows(&["New perimeter", "the region is missing"]);
    app.type_text("nsp-fresh").press("tab").type_text("contoso-prod").press("tab").settle().await;
    // What there is to choose from is read while the form is open.
    app.shows(&["rg-ai-prod"]).type_text("rg-ai-pr").press("down tab").type_text("nowhere").settle().await;
    app.shows(&["this subscription has no region nowhere"]);
    app.press("ctrl-u").type_text("westeurope").press("tab").type_text("env=test").settle().await;
    app.shows(&["Enter shows what would change"]).press("enter").settle().await;
    app.shows(&[
        "Create perimeter nsp-fresh",
        "→ westeurope",
        "→ env=test",
        "changes nothing for any resource",
    ]);
    app.press("tab enter").settle().await.shows(&["done and read back", "Perimeters · 14", "nsp-fresh"]);
    let made = app.handle().body(&fresh()).unwrap();
    assert_eq!((&made["location"], &made["tags"]), (&json!("westeurope"), &json!({"env": "test"})));

    app.press("/")
        .type_text("fresh")
        .press("enter e")
        .settle()
        .await
        .shows(&["Tags of nsp-fresh", "env=test"]);
    app.type_text(", owner=net").press("enter").settle().await.shows(&["→ env=test, owner=net"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    assert_eq!(app.handle().body(&fresh()).unwrap()["tags"], json!({"env": "test", "owner": "net"}));

    app.press("d").settle().await.shows(&[
        "Delete perimeter nsp-fresh",
        "It is empty",
        "Type nsp-fresh to go on",
    ]);
    app.type_text("nsp-fresh").press("enter").settle().await.shows(&["done and read back"]);
    assert_eq!(app.handle().body(&fresh()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_the_way_of_deleting_is_named() {
    let mut app = open("nsp-ai-prod").await;
    app.press("d").settle().await.shows(&["not known to be empty", "forceDeletion"]);
    app.press("enter").settle().await.shows(&["Associated resources:", "aoai-prod", "stand in the way"]);
    app.type_text("nsp-ai-prod").press("enter").settle().await;
    app.shows(&["w tells why"]).press("w").settle().await.shows(&["Dissociate the resources", "HTTP 409"]);
    assert!(app.handle().body(AI_PROD).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_joins_moves_and_leaves() {
    let mut app = open("nsp-ai-prod").await;
    app.press("2 N").settle().await.type_text("batch").press("enter").settle().await;
    app.shows(&["Create profile batch"]).press("tab enter").settle().await.shows(&["Profiles · 3"]);

    app.press("1 n").settle().await.press("/").type_text("stpocdata").press("enter enter").settle().await;
    app.shows(&["which profile?"]).type_text("batch").press("enter").settle().await;
    app.shows(&["Associate stpocdata", "→ Transition (Learning)", "To get back: dissociate it"]);
    app.press("tab enter").settle().await.shows(&["Resources · 8", "stpocdata"]);

    app.press("/").type_text("stpocdata").press("enter e").settle().await;
    app.type_text("default").press("enter").settle().await.shows(&["Move stpocdata to profile default"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    let made = app.handle().requests().into_iter().rfind(|r| r.method == "PUT").unwrap().path;
    let body = app.handle().body(&made).unwrap();
    assert!(body["properties"]["profile"]["id"].as_str().unwrap().ends_with("/profiles/default"));

    app.press("d").settle().await.shows(&["Dissociate stpocdata", "outside the perimeter", "inbound:"]);
    app.type_text("stpocdata").press("enter").settle().await.shows(&["done and read back"]);
    assert_eq!(app.handle().body(&made), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_made_and_deleted_on_both_sides() {
    let mut app = open("nsp-sandbox").await;
    app.press("4 n")
        .settle()
        .await
        .type_text("to-ai")
        .press("tab")
        .type_text("nsp-ai-dev")
        .press("enter")
        .settle()
        .await;
    app.shows(&["Create link to-ai to nsp-ai-dev"]).press("tab enter").settle().await;
    app.shows(&["done and read back", "to-ai", "Approved"]);
    app.press("/")
        .type_text("to-ai")
        .press("enter d")
        .settle()
        .await
        .shows(&["Delete link to-ai", "Disconnected"]);
    app.type_text("to-ai").press("enter").settle().await.shows(&["done and read back"]);
    let link = app.handle().requests().into_iter().rfind(|r| r.method == "DELETE").unwrap().path;
    assert_eq!(writes(&app, &link), 2, "one PUT, one DELETE");
    assert_eq!(app.handle().body(&link), None);

    app.press("p /").press("ctrl-u").type_text("ai-dev").press("enter").settle().await;
    app.press("4 /").type_text("from-to-ai").press("enter").settle().await.shows(&["Disconnected"]);
    app.press("d").settle().await.shows(&["Delete link reference Ref-from-to-ai"]);
    let name = app.model().panes.links.selected().unwrap().id().name().to_owned();
    app.type_text(&name).press("enter").settle().await.shows(&["done and read back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_listed_is_said_and_does_not_stand_in_the_way() {
    let mut app = open("nsp-ai-prod").await;
    app.fault(json!({"method": "GET", "path": "/locations", "action": denied("Microsoft.Resources/subscriptions/locations/read", "/")}));
    app.press("n").type_text("nsp-fresh").press("tab").type_text("contoso-prod").press("tab").settle().await;
    app.shows(&["what there is to choose from is not complete", "Not allowed to list the regions"]);
    app.type_text("rg-ai-prod").press("tab").type_text("westeurope").press("enter").settle().await;
    app.shows(&["Create perimeter nsp-fresh", "→ westeurope"]);
}
