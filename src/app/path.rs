//! The guided path: what puts one resource behind a perimeter, step by step, from what must be
//! registered to what shows that it holds. Every state is computed from what was read; nothing is
//! remembered but which resource is meant, and which perimeter was chosen for it.

use std::sync::Arc;

use super::Model;
use super::believed::{self, Standing};
use super::bindings;
use super::checks;
use super::command::Command;
use super::coverage;
use super::details::failure_lines;
use super::digest;
use super::focus::{Pane, Tab};
use super::logging;
use super::msg::{Facts, Slot, Topic};
use super::overlays::Overlay;
use super::overlays::board::{BoardKind, BoardRow, Mend};
use super::overlays::help::Line;
use super::overlays::join;
use super::overlays::sheet::Purpose;
use super::panes::AnyList;
use super::prerequisites;
use super::probe::headline;
use super::rows;
use crate::domain::checks::{Check, Remedy};
use crate::domain::probe::{DataPlane, Verdict};
use crate::domain::{
    AccessMode, ArmId, Associable, Association, Change, Direction, Kind, New, Perimeter, Requirement, Signal,
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
        }
    }
    out
}

/// Puts the cursors where the commands of the steps look: on the perimeter and on the association.
pub fn align(model: &mut Model) {
    let Some(path) = open(model).cloned() else { return };
    let wanted = perimeter(model, &path).map(|p| p.id.clone());
    if let Some(wanted) = wanted.filter(|id| model.panes.shown.as_ref() != Some(id)) {
        let page = model.page(Pane::Perimeters);
        // An empty filter is never wrong, and what it hides cannot be selected.
        let _ = model.panes.perimeters.set_filter("", &model.data);
        if model.panes.perimeters.select(&wanted, page) {
            rows::follow_cursor(model);
        }
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
    let mut out = steps(model, path);
    in_flight(model, &mut out);
    out
}

fn steps(model: &Model, path: &Path) -> Vec<BoardRow> {
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
    out.push(denied_step(model, path));
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

fn row(group: &str, what: &str, (signal, found): (Signal, String), why: &str, mend: Mend) -> BoardRow {
    let detail = if why.is_empty() { Vec::new() } else { vec![Line::Text(why.to_owned())] };
    BoardRow {
        key: what.to_owned(),
        group: group.to_owned(),
        signal,
        what: what.to_owned(),
        found,
        detail,
        mend,
    }
}

fn of_check(group: &str, check: &Check) -> BoardRow {
    let mend = match check.remedy {
        Some(Remedy::Logging) if check.signal.is_settled() => {
            Mend::Nothing("7 on the dashboard lists where it goes".to_owned())
        }
        Some(Remedy::Logging) => Mend::Run(Command::NewSetting, "say where the access log goes".to_owned()),
        Some(remedy) => Mend::Run(checks::command(remedy), remedy.words().to_owned()),
        None => Mend::Nothing("nothing here can mend it".to_owned()),
    };
    row(group, check.what, (check.signal, check.found.clone()), check.why, mend)
}

fn registered(model: &Model, path: &Path) -> BoardRow {
    let needs = needs(model, path);
    let worst = prerequisites::worst(model, &needs);
    let signal = if worst.is_settled() { Signal::Ok } else { worst };
    let of = perimeter(model, path).map_or(&path.resource, |p| &p.id).subscription().unwrap_or_default();
    let place = model.data.subscription_name(of);
    let (found, mend) = match signal {
        Signal::Ok | Signal::Off | Signal::Later => {
            (format!("registered in {place}"), Mend::Nothing("nothing to do".to_owned()))
        }
        Signal::Waiting => (String::new(), Mend::Nothing("it is being read".to_owned())),
        Signal::Moving => {
            ("Azure is registering".to_owned(), Mend::Nothing("nothing to do but wait".to_owned()))
        }
        Signal::Todo | Signal::Warn | Signal::Bad => {
            let mend = prerequisites::register_all(model, place).map(Mend::propose);
            let board = || Mend::Run(Command::Prerequisites, "show what must be registered".to_owned());
            (format!("something is not registered in {place}"), mend.unwrap_or_else(board))
        }
        Signal::Unknown => (
            "could not be read".to_owned(),
            Mend::Run(Command::Prerequisites, "show what must be registered".to_owned()),
        ),
    };
    let why = "The providers of perimeters and of this resource must be registered in the perimeter's subscription, else Azure refuses what follows.";
    row(PREPARE, "prerequisites", (signal, found), why, mend)
}

fn perimeter_step(model: &Model, path: &Path, perimeter: Option<&Arc<Perimeter>>) -> BoardRow {
    let member = model.data.coverage.members.of(&path.resource).is_some();
    let known = coverage::is_complete(&model.data);
    let many = coverage::perimeters(&model.data).next().is_some();
    let why = "A perimeter draws the boundary. A resource can be in one only.";
    let choose = Mend::Perimeter(if many { "choose the perimeter" } else { "make the perimeter" });
    let (standing, mend) = match perimeter {
        Some(p) if member => (
            (Signal::Ok, format!("{}, {}", p.id.name(), p.location)),
            Mend::Nothing("it is in it already".to_owned()),
        ),
        Some(p) => ((Signal::Ok, format!("{}, {} (chosen)", p.id.name(), p.location)), choose),
        None if !known => ((Signal::Waiting, String::new()), Mend::Nothing("it is being read".to_owned())),
        None if path.into.is_some() => ((Signal::Moving, "being made".to_owned()), choose),
        None if many => ((Signal::Todo, "none is chosen".to_owned()), choose),
        None => ((Signal::Todo, "there is none yet".to_owned()), choose),
    };
    row(PREPARE, "perimeter", standing, why, mend)
}

fn profile_step(model: &Model, perimeter: &Perimeter) -> BoardRow {
    let remote = model.data.of(&perimeter.id).map(|d| &d.profiles);
    let make = || Mend::Run(Command::NewProfile, "make a profile".to_owned());
    let (standing, mend) = match remote {
        Some(r) if !r.rows().is_empty() => {
            let names: Vec<&str> = r.rows().iter().map(|p| p.id.name()).collect();
            ((Signal::Ok, names.join(", ")), make())
        }
        Some(r) if r.failure().is_some() => {
            let title = r.failure().map(|f| f.title.clone()).unwrap_or_default();
            ((Signal::Unknown, title), Mend::Read)
        }
        Some(r) if r.read_at().is_some() => ((Signal::Todo, "there is none yet".to_owned()), make()),
        _ => ((Signal::Waiting, String::new()), Mend::Nothing("it is being read".to_owned())),
    };
    row(
        PREPARE,
        "profile",
        standing,
        "A profile holds the access rules of the resources that are in it.",
        mend,
    )
}

fn association_step(
    model: &Model,
    path: &Path,
    perimeter: &Arc<Perimeter>,
    association: Option<&Arc<Association>>,
) -> BoardRow {
    let why = "It joins in Transition (Learning): nothing is denied yet that its own firewall allows, and the log begins to tell.";
    let what = "association";
    if let Some(a) = association {
        let checks = checks::of(model, a);
        let check = checks.iter().find(|c| c.key == "association").map(|c| of_check(JOIN, c));
        return check.unwrap_or_else(|| row(JOIN, what, (Signal::Waiting, String::new()), why, Mend::Read));
    }
    if model.data.coverage.members.of(&path.resource).is_some() {
        return row(JOIN, what, (Signal::Waiting, String::new()), why, Mend::Read);
    }
    if model.data.of(&perimeter.id).is_none_or(|d| d.profiles.rows().is_empty()) {
        let mend = Mend::Nothing("first there must be a profile".to_owned());
        return row(JOIN, what, (Signal::Later, String::new()), why, mend);
    }
    let Some(it) = candidate(model, path) else {
        let failure = model.data.coverage.inventory().failure();
        let signal = if failure.is_some() { Signal::Unknown } else { Signal::Waiting };
        let mut out =
            row(JOIN, what, (signal, failure.map(|f| f.title.clone()).unwrap_or_default()), why, Mend::Read);
        out.detail.extend(failure.map(failure_lines).into_iter().flatten());
        return out;
    };
    if let Some(reason) = join::not_taken(std::slice::from_ref(it), perimeter, &model.data) {
        let mend = Mend::Perimeter("choose another perimeter");
        return row(JOIN, what, (Signal::Bad, reason), why, mend);
    }
    let mend = Mend::Join(Arc::clone(it), Arc::clone(perimeter));
    row(JOIN, what, (Signal::Todo, format!("not in {} yet", perimeter.id.name())), why, mend)
}

fn log_step(model: &Model) -> BoardRow {
    let log = &model.panes.log;
    let rows = log.store().len();
    let newest = log.status.as_ref().and_then(|s| s.newest_ingestion);
    let standing = match (&log.spec, &log.failure, newest) {
        (None, _, _) => (Signal::Later, "first it must go to a workspace".to_owned()),
        (Some(_), Some(failure), _) => (Signal::Bad, failure.title.clone()),
        (Some(_), None, Some(at)) => {
            (Signal::Ok, format!("{rows} rows, newest {}", super::columns::clock(at)))
        }
        (Some(_), None, None) => (Signal::Moving, "no row yet".to_owned()),
    };
    let why = "The first rows come minutes after the setting was made, and after somebody called.";
    let mend = Mend::Nothing("l on the dashboard shows the access log".to_owned());
    row(LEARN, "rows of the log", standing, why, mend)
}

fn denied_step(model: &Model, path: &Path) -> BoardRow {
    let why = "What the rows of the log that are kept here say about enforcing: callers that only the resource's own firewall lets through.";
    let (standing, mend) = match digest::at_stake(model, &path.resource) {
        None => {
            let mend = Mend::Nothing("no evidence is no green light: wait for rows".to_owned());
            ((Signal::Unknown, "no evidence: no row has come".to_owned()), mend)
        }
        Some((0, _, rows)) => {
            let mend = Mend::Nothing("what was not logged is not known".to_owned());
            ((Signal::Ok, format!("nobody in the last {rows} rows")), mend)
        }
        Some((callers, calls, rows)) => {
            let s = if callers == 1 { "" } else { "s" };
            let found =
                format!("{callers} caller{s} or destination{s}, {calls} calls in the last {rows} rows");
            ((Signal::Todo, found), Mend::Run(Command::NewRule, "make an access rule".to_owned()))
        }
    };
    let mut out = row(LEARN, "who would be denied", standing, why, mend);
    let line = |g: digest::Group| {
        let how = format!("{} x {}, last {}", g.count, g.operation, super::columns::clock(g.last));
        Line::Field(g.peer, how)
    };
    out.detail.extend(digest::would_deny(model, &path.resource).into_iter().map(line));
    out
}

fn rules_step(model: &Model, association: &Association) -> BoardRow {
    let mend = Mend::Run(Command::NewRule, "make an access rule".to_owned());
    let read = association.profile.as_ref().and_then(|profile| {
        let rules = model.data.of(&association.id.parent()?)?.rules.get(profile)?;
        rules.read_at().map(|_| rules.rows())
    });
    let standing = match read {
        None => (Signal::Waiting, String::new()),
        Some([]) => (Signal::Warn, "none: once enforced only members of the perimeter get in".to_owned()),
        Some(rules) => {
            let count = |wanted| rules.iter().filter(|r| r.content.direction == wanted).count();
            let (inbound, outbound) = (count(Direction::Inbound), count(Direction::Outbound));
            (Signal::Ok, format!("{inbound} inbound, {outbound} outbound"))
        }
    };
    let why = "Inbound rules admit addresses, subscriptions and service tags; outbound rules admit names. Members of one perimeter need none between them.";
    row(LEARN, "access rules", standing, why, mend)
}

fn links_step(model: &Model) -> BoardRow {
    let links = model.panes.links.rows().len();
    let found = match links {
        0 => "none: needed only for callers in another perimeter".to_owned(),
        1 => "1 link".to_owned(),
        n => format!("{n} links"),
    };
    let signal = if links == 0 { Signal::Off } else { Signal::Ok };
    let mend = Mend::Run(Command::NewLink, "link another perimeter".to_owned());
    row(LEARN, "links", (signal, found), "A link lets profiles of two perimeters reach one another.", mend)
}

/// What the checks warn of beyond the steps, in one line.
fn cautions(checks: &[Check]) -> Option<BoardRow> {
    let steps = ["prerequisites", "association", "agreement", "matrix", "identity", "role", "logging"];
    let rest: Vec<&Check> =
        checks.iter().filter(|c| !steps.contains(&c.key) && !c.signal.is_settled()).collect();
    let worst = rest.iter().map(|c| c.signal).max()?;
    let names: Vec<&str> = rest.iter().map(|c| c.what).collect();
    let mend = Mend::Run(Command::TabChecks, "show the checks".to_owned());
    let why = "Limits and cautions of this very resource; some of what works today ends with Enforced.";
    // They are to be known, not to be done away with.
    let signal = worst.min(Signal::Warn);
    Some(row(READY, "limits and cautions", (signal, names.join("; ")), why, mend))
}

fn test_step(model: &Model, path: &Path) -> Option<BoardRow> {
    DataPlane::of(&path.resource.resource_type().unwrap_or_default())?;
    let mend = Mend::Run(
        Command::TestConnection,
        "call it from this machine, once, with a harmless read".to_owned(),
    );
    let remote = model.data.facts(Topic::Probe, path.resource.as_str());
    let standing = match remote.map(|r| (r.value().map(AsRef::as_ref), r.awaited())) {
        Some((Some(Facts::Probe(probe)), _)) => {
            let verdict = probe.verdict();
            let signal = match verdict {
                Verdict::Allowed | Verdict::Answered => Signal::Ok,
                Verdict::Perimeter | Verdict::Firewall => Signal::Bad,
                Verdict::Role
                | Verdict::Identity
                | Verdict::Unclear
                | Verdict::Broken
                | Verdict::NoToken
                | Verdict::NoName
                | Verdict::NoRoute
                | Verdict::TimedOut
                | Verdict::Tls
                | Verdict::Torn
                | Verdict::NotAsked => Signal::Warn,
            };
            (signal, headline(verdict).to_owned())
        }
        Some((_, Some(_))) => (Signal::Waiting, String::new()),
        _ => (Signal::Todo, "not called in this run".to_owned()),
    };
    let why = "Shows whether this machine gets in now; a test made before enforcing says nothing about after: test again then.";
    Some(row(READY, "test the connection", standing, why, mend))
}

fn mode_step(association: &Association) -> BoardRow {
    let mode = &association.mode;
    let enforce = || Mend::Run(Command::SwitchMode, "change the access mode".to_owned());
    let standing = match mode {
        AccessMode::Enforced => (Signal::Ok, mode.label().to_owned()),
        AccessMode::Learning => (Signal::Todo, mode.label().to_owned()),
        AccessMode::Audit | AccessMode::Unknown(_) => (Signal::Unknown, mode.label().to_owned()),
    };
    let why = "Enforced: rules alone decide. The question that comes first shows who would be denied and whether going back helps.";
    row(ENFORCE, "access mode", standing, why, enforce())
}

fn verified(model: &Model, association: &Association) -> BoardRow {
    let what = "the resource enforces";
    let why = "Done means that the resource itself says so, not only the perimeter.";
    let compare = Mend::Run(Command::ShowBelieved, "compare what the resource believes".to_owned());
    if association.mode != AccessMode::Enforced {
        let nothing = Mend::Nothing("first enforce".to_owned());
        return row(ENFORCE, what, (Signal::Later, String::new()), why, nothing);
    }
    let standing = match believed::standing(&model.data, association) {
        Standing::Silent(why) => (Signal::Unknown, why),
        Standing::Unread => (Signal::Waiting, String::new()),
        Standing::Failed(failure) => (Signal::Unknown, failure.title.clone()),
        Standing::Known { believed: None, .. } => {
            (Signal::Moving, "it does not know of its association yet".to_owned())
        }
        Standing::Known { believed: Some(it), .. } => match &it.mode {
            Some(AccessMode::Enforced) => (Signal::Ok, "Enforced, says the resource itself".to_owned()),
            Some(mode) => (Signal::Moving, format!("{} still, says the resource itself", mode.label())),
            None => (Signal::Unknown, "the resource does not say its mode".to_owned()),
        },
    };
    row(ENFORCE, what, standing, why, compare)
}

/// Something is under way: it is to be looked at again and again.
pub fn moving(model: &Model, path: &Path) -> bool {
    rows(model, path).iter().any(|row| row.signal == Signal::Moving)
}

/// Why a command of a step cannot run now.
pub fn refusal(model: &Model, command: Command) -> Option<String> {
    bindings::row_of(model.focus.scope(), command).and_then(|binding| binding.disabled(model))
}
