//! The words above the resources and their evidence: what is asked, how far the reading is, what is missing.

use super::status::Status;
use super::theme::Role;
use crate::app::Model;
use crate::app::columns::clock;
use crate::app::panes::AnyList;
use crate::app::study::LogState;
use crate::app::survey;

/// The title.
pub fn heading(model: &Model) -> String {
    let evidence = &model.panes.evidence;
    let where_ = if evidence.survey.on { ", all perimeters" } else { "" };
    format!(" If enforced, by {} d of log{where_}", evidence.days)
}

/// How far the survey is, and what it found.
fn surveyed(model: &Model) -> Status {
    let list = &model.panes.evidence.board;
    let tally = survey::tally(model);
    let reading = tally.told < tally.perimeters;
    let mut right = Vec::new();
    if reading {
        right.push((format!("reading: {} of {} perimeters", tally.told, tally.perimeters), Role::Warn));
    } else if let Some(at) = tally.since {
        right.push((format!("since {}", clock(at)), Role::Dim));
    }
    let mut short = Vec::new();
    if tally.failed > 0 {
        right.push((format!("{} NOT READ (w)", tally.failed), Role::Bad));
        short.push(format!("{} NOT READ (w)", tally.failed));
    }
    let found =
        format!("{} would deny, {} no evidence, {} ready", tally.would_deny, tally.no_evidence, tally.ready);
    let tone = if tally.would_deny > 0 { Role::Warn } else { Role::Plain };
    right.push((found, tone));
    short.push(if reading {
        format!("{}/{}", tally.told, tally.perimeters)
    } else {
        format!("{} would deny", tally.would_deny)
    });
    let tone = if tally.failed > 0 { Role::Bad } else { Role::Warn };
    let brief = vec![(short.join(", "), tone)];
    let nothing = match (list.state().len(), list.total()) {
        (0, 0) if tally.told < tally.perimeters => "reading\u{2026}".to_owned(),
        (0, 0) => "no resource is associated with a perimeter in scope".to_owned(),
        (0, n) => format!("none of {n} rows matches the filter (Esc drops it)"),
        _ => String::new(),
    };
    Status { right, brief, nothing, role: Role::Plain }
}

/// How fresh and how complete it is.
pub fn status(model: &Model) -> Status {
    if model.panes.evidence.survey.on {
        return surveyed(model);
    }
    let list = &model.panes.evidence.board;
    let Some(study) = &model.panes.evidence.study else {
        let nothing = if model.shown().is_some() { "reading\u{2026}" } else { "no perimeter is selected" };
        return Status { nothing: nothing.to_owned(), role: Role::Warn, ..Status::default() };
    };
    let mut right = Vec::new();
    let mut brief = Vec::new();
    match &study.log {
        _ if study.is_reading() => right.push(("reading\u{2026}".to_owned(), Role::Warn)),
        LogState::Failed(failure) => {
            right.push((format!("NO EVIDENCE: {} (w)", failure.title), Role::Bad));
            brief.push(("no evidence (w)".to_owned(), Role::Bad));
        }
        LogState::Nowhere => {
            right.push((
                "NO EVIDENCE: no diagnostic setting logs to a workspace (7, n)".to_owned(),
                Role::Warn,
            ));
            brief.push(("no log (7, n)".to_owned(), Role::Warn));
        }
        LogState::NoTable => {
            right.push(("NO EVIDENCE: no row has ever arrived in the workspace".to_owned(), Role::Warn));
            brief.push(("no row ever".to_owned(), Role::Warn));
        }
        LogState::Read { stale: Some(failure), .. } => {
            right.push((format!("stale: {} (w)", failure.title), Role::Bad));
            brief.push(("stale (w)".to_owned(), Role::Bad));
        }
        LogState::Read { partial, stale: None } => {
            if let Some(why) = partial.first() {
                right.push((format!("PARTIAL: {why}"), Role::Bad));
                brief.push(("PARTIAL".to_owned(), Role::Bad));
            } else if let Some(at) = study.read_at {
                right.push((clock(at), Role::Dim));
            }
        }
        LogState::Reading => {}
    }
    let nothing = match (list.state().len(), list.total()) {
        (0, 0) if study.is_reading() => "reading\u{2026}".to_owned(),
        (0, 0) => "no resource is associated with this perimeter (1, then n, adds one)".to_owned(),
        (0, n) => format!("none of {n} rows matches the filter (Esc drops it)"),
        _ => String::new(),
    };
    Status { right, brief, nothing, role: Role::Plain }
}
