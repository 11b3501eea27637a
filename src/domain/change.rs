//! A change that a user may make: what it says, what it touches, how dangerous it is.
//!
//! The value that was shown is the value that is sent: a `Change` owns what the user saw
//! (`before`), so that the client can tell whether the service's copy is still that one.

use super::{AccessMode, AccessRule, ArmId, Association, RuleContent};

/// How much care a change asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Only adds or loosens; asks once.
    Low,
    /// Can take traffic away; asks once, cancel is the default.
    Medium,
    /// Can stop production; asks for the name of the thing.
    High,
}

/// A change, with what the user saw when deciding on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Create an access rule that must not exist yet.
    CreateRule {
        /// Id of the new rule.
        id: ArmId,
        /// What it will say.
        content: RuleContent,
    },
    /// Replace what an access rule says.
    EditRule {
        /// The rule as the user saw it.
        before: AccessRule,
        /// What it will say.
        content: RuleContent,
    },
    /// Delete an access rule.
    DeleteRule {
        /// The rule as the user saw it.
        before: AccessRule,
    },
    /// Change the access mode of an association.
    SetMode {
        /// The association as the user saw it.
        before: Association,
        /// The new mode.
        mode: AccessMode,
    },
}

/// One line of what a change does: a field, what it was, what it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Name of the field, in Azure's words.
    pub field: String,
    /// Before; empty for something new.
    pub before: String,
    /// After; empty for something deleted.
    pub after: String,
}

impl FieldChange {
    /// A line; `before` and `after` as they are to be shown.
    pub fn new(field: &str, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { field: field.to_owned(), before: before.into(), after: after.into() }
    }
}

impl Change {
    /// The resource that is written to.
    pub fn target(&self) -> &ArmId {
        match self {
            Self::CreateRule { id, .. } => id,
            Self::EditRule { before, .. } | Self::DeleteRule { before } => &before.id,
            Self::SetMode { before, .. } => &before.id,
        }
    }

    /// What it is, in one line: "Enforce aoai-prod".
    pub fn title(&self) -> String {
        match self {
            Self::CreateRule { id, .. } => format!("Create access rule {}", id.name()),
            Self::EditRule { before, .. } => format!("Change access rule {}", before.id.name()),
            Self::DeleteRule { before } => format!("Delete access rule {}", before.id.name()),
            Self::SetMode { before, mode } => {
                format!("Set {} to {}", before.resource_name(), mode.label())
            }
        }
    }

    /// How much care it asks for.
    pub fn danger(&self) -> Danger {
        match self {
            Self::CreateRule { .. } => Danger::Low,
            Self::EditRule { .. } => Danger::Medium,
            Self::DeleteRule { .. } => Danger::High,
            Self::SetMode { mode, .. } => match mode {
                AccessMode::Learning => Danger::Medium,
                AccessMode::Enforced | AccessMode::Audit | AccessMode::Unknown(_) => Danger::High,
            },
        }
    }

    /// The name that the user types to confirm a [`Danger::High`] change.
    pub fn confirm_name(&self) -> &str {
        match self {
            Self::CreateRule { id, .. } => id.name(),
            Self::EditRule { before, .. } | Self::DeleteRule { before } => before.id.name(),
            Self::SetMode { before, .. } => before.resource_name(),
        }
    }

    /// Before and after, field by field; fields that stay are left out.
    pub fn fields(&self) -> Vec<FieldChange> {
        match self {
            Self::CreateRule { content, .. } => rule_fields(None, Some(content)),
            Self::EditRule { before, content } => rule_fields(Some(&before.content), Some(content)),
            Self::DeleteRule { before } => rule_fields(Some(&before.content), None),
            Self::SetMode { before, mode } => {
                vec![FieldChange::new("access mode", before.mode.label(), mode.label())]
            }
        }
    }
}

/// The fields in which two rules differ.
pub fn rule_fields(before: Option<&RuleContent>, after: Option<&RuleContent>) -> Vec<FieldChange> {
    let direction = |c: Option<&RuleContent>| c.map_or(String::new(), |c| c.direction.wire().to_owned());
    let mut out = Vec::new();
    let (was, will) = (direction(before), direction(after));
    if was != will {
        out.push(FieldChange::new("direction", was, will));
    }
    for kind in super::SourceKind::ALL {
        let words = |c: Option<&RuleContent>| c.map_or(String::new(), |c| c.values(kind).join(", "));
        let (was, will) = (words(before), words(after));
        if was != will {
            out.push(FieldChange::new(kind.label(), was, will));
        }
    }
    out
}
