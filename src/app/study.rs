//! What there is to judge a perimeter by, put together from what was read: its configuration, the grouped traffic of
//! its log, and how much that is worth. Reads the model's data, asks for nothing itself and says which slots it needs.
//!
//! Whatever could not be read is a state of its own here: nothing missing ever looks like nothing there.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Model;
use super::coverage;
use super::data::{Data, PerimeterData};
use super::evidence::LogQuestion;
use super::focus::Tab;
use super::logging;
use super::msg::{Facts, Slot, TailSpec, Topic};
use super::overlays::Overlay;
use super::overlays::board::BoardKind;
use super::remote::Remote;
use crate::domain::impact::{
    self, Evidence, Fate, Lack, Readiness, ReadinessRow, Report, TrafficGroup, Wanted, Window,
};
use crate::domain::log::Category;
use crate::domain::logging::LOG_CATEGORIES;
use crate::domain::traffic::{Bin, EvidenceRow, LogPage};
use crate::domain::whatif::{Configuration, Peer};
use crate::domain::{ArmId, Association, Change, Failure, LogSource, LoggingConfiguration};

/// How many days back can be asked. A workspace keeps 30 days unless it is told otherwise.
pub const WINDOWS: [u32; 5] = [1, 7, 14, 30, 90];
/// Resources that call and are in no perimeter shown: so many are read at most.
const CALLERS: usize = 200;
/// Members that are read: more than a perimeter should have (API.md, section 11).
const MEMBERS: usize = 1000;
/// An answer that is older is asked for again when somebody looks.
const FRESH_SECONDS: i64 = 120;

/// How the reading of the log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogState {
    /// Being read.
    Reading,
    /// No diagnostic setting sends it to a workspace.
    Nowhere,
    /// It could not be read.
    Failed(Failure),
    /// No row has ever arrived in the workspace.
    NoTable,
    /// It was read.
    Read {
        /// Why the answer is not whole; empty when it is.
        partial: Vec<String>,
        /// A later reading failed.
        stale: Option<Failure>,
    },
}

/// One associated resource: whether it can be enforced, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Name of the resource; among many perimeters with that of its own.
    pub label: String,
    /// The association.
    pub association: Arc<Association>,
    /// What the traffic says.
    pub row: ReadinessRow,
    /// What that rests on.
    pub evidence: Evidence,
    /// Something that it needs is still being read.
    pub reading: bool,
}

/// Everything that there is to judge a perimeter by.
#[derive(Debug, Clone)]
pub struct Study {
    /// The perimeter.
    pub perimeter: ArmId,
    /// Days that were asked for.
    pub days: u32,
    /// How the reading of the log stands.
    pub log: LogState,
    /// Questions that were never answered yet.
    pub open: usize,
    /// When the log was read.
    pub read_at: Option<Timestamp>,
    /// Every associated resource.
    pub rows: Vec<Arc<Standing>>,
    known: Configuration,
    traffic: Option<Arc<Facts>>,
    fates: Vec<Fate>,
}

impl Study {
    /// The configuration by which it is judged.
    pub fn known(&self) -> &Configuration {
        &self.known
    }

    /// The groups of traffic.
    pub fn groups(&self) -> &[TrafficGroup] {
        traffic_of(self.traffic.as_deref()).map_or(&[], |page| &page.items)
    }

    /// Each group, and what enforcing would make of it.
    pub fn judged(&self) -> impl Iterator<Item = (&TrafficGroup, &Fate)> {
        self.groups().iter().zip(&self.fates)
    }

    /// What enforcing would make of each group.
    pub fn report(&self) -> Report<'_> {
        Report { groups: self.groups(), fates: self.fates.clone() }
    }

    /// The resource of an association.
    pub fn standing(&self, association: &ArmId) -> Option<&Arc<Standing>> {
        self.rows.iter().find(|row| row.association.id == *association)
    }

    /// Something is still to come that the judgement needs.
    pub fn is_reading(&self) -> bool {
        self.open > 0 || self.log == LogState::Reading
    }
}

fn traffic_of(facts: Option<&Facts>) -> Option<&LogPage<TrafficGroup>> {
    if let Facts::Traffic(answer) = facts? { answer.page() } else { None }
}

/// Somebody looks at what rests on the log.
pub fn wanted(model: &Model) -> bool {
    model.focus.tab == Tab::Evidence || model.overlays.iter().any(rests_on_the_log)
}

fn rests_on_the_log(overlay: &Overlay) -> bool {
    match overlay {
        Overlay::Impact(_) | Overlay::Plan(_) | Overlay::Hygiene(_) => true,
        Overlay::Board(board) => matches!(board.kind, BoardKind::Path(_)),
        Overlay::Confirm(confirm) => confirm.proposal.changes().any(Change::enforces),
        Overlay::Text(_)
        | Overlay::Palette(_)
        | Overlay::Picker(_)
        | Overlay::Join(_)
        | Overlay::Sheet(_)
        | Overlay::Form(_)
        | Overlay::Probe(_)
        | Overlay::Believed(_)
        | Overlay::Scope(_)
        | Overlay::Guard(_)
        | Overlay::WhatIf(_) => false,
    }
}

/// The question to the log of the perimeter shown; `None` while it is not known where that is.
pub fn question(model: &Model) -> Option<LogQuestion> {
    question_of(model, model.shown()?)
}

fn question_of(model: &Model, perimeter: &ArmId) -> Option<LogQuestion> {
    logging::tail_of(model, perimeter).map(|spec| LogQuestion::over(&spec, model.panes.evidence.days))
}

/// What must be read.
pub fn slots(model: &Model) -> Vec<Slot> {
    let Some(perimeter) = model.shown().filter(|_| wanted(model)) else { return Vec::new() };
    let mut out = slots_of(model, perimeter);
    for overlay in &model.overlays {
        if let Overlay::Plan(plan) = overlay {
            out.extend(callers(&plan.groups).into_iter().map(Slot::Resource));
        }
    }
    out
}

/// What must be read to judge a perimeter whose lists are read.
pub fn slots_of(model: &Model, perimeter: &ArmId) -> Vec<Slot> {
    let Some(contents) = model.data.of(perimeter) else { return Vec::new() };
    let mut out: Vec<Slot> = contents.profiles.rows().iter().map(|p| Slot::Rules(p.id.clone())).collect();
    let members = contents.associations.rows().iter().filter_map(|a| a.resource.clone());
    out.extend(members.take(MEMBERS).map(Slot::Resource));
    out.extend(linked(&model.data, contents).map(|id| Slot::Associations(id.clone())));
    if let Some(question) = question_of(model, perimeter) {
        out.extend(topics(model, &question).map(|topic| question.slot(topic)));
        let traffic = model.data.facts(Topic::Traffic, &question.key()).and_then(Remote::value);
        let groups = traffic_of(traffic.map(AsRef::as_ref)).map_or(&[][..], |page| &page.items);
        out.extend(callers(groups).into_iter().map(Slot::Resource));
    }
    out
}

/// What the log is asked.
fn topics(model: &Model, question: &LogQuestion) -> impl Iterator<Item = Topic> {
    let tidying = model.overlays.iter().any(|overlay| matches!(overlay, Overlay::Hygiene(_)));
    // Groups that are whole tell days and newest rows themselves.
    let traffic = model.data.facts(Topic::Traffic, &question.key()).and_then(Remote::value);
    let whole = traffic.is_none_or(|facts| traffic_of(Some(facts)).is_none_or(LogPage::is_complete));
    let more = (!whole).then_some(Topic::Evidence);
    std::iter::once(Topic::Traffic).chain(more).chain(tidying.then_some(Topic::RuleUse))
}

/// The slots of the log, where what was read is old or was never read: somebody looks anew.
pub fn old_slots(model: &Model) -> Vec<Slot> {
    let Some(question) = question(model) else { return Vec::new() };
    let key = question.key();
    let old = |topic: Topic| {
        let remote = model.data.facts(topic, &key)?;
        let age = remote.read_at().map(|at| model.now.duration_since(at).as_secs());
        let fresh = remote.failure().is_none() && age.is_some_and(|age| age < FRESH_SECONDS);
        (remote.awaited().is_none() && !fresh).then(|| question.slot(topic))
    };
    topics(model, &question).filter_map(old).collect()
}

/// Perimeters at the other end of links, as far as they are in scope: their members are callers.
fn linked<'a>(data: &'a Data, contents: &'a PerimeterData) -> impl Iterator<Item = &'a ArmId> {
    let there = contents.links.rows().iter().filter_map(|l| l.remote.as_ref());
    let there = there.chain(contents.references.rows().iter().filter_map(|r| r.remote.as_ref()));
    there.filter(|id| coverage::perimeters(data).any(|p| p.id == **id))
}

/// Resources that call, whose identity may make a difference.
fn callers(groups: &[TrafficGroup]) -> Vec<ArmId> {
    let mut seen = HashSet::new();
    let resources = groups.iter().filter_map(|group| match &group.peer {
        Peer::Caller(caller) => caller.resource.as_ref(),
        Peer::Destination(_) => None,
    });
    resources.filter(|id| seen.insert(*id)).take(CALLERS).cloned().collect()
}

/// A question was never answered, neither well nor badly.
fn is_open(data: &Data, slot: &Slot) -> bool {
    let answered = match slot {
        Slot::Rules(id) => {
            id.parent().and_then(|p| data.of(&p)?.rules.get(id)).is_some_and(|r| r.read_at().is_some())
        }
        Slot::Associations(id) => data.of(id).is_some_and(|d| d.associations.read_at().is_some()),
        Slot::Resource(id) => data.resource(id).is_some_and(|r| r.value().is_some()),
        Slot::About(topic, of) => data.facts(*topic, of).is_some_and(|r| r.value().is_some()),
        _ => true,
    };
    !answered && data.failure(slot).is_none()
}

/// Puts together what there is about the perimeter shown.
pub fn study(model: &Model) -> Option<Study> {
    judge(model, model.shown()?, &slots(model))
}

/// Puts together what there is about a perimeter.
pub fn study_of(model: &Model, perimeter: &ArmId) -> Option<Study> {
    judge(model, perimeter, &slots_of(model, perimeter))
}

fn judge(model: &Model, perimeter: &ArmId, slots: &[Slot]) -> Option<Study> {
    let contents = model.data.of(perimeter)?;
    let spec = logging::tail_of(model, perimeter);
    let log = Log::read(model, perimeter, spec.as_ref());
    let unlisted = [
        contents.associations.read_at().is_none() && contents.associations.failure().is_none(),
        contents.profiles.read_at().is_none() && contents.profiles.failure().is_none(),
    ];
    let open = slots.iter().filter(|slot| is_open(&model.data, slot)).count()
        + unlisted.iter().filter(|open| **open).count();
    let known = configuration(&model.data, contents, slots);
    let traffic = log.traffic.cloned();
    let groups = traffic_of(traffic.as_deref()).map_or(&[][..], |page| &page.items);
    let report = impact::report(&known, groups);
    let rows = contents.associations.rows().iter();
    let rows = rows.filter_map(|a| log.standing(model, a, (&known, &report))).map(Arc::new).collect();
    let fates = report.fates;
    let (days, read_at, perimeter) = (model.panes.evidence.days, log.read_at, perimeter.clone());
    Some(Study { perimeter, days, log: log.state, open, read_at, rows, known, traffic, fates })
}

/// What was read that judges traffic. What was not read whole is left out: what it would admit is not known then.
fn configuration(data: &Data, contents: &PerimeterData, slots: &[Slot]) -> Configuration {
    let mut known = Configuration::default();
    coverage::perimeters(data).for_each(|p| known.add_perimeter(p));
    for profile in contents.profiles.rows() {
        let rules = contents.rules.get(&profile.id).filter(|r| r.read_at().is_some());
        if let Some(rules) = rules.filter(|r| r.skipped().is_empty()) {
            known.add_profile(profile, rules.rows().iter().map(AsRef::as_ref));
        }
    }
    contents.links.rows().iter().for_each(|link| known.add_link(link));
    contents.references.rows().iter().for_each(|reference| known.add_reference(reference));
    for perimeter in coverage::perimeters(data) {
        let there = data.of(&perimeter.id).map(|d| &d.associations).filter(|a| a.read_at().is_some());
        if let Some(associations) = there {
            known.add_associations(&perimeter.id, associations.rows().iter().map(AsRef::as_ref));
        }
    }
    for slot in slots {
        if let Slot::Resource(id) = slot
            && let Some(resource) = data.resource(id).and_then(Remote::value)
        {
            known.add_resource(resource);
        }
    }
    known
}

/// The categories that reach this log; `None` when that was not read.
fn categories(data: &Data, perimeter: &ArmId, source: &LogSource) -> Option<Vec<Category>> {
    let Facts::Logging(all) = data.facts(Topic::Logging, perimeter.as_str())?.value()?.as_ref() else {
        return None;
    };
    if !logging::is_known(data, perimeter) {
        return None;
    }
    let narrowed = |name: &str| {
        let has = |c: &LoggingConfiguration| c.categories.iter().any(|w| w.eq_ignore_ascii_case(name));
        all.iter().all(has)
    };
    let settings = logging::settings(data, perimeter).iter().filter(|setting| match source {
        LogSource::Workspace { id, .. } => setting.content.workspace.as_ref() == Some(id),
        LogSource::Perimeter => setting.content.workspace.is_some(),
    });
    let settings: Vec<_> = settings.collect();
    let sent = |name: &str| settings.iter().any(|setting| setting.content.logs(name));
    let names = LOG_CATEGORIES.iter().map(|(name, _)| *name);
    Some(names.filter(|name| sent(name) && narrowed(name)).map(Category::from_wire).collect())
}

/// What was read of the log.
pub(super) struct Log<'m> {
    pub(super) state: LogState,
    traffic: Option<&'m Arc<Facts>>,
    /// Rows by category and events by day, where the groups of traffic are not whole.
    sums: Option<(&'m [EvidenceRow], &'m [Bin])>,
    pub(super) categories: Option<Vec<Category>>,
    pub(super) read_at: Option<Timestamp>,
}

impl<'m> Log<'m> {
    pub(super) fn read(model: &'m Model, perimeter: &ArmId, spec: Option<&TailSpec>) -> Self {
        let nothing = |state| Self { state, traffic: None, sums: None, categories: None, read_at: None };
        let Some(spec) = spec else { return nothing(no_source(model, perimeter)) };
        let key = LogQuestion::over(spec, model.panes.evidence.days).key();
        let both = [Topic::Traffic, Topic::Evidence].map(|topic| model.data.facts(topic, &key));
        let failure = both.iter().flatten().find_map(|remote| remote.failure()).cloned();
        let waiting = || failure.clone().map_or(LogState::Reading, LogState::Failed);
        let [traffic, evidence] = both.map(|remote| remote.and_then(|r| Some((r.value()?, r.read_at()?))));
        let Some((traffic, at)) = traffic else { return nothing(waiting()) };
        let Facts::Traffic(groups) = traffic.as_ref() else { return nothing(LogState::Reading) };
        let Some(groups) = groups.page() else { return nothing(LogState::NoTable) };
        let mut partial = shortfalls(groups, "callers and destinations");
        let sums = match evidence.map(|(facts, _)| facts.as_ref()) {
            _ if groups.is_complete() => None,
            Some(Facts::Evidence { rows, days }) => {
                let (Some(rows), Some(days)) = (rows.page(), days.page()) else {
                    return nothing(LogState::NoTable);
                };
                partial.extend(shortfalls(rows, "categories"));
                partial.extend(shortfalls(days, "days"));
                Some((rows.items.as_slice(), days.items.as_slice()))
            }
            _ => return nothing(waiting()),
        };
        partial.dedup();
        Self {
            state: LogState::Read { partial, stale: failure },
            traffic: Some(traffic),
            sums,
            categories: categories(&model.data, perimeter, &spec.source),
            read_at: Some(at),
        }
    }

    /// What there is about a resource.
    pub(super) fn evidence(&self, model: &Model, resource: &ArmId) -> Evidence {
        let (window, categories) = (self.window(model), self.categories.clone());
        let complete = matches!(&self.state, LogState::Read { partial, .. } if partial.is_empty());
        let groups = traffic_of(self.traffic.map(AsRef::as_ref)).map_or(&[][..], |page| &page.items);
        match self.sums {
            Some(sums) => Evidence::of(resource, window, sums, categories, complete),
            None => Evidence { complete, ..Evidence::of_groups(resource, window, groups, categories) },
        }
    }

    /// The time that was asked for.
    pub(super) fn window(&self, model: &Model) -> Window {
        let to = self.read_at.unwrap_or(model.now);
        let span = SignedDuration::from_hours(24 * i64::from(model.panes.evidence.days));
        Window { from: to.saturating_sub(span).unwrap_or(to), to }
    }

    fn standing(
        &self,
        model: &Model,
        association: &Arc<Association>,
        (known, report): (&Configuration, &Report<'_>),
    ) -> Option<Standing> {
        let resource = association.resource.as_ref()?;
        let evidence = self.evidence(model, resource);
        let mut row = impact::readiness(known, report, resource, &evidence, Wanted::default());
        if let Readiness::NoEvidence(lack) = &mut row.readiness {
            // Why there is no log comes before what there is not in it.
            match &self.state {
                LogState::Nowhere => *lack = Lack::NoLog,
                LogState::Failed(_) => *lack = Lack::Unread,
                LogState::NoTable => *lack = Lack::NothingLogged,
                LogState::Reading | LogState::Read { .. } => {}
            }
        }
        let remote = model.data.resource(resource);
        let unread = remote.is_none_or(|r| r.value().is_none() && r.failure().is_none());
        let reading = unread || self.state == LogState::Reading;
        let label = association.resource_name().to_owned();
        Some(Standing { label, association: Arc::clone(association), row, evidence, reading })
    }
}

/// Why no log can be asked.
fn no_source(model: &Model, perimeter: &ArmId) -> LogState {
    let Some(remote) = logging::reading(&model.data, perimeter) else { return LogState::Reading };
    if remote.read_at().is_none() {
        return remote.failure().cloned().map_or(LogState::Reading, LogState::Failed);
    }
    let workspaces = logging::workspaces(&model.data, perimeter);
    if workspaces.is_empty() {
        return LogState::Nowhere;
    }
    let failed =
        |id: &ArmId| model.data.facts(Topic::Workspace, id.as_str()).and_then(Remote::failure).cloned();
    workspaces.iter().find_map(failed).map_or(LogState::Reading, LogState::Failed)
}

/// Why an answer of the log service is not all that there is.
pub(super) fn shortfalls<T>(page: &LogPage<T>, what: &str) -> Vec<String> {
    let mut out = Vec::new();
    if page.cut {
        out.push(format!("there are more {what} than the {} read", page.items.len()));
    }
    if page.unreadable > 0 {
        out.push(format!("{} rows of the answer could not be read", page.unreadable));
    }
    if let Some(warning) = &page.warning {
        out.push(format!("{}: {} ({})", warning.title, warning.detail, warning.evidence()));
    }
    out
}
