//! The model for those who look without a screen: points it at a perimeter or a tab and says what is to be read.
//! What is computed from it is the dashboard's own.

use super::Model;
use super::effect::Effect;
use super::focus::{Pane, Tab};
use super::msg::Slot;
use super::rows;
use super::wants;
use crate::domain::ArmId;

/// Opens a tab.
pub fn open(model: &mut Model, tab: Tab) {
    model.focus.tab = tab;
    model.focus.set(Pane::Main);
    model.status.dirty.shown = true;
}

/// Shows a perimeter of the list; `false` when it is not in it.
pub fn show(model: &mut Model, perimeter: &ArmId) -> bool {
    let page = model.page(Pane::Perimeters);
    let found = model.panes.perimeters.select(perimeter, page)
        || model.panes.perimeters.selected().is_some_and(|p| p.id == *perimeter);
    if found {
        rows::follow_cursor(model);
    }
    found
}

/// Asks for what was never asked for.
pub fn need(model: &mut Model, slots: Vec<Slot>) -> Vec<Effect> {
    let mut open = slots;
    open.retain(|slot| model.data.is_untouched(slot));
    open.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}
