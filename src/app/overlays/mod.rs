//! Overlays: what lies over the panes and takes all keys while it is there.

pub mod believed;
pub mod board;
pub mod confirm;
pub mod form;
pub mod guarding;
pub mod help;
pub mod hygiene;
pub mod impact;
pub mod join;
pub mod listed;
pub mod palette;
pub mod picker;
pub mod plan;
pub mod probe;
pub mod scope_box;
pub mod sheet;
pub mod suggest;
pub mod what_if;

mod effects;

pub use board::Board;
pub use confirm::Confirm;
pub use form::Form;
pub use help::TextBox;
pub use join::Join;
pub use palette::Palette;
pub use picker::{Choice, Picker, Purpose};
pub use sheet::Sheet;

use super::command::Command;
use super::focus::Scope;
use crate::domain::Proposal;

/// One overlay.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// Text: help, a failure, sign-in.
    Text(TextBox),
    /// Commands by name.
    Palette(Palette),
    /// One of a list.
    Picker(Picker),
    /// A change to be confirmed.
    Confirm(Confirm),
    /// Resources to be put into a perimeter.
    Join(Box<Join>),
    /// Something else than an access rule to be typed.
    Sheet(Box<Sheet>),
    /// An access rule to be typed.
    Form(Box<Form>),
    /// A list of things with their state.
    Board(Board),
    /// A tested connection.
    Probe(Box<probe::ProbeBox>),
    /// What a resource believes, beside what its perimeter says.
    Believed(Box<believed::BelievedBox>),
    /// What enforcing would deny.
    Impact(Box<impact::ImpactBox>),
    /// Rules that would let traffic through.
    Plan(Box<plan::PlanBox>),
    /// Rules that could be cleaned up.
    Hygiene(Box<hygiene::HygieneBox>),
    /// The scope to be chosen.
    Scope(Box<scope_box::ScopeBox>),
    /// Guarded switches.
    Guard(super::guards::GuardBox),
    /// May this traffic pass?
    WhatIf(Box<what_if::WhatIf>),
}

impl Overlay {
    /// The scope of its keys.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Text(_) => Scope::Text,
            Self::Palette(_) => Scope::Palette,
            Self::Picker(_) => Scope::Picker,
            Self::Confirm(_) => Scope::Confirm,
            Self::Join(join) => join.scope(),
            Self::Form(_) | Self::Sheet(_) => Scope::Form,
            Self::Board(_) => Scope::Board,
            Self::Probe(_) => Scope::Probe,
            Self::Believed(_) => Scope::Believed,
            Self::Impact(_) => Scope::Impact,
            Self::Plan(_) => Scope::Plan,
            Self::Hygiene(_) => Scope::Hygiene,
            Self::Scope(_) => Scope::ScopeBox,
            Self::Guard(_) => Scope::Guard,
            Self::WhatIf(_) => Scope::WhatIf,
        }
    }
}

impl Overlay {
    /// The board that it is.
    pub fn board(&self) -> Option<&Board> {
        if let Self::Board(board) = self { Some(board) } else { None }
    }
}

/// What an overlay wants after a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It stays.
    Stay,
    /// It goes, nothing else.
    Close,
    /// It goes, and this command runs.
    Run(Command),
    /// It goes, and this, which was shown, is written.
    Confirmed(Box<Proposal>),
    /// It goes, and this switch is begun.
    Guarded(Box<super::guards::Intent>),
    /// It goes, and this is shown for confirmation; the form comes back if that is given up.
    Propose(Box<Proposal>),
    /// It goes, and the choice is taken.
    Picked(Purpose, usize),
}
