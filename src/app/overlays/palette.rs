//! The palette: every command by name, those that cannot run with their reason.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::super::command::Command;
use super::super::input::Field;
use super::super::keys::Key;
use super::Answer;

/// One command of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it runs.
    pub command: Command,
    /// Its key, as shown.
    pub key: String,
    /// What it does.
    pub help: String,
    /// Why it cannot run now.
    pub disabled: Option<String>,
}

/// The palette.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// What is typed.
    pub field: Field,
    entries: Vec<Entry>,
    shown: Vec<usize>,
    /// Place of the cursor among the entries shown.
    pub cursor: usize,
}

impl Palette {
    /// All entries, nothing typed.
    pub fn new(entries: Vec<Entry>) -> Self {
        let shown = (0..entries.len()).collect();
        Self { field: Field::default(), entries, shown, cursor: 0 }
    }

    /// The entries that match, best first.
    pub fn shown(&self) -> impl Iterator<Item = &Entry> {
        self.shown.iter().filter_map(|i| self.entries.get(*i))
    }

    /// Number of entries that match.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Nothing matches.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    fn search(&mut self) {
        self.cursor = 0;
        self.shown =
            rank(self.field.text(), self.entries.iter().map(|e| format!("{} {}", e.command.name(), e.help)));
    }

    /// A key that is no command: typing.
    pub fn key(&mut self, key: Key) -> Answer {
        if self.field.key(key) {
            self.search();
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        self.field.paste(text);
        self.search();
        Answer::Stay
    }

    /// Runs a command of the palette scope.
    pub fn command(&mut self, command: Command, page: usize) -> Answer {
        match command {
            Command::Back => return Answer::Close,
            Command::Accept => {
                let chosen = self.shown().nth(self.cursor);
                return match chosen {
                    Some(entry) => Answer::Run(entry.command),
                    None => Answer::Stay,
                };
            }
            _ => self.cursor = command.moves(self.cursor, self.shown.len(), page),
        }
        Answer::Stay
    }
}

/// The indexes of the texts that match what was typed, best first; all in order when nothing was.
pub fn rank(typed: &str, texts: impl Iterator<Item = String>) -> Vec<usize> {
    if typed.trim().is_empty() {
        return texts.enumerate().map(|(i, _)| i).collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, usize)> = texts
        .enumerate()
        .filter_map(|(i, text)| {
            let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
            Some((score, i))
        })
        .collect();
    scored.sort_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
    scored.into_iter().map(|(_, i)| i).collect()
}
