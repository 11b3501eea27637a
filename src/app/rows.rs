//! Brings the panes in line with what was read and with where the cursor rests.

use std::sync::Arc;

use super::checks;
use super::commands::join;
use super::coverage;
use super::data::{Data, PerimeterData};
use super::digest;
use super::focus::{Pane, Tab};
use super::logging;
use super::msg::{Offer, Slot, Topic};
use super::overlays::Overlay;
use super::overlays::join::Stage;
use super::panes::{AnyList, LinkRow};
use super::path;
use super::readiness;
use super::remote::Remote;
use super::room;
use super::toast::Tone;
use super::{Model, Status};

use crate::domain::{ArmId, Change, Kind};

/// The cursor has moved: what depends on it follows when it rests.
pub fn moved(model: &mut Model) {
    model.status.resting = true;
    model.status.round += 1;
    if model.focus.pane == Pane::Perimeters {
        // The user has gone elsewhere than to the perimeter named at the start.
        model.status.wanted = None;
    }
}

/// The cursor rests: the panes that depend on it follow.
pub fn follow_cursor(model: &mut Model) {
    model.status.resting = false;
    let selected = model.panes.perimeters.selected().map(|p| p.id.clone());
    // A filter that hides every perimeter leaves the one shown where it is.
    if selected != model.panes.shown && (selected.is_some() || model.panes.perimeters.rows().is_empty()) {
        point(model, selected);
    }
    let subject = model.subject();
    if model.panes.detail.subject != subject {
        model.status.dirty.log = true;
    }
    model.panes.detail.set(subject);
}

/// The cursor goes to a perimeter of the list, and the panes follow at once; `false` when it is not in it.
pub fn show(model: &mut Model, perimeter: &ArmId) -> bool {
    let at_it = model.panes.perimeters.selected().is_some_and(|p| p.id == *perimeter);
    if at_it && model.panes.shown.as_ref() == Some(perimeter) {
        return true;
    }
    let page = model.page(Pane::Perimeters);
    // An empty filter is never wrong, and what it hides cannot be selected.
    let _ = model.panes.perimeters.set_filter("", &model.data);
    let found = at_it || model.panes.perimeters.select(perimeter, page);
    if found {
        follow_cursor(model);
    }
    found
}

/// The tabs and the log show another perimeter. Nothing of the old one stays on the screen.
fn point(model: &mut Model, perimeter: Option<ArmId>) {
    let panes = &mut model.panes;
    panes.shown = perimeter;
    panes.profile = None;
    panes.log.point(None);
    if model.focus.pane != Pane::Perimeters {
        panes.filter_input = None;
    }
    // These are not of one perimeter.
    let wide = panes.evidence.survey.on;
    let tabs = Tab::ALL.into_iter().filter(|tab| *tab != Tab::Coverage && !(*tab == Tab::Evidence && wide));
    for (pane, tab) in tabs.map(|tab| (Pane::Main, tab)).chain([(Pane::Log, Tab::Resources)]) {
        if let Some(list) = panes.list_mut(pane, tab) {
            // An empty filter is never wrong.
            let _ = list.set_filter("", &model.data);
            list.begin();
        }
    }
    model.status.dirty.shown = true;
    model.status.dirty.log = true;
    model.data.trim(&model.panes.shown.iter().cloned().collect());
    rebuild(model);
}

/// A reading of this slot has changed something.
pub fn changed(model: &mut Model, slot: &Slot) {
    let Model { status: Status { dirty, .. }, data: Data { coverage, .. }, .. } = model;
    match slot {
        Slot::Subscriptions | Slot::Perimeters(_) => {
            dirty.perimeters = true;
            coverage.changed = true;
        }
        Slot::Associations(_)
        | Slot::Profiles(_)
        | Slot::Rules(_)
        | Slot::Links(_)
        | Slot::LinkReferences(_)
        | Slot::Resource(_)
        | Slot::About(..) => {
            dirty.shown = true;
            coverage.changed |= matches!(slot, Slot::Associations(_) | Slot::About(Topic::Configurations, _));
        }
        Slot::Inventory(_) | Slot::Members(_) => coverage.changed = true,
        // Forms look for themselves.
        Slot::Offer(what, _) => coverage.changed |= *what == Offer::Types,
    }
}

/// Rebuilds the lists that have changed.
pub fn rebuild(model: &mut Model) {
    let Model { overlays, data, .. } = model;
    if let Some(Overlay::Sheet(sheet)) = overlays.last_mut() {
        sheet.refresh(data);
    }
    if let Some(Overlay::Form(form)) = overlays.last_mut() {
        form.refresh(data);
    }
    if let Some(Overlay::WhatIf(asked)) = overlays.last_mut() {
        asked.refresh(data);
    }
    if std::mem::take(&mut model.status.dirty.perimeters) {
        rebuild_perimeters(model);
    }
    if std::mem::take(&mut model.status.dirty.shown) {
        rebuild_shown(model);
    }
    if std::mem::take(&mut model.data.coverage.changed) {
        rebuild_coverage(model);
    } else if matches!(model.overlays.last(), Some(Overlay::Join(join)) if join.stage != Stage::Resources) {
        join::refresh(model);
    }
    room::refresh(model);
    path::align(model);
    if std::mem::take(&mut model.status.dirty.log) {
        model.panes.detail.digest = digest::digest(model);
    }
}

/// Scrolls the cursor of every list on the screen into view: focus, zoom or rows may have moved it out.
pub fn show_cursors(model: &mut Model) {
    let areas = model.areas();
    for pane in [Pane::Perimeters, Pane::Main, Pane::Log, Pane::Room] {
        let page = usize::from(areas.rows(pane).h);
        if let Some(list) = model.panes.list_mut(pane, model.focus.tab).filter(|_| page > 0) {
            list.show_cursor(page);
        }
    }
}

fn rebuild_perimeters(model: &mut Model) {
    let rows: Vec<_> = model.data.perimeters.values().flat_map(|r| r.rows().iter().cloned()).collect();
    let page = model.page(Pane::Perimeters);
    model.panes.perimeters.set_rows(rows, page, &model.data);
    if let Some(name) = model.status.wanted.take() {
        let found = model.panes.perimeters.rows().iter().find(|p| p.id.name().eq_ignore_ascii_case(&name));
        match found.map(|p| p.id.clone()) {
            Some(id) => {
                model.panes.perimeters.select(&id, page);
            }
            None if lists_complete(model) => {
                model.toasts.push(Tone::Bad, format!("there is no perimeter named {name} in scope"));
            }
            None => model.status.wanted = Some(name),
        }
    }
    if lists_complete(model) {
        model.panes.perimeters.hold();
    }
    let selected = model.panes.perimeters.selected().map(|p| p.id.clone());
    if model.panes.shown != selected && !model.status.resting {
        // First rows, or the shown perimeter is gone.
        follow_cursor(model);
    }
}

/// Who is in no perimeter, and what there is to choose from for those who open the door.
fn rebuild_coverage(model: &mut Model) {
    coverage::forget_gone(&mut model.data);
    let page = model.page(Pane::Main);
    let data = &model.data;
    let rows = coverage::uncovered(data);
    model.panes.sums = coverage::sums(data, &rows);
    model.panes.coverage.set_rows(rows, page, data);
    if coverage::is_complete(data) {
        model.panes.coverage.hold_rows();
    }
    join::refresh(model);
    if !model.status.resting {
        follow_subject(model);
    }
}

fn lists_complete(model: &Model) -> bool {
    model.data.subscriptions.read_at().is_some()
        && model.data.perimeters.len() >= model.data.subscriptions.rows().len()
        && model.data.perimeters.values().all(|r| r.awaited().is_none())
}

fn rebuild_shown(model: &mut Model) {
    let page = model.page(Pane::Main);
    let data = &model.data;
    let panes = &mut model.panes;
    let contents = panes.shown.as_ref().and_then(|id| data.of(id));
    panes.resources.set_rows(contents.map_or_else(Vec::new, |d| d.associations.rows().to_vec()), page, data);
    panes.profiles.set_rows(contents.map_or_else(Vec::new, |d| d.profiles.rows().to_vec()), page, data);
    let gone = panes.profile.as_ref().is_some_and(|p| panes.profiles.find(p).is_none());
    if gone && contents.is_some_and(|d| d.profiles.read_at().is_some()) {
        panes.profile = None;
    }
    let rules = panes.shown.as_ref().map_or_else(Vec::new, |id| data.rules(id, panes.profile.as_ref()));
    panes.rules.set_rows(rules, page, data);
    let links = contents.into_iter().flat_map(|d| {
        let made = d.links.rows().iter().map(|l| Arc::new(LinkRow::Link(l.clone())));
        made.chain(d.references.rows().iter().map(|r| Arc::new(LinkRow::Reference(r.clone()))))
    });
    panes.links.set_rows(links.collect(), page, data);
    if contents.is_some_and(rules_answered) {
        panes.rules.hold();
    }
    // These come in one order.
    panes.resources.hold_rows();
    panes.profiles.hold_rows();
    panes.links.hold_rows();
    panes.logging.set_rows(
        panes.shown.as_ref().map_or_else(Vec::new, |id| logging::rows(data, id)),
        page,
        data,
    );
    // The configuration may come first and stands last.
    if panes.shown.as_ref().is_some_and(|id| logging::is_known(data, id)) {
        panes.logging.hold_rows();
    }
    let spec = logging::tail(model);
    model.panes.log.point(spec);
    readiness::rebuild(model, page);
    if model.focus.tab == Tab::Checks {
        let rows = checks::rows(model);
        model.panes.checks.set_rows(rows, page, &model.data);
        model.panes.checks.hold_rows();
    }
    if !model.status.resting {
        follow_subject(model);
    }
    close_orphans(model);
}

/// The detail pane follows the selection where a reading has moved it.
fn follow_subject(model: &mut Model) {
    let subject = model.subject();
    if model.panes.detail.subject != subject {
        model.panes.detail.set(subject);
        model.status.dirty.log = true;
    }
}

/// The activity list follows the writes.
pub fn rebuild_activity(model: &mut Model) {
    let rows = model.jobs.all().iter().cloned().map(Arc::new).collect();
    let page = model.page(Pane::Main);
    model.panes.activity.set_rows(rows, page, &model.data);
    if !model.status.resting {
        follow_subject(model);
    }
}

/// A question about something that is gone closes.
fn close_orphans(model: &mut Model) {
    let Model { overlays, data, toasts, .. } = model;
    overlays.retain(|overlay| match overlay {
        Overlay::Confirm(confirm) => match confirm.proposal.changes().find(|change| is_gone(change, data)) {
            Some(change) => {
                let name = change.target().name();
                toasts.push(Tone::Bad, format!("{name} is gone: the question was closed"));
                false
            }
            None => true,
        },
        Overlay::Text(_)
        | Overlay::Palette(_)
        | Overlay::Picker(_)
        | Overlay::Form(_)
        | Overlay::Join(_)
        | Overlay::Sheet(_)
        | Overlay::Board(_)
        | Overlay::Probe(_)
        | Overlay::Guard(_)
        | Overlay::Believed(_)
        | Overlay::Impact(_)
        | Overlay::Plan(_)
        | Overlay::Hygiene(_)
        | Overlay::Scope(_)
        | Overlay::WhatIf(_) => true,
    });
}

/// The target of a change is not in the list, and that list was read to its end.
fn is_gone(change: &Change, data: &Data) -> bool {
    let target = change.target();
    if let Change::Logging(change) = change {
        return change.before().is_some() && logging::is_gone(target, data);
    }
    let Some(parent) = target.parent() else { return false };
    if matches!(change, Change::CreateRule { .. } | Change::Create(_)) {
        return false;
    }
    let contents = data.of(&parent);
    match change.kind() {
        Kind::Rule => {
            let rules = parent.parent().and_then(|perimeter| data.of(&perimeter)?.rules.get(&parent));
            rules.is_some_and(|r| is_whole(r) && !r.rows().iter().any(|r| r.id == *target))
        }
        Kind::Association => contents
            .map(|c| &c.associations)
            .is_some_and(|r| is_whole(r) && !r.rows().iter().any(|a| a.id == *target)),
        Kind::Profile => contents
            .map(|c| &c.profiles)
            .is_some_and(|r| is_whole(r) && !r.rows().iter().any(|p| p.id == *target)),
        Kind::Link => contents
            .map(|c| &c.links)
            .is_some_and(|r| is_whole(r) && !r.rows().iter().any(|l| l.id == *target)),
        Kind::LinkReference => contents
            .map(|c| &c.references)
            .is_some_and(|r| is_whole(r) && !r.rows().iter().any(|l| l.id == *target)),
        // The list of perimeters is of many subscriptions, read one by one; these are in no list.
        Kind::Perimeter
        | Kind::DiagnosticSetting
        | Kind::LoggingConfiguration
        | Kind::Resource
        | Kind::RoleAssignment
        | Kind::Registration => false,
    }
}

/// The rules of every profile were asked for and answered: no earlier row is to come.
fn rules_answered(contents: &PerimeterData) -> bool {
    let answered = |rules: &Remote<_>| !rules.is_untouched() && rules.awaited().is_none();
    is_whole(&contents.profiles)
        && contents.profiles.rows().iter().all(|p| contents.rules.get(&p.id).is_some_and(answered))
}

fn is_whole<T>(remote: &Remote<Vec<T>>) -> bool {
    remote.awaited().is_none() && remote.failure().is_none() && remote.read_at().is_some()
}
