//! Findings about access rules: which stand on the screen, which are marked, where the cursor is. What is found is
//! computed from what was read whenever that changes.

use std::collections::BTreeSet;

use super::help::Line;
use crate::app::command::Command;
use crate::domain::ArmId;

/// A finding on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The heading under which it stands, in the order of headings.
    pub group: (u8, &'static str),
    /// The rule.
    pub rule: ArmId,
    /// What is wrong, in a line; with the rule it is what the finding is known by.
    pub text: String,
    /// More, for the finding that has the cursor.
    pub detail: Vec<Line>,
}

/// What a finding is known by across frames.
pub type Key = (ArmId, String);

impl Item {
    /// What it is known by.
    pub fn key(&self) -> Key {
        (self.rule.clone(), self.text.clone())
    }
}

/// The findings.
#[derive(Debug, Clone, PartialEq)]
pub struct HygieneBox {
    /// The profile whose rules are looked through; all of the perimeter when `None`.
    pub profile: Option<ArmId>,
    /// What stands above the findings.
    pub head: Vec<Line>,
    /// The findings.
    pub items: Vec<Item>,
    /// Those that are marked.
    pub marks: BTreeSet<Key>,
    cursor: Option<Key>,
}

impl HygieneBox {
    /// A box that says nothing before it was filled.
    pub fn new(profile: Option<ArmId>) -> Self {
        Self { profile, head: Vec::new(), items: Vec::new(), marks: BTreeSet::new(), cursor: None }
    }

    /// Place of the cursor.
    pub fn place(&self) -> usize {
        let at = |key: &Key| self.items.iter().position(|item| item.key() == *key);
        self.cursor.as_ref().and_then(at).unwrap_or(0)
    }

    /// The finding that has the cursor.
    pub fn selected(&self) -> Option<&Item> {
        self.items.get(self.place())
    }

    /// The rules of the marked findings, else of the one with the cursor; each once.
    pub fn chosen(&self) -> Vec<&ArmId> {
        let marked = self.items.iter().filter(|item| self.marks.contains(&item.key()));
        let mut rules: Vec<&ArmId> = if self.marks.is_empty() {
            self.selected().map(|item| &item.rule).into_iter().collect()
        } else {
            marked.map(|item| &item.rule).collect()
        };
        rules.sort();
        rules.dedup();
        rules
    }

    /// Takes what is found now. Marks on what is gone are dropped, and the cursor keeps its place.
    pub fn fill(&mut self, head: Vec<Line>, items: Vec<Item>) {
        let at = self.place();
        (self.head, self.items) = (head, items);
        let there: BTreeSet<Key> = self.items.iter().map(Item::key).collect();
        self.marks.retain(|key| there.contains(key));
        if self.cursor.as_ref().is_some_and(|key| !there.contains(key)) {
            self.cursor = self.items.get(at.min(self.items.len().saturating_sub(1))).map(Item::key);
        }
    }

    /// Marks or unmarks the finding, and goes on to the next.
    pub fn mark(&mut self) {
        let Some(key) = self.selected().map(Item::key) else { return };
        if !self.marks.remove(&key) {
            self.marks.insert(key);
        }
        self.go(Command::Down, 1);
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Command, page: usize) {
        let (at, last) = (self.place(), self.items.len().saturating_sub(1));
        let to = match command {
            Command::Up => at.saturating_sub(1),
            Command::Down => at + 1,
            Command::PageUp => at.saturating_sub(page),
            Command::PageDown => at + page,
            Command::Top => 0,
            Command::Bottom => last,
            _ => at,
        };
        self.cursor = self.items.get(to.min(last)).map(Item::key);
    }
}
