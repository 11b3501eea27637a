//! "The next perimeter, please": no frame may show rows of one under the name of another.

use nsp::sim::Named;
use serde_json::json;

use crate::harness::Setup;

/// What belongs to a perimeter and to no other.
const OF: [(&str, &[&str]); 3] = [
    ("nsp-ai-prod", &["kv-ai-prod", "srch-knowledge", "vpn-gateway", "monitoring"]),
    ("nsp-payments-prod", &["sql-payments-prod", "kv-payments-prod", "payment-gateway"]),
    ("nsp-ai-dev", &["aoai-dev"]),
];

/// The perimeter whose name stands before the tabs.
fn titled(frame: &str) -> Option<usize> {
    let line = frame.lines().find(|l| l.contains("1 Res"))?;
    OF.iter().position(|(name, _)| line.contains(&format!(" {name} ")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_frame_mixes_two_perimeters() {
    for (width, height) in [(120, 40), (200, 60)] {
        let mut app = Setup::new(Named::Incident).size(width, height).start().await;
        app.until_shown("×").await;
        app.console().frames = Some(Vec::new());
        let keys = ["j", "j", "k", "k", "3", "p", "j", "j", "k", "2", "p", "k", "enter", "l", "p", "j", "j"];
        for key in keys {
            app.press(key).settle().await;
        }
        // Answers that are still under way come for the wrong perimeter.
        let slow = app.fault(
            json!({"method": "GET", "path": "networkSecurityPerimeters/nsp-", "action": {"gate": true}}),
        );
        let before = app.handle().requests().len();
        app.press("p g 1 r p").until("asked", |app| app.handle().requests().len() > before).await;
        app.press("j j").until_shown("▌ nsp-ai-dev").await;
        app.handle().release(slow);
        app.settle().await;
        let frames = app.console().frames.take().unwrap();
        assert!(frames.len() > 10, "{}", frames.len());
        for frame in frames {
            let here = titled(&frame).unwrap_or_else(|| panic!("no title\n{frame}"));
            for (other, (_, names)) in OF.iter().enumerate() {
                let shown = names.iter().find(|n| other != here && frame.contains(**n));
                assert_eq!(shown, None, "under {}\n{frame}", OF[here].0);
            }
        }
    }
}
