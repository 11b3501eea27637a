//! Access rules: allow-only, inbound or outbound, one or more kinds of source or destination.

use super::{ArmId, Modified, ProvisioningState, RawBody};

/// Hard limit of rule elements in one profile, per direction (API.md, section 11; DOMAIN.md, section 1.1).
pub const RULE_ELEMENTS_PER_PROFILE: usize = 200;

super::words! {
    /// `direction` of an access rule.
    Direction {
        /// From outside to the resource. The service assumes it when none is sent.
        Inbound = "Inbound",
        /// From the resource to outside.
        Outbound = "Outbound",
    }
}

/// What a rule names: one kind per rule is the documented use (API.md, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// `addressPrefixes`, inbound.
    AddressPrefix,
    /// `subscriptions`, inbound.
    Subscription,
    /// `serviceTags`, inbound.
    ServiceTag,
    /// `fullyQualifiedDomainNames`, outbound.
    Fqdn,
    /// `networkSecurityPerimeters`, read-only: comes from a link.
    Perimeter,
    /// `emailAddresses`, outbound, not available for use.
    Email,
    /// `phoneNumbers`, outbound, not available for use.
    Phone,
}

impl SourceKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::AddressPrefix,
        Self::Subscription,
        Self::ServiceTag,
        Self::Fqdn,
        Self::Perimeter,
        Self::Email,
        Self::Phone,
    ];

    /// The kind in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::AddressPrefix => "IP addresses",
            Self::Subscription => "Subscriptions",
            Self::ServiceTag => "Service tags",
            Self::Fqdn => "FQDNs",
            Self::Perimeter => "Perimeters (link)",
            Self::Email => "E-mail addresses",
            Self::Phone => "Phone numbers",
        }
    }

    /// The direction in which this kind is used.
    pub fn direction(self) -> Direction {
        match self {
            Self::AddressPrefix | Self::Subscription | Self::ServiceTag | Self::Perimeter => {
                Direction::Inbound
            }
            Self::Fqdn | Self::Email | Self::Phone => Direction::Outbound,
        }
    }

    /// Kinds that a user may write today.
    pub fn is_writable(self) -> bool {
        match self {
            Self::AddressPrefix | Self::Subscription | Self::ServiceTag | Self::Fqdn => true,
            Self::Perimeter | Self::Email | Self::Phone => false,
        }
    }
}

/// What a rule says: direction and everything it names.
///
/// Subscriptions are bare guids here and ARM ids on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleContent {
    /// Direction.
    pub direction: Direction,
    /// What it names, by kind; a kind that names nothing is absent.
    pub sources: Vec<(SourceKind, Vec<String>)>,
}

impl RuleContent {
    /// A rule of one kind.
    pub fn of(kind: SourceKind, values: Vec<String>) -> Self {
        Self { direction: kind.direction(), sources: vec![(kind, values)] }
    }

    /// What it names of this kind.
    pub fn values(&self, kind: SourceKind) -> &[String] {
        self.sources.iter().find(|(k, _)| *k == kind).map_or(&[], |(_, values)| values)
    }

    /// The only kind it has; `None` for an empty or a mixed rule.
    pub fn kind(&self) -> Option<SourceKind> {
        match self.sources.as_slice() {
            [(kind, _)] => Some(*kind),
            _ => None,
        }
    }

    /// Number of rule elements, as counted against [`RULE_ELEMENTS_PER_PROFILE`].
    pub fn elements(&self) -> usize {
        self.sources.iter().map(|(_, values)| values.len()).sum()
    }

    /// Everything it names, comma-separated.
    pub fn summary(&self) -> String {
        let all: Vec<&str> = self.sources.iter().flat_map(|(_, v)| v.iter().map(String::as_str)).collect();
        all.join(", ")
    }
}

/// An access rule of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRule {
    /// ARM id.
    pub id: ArmId,
    /// What it says.
    pub content: RuleContent,
    /// Provisioning state; `None` when not sent.
    pub state: Option<ProvisioningState>,
    /// Last change.
    pub modified: Option<Modified>,
    /// As last read.
    pub raw: RawBody,
}

impl AccessRule {
    /// Why the rule cannot be edited here; `None` when it can.
    pub fn read_only_reason(&self) -> Option<&'static str> {
        if self.content.sources.iter().any(|(kind, _)| *kind == SourceKind::Perimeter) {
            return Some("this rule comes from a link");
        }
        match self.content.kind() {
            Some(SourceKind::Email | SourceKind::Phone) => {
                Some("Azure has no use for e-mail and phone rules yet")
            }
            _ => None,
        }
    }
}
