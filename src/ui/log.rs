//! The rows of the access log.

use super::canvas::{Canvas, fit};
use super::theme::{Role, Signs};
use crate::app::Model;
use crate::app::columns::clock;
use crate::app::digest::{peer, short};
use crate::app::layout::{LIST_HEAD, Rect};
use crate::domain::Direction;
use crate::domain::log::{LogColumn, RowView, Verdict};
use unicode_width::UnicodeWidthStr;

/// How a verdict looks.
pub fn role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Denied => Role::Bad,
        Verdict::WouldDeny => Role::Warn,
        Verdict::Allowed => Role::Good,
        Verdict::Private | Verdict::Unknown => Role::Dim,
    }
}

/// Widths of the columns: time, verdict, direction, who to whom, operation, count, rule.
struct Widths {
    who: u16,
    operation: u16,
    rule: u16,
}

/// A resource's name is cut to no less than this.
const RESOURCE_LEAST: usize = 8;
const TIME: u16 = 8;
const VERDICT: u16 = 10;
const DIRECTION: u16 = 3;
const COUNT: u16 = 6;

fn widths(width: u16) -> Widths {
    let rest = width.saturating_sub(2 + TIME + VERDICT + DIRECTION + COUNT + 6);
    if width < 100 {
        let who = rest * 2 / 3;
        return Widths { who, operation: rest.saturating_sub(who), rule: 0 };
    }
    let who = (rest / 2).clamp(30, 70);
    let operation = (rest.saturating_sub(who) / 2).min(30);
    Widths { who, operation, rule: rest.saturating_sub(who + operation) }
}

/// Draws column heads and rows below the title line.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let (_, body) = area.take_top(LIST_HEAD - 1);
    let (head, rows) = body.take_top(1);
    let w = widths(area.w);
    let titles = ["time", "verdict", "dir", "from and to", "operation", "count", "rule"];
    let cells = [TIME, VERDICT, DIRECTION, w.who, w.operation, COUNT, w.rule];
    let mut x = area.x + 2;
    for (title, width) in titles.iter().zip(cells) {
        canvas.text((x, head.y), width, title, Role::Dim);
        x += width + 1;
    }
    for (i, (row, selected)) in model.panes.log.window(usize::from(rows.h)).enumerate() {
        let line = Rect::new(area.x, rows.y + i as u16, area.w, 1);
        let resource = model.resource_name(row.text(LogColumn::ServiceResourceId));
        draw_row(canvas, line, &row, resource, (selected, &w));
    }
}

/// Which way the traffic went.
pub fn direction(row: &RowView<'_>) -> &'static str {
    match row.direction() {
        Direction::Outbound => "out",
        Direction::Inbound => "in",
        Direction::Unknown(_) => "?",
    }
}

/// Who called whom. The other side is what one looks for: where there is no room, the resource gives way first.
pub fn between(row: &RowView<'_>, resource: &str, width: usize, signs: &Signs) -> String {
    let other = short(peer(row));
    let outbound = row.direction() == Direction::Outbound;
    let (from, to) = if outbound { (resource, other) } else { (other, resource) };
    let room = width.saturating_sub(2 + signs.arrow.width());
    let needed = if outbound { to } else { from }.width();
    let ours = room.saturating_sub(needed).max(RESOURCE_LEAST);
    let from_room = if outbound { ours } else { room.saturating_sub(RESOURCE_LEAST.min(to.width())) };
    format!("{} {} {}", fit(from, from_room, signs.cut), signs.arrow, to)
}

/// The rule that matched, or that none did.
pub fn rule<'r>(row: &RowView<'r>) -> &'r str {
    match row.text(LogColumn::MatchedRule) {
        "" => match row.verdict() {
            Verdict::Denied | Verdict::WouldDeny => "no perimeter rule",
            Verdict::Allowed | Verdict::Private | Verdict::Unknown => "",
        },
        rule => rule,
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    line: Rect,
    row: &RowView<'_>,
    resource: &str,
    (selected, w): (bool, &Widths),
) {
    let signs = canvas.theme().signs;
    if selected {
        canvas.text((line.x, line.y), 1, signs.marker, Role::Marker);
    }
    let verdict = row.verdict();
    let who = between(row, resource, usize::from(w.who), &signs);
    let direction = direction(row);
    let count = format!("{}{}", signs.times, row.count());
    let operation = match row.text(LogColumn::OperationName) {
        "" => row.text(LogColumn::ResultDescription),
        name => name,
    };
    let rule = rule(row);
    let time = clock(row.last());
    let first = if selected { Role::Selected } else { Role::Plain };
    let cells = [
        (time.as_str(), TIME, first),
        (verdict.word(), VERDICT, role(verdict)),
        (direction, DIRECTION, Role::Plain),
        (who.as_str(), w.who, Role::Plain),
        (operation, w.operation, Role::Plain),
        (count.as_str(), COUNT, Role::Plain),
        (rule, w.rule, Role::Dim),
    ];
    let mut x = line.x + 2;
    for (text, width, role) in cells {
        canvas.text((x, line.y), width, text, role);
        x += width + 1;
    }
}
