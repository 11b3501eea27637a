//! The terminal's events in the program's words. Pure.

use std::time::{Duration, Instant};

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use crate::app::keys::{Code, Key};
use crate::app::msg::{MouseKind, Msg};

/// A key sequence that the network tore apart arrives as Escape and then plain characters; these
/// follow within this time, and hardly any finger does.
const TORN: Duration = Duration::from_millis(150);

/// Turns events into messages; knows the beginning of a sequence that was torn apart.
#[derive(Debug, Default)]
pub(super) struct Translator {
    torn: Option<Torn>,
}

/// How much of a torn sequence has come.
#[derive(Debug, Clone, Copy)]
enum Torn {
    /// Escape, at this time.
    Escape(Instant),
    /// The character that introduces a sequence, held back.
    Introducer(Instant, char),
    /// A parameter: its number decides which key it is.
    Parameter(Instant, u8),
}

impl Translator {
    /// The messages that an event stands for.
    pub(super) fn translate(&mut self, event: Event, now: Instant) -> Vec<Msg> {
        match event {
            Event::Key(event) => {
                if event.kind == KeyEventKind::Release {
                    return Vec::new();
                }
                key(event).map_or_else(Vec::new, |key| self.mend(key, now))
            }
            Event::Paste(text) => vec![Msg::Paste(text)],
            Event::Mouse(event) => mouse(event).into_iter().collect(),
            // Where there is a signal for it, the signal tells.
            Event::Resize(..) if cfg!(unix) => Vec::new(),
            Event::Resize(width, height) => vec![Msg::Resize(width, height)],
            Event::FocusGained | Event::FocusLost => Vec::new(),
        }
    }

    /// Puts a torn sequence together again. The Escape has been delivered by then: it only closes
    /// things, while the characters behind it could be anything.
    fn mend(&mut self, key: Key, now: Instant) -> Vec<Msg> {
        let fresh = |since: Instant| now.saturating_duration_since(since) < TORN;
        let typed = key.typed();
        let messages = match (self.torn.take(), typed) {
            (Some(Torn::Escape(since)), Some(c @ ('[' | 'O'))) if fresh(since) => {
                self.torn = Some(Torn::Introducer(since, c));
                Vec::new()
            }
            (Some(Torn::Introducer(since, _)), Some(c @ '1'..='8')) if fresh(since) => {
                self.torn = Some(Torn::Parameter(since, c as u8 - b'0'));
                Vec::new()
            }
            (Some(Torn::Introducer(since, start)), Some(c)) if fresh(since) => match final_letter(c) {
                Some(code) => vec![Key::plain(code)],
                None => vec![Key::char(start), key],
            },
            (Some(Torn::Parameter(since, number)), Some('~')) if fresh(since) => {
                numbered(number).map(Key::plain).into_iter().collect()
            }
            (Some(Torn::Introducer(_, start)), _) => vec![Key::char(start), key],
            (Some(Torn::Escape(_) | Torn::Parameter(..)) | None, _) => vec![key],
        };
        if key == Key::plain(Code::Esc) {
            self.torn = Some(Torn::Escape(now));
        }
        messages.into_iter().map(Msg::Key).collect()
    }
}

fn final_letter(c: char) -> Option<Code> {
    Some(match c {
        'A' => Code::Up,
        'B' => Code::Down,
        'C' => Code::Right,
        'D' => Code::Left,
        'F' => Code::End,
        'H' => Code::Home,
        'Z' => Code::BackTab,
        _ => return None,
    })
}

fn numbered(number: u8) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        _ => return None,
    })
}

fn key(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Code::BackTab,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Key { code, ctrl, alt })
}

fn mouse(event: MouseEvent) -> Option<Msg> {
    let kind = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        _ => return None,
    };
    Some(Msg::Mouse(kind, event.column, event.row))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses keys this many milliseconds after the start and names what arrives.
    fn arrive(keys: &[(u64, KeyCode)]) -> String {
        let mut translator = Translator::default();
        let start = Instant::now();
        let mut names = Vec::new();
        for (at, code) in keys {
            let event = Event::Key(KeyEvent::new(*code, KeyModifiers::NONE));
            for msg in translator.translate(event, start + Duration::from_millis(*at)) {
                let Msg::Key(key) = msg else { panic!("{msg:?}") };
                names.push(key.to_string());
            }
        }
        names.join(" ")
    }

    #[test]
    fn a_torn_arrow_is_no_letters() {
        let esc = (0, KeyCode::Esc);
        let c = |at, c| (at, KeyCode::Char(c));
        assert_eq!(arrive(&[esc, c(100, '['), c(100, 'A')]), "esc up");
        assert_eq!(arrive(&[esc, c(100, '['), c(100, '6'), c(101, '~')]), "esc pgdn");
        assert_eq!(arrive(&[esc, c(100, 'O'), c(100, 'H')]), "esc home");
    }

    #[test]
    fn what_a_person_types_arrives() {
        let esc = (0, KeyCode::Esc);
        let c = |at, c| (at, KeyCode::Char(c));
        assert_eq!(arrive(&[esc, c(400, '['), c(500, 'A')]), "esc [ A");
        assert_eq!(arrive(&[esc, c(50, 'j'), c(60, '[')]), "esc j [");
        assert_eq!(arrive(&[esc, c(50, 'O'), c(900, 'x')]), "esc O x");
        assert_eq!(arrive(&[esc, c(50, '['), (60, KeyCode::Enter)]), "esc [ enter");
    }

    #[test]
    fn modifiers_survive() {
        let press = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        let mut translator = Translator::default();
        for (event, name) in [
            (press(KeyCode::Char('d'), KeyModifiers::CONTROL), "ctrl-d"),
            (press(KeyCode::Char('G'), KeyModifiers::SHIFT), "G"),
            (press(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab"),
            (press(KeyCode::Char('x'), KeyModifiers::ALT), "alt-x"),
        ] {
            let msgs = translator.translate(event, Instant::now());
            assert_eq!(msgs, [Msg::Key(name.parse().unwrap())]);
        }
    }
}
