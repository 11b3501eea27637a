//! What an access mode means for a resource: access mode x `publicNetworkAccess`.
//!
//! Source: API.md, section 8.3, from "Transition to a network security perimeter in Azure".
//! Private endpoint traffic is never governed by a perimeter.

use super::{AccessMode, PublicAccess};

/// Who decides about traffic in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// Everything passes.
    Open,
    /// The resource's own firewall.
    Firewall,
    /// The perimeter's rules, and where none matches the resource's own firewall.
    RulesThenFirewall,
    /// The perimeter's rules, and where none matches it passes all the same.
    RulesThenOpen,
    /// The perimeter's rules only.
    Rules,
    /// Nothing passes.
    Closed,
    /// Not known: a mode or a value that no document explains.
    Unknown,
}

impl Decider {
    /// In words, short enough for a column.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Firewall => "firewall",
            Self::RulesThenFirewall => "rules, firewall",
            Self::RulesThenOpen => "rules, open",
            Self::Rules => "rules only",
            Self::Closed => "closed",
            Self::Unknown => "unknown",
        }
    }
}

/// The effect in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// Public inbound traffic.
    pub inbound: Decider,
    /// Outbound traffic.
    pub outbound: Decider,
}

/// The cell of the matrix; `mode` is `None` for a resource in no perimeter.
pub fn effect(mode: Option<&AccessMode>, access: &PublicAccess) -> Effect {
    use Decider as D;
    let cell = |inbound, outbound| Effect { inbound, outbound };
    match (mode, access) {
        (Some(AccessMode::Enforced), _) => cell(D::Rules, D::Rules),
        (Some(AccessMode::Audit | AccessMode::Unknown(_)), _) | (_, PublicAccess::Unknown(_)) => {
            cell(D::Unknown, D::Unknown)
        }
        (None, PublicAccess::Enabled) => cell(D::Firewall, D::Open),
        (None, PublicAccess::Disabled) => cell(D::Closed, D::Open),
        (None, PublicAccess::SecuredByPerimeter) => cell(D::Closed, D::Closed),
        (Some(AccessMode::Learning), PublicAccess::Enabled) => cell(D::RulesThenFirewall, D::RulesThenOpen),
        (Some(AccessMode::Learning), PublicAccess::Disabled) => cell(D::Rules, D::RulesThenOpen),
        (Some(AccessMode::Learning), PublicAccess::SecuredByPerimeter) => cell(D::Rules, D::Rules),
    }
}

/// What putting the old mode back gives, for a resource with this `publicNetworkAccess`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// Both directions come back.
    Full,
    /// Only outbound traffic comes back.
    OutboundOnly,
    /// Nothing comes back: the mode makes no difference.
    None,
    /// Not known.
    Unknown,
}

/// Whether going back from Enforced to Learning restores what enforcing took (DOMAIN.md, section 1.2).
pub fn way_back(access: &PublicAccess) -> WayBack {
    match access {
        PublicAccess::Enabled => WayBack::Full,
        PublicAccess::Disabled => WayBack::OutboundOnly,
        PublicAccess::SecuredByPerimeter => WayBack::None,
        PublicAccess::Unknown(_) => WayBack::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_as_documented() {
        let (learning, enforced) = (AccessMode::Learning, AccessMode::Enforced);
        let cells = [
            (None, PublicAccess::Enabled, Decider::Firewall, Decider::Open),
            (None, PublicAccess::Disabled, Decider::Closed, Decider::Open),
            (None, PublicAccess::SecuredByPerimeter, Decider::Closed, Decider::Closed),
            (Some(&learning), PublicAccess::Enabled, Decider::RulesThenFirewall, Decider::RulesThenOpen),
            (Some(&learning), PublicAccess::Disabled, Decider::Rules, Decider::RulesThenOpen),
            (Some(&learning), PublicAccess::SecuredByPerimeter, Decider::Rules, Decider::Rules),
            (Some(&enforced), PublicAccess::Enabled, Decider::Rules, Decider::Rules),
            (Some(&enforced), PublicAccess::Disabled, Decider::Rules, Decider::Rules),
            (Some(&enforced), PublicAccess::SecuredByPerimeter, Decider::Rules, Decider::Rules),
        ];
        for (mode, access, inbound, outbound) in cells {
            assert_eq!(effect(mode, &access), Effect { inbound, outbound }, "{mode:?} {access:?}");
        }
    }
}
