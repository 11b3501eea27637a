//! Guarded switches: another access mode with a watch that puts the old one back. Plain data and one
//! decision ([`next`]); who reads, writes and waits is no matter of this module.
//!
//! What has happened is told by [`Event`]s, which the journal keeps: a [`Record`] is the fold of them, so
//! that another process can go on where one has died. Nothing here believes that a mode stands unless it
//! was read ([`Stands`]).

mod next;
mod record;
mod regress;
mod words;

pub use next::{REFUSED, SETTLE, Step, next};
pub use record::{Item, Record, Stage};
pub use regress::{Denied, Regressions, regressions};

use jiff::{SignedDuration, Timestamp};

use super::matrix::{self, WayBack};
use super::{AccessMode, ArmId, Association, Change, Outcome, PublicAccess, RawBody, Step as WriteStep};

/// How long a switch is watched unless the user says otherwise: access logs are minutes late
/// (DOMAIN.md, section 1.3).
pub const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// How the endpoint of a session begins whose world lives in its own process.
pub const DEMO: &str = "the demo of process ";

/// New denials at which the old mode is put back unless the user says otherwise.
pub const THRESHOLD: u64 = 1;

/// Shortest and longest watch that can be asked for, in minutes.
pub const MINUTES: std::ops::RangeInclusive<u64> = 1..=1440;

/// What happens when the time is over and nobody has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AtEnd {
    /// The old mode is put back.
    PutBack,
    /// The new mode stays if the evidence is there and clean, else the old one is put back.
    KeepIfClean,
}

impl AtEnd {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::PutBack, Self::KeepIfClean];

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::PutBack => "put back unless confirmed",
            Self::KeepIfClean => "keep if converged and clean",
        }
    }
}

/// The terms of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long each switch is watched, from its first write on.
    pub window: SignedDuration,
    /// So many new denials put the old mode back.
    pub threshold: u64,
    /// What happens when the time is over.
    pub at_end: AtEnd,
}

impl Default for Terms {
    fn default() -> Self {
        Self { window: WINDOW, threshold: THRESHOLD, at_end: AtEnd::PutBack }
    }
}

/// An association as the user saw it when the switch was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The association.
    pub id: ArmId,
    /// The resource in it.
    pub resource: Option<ArmId>,
    /// Its profile.
    pub profile: Option<ArmId>,
    /// The mode that is put back.
    pub mode: AccessMode,
    /// The whole body.
    pub body: RawBody,
    /// What putting the old mode back gives.
    pub way_back: WayBack,
}

impl Before {
    /// Of an association, and of its resource's public access where that was read.
    pub fn of(association: &Association, access: Option<&PublicAccess>) -> Self {
        Self {
            id: association.id.clone(),
            resource: association.resource.clone(),
            profile: association.profile.clone(),
            mode: association.mode.clone(),
            body: association.raw.clone(),
            way_back: access.map_or(WayBack::Unknown, matrix::way_back),
        }
    }

    /// Name of the resource, or of the association when the resource is not known.
    pub fn name(&self) -> &str {
        self.resource.as_ref().unwrap_or(&self.id).name()
    }
}

/// Why a guarded switch is not offered; `None` when it is.
pub fn refusal(to: &AccessMode, access: Option<&PublicAccess>) -> Option<&'static str> {
    if *to != AccessMode::Enforced {
        return Some("it guards the way to Enforced; this way only loosens");
    }
    match access.map(matrix::way_back) {
        Some(WayBack::None) => Some(
            "with SecuredByPerimeter only the rules count in both modes: putting the old mode back would give \
             back NOTHING",
        ),
        Some(WayBack::Full | WayBack::OutboundOnly | WayBack::Unknown) | None => None,
    }
}

/// A guarded switch as it was confirmed. Never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Names it, in the journal and on the command line.
    pub id: String,
    /// When it was confirmed.
    pub at: Timestamp,
    /// Label of the session.
    pub session: String,
    /// Resource Manager of the session; whoever takes it over must speak to the same.
    pub endpoint: String,
    /// The new mode.
    pub to: AccessMode,
    /// The terms.
    pub terms: Terms,
    /// Workspace (`customerId`) that is asked; by way of the perimeter when `None`.
    pub customer: Option<String>,
    /// The associations, in their order. Never empty.
    pub items: Vec<Before>,
}

impl Watch {
    /// The world that it belongs to lives in the process that began it, and ends with it.
    pub fn is_of_a_demo(&self) -> bool {
        self.endpoint.starts_with(DEMO)
    }

    /// The first characters of the id, enough to name it.
    pub fn short(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }
}

/// What the user wants of a running watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wish {
    /// The new mode stays.
    Keep,
    /// The old mode comes back now.
    Back,
}

/// Why the new mode stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The user confirmed it.
    Confirmed,
    /// Time is over, both sides agree, and the log shows no new denial.
    Clean,
}

/// Why the old mode comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// The user asked for it.
    Asked,
    /// So many new denials.
    Denials(u64),
    /// Time is over and nobody confirmed.
    NotConfirmed,
    /// Time is over and there is no evidence that all is well: what is missing.
    NoEvidence(String),
}

/// How the switch of an association ended. Every mode in it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The new mode stands.
    Kept,
    /// The old mode stands again.
    PutBack,
    /// The old mode stands: the write was not done; why.
    NotSwitched(String),
    /// Somebody else has changed it: it is left as it is; what was found.
    Overtaken(String),
    /// Not touched: a switch before it did not stay, or whoever began has died before it.
    NotBegun,
    /// The user does not want to hear of it any more. Nothing was put back; what was read last, in words.
    Forgotten(String),
}

/// Something that has happened to one association of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The new mode is about to be sent.
    Sending,
    /// The new mode was read.
    Set {
        /// The body that said so.
        body: RawBody,
        /// From when on denials count, by the service's clock as far as that is known.
        since: Timestamp,
    },
    /// It is decided that the new mode stays.
    Keeping(Keep),
    /// It is decided that the old mode comes back.
    GoingBack(Back),
    /// The old mode is about to be sent.
    PuttingBack,
    /// The service surely did not take the old mode; why.
    Refused(String),
    /// It was refused for so long ([`REFUSED`]) that nobody tries any more; the last reason. The new mode was read.
    Stuck(String),
    /// It is over.
    Ended(End),
}

/// A write of a watch, for those who list writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The association's place in the watch.
    pub place: usize,
    /// What it is.
    pub change: Change,
    /// It puts the old mode back.
    pub back: bool,
    /// How far it is, or how it ended.
    pub state: Result<Outcome, WriteStep>,
}

/// What a reading of the association said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// The old mode, and everything else as the user saw it or not.
    Old,
    /// The new mode.
    New {
        /// The body that says so.
        body: RawBody,
        /// When it was changed, by the service's clock.
        since: Option<Timestamp>,
        /// What else differs from what this watch has set; empty where nothing does.
        changed: String,
    },
    /// Something else, in words: another mode, or no association any more.
    Other(String),
}

/// Whether the resource itself goes by the new mode.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Heard {
    /// It was not asked yet.
    #[default]
    Unread,
    /// It cannot be asked; why.
    Silent(String),
    /// It could not be read; why.
    Failed(String),
    /// It still goes by something else; by what.
    NotYet(String),
    /// It goes by the new mode.
    Agrees,
}

/// What the access log says since the switch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Logged {
    /// It was not asked yet.
    #[default]
    Unread,
    /// There is no log; or it could not be read: why.
    Missing(String),
    /// It was read.
    Read {
        /// End of the newest row since the switch.
        newest: Option<Timestamp>,
        /// Version of the rules that the newest row was judged by.
        version: Option<u64>,
        /// The answer was whole.
        complete: bool,
    },
}

/// What is known of the switch that is being watched. Nothing of it is assumed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// What the last reading of the association said.
    pub stands: Option<Stands>,
    /// The service answered that the last write surely was not done.
    pub refused: Option<String>,
    /// What the resource itself says.
    pub heard: Heard,
    /// What the access log says.
    pub logged: Logged,
    /// Denials since the switch.
    pub denials: Regressions,
    /// What putting the old mode back gives by the resource's public access as it was read last.
    pub way_back: Option<WayBack>,
}

impl Sight {
    /// What is missing before this counts as clean; `None` when it is.
    pub fn lack(&self, since: Timestamp) -> Option<String> {
        match &self.heard {
            Heard::Agrees | Heard::Silent(_) => {}
            Heard::Unread => return Some("the resource was not asked".to_owned()),
            Heard::Failed(why) => return Some(format!("the resource could not be asked: {why}")),
            Heard::NotYet(what) => return Some(format!("the resource has not followed: {what}")),
        }
        match &self.logged {
            Logged::Unread => Some("the access log was not read".to_owned()),
            Logged::Missing(why) => Some(why.clone()),
            Logged::Read { complete: false, .. } => Some("the access log answered in part".to_owned()),
            Logged::Read { newest, .. } if newest.is_none_or(|at| at <= since) => {
                Some("no row of after the switch has reached the access log".to_owned())
            }
            Logged::Read { .. } => None,
        }
    }
}
