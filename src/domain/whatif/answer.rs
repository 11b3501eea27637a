//! What an answer says. Plain data; its sentences are in `words`.

use ipnet::IpNet;

use super::{Authentication, Condition};
use crate::domain::matrix::Decider;
use crate::domain::{AccessMode, ArmId, Direction, PublicAccess};

/// Something that admits traffic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ground {
    /// An access rule.
    Rule(ArmId),
    /// Both ends are members of this perimeter.
    SamePerimeter(ArmId),
    /// A link between the perimeters of both ends, or its reference.
    Link(ArmId),
}

/// Whether traffic passes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The perimeter lets it pass.
    Allowed(Ground),
    /// Private endpoint traffic is never governed by a perimeter.
    PrivateEndpoint,
    /// Not by the perimeter: the resource's own settings decide.
    ResourceDecides,
    /// Nothing lets it pass.
    Denied,
    /// Something that would make the difference is not known.
    CannotTell,
}

/// By what a ground admits traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A block that holds the address.
    Block(IpNet),
    /// The subscription of the caller's identity.
    Subscription(String),
    /// A service tag whose blocks hold the address, or that was named in the question.
    ServiceTag(String),
    /// A host name.
    Fqdn(String),
    /// The perimeter of the other end.
    Membership,
    /// The access log shows that it admitted this very traffic.
    Logged,
}

/// Why a ground does not admit traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The rule is for the other direction.
    OtherDirection,
    /// The rule names nothing.
    Empty,
    /// Nothing that the rule names fits.
    NotNamed,
    /// The rule names addresses, and no address was given.
    NoAddress,
    /// The rule names subscriptions, and no identity was given.
    NoSubscription,
    /// It takes a managed identity, and the caller authenticates otherwise.
    Authentication(Authentication),
    /// It takes a managed identity, and the calling resource has none.
    NoIdentity,
    /// No profile of this side admits the other perimeter over the link.
    OtherProfile,
    /// The access log shows that it did not admit this very traffic.
    LoggedOtherwise,
}

/// What would have to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// The blocks of this service tag.
    ServiceTag(String),
    /// Whether a wildcard in a FQDN rule counts, which no document says.
    Wildcard(String),
    /// The subscription of the calling application's identity.
    HomeOfApplication,
    /// Whether the calling resource has a managed identity.
    Identity,
    /// Whether the calling resource uses its managed identity: the log shows a call that was not taken for one.
    Authentication,
    /// Whether an association that it takes is in force: it is not provisioned.
    Provisioning,
    /// The host name of the destination.
    Host,
    /// The members of the perimeter at the other end of a link.
    LinkedMembers,
    /// The rules of the profile.
    Rules,
    /// What the mode or `publicNetworkAccess` means.
    Matrix,
}

/// What was found about one ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It admits the traffic.
    Admits(By),
    /// It does not.
    Not(Why),
    /// It cannot be told.
    Unclear(Unclear),
}

/// A ground that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// The ground.
    pub ground: Ground,
    /// What was found.
    pub outcome: Outcome,
}

/// An answer and all that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The value.
    pub verdict: Verdict,
    /// Direction as the resource sees it.
    pub direction: Direction,
    /// The profile that counts; `None` for a resource in no perimeter.
    pub profile: Option<ArmId>,
    /// The mode that counts; `None` for a resource in no perimeter.
    pub mode: Option<AccessMode>,
    /// `publicNetworkAccess`, when known.
    pub access: Option<PublicAccess>,
    /// Who decides where no ground admits the traffic.
    pub decider: Decider,
    /// What the value depends on.
    pub conditions: Vec<Condition>,
    /// What would have to be known, each once.
    pub unclear: Vec<Unclear>,
    /// Every ground that was looked at: membership, links, then the rules in their order.
    pub considered: Vec<Considered>,
}
