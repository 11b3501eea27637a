//! "Azure said no": each refusal in words, with its code, its request id and what to do next; what was typed stays.

use nsp::domain::{ArmId, Direction};
use nsp::sim::Named;
use serde_json::json;

use super::{AI_PROD, put_behind, ranges, rule, writes};
use crate::harness::{Harness, Setup};
use crate::support::http_client;
use crate::support::sim::{PROD, VERSION, nsp};

const SHARED: &str = "9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22";

async fn open(perimeter: &str) -> Harness {
    let mut app = Setup::new(Named::Estate).perimeter(perimeter).start().await;
    app.press("p").settle().await;
    app
}

/// The resource chosen, its profile chosen where there are several, and confirmed.
async fn associate(app: &mut Harness, resource: &str) {
    app.press("1 n").settle().await.press("/").type_text(resource).press("enter enter").settle().await;
    if app.screen().contains("which profile?") {
        app.type_text("default").press("enter").settle().await;
    }
    app.shows(&["Associate "]).press("tab enter").settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_to_join_is_missing_on_the_resource() {
    let mut app = open("nsp-platform-shared").await;
    associate(&mut app, "cosmos-feature-flags").await;
    app.shows(&[
        "Refused:",
        "LinkedAuthorizationFailed",
        "Microsoft.DocumentDB/databaseAccounts/joinPerimeter/action",
    ]);
    app.shows(&["owner must grant it", "request ", "cosmos-feature-flags", "default"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_is_not_registered_in_the_perimeters_subscription() {
    let mut app = open("nsp-ai-dev").await;
    let post = format!("/subscriptions/{PROD}/providers/Microsoft.DocumentDB/register");
    assert_eq!(writes(&app, &post), 0);
    app.handle().edit(|world| {
        let given = json!([{"subscription": "c5a1d9e4-7b32-4e68-b0f7-2a9c8d1e6f33",
            "providers": {"Microsoft.Storage": "NotRegistered"}}]);
        let given = serde_json::from_value(given).unwrap();
        world.tenant.registrations = nsp::sim::registrations::Registrations::new(given);
    });
    associate(&mut app, "stpocdata").await;
    app.shows(&["Refused:", "MissingSubscriptionRegistration", "'Microsoft.Storage'", "P registers"]);
    // Out of the filter, out of the list.
    app.press("esc esc P").settle().await;
    app.shows(&["Register provider Microsoft.Storage in contoso-nonprod"]).press("enter").settle().await;
    app.press("tab enter").settle().await.shows(&["taken by Azure"]).press("esc").settle().await;
    associate(&mut app, "stpocdata").await;
    app.shows(&["done and read back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_forbids_it() {
    let mut app = open("nsp-ai-prod").await;
    app.press("3").settle().await;
    app.press("n").settle().await;
    if app.screen().contains("in which profile") {
        app.type_text("default").press("enter").settle().await;
    }
    app.type_text("everyone").press("tab tab").type_text("0.0.0.0/0").press("enter").settle().await;
    app.press("tab enter").settle().await;
    app.shows(&["Refused", "RequestDisallowedByPolicy", "everyone", "0.0.0.0/0"]);
    app.press("esc w")
        .settle()
        .await
        .shows(&["deny-rules-open-to-the-internet", "owner can grant an exemption"]);
    assert!(app.handle().body(&rule("everyone")).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_keeps_rules_associations_and_perimeters() {
    let mut app = open("nsp-payments-prod").await;
    for (keys, question) in [("3", "Delete access rule"), ("1", "Dissociate")] {
        app.press(keys).settle().await.press("d").settle().await.shows(&[question]);
        let name = app.screen();
        let name = name.split("Type ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        app.type_text(&name).press("enter").settle().await.shows(&["w tells why"]);
        app.press("w").settle().await;
        app.shows(&[
            "ScopeLocked",
            "HTTP 409",
            "resourceGroups/rg-payments-prod",
            "its owner must remove it first",
        ]);
        app.press("esc").settle().await;
    }
    app.press("p d")
        .settle()
        .await
        .press("down enter")
        .settle()
        .await
        .shows(&["Delete perimeter nsp-payments-prod"]);
    app.type_text("nsp-payments-prod").press("enter").settle().await.press("w").settle().await;
    app.shows(&["ScopeLocked", "Delete perimeter nsp-payments-prod with all in it"]);
    assert_eq!(app.handle().requests().iter().filter(|r| r.method == "DELETE" && r.status == 409).count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_is_full_of_perimeters() {
    let mut app = open("nsp-ai-prod").await;
    app.handle().edit(|world| {
        for n in 0..100 {
            let id = nsp(&format!("nsp-{n:03}"));
            world.store.put(
                &id,
                &json!({"id": id, "name": format!("nsp-{n:03}"), "location": "westeurope",
                "type": "Microsoft.Network/networkSecurityPerimeters", "tags": {}, "properties": {}}),
            );
        }
    });
    app.press("n")
        .settle()
        .await
        .type_text("nsp-more")
        .press("tab")
        .type_text("contoso-prod")
        .press("tab")
        .settle()
        .await;
    app.type_text("rg-ai-prod").press("tab").type_text("westeurope").press("enter").settle().await;
    app.press("tab enter").settle().await;
    app.shows(&["Refused:", "QuotaExceeded", "100 network security perimeters", "nsp-more", "westeurope"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_full_of_elements() {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.press("3 n")
        .settle()
        .await
        .type_text("last")
        .press("tab tab")
        .type_text("198.51.100.77/32")
        .settle()
        .await;
    let perimeter = ArmId::parse(AI_PROD).unwrap();
    let rules = app.model().data.rules(&perimeter, None);
    let inbound = rules.iter().filter(|r| r.content.direction == Direction::Inbound);
    let taken: usize = inbound.map(|r| r.content.elements()).sum();
    let many: Vec<String> = (taken..200).map(|n| format!("10.{n}.0.0/16")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    put_behind(&app, &rule("meanwhile"), &ranges(&many)).await;
    app.press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["Refused", "NspAccessRuleElementLimitExceeded", "200 rule", "last", "198.51.100.77/32"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_that_the_region_does_not_take_is_not_offered_and_refused() {
    let mut app = open("nsp-identity-prod").await;
    app.press("1 n").settle().await.shows(&["Associate with nsp-identity-prod"]).hides(&["crcontoso"]);
    app.press("esc").settle().await;

    let registry = format!(
        "/subscriptions/{SHARED}/resourceGroups/rg-platform/providers/Microsoft.ContainerRegistry/registries/crcontoso"
    );
    let perimeter = nsp("nsp-identity-prod").replace("rg-ai-prod", "rg-identity-prod");
    let body = json!({"properties": {
        "privateLinkResource": {"id": registry}, "profile": {"id": format!("{perimeter}/profiles/default")},
    }});
    let url = format!("{}{perimeter}/resourceAssociations/a?{VERSION}", app.sim.url());
    let answer = http_client().put(url).bearer_auth("x").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let text = answer.text().await.unwrap();
    assert!(text.contains("ResourceTypeNotSupported") && text.contains("'northeurope'"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_on_a_named_subscription_is_missing() {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.handle().edit(|world| {
        let lacks = json!({"lacks": [{"scope": format!("/subscriptions/{SHARED}"), "action": "joinPerimeterRule/action"}]});
        world.tenant.governance = serde_json::from_value(lacks).unwrap();
    });
    app.press("3 n")
        .settle()
        .await
        .type_text("shared")
        .press("tab ctrl-n tab")
        .type_text("contoso-shared")
        .press("enter")
        .settle()
        .await;
    app.press("tab enter").settle().await;
    app.shows(&[
        "Refused",
        "LinkedAuthorizationFailed",
        "joinPerimeterRule/action on each",
        "contoso-shared",
    ]);
}
