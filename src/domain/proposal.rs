//! One or many changes that are decided on together: asked about in one question, run as one
//! activity, taken back as one.

use super::{ArmId, Change, Danger};

/// In which order the changes of a proposal are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One after another; after the first that is not surely done the rest is not sent.
    OneByOne,
    /// A few at a time; each stands for itself.
    SideBySide,
}

impl Pace {
    /// Writes of one proposal that are on their way at once, at most.
    pub fn at_once(self) -> usize {
        match self {
            Self::OneByOne => 1,
            Self::SideBySide => 4,
        }
    }
}

/// Changes that are decided on together; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    title: String,
    first: Change,
    rest: Vec<Change>,
    pace: Pace,
}

impl From<Change> for Proposal {
    fn from(first: Change) -> Self {
        Self { title: first.title(), first, rest: Vec::new(), pace: Pace::OneByOne }
    }
}

impl From<Box<Change>> for Proposal {
    fn from(change: Box<Change>) -> Self {
        Self::from(*change)
    }
}

impl Proposal {
    /// Several changes under one title; `None` when there are none. One alone keeps its own title.
    pub fn new(title: impl Into<String>, changes: Vec<Change>, pace: Pace) -> Option<Self> {
        let mut changes = changes.into_iter();
        let first = changes.next()?;
        let rest: Vec<Change> = changes.collect();
        let title = if rest.is_empty() { first.title() } else { title.into() };
        Some(Self { title, first, rest, pace })
    }

    /// Under another title.
    #[must_use]
    pub fn titled(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// What it is, in one line.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// In which order it is sent.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The only change, when it is one alone.
    pub fn single(&self) -> Option<&Change> {
        self.rest.is_empty().then_some(&self.first)
    }

    /// The change that is sent first.
    pub fn first(&self) -> &Change {
        &self.first
    }

    /// All changes, in the order in which they are sent.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// All changes, in the order in which they are sent.
    pub fn into_changes(self) -> impl Iterator<Item = Change> {
        std::iter::once(self.first).chain(self.rest)
    }

    /// How many changes there are.
    pub fn count(&self) -> usize {
        1 + self.rest.len()
    }

    /// As much care as the most dangerous of them asks for.
    pub fn danger(&self) -> Danger {
        self.changes().map(Change::danger).max().unwrap_or(Danger::Low)
    }

    /// What the user types to confirm a [`Danger::High`] proposal: the name of the thing; of several,
    /// the perimeter they are in, or their number where they are not in one.
    pub fn confirm_name(&self) -> String {
        if let Some(change) = self.single() {
            return change.confirm_name().to_owned();
        }
        let mut tops = self.changes().map(|change| top(change.target()));
        let first = tops.next().unwrap_or_default();
        if !first.is_empty() && tops.all(|other| other.eq_ignore_ascii_case(&first)) {
            return first;
        }
        self.count().to_string()
    }
}

/// Name of the top-level resource that something is in.
fn top(id: &ArmId) -> String {
    let mut at = id.clone();
    while let Some(parent) = at.parent() {
        at = parent;
    }
    at.name().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::New;

    fn profile(perimeter: &str, name: &str) -> Change {
        let place = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters";
        let id = ArmId::parse(&format!("{place}/{perimeter}/profiles/{name}")).unwrap();
        Change::Create(New::Profile { id })
    }

    #[test]
    fn the_word_to_type_names_what_all_have_in_common() {
        let of = |changes| Proposal::new("Three", changes, Pace::OneByOne).unwrap();
        assert_eq!(of(vec![profile("p", "a")]).confirm_name(), "a");
        assert_eq!(of(vec![profile("p", "a"), profile("P", "b")]).confirm_name(), "p");
        assert_eq!(of(vec![profile("p", "a"), profile("q", "b")]).confirm_name(), "2");
        assert_eq!(of(vec![profile("p", "a")]).title(), "Create profile a");
        assert!(Proposal::new("None", Vec::new(), Pace::OneByOne).is_none());
    }
}
