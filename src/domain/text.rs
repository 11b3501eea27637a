//! Makes text from outside safe to show. It never shortens and never drops: what cannot be shown
//! becomes a sign, so that a hostile name is visible as one.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Replaces what could drive or mislead a terminal by visible signs.
///
/// Control characters become their control picture (`␛`), bidirectional, zero-width and other
/// format characters, line separators and private-use tag characters become `⟨U+202E⟩`. Line feed
/// and tab become `␊` and `␉`. Text without any of these is returned as it is, without a copy.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_safe(&mut out, c);
    }
    Cow::Owned(out)
}

/// Like [`clean`], but keeps line feeds and turns tabs into spaces: for text drawn line by line.
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || is_plain(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            '\r' => {}
            _ => push_safe(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// True when the character may go to a terminal as it is.
pub fn is_plain(c: char) -> bool {
    !(c.is_control() || is_invisible(c))
}

fn push_safe(out: &mut String, c: char) {
    let code = c as u32;
    if code < 0x20 {
        out.push(char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'));
    } else if code == 0x7f {
        out.push('\u{2421}');
    } else if is_plain(c) {
        out.push(c);
    } else {
        // Writing to a String cannot fail.
        let _ = write!(out, "\u{27e8}U+{code:04X}\u{27e9}");
    }
}

/// Format characters that have no width of their own or change the direction of others, and
/// combining marks that stack without bound are left alone: they cannot leave their cell.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(clean("nsp-prod · Größe 東京"), Cow::Borrowed(_)));
    }

    #[test]
    fn terminal_sequences_become_signs() {
        assert_eq!(clean("a\u{1b}[2Jb\u{7f}\u{9b}"), "a␛[2Jb␡⟨U+009B⟩");
        assert_eq!(clean("x\r\n\ty"), "x␍␊␉y");
    }

    #[test]
    fn direction_and_zero_width_become_signs() {
        assert_eq!(clean("a\u{202e}b\u{200b}c\u{feff}"), "a⟨U+202E⟩b⟨U+200B⟩c⟨U+FEFF⟩");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(clean_lines("a\r\nb\tc\u{7}"), "a\nb    c␇");
    }
}
