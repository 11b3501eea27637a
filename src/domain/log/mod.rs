//! Access log rows: what one says, and the bounded store that keeps many of them.
//!
//! Nothing here queries or draws. Texts are cleaned by whoever builds an [`AccessLogEntry`].

mod counts;
mod dictionary;
mod entry;
mod export;
mod groups;
mod room;
mod store;
mod tail;
mod view;
mod words;

pub use counts::Counts;
pub use entry::{AccessLogEntry, LogColumn, LogTexts, LogTimes};
pub use export::{ExportFormat, Exported, LogExport};
pub use groups::{GroupBy, LogGroup, LogGroups, MOST_GROUPS};
pub use room::{KeptRoom, RoomColumn, SavedFilter};
pub use store::{DictionarySizes, LogStore, RowKey, RowView};
pub use tail::{TailBatch, TailStatus, TailTable};
pub use view::{LogView, filter_columns};
pub use words::{Category, Verdict};
