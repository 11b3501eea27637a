//! The box of scopes: opening it, and its commands.

use std::sync::Arc;

use super::super::command::Command;
use super::super::effect::Effect;
use super::super::msg::{Slot, Topic};
use super::super::overlays::Overlay;
use super::super::overlays::scope_box::{Pick, ScopeBox};
use super::super::toast::Tone;
use super::super::{Model, scopes, wants};
use crate::domain::scope::Selection;

/// Opens the box, and reads anew what there is to choose from.
pub fn open(model: &mut Model) -> Vec<Effect> {
    model.overlays.push(Overlay::Scope(Box::default()));
    let slots = [Topic::Subscriptions, Topic::Tenants].map(|topic| Slot::About(topic, Arc::from("")));
    slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// A command of the box.
pub fn command(model: &mut Model, shown: &ScopeBox, command: Command, page: usize) -> Vec<Effect> {
    let last = shown.rows(model).len().saturating_sub(1);
    match command {
        Command::Back => {
            model.overlays.pop();
        }
        Command::Accept => {
            return shown.chosen(model).map_or_else(Vec::new, |to| scopes::choose(model, to));
        }
        Command::Favourite => return favourite(model, shown),
        Command::Mark => {
            let one = shown.selected(model).and_then(|row| match row.pick {
                Pick::Subscription(one) => Some(one),
                Pick::Selection(_) => None,
            });
            if one.is_none() {
                model
                    .toasts
                    .push(Tone::Info, "only subscriptions of this tenant are marked, to show several");
            }
            change(model, |shown| shown.mark(one, last));
        }
        _ => change(model, |shown| shown.movement(command, last, page)),
    }
    Vec::new()
}

fn change(model: &mut Model, change: impl FnOnce(&mut ScopeBox)) {
    if let Some(Overlay::Scope(shown)) = model.overlays.last_mut() {
        change(shown);
    }
}

/// Marks the subscription under the cursor as a favourite, or takes that back.
fn favourite(model: &mut Model, shown: &ScopeBox) -> Vec<Effect> {
    let place = model.status.scopes.now.place.clone();
    let selection = match shown.selected(model).map(|row| (row.pick, row.kind)) {
        Some((Pick::Subscription(one), _)) => Selection { place, only: vec![one] },
        Some((Pick::Selection(selection), "favourite")) => selection,
        Some(_) | None => {
            model.toasts.push(Tone::Info, "favourites are subscriptions");
            return Vec::new();
        }
    };
    model.status.scopes.kept.toggle(&selection);
    vec![scopes::keep(model)]
}
