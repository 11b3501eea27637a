//! The detail pane, and lines of text anywhere.

use super::canvas::{Canvas, wrap};
use super::theme::Role;
use crate::app::Model;
use crate::app::details::detail;
use crate::app::focus::Pane;
use crate::app::layout::Rect;
use crate::app::overlays::help::Line;
use unicode_width::UnicodeWidthStr;

/// A line as drawn: its pieces.
pub type Pieces = Vec<(String, Role)>;

/// Widest column of field names.
const NAME_MAX: usize = 20;

/// Breaks lines to a width.
pub fn lay_out(lines: &[Line], width: u16) -> Vec<Pieces> {
    let width = usize::from(width);
    let names = lines.iter().map(|l| match l {
        Line::Field(name, _) => name.width(),
        Line::Key { keys, .. } => keys.width(),
        Line::Head(_) | Line::Text(_) | Line::Strong(_) | Line::Gap => 0,
    });
    let name_width = names.max().unwrap_or(0).min(NAME_MAX).min(width / 2);
    let mut out = Vec::new();
    for line in lines {
        match line {
            Line::Head(text) => out.extend(wrap(text, width).into_iter().map(|l| vec![(l, Role::Head)])),
            Line::Gap => out.push(Vec::new()),
            Line::Text(text) => out.extend(wrap(text, width).into_iter().map(|l| vec![(l, Role::Plain)])),
            Line::Strong(text) => out.extend(wrap(text, width).into_iter().map(|l| vec![(l, Role::Strong)])),
            Line::Field(name, value) => {
                pair(&mut out, (name, Role::Dim), (value, Role::Plain), name_width, width);
            }
            Line::Key { keys, text, disabled } if disabled.is_empty() => {
                pair(&mut out, (keys, Role::Key), (text, Role::Plain), name_width, width);
            }
            Line::Key { keys, text, disabled } => {
                pair(
                    &mut out,
                    (keys, Role::Dim),
                    (&format!("{text} ({disabled})"), Role::Dim),
                    name_width,
                    width,
                );
            }
        }
    }
    out
}

fn pair(out: &mut Vec<Pieces>, name: (&str, Role), value: (&str, Role), name_width: usize, width: usize) {
    let room = width.saturating_sub(name_width + 2).max(8);
    let shown = super::canvas::fit(name.0, name_width, "~");
    let mut lines = wrap(value.0, room).into_iter();
    let pad = name_width.saturating_sub(shown.width()) + 2;
    let first = lines.next().unwrap_or_default();
    out.push(vec![(shown.into_owned(), name.1), (" ".repeat(pad), Role::Plain), (first, value.1)]);
    for line in lines {
        out.push(vec![(" ".repeat(name_width + 2), Role::Plain), (line, value.1)]);
    }
}

/// Draws laid-out lines from `scroll` on.
pub fn draw_lines(canvas: &mut Canvas<'_>, body: Rect, lines: &[Pieces], scroll: usize) {
    for (i, pieces) in lines.iter().skip(scroll).take(usize::from(body.h)).enumerate() {
        let borrowed: Vec<(&str, Role)> = pieces.iter().map(|(t, r)| (t.as_str(), *r)).collect();
        canvas.pieces((body.x, body.y + i as u16), body.w, &borrowed);
    }
}

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let (line, body) = area.take_top(1);
    let focused = model.focus.pane == Pane::Detail;
    let role = if focused { Role::Focused } else { Role::Title };
    canvas.across((line.x, line.y), line.w, if focused { Role::Focused } else { Role::Dim });
    let (name, lines) = detail(model);
    let (_, inner) = body.take_left(1);
    let laid_out = lay_out(&lines, inner.w);
    let scroll = model.panes.detail.scroll.min(laid_out.len().saturating_sub(1));
    let what = if model.panes.detail.raw { " JSON" } else { "" };
    let more = if laid_out.len() > usize::from(inner.h) {
        format!(
            " {}-{} of {}",
            scroll + 1,
            (scroll + usize::from(inner.h)).min(laid_out.len()),
            laid_out.len()
        )
    } else {
        String::new()
    };
    canvas.text((line.x, line.y), line.w, &format!(" {name}{what}{more} "), role);
    draw_lines(canvas, inner, &laid_out, scroll);
}
