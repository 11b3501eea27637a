//! Choose one of a list: a mode, a sort column, what to copy, what to do about a conflict.

use std::net::IpAddr;

use super::super::believed::Suggested;
use super::super::command::Command;
use super::super::commands::room::RoomChoice;
use super::super::input::Field;
use super::super::keys::Key;
use super::Answer;
use super::palette::rank;
use crate::domain::{
    AccessMode, ArmId, Association, Change, LogSource, Perimeter, PublicAccess, Resource, Written,
};

/// What is chosen for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// The sort column of the focused list.
    Sort,
    /// What to copy: the texts in the order of the choices, with their names.
    Copy(Vec<(String, String)>),
    /// The access mode of an association: the modes in the order of the choices.
    Mode(Box<Association>, Vec<AccessMode>),
    /// The access mode of marked associations.
    ModeOfMarked(Vec<Association>),
    /// `publicNetworkAccess` of a resource in this mode: the words in the order of the choices.
    Access(Box<Resource>, AccessMode, Vec<PublicAccess>),
    /// The profile for a new access rule.
    ProfileForRule(Vec<ArmId>, bool),
    /// How long a new access rule of this profile is to last.
    Lifetime(ArmId),
    /// The profile whose rules are copied into the first one.
    CopyRules(ArmId, Vec<ArmId>),
    /// What to do about a write that was held back because its target changed.
    Conflict(Box<Change>, Option<Box<Written>>),
    /// Delete a perimeter that is not empty: only if it is, or with all in it.
    DeletePerimeter(Box<Perimeter>),
    /// A step of something that takes several; it looks for itself.
    Step,
    /// The address that an access rule of a profile shall admit; none is typed.
    AllowAddress(ArmId, Vec<Option<IpAddr>>),
    /// What a resource suggests, by its association.
    Suggestion(ArmId, Vec<Suggested>),
    /// The place in which the access log is followed.
    LogSource(Vec<LogSource>),
    /// Something of the log room.
    Room(RoomChoice),
    /// The perimeter that a resource is led into: a new one, or one of these.
    PathPerimeter(Vec<ArmId>),
    /// A file to be written: names and texts in the order of the choices.
    Export(Vec<(String, String)>),
    /// Forget a guarded switch, by its id.
    ForgetSwitch(String),
    /// Leave although writes are in flight.
    Leave,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen.
    pub label: String,
    /// What it means, in a few words.
    pub note: String,
    /// Why it cannot be chosen.
    pub disabled: Option<String>,
}

impl Choice {
    /// A choice that can be made.
    pub fn new(label: impl Into<String>, note: impl Into<String>) -> Self {
        Self { label: label.into(), note: note.into(), disabled: None }
    }

    /// A choice that cannot be made, and why.
    #[must_use]
    pub fn disabled(mut self, reason: impl Into<String>) -> Self {
        self.disabled = Some(reason.into());
        self
    }
}

/// A list to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Picker {
    /// Title.
    pub title: String,
    /// What stands above the choices.
    pub intro: Vec<super::help::Line>,
    /// What is chosen for.
    pub purpose: Purpose,
    choices: Vec<Choice>,
    shown: Vec<usize>,
    /// What is typed to narrow the list.
    pub field: Field,
    /// Place of the cursor among the choices shown.
    pub cursor: usize,
}

impl Picker {
    /// A list; the cursor stands on the first choice.
    pub fn new(title: impl Into<String>, purpose: Purpose, choices: Vec<Choice>) -> Self {
        let shown = (0..choices.len()).collect();
        Self {
            title: title.into(),
            intro: Vec::new(),
            purpose,
            choices,
            shown,
            field: Field::default(),
            cursor: 0,
        }
    }

    /// With text above the choices.
    #[must_use]
    pub fn intro(mut self, lines: Vec<super::help::Line>) -> Self {
        self.intro = lines;
        self
    }

    /// The choices that match.
    pub fn shown(&self) -> impl Iterator<Item = &Choice> {
        self.shown.iter().filter_map(|i| self.choices.get(*i))
    }

    /// Number of choices that match.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Nothing matches.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// What Enter does with a text that matches nothing; `None` when it does nothing.
    pub fn otherwise(&self) -> Option<String> {
        let name = self.field.text().trim();
        match &self.purpose {
            Purpose::Room(RoomChoice::Filters(saved)) if !saved.now.is_empty() && !name.is_empty() => {
                Some(format!("Enter saves the present filter as {name}"))
            }
            _ => None,
        }
    }

    /// There is nothing to choose from, whatever is typed.
    pub fn awaits(&self) -> bool {
        self.choices.is_empty()
    }

    fn search(&mut self) {
        self.cursor = 0;
        self.shown = rank(self.field.text(), self.choices.iter().map(|c| format!("{} {}", c.label, c.note)));
    }

    /// A key that is no command: typing narrows the list.
    pub fn key(&mut self, key: Key) -> Answer {
        if self.field.key(key) {
            self.search();
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        self.field.paste(text);
        self.search();
        Answer::Stay
    }

    /// Runs a command of the picker scope.
    pub fn command(&mut self, command: Command, page: usize) -> Answer {
        match command {
            Command::Back => return Answer::Close,
            Command::Accept => {
                let chosen = self.shown.get(self.cursor).copied();
                let open = self.shown().nth(self.cursor).is_some_and(|c| c.disabled.is_none());
                return match (chosen, &self.purpose) {
                    (None, Purpose::Room(RoomChoice::Filters(saved))) => {
                        let named = RoomChoice::Save(self.field.text().to_owned(), saved.now.clone());
                        Answer::Picked(Purpose::Room(named), 0)
                    }
                    (Some(i), _) if open => Answer::Picked(self.purpose.clone(), i),
                    _ => Answer::Stay,
                };
            }
            _ => self.cursor = command.moves(self.cursor, self.shown.len(), page),
        }
        Answer::Stay
    }
}
