//! The steps of the guided path, one function each: how it stands, why it matters, and what Enter does.

use std::sync::Arc;

use super::super::Model;
use super::super::believed::{self, Standing};
use super::super::checks;
use super::super::columns::clock;
use super::super::command::Command;
use super::super::coverage;
use super::super::details::failure_lines;
use super::super::impact::Scope;
use super::super::msg::{Facts, Topic};
use super::super::overlays::board::{BoardRow, Mend};
use super::super::overlays::help::Line;
use super::super::overlays::impact::About;
use super::super::overlays::join;
use super::super::prerequisites;
use super::super::probe::headline;
use super::{ENFORCE, JOIN, LEARN, PREPARE, Path, READY, candidate, needs, perimeter};
use crate::domain::checks::{Check, Remedy};
use crate::domain::probe::{DataPlane, Verdict};
use crate::domain::{AccessMode, Association, Direction, Perimeter, Signal};

pub(super) fn row(
    group: &str,
    what: &str,
    (signal, found): (Signal, String),
    why: &str,
    mend: Mend,
) -> BoardRow {
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

pub(super) fn of_check(group: &str, check: &Check) -> BoardRow {
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

pub(super) fn registered(model: &Model, path: &Path) -> BoardRow {
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

pub(super) fn perimeter_step(model: &Model, path: &Path, perimeter: Option<&Arc<Perimeter>>) -> BoardRow {
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

pub(super) fn profile_step(model: &Model, perimeter: &Perimeter) -> BoardRow {
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

pub(super) fn association_step(
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

pub(super) fn log_step(model: &Model) -> BoardRow {
    let log = &model.panes.log;
    let rows = log.store().len();
    let newest = log.status.as_ref().and_then(|s| s.newest_ingestion);
    let standing = match (&log.spec, &log.failure, newest) {
        (None, _, _) => (Signal::Later, "first it must go to a workspace".to_owned()),
        (Some(_), Some(failure), _) => (Signal::Bad, failure.title.clone()),
        (Some(_), None, Some(at)) => (Signal::Ok, format!("{rows} rows, newest {}", clock(at))),
        (Some(_), None, None) => (Signal::Moving, "no row yet".to_owned()),
    };
    let why = "The first rows come minutes after the setting was made, and after somebody called.";
    let mend = Mend::Nothing("l on the dashboard shows the access log".to_owned());
    row(LEARN, "rows of the log", standing, why, mend)
}

pub(super) fn denied_step(model: &Model, association: &Association) -> BoardRow {
    let why = "Computed from the log of the last days and the rules as they are now. Enter shows who, and makes rules from it.";
    let what = "who would be denied";
    let report = Mend::Run(Command::Impact, "show the report of what enforcing would deny".to_owned());
    let study = model.panes.evidence.study.as_ref().filter(|study| Some(&study.perimeter) == model.shown());
    let Some(study) = study.filter(|study| study.standing(&association.id).is_some()) else {
        let nothing = Mend::Nothing("it is being read".to_owned());
        return row(LEARN, what, (Signal::Waiting, String::new()), why, nothing);
    };
    let head = Scope::of(study, &About::Associations(vec![association.id.clone()])).head();
    // Callers that would be denied are to be dealt with before enforcing, one way or the other.
    let signal = if head.signal == Signal::Warn { Signal::Todo } else { head.signal };
    let mut out = row(LEARN, what, (signal, head.verdict), why, report);
    out.detail.extend(head.evidence);
    out
}

pub(super) fn rules_step(model: &Model, association: &Association) -> BoardRow {
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

pub(super) fn links_step(model: &Model) -> BoardRow {
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
pub(super) fn cautions(checks: &[Check]) -> Option<BoardRow> {
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

pub(super) fn test_step(model: &Model, path: &Path) -> Option<BoardRow> {
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

pub(super) fn mode_step(association: &Association) -> BoardRow {
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

pub(super) fn verified(model: &Model, association: &Association) -> BoardRow {
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
