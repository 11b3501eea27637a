//! What kind of traffic a row reports, and what that means for the caller.

crate::domain::words! {
    /// `Category` of a row (API.md, section 9.2).
    Category {
        /// Inbound, allowed by perimeter rules; in Learning and Enforced.
        PublicInboundPerimeterRulesAllowed = "NspPublicInboundPerimeterRulesAllowed",
        /// Inbound, denied by the perimeter; only in Enforced.
        PublicInboundPerimeterRulesDenied = "NspPublicInboundPerimeterRulesDenied",
        /// Outbound, allowed by perimeter rules; in Learning and Enforced.
        PublicOutboundPerimeterRulesAllowed = "NspPublicOutboundPerimeterRulesAllowed",
        /// Outbound, denied by the perimeter; only in Enforced.
        PublicOutboundPerimeterRulesDenied = "NspPublicOutboundPerimeterRulesDenied",
        /// Outbound within the perimeter or to a linked one.
        OutboundAttempt = "NspOutboundAttempt",
        /// Inbound from within the perimeter.
        IntraPerimeterInboundAllowed = "NspIntraPerimeterInboundAllowed",
        /// No perimeter rule matched, the resource's own rules let it in; only in Learning.
        PublicInboundResourceRulesAllowed = "NspPublicInboundResourceRulesAllowed",
        /// No perimeter rule matched, the resource's own rules refused it; only in Learning.
        PublicInboundResourceRulesDenied = "NspPublicInboundResourceRulesDenied",
        /// No perimeter rule matched, the resource's own rules let it out; only in Learning.
        PublicOutboundResourceRulesAllowed = "NspPublicOutboundResourceRulesAllowed",
        /// No perimeter rule matched, the resource's own rules refused it; only in Learning.
        PublicOutboundResourceRulesDenied = "NspPublicOutboundResourceRulesDenied",
        /// Through a private endpoint, which no perimeter governs.
        PrivateInboundAllowed = "NspPrivateInboundAllowed",
        /// Inbound, allowed by a link between perimeters.
        CrossPerimeterInboundAllowed = "NspCrossPerimeterInboundAllowed",
        /// Outbound, allowed by a link between perimeters.
        CrossPerimeterOutboundAllowed = "NspCrossPerimeterOutboundAllowed",
    }
}

impl Category {
    /// What happened to the traffic and what enforcing would change.
    ///
    /// `result_action` is the row's `ResultAction`. It decides only for categories that this
    /// version does not know, and there it can show a denial but never prove that enforcing
    /// would keep the traffic.
    pub fn verdict(&self, result_action: &str) -> Verdict {
        match self {
            Self::PublicInboundPerimeterRulesAllowed
            | Self::PublicOutboundPerimeterRulesAllowed
            | Self::OutboundAttempt
            | Self::IntraPerimeterInboundAllowed
            | Self::CrossPerimeterInboundAllowed
            | Self::CrossPerimeterOutboundAllowed => Verdict::Allowed,
            Self::PublicInboundResourceRulesAllowed | Self::PublicOutboundResourceRulesAllowed => {
                Verdict::WouldDeny
            }
            Self::PublicInboundPerimeterRulesDenied
            | Self::PublicOutboundPerimeterRulesDenied
            | Self::PublicInboundResourceRulesDenied
            | Self::PublicOutboundResourceRulesDenied => Verdict::Denied,
            Self::PrivateInboundAllowed => Verdict::Private,
            Self::Unknown(_) if result_action.eq_ignore_ascii_case("Denied") => Verdict::Denied,
            Self::Unknown(_) => Verdict::Unknown,
        }
    }
}

/// What a row means to the one who asks "does this traffic get through, and will it?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Allowed by the perimeter; enforcing changes nothing.
    Allowed,
    /// Let through by the resource's own rules in Learning; denied once enforced.
    WouldDeny,
    /// Denied now, by the perimeter or by the resource itself.
    Denied,
    /// Private endpoint traffic: allowed, and never governed by a perimeter.
    Private,
    /// A category that this version does not know.
    Unknown,
}

impl Verdict {
    /// Every verdict, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Allowed, Self::WouldDeny, Self::Denied, Self::Private, Self::Unknown];

    /// The word on the screen and in filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::WouldDeny => "would deny",
            Self::Denied => "denied",
            Self::Private => "private",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learning_hides_denials_in_allowed_rows() {
        let verdict = |category: &str, action: &str| Category::from_wire(category).verdict(action);
        assert_eq!(verdict("nsppublicinboundresourcerulesallowed", "Approved"), Verdict::WouldDeny);
        assert_eq!(verdict("NspPublicOutboundResourceRulesDenied", "Denied"), Verdict::Denied);
        assert_eq!(verdict("NspPublicInboundPerimeterRulesAllowed", "Approved"), Verdict::Allowed);
        assert_eq!(verdict("NspPrivateInboundAllowed", "Approved"), Verdict::Private);
    }

    #[test]
    fn an_unknown_category_is_never_called_allowed() {
        let category = Category::from_wire("NspSomethingNew\u{1b}");
        assert_eq!(category.wire(), "NspSomethingNew␛");
        assert_eq!(category.verdict("Approved"), Verdict::Unknown);
        assert_eq!(category.verdict("denied"), Verdict::Denied);
    }
}
