//! The column tables: one per list, used for drawing, sorting, filtering and copying alike.

mod coverage;

use std::borrow::Cow;
use std::cmp::Ordering;

use super::data::Data;
use super::jobs::{Job, JobState};
use super::list::{Column, Width};
use super::msg::Ticket;
use super::panes::LinkRow;
use crate::domain::matrix::effect;
use crate::domain::temporary::{Temporary, lasts};
use crate::domain::{
    AccessRule, ArmId, Association, Issues, Kind, OtherSide, Outcome, Perimeter, Profile, ProvisioningState,
    SourceKind, Step, type_word,
};

pub use coverage::{Candidate, perimeter_of};

/// A row of a list: its key and its columns.
pub trait Row: Sized + 'static {
    /// What identifies it across readings.
    type Key: Clone + Ord;
    /// Its key.
    fn key(&self) -> &Self::Key;
    /// The columns of its list.
    fn columns() -> &'static [Column<Self, Data>];
}

/// A column that is ordered by its text.
pub(super) const fn column<R>(
    title: &'static str,
    width: Width,
    rank: u8,
    cell: for<'a> fn(&'a R, &'a Data) -> Cow<'a, str>,
) -> Column<R, Data> {
    Column { title, width, rank, cell, order: None }
}

impl<R> Column<R, Data> {
    pub(super) const fn ordered(mut self, order: fn(&R, &R, &Data) -> Ordering) -> Self {
        self.order = Some(order);
        self
    }
}

/// A state in one word; nothing when all is well, so that trouble stands out.
fn state_word(state: Option<&ProvisioningState>) -> Cow<'_, str> {
    match state {
        None | Some(ProvisioningState::Succeeded) => "ok".into(),
        Some(state) => state.wire().into(),
    }
}

impl Row for Perimeter {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        &self.id
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<Perimeter, Data>; 5] = [
            column("name", Width::Fill(26), 0, |p, _| p.id.name().into()),
            column("region", Width::Fixed(13), 1, |p, _| p.location.as_str().into()),
            column("state", Width::Fixed(9), 2, |p, _| state_word(p.state.as_ref())),
            column("group", Width::Fill(10), 3, |p, _| p.id.resource_group().unwrap_or_default().into()),
            column("subscription", Width::Fill(12), 3, |p, d| {
                d.subscription_name(p.id.subscription().unwrap_or_default()).into()
            }),
        ];
        &COLUMNS
    }
}

/// Short word for the type of a resource.
pub fn short_type(id: &ArmId, kind: &str) -> String {
    let Some(full) = id.resource_type() else { return "?".to_owned() };
    let word = type_word(&full, kind);
    word.rsplit('/').next().filter(|_| word == full).unwrap_or(word).to_owned()
}

/// Short word for the type of an associated resource.
pub fn resource_type<'a>(a: &'a Association, d: &'a Data) -> Cow<'a, str> {
    let Some(id) = &a.resource else { return "?".into() };
    let kind = d.resource(id).and_then(|r| r.value()).map_or("", |r| r.kind.as_str());
    short_type(id, kind).into()
}

/// `publicNetworkAccess` of an associated resource: the value, `…` while it is read, `?` when it is not known.
pub fn public_access<'a>(a: &'a Association, d: &'a Data) -> Cow<'a, str> {
    let Some(remote) = a.resource.as_ref().and_then(|id| d.resource(id)) else { return "…".into() };
    match (remote.value(), remote.failure()) {
        (Some(resource), _) => resource.public_access.as_ref().map_or("?".into(), |p| p.wire().into()),
        (None, Some(_)) => "?".into(),
        (None, None) => "…".into(),
    }
}

/// Who decides about inbound traffic of an associated resource.
pub fn effect_in<'a>(a: &'a Association, d: &'a Data) -> Cow<'a, str> {
    let resource = a.resource.as_ref().and_then(|id| d.resource(id)).and_then(|r| r.value());
    match resource.and_then(|r| r.public_access.as_ref()) {
        Some(access) => effect(Some(&a.mode), access).inbound.label().into(),
        None if a.mode == crate::domain::AccessMode::Enforced => "rules only".into(),
        None => "?".into(),
    }
}

fn association_state(a: &Association) -> Cow<'_, str> {
    match (&a.issues, &a.state) {
        (Issues::No, state) => state_word(state.as_ref()),
        (Issues::Yes, None | Some(ProvisioningState::Succeeded)) => "issues".into(),
        (Issues::Yes, Some(state)) => format!("issues, {}", state.wire()).into(),
        (Issues::Unknown(word), _) => format!("issues: {word}").into(),
    }
}

impl Row for Association {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        &self.id
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<Association, Data>; 7] = [
            column("resource", Width::Fill(14), 0, |a, _| a.resource_name().into()),
            column("type", Width::Fixed(11), 1, resource_type),
            column("profile", Width::Fill(9), 2, |a, _| a.profile.as_ref().map_or("?", |p| p.name()).into()),
            column("mode", Width::Fixed(11), 0, |a, _| a.mode.short().into()),
            column("public", Width::Fixed(9), 2, public_access),
            column("effect", Width::Fixed(15), 0, effect_in),
            column("state", Width::Fixed(10), 0, |a, _| association_state(a)),
        ];
        &COLUMNS
    }
}

/// Number of access rules of a profile, `…` while they are read, `?` when they could not be.
fn rule_count<'a>(p: &'a Profile, d: &'a Data, kind: impl Fn(&AccessRule) -> usize) -> Cow<'a, str> {
    let remote = p.id.parent().and_then(|perimeter| d.of(&perimeter)).and_then(|data| data.rules.get(&p.id));
    match remote {
        Some(r) if r.value().is_some() => {
            r.rows().iter().map(|rule| kind(rule)).sum::<usize>().to_string().into()
        }
        Some(r) if r.failure().is_some() => "?".into(),
        _ => "…".into(),
    }
}

impl Row for Profile {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        &self.id
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<Profile, Data>; 6] = [
            column("profile", Width::Fill(14), 0, |p, _| p.id.name().into()),
            column("rules", Width::Fixed(6), 0, |p, d| rule_count(p, d, |_| 1)),
            column("inbound", Width::Fixed(12), 0, |p, d| {
                rule_count(p, d, |r| {
                    if r.content.direction == crate::domain::Direction::Inbound {
                        r.content.elements()
                    } else {
                        0
                    }
                })
            }),
            column("outbound", Width::Fixed(13), 1, |p, d| {
                rule_count(p, d, |r| {
                    if r.content.direction == crate::domain::Direction::Outbound {
                        r.content.elements()
                    } else {
                        0
                    }
                })
            }),
            column("resources", Width::Fixed(10), 1, |p, d| {
                let data = p.id.parent().and_then(|perimeter| d.of(&perimeter));
                data.map_or(0, |data| {
                    data.associations.rows().iter().filter(|a| a.profile.as_ref() == Some(&p.id)).count()
                })
                .to_string()
                .into()
            }),
            column("version", Width::Fixed(14), 0, |p, _| p.rules_version.as_str().into()),
        ];
        &COLUMNS
    }
}

impl Row for AccessRule {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        &self.id
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<AccessRule, Data>; 6] = [
            column("rule", Width::Fill(14), 0, |r, _| r.id.name().into()),
            column("dir", Width::Fixed(4), 0, |r, _| match &r.content.direction {
                crate::domain::Direction::Inbound => "in".into(),
                crate::domain::Direction::Outbound => "out".into(),
                crate::domain::Direction::Unknown(word) => word.as_str().into(),
            }),
            column("profile", Width::Fill(9), 1, |r, _| profile_name(r).to_owned().into()),
            column("kind", Width::Fixed(17), 2, |r, _| match r.content.kind() {
                Some(kind) => kind.label().into(),
                None if r.content.elements() == 0 => "names nothing".into(),
                None => "mixed".into(),
            }),
            column("allows", Width::Fill(24), 0, allows),
            column("state", Width::Fixed(13), 1, |r, d| match Temporary::parse(r.id.name()) {
                Some(temporary) if temporary.is_expired(d.now) => "EXPIRED".into(),
                Some(temporary) if state_word(r.state.as_ref()) == "ok" => {
                    temporary_left(&temporary, d.now).into()
                }
                _ => state_word(r.state.as_ref()),
            }),
        ];
        &COLUMNS
    }
}

/// What is left of a temporary rule, for the column.
fn temporary_left(temporary: &Temporary, now: jiff::Timestamp) -> String {
    lasts(temporary.left(now)).replace(" h ", "h").replace(" min", "m").replace(" d ", "d")
}

/// Name of the profile that a rule belongs to.
pub fn profile_name(rule: &AccessRule) -> &str {
    rule.id.as_str().rsplit('/').nth(2).unwrap_or_default()
}

/// What a rule allows, with subscriptions by name.
pub fn allows<'a>(rule: &'a AccessRule, d: &'a Data) -> Cow<'a, str> {
    let mut words = Vec::new();
    for (kind, values) in &rule.content.sources {
        for value in values {
            words.push(match kind {
                SourceKind::Subscription => d.subscription_name(value),
                SourceKind::AddressPrefix
                | SourceKind::ServiceTag
                | SourceKind::Fqdn
                | SourceKind::Perimeter
                | SourceKind::Email
                | SourceKind::Phone => value,
            });
        }
    }
    match words.as_slice() {
        [one] => (*one).into(),
        _ => words.join(", ").into(),
    }
}

impl Row for LinkRow {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        self.id()
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<LinkRow, Data>; 6] =
            [
                column("link", Width::Fill(14), 0, |l, _| l.id().name().into()),
                column("made", Width::Fixed(6), 1, |l, _| {
                    if l.is_reference() { "there".into() } else { "here".into() }
                }),
                column("other", Width::Fill(14), 0, |l, _| l.remote_name().into()),
                column("admits", Width::Fill(8), 1, |l, _| l.local_inbound().join(", ").into()),
                column("admitted", Width::Fill(8), 2, |l, _| l.remote_inbound().join(", ").into()),
                column("status", Width::Fixed(13), 0, |l, _| l.status().map_or("?", |s| s.wire()).into()),
            ];
        &COLUMNS
    }
}

/// How far a write is, in words.
pub fn job_state(job: &Job) -> Cow<'_, str> {
    match &job.state {
        JobState::Waiting => "waits its turn".into(),
        JobState::Dropped { .. } => "not sent".into(),
        JobState::Running(Step::Checking) => "checking".into(),
        JobState::Running(Step::Sending) => "sending".into(),
        JobState::Running(Step::Waiting { status }) => format!("service: {status}").into(),
        JobState::Running(Step::ReadingBack | Step::Heard(_)) => "reading back".into(),
        JobState::Ended { outcome, .. } => match outcome {
            Outcome::Done { .. } if job.change.kind() == Kind::Registration => "taken by Azure".into(),
            Outcome::Done { .. } if job.heard.is_some() => {
                job.heard.as_ref().map_or("", OtherSide::done).into()
            }
            Outcome::Done { after } => {
                job.change.already(after.as_ref()).unwrap_or("done, propagating").into()
            }
            Outcome::Changed { .. } => "not sent: changed".into(),
            Outcome::Failed(_) => "failed".into(),
            Outcome::Unknown(_) => "OUTCOME UNKNOWN".into(),
        },
    }
}

/// A time in the local zone.
pub fn local(at: jiff::Timestamp) -> jiff::Zoned {
    at.to_zoned(jiff::tz::TimeZone::system())
}

/// A time of day in the local zone.
pub fn clock(at: jiff::Timestamp) -> String {
    local(at).strftime("%H:%M:%S").to_string()
}

impl Row for Job {
    type Key = Ticket;
    fn key(&self) -> &Ticket {
        &self.ticket
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<Job, Data>; 4] = [
            // A time of day says nothing about yesterday.
            column("started", Width::Fixed(9), 0, |j: &Job, _| clock(j.started).into())
                .ordered(|a, b, _| a.ticket.cmp(&b.ticket)),
            column("change", Width::Fill(34), 0, |j, _| j.change.title().into()),
            column("state", Width::Fixed(20), 0, |j, _| job_state(j)),
            column("target", Width::Fill(20), 2, |j, _| j.change.target().as_str().into()),
        ];
        &COLUMNS
    }
}
