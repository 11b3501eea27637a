//! A plan of rules that would let traffic through: the traffic, and what the user chooses. The rules are computed anew
//! from these and from what was read, for every frame.

use crate::domain::impact::TrafficGroup;
use crate::domain::plan::Choice;

/// The plan, on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanBox {
    /// Whose traffic it is, for the title.
    pub name: String,
    /// The traffic that is to pass.
    pub groups: Vec<TrafficGroup>,
    /// Callers and destinations of the report that are not among it, as it cannot be told whether they would be denied.
    pub unplanned: usize,
    /// What the user chooses.
    pub choice: Choice,
    /// First line shown.
    pub scroll: usize,
}
