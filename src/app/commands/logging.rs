//! Commands about where the access log goes, up to the question that is asked first, and why they
//! cannot run. Nothing is sent from here.

use super::super::Model;
use super::super::bindings::in_flight;
use super::super::effect::Effect;
use super::super::logging::{self, LoggingRow};
use super::super::overlays::sheet::Purpose as SheetPurpose;
use super::super::overlays::{Choice, Overlay, Picker, Purpose, Sheet};
use super::super::rows;
use super::super::wants;
use super::super::writes;
use crate::domain::logging::SETTINGS_PER_RESOURCE;
use crate::domain::{LogSource, LoggingChange, Perimeter};

fn shown(model: &Model) -> Option<Box<Perimeter>> {
    let id = model.panes.shown.as_ref()?;
    model.panes.perimeters.find(id).map(|p| Box::new((**p).clone()))
}

/// Opens a form and reads anew what there is to choose from.
fn open(model: &mut Model, purpose: SheetPurpose) -> Vec<Effect> {
    let sheet = Sheet::new(purpose, &model.data);
    let slots = sheet.slots(&model.data);
    model.overlays.push(Overlay::Sheet(Box::new(sheet)));
    slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// Opens the form for a new diagnostic setting.
pub fn new_setting(model: &mut Model) -> Vec<Effect> {
    let Some(perimeter) = shown(model) else { return Vec::new() };
    open(model, SheetPurpose::Setting(perimeter, None))
}

/// Opens the form for the selected row.
pub fn edit(model: &mut Model) -> Vec<Effect> {
    let Some(perimeter) = shown(model) else { return Vec::new() };
    let purpose = match model.panes.logging.selected().map(AsRef::as_ref) {
        Some(LoggingRow::Setting(setting)) => {
            SheetPurpose::Setting(perimeter, Some(Box::new((**setting).clone())))
        }
        Some(LoggingRow::Configuration { now, .. }) => SheetPurpose::Configure(perimeter, now.clone()),
        None => return Vec::new(),
    };
    open(model, purpose)
}

/// Asks whether the selected row is to be deleted.
pub fn delete(model: &mut Model) {
    let change = match model.panes.logging.selected().map(AsRef::as_ref) {
        Some(LoggingRow::Setting(setting)) => LoggingChange::DeleteSetting { before: (**setting).clone() },
        Some(LoggingRow::Configuration { now: Some(now), .. }) => {
            LoggingChange::Unconfigure { before: (**now).clone() }
        }
        Some(LoggingRow::Configuration { now: None, .. }) | None => return,
    };
    writes::propose(model, Box::new(change.into()), None);
}

/// Asks which of the places where the log can be read is to be followed.
pub fn choose_source(model: &mut Model) {
    let Some(perimeter) = model.shown().cloned() else { return };
    let sources = logging::sources(&model.data, &perimeter);
    let now = model.panes.log.spec.as_ref().map(|spec| &spec.source);
    let choices = sources
        .iter()
        .map(|source| {
            let what = match source {
                LogSource::Workspace { id, .. } => id.resource_group().unwrap_or_default().to_owned(),
                LogSource::Perimeter => "all workspaces of the perimeter, by its own id".to_owned(),
            };
            let followed = if Some(source) == now { "followed now; " } else { "" };
            Choice::new(source.label(), format!("{followed}{what}"))
        })
        .collect();
    let picker = Picker::new("Follow the access log in", Purpose::LogSource(sources), choices);
    model.overlays.push(Overlay::Picker(picker));
}

/// The log is followed there from now on.
pub fn chosen(model: &mut Model, source: Option<LogSource>) {
    model.panes.log.chosen = source;
    model.status.dirty.shown = true;
    rows::rebuild(model);
}

/// Why no diagnostic setting can be made.
pub fn no_new(model: &Model) -> Option<String> {
    let Some(perimeter) = model.shown() else { return Some("no perimeter is selected".to_owned()) };
    let full = logging::settings(&model.data, perimeter).len() >= SETTINGS_PER_RESOURCE;
    full.then(|| {
        format!("it has {SETTINGS_PER_RESOURCE} diagnostic settings already, the most that Azure takes")
    })
}

/// Why the row cannot be edited.
pub fn no_edit(model: &Model) -> Option<String> {
    let Some(row) = model.panes.logging.selected() else { return Some("nothing is selected".to_owned()) };
    in_flight(model, row.id())
}

/// Why the row cannot be deleted.
pub fn no_delete(model: &Model) -> Option<String> {
    let none = matches!(
        model.panes.logging.selected().map(AsRef::as_ref),
        Some(LoggingRow::Configuration { now: None, .. })
    );
    if none { Some("there is no logging configuration".to_owned()) } else { no_edit(model) }
}

/// Why there is nothing to choose from.
pub fn no_choice(model: &Model) -> Option<String> {
    let sources = model.shown().map_or(0, |id| logging::sources(&model.data, id).len());
    match sources {
        0 => Some("the log goes to no workspace that could be asked".to_owned()),
        1 => Some("the log can be read in one place only".to_owned()),
        _ => None,
    }
}
