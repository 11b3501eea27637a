//! `nsp impact`, `nsp readiness` and `nsp rules`: what enforcing would deny, what can be enforced, and the rules that
//! would be needed or could go; computed as in the dashboard.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::desk::Desk;
use super::{Printer, Ready, refused};
use crate::app::focus::Tab;
use crate::app::hygiene;
use crate::app::impact::{self, Scope};
use crate::app::overlays::Overlay;
use crate::app::overlays::help::Line;
use crate::app::overlays::hygiene::HygieneBox;
use crate::app::overlays::impact::{About, Head, ImpactBox};
use crate::app::planning::plans;
use crate::app::readiness;
use crate::app::study::{LogState, Study};
use crate::cli::{EvidenceArgs, Exit, RulesArgs};
use crate::domain::cells::Sheet;
use crate::domain::impact::{Readiness, TrafficGroup};
use crate::domain::plan::Choice;
use crate::domain::{ArmId, Failure, Signal};

/// How a command ends: the worst of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Nothing,
    NoEvidence,
    WouldDeny,
    Failed,
}

impl Found {
    fn exit(self) -> Exit {
        match self {
            Self::Nothing => Exit::Done,
            Self::NoEvidence => Exit::NoEvidence,
            Self::WouldDeny => Exit::WouldDeny,
            Self::Failed => Exit::Other,
        }
    }

    fn of(signal: Signal) -> Self {
        match signal {
            Signal::Ok | Signal::Off => Self::Nothing,
            Signal::Waiting | Signal::Later | Signal::Moving | Signal::Unknown => Self::NoEvidence,
            Signal::Todo | Signal::Warn | Signal::Bad => Self::WouldDeny,
        }
    }
}

/// The rows of a table as lines: cells as text, or one object each, with the perimeter first.
fn print(printer: &mut Printer<'_>, perimeter: &ArmId, sheet: &Sheet) -> Result<(), Failure> {
    let objects = sheet.json_lines();
    for (line, row) in objects.lines().zip(&sheet.rows) {
        let object: Map<String, Value> = serde_json::from_str(line).unwrap_or_default();
        let text: Vec<String> = row.iter().map(ToString::to_string).filter(|cell| !cell.is_empty()).collect();
        let mut fields = vec![("perimeter", json!(perimeter.as_str()))];
        fields.extend(sheet.head.iter().map(|name| (*name, object.get(*name).cloned().unwrap_or_default())));
        printer.line(&format!("  {}", text.join("  ")), &fields)?;
    }
    Ok(())
}

fn text_of(line: &Line) -> Option<String> {
    match line {
        Line::Text(text) | Line::Strong(text) | Line::Head(text) => Some(text.clone()),
        Line::Field(name, value) => Some(format!("{name}: {value}")),
        Line::Key { .. } | Line::Gap => None,
    }
}

fn head(
    printer: &mut Printer<'_>,
    perimeter: &ArmId,
    state: Found,
    words: (&str, &[Line]),
) -> Result<(), Failure> {
    let (verdict, evidence) = words;
    let evidence: Vec<String> = evidence.iter().filter_map(text_of).collect();
    let state = match state {
        Found::Nothing => "nothing to lose",
        Found::NoEvidence => "no evidence",
        Found::WouldDeny => "would deny",
        Found::Failed => "failed",
    };
    let fields =
        [("perimeter", json!(perimeter.as_str())), ("verdict", json!(state)), ("evidence", json!(evidence))];
    printer.line(&format!("{}: {verdict}", perimeter.name()), &fields)?;
    if !printer.is_json() {
        for line in evidence {
            printer.line(&format!("  {line}"), &[])?;
        }
    }
    Ok(())
}

/// The study of the perimeter that the desk shows.
fn study<'d>(desk: &'d Desk, perimeter: &ArmId) -> Result<&'d Study, Failure> {
    let study = desk.model().panes.evidence.study.as_deref().filter(|study| study.perimeter == *perimeter);
    study.ok_or_else(|| {
        let failures = desk.model().failures();
        let failure = failures.into_iter().next().map(|(_, failure)| failure);
        failure.unwrap_or_else(|| refused("The perimeter cannot be judged", "it was not read"))
    })
}

/// What a report is to be about: the resources named, else all.
fn about(study: &Study, names: &[String]) -> Result<About, Failure> {
    if names.is_empty() {
        return Ok(About::Perimeter);
    }
    let named = |name: &String| {
        let is = |id: &ArmId| id.name().eq_ignore_ascii_case(name) || id.as_str().eq_ignore_ascii_case(name);
        let found = study.rows.iter().find(|row| is(&row.row.resource) || is(&row.association.id));
        found.map(|row| row.association.id.clone()).ok_or_else(|| name.clone())
    };
    let all: Result<Vec<ArmId>, String> = names.iter().map(named).collect();
    all.map(About::Associations).map_err(|name| {
        let perimeter = study.perimeter.name();
        refused("There is no such resource", format!("{name} is not associated with {perimeter}"))
    })
}

/// With names of resources one perimeter must be named too: a name may stand for several.
fn named_alone(names: &[String], perimeters: &[ArmId]) -> Result<(), Failure> {
    if names.is_empty() || perimeters.len() == 1 {
        return Ok(());
    }
    Err(refused("Which perimeter is meant is not clear", "--resource needs --perimeter"))
}

/// A log that could not be read is a failure, not a lack of rows.
fn unread(study: &Study) -> Option<&Failure> {
    match &study.log {
        LogState::Failed(failure) => Some(failure),
        LogState::Reading | LogState::Nowhere | LogState::NoTable | LogState::Read { .. } => None,
    }
}

/// Tells what enforcing would deny.
///
/// # Errors
/// When what is asked about cannot be read or is not there.
pub async fn impact(
    ready: Ready,
    args: &EvidenceArgs,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    each(ready, args, out, |study, about, perimeter| {
        let mut report = ImpactBox::new(about, perimeter.name().to_owned());
        impact::fill(&mut report, Some(study));
        let table = impact::sheet(&report);
        (Found::of(report.head.signal), report.head, table)
    })
    .await
}

/// Tells which resources can be enforced.
///
/// # Errors
/// When what is asked about cannot be read or is not there.
pub async fn readiness(
    ready: Ready,
    args: &EvidenceArgs,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    each(ready, args, out, |study, about, _| {
        let of = |row: &Readiness, reading: bool| match row {
            _ if reading => Found::NoEvidence,
            Readiness::WouldDeny { .. } => Found::WouldDeny,
            Readiness::NoEvidence(_) => Found::NoEvidence,
            Readiness::Ready | Readiness::AlreadyEnforced | Readiness::ChangesNothing => Found::Nothing,
        };
        let rows: Vec<_> = study.rows.iter().filter(|row| about.covers(&row.association)).collect();
        let found = rows.iter().map(|r| of(&r.row.readiness, r.reading)).max().unwrap_or(Found::Nothing);
        (found, Scope::of(study, &about).head(), readiness::table(rows.into_iter()))
    })
    .await
}

/// Tells the same of every perimeter that is asked about; the worst of it is how the command ends.
async fn each(
    ready: Ready,
    args: &EvidenceArgs,
    out: &mut (dyn Write + Send),
    tell: impl Fn(&Study, About, &ArmId) -> (Found, Head, Sheet),
) -> Result<Exit, Failure> {
    let mut printer = Printer::new(out, args.at.json);
    let mut desk = Desk::open(&ready, Tab::Evidence, args.days).await?;
    let all = desk.perimeters()?;
    named_alone(&args.resources, &all)?;
    let mut worst = Found::Nothing;
    for perimeter in &all {
        desk.show(perimeter).await;
        let study = study(&desk, perimeter)?;
        let (found, said, table) = tell(study, about(study, &args.resources)?, perimeter);
        let found = if unread(study).is_some() { Found::Failed } else { found };
        head(&mut printer, perimeter, found, (&said.verdict, &said.evidence))?;
        print(&mut printer, perimeter, &table)?;
        worst = worst.max(found);
    }
    Ok(worst.exit())
}

/// Tells which rules would let through what enforcing would deny, or which could be cleaned up.
///
/// # Errors
/// When what is asked about cannot be read or is not there.
pub async fn rules(ready: Ready, args: &RulesArgs, out: &mut (dyn Write + Send)) -> Result<Exit, Failure> {
    let mut printer = Printer::new(out, args.evidence.at.json);
    let mut desk = Desk::open(&ready, Tab::Evidence, args.evidence.days).await?;
    let all = desk.perimeters()?;
    named_alone(&args.evidence.resources, &all)?;
    let mut worst = Found::Nothing;
    for perimeter in &all {
        desk.show(perimeter).await;
        if args.hygiene {
            flaws(&mut desk, perimeter, &mut printer).await?;
            continue;
        }
        let study = study(&desk, perimeter)?;
        let scope = Scope::of(study, &about(study, &args.evidence.resources)?);
        let said = scope.head();
        let found = if unread(study).is_some() { Found::Failed } else { Found::of(said.signal) };
        head(&mut printer, perimeter, found, (&said.verdict, &said.evidence))?;
        let groups: Vec<TrafficGroup> = scope.denied.iter().map(|group| (*group).clone()).collect();
        plan(study, &groups, perimeter, &mut printer)?;
        worst = worst.max(found);
    }
    Ok(worst.exit())
}

fn plan(
    study: &Study,
    groups: &[TrafficGroup],
    perimeter: &ArmId,
    printer: &mut Printer<'_>,
) -> Result<(), Failure> {
    let plans = plans(study.known(), groups, &Choice::default());
    for (profile, plan) in &plans.all {
        for rule in &plan.rules {
            let content = &rule.content;
            let elements: Vec<Value> = content
                .sources
                .iter()
                .flat_map(|(kind, values)| values.iter().map(|v| json!({"kind": kind.label(), "value": v})))
                .collect();
            let values: Vec<&str> =
                content.sources.iter().flat_map(|(_, values)| values.iter().map(String::as_str)).collect();
            let text = format!(
                "  rule {} in {} ({}): {}",
                rule.name,
                profile.name(),
                content.direction.wire(),
                values.join(", ")
            );
            let fields = [
                ("perimeter", json!(perimeter.as_str())),
                ("profile", json!(profile.name())),
                ("name", json!(rule.name)),
                ("direction", json!(content.direction.wire())),
                ("elements", Value::Array(elements)),
                ("covered", json!(plan.covered)),
                ("total", json!(plan.total)),
                ("unseenAddresses", json!(plan.unseen_addresses().to_string())),
            ];
            printer.line(&text, &fields)?;
        }
    }
    let left = plans.all.iter().map(|(_, plan)| plan.left_out.len()).sum::<usize>() + plans.homeless.len();
    if left > 0 {
        let text = format!("  {left} callers or destinations are left out: no rule can admit them safely");
        printer.line(&text, &[("perimeter", json!(perimeter.as_str())), ("leftOut", json!(left))])?;
    }
    Ok(())
}

async fn flaws(desk: &mut Desk, perimeter: &ArmId, printer: &mut Printer<'_>) -> Result<(), Failure> {
    // The box on the desk is what asks for the use of the rules.
    desk.look(|model| model.overlays.push(Overlay::Hygiene(Box::new(HygieneBox::new(None))))).await;
    let mut shown = HygieneBox::new(None);
    hygiene::fill(&mut shown, desk.model());
    desk.look(|model| drop(model.overlays.pop())).await;
    let count = shown.list.items().len();
    let words = shown.head.iter().filter_map(text_of).collect::<Vec<_>>().join(" ");
    let fields =
        [("perimeter", json!(perimeter.as_str())), ("findings", json!(count)), ("window", json!(words))];
    printer.line(&format!("{}: {count} findings. {words}", perimeter.name()), &fields)?;
    print(printer, perimeter, &hygiene::sheet(&shown))
}
