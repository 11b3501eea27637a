//! "Which resources are in no perimeter? Put these in, all at once."

use nsp::sim::Named;
use nsp::sim::requests::Seen;
use serde_json::{Value, json};

use super::{AI_PROD, denied, put_behind};
use crate::harness::{Harness, Setup};

const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

async fn open(name: &str) -> Harness {
    Setup::new(Named::Estate).perimeter(name).start().await
}

/// The list of what could join the AI perimeter, filtered.
async fn candidates(filter: &str) -> Harness {
    let mut app = open("nsp-ai-prod").await;
    app.press("1 n").settle().await.shows(&["Associate with nsp-ai-prod", "57 resources could be"]);
    app.press("/").type_text(filter).press("enter").settle().await;
    app
}

/// Requests that were answered since the count was taken.
fn asked(app: &Harness, part: &str) -> Vec<Seen> {
    let part = part.to_lowercase();
    app.handle().requests().into_iter().filter(|r| r.path.to_lowercase().contains(&part)).collect()
}

/// The associations of a perimeter by the name of their resource.
fn members(app: &Harness, perimeter: &str) -> Vec<(String, Value)> {
    app.handle().edit(|world| {
        let all = world.store.values(&format!("{perimeter}/resourceAssociations").to_lowercase());
        let resource = |body: &Value| {
            let id = body["properties"]["privateLinkResource"]["id"].as_str().unwrap_or_default();
            id.rsplit('/').next().unwrap_or_default().to_owned()
        };
        all.into_iter().map(|body| (resource(&body), body)).collect()
    })
}

fn names(app: &Harness, perimeter: &str) -> Vec<String> {
    members(app, perimeter).into_iter().map(|(name, _)| name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_join_one_profile_at_once() {
    let mut app = candidates("group:rg-legacy").await;
    app.shows(&["3 of 57 /group:rg-legacy", "aoai-legacy", "sql-hr", "stlegacyshare", "all networks"]);
    app.press("space space space").settle().await.shows(&["3 marked"]);
    app.press("enter").settle().await.shows(&["Associate 3 resources with nsp-ai-prod", "which profile?"]);
    app.type_text("default").press("enter").settle().await;
    app.shows(&["Associate 3 resources with nsp-ai-prod", "Associate aoai-legacy", "Associate sql-hr"]);
    for _ in 0..20 {
        app.press("down");
    }
    app.settle().await.shows(&["3 writes, 4 at a time", "does not stop the others"]);
    app.press("tab enter").settle().await.until_shown("3 done and read back").await;
    let made = members(&app, AI_PROD);
    for name in ["aoai-legacy", "sql-hr", "stlegacyshare"] {
        let (_, body) = made.iter().find(|(n, _)| n == name).unwrap();
        assert_eq!(body["properties"]["accessMode"], "Learning");
        assert!(body["properties"]["profile"]["id"].as_str().unwrap().ends_with("/profiles/default"));
        let guid =
            app.handle().body(AI_PROD).unwrap()["properties"]["perimeterGuid"].as_str().unwrap().to_owned();
        assert_eq!(body["name"], format!("{name}-{guid}"), "as the portal names it");
    }
    app.settle().await.shows(&["Resources · 10"]);
    app.press("5").settle().await.shows(&["done on both sides", "confirms it"]).press("1").settle().await;
    // They are members from now on.
    app.press("n /").type_text("aoai-legacy").press("enter").settle().await.shows(&["in nsp-ai-prod"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_in_a_perimeter_is_shown_and_cannot_be_chosen() {
    let mut app = candidates("loadtest").await;
    app.shows(&["sql-loadtest", "in nsp-loadtest"]);
    app.press("space").settle().await.shows(&["is in perimeter nsp-loadtest already", "in one only"]);
    app.hides(&["1 marked"]).press("enter").settle().await.hides(&["which profile?"]);
    // It joins elsewhere behind our back: Azure's own words, and what was chosen is still there.
    app.press("esc /").type_text("sql-hr").press("enter").settle().await.shows(&["sql-hr"]);
    app.press("enter").settle().await.shows(&["which profile?"]);
    let other = AI_PROD.replace("rg-ai-prod", "rg-web-prod").replace("nsp-ai-prod", "nsp-web-prod");
    let resource = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-legacy/providers/Microsoft.Sql/servers/sql-hr";
    let profile = app.handle().edit(|world| {
        let all = world.store.values(&format!("{other}/profiles").to_lowercase());
        all[0]["id"].as_str().unwrap().to_owned()
    });
    let body = json!({"properties": {"privateLinkResource": {"id": resource}, "profile": {"id": profile}}});
    put_behind(&app, &format!("{other}/resourceAssociations/behind"), &body).await;
    app.type_text("default").press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["Refused:", "ResourceAlreadyAssociated", "sql-hr"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_one_name_get_names_of_their_own() {
    let mut app = open("nsp-ai-prod").await;
    let place = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups";
    app.handle().edit(|world| {
        for group in ["rg-legacy", "rg-web-prod"] {
            let id = format!("{place}/{group}/providers/Microsoft.KeyVault/vaults/kv-twin");
            let body = json!({
                "id": id, "name": "kv-twin", "type": "Microsoft.KeyVault/vaults", "location": "westeurope",
                "properties": {"publicNetworkAccess": "Enabled", "provisioningState": "Succeeded"},
            });
            world.put_now(&id, &body);
        }
    });
    app.press("1 n").settle().await.press("/").type_text("kv-twin").press("enter").settle().await;
    app.shows(&["2 of 59"]).press("space space enter").settle().await;
    app.type_text("default").press("enter").settle().await;
    app.press("tab enter").settle().await.until_shown("2 done and read back").await;
    assert_eq!(names(&app, AI_PROD).iter().filter(|name| *name == "kv-twin").count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_resource_graph_subscriptions_are_listed_and_it_is_said() {
    let mut app = open("nsp-ai-prod").await;
    app.fault(json!({"path": GRAPH, "action": denied("Microsoft.ResourceGraph/resources/read", "/")}));
    app.press("8").settle().await;
    app.shows(&["8 of 57 in no perimeter", "aoai-legacy", "sql-hr", "(w)"]);
    app.hides(&["all networks"]).press("w").settle().await;
    app.shows(&["Resource Graph refused", "public access not known", "AuthorizationFailed", "HTTP 403"]);
    // One subscription cannot be listed either: what is there is shown, what is missing is said.
    app.press("esc");
    app.fault(
        json!({"path": "c5a1d9e4-7b32-4e68-b0f7-2a9c8d1e6f33/resources?", "action": denied("*/read", "/")}),
    );
    app.press("r").settle().await.shows(&["5 of 47 in no perimeter", "(w)"]).hides(&["kv-poc"]);
    app.press("w").settle().await.shows(&["Not allowed to list the resources"]);
    // It answers again.
    app.handle().clear_faults();
    app.press("esc r").settle().await.shows(&["8 of 57", "all networks"]).hides(&["(w)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_uncovered_is_filtered_marked_and_associated() {
    let mut app = open("nsp-sandbox").await;
    assert!(asked(&app, GRAPH).is_empty(), "nothing is read before the tab is opened");
    app.press("8").settle().await;
    assert_eq!(asked(&app, GRAPH).len(), 1);
    app.shows(&["8 of 57", "kv-poc", "srch-poc", "by perimeter", "open to all networks"]);
    app.press("/").type_text("public:all").press("enter").settle().await;
    app.shows(&["3 of 8", "aoai-legacy", "stpocdata"]).hides(&["sql-hr"]);
    app.press("s").settle().await.type_text("region").press("enter").settle().await;
    app.press("g space space space").settle().await.shows(&["3 marked"]).press("n").settle().await;
    app.shows(&["Associate 3 resources with which perimeter?", "nsp-ai-prod", "swedencentral"]);
    app.type_text("nsp-ai-dev").press("enter").settle().await;
    // The profiles of a perimeter that was never looked at are read on the way.
    app.shows(&["which profile?", "locked-down"]).type_text("default").press("enter").settle().await;
    app.shows(&["Associate 3 resources with nsp-ai-dev", "Associate kv-poc"]);
    app.press("tab enter").settle().await.until_shown("3 done and read back").await;
    let dev = AI_PROD
        .replace("3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11", "c5a1d9e4-7b32-4e68-b0f7-2a9c8d1e6f33")
        .replace("ai-prod", "ai-dev");
    let there = names(&app, &dev);
    assert!(
        ["kv-poc", "stpocdata", "aoai-legacy"].iter().all(|name| there.iter().any(|n| n == name)),
        "{there:?}"
    );
    app.press("esc").settle().await.shows(&["5 of 57 in no perimeter"]).hides(&["kv-poc"]);
    // Giving the question up leads back to the perimeter, and from there to the list.
    app.press("n").settle().await.type_text("nsp-backup").press("enter").settle().await;
    // There is but one profile: nothing to choose.
    app.shows(&["Associate sql-hr", "To get back"]).press("esc").settle().await;
    app.shows(&["which perimeter?"]).press("esc").settle().await.hides(&["which"]).shows(&["5 of 57"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_refused_does_not_stop_the_others() {
    let mut app = candidates("group:rg-legacy").await;
    let refusal = denied("Microsoft.Sql/servers/joinPerimeter/action", "sql-hr");
    app.fault(json!({"method": "PUT", "path": "resourceAssociations/sql-hr", "action": refusal}));
    app.press("space space space enter").settle().await.type_text("default").press("enter").settle().await;
    app.press("tab enter").settle().await.until_shown("2 done and read back, 1 failed").await;
    let there = names(&app, AI_PROD);
    assert!(there.contains(&"aoai-legacy".to_owned()) && !there.contains(&"sql-hr".to_owned()), "{there:?}");
    app.press("5").settle().await.shows(&["Associate sql-hr", "failed", "done on both sides"]);
    app.press("w").settle().await.shows(&["joinPerimeter", "AuthorizationFailed", "HTTP 403"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_perimeter_that_does_not_tell_its_members_is_named() {
    let mut app = open("nsp-ai-prod").await;
    let list = "nsp-loadtest/resourceAssociations";
    app.fault(json!({"path": list, "action": denied("Microsoft.Network/networkSecurityPerimeters/resourceAssociations/read", "x")}));
    // The resources themselves tell what their perimeter does not.
    app.press("8").settle().await.shows(&["8 of 57 in no perimeter", "(w)"]).hides(&["sql-loadtest"]);
    app.press("w").settle().await.shows(&["Members of nsp-loadtest", "Not allowed to list the associations"]);
    app.press("esc 1 n").settle().await.press("/").type_text("loadtest").press("enter").settle().await;
    app.shows(&["sql-loadtest", "in nsp-loadtest", "incomplete"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_tells_is_not_called_known() {
    let mut app = open("nsp-ai-prod").await;
    app.fault(json!({"path": "nsp-loadtest/resourceAssociations", "action": denied("x/read", "x")}));
    app.fault(json!({"path": "networkSecurityPerimeterConfigurations", "action": denied("y/read", "y")}));
    app.press("8").settle().await.shows(&["10 of 57 in no perimeter", "sql-loadtest", "(w)"]);
    app.press("1 n").settle().await.press("/").type_text("sql-hr").press("enter").settle().await;
    let screen = app.screen();
    let row = screen.lines().find(|line| line.contains("sql-hr ") && line.contains("SQL")).unwrap();
    assert!(row.contains(" ? "), "whether it is in a perimeter is not known: {row}");
    app.press("enter").settle().await.type_text("default").press("enter").settle().await;
    // One side confirms, the other cannot be asked: that is said.
    app.press("tab enter").settle().await.shows(&["done and read back", "could not be asked"]);
    app.press("5").settle().await.shows(&["done, one side read", "the resource itself", "y/read"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marked_resources_leave_together_and_each_after_state_is_told() {
    let mut app = open("nsp-ai-prod").await;
    app.press("1").settle().await;
    app.press("/").type_text("/stragdocsprod|kv-ai-prod/").press("enter").settle().await.shows(&["2 of 7"]);
    app.press("space space d").settle().await.shows(&["Dissociate 2 resources", "Dissociate kv-ai-prod"]);
    for _ in 0..30 {
        app.press("down");
    }
    app.settle().await.shows(&["LOCKED OUT", "2 writes, one after another", "Type nsp-ai-prod to go on"]);
    app.type_text("nsp-ai-prod").press("enter").settle().await.until_shown("2 done and read back").await;
    let there = names(&app, AI_PROD);
    assert!(!there.iter().any(|name| name == "stragdocsprod" || name == "kv-ai-prod"), "{there:?}");
    app.press("8").settle().await.shows(&["10 of 57", "stragdocsprod"]);
}
