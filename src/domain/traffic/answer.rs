//! What came of a question to the log: its outcomes are kept apart, so that nothing missing is
//! ever taken for nothing there.

use crate::domain::Failure;

/// The outcome of a question that got an answer. Failures are `Err`s of whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogAnswer<T> {
    /// The workspace has no access log table: no row has ever arrived, which says nothing about
    /// traffic (API.md, section 9.3).
    NoTable,
    /// The table was read.
    Read(LogPage<T>),
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage<T> {
    /// The items.
    pub items: Vec<T>,
    /// There are more than were asked for; the items are the first by the question's own order.
    pub cut: bool,
    /// Rows of the answer that could not be read and are missing from the items.
    pub unreadable: usize,
    /// The service said itself that its answer is not complete.
    pub warning: Option<Failure>,
}

impl<T> LogPage<T> {
    /// True when the items are all that there is.
    pub fn is_complete(&self) -> bool {
        !self.cut && self.unreadable == 0 && self.warning.is_none()
    }
}

impl<T> LogAnswer<T> {
    /// What was read, if the table is there.
    pub fn page(&self) -> Option<&LogPage<T>> {
        match self {
            Self::NoTable => None,
            Self::Read(page) => Some(page),
        }
    }
}
