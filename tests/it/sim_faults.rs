//! Faults on demand and the other controls under `/_sim/`.

use nsp::sim::Named;
use reqwest::Method;
use serde_json::json;

use crate::support::sim::{Caller, account, at, nsp};

#[tokio::test]
async fn a_fault_hits_the_calls_that_it_names() {
    let caller = Caller::new(Named::Estate).await;
    let target = at(&nsp("nsp-ai-prod"));
    let fault = json!({"method": "GET", "path": "*/NSP-ai-prod", "nth": 2,
        "action": {"status": 429, "headers": {"Retry-After": "1"}, "body": {"error": {"code": "TooManyRequests"}}}});
    let set = caller.post("/_sim/faults", fault).await;
    assert_eq!((set.status, set.json()), (201, json!({"id": 1})));
    let statuses = [caller.get(&target).await, caller.get(&target).await, caller.get(&target).await];
    assert_eq!(statuses.each_ref().map(|got| got.status), [200, 429, 200]);
    assert_eq!((statuses[1].header("retry-after"), statuses[1].code().as_str()), ("1", "TooManyRequests"));
    let shown = caller.get("/_sim/faults").await.json();
    assert_eq!((&shown["value"][0]["matched"], &shown["value"][0]["fired"]), (&json!(3), &json!(1)));
    assert_eq!(caller.delete("/_sim/faults").await.status, 204);
    assert_eq!(caller.post("/_sim/faults", json!({"pth": "x"})).await.status, 400);
}

#[tokio::test]
async fn answers_can_be_torn_wrong_or_patched() {
    let caller = Caller::new(Named::Estate).await;
    let target = at(&nsp("nsp-ai-prod"));
    let handle = caller.handle();
    handle.fault_json(json!({"count": 1, "action": {"torn": 20}})).unwrap();
    let answer = caller.request(Method::GET, &target).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err(), "the body ends before its promised length");
    handle.fault_json(json!({"count": 1, "action": {"raw": "<html>"}})).unwrap();
    assert_eq!(caller.get(&target).await.text, "<html>");
    let patch =
        json!({"count": 1, "action": {"patch": {"set": {"/properties/new": [1]}, "remove": ["/etag"]}}});
    handle.fault_json(patch).unwrap();
    let body = caller.get(&target).await.json();
    assert_eq!((body["properties"]["new"].clone(), body.get("etag")), (json!([1]), None));
    assert_eq!(handle.requests().iter().map(|seen| seen.status).collect::<Vec<_>>(), [0, 200, 200]);
}

#[tokio::test]
async fn a_write_can_happen_although_its_answer_is_lost() {
    let caller = Caller::new(Named::Empty).await;
    let target = at(&nsp("lost"));
    caller.handle().fault_json(json!({"count": 1, "action": {"status": 503, "execute": true}})).unwrap();
    assert_eq!(caller.put(&target, json!({"location": "uksouth"})).await.status, 503);
    assert_eq!(caller.get(&target).await.status, 200);
    caller.handle().fault_json(json!({"count": 1, "action": {"status": 503}})).unwrap();
    assert_eq!(caller.put(&at(&nsp("other")), json!({"location": "uksouth"})).await.status, 503);
    assert_eq!(caller.get(&at(&nsp("other"))).await.status, 404);
}

#[tokio::test]
async fn a_gate_holds_a_request_until_it_is_released() {
    let caller = Caller::new(Named::Estate).await;
    let handle = caller.handle();
    let gate = handle.fault_json(json!({"path": "nsp-ai-prod", "action": {"gate": true}})).unwrap();
    let held = tokio::spawn(caller.request(Method::GET, &at(&nsp("nsp-ai-prod"))).send());
    handle.reached(gate, 1).await;
    assert_eq!(caller.get(&at(&nsp("absent"))).await.status, 404, "others pass meanwhile");
    assert!(!held.is_finished());
    assert_eq!(caller.post(&format!("/_sim/faults/{gate}/release"), json!({})).await.status, 204);
    assert_eq!(held.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn time_is_moved_and_requests_are_remembered() {
    let caller = Caller::new(Named::Empty).await;
    let before = caller.handle().now();
    let moved = caller.post("/_sim/advance", json!({"seconds": 3600})).await.json();
    assert_eq!(moved["advancedSeconds"], 3600.0);
    assert!(caller.handle().now().duration_since(before) >= jiff::SignedDuration::from_hours(1));
    assert_eq!(caller.post("/_sim/advance", json!({"seconds": -1})).await.status, 400);
    caller.put(&at(&nsp("seen")), json!({"location": "uksouth"})).await;
    let seen = caller.get("/_sim/requests?path=/SEEN").await.json();
    assert_eq!(seen["total"], 1);
    let seen = &seen["value"][0];
    assert_eq!((seen["method"].as_str(), seen["status"].as_u64()), (Some("PUT"), Some(200)));
    assert_eq!(
        (seen["path"].as_str(), seen["query"].as_str()),
        (Some(nsp("seen").as_str()), Some("api-version=2024-10-01"))
    );
    assert_eq!(seen["body"], r#"{"location":"uksouth"}"#);
}

#[tokio::test]
async fn traffic_hears_of_every_change_that_matters_to_it() {
    let caller = Caller::new(Named::Empty).await;
    let of = |truth: &serde_json::Value, address: &str| {
        let flows = truth["flows"].as_array().unwrap().iter();
        let mut to_account = flows.filter(|f| f["resourceId"] == account());
        to_account.find(|f| f["other"]["ipAddresses"][0] == address).unwrap()["now"].clone()
    };
    let truth = caller.get("/_sim/truth").await.json();
    assert!(
        truth["flows"].as_array().unwrap().iter().all(|f| f["now"]["category"].is_null()),
        "no perimeter yet"
    );
    let id = caller.perimeter().await;
    let rule = json!({"properties": {"addressPrefixes": ["203.0.113.0/24"]}});
    caller.put(&at(&format!("{id}/profiles/p/accessRules/r")), rule).await;
    let association = json!({"properties": {"accessMode": "Enforced",
        "privateLinkResource": {"id": account()}, "profile": {"id": format!("{id}/profiles/p")}}});
    caller.put(&at(&format!("{id}/resourceAssociations/a")), association).await;
    let truth = caller.get("/_sim/truth").await.json();
    let allowed = json!({"allowed": true, "category": "NspPublicInboundPerimeterRulesAllowed", "matched": "r", "reached": true});
    assert_eq!(of(&truth, "203.0.113.70"), allowed);
    assert_eq!(of(&truth, "198.51.100.20")["category"], "NspPublicInboundPerimeterRulesDenied");
    caller.delete(&format!("{}&forceDeletion=true", at(&id))).await;
    let truth = caller.get("/_sim/truth").await.json();
    assert!(of(&truth, "203.0.113.70")["category"].is_null());
}
