//! Keys of the log room: grouping, columns, saved filters, histogram, jumps, export.

use std::sync::Arc;

use super::super::command::Command;
use super::super::details;
use super::super::effect::Effect;
use super::super::focus::{Pane, Tab};
use super::super::overlays::{Choice, Overlay, Picker, Purpose, TextBox};
use super::super::panes::AnyList;
use super::super::panes::room::{SavedFilters, moment};
use super::super::toast::Tone;
use super::super::{Model, room, rows};
use crate::domain::log::{
    ExportFormat, Exported, GroupBy, LogColumn, LogExport, RoomColumn, RowKey, RowView, Verdict,
};
use crate::domain::{ArmId, Direction};

/// What is chosen in the room, from a list.
#[derive(Debug, Clone, PartialEq)]
pub enum RoomChoice {
    /// By what rows are grouped.
    Group(Vec<GroupBy>),
    /// Columns to be shown or hidden.
    Columns(Vec<RoomColumn>),
    /// A saved filter.
    Filters(SavedFilters),
    /// The name under which a filter is saved, and the filter.
    Save(String, String),
    /// What is exported.
    Export(Vec<ExportChoice>),
}

/// Takes what was chosen.
pub fn picked(model: &mut Model, what: RoomChoice, choice: usize) -> Vec<Effect> {
    match what {
        RoomChoice::Group(all) => room::regroup(model, all.into_iter().nth(choice)),
        RoomChoice::Columns(all) => {
            if let Some(column) = all.into_iter().nth(choice) {
                return toggle_column(model, column, choice);
            }
        }
        RoomChoice::Filters(saved) => return take_filter(model, &saved, choice),
        RoomChoice::Save(name, text) => return save_filter(model, &name, &text),
        RoomChoice::Export(all) => {
            return all.into_iter().nth(choice).map_or_else(Vec::new, |c| export(model, c));
        }
    }
    Vec::new()
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportChoice {
    /// The rows that are shown, with the columns that are shown.
    Shown(ExportFormat),
    /// The rows that are shown, with all columns.
    Whole(ExportFormat),
    /// The groups.
    Groups(ExportFormat),
}

/// Opens the room, or leaves it.
fn toggle(model: &mut Model) {
    if model.focus.pane == Pane::Room {
        return leave(model);
    }
    super::focus(model, Pane::Room);
    model.focus.zoomed = false;
    let page = model.page(Pane::Room);
    if room::log(model).len() < page {
        room::want(model);
    }
}

fn leave(model: &mut Model) {
    super::focus(model, Pane::Log);
}

/// One step back: groups, filter, stretch of time, and then out.
pub fn back(model: &mut Model) {
    if model.panes.room.grouping.is_some() {
        return room::regroup(model, None);
    }
    if super::open::drop_filter(model) {
        return;
    }
    if model.panes.room.range.is_some() {
        return zoom(model, None);
    }
    leave(model);
}

fn zoom(model: &mut Model, range: Option<(jiff::Timestamp, jiff::Timestamp)>) {
    let super::super::panes::Panes { room, log, .. } = &mut model.panes;
    room.zoom(range, log, &model.data);
}

/// The commands that are run here, as a pattern.
macro_rules! of_room {
    () => {
        Command::LogRoom
            | Command::WhatIf
            | Command::GroupRows
            | Command::LogColumns
            | Command::SavedFilters
            | Command::ToggleChart
            | Command::ChartVerdict
            | Command::ZoomIn
            | Command::ZoomOut
            | Command::ExportLog
            | Command::GoRule
            | Command::GoAssociation
            | Command::SameCaller
    };
}
pub(super) use of_room;

/// A command that is about the log, wherever it was given.
pub fn command(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::GroupRows => choose_group(model),
        Command::LogColumns => choose_columns(model, 0),
        Command::ToggleChart => model.focus.chart = !model.focus.chart,
        Command::ChartVerdict => next_verdict(model),
        Command::LogRoom => toggle(model),
        Command::WhatIf => return super::what_if::open(model),
        Command::ZoomIn => zoom_in(model),
        Command::ZoomOut => zoom_out(model),
        Command::SavedFilters => choose_filter(model),
        Command::ExportLog => choose_export(model),
        Command::GoRule => go_to_rule(model),
        Command::GoAssociation => go_to_association(model),
        Command::SameCaller => same_caller(model),
        _ => {}
    }
    Vec::new()
}

/// Enter: a group's rows, or all that a row says.
pub fn open(model: &mut Model) {
    let grouping = model.panes.room.grouping.as_ref();
    if let Some(grouping) = grouping {
        let Some(row) = grouping.list.selected() else { return };
        let Some(term) = grouping.sums.term(&row.0) else {
            return model.toasts.push(Tone::Info, "these rows have no text there to filter by");
        };
        room::regroup(model, None);
        let before = room::log(model).filter_text().to_owned();
        let text = if before.is_empty() { term } else { format!("{before} {term}") };
        return filter(model, &text);
    }
    let Some(row) = room::log(model).selected() else { return };
    let text = TextBox::new(details::log_title(&row), details::log_row(&row));
    super::show(model, text);
}

/// Filters the rows of the room; the text was made here or taken before.
fn filter(model: &mut Model, text: &str) {
    let page = model.page(Pane::Room);
    let super::super::panes::Panes { room, log, .. } = &mut model.panes;
    let log = match &mut room.range {
        Some(range) => &mut range.log,
        None => log,
    };
    if let Err(mistake) = log.set_filter(text, &model.data) {
        return model.toasts.push(Tone::Bad, mistake.to_string());
    }
    log.show_cursor(page);
    model.toasts.push(Tone::Info, format!("filter: {text} (esc drops it)"));
    rows::moved(model);
}

fn choose_group(model: &mut Model) {
    let all: Vec<GroupBy> = GroupBy::all().collect();
    let now = model.panes.room.grouping.as_ref().map(|g| g.sums.by());
    let note = |by: &GroupBy| if Some(*by) == now { "grouped so" } else { "" };
    let choices = all.iter().map(|by| Choice::new(by.name(), note(by))).collect();
    model.overlays.push(Overlay::Picker(Picker::new(
        "Group rows by",
        Purpose::Room(RoomChoice::Group(all)),
        choices,
    )));
}

/// Shows which columns there are; the cursor stands on one of them.
fn choose_columns(model: &mut Model, cursor: usize) {
    let all: Vec<RoomColumn> = RoomColumn::all().collect();
    let shown = &model.panes.room.kept.columns;
    let mark = |c: &RoomColumn| if shown.contains(c) { "[x]" } else { "[ ]" };
    let choices = all.iter().map(|c| Choice::new(format!("{} {}", mark(c), c.name()), "")).collect();
    let mut picker = Picker::new(
        "Columns of the log room (Enter shows or hides)",
        Purpose::Room(RoomChoice::Columns(all)),
        choices,
    );
    picker.cursor = cursor;
    model.overlays.push(Overlay::Picker(picker));
}

/// Shows a column, or hides it, and goes on choosing.
fn toggle_column(model: &mut Model, column: RoomColumn, cursor: usize) -> Vec<Effect> {
    model.panes.room.kept.toggle(column);
    choose_columns(model, cursor);
    keep(model)
}

fn keep(model: &Model) -> Vec<Effect> {
    vec![Effect::KeepRoom(Box::new(model.panes.room.kept.clone()))]
}

fn choose_filter(model: &mut Model) {
    let now = room::log(model).filter_text().to_owned();
    let all = model.panes.room.kept.filters.clone();
    let note = |text: &str| {
        if text == now { format!("{text} (applied; again: forget it)") } else { text.to_owned() }
    };
    let choices = all.iter().map(|f| Choice::new(f.name.as_str(), note(&f.text))).collect();
    let intro = if now.is_empty() {
        "Enter applies a filter. To save one, filter the rows first (/).".to_owned()
    } else {
        format!("Enter applies a filter; under a new name it saves the present one: {now}")
    };
    let purpose = Purpose::Room(RoomChoice::Filters(SavedFilters { all, now }));
    let picker = Picker::new("Saved filters", purpose, choices)
        .intro(vec![super::super::overlays::help::Line::Text(intro)]);
    model.overlays.push(Overlay::Picker(picker));
}

/// Applies a saved filter; forgets it when it is applied already.
fn take_filter(model: &mut Model, saved: &SavedFilters, choice: usize) -> Vec<Effect> {
    let Some(chosen) = saved.all.get(choice) else { return Vec::new() };
    if chosen.text == saved.now {
        model.panes.room.kept.forget(&chosen.name);
        model.toasts.push(Tone::Info, format!("{} is forgotten; the filter stays applied", chosen.name));
        return keep(model);
    }
    room::regroup(model, None);
    filter(model, &chosen.text);
    Vec::new()
}

/// Saves the present filter under a name.
fn save_filter(model: &mut Model, name: &str, text: &str) -> Vec<Effect> {
    let name = name.trim();
    if name.is_empty() || text.is_empty() {
        model.toasts.push(Tone::Info, "nothing was saved: it takes a filter (/) and a name");
        return Vec::new();
    }
    model.panes.room.kept.save(name, text);
    model.toasts.push(Tone::Good, format!("the filter is saved as {name}"));
    keep(model)
}

fn next_verdict(model: &mut Model) {
    let chart = &mut model.panes.room.chart;
    let all = [None, Some(Verdict::Denied), Some(Verdict::WouldDeny), Some(Verdict::Allowed)];
    let at = all.iter().position(|v| *v == chart.only).unwrap_or(0);
    chart.only = all.get((at + 1) % all.len()).copied().flatten();
}

/// Moves the histogram's cursor.
pub fn cursor(model: &mut Model, back: bool) {
    let chart = &mut model.panes.room.chart;
    let last = chart.bars().len().saturating_sub(1);
    chart.cursor = Some(match chart.cursor {
        None => 0,
        Some(at) if back => (at + 1).min(last),
        Some(at) => at.saturating_sub(1),
    });
}

/// Looks at the stretch under the cursor alone; without a cursor, at a shorter span.
fn zoom_in(model: &mut Model) {
    let chart = &model.panes.room.chart;
    let bars = chart.bars();
    let stretch = chart.place(bars.len()).and_then(|at| bars.get(at)).map(|(start, _)| *start);
    let step = chart.read.as_ref().and_then(|(of, _)| of.step);
    let range = stretch.zip(step).and_then(|(start, step)| Some((start, start.checked_add(step).ok()?)));
    match range {
        Some(range) => {
            zoom(model, Some(range));
            room::want(model);
            model
                .toasts
                .push(Tone::Info, format!("rows from {} on alone (- or esc: all again)", moment(range.0)));
        }
        None if model.panes.room.range.is_some() => {
            model.toasts.push(Tone::Info, "left and right choose the stretch to look at");
        }
        None => model.panes.room.chart.widen(false),
    }
}

fn zoom_out(model: &mut Model) {
    if model.panes.room.range.is_some() {
        zoom(model, None);
    } else {
        model.panes.room.chart.widen(true);
    }
}

/// The column that says who is at the other end of a row.
fn peer_column(row: &RowView<'_>) -> Option<LogColumn> {
    let columns = match row.direction() {
        Direction::Outbound => {
            [LogColumn::DestinationFqdn, LogColumn::DestinationResourceId, LogColumn::DestinationEmailAddress]
        }
        Direction::Inbound | Direction::Unknown(_) => {
            [LogColumn::SourceIpAddress, LogColumn::SourceResourceId, LogColumn::SourceAppId]
        }
    };
    columns.into_iter().find(|c| !row.text(*c).is_empty())
}

fn same_caller(model: &mut Model) {
    let Some(row) = room::log(model).selected() else { return };
    let Some(column) = peer_column(&row) else {
        return model.toasts.push(Tone::Info, "the row does not say who is at the other end");
    };
    let text = row.text(column);
    // The port is another one for each call.
    let bare = crate::domain::net::address(text).map_or_else(|| text.to_owned(), |a| a.to_string());
    let quoted = bare.replace('\\', "\\\\").replace('"', "\\\"");
    filter(model, &format!("{}:\"{quoted}\"", column.name()));
}

fn go_to_association(model: &mut Model) {
    let Some(row) = room::log(model).selected() else { return };
    let Ok(id) = ArmId::parse(row.text(LogColumn::ServiceResourceId)) else {
        return model.toasts.push(Tone::Info, "the row names no resource");
    };
    let found = model.panes.resources.rows().iter().find(|a| a.resource.as_ref() == Some(&id));
    let Some(association) = found.map(|a| a.id.clone()) else {
        let text = format!("{} is not associated with this perimeter any more", id.name());
        return model.toasts.push(Tone::Bad, text);
    };
    go(model, Tab::Resources);
    let page = model.page(Pane::Main);
    model.panes.resources.select(&association, page);
    rows::follow_cursor(model);
}

fn go_to_rule(model: &mut Model) {
    let Some(row) = room::log(model).selected() else { return };
    let (rule, profile) =
        (row.text(LogColumn::MatchedRule).to_owned(), row.text(LogColumn::Profile).to_owned());
    if rule.is_empty() {
        return model.toasts.push(Tone::Info, "no rule matched this row (= shows the caller's other rows)");
    }
    let Some(perimeter) = model.shown().cloned() else { return };
    let rules = model.data.rules(&perimeter, None);
    let named = |id: &ArmId| {
        id.name().eq_ignore_ascii_case(&rule)
            && id.parent().is_some_and(|p| profile.is_empty() || p.name().eq_ignore_ascii_case(&profile))
    };
    let Some(id) = rules.iter().find(|r| named(&r.id)).map(|r| r.id.clone()) else {
        let text =
            format!("{rule} is no access rule of profile {profile}: the resource's own, or deleted since");
        return model.toasts.push(Tone::Bad, text);
    };
    model.panes.profile = None;
    go(model, Tab::Rules);
    model.status.dirty.shown = true;
    rows::rebuild(model);
    let page = model.page(Pane::Main);
    model.panes.rules.select(&id, page);
    rows::follow_cursor(model);
}

/// Leaves the room for a tab whose list shows everything.
fn go(model: &mut Model, tab: Tab) {
    if let Some(list) = model.panes.list_mut(Pane::Main, tab) {
        // An empty filter is never wrong.
        let _ = list.set_filter("", &model.data);
    }
    super::tab(model, tab);
}

fn choose_export(model: &mut Model) {
    use ExportChoice as E;
    use ExportFormat::{Csv, JsonLines};
    let shown = room::log(model).len();
    let all = if model.panes.room.grouping.is_some() {
        vec![E::Groups(Csv), E::Groups(JsonLines)]
    } else {
        vec![E::Shown(Csv), E::Shown(JsonLines), E::Whole(Csv), E::Whole(JsonLines)]
    };
    let choice = |what: &ExportChoice| {
        let (text, format) = match what {
            E::Groups(format) => ("groups".to_owned(), format),
            E::Shown(format) => (format!("{shown} rows, columns that are shown"), format),
            E::Whole(format) => (format!("{shown} rows, all columns"), format),
        };
        let form = match format {
            Csv => "CSV",
            JsonLines => "JSON lines",
        };
        Choice::new(format!("{form}: {text}"), "")
    };
    let choices = all.iter().map(choice).collect();
    let title = "Export to the state folder";
    model.overlays.push(Overlay::Picker(Picker::new(title, Purpose::Room(RoomChoice::Export(all)), choices)));
}

/// Exports.
fn export(model: &Model, choice: ExportChoice) -> Vec<Effect> {
    let (format, what) = match choice {
        ExportChoice::Groups(format) => (format, groups(model)),
        ExportChoice::Shown(format) => (format, rows_of(model, model.panes.room.kept.columns.clone())),
        ExportChoice::Whole(format) => {
            let own = [RoomColumn::Time, RoomColumn::Verdict, RoomColumn::Count];
            let columns = own.into_iter().chain(LogColumn::ALL.map(RoomColumn::Text));
            (format, rows_of(model, columns.collect()))
        }
    };
    vec![Effect::Export(Box::new(LogExport { format, at: model.now, what }))]
}

/// The rows that pass the filter, newest first as on the screen.
fn rows_of(model: &Model, columns: Vec<RoomColumn>) -> Exported {
    let log = room::log(model);
    let mut keys: Vec<RowKey> = log.view().keys_from(0).collect();
    keys.reverse();
    Exported::Rows { store: Arc::new(log.store().clone()), keys, columns }
}

fn groups(model: &Model) -> Exported {
    let head = vec!["value", "events", "denied", "would_deny", "rows", "first", "last"];
    let groups = model.panes.room.grouping.iter().flat_map(|g| g.list.rows());
    let rows = groups
        .map(|row| {
            let g = &row.0;
            let numbers = [g.events, g.denied, g.would_deny, g.rows].map(|n| n.to_string());
            let times = [g.first().to_string(), g.last().to_string()];
            std::iter::once(g.value.clone()).chain(numbers).chain(times).collect()
        })
        .collect();
    Exported::Table { head, rows }
}

/// Why nothing can be said about a row.
pub fn row_reason(model: &Model) -> Option<String> {
    let room = &model.panes.room;
    if room.grouping.is_some() {
        return Some("groups are shown: Enter shows the rows of one".to_owned());
    }
    room::log(model).selected().is_none().then(|| "no row is selected".to_owned())
}

/// Why there is no log room.
pub fn reason(model: &Model) -> Option<String> {
    model.shown().is_none().then(|| "no perimeter is selected".to_owned())
}
