//! How a change went: the steps on its way and the four ways in which it can end.

use super::{AccessRule, ArmId, Association, Change, Failure, FieldChange};

/// Where a change is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The service's copy is compared with the one that the user saw.
    Checking,
    /// The write is on its way; from here on it cannot be taken back.
    Sending,
    /// The service works on it.
    Waiting {
        /// The service's word for the state, such as `Updating`.
        status: String,
    },
    /// The result is read back.
    ReadingBack,
}

/// A resource that a change can write, as the service has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// An access rule.
    Rule(AccessRule),
    /// A resource association.
    Association(Association),
}

impl Written {
    /// Its id.
    pub fn id(&self) -> &ArmId {
        match self {
            Self::Rule(rule) => &rule.id,
            Self::Association(association) => &association.id,
        }
    }
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done {
        /// As read back; `None` after a delete.
        after: Option<Written>,
    },
    /// Nothing was written: the service's copy is not the one that the user saw.
    Changed {
        /// The service's copy; `None` when it is gone.
        now: Option<Written>,
        /// In what it differs from what the user saw.
        fields: Vec<FieldChange>,
    },
    /// Surely not done.
    Failed(Failure),
    /// Sent, and it is not known whether it was done, or it was done differently.
    Unknown(Failure),
}

impl Change {
    /// The same intention on the service's copy, after the user has seen it and said yes.
    ///
    /// `None` when `now` is of another kind, or is gone and there is nothing left to change.
    #[must_use]
    pub fn rebased(&self, now: Option<&Written>) -> Option<Self> {
        match (self, now) {
            (
                Self::CreateRule { content, .. } | Self::EditRule { content, .. },
                Some(Written::Rule(rule)),
            ) => Some(Self::EditRule { before: rule.clone(), content: content.clone() }),
            (Self::CreateRule { id, content }, None) => {
                Some(Self::CreateRule { id: id.clone(), content: content.clone() })
            }
            (Self::EditRule { before, content }, None) => {
                Some(Self::CreateRule { id: before.id.clone(), content: content.clone() })
            }
            (Self::DeleteRule { .. }, Some(Written::Rule(rule))) => {
                Some(Self::DeleteRule { before: rule.clone() })
            }
            (Self::SetMode { mode, .. }, Some(Written::Association(association))) => {
                Some(Self::SetMode { before: association.clone(), mode: mode.clone() })
            }
            (Self::DeleteRule { .. } | Self::SetMode { .. }, None)
            | (
                Self::CreateRule { .. } | Self::EditRule { .. } | Self::DeleteRule { .. },
                Some(Written::Association(_)),
            )
            | (Self::SetMode { .. }, Some(Written::Rule(_))) => None,
        }
    }
}
