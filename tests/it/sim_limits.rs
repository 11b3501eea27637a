//! Lists, refusals, headers and the simulator's own controls.

use nsp::sim::{Named, Options, Scenario};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::sim::{Caller, PROD, VERSION, account, at, nsp};

#[tokio::test]
async fn lists_come_in_pages_of_ten_ordered_by_name() {
    let caller = Caller::new(Named::Empty).await;
    let group = nsp("").trim_end_matches('/').to_owned();
    for n in 1..=10 {
        caller.put(&at(&nsp(&format!("nsp{n}"))), json!({"location": "uksouth"})).await;
    }
    let one = caller.get(&at(&group)).await;
    assert_eq!((one.names().len(), one.json().get("nextLink")), (10, None), "absent on one page");
    caller.put(&at(&nsp("nsp11")), json!({"location": "uksouth"})).await;
    let first = caller
        .get(&at(&format!("/subscriptions/{PROD}/providers/Microsoft.Network/networkSecurityPerimeters")))
        .await;
    assert_eq!(first.names()[..4], ["nsp1", "nsp10", "nsp11", "nsp2"]);
    let link = first.json()["nextLink"].as_str().unwrap().to_owned();
    assert!(link.ends_with(&format!("{VERSION}&firstIndex=10&pageSize=10")), "{link}");
    let last = caller.get(&link).await;
    assert_eq!((last.names(), last.json()["nextLink"].as_str()), (vec!["nsp9".to_owned()], Some("")));
    let few = caller.get(&format!("{}&$top=3&$skipToken=9", at(&group))).await;
    assert_eq!(few.names(), ["nsp8", "nsp9"]);
    assert_eq!(caller.get(&format!("{}&$top=21", at(&group))).await.status, 400);

    let profiles = caller.get(&at(&format!("{}/profiles", nsp("nsp1")))).await;
    assert_eq!(profiles.text, r#"{"nextLink":"","value":[]}"#);
    assert_eq!(caller.get(&at(&format!("{}/profiles", nsp("absent")))).await.status, 404);
}

#[tokio::test]
async fn what_the_service_would_not_take_is_refused() {
    let caller = Caller::new(Named::Empty).await;
    let id = caller.perimeter().await;
    let other = nsp("other");
    caller.put(&at(&other), json!({"location": "uksouth"})).await;
    let rule = format!("{id}/profiles/p/accessRules/r");
    let own = |mode: &str, profile: &str, resource: &str| json!({"properties": {"accessMode": mode, "profile": {"id": profile}, "privateLinkResource": {"id": resource}}});
    let association = format!("{id}/resourceAssociations/a");
    let profile = format!("{id}/profiles/p");
    let missing = account().replace("aoai-prod", "missing");
    let table: Vec<(&str, Value, u16, &str)> = vec![
        (
            &rule,
            json!({"properties": {"addressPrefixes": ["10.0.0.1/8"]}}),
            400,
            "InvalidAddressPrefixFormat",
        ),
        (&rule, json!({"properties": {"addressPrefixes": "10.0.0.0/8"}}), 400, "InvalidRequestFormat"),
        (
            &rule,
            json!({"properties": {"direction": "Outbound", "addressPrefixes": ["10.0.0.0/8"]}}),
            400,
            "InvalidAccessRule",
        ),
        (&rule, json!({"properties": {"fullyQualifiedDomainNames": ["a.b"]}}), 400, "InvalidAccessRule"),
        (&rule, json!({"properties": {"direction": "Sideways"}}), 400, "InvalidParameterValue"),
        (&rule, json!({"properties": {"subscriptions": [{"id": "x"}]}}), 400, "LinkedInvalidPropertyId"),
        (
            &association,
            own("Learning", &format!("{other}/profiles/p"), &account()),
            400,
            "InvalidResourceReference",
        ),
        (&association, own("Strict", &profile, &account()), 400, "InvalidParameterValue"),
        (&association, own("Learning", &profile, &missing), 404, "ResourceNotFound"),
        (&association, own("Learning", &profile, &id), 400, "ResourceTypeNotSupported"),
        (&other, json!({"tags": {}}), 400, "LocationRequired"),
        (&other, json!({"location": "eastus"}), 409, "InvalidResourceLocation"),
    ];
    for (target, body, status, code) in table {
        let got = caller.put(&at(target), body.clone()).await;
        assert_eq!((got.status, got.code().as_str()), (status, code), "{target} {body}");
    }
    for name in ["-a", "a-", "a%20b", &"x".repeat(81)] {
        let got = caller.put(&at(&nsp(name)), json!({"location": "uksouth"})).await;
        assert_eq!((got.status, got.code().as_str()), (400, "InvalidResourceName"), "{name}");
    }
    let broken = caller.request(Method::PUT, &at(&rule)).body("{\"properties\": ");
    let got = Caller::send(broken).await;
    assert_eq!((got.status, got.code().as_str()), (400, "InvalidRequestContent"));

    assert_eq!(caller.put(&at(&association), own("Learning", &profile, &account())).await.status, 202);
    caller.put(&at(&format!("{other}/profiles/p")), json!({})).await;
    let second = own("Learning", &format!("{other}/profiles/p"), &account());
    let got = caller.put(&at(&format!("{other}/resourceAssociations/b")), second).await;
    assert_eq!((got.status, got.code().as_str()), (409, "ResourceAlreadyAssociated"));
    assert!(got.text.contains(&association), "says by what: {}", got.text);
}

#[tokio::test]
async fn a_profile_holds_two_hundred_elements_in_each_direction() {
    let caller = Caller::new(Named::Empty).await;
    let id = caller.perimeter().await;
    let target = |n: usize| at(&format!("{id}/profiles/p/accessRules/r{n}"));
    let body = |n: usize| {
        let list: Vec<String> = (0..n).map(|i| format!("10.0.{i}.0/24")).collect();
        json!({"properties": {"addressPrefixes": list}})
    };
    assert_eq!(caller.put(&target(1), body(150)).await.status, 200);
    assert_eq!(caller.put(&target(2), body(50)).await.status, 200);
    let over = caller.put(&target(3), body(1)).await;
    assert_eq!((over.status, over.code().as_str()), (400, "NspAccessRuleElementLimitExceeded"));
    assert_eq!(caller.put(&target(1), body(140)).await.status, 200, "a rule does not count against itself");
    let outbound =
        json!({"properties": {"direction": "Outbound", "fullyQualifiedDomainNames": ["a.contoso.com"]}});
    assert_eq!(caller.put(&target(4), outbound).await.status, 200);
}

#[tokio::test]
async fn resource_manager_refuses_in_its_own_words() {
    let caller = Caller::new(Named::Empty).await;
    let list = format!("/subscriptions/{PROD}/providers/Microsoft.Network/networkSecurityPerimeters");
    for (target, status, code) in [
        (list.clone(), 400, "MissingApiVersionParameter"),
        (format!("{list}?api-version=soon"), 400, "InvalidApiVersionParameter"),
        (format!("{list}?api-version=2020-01-01"), 400, "NoRegisteredProviderFound"),
        (at(&list.replace(PROD, "00000000-0000-0000-0000-000000000000")), 404, "SubscriptionNotFound"),
        (at(&nsp("x").replace("rg-ai-prod", "nowhere")), 404, "ResourceGroupNotFound"),
        (
            at(&format!("/subscriptions/{PROD}/providers/Contoso.Robots/robots")),
            404,
            "InvalidResourceNamespace",
        ),
        (
            at(&format!("/subscriptions/{PROD}/providers/Microsoft.Network/unicorns")),
            404,
            "InvalidResourceType",
        ),
        (at(&account().replace("aoai-prod", "nobody")), 404, "ResourceNotFound"),
    ] {
        let got = caller.get(&target).await;
        assert_eq!((got.status, got.code().as_str()), (status, code), "{target}");
    }
    for version in ["2023-08-01-preview", "2024-07-01", "2025-09-01", "2026-03-01"] {
        assert_eq!(caller.get(&format!("{list}?api-version={version}")).await.status, 200, "{version}");
    }
    let anonymous =
        reqwest::Client::get(&crate::support::http_client(), format!("{}{}", caller.sim.url(), at(&list)));
    let got = Caller::send(anonymous).await;
    assert_eq!((got.status, got.code().as_str()), (401, "AuthenticationFailed"));
    assert!(got.header("www-authenticate").starts_with("Bearer authorization_uri="));
    assert_eq!(Caller::send(caller.request(Method::DELETE, &at(&list))).await.status, 405);
}

#[tokio::test]
async fn answers_carry_request_ids_and_remaining_quota() {
    let caller = Caller::new(Named::Empty).await;
    let target = at(&format!("/subscriptions/{PROD}/providers/Microsoft.Network/networkSecurityPerimeters"));
    let request = caller
        .request(Method::GET, &target)
        .header("x-ms-client-request-id", "mine")
        .header("x-ms-return-client-request-id", "true");
    let got = Caller::send(request).await;
    assert_eq!(got.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(got.header("x-ms-client-request-id"), "mine");
    assert_eq!(got.header("x-ms-request-id").len(), 36);
    assert_eq!(got.header("x-ms-ratelimit-remaining-subscription-reads"), "1099");
    assert_eq!(got.header("x-ms-ratelimit-remaining-subscription-global-reads"), "16499");
    let got = caller.put(&at(&nsp("x")), json!({"location": "uksouth"})).await;
    assert_eq!(got.header("x-ms-ratelimit-remaining-subscription-writes"), "799");
}

#[tokio::test]
async fn resources_workspaces_and_diagnostic_settings_are_served() {
    let caller = Caller::new(Named::Estate).await;
    let target = format!("{}?api-version=2024-10-01", account());
    let before = caller.get(&target).await.json();
    assert_eq!(before["kind"], "OpenAI");
    let patch = caller
        .request(Method::PATCH, &target)
        .json(&json!({"properties": {"publicNetworkAccess": "Disabled"}}));
    assert_eq!(Caller::send(patch).await.json()["properties"]["publicNetworkAccess"], "Disabled");
    let patch = caller
        .request(Method::PATCH, &target)
        .json(&json!({"properties": {"publicNetworkAccess": "SecuredByPerimeter"}}));
    assert_eq!(Caller::send(patch).await.status, 400, "Cognitive Services has no such word");
    let mut after = caller.get(&target).await.json();
    assert_eq!(after["properties"]["publicNetworkAccess"], "Disabled");
    after["properties"]["publicNetworkAccess"] = before["properties"]["publicNetworkAccess"].clone();
    assert_eq!(after, before, "nothing else has changed");
    let all = caller
        .get(&format!(
            "/subscriptions/{PROD}/providers/Microsoft.CognitiveServices/accounts?api-version=2024-10-01"
        ))
        .await;
    assert!(all.names().contains(&"aoai-legacy".to_owned()));

    let settings = format!("{}/providers/Microsoft.Insights/diagnosticSettings", nsp("nsp-ai-prod"));
    let list = caller.get(&format!("{settings}?api-version=2021-05-01-preview")).await;
    assert_eq!(list.names(), ["to-ai-workspace", "to-sentinel"]);
    let setting = list.json()["value"][0].clone();
    let id = setting["id"].as_str().unwrap();
    assert!(
        id.contains("/resourcegroups/") && id.contains("/microsoft.insights/diagnosticSettings/"),
        "{id}"
    );
    let workspace = setting["properties"]["workspaceId"].as_str().unwrap();
    let workspace = caller.get(&format!("{workspace}?api-version=2023-09-01")).await.json();
    assert_eq!(workspace["properties"]["customerId"].as_str().unwrap().len(), 36);
    let target = format!("{settings}/to-ai-workspace?api-version=2021-05-01-preview");
    assert_eq!(caller.put(&target, setting.clone()).await.json(), setting);
    assert_eq!(caller.delete(&target).await.status, 200);
    assert_eq!(caller.delete(&target).await.status, 204);
    let subscriptions = caller.get("/subscriptions?api-version=2022-12-01").await.json();
    let shown: Vec<&Value> =
        subscriptions["value"].as_array().unwrap().iter().map(|s| &s["displayName"]).collect();
    assert_eq!(shown, ["contoso-nonprod", "contoso-prod", "contoso-shared"]);
}

/// A list and what is in it agree; profiles can list their rules.
async fn whole(caller: &Caller, collection: &str) {
    let list = caller.get(&at(collection)).await.json();
    for thing in list["value"].as_array().unwrap() {
        let id = thing["id"].as_str().unwrap();
        assert_eq!(&caller.get(&at(id)).await.json(), thing);
        if collection.ends_with("/profiles") {
            assert_eq!(caller.get(&at(&format!("{id}/accessRules"))).await.status, 200);
        }
    }
}

#[tokio::test]
async fn every_scenario_loads_and_answers_with_what_it_promises() {
    for (scenario, least) in [(Named::Estate, 12), (Named::Incident, 3), (Named::Empty, 0)] {
        let caller = Caller::new(scenario).await;
        let mut found = 0;
        let subscriptions = caller.get("/subscriptions?api-version=2022-12-01").await.json();
        for subscription in subscriptions["value"].as_array().unwrap() {
            let id = subscription["id"].as_str().unwrap();
            let list = caller
                .get(&at(&format!("{id}/providers/Microsoft.Network/networkSecurityPerimeters")))
                .await
                .json();
            for perimeter in list["value"].as_array().unwrap() {
                found += 1;
                let id = perimeter["id"].as_str().unwrap();
                for child in
                    ["profiles", "resourceAssociations", "links", "linkReferences", "loggingConfigurations"]
                {
                    whole(&caller, &format!("{id}/{child}")).await;
                }
            }
        }
        assert!(found >= least, "{scenario:?}: {found}");
        caller.proxy.assert_clean();
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_world_and_files_are_scenarios_too() {
    let target = format!("/subscriptions/{PROD}/providers/Microsoft.Network/networkSecurityPerimeters");
    let guids = async |seed: u64| {
        let options = Options { seed, ..Options::instant(Named::Estate) };
        let list = Caller::with(options).await.get(&at(&target)).await.json();
        let list = list["value"].as_array().unwrap().clone();
        list.into_iter().map(|p| p["properties"]["perimeterGuid"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(guids(7).await, guids(7).await);

    let scaled = Options { scale: Some(3), ..Options::instant(Named::Empty) };
    let caller = Caller::with(scaled).await;
    let list = caller.get(&at(&target)).await.json();
    let id = list["value"][0]["id"].as_str().unwrap();
    assert_eq!(
        caller.get(&format!("{}&$top=20", at(&format!("{id}/resourceAssociations")))).await.names().len(),
        20
    );
    caller.proxy.assert_clean();

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), include_str!("../../assets/sim/incident.json")).unwrap();
    let options =
        Options { scenario: Scenario::File(file.path().to_owned()), ..Options::instant(Named::Empty) };
    assert_eq!(Caller::with(options).await.get(&at(&nsp("nsp-ai-prod"))).await.status, 200);
    std::fs::write(file.path(), "{\"perimeter\": []}").unwrap();
    let options =
        Options { scenario: Scenario::File(file.path().to_owned()), ..Options::instant(Named::Empty) };
    let error = nsp::sim::Sim::start(options).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}
