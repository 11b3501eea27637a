//! The log room in step with what was read: pages of older rows, sums for the histogram, groups. What it
//! says about itself stands here, too.

use super::columns::clock;
use super::focus::Pane;
use super::history::{State, Stretch};
use super::msg::{Facts, Slot, Topic};
use super::panes::logs::LogPane;
use super::panes::room::{CAPACITY, moment};
use super::{Model, panes::AnyList};
use crate::domain::Failure;
use crate::domain::log::KeptRoom;

/// What the user keeps was read.
pub fn kept(model: &mut Model, kept: KeptRoom) -> Vec<super::effect::Effect> {
    model.panes.room.kept = kept;
    Vec::new()
}

/// The rows that the room shows.
pub fn log(model: &Model) -> &LogPane {
    model.panes.room.log(&model.panes.log)
}

/// The rows that the room shows, to be changed.
pub fn log_mut(model: &mut Model) -> &mut LogPane {
    match &mut model.panes.room.range {
        Some(range) => &mut range.log,
        None => &mut model.panes.log,
    }
}

/// Asks for older rows.
pub fn want(model: &mut Model) {
    let now = model.now;
    let Some(spec) = model.panes.log.spec.clone() else { return };
    let log = log_mut(model);
    let oldest = log.oldest_arrival();
    log.history.want(&spec, oldest, now);
}

/// The cursor stands on the oldest row and would go on: there may be older ones.
pub fn reached_end(model: &mut Model) {
    if model.focus.pane == Pane::Room && model.panes.room.grouping.is_none() {
        let log = log(model);
        if log.cursor() + 1 >= log.len() {
            want(model);
        }
    }
}

/// What the room needs.
pub fn slots(model: &Model) -> Vec<Slot> {
    if model.focus.pane != Pane::Room {
        return Vec::new();
    }
    let rows = log(model).history.asked().map(Stretch::slot);
    rows.into_iter().chain(bins(model)).collect()
}

fn bins(model: &Model) -> Option<Slot> {
    let shown = model.focus.chart.then(|| model.panes.room.wanted_bins(&model.panes.log, model.now));
    shown.flatten().map(|stretch| stretch.slot())
}

/// Brings the room in line with what was read.
pub fn refresh(model: &mut Model) {
    let room = &mut model.panes.room;
    let spec = model.panes.log.spec.as_ref();
    if room.range.as_ref().is_some_and(|range| range.log.spec.as_ref() != spec) {
        room.range = None;
        room.grouping = None;
    }
    if room.chart.read.as_ref().is_some_and(|(of, _)| spec.is_none_or(|spec| spec.perimeter != of.perimeter))
    {
        room.chart.read = None;
    }
    if model.focus.pane != Pane::Room {
        return;
    }
    take_rows(model);
    take_bins(model);
    if log(model).history.wanted {
        want(model);
    }
    let page = model.page(Pane::Room);
    let super::panes::Panes { room, log, .. } = &mut model.panes;
    room.sync(log, page, &model.data);
}

/// Takes a page of older rows that has come.
fn take_rows(model: &mut Model) {
    let Some(key) = log(model).history.asked().map(Stretch::key) else { return };
    let Some(facts) = model.data.facts(Topic::LogRows, &key).and_then(|r| r.value()).cloned() else { return };
    let Facts::LogRows(answer) = facts.as_ref() else { return };
    model.data.forget(Topic::LogRows, &key);
    let now = model.now;
    let log = log_mut(model);
    log.set_capacity(CAPACITY);
    let room = CAPACITY.saturating_sub(log.store().len());
    let rows = log.history.take(answer, room, now);
    log.prepend(&rows);
    // Keys of rows that have left are used again, so nothing may go on speaking of them.
    if model.panes.room.range.is_none() && !rows.is_empty() {
        let gone = |key| model.panes.log.row(key).is_none();
        if let Some(super::panes::detail::Subject::LogRow(key)) = model.panes.detail.subject
            && gone(key)
        {
            model.panes.detail.set(None);
        }
    }
    let by = model.panes.room.grouping.as_ref().map(|g| g.sums.by());
    if by.is_some() {
        regroup(model, by);
    }
}

/// Groups anew, or shows rows again.
pub fn regroup(model: &mut Model, by: Option<crate::domain::log::GroupBy>) {
    let page = model.page(Pane::Room);
    let super::panes::Panes { room, log, .. } = &mut model.panes;
    room.group(by, log, page, &model.data);
}

/// Takes the sums for the histogram that have come; until then the old ones stay.
fn take_bins(model: &mut Model) {
    let Some(wanted) = model.panes.room.wanted_bins(&model.panes.log, model.now) else { return };
    if model.panes.room.chart.read.as_ref().is_some_and(|(of, _)| *of == wanted) {
        return;
    }
    let remote = model.data.facts(Topic::LogBins, &wanted.key());
    let Some(facts) = remote.and_then(|r| r.value()) else { return };
    let Facts::LogBins(answer) = facts.as_ref() else { return };
    let bins = answer.page().map_or_else(Vec::new, |page| page.items.clone());
    model.panes.room.chart.read = Some((wanted, bins));
}

/// Why older rows, or the histogram, could not be read.
pub fn failures(model: &Model) -> Vec<(&'static str, &Failure)> {
    let rows = log(model).history.asked().map(Stretch::slot);
    let rows = rows.and_then(|slot| model.data.failure(&slot)).map(|f| ("Older rows of the access log", f));
    let bins = bins(model).and_then(|slot| model.data.failure(&slot)).map(|f| ("The histogram", f));
    rows.into_iter().chain(bins).collect()
}

/// The slots that are read again at the user's wish: what failed, and the histogram.
pub fn again(model: &Model) -> Vec<Slot> {
    let rows = log(model).history.asked().map(Stretch::slot);
    let failed = rows.filter(|slot| model.data.failure(slot).is_some());
    failed.into_iter().chain(bins(model)).collect()
}

/// How what is said about older rows is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// All is well.
    Calm,
    /// Something is under way.
    Busy,
    /// Something failed.
    Bad,
}

/// Where the reading of older rows stands, in a sentence.
pub fn foot(model: &Model) -> (String, Mood) {
    let log = log(model);
    if let Some(grouping) = &model.panes.room.grouping {
        let sums = &grouping.sums;
        let mut text = format!("{} rows grouped by {}", sums.rows(), sums.by().name());
        if sums.left_out() > 0 {
            text = format!("{text}; {} rows have further values, which are in no group", sums.left_out());
        }
        return (text, Mood::Calm);
    }
    let since = log.store().iter().next().map(|row| moment(row.start()));
    let back = since.map_or_else(String::new, |at| format!("back to {at}; "));
    let within = match &model.panes.room.range {
        Some(range) => format!("of {} \u{2013} {}", moment(range.from), clock(range.to)),
        None => "in the log (its beginning, or the end of retention)".to_owned(),
    };
    match &log.history.state {
        State::Unasked | State::More(_) => {
            (format!("{back}older rows are read when the cursor goes on at the last one (G)"), Mood::Calm)
        }
        State::Asked(stretch) => asked(&back, stretch, model.data.failure(&stretch.slot())),
        State::End => (format!("{back}there are no older rows {within}"), Mood::Calm),
        State::NoTable => {
            ("the workspace has no access log table: no row has ever arrived".to_owned(), Mood::Calm)
        }
        State::Full => {
            let text = format!(
                "{back}{CAPACITY} rows are kept: there is no room for older ones (+ looks at a stretch of time alone)"
            );
            (text, Mood::Bad)
        }
    }
}

/// What is said while a page is awaited, or did not come.
fn asked(back: &str, stretch: &Stretch, failure: Option<&Failure>) -> (String, Mood) {
    let Some(failure) = failure else {
        return (format!("{back}reading rows of {} and before\u{2026}", moment(stretch.to)), Mood::Busy);
    };
    let evidence = failure.evidence();
    let evidence = if evidence.is_empty() { failure.detail.clone() } else { evidence };
    (format!("older rows: {}; r tries again ({evidence})", failure.title), Mood::Bad)
}
