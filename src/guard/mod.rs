//! Carries out guarded switches, for the dashboard and for `nsp guard` alike: enters each step in the journal
//! before it is taken, reads before it says anything, and lets [`next`] decide. Shows nothing.

mod lock;
mod look;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::azure::{ArmClient, Clock, association_of};
use crate::domain::guard::{Event, Heard, Record, Sight, Stage, Stands, Step, Watch, next};
use crate::domain::{AccessMode, Change, Failure, FailureKind, Outcome, RawBody, Step as WriteStep, Written};
use crate::journal::Journal;

pub use lock::{Lock, holder};
pub use look::{Pace, perimeter_of};

use look::Follow;

/// How often it is seen whether the user wants something while requests are on their way.
const EAR: Duration = Duration::from_millis(200);
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(60);

/// What a watch has come to; told whenever something has changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The watch and how far it is.
    pub record: Record,
    /// What is known of the association that it is at.
    pub sight: Sight,
    /// A write that is on its way: back to the old mode or not, and how far it is.
    pub write: Option<(bool, WriteStep)>,
    /// What stands in the way; tried again.
    pub trouble: Option<Failure>,
    /// It is over, or nobody goes on with it here.
    pub left: bool,
}

/// Receives reports; must return at once.
pub type Tell = Arc<dyn Fn(Report) + Send + Sync>;

/// Carries out guarded switches in one session.
#[derive(Clone)]
pub struct Guard {
    /// The client of the session.
    pub client: ArmClient,
    /// The journal of writes.
    pub journal: Arc<Journal>,
    /// Time: deadlines and waits.
    pub clock: Arc<dyn Clock>,
    /// How often to look.
    pub pace: Pace,
    /// Who is told.
    pub tell: Tell,
}

/// What came of asking for a watch.
#[derive(Debug)]
pub enum Claim {
    /// It is ours to go on with.
    Mine(Lock, Box<Record>),
    /// Somebody else is at it; who.
    Held(String),
    /// It is over, or there is none.
    Over,
}

/// Takes a pending watch over, if nobody else is at it. What the journal says is read after the lock is held.
pub fn claim(journal: &Journal, id: &str, who: &str) -> io::Result<Claim> {
    let folder = folder(journal);
    let Some(lock) = Lock::take(folder, id, who)? else {
        return Ok(Claim::Held(holder(folder, id).unwrap_or_else(|| "another process".to_owned())));
    };
    if let Some(record) = journal.watch(id)?.filter(Record::is_open) {
        return Ok(Claim::Mine(lock, Box::new(record)));
    }
    lock.finish();
    Ok(Claim::Over)
}

/// Where locks are: beside the journal.
pub fn folder(journal: &Journal) -> &Path {
    journal.path().parent().unwrap_or_else(|| Path::new("."))
}

fn refused(title: &str, detail: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Refused, title, detail)
}

/// The run of one watch.
struct Run<'g> {
    guard: &'g Guard,
    record: Record,
    sight: Sight,
    follow: Follow,
    told: Option<Report>,
    place: Option<usize>,
    trouble: Option<Failure>,
    failed: u32,
    /// Length of the journal when the user's wishes were last read.
    heard: u64,
}

impl Guard {
    /// Enters a confirmed watch in the journal. Nothing is sent.
    pub fn begin(&self, watch: Watch, who: &str) -> Result<(Lock, Record), Failure> {
        let title = "The guarded switch was not begun";
        let unusable = |e: io::Error| {
            let detail = format!("{}: {e}", self.journal.path().display());
            refused(title, detail).hint("Nothing is sent without an entry in the journal.")
        };
        let pending = self.journal.watches().map_err(unusable)?;
        let same = |record: &&Record| {
            let targets = record.items.iter().filter(|item| item.end().is_none());
            record.watch.endpoint == watch.endpoint
                && targets.map(|item| &item.before.id).any(|id| watch.items.iter().any(|new| new.id == *id))
        };
        if let Some(other) = pending.iter().filter(|record| record.is_open()).find(same) {
            return Err(refused(title, format!("the {} is pending", other.watch.title())));
        }
        let lock = Lock::take(folder(&self.journal), &watch.id, who).map_err(unusable)?;
        let lock = lock.ok_or_else(|| refused(title, "another process holds its lock"))?;
        self.journal.begin_watch(&watch).map_err(unusable)?;
        Ok((lock, Record::new(watch)))
    }

    /// Goes on with a watch until it is over. `own`: it was begun by this very process, and goes forward.
    ///
    /// May be dropped at any point: whoever claims it next finishes the job.
    pub async fn run(&self, lock: Lock, record: Record, own: bool) -> Record {
        let place = record.at();
        let mut run = Run {
            guard: self,
            record,
            sight: Sight::default(),
            follow: Follow::default(),
            told: None,
            place,
            trouble: None,
            failed: 0,
            heard: 0,
        };
        loop {
            run.hear();
            run.tell(false);
            let now = self.clock.wall();
            match next(&run.record, own, &run.sight, now) {
                Step::Over => break,
                Step::Enter(event) => run.enter(event),
                Step::Look => Box::pin(run.look()).await,
                Step::Switch => Box::pin(run.switch()).await,
                Step::PutBack => Box::pin(run.put_back()).await,
                Step::Wait(until) => Box::pin(run.wait(until, now)).await,
            }
        }
        run.tell(true);
        lock.finish();
        run.record
    }
}

impl Run<'_> {
    fn report(&self, write: Option<(bool, WriteStep)>, left: bool) -> Report {
        Report {
            record: self.record.clone(),
            sight: self.sight.clone(),
            write,
            trouble: self.trouble.clone(),
            left,
        }
    }

    /// Tells how it stands, if that is news.
    fn tell(&mut self, left: bool) {
        let report = self.report(None, left);
        if self.told.as_ref() != Some(&report) {
            (self.guard.tell)(report.clone());
            self.told = Some(report);
        }
    }

    /// Reads what the user wants, where the journal has grown.
    fn hear(&mut self) -> bool {
        let Ok(length) = self.guard.journal.length() else { return false };
        if length == self.heard {
            return false;
        }
        self.heard = length;
        let Ok(Some(known)) = self.guard.journal.watch(&self.record.watch.id) else { return false };
        let mut news = false;
        for (own, known) in self.record.items.iter_mut().zip(known.items) {
            news |= own.wish != known.wish;
            own.wish = known.wish;
        }
        news
    }

    /// Enters an event. What cannot be entered has happened all the same: what it announces must not be
    /// sent then, which is the business of those who send.
    fn enter(&mut self, event: Event) {
        let Some(place) = self.record.at() else { return };
        let now = self.guard.clock.wall();
        if let Err(e) = self.guard.journal.watched(&self.record.watch.id, place, now, &event) {
            self.trouble = Some(self.unwritable(&e));
        }
        // Decisions are carried out after another look.
        if matches!(event, Event::Keeping(_) | Event::GoingBack(_)) {
            self.sight.stands = None;
        }
        self.record.enter(place, now, event);
        if self.record.at() != self.place {
            self.place = self.record.at();
            (self.sight, self.follow, self.failed) = (Sight::default(), Follow::default(), 0);
        }
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        let detail = format!("{}: {error}", self.guard.journal.path().display());
        refused("The journal cannot be written", detail)
    }

    /// Reads which mode stands.
    async fn look(&mut self) {
        let Some(item) = self.record.current() else { return };
        let set = item.set.as_ref().map(|(body, _)| body);
        match self.guard.client.stands(&item.before, &self.record.watch.to, set).await {
            Ok(stands) => {
                self.trouble = None;
                let moving = stands.is_none();
                self.sight.stands = stands;
                if moving {
                    self.pause().await;
                } else {
                    self.failed = 0;
                }
            }
            Err(error) => {
                self.trouble = Some(error.into());
                self.tell(false);
                self.pause().await;
            }
        }
    }

    /// Waits before the next try, longer each time.
    async fn pause(&mut self) {
        self.failed = self.failed.saturating_add(1);
        let wait = self.guard.pace.retry.saturating_mul(1 << self.failed.min(6));
        self.guard.clock.sleep(wait.min(LONGEST)).await;
    }

    /// Sends the new mode.
    async fn switch(&mut self) {
        let Some(item) = self.record.current() else { return };
        let (body, to) = (item.before.body.clone(), self.record.watch.to.clone());
        match self.write(&body, to, false).await {
            Some(Outcome::Done { after: Some(Written::Association(after)) }) => {
                let sent = self.record.current().and_then(|item| item.sent);
                let since = after.modified.as_ref().and_then(|modified| modified.at).or(sent);
                let since = since.unwrap_or_else(|| self.guard.clock.wall());
                self.sight = Sight::default();
                self.enter(Event::Set { body: after.raw, since });
            }
            // What came of it is read.
            Some(Outcome::Done { .. }) => self.sight = Sight::default(),
            Some(Outcome::Changed { fields, .. }) => {
                let what: Vec<String> = fields.iter().map(|f| f.field.clone()).collect();
                let why = format!("it is not what you saw any more ({})", what.join(", "));
                self.sight = Sight { refused: Some(why), ..Sight::default() };
            }
            Some(Outcome::Failed(failure)) => {
                let why = [failure.title.as_str(), failure.detail.as_str()].join(": ");
                self.trouble = Some(failure);
                self.sight = Sight { refused: Some(why), ..Sight::default() };
            }
            Some(Outcome::Unknown(failure)) => {
                self.trouble = Some(failure);
                self.sight = Sight::default();
            }
            None => {
                let why = "its body cannot be read".to_owned();
                self.sight = Sight { refused: Some(why), ..Sight::default() };
            }
        }
    }

    /// Sends the old mode, over what was read last.
    async fn put_back(&mut self) {
        let Some(item) = self.record.current() else { return };
        let old = item.before.mode.clone();
        let body = item.set.as_ref().map(|(body, _)| body.clone());
        let read = match &self.sight.stands {
            Some(Stands::New { body, .. }) => Some(body.clone()),
            Some(Stands::Old | Stands::Other(_)) | None => None,
        };
        self.sight.stands = None;
        let Some(body) = body.or(read) else { return };
        match self.write(&body, old, true).await {
            Some(Outcome::Done { .. } | Outcome::Changed { .. }) | None => self.trouble = None,
            Some(Outcome::Failed(failure) | Outcome::Unknown(failure)) => {
                self.trouble = Some(failure);
                self.tell(false);
                self.pause().await;
            }
        }
    }

    /// Sends a mode. That it is about to be sent is on the disk before it leaves; going back does not fail
    /// for want of an entry.
    async fn write(&mut self, body: &RawBody, mode: AccessMode, back: bool) -> Option<Outcome> {
        let change = Change::SetMode { before: association_of(body)?, mode };
        let place = self.record.at()?;
        let event = if back { Event::PuttingBack } else { Event::Sending };
        let (id, now) = (self.record.watch.id.clone(), self.guard.clock.wall());
        let mut entered = None;
        let outcome = {
            let this = &*self;
            let gate = || match this.guard.journal.watched(&id, place, now, &event) {
                Err(e) if !back => Err(this.unwritable(&e)),
                _ => {
                    entered = Some(event.clone());
                    Ok(())
                }
            };
            let step = |step| (this.guard.tell)(this.report(Some((back, step)), false));
            this.guard.client.apply_gated(&change, gate, step).await
        };
        self.told = None;
        if let Some(event) = entered {
            self.record.enter(place, now, event);
        }
        Some(outcome)
    }

    /// Watches until something happens, at most until this time.
    async fn wait(&mut self, until: Timestamp, now: Timestamp) {
        let Some(item) = self.record.current().cloned() else { return };
        let agreed = matches!(self.sight.heard, Heard::Agrees | Heard::Silent(_));
        if item.stage == Stage::Sending {
            self.guard.clock.sleep(self.guard.pace.resource).await;
            return self.look().await;
        }
        let due = self.follow.next(agreed);
        if let Some(due) = due.filter(|due| *due > now) {
            let rest = due.min(until).duration_since(now).unsigned_abs();
            self.guard.clock.sleep(rest.min(self.guard.pace.wish)).await;
            return;
        }
        let guard = self.guard;
        let watch = self.record.watch.clone();
        let mut follow = std::mem::take(&mut self.follow);
        let looking = follow.look((&guard.client, &guard.pace), (&watch, &item), agreed, now);
        let seen = tokio::select! {
            seen = looking => Some(seen),
            () = self.called(until) => None,
        };
        self.follow = follow;
        let Some(seen) = seen else { return };
        match seen.stands {
            Some(Ok(stands)) => {
                self.trouble = None;
                // A service that moves is looked at again; what stood before stands no more for sure.
                self.sight.stands = stands;
            }
            Some(Err(failure)) => self.trouble = Some(failure),
            None => {}
        }
        if let Some(heard) = seen.heard {
            self.sight.heard = heard;
        }
        if let Some((logged, denials)) = seen.log {
            self.sight.logged = logged;
            // What was once denied stays denied, though the log may not answer any more.
            self.sight.denials = denials.unwrap_or_else(|| std::mem::take(&mut self.sight.denials));
        }
    }

    /// Ends when the user wants something, or when the time is over.
    async fn called(&mut self, until: Timestamp) {
        loop {
            tokio::time::sleep(EAR).await;
            if self.hear() || self.guard.clock.wall() >= until {
                return;
            }
        }
    }
}
