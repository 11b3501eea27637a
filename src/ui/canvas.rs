//! Putting text on the buffer: never outside its rectangle, never wider than told, always safe.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::theme::{Role, Theme};
use crate::app::layout::Rect;
use crate::domain::text::clean;

/// The buffer with the theme.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

/// The part of `text` that fits into `width` cells, with the cut sign where something is missing.
pub fn fit<'t>(text: &'t str, width: usize, cut: &str) -> Cow<'t, str> {
    // Most cells are short ASCII.
    if text.len() <= width || text.width() <= width {
        return Cow::Borrowed(text);
    }
    let room = width.saturating_sub(cut.width());
    let mut used = 0;
    let mut out = String::with_capacity(width + 4);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        out.push(c);
    }
    if width >= cut.width() {
        out.push_str(cut);
    }
    Cow::Owned(out)
}

/// Breaks text into lines of at most `width` cells, at spaces where there are any.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut out = Vec::new();
    for line in text.split('\n') {
        let mut current = String::new();
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            let length = word.trim_end().width();
            // A word that fits on no line of its own begins where it stands.
            if used > 0 && used + length > width && length <= width {
                out.push(std::mem::take(&mut current).trim_end().to_owned());
                used = 0;
            }
            for c in word.chars() {
                let w = c.width().unwrap_or(0);
                if used + w > width {
                    out.push(std::mem::take(&mut current).trim_end().to_owned());
                    used = 0;
                    if c == ' ' {
                        continue;
                    }
                }
                current.push(c);
                used += w;
            }
        }
        out.push(current.trim_end().to_owned());
    }
    out
}

impl<'a> Canvas<'a> {
    /// A canvas over the whole buffer.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme }
    }

    /// The theme.
    pub fn theme(&self) -> &'a Theme {
        self.theme
    }

    /// Writes at most `width` cells of one line and returns how many were used.
    pub fn text(&mut self, (x, y): (u16, u16), width: u16, text: &str, role: Role) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() || width == 0 {
            return 0;
        }
        let width = width.min(area.right() - x);
        let safe = self.theme.words(clean(text));
        let shown = fit(&safe, usize::from(width), self.theme.signs.cut);
        let (end, _) = self.buffer.set_stringn(x, y, shown, usize::from(width), self.theme.style(role));
        end - x
    }

    /// Writes pieces one after another and returns how many cells were used.
    pub fn pieces(&mut self, (x, y): (u16, u16), width: u16, pieces: &[(&str, Role)]) -> u16 {
        let mut used = 0;
        for (text, role) in pieces {
            used += self.text((x + used, y), width.saturating_sub(used), text, *role);
        }
        used
    }

    /// Empties a rectangle.
    pub fn clear(&mut self, rect: Rect) {
        let blank = " ".repeat(usize::from(rect.w));
        for y in rect.y..rect.y.saturating_add(rect.h) {
            self.text((rect.x, y), rect.w, &blank, Role::Plain);
        }
    }

    /// A line across.
    pub fn across(&mut self, (x, y): (u16, u16), width: u16, role: Role) {
        let line = self.theme.signs.across.repeat(usize::from(width));
        self.text((x, y), width, &line, role);
    }

    /// A line down.
    pub fn down(&mut self, rect: Rect, role: Role) {
        for y in rect.y..rect.y.saturating_add(rect.h) {
            self.text((rect.x, y), 1, self.theme.signs.down, role);
        }
    }

    /// An empty box with a frame and a title.
    pub fn frame(&mut self, rect: Rect, title: &str) {
        self.clear(rect);
        if rect.w < 4 || rect.h < 2 {
            return;
        }
        let [tl, tr, bl, br] = self.theme.signs.corners;
        let (right, bottom) = (rect.x + rect.w - 1, rect.y + rect.h - 1);
        self.across((rect.x, rect.y), rect.w, Role::Focused);
        self.across((rect.x, bottom), rect.w, Role::Focused);
        let side = Rect::new(rect.x, rect.y + 1, 1, rect.h - 2);
        self.down(side, Role::Focused);
        self.down(Rect { x: right, ..side }, Role::Focused);
        for (x, y, sign) in
            [(rect.x, rect.y, tl), (right, rect.y, tr), (rect.x, bottom, bl), (right, bottom, br)]
        {
            self.text((x, y), 1, sign, Role::Focused);
        }
        self.text((rect.x + 2, rect.y), rect.w - 4, &format!(" {title} "), Role::Focused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_text_is_cut_between_characters() {
        assert_eq!(fit("東京タワー", 5, "…"), "東京…");
        assert_eq!(fit("abc", 3, "…"), "abc");
        assert_eq!(fit("abcd", 3, "…"), "ab…");
        assert_eq!(fit("abcd", 0, "…"), "");
    }

    #[test]
    fn wrapping_keeps_every_word() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
    }
}
