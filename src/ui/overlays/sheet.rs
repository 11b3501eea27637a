//! The form of text fields with suggestions.

use super::super::canvas::{Canvas, wrap};
use super::super::chrome::field_window;
use super::super::theme::Role;
use super::centred;
use crate::app::layout::Rect;
use crate::app::overlays::Sheet;
use crate::app::overlays::suggest::Suggestion;
use crate::domain::check::Level;

/// Cells of a label.
const LABEL: u16 = 16;
/// Rows of suggestions, at most.
const SUGGESTIONS: u16 = 7;

/// Draws the form; returns where the cursor of the focused field stands.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, sheet: &Sheet) -> Option<(u16, u16)> {
    let rect = centred(room, room.w.saturating_sub(4).min(100), room.h.min(24));
    canvas.frame(rect, &sheet.title());
    let (_, inner) = rect.inner(1).take_left(1);
    let (fields, rest) = inner.take_top(sheet.entries.len() as u16);
    let mut cursor = None;
    for (i, entry) in sheet.entries.iter().enumerate().take(usize::from(fields.h)) {
        let y = fields.y + i as u16;
        let focused = i == sheet.focus;
        let marker = if focused { canvas.theme().signs.marker } else { " " };
        let role = if focused { Role::Strong } else { Role::Dim };
        canvas.pieces((fields.x, y), LABEL, &[(marker, Role::Marker), (entry.label, role)]);
        let width = fields.w.saturating_sub(LABEL + 1);
        let (shown, column) = field_window(entry.field.text(), entry.field.cursor(), usize::from(width));
        let blank = usize::from(width).saturating_sub(unicode_width::UnicodeWidthStr::width(shown.as_str()));
        let x = fields.x + LABEL;
        canvas.text((x, y), width, &format!("{shown}{}", " ".repeat(blank)), Role::Input);
        if focused {
            cursor = Some((x + column, y));
        }
    }
    let (list, below) = rest.take_top(SUGGESTIONS.min(rest.h / 2));
    let help = sheet.entries.get(sheet.focus).map_or("", |e| e.help);
    let (above, list) = list.take_top(1);
    canvas.text((above.x + LABEL, above.y), above.w.saturating_sub(LABEL), help, Role::Dim);
    let (_, list) = list.take_left(LABEL);
    suggestions(canvas, list, &sheet.suggestions, sheet.chosen);
    closed(canvas, list, sheet);
    findings(canvas, below, sheet);
    cursor
}

/// Draws what could be typed, the one about to be taken in view.
pub(super) fn suggestions(canvas: &mut Canvas<'_>, list: Rect, all: &[Suggestion], chosen: Option<usize>) {
    let page = usize::from(list.h);
    let top = chosen.map_or(0, |i| (i + 1).saturating_sub(page));
    for (i, suggestion) in all.iter().enumerate().skip(top).take(page) {
        let y = list.y + (i - top) as u16;
        let chosen = chosen == Some(i);
        let end = list.x + list.w;
        let mut x = list.x;
        if chosen {
            canvas.text((x.saturating_sub(1), y), 1, canvas.theme().signs.marker, Role::Marker);
        }
        let role = if chosen { Role::Selected } else { Role::Plain };
        x += canvas.text((x, y), end.saturating_sub(x), &suggestion.value, role) + 2;
        canvas.text((x, y), end.saturating_sub(x), &suggestion.note, Role::Dim);
    }
}

/// Draws what cannot be typed below what can, grey, with the reason.
fn closed(canvas: &mut Canvas<'_>, list: Rect, sheet: &Sheet) {
    let (_, below) = list.take_top((sheet.suggestions.len() as u16).min(list.h));
    for (i, one) in sheet.closed.iter().enumerate().take(usize::from(below.h)) {
        let text = format!("{}  {}", one.value, one.note);
        canvas.text((below.x, below.y + i as u16), below.w, &text, Role::Dim);
    }
}

fn findings(canvas: &mut Canvas<'_>, area: Rect, sheet: &Sheet) {
    let width = usize::from(area.w.saturating_sub(1));
    let mut lines: Vec<(String, Role)> = Vec::new();
    if let Some(failure) = &sheet.refused {
        lines.extend(wrap(&failure.refusal(), width).into_iter().map(|l| (l, Role::Bad)));
    }
    for finding in &sheet.findings {
        let (sign, role) = match finding.level {
            Level::Error => ("! ", Role::Bad),
            Level::Warning => ("? ", Role::Warn),
            Level::Note => ("- ", Role::Plain),
        };
        lines.extend(wrap(&format!("{sign}{}", finding.text), width).into_iter().map(|l| (l, role)));
    }
    if sheet.change.is_some() {
        lines.push(("Enter shows what would change.".to_owned(), Role::Good));
    }
    for (i, (line, role)) in lines.iter().take(usize::from(area.h)).enumerate() {
        canvas.text((area.x, area.y + i as u16), area.w, line, *role);
    }
}
