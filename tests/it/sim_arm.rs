//! The simulator's Resource Manager side behaves as the recorded service does.

use nsp::sim::{Named, Options, Timing};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::http_client;
use crate::support::sim::{Caller, PROD, VERSION, account, at, nsp};

fn association(perimeter: &str, mode: &str) -> Value {
    json!({"properties": {
        "privateLinkResource": {"id": account()},
        "profile": {"id": format!("{perimeter}/profiles/p")},
        "accessMode": mode,
    }})
}

/// Operations take ten seconds of simulated time.
fn slow() -> Options {
    let timing = Timing { operation: Duration::from_secs(10), ..Timing::INSTANT };
    Options { timing, ..Options::instant(Named::Empty) }
}

#[tokio::test]
async fn a_perimeter_is_made_changed_and_deleted_as_recorded() {
    let caller = Caller::with(slow()).await;
    let id = nsp("One");
    let made = caller.put(&at(&id), json!({"location": "westeurope", "tags": {"a": "b"}})).await;
    assert_eq!(made.status, 200, "200 also on create");
    let body = made.json();
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["name", "id", "location", "type", "tags", "etag", "properties", "systemData"]);
    assert_eq!(body["etag"], "");
    let created = body["systemData"]["createdAt"].as_str().unwrap();
    assert_eq!((created.len(), created.ends_with('Z')), (28, true), "seven decimals: {created}");
    assert_eq!(caller.get(&at(&id.to_uppercase())).await.json(), body, "paths are case-insensitive");

    let patch = caller.request(Method::PATCH, &at(&id)).json(&json!({"tags": {"c": "d"}}));
    assert_eq!(Caller::send(patch).await.json()["tags"], json!({"c": "d"}));

    let gone = caller.delete(&at(&id)).await;
    assert_eq!((gone.status, gone.text.as_str()), (202, ""));
    let guid = body["properties"]["perimeterGuid"].as_str().unwrap();
    for header in ["azure-asyncoperation", "location"] {
        let address = gone.header(header);
        assert!(
            address.contains(&format!("/networkSecurityPerimeterOperationStatuses/{guid}?{VERSION}&t=")),
            "{address}"
        );
        assert!(address.len() > 1_500, "signed addresses are long");
    }
    let address = gone.header("azure-asyncoperation");
    let running = caller.get(address).await.json();
    assert_eq!((running["status"].as_str(), running.get("endTime")), (Some("Deleting"), None));
    assert_eq!(running["properties"]["resourceId"], id);
    assert_eq!(caller.put(&at(&id), json!({"location": "westeurope"})).await.status, 409);
    caller.handle().advance(Duration::from_secs(10));
    let done = caller.get(address).await.json();
    assert_eq!(done["status"], "Succeeded");
    assert!(done["endTime"].as_str() > done["startTime"].as_str());
    let missing = caller.get(&at(&id)).await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "NotFound"));
    assert_eq!(
        missing.json()["error"]["message"],
        format!("Resource [{id}] does not exist or has been deleted")
    );
    assert_eq!(caller.delete(&at(&id)).await.status, 204);
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn associations_are_long_running_in_both_directions() {
    let caller = Caller::with(slow()).await;
    let id = caller.perimeter().await;
    let target = at(&format!("{id}/resourceAssociations/a"));
    for (mode, verb) in [("Learning", "Creating"), ("Enforced", "Updating")] {
        let put = caller.put(&target, association(&id, mode)).await;
        assert_eq!((put.status, put.json()["properties"]["provisioningState"].as_str()), (202, Some(verb)));
        assert_eq!(put.header("location"), "");
        let address = put.header("azure-asyncoperation").to_owned();
        assert_eq!(caller.get(&address).await.json()["status"], verb);
        caller.handle().advance(Duration::from_secs(10));
        let unsigned = address.split("&t=").next().unwrap();
        assert_eq!(caller.get(unsigned).await.json()["status"], "Succeeded");
        let now = caller.get(&target).await.json();
        assert_eq!(now["properties"]["provisioningState"], "Succeeded");
        assert_eq!(now["properties"]["accessMode"], mode);
        assert_eq!(now["properties"]["hasProvisioningIssues"], "no");
    }
    let profile = caller.delete(&at(&format!("{id}/profiles/p"))).await;
    assert_eq!((profile.status, profile.code().as_str()), (409, "NspProfileInUse"));
    let full = caller.delete(&at(&id)).await;
    assert_eq!((full.status, full.code().as_str()), (409, "NetworkSecurityPerimeterNotEmpty"));

    let gone = caller.delete(&target).await;
    assert_eq!(gone.status, 202);
    assert_eq!(gone.json()["properties"]["provisioningState"], "Deleting");
    assert_eq!(gone.json().get("systemData"), None);
    assert_eq!(caller.get(gone.header("azure-asyncoperation")).await.json()["status"], "Deleting");
    caller.handle().advance(Duration::from_secs(10));
    assert_eq!(caller.get(&target).await.status, 404);
    assert_eq!(caller.delete(&target).await.status, 204);
    assert_eq!(caller.delete(&at(&format!("{id}/profiles/p"))).await.status, 200);
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn a_forced_deletion_takes_everything_with_it() {
    let caller = Caller::new(Named::Empty).await;
    let id = caller.perimeter().await;
    assert_eq!(
        caller.put(&at(&format!("{id}/resourceAssociations/a")), association(&id, "Learning")).await.status,
        202
    );
    assert_eq!(caller.delete(&format!("{}&forceDeletion=true", at(&id))).await.status, 202);
    assert_eq!(caller.get(&at(&format!("{id}/resourceAssociations/a"))).await.status, 404);
    let again = caller.perimeter().await;
    let put =
        caller.put(&at(&format!("{again}/resourceAssociations/b")), association(&again, "Learning")).await;
    assert_eq!(put.status, 202, "the resource is free again");
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn links_leave_references_behind() {
    let caller = Caller::with(slow()).await;
    let id = caller.perimeter().await;
    let remote = nsp("remote");
    caller.put(&at(&remote), json!({"location": "uksouth"})).await;
    let body = json!({"properties": {
        "autoApprovedRemotePerimeterResourceId": remote, "localInboundProfiles": ["p"], "remoteInboundProfiles": ["*"],
    }});
    let link = at(&format!("{id}/links/l"));
    let made = caller.put(&link, body).await;
    assert_eq!(
        (made.status, made.json()["properties"]["provisioningState"].as_str()),
        (200, Some("Accepted"))
    );
    assert_eq!(made.json()["properties"]["status"], "Approved");
    assert_eq!(made.json()["properties"]["description"], "Auto Approved.");
    assert_eq!(caller.get(&link).await.json()["properties"]["provisioningState"], "Accepted");
    caller.handle().advance(Duration::from_secs(10));
    assert_eq!(caller.get(&link).await.json()["properties"]["provisioningState"], "Succeeded");

    let guid = caller.get(&at(&id)).await.json()["properties"]["perimeterGuid"].as_str().unwrap().to_owned();
    let references = caller.get(&at(&format!("{remote}/linkReferences"))).await;
    let name = format!("Ref-from-l-{guid}");
    assert_eq!(references.names(), [name.as_str()]);
    let reference = at(&format!("{remote}/linkReferences/{name}"));
    let shown = caller.get(&reference).await.json();
    assert_eq!(shown["systemData"]["createdByType"], "Application");
    assert_eq!(shown["properties"]["remotePerimeterResourceId"], id);
    assert_eq!(shown["properties"]["remoteInboundProfiles"], json!(["p"]));

    for (target, key) in
        [(&link, "autoApprovedRemotePerimeterResourceId"), (&reference, "remotePerimeterResourceId")]
    {
        let gone = caller.delete(target).await;
        assert_eq!((gone.status, gone.header("azure-asyncoperation")), (202, ""));
        let poll = caller.get(gone.header("location")).await;
        assert_eq!((poll.status, poll.json()["publishingStates"].clone()), (202, json!({})));
        assert!(poll.json()["properties"][key].is_string());
        assert!(poll.header("location").contains("/operationResults/"));
        caller.handle().advance(Duration::from_secs(10));
        let done = caller.get(poll.header("location")).await;
        assert_eq!((done.status, done.text.as_str()), (204, ""));
        assert_eq!(caller.get(target).await.status, 404);
        if target == &link {
            assert_eq!(caller.get(&reference).await.json()["properties"]["status"], "Disconnected");
        }
    }
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn rules_are_completed_as_recorded_and_count_the_profile_up() {
    let caller = Caller::new(Named::Empty).await;
    let id = caller.perimeter().await;
    let profile = at(&format!("{id}/profiles/p"));
    let rule = at(&format!("{id}/profiles/p/accessRules/r"));
    let made = caller.put(&rule, json!({"properties": {"addressPrefixes": ["203.0.113.0/24"]}})).await;
    assert_eq!(made.status, 200);
    let properties = &made.json()["properties"];
    let keys: Vec<&str> = properties.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "provisioningState",
        "direction",
        "addressPrefixes",
        "fullyQualifiedDomainNames",
        "subscriptions",
        "networkSecurityPerimeters",
        "emailAddresses",
        "phoneNumbers",
        "appliesTo",
    ];
    assert_eq!(keys, expected);
    assert_eq!(properties["direction"], "Inbound");
    assert_eq!(properties["appliesTo"], json!([{"resourceType": "*", "features": ["*"]}]));
    assert_eq!(caller.get(&profile).await.json()["properties"]["accessRulesVersion"], "1");

    let mut body = caller.get(&rule).await.json();
    body["properties"]["appliesTo"] = json!([{"resourceType": "Microsoft.Sql/servers", "features": ["*"]}]);
    body["properties"]["networkSecurityPerimeters"] = json!([{"id": "/x"}]);
    let put = caller.put(&rule, body).await.json();
    assert_eq!(put["properties"]["appliesTo"][0]["resourceType"], "Microsoft.Sql/servers", "kept");
    assert_eq!(put["properties"]["networkSecurityPerimeters"], json!([]), "read-only");

    let phone = json!({"properties": {"direction": "Outbound", "phoneNumbers": ["+919898989898"]}});
    let put = caller.put(&at(&format!("{id}/profiles/p/accessRules/phone")), phone).await;
    assert_eq!(put.json()["properties"]["phoneNumbers"], json!(["+91 9898989898"]));
    let tags = json!({"properties": {"serviceTags": ["Storage"]}});
    let put = caller.put(&at(&format!("{id}/profiles/p/accessRules/tags")), tags).await;
    assert_eq!(put.json()["properties"]["serviceTags"], json!(["Storage"]));
    assert_eq!(
        caller.post(&at(&format!("{id}/profiles/p/accessRules/r/reconcile")), json!({})).await.json(),
        json!({})
    );
    assert_eq!(caller.delete(&rule).await.status, 200);
    assert_eq!(caller.delete(&rule).await.status, 204);
    assert_eq!(caller.get(&profile).await.json()["properties"]["accessRulesVersion"], "5");
    // Only the answers: whole bodies are sent back on purpose, read-only properties included.
    assert_eq!(caller.proxy.judge().answers(), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_read_can_be_written_back_unchanged() {
    let caller = Caller::new(Named::Estate).await;
    let id = nsp("nsp-ai-prod");
    for list in [
        "profiles/default/accessRules",
        "profiles/agents/accessRules",
        "resourceAssociations",
        "loggingConfigurations",
    ] {
        for body in caller.get(&at(&format!("{id}/{list}"))).await.json()["value"].as_array().unwrap() {
            let target = at(body["id"].as_str().unwrap());
            let put = caller.put(&target, body.clone()).await;
            assert!(put.status < 300, "{}", put.text);
            let mut after = caller.get(&target).await.json();
            let mut before = body.clone();
            for value in [&mut before, &mut after] {
                value.as_object_mut().unwrap().remove("systemData");
                value["properties"].as_object_mut().unwrap().remove("version");
            }
            assert_eq!(before, after);
        }
    }
    // Only the answers: whole bodies are sent back on purpose, read-only properties included.
    assert_eq!(caller.proxy.judge().answers(), Vec::<String>::new());
}

#[tokio::test]
async fn logging_configurations_count_their_version_up() {
    let caller = Caller::new(Named::Empty).await;
    let id = caller.perimeter().await;
    let target = at(&format!("{id}/loggingConfigurations/instance"));
    let body = json!({"properties": {"enabledLogCategories": ["NspPublicInboundPerimeterRulesDenied"]}});
    for version in ["1", "2"] {
        let put = caller.put(&target, body.clone()).await;
        assert_eq!((put.status, put.json()["properties"]["version"].as_str()), (200, Some(version)));
        assert_eq!(put.json()["properties"]["destinationType"], json!([]));
    }
    let unknown = json!({"properties": {"enabledLogCategories": ["Nonsense"]}});
    assert_eq!(caller.put(&target, unknown).await.status, 400);
    assert_eq!(caller.put(&at(&format!("{id}/loggingConfigurations/other")), body).await.status, 400);
    assert_eq!(caller.delete(&target).await.status, 200);
    assert_eq!(caller.get(&target).await.status, 404);
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn regions_tell_their_types_and_tags() {
    let caller = Caller::new(Named::Empty).await;
    let base = format!("/subscriptions/{PROD}/providers/Microsoft.Network/locations/westeurope");
    let mut next = at(&format!("{base}/perimeterAssociableResourceTypes"));
    let mut pages = Vec::new();
    while !next.is_empty() {
        let page = caller.get(&next).await.json();
        assert_eq!(page["type"], "");
        pages.push(page["value"].as_array().unwrap().len());
        next = page["nextLink"].as_str().unwrap().to_owned();
    }
    assert_eq!(pages, [10, 10, 3]);
    let tags = caller.get(&at(&format!("{base}/nspServiceTags"))).await.json();
    assert_eq!(tags["value"].as_array().unwrap().len(), 1);
    assert!(tags["value"][0]["serviceTags"].as_array().unwrap().contains(&json!("Storage.WestEurope")));
    caller.proxy.assert_clean();
}

#[tokio::test]
async fn a_token_sees_its_own_tenants_subscriptions_only() {
    let caller = Caller::with(Options::instant(Named::Estate)).await;
    let tenants = caller.get("/tenants?api-version=2022-12-01").await.json();
    let names: Vec<&str> =
        tenants["value"].as_array().unwrap().iter().map(|t| t["displayName"].as_str().unwrap()).collect();
    assert_eq!(names, ["Contoso", "Fabrikam"]);
    let other = tenants["value"][1]["tenantId"].as_str().unwrap();
    let all = "/subscriptions?api-version=2022-12-01";
    let own = caller.get(all).await.json();
    assert!(own["value"].as_array().unwrap().iter().all(|s| s["tenantId"] != other));
    let theirs =
        http_client().get(format!("{}{all}", caller.proxy.url())).bearer_auth(format!("tid={other}"));
    let theirs = Caller::send(theirs).await.json();
    assert_eq!(theirs["value"].as_array().unwrap().len(), 1);
    assert_eq!(theirs["value"][0]["displayName"], "fabrikam-ai");
    let foreign =
        format!("{}/resourcegroups?api-version=2021-04-01", theirs["value"][0]["id"].as_str().unwrap());
    let refused = caller.get(&foreign).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["error"]["code"], "InvalidAuthenticationTokenTenant");
}
