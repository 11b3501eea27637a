//! The access log: queries, their answers, and the live tail's position.
//!
//! Waiting and sending in a loop is the caller's business (`runtime`); this says what to ask, when,
//! and what an answer means.

mod cursor;
mod decode;
pub mod kql;
mod query;
mod reports;
mod rows;
mod schedule;
mod seen;
pub mod table;

pub use cursor::{TailCursor, TailSettings};
pub use kql::{Start, TailQuery};
pub use query::{LogQuery, LogScope};
pub use reports::{MOST_CELLS, MOST_GROUPS, next_page};
pub use schedule::{TailPace, TailSchedule};
pub use table::{Table, Value};

use crate::domain::Failure;
use crate::domain::log::TailTable;

/// An answer to a query.
#[derive(Debug, Clone, Default)]
pub struct QueryAnswer {
    /// The rows.
    pub table: Table,
    /// Whether the workspace has the access log table at all.
    pub state: TailTable,
    /// Set when the service says that the rows are not all.
    pub warning: Option<Failure>,
}
