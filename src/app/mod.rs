//! The program as a state machine: no tokio, no HTTP, no terminal, no clock.
//!
//! [`update`] changes the [`Model`] by one [`msg::Msg`] and says what is to be done ([`effect::Effect`]);
//! [`subscriptions`] says what should be running. Everything that the runtime does comes back as a message.

pub mod believed;
pub mod bindings;
pub mod checks;
pub mod columns;
pub mod command;
pub mod coverage;
pub mod data;
pub mod desk;
pub mod details;
pub mod digest;
pub mod effect;
pub mod evidence;
pub mod focus;
pub mod guards;
pub mod history;
pub mod hygiene;
pub mod impact;
pub mod input;
pub mod jobs;
pub mod keys;
pub mod layout;
pub mod list;
pub mod logging;
pub mod msg;
pub mod overlays;
pub mod panes;
pub mod path;
pub mod planning;
pub mod prerequisites;
pub mod probe;
pub mod readiness;
pub mod remote;
pub mod room;
pub mod scopes;
pub mod study;
pub mod survey;
pub mod temporaries;
pub mod toast;
pub mod whatif;

mod commands;
mod rows;
mod update;
mod wants;
mod writes;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use bindings::Keymap;
use data::Data;
use effect::Subscription;
use focus::{Focus, Pane, Scope, Tab};
use guards::Guards;
use jobs::Jobs;
use layout::Areas;
use msg::{SignIn, Ticket, Timer, UnfinishedWrite};
use overlays::Overlay;
use panes::Panes;
use panes::detail::Subject;
use scopes::Scopes;
use toast::{TOAST_TIME, Toasts};

use crate::domain::{ArmId, Failure, Outcome};

pub use update::update;

/// How long the cursor rests before the panes that depend on it follow.
pub const DWELL: Duration = Duration::from_millis(120);

/// How often what counts down is drawn.
const SECOND: Duration = Duration::from_secs(1);

/// How often a board looks again at what is under way.
const BOARD: Duration = Duration::from_secs(5);

/// How often what is shown is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// The lists of perimeters.
    pub perimeters: Duration,
    /// What belongs to the perimeter shown.
    pub shown: Duration,
}

/// What the program starts with.
#[derive(Debug)]
pub struct Start {
    /// Cloud and endpoint, as shown in the header.
    pub label: String,
    /// The session speaks to the built-in simulator; shown, never branched on.
    pub simulated: bool,
    /// Writes are allowed from the start.
    pub writable: bool,
    /// Portal's address, without a slash at its end.
    pub portal: String,
    /// Name of the perimeter to go to, when there is one.
    pub perimeter: Option<String>,
    /// Page that tells the public address of this machine, when the user has named one.
    pub address_page: Option<String>,
    /// What is shown at first.
    pub scopes: Scopes,
    /// The keys.
    pub keymap: Keymap,
    /// How often to read again.
    pub periods: Periods,
    /// Now.
    pub now: Timestamp,
}

/// What the header says about the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    /// Cloud and endpoint.
    pub label: String,
    /// Speaks to the simulator.
    pub simulated: bool,
    /// Portal's address.
    pub portal: String,
    /// Page that tells the public address of this machine.
    pub address_page: Option<String>,
}

/// A request that waits before its next try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Timestamp,
}

/// State of the program that belongs to no pane.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// Writes are allowed.
    pub writable: bool,
    /// Where signing in stands; `None` before it began.
    pub sign_in: Option<SignIn>,
    /// Requests left (reads, writes), as last reported.
    pub quota: (Option<u32>, Option<u32>),
    /// A request that waits before its next try.
    pub waiting: Option<Waiting>,
    /// Writes of an earlier run whose outcome is not known.
    pub unfinished: Vec<UnfinishedWrite>,
    /// The cursor moved and what depends on it has not followed.
    pub resting: bool,
    /// Counts the moves of the cursor.
    pub round: u64,
    /// The perimeter to go to once it is listed.
    pub wanted: Option<String>,
    /// Rules to be copied from one profile to another once both were read.
    pub copying: Option<(ArmId, ArmId)>,
    /// What is shown, and what else there is to show.
    pub scopes: Scopes,
    /// What has changed since the lists were rebuilt.
    pub dirty: Dirty,
    /// Guarded switches.
    pub guards: Guards,
}

/// What has changed since the lists were rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dirty {
    /// The list of perimeters.
    pub perimeters: bool,
    /// What belongs to the perimeter shown.
    pub shown: bool,
    /// Access log or subject of the digest.
    pub log: bool,
}

/// Everything the screen can show.
#[derive(Debug)]
pub struct Model {
    /// About the session.
    pub session: SessionInfo,
    /// Width and height of the screen.
    pub size: (u16, u16),
    /// Now.
    pub now: Timestamp,
    /// Where the user is.
    pub focus: Focus,
    /// What was read.
    pub data: Data,
    /// The panes.
    pub panes: Panes,
    /// Overlays, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Writes.
    pub jobs: Jobs,
    /// Notices.
    pub toasts: Toasts,
    /// Everything else about the program.
    pub status: Status,
    /// The keys.
    pub keymap: Keymap,
    periods: Periods,
    tickets: u64,
}

impl Model {
    /// The state before the first message.
    pub fn new(start: Start) -> Self {
        let mut jobs = Jobs::default();
        jobs.begin_session(&start.label);
        Self {
            session: SessionInfo {
                label: start.label,
                simulated: start.simulated,
                portal: start.portal,
                address_page: start.address_page,
            },
            size: (80, 24),
            now: start.now,
            focus: Focus::default(),
            data: Data::default(),
            panes: Panes::default(),
            overlays: Vec::new(),
            jobs,
            toasts: Toasts::default(),
            status: Status {
                writable: start.writable,
                sign_in: None,
                quota: (None, None),
                waiting: None,
                unfinished: Vec::new(),
                resting: false,
                round: 0,
                wanted: start.perimeter,
                copying: None,
                scopes: start.scopes,
                dirty: Dirty::default(),
                guards: Guards::default(),
            },
            keymap: start.keymap,
            periods: start.periods,
            tickets: 0,
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Where everything is on the screen.
    pub fn areas(&self) -> Areas {
        layout::layout(self.size.0, self.size.1, &self.focus)
    }

    /// Rows of a list pane that fit on the screen, at least one.
    pub fn page(&self, pane: Pane) -> usize {
        usize::from(self.areas().rows(pane).h).max(1)
    }

    /// The innermost scope of keys.
    pub fn scope(&self) -> Scope {
        match self.overlays.last() {
            Some(overlay) => overlay.scope(),
            None if self.panes.filter_input.is_some() => Scope::FilterInput,
            None => self.focus.scope(),
        }
    }

    /// The id of the perimeter that the tabs and the log show.
    pub fn shown(&self) -> Option<&ArmId> {
        self.panes.shown.as_ref()
    }

    /// What the detail pane would speak about, were the cursor at rest.
    pub fn subject(&self) -> Option<Subject> {
        let panes = &self.panes;
        match self.focus.subject {
            Pane::Perimeters => panes.perimeters.selected().map(|p| Subject::Perimeter(p.id.clone())),
            Pane::Log => panes.log.selected().map(|row| Subject::LogRow(row.key())),
            Pane::Room => None,
            Pane::Main | Pane::Detail => match self.focus.tab {
                Tab::Resources => panes.resources.selected().map(|a| Subject::Association(a.id.clone())),
                Tab::Profiles => panes.profiles.selected().map(|p| Subject::Profile(p.id.clone())),
                Tab::Rules => panes.rules.selected().map(|r| Subject::Rule(r.id.clone())),
                Tab::Links => panes.links.selected().map(|l| Subject::Link(l.id().clone())),
                Tab::Checks => panes.checks.selected().map(|r| Subject::Check(r.0.key)),
                Tab::Coverage => panes.coverage.selected().map(|r| Subject::Uncovered(r.id.clone())),
                Tab::Evidence => {
                    panes.evidence.board.selected().map(|r| Subject::Evidence(r.association.id.clone()))
                }
                Tab::Activity => panes.activity.selected().map(|j| Subject::Job(j.ticket)),
                Tab::Logging => panes.logging.selected().map(|r| Subject::Logging(r.id().clone())),
            },
        }
    }

    /// The name of a resource by its id from the log, where ids come in any case: as the
    /// association has it, else as it came.
    pub fn resource_name<'a>(&'a self, id: &'a str) -> &'a str {
        let known = self.panes.resources.rows().iter().filter_map(|a| a.resource.as_ref());
        let mut same = known.filter(|r| r.as_str().eq_ignore_ascii_case(id));
        same.next().map_or_else(|| digest::short(id), ArmId::name)
    }

    /// What has failed and matters here, most important first.
    pub fn failures(&self) -> Vec<(String, Failure)> {
        let mut out = Vec::new();
        if let Some(SignIn::Failed(failure)) = &self.status.sign_in {
            out.push(("Signing in".to_owned(), failure.clone()));
        }
        for job in self.jobs.all() {
            if let jobs::JobState::Ended { outcome: Outcome::Failed(f) | Outcome::Unknown(f), .. } =
                &job.state
            {
                out.push((job.change.title(), f.clone()));
                break;
            }
        }
        let mut add = |what: &str, failure: Option<&Failure>| {
            out.extend(failure.map(|f| (what.to_owned(), f.clone())));
        };
        add("Subscriptions", self.data.subscriptions.failure());
        for (subscription, remote) in &self.data.perimeters {
            if let Some(failure) = remote.failure() {
                let name = self.data.subscription_name(subscription);
                add(&format!("Perimeters of {name}"), Some(failure));
            }
            remote.skipped().iter().for_each(|f| add("A perimeter was left out", Some(f)));
        }
        if let Some(data) = self.shown().and_then(|id| self.data.of(id)) {
            add("Resource associations", data.associations.failure());
            add("Profiles", data.profiles.failure());
            data.rules.values().for_each(|r| add("Access rules", r.failure()));
            add("Links", data.links.failure());
            add("Link references", data.references.failure());
            data.associations.skipped().iter().for_each(|f| add("An association was left out", Some(f)));
            data.profiles.skipped().iter().for_each(|f| add("A profile was left out", Some(f)));
            data.rules
                .values()
                .flat_map(remote::Remote::skipped)
                .for_each(|f| add("An access rule was left out", Some(f)));
        }
        if let Some(id) = self.shown() {
            add("Diagnostic settings", logging::reading(&self.data, id).and_then(|r| r.failure()));
            add(
                "Logging configuration",
                self.data.facts(msg::Topic::Logging, id.as_str()).and_then(|r| r.failure()),
            );
            for id in logging::workspaces(&self.data, id) {
                let reading = self.data.facts(msg::Topic::Workspace, id.as_str());
                add("A workspace of the access log", reading.and_then(|r| r.failure()));
            }
        }
        add("Access log", self.panes.log.failure.as_ref());
        add("Access log", self.panes.log.status.as_ref().and_then(|s| s.warning.as_ref()));
        for (what, failure) in room::failures(self) {
            add(what, Some(failure));
        }
        if let Some((what, failure)) = believed::failure(self) {
            add(&what, Some(failure));
        }
        let resource = self.panes.resources.selected().and_then(|a| a.resource.as_ref());
        add("The resource", resource.and_then(|id| self.data.resource(id)).and_then(|r| r.failure()));
        out.extend(coverage::gaps(&self.data));
        out.extend(readiness::failures(self));
        out
    }
}

/// What should be running now.
pub fn subscriptions(model: &Model) -> BTreeSet<Subscription> {
    let mut out = BTreeSet::new();
    let status = &model.status;
    if status.resting {
        out.insert(Subscription::After { timer: Timer::Dwell, delay: DWELL, round: status.round });
    }
    if model.toasts.current().is_some() {
        out.insert(Subscription::After {
            timer: Timer::Toast,
            delay: TOAST_TIME,
            round: model.toasts.round(),
        });
    }
    if !model.data.subscriptions.is_untouched() {
        out.insert(Subscription::Every { timer: Timer::RefreshPerimeters, period: model.periods.perimeters });
    }
    if model.shown().is_some() {
        out.insert(Subscription::Every { timer: Timer::RefreshShown, period: model.periods.shown });
    }
    if wants::board_moves(model) {
        out.insert(Subscription::Every { timer: Timer::RefreshBoard, period: BOARD });
    }
    if status.guards.is_running() {
        out.insert(Subscription::Every { timer: Timer::CountDown, period: SECOND });
    }
    if let Some(spec) = &model.panes.log.spec {
        out.insert(Subscription::Tail(spec.clone()));
    }
    out
}
