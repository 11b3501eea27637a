//! What-if: the question above, the answers in the middle, and below all that was considered.

use super::super::canvas::{Canvas, wrap};
use super::super::chrome::field_window;
use super::super::detail::{Pieces, draw_lines};
use super::super::theme::Role;
use super::centred;
use crate::app::layout::Rect;
use crate::app::overlays::what_if::{Part, WhatIf};
use crate::app::whatif::{Told, Tone};
use crate::domain::whatif::{Authentication, Considered, Outcome};

/// Cells of a label.
const LABEL: u16 = 12;

/// Draws the box; returns where the cursor of the field stands.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, asked: &WhatIf) -> Option<(u16, u16)> {
    let rect = centred(room, room.w.min(122), room.h);
    canvas.frame(rect, "What if: does it pass?");
    let (_, inner) = rect.inner(1).take_left(1);
    let (fields, rest) = inner.take_top(asked.parts().len() as u16 + 1);
    let cursor = question(canvas, fields, asked);
    let (answers, rest) = rest.take_top(answers_height(asked, rest));
    draw_lines(canvas, answers, &answer_lines(asked, answers.w), 0);
    grounds(canvas, rest, asked);
    cursor
}

fn question(canvas: &mut Canvas<'_>, area: Rect, asked: &WhatIf) -> Option<(u16, u16)> {
    let mut cursor = None;
    for (i, part) in asked.parts().iter().enumerate() {
        let y = area.y + i as u16;
        if i as u16 >= area.h {
            break;
        }
        let focused = *part == asked.focus;
        let marker = if focused { canvas.theme().signs.marker } else { " " };
        let label = match part {
            Part::Resource => "Resource",
            Part::Direction => "Asks",
            Part::Peer if asked.outbound => "Destination",
            Part::Peer => "Caller",
            Part::Authentication => "Calls with",
        };
        let role = if focused { Role::Strong } else { Role::Dim };
        canvas.pieces((area.x, y), LABEL, &[(marker, Role::Marker), (label, role)]);
        let line = Rect::new(area.x + LABEL, y, area.w.saturating_sub(LABEL + 1), 1);
        match part {
            Part::Resource => {
                let name = if focused {
                    format!("[{}] ", asked.resource.name())
                } else {
                    format!("{} ", asked.resource.name())
                };
                let pieces = [(name.as_str(), Role::Strong), (asked.shown.resource.as_str(), Role::Dim)];
                canvas.pieces((line.x, y), line.w, &pieces);
            }
            Part::Direction => {
                choices(canvas, line, &["may it be reached by", "may it reach"], usize::from(asked.outbound));
            }
            Part::Peer => {
                let at = peer(canvas, line, asked);
                cursor = focused.then_some(at);
            }
            Part::Authentication => {
                let labels = Authentication::ALL.map(Authentication::label);
                let at = Authentication::ALL.iter().position(|a| *a == asked.authentication);
                choices(canvas, line, &labels, at.unwrap_or(0));
            }
        }
    }
    let y = area.y + area.h.saturating_sub(1);
    let (text, role) = understood(asked);
    canvas.text((area.x + LABEL, y), area.w.saturating_sub(LABEL), &text, role);
    cursor
}

fn choices(canvas: &mut Canvas<'_>, line: Rect, labels: &[&str], on: usize) {
    let mut x = line.x;
    let end = line.x + line.w;
    for (i, label) in labels.iter().enumerate() {
        let text = if i == on { format!("[{label}] ") } else { format!(" {label}  ") };
        let role = if i == on { Role::Strong } else { Role::Dim };
        x += canvas.text((x, line.y), end.saturating_sub(x), &text, role);
    }
}

fn peer(canvas: &mut Canvas<'_>, line: Rect, asked: &WhatIf) -> (u16, u16) {
    let field = &asked.peer;
    let (shown, column) = field_window(field.text(), field.cursor(), usize::from(line.w));
    let blank = usize::from(line.w).saturating_sub(unicode_width::UnicodeWidthStr::width(shown.as_str()));
    canvas.text((line.x, line.y), line.w, &format!("{shown}{}", " ".repeat(blank)), Role::Input);
    (line.x + column, line.y)
}

/// How what was typed is understood, or what could be typed.
fn understood(asked: &WhatIf) -> (String, Role) {
    let shown = &asked.shown;
    if let Some(first) = asked.suggestions.first() {
        let rest: Vec<&str> = asked.suggestions.iter().skip(1).map(|s| s.value.as_str()).collect();
        let more = if rest.is_empty() { String::new() } else { format!("; also {}", rest.join(", ")) };
        return (format!("Enter: {} ({}){more}", first.value, first.note), Role::Warn);
    }
    if !shown.mistakes.is_empty() {
        return (format!("! {}", shown.mistakes.join("; ")), Role::Bad);
    }
    if shown.understood.is_empty() {
        let text = if asked.outbound {
            "host name, resource name or id"
        } else {
            "address, subscription, resource, app:\u{2026}, tag:\u{2026}, private endpoint"
        };
        return (text.to_owned(), Role::Dim);
    }
    (format!("= {}", shown.understood.join(", ")), Role::Dim)
}

fn role(tone: Tone) -> Role {
    match tone {
        Tone::Passes => Role::Good,
        Tone::Elsewhere => Role::Warn,
        Tone::Stopped => Role::Bad,
        Tone::Unknown => Role::Strong,
    }
}

fn answers_height(asked: &WhatIf, rest: Rect) -> u16 {
    let lines = answer_lines(asked, rest.w).len() as u16;
    // The grounds keep a few lines, whatever is to be said.
    lines.min(rest.h.saturating_sub(4).max(rest.h / 2))
}

fn answer_lines(asked: &WhatIf, width: u16) -> Vec<Pieces> {
    let width = usize::from(width.saturating_sub(1));
    let mut out = Vec::new();
    // What both answers depend on is said once.
    let shared: Vec<&str> = match asked.shown.answers.as_slice() {
        [first, second] => {
            first.conditions.iter().filter(|c| second.conditions.contains(c)).copied().collect()
        }
        _ => Vec::new(),
    };
    for told in &asked.shown.answers {
        out.extend(one(told, width, &shared));
    }
    if !shared.is_empty() {
        out.push(vec![("Both".to_owned(), Role::Head)]);
        out.extend(shared.iter().flat_map(|c| dependence(c, width)));
    }
    out
}

fn one(told: &Told, width: usize, shared: &[&str]) -> Vec<Pieces> {
    let mut out = vec![vec![(told.under.clone(), Role::Head)]];
    let sentence = wrap(&told.sentence, width.saturating_sub(2));
    out.extend(sentence.into_iter().map(|l| vec![("  ".to_owned(), Role::Plain), (l, role(told.tone))]));
    let own = told.conditions.iter().filter(|c| !shared.contains(c));
    out.extend(own.flat_map(|c| dependence(c, width)));
    out
}

fn dependence(text: &str, width: usize) -> Vec<Pieces> {
    let lines = wrap(text, width.saturating_sub(4)).into_iter().enumerate();
    lines
        .map(|(i, l)| vec![(if i == 0 { "  - " } else { "    " }.to_owned(), Role::Dim), (l, Role::Plain)])
        .collect()
}

/// What was considered, and what was not read.
fn grounds(canvas: &mut Canvas<'_>, area: Rect, asked: &WhatIf) {
    let shown = &asked.shown;
    let (line, body) = area.take_top(1);
    let count = |wanted: fn(&Outcome) -> bool| shown.considered.iter().filter(|c| wanted(&c.outcome)).count();
    let admit = count(|o| matches!(o, Outcome::Admits(_)));
    let unclear = count(|o| matches!(o, Outcome::Unclear(_)));
    let all = shown.considered.len();
    let title = match (shown.answers.is_empty(), all) {
        (true, _) => String::new(),
        (false, 0) => " Nothing to consider: no rule, link or membership ".to_owned(),
        (false, all) => {
            format!(" Considered {all}: {admit} admit, {unclear} unclear, {} do not ", all - admit - unclear)
        }
    };
    canvas.across((line.x, line.y), line.w.saturating_sub(1), Role::Dim);
    canvas.text((line.x, line.y), line.w, &title, Role::Head);
    let width = usize::from(body.w.saturating_sub(1));
    let mut lines: Vec<Pieces> = Vec::new();
    let (urgent, old): (Vec<_>, Vec<_>) = shown.missing.iter().partition(|m| !m.starts_with("the oldest"));
    lines.extend(urgent.iter().flat_map(|m| noted(m, width, Role::Warn)));
    for c in &shown.considered {
        lines.extend(considered(c, width));
    }
    lines.extend(old.iter().flat_map(|m| noted(m, width, Role::Dim)));
    let most = lines.len().saturating_sub(usize::from(body.h));
    draw_lines(canvas, body, &lines, asked.scroll.min(most));
    if most > 0 && line.w > 30 {
        let first = asked.scroll.min(most) + 1;
        let place = format!(" {first}-{} of {} ", first + usize::from(body.h) - 1, lines.len());
        let x = line.x + line.w.saturating_sub(place.len() as u16 + 2);
        canvas.text((x, line.y), place.len() as u16, &place, Role::Dim);
    }
}

fn noted(text: &str, width: usize, role: Role) -> Vec<Pieces> {
    wrap(text, width).into_iter().map(|l| vec![(l, role)]).collect()
}

fn considered(c: &Considered, width: usize) -> Vec<Pieces> {
    let (sign, role) = match &c.outcome {
        Outcome::Admits(_) => ("yes ", Role::Good),
        Outcome::Unclear(_) => ("?   ", Role::Warn),
        Outcome::Not(_) => ("no  ", Role::Dim),
    };
    let lines = wrap(&c.to_string(), width.saturating_sub(4)).into_iter().enumerate();
    let body = if matches!(c.outcome, Outcome::Not(_)) { Role::Dim } else { Role::Plain };
    lines.map(|(i, l)| vec![(if i == 0 { sign } else { "    " }.to_owned(), role), (l, body)]).collect()
}
