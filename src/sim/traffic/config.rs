//! What the traffic model knows of the configuration: a stream of changes from the store.
//!
//! The store sends one change per write that matters to traffic. The model decides when each takes
//! effect (rule propagation delay) and never reads the store.

/// `accessMode` of an association. Unknown words count as [`Mode::Learning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Shown as Transition: perimeter rules, then the resource's own.
    Learning,
    /// Perimeter rules only.
    Enforced,
    /// Documented nowhere; judged like Learning.
    Audit,
}

/// `publicNetworkAccess` of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicAccess {
    /// The resource's own firewall decides where the perimeter does not.
    Enabled,
    /// No public inbound outside the perimeter's rules.
    Disabled,
    /// Locked down without a perimeter, perimeter rules only with one.
    SecuredByPerimeter,
}

/// The resource's own firewall (`networkAcls`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Firewall {
    /// `defaultAction` is `Allow`.
    pub default_allow: bool,
    /// `ipRules`: CIDR or single addresses, as text.
    pub ip_rules: Vec<String>,
    /// `bypass` holds `AzureServices`.
    pub bypass_azure_services: bool,
    /// Outbound is restricted to these names (`restrictOutboundNetworkAccess` + `allowedFqdnList`).
    pub outbound_only: Option<Vec<String>>,
}

/// One access rule as traffic sees it. Text is as written in the rule's body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleView {
    /// Rule name, which `MatchedRule` in the log shows.
    pub name: String,
    /// `direction` is `Inbound`.
    pub inbound: bool,
    /// CIDR blocks.
    pub address_prefixes: Vec<String>,
    /// Bare subscription guids, lower case.
    pub subscriptions: Vec<String>,
    /// Outbound names.
    pub fqdns: Vec<String>,
    /// Perimeter guids, lower case (rules that come from links).
    pub perimeter_guids: Vec<String>,
    /// Service tags.
    pub service_tags: Vec<String>,
}

/// One change of configuration. Ids are ARM ids and compare without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigChange {
    /// A perimeter exists.
    Perimeter {
        /// ARM id.
        id: String,
        /// Its guid, lower case.
        guid: String,
        /// Region.
        location: String,
    },
    /// It is gone, with all below it.
    PerimeterGone {
        /// ARM id.
        id: String,
    },
    /// A profile with its whole rule set at this `accessRulesVersion`.
    Profile {
        /// ARM id.
        id: String,
        /// Name.
        name: String,
        /// `accessRulesVersion`.
        rules_version: u64,
        /// All its rules.
        rules: Vec<RuleView>,
    },
    /// A profile is gone.
    ProfileGone {
        /// ARM id.
        id: String,
    },
    /// An association in force.
    Association {
        /// ARM id.
        id: String,
        /// Perimeter it belongs to.
        perimeter_id: String,
        /// The PaaS resource.
        resource_id: String,
        /// Profile it uses.
        profile_id: String,
        /// Access mode.
        mode: Mode,
    },
    /// An association is gone.
    AssociationGone {
        /// ARM id.
        id: String,
    },
    /// A link from one perimeter to another; profile lists hold names or `*`.
    Link {
        /// ARM id of the link.
        id: String,
        /// Perimeter that owns the link.
        local_perimeter_id: String,
        /// Perimeter at the other end.
        remote_perimeter_id: String,
        /// Local profiles that admit the remote side.
        local_inbound_profiles: Vec<String>,
        /// Remote profiles that admit the local side.
        remote_inbound_profiles: Vec<String>,
        /// `status` is `Approved`.
        approved: bool,
    },
    /// A link is gone or disconnected.
    LinkGone {
        /// ARM id.
        id: String,
    },
    /// A PaaS resource.
    Resource {
        /// ARM id.
        id: String,
        /// Host name of its data plane.
        fqdn: String,
        /// Region.
        location: String,
        /// Its `publicNetworkAccess`.
        public_access: PublicAccess,
        /// Its own firewall.
        firewall: Firewall,
        /// Has a managed identity, so it can act as a perimeter member.
        has_identity: bool,
    },
    /// A PaaS resource is gone.
    ResourceGone {
        /// ARM id.
        id: String,
    },
    /// Which log categories of a perimeter reach which workspaces (customer ids, lower case).
    Logging {
        /// Perimeter it belongs to.
        perimeter_id: String,
        /// Log categories that are enabled.
        categories: Vec<String>,
        /// Customer ids of the workspaces.
        workspaces: Vec<String>,
    },
}
