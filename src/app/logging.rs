//! Where the access log of a perimeter goes, as far as it was read: the rows of the logging tab, what
//! is to be said about each of them, and the workspace that the tail asks.

use std::borrow::Cow;
use std::sync::Arc;

use super::Model;
use super::columns::{Row, column};
use super::data::Data;
use super::list::{Column, Width};
use super::msg::{Facts, Slot, TailSpec, Topic};
use super::overlays::help::Line;
use super::remote::Remote;
use crate::domain::logging::{
    DiagnosticSetting, LOG_CATEGORIES, SettingContent, category_meaning, hub_namespace, setting_owner,
};
use crate::domain::{ArmId, Association, Failure, FailureKind, LogSource, LoggingConfiguration, RawBody};

/// A row of the logging tab.
#[derive(Debug, Clone, PartialEq)]
pub enum LoggingRow {
    /// A diagnostic setting.
    Setting(Arc<DiagnosticSetting>),
    /// The logging configuration.
    Configuration {
        /// Its id.
        id: ArmId,
        /// What it says; none when there is none.
        now: Option<Box<LoggingConfiguration>>,
    },
}

impl LoggingRow {
    /// ARM id.
    pub fn id(&self) -> &ArmId {
        match self {
            Self::Setting(setting) => &setting.id,
            Self::Configuration { id, .. } => id,
        }
    }

    /// Its body as last read.
    pub fn raw(&self) -> Option<&RawBody> {
        match self {
            Self::Setting(setting) => Some(&setting.raw),
            Self::Configuration { now, .. } => now.as_ref().map(|now| &now.raw),
        }
    }
}

impl Row for LoggingRow {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        self.id()
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<LoggingRow, Data>; 5] = [
            column("setting", Width::Fill(14), 0, |r, _| match r {
                LoggingRow::Setting(s) => s.name.as_str().into(),
                LoggingRow::Configuration { .. } => "(configuration)".into(),
            }),
            column("sends to", Width::Fixed(14), 1, |r, _| kinds(r)),
            column("destination", Width::Fill(16), 0, |r, _| names(r)),
            column("logs", Width::Fixed(6), 0, |r, _| count(r)),
            column("state", Width::Fill(12), 0, state),
        ];
        &COLUMNS
    }
}

fn kinds(row: &LoggingRow) -> Cow<'_, str> {
    match row {
        LoggingRow::Setting(setting) => {
            let kinds: Vec<&str> = setting.content.destinations().iter().map(|(kind, _)| *kind).collect();
            if kinds.is_empty() { "partner".into() } else { kinds.join(", ").into() }
        }
        LoggingRow::Configuration { .. } => "".into(),
    }
}

fn names(row: &LoggingRow) -> Cow<'_, str> {
    match row {
        LoggingRow::Setting(setting) => {
            let all = setting.content.destinations();
            let names: Vec<String> = all.into_iter().map(|(_, id)| destination_name(id)).collect();
            names.join(", ").into()
        }
        LoggingRow::Configuration { .. } => "narrows them".into(),
    }
}

/// The name of a destination: of an authorization rule the namespace's.
fn destination_name(id: &ArmId) -> String {
    let hub =
        id.resource_type().is_some_and(|kind| kind.to_ascii_lowercase().ends_with("/authorizationrules"));
    if hub { hub_namespace(id).name().to_owned() } else { id.name().to_owned() }
}

fn count(row: &LoggingRow) -> Cow<'_, str> {
    let all = LOG_CATEGORIES.len();
    match row {
        LoggingRow::Setting(setting) => format!("{}/{all}", setting.content.count()).into(),
        LoggingRow::Configuration { now: None, .. } => "-".into(),
        LoggingRow::Configuration { now: Some(now), .. } => format!("{}/{all}", configured(now)).into(),
    }
}

/// How many of the known categories a logging configuration lets through.
fn configured(configuration: &LoggingConfiguration) -> usize {
    let has = |name: &str| configuration.categories.iter().any(|c| c.eq_ignore_ascii_case(name));
    LOG_CATEGORIES.iter().filter(|(name, _)| has(name)).count()
}

fn state<'a>(row: &'a LoggingRow, data: &'a Data) -> Cow<'a, str> {
    match row {
        LoggingRow::Setting(setting) => match warnings(setting, data).into_iter().next() {
            Some((word, _)) => word.into(),
            None => "ok".into(),
        },
        LoggingRow::Configuration { now: None, .. } => "none".into(),
        LoggingRow::Configuration { now: Some(now), .. } => format!("version {}", now.version).into(),
    }
}

/// The facts about a place, when they were read.
fn facts<'a>(data: &'a Data, topic: Topic, of: &str) -> Option<&'a Facts> {
    data.facts(topic, of).and_then(Remote::value).map(AsRef::as_ref)
}

/// The diagnostic settings of a perimeter, as last read.
pub fn settings<'a>(data: &'a Data, perimeter: &ArmId) -> &'a [Arc<DiagnosticSetting>] {
    let Some(Facts::Settings(all)) = facts(data, Topic::Settings, perimeter.as_str()) else { return &[] };
    all
}

/// The reading of the diagnostic settings of a perimeter.
pub fn reading<'a>(data: &'a Data, perimeter: &ArmId) -> Option<&'a Remote<Arc<Facts>>> {
    data.facts(Topic::Settings, perimeter.as_str())
}

/// The settings of a perimeter were read: what they do not say is not so.
pub fn is_known(data: &Data, perimeter: &ArmId) -> bool {
    reading(data, perimeter).is_some_and(|r| r.read_at().is_some())
}

/// The rows of the logging tab.
pub fn rows(data: &Data, perimeter: &ArmId) -> Vec<Arc<LoggingRow>> {
    let settings = settings(data, perimeter).iter().map(|s| Arc::new(LoggingRow::Setting(Arc::clone(s))));
    let read = facts(data, Topic::Logging, perimeter.as_str());
    let configuration = read.and_then(|facts| {
        let Facts::Logging(all) = facts else { return None };
        let now = all.first();
        let id = now
            .map(|now| now.id.clone())
            .or_else(|| perimeter.child("loggingConfigurations", "instance").ok())?;
        Some(Arc::new(LoggingRow::Configuration { id, now: now.cloned().map(Box::new) }))
    });
    settings.chain(configuration).collect()
}

/// The workspaces that a perimeter logs to, each once.
pub fn workspaces(data: &Data, perimeter: &ArmId) -> Vec<ArmId> {
    let mut out: Vec<ArmId> = Vec::new();
    for id in settings(data, perimeter).iter().filter_map(|s| s.content.workspace.as_ref()) {
        if !out.contains(id) {
            out.push(id.clone());
        }
    }
    out
}

fn workspace_failure<'a>(data: &'a Data, id: &ArmId) -> Option<&'a Failure> {
    data.facts(Topic::Workspace, id.as_str()).and_then(Remote::failure)
}

/// Where the access log of a perimeter can be read, as far as is known. A workspace that may not be
/// read leaves the way over the perimeter itself; one that is gone leaves none.
pub fn sources(data: &Data, perimeter: &ArmId) -> Vec<LogSource> {
    let mut out: Vec<LogSource> = Vec::new();
    for id in workspaces(data, perimeter) {
        let source = if let Some(Facts::Workspace(known)) = facts(data, Topic::Workspace, id.as_str()) {
            LogSource::Workspace { id, customer: known.customer_id.clone() }
        } else if workspace_failure(data, &id).is_some_and(|f| f.kind == FailureKind::Denied) {
            LogSource::Perimeter
        } else {
            continue;
        };
        if !out.contains(&source) {
            out.push(source);
        }
    }
    // Over the perimeter all of its workspaces are asked: better than none, worse than a chosen one.
    out.sort_by_key(|source| *source == LogSource::Perimeter);
    out
}

/// What the tail of the perimeter shown should follow: the user's choice, else the first.
pub fn tail(model: &Model) -> Option<TailSpec> {
    tail_of(model, model.shown()?)
}

/// The log of a perimeter that is asked: the user's choice where that is one of its own, else the first.
pub fn tail_of(model: &Model, perimeter: &ArmId) -> Option<TailSpec> {
    let all = sources(&model.data, perimeter);
    let chosen = all.iter().find(|s| Some(*s) == model.panes.log.chosen.as_ref());
    let source = chosen.or(all.first())?.clone();
    Some(TailSpec { perimeter: perimeter.clone(), source })
}

/// What is to be read of the workspaces of a perimeter.
pub fn slots(data: &Data, perimeter: &ArmId) -> Vec<Slot> {
    let all = workspaces(data, perimeter);
    all.into_iter().map(|id| Slot::About(Topic::Workspace, Arc::from(id.as_str()))).collect()
}

/// The slots that a write of a setting or of the configuration makes stale. The service answers with
/// ids in lower case; slots are named as the list of perimeters has them.
pub fn stale(target: &ArmId, data: &Data) -> Vec<Slot> {
    let Some(owner) = setting_owner(target).or_else(|| target.parent()) else { return Vec::new() };
    let mut known = data.perimeters.values().flat_map(|r| r.rows().iter());
    let owner = known.find(|p| p.id == owner).map_or(owner, |p| p.id.clone());
    let key: Arc<str> = Arc::from(owner.as_str());
    vec![
        Slot::About(Topic::Settings, Arc::clone(&key)),
        Slot::About(Topic::Logging, key),
        Slot::Profiles(owner),
    ]
}

/// The setting was listed no more, and the list was read to its end.
pub fn is_gone(target: &ArmId, data: &Data) -> bool {
    let Some(owner) = setting_owner(target) else { return false };
    let mut known = data.perimeters.values().flat_map(|r| r.rows().iter());
    let Some(owner) = known.find(|p| p.id == owner).map(|p| &p.id) else { return false };
    let whole = reading(data, owner)
        .is_some_and(|r| r.awaited().is_none() && r.failure().is_none() && r.read_at().is_some());
    whole && !settings(data, owner).iter().any(|s| s.id == *target)
}

/// The perimeter that a resource is in, as far as perimeters were looked at.
pub fn membership<'a>(resource: &ArmId, data: &'a Data) -> Option<&'a Association> {
    let perimeters = data.perimeters.values().flat_map(|r| r.rows().iter());
    perimeters
        .filter_map(|p| data.of(&p.id))
        .flat_map(|d| d.associations.rows().iter())
        .find(|a| a.resource.as_ref() == Some(resource))
        .map(AsRef::as_ref)
}

/// What a destination inside a perimeter means for logs that are sent to it.
pub fn membership_warning(destination: &ArmId, owner: &ArmId, data: &Data) -> Option<String> {
    let resource = if destination_name(destination) == destination.name() {
        destination.clone()
    } else {
        hub_namespace(destination)
    };
    let inside = membership(&resource, data)?.id.parent()?;
    let name = resource.name();
    let mut text = if inside == *owner {
        format!("{name} is in this perimeter")
    } else {
        format!("{name} is in perimeter {}: rows from outside of it may not arrive, silently", inside.name())
    };
    if resource.resource_type().is_some_and(|t| t.to_ascii_lowercase().ends_with("/workspaces")) {
        text.push_str("; its access rules must also admit whoever reads the log, this program included");
    }
    Some(text)
}

/// What is to be said about a setting: a word for the list, and a sentence.
pub fn warnings(setting: &DiagnosticSetting, data: &Data) -> Vec<(&'static str, String)> {
    let content = &setting.content;
    let mut out = Vec::new();
    if content.count() == 0 {
        out.push(("logs nothing", "No log category is on: nothing is sent.".to_owned()));
    }
    if let Some(workspace) = &content.workspace {
        match workspace_failure(data, workspace) {
            Some(failure) if failure.kind == FailureKind::NotFound => {
                let text = format!("The workspace {} is gone: what it was sent is lost.", workspace.name());
                out.push(("workspace gone", text));
            }
            Some(failure) if failure.kind == FailureKind::Denied => {
                let text = format!(
                    "You may not read the workspace {}: its log is asked for by way of the perimeter.",
                    workspace.name()
                );
                out.push(("not readable", text));
            }
            Some(failure) => out.push(("not read", format!("{}: {}", failure.title, failure.detail))),
            None => {}
        }
    }
    let owner = setting.owner();
    for (_, id) in content.destinations() {
        if let Some(text) = owner.as_ref().and_then(|owner| membership_warning(id, owner, data)) {
            out.push(("in a perimeter", format!("{text}.")));
        }
    }
    if let Some(blind) = blind(content).filter(|_| content.count() > 0) {
        out.push(("partly blind", blind));
    }
    out
}

/// What cannot be told without the categories that are off.
pub fn blind(content: &SettingContent) -> Option<String> {
    const WOULD_DENY: [&str; 2] =
        ["NspPublicInboundResourceRulesAllowed", "NspPublicOutboundResourceRulesAllowed"];
    const DENIED: [&str; 2] =
        ["NspPublicInboundPerimeterRulesDenied", "NspPublicOutboundPerimeterRulesDenied"];
    let off = |names: [&str; 2]| names.iter().any(|name| !content.logs(name));
    match (off(WOULD_DENY), off(DENIED)) {
        (true, true) => Some("Neither who is denied nor who would be once enforced is logged.".to_owned()),
        (true, false) => Some("Who would be denied once enforced is not logged.".to_owned()),
        (false, true) => Some("Who is denied once enforced is not logged.".to_owned()),
        (false, false) => None,
    }
}

fn field(name: &str, value: impl Into<String>) -> Line {
    Line::Field(name.to_owned(), value.into())
}

/// What the detail pane says about a row.
pub fn detail(row: &LoggingRow, data: &Data) -> Vec<Line> {
    match row {
        LoggingRow::Setting(setting) => setting_lines(setting, data),
        LoggingRow::Configuration { id, now } => {
            let mut out = vec![Line::Text(
                "The perimeter's own choice of categories; diagnostic settings say where they go. Without one \
                 every category can be sent."
                    .to_owned(),
            )];
            if let Some(now) = now {
                out.push(field("version", now.version.as_str()));
                out.extend(category_lines(&|name| {
                    now.categories.iter().any(|c| c.eq_ignore_ascii_case(name))
                }));
            } else {
                out.push(Line::Text("There is none (e makes one).".to_owned()));
            }
            out.push(field("id", id.as_str()));
            out
        }
    }
}

fn setting_lines(setting: &DiagnosticSetting, data: &Data) -> Vec<Line> {
    let content = &setting.content;
    let mut out: Vec<Line> =
        warnings(setting, data).into_iter().map(|(_, text)| Line::Strong(text)).collect();
    for (kind, id) in content.destinations() {
        out.push(field(kind, id.as_str()));
    }
    if content.hub_rule.is_some() {
        out.push(field("event hub", if content.hub.is_empty() { "made by Azure" } else { &content.hub }));
    }
    if let Some(Facts::Workspace(workspace)) =
        content.workspace.as_ref().and_then(|id| facts(data, Topic::Workspace, id.as_str()))
    {
        out.push(field("workspace id", workspace.customer_id.as_str()));
    }
    out.push(Line::Gap);
    let known = LOG_CATEGORIES.len();
    out.push(Line::Head(format!("Logs {} of {known} categories", content.count())));
    out.extend(category_lines(&|name| content.logs(name)));
    let other = |word: &&String| category_meaning(word).is_empty();
    for word in content.categories.iter().filter(other) {
        out.push(field("on", word.as_str()));
    }
    out.push(Line::Gap);
    out.push(Line::Text(
        "Delete it before the perimeter: it comes back to life with a perimeter of the same name.".to_owned(),
    ));
    out.push(field("id", setting.id.as_str()));
    out
}

fn category_lines(on: &dyn Fn(&str) -> bool) -> Vec<Line> {
    LOG_CATEGORIES
        .iter()
        .map(|(name, meaning)| field(if on(name) { "on" } else { "off" }, format!("{name}: {meaning}")))
        .collect()
}
