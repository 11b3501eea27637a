//! "Give the account an identity, and let it at the files": managed identity and its role.

use nsp::sim::Named;
use nsp::sim::governance::{Governance, Lock};
use serde_json::{Value, json};

use super::denied;
use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

const DEV: &str = "/subscriptions/c5a1d9e4-7b32-4e68-b0f7-2a9c8d1e6f33/resourceGroups/rg-ai-dev/providers";
const ROLE: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

async fn at(perimeter: &str, resource: &str) -> Harness {
    let mut app = Setup::new(Named::Estate).perimeter(perimeter).start().await;
    app.press("1 /").type_text(resource).press("enter").settle().await;
    app
}

fn identity(app: &Harness, name: &str) -> Value {
    app.handle().body(&format!("{DEV}/Microsoft.CognitiveServices/accounts/{name}")).unwrap()["identity"]
        .clone()
}

/// Opens the form for the role, and types the account.
async fn role_form(app: &mut Harness, account: &str) {
    app.press("I").settle().await.shows(&["Storage Blob Data Contributor for the identity of"]);
    app.type_text(account).settle().await;
}

fn made(app: &Harness, method: &str) -> Vec<String> {
    let all = app.handle().requests();
    let roles = all.iter().filter(|r| r.method == method && r.path.contains("/roleAssignments/"));
    roles.map(|r| r.path.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_is_switched_on_and_gets_its_role() {
    let mut app = at("nsp-ai-dev", "aoai-dev").await;
    app.press("I").settle().await;
    app.shows(&["Switch on the system-assigned identity of aoai-dev", "none", "→ SystemAssigned"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    let principal = identity(&app, "aoai-dev")["principalId"].as_str().unwrap().to_owned();

    role_form(&mut app, "stragdocsdev").await;
    app.shows(&["it has no role for blobs there", "Enter shows what would change"]);
    app.press("enter").settle().await;
    app.shows(&["Assign Storage Blob Data Contributor for aoai-dev on stragdocsdev", &principal]);
    app.shows(&["It does not open the network", "u removes the assignment"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    let path = made(&app, "PUT").pop().unwrap();
    let properties = app.handle().body(&path).unwrap()["properties"].clone();
    assert_eq!(properties["principalId"], json!(principal));
    assert_eq!(properties["principalType"], "ServicePrincipal");
    assert!(properties["roleDefinitionId"].as_str().unwrap().ends_with(ROLE));

    // Now it is there already, and what the form proposes is nothing.
    role_form(&mut app, "stragdocsdev").await;
    app.shows(&["it has Storage Blob Data Contributor there already"])
        .hides(&["Enter shows what would change"]);
    app.press("esc").settle().await;

    app.press("u").settle().await.shows(&["Undo: Assign Storage Blob Data Contributor"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    assert_eq!(app.handle().body(&path), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn user_assigned_identities_stay() {
    let mut app = at("nsp-ai-dev", "foundry-dev").await;
    app.press("I").settle().await.shows(&["UserAssigned", "→ SystemAssigned, UserAssigned"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    let now = identity(&app, "foundry-dev");
    let users = now["userAssignedIdentities"].as_object().unwrap();
    assert!(users.keys().next().unwrap().ends_with("/id-foundry-dev"));
    assert!(now["principalId"].is_string());
    // It is not taken back: that would lose the principal.
    app.press("u").settle().await.shows(&["cannot be undone", "its principal and the roles"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_from_above_count() {
    let mut app = at("nsp-ai-prod", "aoai-embeddings").await;
    role_form(&mut app, "stragdocsprod").await;
    app.shows(&["it has Storage Blob Data Contributor already, from resource group rg-ai-prod"]);
    app.press("ctrl-u").type_text("stexportsprod").settle().await.shows(&["it has no role for blobs there"]);
    app.press("esc /").press("ctrl-u").type_text("srch-knowledge").press("enter").settle().await;
    role_form(&mut app, "stexportsprod").await;
    app.shows(&["Storage Blob Data Owner already, from management group contoso"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_assigned_is_a_success_and_is_not_taken_away() {
    let mut app = at("nsp-ai-prod", "foundry-prod").await;
    role_form(&mut app, "stragdocsprod").await;
    app.press("enter").settle().await.shows(&["Assign Storage Blob Data Contributor"]);
    // Between the check and the write: the service says that it exists, under another name.
    let conflict = json!({"status": 409, "execute": true, "body": {"error": {
        "code": "RoleAssignmentExists", "message": "The role assignment already exists."
    }}});
    app.fault(json!({"method": "PUT", "path": "roleAssignments", "action": conflict}));
    app.press("tab enter").settle().await.shows(&["foundry-prod on stragdocsprod: it was there already"]);
    app.press("5").settle().await.shows(&["it was there already"]);
    app.press("u").settle().await.shows(&["cannot be undone", "there is nothing to take back"]);
    assert_eq!(made(&app, "DELETE"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_role_keeps_the_form_and_says_what_is_missing() {
    let mut app = at("nsp-ai-prod", "foundry-prod").await;
    role_form(&mut app, "stragdocsprod").await;
    let action = denied("Microsoft.Authorization/roleAssignments/write", "/subscriptions/x");
    app.fault(json!({"method": "PUT", "path": "roleAssignments", "action": action}));
    app.press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["Refused", "Not allowed to assign", "Microsoft.Authorization/roleAssignments/write"]);
    app.shows(&["stragdocsprod", "AuthorizationFailed", "HTTP 403"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_and_an_unreadable_list_are_said() {
    let mut app = at("nsp-ai-dev", "aoai-dev").await;
    let group = DEV.trim_end_matches("/providers").to_owned();
    app.handle().edit(|world| {
        world.tenant.governance =
            Governance { locks: vec![Lock { scope: group, read_only: true }], ..Governance::default() };
    });
    app.press("I").settle().await.press("tab enter").settle().await.press("w").settle().await;
    app.shows(&["ScopeLocked", "A lock on the resource or its group"]);

    let mut app = at("nsp-ai-prod", "foundry-prod").await;
    let action = denied("Microsoft.Authorization/roleAssignments/read", &format!("/subscriptions/{PROD}"));
    app.fault(json!({"method": "GET", "path": "roleAssignments", "action": action}));
    role_form(&mut app, "stragdocsprod").await;
    app.shows(&["whether it has the role already is not known", "Not allowed to list the role assignments"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_have_no_identity_says_so() {
    let mut app = at("nsp-ai-prod", "kv-ai-prod").await;
    app.press("I").settle().await.shows(&["takes no system-assigned identity"]);
}
