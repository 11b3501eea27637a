//! What a live tail reports: rows in bounded batches, and how fresh they are.

use jiff::{SignedDuration, Timestamp};

use super::AccessLogEntry;
use crate::domain::Failure;

/// Whether the workspace has the access log table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TailTable {
    /// Not asked yet.
    #[default]
    NotAsked,
    /// No access log row has ever arrived in this workspace (API.md, section 9.3).
    NoneYet,
    /// It can be queried.
    Present,
}

/// How far the tail has read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TailStatus {
    /// Whether there is a table at all.
    pub table: TailTable,
    /// Ingestion time of the newest row seen.
    pub newest_ingestion: Option<Timestamp>,
    /// Service's time at the last answer minus [`Self::newest_ingestion`]: how long nothing came.
    pub behind: Option<SignedDuration>,
    /// Ingestion time minus the end of the window of the newest row: how late the service delivers.
    pub delay: Option<SignedDuration>,
    /// True when the last answer held everything that there was.
    pub caught_up: bool,
    /// Local time of the last answer.
    pub polled_at: Option<Timestamp>,
    /// The service answered in part, or rows could not be read; the rest was taken.
    pub warning: Option<Failure>,
}

/// A piece of the tail, small enough to be handed over without a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailBatch {
    /// At most [`TailBatch::MAX_ROWS`], in order of arrival; empty when only the status changed.
    pub rows: Vec<AccessLogEntry>,
    /// How far the tail has read with these rows.
    pub status: TailStatus,
}

impl TailBatch {
    /// Bound on [`Self::rows`].
    pub const MAX_ROWS: usize = 500;
}
