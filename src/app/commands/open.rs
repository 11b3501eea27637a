//! Enter and Esc: into what is selected, and back out.

use super::super::Model;
use super::super::effect::Effect;
use super::super::focus::{Pane, Tab};
use super::super::panes::AnyList;
use super::super::rows;

/// Into what is selected: a perimeter's resources, a profile's rules, a row's detail.
pub fn open(model: &mut Model) -> Vec<Effect> {
    match (model.focus.pane, model.focus.tab) {
        (Pane::Perimeters, _) => {
            rows::follow_cursor(model);
            super::tab(model, Tab::Resources);
        }
        (Pane::Main, Tab::Profiles) => {
            model.panes.profile = model.panes.profiles.selected().map(|p| p.id.clone());
            model.status.dirty.shown = true;
            rows::rebuild(model);
            let page = model.page(Pane::Main);
            model.panes.rules.move_to(0, page);
            super::tab(model, Tab::Rules);
        }
        (Pane::Main, Tab::Checks) => return super::checks::mend(model),
        (Pane::Room, _) => super::room::open(model),
        (Pane::Main, Tab::Evidence) => return super::impact::open(model),
        (Pane::Main | Pane::Log, _) => super::focus(model, Pane::Detail),
        (Pane::Detail, _) => {}
    }
    Vec::new()
}

/// Back: an input, a zoom, a filter, a narrowed list, then the pane before. Never quits.
pub fn back(model: &mut Model) {
    if let Some(input) = model.panes.filter_input.take() {
        let (pane, open_tab) = (model.focus.pane, model.focus.tab);
        if let Some(list) = model.panes.list_mut(pane, open_tab) {
            // What was there before was accepted before.
            let _ = list.set_filter(&input.before, &model.data);
        }
        return rows::moved(model);
    }
    if model.focus.pane == Pane::Room {
        return super::room::back(model);
    }
    if model.focus.zoomed {
        model.focus.zoomed = false;
        return;
    }
    if model.focus.pane == Pane::Detail {
        let subject = model.focus.subject;
        return super::focus(model, subject);
    }
    if drop_filter(model) {
        return;
    }
    match (model.focus.pane, model.focus.tab) {
        (Pane::Main, Tab::Rules) if model.panes.profile.is_some() => {
            model.panes.profile = None;
            model.status.dirty.shown = true;
            rows::rebuild(model);
            super::tab(model, Tab::Profiles);
        }
        (Pane::Main, _) => super::focus(model, Pane::Perimeters),
        (Pane::Log, _) => super::focus(model, Pane::Main),
        (Pane::Perimeters | Pane::Detail | Pane::Room, _) => {
            model.toasts.clear();
        }
    }
}

/// Drops the filter of the list with the focus, or its marks; false when there was neither.
pub fn drop_filter(model: &mut Model) -> bool {
    let (pane, open_tab) = (model.focus.pane, model.focus.tab);
    let page = model.page(pane);
    let Some(list) = model.panes.list_mut(pane, open_tab) else { return false };
    if list.filter_text().is_empty() {
        return list.unmark_all();
    }
    // An empty filter is never wrong.
    let _ = list.set_filter("", &model.data);
    list.show_cursor(page);
    rows::moved(model);
    true
}
