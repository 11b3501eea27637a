//! The result of a tested connection: which resource it is about. What is known of it stands in the
//! model's data, so the box shows an answer whenever that comes.

use crate::domain::ArmId;

/// A tested connection, on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeBox {
    /// The association of the resource.
    pub association: ArmId,
    /// The resource that is called.
    pub resource: ArmId,
    /// First line shown.
    pub scroll: usize,
}
