//! Opening what-if from wherever the user is: the selected resource, or a log row with its caller.

use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::{Pane, Tab};
use super::super::overlays::Overlay;
use super::super::overlays::what_if::{Start, WhatIf};
use super::super::{Model, room, wants, whatif};
use crate::domain::ArmId;
use crate::domain::log::LogColumn;

/// Opens the box.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Some(start) = start(model) else { return Vec::new() };
    let rows = model.panes.resources.rows().iter();
    let resources = rows.filter_map(|a| a.resource.clone()).collect();
    let asked = WhatIf::new(start, resources, &model.data);
    model.overlays.push(Overlay::WhatIf(Box::new(asked)));
    Vec::new()
}

/// Why it cannot be opened.
pub fn reason(model: &Model) -> Option<String> {
    let none = start(model).is_none();
    none.then(|| "no resource is selected (1 lists those of the perimeter)".to_owned())
}

/// What the question starts with.
fn start(model: &Model) -> Option<Start> {
    if matches!(model.focus.subject, Pane::Log | Pane::Room) {
        return of_row(model);
    }
    let uncovered = model.focus.pane != Pane::Perimeters && model.focus.tab == Tab::Coverage;
    let resource = if uncovered {
        model.panes.coverage.selected().map(|it| it.id.clone())
    } else {
        model.panes.resources.selected().and_then(|a| a.resource.clone())
    };
    resource.map(|resource| Start { resource, outbound: false, peer: String::new() })
}

/// The resource of the selected log row, as its association names it where there is one, and its caller.
fn of_row(model: &Model) -> Option<Start> {
    let log = if model.focus.subject == Pane::Room { room::log(model) } else { &model.panes.log };
    let row = log.selected()?;
    let id = ArmId::parse(row.text(LogColumn::ServiceResourceId)).ok()?;
    let known = model.panes.resources.rows().iter().filter_map(|a| a.resource.as_ref()).find(|r| **r == id);
    let (outbound, peer) = whatif::of_row(&row);
    Some(Start { resource: known.cloned().unwrap_or(id), outbound, peer })
}

/// A command of the box.
pub fn command(model: &mut Model, command: Command, page: usize) -> Vec<Effect> {
    let Model { overlays, data, .. } = model;
    let Some(Overlay::WhatIf(asked)) = overlays.last_mut() else { return Vec::new() };
    match command {
        Command::Copy => {
            let text = whatif::plain(&asked.asked(), &asked.shown);
            return vec![Effect::Copy { text, label: "the answer".to_owned() }];
        }
        Command::Refresh => {
            let slots = asked.slots(data);
            return slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect();
        }
        _ => {}
    }
    let answer = asked.command(command, data, page);
    super::answered(model, answer)
}
