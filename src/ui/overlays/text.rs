//! Scrolled text in a box.

use super::super::canvas::Canvas;
use super::super::detail::{draw_lines, lay_out};
use super::super::theme::Role;
use super::centred;
use crate::app::layout::Rect;
use crate::app::overlays::TextBox;

/// Draws the box.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, text: &TextBox) {
    let width = room.w.saturating_sub(4).min(100);
    let lines = lay_out(&text.lines, width.saturating_sub(4));
    let height = (lines.len() as u16).saturating_add(2);
    let rect = centred(room, width, height);
    canvas.frame(rect, &text.title);
    let inner = rect.inner(1);
    let (_, body) = inner.take_left(1);
    let scroll = text.scroll.min(lines.len().saturating_sub(usize::from(body.h)));
    draw_lines(canvas, body, &lines, scroll);
    if lines.len() > usize::from(body.h) && rect.w > 20 && rect.h > 0 {
        let place = format!(" {}-{} of {} ", scroll + 1, scroll + usize::from(body.h), lines.len());
        let x = rect.x + rect.w.saturating_sub(place.len() as u16 + 2);
        canvas.text((x, rect.y + rect.h - 1), place.len() as u16, &place, Role::Focused);
    }
}
