//! What is on the screen: each pane and overlay, loading, empty, full and failed, in three sizes. The real program over
//! the simulator; only the access log is told by the test, so that it always says the same.

use nsp::sim::Named;
use nsp::ui::theme::{ASCII, Colours, Theme, UNICODE};
use serde_json::{Value, json};

use crate::flows::{denied, put_behind, ranges, rule};
use crate::harness::{Harness, Setup};
use crate::support::sim::PROD;

/// Compares the screen with the one that was approved. Times and ids that differ from run to run become fixed ones.
macro_rules! approve {
    ($app:expr, $name:expr) => {{
        let screen = $app.screen();
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            omit_expression => true,
            filters => vec![
                (r"\d\d:\d\d:\d\d", "12:34:56"),
                (r"\d{4}-\d\d-\d\d", "2026-01-02"),
                // The zone of this machine.
                (r"(on 2026-01-02) [A-Z0-9+-]+", "$1 UTC"),
                // The end of a time beside a box that covers the rest.
                (r"(?m)([│┐┘])[0-9:]+( \(w\))?$", "$1#$2"),
                (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "0f0e0d0c-0b0a-4908-8706-050403020100"),
            ],
        }, { insta::assert_snapshot!($name, screen) });
    }};
}

/// One row of the access log; empty texts are columns without a value.
struct Row {
    category: &'static str,
    from: &'static str,
    to: &'static str,
    operation: &'static str,
    rule: &'static str,
    count: u32,
}

const fn row(category: &'static str, from: &'static str, operation: &'static str, count: u32) -> Row {
    Row { category, from, to: "aoai-prod", operation, rule: "", count }
}

const ROWS: [Row; 6] = [
    Row {
        rule: "offices",
        ..row("NspPublicInboundPerimeterRulesAllowed", "198.51.100.20", "ChatCompletions_Create", 6)
    },
    row("NspPublicInboundResourceRulesAllowed", "192.0.2.77", "Query.Search", 314),
    Row {
        to: "images.contoso-cdn.example",
        ..row("NspPublicOutboundPerimeterRulesDenied", "", "FetchImage", 34)
    },
    row("NspPublicInboundPerimeterRulesDenied", "2001:db8:85a3:8d3:1319:8a2e:370:7348", "Models_List", 27),
    row("NspPrivateInboundAllowed", "10.20.4.23", "SecretGet", 4),
    row("NspPublicInboundPerimeterRulesDenied", "203.0.113.44", "ChatCompletions_Create", 531),
];

/// An answer of the query service with these rows.
fn log(rows: &[Row]) -> Value {
    let names = [
        ("TimeGenerated", "datetime"),
        ("TimeGeneratedEndTime", "datetime"),
        ("Count", "int"),
        ("_ResourceId", "string"),
        ("ServiceResourceId", "string"),
        ("Profile", "string"),
        ("Category", "string"),
        ("ResultDirection", "string"),
        ("ResultAction", "string"),
        ("SourceIpAddress", "string"),
        ("DestinationFqdn", "string"),
        ("OperationName", "string"),
        ("MatchedRule", "string"),
        ("nsp_ingested", "datetime"),
        ("nsp_asked", "datetime"),
    ];
    let columns: Vec<Value> = names.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    let resource = format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.CognitiveServices/accounts/aoai-prod"
    );
    let row = |(second, row): (usize, &Row)| {
        let inbound = row.category.contains("Inbound");
        json!([
            format!("2026-01-02T12:00:{second:02}Z"),
            format!("2026-01-02T12:00:{second:02}Z"),
            row.count,
            crate::flows::AI_PROD,
            resource,
            "default",
            row.category,
            if inbound { "Inbound" } else { "Outbound" },
            if row.category.contains("Denied") { "Denied" } else { "Approved" },
            row.from,
            if inbound { "" } else { row.to },
            row.operation,
            row.rule,
            format!("2026-01-02T12:04:{second:02}Z"),
            "2026-01-02T12:04:30Z",
        ])
    };
    let rows: Vec<Value> = rows.iter().enumerate().map(row).collect();
    json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})
}

/// A world whose access log says what the test says.
fn world(scenario: Named, width: u16, height: u16) -> Setup {
    let mut setup = Setup::new(scenario).size(width, height);
    setup.lawless = true;
    setup.fault(json!({"path": "/query", "action": {"status": 200, "body": log(&ROWS)}}))
}

/// The world in which somebody has just enforced, with its log read.
async fn incident(width: u16, height: u16) -> Harness {
    let mut app = world(Named::Incident, width, height).perimeter("nsp-ai-prod").start().await;
    app.until("the log is read", |app| app.model().panes.log.status.is_some()).await;
    app.settle().await;
    app
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_answered_yet() {
    for (width, height) in [(80, 24), (120, 40)] {
        let held = json!({"action": {"gate": true}});
        let mut app = Setup::new(Named::Incident).size(width, height).fault(held).start_unsettled().await;
        approve!(app, format!("loading_{width}"));
    }
    // The perimeters are there, what belongs to them is not.
    let held = json!({"path": "networkSecurityPerimeters/nsp-", "action": {"gate": true}});
    let mut app = Setup::new(Named::Incident).fault(held).start_unsettled().await;
    app.until_shown("▌ nsp-ai-prod").await;
    app.until_shown("Perimeters · 3").await;
    // What the model knows may not be drawn yet.
    let listed = |app: &mut Harness| !app.line("Perimeters · 3").contains("reading");
    app.until("the perimeters are listed", listed).await;
    app.until_shown("looking where the access log goes").await;
    approve!(app, "loading_perimeter_120");
    app.handle().clear_faults();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_there() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut app = Setup::new(Named::Empty).size(width, height).start().await;
        approve!(app, format!("empty_{width}"));
    }
    let mut app = Setup::new(Named::Empty).start().await;
    let id = format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.Network/networkSecurityPerimeters/nsp-new"
    );
    put_behind(&app, &id, &json!({"location": "swedencentral"})).await;
    app.press("r").settle().await;
    for (key, tab) in
        [("1", "resources"), ("2", "profiles"), ("3", "rules"), ("4", "links"), ("5", "activity")]
    {
        app.press(key).settle().await;
        if key == "1" || key == "3" {
            approve!(app, format!("empty_{tab}_120"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_failed() {
    for (width, height) in [(80, 24), (120, 40)] {
        let no = json!({"action": denied("Microsoft.Resources/subscriptions/read", "/")});
        let mut app = Setup::new(Named::Incident).size(width, height).fault(no).start().await;
        approve!(app, format!("failed_{width}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_stale() {
    for (width, height) in SIZES {
        let mut app = incident(width, height).await;
        app.handle().clear_faults();
        let action = "Microsoft.Network/networkSecurityPerimeters/read";
        app.fault(json!({"path": "/subscriptions/", "action": denied(action, crate::flows::AI_PROD)}));
        let body = json!({"error": {"code": "InsufficientAccessError", "message":
            "The provided credentials have insufficient access to perform the requested operation"}});
        app.fault(json!({"path": "/query", "action": {"status": 403, "body": body}}));
        app.press("1 r").settle().await;
        app.until("the log fails", |app| app.model().panes.log.failure.is_some()).await;
        approve!(app, format!("stale_{width}"));
        app.press("w").settle().await;
        if width == 120 {
            approve!(app, "failures_120");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_there() {
    for (width, height) in SIZES {
        let mut app = incident(width, height).await;
        approve!(app, format!("start_{width}"));
        for (key, tab) in [("1", "resources"), ("2", "profiles"), ("3", "rules")] {
            app.press(key).settle().await;
            approve!(app, format!("{tab}_{width}"));
        }
        app.press("l").settle().await;
        approve!(app, format!("log_{width}"));
        app.press("enter").settle().await;
        approve!(app, format!("log_row_{width}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_company_is_there() {
    for (width, height) in [(80, 24), (200, 60)] {
        let mut app = world(Named::Estate, width, height).perimeter("nsp-ai-prod").start().await;
        app.until("the log is read", |app| app.model().panes.log.status.is_some()).await;
        app.settle().await;
        approve!(app, format!("estate_{width}"));
        app.press("4").settle().await;
        approve!(app, format!("links_{width}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_fill_the_screen() {
    let mut app = incident(80, 24).await;
    app.press("1 enter").settle().await;
    approve!(app, "detail_80");
    app.press("J z").settle().await;
    approve!(app, "json_80");
    let mut app = incident(120, 40).await;
    app.press("3 space space / ").type_text("dir:in").press("enter").settle().await;
    approve!(app, "rules_filtered_120");
    app.press("/").type_text(" colour:red").settle().await;
    approve!(app, "filter_wrong_120");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_are_asked_about() {
    for (width, height) in SIZES {
        let mut app = incident(width, height).await;
        app.press("1 /").type_text("srch").press("enter m").type_text("srch-kno").settle().await;
        approve!(app, format!("enforce_{width}"));
        app.press("esc 3 / ").type_text("vpn").press("enter d").settle().await;
        approve!(app, format!("delete_{width}"));
        app.press("esc n")
            .type_text("checkout")
            .press("tab tab")
            .type_text("203.0.113.44/33, 10.0.0.1/8, x")
            .settle()
            .await;
        approve!(app, format!("form_{width}"));
        app.press("ctrl-u").type_text("203.0.113.44").press("enter").settle().await;
        approve!(app, format!("create_{width}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_end() {
    let mut app = incident(120, 40).await;
    let body = json!({"error": {"code": "InvalidAccessRule", "message": "Access rule is not valid: the address prefix is reserved."}});
    let no = app.fault(
        json!({"method": "PUT", "path": "accessRules/checkout", "action": {"status": 400, "body": body}}),
    );
    app.press("3 n")
        .type_text("checkout")
        .press("tab tab")
        .type_text("203.0.113.44")
        .press("enter tab enter")
        .settle()
        .await;
    approve!(app, "refused_120");
    app.handle().edit(|world| world.faults.remove(no));
    app.press("enter tab enter").settle().await;
    app.press("/")
        .type_text("vpn")
        .press("enter e ctrl-u")
        .type_text("203.0.113.16/29")
        .press("enter")
        .settle()
        .await;
    put_behind(&app, &rule("vpn-gateway"), &ranges(&["198.51.100.128/25"])).await;
    app.press("tab enter").settle().await;
    approve!(app, "conflict_120");
    app.press("enter 5").settle().await;
    approve!(app, "activity_120");
    app.resize(80, 24).settle().await;
    approve!(app, "activity_80");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlays_are_drawn() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut app = incident(width, height).await;
        app.press("3 ?").settle().await;
        approve!(app, format!("help_{width}"));
        app.press("esc :").type_text("rule").settle().await;
        approve!(app, format!("palette_{width}"));
        app.press("esc y").settle().await;
        approve!(app, format!("copy_{width}"));
        app.press("esc s").settle().await;
        approve!(app, format!("sort_{width}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_is_seen() {
    let mut setup = world(Named::Incident, 80, 24).perimeter("nsp-ai-prod");
    setup.writable = false;
    let mut app = setup.start().await;
    app.until("the log is read", |app| app.model().panes.log.status.is_some()).await;
    app.press("3 d").settle().await;
    approve!(app, "read_only_80");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_signs_and_no_colours_say_the_same() {
    let mut setup = world(Named::Incident, 120, 40).perimeter("nsp-ai-prod");
    setup.theme = Theme { colours: Colours::None, signs: ASCII };
    let mut app = setup.start().await;
    app.until("the log is read", |app| app.model().panes.log.status.is_some()).await;
    app.press("1 /").type_text("srch").press("enter m").settle().await;
    approve!(app, "ascii_120");
    let screen = app.screen();
    assert_eq!(screen.chars().find(|c| !c.is_ascii()), None, "{screen}");
    let (columns, rows) = (120, 40);
    for cell in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
        let cell = app.terminal().cell(cell.0, cell.1).unwrap();
        assert_eq!((cell.fgcolor(), cell.bgcolor()), (vt100::Color::Default, vt100::Color::Default));
    }
    assert_ne!(UNICODE, ASCII);
}
