//! The access rule form.

use super::super::canvas::{Canvas, wrap};
use super::super::chrome::field_window;
use super::super::theme::Role;
use super::centred;
use super::sheet::suggestions;
use crate::app::Model;
use crate::app::layout::Rect;
use crate::app::overlays::Form;
use crate::app::overlays::form::{FormField, KINDS};
use crate::domain::RULE_ELEMENTS_PER_PROFILE;
use crate::domain::check::{Level, example};

const LABEL: u16 = 9;
/// Rows of suggestions, at most.
const SUGGESTIONS: u16 = 7;

/// Draws the form; returns where the cursor of the focused field stands.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, form: &Form, _: &Model) -> Option<(u16, u16)> {
    let rect = centred(room, room.w.saturating_sub(4).min(100), room.h.min(24));
    let title = match &form.before {
        Some(before) => format!("Edit access rule {} in profile {}", before.id.name(), form.profile.name()),
        None => format!("New access rule in profile {}", form.profile.name()),
    };
    canvas.frame(rect, &title);
    let (_, inner) = rect.inner(1).take_left(1);
    let name = label(canvas, inner, 0, "Name", form.focus == FormField::Name);
    let kind = label(canvas, inner, 1, "Allows", form.focus == FormField::Kind);
    let values = label(canvas, inner, 2, "Values", form.focus == FormField::Values);
    let mut cursor = None;
    if let Some(before) = &form.before {
        canvas.text((name.x, name.y), name.w, before.id.name(), Role::Dim);
    } else {
        let at = field(canvas, name, form.name.text(), form.name.cursor());
        cursor = (form.focus == FormField::Name).then_some(at);
    }
    kinds(canvas, kind, form);
    let at = field(canvas, values, form.values.text(), form.values.cursor());
    if form.focus == FormField::Values {
        cursor = Some(at);
    }
    let (_, rest) = inner.take_top(3);
    let room = if form.suggestions.is_empty() { 0 } else { SUGGESTIONS.min(rest.h / 2) };
    let (list, rest) = rest.take_top(room);
    let (_, list) = list.take_left(LABEL);
    suggestions(canvas, list, &form.suggestions, form.chosen);
    findings(canvas, rest, form);
    cursor
}

fn label(canvas: &mut Canvas<'_>, inner: Rect, row: u16, text: &str, focused: bool) -> Rect {
    let y = inner.y + row;
    if row >= inner.h {
        return Rect::default();
    }
    let marker = if focused { canvas.theme().signs.marker } else { " " };
    canvas.pieces(
        (inner.x, y),
        LABEL,
        &[(marker, Role::Marker), (text, if focused { Role::Strong } else { Role::Dim })],
    );
    Rect::new(inner.x + LABEL, y, inner.w.saturating_sub(LABEL + 1), 1)
}

fn field(canvas: &mut Canvas<'_>, rect: Rect, text: &str, cursor: usize) -> (u16, u16) {
    let (shown, column) = field_window(text, cursor, usize::from(rect.w));
    let blank = usize::from(rect.w).saturating_sub(unicode_width::UnicodeWidthStr::width(shown.as_str()));
    canvas.text((rect.x, rect.y), rect.w, &format!("{shown}{}", " ".repeat(blank)), Role::Input);
    (rect.x + column, rect.y)
}

fn kinds(canvas: &mut Canvas<'_>, rect: Rect, form: &Form) {
    let mut x = rect.x;
    let end = rect.x + rect.w;
    for kind in KINDS {
        let on = kind == form.kind;
        let text = if on { format!("[{}] ", kind.label()) } else { format!(" {}  ", kind.label()) };
        x +=
            canvas.text((x, rect.y), end.saturating_sub(x), &text, if on { Role::Strong } else { Role::Dim });
    }
}

fn findings(canvas: &mut Canvas<'_>, rest: Rect, form: &Form) {
    let width = usize::from(rest.w.saturating_sub(1));
    let direction = form.content.direction.wire().to_ascii_lowercase();
    let (here, taken) = (form.content.elements(), form.taken());
    let budget = format!(
        "{direction}, {here} element{} here, {} of {RULE_ELEMENTS_PER_PROFILE} in the profile",
        if here == 1 { "" } else { "s" },
        here + taken
    );
    let mut lines: Vec<(String, Role)> = vec![(budget, Role::Dim), (String::new(), Role::Plain)];
    if let Some(failure) = &form.refused {
        lines.extend(wrap(&failure.refusal(), width).into_iter().map(|l| (l, Role::Bad)));
        lines.push((String::new(), Role::Plain));
    }
    for finding in &form.findings {
        let (sign, role) = match finding.level {
            Level::Error => ("! ", Role::Bad),
            Level::Warning => ("? ", Role::Warn),
            Level::Note => ("- ", Role::Plain),
        };
        lines.extend(wrap(&format!("{sign}{}", finding.text), width).into_iter().map(|l| (l, role)));
    }
    if form.findings.is_empty() {
        lines.extend(
            wrap(&format!("Will be sent as: {}", form.content.summary()), width)
                .into_iter()
                .map(|l| (l, Role::Good)),
        );
    }
    let hint = format!("For example {}; commas or spaces between", example(form.kind));
    let (above, below) = rest.take_bottom(1);
    let more = lines.len().saturating_sub(usize::from(above.h));
    for (i, (line, role)) in lines.iter().take(usize::from(above.h)).enumerate() {
        canvas.text((rest.x, above.y + i as u16), rest.w, line, *role);
    }
    let foot = if more > 0 { format!("({more} more lines)") } else { hint };
    canvas.text((below.x, below.y), below.w, &foot, Role::Dim);
}
