//! Text in an overlay: the keys of a place, why something failed, where signing in stands.

use super::super::command::Command;
use super::Answer;

/// What a line of text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A heading.
    Head(String),
    /// A key and what it does, or why it cannot.
    Key {
        /// The keys, as shown.
        keys: String,
        /// What it does.
        text: String,
        /// Why it cannot; empty when it can.
        disabled: String,
    },
    /// A field and its value.
    Field(String, String),
    /// A sentence.
    Text(String),
    /// Something important.
    Strong(String),
    /// An empty line.
    Gap,
}

/// Scrolled text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBox {
    /// Title.
    pub title: String,
    /// Lines; long ones are wrapped when drawn.
    pub lines: Vec<Line>,
    /// First line shown.
    pub scroll: usize,
    /// What the copy key puts on the clipboard, with its name.
    pub copy: Option<(String, String)>,
}

impl TextBox {
    /// Text without anything to copy.
    pub fn new(title: impl Into<String>, lines: Vec<Line>) -> Self {
        Self { title: title.into(), lines, scroll: 0, copy: None }
    }

    /// Runs a command of the text scope.
    pub fn command(&mut self, command: Command, page: usize) -> Answer {
        match command {
            Command::Back | Command::Accept => return Answer::Close,
            Command::Bottom => self.scroll = self.lines.len().saturating_sub(page.max(1)),
            _ => self.scroll = command.moves(self.scroll, self.lines.len(), page),
        }
        Answer::Stay
    }
}
