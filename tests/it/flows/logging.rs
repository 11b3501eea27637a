//! "Nobody logs what this perimeter denies: send it somewhere, and show it."

use nsp::sim::Named;
use serde_json::{Value, json};

use super::{AI_PROD, denied, put_behind, writes};
use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

const WEB: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-web-prod/providers/Microsoft.Network/networkSecurityPerimeters/nsp-web-prod";
const LAW: &str = "/subscriptions/9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22/resourceGroups/rg-security/providers/Microsoft.OperationalInsights/workspaces/law-security";
const LAW_AI: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-ai-prod/providers/Microsoft.OperationalInsights/workspaces/law-ai-prod";
const STORAGE: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-web-prod/providers/Microsoft.Storage/storageAccounts/stwebassetsprod";
const AWAY: &str = "/subscriptions/9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22/resourceGroups/rg-backup/providers/Microsoft.Storage/storageAccounts/stbackupvault01";

fn setting(perimeter: &str, name: &str) -> String {
    format!("{perimeter}/providers/Microsoft.Insights/diagnosticSettings/{name}")
}

fn body(app: &Harness, perimeter: &str, name: &str) -> Option<Value> {
    app.handle().body(&setting(perimeter, name))
}

async fn open(name: &str) -> Harness {
    Setup::new(Named::Estate).perimeter(name).start().await
}

/// Makes a setting behind the program's back.
async fn made(app: &Harness, perimeter: &str, name: &str, sink: (&str, &str), category: &str) {
    let url = format!("{}{}?api-version=2021-05-01-preview", app.sim.url(), setting(perimeter, name));
    let body = json!({"properties": {sink.0: sink.1, "logs": [{"category": category, "enabled": true}]}});
    let answer = crate::support::http_client().put(url).bearer_auth("x").json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_no_setting_to_a_running_tail() {
    let mut app = open("nsp-web-prod").await;
    app.shows(&["is not recorded", "Press l, then n"]);
    app.press("l n").settle().await.shows(&[
        "New diagnostic setting of nsp-web-prod",
        "access-log",
        "allLogs",
    ]);
    app.shows(&["name a workspace, a storage account or an event hub"]);
    app.press("tab tab").settle().await.shows(&["law-security", "law-ai-prod", "Log Analytics"]);
    app.type_text("law-sec").press("down tab").settle().await.shows(&["Enter shows what would change"]);
    app.press("enter").settle().await.shows(&[
        "Create diagnostic setting access-log",
        "→ allLogs",
        "law-security",
        "first arrive after 3 to 15 minutes",
    ]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    let made = body(&app, WEB, "access-log").unwrap();
    assert_eq!(made["properties"]["logs"], json!([{"categoryGroup": "allLogs", "enabled": true}]));
    assert_eq!(writes(&app, &setting(WEB, "access-log")), 1);
    app.shows(&["Access log · law-security"]);
    app.press("7").settle().await.shows(&["access-log", "Log Analytics", "13/13", "ok"]);
    app.until("the tail has asked", |app| app.model().panes.log.status.is_some()).await;

    app.press("u").settle().await.shows(&["Delete diagnostic setting access-log", "NOT RECORDED"]);
    app.type_text("access-log").press("enter").settle().await.shows(&["is not recorded"]);
    assert_eq!(body(&app, WEB, "access-log"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn categories_are_switched_one_by_one() {
    let mut app = open("nsp-data-prod").await;
    let data = AI_PROD.replace("rg-ai-prod", "rg-data-prod").replace("nsp-ai-prod", "nsp-data-prod");
    app.press("7 e").settle().await.shows(&["Diagnostic setting to-sentinel", "nothing is changed yet"]);
    // Down to the first category, off; the one after it, off.
    app.press("down down enter down enter").settle().await;
    app.shows(&["off inbound allowed by an access rule", "Who is denied once enforced is not logged"]);
    app.press("tab enter").settle().await.shows(&["Change diagnostic setting to-sentinel", "not logged"]);
    app.press("tab enter").settle().await.shows(&["done and read back", "11/13", "partly blind"]);
    let logs = body(&app, &data, "to-sentinel").unwrap()["properties"]["logs"].clone();
    let on = logs.as_array().unwrap().iter().filter(|log| log["enabled"] == true);
    assert_eq!((on.count(), &logs[0]), (11, &json!({"categoryGroup": "allLogs", "enabled": false})));

    app.press("u").settle().await.shows(&["Change diagnostic setting to-sentinel", "→ allLogs"]);
    app.press("tab enter").settle().await.shows(&["done and read back", "13/13"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_settings_are_the_most() {
    let mut app = open("nsp-web-prod").await;
    let categories = ["NspOutboundAttempt", "NspPrivateInboundAllowed", "NspIntraPerimeterInboundAllowed"];
    for (i, category) in categories.iter().enumerate() {
        made(&app, WEB, &format!("s{i}"), ("workspaceId", LAW), category).await;
    }
    made(&app, WEB, "s3", ("storageAccountId", STORAGE), "NspOutboundAttempt").await;
    app.press("7 r").settle().await.shows(&["s0", "s3", "Storage", "stwebassetsprod", "1/13"]);
    // The fifth is made by someone else while the form is open: Azure says no, the form keeps its input.
    app.press("n").settle().await.press("ctrl-u").type_text("mine").press("tab tab").settle().await;
    app.type_text("law-ai-prod").settle().await;
    made(&app, WEB, "s4", ("workspaceId", LAW_AI), "NspOutboundAttempt").await;
    app.press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["Refused:", "limit of 5 diagnostic settings", "Conflict", "HTTP 409", "mine", "law-ai-prod"]);
    app.press("esc r n").settle().await.shows(&["the most that Azure takes"]);
    assert_eq!(body(&app, WEB, "mine"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storage_elsewhere_is_grey_with_the_reason() {
    let mut app = open("nsp-web-prod").await;
    app.press("7 n").settle().await.press("tab tab tab").settle().await;
    app.type_text("stbackup").settle().await;
    app.shows(&["stbackupvault01  is in northeurope: must be in westeurope"]);
    // It cannot be taken; typed in full it is refused here.
    app.press("enter").settle().await.shows(&["New diagnostic setting"]);
    app.press("ctrl-u").type_text("stbackupvault01").settle().await;
    app.shows(&["stbackupvault01 is in northeurope; it must be in westeurope"]);
    app.press("enter").settle().await.shows(&["New diagnostic setting"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_listed_is_judged_by_azure() {
    let mut app = open("nsp-web-prod").await;
    let list = format!("/subscriptions/{}/resources", AWAY.split('/').nth(2).unwrap());
    let no = denied("Microsoft.Resources/subscriptions/resources/read", "/");
    app.fault(json!({"method": "GET", "path": list, "action": no}));
    app.press("7 n").settle().await.shows(&["what there is to choose from is not complete"]);
    app.press("tab tab tab").type_text(AWAY).settle().await.shows(&["Azure decides whether it can be used"]);
    app.press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["Refused:", "should be in the same region", "stbackupvault01"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_hub_needs_a_rule_with_all_rights() {
    // What is in other perimeters is known of those that were looked at.
    let mut app = open("nsp-data-prod").await;
    app.press("p /").type_text("web-prod").press("enter").settle().await;
    app.press("7 n").settle().await.press("tab tab tab tab").settle().await;
    app.shows(&["evh-orders-prod", "evh-telemetry-prod  is in eastus2"]);
    app.type_text("evh-orders-prod").press("tab").settle().await;
    app.shows(&["RootManageSharedAccessKey", "consumers  lacks Manage, Send", "needs an authorization rule"]);
    app.type_text("consumers").settle().await.shows(&["consumers lacks Manage, Send"]);
    app.press("ctrl-u").type_text("Root").press("down tab").type_text("audit").press("enter").settle().await;
    app.shows(&["Create diagnostic setting access-log", "→ audit", "is in perimeter nsp-data-prod"]);
    app.press("tab enter").settle().await.shows(&["done and read back", "Event Hubs", "evh-orders-prod"]);
    let made = body(&app, WEB, "access-log").unwrap()["properties"].clone();
    assert!(made["eventHubAuthorizationRuleId"].as_str().unwrap().ends_with("/RootManageSharedAccessKey"));
    app.press("l").settle().await.shows(&["goes to no Log Analytics workspace"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_category_goes_to_a_workspace_once() {
    let mut app = open("nsp-data-prod").await;
    app.press("7 n").settle().await.press("tab tab").settle().await.type_text("law-security").settle().await;
    app.shows(&["setting to-sentinel sends", "refuses it twice"]);
    // Made after the form looked.
    app.press("ctrl-u").type_text("law-ai-prod").settle().await;
    let data = AI_PROD.replace("rg-ai-prod", "rg-data-prod").replace("nsp-ai-prod", "nsp-data-prod");
    made(&app, &data, "other", ("workspaceId", LAW_AI), "NspOutboundAttempt").await;
    app.press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["Refused:", "is already used in diagnostic setting 'other'", "law-ai-prod"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_several_workspaces_the_user_picks() {
    let mut app = open("nsp-ai-prod").await;
    app.shows(&["Access log · law-ai-prod (1 of 2, v)"]);
    app.press("l v").settle().await.shows(&[
        "Follow the access log in",
        "law-ai-prod",
        "followed now",
        "law-security",
    ]);
    app.press("down enter").settle().await.shows(&["Access log · law-security (2 of 2, v)"]);
    app.until("its rows came", |app| !app.model().panes.log.store().is_empty()).await;
    let asked: Vec<String> =
        app.handle().requests().into_iter().rev().map(|r| r.path).filter(|p| p.ends_with("/query")).collect();
    let customer = app.handle().body(LAW).unwrap()["properties"]["customerId"].as_str().unwrap().to_owned();
    assert!(asked[0].contains(&customer), "{}", asked[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_to_the_workspace_the_perimeter_is_asked() {
    let no = denied("Microsoft.OperationalInsights/workspaces/read", LAW);
    let fault = json!({"method": "GET", "path": "/workspaces/law-security", "action": no});
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").fault(fault).start().await;
    app.shows(&["Access log · by resource"]);
    app.until("rows came", |app| !app.model().panes.log.store().is_empty()).await;
    let asked = app.handle().requests().into_iter().rfind(|r| r.path.ends_with("/query")).unwrap();
    assert!(asked.path.to_lowercase().starts_with(&format!("/v1{AI_PROD}").to_lowercase()), "{}", asked.path);
    app.press("7").settle().await.shows(&["not readable", "by way of the"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_is_gone_is_said_to_be_gone() {
    let mut app = open("nsp-data-prod").await;
    let url = format!("{}{LAW}?api-version=2025-02-01", app.sim.url());
    let gone = crate::support::http_client().delete(url).bearer_auth("x").send().await.unwrap();
    assert_eq!(gone.status(), 200);
    app.press("7 r").settle().await.shows(&["workspace gone", "what it was sent is lost"]);
    app.press("w").settle().await.shows(&["A workspace of the access log"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_logging_configuration_is_changed_and_deleted() {
    let mut app = open("nsp-data-prod").await;
    let data = AI_PROD.replace("rg-ai-prod", "rg-data-prod").replace("nsp-ai-prod", "nsp-data-prod");
    let id = format!("{data}/loggingConfigurations/instance");
    let before = app.handle().body(&id).unwrap();
    app.press("7 G").settle().await.shows(&["(configuration)", "version"]);
    app.press("e")
        .settle()
        .await
        .shows(&["Logging configuration of nsp-data-prod", "nothing is changed yet"]);
    app.press("ctrl-u").type_text("NspOutboundAttempt").press("enter").settle().await;
    app.shows(&["Change the logging configuration of nsp-data-prod", "→ NspOutboundAttempt"]);
    app.press("tab enter").settle().await.shows(&["done and read back", "1/13"]);
    let now = app.handle().body(&id).unwrap();
    assert_eq!(now["properties"]["enabledLogCategories"], json!(["NspOutboundAttempt"]));
    assert_ne!(now["properties"]["version"], before["properties"]["version"]);
    app.press("d").settle().await.shows(&["Delete the logging configuration of nsp-data-prod"]);
    app.press("tab enter").settle().await.shows(&["done and read back", "none"]);
    assert_eq!(app.handle().body(&id), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_someone_else_changed_meanwhile_is_not_written_over() {
    let mut app = open("nsp-data-prod").await;
    let data = AI_PROD.replace("rg-ai-prod", "rg-data-prod").replace("nsp-ai-prod", "nsp-data-prod");
    app.press("7 d").settle().await.shows(&["Delete diagnostic setting to-sentinel", "NOT RECORDED"]);
    let url = setting(&data, "to-sentinel");
    let other =
        json!({"properties": {"workspaceId": LAW, "logs": [{"categoryGroup": "allLogs", "enabled": false}]}});
    put_behind(&app, &url, &other).await;
    app.type_text("to-sentinel").press("enter").settle().await;
    app.shows(&["was not sent: someone changed it", "log categories"]);
    assert!(body(&app, &data, "to-sentinel").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_perimeter_of_the_same_name_gets_its_settings_back() {
    let mut app = open("nsp-web-prod").await;
    made(&app, WEB, "old", ("workspaceId", LAW), "NspOutboundAttempt").await;
    app.press("7 r").settle().await.press("p d").settle().await.press("down enter").settle().await;
    app.shows(&["diagnostic settings (old) first", "come back to life"]);
    app.type_text("nsp-web-prod").press("enter").settle().await;
    assert_eq!((app.handle().body(WEB), body(&app, WEB, "old")), (None, None));
    put_behind(&app, WEB, &json!({"location": "westeurope"})).await;
    assert!(body(&app, WEB, "old").is_some());
    assert!(WEB.contains(PROD));
}
