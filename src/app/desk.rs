//! The model for those who look without a screen: points it at a perimeter or a tab and says what is to be read.
//! What is computed from it is the dashboard's own.

use super::Model;
use super::effect::Effect;
use super::focus::{Pane, Tab};
use super::msg::Slot;
use super::wants;

pub use super::rows::show;

/// Opens a tab.
pub fn open(model: &mut Model, tab: Tab) {
    model.focus.tab = tab;
    model.focus.set(Pane::Main);
    model.status.dirty.shown = true;
}

/// Asks for what was never asked for.
pub fn need(model: &mut Model, slots: Vec<Slot>) -> Vec<Effect> {
    let mut open = slots;
    open.retain(|slot| model.data.is_untouched(slot));
    open.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}
