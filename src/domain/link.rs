//! Links between perimeters and the references that they leave on the other side.

use super::{ArmId, ProvisioningState, RawBody};

super::words! {
    /// `status` of a link or link reference.
    LinkStatus {
        /// Works in both directions that its profiles allow.
        Approved = "Approved",
        /// Waits for the other side.
        Pending = "Pending",
        /// The other side said no.
        Rejected = "Rejected",
        /// The other end is gone; a reference in this state is to be deleted by hand.
        Disconnected = "Disconnected",
    }
}

/// A link from this perimeter to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// ARM id.
    pub id: ArmId,
    /// The other perimeter (`autoApprovedRemotePerimeterResourceId`), when sent.
    pub remote: Option<ArmId>,
    /// `remotePerimeterGuid`; empty when not sent.
    pub remote_guid: String,
    /// `remotePerimeterLocation`.
    pub remote_location: String,
    /// Local profiles that admit the other side; `*` is all.
    pub local_inbound: Vec<String>,
    /// Remote profiles that admit this side; `*` is all.
    pub remote_inbound: Vec<String>,
    /// Description, at most 140 characters.
    pub description: String,
    /// Status.
    pub status: Option<LinkStatus>,
    /// Provisioning state; a new link stays `Accepted` for seconds (API.md, section 3).
    pub state: Option<ProvisioningState>,
    /// As last read.
    pub raw: RawBody,
}

/// The other side's view of a link that points here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkReference {
    /// ARM id.
    pub id: ArmId,
    /// The perimeter that made the link (`remotePerimeterResourceId`).
    pub remote: Option<ArmId>,
    /// `remotePerimeterGuid`.
    pub remote_guid: String,
    /// `remotePerimeterLocation`.
    pub remote_location: String,
    /// Local profiles that admit the other side.
    pub local_inbound: Vec<String>,
    /// Remote profiles that admit this side.
    pub remote_inbound: Vec<String>,
    /// Description.
    pub description: String,
    /// Status.
    pub status: Option<LinkStatus>,
    /// Provisioning state.
    pub state: Option<ProvisioningState>,
    /// As last read.
    pub raw: RawBody,
}
