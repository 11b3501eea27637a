//! Facts that reach the model, and the names by which questions and answers find each other.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::guards::News;
use super::keys::Key;
use crate::domain::impact::TrafficGroup;
use crate::domain::log::{AccessLogEntry, KeptRoom, TailStatus};
use crate::domain::logging::{Destination, HubRule};
use crate::domain::probe::Probe;
use crate::domain::role::RoleAssignment;
use crate::domain::scope::{Selection, Tenant};
use crate::domain::traffic::{Bin, EvidenceRow, LogAnswer, RuleMatches};
use crate::domain::{
    AccessRule, ArmId, Associable, Association, Configuration, DiagnosticSetting, Failure, Link,
    LinkReference, LogSource, LoggingConfiguration, Outcome, Perimeter, Profile, Registration, Resource,
    Roll, Sought, Step, Subscription, Workspace,
};

/// Number of a question or a write; issued by the model before any task is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// The place in the model that a read fills; it also says what is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// Subscriptions that the signed-in identity can see, narrowed to the session's choice.
    Subscriptions,
    /// Perimeters of a subscription (guid).
    Perimeters(Arc<str>),
    /// Associations of a perimeter.
    Associations(ArmId),
    /// Profiles of a perimeter.
    Profiles(ArmId),
    /// Access rules of a profile.
    Rules(ArmId),
    /// Links of a perimeter.
    Links(ArmId),
    /// Link references of a perimeter.
    LinkReferences(ArmId),
    /// A PaaS resource.
    Resource(ArmId),
    /// What a place offers to choose from; see [`Offer`] for what the place is.
    Offer(Offer, Arc<str>),
    /// One thing to be known of a place; see [`Topic`] for what the place is.
    About(Topic, Arc<str>),
    /// Resources that could be in a perimeter.
    Inventory(Arc<Sought>),
    /// Which resources are in these perimeters.
    Members(Arc<[ArmId]>),
}

/// Something that is read whole, of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// The logging configurations of a perimeter (its ARM id).
    Logging,
    /// The diagnostic settings of a perimeter (its ARM id).
    Settings,
    /// A Log Analytics workspace (its ARM id).
    Workspace,
    /// What diagnostic settings could send to in a subscription (guid).
    Destinations,
    /// The authorization rules of an Event Hubs namespace (its ARM id).
    HubRules,
    /// The log categories that a perimeter (its ARM id) has.
    LogCategories,
    /// A provider's or preview feature's registration (its id, see [`crate::domain::Requirement::id`]).
    Registration,
    /// What a call to the data plane of a resource proves (its ARM id).
    Probe,
    /// The public address of this machine (the page that tells it).
    PublicAddress,
    /// What a resource (its ARM id) believes of its perimeter.
    Configurations,
    /// All subscriptions that the identity can see (of nothing).
    Subscriptions,
    /// The tenants that the identity is a member of (of nothing).
    Tenants,
    /// Role assignments of an identity at a scope (`{scope}|{object id}`); see [`Slot::roles`].
    RoleAssignments,
    /// Grouped traffic of a perimeter (a [`super::evidence::LogQuestion`]).
    Traffic,
    /// How much evidence a log holds (a [`super::evidence::LogQuestion`]).
    Evidence,
    /// Which rules matched (a [`super::evidence::LogQuestion`]).
    RuleUse,
    /// Rows of a stretch of time, newest first (a [`super::history::Stretch`]).
    LogRows,
    /// Events over a stretch of time (a [`super::history::Stretch`]).
    LogBins,
}

/// What a [`Topic`] brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Facts {
    /// For [`Topic::Logging`]; the service keeps at most one.
    Logging(Vec<LoggingConfiguration>),
    /// For [`Topic::Settings`].
    Settings(Vec<Arc<DiagnosticSetting>>),
    /// For [`Topic::Workspace`].
    Workspace(Workspace),
    /// For [`Topic::Destinations`].
    Destinations(Vec<Destination>),
    /// For [`Topic::HubRules`].
    HubRules(Vec<HubRule>),
    /// For [`Topic::LogCategories`].
    LogCategories(Vec<String>),
    /// For [`Topic::Registration`].
    Registration(Registration),
    /// For [`Topic::Probe`].
    Probe(Probe),
    /// For [`Topic::PublicAddress`].
    Address(IpAddr),
    /// For [`Topic::Configurations`].
    Configurations(Vec<Configuration>),
    /// For [`Topic::Subscriptions`].
    Subscriptions(Vec<Subscription>),
    /// For [`Topic::Tenants`].
    Tenants(Vec<Tenant>),
    /// For [`Topic::RoleAssignments`]; also those above and below the scope.
    Roles(Vec<RoleAssignment>),
    /// For [`Topic::Traffic`].
    Traffic(LogAnswer<TrafficGroup>),
    /// For [`Topic::Evidence`].
    Evidence {
        /// Per resource and category.
        rows: LogAnswer<EvidenceRow>,
        /// Per resource and day (UTC).
        days: LogAnswer<Bin>,
    },
    /// For [`Topic::RuleUse`].
    RuleUse(LogAnswer<RuleMatches>),
    /// For [`Topic::LogRows`]; at most one page.
    LogRows(LogAnswer<AccessLogEntry>),
    /// For [`Topic::LogBins`].
    LogBins(LogAnswer<Bin>),
}

impl Slot {
    /// Role assignments of an identity (object id) at, above and below a scope.
    pub fn roles(scope: &ArmId, principal: &str) -> Self {
        Self::About(Topic::RoleAssignments, Arc::from(format!("{scope}|{principal}")))
    }
}

/// Something to choose from in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Offer {
    /// Names of the regions of a subscription (guid).
    Regions,
    /// Names of the resource groups of a subscription (guid).
    Groups,
    /// Ids of the resources of a subscription (guid).
    Resources,
    /// Types that can be in a perimeter (`{guid}/{region}`).
    Types,
    /// Service tags that rules may name (`{guid}/{region}`); thousands.
    ServiceTags,
}

/// What a read brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// For [`Slot::Subscriptions`].
    Subscriptions(Vec<Subscription>),
    /// For [`Slot::Perimeters`].
    Perimeters(Vec<Arc<Perimeter>>),
    /// For [`Slot::Associations`].
    Associations(Vec<Arc<Association>>),
    /// For [`Slot::Profiles`].
    Profiles(Vec<Arc<Profile>>),
    /// For [`Slot::Rules`].
    Rules(Vec<Arc<AccessRule>>),
    /// For [`Slot::Links`].
    Links(Vec<Arc<Link>>),
    /// For [`Slot::LinkReferences`].
    LinkReferences(Vec<Arc<LinkReference>>),
    /// For [`Slot::Resource`].
    Resource(Arc<Resource>),
    /// For [`Slot::Offer`].
    Words(Vec<String>),
    /// For [`Slot::About`].
    Facts(Arc<Facts>),
    /// For [`Slot::Inventory`].
    Inventory(Vec<Arc<Associable>>),
    /// For [`Slot::Members`].
    Members(Vec<Roll>),
}

/// Which log is followed: compared as a whole, so a change of any part starts a new tail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TailSpec {
    /// The perimeter whose rows are wanted.
    pub perimeter: ArmId,
    /// Where it is asked.
    pub source: LogSource,
}

/// What a tail reports.
#[derive(Debug, Clone, PartialEq)]
pub enum TailEvent {
    /// New rows (at most 500), oldest first, and how fresh the log is.
    Rows {
        /** The rows. */
        rows: Vec<AccessLogEntry>,
        /** Freshness. */
        status: TailStatus,
    },
    /// A poll failed; the tail goes on by itself at `Failure::retry_at`.
    Failed(Failure),
}

/// Where signing in stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// Being tried; the credential's name.
    Trying(String),
    /// The user must type a code in a browser.
    DeviceCode {
        /// The code.
        code: String,
        /// Where to type it.
        url: String,
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
    /// Signed in.
    Done {
        /// Name of the credential that won.
        credential: String,
        /// Who it is, as far as the token says; may be empty.
        identity: String,
        /// Tenant guid or name; may be empty.
        tenant: String,
    },
    /// Every credential failed.
    Failed(Failure),
}

/// A timer that the model asked for through a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// The cursor has rested: the panes that follow it may move.
    Dwell,
    /// The toast has been seen.
    Toast,
    /// The lists of perimeters are due for a reading.
    RefreshPerimeters,
    /// What belongs to the perimeter shown is due for a reading.
    RefreshShown,
    /// What a board waits for is due for a reading.
    RefreshBoard,
    /// What counts down is to be drawn anew.
    CountDown,
}

/// A session that has taken the place of the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Cloud and tenant, as shown in the header.
    pub label: String,
    /// Portal's address, without a slash at its end.
    pub portal: String,
}

/// Which mouse event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// Left button pressed.
    Click,
    /// Wheel up.
    WheelUp,
    /// Wheel down.
    WheelDown,
}

/// A fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse was used at a cell.
    Mouse(MouseKind, u16, u16),
    /// The screen has this width and height.
    Resize(u16, u16),
    /// It is now this late.
    Tick(Timestamp),
    /// The queue is empty and a frame is about to be drawn: lists are rebuilt and what is missing
    /// is asked for. The runtime sends it once after each batch of messages.
    Drained,
    /// A timer ran out.
    Due(Timer),
    /// One page of a read that goes on. `failures`: items of the page that could not be decoded.
    Page {
        /// Where it belongs.
        slot: Slot,
        /// The question.
        ticket: Ticket,
        /// The rows of this page.
        payload: Payload,
        /// Items that were left out.
        failures: Vec<Failure>,
    },
    /// A read ended. A list's rows came before as pages; a single thing comes with the end.
    Reply {
        /// Where it belongs.
        slot: Slot,
        /// The question.
        ticket: Ticket,
        /// The single thing read (`None` for lists), or why it failed.
        result: Result<Option<Payload>, Failure>,
    },
    /// A request waits before its next try.
    Retrying {
        /// What is waited for, in words.
        reason: String,
        /// Until when.
        until: Timestamp,
    },
    /// Requests left in the subscription's budget, as last reported (reads, writes).
    Quota(Option<u32>, Option<u32>),
    /// A write has come this far.
    Progress(Ticket, Step),
    /// A write ended.
    Finished(Ticket, Outcome),
    /// The tail of the access log reports.
    Tail(TailSpec, TailEvent),
    /// What the user keeps of the log room.
    Room(Box<KeptRoom>),
    /// Signing in reports.
    SignIn(SignIn),
    /// Another scope is shown from here on, in a new session where the place is another; or why not.
    Switched(Box<Selection>, Result<Option<NewSession>, Failure>),
    /// Something outside the model was done: what to say about it.
    Notice(Result<String, Failure>),
    /// A guarded switch that is kept here has come to something.
    Guarded(Box<News>),
    /// Guarded switches that are pending, kept by somebody else or by nobody.
    PendingGuards(Vec<News>),
    /// The journal holds writes of an earlier run whose outcome is not known.
    Unfinished(Vec<UnfinishedWrite>),
}

/// A write of an earlier run whose outcome was never entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedWrite {
    /// Its number in the journal.
    pub entry: String,
    /// When it was confirmed.
    pub at: Timestamp,
    /// What it was.
    pub title: String,
    /// What it was written to.
    pub target: String,
}
