//! "Which limits apply to this very resource, and what do I do about them?"

use nsp::sim::Named;
use serde_json::json;

use super::{AI_PROD, denied};
use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

/// The checks of one resource of a perimeter of the whole company.
async fn at(perimeter: &str, resource: &str) -> Harness {
    let mut app = Setup::new(Named::Estate).perimeter(perimeter).start().await;
    app.press("1 /").type_text(resource).press("enter 6").settle().await;
    app.shows(&[&format!("Checks of {resource}")]);
    app
}

/// The cursor on the check with this name.
async fn on(app: &mut Harness, check: &str) {
    app.press("/ ctrl-u").type_text(check).press("enter").settle().await;
}

fn paas(group: &str, kind: &str, name: &str) -> String {
    format!("/subscriptions/{PROD}/resourceGroups/{group}/providers/{kind}/{name}")
}

/// The state of a check.
fn state(app: &mut Harness, check: &str) -> String {
    let line = app.line(check);
    let before = line.split(check).next().unwrap();
    before.rsplit('│').next().unwrap().trim_start_matches(['▌', ' ']).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_openai_account_has_its_own_limits_and_nothing_else() {
    let mut app = at("nsp-ai-prod", "aoai-prod").await;
    app.shows(&["fine-tuning, assistants", "batch and file storage", "Azure OpenAI in perimeters"]);
    app.press("G").settle().await.shows(&["what is governed", "access log"]).press("g").settle().await;
    app.hides(&["SMB, NFS, SFTP", "dedicated SQL pools", "cross-workspace", "customer-managed key"]);
    app.shows(&["role on storage", "none on the storage accounts"]);
    on(&mut app, "keys").await;
    app.shows(&["calls with keys are possible", "only address rules do", "Nothing here can mend it"]);
    app.press("enter").settle().await.shows(&["nothing here can mend it"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enter_mends_what_can_be_mended() {
    let mut app = at("nsp-ai-prod", "aoai-prod").await;
    on(&mut app, "role on storage").await;
    app.press("enter").settle().await.shows(&["Storage Blob Data Contributor"]).press("esc").settle().await;
    app.press("6").settle().await;
    on(&mut app, "mode and public").await;
    app.shows(&["Enter: change the access mode"])
        .press("enter")
        .settle()
        .await
        .shows(&["Set aoai-prod to Enforced"]);
    app.press("esc 6").settle().await;
    on(&mut app, "access log").await;
    app.press("enter").settle().await.shows(&["Logging · 3"]);
    app.press("6").settle().await;
    on(&mut app, "prerequisites").await;
    app.press("enter")
        .settle()
        .await
        .shows(&["Prerequisites of 3 subscriptions"])
        .press("esc")
        .settle()
        .await;
    on(&mut app, "what it believes").await;
    app.press("enter").settle().await.shows(&["What aoai-prod believes"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_resource_is_one_key_away_and_the_title_names_it() {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-ai-prod").start().await;
    app.press("6").settle().await.shows(&["Checks of aoai-embeddings-prod"]);
    app.press("right").settle().await.shows(&["Checks of aoai-prod"]);
    app.press("] ] ]").settle().await.shows(&["Checks of kv-ai-prod"]).hides(&["fine-tuning"]);
    app.press("left").settle().await.shows(&["Checks of foundry-prod", "batch and file storage"]);
    app.hides(&["fine-tuning"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_with_enforced_is_said_of_a_storage_account() {
    let mut app = Setup::new(Named::Estate).perimeter("nsp-ai-prod").start().await;
    let account = paas("rg-ai-prod", "Microsoft.Storage/storageAccounts", "stragdocsprod");
    app.handle().edit(|world| {
        let mut body = world.store.get(&account).unwrap();
        body["properties"]["isSftpEnabled"] = json!(true);
        body["properties"]["encryption"] = json!({"keySource": "Microsoft.Keyvault",
            "keyvaultproperties": {"keyvaulturi": "https://kv-elsewhere.vault.azure.net/"},
            "keyVaultProperties": {"keyVaultUri": "https://kv-elsewhere.vault.azure.net/"}});
        world.put_now(&account, &body);
    });
    app.press("1 r").settle().await.press("/").type_text("stragdocs").press("enter 6").settle().await;
    assert_eq!(state(&mut app, "SMB, NFS, SFTP"), "BAD");
    app.shows(&["SFTP in use", "key in kv-elsewhere, not in this perimeter", "identities only"]);
    assert_eq!(state(&mut app, "object replication"), "unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_read_is_unknown() {
    let no = json!({"method": "GET", "path": "*/accounts/aoai-prod",
        "action": denied("Microsoft.CognitiveServices/accounts/read", "/")});
    let list = json!({"method": "GET", "path": "*/accounts/aoai-prod/networkSecurityPerimeterConfigurations",
        "action": denied("Microsoft.CognitiveServices/accounts/read", "/")});
    let mut app = Setup::new(Named::Estate).perimeter("nsp-ai-prod").fault(no).fault(list).start().await;
    app.press("1 /").type_text("aoai-prod").press("enter 6").settle().await;
    assert_eq!(state(&mut app, "the resource itself"), "unknown");
    assert_eq!(state(&mut app, "what it believes itself"), "unknown");
    app.hides(&["fine-tuning", "managed identity"]);
    app.handle().clear_faults();
    app.press("1 r").settle().await.press("6").settle().await.shows(&["fine-tuning"]);
    assert!(app.handle().body(AI_PROD).is_some());
}
