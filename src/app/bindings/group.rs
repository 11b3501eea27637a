//! The groups into which the help sorts the rows of the table.

/// A group of rows in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Moving about.
    Move,
    /// Looking at things.
    View,
    /// Changing Azure.
    Change,
    /// The program itself.
    Program,
}

impl Group {
    /// Its heading.
    pub fn label(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::View => "Look",
            Self::Change => "Change",
            Self::Program => "Program",
        }
    }
}
