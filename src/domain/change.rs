//! A change that a user may make: what it says, what it touches, how dangerous it is.
//!
//! The value that was shown is the value that is sent: a `Change` owns what the user saw
//! (`before`), so that the client can tell whether the service's copy is still that one.

mod logging;
mod reconcile;
mod register;

pub use logging::LoggingChange;
pub use reconcile::Reconcile;
pub use register::Register;

pub mod resource;

use self::resource::ResourceChange;
use super::{AccessMode, AccessRule, ArmId, Association, Kind, Perimeter, RawBody, RuleContent, Written};

/// How much care a change asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Only adds or loosens; asks once.
    Low,
    /// Can take traffic away; asks once, cancel is the default.
    Medium,
    /// Can stop production; asks for the name of the thing.
    High,
}

/// A change, with what the user saw when deciding on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Create an access rule that must not exist yet.
    CreateRule {
        /// Id of the new rule.
        id: ArmId,
        /// What it will say.
        content: RuleContent,
    },
    /// Replace what an access rule says.
    EditRule {
        /// The rule as the user saw it.
        before: AccessRule,
        /// What it will say.
        content: RuleContent,
    },
    /// Change the access mode of an association.
    SetMode {
        /// The association as the user saw it.
        before: Association,
        /// The new mode.
        mode: AccessMode,
    },
    /// Move an associated resource to another profile of its perimeter.
    MoveToProfile {
        /// The association as the user saw it.
        before: Association,
        /// The new profile.
        profile: ArmId,
    },
    /// Replace the tags of a perimeter.
    SetTags {
        /// The perimeter as the user saw it.
        before: Perimeter,
        /// All tags that it will have.
        tags: Vec<(String, String)>,
    },
    /// Create something that must not exist yet.
    Create(New),
    /// Where the access log goes.
    Logging(Box<LoggingChange>),
    /// Delete something.
    Delete {
        /// As the user saw it.
        before: Box<Written>,
        /// Also what is in it (`forceDeletion`; perimeters only).
        force: bool,
    },
    /// Register a provider or a preview feature in a subscription.
    Register(Box<Register>),
    /// Change a PaaS resource itself, or what its identity may do.
    Resource(Box<ResourceChange>),
    /// Make a resource agree with its perimeter.
    Reconcile(Box<Reconcile>),
}

/// Something to be created; access rules have a change of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum New {
    /// A perimeter.
    Perimeter {
        /// Its id.
        id: ArmId,
        /// Region.
        location: String,
        /// Tags.
        tags: Vec<(String, String)>,
    },
    /// A profile.
    Profile {
        /// Its id.
        id: ArmId,
    },
    /// An association, in Transition (Learning).
    Association {
        /// Its id.
        id: ArmId,
        /// The PaaS resource.
        resource: ArmId,
        /// The profile.
        profile: ArmId,
    },
    /// A link to a perimeter whose side is approved at once.
    Link {
        /// Its id.
        id: ArmId,
        /// The other perimeter.
        remote: ArmId,
        /// Local profiles that admit the other side; `*` is all.
        local_inbound: Vec<String>,
        /// Remote profiles that admit this side; `*` is all.
        remote_inbound: Vec<String>,
    },
}

impl New {
    /// Its id.
    pub fn id(&self) -> &ArmId {
        match self {
            Self::Perimeter { id, .. }
            | Self::Profile { id }
            | Self::Association { id, .. }
            | Self::Link { id, .. } => id,
        }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Perimeter { .. } => Kind::Perimeter,
            Self::Profile { .. } => Kind::Profile,
            Self::Association { .. } => Kind::Association,
            Self::Link { .. } => Kind::Link,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Perimeter { id, .. } => format!("Create perimeter {}", id.name()),
            Self::Profile { id } => format!("Create profile {}", id.name()),
            Self::Association { resource, .. } => format!("Associate {}", resource.name()),
            Self::Link { id, remote, .. } => format!("Create link {} to {}", id.name(), remote.name()),
        }
    }

    fn fields(&self) -> Vec<FieldChange> {
        let new = |field: &str, value: &str| FieldChange::new(field, "", value);
        match self {
            Self::Perimeter { id, location, tags } => vec![
                new("subscription", id.subscription().unwrap_or_default()),
                new("resource group", id.resource_group().unwrap_or_default()),
                new("region", location),
                new("tags", &tags_text(tags)),
            ],
            Self::Profile { id } => vec![new("profile", id.name())],
            Self::Association { resource, profile, .. } => vec![
                new("resource", resource.as_str()),
                new("profile", profile.name()),
                new("access mode", AccessMode::Learning.label()),
            ],
            Self::Link { remote, local_inbound, remote_inbound, .. } => vec![
                new("other perimeter", remote.as_str()),
                new("local profiles that admit the other side", &local_inbound.join(", ")),
                new("remote profiles that admit this side", &remote_inbound.join(", ")),
            ],
        }
    }
}

/// Tags in one line: `env=prod, owner=net`.
pub fn tags_text(tags: &[(String, String)]) -> String {
    tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}

/// One line of what a change does: a field, what it was, what it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Name of the field, in Azure's words.
    pub field: String,
    /// Before; empty for something new.
    pub before: String,
    /// After; empty for something deleted.
    pub after: String,
}

impl FieldChange {
    /// A line; `before` and `after` as they are to be shown.
    pub fn new(field: &str, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { field: field.to_owned(), before: before.into(), after: after.into() }
    }
}

impl Change {
    /// The resource that is written to.
    pub fn target(&self) -> &ArmId {
        match self {
            Self::CreateRule { id, .. } => id,
            Self::EditRule { before, .. } => &before.id,
            Self::SetMode { before, .. } | Self::MoveToProfile { before, .. } => &before.id,
            Self::SetTags { before, .. } => &before.id,
            Self::Create(new) => new.id(),
            Self::Logging(change) => change.target(),
            Self::Delete { before, .. } => before.id(),
            Self::Register(it) => it.target(),
            Self::Resource(change) => change.target(),
            Self::Reconcile(it) => it.target(),
        }
    }

    /// What kind of thing it writes to.
    pub fn kind(&self) -> Kind {
        match self {
            Self::CreateRule { .. } | Self::EditRule { .. } => Kind::Rule,
            Self::SetMode { .. } | Self::MoveToProfile { .. } => Kind::Association,
            Self::SetTags { .. } => Kind::Perimeter,
            Self::Create(new) => new.kind(),
            Self::Logging(change) => change.kind(),
            Self::Delete { before, .. } => before.kind(),
            Self::Register(_) => Kind::Registration,
            Self::Resource(change) => change.kind(),
            Self::Reconcile(it) => it.kind(),
        }
    }

    /// It makes the perimeter's rules the only ones that count.
    pub fn enforces(&self) -> bool {
        matches!(self, Self::SetMode { mode: AccessMode::Enforced, .. })
    }

    /// What it is, in one line: "Set aoai-prod to Enforced".
    pub fn title(&self) -> String {
        match self {
            Self::CreateRule { id, .. } => format!("Create access rule {}", id.name()),
            Self::EditRule { before, .. } => format!("Change access rule {}", before.id.name()),
            Self::SetMode { before, mode } => format!("Set {} to {}", before.resource_name(), mode.label()),
            Self::MoveToProfile { before, profile } => {
                format!("Move {} to profile {}", before.resource_name(), profile.name())
            }
            Self::SetTags { before, .. } => format!("Change the tags of {}", before.id.name()),
            Self::Create(new) => new.title(),
            Self::Logging(change) => change.title(),
            Self::Register(it) => it.title(),
            Self::Delete { before, force } => match (before.as_ref(), force) {
                (Written::Association(association), _) => {
                    format!("Dissociate {}", association.resource_name())
                }
                (other, true) => format!("Delete {} {} with all in it", other.kind().noun(), other.name()),
                (other, false) => format!("Delete {} {}", other.kind().noun(), other.name()),
            },
            Self::Resource(change) => change.title(),
            Self::Reconcile(it) => it.title(),
        }
    }

    /// What is true once it was done and read back.
    pub fn done_words(&self) -> &'static str {
        if self.kind() == Kind::Registration {
            "taken by Azure (P shows how far it is)"
        } else {
            "done and read back, propagating"
        }
    }

    /// The target as the user saw it; `None` for something new.
    pub fn before(&self) -> Option<&RawBody> {
        match self {
            Self::CreateRule { .. } | Self::Create(_) | Self::Register(_) => None,
            Self::EditRule { before, .. } => Some(&before.raw),
            Self::SetMode { before, .. } | Self::MoveToProfile { before, .. } => Some(&before.raw),
            Self::SetTags { before, .. } => Some(&before.raw),
            Self::Logging(change) => change.before(),
            Self::Delete { before, .. } => Some(before.raw()),
            Self::Resource(change) => change.before(),
            Self::Reconcile(it) => Some(it.before()),
        }
    }

    /// How much care it asks for.
    pub fn danger(&self) -> Danger {
        match self {
            Self::CreateRule { .. } | Self::Create(_) | Self::SetTags { .. } | Self::Register(_) => {
                Danger::Low
            }
            // What the perimeter says may take effect only now.
            Self::EditRule { .. } | Self::MoveToProfile { .. } | Self::Reconcile(_) => Danger::Medium,
            Self::Delete { .. } => Danger::High,
            Self::Resource(change) => change.danger(),
            Self::Logging(change) => change.danger(),
            Self::SetMode { mode, .. } => match mode {
                AccessMode::Learning => Danger::Medium,
                AccessMode::Enforced | AccessMode::Audit | AccessMode::Unknown(_) => Danger::High,
            },
        }
    }

    /// The name that the user types to confirm a [`Danger::High`] change.
    pub fn confirm_name(&self) -> &str {
        match self {
            Self::CreateRule { id, .. } => id.name(),
            Self::EditRule { before, .. } => before.id.name(),
            Self::SetMode { before, .. } | Self::MoveToProfile { before, .. } => before.resource_name(),
            Self::SetTags { before, .. } => before.id.name(),
            Self::Create(new) => new.id().name(),
            Self::Logging(change) => change.confirm_name(),
            Self::Delete { before, .. } => before.name(),
            Self::Register(it) => it.target().name(),
            Self::Resource(change) => change.confirm_name(),
            Self::Reconcile(it) => it.target().name(),
        }
    }

    /// What is to be said of a success in which nothing was written; `after` is what was read back.
    pub fn already(&self, after: Option<&Written>) -> Option<&'static str> {
        match self {
            Self::Resource(change) => change.already(after),
            Self::Reconcile(it) => it.already(after),
            Self::CreateRule { .. }
            | Self::EditRule { .. }
            | Self::SetMode { .. }
            | Self::MoveToProfile { .. }
            | Self::SetTags { .. }
            | Self::Create(_)
            | Self::Register(_)
            | Self::Logging(_)
            | Self::Delete { .. } => None,
        }
    }

    /// Before and after, field by field; fields that stay are left out.
    pub fn fields(&self) -> Vec<FieldChange> {
        match self {
            Self::CreateRule { content, .. } => rule_fields(None, Some(content)),
            Self::EditRule { before, content } => rule_fields(Some(&before.content), Some(content)),
            Self::SetMode { before, mode } => {
                vec![FieldChange::new("access mode", before.mode.label(), mode.label())]
            }
            Self::MoveToProfile { before, profile } => {
                let was = before.profile.as_ref().map_or("", |p| p.name());
                vec![FieldChange::new("profile", was, profile.name())]
            }
            Self::SetTags { before, tags } => {
                vec![FieldChange::new("tags", tags_text(&before.tags), tags_text(tags))]
            }
            Self::Create(new) => new.fields(),
            Self::Logging(change) => change.fields(),
            Self::Register(it) => it.fields(),
            Self::Resource(change) => change.fields(),
            Self::Reconcile(it) => it.fields(),
            Self::Delete { before, .. } => match before.as_ref() {
                Written::Rule(rule) => rule_fields(Some(&rule.content), None),
                Written::Association(association) => {
                    let id = association.resource.as_ref().unwrap_or(&association.id);
                    vec![FieldChange::new("resource", id.as_str(), "")]
                }
                Written::Perimeter(_)
                | Written::Profile(_)
                | Written::Link(_)
                | Written::LinkReference(_)
                | Written::Resource(_)
                | Written::Role(_)
                | Written::Setting(_)
                | Written::Logging(_) => {
                    vec![FieldChange::new(before.kind().noun(), before.name(), "")]
                }
            },
        }
    }
}

/// The fields in which two rules differ.
pub fn rule_fields(before: Option<&RuleContent>, after: Option<&RuleContent>) -> Vec<FieldChange> {
    let direction = |c: Option<&RuleContent>| c.map_or(String::new(), |c| c.direction.wire().to_owned());
    let mut out = Vec::new();
    let (was, will) = (direction(before), direction(after));
    if was != will {
        out.push(FieldChange::new("direction", was, will));
    }
    for kind in super::SourceKind::ALL {
        let words = |c: Option<&RuleContent>| c.map_or(String::new(), |c| c.values(kind).join(", "));
        let (was, will) = (words(before), words(after));
        if was != will {
            out.push(FieldChange::new(kind.label(), was, will));
        }
    }
    out
}
