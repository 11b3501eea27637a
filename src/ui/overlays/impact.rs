//! The report of what enforcing would deny: the verdict and what it rests on, the lines by who is at the other end,
//! and below what the line with the cursor says.

use super::super::canvas::Canvas;
use super::super::detail::{draw_lines, lay_out};
use super::super::theme::Role;
use super::board::role;
use crate::app::Model;
use crate::app::layout::Rect;
use crate::app::overlays::impact::{ImpactBox, Item, ItemKey};

/// Cells of direction, number of calls, and time.
const DIRECTION: u16 = 3;
const COUNT: u16 = 9;
const LAST: u16 = 11;

/// A line of the list: a heading, or an item by its place.
enum Row<'i> {
    Heading(&'static str, usize),
    Item(usize, &'i Item),
}

/// Draws the report.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, shown: &ImpactBox, model: &Model) {
    let dot = canvas.theme().signs.dot;
    let days = model.panes.evidence.days;
    let title =
        format!("If {} were enforced now {dot} last {days} d {dot} by {}", shown.name, shown.by.label());
    canvas.frame(room, &title);
    let (_, inner) = room.inner(1).take_left(1);
    let mut head = lay_out(&[crate::app::overlays::help::Line::Strong(shown.head.verdict.clone())], inner.w);
    for (_, of) in head.iter_mut().flatten() {
        *of = role(shown.head.signal);
    }
    head.extend(lay_out(&shown.head.evidence, inner.w));
    let most = if shown.items.is_empty() { inner.h } else { inner.h / 2 };
    let (top, rest) = inner.take_top((head.len() as u16).min(most));
    draw_lines(canvas, top, &head, 0);
    if shown.items.is_empty() {
        return;
    }
    let detail = shown.selected().map(|item| lay_out(&item.detail, inner.w)).unwrap_or_default();
    let below = (detail.len() as u16 + 1).min(rest.h / 2);
    let (list, foot) = rest.take_bottom(below);
    items(canvas, list, shown);
    let (line, foot) = foot.take_top(1);
    canvas.across((line.x, line.y), line.w, Role::Dim);
    draw_lines(canvas, foot, &detail, 0);
}

fn items(canvas: &mut Canvas<'_>, area: Rect, shown: &ImpactBox) {
    let mut all = Vec::new();
    let mut group = "";
    for (i, item) in shown.items.iter().enumerate() {
        if item.key.group() != group {
            group = item.key.group();
            let of = shown.items.iter().filter(|other| other.key.group() == group).count();
            all.push(Row::Heading(group, of));
        }
        all.push(Row::Item(i, item));
    }
    let place = shown.place();
    let at = all.iter().position(|row| matches!(row, Row::Item(i, _) if *i == place)).unwrap_or(0);
    let page = usize::from(area.h).max(1);
    let top = if at < page { 0 } else { (at + 1).saturating_sub(page) };
    for (offset, row) in all.iter().skip(top).take(page).enumerate() {
        let y = area.y + offset as u16;
        match row {
            Row::Heading(text, of) => {
                canvas.text((area.x, y), area.w, &format!("{text} ({of})"), Role::Head);
            }
            Row::Item(i, item) => {
                let marked = shown.marks.contains(&item.key);
                line(canvas, Rect { y, h: 1, ..area }, item, (*i == place, marked));
            }
        }
    }
}

fn line(canvas: &mut Canvas<'_>, area: Rect, item: &Item, (selected, marked): (bool, bool)) {
    let signs = canvas.theme().signs;
    if selected {
        canvas.text((area.x, area.y), 1, signs.marker, Role::Marker);
    }
    if marked {
        canvas.text((area.x + 1, area.y), 1, signs.mark, Role::Marker);
    }
    let name = if selected { Role::Selected } else { Role::Plain };
    let end = area.x + area.w;
    let mut x = area.x + 2;
    if !item.key.is_traffic() {
        canvas.text((x, area.y), end.saturating_sub(x), &item.who, name);
        return;
    }
    let wide = area.w >= 100;
    let rest = area.w.saturating_sub(2 + DIRECTION + 1 + COUNT + 1 + 1 + LAST + 1);
    let (who, resource, today) = if wide {
        (rest * 2 / 5, rest / 4, rest - rest * 2 / 5 - rest / 4 - 1)
    } else {
        (rest * 3 / 5, rest - rest * 3 / 5, 0)
    };
    canvas.text((x, area.y), DIRECTION, item.direction, Role::Dim);
    x += DIRECTION + 1;
    canvas.text((x, area.y), who, &item.who, name);
    x += who;
    let count = format!("{}{}", item.count, signs.times);
    let tone = match item.key {
        ItemKey::Denied(..) => Role::Warn,
        ItemKey::Doubtful(..) => Role::Strong,
        ItemKey::Refused(..) | ItemKey::Lacking(_) | ItemKey::Blind(_) => Role::Dim,
    };
    let shift = COUNT.saturating_sub(count.chars().count() as u16);
    canvas.text((x + shift, area.y), COUNT - shift, &count, tone);
    x += COUNT + 1;
    canvas.text((x, area.y), resource, &item.resource, Role::Plain);
    x += resource + 1;
    canvas.text((x, area.y), LAST, &item.last, Role::Dim);
    x += LAST + 1;
    if today > 0 {
        canvas.text((x, area.y), end.saturating_sub(x), &item.today, Role::Dim);
    }
}
