//! The form for everything but access rules: text fields with suggestions of what there is, checked
//! while typing. What can be chosen is read from Azure while the form is open.

use std::sync::Arc;

use super::super::command::Command;
use super::super::data::Data;
use super::super::input::Field;
use super::super::keys::Key;
use super::super::msg::{Offer, Slot};
use super::Answer;
use super::suggest::{Suggestion, best};
use crate::domain::check::{self, Finding, Level};
use crate::domain::role::BLOB_CONTRIBUTOR;
use crate::domain::{
    Association, Change, DiagnosticSetting, Failure, LoggingConfiguration, New, Perimeter, Resource,
    tags_text,
};

mod build;

mod logging;
mod role;

/// What the form makes.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// A new perimeter.
    Perimeter,
    /// Other tags for a perimeter.
    Tags(Box<Perimeter>),
    /// A new profile of a perimeter.
    Profile(Box<Perimeter>),
    /// An associated resource to another profile.
    Move(Box<Association>),
    /// A link from a perimeter to another.
    Link(Box<Perimeter>),
    /// A role for the identity of a resource.
    Role(Box<Resource>),
    /// A diagnostic setting of a perimeter: a new one, or this one as the user saw it.
    Setting(Box<Perimeter>, Option<Box<DiagnosticSetting>>),
    /// The logging configuration of a perimeter, as the user saw it.
    Configure(Box<Perimeter>, Option<Box<LoggingConfiguration>>),
}

/// Where a field's suggestions come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nowhere.
    None,
    /// Subscriptions in scope, by name.
    Subscriptions,
    /// Resource groups of the subscription typed.
    Groups,
    /// Regions of the subscription typed.
    Regions,
    /// Profiles of the perimeter.
    Profiles,
    /// Other perimeters.
    Perimeters,
    /// Storage accounts.
    Accounts,
    /// Log categories; choosing one turns it on or off.
    Categories,
    /// Log Analytics workspaces.
    Workspaces,
    /// Storage accounts.
    Storage,
    /// Event Hubs namespaces.
    Hubs,
    /// Authorization rules of the namespace typed.
    HubRules,
}

/// A field of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its label.
    pub label: &'static str,
    /// What is typed.
    pub field: Field,
    /// Where suggestions come from.
    pub source: Source,
    /// What belongs in it.
    pub help: &'static str,
}

/// The form.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What it makes.
    pub purpose: Purpose,
    /// Its fields.
    pub entries: Vec<Entry>,
    /// The field that takes the keys.
    pub focus: usize,
    /// What could be typed there, best first.
    pub suggestions: Vec<Suggestion>,
    /// What could not, and why.
    pub closed: Vec<Suggestion>,
    /// The suggestion that is about to be taken.
    pub chosen: Option<usize>,
    /// What is to be said about what is typed.
    pub findings: Vec<Finding>,
    /// What would be proposed.
    pub change: Option<Change>,
    /// Why the service refused it the last time.
    pub refused: Option<Failure>,
}

fn entry(label: &'static str, text: &str, source: Source, help: &'static str) -> Entry {
    Entry { label, field: Field::new(text), source, help }
}

impl Sheet {
    /// The form for this purpose.
    pub fn new(purpose: Purpose, data: &Data) -> Self {
        let entries = match &purpose {
            Purpose::Perimeter => {
                let subscription = match data.subscriptions.rows() {
                    [one] => one.name.as_str(),
                    _ => "",
                };
                vec![
                    entry("Name", "", Source::None, "at most 80 letters, digits, `_`, `.`, `-`"),
                    entry("Subscription", subscription, Source::Subscriptions, "by name or guid"),
                    entry("Resource group", "", Source::Groups, "must exist"),
                    entry("Region", "", Source::Regions, "storage and event hubs for logs must be in it"),
                    entry("Tags", "", Source::None, "name=value, name=value; may be empty"),
                ]
            }
            Purpose::Tags(perimeter) => {
                vec![entry(
                    "Tags",
                    &tags_text(&perimeter.tags),
                    Source::None,
                    "name=value, name=value; all that it will have",
                )]
            }
            Purpose::Profile(_) => vec![entry("Name", "", Source::None, "a set of access rules")],
            Purpose::Move(_) => vec![entry("Profile", "", Source::Profiles, "whose access rules will apply")],
            Purpose::Link(_) => vec![
                entry("Name", "", Source::None, "of the link"),
                entry("Other", "", Source::Perimeters, "perimeter, by name or id; approved at once"),
                entry(
                    "Admits here",
                    "*",
                    Source::Profiles,
                    "local profiles that admit the other side; * is all",
                ),
                entry("Admits there", "*", Source::None, "remote profiles that admit this side; * is all"),
            ],
            Purpose::Role(_) => {
                vec![entry(
                    role::ACCOUNT,
                    "",
                    Source::Accounts,
                    "on which it may read, write and delete blobs",
                )]
            }
            Purpose::Setting(_, before) => logging::entries(before.as_deref(), data),
            Purpose::Configure(_, before) => logging::configuration_entries(before.as_deref()),
        };
        let mut sheet = Self {
            purpose,
            entries,
            focus: 0,
            suggestions: Vec::new(),
            closed: Vec::new(),
            chosen: None,
            findings: Vec::new(),
            change: None,
            refused: None,
        };
        sheet.refresh(data);
        sheet
    }

    /// Writes into fields that are still empty.
    pub fn fill(&mut self, texts: &[(&str, &str)], data: &Data) {
        for (label, text) in texts {
            if let Some(entry) =
                self.entries.iter_mut().find(|e| e.label == *label && e.field.text().is_empty())
            {
                entry.field = Field::new(text);
            }
        }
        self.refresh(data);
    }

    /// Gives a field the keys.
    pub fn stand_on(&mut self, label: &str, data: &Data) {
        if let Some(place) = self.entries.iter().position(|e| e.label == label) {
            self.focus = place;
            self.refresh(data);
        }
    }

    /// Title of the form.
    pub fn title(&self) -> String {
        match &self.purpose {
            Purpose::Perimeter => "New perimeter".to_owned(),
            Purpose::Tags(perimeter) => format!("Tags of {}", perimeter.id.name()),
            Purpose::Profile(perimeter) => format!("New profile in {}", perimeter.id.name()),
            Purpose::Move(association) => format!("Move {} to another profile", association.resource_name()),
            Purpose::Link(perimeter) => format!("New link from {}", perimeter.id.name()),
            Purpose::Role(of) => format!("{} for the identity of {}", BLOB_CONTRIBUTOR.name, of.id.name()),
            Purpose::Setting(perimeter, None) => format!("New diagnostic setting of {}", perimeter.id.name()),
            Purpose::Setting(_, Some(before)) => format!("Diagnostic setting {}", before.name),
            Purpose::Configure(perimeter, _) => format!("Logging configuration of {}", perimeter.id.name()),
        }
    }

    /// What is typed in a field.
    pub fn text(&self, label: &str) -> &str {
        self.entries.iter().find(|e| e.label == label).map_or("", |e| e.field.text().trim())
    }

    /// What must be read for suggestions and checks.
    pub fn slots(&self, data: &Data) -> Vec<Slot> {
        let offer = |what, of: &str| Slot::Offer(what, Arc::from(of));
        match &self.purpose {
            Purpose::Perimeter => match build::subscription(self.text("Subscription"), data) {
                Some(guid) => vec![offer(Offer::Groups, &guid), offer(Offer::Regions, &guid)],
                None => Vec::new(),
            },
            Purpose::Role(of) => role::slots(self, of, data),
            Purpose::Setting(perimeter, _) | Purpose::Configure(perimeter, _) => {
                logging::slots(self, perimeter, data)
            }
            Purpose::Tags(_) | Purpose::Profile(_) | Purpose::Move(_) | Purpose::Link(_) => Vec::new(),
        }
    }

    /// Looks again at what there is to choose from, and checks.
    pub fn refresh(&mut self, data: &Data) {
        self.suggest(data);
        let (change, mut findings) = build::build(self, data);
        for failure in self.slots(data).iter().filter_map(|slot| data.failure(slot)) {
            let text = format!("what there is to choose from is not complete: {}", failure.title);
            findings.push(Finding { level: Level::Warning, text });
        }
        findings.sort_by_key(|f| std::cmp::Reverse(f.level));
        let sound = findings.iter().all(|f| f.level != Level::Error);
        self.change = change.filter(|_| sound);
        self.findings = findings;
    }

    fn suggest(&mut self, data: &Data) {
        let Some(entry) = self.entries.get(self.focus) else { return };
        let (all, closed) = build::suggestions(self, entry.source, data);
        let typed = entry.field.text().rsplit(',').next().unwrap_or_default().trim().to_owned();
        self.closed = if all.iter().any(|s| s.value.eq_ignore_ascii_case(&typed)) {
            closed
        } else {
            best(&typed, &closed)
        };
        self.suggestions = best(&typed, &all);
        self.chosen = self.chosen.filter(|i| *i < self.suggestions.len());
    }

    fn take_suggestion(&mut self) -> bool {
        let Some(value) = self.chosen.and_then(|i| self.suggestions.get(i)).map(|s| s.value.clone()) else {
            return false;
        };
        if let Some(entry) = self.entries.get_mut(self.focus).filter(|e| e.source != Source::Categories) {
            let text = entry.field.text();
            let kept =
                text.rfind(',').and_then(|at| text.get(..=at)).filter(|_| entry.source == Source::Profiles);
            let joined = kept.map_or_else(|| value.clone(), |kept| format!("{kept} {value}"));
            entry.field = Field::new(&joined);
        }
        self.chosen = None;
        true
    }

    /// Turns the chosen log category on or off; false when that is not what is chosen.
    fn toggle(&mut self, data: &Data) -> bool {
        let value = self.chosen.and_then(|i| self.suggestions.get(i)).map(|s| s.value.clone());
        let (all, _) = build::suggestions(self, Source::Categories, data);
        let entry = self.entries.get_mut(self.focus).filter(|e| e.source == Source::Categories);
        let (Some(value), Some(entry)) = (value, entry) else { return false };
        entry.field = Field::new(&logging::toggled(entry.field.text(), &value, &all));
        self.suggest(data);
        self.chosen = self.suggestions.iter().position(|s| s.value == value);
        true
    }

    fn step(&mut self, forward: bool) {
        let count = self.entries.len().max(1);
        self.focus = (self.focus + if forward { 1 } else { count - 1 }) % count;
        self.chosen = None;
    }

    /// A key that is no command: typing.
    pub fn key(&mut self, key: Key, data: &Data) -> Answer {
        if self.entries.get_mut(self.focus).is_some_and(|e| e.field.key(key)) {
            self.chosen = None;
            self.refresh(data);
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str, data: &Data) -> Answer {
        if let Some(entry) = self.entries.get_mut(self.focus) {
            entry.field.paste(text.trim());
        }
        self.chosen = None;
        self.refresh(data);
        Answer::Stay
    }

    /// Runs a command of the form scope.
    pub fn command(&mut self, command: Command, data: &Data) -> Answer {
        let last = self.suggestions.len().checked_sub(1);
        match command {
            Command::Back => return Answer::Close,
            Command::Down if last.is_none() => self.step(true),
            Command::Down => self.chosen = last.map(|last| self.chosen.map_or(0, |i| (i + 1).min(last))),
            Command::Up if self.chosen.is_none() => self.step(false),
            Command::Up => self.chosen = self.chosen.and_then(|i| i.checked_sub(1)),
            Command::NextField => {
                self.take_suggestion();
                self.step(true);
            }
            Command::PrevField => self.step(false),
            Command::Accept if self.toggle(data) => {}
            Command::Accept if self.take_suggestion() => self.step(true),
            Command::Accept => {
                return match self.change.clone() {
                    Some(change) => Answer::Propose(Box::new(change.into())),
                    None => Answer::Stay,
                };
            }
            _ => {}
        }
        self.refresh(data);
        Answer::Stay
    }

    /// The form again after the service refused what it proposed.
    #[must_use]
    pub fn again(mut self, failure: Failure) -> Self {
        self.refused = Some(failure);
        self
    }
}

/// A name as the service takes it, or what is wrong with it.
fn name(text: &str, findings: &mut Vec<Finding>) -> Option<String> {
    let finding = check::name(text);
    let good = finding.is_none();
    findings.extend(finding);
    good.then(|| text.to_owned())
}

/// A new thing, if all of its parts are there.
fn create(new: Option<New>) -> Option<Change> {
    new.map(Change::Create)
}
