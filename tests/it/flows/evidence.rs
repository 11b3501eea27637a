//! "Which resources are ready, and make the rules that the others need": the board, its export, and rules from traffic.

use nsp::sim::Named;
use serde_json::json;

use super::{put_behind, rule, writes};
use crate::harness::{Harness, Setup};

async fn at_evidence(setup: Setup) -> Harness {
    let mut app = setup.perimeter("nsp-ai-prod").start().await;
    app.press("9").settle().await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_tells_who_is_ready() {
    let mut app = at_evidence(Setup::new(Named::Incident)).await;
    app.shows(&[
        "If enforced, by 14 d of log · 4",
        "if enforced",
        "clean",
        "would deny 1",
        "already enforced",
    ]);
    let line = app.line("would deny 1");
    assert!(line.contains("srch-knowledge") && line.contains('█'), "{line}");
    app.press("/").type_text("would").press("enter").settle().await.shows(&["1 of 4"]);
    app.press("enter").settle().await.shows(&["If srch-knowledge-prod were enforced now", "192.0.2.77"]);
    app.press("esc e").settle().await.shows(&["Export as", "1 rows, comma-separated"]);
    app.press("enter").settle().await.until_shown("exported to").await;
    let folder = app.folder.path().join("exports");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("resource,state,why,calls_denied,days_clean"), "{text}");
    assert!(lines[1].contains("srch-knowledge-prod") && lines[1].contains("\"would deny\""), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_the_report_becomes_a_rule_and_the_report_follows() {
    let mut app = at_evidence(Setup::new(Named::Incident)).await;
    app.press("/").type_text("would").press("enter enter").settle().await;
    app.press("n").settle().await.shows(&["from-log-addresses", "192.0.2.77/32"]);
    app.press("enter").settle().await.shows(&["Create access rule from-log-addresses"]);
    app.press("tab enter").settle().await.shows(&["done and read back", "READY: nothing that was seen"]);
    assert!(app.handle().body(&rule("from-log-addresses")).is_some());
    app.press("esc").settle().await.press("esc").settle().await.shows(&["ready"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_says_what_it_costs_and_is_one_activity() {
    let mut setup = Setup::new(Named::Estate).size(120, 50);
    setup.perimeter = Some("nsp-ai-prod".to_owned());
    let mut app = setup.start().await;
    app.press("E").settle().await.shows(&["WOULD DENY 2 callers and 1 destination"]);
    app.press("p").settle().await.shows(&[
        "Rules that would let 3 callers and destinations through",
        "3 rules let",
        "admit 0 more addresses than were seen",
        "/24 and /64",
        "203.0.113.44/32: 1 address seen, 0 not seen",
        "paste.anonfiles.example",
        "Profile default",
        "Profile agents",
    ]);
    app.press("right").settle().await.shows(&["203.0.113.0/24: 1 address seen, 255 not seen"]);
    app.press("left enter")
        .settle()
        .await
        .shows(&["Allow 3 callers and destinations: create 3 access rules"]);
    // Given up, the plan comes back.
    app.press("esc").settle().await.shows(&["Rules that would let"]);
    app.press("enter").settle().await.press("tab enter").settle().await;
    app.shows(&["3 done"]).hides(&["WOULD DENY"]);
    let made = "/profiles/agents/accessRules/from-log-fqdns";
    let perimeter = app.model().shown().unwrap().as_str().to_owned();
    assert!(app.handle().body(&format!("{perimeter}{made}")).is_some());
    app.press("esc u").settle().await.shows(&["Undo: Allow 3 callers"]);
    app.type_text("nsp-ai-prod").press("tab enter").settle().await;
    assert!(app.handle().body(&format!("{perimeter}{made}")).is_none(), "taken back as one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_says_who_is_not_in_it_for_want_of_knowing() {
    let mut setup = Setup::new(Named::Estate).size(120, 50);
    setup.perimeter = Some("nsp-ai-prod".to_owned());
    let mut app = setup.start().await;
    // Which addresses a service tag stands for is not known.
    let tag = json!({"properties": {"direction": "Inbound", "serviceTags": ["AzureCloud"]}});
    put_behind(&app, &rule("some-tag"), &tag).await;
    app.press("3 r").settle().await;
    app.press("p E").settle().await.shows(&["Cannot be told (1)", "Would be denied (2)"]);
    app.press("p").settle().await.shows(&["NOT PLANNED FOR: 1 line", "2 rules let"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_row_becomes_a_rule() {
    let mut app = Setup::new(Named::Incident).perimeter("nsp-ai-prod").start().await;
    app.until_shown("denied     in").await;
    app.press("l /").type_text("verdict:denied 203.0.113.44").press("enter").settle().await;
    app.press("R").settle().await.shows(&["from-log-addresses", "203.0.113.44/32", "default"]);
    app.press("esc").settle().await;
    app.press("esc /").type_text("verdict:allowed").press("enter").settle().await;
    app.press("R").settle().await.shows(&["passes the perimeter already"]);
    assert_eq!(writes(&app, &rule("from-log-addresses")), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_mode_shows_plans_and_makes_nothing() {
    let mut setup = Setup::new(Named::Incident);
    setup.writable = false;
    let mut app = at_evidence(setup).await;
    app.press("/").type_text("would").press("enter enter").settle().await;
    app.press("n").settle().await.shows(&["read-only"]);
    app.press("p").settle().await.shows(&["1 rule lets", "192.0.2.77/32"]);
    app.press("enter").settle().await.shows(&["read-only"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_of_all_perimeters_goes_through_them_and_into_each() {
    let mut app = at_evidence(Setup::new(Named::Incident)).await;
    app.press("A").settle().await;
    let all = app.model().panes.perimeters.rows().to_vec();
    assert!(all.len() > 2, "there is something to go through");
    app.shows(&[
        "If enforced, by 14 d of log, all perimeters",
        "would deny",
        "nsp-ai-prod/srch-knowledge-prod",
    ]);
    for perimeter in &all {
        let members = app
            .handle()
            .edit(|world| world.store.values(&format!("{}/resourceassociations", perimeter.id)).len());
        let shown = app.model().panes.evidence.board.rows().iter();
        let shown = shown.filter(|row| row.association.id.parent().as_ref() == Some(&perimeter.id)).count();
        assert_eq!(shown, members, "{}", perimeter.id);
    }
    // One at a time says the same.
    let other = all.iter().find(|p| Some(&p.id) != app.model().shown()).unwrap().clone();
    let of = |app: &Harness| {
        let rows = app.model().panes.evidence.board.rows().iter();
        let mine = rows.filter(|row| row.association.id.parent().as_ref() == Some(&other.id));
        mine.map(|row| (row.association.id.clone(), nsp::app::readiness::state(row))).collect::<Vec<_>>()
    };
    let surveyed = of(&app);
    // A report is of one perimeter, which the panes go to.
    let name = surveyed[0].0.name().to_owned();
    let resource =
        app.model().panes.evidence.board.find(&surveyed[0].0).unwrap().association.resource_name().to_owned();
    app.press("/").type_text(&format!("{}/{resource}", other.id.name())).press("enter enter").settle().await;
    app.shows(&[&format!("If {resource} were enforced now")]);
    assert_eq!(app.model().shown(), Some(&other.id), "{name}");
    app.press("esc esc A").settle().await.hides(&["all perimeters"]);
    assert_eq!(of(&app), surveyed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_perimeter_that_cannot_be_read_is_missing_from_the_board_and_said_to_be() {
    let mut setup = Setup::new(Named::Estate);
    setup.perimeter = Some("nsp-ai-prod".to_owned());
    let refused = json!({"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no right here"}}});
    let path = "networkSecurityPerimeters/nsp-data-prod/resourceAssociations";
    let mut app = at_evidence(setup.fault(json!({"method": "GET", "path": path, "action": refused}))).await;
    app.press("A")
        .settle()
        .await
        .shows(&["1 NOT READ (w)", "nsp-analytics-prod/"])
        .hides(&["nsp-data-prod/"]);
    app.press("w").settle().await.shows(&["nsp-data-prod", "no right here"]).press("esc").settle().await;
    app.handle().clear_faults();
    app.press("r").settle().await.shows(&["nsp-data-prod/"]).hides(&["NOT READ"]);
}
