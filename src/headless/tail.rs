//! `nsp tail`: the access log of one perimeter, row by row, as it comes.

use std::future::Future;
use std::io::Write;

use serde_json::{Value, json};

use super::desk::Desk;
use super::{Printer, Ready, refused, stamp};
use crate::app::digest::{peer, short};
use crate::app::focus::Tab;
use crate::app::logging;
use crate::app::msg::TailEvent;
use crate::cli::{Exit, TailArgs};
use crate::domain::Failure;
use crate::domain::log::{AccessLogEntry, LogColumn, LogStore, Verdict};

/// Follows until `stop` ends; with `--once` only what is there now.
///
/// # Errors
/// When there is no log to follow, or with `--once` when it cannot be read.
pub async fn run(
    ready: Ready,
    args: &TailArgs,
    out: &mut (dyn Write + Send),
    stop: impl Future<Output = ()> + Send,
) -> Result<Exit, Failure> {
    let mut printer = Printer::new(out, args.at.json);
    let mut desk = Desk::open(&ready, Tab::Resources, None).await?;
    let all = desk.perimeters()?;
    let [perimeter] = all.as_slice() else {
        return Err(refused("Which perimeter is meant is not clear", "tail follows one")
            .hint("Name it with --perimeter."));
    };
    desk.show(perimeter).await;
    let Some(spec) = logging::tail(desk.model()) else {
        let why =
            format!("no diagnostic setting sends the access log of {} to a workspace", perimeter.name());
        return Err(refused("There is no log to follow", why).hint("nsp makes one: 7, then n."));
    };
    let mut ended = Ok(Exit::Done);
    desk.follow(spec, stop, |event| match event {
        TailEvent::Rows { rows, .. } => {
            for row in &rows {
                if let Err(failure) = line(&mut printer, row, args.denied) {
                    ended = Err(failure);
                    return false;
                }
            }
            !args.once
        }
        TailEvent::Failed(failure) if args.once => {
            ended = Err(failure);
            false
        }
        TailEvent::Failed(failure) => {
            let text = format!("# {}: {} {}", failure.title, failure.detail, failure.evidence());
            printer.line(&text, &[("failure", json!(failure.title)), ("code", json!(failure.code))]).is_ok()
        }
    })
    .await;
    ended
}

/// A row; rows that are allowed are left out where only denials are wanted.
fn line(printer: &mut Printer<'_>, row: &AccessLogEntry, denied: bool) -> Result<(), Failure> {
    let mut store = LogStore::new(1);
    store.extend(std::slice::from_ref(row));
    let Some(view) = store.iter().next() else { return Ok(()) };
    let verdict = view.verdict();
    if denied && !matches!(verdict, Verdict::Denied | Verdict::WouldDeny) {
        return Ok(());
    }
    let service = view.text(LogColumn::ServiceResourceId);
    let text = format!(
        "{}  {:10}  {} -> {}  {}  x{}",
        stamp(row.times.start),
        verdict.word(),
        peer(&view),
        short(service),
        row.text(LogColumn::OperationName),
        row.count
    );
    let mut fields: Vec<(&str, Value)> = vec![
        ("TimeGenerated", json!(row.times.start.to_string())),
        ("verdict", json!(verdict.word())),
        ("Count", json!(row.count)),
    ];
    let filled = LogColumn::ALL.into_iter().filter(|c| !row.text(*c).is_empty());
    fields.extend(filled.map(|c| (c.name(), json!(row.text(c)))));
    printer.line(&text, &fields)
}
