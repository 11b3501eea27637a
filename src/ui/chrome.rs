//! Header, titles, tabs, filter line and footer.

use std::fmt::Write as _;

use super::canvas::{Canvas, fit};
use super::coverage;
use super::evidence;
use super::room;
use super::status::{Status, span};
use super::theme::Role;
use crate::app::Model;
use crate::app::bindings;
use crate::app::checks;
use crate::app::columns::clock;
use crate::app::command::Command;
use crate::app::focus::{Pane, Tab};
use crate::app::guards;
use crate::app::layout::{Areas, Rect};
use crate::app::logging;
use crate::app::msg::SignIn;
use crate::app::panes::{AnyList, FilterInput};
use crate::app::toast::Tone;
use unicode_width::UnicodeWidthStr;

/// The pieces that fit; the first ones give way, the last one stays.
fn that_fit<'p>(pieces: &'p [(String, Role)], room: usize, gap: &str) -> &'p [(String, Role)] {
    let mut kept = pieces;
    while width(kept, gap) > room {
        match kept {
            [_, rest @ ..] if !rest.is_empty() => kept = rest,
            _ => break,
        }
    }
    kept
}

fn width(pieces: &[(String, Role)], gap: &str) -> usize {
    pieces.iter().map(|(t, _)| t.width()).sum::<usize>() + pieces.len().saturating_sub(1) * gap.width()
}

/// Writes pieces so that they end at the right edge of a line; the first ones give way.
fn flush_right(canvas: &mut Canvas<'_>, line: Rect, used: u16, pieces: &[(String, Role)], gap: &str) -> u16 {
    let room = usize::from(line.w.saturating_sub(used + 1));
    let kept = that_fit(pieces, room, gap);
    let wanted = width(kept, gap).min(room) as u16;
    let mut x = line.x + line.w - wanted;
    let end = line.x + line.w;
    for (i, (text, role)) in kept.iter().enumerate() {
        if i > 0 {
            x += canvas.text((x, line.y), end.saturating_sub(x), gap, Role::Dim);
        }
        x += canvas.text((x, line.y), end.saturating_sub(x), text, *role);
    }
    line.x + line.w - wanted
}

/// Session, scope and badges.
pub fn header(canvas: &mut Canvas<'_>, line: Rect, model: &Model) {
    if line.is_empty() {
        return;
    }
    // The first ones give way where there is no room.
    let mut right: Vec<(String, Role)> = vec![match &model.status.sign_in {
        Some(SignIn::Done { .. }) if model.session.simulated => (String::new(), Role::Plain),
        Some(SignIn::Done { identity, credential, .. }) => {
            (if identity.is_empty() { credential.clone() } else { identity.clone() }, Role::Plain)
        }
        Some(SignIn::Trying(kind)) => (format!("signing in: {kind}"), Role::Warn),
        Some(SignIn::DeviceCode { code, .. }) => (format!("sign in with {code} (i)"), Role::Warn),
        Some(SignIn::Failed(_)) => ("NOT SIGNED IN (i)".to_owned(), Role::Bad),
        None => (String::new(), Role::Plain),
    }];
    if let (Some(reads), _) = model.status.quota
        && reads < 100
    {
        right.push((format!("{reads} reads left"), Role::Warn));
    }
    if let Some(waiting) = &model.status.waiting {
        right.push((format!("waiting until {}: {}", clock(waiting.until), waiting.reason), Role::Warn));
    }
    if model.jobs.running() > 0 {
        right.push((format!("{} write in flight", model.jobs.running()), Role::Warn));
    }
    if model.status.writable {
        right.push((
            " WRITES ON ".to_owned(),
            if model.session.simulated { Role::ReadOnly } else { Role::Unlocked },
        ));
    } else {
        right.push(("[READ-ONLY]".to_owned(), Role::ReadOnly));
    }
    if model.session.simulated {
        right.push((" SIMULATED ".to_owned(), Role::Simulated));
    }
    // The most pressing thing there is stays whatever gives way.
    if let Some((text, bad)) = guards::badge(model) {
        right.push((text, if bad { Role::Bad } else { Role::Unlocked }));
    }
    right.retain(|(text, _)| !text.is_empty());
    let scope = scope(model);
    let used = canvas.pieces((line.x, line.y), line.w, &[(" nsp ", Role::Focused), (&scope, Role::Plain)]);
    // Badges matter more than the rest of a long scope: they are drawn over it.
    let least = used.min(line.w / 2);
    let from = flush_right(canvas, line, least, &right, " ");
    if from < line.x + used {
        canvas.text((from.saturating_sub(1), line.y), 1, " ", Role::Plain);
    }
}

fn scope(model: &Model) -> String {
    let tenant = match &model.status.sign_in {
        // A tenant that was chosen stands in the label already.
        Some(SignIn::Done { tenant, .. })
            if !tenant.is_empty() && model.status.scopes.now.place.tenant.is_none() =>
        {
            format!(" / {tenant}")
        }
        _ => String::new(),
    };
    let rows = model.data.subscriptions.rows();
    let subscriptions = match rows {
        [] => String::new(),
        [one] => format!(" / {}", one.name),
        many => format!(" / {} subscriptions", many.len()),
    };
    format!("{}{tenant}{subscriptions}", model.session.label)
}

/// The perimeter shown and the tabs.
pub fn tabs(canvas: &mut Canvas<'_>, areas: &Areas, model: &Model) {
    let line = areas.tabs;
    if line.is_empty() {
        return;
    }
    let name = model.shown().map_or("no perimeter", |id| id.name());
    let width = |labels: &[(Tab, String)]| labels.iter().map(|(_, text)| text.width()).sum::<usize>();
    let fits = |labels: &Vec<(Tab, String)>| width(labels) + name.width() + 2 <= usize::from(line.w);
    // What the tabs say gives way before the name of the perimeter does.
    let brevities = [(usize::MAX, true), (3, true), (3, false), (2, false)];
    let labels = brevities.iter().map(|(letters, counts)| labels(model, *letters, *counts)).find(fits);
    let labels = labels.unwrap_or_else(|| self::labels(model, 0, false));
    let needed = width(&labels);
    let location =
        model.shown().and_then(|id| model.panes.perimeters.find(id)).map_or("", |p| p.location.as_str());
    let room = usize::from(line.w).saturating_sub(needed);
    let long = format!(" {name} ({location}) ");
    let place = if !location.is_empty() && long.width() <= room { long } else { format!(" {name} ") };
    let most = (room as u16).max(10);
    let mut x = line.x + canvas.text((line.x, line.y), most, &place, Role::Strong);
    let end = line.x + line.w;
    for (tab, text) in labels {
        let active = model.focus.tab == tab;
        let role = match (active, model.focus.pane == Pane::Main) {
            (true, true) => Role::Focused,
            (true, false) => Role::Head,
            (false, _) => Role::Dim,
        };
        x += canvas.text((x, line.y), end.saturating_sub(x), &text, role);
    }
}

/// The tabs with so many letters of their names; the open one keeps its name.
fn labels(model: &Model, letters: usize, counts: bool) -> Vec<(Tab, String)> {
    let all = Tab::ALL.into_iter();
    all.map(|tab| {
        let least = if model.focus.tab == tab { letters.max(9) } else { letters };
        let name: String = tab.label().chars().take(least).collect();
        let count = if counts { count(model, tab) } else { String::new() };
        let gap = if name.is_empty() { "" } else { " " };
        (tab, format!(" {}{gap}{name}{count} ", tab.digit()))
    })
    .collect()
}

/// How many rows a tab has, as far as known.
fn count(model: &Model, tab: Tab) -> String {
    let list = model.panes.list(Pane::Main, tab);
    match (tab, list.map_or(0, AnyList::total)) {
        (Tab::Activity, _) if model.jobs.running() > 0 => format!(" {}!", model.jobs.running()),
        (Tab::Activity, 0) if !model.status.unfinished.is_empty() => " !".to_owned(),
        (_, 0) => String::new(),
        (_, n) => format!(" {n}"),
    }
}

/// The title line of a list pane.
pub fn title(canvas: &mut Canvas<'_>, area: Rect, pane: Pane, status: &Status, model: &Model) {
    let (line, _) = area.take_top(1);
    let focused = model.focus.pane == pane;
    let role = if focused { Role::Focused } else { Role::Title };
    canvas.across((line.x, line.y), line.w, if focused { Role::Focused } else { Role::Dim });
    let Some(list) = model.panes.list(pane, model.focus.tab) else { return };
    let mut text = match pane {
        Pane::Perimeters => " Perimeters".to_owned(),
        Pane::Log => log_title(model),
        Pane::Room => room::title(model),
        Pane::Main | Pane::Detail => match (&model.panes.profile, model.focus.tab) {
            (Some(profile), Tab::Rules) => format!(" Rules of profile {}", profile.name()),
            (None, Tab::Rules) => " Rules of all profiles".to_owned(),
            (_, Tab::Coverage) => coverage::heading(model, line.w),
            (_, Tab::Evidence) => evidence::heading(model),
            (_, Tab::Checks) => format!(" {}", checks::title(model)),
            (_, tab) => format!(" {}", tab.label()),
        },
    };
    let dot = canvas.theme().signs.dot;
    let (shown, total) = (list.len(), list.total());
    if !list.filter_text().is_empty() {
        _ = write!(text, " {dot} {shown} of {total} {dot} /{}", list.filter_text());
    } else if total > 0
        && !matches!(pane, Pane::Log | Pane::Room)
        && !(pane == Pane::Main && model.focus.tab == Tab::Coverage)
    {
        _ = write!(text, " {dot} {total}");
    }
    if list.marked() > 0 {
        _ = write!(text, " {dot} {} marked", list.marked());
    }
    text.push(' ');
    let used = canvas.text((line.x, line.y), line.w, &text, role);
    let gap = format!(" {dot} ");
    let room = usize::from(line.w.saturating_sub(used + 3));
    let mut right = that_fit(&status.right, room, &gap).to_vec();
    if width(&right, &gap) > room {
        let brief = status.brief.iter().find(|(text, _)| text.width() <= room).or(status.brief.last());
        // Half a time of day says something wrong.
        right.retain(|(_, role)| *role != Role::Dim);
        right = brief.map_or(right, |brief| vec![brief.clone()]);
    }
    if let Some((last, _)) = right.last_mut() {
        last.push(' ');
    }
    if let Some((first, _)) = right.first_mut() {
        first.insert(0, ' ');
    }
    if !right.is_empty() && used + 4 < line.w {
        flush_right(canvas, line, used, &right, &gap);
    }
}

/// Letters of a workspace's name where there is little room.
const NARROW_NAME: usize = 16;

fn log_title(model: &Model) -> String {
    let log = &model.panes.log;
    let mut text = " Access log".to_owned();
    let Some(spec) = &log.spec else { return text };
    let narrow = model.areas().log.w < 100;
    let name = fit(spec.source.label(), if narrow { NARROW_NAME } else { usize::MAX }, "~");
    _ = write!(text, " \u{b7} {name}");
    let sources = logging::sources(&model.data, &spec.perimeter);
    if let (true, Some(at)) = (sources.len() > 1, sources.iter().position(|s| *s == spec.source)) {
        let (at, all) = (at + 1, sources.len());
        _ = if narrow { write!(text, " {at}/{all}") } else { write!(text, " ({at} of {all}, v)") };
    }
    match (log.is_following(), narrow) {
        // Only what is not the rule needs a word where there is little room: the counts matter more.
        (true, true) => {}
        (true, false) => text.push_str(" \u{b7} following"),
        (false, _) => drop(write!(text, " \u{b7} PAUSED, {} new (f)", log.since_pause())),
    }
    let Some(newest) = log.status.as_ref().and_then(|s| s.newest_ingestion) else { return text };
    let late = log.status.as_ref().and_then(|s| s.delay).map(|d| span(d.as_secs()));
    match (late, narrow) {
        (Some(late), true) => drop(write!(text, " {}, {late} late", clock(newest))),
        (Some(late), false) => drop(write!(text, " \u{b7} newest {}, {late} late", clock(newest))),
        (None, _) => drop(write!(text, " \u{b7} newest {}", clock(newest))),
    }
    text
}

/// The filter being typed, in place of the title. Returns where the cursor stands.
pub fn filter_line(canvas: &mut Canvas<'_>, area: Rect, input: &FilterInput) -> (u16, u16) {
    let (line, _) = area.take_top(1);
    canvas.across((line.x, line.y), line.w, Role::Focused);
    let before = canvas.text((line.x, line.y), line.w, " / ", Role::Key);
    let room = line.w.saturating_sub(before + 1);
    let (shown, offset) = field_window(input.field.text(), input.field.cursor(), usize::from(room));
    let x = line.x + before;
    let used = canvas.text((x, line.y), room, &format!("{shown} "), Role::Input);
    if let Some(error) = &input.error {
        canvas.text(
            (x + used + 1, line.y),
            line.w.saturating_sub(before + used + 1),
            &format!(" {error} "),
            Role::Bad,
        );
    }
    (x + offset, line.y)
}

/// The part of a field's text that fits around its cursor, and the cursor's column in it.
pub fn field_window(text: &str, cursor: usize, width: usize) -> (String, u16) {
    let room = width.saturating_sub(1).max(1);
    let before: Vec<char> = text.chars().take(cursor).collect();
    let mut used = 0;
    let mut start = before.len();
    for (i, c) in before.iter().enumerate().rev() {
        used += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
        if used > room {
            break;
        }
        start = i;
    }
    let head: String = before.iter().skip(start).collect();
    let column = head.width() as u16;
    let mut shown = head;
    for c in text.chars().skip(cursor) {
        let w = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if shown.width() + w > room {
            break;
        }
        shown.push(c);
    }
    (shown, column)
}

/// A notice, or the keys that matter here.
pub fn footer(canvas: &mut Canvas<'_>, line: Rect, model: &Model) {
    if line.is_empty() {
        return;
    }
    if let Some(toast) = model.toasts.current() {
        let (sign, role) = match toast.tone {
            Tone::Good => (" ok ", Role::Good),
            Tone::Info => (" i ", Role::Strong),
            Tone::Bad => (" !! ", Role::Bad),
        };
        canvas.pieces((line.x, line.y), line.w, &[(sign, role), (&toast.text, role)]);
        return;
    }
    let scope = model.scope();
    let mut rows = bindings::rows(&model.keymap, scope);
    // What an overlay cannot do is nothing that comes back while it is open.
    let never = |b: &bindings::Binding| scope.is_overlay() && (b.when)(model).is_some();
    rows.retain(|b| !b.hint.is_empty() && !never(b));
    let needed = |b: &bindings::Binding| (model.keymap.first_key(b).width() + 1 + b.hint.width() + 2) as u16;
    let mut x = line.x + 1;
    let mut end = line.x + line.w;
    // The way to all other keys stays whatever else has no room.
    let help = rows.iter().position(|b| b.command == Command::Help).map(|at| rows.remove(at));
    end = end.saturating_sub(help.map_or(0, needed));
    let fitting = rows.iter().scan(x, |used, b| {
        *used += needed(b);
        (*used <= end).then_some(*b)
    });
    let shown: Vec<_> = fitting.chain(help).collect();
    end = line.x + line.w;
    for binding in shown {
        let key = model.keymap.first_key(binding);
        let off = binding.disabled(model).is_some();
        x += canvas.text((x, line.y), end.saturating_sub(x), &key, if off { Role::Dim } else { Role::Key });
        x += 1;
        x += canvas.text(
            (x, line.y),
            end.saturating_sub(x),
            binding.hint,
            if off { Role::Dim } else { Role::Plain },
        );
        x += 2;
    }
}
