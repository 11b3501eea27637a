//! The entries of a box that is computed anew whenever the model changes: cursor and marks stand on what an entry is
//! known by, so that they stay where they are put. What entries say is no business of this file.

use std::collections::BTreeSet;

use super::help::Line;
use crate::app::command::Command;

/// Something that is listed.
pub trait Entry {
    /// What it is known by across frames.
    type Key: Clone + Ord;

    /// What it is known by.
    fn key(&self) -> Self::Key;
    /// The heading under which it stands.
    fn heading(&self) -> &'static str;
    /// More, for when the cursor is on it.
    fn detail(&self) -> &[Line];
    /// Something can be done with it.
    fn can_mark(&self) -> bool;
}

/// Entries with a cursor and marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<E: Entry> {
    items: Vec<E>,
    marks: BTreeSet<E::Key>,
    cursor: Option<E::Key>,
}

impl<E: Entry> Default for Listed<E> {
    fn default() -> Self {
        Self { items: Vec::new(), marks: BTreeSet::new(), cursor: None }
    }
}

impl<E: Entry> Listed<E> {
    /// The entries, in the order of their headings.
    pub fn items(&self) -> &[E] {
        &self.items
    }

    /// Place of the cursor.
    pub fn place(&self) -> usize {
        let at = |key: &E::Key| self.items.iter().position(|item| item.key() == *key);
        self.cursor.as_ref().and_then(at).unwrap_or(0)
    }

    /// The entry that has the cursor.
    pub fn selected(&self) -> Option<&E> {
        self.items.get(self.place())
    }

    /// Something is marked.
    pub fn any_marked(&self) -> bool {
        !self.marks.is_empty()
    }

    /// This entry is marked.
    pub fn is_marked(&self, item: &E) -> bool {
        self.marks.contains(&item.key())
    }

    /// The marked entries, else the one with the cursor.
    pub fn chosen(&self) -> Vec<&E> {
        if self.marks.is_empty() {
            return self.selected().into_iter().collect();
        }
        self.items.iter().filter(|item| self.is_marked(item)).collect()
    }

    /// Takes the entries as they are now. Marks on what is gone are dropped; a cursor on it keeps its place.
    pub fn fill(&mut self, items: Vec<E>) {
        let at = self.place();
        self.items = items;
        let there: BTreeSet<E::Key> = self.items.iter().map(Entry::key).collect();
        self.marks.retain(|key| there.contains(key));
        if self.cursor.as_ref().is_some_and(|key| !there.contains(key)) {
            self.cursor = self.items.get(at.min(self.items.len().saturating_sub(1))).map(Entry::key);
        }
    }

    /// Marks or unmarks the entry, and goes on to the next.
    pub fn mark(&mut self) {
        let Some(key) = self.selected().filter(|item| item.can_mark()).map(Entry::key) else { return };
        if !self.marks.remove(&key) {
            self.marks.insert(key);
        }
        self.go(Command::Down, 1);
    }

    /// Takes all marks away.
    pub fn unmark(&mut self) {
        self.marks.clear();
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Command, page: usize) {
        let to = command.moves(self.place(), self.items.len(), page);
        self.cursor = self.items.get(to).map(Entry::key);
    }
}
