//! The detail pane: what the selected row says, as fields or as the raw body.

use crate::domain::ArmId;
use crate::domain::log::RowKey;

use super::super::digest::Digest;
use super::super::msg::Ticket;

/// What the detail pane speaks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A perimeter: its overview.
    Perimeter(ArmId),
    /// An association.
    Association(ArmId),
    /// A profile.
    Profile(ArmId),
    /// An access rule.
    Rule(ArmId),
    /// A link or link reference.
    Link(ArmId),
    /// A resource that is in no perimeter.
    Uncovered(ArmId),
    /// A diagnostic setting or the logging configuration.
    Logging(ArmId),
    /// Whether the resource of an association can be enforced.
    Evidence(ArmId),
    /// A check of the selected resource, by its key.
    Check(&'static str),
    /// A write.
    Job(Ticket),
    /// A row of the access log.
    LogRow(RowKey),
}

/// State of the detail pane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetailPane {
    /// Who is denied, or would be, according to the log rows that are kept.
    pub digest: Digest,
    /// What it speaks about; follows the cursor when that rests.
    pub subject: Option<Subject>,
    /// Raw JSON instead of fields.
    pub raw: bool,
    /// First line shown.
    pub scroll: usize,
}

impl DetailPane {
    /// Speaks about something else, from its first line.
    pub fn set(&mut self, subject: Option<Subject>) {
        if self.subject != subject {
            self.subject = subject;
            self.scroll = 0;
        }
    }
}
