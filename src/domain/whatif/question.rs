//! What can be asked: who calls whom, as far as it is known. Plain data.

use std::net::IpAddr;

use crate::domain::{ArmId, Direction, net};

/// How a caller proves who it is. Only some grounds admit each kind (API.md, section 5; DOMAIN.md, section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Authentication {
    /// Not known: answers name their conditions.
    #[default]
    Unknown,
    /// A token of a managed identity.
    ManagedIdentity,
    /// A token of a user or of an application that is no managed identity.
    Principal,
    /// An account or API key.
    Key,
    /// A shared access signature.
    Sas,
}

impl Authentication {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::ManagedIdentity, Self::Principal, Self::Key, Self::Sas];

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unknown => "not known",
            Self::ManagedIdentity => "managed identity",
            Self::Principal => "user or application",
            Self::Key => "key",
            Self::Sas => "SAS token",
        }
    }
}

/// Who calls the resource. What is not known stays empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Caller {
    /// Its public address, in the form of [`net::address`].
    pub address: Option<IpAddr>,
    /// Bare guid of the subscription that its identity is in.
    pub subscription: Option<String>,
    /// The PaaS resource that it is.
    pub resource: Option<ArmId>,
    /// Application id of its identity.
    pub app_id: Option<String>,
    /// How it authenticates.
    pub authentication: Authentication,
    /// It comes through a private endpoint.
    pub private_endpoint: bool,
    /// A service tag that its address is known to belong to.
    pub service_tag: Option<String>,
}

impl Caller {
    /// The subscription that it acts from: the one given, else that of the resource it is. A user-assigned identity
    /// from another subscription has to be given.
    pub fn home(&self) -> Option<&str> {
        self.subscription.as_deref().or_else(|| self.resource.as_ref().and_then(ArmId::subscription))
    }
}

/// Whom the resource calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Destination {
    /// Host name, in the form of [`net::host`].
    pub fqdn: Option<String>,
    /// The PaaS resource that it is.
    pub resource: Option<ArmId>,
}

/// The other end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Peer {
    /// Inbound: it calls the resource.
    Caller(Caller),
    /// Outbound: the resource calls it.
    Destination(Destination),
}

impl Peer {
    /// The direction as the resource sees it.
    pub fn direction(&self) -> Direction {
        match self {
            Self::Caller(_) => Direction::Inbound,
            Self::Destination(_) => Direction::Outbound,
        }
    }
}

/// May this traffic pass?
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The resource that is asked about.
    pub resource: ArmId,
    /// The other end.
    pub peer: Peer,
}

impl Question {
    /// Is this address allowed to reach the resource? The text may be anything [`net::address`] reads.
    pub fn from_address(resource: ArmId, text: &str) -> Option<Self> {
        let caller = Caller { address: Some(net::address(text)?), ..Caller::default() };
        Some(Self { resource, peer: Peer::Caller(caller) })
    }

    /// Is a managed identity of this subscription (bare guid or ARM id) allowed to reach the resource?
    pub fn from_subscription(resource: ArmId, subscription: &str) -> Self {
        let bare = subscription.rsplit('/').next().unwrap_or(subscription).to_ascii_lowercase();
        let caller = Caller { subscription: Some(bare), ..Caller::default() };
        Self { resource, peer: Peer::Caller(caller) }
    }

    /// Is this resource allowed to reach the resource?
    pub fn from_resource(resource: ArmId, source: ArmId) -> Self {
        let caller = Caller { resource: Some(source), ..Caller::default() };
        Self { resource, peer: Peer::Caller(caller) }
    }

    /// Is the resource allowed to reach this host?
    pub fn to_host(resource: ArmId, name: &str) -> Self {
        let destination = Destination { fqdn: Some(net::host(name)), resource: None };
        Self { resource, peer: Peer::Destination(destination) }
    }

    /// Is the resource allowed to reach this resource, whose host name is given if known?
    pub fn to_resource(resource: ArmId, destination: ArmId, host: Option<&str>) -> Self {
        let destination = Destination { fqdn: host.map(net::host), resource: Some(destination) };
        Self { resource, peer: Peer::Destination(destination) }
    }
}
