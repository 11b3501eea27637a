//! The palette and the picker: a field to type in and a list below.

use super::super::canvas::Canvas;
use super::super::chrome::field_window;
use super::super::detail::{draw_lines, lay_out};
use super::super::theme::Role;
use super::centred;
use crate::app::Model;
use crate::app::input::Field;
use crate::app::layout::Rect;
use crate::app::overlays::help::Line;
use crate::app::overlays::scope_box::{self, ScopeBox};
use crate::app::overlays::{Palette, Picker};

/// One line of a list.
struct Item {
    lead: String,
    text: String,
    note: String,
    off: bool,
}

/// Draws the field and the items around the cursor; returns where the field's cursor stands.
fn draw(canvas: &mut Canvas<'_>, body: Rect, field: &Field, items: &[Item], cursor: usize) -> (u16, u16) {
    let (line, list) = body.take_top(1);
    let lead = canvas.text((line.x, line.y), line.w, "> ", Role::Key);
    let room = line.w.saturating_sub(lead);
    let (shown, column) = field_window(field.text(), field.cursor(), usize::from(room));
    canvas.text((line.x + lead, line.y), room, &format!("{shown} "), Role::Input);
    let page = usize::from(list.h).max(1);
    let top = (cursor + 1).saturating_sub(page);
    let lead_width = items.iter().map(|i| i.lead.chars().count()).max().unwrap_or(0).min(24) as u16;
    for (i, item) in items.iter().enumerate().skip(top).take(page) {
        let y = list.y + (i - top) as u16;
        let selected = i == cursor;
        if selected {
            canvas.text((list.x, y), 1, canvas.theme().signs.marker, Role::Marker);
        }
        let role = match (item.off, selected) {
            (true, _) => Role::Dim,
            (false, true) => Role::Selected,
            (false, false) => Role::Plain,
        };
        let mut x = list.x + 2;
        canvas.text((x, y), lead_width, &item.lead, if item.off { Role::Dim } else { Role::Key });
        x += lead_width + u16::from(lead_width > 0);
        let end = list.x + list.w;
        x += canvas.text((x, y), end.saturating_sub(x), &item.text, role) + 2;
        if x < end {
            canvas.text((x, y), end - x, &item.note, Role::Dim);
        }
    }
    if items.is_empty() {
        canvas.text((list.x + 2, list.y), list.w.saturating_sub(2), "nothing matches", Role::Dim);
    }
    (line.x + lead + column, line.y)
}

/// Draws the palette.
pub fn palette(canvas: &mut Canvas<'_>, room: Rect, palette: &Palette) -> (u16, u16) {
    let items: Vec<Item> = palette
        .shown()
        .map(|e| Item {
            lead: e.key.clone(),
            text: format!("{:<16} {}", e.command.name(), e.help),
            note: e.disabled.clone().map(|d| format!("({d})")).unwrap_or_default(),
            off: e.disabled.is_some(),
        })
        .collect();
    let rect = centred(room, 90, room.h.min(24));
    canvas.frame(rect, "Command");
    draw(canvas, inside(rect), &palette.field, &items, palette.cursor)
}

fn inside(rect: Rect) -> Rect {
    let inner = rect.inner(1);
    let (_, body) = inner.take_left(1);
    body
}

/// Draws the box of scopes.
pub fn scopes(canvas: &mut Canvas<'_>, room: Rect, shown: &ScopeBox, model: &Model) -> (u16, u16) {
    let items: Vec<Item> = shown
        .rows(model)
        .into_iter()
        .map(|row| Item { lead: row.kind.to_owned(), text: row.text, note: row.note, off: false })
        .collect();
    let mut intro: Vec<Line> = Vec::new();
    for failure in scope_box::failures(model) {
        intro.push(Line::Strong(failure.title.clone()));
        intro.push(Line::Text(format!("{} {} {}", failure.detail, failure.hint, failure.evidence())));
    }
    if scope_box::is_reading(model) {
        intro.push(Line::Text("reading what there is to choose from\u{2026}".to_owned()));
    }
    let width = room.w.saturating_sub(4).min(110);
    let intro = lay_out(&intro, width.saturating_sub(4));
    let above = intro.len() as u16;
    let rect = centred(room, width, room.h.min(24 + above));
    canvas.frame(rect, &format!("Scope: {}", model.status.scopes.now.label()));
    let (top, body) = inside(rect).take_top(above.min(rect.h.saturating_sub(5)));
    draw_lines(canvas, top, &intro, 0);
    draw(canvas, body, &shown.field, &items, shown.cursor)
}

/// Draws the picker.
pub fn picker(canvas: &mut Canvas<'_>, room: Rect, picker: &Picker) -> (u16, u16) {
    let items: Vec<Item> = picker
        .shown()
        .map(|c| Item {
            lead: String::new(),
            text: c.label.clone(),
            note: c.disabled.clone().unwrap_or_else(|| c.note.clone()),
            off: c.disabled.is_some(),
        })
        .collect();
    let width = room.w.saturating_sub(4).min(100);
    let intro = lay_out(&picker.intro, width.saturating_sub(4));
    let above = intro.len() as u16 + u16::from(!intro.is_empty());
    let rect = centred(room, width, (items.len().max(1) as u16).saturating_add(3 + above));
    canvas.frame(rect, &picker.title);
    let (top, body) = inside(rect).take_top(above.min(rect.h.saturating_sub(5)));
    draw_lines(canvas, top, &intro, 0);
    let at = draw(canvas, body, &picker.field, &items, picker.cursor);
    if let (true, Some(text)) = (items.is_empty(), picker.otherwise()) {
        let line = body.take_top(1).1;
        canvas.text((line.x + 2, line.y), line.w.saturating_sub(2), &text, Role::Strong);
    }
    at
}
