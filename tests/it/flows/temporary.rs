//! "Let this address in for two hours, and do not let me forget it."

use std::process::{Command, Stdio};

use nsp::domain::temporary::Temporary;
use serde_json::json;

use super::{at_rules, denied, put_behind, ranges, rule, writes};
use crate::harness::Harness;

const EXPIRED: &str = "tmp-alex-20260101T0800Z";
const OPEN: &str = "tmp-sam-20991231T2359Z";
const STRANGE: &str = "tmp-whatever";

/// With an expired rule, an open one, and one whose name says no expiry.
async fn with_rules() -> Harness {
    let mut app = at_rules().await;
    for (name, address) in [(EXPIRED, "192.0.2.1/32"), (OPEN, "192.0.2.2/32"), (STRANGE, "192.0.2.3/32")] {
        put_behind(&app, &rule(name), &ranges(&[address])).await;
    }
    app.press("r").settle().await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_let_in_for_some_hours() {
    let mut app = at_rules().await;
    app.press("O")
        .settle()
        .await
        .shows(&["0 open, 0 to remove", "No access rule of this perimeter is temporary"]);
    app.press("esc T").settle().await.shows(&["for how long?", "30 minutes", "2 hours", "until"]);
    app.press("enter").settle().await.shows(&["New access rule", "tmp-", "temporary until"]);
    app.type_text("203.0.113.77/32").press("enter").settle().await.shows(&["Create access rule tmp-"]);
    app.press("tab enter").settle().await.shows(&["done and read back"]);
    let name = app.line(" left").split_whitespace().find(|word| word.starts_with("tmp-")).unwrap().to_owned();
    let begun = name.trim_end_matches('…');
    let body = app.handle().requests().into_iter().find(|r| r.method == "PUT").unwrap();
    let sent = body.path.rsplit('/').next().unwrap().to_owned();
    assert!(sent.starts_with(begun), "{sent} {begun}");
    let left = Temporary::parse(&sent).unwrap().left(jiff::Timestamp::now()).as_mins();
    assert!((115..=120).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_expired_is_listed_and_removed() {
    let mut app = with_rules().await;
    app.shows(&["EXPIRED"]);
    app.press("O").settle().await.shows(&[
        "Temporary rules of nsp-ai-prod · 1 open, 2 to remove",
        EXPIRED,
        "EXPIRED 01-01",
        OPEN,
        STRANGE,
        "expiry not readable",
    ]);
    app.press("A").settle().await.shows(&[&format!("Delete access rule {EXPIRED}")]);
    app.type_text(EXPIRED).press("enter").settle().await.shows(&["done and read back"]);
    app.hides(&["EXPIRED 01-01"]);
    assert!(app.handle().body(&rule(EXPIRED)).is_none());
    assert!(app.handle().body(&rule(OPEN)).is_some() && app.handle().body(&rule(STRANGE)).is_some());
    app.press("A").settle().await.shows(&["nothing has expired"]);
}

fn sweep(app: &Harness, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nsp"));
    command.arg("sweep").args(args).args(["--endpoint", app.sim.url()]).env_clear().stdin(Stdio::null());
    command.env("HOME", app.folder.path()).env("PATH", "/usr/bin:/bin").env("NSP_TOKEN", "t");
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code().unwrap(), text.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sweep_removes_what_has_expired_and_nothing_else() {
    let app = with_rules().await;
    let (code, text) = sweep(&app, &["--dry-run"]);
    assert_eq!(code, 12, "{text}");
    assert!(
        text.contains("would be removed") && text.contains("1 to be removed, 1 not expired, 0 failed"),
        "{text}"
    );
    assert_eq!(writes(&app, &rule(EXPIRED)), 1, "only the one that made it");
    let (code, text) = sweep(&app, &["--json", "--perimeter", "nsp-ai-prod"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\"state\":\"removed\"") && text.contains("\"state\":\"unreadable\""), "{text}");
    assert!(app.handle().body(&rule(EXPIRED)).is_none());
    assert!(app.handle().body(&rule(OPEN)).is_some() && app.handle().body(&rule(STRANGE)).is_some());
    assert!(app.handle().body(&rule("offices")).is_some());
    let (code, text) = sweep(&app, &["--perimeter", "nowhere"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("--perimeter nowhere"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_removed_is_told_and_stays_pending() {
    let app = with_rules().await;
    let action = "Microsoft.Network/networkSecurityPerimeters/profiles/accessRules/delete";
    app.fault(json!({"method": "DELETE", "path": EXPIRED, "action": denied(action, &rule(EXPIRED))}));
    let (code, text) = sweep(&app, &[]);
    assert_eq!(code, 12, "{text}");
    assert!(text.contains("FAILED") && text.contains(action) && text.contains("0 removed"), "{text}");
    app.handle().clear_faults();
    // Somebody changes it between the list and the reading.
    let changed = json!({"set": {"/properties/addressPrefixes": ["192.0.2.9/32"]}});
    app.fault(
        json!({"method": "GET", "path": format!("*/accessRules/{EXPIRED}"), "action": {"patch": changed}}),
    );
    let (code, text) = sweep(&app, &[]);
    assert_eq!(code, 12, "{text}");
    assert!(text.contains("LEFT, it was changed meanwhile"), "{text}");
    assert!(app.handle().body(&rule(EXPIRED)).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_removes_nothing_before_its_time() {
    let app = with_rules().await;
    // The service lives in 2025, and says so.
    let early = json!({"headers": {"date": "Mon, 01 Dec 2025 08:00:00 GMT"}});
    app.fault(json!({"method": "GET", "from": 1, "count": 1000, "action": early}));
    let (code, text) = sweep(&app, &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("ahead of the service's") && text.contains("0 removed, 2 not expired"), "{text}");
    assert!(app.handle().body(&rule(EXPIRED)).is_some());
}
