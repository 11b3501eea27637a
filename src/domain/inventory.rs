//! Which resources there are that a perimeter could protect, as lists of resources know them, and
//! which of them are in one. What a resource itself says in full is [`Resource`](super::Resource).

use std::sync::Arc;

use super::{ArmId, PublicAccess};

/// A question for resources: all of these types in these subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sought {
    /// Subscription guids.
    pub subscriptions: Vec<Arc<str>>,
    /// Full types, such as `Microsoft.KeyVault/vaults`.
    pub types: Vec<Arc<str>>,
}

impl Sought {
    /// Whether resources of this type are asked for; Azure compares types without case.
    pub fn takes(&self, resource_type: &str) -> bool {
        self.types.iter().any(|t| t.eq_ignore_ascii_case(resource_type))
    }
}

/// A resource of a type that can be associated, as a list of resources has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Associable {
    /// ARM id.
    pub id: ArmId,
    /// `kind`, such as `OpenAI`; empty when the type has none.
    pub kind: String,
    /// Region.
    pub location: String,
    /// Who of the public internet gets to its own firewall, and past it.
    pub exposure: Exposure,
    /// `identity.type`; `None` without a managed identity, or where the list does not say.
    pub identity: Option<String>,
}

/// How open a resource is without a perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// Public access, and nothing that narrows it: every network.
    Open,
    /// Public access, narrowed by the resource's own rules.
    Selected,
    /// Public access; the list does not tell whether the resource narrows it.
    Public,
    /// No public access.
    Disabled,
    /// `SecuredByPerimeter`: locked down until it is in a perimeter.
    Secured,
    /// The list says nothing about it.
    Untold,
    /// A word that no document has.
    Other(String),
}

impl Exposure {
    /// From `publicNetworkAccess` and the default action of the resource's own network rules;
    /// `None` is what was not said.
    pub fn of(access: Option<&PublicAccess>, default_action: Option<&str>) -> Self {
        let allows = default_action.map(|word| word.eq_ignore_ascii_case("Allow"));
        match (access, allows) {
            (Some(PublicAccess::Disabled), _) => Self::Disabled,
            (Some(PublicAccess::SecuredByPerimeter), _) => Self::Secured,
            (Some(PublicAccess::Unknown(word)), _) => Self::Other(word.clone()),
            // Where `publicNetworkAccess` was never set, the network rules alone decide.
            (Some(PublicAccess::Enabled) | None, Some(true)) => Self::Open,
            (Some(PublicAccess::Enabled) | None, Some(false)) => Self::Selected,
            (Some(PublicAccess::Enabled), None) => Self::Public,
            (None, None) => Self::Untold,
        }
    }

    /// In a word or two.
    pub fn label(&self) -> &str {
        match self {
            Self::Open => "all networks",
            Self::Selected => "selected",
            Self::Public => "public",
            Self::Disabled => "disabled",
            Self::Secured => "by perimeter",
            Self::Untold => "?",
            Self::Other(word) => word,
        }
    }
}

/// A resource is in a perimeter by this association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The PaaS resource.
    pub resource: ArmId,
    /// The association; its parent is the perimeter.
    pub association: ArmId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_is_only_what_says_so() {
        let of =
            |access: Option<&str>, action| Exposure::of(access.map(PublicAccess::from_wire).as_ref(), action);
        assert_eq!(of(Some("Enabled"), Some("allow")), Exposure::Open);
        assert_eq!(of(Some("enabled"), Some("Deny")), Exposure::Selected);
        assert_eq!(of(Some("Enabled"), None), Exposure::Public);
        assert_eq!(of(Some("Disabled"), Some("Allow")), Exposure::Disabled);
        assert_eq!(of(Some("SecuredByPerimeter"), None), Exposure::Secured);
        assert_eq!(of(None, Some("Deny")), Exposure::Selected);
        assert_eq!(of(None, None), Exposure::Untold);
        assert_eq!(of(Some("New"), None), Exposure::Other("New".to_owned()));
    }
}
