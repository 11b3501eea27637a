//! Findings about access rules: what they rest on, the findings by kind, and below what the one with the cursor says.

use super::super::canvas::Canvas;
use super::super::detail::{draw_lines, lay_out};
use super::super::theme::Role;
use crate::app::Model;
use crate::app::layout::Rect;
use crate::app::overlays::hygiene::{HygieneBox, Item};

/// Widest column of names.
const NAME: u16 = 32;

/// A line of the list.
enum Row<'i> {
    Heading(&'static str, usize),
    Item(usize, &'i Item),
}

/// Draws the findings.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, shown: &HygieneBox, model: &Model) {
    let dot = canvas.theme().signs.dot;
    let whose = match (&shown.profile, model.shown()) {
        (Some(profile), _) => format!("profile {}", profile.name()),
        (None, Some(perimeter)) => perimeter.name().to_owned(),
        (None, None) => "no perimeter".to_owned(),
    };
    canvas.frame(room, &format!("Rules of {whose} to clean up {dot} {} d of log", model.panes.evidence.days));
    let (_, inner) = room.inner(1).take_left(1);
    let head = lay_out(&shown.head, inner.w);
    let (top, rest) = inner.take_top((head.len() as u16).min(inner.h / 2));
    draw_lines(canvas, top, &head, 0);
    if shown.items.is_empty() {
        return;
    }
    let detail = shown.selected().map(|item| lay_out(&item.detail, inner.w)).unwrap_or_default();
    let (list, foot) = rest.take_bottom((detail.len() as u16 + 1).min(rest.h / 2));
    items(canvas, list, shown);
    let (line, foot) = foot.take_top(1);
    canvas.across((line.x, line.y), line.w, Role::Dim);
    draw_lines(canvas, foot, &detail, 0);
}

fn items(canvas: &mut Canvas<'_>, area: Rect, shown: &HygieneBox) {
    let mut all = Vec::new();
    let mut group = "";
    for (i, item) in shown.items.iter().enumerate() {
        if item.group.1 != group {
            group = item.group.1;
            all.push(Row::Heading(
                group,
                shown.items.iter().filter(|other| other.group == item.group).count(),
            ));
        }
        all.push(Row::Item(i, item));
    }
    let place = shown.place();
    let at = all.iter().position(|row| matches!(row, Row::Item(i, _) if *i == place)).unwrap_or(0);
    let page = usize::from(area.h).max(1);
    let top = if at < page { 0 } else { (at + 1).saturating_sub(page) };
    let widest = shown.items.iter().map(|item| item.rule.name().chars().count()).max().unwrap_or(0) as u16;
    let name = widest.min(NAME).min(area.w / 3);
    let signs = canvas.theme().signs;
    for (offset, row) in all.iter().skip(top).take(page).enumerate() {
        let y = area.y + offset as u16;
        match row {
            Row::Heading(text, of) => {
                canvas.text((area.x, y), area.w, &format!("{text} ({of})"), Role::Head);
            }
            Row::Item(i, item) => {
                let selected = *i == place;
                if selected {
                    canvas.text((area.x, y), 1, signs.marker, Role::Marker);
                }
                if shown.marks.contains(&item.key()) {
                    canvas.text((area.x + 1, y), 1, signs.mark, Role::Marker);
                }
                let role = if selected { Role::Selected } else { Role::Plain };
                canvas.text((area.x + 2, y), name, item.rule.name(), role);
                let x = area.x + name + 4;
                canvas.text((x, y), (area.x + area.w).saturating_sub(x), &item.text, Role::Dim);
            }
        }
    }
}
