//! The simulator's policies, locks, identities and role assignments, by plain HTTP before the judge.

use nsp::sim::Named;
use reqwest::Method;
use serde_json::json;

use crate::support::sim::{Caller, PROD, account};

const ACCOUNTS: &str = "api-version=2025-06-01";
const ROLES: &str = "api-version=2022-04-01";
const CONTRIBUTOR: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

fn storage() -> String {
    format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.Storage/storageAccounts/stragdocsprod"
    )
}

fn role(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}?{ROLES}")
}

async fn patch(caller: &Caller, id: &str, body: serde_json::Value) -> crate::support::sim::Got {
    Caller::send(caller.request(Method::PATCH, &format!("{id}?{ACCOUNTS}")).json(&body)).await
}

async fn govern(caller: &Caller, governance: serde_json::Value) {
    let url = format!("{}/_sim/governance", caller.sim.url());
    let answer = crate::support::http_client().put(url).json(&governance).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn an_account_is_updated_in_its_own_time() {
    let caller = Caller::new(Named::Empty).await;
    let got = patch(&caller, &account(), json!({"properties": {"publicNetworkAccess": "Disabled"}})).await;
    assert_eq!(got.status, 202);
    assert_eq!(got.json()["properties"]["provisioningState"], "Accepted");
    let link = got.header("azure-asyncoperation").replace(caller.sim.url(), "");
    assert!(link.contains("/locations/SWEDENCENTRAL/operationResults/"), "{link}");
    let link = link.split_once("/subscriptions").map(|(_, rest)| format!("/subscriptions{rest}")).unwrap();
    assert_eq!(caller.get(&link).await.json()["status"], "Succeeded");
    let wrong =
        patch(&caller, &account(), json!({"properties": {"publicNetworkAccess": "SecuredByPerimeter"}}))
            .await;
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "InvalidParameterValue"));
    assert_eq!(caller.proxy.judge().answers(), Vec::<String>::new());
}

#[tokio::test]
async fn identities_come_and_go() {
    let caller = Caller::new(Named::Empty).await;
    let legacy = account().replace("rg-ai-prod", "rg-legacy").replace("aoai-prod", "aoai-legacy");
    let made = patch(&caller, &legacy, json!({"identity": {"type": "SystemAssigned"}})).await.json();
    let principal = made["identity"]["principalId"].as_str().unwrap().to_owned();
    let same = patch(&caller, &legacy, json!({"identity": {"type": "SystemAssigned"}})).await.json();
    assert_eq!(same["identity"]["principalId"], json!(principal));
    let none = patch(&caller, &legacy, json!({"identity": {"type": "UserAssigned"}})).await;
    assert_eq!((none.status, none.code().as_str()), (400, "MissingIdentityIds"));
    let gone = patch(&caller, &legacy, json!({"identity": {"type": "None"}})).await.json();
    assert_eq!(gone["identity"], json!({"type": "None"}));
}

#[tokio::test]
async fn role_assignments_are_found_from_above_and_below() {
    let caller = Caller::new(Named::Empty).await;
    let principal = "0e6f3d52-8a1b-4c7d-9e24-5b60c1d7a813";
    let body = json!({"properties": {
        "roleDefinitionId": format!("/subscriptions/{PROD}/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}"),
        "principalId": principal, "principalType": "ServicePrincipal",
    }});
    let first = role(&storage(), "11111111-1111-4111-8111-111111111111");
    let made = caller.put(&first, body.clone()).await;
    assert_eq!((made.status, made.json()["properties"]["scope"].as_str()), (201, Some(storage().as_str())));
    assert_eq!(caller.put(&first, body.clone()).await.status, 200, "the same again");
    let twice = caller.put(&role(&storage(), "22222222-2222-4222-8222-222222222222"), body.clone()).await;
    assert_eq!((twice.status, twice.code().as_str()), (409, "RoleAssignmentExists"));
    let group = format!("/subscriptions/{PROD}/resourceGroups/rg-ai-prod");
    let above = caller.put(&role(&group, "33333333-3333-4333-8333-333333333333"), body).await;
    assert_eq!(above.status, 201);

    let list = |scope: &str, filter: &str| {
        let path =
            format!("{scope}/providers/Microsoft.Authorization/roleAssignments?{ROLES}&$filter={filter}");
        let caller = &caller;
        async move { caller.get(&path).await.json()["value"].as_array().unwrap().len() }
    };
    let mine = format!("principalId%20eq%20'{principal}'");
    assert_eq!(list(&storage(), &mine).await, 2);
    assert_eq!(list(&group, &mine).await, 2, "also what lies below");
    assert_eq!(list(&group, "atScope()").await, 1);
    assert_eq!(list(&storage(), "principalId%20eq%20'99999999-9999-4999-8999-999999999999'").await, 0);
    assert_eq!(caller.delete(&first).await.status, 200);
    assert_eq!(caller.delete(&first).await.status, 204);
    assert_eq!(caller.get(&first).await.code(), "RoleAssignmentNotFound");
    assert_eq!(caller.proxy.judge().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn policies_and_locks_are_set_from_outside() {
    let caller = Caller::new(Named::Empty).await;
    let scope = format!("/subscriptions/{PROD}");
    let policy = json!({"name": "closed", "scope": scope, "effect": "deny", "allowed": ["Disabled"]});
    govern(&caller, json!({"policies": [policy]})).await;
    let open = patch(&caller, &account(), json!({"properties": {"publicNetworkAccess": "Enabled"}})).await;
    assert_eq!((open.status, open.code().as_str()), (403, "RequestDisallowedByPolicy"));
    govern(&caller, json!({"locks": [{"scope": scope, "readOnly": true}]})).await;
    let locked = patch(&caller, &account(), json!({"tags": {}})).await;
    assert_eq!((locked.status, locked.code().as_str()), (409, "ScopeLocked"));
    assert_eq!(caller.get(&format!("{}?{ACCOUNTS}", account())).await.status, 200);
}
