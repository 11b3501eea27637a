//! A board: headings, rows with their state in words, and below what the row with the cursor says.

use super::super::canvas::Canvas;
use super::super::detail::{draw_lines, lay_out};
use super::super::theme::Role;
use crate::app::Model;
use crate::app::layout::Rect;
use crate::app::overlays::board::{Board, BoardRow};
use crate::app::overlays::help::Line;
use crate::domain::Signal;

/// Cells of the state.
const STATE: u16 = 11;

/// How a state looks.
pub fn role(signal: Signal) -> Role {
    match signal {
        Signal::Ok => Role::Good,
        Signal::Off | Signal::Waiting | Signal::Later => Role::Dim,
        Signal::Moving | Signal::Todo | Signal::Warn => Role::Warn,
        Signal::Unknown => Role::Strong,
        Signal::Bad => Role::Bad,
    }
}

/// A line of the list: a heading, or a row by its place.
enum Item<'r> {
    Heading(&'r str),
    Row(usize, &'r BoardRow),
}

/// Draws the board.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, board: &Board, model: &Model) {
    let rows = board.rows(model);
    let place = board.place(&rows);
    let dot = canvas.theme().signs.dot;
    canvas.frame(room, &format!("{} {dot} {}", board.title(model), board.count(&rows)));
    let (_, inner) = room.inner(1).take_left(1);
    if rows.is_empty() {
        let words = lay_out(&[Line::Text(board.nothing(model).to_owned())], inner.w);
        return draw_lines(canvas, inner, &words, 0);
    }
    let chosen = rows.get(place);
    let mut lines = chosen.map(|row| row.detail.clone()).unwrap_or_default();
    lines.extend(chosen.map(|row| Line::Strong(row.mend.words())));
    let detail = lay_out(&lines, inner.w);
    let below = (detail.len() as u16 + 1).min(inner.h / 2);
    let (list, foot) = inner.take_bottom(below);
    items(canvas, list, &rows, place);
    let (line, foot) = foot.take_top(1);
    canvas.across((line.x, line.y), line.w, Role::Dim);
    // What Enter does stays in sight whatever else does not fit.
    let room = usize::from(foot.h);
    let scroll = if detail.len() > room { 0 } else { detail.len().saturating_sub(room) };
    draw_lines(canvas, foot, &detail, scroll);
    if let (true, Some(last)) = (detail.len() > room && foot.h > 0, detail.last()) {
        let (_, last_line) = foot.take_bottom(1);
        canvas.clear(last_line);
        draw_lines(canvas, last_line, std::slice::from_ref(last), 0);
    }
}

fn items(canvas: &mut Canvas<'_>, area: Rect, rows: &[BoardRow], place: usize) {
    let mut all = Vec::new();
    let mut group = "";
    for (i, row) in rows.iter().enumerate() {
        if row.group != group {
            group = &row.group;
            all.push(Item::Heading(group));
        }
        all.push(Item::Row(i, row));
    }
    let at = all.iter().position(|item| matches!(item, Item::Row(i, _) if *i == place)).unwrap_or(0);
    let page = usize::from(area.h).max(1);
    // The heading of the first row stays in sight with it.
    let top = if at < page { 0 } else { (at + 1).saturating_sub(page) };
    let widest = |text: fn(&BoardRow) -> &String| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0) as u16
    };
    let free = area.w.saturating_sub(STATE + 5);
    let width = widest(|row| &row.what).min(free - widest(|row| &row.found).min(free / 3));
    for (offset, item) in all.iter().skip(top).take(page).enumerate() {
        let y = area.y + offset as u16;
        match item {
            Item::Heading(text) => {
                canvas.text((area.x, y), area.w, text, Role::Head);
            }
            Item::Row(i, row) => line(canvas, Rect { y, h: 1, ..area }, (row, width), *i == place),
        }
    }
}

fn line(canvas: &mut Canvas<'_>, area: Rect, (row, width): (&BoardRow, u16), selected: bool) {
    if selected {
        canvas.text((area.x, area.y), 1, canvas.theme().signs.marker, Role::Marker);
    }
    let end = area.x + area.w;
    let mut x = area.x + 2;
    canvas.text((x, area.y), STATE, row.signal.word(), role(row.signal));
    x += STATE + 1;
    let name = if selected { Role::Selected } else { Role::Plain };
    canvas.text((x, area.y), width.min(end.saturating_sub(x)), &row.what, name);
    x += width + 2;
    canvas.text((x, area.y), end.saturating_sub(x), &row.found, Role::Dim);
}
