//! The words above the resources that are in no perimeter: sums, how far the reading is, what is missing.

use super::status::Status;
use super::theme::Role;
use crate::app::Model;
use crate::app::columns::clock;
use crate::app::coverage;
use crate::app::panes::AnyList;
use crate::domain::{ArmId, Failure};

/// The title: the sums, once all perimeters have answered.
pub fn heading(model: &Model, width: u16) -> String {
    if !coverage::is_complete(&model.data) {
        return " Coverage".to_owned();
    }
    let list = &model.panes.coverage;
    let plain = list.filter_text().is_empty() && list.marked() == 0;
    let plain = plain && coverage::gaps(&model.data).is_empty();
    let room = if plain { usize::from(width).saturating_sub(12) } else { 0 };
    let [whole, middle, brief] = model.panes.sums.words();
    let fitting = [whole, middle].into_iter().find(|text| text.len() <= room);
    format!(" {}", fitting.unwrap_or(brief))
}

/// How fresh and how complete it is.
pub fn status(model: &Model) -> Status {
    let data = &model.data;
    let gaps = coverage::gaps(data);
    let (inventory, reading) = (data.coverage.inventory(), data.coverage.members.reading());
    let mut right = Vec::new();
    let mut brief = Vec::new();
    if let Some((_, first)) = gaps.first() {
        right.push((format!("incomplete: {} (w)", first.title), Role::Bad));
        brief.push((format!("{} missing (w)", gaps.len()), Role::Bad));
        brief.push(("partial (w)".to_owned(), Role::Bad));
    }
    let loading = inventory.awaited().is_some() || reading.awaited().is_some();
    match inventory.read_at() {
        Some(at) if coverage::is_complete(data) && gaps.is_empty() => right.push((clock(at), Role::Dim)),
        _ if loading => right.push(("reading\u{2026}".to_owned(), Role::Warn)),
        _ => {}
    }
    let (nothing, role) = nothing(model, &gaps);
    Status { right, brief, nothing, role }
}

/// Why there are no rows.
fn nothing(model: &Model, gaps: &[(String, Failure)]) -> (String, Role) {
    let list = model.panes.coverage.state();
    if !list.is_empty() {
        return (String::new(), Role::Plain);
    }
    if list.total() > 0 {
        let text = format!("none of {} rows matches the filter (Esc drops it)", list.total());
        return (text, Role::Plain);
    }
    let data = &model.data;
    if !coverage::is_complete(data) {
        return match gaps.first() {
            Some((what, f)) if data.coverage.inventory().awaited().is_none() => {
                (format!("{what}\n{}\n{}\n{}\n{}", f.title, f.detail, f.hint, f.evidence()), Role::Bad)
            }
            _ => (progress(model), Role::Warn),
        };
    }
    let sums = &model.panes.sums;
    if sums.associable == 0 {
        return ("no resource in scope could be in a perimeter".to_owned(), Role::Plain);
    }
    if gaps.is_empty() {
        return (format!("all {} associable resources are in a perimeter", sums.associable), Role::Good);
    }
    ("of what could be read every resource is in a perimeter; not all of it could (w)".to_owned(), Role::Warn)
}

/// How far the reading is.
pub fn progress(model: &Model) -> String {
    let data = &model.data;
    let all: Vec<ArmId> = coverage::perimeters(data).map(|p| p.id.clone()).collect();
    let resources = data.coverage.inventory().rows().len();
    let answered = data.coverage.members.answered(&all);
    format!(
        "reading\u{2026} {resources} resources so far; {answered} of {} perimeters told their members",
        all.len()
    )
}
