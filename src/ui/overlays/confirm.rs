//! The question before a write.

use super::super::canvas::{Canvas, wrap};
use super::super::chrome::field_window;
use super::super::theme::Role;
use super::centred;
use crate::app::layout::Rect;
use crate::app::overlays::Confirm;
use crate::app::overlays::guarding::Part;
use crate::domain::Danger;

/// Draws the question; returns the cursor of the name field.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, confirm: &Confirm) -> Option<(u16, u16)> {
    let width = room.w.saturating_sub(4).min(92);
    let text = usize::from(width.saturating_sub(4));
    let arrow = canvas.theme().signs.arrow;
    let mut lines: Vec<(String, Role)> = Vec::new();
    for f in &confirm.fields {
        lines.push((f.field.clone(), Role::Dim));
        let inner = text.saturating_sub(2);
        // Of something new there is nothing to compare with.
        if !f.before.is_empty() {
            lines.extend(wrap(&f.before, inner).into_iter().map(|l| (format!("  {l}"), Role::Plain)));
        }
        let after = if f.after.is_empty() { "(nothing)" } else { &f.after };
        let will = wrap(&format!("{arrow} {after}"), inner);
        lines.extend(will.into_iter().map(|l| (format!("  {l}"), Role::Strong)));
    }
    lines.push((String::new(), Role::Plain));
    for sentence in &confirm.effect {
        let role = if ["NOTHING", "WOULD DENY", "not known"].iter().any(|w| sentence.contains(w)) {
            Role::Warn
        } else {
            Role::Plain
        };
        lines.extend(wrap(sentence, text).into_iter().map(|l| (l, role)));
    }
    let target = confirm.proposal.single().map(|change| format!("Target: {}", change.target()));
    let target = target.iter().flat_map(|target| wrap(target, text));
    lines.extend(target.map(|l| (l, Role::Dim)));
    let more = confirm.guarding.as_ref().map_or(0, |guarding| guarding.lines().len() as u16 + 1);
    let height = (lines.len() as u16).saturating_add(5 + more);
    let rect = centred(room, width, height);
    canvas.frame(rect, confirm.proposal.title());
    let (_, inner) = rect.inner(1).take_left(1);
    let choices = confirm.guarding.as_ref().map_or(0, |guarding| guarding.lines().len() as u16 + 1);
    let (above, below) = inner.take_bottom(2 + choices.min(inner.h / 2));
    let fits = usize::from(above.h);
    let cut = lines.len() > fits && fits > 0;
    let page = if cut { fits - 1 } else { fits };
    let top = confirm.top.min(lines.len().saturating_sub(page));
    for (i, (line, role)) in lines.iter().skip(top).take(page).enumerate() {
        canvas.text((above.x, above.y + i as u16), above.w, line, *role);
    }
    if cut {
        let left = lines.len().saturating_sub(top + page);
        let note =
            if left == 0 { "(end; up goes back)".to_owned() } else { format!("({left} more lines: down)") };
        canvas.text((above.x, above.y + above.h - 1), above.w, &note, Role::Warn);
    }
    answer(canvas, below, confirm)
}

/// Plain or guarded, and its terms; the cursor of the part that is typed into.
fn choices(canvas: &mut Canvas<'_>, area: Rect, confirm: &Confirm) -> Option<(u16, u16)> {
    const LABEL: u16 = 20;
    let guarding = confirm.guarding.as_ref()?;
    let mut cursor = None;
    for (y, (part, label, value)) in (area.y..area.y + area.h).zip(guarding.lines()) {
        let here = guarding.part == part;
        let marker = if here { canvas.theme().signs.marker } else { " " };
        canvas.text((area.x, y), 1, marker, Role::Marker);
        canvas.text((area.x + 1, y), LABEL, label, Role::Dim);
        let field = match part {
            Part::Minutes => Some(&guarding.minutes),
            Part::Denials => Some(&guarding.denials),
            Part::Answer | Part::How | Part::AtEnd => None,
        };
        let (x, room) = (area.x + 1 + LABEL, area.w.saturating_sub(LABEL + 1));
        if let Some(field) = field {
            let (shown, column) = field_window(field.text(), field.cursor(), usize::from(room));
            canvas.text((x, y), room, &format!("{shown} "), Role::Input);
            if here {
                cursor = Some((x + column, y));
            }
        } else {
            let role = if guarding.on || here { Role::Strong } else { Role::Plain };
            canvas.text((x, y), room, &value, role);
        }
    }
    cursor
}

fn answer(canvas: &mut Canvas<'_>, below: Rect, confirm: &Confirm) -> Option<(u16, u16)> {
    let (above, below) = below.take_bottom(2);
    let cursor = choices(canvas, above, confirm);
    let y = below.y + below.h.saturating_sub(1);
    if !confirm.wants_name() {
        let (no, yes) = if confirm.yes { (Role::Dim, Role::Strong) } else { (Role::Strong, Role::Dim) };
        let marker = canvas.theme().signs.marker;
        let mark = |on: bool| if on { marker } else { " " };
        let role = if confirm.proposal.danger() >= Danger::Medium && confirm.yes { Role::Bad } else { yes };
        canvas.pieces(
            (below.x, y),
            below.w,
            &[
                (mark(!confirm.yes), Role::Marker),
                ("No", no),
                ("     ", Role::Plain),
                (mark(confirm.yes), Role::Marker),
                ("Yes, do it", role),
            ],
        );
        return None;
    }
    let question = format!("Type {} to go on: ", confirm.proposal.confirm_name());
    canvas.text((below.x, y.saturating_sub(1)), below.w, &question, Role::Bad);
    let (shown, column) = field_window(confirm.typed.text(), confirm.typed.cursor(), usize::from(below.w));
    let used = canvas.text((below.x, y), below.w, &format!("{shown} "), Role::Input);
    let beside = (below.x + used + 1, y);
    let room = below.w.saturating_sub(used + 1);
    let error = confirm.guarding.as_ref().map_or("", |guarding| guarding.error.as_str());
    if !error.is_empty() {
        canvas.text(beside, room, error, Role::Bad);
    } else if confirm.name_matches() {
        canvas.text(beside, room, "Enter does it", Role::Strong);
    }
    let elsewhere = confirm.guarding.as_ref().is_some_and(|guarding| guarding.part != Part::Answer);
    if elsewhere { cursor } else { Some((below.x + column, y)) }
}
