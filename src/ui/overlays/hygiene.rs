//! Findings about access rules: what they rest on, the findings by kind, and below what the one with the cursor says.

use super::super::canvas::Canvas;
use super::super::detail::lay_out;
use super::super::theme::Role;
use super::listed;
use crate::app::Model;
use crate::app::layout::Rect;
use crate::app::overlays::hygiene::HygieneBox;

/// Widest column of names.
const NAME: u16 = 32;

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
    let widths = shown.list.items().iter().map(|item| item.rule.name().chars().count());
    let widest = widths.max().unwrap_or(0) as u16;
    listed::draw(canvas, inner, &head, &shown.list, |canvas, area, item, role| {
        let name = widest.min(NAME).min(area.w / 3);
        canvas.text((area.x, area.y), name, item.rule.name(), role);
        let x = area.x + name + 2;
        canvas.text((x, area.y), (area.x + area.w).saturating_sub(x), &item.text, Role::Dim);
    });
}
