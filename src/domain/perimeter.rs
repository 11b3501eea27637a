//! Perimeters, profiles, logging configuration and subscriptions.

use jiff::Timestamp;

use super::{ArmId, RawBody};

super::words! {
    /// `provisioningState` of an NSP resource (API.md, section 5).
    ProvisioningState {
        /// Done. The data plane may still lag (API.md, section 11).
        Succeeded = "Succeeded",
        /// Being made.
        Creating = "Creating",
        /// Being changed.
        Updating = "Updating",
        /// Being deleted.
        Deleting = "Deleting",
        /// Taken, not done.
        Accepted = "Accepted",
        /// Failed.
        Failed = "Failed",
        /// A link that waits for the other side (links only).
        WaitForRemoteCompletion = "WaitForRemoteCompletion",
    }
}

impl ProvisioningState {
    /// True while the service works on it.
    pub fn is_moving(&self) -> bool {
        match self {
            Self::Creating
            | Self::Updating
            | Self::Deleting
            | Self::Accepted
            | Self::WaitForRemoteCompletion => true,
            Self::Succeeded | Self::Failed | Self::Unknown(_) => false,
        }
    }
}

/// Who changed a resource last (`systemData`); older api-versions do not send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modified {
    /// `lastModifiedBy`, cleaned; empty when not sent.
    pub by: String,
    /// `lastModifiedAt`.
    pub at: Option<Timestamp>,
}

/// A network security perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Perimeter {
    /// ARM id.
    pub id: ArmId,
    /// Region.
    pub location: String,
    /// `perimeterGuid`; empty when not sent.
    pub guid: String,
    /// Provisioning state; `None` when not sent.
    pub state: Option<ProvisioningState>,
    /// Tags in the order sent.
    pub tags: Vec<(String, String)>,
    /// Last change.
    pub modified: Option<Modified>,
    /// As last read.
    pub raw: RawBody,
}

/// A profile: a named set of access rules within a perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// ARM id.
    pub id: ArmId,
    /// `accessRulesVersion`: counts up with each rule change; a string on the wire.
    pub rules_version: String,
    /// `diagnosticSettingsVersion`: counts up with each logging change.
    pub diagnostics_version: String,
    /// Last change.
    pub modified: Option<Modified>,
    /// As last read.
    pub raw: RawBody,
}

/// `loggingConfigurations/instance` of a perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggingConfiguration {
    /// ARM id.
    pub id: ArmId,
    /// `enabledLogCategories`.
    pub categories: Vec<String>,
    /// `version`: rises with each PUT.
    pub version: String,
    /// As last read.
    pub raw: RawBody,
}

/// A subscription that the signed-in identity can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Guid.
    pub id: String,
    /// Display name, cleaned.
    pub name: String,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled`, `Deleted`.
    pub state: String,
    /// Home tenant's guid; empty when not sent.
    pub tenant: String,
}
