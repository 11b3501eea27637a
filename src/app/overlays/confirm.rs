//! The question before a write: what changes, what that means, how to get back. It owns its change.

use super::super::Model;
use super::super::command::Command;
use super::super::input::Field;
use super::super::keys::Key;
use super::Answer;
use super::{Overlay, effects};
use crate::domain::{Change, Danger, FieldChange};

/// A question before a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// What is asked about; the very value that will be sent.
    pub change: Box<Change>,
    /// Before → after.
    pub fields: Vec<FieldChange>,
    /// The effect in plain words.
    pub effect: Vec<String>,
    /// The name to be typed, for a dangerous change.
    pub typed: Field,
    /// The cursor is on yes; no is the default.
    pub yes: bool,
    /// The form to go back to when this is given up.
    pub form: Option<Box<Overlay>>,
}

impl Confirm {
    /// The question about a change.
    pub fn new(change: Box<Change>, model: &Model) -> Self {
        let fields = change.fields();
        let effect = effects::words(&change, model);
        Self { change, fields, effect, typed: Field::default(), yes: false, form: None }
    }

    /// The name must be typed.
    pub fn wants_name(&self) -> bool {
        self.change.danger() == Danger::High
    }

    /// What was typed is the name.
    pub fn name_matches(&self) -> bool {
        self.typed.text() == self.change.confirm_name()
    }

    /// A key that is no command: typing the name.
    pub fn key(&mut self, key: Key) -> Answer {
        if self.wants_name() {
            self.typed.key(key);
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        if self.wants_name() {
            self.typed.paste(text);
        }
        Answer::Stay
    }

    /// Runs a command of the confirm scope.
    pub fn command(&mut self, command: Command) -> Answer {
        match command {
            Command::Back => Answer::Close,
            Command::NextField | Command::PrevField | Command::Left | Command::Right
                if !self.wants_name() =>
            {
                self.yes = !self.yes;
                Answer::Stay
            }
            Command::Accept if self.wants_name() => {
                if self.name_matches() {
                    Answer::Confirmed(self.change.clone())
                } else {
                    Answer::Stay
                }
            }
            Command::Accept if self.yes => Answer::Confirmed(self.change.clone()),
            Command::Accept => Answer::Close,
            _ => Answer::Stay,
        }
    }
}
