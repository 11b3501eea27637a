//! The log room: histogram, rows with the user's columns, groups, and a line about older rows.

use super::canvas::{Canvas, fit};
use super::log::{between, direction, role, rule};
use super::status::Status;
use super::table;
use super::theme::Role;
use crate::app::Model;
use crate::app::columns::clock;
use crate::app::focus::Pane;
use crate::app::layout::{LIST_HEAD, Rect};
use crate::app::panes::AnyList;
use crate::app::panes::room::{Chart, GroupRow, Grouping, moment};
use crate::app::room::{Mood, foot, log};
use crate::domain::log::{LogColumn, RoomColumn, RowView, Verdict};
use crate::domain::traffic::Bin;
use jiff::Timestamp;

/// Cells that the text of a column gets at least.
const LEAST: u16 = 9;
/// Cells of a time of today, and of one with its day.
const TIME: u16 = 14;

/// The title of the room.
pub fn title(model: &Model) -> String {
    let room = &model.panes.room;
    let name = model.shown().map_or("no perimeter", |id| id.name());
    let mut text = format!(" Log room \u{b7} {name}");
    if let Some(Grouping { sums, .. }) = &room.grouping {
        text = format!("{text} \u{b7} by {}", sums.by().name());
    }
    match &room.range {
        Some(range) => text = format!("{text} \u{b7} {} \u{2013} {}", moment(range.from), clock(range.to)),
        None if model.panes.log.is_following() => text.push_str(" \u{b7} following"),
        None => text = format!("{text} \u{b7} PAUSED, {} new (f)", model.panes.log.since_pause()),
    }
    let (log, dot) = (log(model), '\u{b7}');
    if room.grouping.is_some() && !log.filter_text().is_empty() {
        text = format!("{text} {dot} rows /{}", log.filter_text());
    } else if log.filter_text().is_empty() {
        text = format!("{text} {dot} {} rows", log.len());
    }
    text
}

/// What is to be said about the room's rows.
pub fn status(model: &Model) -> Status {
    let room = &model.panes.room;
    let Some(range) = room.range.as_ref().filter(|_| room.grouping.is_none()) else {
        return if room.grouping.is_some() { Status::default() } else { Status::of(model, Pane::Log) };
    };
    let counts = range.log.store().counts();
    let right = vec![
        (format!("allowed {}", counts.allowed + counts.private), Role::Dim),
        (format!("would deny {}", counts.would_deny), Role::Warn),
        (format!("denied {}", counts.denied), Role::Bad),
    ];
    let nothing = match (range.log.len(), range.log.total()) {
        (0, 0) if range.log.history.asked().is_some() => "reading\u{2026}".to_owned(),
        (0, 0) => "nothing was logged in this stretch of time".to_owned(),
        (0, total) => format!("none of {total} rows matches the filter (Esc drops it)"),
        _ => String::new(),
    };
    Status { right, nothing, ..Status::default() }
}

/// Draws what stands below the title line.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let areas = model.areas();
    chart(canvas, areas.chart, model);
    match &model.panes.room.grouping {
        Some(grouping) => table::draw::<GroupRow>(canvas, area, &grouping.list, &model.data),
        None => rows(canvas, area, model),
    }
    let (text, mood) = foot(model);
    let role = match mood {
        Mood::Calm => Role::Dim,
        Mood::Busy => Role::Warn,
        Mood::Bad => Role::Bad,
    };
    let line = areas.room_foot;
    canvas.text((line.x + 1, line.y), line.w.saturating_sub(1), &text, role);
}

/// Which columns fit, and how wide each is; those that do not fit are left out from the end.
fn widths(columns: &[RoomColumn], width: u16) -> Vec<(RoomColumn, u16)> {
    let fixed = |column: &RoomColumn| match column {
        RoomColumn::Time => Some(TIME),
        RoomColumn::Verdict => Some(10),
        RoomColumn::Direction => Some(3),
        RoomColumn::Count => Some(7),
        RoomColumn::Ends | RoomColumn::Text(_) => None,
    };
    let least = |column: &RoomColumn| match column {
        RoomColumn::Ends => 2 * LEAST + 4,
        RoomColumn::Time
        | RoomColumn::Verdict
        | RoomColumn::Direction
        | RoomColumn::Count
        | RoomColumn::Text(_) => fixed(column).unwrap_or(LEAST),
    };
    let mut kept: Vec<RoomColumn> = columns.to_vec();
    let needed = |kept: &[RoomColumn]| kept.iter().map(|c| least(c) + 1).sum::<u16>();
    while kept.len() > 1 && needed(&kept) > width + 1 {
        kept.pop();
    }
    let mut left = (width + 1).saturating_sub(needed(&kept));
    let mut fills = kept.iter().filter(|c| fixed(c).is_none()).count() as u16;
    let fitted = kept.into_iter().map(|column| {
        let mut w = least(&column);
        if fixed(&column).is_none() {
            let share = left / fills.max(1);
            (w, left, fills) = (w + share, left - share, fills.saturating_sub(1));
        }
        (column, w)
    });
    fitted.collect()
}

fn rows(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let (_, body) = area.take_top(LIST_HEAD - 1);
    let (head, rows) = body.take_top(1);
    let columns = &model.panes.room.kept.columns;
    let fitted = widths(columns, area.w.saturating_sub(2));
    let mut x = area.x + 2;
    for (column, width) in &fitted {
        canvas.text((x, head.y), *width, column.name(), Role::Dim);
        x += width + 1;
    }
    let hidden = columns.len() - fitted.len();
    if hidden > 0 {
        let text = match hidden {
            1 => " 1 column does not fit (c)".to_owned(),
            n => format!(" {n} columns do not fit (c)"),
        };
        let x = head.x + head.w.saturating_sub(text.len() as u16 + 1);
        canvas.text((x, head.y), text.len() as u16, &text, Role::Warn);
    }
    for (i, (row, selected)) in log(model).window(usize::from(rows.h)).enumerate() {
        let line = Rect::new(area.x, rows.y + i as u16, area.w, 1);
        let resource = model.resource_name(row.text(LogColumn::ServiceResourceId));
        draw_row(canvas, line, &row, resource, (selected, &fitted));
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    line: Rect,
    row: &RowView<'_>,
    resource: &str,
    (selected, fitted): (bool, &[(RoomColumn, u16)]),
) {
    let signs = canvas.theme().signs;
    if selected {
        canvas.text((line.x, line.y), 1, signs.marker, Role::Marker);
    }
    let mut x = line.x + 2;
    for (nth, (column, width)) in fitted.iter().enumerate() {
        let (text, usual) = match column {
            RoomColumn::Time => (moment(row.last()), Role::Plain),
            RoomColumn::Verdict => (row.verdict().word().to_owned(), role(row.verdict())),
            RoomColumn::Direction => (direction(row).to_owned(), Role::Plain),
            RoomColumn::Ends => (between(row, resource, usize::from(*width), &signs), Role::Plain),
            RoomColumn::Count => (format!("{}{}", signs.times, row.count()), Role::Plain),
            RoomColumn::Text(LogColumn::MatchedRule) => (rule(row).to_owned(), Role::Dim),
            RoomColumn::Text(column) => (row.text(*column).to_owned(), Role::Plain),
        };
        let shown = if nth == 0 && selected { Role::Selected } else { usual };
        canvas.text((x, line.y), *width, &tail(&text, *column, usize::from(*width), signs.cut), shown);
        x += width + 1;
    }
}

/// Of a long id the end says more than the beginning.
fn tail<'t>(text: &'t str, column: RoomColumn, width: usize, cut: &str) -> std::borrow::Cow<'t, str> {
    let is_id = matches!(column, RoomColumn::Text(c) if c.name().ends_with("ResourceId"));
    let length = text.chars().count();
    if !is_id || length <= width {
        return fit(text, width, cut);
    }
    let end: String = text.chars().skip(length - width.saturating_sub(1)).collect();
    format!("{cut}{end}").into()
}

/// The histogram: what it shows, bars, and what the cursor stands on.
fn chart(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    if area.is_empty() {
        return;
    }
    let chart = &model.panes.room.chart;
    let (line, rest) = area.take_top(1);
    let (bars, axis) = rest.take_bottom(1);
    canvas.across((line.x, line.y), line.w, Role::Dim);
    let columns = chart.bars();
    let most = columns.iter().filter_map(|(_, bin)| *bin).map(|bin| chart.events(bin)).max().unwrap_or(0);
    canvas.text((line.x, line.y), line.w, &heading(model, most), Role::Title);
    let each = (bars.w.saturating_sub(2) / (columns.len() as u16).max(1)).max(1);
    let levels = u64::from(bars.h) * 8;
    for (nth, (_, bin)) in columns.iter().enumerate() {
        let x = bars.x + 1 + nth as u16 * each;
        let Some(bin) = bin.filter(|_| most > 0 && x + each <= bars.x + bars.w) else { continue };
        let events = chart.events(bin);
        // Something is never drawn as nothing.
        let filled = if events == 0 { 0 } else { (events.saturating_mul(levels) / most).max(1) };
        column(canvas, Rect::new(x, bars.y, each, bars.h), filled, bar_role(chart, bin));
    }
    let place = chart.place(columns.len());
    let at = place.map(|nth| axis.x + 1 + nth as u16 * each).filter(|x| *x < axis.x + axis.w);
    let text = match place.and_then(|nth| columns.get(nth)) {
        Some((start, bin)) => stretch(*start, *bin),
        None => ends(&columns),
    };
    canvas.text((axis.x + 1, axis.y), axis.w.saturating_sub(1), &text, Role::Dim);
    if let Some(x) = at {
        // The cursor stands in the lowest row of the bars, or below them where there is none.
        let sign = canvas.theme().signs.down;
        for y in bars.y..bars.y + bars.h {
            canvas.text((x, y), 1, sign, Role::Marker);
        }
    }
}

fn heading(model: &Model, most: u64) -> String {
    let chart = &model.panes.room.chart;
    let what = chart.only.map_or("all events", Verdict::word);
    let over = match &model.panes.room.range {
        Some(range) => format!("{} \u{2013} {}", moment(range.from), moment(range.to)),
        None => format!("last {}", super::status::span(chart.span().as_secs())),
    };
    match &chart.read {
        None => format!(" {over} \u{b7} reading\u{2026} "),
        Some((of, _)) => {
            let step = super::status::span(of.step.map_or(0, |step| step.as_secs()));
            let filtered =
                if crate::app::room::log(model).filter_text().is_empty() { "" } else { ", the filter apart" };
            format!(" {over} \u{b7} {what}{filtered} \u{b7} each bar {step} \u{b7} highest {most} ")
        }
    }
}

/// A bar takes the colour of the worst that it holds; the words of the cursor say the numbers.
fn bar_role(chart: &Chart, bin: &Bin) -> Role {
    let has = |verdict| chart.only.is_none_or(|only| only == verdict) && bin.events.of(verdict) > 0;
    if has(Verdict::Denied) {
        Role::Bad
    } else if has(Verdict::WouldDeny) {
        Role::Warn
    } else {
        Role::Good
    }
}

/// One bar, from below, in eighths of a cell.
fn column(canvas: &mut Canvas<'_>, area: Rect, filled: u64, role: Role) {
    let signs = canvas.theme().signs.bars;
    for row in 0..area.h {
        let below = u64::from(row) * 8;
        let eighths = filled.saturating_sub(below).min(8);
        let Some(sign) = eighths.checked_sub(1).and_then(|at| signs.get(at as usize)) else { return };
        let width = area.w.saturating_sub(u16::from(area.w > 2));
        canvas.text((area.x, area.y + area.h - 1 - row), width, &sign.repeat(usize::from(width)), role);
    }
}

/// What the stretch under the cursor holds.
fn stretch(start: Timestamp, bin: Option<&Bin>) -> String {
    let from = moment(start);
    let Some(bin) = bin else { return format!("from {from}: nothing logged") };
    let e = &bin.events;
    format!(
        "from {from}: denied {}, would deny {}, allowed {}, {} rows (+ alone)",
        e.denied,
        e.would_deny,
        e.allowed.saturating_add(e.private),
        bin.rows
    )
}

fn ends(columns: &[(Timestamp, Option<&Bin>)]) -> String {
    match (columns.first(), columns.last()) {
        (Some((first, _)), Some((last, _))) => {
            format!("{} to {} (left and right read a bar)", moment(*first), moment(*last))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_never_exceed_the_width() {
        let all: Vec<RoomColumn> = RoomColumn::all().collect();
        for width in 20..220 {
            let fitted = widths(&all, width);
            let used: u16 = fitted.iter().map(|(_, w)| w + 1).sum();
            assert!(used <= width + 1, "{width}: {fitted:?}");
        }
        let default = nsp_default();
        assert_eq!(widths(&default, 98).len(), default.len(), "the usual columns fit at 100");
        let narrow = widths(&default, 78);
        assert_eq!(narrow.len() + 1, default.len(), "at 80 both ends matter more than the rule");
        assert!(narrow.iter().any(|(column, w)| *column == RoomColumn::Ends && *w >= 24), "{narrow:?}");
    }

    fn nsp_default() -> Vec<RoomColumn> {
        crate::domain::log::KeptRoom::default().columns
    }
}
