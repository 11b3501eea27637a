//! Resource associations: which resource is in the perimeter, under which profile, in which mode.

use super::{ArmId, Modified, ProvisioningState, RawBody};

super::words! {
    /// `accessMode` of an association.
    AccessMode {
        /// Shown as "Transition (Learning)": Azure's documentation renamed it, the wire did not.
        Learning = "Learning",
        /// Only the perimeter's rules count.
        Enforced = "Enforced",
        /// Accepted by the API and documented nowhere: shown, never offered.
        Audit = "Audit",
    }
}

impl AccessMode {
    /// The mode in the words of the documentation and the wire.
    pub fn label(&self) -> &str {
        match self {
            Self::Learning => "Transition (Learning)",
            Self::Enforced => "Enforced",
            Self::Audit => "Audit",
            Self::Unknown(word) => word,
        }
    }

    /// The mode in one word, for a narrow column.
    pub fn short(&self) -> &str {
        match self {
            Self::Learning => "Transition",
            Self::Enforced => "Enforced",
            Self::Audit => "Audit",
            Self::Unknown(word) => word,
        }
    }
}

super::words! {
    /// `hasProvisioningIssues`: a string on the wire, not a boolean (API.md, section 5).
    Issues {
        /// None.
        No = "no",
        /// The PaaS side reports issues.
        Yes = "yes",
    }
}

/// A resource association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// ARM id of the association itself.
    pub id: ArmId,
    /// The PaaS resource (`privateLinkResource.id`); `None` when not sent or unreadable.
    pub resource: Option<ArmId>,
    /// The profile (`profile.id`).
    pub profile: Option<ArmId>,
    /// The access mode.
    pub mode: AccessMode,
    /// Provisioning state; `None` when not sent.
    pub state: Option<ProvisioningState>,
    /// Provisioning issues.
    pub issues: Issues,
    /// Last change.
    pub modified: Option<Modified>,
    /// As last read.
    pub raw: RawBody,
}

impl Association {
    /// Name of the resource, or of the association when the resource is not known.
    pub fn resource_name(&self) -> &str {
        self.resource.as_ref().unwrap_or(&self.id).name()
    }
}
