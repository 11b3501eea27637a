//! `nsp coverage`: which resources that could be in a perimeter are in none.

use std::io::Write;

use serde_json::json;

use super::desk::Desk;
use super::{Printer, Ready};
use crate::app::coverage::{gaps, sums, uncovered};
use crate::app::focus::Tab;
use crate::cli::{Exit, HeadlessArgs};
use crate::domain::Failure;

/// Lists them, with the sums first.
///
/// # Errors
/// When subscriptions or perimeters cannot be read.
pub async fn run(ready: Ready, args: &HeadlessArgs, out: &mut (dyn Write + Send)) -> Result<Exit, Failure> {
    let mut printer = Printer::new(out, args.json);
    let desk = Desk::open(&ready, Tab::Coverage, None).await?;
    let data = &desk.model().data;
    let rows = uncovered(data);
    let gaps = gaps(data);
    let sums = sums(data, &rows);
    let [words, ..] = sums.words();
    let fields = [
        ("associable", json!(sums.associable)),
        ("uncovered", json!(sums.uncovered)),
        ("open", json!(sums.open)),
        ("untold", json!(sums.untold)),
        ("unread", json!(gaps.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>())),
    ];
    printer.line(&words, &fields)?;
    for (what, failure) in &gaps {
        let text = format!("NOT READ: {what}: {} {}", failure.title, failure.evidence());
        printer.line(&text, &[("unread", json!(what)), ("failure", json!(failure.title))])?;
    }
    for it in &rows {
        let kind = it.id.resource_type().unwrap_or_default();
        let open = it.exposure.label();
        let subscription = data.subscription_name(it.id.subscription().unwrap_or_default());
        let fields = [
            ("id", json!(it.id.as_str())),
            ("type", json!(kind)),
            ("subscription", json!(subscription)),
            ("location", json!(it.location)),
            ("publicAccess", json!(open)),
        ];
        printer
            .line(&format!("  {}  {kind}  {subscription}  {}  {open}", it.id.name(), it.location), &fields)?;
    }
    Ok(match (gaps.is_empty(), rows.is_empty()) {
        // What was not read may be in no perimeter either.
        (false, _) => Exit::Other,
        (true, false) => Exit::Uncovered,
        (true, true) => Exit::Done,
    })
}
