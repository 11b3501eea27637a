//! "Page through 10,000 rules."

use nsp::sim::{Named, Scenario};
use serde_json::{Value, json};

use super::PROD;
use crate::harness::Setup;

/// A scenario file: one perimeter, 50 profiles, 200 rules each.
fn world() -> Value {
    let group = format!("/subscriptions/{PROD}/resourceGroups/rg-many");
    let rules = |p: usize| -> Vec<Value> {
        let one = |r: usize| {
            json!({"name": format!("rule-{p:02}-{r:03}"),
                "properties": {"addressPrefixes": [format!("20.{p}.{r}.0/24")]}})
        };
        (0..200).map(one).collect()
    };
    let profiles: Vec<Value> =
        (0..50).map(|p| json!({"name": format!("p{p:02}"), "accessRules": rules(p)})).collect();
    json!({
        "tenantId": "7c1f5d0e-52c5-4b0e-9d3b-6f0a4b1d2e90",
        "caller": "alex.reed@contoso.com",
        "created": "@-90d",
        "subscriptions": [{"subscriptionId": PROD, "displayName": "contoso-prod"}],
        "resourceGroups": [{"id": group, "location": "westeurope"}],
        "resources": [],
        "perimeters": [{
            "id": format!("{group}/providers/Microsoft.Network/networkSecurityPerimeters/nsp-many"),
            "location": "westeurope",
            "profiles": profiles,
        }],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_list_is_paged_filtered_and_sorted() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), world().to_string()).unwrap();
    let mut setup = Setup::new(Named::Empty);
    setup.world.scenario = Scenario::File(file.path().to_owned());
    let mut app = setup.start().await;
    app.press("3").settle().await.shows(&["Rules of all profiles · 10000", "▌ rule-00-000"]);

    let page = app.model().page(nsp::app::focus::Pane::Main);
    app.press("pgdn").settle().await.shows(&[&format!("▌ rule-00-{page:03}")]);
    app.press("end").settle().await.shows(&["▌ rule-49-199"]).hides(&["rule-00-"]);
    app.press("pgup home").settle().await.shows(&["▌ rule-00-000"]);
    app.press("/").type_text("allows:20.31.77.").press("enter").settle().await;
    app.shows(&["1 of 10000", "▌ rule-31-077"]);
    app.press("esc").settle().await.shows(&["· 10000", "▌ rule-31-077"]);
    // One profile of them, and out again.
    app.press("2 G enter").settle().await.shows(&["Rules of profile p49 · 200", "rule-49-000"]);
    app.press("esc").settle().await.shows(&["Profiles · 50", "▌ p49"]);
}
