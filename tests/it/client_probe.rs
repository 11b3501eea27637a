//! Calls to the data planes of resources: what the client sends, to whom, and what it makes of the answers.

use nsp::azure::cloud::Cloud;
use nsp::azure::{ArmClient, DataPlanes, ErrorKind, Options, Session};
use nsp::domain::ArmId;
use nsp::domain::probe::{DataPlane, Loss, Names, Reply, Verdict};
use nsp::sim::{Named, Options as SimOptions};
use serde_json::json;
use url::Url;

use crate::scripted::{self, Server, Waits};
use crate::support::harness::Harness;
use crate::support::http_client;

const PROD: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups";

fn id(group: &str, kind: &str, name: &str) -> ArmId {
    ArmId::parse(&format!("{PROD}/{group}/providers/{kind}/{name}")).unwrap()
}

fn ai(name: &str) -> ArmId {
    id("rg-ai-prod", "Microsoft.CognitiveServices/accounts", name)
}

fn storage(group: &str, name: &str) -> ArmId {
    id(group, "Microsoft.Storage/storageAccounts", name)
}

async fn world() -> Harness {
    Harness::start("probes of the client", SimOptions::instant(Named::Estate)).await
}

#[tokio::test]
async fn every_service_is_called_and_its_own_words_are_understood() {
    let world = world().await;
    let vault = |group, name| id(group, "Microsoft.KeyVault/vaults", name);
    let cases = [
        (ai("aoai-prod"), Verdict::Firewall, "Virtual Network/Firewall"),
        (ai("aoai-embeddings-prod"), Verdict::Perimeter, "network security perimeter"),
        (ai("foundry-prod"), Verdict::Allowed, ""),
        (storage("rg-ai-prod", "stragdocsprod"), Verdict::Perimeter, "network security perimeter"),
        (storage("rg-data-prod", "stlakerawprod"), Verdict::Firewall, "not authorized"),
        (vault("rg-ai-prod", "kv-ai-prod"), Verdict::Firewall, "ForbiddenByConnection"),
        (vault("rg-payments-prod", "kv-payments-prod"), Verdict::Perimeter, "ForbiddenByNsp"),
        (vault("rg-data-prod", "kv-data-prod"), Verdict::Firewall, "192.0.2.222"),
        (
            id("rg-ai-prod", "Microsoft.DocumentDB/databaseAccounts", "cosmos-chat-prod"),
            Verdict::Firewall,
            "192.0.2.222",
        ),
        (id("rg-data-prod", "Microsoft.EventHub/namespaces", "evh-orders-prod"), Verdict::Perimeter, ""),
        (id("rg-data-prod", "Microsoft.Search/searchServices", "srch-catalog-prod"), Verdict::Allowed, ""),
        (id("rg-data-prod", "Microsoft.Sql/servers", "sql-orders-prod"), Verdict::NotAsked, ""),
    ];
    for (id, wanted, words) in cases {
        let probe = world.client.probe(&id).await.unwrap();
        assert_eq!(probe.verdict(), wanted, "{probe:?}");
        assert!(format!("{:?}", probe.reply).contains(words), "{probe:?}");
        assert!(matches!(probe.names, Names::Elsewhere(_)), "{probe:?}");
        if let Reply::Answered(answer) = &probe.reply {
            assert!(answer.request_id.is_some(), "{probe:?}");
        }
    }
    world.proxy.assert_clean();
}

#[tokio::test]
async fn a_new_rule_lets_the_call_through_and_every_call_is_logged() {
    let world = world().await;
    let id = ai("aoai-embeddings-prod");
    assert_eq!(world.client.probe(&id).await.unwrap().verdict(), Verdict::Perimeter);
    let profile = format!(
        "{PROD}/rg-ai-prod/providers/Microsoft.Network/networkSecurityPerimeters/nsp-ai-prod/profiles"
    );
    let used = world.handle().edit(|world| {
        let association = world.store.association_of(id.as_str()).unwrap().to_owned();
        world.store.get(&association).unwrap()["properties"]["profile"]["id"].as_str().unwrap().to_owned()
    });
    assert!(used.to_lowercase().starts_with(&profile.to_lowercase()), "{used}");
    let rule = format!("{}{used}/accessRules/me?api-version=2024-10-01", world.sim.url());
    let body = json!({"properties": {"direction": "Inbound", "addressPrefixes": ["192.0.2.222/32"]}});
    let made = http_client().put(rule).bearer_auth("x").json(&body).send().await.unwrap();
    assert!(made.status().is_success());
    assert_eq!(world.client.probe(&id).await.unwrap().verdict(), Verdict::Allowed);

    let workspace = "6e2c9a14-05f7-4b8d-9e63-1f2a3b4c5d67";
    let query = "NSPAccessLogs | where SourceIpAddress == '192.0.2.222' | order by TimeGenerated asc | project Category, OperationName, MatchedRule, ServiceFqdn";
    let url = format!("{}/v1/workspaces/{workspace}/query", world.sim.url());
    let answer =
        http_client().post(url).bearer_auth("x").json(&json!({"query": query})).send().await.unwrap();
    let rows = answer.json::<serde_json::Value>().await.unwrap()["tables"][0]["rows"].clone();
    assert_eq!(
        rows,
        json!([
            [
                "NspPublicInboundPerimeterRulesDenied",
                "Models_List",
                "",
                "aoai-embeddings-prod.openai.azure.com"
            ],
            [
                "NspPublicInboundPerimeterRulesAllowed",
                "Models_List",
                "{ \"accessRule\": \"me\" }",
                "aoai-embeddings-prod.openai.azure.com"
            ],
        ])
    );
}

#[tokio::test]
async fn a_data_plane_wants_its_own_token() {
    let world = world().await;
    let url = format!("{}/_data/aoai-prod.openai.azure.com/openai/models", world.sim.url());
    let get = |token: Option<&str>| {
        let request = http_client().get(&url);
        token.map_or(request.try_clone().unwrap(), |token| request.bearer_auth(token)).send()
    };
    assert_eq!(get(None).await.unwrap().status(), 401);
    assert_eq!(get(Some("aud=https://management.azure.com")).await.unwrap().status(), 401);
    assert_eq!(get(Some("aud=https://cognitiveservices.azure.com")).await.unwrap().status(), 403);
    let fault = json!({"path": "/_data/", "action": {"status": 401, "body": {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}}});
    world.handle().fault_json(fault).unwrap();
    assert_eq!(world.client.probe(&ai("aoai-prod")).await.unwrap().verdict(), Verdict::Identity);
}

/// An ARM endpoint that has one resource whose data plane is at this host.
async fn arm_with(endpoint: &str) -> Server {
    let resource = json!({
        "id": ai("x").as_str(), "name": "x", "type": "Microsoft.CognitiveServices/accounts", "kind": "OpenAI",
        "location": "westeurope", "properties": {"endpoint": endpoint},
    });
    Server::start(move |_, _| scripted::json(200, &[], &resource.to_string())).await
}

fn client(arm: &Server, data: DataPlanes) -> ArmClient {
    let session = Session::at("test", &arm.url(), None, scripted::Tokens::new()).unwrap();
    let session = session.with_data_planes(data).unwrap();
    let mut options = Options { clock: Waits::new(), seed: Some(1), ..Options::default() };
    options.timing.connect = std::time::Duration::from_millis(300);
    ArmClient::with_options(session, options).unwrap()
}

#[tokio::test]
async fn a_token_goes_to_the_hosts_of_its_cloud_only() {
    for (endpoint, cloud) in [
        ("https://x.openai.azure.com.example.org/", Cloud::AzureCloud),
        ("https://example.org/", Cloud::AzureCloud),
        ("https://x.openai.azure.com/", Cloud::AzureUSGovernment),
        ("https://user@x.openai.azure.com@example.org/", Cloud::AzureCloud),
    ] {
        let arm = arm_with(endpoint).await;
        let error = client(&arm, DataPlanes::Cloud(cloud)).probe(&ai("x")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused, "{endpoint}: {error}");
        assert!(error.said.detail.contains("token goes nowhere else"), "{error}");
    }
    let arm = arm_with("https://x.openai.azure.com/").await;
    let error = client(&arm, DataPlanes::None).probe(&ai("x")).await.unwrap_err();
    assert!(error.said.detail.contains("--data-endpoint"), "{error}");
    let session = Session::simulated(&arm.url()).unwrap();
    let far = DataPlanes::At(Url::parse("https://example.org").unwrap());
    assert!(session.with_data_planes(far).is_err());
}

#[tokio::test]
async fn what_does_not_answer_is_evidence_too() {
    let arm = arm_with("https://x.openai.azure.com/").await;
    let at = |url: &str| DataPlanes::At(Url::parse(url).unwrap());
    // A redirect is told, never followed.
    let elsewhere = Server::start(|_, _| scripted::json(200, &[], "{}")).await;
    let target = elsewhere.url();
    let redirect =
        Server::start(move |_, _| scripted::json(307, &[&format!("location: {target}")], "")).await;
    let probe = client(&arm, at(&redirect.url())).probe(&ai("x")).await.unwrap();
    assert_eq!(probe.verdict(), Verdict::Unclear, "{probe:?}");
    assert!(format!("{probe:?}").contains(&elsewhere.url()) && elsewhere.asked().is_empty(), "{probe:?}");
    let sent = redirect.asked();
    assert_eq!(sent[0].target, "/x.openai.azure.com/openai/models?api-version=2024-10-21");
    assert!(sent.len() == 1 && !format!("{probe:?}").contains("t1"), "{probe:?}");

    let silent = Server::start(|_, _| scripted::Reply::Hang).await;
    let probe = client(&arm, at(&silent.url())).probe(&ai("x")).await.unwrap();
    assert!(matches!(probe.reply, Reply::Lost(Loss::Time, _)), "{probe:?}");

    let gone = { Server::start(|_, _| scripted::Reply::Hang).await.url() };
    let probe = client(&arm, at(&gone)).probe(&ai("x")).await.unwrap();
    assert!(matches!(probe.reply, Reply::Lost(Loss::Route, _)), "{probe:?}");

    let torn = Server::start(|_, _| scripted::torn(200, "{")).await;
    let probe = client(&arm, at(&torn.url())).probe(&ai("x")).await.unwrap();
    assert!(matches!(probe.reply, Reply::Lost(Loss::Torn, _)), "{probe:?}");

    let broken = Server::start(|_, _| scripted::json(503, &[], "oops")).await;
    let probe = client(&arm, at(&broken.url())).probe(&ai("x")).await.unwrap();
    assert_eq!((probe.verdict(), broken.asked().len()), (Verdict::Broken, 1), "not repeated");
}

#[tokio::test]
async fn the_public_address_comes_from_a_page_without_a_token() {
    let arm = arm_with("https://x.openai.azure.com/").await;
    let page = Server::start(|n, _| {
        scripted::json(200, &[], ["203.0.113.9\n", r#"{"ip":"2001:db8::7"}"#, "<html>none</html>"][n])
    })
    .await;
    let client = client(&arm, DataPlanes::None);
    assert_eq!(client.public_address(&page.url()).await.unwrap().to_string(), "203.0.113.9");
    assert_eq!(client.public_address(&page.url()).await.unwrap().to_string(), "2001:db8::7");
    assert!(client.public_address(&page.url()).await.is_err());
    assert!(client.public_address("http://example.org/").await.is_err());
    assert!(page.asked().iter().all(|asked| !asked.head.to_lowercase().contains("authorization")));
}

#[test]
fn a_data_plane_is_known_by_its_type() {
    assert_eq!(DataPlane::of("microsoft.keyvault/Vaults"), Some(DataPlane::KeyVault));
    assert_eq!(DataPlane::of("Microsoft.Insights/actionGroups"), None);
}
