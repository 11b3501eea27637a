//! Commands that change Azure, up to the question that is asked first. Nothing is sent from here.

use super::super::Model;
use super::super::effect::Effect;
use super::super::focus::Tab;
use super::super::overlays::{Choice, Form, Overlay, Picker, Purpose};
use super::super::toast::Tone;
use super::super::writes;
use crate::domain::{AccessMode, Change};

/// Asks for another access mode of the selected association.
pub fn switch_mode(model: &mut Model) {
    let Some(association) = model.panes.resources.selected().map(|a| (**a).clone()) else { return };
    let modes: Vec<AccessMode> =
        [AccessMode::Learning, AccessMode::Enforced].into_iter().filter(|m| *m != association.mode).collect();
    if let [mode] = modes.as_slice() {
        let change = Change::SetMode { before: association, mode: mode.clone() };
        return writes::propose(model, Box::new(change), None);
    }
    let title = format!("Access mode of {} (now {})", association.resource_name(), association.mode.label());
    let choices = modes.iter().map(|m| Choice::new(m.label(), "")).collect();
    let purpose = Purpose::Mode(Box::new(association), modes);
    model.overlays.push(Overlay::Picker(Picker::new(title, purpose, choices)));
}

/// Opens the form for a new access rule, after asking for the profile where that is not clear.
pub fn new_rule(model: &mut Model) {
    let profiles = &model.panes.profiles;
    let chosen = match model.focus.tab {
        Tab::Profiles => profiles.selected().map(|p| p.id.clone()),
        Tab::Resources | Tab::Rules | Tab::Links | Tab::Activity => model.panes.profile.clone(),
    };
    let only = match profiles.rows() {
        [one] => Some(one.id.clone()),
        _ => None,
    };
    if let Some(profile) = chosen.or(only) {
        let form = Form::create(profile, &model.data);
        return model.overlays.push(Overlay::Form(Box::new(form)));
    }
    let ids: Vec<_> = profiles.rows().iter().map(|p| p.id.clone()).collect();
    let choices = ids.iter().map(|id| Choice::new(id.name(), "")).collect();
    let picker = Picker::new("New access rule in which profile?", Purpose::ProfileForRule(ids), choices);
    model.overlays.push(Overlay::Picker(picker));
}

/// Opens the form for the selected access rule.
pub fn edit_rule(model: &mut Model) {
    let Some(rule) = model.panes.rules.selected().map(|r| (**r).clone()) else { return };
    match Form::edit(rule, &model.data) {
        Ok(form) => model.overlays.push(Overlay::Form(Box::new(form))),
        Err(reason) => model.toasts.push(Tone::Bad, reason),
    }
}

/// Asks whether the selected access rule is to be deleted.
pub fn delete_rule(model: &mut Model) {
    let Some(rule) = model.panes.rules.selected().map(|r| (**r).clone()) else { return };
    writes::propose(model, Box::new(Change::DeleteRule { before: rule }), None);
}

/// Writes of an earlier run were checked: the journal forgets them.
pub fn acknowledge(model: &mut Model) -> Vec<Effect> {
    let entries = std::mem::take(&mut model.status.unfinished);
    entries.into_iter().map(|e| Effect::Acknowledge(e.entry)).collect()
}

/// Allows writes, or forbids them again.
pub fn unlock(model: &mut Model) {
    model.status.writable = !model.status.writable;
    let text = if model.status.writable { "writes are allowed" } else { "read-only again" };
    model.toasts.push(Tone::Info, text);
}
