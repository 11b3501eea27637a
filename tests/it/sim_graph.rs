//! The simulator's Resource Graph answers as recorded and documented: pages, quota, refusals.

use nsp::sim::{Named, Options};
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::sim::{Caller, Got, PROD, nsp};

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
const ALL: &str = "resources | project id, type, kind, location | order by id asc";

async fn ask(caller: &Caller, query: &str, options: Value) -> Got {
    caller.post(PATH, json!({"subscriptions": [PROD], "query": query, "options": options})).await
}

fn ids(got: &Got) -> Vec<String> {
    let rows = got.json()["data"].as_array().unwrap().clone();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_are_cut_from_one_result() {
    let caller = Caller::new(Named::Estate).await;
    let whole = ask(&caller, ALL, json!({"$top": 1000})).await;
    let body = whole.json();
    assert_eq!((whole.status, body["resultTruncated"].as_str()), (200, Some("false")));
    assert_eq!(body["count"], body["totalRecords"]);
    assert!(body.get("$skipToken").is_none());
    let expected = ids(&whole);
    assert!(expected.len() > 20 && expected.iter().all(|id| !id.contains("networkSecurityPerimeters")));
    let types: Vec<&str> =
        body["data"].as_array().unwrap().iter().map(|r| r["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"microsoft.storage/storageaccounts"), "types are in lower case: {types:?}");

    let (mut seen, mut token, mut pages) = (Vec::new(), None, 0);
    loop {
        let options = match &token {
            None => json!({"$top": 7}),
            Some(token) => json!({"$skipToken": token}),
        };
        let page = ask(&caller, ALL, options).await;
        seen.extend(ids(&page));
        pages += 1;
        token = page.json().get("$skipToken").cloned();
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    assert_eq!(pages, expected.len().div_ceil(7));
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn properties_are_reached_and_subscriptions_bound_the_rows() {
    let caller = Caller::new(Named::Estate).await;
    let query = "Resources | where type in~ ('Microsoft.CognitiveServices/accounts') and name == 'aoai-prod' \
                 | project id, subscriptionId, resourceGroup, access = tostring(properties.publicNetworkAccess), \
                   who = tostring(identity.type), acls = properties.networkAcls";
    let row = ask(&caller, query, json!({})).await.json()["data"][0].clone();
    assert_eq!(row["access"], "Enabled");
    assert_eq!(
        (row["who"].as_str(), row["resourceGroup"].as_str()),
        (Some("SystemAssigned"), Some("rg-ai-prod"))
    );
    assert_eq!(row["subscriptionId"], PROD);
    assert_eq!(row["acls"]["defaultAction"], "Deny", "a dynamic value is JSON, not text");

    let all = caller.post(PATH, json!({"query": "project id | count"})).await.json();
    assert!(
        all["data"][0]["Count"].as_u64()
            > ask(&caller, "count", json!({})).await.json()["data"][0]["Count"].as_u64()
    );
    let cut = ask(&caller, "resources | project name", json!({"$top": 3})).await.json();
    assert_eq!(
        (cut["resultTruncated"].as_str(), cut.get("$skipToken")),
        (Some("true"), None),
        "no ids, no pages"
    );
    let none =
        caller.post(PATH, json!({"subscriptions": [PROD.replace('3', "4")], "query": "project id"})).await;
    assert_eq!(none.json()["error"]["details"][0]["code"], "NoValidSubscriptionsInQueryRequest");
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn a_query_that_is_wrong_is_refused_as_recorded() {
    let caller = Caller::new(Named::Empty).await;
    let wrong = ask(&caller, "resources | where", json!({})).await;
    let error = wrong.json()["error"].clone();
    assert_eq!((wrong.status, error["code"].as_str()), (400, Some("BadRequest")));
    assert_eq!(error["details"][0]["code"], "InvalidQuery");
    assert_eq!(
        (
            error["details"][1]["code"].as_str(),
            error["details"][1]["token"].as_str(),
            error["details"][1]["line"].as_u64()
        ),
        (Some("ParserFailure"), Some("<EOF>"), Some(1))
    );
    let unknown = ask(&caller, "resources | where nothing == 1", json!({})).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.text.contains("Failed to resolve"), "{}", unknown.text);
    let perimeters = ask(&caller, "networkresources | project id", json!({})).await;
    assert_eq!(perimeters.status, 400);
}

#[tokio::test]
async fn the_quota_is_fifteen_in_five_seconds() {
    let caller = Caller::with(Options::instant(Named::Empty)).await;
    let first = ask(&caller, "count", json!({})).await;
    assert_eq!(first.header("x-ms-user-quota-remaining"), "14");
    assert_eq!(first.header("x-ms-user-quota-resets-after"), "00:00:05");
    for _ in 0..14 {
        assert_eq!(ask(&caller, "count", json!({})).await.status, 200);
    }
    let refused = ask(&caller, "count", json!({})).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "RateLimiting"));
    assert_eq!(refused.header("x-ms-user-quota-remaining"), "0");
    assert!((1..=5).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    caller.handle().advance(Duration::from_secs(5));
    assert_eq!(ask(&caller, "count", json!({})).await.status, 200);
    let perimeter = caller.get(&format!("{}?api-version=2024-10-01", nsp("x"))).await;
    assert_eq!(perimeter.status, 404, "the quota is Resource Graph's own");
}
