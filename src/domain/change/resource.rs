//! Changes of a PaaS resource itself and of what its identity may do: `publicNetworkAccess`, the
//! system-assigned identity, a role assignment. Says what they are; sends nothing.

use crate::domain::matrix::effect;
use crate::domain::provider::access_words;
use crate::domain::role::{Role, RoleAssignment, scope_words};
use crate::domain::{AccessMode, ArmId, Danger, FieldChange, Kind, PublicAccess, RawBody, Resource, Written};

/// A change of a PaaS resource, with what the user saw when deciding on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceChange {
    /// Set `publicNetworkAccess`.
    SetAccess {
        /// The resource as the user saw it.
        before: Resource,
        /// The new value.
        access: PublicAccess,
        /// Access mode of its association; `None` when it is in no perimeter.
        mode: Option<AccessMode>,
    },
    /// Switch the system-assigned identity on; other identities stay.
    EnableIdentity {
        /// The resource as the user saw it.
        before: Resource,
        /// What `identity.type` becomes, in the provider's spelling.
        kinds: String,
    },
    /// Give an identity a role.
    Grant(Grant),
    /// Take a role away again.
    Revoke(Grant),
}

/// A role of an identity on a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Id of the role assignment.
    pub id: ArmId,
    /// Where the role holds.
    pub scope: ArmId,
    /// Object id of the identity.
    pub principal: String,
    /// The resource whose identity it is.
    pub of: ArmId,
    /// The role.
    pub role: Role,
}

impl Grant {
    /// A role assignment with the name that is derived from what it says.
    pub fn new(role: Role, of: &ArmId, principal: &str, scope: &ArmId) -> Option<Self> {
        let name = crate::domain::role::assignment_name(scope, principal, role);
        let id = scope.child("providers/Microsoft.Authorization/roleAssignments", &name).ok()?;
        let (scope, principal, of) = (scope.clone(), principal.to_owned(), of.clone());
        Some(Self { id, scope, principal, of, role })
    }

    /// Whether an assignment says just this, whatever its name is.
    pub fn is_made_by(&self, one: &RoleAssignment) -> bool {
        one.role.eq_ignore_ascii_case(self.role.guid)
            && one.principal.eq_ignore_ascii_case(&self.principal)
            && ArmId::parse(&one.scope).is_ok_and(|scope| scope == self.scope)
            && !one.conditional
    }

    fn words(&self) -> String {
        format!("{} for {} on {}", self.role.name, self.of.name(), scope_words(self.scope.as_str()))
    }
}

/// The service had it before this program came.
const ALREADY: &str = "it was there already";

/// A value in words; nothing was sent where there is none.
fn access_word(access: Option<&PublicAccess>) -> &str {
    access.map_or("not sent", PublicAccess::wire)
}

impl ResourceChange {
    /// The resource that is written to.
    pub fn target(&self) -> &ArmId {
        match self {
            Self::SetAccess { before, .. } | Self::EnableIdentity { before, .. } => &before.id,
            Self::Grant(grant) | Self::Revoke(grant) => &grant.id,
        }
    }

    /// The role that it is about.
    pub fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Grant(grant) | Self::Revoke(grant) => Some(grant),
            Self::SetAccess { .. } | Self::EnableIdentity { .. } => None,
        }
    }

    /// What kind of thing it writes to.
    pub fn kind(&self) -> Kind {
        match self {
            Self::SetAccess { .. } | Self::EnableIdentity { .. } => Kind::Resource,
            Self::Grant(_) | Self::Revoke(_) => Kind::RoleAssignment,
        }
    }

    /// What it is, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::SetAccess { before, access, .. } => {
                format!("Set public access of {} to {}", before.id.name(), access.wire())
            }
            Self::EnableIdentity { before, .. } => {
                format!("Switch on the system-assigned identity of {}", before.id.name())
            }
            Self::Grant(grant) => format!("Assign {}", grant.words()),
            Self::Revoke(grant) => format!("Remove {}", grant.words()),
        }
    }

    /// The target as the user saw it; `None` for something new.
    pub fn before(&self) -> Option<&RawBody> {
        match self {
            Self::SetAccess { before, .. } | Self::EnableIdentity { before, .. } => Some(&before.raw),
            Self::Grant(_) | Self::Revoke(_) => None,
        }
    }

    /// How much care it asks for: a value that takes traffic away can stop production.
    pub fn danger(&self) -> Danger {
        match self {
            Self::SetAccess { before, access, mode } => {
                let now = before.public_access.as_ref();
                let same = now.is_some_and(|now| effect(mode.as_ref(), now) == effect(mode.as_ref(), access));
                match access {
                    // In no perimeter it is locked out, whatever it was.
                    PublicAccess::SecuredByPerimeter if mode.is_none() => Danger::High,
                    PublicAccess::Enabled => Danger::Medium,
                    PublicAccess::Disabled | PublicAccess::SecuredByPerimeter if same => Danger::Medium,
                    PublicAccess::Disabled | PublicAccess::SecuredByPerimeter | PublicAccess::Unknown(_) => {
                        Danger::High
                    }
                }
            }
            Self::EnableIdentity { .. } | Self::Grant(_) => Danger::Low,
            Self::Revoke(_) => Danger::Medium,
        }
    }

    /// The name that the user types to confirm a [`Danger::High`] change.
    pub fn confirm_name(&self) -> &str {
        match self {
            Self::SetAccess { before, .. } | Self::EnableIdentity { before, .. } => before.id.name(),
            Self::Grant(grant) | Self::Revoke(grant) => grant.scope.name(),
        }
    }

    /// Before and after, field by field.
    pub fn fields(&self) -> Vec<FieldChange> {
        match self {
            Self::SetAccess { before, access, .. } => {
                vec![access_field(before.public_access.as_ref(), Some(access))]
            }
            Self::EnableIdentity { before, kinds } => {
                let now = before.identity.as_deref().unwrap_or("none");
                vec![FieldChange::new("managed identity", now, kinds.as_str())]
            }
            Self::Grant(grant) => {
                let new = |field: &str, value: &str| FieldChange::new(field, "", value);
                vec![
                    new("role", grant.role.name),
                    new("identity of", grant.of.name()),
                    new("principal", &grant.principal),
                    new("scope", grant.scope.as_str()),
                ]
            }
            Self::Revoke(grant) => vec![
                FieldChange::new("role", grant.role.name, ""),
                FieldChange::new("identity of", grant.of.name(), ""),
                FieldChange::new("scope", grant.scope.as_str(), ""),
            ],
        }
    }

    /// The change that takes it back, `after` being what was read back.
    ///
    /// # Errors
    /// Why there is none. A system-assigned identity is not switched off again: its principal would be
    /// lost with every role that it was given meanwhile.
    pub fn inverse(&self, after: Option<&Written>) -> Result<Self, String> {
        match (self, after) {
            (Self::SetAccess { before, mode, .. }, Some(Written::Resource(now))) => {
                let was = before.public_access.as_ref();
                let known = access_words(&before.kind_of_id());
                match was.filter(|was| known.contains(was)) {
                    Some(was) => {
                        Ok(Self::SetAccess { before: now.clone(), access: was.clone(), mode: mode.clone() })
                    }
                    None => Err(format!("the value before was {}, which cannot be set", access_word(was))),
                }
            }
            (Self::EnableIdentity { .. }, _) => {
                Err("its principal and the roles given to it would be lost".to_owned())
            }
            (Self::Grant(grant), Some(Written::Role(made))) => {
                Ok(Self::Revoke(Grant { id: made.id.clone(), ..grant.clone() }))
            }
            (Self::Grant(_), _) => Err(format!("{ALREADY}, so there is nothing to take back")),
            (Self::Revoke(grant), None) => Ok(Self::Grant(grant.clone())),
            (Self::SetAccess { .. } | Self::Revoke(_), _) => Err("what was written is not known".to_owned()),
        }
    }

    /// What is to be said of a success in which nothing was written.
    pub fn already(&self, after: Option<&Written>) -> Option<&'static str> {
        match (self, after) {
            (Self::Grant(_), None) => Some(ALREADY),
            (
                Self::Grant(_) | Self::SetAccess { .. } | Self::EnableIdentity { .. } | Self::Revoke(_),
                Some(_) | None,
            ) => None,
        }
    }

    /// The same intention on the service's copy, after the user has seen it.
    #[must_use]
    pub fn rebased(&self, now: Option<&Written>) -> Option<Self> {
        match (self, now) {
            (Self::SetAccess { access, mode, .. }, Some(Written::Resource(now)))
                if now.public_access.as_ref() != Some(access) =>
            {
                Some(Self::SetAccess { before: now.clone(), access: access.clone(), mode: mode.clone() })
            }
            (Self::EnableIdentity { .. }, Some(Written::Resource(now))) if !now.has_system_identity() => {
                let kind = now.kind_of_id();
                let kinds =
                    crate::domain::provider::with_system_identity(&kind, now.identity.as_deref()).ok()?;
                Some(Self::EnableIdentity { before: now.clone(), kinds: kinds.to_owned() })
            }
            (
                Self::SetAccess { .. } | Self::EnableIdentity { .. } | Self::Grant(_) | Self::Revoke(_),
                Some(_) | None,
            ) => None,
        }
    }
}

/// `publicNetworkAccess` before and after.
pub fn access_field(before: Option<&PublicAccess>, after: Option<&PublicAccess>) -> FieldChange {
    FieldChange::new("publicNetworkAccess", access_word(before), access_word(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::BLOB_CONTRIBUTOR;

    fn resource(kind: &str, access: PublicAccess) -> Resource {
        let id = ArmId::parse(&format!("/subscriptions/s/resourceGroups/g/providers/{kind}/r")).unwrap();
        Resource {
            id,
            kind: String::new(),
            location: String::new(),
            public_access: Some(access),
            identity: None,
            settings: crate::domain::Settings::default(),
            principal: None,
            raw: RawBody::new("{}"),
        }
    }

    fn set(from: PublicAccess, to: PublicAccess, mode: Option<AccessMode>) -> ResourceChange {
        let before = resource("Microsoft.Storage/storageAccounts", from);
        ResourceChange::SetAccess { before, access: to, mode }
    }

    #[test]
    fn taking_traffic_away_asks_for_the_name() {
        use PublicAccess::{Disabled, Enabled, SecuredByPerimeter};
        let (learning, enforced) = (Some(AccessMode::Learning), Some(AccessMode::Enforced));
        for (from, to, mode, danger) in [
            (Enabled, Disabled, learning.clone(), Danger::High),
            (Enabled, SecuredByPerimeter, learning.clone(), Danger::High),
            (Disabled, SecuredByPerimeter, learning, Danger::High),
            (Enabled, Disabled, enforced.clone(), Danger::Medium),
            (Disabled, SecuredByPerimeter, None, Danger::High),
            (SecuredByPerimeter, Enabled, enforced, Danger::Medium),
        ] {
            assert_eq!(set(from.clone(), to.clone(), mode).danger(), danger, "{from:?} {to:?}");
        }
    }

    #[test]
    fn what_can_be_taken_back_is_taken_back_to_what_was() {
        let change = set(PublicAccess::Enabled, PublicAccess::Disabled, None);
        let now = resource("Microsoft.Storage/storageAccounts", PublicAccess::Disabled);
        let account = now.id.clone();
        let back = change.inverse(Some(&Written::Resource(now.clone()))).unwrap();
        assert_eq!(back.fields(), [FieldChange::new("publicNetworkAccess", "Disabled", "Enabled")]);
        let strange = set(PublicAccess::Unknown("x".into()), PublicAccess::Disabled, None);
        assert!(strange.inverse(Some(&Written::Resource(now))).is_err());

        let grant = Grant::new(BLOB_CONTRIBUTOR, &account, "p", &account).unwrap();
        let given = ResourceChange::Grant(grant.clone());
        let made = RoleAssignment {
            id: grant.id.clone(),
            scope: account.to_string(),
            role: BLOB_CONTRIBUTOR.guid.to_owned(),
            principal: "p".to_owned(),
            conditional: false,
            raw: RawBody::new("{}"),
        };
        let taken = given.inverse(Some(&Written::Role(made))).unwrap();
        assert_eq!(taken, ResourceChange::Revoke(grant));
        assert_eq!(taken.inverse(None), Ok(given.clone()));
        // What was there before must not be taken away.
        assert!(given.inverse(None).is_err() && given.already(None).is_some());
    }
}
