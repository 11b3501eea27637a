//! Plain or guarded: the part of the question before enforcing that says how long to watch, what puts the old
//! mode back, and what happens when nobody says anything.

use std::str::FromStr;

use jiff::SignedDuration;

use super::super::Model;
use super::super::guards::{self, Intent};
use super::super::input::{Field, turns, types};
use super::super::keys::Key;
use crate::domain::guard::{AtEnd, Before, MINUTES, THRESHOLD, Terms, WINDOW, refusal};
use crate::domain::{AccessMode, Change, Proposal};

/// Where typing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The name, or yes and no.
    Answer,
    /// Plain or guarded.
    How,
    /// Minutes of watching.
    Minutes,
    /// New denials that put the old mode back.
    Denials,
    /// What happens at the end.
    AtEnd,
}

impl Part {
    const ALL: [Self; 5] = [Self::Answer, Self::How, Self::Minutes, Self::Denials, Self::AtEnd];
}

/// What is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Guarding {
    /// The switch is guarded.
    pub on: bool,
    /// Where typing goes.
    pub part: Part,
    /// Minutes.
    pub minutes: Field,
    /// New denials.
    pub denials: Field,
    /// What happens at the end.
    pub at_end: AtEnd,
    /// What is wrong with what was chosen.
    pub error: String,
    items: Vec<Before>,
    customer: Option<String>,
}

impl Guarding {
    /// The choice for these changes. `Err`: why there is none, in words; `Ok(None)`: it is no matter of this question.
    pub fn of(proposal: &Proposal, model: &Model) -> Result<Option<Self>, String> {
        let mut items = Vec::new();
        for change in proposal.changes() {
            let Change::SetMode { before, mode } = change else { return Ok(None) };
            if *mode != AccessMode::Enforced {
                return Ok(None);
            }
            let resource = before.resource.as_ref().and_then(|id| model.data.resource(id));
            let access = resource.and_then(|r| r.value()).and_then(|r| r.public_access.as_ref());
            if let Some(why) = refusal(mode, access) {
                return Err(format!("Guarded is not offered for {}: {why}.", before.resource_name()));
            }
            items.push(Before::of(before, access));
        }
        let perimeter = items.first().and_then(|item| item.id.parent());
        let several = items.len() > 1;
        Ok(Some(Self {
            on: false,
            part: Part::Answer,
            minutes: Field::new(&WINDOW.as_mins().to_string()),
            denials: Field::new(&THRESHOLD.to_string()),
            // Somebody who starts a wave does not sit there for all of it.
            at_end: if several { AtEnd::KeepIfClean } else { AtEnd::PutBack },
            error: String::new(),
            items,
            customer: perimeter.and_then(|id| guards::customer(model, &id)),
        }))
    }

    /// The same with what was chosen before more was read.
    #[must_use]
    pub fn with_choices_of(self, before: Option<Self>) -> Self {
        match before {
            Some(before) => Self { items: self.items, customer: self.customer, ..before },
            None => self,
        }
    }

    /// What is to be done, or what is wrong with it.
    pub fn intent(&self) -> Result<Intent, String> {
        let minutes: u64 = number(&self.minutes, "minutes")?;
        if !MINUTES.contains(&minutes) {
            return Err(format!("watch for {} to {} minutes", MINUTES.start(), MINUTES.end()));
        }
        let threshold: u64 = number(&self.denials, "new denials")?;
        if threshold == 0 {
            return Err("at least 1 new denial".to_owned());
        }
        let window = SignedDuration::from_mins(i64::try_from(minutes).unwrap_or_default());
        Ok(Intent {
            to: AccessMode::Enforced,
            terms: Terms { window, threshold, at_end: self.at_end },
            customer: self.customer.clone(),
            items: self.items.clone(),
        })
    }

    /// The next part, or the one before.
    pub fn turn(&mut self, forward: bool) {
        let parts = if self.on { Part::ALL.len() } else { 2 };
        let at = Part::ALL.iter().position(|part| *part == self.part).unwrap_or(0);
        let step = if forward { 1 } else { parts - 1 };
        self.part = Part::ALL.get((at + step) % parts).copied().unwrap_or(Part::Answer);
    }

    /// A key for the part that is chosen; false when that is the answer.
    pub fn key(&mut self, key: Key) -> bool {
        self.error.clear();
        match self.part {
            Part::Answer => return false,
            Part::How if turns(key).is_some() => self.on = !self.on,
            Part::Minutes => drop(self.minutes.key(key)),
            Part::Denials => drop(self.denials.key(key)),
            Part::AtEnd if turns(key).is_some() => {
                self.at_end = match self.at_end {
                    AtEnd::PutBack => AtEnd::KeepIfClean,
                    AtEnd::KeepIfClean => AtEnd::PutBack,
                };
            }
            // A letter can only be meant for the name: what is typed is not lost.
            Part::How | Part::AtEnd if types(key) => {
                self.part = Part::Answer;
                return false;
            }
            Part::How | Part::AtEnd => {}
        }
        true
    }

    /// Pasted text; false when it goes to the answer.
    pub fn paste(&mut self, text: &str) -> bool {
        match self.part {
            Part::Minutes => self.minutes.paste(text),
            Part::Denials => self.denials.paste(text),
            Part::Answer | Part::How | Part::AtEnd => {
                self.part = Part::Answer;
                return false;
            }
        }
        true
    }

    /// The lines of the question, each with the part that it is.
    pub fn lines(&self) -> Vec<(Part, &'static str, String)> {
        let how = if self.on {
            match self.items.as_slice() {
                [_, _, ..] => "guarded: one by one; stops where one does not stay".to_owned(),
                _ => "guarded: watched; puts the old mode back by itself".to_owned(),
            }
        } else {
            "plain: nobody watches (tab, then space: guarded)".to_owned()
        };
        let mut out = vec![(Part::How, "Switch", how)];
        if self.on {
            out.push((Part::Minutes, "Watch, minutes", self.minutes.text().to_owned()));
            out.push((Part::Denials, "New denials", self.denials.text().to_owned()));
            out.push((Part::AtEnd, "When time is over", self.at_end.label().to_owned()));
        }
        out
    }
}

fn number<T: FromStr>(field: &Field, what: &str) -> Result<T, String> {
    let text = field.text().trim();
    text.parse().map_err(|_| format!("{what}: {text:?} is no number"))
}
