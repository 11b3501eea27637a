//! The question before a write: what changes, what that means, how to get back. It owns its change.

use super::super::Model;
use super::super::command::Command;
use super::super::input::Field;
use super::super::keys::Key;
use super::Answer;
use super::guarding::{Guarding, Part};
use super::{Overlay, effects};
use crate::domain::{Change, Danger, FieldChange, Proposal};

/// A question before a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// What is asked about; the very value that will be sent.
    pub proposal: Proposal,
    /// Before → after.
    pub fields: Vec<FieldChange>,
    /// The effect in plain words.
    pub effect: Vec<String>,
    /// The name to be typed, for a dangerous change.
    pub typed: Field,
    /// The cursor is on yes; no is the default.
    pub yes: bool,
    /// The first line shown, where they do not all fit.
    pub top: usize,
    /// The form to go back to when this is given up.
    pub form: Option<Box<Overlay>>,
    /// Plain or guarded, where that can be chosen.
    pub guarding: Option<Box<Guarding>>,
}

impl Confirm {
    /// The question about a change, or about several together.
    pub fn new(proposal: Proposal, model: &Model) -> Self {
        let (fields, effect) = Self::told(&proposal, model);
        let guarding = Guarding::of(&proposal, model).unwrap_or_default().map(Box::new);
        Self { proposal, fields, effect, typed: Field::default(), yes: false, top: 0, form: None, guarding }
    }

    /// Says anew what it means: more was read since. What is asked about stays.
    pub fn retell(&mut self, model: &Model) {
        self.effect = Self::told(&self.proposal, model).1;
        let guarding = Guarding::of(&self.proposal, model).unwrap_or_default();
        self.guarding =
            guarding.map(|fresh| Box::new(fresh.with_choices_of(self.guarding.take().map(|it| *it))));
    }

    /// What changes, and what that means.
    fn told(proposal: &Proposal, model: &Model) -> (Vec<FieldChange>, Vec<String>) {
        let (fields, mut effect) = match proposal.single() {
            Some(change) => (change.fields(), effects::words(change, model)),
            None => (proposal.changes().map(in_short).collect(), effects::of_many(proposal, model)),
        };
        if let Some(change) = proposal.single().filter(|change| change.title() != proposal.title()) {
            effect.insert(0, format!("{}.", change.title()));
        }
        effect.extend(Guarding::of(proposal, model).err());
        (fields, effect)
    }

    /// The name must be typed.
    pub fn wants_name(&self) -> bool {
        self.proposal.danger() == Danger::High
    }

    /// What was typed is the name.
    pub fn name_matches(&self) -> bool {
        self.typed.text() == self.proposal.confirm_name()
    }

    /// A key that is no command: typing the name.
    pub fn key(&mut self, key: Key) -> Answer {
        let elsewhere = self.guarding.as_mut().is_some_and(|guarding| guarding.key(key));
        if self.wants_name() && !elsewhere {
            self.typed.key(key);
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        let elsewhere = self.guarding.as_mut().is_some_and(|guarding| guarding.paste(text));
        if self.wants_name() && !elsewhere {
            self.typed.paste(text);
        }
        Answer::Stay
    }

    /// Runs a command of the confirm scope.
    pub fn command(&mut self, command: Command, page: usize) -> Answer {
        let page = page.max(1);
        match command {
            Command::Up => self.top = self.top.saturating_sub(1),
            Command::Down => self.top = (self.top + 1).min(self.most()),
            Command::PageUp => self.top = self.top.saturating_sub(page),
            Command::PageDown => self.top = (self.top + page).min(self.most()),
            _ => return self.answer(command),
        }
        Answer::Stay
    }

    /// More lines than there can be: only drawing knows how long lines are broken.
    fn most(&self) -> usize {
        let lines = |text: &str| 1 + text.chars().count() / 20;
        let fields = self.fields.iter().map(|f| 1 + lines(&f.before) + lines(&f.after));
        fields.sum::<usize>() + self.effect.iter().map(|s| lines(s)).sum::<usize>()
    }

    fn answer(&mut self, command: Command) -> Answer {
        match command {
            Command::Back => Answer::Close,
            Command::NextField | Command::PrevField | Command::Left | Command::Right
                if !self.wants_name() =>
            {
                self.yes = !self.yes;
                Answer::Stay
            }
            Command::NextField | Command::PrevField if self.wants_name() => {
                if let Some(guarding) = &mut self.guarding {
                    guarding.turn(command == Command::NextField);
                }
                Answer::Stay
            }
            Command::Accept if self.wants_name() => {
                if self.name_matches() {
                    self.confirmed()
                } else {
                    // The name is what is missing.
                    if let Some(guarding) = &mut self.guarding {
                        guarding.part = Part::Answer;
                    }
                    Answer::Stay
                }
            }
            Command::Accept if self.yes => self.confirmed(),
            Command::Accept => Answer::Close,
            _ => Answer::Stay,
        }
    }
}

impl Confirm {
    /// What was confirmed: the changes as they are, or guarded.
    fn confirmed(&mut self) -> Answer {
        match self.guarding.as_ref().filter(|guarding| guarding.on).map(|guarding| guarding.intent()) {
            None => Answer::Confirmed(Box::new(self.proposal.clone())),
            Some(Ok(intent)) => Answer::Guarded(Box::new(intent)),
            Some(Err(why)) => {
                if let Some(guarding) = &mut self.guarding {
                    guarding.error = why;
                }
                Answer::Stay
            }
        }
    }
}

/// One of several changes in one line: what it is, what it changes.
fn in_short(change: &Change) -> FieldChange {
    let fields = change.fields();
    let one = |f: &FieldChange| match f.before.as_str() {
        "" => format!("{} {}", f.field, f.after),
        before => format!("{} {before} \u{2192} {}", f.field, f.after),
    };
    let after: Vec<String> = fields.iter().map(one).collect();
    FieldChange::new(&change.title(), "", after.join("; "))
}
