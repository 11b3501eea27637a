//! The form for an access rule: all fields at once, checked while typing.

use std::sync::Arc;

use super::super::command::Command;
use super::super::data::Data;
use super::super::input::{Field, turns};
use super::super::keys::Key;
use super::super::msg::Slot;
use super::Answer;
use super::suggest::{Suggestion, best};
use crate::domain::check::{self, Finding, Level, Surroundings};
use crate::domain::{AccessRule, ArmId, Change, Failure, RuleContent, SourceKind, Subscription};

mod choices;

/// The kinds that a user may write, in the order of the form.
pub const KINDS: [SourceKind; 4] =
    [SourceKind::AddressPrefix, SourceKind::Subscription, SourceKind::ServiceTag, SourceKind::Fqdn];

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormField {
    /// Name of the rule; fixed when editing.
    Name,
    /// What it names.
    Kind,
    /// The values.
    Values,
}

/// The form.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The profile that the rule belongs to.
    pub profile: ArmId,
    /// The rule being edited, as the user saw it; none for a new one.
    pub before: Option<AccessRule>,
    /// Name.
    pub name: Field,
    /// Kind.
    pub kind: SourceKind,
    /// Values as typed.
    pub values: Field,
    /// The field that takes the keys.
    pub focus: FormField,
    /// What it would say.
    pub content: RuleContent,
    /// What is to be said about it.
    pub findings: Vec<Finding>,
    /// Why the service refused it the last time.
    pub refused: Option<Failure>,
    /// What could be typed among the values, best first.
    pub suggestions: Vec<Suggestion>,
    /// The suggestion that is about to be taken.
    pub chosen: Option<usize>,
    around: Around,
}

/// What the form checks against: as it was when the form was opened.
#[derive(Debug, Clone, PartialEq)]
struct Around {
    rules: Vec<Arc<AccessRule>>,
    subscriptions: Vec<Subscription>,
    /// All that could be typed, as far as it has been read.
    offered: Vec<Suggestion>,
    /// What that says about what is typed.
    said: Vec<Finding>,
}

impl Form {
    /// A form for a new rule of this profile.
    pub fn create(profile: ArmId, data: &Data) -> Self {
        Self::open(profile, None, SourceKind::AddressPrefix, data)
    }

    /// A form for a new rule of address ranges, filled in.
    pub fn with_ranges(profile: ArmId, name: &str, values: &str, data: &Data) -> Self {
        let mut form = Self::create(profile, data);
        form.name = Field::new(name);
        form.values = Field::new(values);
        form.check();
        form
    }

    /// A form for a new rule of this name.
    pub fn named(profile: ArmId, name: &str, data: &Data) -> Self {
        let mut form = Self::create(profile, data);
        form.name = Field::new(name);
        form.focus = FormField::Values;
        form.check();
        form
    }

    /// A form for a new rule that says this; `None` when it is of no kind that can be written.
    pub fn filled(profile: ArmId, name: &str, content: &RuleContent, data: &Data) -> Option<Self> {
        let kind = content.kind().filter(|kind| kind.is_writable())?;
        let mut form = Self::open(profile, None, kind, data);
        form.name = Field::new(name);
        form.values = Field::new(&content.values(kind).join(", "));
        form.check();
        Some(form)
    }

    /// A form that edits a rule.
    ///
    /// # Errors
    /// Why this rule cannot be edited.
    pub fn edit(before: AccessRule, data: &Data) -> Result<Self, &'static str> {
        if let Some(reason) = before.read_only_reason() {
            return Err(reason);
        }
        let Some(profile) = before.id.parent() else { return Err("the rule's profile is not known") };
        let kind = match before.content.kind() {
            Some(kind) => kind,
            None if before.content.elements() == 0 => SourceKind::AddressPrefix,
            None => return Err("a rule that mixes kinds cannot be edited here"),
        };
        let mut form = Self::open(profile, None, kind, data);
        form.name = Field::new(before.id.name());
        let values: Vec<String> = match kind {
            // Names may be shared by several subscriptions: an edit keeps the guids.
            SourceKind::Subscription
            | SourceKind::AddressPrefix
            | SourceKind::ServiceTag
            | SourceKind::Fqdn
            | SourceKind::Perimeter
            | SourceKind::Email
            | SourceKind::Phone => before.content.values(kind).to_vec(),
        };
        form.values = Field::new(&values.join(", "));
        form.focus = FormField::Values;
        form.before = Some(before);
        form.check();
        Ok(form)
    }

    fn open(profile: ArmId, before: Option<AccessRule>, kind: SourceKind, data: &Data) -> Self {
        let rules = profile.parent().map_or_else(Vec::new, |p| data.rules(&p, Some(&profile)));
        let subscriptions = data.subscriptions.rows().to_vec();
        let around = Around { rules, subscriptions, offered: Vec::new(), said: Vec::new() };
        let mut form = Self {
            profile,
            before,
            name: Field::default(),
            kind,
            values: Field::default(),
            focus: FormField::Name,
            content: RuleContent::of(kind, Vec::new()),
            findings: Vec::new(),
            refused: None,
            suggestions: Vec::new(),
            chosen: None,
            around,
        };
        form.refresh(data);
        form
    }

    /// What must be read for suggestions.
    pub fn slots(&self, data: &Data) -> Vec<Slot> {
        choices::slots(self, data)
    }

    /// Looks again at what there is to choose from, and checks.
    pub fn refresh(&mut self, data: &Data) {
        self.around.offered = choices::all(self, data);
        self.check();
        self.around.said = choices::findings(self, &self.around.offered, data);
        self.check();
    }

    /// The value that is being typed: what stands after the last comma or space.
    fn typed(&self) -> &str {
        self.values.text().rsplit([',', ';', ' ']).next().unwrap_or_default()
    }

    fn find_suggestions(&mut self) {
        let open = self.focus == FormField::Values;
        self.suggestions = if open { best(self.typed(), &self.around.offered) } else { Vec::new() };
        self.chosen = self.chosen.filter(|i| *i < self.suggestions.len());
    }

    fn take_suggestion(&mut self) -> bool {
        let Some(value) = self.chosen.and_then(|i| self.suggestions.get(i)).map(|s| s.value.clone()) else {
            return false;
        };
        let text = self.values.text();
        let kept = text.get(..text.len() - self.typed().len()).unwrap_or_default();
        self.values = Field::new(&format!("{kept}{value}"));
        self.chosen = None;
        self.check();
        true
    }

    /// The form again with what was typed, after the service refused the change.
    pub fn again(change: &Change, failure: Failure, data: &Data) -> Option<Self> {
        let (mut form, content) = match change {
            Change::CreateRule { id, content } => {
                let mut form = Self::create(id.parent()?, data);
                form.name = Field::new(id.name());
                (form, content)
            }
            Change::EditRule { before, content } => (Self::edit(before.clone(), data).ok()?, content),
            Change::SetMode { .. }
            | Change::MoveToProfile { .. }
            | Change::SetTags { .. }
            | Change::Create(_)
            | Change::Logging(_)
            | Change::Register(_)
            | Change::Reconcile(_)
            | Change::Resource(_)
            | Change::Delete { .. } => return None,
        };
        form.kind = content.kind()?;
        form.values = Field::new(&content.values(form.kind).join(", "));
        form.focus = FormField::Values;
        form.refused = Some(failure);
        form.check();
        Some(form)
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            rules: &self.around.rules,
            editing: self.before.as_ref().map(|b| &b.id),
            subscriptions: &self.around.subscriptions,
        }
    }

    /// Elements of other rules in the same direction.
    pub fn taken(&self) -> usize {
        self.surroundings().elements(&self.content.direction)
    }

    fn check(&mut self) {
        let (content, mut findings) = check::values(self.kind, self.values.text(), &self.surroundings());
        if self.before.is_none() {
            let typed = self.name.text();
            let same = |r: &Arc<AccessRule>| r.id.name().eq_ignore_ascii_case(typed);
            if let Some(finding) = check::name(typed) {
                findings.insert(0, finding);
            } else if self.around.rules.iter().any(same) {
                let text = format!("a rule named {typed} exists already in this profile");
                findings.insert(0, Finding { level: Level::Error, text });
            }
        } else if self.before.as_ref().is_some_and(|b| b.content == content) {
            findings.push(Finding { level: Level::Note, text: "nothing is changed yet".to_owned() });
        }
        findings.extend(choices::temporary(self));
        findings.extend(self.around.said.iter().cloned());
        self.content = content;
        self.findings = findings;
        self.find_suggestions();
    }

    /// Nothing stands against sending it.
    pub fn is_valid(&self) -> bool {
        let changed = self.before.as_ref().is_none_or(|b| b.content != self.content);
        changed && self.findings.iter().all(|f| f.level != Level::Error)
    }

    fn change(&self) -> Option<Change> {
        if !self.is_valid() {
            return None;
        }
        let content = self.content.clone();
        Some(match &self.before {
            Some(before) => Change::EditRule { before: before.clone(), content },
            None => {
                Change::CreateRule { id: self.profile.child("accessRules", self.name.text()).ok()?, content }
            }
        })
    }

    fn step(&mut self, forward: bool) {
        let fields: &[FormField] = match self.before {
            Some(_) => &[FormField::Kind, FormField::Values],
            None => &[FormField::Name, FormField::Kind, FormField::Values],
        };
        let at = fields.iter().position(|f| *f == self.focus).unwrap_or(0);
        let next = if forward { at + 1 } else { at + fields.len() - 1 };
        if let Some(field) = fields.get(next % fields.len()) {
            self.focus = *field;
        }
        self.chosen = None;
        self.find_suggestions();
    }

    fn turn_kind(&mut self, forward: bool, data: &Data) {
        let at = KINDS.iter().position(|k| *k == self.kind).unwrap_or(0);
        let next = if forward { at + 1 } else { at + KINDS.len() - 1 };
        if let Some(kind) = KINDS.get(next % KINDS.len()) {
            self.kind = *kind;
            self.refresh(data);
        }
    }

    /// A key that is no command: typing.
    pub fn key(&mut self, key: Key, data: &Data) -> Answer {
        let taken = match self.focus {
            FormField::Name => self.name.key(key),
            FormField::Values => self.values.key(key),
            FormField::Kind => {
                if let Some(forward) = turns(key) {
                    self.turn_kind(forward, data);
                }
                false
            }
        };
        if taken {
            self.chosen = None;
            self.refresh(data);
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str, data: &Data) -> Answer {
        match self.focus {
            FormField::Name => self.name.paste(text.trim()),
            FormField::Values => self.values.paste(text),
            FormField::Kind => {}
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
            Command::Down if last.is_some() => {
                self.chosen = last.map(|last| self.chosen.map_or(0, |i| (i + 1).min(last)));
            }
            Command::Up if self.chosen.is_some() => self.chosen = self.chosen.and_then(|i| i.checked_sub(1)),
            Command::NextField if self.take_suggestion() => self.refresh(data),
            Command::Accept if self.take_suggestion() => self.refresh(data),
            Command::NextField | Command::Down => self.step(true),
            Command::PrevField | Command::Up => self.step(false),
            Command::Left | Command::Right => self.turn_kind(command == Command::Right, data),
            Command::Accept => {
                return match self.change() {
                    Some(change) => Answer::Propose(Box::new(change.into())),
                    None => Answer::Stay,
                };
            }
            _ => {}
        }
        Answer::Stay
    }
}
