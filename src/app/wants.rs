//! What the present view needs to have read, and asking for what is missing.

use std::sync::Arc;

use super::Model;
use super::believed;
use super::checks;
use super::commands::join;
use super::coverage;
use super::effect::Effect;
use super::focus::{Pane, Tab};
use super::logging;
use super::msg::{Slot, Topic};
use super::overlays::Overlay;
use super::overlays::board::BoardKind;
use super::path;
use super::prerequisites;
use super::room;
use super::study;
use super::survey;
use crate::domain::{ArmId, FailureKind};

/// Up to so many associated resources are all read; beyond, only those on the screen.
const READ_ALL_RESOURCES: usize = 100;
/// Up to so many profiles have their rules read without being asked for.
const READ_ALL_RULES: usize = 20;

/// The lists of perimeters of all subscriptions in scope.
fn perimeter_lists(model: &Model) -> Vec<Slot> {
    model.data.subscriptions.rows().iter().map(|s| Slot::Perimeters(Arc::from(s.id.as_str()))).collect()
}

/// The lists of a perimeter, and where its log goes.
pub(super) fn of_perimeter(id: &ArmId) -> Vec<Slot> {
    vec![
        Slot::Associations(id.clone()),
        Slot::Profiles(id.clone()),
        Slot::Links(id.clone()),
        Slot::LinkReferences(id.clone()),
        Slot::About(Topic::Settings, Arc::from(id.as_str())),
        Slot::About(Topic::Logging, Arc::from(id.as_str())),
    ]
}

/// What belongs to the perimeter shown.
fn of_shown(model: &Model, id: &ArmId) -> Vec<Slot> {
    let mut out = of_perimeter(id);
    let profiles = model.data.of(id).map_or(&[][..], |d| d.profiles.rows());
    let all =
        profiles.len() <= READ_ALL_RULES || (model.focus.tab == Tab::Rules && model.panes.profile.is_none());
    let wanted = profiles.iter().filter(|p| all || model.panes.profile.as_ref() == Some(&p.id));
    out.extend(wanted.map(|p| Slot::Rules(p.id.clone())));
    out
}

/// The PaaS resources behind the associations, all or those on the screen.
fn resources(model: &Model) -> Vec<Slot> {
    let pane = &model.panes.resources;
    let slot = |a: &Arc<crate::domain::Association>| a.resource.clone().map(Slot::Resource);
    if pane.rows().len() <= READ_ALL_RESOURCES {
        pane.rows().iter().filter_map(slot).collect()
    } else {
        pane.window(model.page(Pane::Main)).filter_map(|(a, _)| slot(a)).collect()
    }
}

/// What an open board needs; `anew` also what was read before.
fn of_board(model: &Model, anew: bool) -> Vec<Slot> {
    let board = model.overlays.iter().rev().find_map(Overlay::board).map(|board| &board.kind);
    match board {
        Some(BoardKind::Prerequisites) => prerequisites::slots(model),
        Some(BoardKind::Temporary) => temporary_rules(model),
        Some(BoardKind::Path(path)) => path::slots(model, path, anew),
        None => Vec::new(),
    }
}

/// The rules of all profiles of the perimeter shown.
fn temporary_rules(model: &Model) -> Vec<Slot> {
    let data = model.shown().and_then(|id| model.data.of(id));
    let profiles = data.map_or(&[][..], |data| data.profiles.rows());
    profiles.iter().map(|profile| Slot::Rules(profile.id.clone())).collect()
}

/// Something on an open board is under way.
pub fn board_moves(model: &Model) -> bool {
    match model.overlays.iter().rev().find_map(Overlay::board).map(|board| &board.kind) {
        Some(BoardKind::Prerequisites) => prerequisites::moving(model),
        Some(BoardKind::Path(path)) => path::moving(model, path),
        Some(BoardKind::Temporary) | None => false,
    }
}

/// Reads what an open board shows.
pub fn refresh_board(model: &mut Model) -> Vec<Effect> {
    let slots = of_board(model, true);
    ask_if_idle(model, slots)
}

/// Everything that the view needs.
fn in_view(model: &Model) -> Vec<Slot> {
    let mut wanted = vec![Slot::Subscriptions];
    wanted.extend(perimeter_lists(model));
    if model.focus.tab == Tab::Coverage {
        wanted.extend(coverage::slots(&model.data, false));
        let shown = model.panes.coverage.window(model.page(Pane::Main));
        wanted.extend(coverage::doubts(shown.map(|(it, _)| &it.id), &model.data));
    }
    wanted.extend(room::slots(model));
    wanted.extend(survey::slots(model));
    if let Some(id) = &model.panes.shown {
        wanted.extend(of_shown(model, id));
        wanted.extend(resources(model));
        wanted.extend(logging::slots(&model.data, id));
        wanted.extend(believed::slots(model));
        if model.focus.tab == Tab::Checks {
            wanted.extend(checks::slots(model));
        }
        wanted.extend(study::slots(model));
    }
    wanted
}

/// Asks for what the view needs and was never asked for.
pub fn missing(model: &mut Model) -> Vec<Effect> {
    let mut wanted = in_view(model);
    wanted.extend(of_board(model, false));
    match model.overlays.last() {
        Some(Overlay::Sheet(sheet)) => wanted.extend(sheet.slots(&model.data)),
        Some(Overlay::Form(form)) => wanted.extend(form.slots(&model.data)),
        Some(Overlay::WhatIf(asked)) => wanted.extend(asked.slots(&model.data)),
        Some(Overlay::Join(join)) => {
            wanted.extend(join.slots(&model.data));
            wanted.extend(join::doubts(model));
        }
        _ => {}
    }
    wanted.retain(|slot| model.data.is_untouched(slot));
    wanted.extend(survey::anew(model));
    wanted.into_iter().flat_map(|slot| ask(model, slot)).collect()
}

/// Asks, whether or not an answer is under way: that one is dropped.
pub fn ask(model: &mut Model, slot: Slot) -> Vec<Effect> {
    let ticket = model.ticket();
    let old = model.data.begin(&slot, ticket);
    old.map(Effect::Abort).into_iter().chain([Effect::read(slot, ticket)]).collect()
}

/// Asks unless an answer is under way: a timer must not keep a slow service from ever answering.
fn ask_if_idle(model: &mut Model, slots: Vec<Slot>) -> Vec<Effect> {
    let idle: Vec<Slot> = slots.into_iter().filter(|s| model.data.awaited(s).is_none()).collect();
    idle.into_iter().flat_map(|slot| ask(model, slot)).collect()
}

/// The timer's reading of the perimeter lists.
pub fn refresh_perimeters(model: &mut Model) -> Vec<Effect> {
    let mut slots = vec![Slot::Subscriptions];
    slots.extend(perimeter_lists(model));
    ask_if_idle(model, slots)
}

/// Asks again what failed for want of a sign-in.
pub fn refused(model: &mut Model) -> Vec<Effect> {
    let mut slots = in_view(model);
    slots.retain(|s| model.data.failure(s).is_some_and(|f| f.kind == FailureKind::Auth));
    ask_if_idle(model, slots)
}

/// The timer's reading of what is shown.
pub fn refresh_shown(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.panes.shown.clone() else { return Vec::new() };
    let mut slots = of_shown(model, &id);
    slots.extend(believed::slots(model));
    ask_if_idle(model, slots)
}

/// The user's reading: everything of the focused pane, at once.
pub fn refresh_focused(model: &mut Model) -> Vec<Effect> {
    let slots = match (model.focus.pane, model.panes.shown.clone()) {
        (Pane::Main | Pane::Detail, _) if model.focus.tab == Tab::Coverage => {
            coverage::slots(&model.data, true)
        }
        (Pane::Room, _) => room::again(model),
        (Pane::Perimeters, _) | (_, None) => {
            let mut slots = vec![Slot::Subscriptions];
            slots.extend(perimeter_lists(model));
            slots
        }
        (Pane::Main | Pane::Detail | Pane::Log, Some(id)) => {
            let mut slots = of_shown(model, &id);
            slots.extend(resources(model));
            slots.extend(logging::slots(&model.data, &id));
            slots.extend(believed::slots(model));
            slots.extend(study::slots(model));
            slots.sort();
            slots.dedup();
            slots
        }
    };
    slots.into_iter().flat_map(|slot| ask(model, slot)).collect()
}
