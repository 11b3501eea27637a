//! The box that compares what a perimeter says with what a resource believes: which association it is
//! about. Both sides stand in the model's data, so the box follows whatever is read meanwhile.

use crate::domain::ArmId;

/// The comparison, on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BelievedBox {
    /// The association.
    pub association: ArmId,
    /// Name of its resource.
    pub name: String,
    /// First line shown.
    pub scroll: usize,
}
