//! The report of what enforcing would deny: what it is about, how it is put together, where the cursor is. What it
//! says is computed from the model's evidence whenever that changes, or when the user groups otherwise.

use super::help::Line;
use super::listed::{Entry, Listed};
use crate::domain::impact::{By, ClusterKey};
use crate::domain::net::Width;
use crate::domain::{ArmId, Signal};

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Every associated resource of the perimeter.
    Perimeter,
    /// The resources of a profile.
    Profile(ArmId),
    /// The resources of these associations.
    Associations(Vec<ArmId>),
}

/// What a line of the report is known by across frames.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKey {
    /// Denied once enforced: inbound or not, and who.
    Denied(bool, ClusterKey),
    /// It cannot be told.
    Doubtful(bool, ClusterKey),
    /// A resource (its association) of which too little is known.
    Lacking(ArmId),
    /// Denied today and later.
    Refused(bool, ClusterKey),
    /// What the log cannot show.
    Blind(&'static str),
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is known by.
    pub key: ItemKey,
    /// Into the resource or out of it; empty where that has no meaning.
    pub direction: &'static str,
    /// Who, or what.
    pub who: String,
    /// Events; empty where there are none.
    pub count: String,
    /// Name of the resource, or their number.
    pub resource: String,
    /// When it happened last.
    pub last: String,
    /// What lets it pass today.
    pub today: String,
    /// More, for the line that has the cursor.
    pub detail: Vec<Line>,
}

impl ItemKey {
    /// The heading under which it stands.
    pub fn group(&self) -> &'static str {
        match self {
            Self::Denied(..) => "Would be denied",
            Self::Doubtful(..) => "Cannot be told",
            Self::Lacking(_) => "No evidence",
            Self::Refused(..) => "Denied today, and stays so",
            Self::Blind(_) => "What the log cannot show",
        }
    }

    /// A rule can be made of it.
    pub fn is_traffic(&self) -> bool {
        match self {
            Self::Denied(..) | Self::Doubtful(..) | Self::Refused(..) => true,
            Self::Lacking(_) | Self::Blind(_) => false,
        }
    }
}

/// What stands above the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How it stands.
    pub signal: Signal,
    /// That in a sentence.
    pub verdict: String,
    /// What it rests on, and what is missing.
    pub evidence: Vec<Line>,
}

/// The report.
#[derive(Debug, Clone, PartialEq)]
pub struct ImpactBox {
    /// What it is about.
    pub about: About,
    /// What it is about, by name.
    pub name: String,
    /// What callers are put together by.
    pub by: By,
    /// What stands above the lines.
    pub head: Head,
    /// The lines.
    pub list: Listed<Item>,
}

impl Entry for Item {
    type Key = ItemKey;

    fn key(&self) -> ItemKey {
        self.key.clone()
    }
    fn heading(&self) -> &'static str {
        self.key.group()
    }
    fn detail(&self) -> &[Line] {
        &self.detail
    }
    fn can_mark(&self) -> bool {
        self.key.is_traffic()
    }
}

impl ImpactBox {
    /// A report; it says nothing before it was filled.
    pub fn new(about: About, name: String) -> Self {
        let head = Head { signal: Signal::Waiting, verdict: String::new(), evidence: Vec::new() };
        Self { about, name, by: By::Address(Width::Exact), head, list: Listed::default() }
    }

    /// Takes what the report says now.
    pub fn fill(&mut self, head: Head, items: Vec<Item>) {
        self.head = head;
        self.list.fill(items);
    }
}
