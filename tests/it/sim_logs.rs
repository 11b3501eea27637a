//! The simulator's log queries over HTTP: forms of answers, and that the log follows the configuration.

use std::net::SocketAddr;

use nsp::sim::kql::Caps;
use nsp::sim::{Named, Options, Sim};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::http_client;

const SECURITY: &str = "1d5b7f2e-8a34-4c1f-bd02-7e6a5c4d3b21";
/// ARM id of the security team's workspace.
const WORKSPACE: &str = "/subscriptions/9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22/resourceGroups/rg-security/providers/Microsoft.OperationalInsights/workspaces/law-security";
const PROD: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-ai-prod/providers";

struct Service {
    sim: Sim,
    client: reqwest::Client,
}

impl Service {
    async fn start(scenario: Named) -> Self {
        let options = Options { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Options::instant(scenario) };
        Self { sim: Sim::start(options).await.unwrap(), client: http_client() }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.sim.url()))
            .header("Authorization", "Bearer none")
    }

    async fn post(&self, workspace: &str, body: &Value) -> (u16, Value) {
        let path = format!("/v1/workspaces/{workspace}/query");
        let answer = self.request(Method::POST, &path).json(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    async fn rows(&self, query: &str) -> Vec<Value> {
        let (status, body) = self.post(SECURITY, &json!({"query": query})).await;
        assert_eq!(status, 200, "{query}: {body}");
        body["tables"][0]["rows"].as_array().unwrap().clone()
    }

    async fn put(&self, path: &str, body: &Value) {
        let path = format!("{path}?api-version=2024-10-01");
        let answer = self.request(Method::PUT, &path).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    }

    async fn advance(&self, seconds: u32) {
        let answer = self.request(Method::POST, "/_sim/advance").json(&json!({"seconds": seconds}));
        assert_eq!(answer.send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn answers_have_the_services_form() {
    let service = Service::start(Named::Estate).await;
    let query = "NSPAccessLogs | where TimeGenerated > ago(14d) | top 3 by TimeGenerated desc | project TimeGenerated, Category, Count";
    let (status, body) = service.post(SECURITY, &json!({"query": query})).await;
    assert_eq!(status, 200);
    let table = &body["tables"][0];
    assert_eq!(table["name"], "PrimaryResult");
    assert_eq!(
        table["columns"],
        json!([
            {"name": "TimeGenerated", "type": "datetime"},
            {"name": "Category", "type": "string"},
            {"name": "Count", "type": "int"}
        ])
    );
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows[0][0].as_str().unwrap().ends_with('Z') && rows[0][1].as_str().unwrap().starts_with("Nsp"));
    assert!(body.get("error").is_none() && body.get("statistics").is_none());

    let schema = service.rows("NSPAccessLogs | getschema").await;
    assert_eq!(schema.len(), 40);
    assert!(schema.iter().any(|r| r[0] == "Count" && r[3] == "int"));
}

#[tokio::test]
async fn the_documented_odd_answers() {
    let service = Service::start(Named::Estate).await;
    let path = format!("/v1/workspaces/{SECURITY}/query");
    let post = || service.request(Method::POST, &path);
    let answer = post().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, ""));
    let answer = post().body("{\"query\":\"NSPAccessLogs\"}").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, ""));

    let (status, body) =
        service.post("00000000-0000-0000-0000-000000000000", &json!({"query": "print 1"})).await;
    assert_eq!((status, body["error"]["code"].as_str().unwrap()), (404, "PathNotFoundError"));

    let (status, body) = service.post(SECURITY, &json!({"query": "NSPAccessLogs | wher a"})).await;
    assert_eq!(status, 400);
    assert_eq!(body["error"]["code"], "BadArgumentError");
    assert_eq!(body["error"]["innererror"]["innererror"]["pos"], 16);
    let (status, body) = service.post(SECURITY, &json!({"query": "Heartbeat | take 1"})).await;
    assert_eq!((status, body["error"]["innererror"]["code"].as_str().unwrap()), (400, "SemanticError"));

    let url = format!("{}{path}", service.sim.url());
    let answer = service.client.post(&url).json(&json!({"query": "print 1"})).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let answer =
        service.client.post(&url).header("Authorization", "Basic x").json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), 403);

    let answer =
        post().header("Prefer", "wait=60, include-statistics=true").json(&json!({"query": "print 1"}));
    let body: Value = answer.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["statistics"]["query"]["datasetStatistics"][0]["tableRowCount"], 1);
}

#[tokio::test]
async fn a_workspace_without_data_and_one_without_the_table() {
    let service = Service::start(Named::Empty).await;
    let (status, _) = service.post(SECURITY, &json!({"query": "NSPAccessLogs"})).await;
    assert_eq!(status, 204);
    let nsp = format!("{PROD}/Microsoft.Network/networkSecurityPerimeters/nsp-new");
    service.put(&nsp, &json!({"location": "westeurope"})).await;
    let logs = json!([{"categoryGroup": "allLogs", "enabled": true}]);
    let setting = json!({"properties": {"workspaceId": WORKSPACE, "logs": logs}});
    let path =
        format!("{nsp}/providers/Microsoft.Insights/diagnosticSettings/d?api-version=2021-05-01-preview");
    let answer = service.request(Method::PUT, &path).json(&setting).send().await.unwrap();
    assert!(answer.status().is_success());
    let (status, body) = service.post(SECURITY, &json!({"query": "NSPAccessLogs | take 1"})).await;
    assert_eq!(status, 400);
    assert_eq!(
        body["error"]["innererror"]["innererror"]["message"],
        "'take' operator: Failed to resolve table or column expression named 'NSPAccessLogs'"
    );
}

#[tokio::test]
async fn too_large_a_result_is_partial() {
    let service = Service::start(Named::Estate).await;
    service.sim.handle().edit(|world| world.logs.caps = Caps { rows: 10, bytes: 1 << 20 });
    let (status, body) = service.post(SECURITY, &json!({"query": "NSPAccessLogs"})).await;
    assert_eq!(status, 200);
    assert_eq!(body["tables"][0]["rows"].as_array().unwrap().len(), 10);
    assert_eq!(body["error"]["code"], "PartialError");
}

#[tokio::test]
async fn more_than_two_hundred_queries_in_half_a_minute_are_refused() {
    let service = Service::start(Named::Incident).await;
    let path = format!("/v1/workspaces/{SECURITY}/query");
    for _ in 0..200 {
        let answer =
            service.request(Method::POST, &path).json(&json!({"query": "print 1"})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let answer =
        service.request(Method::POST, &path).json(&json!({"query": "print 1"})).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let wait: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=31).contains(&wait));
    service.advance(wait).await;
    assert_eq!(service.post(SECURITY, &json!({"query": "print 1"})).await.0, 200);
}

#[tokio::test]
async fn the_published_queries_run() {
    let service = Service::start(Named::Estate).await;
    let resource = format!("{PROD}/Microsoft.CognitiveServices/accounts/aoai-prod");
    let at_risk = service
        .rows(&format!(
            "NSPAccessLogs
            | where TimeGenerated > ago(14d)
            | where ServiceResourceId =~ '{resource}'
            | where Category in ('NspPublicInboundResourceRulesAllowed','NspPublicOutboundResourceRulesAllowed')
            | extend n = coalesce(Count, 1), lastAt = coalesce(TimeGeneratedEndTime, TimeGenerated)
            | extend srcSub = extract(@'(?i)/subscriptions/([0-9a-f-]{{36}})', 1, SourceResourceId)
            | summarize events=sum(n), firstSeen=min(TimeGenerated), lastSeen=max(lastAt), ops=make_set(OperationName, 5)
                by Profile, ResultDirection, SourceIpAddress, srcSub, SourceAppId, DestinationFqdn, matched=tostring(MatchedRule)
            | order by events desc"
        ))
        .await;
    assert_eq!(at_risk.len(), 1, "{at_risk:?}");
    assert_eq!(at_risk[0][2], "203.0.113.44");
    assert_eq!(at_risk[0][6], "{ \"accessRule\": \"IP firewall\" }");

    let evidence = service
        .rows(
            "NSPAccessLogs | where TimeGenerated > ago(30d)
            | summarize days=dcount(bin(TimeGenerated,1d)), newest=max(TimeGenerated), lag=max(ingestion_time()-TimeGenerated)
                by ServiceResourceId, Category",
        )
        .await;
    assert!(evidence.len() > 20 && evidence.iter().any(|r| r[2].as_i64().unwrap() >= 14));
    let tail = service
        .rows(
            "NSPAccessLogs | where TimeGenerated > ago(2d)
            | extend ing = ingestion_time() | where ing > datetime('2020-01-01') | order by ing asc | take 1000",
        )
        .await;
    assert_eq!(tail.len(), 1000);
    assert!(tail.is_sorted_by_key(|r| r[40].as_str().unwrap().to_owned()));
    let denials = service
        .rows(
            "NSPAccessLogs | where coalesce(TimeGeneratedEndTime, TimeGenerated) > datetime('2020-01-01')
            | where Category in ('NspPublicInboundPerimeterRulesDenied','NspPublicOutboundPerimeterRulesDenied')
            | summarize n=sum(coalesce(Count,1)) by ServiceResourceId, SourceIpAddress, SourceResourceId, DestinationFqdn, AccessRuleVersion",
        )
        .await;
    assert!(denials.iter().any(|r| r[3] == "exfil-drop.example.net"));
    let versions = service
        .rows(
            "NSPAccessLogs | where TimeGenerated > ago(1d)
            | summarize maxVersion=max(tolong(AccessRuleVersion)), newest=max(TimeGenerated) by ServiceResourceId, Profile",
        )
        .await;
    assert!(versions.iter().any(|r| r[2].as_i64().unwrap() > 0));
}

/// Categories of the rows from one address that began in the last two minutes.
async fn recent(service: &Service, address: &str) -> Vec<Value> {
    let query = format!(
        "NSPAccessLogs | where TimeGenerated > ago(2m) and SourceIpAddress == '{address}' | distinct Category, ResultAction"
    );
    service.rows(&query).await
}

#[tokio::test]
async fn a_new_rule_shows_in_the_log() {
    let service = Service::start(Named::Incident).await;
    let address = "203.0.113.44";
    // The incident began some minutes ago, and the log of then is there from the start.
    let denied = format!(
        "NSPAccessLogs | where SourceIpAddress == '{address}' and TimeGenerated between (ago(8m) .. now()) | distinct Category"
    );
    assert_eq!(service.rows(&denied).await, [json!(["NspPublicInboundPerimeterRulesDenied"])]);
    let before = service
        .rows(&format!("NSPAccessLogs | where SourceIpAddress == '{address}' | where TimeGenerated < ago(10m) | distinct Category"))
        .await;
    assert_eq!(before, [json!(["NspPublicInboundResourceRulesAllowed"])]);
    service.advance(300).await;
    assert_eq!(recent(&service, address).await, [json!(["NspPublicInboundPerimeterRulesDenied", "Denied"])]);
    let rule = format!(
        "{PROD}/Microsoft.Network/networkSecurityPerimeters/nsp-ai-prod/profiles/default/accessRules/checkout"
    );
    service
        .put(&rule, &json!({"properties": {"direction": "Inbound", "addressPrefixes": ["203.0.113.44/32"]}}))
        .await;
    service.advance(300).await;
    assert_eq!(
        recent(&service, address).await,
        [json!(["NspPublicInboundPerimeterRulesAllowed", "Approved"])]
    );

    let truth: Value =
        service.request(Method::GET, "/_sim/truth").send().await.unwrap().json().await.unwrap();
    let flows = truth["flows"].as_array().unwrap();
    let flow = flows.iter().find(|f| f["other"]["ipAddresses"][0] == address).unwrap();
    assert_eq!(flow["now"]["matched"], "checkout");
}

#[tokio::test]
async fn a_perimeter_can_be_asked_for_its_own_rows() {
    let service = Service::start(Named::Incident).await;
    let perimeter = format!("{PROD}/Microsoft.Network/networkSecurityPerimeters/nsp-ai-prod");
    let path = format!("/v1{perimeter}/query");
    let body = json!({"query": "NSPAccessLogs | extend id = tolower(_ResourceId) | distinct id"});
    let answer = service.request(Method::POST, &path).json(&body).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["tables"][0]["rows"], json!([[perimeter.to_lowercase()]]));
}
