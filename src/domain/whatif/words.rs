//! Answers in sentences. It decides nothing.

use std::fmt;

use super::answer::{Answer, By, Considered, Ground, Outcome, Unclear, Verdict, Why};
use super::question::{Caller, Peer, Question};
use crate::domain::matrix::Decider;
use crate::domain::{AccessMode, ArmId, Direction};

/// What an answer depends on, and what it does not speak about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Condition {
    /// The ground takes a token of a managed identity.
    ManagedIdentityOnly,
    /// A subscription rule admits every managed identity of the subscription, and no user.
    WholeSubscription,
    /// The ground takes no SAS token.
    NotSas,
    /// The ground takes no key.
    NotKey,
    /// Traffic over a service endpoint may be denied all the same.
    ServiceEndpoint,
    /// Whether IPv6 counts is up to the service.
    Ipv6,
    /// The other end has to admit it, too.
    OtherEnd,
    /// Links work for some services only.
    LinkServices,
    /// The firewall lets trusted Azure services pass when it is told to.
    TrustedBypassWorks,
    /// Trusted Azure services are denied like others.
    TrustedBypassEnds,
    /// Outbound traffic passes unless the resource restricts it itself.
    OwnOutbound,
    /// A private endpoint would pass.
    PrivateEndpointPasses,
    /// An address rule may still admit a caller whose address was not given.
    AddressNotGiven,
    /// Roles and keys are checked after the network.
    NetworkOnly,
}

impl Condition {
    /// In one sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::ManagedIdentityOnly => "Only for calls with a token of a managed identity.",
            Self::WholeSubscription => {
                "The rule admits every managed identity of that subscription, and no user."
            }
            Self::NotSas => "Not for calls with a SAS token.",
            Self::NotKey => "Not for calls with a key.",
            Self::ServiceEndpoint => "Traffic over a service endpoint may be denied all the same.",
            Self::Ipv6 => "Whether IPv6 rules count is up to the service.",
            Self::OtherEnd => "The other end must let it pass as well: ask about it, too.",
            Self::LinkServices => {
                "Links work for SQL, Storage, Cosmos DB, Key Vault, Azure Monitor and Service Bus only."
            }
            Self::TrustedBypassWorks => {
                "Trusted Azure services pass if the firewall's bypass names AzureServices."
            }
            Self::TrustedBypassEnds => "Trusted Azure services are denied, too: their bypass ends here.",
            Self::OwnOutbound => "It passes unless the resource restricts its outbound traffic itself.",
            Self::PrivateEndpointPasses => "Through a private endpoint it would pass.",
            Self::AddressNotGiven => "No address was given: a rule that names its address would admit it.",
            Self::NetworkOnly => "This is about the network: roles and keys are checked after it.",
        }
    }
}

/// Collects what an answer depends on.
pub(super) fn conditions(answer: &Answer, question: &Question) -> Vec<Condition> {
    let mut out = Vec::new();
    let inbound = match &question.peer {
        Peer::Caller(caller) => Some(caller),
        Peer::Destination(_) => None,
    };
    match &answer.verdict {
        Verdict::Allowed(ground) => allowed(&mut out, answer, ground, inbound),
        Verdict::ResourceDecides if inbound.is_some() => out.push(Condition::TrustedBypassWorks),
        Verdict::ResourceDecides => out.push(Condition::OwnOutbound),
        Verdict::Denied | Verdict::CannotTell => {
            if let Some(caller) = inbound {
                denied(&mut out, answer, caller);
            }
        }
        Verdict::PrivateEndpoint => {}
    }
    out.push(Condition::NetworkOnly);
    out
}

fn allowed(out: &mut Vec<Condition>, answer: &Answer, ground: &Ground, inbound: Option<&Caller>) {
    let by = answer.considered.iter().find(|c| c.ground == *ground).map(|c| &c.outcome);
    match by {
        Some(Outcome::Admits(By::Block(block))) => {
            out.push(Condition::ServiceEndpoint);
            if block.addr().is_ipv6() {
                out.push(Condition::Ipv6);
            }
        }
        Some(Outcome::Admits(By::Subscription(_))) => {
            let kinds = [Condition::ManagedIdentityOnly, Condition::WholeSubscription];
            out.extend(kinds.into_iter().chain([Condition::NotSas, Condition::NotKey]));
        }
        Some(Outcome::Admits(By::Membership)) => {
            out.extend([Condition::ManagedIdentityOnly, Condition::NotSas, Condition::NotKey]);
            if matches!(ground, Ground::Link(_) | Ground::Rule(_)) {
                out.push(Condition::LinkServices);
            }
            if inbound.is_none() {
                out.push(Condition::OtherEnd);
            }
        }
        Some(Outcome::Admits(By::ServiceTag(_) | By::Fqdn(_) | By::Logged)) => {}
        Some(Outcome::Not(_) | Outcome::Unclear(_)) | None => {}
    }
}

fn denied(out: &mut Vec<Condition>, answer: &Answer, caller: &Caller) {
    out.push(Condition::PrivateEndpointPasses);
    if answer.mode == Some(AccessMode::Enforced) {
        out.push(Condition::TrustedBypassEnds);
    }
    let by_address = |c: &Considered| c.outcome == Outcome::Not(Why::NoAddress);
    if caller.address.is_none() && answer.considered.iter().any(by_address) {
        out.push(Condition::AddressNotGiven);
    }
}

impl Ground {
    /// The name of the rule, perimeter or link.
    pub fn name(&self) -> &str {
        match self {
            Self::Rule(id) | Self::SamePerimeter(id) | Self::Link(id) => id.name(),
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(id) => match id.parent() {
                Some(profile) => write!(f, "rule {} of profile {}", id.name(), profile.name()),
                None => write!(f, "rule {}", id.name()),
            },
            Self::SamePerimeter(id) => write!(f, "membership in the same perimeter, {}", id.name()),
            Self::Link(id) => write!(f, "link {}", id.name()),
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(block) => write!(f, "names {block}"),
            Self::Subscription(guid) => write!(f, "names subscription {guid}"),
            Self::ServiceTag(tag) => write!(f, "names service tag {tag}"),
            Self::Fqdn(name) => write!(f, "names {name}"),
            Self::Membership => f.write_str("admits members that call with a managed identity"),
            Self::Logged => f.write_str("admitted this traffic, as the log shows"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::OtherDirection => "is for the other direction",
            Self::Empty => "names nothing",
            Self::NotNamed => "does not name it",
            Self::NoAddress => "names addresses, and none is given",
            Self::NoSubscription => "names subscriptions, and no identity is given",
            Self::Authentication(how) => {
                return write!(f, "takes a managed identity, and this is a {}", how.label());
            }
            Self::NoIdentity => "takes a managed identity, and the calling resource has none",
            Self::OtherProfile => "admits other profiles only",
            Self::LoggedOtherwise => "did not admit this traffic, as the log shows",
        };
        f.write_str(text)
    }
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::ServiceTag(tag) => {
                return write!(f, "the addresses of service tag {tag} are not known here");
            }
            Self::Wildcard(pattern) => {
                return write!(f, "{pattern} is no such name, and no document says whether wildcards count");
            }
            Self::HomeOfApplication => "the subscription of the application's identity is not known",
            Self::Identity => "whether the calling resource has a managed identity is not known",
            Self::Provisioning => "an association that it takes is not provisioned",
            Self::Authentication => {
                "the log shows a call that was not made with the managed identity which it has now"
            }
            Self::Host => "the host name of the destination is not known",
            Self::LinkedMembers => "the members of a perimeter that is linked or named were not read",
            Self::Rules => "the rules of the profile were not read",
            Self::Matrix => "the access mode or publicNetworkAccess is not known, or no document explains it",
        };
        f.write_str(text)
    }
}

impl fmt::Display for Considered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.ground)?;
        match &self.outcome {
            Outcome::Admits(by) => by.fmt(f),
            Outcome::Not(why) => why.fmt(f),
            Outcome::Unclear(what) => what.fmt(f),
        }
    }
}

impl Answer {
    /// The answer in one sentence, without its conditions.
    pub fn sentence(&self) -> String {
        match &self.verdict {
            Verdict::Allowed(ground) => format!("Allowed by {ground}."),
            Verdict::PrivateEndpoint => "Private endpoint: no perimeter governs it.".to_owned(),
            Verdict::ResourceDecides => format!("Not by the perimeter: {}.", otherwise(self.decider)),
            Verdict::Denied if self.mode.is_none() => {
                "Denied: the resource is in no perimeter, and publicNetworkAccess closes it.".to_owned()
            }
            Verdict::Denied => format!("Denied: no {} rule matches.", self.direction.wire().to_lowercase()),
            Verdict::CannotTell => {
                let what: Vec<String> = self.unclear.iter().map(Unclear::to_string).collect();
                format!(
                    "Cannot tell: {}. If nothing admits it: {}.",
                    what.join("; "),
                    otherwise(self.decider)
                )
            }
        }
    }

    /// The name of the profile that counts.
    pub fn profile_name(&self) -> Option<&str> {
        self.profile.as_ref().map(ArmId::name)
    }

    /// True for a question about a call to the resource.
    pub fn is_inbound(&self) -> bool {
        self.direction == Direction::Inbound
    }
}

/// What happens where no ground admits the traffic.
fn otherwise(decider: Decider) -> &'static str {
    match decider {
        Decider::Open | Decider::RulesThenOpen => "outbound traffic is not restricted",
        Decider::Firewall | Decider::RulesThenFirewall => "the resource's own firewall decides",
        Decider::Rules | Decider::Closed => "it is denied",
        Decider::Unknown => "what happens then is not known",
    }
}
