//! What the detail pane says, line by line.

mod coverage;

use super::Model;
use super::believed;
use super::checks;
use super::columns::{clock, job_state, local, profile_name, public_access, resource_type};
use super::digest::short;
use super::jobs::{Job, JobState};
use super::logging::{self, LoggingRow};
use super::msg::{Facts, Topic};
use super::overlays::help::Line;
use super::panes::LinkRow;
use super::panes::detail::Subject;
use super::readiness;
use super::temporaries;
use crate::domain::log::{LogColumn, RowView, Verdict};
use crate::domain::matrix::effect;
use crate::domain::{
    AccessRule, Association, Direction, Failure, Issues, Kind, LoggingConfiguration, Modified, Outcome,
    Perimeter, Profile, RULE_ELEMENTS_PER_PROFILE, RawBody, SourceKind,
};

fn field(name: &str, value: impl Into<String>) -> Line {
    Line::Field(name.to_owned(), value.into())
}

/// Title and lines of the detail pane.
pub fn detail(model: &Model) -> (String, Vec<Line>) {
    let panes = &model.panes;
    let missing = || ("Detail".to_owned(), Vec::new());
    let Some(subject) = &panes.detail.subject else { return missing() };
    let raw = |body: &RawBody| panes.detail.raw.then(|| json_lines(body));
    let found = match subject {
        Subject::Perimeter(id) => panes
            .perimeters
            .find(id)
            .map(|p| (p.id.name().to_owned(), raw(&p.raw).unwrap_or_else(|| perimeter(model, p)))),
        Subject::Association(id) => panes
            .resources
            .find(id)
            .map(|a| (a.resource_name().to_owned(), raw(&a.raw).unwrap_or_else(|| association(model, a)))),
        Subject::Profile(id) => panes
            .profiles
            .find(id)
            .map(|p| (p.id.name().to_owned(), raw(&p.raw).unwrap_or_else(|| profile(model, p)))),
        Subject::Rule(id) => panes
            .rules
            .find(id)
            .map(|r| (r.id.name().to_owned(), raw(&r.raw).unwrap_or_else(|| rule(model, r)))),
        Subject::Link(id) => panes.links.find(id).map(|l| {
            let body = match l.as_ref() {
                LinkRow::Link(l) => &l.raw,
                LinkRow::Reference(r) => &r.raw,
            };
            (l.id().name().to_owned(), raw(body).unwrap_or_else(|| link(l)))
        }),
        Subject::Uncovered(id) => {
            panes.coverage.find(id).map(|it| (it.id.name().to_owned(), coverage::uncovered(model, it)))
        }
        Subject::Logging(id) => panes.logging.find(id).map(|r| {
            let title = match r.as_ref() {
                LoggingRow::Setting(setting) => setting.name.clone(),
                LoggingRow::Configuration { .. } => "logging configuration".to_owned(),
            };
            (title, r.raw().and_then(raw).unwrap_or_else(|| logging::detail(r, &model.data)))
        }),
        Subject::Evidence(id) => panes
            .evidence
            .board
            .find(id)
            .map(|r| (r.association.resource_name().to_owned(), readiness::detail(model, r))),
        Subject::Check(key) => panes.checks.find(key).map(|r| (r.0.what.to_owned(), checks::detail(&r.0))),
        Subject::Job(ticket) => panes.activity.find(ticket).map(|j| (j.change.title(), job(model, j))),
        Subject::LogRow(key) => panes.log.row(*key).map(|row| (log_title(&row), log_row(&row))),
    };
    let (title, mut lines) = found.unwrap_or_else(missing);
    if lines.first() == Some(&Line::Gap) {
        lines.remove(0);
    }
    (title, lines)
}

/// The raw body of what the detail pane speaks about.
pub fn raw_body(model: &Model) -> Option<&RawBody> {
    let panes = &model.panes;
    match panes.detail.subject.as_ref()? {
        Subject::Perimeter(id) => panes.perimeters.find(id).map(|p| &p.raw),
        Subject::Association(id) => panes.resources.find(id).map(|a| &a.raw),
        Subject::Profile(id) => panes.profiles.find(id).map(|p| &p.raw),
        Subject::Rule(id) => panes.rules.find(id).map(|r| &r.raw),
        Subject::Link(id) => panes.links.find(id).map(|l| match l.as_ref() {
            LinkRow::Link(l) => &l.raw,
            LinkRow::Reference(r) => &r.raw,
        }),
        Subject::Logging(id) => panes.logging.find(id).and_then(|r| r.raw()),
        Subject::Uncovered(_)
        | Subject::Check(_)
        | Subject::Evidence(_)
        | Subject::Job(_)
        | Subject::LogRow(_) => None,
    }
}

fn json_lines(body: &RawBody) -> Vec<Line> {
    body.pretty().lines().map(|l| Line::Text(l.to_owned())).collect()
}

fn changed(out: &mut Vec<Line>, modified: Option<&Modified>) {
    let Some(modified) = modified else { return };
    let at = modified.at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
    out.push(field("changed", format!("{at} {}", modified.by)));
}

/// Who is denied and who would be; and what is to be said when nothing is known.
fn traffic(model: &Model, out: &mut Vec<Line>) {
    let digest = &model.panes.detail.digest;
    let log = &model.panes.log;
    if log.spec.is_none() {
        let known =
            |id| logging::is_known(&model.data, id) && logging::workspaces(&model.data, id).is_empty();
        if model.shown().is_some_and(known) {
            out.push(Line::Strong(
                "No diagnostic setting sends access logs to a workspace: nothing is known of traffic (7, then n)."
                    .into(),
            ));
        }
        return;
    }
    for (verdict, head) in
        [(Verdict::Denied, "Denied"), (Verdict::WouldDeny, "Would be denied once enforced")]
    {
        let groups: Vec<_> = digest.groups.iter().filter(|g| g.verdict == verdict).collect();
        if groups.is_empty() {
            continue;
        }
        out.push(Line::Gap);
        out.push(Line::Head(format!("{head} (last {} log rows)", digest.rows)));
        for g in groups {
            let arrow = match g.direction {
                Direction::Outbound => format!("{} \u{2192} {}", g.resource, short(&g.peer)),
                Direction::Inbound | Direction::Unknown(_) => {
                    format!("{} \u{2192} {}", short(&g.peer), g.resource)
                }
            };
            out.push(field(
                &format!("{}\u{d7}", g.count),
                format!("{arrow}  {}  last {}", g.operation, clock(g.last)),
            ));
        }
    }
    if digest.groups.is_empty() && digest.rows > 0 {
        out.push(Line::Gap);
        out.push(Line::Text(format!("Nothing denied in the last {} log rows.", digest.rows)));
    }
}

fn perimeter(model: &Model, p: &Perimeter) -> Vec<Line> {
    let mut out = Vec::new();
    let unwell: Vec<String> = model
        .panes
        .resources
        .rows()
        .iter()
        .filter(|a| {
            a.issues != Issues::No
                || a.state.as_ref().is_some_and(|s| *s != crate::domain::ProvisioningState::Succeeded)
        })
        .map(|a| a.resource_name().to_owned())
        .collect();
    if model.shown() == Some(&p.id) {
        if !unwell.is_empty() {
            out.push(Line::Strong(format!("Not healthy: {}", unwell.join(", "))));
        }
        traffic(model, &mut out);
        if !out.is_empty() {
            out.push(Line::Gap);
        }
    }
    out.push(field("region", p.location.as_str()));
    out.push(field("group", p.id.resource_group().unwrap_or_default()));
    let guid = p.id.subscription().unwrap_or_default();
    out.push(field("subscription", format!("{} ({guid})", model.data.subscription_name(guid))));
    out.push(field("guid", p.guid.as_str()));
    out.push(field("state", p.state.as_ref().map_or("not sent", |s| s.wire())));
    if let Some(Facts::Logging(all)) =
        model.data.facts(Topic::Logging, p.id.as_str()).and_then(|r| r.value()).map(AsRef::as_ref)
    {
        out.push(field("logging", configuration(all)));
    }
    for (name, value) in &p.tags {
        out.push(field(&format!("tag {name}"), value.as_str()));
    }
    changed(&mut out, p.modified.as_ref());
    out.push(field("id", p.id.as_str()));
    out
}

/// The logging configuration in one line.
fn configuration(all: &[LoggingConfiguration]) -> String {
    match all {
        [] => "no logging configuration".to_owned(),
        [one, ..] if one.categories.is_empty() => format!("no categories (version {})", one.version),
        [one, ..] => format!("{} (version {})", one.categories.join(", "), one.version),
    }
}

fn association(model: &Model, a: &Association) -> Vec<Line> {
    let mut out = vec![field("mode", a.mode.label())];
    let remote = a.resource.as_ref().and_then(|id| model.data.resource(id));
    let access = remote.and_then(|r| r.value()).and_then(|r| r.public_access.as_ref());
    if let Some(access) = access {
        let effect = effect(Some(&a.mode), access);
        out.push(field("effect in", effect.inbound.label()));
        out.push(field("effect out", effect.outbound.label()));
    }
    let believed = believed::short(&model.data, a);
    out.extend(believed.iter().filter(|(_, urgent)| *urgent).map(|(line, _)| line.clone()));
    traffic(model, &mut out);
    out.push(Line::Gap);
    out.push(field("type", resource_type(a, &model.data).into_owned()));
    out.push(field("profile", a.profile.as_ref().map_or("not sent", |p| p.name())));
    out.push(field("public access", public_access(a, &model.data).into_owned()));
    if let Some(failure) = remote.and_then(|r| r.failure()) {
        out.push(field("not read", format!("{}: {}", failure.title, failure.detail)));
    }
    if let Some(resource) = remote.and_then(|r| r.value()) {
        out.push(field("managed identity", resource.identity.as_deref().unwrap_or("none")));
        if let Some(principal) = &resource.principal {
            out.push(field("object id", principal.as_str()));
        }
    }
    out.push(field("provisioning", a.state.as_ref().map_or("not sent", |s| s.wire())));
    let explained = if a.issues == Issues::No { "" } else { " (c explains)" };
    out.push(field("issues", format!("{}{explained}", a.issues.wire())));
    out.extend(believed.filter(|(_, urgent)| !urgent).map(|(line, _)| line));
    changed(&mut out, a.modified.as_ref());
    out.push(field("resource", a.resource.as_ref().map_or("not sent", |r| r.as_str())));
    out.push(field("id", a.id.as_str()));
    out
}

fn profile(model: &Model, p: &Profile) -> Vec<Line> {
    let mut out = Vec::new();
    let rules = p.id.parent().map(|perimeter| model.data.rules(&perimeter, Some(&p.id))).unwrap_or_default();
    for direction in [Direction::Inbound, Direction::Outbound] {
        let here: Vec<_> = rules.iter().filter(|r| r.content.direction == direction).collect();
        let elements: usize = here.iter().map(|r| r.content.elements()).sum();
        let name = direction.wire().to_ascii_lowercase();
        let rules = if here.len() == 1 { "rule" } else { "rules" };
        let text = format!("{} {rules}, {elements} of {RULE_ELEMENTS_PER_PROFILE} elements", here.len());
        out.push(field(&name, text));
    }
    let users: Vec<_> =
        model.panes.resources.rows().iter().filter(|a| a.profile.as_ref() == Some(&p.id)).collect();
    out.push(field("resources", users.iter().map(|a| a.resource_name()).collect::<Vec<_>>().join(", ")));
    out.push(field("rules version", p.rules_version.as_str()));
    out.push(field("diagnostics version", p.diagnostics_version.as_str()));
    changed(&mut out, p.modified.as_ref());
    out.push(field("id", p.id.as_str()));
    out
}

fn rule(model: &Model, r: &AccessRule) -> Vec<Line> {
    let mut out = vec![field("direction", r.content.direction.wire()), field("profile", profile_name(r))];
    if let Some(reason) = r.read_only_reason() {
        out.push(field("read-only", reason));
    }
    if let Some((words, urgent)) = temporaries::words(r.id.name(), model.now) {
        out.push(if urgent { Line::Strong(words) } else { field("temporary", words) });
    }
    out.push(field("elements", r.content.elements().to_string()));
    for (kind, values) in &r.content.sources {
        out.push(Line::Gap);
        out.push(Line::Head(kind.label().to_owned()));
        for value in values {
            out.push(Line::Text(match kind {
                SourceKind::Subscription => format!("{} ({value})", model.data.subscription_name(value)),
                SourceKind::AddressPrefix
                | SourceKind::ServiceTag
                | SourceKind::Fqdn
                | SourceKind::Perimeter
                | SourceKind::Email
                | SourceKind::Phone => value.clone(),
            }));
        }
    }
    out.push(Line::Gap);
    out.push(field("provisioning", r.state.as_ref().map_or("not sent", |s| s.wire())));
    changed(&mut out, r.modified.as_ref());
    out.push(field("id", r.id.as_str()));
    out
}

fn link(l: &LinkRow) -> Vec<Line> {
    let made =
        if l.is_reference() { "on the other side (this is the reference it left here)" } else { "here" };
    let (guid, location, description, remote) = match l {
        LinkRow::Link(l) => (&l.remote_guid, &l.remote_location, &l.description, &l.remote),
        LinkRow::Reference(r) => (&r.remote_guid, &r.remote_location, &r.description, &r.remote),
    };
    vec![
        field("status", l.status().map_or("not sent", |s| s.wire())),
        field("made", made),
        field("other perimeter", remote.as_ref().map_or(guid.as_str(), |r| r.as_str())),
        field("other region", location.as_str()),
        field("admits here", l.local_inbound().join(", ")),
        field("admits there", l.remote_inbound().join(", ")),
        field("description", description.as_str()),
        field("id", l.id().as_str()),
    ]
}

fn job(model: &Model, j: &Job) -> Vec<Line> {
    let mut out = vec![field("state", job_state(j).into_owned()), field("confirmed", clock(j.started))];
    if !model.jobs.is_of_this_session(j) {
        out.push(field("session", &*j.session));
    }
    if let Some(batch) = &j.batch {
        out.push(field("together with", batch.title.as_str()));
    }
    if let Some((watch, ..)) = &j.guarded {
        let id = watch.get(..8).unwrap_or(watch);
        out.push(field("sent by", format!("guarded switch {id} (V shows it)")));
    }
    if let Some(side) = &j.heard {
        out.push(field("the resource itself", side.words()));
    }
    match &j.state {
        JobState::Waiting | JobState::Running(_) => {}
        JobState::Dropped { at } => {
            out.push(field("ended", clock(*at)));
            out.push(Line::Text("Never sent: one that was to go before it was not done.".into()));
        }
        JobState::Ended { outcome, at } => {
            out.push(field("ended", clock(*at)));
            match outcome {
                Outcome::Done { .. } if j.change.kind() == Kind::Registration => {
                    out.push(Line::Text("Azure registers it by itself; P shows how far it is.".into()));
                }
                Outcome::Done { after } if j.change.already(after.as_ref()).is_some() => {
                    out.push(Line::Text("Nothing was written, and there is nothing to take back.".into()));
                }
                Outcome::Done { .. } => {
                    out.push(Line::Text("Read back as sent. The data plane follows within minutes; it is propagating until the log shows it.".into()));
                }
                Outcome::Changed { .. } => {
                    out.push(Line::Text("Not sent: the target was no longer what had been shown.".into()));
                }
                Outcome::Failed(failure) | Outcome::Unknown(failure) => out.extend(failure_lines(failure)),
            }
        }
    }
    out.push(Line::Gap);
    for f in j.change.fields() {
        out.push(field(&f.field, format!("{} \u{2192} {}", f.before, f.after)));
    }
    out.push(field("target", j.change.target().as_str()));
    out
}

/// A failure in full.
pub fn failure_lines(failure: &Failure) -> Vec<Line> {
    let mut out = vec![Line::Strong(failure.title.clone())];
    if !failure.detail.is_empty() {
        out.push(Line::Text(failure.detail.clone()));
    }
    if !failure.hint.is_empty() {
        out.push(field("next", failure.hint.as_str()));
    }
    if !failure.evidence().is_empty() {
        out.push(field("evidence", failure.evidence()));
    }
    if let Some(at) = failure.retry_at {
        out.push(field("tried again", clock(at)));
    }
    out
}

/// What a log row is called.
pub fn log_title(row: &RowView<'_>) -> String {
    format!("log row {}", clock(row.last()))
}

/// What one looks for first in a row: who, where to, what, and why.
const FIRST: [LogColumn; 10] = [
    LogColumn::SourceIpAddress,
    LogColumn::SourceResourceId,
    LogColumn::SourceAppId,
    LogColumn::DestinationFqdn,
    LogColumn::DestinationResourceId,
    LogColumn::ServiceResourceId,
    LogColumn::OperationName,
    LogColumn::MatchedRule,
    LogColumn::Profile,
    LogColumn::Category,
];

/// Everything that a log row says.
pub fn log_row(row: &RowView<'_>) -> Vec<Line> {
    let day = local(row.start()).strftime("%Y-%m-%d %Z").to_string();
    let span = match row.end() {
        Some(end) => format!("{} \u{2013} {} on {day}", clock(row.start()), clock(end)),
        None => format!("{} on {day}", clock(row.start())),
    };
    let mut out = vec![
        field("verdict", format!("{} ({}\u{d7})", row.verdict().word(), row.count())),
        field("time", format!("{span}, ingested {}", clock(row.ingested()))),
    ];
    let rest = LogColumn::ALL.iter().filter(|c| !FIRST.contains(c));
    for column in FIRST.iter().chain(rest) {
        match (row.text(*column), column, row.verdict()) {
            ("", LogColumn::MatchedRule, Verdict::Denied | Verdict::WouldDeny) => {
                out.push(field(column.name(), "none: no rule of the profile lets this through"));
            }
            ("", ..) => {}
            (text, ..) => out.push(field(column.name(), text)),
        }
    }
    out
}
