//! Which resources there are that a perimeter could protect, as lists of resources know them, and
//! which of them are in one. What a resource itself says in full is [`Resource`](super::Resource).

use std::collections::HashSet;
use std::sync::Arc;

use super::check::NAME_MAX;
use super::{ArmId, Failure, PublicAccess};

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

/// What a perimeter told of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    /// The perimeter.
    pub perimeter: ArmId,
    /// All of its members, or why they are not known.
    pub members: Result<Vec<Membership>, Failure>,
}

/// Names for new associations of a perimeter with these resources, in their order.
///
/// The portal's form `{resource}-{perimeter guid}`, cut so that it keeps the limit of 80 characters
/// (API.md, section 2.1), and free of what cannot stand in a name. Resources of one name in different
/// groups get names of their own, and so does one whose name is taken.
pub fn association_names<'a, 't>(
    resources: impl IntoIterator<Item = &'a ArmId>,
    guid: &str,
    taken: impl IntoIterator<Item = &'t str>,
) -> Vec<String> {
    // Azure compares names without case.
    let mut taken: HashSet<String> = taken.into_iter().map(str::to_ascii_lowercase).collect();
    let mut name_of = |resource: &ArmId| {
        let plain = association_name(resource.name(), "", guid);
        if taken.insert(plain.to_ascii_lowercase()) {
            return plain;
        }
        // Told apart by where the resource is, so that the name is the same every time.
        let place = fnv(&resource.as_str().to_ascii_lowercase());
        let mut names =
            (0_u32..).map(|n| association_name(resource.name(), &format!("-{:08x}", place ^ n), guid));
        names.find(|name| taken.insert(name.to_ascii_lowercase())).unwrap_or(plain)
    };
    resources.into_iter().map(&mut name_of).collect()
}

fn association_name(resource: &str, mark: &str, guid: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') { c } else { '-' };
    let tail = if guid.is_empty() { mark.to_owned() } else { format!("{mark}-{guid}") };
    let room = NAME_MAX.saturating_sub(tail.len());
    let head: String = resource.chars().map(plain).take(room).collect();
    format!("{}{tail}", head.trim_start_matches(['-', '.', '_']))
}

/// FNV-1a, 32 bits: short, and the same in every build.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(group: &str, name: &str) -> ArmId {
        let place =
            format!("/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts");
        ArmId::parse(&format!("{place}/{name}")).unwrap()
    }

    #[test]
    fn association_names_keep_the_limit_and_differ() {
        let guid = "9c965184-cda3-4d09-a09b-23a30da67132";
        let (a, b, long) = (storage("a", "st1"), storage("b", "ST1"), storage("a", &"x".repeat(60)));
        let names = association_names([&a, &b, &long], guid, []);
        assert_eq!(names[0], format!("st1-{guid}"));
        assert!(names[1].starts_with("ST1-") && names[1].ends_with(guid) && names[1].len() == 4 + 9 + 36);
        assert_eq!(names[2].len(), NAME_MAX);
        assert!(names.iter().all(|name| super::super::check::name(name).is_none()));
        let again = association_names([&b], guid, [names[0].as_str()]);
        assert_eq!(again[0], names[1], "the same place, the same name");
        let third = association_names([&b], guid, [names[0].as_str(), names[1].as_str()]);
        assert!(!names.contains(&third[0]));
        let longs = [storage("a", &"x".repeat(60)), storage("b", &"x".repeat(60))];
        let names = association_names(&longs, guid, []);
        assert!(names[0] != names[1] && names[1].len() == NAME_MAX);
    }

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
