//! Text fields: the editing core of tui-input with this program's keys.

use tui_input::{Input, InputRequest};

use super::keys::{Code, Key};
use crate::domain::text;

/// Longest text that a field takes; a pasted list of 200 elements fits many times.
const MAX_CHARS: usize = 20_000;

/// The key types a character.
pub fn types(key: Key) -> bool {
    matches!(key, Key { code: Code::Char(_), ctrl: false, alt: false })
}

/// The way in which a key turns a field with a fixed choice: `Some(true)` forward. Not for typing.
pub fn turns(key: Key) -> Option<bool> {
    match key.code {
        Code::Char(' ') | Code::Right => Some(true),
        Code::Left => Some(false),
        _ => None,
    }
}

/// A one-line text field.
#[derive(Debug, Clone, Default)]
pub struct Field(Input);

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.0.value() == other.0.value() && self.0.cursor() == other.0.cursor()
    }
}

impl Field {
    /// A field with this text, cursor at its end.
    pub fn new(text: &str) -> Self {
        Self(Input::new(text.to_owned()))
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// Place of the cursor, in characters.
    pub fn cursor(&self) -> usize {
        self.0.cursor()
    }

    /// An editing key. False when it is none.
    pub fn key(&mut self, key: Key) -> bool {
        use InputRequest as R;
        let request = match (key.code, key.ctrl, key.alt) {
            (Code::Char(c), false, false) => R::InsertChar(c),
            (Code::Backspace, false, false) => R::DeletePrevChar,
            (Code::Char('w'), true, false) | (Code::Backspace, _, true) => R::DeletePrevWord,
            (Code::Char('d'), true, false) | (Code::Delete, _, _) => R::DeleteNextChar,
            (Code::Char('u'), true, false) => R::DeleteLine,
            (Code::Char('k'), true, false) => R::DeleteTillEnd,
            (Code::Left, true, _) | (Code::Char('b'), false, true) => R::GoToPrevWord,
            (Code::Right, true, _) | (Code::Char('f'), false, true) => R::GoToNextWord,
            (Code::Left, ..) | (Code::Char('b'), true, false) => R::GoToPrevChar,
            (Code::Right, ..) | (Code::Char('f'), true, false) => R::GoToNextChar,
            (Code::Home, ..) | (Code::Char('a'), true, false) => R::GoToStart,
            (Code::End, ..) | (Code::Char('e'), true, false) => R::GoToEnd,
            _ => return false,
        };
        let full = matches!(request, R::InsertChar(_)) && self.0.value().chars().count() >= MAX_CHARS;
        if !full {
            self.0.handle(request);
        }
        true
    }

    /// Pasted text: line ends and tabs become separators, other control characters signs.
    pub fn paste(&mut self, pasted: &str) {
        let lines: Vec<&str> =
            pasted.split(['\n', '\r', '\t']).map(str::trim).filter(|s| !s.is_empty()).collect();
        let joined = lines.join(", ");
        let room = MAX_CHARS.saturating_sub(self.0.value().chars().count());
        for c in text::clean(&joined).chars().take(room) {
            self.0.handle(InputRequest::InsertChar(c));
        }
    }
}
