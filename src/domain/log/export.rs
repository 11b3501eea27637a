//! What is to be exported of the log: plain data, handed over whole so that writing it can happen elsewhere.

use std::sync::Arc;

use jiff::Timestamp;

use super::{LogStore, RoomColumn, RowKey};

/// The form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values with a head.
    Csv,
    /// One JSON object in each line.
    JsonLines,
}

impl ExportFormat {
    /// End of the file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

/// What is exported.
#[derive(Debug, Clone)]
pub enum Exported {
    /// Rows of a store, with these columns.
    Rows {
        /** The store as it was. */
        store: Arc<LogStore>,
        /** Which rows, in which order. */
        keys: Vec<RowKey>,
        /** Which columns. */
        columns: Vec<RoomColumn>,
    },
    /// A table of texts.
    Table {
        /** Names of the columns. */
        head: Vec<&'static str>,
        /** The rows. */
        rows: Vec<Vec<String>>,
    },
}

impl PartialEq for Exported {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rows { store: a, keys: b, columns: c }, Self::Rows { store, keys, columns }) => {
                Arc::ptr_eq(a, store) && b == keys && c == columns
            }
            (Self::Table { head: a, rows: b }, Self::Table { head, rows }) => a == head && b == rows,
            (Self::Rows { .. }, Self::Table { .. }) | (Self::Table { .. }, Self::Rows { .. }) => false,
        }
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq)]
pub struct LogExport {
    /// The form.
    pub format: ExportFormat,
    /// When it was asked for; it names the file.
    pub at: Timestamp,
    /// What.
    pub what: Exported,
}
