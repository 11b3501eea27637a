//! Commands that change Azure, up to the question that is asked first. Nothing is sent from here.

use super::super::Model;
use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::Tab;
use super::super::overlays::sheet::Purpose as SheetPurpose;
use super::super::overlays::{Choice, Form, Overlay, Picker, Purpose, Sheet};
use super::super::panes::LinkRow;
use super::super::temporaries;
use super::super::toast::Tone;
use super::super::wants;
use super::super::writes;
use crate::domain::{AccessMode, ArmId, Association, Change, Pace, Proposal, Written};

/// The modes that can be set; the others are shown where they are, never offered.
const MODES: [AccessMode; 2] = [AccessMode::Learning, AccessMode::Enforced];

/// Asks for another access mode of the marked associations, else of the selected one.
pub fn switch_mode(model: &mut Model) {
    let chosen: Vec<Association> =
        model.panes.resources.chosen().into_iter().map(|a| (**a).clone()).collect();
    if !model.panes.resources.state().marks().is_empty() {
        return switch_marked(model, chosen);
    }
    let Some(association) = chosen.into_iter().next() else { return };
    let modes: Vec<AccessMode> = MODES.into_iter().filter(|m| *m != association.mode).collect();
    if let [mode] = modes.as_slice() {
        let change = Change::SetMode { before: association, mode: mode.clone() };
        return writes::propose(model, change, None);
    }
    let title = format!("Access mode of {} (now {})", association.resource_name(), association.mode.label());
    let choices = modes.iter().map(|m| Choice::new(m.label(), "")).collect();
    let purpose = Purpose::Mode(Box::new(association), modes);
    model.overlays.push(Overlay::Picker(Picker::new(title, purpose, choices)));
}

/// Asks which mode the marked associations are to have.
fn switch_marked(model: &mut Model, chosen: Vec<Association>) {
    let choices = MODES.iter().map(|mode| {
        let so = chosen.iter().filter(|a| a.mode == *mode).count();
        let note = format!("changes {}; {so} are so already", chosen.len() - so);
        let choice = Choice::new(mode.label(), note);
        if so == chosen.len() { choice.disabled("all of them are so already") } else { choice }
    });
    let title = format!("Access mode of {} marked resources", chosen.len());
    let choices: Vec<Choice> = choices.collect();
    let picker = Picker::new(title, Purpose::ModeOfMarked(chosen), choices);
    model.overlays.push(Overlay::Picker(picker));
}

/// Proposes the mode for all that do not have it: one after another, the first that fails stops the rest.
pub fn set_marked(model: &mut Model, chosen: Vec<Association>, choice: usize) {
    let Some(mode) = MODES.into_iter().nth(choice) else { return };
    let changes: Vec<Change> = chosen
        .into_iter()
        .filter(|a| a.mode != mode)
        .map(|before| Change::SetMode { before, mode: mode.clone() })
        .collect();
    let title = format!("Set {} resources to {}", changes.len(), mode.label());
    if let Some(proposal) = Proposal::new(title, changes, Pace::OneByOne) {
        writes::propose(model, proposal, None);
    }
}

/// A command about access rules.
pub fn rule(model: &mut Model, command: Command) {
    match command {
        Command::NewRule => new_rule(model, false),
        Command::NewTemporaryRule => new_rule(model, true),
        Command::EditRule => edit_rule(model),
        _ => delete_rule(model),
    }
}

/// Opens the form for a new access rule, after asking for the profile where that is not clear.
pub fn new_rule(model: &mut Model, temporary: bool) {
    let profiles = &model.panes.profiles;
    let chosen = match model.focus.tab {
        Tab::Profiles => profiles.selected().map(|p| p.id.clone()),
        Tab::Resources
        | Tab::Rules
        | Tab::Links
        | Tab::Activity
        | Tab::Checks
        | Tab::Logging
        | Tab::Coverage
        | Tab::Evidence => model.panes.profile.clone(),
    };
    let only = match profiles.rows() {
        [one] => Some(one.id.clone()),
        _ => None,
    };
    if let Some(profile) = chosen.or(only) {
        return new_rule_in(model, profile, temporary);
    }
    let ids: Vec<_> = profiles.rows().iter().map(|p| p.id.clone()).collect();
    let choices = ids.iter().map(|id| Choice::new(id.name(), "")).collect();
    let picker =
        Picker::new("New access rule in which profile?", Purpose::ProfileForRule(ids, temporary), choices);
    model.overlays.push(Overlay::Picker(picker));
}

/// The same in this profile.
pub fn new_rule_in(model: &mut Model, profile: ArmId, temporary: bool) {
    if temporary {
        return temporaries::choose(model, profile);
    }
    let form = Form::create(profile, &model.data);
    model.overlays.push(Overlay::Form(Box::new(form)));
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
    delete(model, Written::Rule(rule));
}

fn delete(model: &mut Model, before: Written) {
    writes::propose(model, before.deletion(), None);
}

/// Opens the form of a command that makes or changes something else than an access rule, and reads
/// anew what there is to choose from.
pub fn open_sheet(model: &mut Model, command: Command) -> Vec<Effect> {
    let panes = &model.panes;
    let selected = || panes.perimeters.selected().map(|p| Box::new((**p).clone()));
    let shown = || {
        let id = panes.shown.as_ref()?;
        panes.perimeters.find(id).map(|p| Box::new((**p).clone()))
    };
    let purpose = match command {
        Command::NewPerimeter => Some(SheetPurpose::Perimeter),
        Command::EditTags => selected().map(SheetPurpose::Tags),
        Command::NewProfile => shown().map(SheetPurpose::Profile),
        Command::MoveToProfile => {
            panes.resources.selected().map(|a| SheetPurpose::Move(Box::new((**a).clone())))
        }
        Command::NewLink => shown().map(SheetPurpose::Link),
        _ => None,
    };
    let Some(purpose) = purpose else { return Vec::new() };
    let sheet = Sheet::new(purpose, &model.data);
    let slots = sheet.slots(&model.data);
    model.overlays.push(Overlay::Sheet(Box::new(sheet)));
    slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// Asks whether the selected perimeter is to be deleted, and how where it is not empty.
pub fn delete_perimeter(model: &mut Model) {
    let Some(perimeter) = model.panes.perimeters.selected().map(|p| (**p).clone()) else { return };
    let full = model
        .data
        .of(&perimeter.id)
        .is_none_or(|d| !d.associations.rows().is_empty() || !d.links.rows().is_empty());
    if !full {
        return delete(model, Written::Perimeter(perimeter));
    }
    let title = format!("Delete {}, which is not known to be empty", perimeter.id.name());
    let choices = vec![
        Choice::new("Delete it if it is empty", "Azure refuses while resources or links are in it"),
        Choice::new(
            "Delete it with all in it",
            "forceDeletion: each resource falls back to its own firewall",
        ),
    ];
    model.overlays.push(Overlay::Picker(Picker::new(
        title,
        Purpose::DeletePerimeter(Box::new(perimeter)),
        choices,
    )));
}

/// Asks whether the selected profile is to be deleted.
pub fn delete_profile(model: &mut Model) {
    let Some(profile) = model.panes.profiles.selected().map(|p| (**p).clone()) else { return };
    delete(model, Written::Profile(profile));
}

/// Asks whether the marked resources, else the selected one, are to leave the perimeter: one after
/// another, so that the first that fails leaves the rest where they are.
pub fn dissociate(model: &mut Model) {
    let chosen = model.panes.resources.chosen().into_iter();
    let changes: Vec<Change> = chosen.map(|a| Written::Association((**a).clone()).deletion()).collect();
    let title = format!("Dissociate {} resources", changes.len());
    if let Some(proposal) = Proposal::new(title, changes, Pace::OneByOne) {
        writes::propose(model, proposal, None);
    }
}

/// Asks whether the selected link or link reference is to be deleted.
pub fn delete_link(model: &mut Model) {
    let before = match model.panes.links.selected().map(AsRef::as_ref) {
        Some(LinkRow::Link(link)) => Written::Link((**link).clone()),
        Some(LinkRow::Reference(reference)) => Written::LinkReference((**reference).clone()),
        None => return,
    };
    delete(model, before);
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
