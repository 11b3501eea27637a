//! Every text that can be sent, filled with examples: for those who want to run one elsewhere, and
//! for the checks by Microsoft's language service.

use jiff::{SignedDuration, Timestamp};

use super::{Kql, Start, TailQuery, reports};
use crate::domain::ArmId;
use crate::domain::log::{LogColumn, Verdict};
use crate::domain::traffic::{LogSelection, LogWindow};

/// A text of the catalogue.
#[derive(Debug, Clone)]
pub struct Example {
    /// Unique; fit for a file's name.
    pub name: String,
    /// The text with example values in all its conditions.
    pub kql: Kql,
}

/// Group of the examples.
const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers";
/// Most rows of an example.
const LIMIT: usize = 1000;

/// Every text. All conditions that a selection can add stand in the one named `history-narrowed`.
pub fn catalogue() -> Vec<Example> {
    let noon = Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_hours(12)).unwrap_or_default();
    let day = SignedDuration::from_hours(24);
    let window = LogWindow::days(14);
    let of = LogSelection {
        perimeters: id("Microsoft.Network/networkSecurityPerimeters/my-perimeter"),
        ..LogSelection::all(window)
    };
    let tail =
        |start| TailQuery { perimeters: of.perimeters.clone(), start, guard: day * 2, take: LIMIT }.kql();
    let mut all = vec![
        one("", tail(Start::Ago(SignedDuration::from_hours(1)))),
        one("from", tail(Start::At(noon))),
        one("", reports::traffic(&of, LIMIT)),
        one("", reports::denials(&of, noon, LIMIT)),
        one("", reports::evidence(&of, LIMIT)),
        one("", reports::bins(&of, SignedDuration::from_hours(1), false, LIMIT)),
        one("", reports::bins(&of, day, true, LIMIT)),
        one("", reports::rule_use(&of, LIMIT)),
        one("", reports::versions(&of, LIMIT)),
        one("", reports::history(&of, None, LIMIT)),
        one("narrowed", reports::history(&narrowed(&of, noon), Some(noon), LIMIT)),
    ];
    all.extend(LogColumn::ALL.map(|column| one(column.name(), reports::groups(&of, column, LIMIT))));
    all
}

fn one(variant: &str, kql: Kql) -> Example {
    let name = kql.question().name();
    let variant = variant.trim_start_matches('_').to_ascii_lowercase();
    let name = if variant.is_empty() { name.to_owned() } else { format!("{name}-{variant}") };
    Example { name, kql }
}

fn id(path: &str) -> Vec<ArmId> {
    ArmId::parse(&format!("{GROUP}/{path}")).into_iter().collect()
}

/// A selection with every kind of condition.
fn narrowed(of: &LogSelection, until: Timestamp) -> LogSelection {
    LogSelection {
        window: LogWindow::Between(Timestamp::UNIX_EPOCH, until),
        perimeters: of.perimeters.clone(),
        resources: id("Microsoft.CognitiveServices/accounts/my-account"),
        verdicts: Verdict::ALL.to_vec(),
        equal: LogColumn::ALL.map(|column| (column, "example".to_owned())).to_vec(),
        words: vec!["example".to_owned()],
    }
}
