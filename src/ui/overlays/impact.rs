//! The report of what enforcing would deny: the verdict and what it rests on, the lines by who is at the other end,
//! and below what the line with the cursor says.

use super::super::canvas::Canvas;
use super::super::detail::lay_out;
use super::super::theme::Role;
use super::board::role;
use super::listed;
use crate::app::Model;
use crate::app::layout::Rect;
use crate::app::overlays::impact::{ImpactBox, Item, ItemKey};

/// Cells of direction, number of calls, and time.
const DIRECTION: u16 = 3;
const COUNT: u16 = 9;
const LAST: u16 = 11;

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
    listed::draw(canvas, inner, &head, &shown.list, line);
}

fn line(canvas: &mut Canvas<'_>, area: Rect, item: &Item, name: Role) {
    let signs = canvas.theme().signs;
    let end = area.x + area.w;
    let mut x = area.x;
    if !item.key.is_traffic() {
        canvas.text((x, area.y), end.saturating_sub(x), &item.who, name);
        return;
    }
    let wide = area.w >= 98;
    let rest = area.w.saturating_sub(DIRECTION + 1 + COUNT + 1 + 1 + LAST + 1);
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
