//! "I know its number: find it among 300 and look inside."

use nsp::sim::Named;
use serde_json::json;

use super::PROD;
use crate::harness::Setup;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_perimeter_is_found_among_300_and_the_cursor_stays_on_it() {
    let mut setup = Setup::new(Named::Empty);
    setup.world.scale = Some(300);
    let mut app = setup.start().await;
    app.shows(&["Perimeters · 300"]);

    app.press("/").type_text("00217").settle().await;
    app.press("enter").settle().await.shows(&["1 of 300", "▌ nsp-00217"]);
    app.press("enter").settle().await;
    app.shows(&[" nsp-00217 ", "Resources · 20", "res-00217-00"]);

    // Back in the whole list it is still the one that is selected …
    app.press("p esc").settle().await.shows(&["Perimeters · 300", "▌ nsp-00217"]);
    // … also when others come and go around it.
    let group = format!("/subscriptions/{PROD}/resourceGroups/rg-scale-0000");
    let id = format!("{group}/providers/Microsoft.Network/networkSecurityPerimeters/aaa-first");
    let type_name = "Microsoft.Network/networkSecurityPerimeters";
    let body = json!({"id": id, "name": "aaa-first", "type": type_name, "location": "westeurope",
        "properties": {"provisioningState": "Succeeded", "perimeterGuid": "0a0a0a0a-0000-4000-8000-000000000000"}});
    // Not by a request: the subscription has more than it may have already.
    app.handle().edit(|world| world.store.put(&id, &body));
    app.press("r").settle().await;
    app.shows(&["Perimeters · 301", "▌ nsp-00217", "res-00217-00"]);
    app.press("g").settle().await.hides(&["▌ nsp-00217", "res-00217-00"]);
}
