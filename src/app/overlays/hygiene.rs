//! Findings about access rules: which stand on the screen, which are marked, where the cursor is. What is found is
//! computed from what was read whenever that changes.

use super::help::Line;
use super::listed::{Entry, Listed};
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

impl Entry for Item {
    type Key = (ArmId, String);

    fn key(&self) -> Self::Key {
        (self.rule.clone(), self.text.clone())
    }
    fn heading(&self) -> &'static str {
        self.group.1
    }
    fn detail(&self) -> &[Line] {
        &self.detail
    }
    fn can_mark(&self) -> bool {
        true
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
    pub list: Listed<Item>,
}

impl HygieneBox {
    /// A box that says nothing before it was filled.
    pub fn new(profile: Option<ArmId>) -> Self {
        Self { profile, head: Vec::new(), list: Listed::default() }
    }

    /// The rules of the marked findings, else of the one with the cursor; each once.
    pub fn chosen(&self) -> Vec<&ArmId> {
        let mut rules: Vec<&ArmId> = self.list.chosen().into_iter().map(|item| &item.rule).collect();
        rules.sort();
        rules.dedup();
        rules
    }

    /// Takes what is found now.
    pub fn fill(&mut self, head: Vec<Line>, items: Vec<Item>) {
        self.head = head;
        self.list.fill(items);
    }
}
