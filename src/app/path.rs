//! The guided path: what puts one resource behind a perimeter, step by step, from what must be
//! registered to what shows that it holds. Every state is computed from what was read; nothing is
//! remembered but which resource is meant, and which perimeter was chosen for it.

mod steps;

use std::sync::Arc;

use super::Model;
use super::bindings;
use super::checks;
use super::command::Command;
use super::coverage;
use super::focus::{Pane, Tab};
use super::logging;
use super::msg::{Slot, Topic};
use super::overlays::Overlay;
use super::overlays::board::{BoardKind, BoardRow, Mend};
use super::overlays::sheet::Purpose;
use super::panes::AnyList;
use super::prerequisites;
use super::rows;
use super::study;
use crate::domain::{ArmId, Associable, Association, Change, Kind, New, Perimeter, Requirement, Signal};
use steps::{
    association_step, cautions, denied_step, links_step, log_step, mode_step, of_check, perimeter_step,
    profile_step, registered, row, rules_step, test_step, verified,
};

/// Which resource is led where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The resource.
    pub resource: ArmId,
    /// The perimeter that it shall join; what it is in already counts more.
    pub into: Option<ArmId>,
}

/// The headings, in order.
const PREPARE: &str = "Prepare";
const JOIN: &str = "Bring it in, learning";
const LEARN: &str = "See who calls";
const READY: &str = "Before enforcing";
const ENFORCE: &str = "Enforce and verify";

/// Title of the board.
pub fn title(path: &Path) -> String {
    format!("Put {} behind a perimeter", path.resource.name())
}

/// The path that is open, however much lies over it.
pub fn open(model: &Model) -> Option<&Path> {
    model.overlays.iter().rev().find_map(|overlay| match overlay.board().map(|board| &board.kind) {
        Some(BoardKind::Path(path)) => Some(path),
        _ => None,
    })
}

/// The association of the resource, as read.
fn association<'m>(model: &'m Model, path: &Path) -> Option<&'m Arc<Association>> {
    let there = model.data.coverage.members.of(&path.resource).and_then(ArmId::parent);
    let perimeter = there.as_ref().or(path.into.as_ref())?;
    let all = model.data.of(perimeter)?.associations.rows();
    all.iter().find(|a| a.resource.as_ref() == Some(&path.resource))
}

/// The perimeter that the resource is in, else the one that was chosen for it.
fn perimeter<'m>(model: &'m Model, path: &Path) -> Option<&'m Arc<Perimeter>> {
    let there = model.data.coverage.members.of(&path.resource).and_then(ArmId::parent);
    let wanted = there.as_ref().or(path.into.as_ref())?;
    coverage::perimeters(&model.data).find(|p| p.id == *wanted)
}

/// The row of the inventory.
fn candidate<'m>(model: &'m Model, path: &Path) -> Option<&'m Arc<Associable>> {
    model.data.coverage.inventory().rows().iter().find(|it| it.id == path.resource)
}

/// What must be registered in the subscription of the perimeter; before there is one, in the resource's.
fn needs(model: &Model, path: &Path) -> Vec<(Requirement, Arc<str>)> {
    let place = perimeter(model, path).map_or(&path.resource, |p| &p.id);
    let kind = path.resource.resource_type().unwrap_or_default();
    let remote = model.data.resource(&path.resource).and_then(|r| r.value());
    let openai = remote.is_some_and(|r| r.kind.eq_ignore_ascii_case("OpenAI"));
    prerequisites::of_resource(place.subscription().unwrap_or_default(), &kind, openai)
}

/// What is to be read for it; `anew` also what was read before.
pub fn slots(model: &Model, path: &Path, anew: bool) -> Vec<Slot> {
    let mut out = coverage::slots(&model.data, anew);
    out.extend(needs(model, path).into_iter().map(|(_, key)| Slot::About(Topic::Registration, key)));
    out.push(Slot::Resource(path.resource.clone()));
    if let Some(association) = association(model, path) {
        out.extend(checks::slots_of(model, association));
        if anew {
            let perimeter = association.id.parent();
            out.extend(perimeter.iter().cloned().map(Slot::Associations));
            out.extend(perimeter.iter().flat_map(|id| logging::slots(&model.data, id)));
            let log = study::question(model).filter(|_| uncounted(&rows(model, path)));
            out.extend(log.iter().flat_map(|log| [log.slot(Topic::Traffic), log.slot(Topic::Evidence)]));
        }
    }
    out
}

/// Puts the cursors where the commands of the steps look: on the perimeter and on the association.
pub fn align(model: &mut Model) {
    let Some(path) = open(model).cloned() else { return };
    let wanted = perimeter(model, &path).map(|p| p.id.clone());
    if let Some(wanted) = wanted {
        rows::show(model, &wanted);
    }
    let Some(id) = association(model, &path).map(|a| a.id.clone()) else { return };
    if model.panes.resources.selected().is_none_or(|a| a.id != id) {
        let page = model.page(Pane::Main);
        let _ = model.panes.resources.set_filter("", &model.data);
        if model.panes.resources.select(&id, page) {
            rows::follow_cursor(model);
        }
    }
}

/// Why the commands of the steps would not be about the path's resource now; they look where the cursors are.
pub fn astray(model: &Model) -> Option<String> {
    let path = open(model)?;
    let perimeter = perimeter(model, path).map(|p| &p.id);
    let association = association(model, path).map(|a| &a.id);
    let elsewhere = perimeter.is_some_and(|id| model.shown() != Some(id))
        || association.is_some_and(|id| model.panes.resources.selected().is_none_or(|a| a.id != *id));
    elsewhere.then(|| format!("{} is still being looked up: once more in a moment", path.resource.name()))
}

/// A perimeter was made while a path was open whose resource is in none: it is made for that.
pub fn made(model: &mut Model, change: &Change) {
    let Change::Create(New::Perimeter { id, .. }) = change else { return };
    let Some(path) = open(model).cloned() else { return };
    if model.data.coverage.members.of(&path.resource).is_none() {
        choose(model, id);
    }
}

/// This perimeter is the one to join.
pub fn choose(model: &mut Model, id: &ArmId) {
    for overlay in &mut model.overlays {
        if let Overlay::Board(board) = overlay
            && let BoardKind::Path(path) = &mut board.kind
        {
            path.into = Some(id.clone());
        }
    }
    align(model);
}

/// What the forms of the steps begin with, by the label of the field: the place of the resource itself.
pub fn given(model: &Model) -> Vec<(&'static str, String)> {
    let Some(path) = open(model) else { return Vec::new() };
    let Some(Overlay::Sheet(sheet)) = model.overlays.last() else { return Vec::new() };
    match &sheet.purpose {
        Purpose::Perimeter => {
            let subscription = path.resource.subscription().unwrap_or_default();
            let group = path.resource.resource_group().unwrap_or_default();
            let region = candidate(model, path).map(|it| it.location.clone()).unwrap_or_default();
            vec![
                ("Name", format!("nsp-{}", path.resource.name())),
                ("Subscription", model.data.subscription_name(subscription).to_owned()),
                ("Resource group", group.to_owned()),
                ("Region", region),
            ]
        }
        // As the portal calls the one that it makes along with a perimeter.
        Purpose::Profile(_) => vec![("Name", "defaultProfile".to_owned())],
        Purpose::Tags(_)
        | Purpose::Move(_)
        | Purpose::Link(_)
        | Purpose::Role(_)
        | Purpose::Setting(..)
        | Purpose::Configure(..) => Vec::new(),
    }
}

/// The resource that is meant where the user is; `None` where that is no single one.
pub fn here(model: &Model) -> Option<ArmId> {
    let panes = &model.panes;
    match (model.focus.pane, model.focus.tab) {
        (_, Tab::Coverage) => panes.coverage.selected().map(|it| it.id.clone()),
        (Pane::Main | Pane::Detail, Tab::Resources | Tab::Checks) => {
            panes.resources.selected().and_then(|a| a.resource.clone())
        }
        _ => None,
    }
}

/// The steps, each as it stands.
pub fn rows(model: &Model, path: &Path) -> Vec<BoardRow> {
    let mut out = all(model, path);
    in_flight(model, &mut out);
    out
}

fn all(model: &Model, path: &Path) -> Vec<BoardRow> {
    let perimeter = perimeter(model, path);
    let association = association(model, path);
    let mut out = vec![registered(model, path), perimeter_step(model, path, perimeter)];
    let Some(perimeter) = perimeter else {
        out.extend(later(&ALL, "first there must be a perimeter"));
        return out;
    };
    out.push(profile_step(model, perimeter));
    out.push(association_step(model, path, perimeter, association));
    let Some(association) = association else {
        out.extend(later(ALL.get(2..).unwrap_or_default(), "first it must be in the perimeter"));
        return out;
    };
    let checks = checks::of(model, association);
    let check = |key: &str, group| checks.iter().find(|c| c.key == key).map(|c| of_check(group, c));
    out.extend(check("identity", JOIN));
    out.extend(check("role", JOIN));
    out.extend(check("logging", LEARN));
    out.push(log_step(model));
    out.push(denied_step(model, association));
    out.push(rules_step(model, association));
    out.push(links_step(model));
    out.extend(check("matrix", READY));
    out.extend(cautions(&checks));
    out.extend(test_step(model, path));
    out.push(mode_step(association));
    out.extend(check("agreement", ENFORCE));
    out.push(verified(model, association));
    out
}

/// A step whose write is in flight is under way, whatever was read before.
fn in_flight(model: &Model, rows: &mut [BoardRow]) {
    for job in model.jobs.all().iter().filter(|job| job.is_running()) {
        let steps: &[&str] = match (&job.change, job.change.kind()) {
            (Change::SetMode { .. }, _) => &["access mode"],
            (_, Kind::Registration) => &["prerequisites"],
            (_, Kind::Perimeter) => &["perimeter"],
            (_, Kind::Profile) => &["profile"],
            (_, Kind::Association) => &["association"],
            (_, Kind::Rule) => &["access rules"],
            (_, Kind::Link | Kind::LinkReference) => &["links"],
            (_, Kind::DiagnosticSetting | Kind::LoggingConfiguration) => &["access log"],
            (_, Kind::Resource) => &["managed identity", "mode and public access"],
            (_, Kind::RoleAssignment) => &["role on storage"],
        };
        for row in
            rows.iter_mut().filter(|row| steps.contains(&row.what.as_str()) && !row.signal.is_settled())
        {
            row.signal = Signal::Moving;
            "a write is on its way".clone_into(&mut row.found);
            row.mend = Mend::Nothing("wait for its outcome".to_owned());
        }
    }
}

/// What comes later, by group and name.
const ALL: [(&str, &str); 9] = [
    (PREPARE, "profile"),
    (JOIN, "association"),
    (JOIN, "managed identity"),
    (LEARN, "access log"),
    (LEARN, "who would be denied"),
    (LEARN, "access rules"),
    (READY, "test the connection"),
    (ENFORCE, "access mode"),
    (ENFORCE, "the resource enforces"),
];

fn later(steps: &[(&'static str, &'static str)], why: &str) -> Vec<BoardRow> {
    let nothing = || Mend::Nothing(why.to_owned());
    steps
        .iter()
        .map(|(group, what)| row(group, what, (Signal::Later, String::new()), "", nothing()))
        .collect()
}

/// Something is under way, or rows of the log have come that nobody has counted: it is to be looked at
/// again and again.
pub fn moving(model: &Model, path: &Path) -> bool {
    let rows = rows(model, path);
    rows.iter().any(|row| row.signal == Signal::Moving) || uncounted(&rows)
}

/// The tail has rows, and those that were counted said nothing.
fn uncounted(rows: &[BoardRow]) -> bool {
    let of = |what: &str| rows.iter().find(|row| row.what == what).map(|row| row.signal);
    of("rows of the log") == Some(Signal::Ok) && of("who would be denied") == Some(Signal::Unknown)
}

/// Why a command of a step cannot run now.
pub fn refusal(model: &Model, command: Command) -> Option<String> {
    bindings::row_of(model.focus.scope(), command).and_then(|binding| binding.disabled(model))
}
