//! A board: a full-screen list of things with their state, computed anew from the model for every
//! frame, so that it never says what was true a while ago. Remembers only where the cursor is.

use std::sync::Arc;

use super::super::Model;
use super::super::command::Command;
use super::super::path::{self, Path};
use super::super::prerequisites;
use super::super::temporaries;
use super::help::Line;
use crate::domain::{Associable, Perimeter, Proposal, Signal};

/// What a board is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoardKind {
    /// What must be registered in the subscriptions.
    Prerequisites,
    /// Temporary access rules of the perimeter shown.
    Temporary,
    /// The guided path of a resource into a perimeter.
    Path(Path),
}

/// What Enter does about a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Mend {
    /// Nothing; why, in a few words.
    Nothing(String),
    /// Asks whether this is to be written.
    Propose(Box<Proposal>),
    /// Runs a command over the board; what it does.
    Run(Command, String),
    /// Asks for the profile in which this resource is to join this perimeter.
    Join(Arc<Associable>, Arc<Perimeter>),
    /// Chooses the perimeter to join, or makes it; in words.
    Perimeter(&'static str),
    /// Reads again.
    Read,
}

impl Mend {
    /// Asks about a proposal.
    pub fn propose(proposal: impl Into<Proposal>) -> Self {
        Self::Propose(Box::new(proposal.into()))
    }

    /// What it does, for the foot of the board.
    pub fn words(&self) -> String {
        match self {
            Self::Nothing(why) => why.clone(),
            Self::Propose(proposal) => format!("Enter: {}", proposal.title()),
            Self::Run(_, what) => format!("Enter: {what}"),
            Self::Join(it, perimeter) => {
                format!("Enter: associate {} with {}", it.id.name(), perimeter.id.name())
            }
            Self::Perimeter(what) => format!("Enter: {what}"),
            Self::Read => "Enter: read again".to_owned(),
        }
    }
}

/// A row of a board.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardRow {
    /// What it is known by across frames.
    pub key: String,
    /// Rows of one group stand below one heading; empty without.
    pub group: String,
    /// How it stands.
    pub signal: Signal,
    /// What it is about.
    pub what: String,
    /// What is found, in a few words.
    pub found: String,
    /// More, for the row that has the cursor.
    pub detail: Vec<Line>,
    /// What Enter does.
    pub mend: Mend,
}

/// A board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// What it is about.
    pub kind: BoardKind,
    /// Key of the row that has the cursor; the first one that is left to do before it was moved.
    cursor: Option<String>,
}

impl Board {
    /// A board whose cursor stands on what comes first.
    pub fn new(kind: BoardKind) -> Self {
        Self { kind, cursor: None }
    }

    /// Title.
    pub fn title(&self, model: &Model) -> String {
        match &self.kind {
            BoardKind::Prerequisites => prerequisites::title(model),
            BoardKind::Temporary => temporaries::title(model),
            BoardKind::Path(path) => path::title(path),
        }
    }

    /// How far its rows are, in a few words.
    pub fn count(&self, rows: &[BoardRow]) -> String {
        let settled = rows.iter().filter(|row| row.signal.is_settled()).count();
        match &self.kind {
            BoardKind::Temporary => format!("{settled} open, {} to remove", rows.len() - settled),
            BoardKind::Prerequisites | BoardKind::Path(_) => format!("{settled} of {} done", rows.len()),
        }
    }

    /// What stands there when there is no row.
    pub fn nothing(&self, model: &Model) -> &'static str {
        match &self.kind {
            BoardKind::Temporary => temporaries::nothing(model),
            BoardKind::Prerequisites | BoardKind::Path(_) => "reading\u{2026}",
        }
    }

    /// The rows as they are now.
    pub fn rows(&self, model: &Model) -> Vec<BoardRow> {
        match &self.kind {
            BoardKind::Prerequisites => prerequisites::rows(model),
            BoardKind::Temporary => temporaries::rows(model),
            BoardKind::Path(path) => path::rows(model, path),
        }
    }

    /// Place of the cursor among these rows.
    pub fn place(&self, rows: &[BoardRow]) -> usize {
        let at = |key: &String| rows.iter().position(|row| row.key == *key);
        let next = || rows.iter().position(|row| row.signal.is_next());
        let open = || rows.iter().position(|row| !row.signal.is_settled());
        self.cursor.as_ref().and_then(at).or_else(next).or_else(open).unwrap_or(0)
    }

    /// The cursor goes by itself again, to what comes next.
    pub fn let_go(&mut self) {
        self.cursor = None;
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Command, rows: &[BoardRow], page: usize) {
        self.cursor = rows.get(command.moves(self.place(rows), rows.len(), page)).map(|row| row.key.clone());
    }
}
