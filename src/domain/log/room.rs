//! What a user keeps of the log room from run to run: columns and named filters. Plain data.

use super::LogColumn;

/// A column of the log room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoomColumn {
    /// End of the row's window.
    Time,
    /// What the row means.
    Verdict,
    /// In or out.
    Direction,
    /// The two ends.
    Ends,
    /// How many events the row stands for.
    Count,
    /// The text of a column of the table.
    Text(LogColumn),
}

impl RoomColumn {
    /// Every column, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Time, Self::Verdict, Self::Direction, Self::Ends, Self::Count];
        own.into_iter().chain(LogColumn::ALL.map(Self::Text))
    }

    /// Its name: Azure's where it is a column of the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Verdict => "verdict",
            Self::Direction => "dir",
            Self::Ends => "from and to",
            Self::Count => "count",
            Self::Text(column) => column.name(),
        }
    }

    /// The column of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|column| column.name().eq_ignore_ascii_case(name))
    }
}

/// A filter with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilter {
    /// What the user calls it.
    pub name: String,
    /// The filter as typed.
    pub text: String,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRoom {
    /// The columns, in the order of [`RoomColumn::all`].
    pub columns: Vec<RoomColumn>,
    /// Named filters, by name.
    pub filters: Vec<SavedFilter>,
}

impl Default for KeptRoom {
    fn default() -> Self {
        let texts = [LogColumn::OperationName, LogColumn::MatchedRule].map(RoomColumn::Text);
        let own = [
            RoomColumn::Time,
            RoomColumn::Verdict,
            RoomColumn::Direction,
            RoomColumn::Ends,
            RoomColumn::Count,
        ];
        let mut columns: Vec<RoomColumn> = own.into_iter().chain(texts).collect();
        columns.sort_unstable();
        Self { columns, filters: Vec::new() }
    }
}

impl KeptRoom {
    /// Shows a column, or hides it. The last one stays.
    pub fn toggle(&mut self, column: RoomColumn) {
        match self.columns.iter().position(|c| *c == column) {
            Some(at) if self.columns.len() > 1 => drop(self.columns.remove(at)),
            Some(_) => {}
            None => {
                self.columns.push(column);
                self.columns.sort_unstable();
            }
        }
    }

    /// Keeps a filter under a name, in place of the one that had it.
    pub fn save(&mut self, name: &str, text: &str) {
        self.forget(name);
        self.filters.push(SavedFilter { name: name.to_owned(), text: text.to_owned() });
        self.filters.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Forgets a filter.
    pub fn forget(&mut self, name: &str) {
        self.filters.retain(|f| f.name != name);
    }
}
