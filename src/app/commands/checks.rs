//! Keys of the checks tab: what mends a row, and the checks of the next resource.

use super::super::Model;
use super::super::checks;
use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::Pane;
use super::super::panes::AnyList;
use super::super::rows;
use super::super::toast::Tone;

/// Does what mends the selected row: asks, opens a form, or goes to the place.
pub fn mend(model: &mut Model) -> Vec<Effect> {
    let Some(check) = model.panes.checks.selected().map(|row| row.0.clone()) else { return Vec::new() };
    let Some(remedy) = check.remedy else {
        model.toasts.push(Tone::Info, format!("{}: nothing here can mend it", check.what));
        return Vec::new();
    };
    let command = checks::command(remedy);
    if command == Command::NewRule {
        narrow(model);
    }
    super::run_named(model, command)
}

/// Rules are those of the profile of the selected resource.
pub fn narrow(model: &mut Model) {
    model.panes.profile = checks::subject(model).and_then(|a| a.profile.clone());
    model.status.dirty.shown = true;
}

/// The checks of the resource before or after this one.
pub fn turn(model: &mut Model, forward: bool) {
    let page = model.page(Pane::Main);
    if !model.panes.resources.move_by(if forward { 1 } else { -1 }, page) {
        return;
    }
    model.panes.checks.begin();
    model.status.dirty.shown = true;
    rows::rebuild(model);
    rows::follow_cursor(model);
}
