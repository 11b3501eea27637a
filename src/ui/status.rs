//! How fresh and how complete a pane is, in words.

use super::canvas::{Canvas, wrap};
use super::coverage;
use super::evidence;
use super::theme::Role;
use crate::app::Model;
use crate::app::columns::{clock, local};
use crate::app::focus::{Pane, Tab};
use crate::app::layout::{Class, Rect};
use crate::app::logging;
use crate::app::msg::{SignIn, Topic};
use crate::app::remote::Remote;
use crate::domain::Failure;
use crate::domain::log::TailTable;

/// What is to be said about a pane.
#[derive(Default)]
pub struct Status {
    /// At the right of its title.
    pub right: Vec<(String, Role)>,
    /// What stands there instead where that is too long, the longest first.
    pub brief: Vec<(String, Role)>,
    /// In place of rows, when there are none.
    pub nothing: String,
    /// How that is meant.
    pub role: Role,
}

/// Several readings seen as one.
#[derive(Default)]
struct Sum {
    loading: bool,
    failure: Option<Failure>,
    skipped: usize,
    oldest: Option<jiff::Timestamp>,
    complete: bool,
}

impl Sum {
    /// The trouble in a word or two, where there is no room for more.
    fn brief(&self) -> Vec<(String, Role)> {
        let words = match (&self.failure, self.oldest) {
            (Some(_), Some(at)) if self.complete => {
                vec![format!("stale since {} (w)", clock(at)), "stale (w)".to_owned()]
            }
            (Some(_), Some(_)) => vec!["incomplete (w)".to_owned(), "partial (w)".to_owned()],
            (Some(_), None) => vec!["failed (w)".to_owned()],
            (None, _) => Vec::new(),
        };
        words.into_iter().map(|text| (text, Role::Bad)).collect()
    }

    fn of<'a, T: 'a>(remotes: impl Iterator<Item = &'a Remote<T>>) -> Self {
        let mut sum = Self { complete: true, ..Self::default() };
        for remote in remotes {
            sum.loading |= remote.awaited().is_some();
            sum.skipped += remote.skipped().len();
            sum.complete &= remote.read_at().is_some();
            if sum.failure.is_none() {
                sum.failure = remote.failure().cloned();
            }
            sum.oldest = match (sum.oldest, remote.read_at()) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        sum
    }
}

impl Status {
    /// The status of a list pane.
    pub fn of(model: &Model, pane: Pane) -> Self {
        match pane {
            Pane::Log => log(model),
            Pane::Room => super::room::status(model),
            Pane::Perimeters => perimeters_in(model),
            Pane::Main | Pane::Detail => main(model),
        }
    }

    /// Says why there are no rows.
    pub fn empty(&self, canvas: &mut Canvas<'_>, area: Rect) {
        if self.nothing.is_empty() {
            return;
        }
        let (_, body) = area.take_top(2);
        let width = body.w.saturating_sub(4);
        for (i, line) in wrap(&self.nothing, usize::from(width)).iter().take(usize::from(body.h)).enumerate()
        {
            canvas.text((body.x + 2, body.y + i as u16), width, line, self.role);
        }
    }
}

/// What stands at the right of a title: loading, stale or read at.
fn right(sum: &Sum) -> Vec<(String, Role)> {
    let mut out = Vec::new();
    if sum.skipped > 0 {
        out.push((format!("{} left out (w)", sum.skipped), Role::Bad));
    }
    match (&sum.failure, sum.oldest) {
        (Some(failure), Some(at)) if sum.complete => {
            out.push((format!("stale since {}: {} (w)", clock(at), failure.title), Role::Bad));
        }
        // Some of it is fresh, some was never read.
        (Some(failure), Some(_)) => out.push((format!("incomplete: {} (w)", failure.title), Role::Bad)),
        (Some(failure), None) => out.push((format!("{} (w)", failure.title), Role::Bad)),
        (None, Some(at)) if sum.complete => out.push((clock(at), Role::Dim)),
        (None, _) => {}
    }
    if sum.loading && !sum.complete {
        out.push(("reading\u{2026}".to_owned(), Role::Warn));
    }
    out
}

/// Why a list has no rows: a filter, a failure, not read yet, or there are none.
fn nothing(sum: &Sum, total: usize, shown: usize, none: &str, model: &Model) -> (String, Role) {
    if shown > 0 {
        return (String::new(), Role::Plain);
    }
    if total > 0 {
        return (format!("none of {total} rows matches the filter (Esc drops it)"), Role::Plain);
    }
    if let Some(failure) = &sum.failure {
        let text = format!("{}\n{}\n{}\n{}", failure.title, failure.detail, failure.hint, failure.evidence());
        return (text, Role::Bad);
    }
    if sum.complete {
        return (none.to_owned(), Role::Plain);
    }
    let text = match &model.status.sign_in {
        Some(SignIn::Trying(kind)) => format!("signing in: trying {kind} \u{2026}"),
        Some(SignIn::DeviceCode { code, url, .. }) => format!("sign in: type {code} at {url}"),
        Some(SignIn::Failed(failure)) => format!("{}\n{}\n{}", failure.title, failure.detail, failure.hint),
        Some(SignIn::Done { .. }) | None => "reading\u{2026}".to_owned(),
    };
    (text, Role::Warn)
}

fn perimeters(model: &Model) -> Status {
    let subscriptions = Sum::of(std::iter::once(&model.data.subscriptions));
    let mut sum = Sum::of(model.data.perimeters.values());
    let started = model.data.perimeters.len() >= model.data.subscriptions.rows().len();
    sum.complete &= subscriptions.complete && started;
    sum.failure = subscriptions.failure.or(sum.failure);
    sum.loading |= subscriptions.loading;
    let state = model.panes.perimeters.state();
    let in_scope = model.data.subscriptions.rows().len();
    let none = match in_scope {
        0 => "this identity sees no subscription: ask for the Reader role, or sign in to another tenant (i)"
            .to_owned(),
        n => format!(
            "no perimeter in {n} subscription{} (n makes one, W guides)",
            if n == 1 { "" } else { "s" }
        ),
    };
    let (nothing, role) = nothing(&sum, state.total(), state.len(), &none, model);
    Status { right: right(&sum), brief: sum.brief(), nothing, role }
}

/// The list of perimeters beside the tabs has no room for more than a sentence.
fn perimeters_in(model: &Model) -> Status {
    let status = perimeters(model);
    match (model.areas().class, status.nothing.split_once('\n')) {
        (Class::Medium | Class::Wide, Some((title, _))) => Status { nothing: title.to_owned(), ..status },
        (Class::Tiny | Class::Narrow | Class::Medium | Class::Wide, _) => status,
    }
}

fn main(model: &Model) -> Status {
    let panes = &model.panes;
    let Some(list) = panes.list(Pane::Main, model.focus.tab) else {
        return Status::default();
    };
    if model.focus.tab == Tab::Activity {
        return activity(model);
    }
    if model.focus.tab == Tab::Coverage {
        return coverage::status(model);
    }
    if model.focus.tab == Tab::Evidence {
        return evidence::status(model);
    }
    let Some(shown) = model.shown() else {
        // There may be a reason why there is none.
        let Status { nothing, role, .. } = perimeters(model);
        let nothing = if nothing.is_empty() { "no perimeter is selected".to_owned() } else { nothing };
        return Status { nothing, role, ..Status::default() };
    };
    let data = model.data.of(shown);
    let (sum, none) = match model.focus.tab {
        Tab::Resources => (
            Sum::of(data.iter().map(|d| &d.associations)),
            "no resource is associated with this perimeter (n adds one)",
        ),
        Tab::Profiles => {
            (Sum::of(data.iter().map(|d| &d.profiles)), "this perimeter has no profile (N makes one)")
        }
        Tab::Rules => match &data {
            Some(d) if d.profiles.read_at().is_some() && d.profiles.rows().is_empty() => {
                (rules(model, shown), "no access rule: the perimeter has no profile yet")
            }
            _ => (rules(model, shown), "no access rule (n makes one)"),
        },
        Tab::Links => {
            let mut sum = Sum::of(data.iter().map(|d| &d.links));
            let references = Sum::of(data.iter().map(|d| &d.references));
            sum.complete &= references.complete;
            sum.loading |= references.loading;
            sum.failure = sum.failure.or(references.failure);
            (sum, "no link to or from another perimeter (n makes one)")
        }
        Tab::Activity | Tab::Coverage | Tab::Evidence => (Sum::default(), ""),
        Tab::Checks => {
            (Sum::of(data.iter().map(|d| &d.associations)), "no resource is selected in the resources tab")
        }
        Tab::Logging => (logging(model), "no diagnostic setting (n makes one)"),
    };
    let sum = Sum { complete: sum.complete && data.is_some(), ..sum };
    let (nothing, role) = nothing(&sum, list.total(), list.len(), none, model);
    Status { right: right(&sum), brief: sum.brief(), nothing, role }
}

fn rules(model: &Model, shown: &crate::domain::ArmId) -> Sum {
    let Some(data) = model.data.of(shown) else { return Sum::default() };
    let of_profiles = Sum::of(std::iter::once(&data.profiles));
    let wanted =
        data.profiles.rows().iter().filter(|p| model.panes.profile.as_ref().is_none_or(|w| *w == p.id));
    let remotes: Vec<_> = wanted.map(|p| data.rules.get(&p.id)).collect();
    let mut sum = Sum::of(remotes.iter().filter_map(|r| *r));
    sum.complete &= of_profiles.complete && remotes.iter().all(Option::is_some);
    sum.loading |= of_profiles.loading;
    sum.failure = sum.failure.or(of_profiles.failure);
    sum
}

fn activity(model: &Model) -> Status {
    let list = model.panes.activity.state();
    let unfinished = &model.status.unfinished;
    let mut right = Vec::new();
    if !unfinished.is_empty() {
        right.push((format!("{} unknown from an earlier run (a: checked)", unfinished.len()), Role::Bad));
    }
    let nothing = if !list.is_empty() {
        String::new()
    } else if unfinished.is_empty() {
        "nothing was written in this session".to_owned()
    } else {
        let lines: Vec<String> = unfinished
            .iter()
            .map(|u| {
                format!(
                    "OUTCOME UNKNOWN  {}  {}  {}",
                    local(u.at).strftime("%Y-%m-%d %H:%M"),
                    u.title,
                    u.target
                )
            })
            .collect();
        format!("Check these against Azure, then press a:\n{}", lines.join("\n"))
    };
    Status {
        right,
        nothing,
        role: if unfinished.is_empty() { Role::Plain } else { Role::Bad },
        brief: Vec::new(),
    }
}

/// A duration in its largest unit.
pub fn span(seconds: i64) -> String {
    match seconds {
        s if s < 0 => "0 s".to_owned(),
        s if s < 90 => format!("{s} s"),
        s if s < 90 * 60 => format!("{} min", (s + 30) / 60),
        s if s < 36 * 3600 => format!("{} h", (s + 1800) / 3600),
        s => format!("{} d", (s + 43_200) / 86_400),
    }
}

fn log(model: &Model) -> Status {
    let log = &model.panes.log;
    let list = model.panes.list(Pane::Log, model.focus.tab);
    let (total, shown) = list.map_or((0, 0), |l| (l.total(), l.len()));
    let settings = logging(model);
    let mut right = Vec::new();
    let counts = log.store().counts();
    if counts.rows > 0 {
        let tone = |n: u64, role| if n > 0 { role } else { Role::Dim };
        right.push((format!("allowed {}", counts.allowed + counts.private), Role::Dim));
        right.push((format!("would deny {}", counts.would_deny), tone(counts.would_deny, Role::Warn)));
        right.push((format!("denied {}", counts.denied), tone(counts.denied, Role::Bad)));
    }
    if let Some(failure) = &log.failure {
        let again = failure.retry_at.map_or_else(String::new, |at| format!(", again {}", clock(at)));
        right.push((format!("{}{again} (w)", failure.title), Role::Bad));
    } else if log.status.as_ref().is_some_and(|s| s.warning.is_some()) {
        right.push(("partial answer (w)".to_owned(), Role::Warn));
    }
    let brief = log.failure.iter().map(|_| ("failed (w)".to_owned(), Role::Bad)).collect();
    if shown > 0 {
        return Status { right, brief, ..Status::default() };
    }
    let (nothing, role) = if total > 0 {
        (format!("none of {total} rows matches the filter (Esc drops it)"), Role::Plain)
    } else if let Some(failure) = &log.failure {
        (format!("{}\n{}\n{}", failure.title, failure.detail, failure.hint), Role::Bad)
    } else if model.shown().is_none() {
        (String::new(), Role::Dim)
    } else if log.spec.is_none() {
        no_workspace(&settings, model)
    } else {
        match &log.status {
            Some(status) if status.table == TailTable::NoneYet => {
                ("no access log row has ever arrived in this workspace".to_owned(), Role::Plain)
            }
            Some(status) if status.caught_up => ("no traffic was logged lately".to_owned(), Role::Plain),
            _ => ("reading the access log\u{2026}".to_owned(), Role::Warn),
        }
    };
    Status { right, brief, nothing, role }
}

/// The readings that say where the log goes.
fn logging(model: &Model) -> Sum {
    let reading = model.shown().and_then(|id| logging::reading(&model.data, id));
    let mut sum = Sum::of(reading.into_iter());
    sum.complete &= reading.is_some();
    sum
}

fn no_workspace(settings: &Sum, model: &Model) -> (String, Role) {
    if let Some(failure) = &settings.failure {
        return (format!("{}\n{}\n{}", failure.title, failure.detail, failure.hint), Role::Bad);
    }
    let Some(shown) = model.shown().filter(|_| settings.complete) else {
        return ("looking where the access log goes\u{2026}".to_owned(), Role::Warn);
    };
    let workspaces = logging::workspaces(&model.data, shown);
    let failure = workspaces
        .iter()
        .find_map(|id| model.data.facts(Topic::Workspace, id.as_str()).and_then(Remote::failure));
    if let Some(failure) = failure {
        return (format!("{}\n{}\n{}", failure.title, failure.detail, failure.hint), Role::Bad);
    }
    if !workspaces.is_empty() {
        return ("looking where the access log goes\u{2026}".to_owned(), Role::Warn);
    }
    let elsewhere = logging::settings(&model.data, shown).len();
    let so_far = match elsewhere {
        0 => {
            "No diagnostic setting sends the access log of this perimeter anywhere: what is denied is not recorded."
        }
        _ => "The access log of this perimeter goes to no Log Analytics workspace: it cannot be shown here.",
    };
    (format!("{so_far}\nPress l, then n, to make a setting that does."), Role::Warn)
}
