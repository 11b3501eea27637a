//! What each provider's resource knows of its perimeter, in the simulator and through the real client: judged by the
//! published documents, derived from the perimeter, late after a change, and mended by reconciling on either side.

use std::time::Duration;

use nsp::domain::agreement::{Aspect, Expected, compare};
use nsp::domain::{ArmId, Configuration, IssueType};
use nsp::sim::paas::{Wish, wish};
use nsp::sim::{Named, Options, Timing};
use serde_json::{Value, json};

use crate::support::harness::{Harness, into};
use crate::support::http_client;
use crate::support::sim::{Caller, PROD, account, nsp};

const GROUP: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-ai-prod";

/// Providers of the empty world's resources, and the version asked.
const TYPES: [&str; 12] = [
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Search/searchServices",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Sql/servers",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.EventHub/namespaces",
    "Microsoft.ServiceBus/namespaces",
    "Microsoft.EventGrid/topics",
    "Microsoft.EventGrid/domains",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.HybridCompute/privateLinkScopes",
];

fn id(text: &str) -> ArmId {
    ArmId::parse(text).unwrap()
}

fn at(id: &str) -> String {
    format!("{id}?api-version=2024-10-01")
}

/// Changes reach the resources after a minute; operations take ten seconds.
fn slow() -> Options {
    let timing = Timing {
        operation: Duration::from_secs(10),
        propagation: Duration::from_secs(60),
        ..Timing::INSTANT
    };
    Options { timing, ..Options::instant(Named::Empty) }
}

/// Sends a body through the judging proxy.
async fn put(harness: &Harness, target: &str, body: Value) {
    let put = http_client().put(format!("{}{target}", harness.proxy.url()));
    let answer = put.bearer_auth("x").json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// A perimeter with a profile of two rules and all categories logged, and a resource of the type in it.
async fn member(harness: &Harness, kind: &str, name: &str) -> (String, String) {
    let resource = format!("{GROUP}/providers/{kind}/{name}");
    let body = json!({"id": resource, "name": name, "type": kind, "location": "swedencentral",
        "identity": {"type": "SystemAssigned"}, "properties": {"provisioningState": "Succeeded"}});
    harness.handle().edit(|world| world.put_now(&resource, &body));
    let perimeter = nsp(&format!("nsp-{name}"));
    let put = async |id: String, body: Value| put(harness, &at(&id), body).await;
    put(perimeter.clone(), json!({"location": "swedencentral"})).await;
    put(format!("{perimeter}/profiles/p"), json!({})).await;
    let inbound = json!({"properties": {"direction": "Inbound", "addressPrefixes": ["192.0.2.0/24"]}});
    put(format!("{perimeter}/profiles/p/accessRules/offices"), inbound).await;
    let outbound =
        json!({"properties": {"direction": "Outbound", "fullyQualifiedDomainNames": ["a.example"]}});
    put(format!("{perimeter}/profiles/p/accessRules/models"), outbound).await;
    put(
        format!("{perimeter}/loggingConfigurations/instance"),
        json!({"properties": {"enabledLogCategories": ["NspOutboundAttempt"]}}),
    )
    .await;
    let associated = json!({"properties": {"privateLinkResource": {"id": resource},
        "profile": {"id": format!("{perimeter}/profiles/p")}, "accessMode": "Enforced"}});
    put(format!("{perimeter}/resourceAssociations/a"), associated).await;
    (perimeter, resource)
}

#[tokio::test]
async fn every_provider_tells_in_its_own_words_what_the_perimeter_says() {
    let harness = Harness::start("configurations of all providers", Options::instant(Named::Empty)).await;
    for (number, kind) in TYPES.iter().enumerate() {
        let (perimeter, resource) = member(&harness, kind, &format!("member{number}")).await;
        let resource = id(&resource);
        let all = harness.client.configurations(&resource).await.unwrap();
        let [one] = all.as_slice() else { panic!("{kind}: {all:?}") };
        let guid = harness.handle().body(&perimeter).unwrap()["properties"]["perimeterGuid"].clone();
        assert_eq!(one.name, format!("{}.a", guid.as_str().unwrap()), "{kind}");
        assert_eq!(harness.client.configuration(&resource, &one.name).await.unwrap(), *one, "{kind}");
        assert_agrees(&harness, &perimeter, one, kind).await;
        let mut words = Vec::new();
        let done =
            harness.client.reconcile_configuration(&resource, &one.name, |p| words.push(p.status)).await;
        assert!(done.is_ok(), "{kind}: {done:?}");
    }
    // A type of which no such call is known is not asked at all.
    let before = harness.handle().requests().len();
    let registry = id(&format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries/cr"));
    let refused = harness.client.configurations(&registry).await.unwrap_err();
    assert!(
        refused.to_string().contains("no api-version of Microsoft.ContainerRegistry/registries is known")
    );
    assert_eq!(harness.handle().requests().len(), before);
    harness.proxy.assert_clean();
}

/// Both sides agree, read through the client.
async fn assert_agrees(harness: &Harness, perimeter: &str, believed: &Configuration, kind: &str) {
    let result = compared(harness, perimeter, believed).await;
    assert!(result.agrees(), "{kind}: {}", result.summary());
    for aspect in [Aspect::Mode, Aspect::Profile, Aspect::RulesVersion, Aspect::Rules] {
        assert!(result.agreements.iter().any(|c| c.aspect == aspect), "{kind}: {aspect:?} was not compared");
    }
}

async fn compared(
    harness: &Harness,
    perimeter: &str,
    believed: &Configuration,
) -> nsp::domain::agreement::Comparison {
    let client = &harness.client;
    let profile = client.profile(&id(&format!("{perimeter}/profiles/p"))).await.unwrap();
    let association = client.association(&id(&format!("{perimeter}/resourceAssociations/a"))).await.unwrap();
    let mut rules = Vec::new();
    client.list_rules(&profile.id, into(&mut rules)).await.unwrap();
    let rules: Vec<_> = rules.into_iter().map(std::sync::Arc::new).collect();
    let expected = Expected {
        association: &association,
        profile: Some(&profile),
        rules: Some(&rules),
        categories: None,
    };
    compare(&expected, Some(believed).filter(|b| b.is_of(&association)))
}

#[tokio::test]
async fn a_change_reaches_the_resource_late() {
    let harness = Harness::start("late configurations", slow()).await;
    let kind = "Microsoft.CognitiveServices/accounts";
    let (perimeter, resource) = member(&harness, kind, "late").await;
    let resource = id(&resource);
    assert!(harness.client.configurations(&resource).await.unwrap().is_empty(), "still being associated");
    harness.handle().advance(Duration::from_secs(100));
    let one = harness.client.configurations(&resource).await.unwrap().remove(0);
    assert_agrees(&harness, &perimeter, &one, kind).await;

    let more = json!({"properties": {"direction": "Inbound", "addressPrefixes": ["198.51.100.0/24"]}});
    put(&harness, &at(&format!("{perimeter}/profiles/p/accessRules/more")), more).await;
    let read = async || harness.client.configurations(&resource).await.unwrap().remove(0);
    let result = compared(&harness, &perimeter, &read().await).await;
    let aspects: Vec<Aspect> = result.differences.iter().map(|d| d.aspect).collect();
    assert_eq!(aspects, [Aspect::RulesVersion, Aspect::MissingRule]);
    harness.handle().advance(Duration::from_secs(59));
    assert!(!compared(&harness, &perimeter, &read().await).await.agrees());
    harness.handle().advance(Duration::from_secs(1));
    assert_agrees(&harness, &perimeter, &read().await, kind).await;
    harness.proxy.assert_clean();
}

#[tokio::test]
async fn reconciling_either_side_mends_what_lags() {
    let harness = Harness::start("reconciling", slow()).await;
    let kind = "Microsoft.HybridCompute/privateLinkScopes";
    let (perimeter, resource) = member(&harness, kind, "scope").await;
    harness.handle().advance(Duration::from_secs(100));
    let lag = |stubborn| Wish {
        resource: resource.clone(),
        access_mode: Some("Learning".to_owned()),
        rules_version: Some(0),
        without_rules: vec!["offices".to_owned()],
        stubborn,
        ..Wish::default()
    };
    let resource = id(&resource);
    let read = async || harness.client.configurations(&resource).await.unwrap().remove(0);
    harness.handle().edit(|world| assert!(wish(world, lag(false))));
    let stale = read().await;
    assert_eq!(compared(&harness, &perimeter, &stale).await.differences.len(), 3);
    let mut words = Vec::new();
    let progress = |p: nsp::azure::Polling| {
        words.push(p.status);
        harness.handle().advance(Duration::from_secs(4));
    };
    harness.client.reconcile_configuration(&resource, &stale.name, progress).await.unwrap();
    assert_eq!(words, ["Queued", "Queued", "Queued"]);
    assert_agrees(&harness, &perimeter, &read().await, kind).await;

    harness.handle().edit(|world| assert!(wish(world, lag(false))));
    let association = id(&format!("{perimeter}/resourceAssociations/a"));
    harness.client.reconcile_association(&association).await.unwrap();
    assert!(!compared(&harness, &perimeter, &read().await).await.agrees());
    harness.handle().advance(Duration::from_secs(60));
    assert_agrees(&harness, &perimeter, &read().await, kind).await;

    harness.handle().edit(|world| assert!(wish(world, lag(true))));
    let step = |_| harness.handle().advance(Duration::from_secs(4));
    harness.client.reconcile_configuration(&resource, &stale.name, step).await.unwrap();
    assert!(!compared(&harness, &perimeter, &read().await).await.agrees(), "it was told to stay as it is");
    harness.proxy.assert_clean();
}

#[tokio::test]
async fn issues_come_with_suggestions_and_go_when_they_are_followed() {
    let harness = Harness::start("provisioning issues", Options::instant(Named::Empty)).await;
    let (perimeter, resource) = member(&harness, "Microsoft.Search/searchServices", "srch").await;
    let issue = json!({"name": "blob", "properties": {"issueType": "MissingPerimeterConfiguration", "severity": "Error",
        "description": "The indexer cannot reach its data source.", "suggestedResourceIds": [],
        "suggestedAccessRules": [{"name": "partner", "properties": {"direction": "Outbound",
            "fullyQualifiedDomainNames": ["partner.example"]}}]}});
    let wished = json!({"resource": resource, "issues": [issue]});
    let asked =
        http_client().post(format!("{}/_sim/paas", harness.sim.url())).json(&wished).send().await.unwrap();
    assert_eq!(asked.status(), 204);
    let resource = id(&resource);
    let association = id(&format!("{perimeter}/resourceAssociations/a"));
    let flag = async || harness.client.association(&association).await.unwrap().issues.wire().to_owned();
    let one = harness.client.configurations(&resource).await.unwrap().remove(0);
    assert_eq!(one.issues[0].kind, IssueType::MissingPerimeterConfiguration);
    assert_eq!(one.issues[0].rules[0].content.summary(), "partner.example");
    assert_eq!(flag().await, "yes");
    let rule =
        json!({"properties": {"direction": "Outbound", "fullyQualifiedDomainNames": ["partner.example"]}});
    put(&harness, &at(&format!("{perimeter}/profiles/p/accessRules/partner")), rule).await;
    assert_eq!(harness.client.configurations(&resource).await.unwrap()[0].issues, []);
    assert_eq!(flag().await, "no");

    let body = json!({"identity": {"type": "None"}});
    // This call has no saved document: it goes past the judge.
    let patch = http_client().patch(format!("{}{resource}?api-version=2025-05-01", harness.sim.url()));
    assert_eq!(patch.bearer_auth("x").json(&body).send().await.unwrap().status(), 200);
    let one = harness.client.configurations(&resource).await.unwrap().remove(0);
    assert_eq!(one.issues[0].kind, IssueType::MissingIdentityConfiguration);
    assert_eq!(flag().await, "yes");
}

#[tokio::test]
async fn what_a_provider_does_not_have_is_refused() {
    let caller = Caller::new(Named::Incident).await;
    let below = |resource: &str, version: &str| {
        format!("{resource}/networkSecurityPerimeterConfigurations?api-version={version}")
    };
    let early = caller.get(&below(&account(), "2023-05-01")).await;
    assert_eq!((early.status, early.code().as_str()), (404, "InvalidResourceType"));
    let vault = format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.KeyVault/vaults/kv-ai-prod"
    );
    assert_eq!(caller.get(&below(&vault, "2024-12-01")).await.status, 404, "only previews have it");
    let there = caller.get(&below(&account(), "2024-10-01")).await;
    assert_eq!(there.status, 200);
    let name = there.names().remove(0);
    let other =
        format!("{}/networkSecurityPerimeterConfigurations/x.{name}?api-version=2024-10-01", account());
    assert_eq!(caller.get(&other).await.status, 404);
    let gone = caller.post("/_sim/paas", json!({"resource": "/subscriptions/x/resourceGroups/y"})).await;
    assert_eq!(gone.status, 404);
}
