//! Reconciling: the service is asked to make a resource agree with its perimeter. Nothing of what either
//! side says is changed by it, and there is nothing to take back.

use crate::domain::{AccessRule, ArmId, Association, Configuration, FieldChange, Kind, RawBody, Written};

/// What is to agree again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reconcile {
    /// A resource with its perimeter: asked of the association, and of the resource where its type has
    /// that call.
    Resource {
        /// The association as the user saw it.
        association: Association,
        /// The resource.
        resource: ArmId,
        /// In what both differed when this was decided; empty when that was not known.
        differences: String,
    },
    /// An access rule with all resources of its profile.
    Rule(AccessRule),
}

impl Reconcile {
    /// What is asked to reconcile.
    pub fn target(&self) -> &ArmId {
        match self {
            Self::Resource { association, .. } => &association.id,
            Self::Rule(rule) => &rule.id,
        }
    }

    /// What kind of thing that is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Resource { .. } => Kind::Association,
            Self::Rule(_) => Kind::Rule,
        }
    }

    /// The resource that is to agree; `None` when it is all those of a profile.
    pub fn resource(&self) -> Option<&ArmId> {
        match self {
            Self::Resource { resource, .. } => Some(resource),
            Self::Rule(_) => None,
        }
    }

    /// In one line.
    pub fn title(&self) -> String {
        match self {
            Self::Resource { resource, .. } => format!("Reconcile {} with its perimeter", resource.name()),
            Self::Rule(rule) => format!("Reconcile access rule {}", rule.id.name()),
        }
    }

    /// The target as the user saw it.
    pub fn before(&self) -> &RawBody {
        match self {
            Self::Resource { association, .. } => &association.raw,
            Self::Rule(rule) => &rule.raw,
        }
    }

    /// What is to become of it.
    pub fn fields(&self) -> Vec<FieldChange> {
        match self {
            Self::Resource { differences, .. } => {
                let now = if differences.is_empty() { "no difference known" } else { differences };
                vec![FieldChange::new("what the resource believes", now, "what the perimeter says")]
            }
            Self::Rule(rule) => {
                vec![FieldChange::new(
                    "access rule",
                    "",
                    format!("published again: {}", rule.content.summary()),
                )]
            }
        }
    }

    /// What is to be said of a success instead of that it was read back; `after` is what was.
    pub fn already(&self, after: Option<&Written>) -> Option<&'static str> {
        match (self, after) {
            (Self::Resource { resource, .. }, Some(_)) if Configuration::silence(resource).is_none() => {
                Some("accepted, and both sides agree")
            }
            (Self::Resource { .. }, _) => {
                Some("accepted; this type of resource does not tell whether it agrees now")
            }
            (Self::Rule(_), _) => Some("accepted; c on the Resources tab shows who knows the rule"),
        }
    }
}
