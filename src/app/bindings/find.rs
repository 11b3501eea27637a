//! Finding rows of the table: those that hold in a place, and the place that a row stands for.

use super::{Binding, Keymap, TABLE};
use crate::app::command::Command;
use crate::app::focus::{Pane, Scope, Tab};
use crate::app::keys::Key;

/// The rows that hold in a scope, inner scopes first; rows that an inner scope hides are left out.
pub fn rows(keymap: &Keymap, scope: Scope) -> Vec<&'static Binding> {
    let mut seen: Vec<Key> = Vec::new();
    let mut out = Vec::new();
    for inner in scope.chain() {
        for (index, binding) in TABLE.iter().enumerate().filter(|(_, b)| b.scope == *inner) {
            let keys = keymap.keys_of.get(index).map_or(&[] as &[Key], Vec::as_slice);
            if keys.iter().any(|k| !seen.contains(k)) {
                out.push(binding);
            }
        }
        let here = TABLE.iter().enumerate().filter(|(_, b)| b.scope == *inner);
        seen.extend(here.filter_map(|(i, _)| keymap.keys_of.get(i)).flatten());
    }
    out
}

/// The row by which the palette runs a command from where the user is; a row of another pane
/// brings that pane along.
pub fn row_of(scope: Scope, command: Command) -> Option<&'static Binding> {
    let here =
        scope.chain().iter().find_map(|s| TABLE.iter().find(|b| b.scope == *s && b.command == command));
    here.or_else(|| TABLE.iter().find(|b| b.command == command && place_of(b.scope).is_some()))
}

/// The pane and tab that a scope stands for.
pub fn place_of(scope: Scope) -> Option<(Pane, Option<Tab>)> {
    Some(match scope {
        Scope::Perimeters => (Pane::Perimeters, None),
        Scope::Resources => (Pane::Main, Some(Tab::Resources)),
        Scope::Profiles => (Pane::Main, Some(Tab::Profiles)),
        Scope::Rules => (Pane::Main, Some(Tab::Rules)),
        Scope::Links => (Pane::Main, Some(Tab::Links)),
        Scope::Activity => (Pane::Main, Some(Tab::Activity)),
        Scope::Checks => (Pane::Main, Some(Tab::Checks)),
        Scope::Coverage => (Pane::Main, Some(Tab::Coverage)),
        Scope::Evidence => (Pane::Main, Some(Tab::Evidence)),
        Scope::Logging => (Pane::Main, Some(Tab::Logging)),
        Scope::Log => (Pane::Log, None),
        Scope::Room => (Pane::Room, None),
        Scope::Detail => (Pane::Detail, None),
        Scope::Global
        | Scope::List
        | Scope::FilterInput
        | Scope::Palette
        | Scope::Picker
        | Scope::Several
        | Scope::Confirm
        | Scope::Form
        | Scope::Text
        | Scope::Board
        | Scope::Probe
        | Scope::Believed
        | Scope::Guard
        | Scope::Impact
        | Scope::Plan
        | Scope::Hygiene
        | Scope::ScopeBox
        | Scope::WhatIf => return None,
    })
}
