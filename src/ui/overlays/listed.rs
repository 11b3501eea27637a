//! What every box with entries under headings shares: the lines above, the entries with cursor and marks, and below
//! what the entry with the cursor says. How a line of it looks is up to the box.

use super::super::canvas::Canvas;
use super::super::detail::{Pieces, draw_lines, lay_out};
use super::super::theme::Role;
use crate::app::layout::Rect;
use crate::app::overlays::listed::{Entry, Listed};

/// A line of the list: a heading with the number of entries under it, or an entry by its place.
enum Row<'i, E> {
    Heading(&'static str, usize),
    Entry(usize, &'i E),
}

/// Draws head, entries and detail. `line` draws an entry and is told how its name is to look; cursor and mark are
/// drawn left of its area.
pub fn draw<E: Entry>(
    canvas: &mut Canvas<'_>,
    room: Rect,
    head: &[Pieces],
    list: &Listed<E>,
    line: impl Fn(&mut Canvas<'_>, Rect, &E, Role),
) {
    let most = if list.items().is_empty() { room.h } else { room.h / 2 };
    let (top, rest) = room.take_top((head.len() as u16).min(most));
    draw_lines(canvas, top, head, 0);
    if list.items().is_empty() {
        return;
    }
    let detail = list.selected().map(|item| lay_out(item.detail(), room.w)).unwrap_or_default();
    let (area, foot) = rest.take_bottom((detail.len() as u16 + 1).min(rest.h / 2));
    entries(canvas, area, list, line);
    let (rule, foot) = foot.take_top(1);
    canvas.across((rule.x, rule.y), rule.w, Role::Dim);
    draw_lines(canvas, foot, &detail, 0);
}

fn entries<E: Entry>(
    canvas: &mut Canvas<'_>,
    area: Rect,
    list: &Listed<E>,
    line: impl Fn(&mut Canvas<'_>, Rect, &E, Role),
) {
    let mut all = Vec::new();
    let mut first = 0;
    for group in list.items().chunk_by(|a, b| a.heading() == b.heading()) {
        all.extend(group.first().map(|item| Row::Heading(item.heading(), group.len())));
        all.extend(group.iter().enumerate().map(|(i, item)| Row::Entry(first + i, item)));
        first += group.len();
    }
    let place = list.place();
    let at = all.iter().position(|row| matches!(row, Row::Entry(i, _) if *i == place)).unwrap_or(0);
    let page = usize::from(area.h).max(1);
    let top = if at < page { 0 } else { (at + 1).saturating_sub(page) };
    let signs = canvas.theme().signs;
    for (offset, row) in all.iter().skip(top).take(page).enumerate() {
        let y = area.y + offset as u16;
        match row {
            Row::Heading(text, of) => {
                canvas.text((area.x, y), area.w, &format!("{text} ({of})"), Role::Head);
            }
            Row::Entry(i, item) => {
                let selected = *i == place;
                if selected {
                    canvas.text((area.x, y), 1, signs.marker, Role::Marker);
                }
                if list.is_marked(item) {
                    canvas.text((area.x + 1, y), 1, signs.mark, Role::Marker);
                }
                let name = if selected { Role::Selected } else { Role::Plain };
                let room = Rect { x: area.x + 2, y, w: area.w.saturating_sub(2), h: 1 };
                line(canvas, room, item, name);
            }
        }
    }
}
