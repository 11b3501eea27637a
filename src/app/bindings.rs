//! Keys: what a row of [the table](TABLE) is. The table feeds the dispatcher, footer, help, palette and README.

use super::Model;
use super::command::Command;
use super::focus::Scope;

mod find;
mod group;
mod keymap;
mod markdown;
mod reasons;
mod table;

pub use find::{place_of, row_of, rows};
pub use group::Group;
pub use keymap::Keymap;
pub use markdown::markdown;
pub(super) use reasons::in_flight;
pub use table::TABLE;

/// One row of the table.
#[derive(Debug)]
pub struct Binding {
    /// Its keys; the first is the one shown.
    pub keys: &'static [&'static str],
    /// Where it holds.
    pub scope: Scope,
    /// What it does.
    pub command: Command,
    /// For the footer; empty when it has no place there.
    pub hint: &'static str,
    /// For the help.
    pub help: &'static str,
    /// For the help.
    pub group: Group,
    /// It changes something in Azure: not in read-only mode.
    pub writes: bool,
    /// Why it cannot run now; `None` when it can.
    pub when: fn(&Model) -> Option<String>,
}

/// Longest hint in the footer.
pub const HINT_MAX: usize = 10;

fn always(_: &Model) -> Option<String> {
    None
}

const fn row(keys: &'static [&'static str], scope: Scope, command: Command, help: &'static str) -> Binding {
    Binding { keys, scope, command, hint: "", help, group: Group::Move, writes: false, when: always }
}

impl Binding {
    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }
    const fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }
    const fn when(mut self, when: fn(&Model) -> Option<String>) -> Self {
        self.when = when;
        self
    }
    const fn writes(mut self) -> Self {
        self.writes = true;
        self.group = Group::Change;
        self
    }

    /// Why it cannot run now, read-only mode included.
    pub fn disabled(&self, model: &Model) -> Option<String> {
        if self.writes && !model.status.writable {
            return Some("read-only: press ! to unlock".to_owned());
        }
        (self.when)(model)
    }
}
