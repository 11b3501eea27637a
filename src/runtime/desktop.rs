//! What reaches beyond the terminal: the clipboard of the machine where the user sits.

use std::io::Write as _;
use std::path::PathBuf;

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

use crate::private;

/// Longest text that terminals take through OSC 52: 100,000 characters of base64.
const LONGEST: usize = 74_000;

/// How much of a sequence GNU screen passes on at once.
const SCREEN_CHUNK: usize = 512;

/// How the clipboard is reached, and where to put what is too long for it.
#[derive(Debug, Clone, Default)]
pub struct Desktop {
    /// The program runs inside tmux.
    pub tmux: bool,
    /// The program runs inside GNU screen.
    pub screen: bool,
    /// Where long texts are put.
    pub folder: Option<PathBuf>,
}

/// What became of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Copied {
    /// To be written to the terminal.
    Sequence(String),
    /// Too long; it is in this file.
    File(PathBuf),
    /// Too long, and it could not be kept.
    Nowhere(String),
}

impl Desktop {
    /// As the environment says. `folder`: the state folder.
    pub fn from_environment(folder: Option<PathBuf>) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        Self { tmux: set("TMUX"), screen: set("STY"), folder }
    }

    /// Puts text on the clipboard, by OSC 52: it works over SSH, and terminals that do not know it
    /// ignore it.
    pub(super) fn copy(&self, text: &str) -> Copied {
        if text.len() > LONGEST {
            return self.keep(text);
        }
        let mut plain = String::new();
        if CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain).is_err() {
            return Copied::Nowhere("the text cannot be encoded".to_owned());
        }
        if self.tmux {
            // tmux takes the plain form where `set-clipboard` is on, the wrapped one where
            // `allow-passthrough` is; it drops the other.
            let wrapped = format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"));
            return Copied::Sequence(plain + &wrapped);
        }
        if self.screen {
            return Copied::Sequence(through_screen(&plain));
        }
        Copied::Sequence(plain)
    }

    fn keep(&self, text: &str) -> Copied {
        let Some(folder) = &self.folder else {
            return Copied::Nowhere("there is no state folder".to_owned());
        };
        let path = folder.join("copied.txt");
        let kept = private::make_folder(folder)
            .and_then(|()| private::options().create(true).truncate(true).write(true).open(&path))
            .and_then(|mut file| file.write_all(text.as_bytes()));
        match kept {
            Ok(()) => Copied::File(path),
            Err(e) => Copied::Nowhere(format!("{} cannot be written: {e}", path.display())),
        }
    }
}

/// Wraps a sequence so that GNU screen passes it on: in pieces, none of which may hold its end.
fn through_screen(sequence: &str) -> String {
    let mut out = String::new();
    let body = sequence.trim_end_matches("\x1b\\");
    let mut rest = body;
    while !rest.is_empty() {
        let cut = rest.len().min(SCREEN_CHUNK);
        // Base64 and the introducer are ASCII.
        let (piece, after) = rest.split_at(cut);
        out.extend(["\x1bP", piece, "\x1b\\"]);
        rest = after;
    }
    out.push_str("\x1bP\x07\x1b\\");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_go_through_the_terminal() {
        let plain = Desktop::default().copy("hi");
        assert_eq!(plain, Copied::Sequence("\x1b]52;c;aGk=\x1b\\".to_owned()));
        let tmux = Desktop { tmux: true, ..Desktop::default() }.copy("hi");
        let both = "\x1b]52;c;aGk=\x1b\\\x1bPtmux;\x1b\x1b]52;c;aGk=\x1b\x1b\\\x1b\\";
        assert_eq!(tmux, Copied::Sequence(both.to_owned()));
        let screen = Desktop { screen: true, ..Desktop::default() }.copy("hi");
        assert_eq!(screen, Copied::Sequence("\x1bP\x1b]52;c;aGk=\x1b\\\x1bP\x07\x1b\\".to_owned()));
    }

    #[test]
    fn long_texts_go_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let desktop = Desktop { folder: Some(folder.path().join("nsp")), ..Desktop::default() };
        let text = "x".repeat(LONGEST + 1);
        let Copied::File(path) = desktop.copy(&text) else { panic!("not in a file") };
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
        assert!(matches!(Desktop::default().copy(&text), Copied::Nowhere(_)));
    }
}
