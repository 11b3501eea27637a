//! How a change went: the steps on its way and the four ways in which it can end.

use super::change::LoggingChange;
use super::role::RoleAssignment;
use super::{
    AccessRule, ArmId, Association, Change, DiagnosticSetting, Failure, FieldChange, Link, LinkReference,
    LoggingConfiguration, OtherSide, Perimeter, Profile, RawBody, Resource,
};

/// Where a change is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The service's copy is compared with the one that the user saw.
    Checking,
    /// The write is on its way; from here on it cannot be taken back.
    Sending,
    /// The service works on it.
    Waiting {
        /// The service's word for the state, such as `Updating`.
        status: String,
    },
    /// The result is read back.
    ReadingBack,
    /// What the resource itself says, beside the perimeter that was written to.
    Heard(OtherSide),
}

/// A kind of thing that a change can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An access rule.
    Rule,
    /// A resource association.
    Association,
    /// A perimeter.
    Perimeter,
    /// A profile.
    Profile,
    /// A link.
    Link,
    /// A link reference.
    LinkReference,
    /// A diagnostic setting.
    DiagnosticSetting,
    /// The logging configuration of a perimeter.
    LoggingConfiguration,
    /// The registration of a provider or preview feature.
    Registration,
    /// A PaaS resource.
    Resource,
    /// A role assignment.
    RoleAssignment,
}

impl Kind {
    /// In Azure's words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Rule => "access rule",
            Self::Association => "resource association",
            Self::Perimeter => "perimeter",
            Self::Profile => "profile",
            Self::Link => "link",
            Self::LinkReference => "link reference",
            Self::DiagnosticSetting => "diagnostic setting",
            Self::LoggingConfiguration => "logging configuration",
            Self::Registration => "registration",
            Self::Resource => "resource",
            Self::RoleAssignment => "role assignment",
        }
    }
}

/// A resource that a change can write, as the service has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// An access rule.
    Rule(AccessRule),
    /// A resource association.
    Association(Association),
    /// A perimeter.
    Perimeter(Perimeter),
    /// A profile.
    Profile(Profile),
    /// A link.
    Link(Link),
    /// A link reference.
    LinkReference(LinkReference),
    /// A PaaS resource: changed, never made or deleted here.
    Resource(Resource),
    /// A role assignment.
    Role(RoleAssignment),
    /// A diagnostic setting.
    Setting(DiagnosticSetting),
    /// The logging configuration of a perimeter.
    Logging(LoggingConfiguration),
}

impl Written {
    /// Its id.
    pub fn id(&self) -> &ArmId {
        match self {
            Self::Rule(rule) => &rule.id,
            Self::Association(association) => &association.id,
            Self::Perimeter(perimeter) => &perimeter.id,
            Self::Profile(profile) => &profile.id,
            Self::Link(link) => &link.id,
            Self::LinkReference(reference) => &reference.id,
            Self::Resource(resource) => &resource.id,
            Self::Role(assignment) => &assignment.id,
            Self::Setting(setting) => &setting.id,
            Self::Logging(configuration) => &configuration.id,
        }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Rule(_) => Kind::Rule,
            Self::Association(_) => Kind::Association,
            Self::Perimeter(_) => Kind::Perimeter,
            Self::Profile(_) => Kind::Profile,
            Self::Link(_) => Kind::Link,
            Self::LinkReference(_) => Kind::LinkReference,
            Self::Resource(_) => Kind::Resource,
            Self::Role(_) => Kind::RoleAssignment,
            Self::Setting(_) => Kind::DiagnosticSetting,
            Self::Logging(_) => Kind::LoggingConfiguration,
        }
    }

    /// The change that deletes it, and nothing that is in it.
    pub fn deletion(self) -> Change {
        match self {
            Self::Setting(before) => LoggingChange::DeleteSetting { before }.into(),
            Self::Logging(before) => LoggingChange::Unconfigure { before }.into(),
            Self::Rule(_)
            | Self::Association(_)
            | Self::Perimeter(_)
            | Self::Profile(_)
            | Self::Link(_)
            | Self::Resource(_)
            | Self::Role(_)
            | Self::LinkReference(_) => Change::Delete { before: Box::new(self), force: false },
        }
    }

    /// Its body.
    pub fn raw(&self) -> &RawBody {
        match self {
            Self::Rule(rule) => &rule.raw,
            Self::Association(association) => &association.raw,
            Self::Perimeter(perimeter) => &perimeter.raw,
            Self::Profile(profile) => &profile.raw,
            Self::Link(link) => &link.raw,
            Self::LinkReference(reference) => &reference.raw,
            Self::Resource(resource) => &resource.raw,
            Self::Role(assignment) => &assignment.raw,
            Self::Setting(setting) => &setting.raw,
            Self::Logging(configuration) => &configuration.raw,
        }
    }

    /// The name that a user knows it by: of an association the resource's.
    pub fn name(&self) -> &str {
        match self {
            Self::Association(association) => association.resource_name(),
            Self::Setting(setting) => &setting.name,
            Self::Rule(_)
            | Self::Perimeter(_)
            | Self::Profile(_)
            | Self::Link(_)
            | Self::LinkReference(_)
            | Self::Resource(_)
            | Self::Role(_)
            | Self::Logging(_) => self.id().name(),
        }
    }
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done {
        /// As read back; `None` after a delete.
        after: Option<Written>,
    },
    /// Nothing was written: the service's copy is not the one that the user saw.
    Changed {
        /// The service's copy; `None` when it is gone.
        now: Option<Written>,
        /// In what it differs from what the user saw.
        fields: Vec<FieldChange>,
    },
    /// Surely not done.
    Failed(Failure),
    /// Sent, and it is not known whether it was done, or it was done differently.
    Unknown(Failure),
}

impl Change {
    /// The same intention on the service's copy, after the user has seen it and said yes.
    ///
    /// `None` when `now` is of another kind, or there is nothing left to change.
    #[must_use]
    pub fn rebased(&self, now: Option<&Written>) -> Option<Self> {
        Some(match (self, now) {
            (Self::Logging(change), now) => change.rebased(now)?.into(),
            (
                Self::CreateRule { content, .. } | Self::EditRule { content, .. },
                Some(Written::Rule(rule)),
            ) => Self::EditRule { before: rule.clone(), content: content.clone() },
            (Self::EditRule { before, content }, None) => {
                Self::CreateRule { id: before.id.clone(), content: content.clone() }
            }
            (Self::CreateRule { .. } | Self::Create(_), None) => self.clone(),
            (Self::Resource(change), now) => Self::Resource(Box::new(change.rebased(now)?)),
            (Self::SetMode { mode, .. }, Some(Written::Association(now))) => {
                Self::SetMode { before: now.clone(), mode: mode.clone() }
            }
            (Self::MoveToProfile { profile, .. }, Some(Written::Association(now))) => {
                Self::MoveToProfile { before: now.clone(), profile: profile.clone() }
            }
            (Self::SetTags { tags, .. }, Some(Written::Perimeter(now))) => {
                Self::SetTags { before: now.clone(), tags: tags.clone() }
            }
            (Self::Delete { before, force }, Some(now)) if now.kind() == before.kind() => {
                Self::Delete { before: Box::new(now.clone()), force: *force }
            }
            (
                Self::CreateRule { .. }
                | Self::EditRule { .. }
                | Self::Create(_)
                | Self::SetMode { .. }
                | Self::MoveToProfile { .. }
                | Self::SetTags { .. }
                | Self::Delete { .. }
                | Self::Register(_)
                | Self::Reconcile(_),
                _,
            ) => return None,
        })
    }
}
