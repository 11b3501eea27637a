//! The box of what-if: what is asked, and the answer, made anew for every key that is pressed.

use super::super::command::Command;
use super::super::data::Data;
use super::super::input::{Field, turns};
use super::super::keys::Key;
use super::super::msg::Slot;
use super::super::whatif::{self, Asked, Shown};
use super::Answer;
use super::suggest::{Suggestion, best};
use crate::domain::ArmId;
use crate::domain::whatif::Authentication;

/// At most so many suggestions are shown.
const SUGGESTIONS: usize = 3;

/// A field of the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The resource that is asked about.
    Resource,
    /// Which of the two calls.
    Direction,
    /// The other end.
    Peer,
    /// How the caller authenticates.
    Authentication,
}

/// The box.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// The resources that can be asked about.
    pub resources: Vec<ArmId>,
    /// The one that is.
    pub resource: ArmId,
    /// The resource is the one that calls.
    pub outbound: bool,
    /// The other end.
    pub peer: Field,
    /// How the caller authenticates.
    pub authentication: Authentication,
    /// The field that takes the keys.
    pub focus: Part,
    /// What could be typed.
    pub suggestions: Vec<Suggestion>,
    /// The answer.
    pub shown: Shown,
    /// First line shown of what stands below the answers.
    pub scroll: usize,
}

/// What a question starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The resource that is asked about.
    pub resource: ArmId,
    /// The resource is the one that calls.
    pub outbound: bool,
    /// The other end.
    pub peer: String,
}

impl WhatIf {
    /// A box that starts with this; `resources` are those that can be asked about beside it.
    pub fn new(start: Start, mut resources: Vec<ArmId>, data: &Data) -> Self {
        if !resources.contains(&start.resource) {
            resources.insert(0, start.resource.clone());
        }
        let mut made = Self {
            resources,
            resource: start.resource,
            outbound: start.outbound,
            peer: Field::new(&start.peer),
            authentication: Authentication::Unknown,
            focus: Part::Peer,
            suggestions: Vec::new(),
            shown: Shown::default(),
            scroll: 0,
        };
        made.refresh(data);
        made
    }

    /// What is asked.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            resource: &self.resource,
            outbound: self.outbound,
            text: self.peer.text(),
            authentication: self.authentication,
        }
    }

    /// What must be read.
    pub fn slots(&self, data: &Data) -> Vec<Slot> {
        whatif::slots(data, &self.asked())
    }

    /// Answers anew.
    pub fn refresh(&mut self, data: &Data) {
        self.shown = whatif::look(data, &self.asked());
        let typed = self.peer.text().rsplit(',').next().unwrap_or_default().trim();
        self.suggestions = if typed.is_empty() || self.shown.mistakes.is_empty() {
            Vec::new()
        } else {
            let mut found = best(typed, &whatif::known_names(data, self.outbound));
            found.truncate(SUGGESTIONS);
            found
        };
    }

    /// The fields that there are.
    pub fn parts(&self) -> &'static [Part] {
        if self.outbound {
            &[Part::Resource, Part::Direction, Part::Peer]
        } else {
            &[Part::Resource, Part::Direction, Part::Peer, Part::Authentication]
        }
    }

    fn step(&mut self, forward: bool) {
        let parts = self.parts();
        let at = parts.iter().position(|p| *p == self.focus).unwrap_or(0);
        let step = if forward { 1 } else { parts.len() - 1 };
        self.focus = parts.get((at + step) % parts.len()).copied().unwrap_or(Part::Peer);
    }

    /// The next choice of the field with the focus.
    fn turn(&mut self, forward: bool) {
        match self.focus {
            Part::Resource => self.resource = next(&self.resources, &self.resource, forward).clone(),
            Part::Direction => {
                self.outbound = !self.outbound;
                self.peer = Field::default();
            }
            Part::Authentication => {
                self.authentication = *next(&Authentication::ALL, &self.authentication, forward);
            }
            Part::Peer => {}
        }
    }

    /// Puts the first suggestion in place of what is not understood.
    fn take(&mut self) {
        let Some(value) = self.suggestions.first().map(|s| s.value.clone()) else { return };
        let text = self.peer.text();
        let kept = text.rfind(',').and_then(|at| text.get(..=at)).map_or(String::new(), |k| format!("{k} "));
        self.peer = Field::new(&format!("{kept}{value}"));
    }

    /// A key that is no command: typing, or turning a choice.
    pub fn key(&mut self, key: Key, data: &Data) -> Answer {
        let changed = match self.focus {
            Part::Peer => self.peer.key(key),
            Part::Resource | Part::Direction | Part::Authentication => {
                turns(key).map(|forward| self.turn(forward)).is_some()
            }
        };
        if changed {
            self.scroll = 0;
            self.refresh(data);
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str, data: &Data) -> Answer {
        self.focus = Part::Peer;
        self.peer.paste(text.trim());
        self.scroll = 0;
        self.refresh(data);
        Answer::Stay
    }

    /// Runs a command of the box.
    pub fn command(&mut self, command: Command, data: &Data, page: usize) -> Answer {
        let lines = self.shown.considered.len() + self.shown.missing.len() + 1;
        match command {
            Command::Back => return Answer::Close,
            Command::NextField => self.step(true),
            Command::PrevField => self.step(false),
            Command::Accept => self.take(),
            _ => self.scroll = command.moves(self.scroll, lines, page / 2),
        }
        self.refresh(data);
        Answer::Stay
    }
}

/// The choice after, or before, this one.
fn next<'c, T: PartialEq>(all: &'c [T], now: &'c T, forward: bool) -> &'c T {
    let at = all.iter().position(|one| one == now).unwrap_or(0);
    let step = if forward { 1 } else { all.len().saturating_sub(1) };
    all.get((at + step) % all.len().max(1)).unwrap_or(now)
}
