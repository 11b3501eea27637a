//! "Names are chosen by others": whatever they hold, it is shown as signs and drives nothing.

use nsp::sim::Named;
use serde_json::json;

use super::AI_PROD;
use crate::harness::Setup;

const NASTY: &str = "a\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}evil\u{200b}\u{feff}\r\n\tz";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_and_bidi_characters_become_signs() {
    let mut setup = Setup::new(Named::Incident).perimeter("nsp-ai-prod");
    // No document allows such answers.
    setup.lawless = true;
    let long = "x".repeat(10_000);
    let set = json!({"/value/0/name": NASTY, "/value/0/location": NASTY, "/value/0/tags": {NASTY: long}});
    let perimeters = json!({"path": "*/providers/Microsoft.Network/networkSecurityPerimeters",
        "action": {"patch": {"set": set}}});
    let values = json!({"/value/0/properties/addressPrefixes": [NASTY, long]});
    let rules = json!({"path": "accessRules", "action": {"patch": {"set": values}}});
    let row = json!({"/tables/0/rows/0/5": NASTY, "/tables/0/rows/0/6": long, "/tables/0/rows/0/7": NASTY});
    let log = json!({"path": "/query", "action": {"patch": {"set": row}}});
    let mut app = setup.fault(perimeters).fault(rules).fault(log).start().await;
    app.until_shown("×").await;
    for keys in ["p", "3", "enter", "J", "J", "esc", "l", "g", "enter", "p", "enter", "2", "?", "esc"] {
        app.press(keys).settle().await;
        let screen = app.screen();
        let bad = |c: &char| *c != '\n' && !nsp::domain::text::is_plain(*c);
        assert_eq!(screen.chars().find(bad), None, "{keys}: {screen}");
        assert!(screen.lines().count() <= 40);
        // No command of an operating system, no bell.
        assert!(!app.console().last.windows(2).any(|w| w == b"\x1b]" || w[0] == 7), "{keys}");
        assert_eq!(screen.lines().next().map(|l| l.contains("simulated")), Some(true), "{screen}");
    }
    app.press("3").settle().await.shows(&["␛]0;owned␇␛[2J⟨U+202E⟩evil"]);
    assert!(app.handle().body(AI_PROD).is_some());
}
