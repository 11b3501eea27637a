//! The run of one watch: looks, enters and sends what [`next`](crate::domain::guard::next) decides. Decides nothing.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::look::Follow;
use super::{Guard, Report, refused};
use crate::azure::{ArmError, association_of};
use crate::domain::guard::{Event, Heard, Record, Sent, Sight, Stage, Stands};
use crate::domain::{AccessMode, Change, Failure, FailureKind, Outcome, RawBody, Written};

/// How often it is seen whether the user wants something while requests are on their way.
const EAR: Duration = Duration::from_millis(200);
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest wait before what was refused is sent again.
const LONGEST_REFUSED: Duration = Duration::from_secs(300);
/// Codes of a 404 that say nothing about the association itself: the identity may be of another tenant.
const ELSEWHERE: [&str; 4] =
    ["SubscriptionNotFound", "InvalidSubscriptionId", "NoRegisteredProviderFound", "InvalidResourceType"];

/// The run of one watch.
pub(super) struct Run<'g> {
    guard: &'g Guard,
    pub(super) record: Record,
    pub(super) sight: Sight,
    follow: Follow,
    told: Option<Report>,
    trouble: Option<Failure>,
    /// Readings that failed, one after another.
    failed: u32,
    /// Tries to put this association back that came to nothing.
    tries: u32,
    /// Length of the journal when the user's wishes were last read.
    heard: u64,
    /// When the association was first found missing.
    missing: Option<Timestamp>,
    /// Events that are not in the journal yet: it could not be written.
    owed: Vec<(usize, Timestamp, Event)>,
    /// A time, and what the monotonic clock said then.
    anchor: (Timestamp, Instant),
}

impl<'g> Run<'g> {
    pub(super) fn new(guard: &'g Guard, record: Record) -> Self {
        // Nothing happens before what has happened, whatever became of the clock meanwhile.
        let last = record.items.iter().map(|item| item.at).max();
        let begun = last.into_iter().chain([guard.clock.wall()]).max().unwrap_or(Timestamp::MIN);
        Self {
            guard,
            record,
            sight: Sight::default(),
            follow: Follow::default(),
            told: None,
            trouble: None,
            failed: 0,
            tries: 0,
            heard: 0,
            missing: None,
            owed: Vec::new(),
            anchor: (begun, guard.clock.now()),
        }
    }

    /// What time it is; a clock that is set back does not make the watch longer.
    pub(super) fn now(&self) -> Timestamp {
        let (begun, at) = self.anchor;
        let passed = self.guard.clock.now().saturating_duration_since(at);
        begun.checked_add(passed).unwrap_or(begun).max(self.guard.clock.wall())
    }

    fn report(&self, write: Option<Sent>, left: bool) -> Report {
        Report {
            record: self.record.clone(),
            sight: self.sight.clone(),
            write,
            trouble: self.trouble.clone(),
            left,
        }
    }

    /// Tells how it stands, if that is news.
    pub(super) fn tell(&mut self, left: bool) {
        let report = self.report(None, left);
        if self.told.as_ref() != Some(&report) {
            (self.guard.tell)(report.clone());
            self.told = Some(report);
        }
    }

    /// Reads what the user wants, where the journal has grown.
    pub(super) fn hear(&mut self) -> bool {
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

    /// Enters an event. What cannot be entered has happened all the same, and is entered as soon as that can be done;
    /// what announces a forward write must not be sent then, which is the business of [`Run::write`].
    pub(super) fn enter(&mut self, event: Event) {
        let Some(place) = self.record.at() else { return };
        let now = self.now();
        self.owed.push((place, now, event.clone()));
        self.is_entered();
        // Decisions are carried out after another look.
        if matches!(event, Event::Keeping(_) | Event::GoingBack(_)) {
            self.sight.stands = None;
        }
        self.record.enter(place, now, event);
        if self.record.at() != Some(place) {
            (self.sight, self.follow, self.failed) = (Sight::default(), Follow::default(), 0);
            (self.missing, self.tries) = (None, 0);
        }
    }

    /// Enters what is still owed to the journal; true when nothing is left.
    pub(super) fn is_entered(&mut self) -> bool {
        while let Some((place, at, event)) = self.owed.first() {
            match self.guard.journal.watched(&self.record.watch.id, *place, *at, event) {
                Ok(()) => drop(self.owed.remove(0)),
                // Somebody has removed the journal: nothing in it can be wrong any more.
                Err(e) if e.kind() == io::ErrorKind::NotFound => self.owed.clear(),
                Err(e) => {
                    self.trouble = Some(self.unwritable(&e));
                    return false;
                }
            }
        }
        true
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        let detail = format!("{}: {error}", self.guard.journal.path().display());
        refused("The journal cannot be written", detail)
    }

    /// Reads which mode stands.
    pub(super) async fn look(&mut self) {
        let Some(item) = self.record.current() else { return };
        let set = item.set.as_ref().map(|(body, _)| body);
        let read = self.guard.client.stands(&item.before, &self.record.watch.to, set).await;
        let known = self.found(read.map_err(told));
        if known && self.sight.stands.is_some() {
            self.failed = 0;
        } else {
            self.tell(false);
            self.pause().await;
        }
    }

    /// Takes what a reading said. False when it could not be read.
    fn found(&mut self, read: Result<Option<Stands>, Failure>) -> bool {
        match read {
            Ok(stands) => {
                (self.trouble, self.missing) = (None, None);
                // A service that moves is looked at again; what stood before stands no more for sure.
                self.sight.stands = stands;
                true
            }
            Err(failure) if is_missing(&failure) => {
                // Resource Manager forgets for a moment what it has just written: one answer is not believed.
                let now = self.now();
                let since = *self.missing.get_or_insert(now);
                let wait = SignedDuration::try_from(self.guard.pace.missing).unwrap_or(SignedDuration::MAX);
                let believed = now.duration_since(since) >= wait;
                let gone = || Stands::Other("the association does not exist any more".to_owned());
                self.sight.stands = believed.then(gone);
                self.trouble = (!believed).then_some(failure);
                believed
            }
            Err(failure) => {
                self.trouble = Some(failure);
                false
            }
        }
    }

    /// Waits before the next reading, longer each time.
    pub(super) async fn pause(&mut self) {
        self.failed = self.failed.saturating_add(1);
        let wait = self.guard.pace.retry.saturating_mul(1 << self.failed.min(6));
        self.guard.clock.sleep(wait.min(LONGEST)).await;
    }

    /// Waits before the old mode is sent again, longer each time; ends early when the user wants something.
    async fn pause_writing(&mut self, longest: Duration) {
        self.tries = self.tries.saturating_add(1);
        let wait = self.guard.pace.retry.saturating_mul(1 << self.tries.min(10)).min(longest);
        let until = self.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        while self.now() < until && !self.hear() {
            let rest = until.duration_since(self.now()).unsigned_abs();
            self.guard.clock.sleep(rest.min(self.guard.pace.wish)).await;
        }
    }

    /// Sends the new mode.
    pub(super) async fn switch(&mut self) {
        let Some(item) = self.record.current() else { return };
        let (body, to) = (item.before.body.clone(), self.record.watch.to.clone());
        match self.write(&body, to, false).await {
            Some(Outcome::Done { after: Some(Written::Association(after)) }) => {
                let sent = self.record.current().and_then(|item| item.sent);
                let since = after.modified.as_ref().and_then(|modified| modified.at).or(sent);
                let since = since.unwrap_or_else(|| self.now());
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
                let why = words(&failure);
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
    pub(super) async fn put_back(&mut self) {
        let Some(item) = self.record.current() else { return };
        let old = item.before.mode.clone();
        let set = item.set.as_ref().map(|(body, _)| body.clone());
        let set = set.filter(|body| association_of(body).is_some());
        let read = match self.sight.stands.take() {
            Some(Stands::New { body, .. }) => Some(body),
            Some(Stands::Old | Stands::Other(_)) | None => None,
        };
        let Some(body) = set.or(read) else { return };
        match self.write(&body, old, true).await {
            Some(Outcome::Done { .. }) => self.trouble = None,
            // What has changed is read; where that is nothing that counts, it is not sent again at once.
            Some(Outcome::Changed { .. }) | None => {
                self.trouble = None;
                self.pause_writing(LONGEST).await;
            }
            Some(Outcome::Failed(failure)) if is_refusal(&failure) => {
                let why = words(&failure);
                self.trouble = Some(failure);
                self.enter(Event::Refused(why));
                self.tell(false);
                self.pause_writing(LONGEST_REFUSED).await;
            }
            Some(Outcome::Failed(failure) | Outcome::Unknown(failure)) => {
                self.trouble = Some(failure);
                self.tell(false);
                self.pause_writing(LONGEST).await;
            }
        }
    }

    /// Sends a mode. That it is about to be sent is on the disk before it leaves; going back does not fail
    /// for want of an entry.
    async fn write(&mut self, body: &RawBody, mode: AccessMode, back: bool) -> Option<Outcome> {
        let change = Change::SetMode { before: association_of(body)?, mode };
        let place = self.record.at()?;
        let event = if back { Event::PuttingBack } else { Event::Sending };
        let now = self.now();
        let entered = AtomicBool::new(false);
        let outcome = {
            let this = &*self;
            let (id, event, entered) = (&this.record.watch.id, &event, &entered);
            let gate = || {
                let written = this.guard.journal.watched(id, place, now, event);
                entered.store(written.is_ok(), Ordering::Relaxed);
                match written {
                    Err(e) if !back => Err(this.unwritable(&e)),
                    Err(_) | Ok(()) => Ok(()),
                }
            };
            let sent = |state| Sent { place, change: change.clone(), back, state };
            let tell = |state| {
                let mut report = this.report(Some(sent(state)), false);
                if entered.load(Ordering::Relaxed) {
                    report.record.enter(place, now, event.clone());
                }
                (this.guard.tell)(report);
            };
            let outcome = this.guard.client.apply_gated(&change, gate, |step| tell(Err(step))).await;
            tell(Ok(outcome.clone()));
            outcome
        };
        self.told = None;
        if entered.into_inner() || back {
            self.record.enter(place, now, event);
        }
        Some(outcome)
    }

    /// Watches until something happens, at most until this time.
    pub(super) async fn wait(&mut self, until: Timestamp, now: Timestamp) {
        let Some(item) = self.record.current().cloned() else { return };
        let agreed = matches!(self.sight.heard, Heard::Agrees | Heard::Silent(_));
        if item.stage == Stage::Sending {
            self.guard.clock.sleep(self.guard.pace.resource).await;
            return self.look().await;
        }
        let due = self.follow.next(agreed, now);
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
        if let Some(read) = seen.stands {
            self.found(read);
        }
        if let Some(heard) = seen.heard {
            self.sight.heard = heard;
        }
        self.sight.way_back = seen.way_back.or(self.sight.way_back);
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
            if self.hear() || self.now() >= until {
                return;
            }
        }
    }
}

fn told(error: ArmError) -> Failure {
    error.into()
}

fn words(failure: &Failure) -> String {
    [failure.title.as_str(), failure.detail.as_str()].join(": ")
}

/// The service says that there is no such thing, and it is the association that it speaks of.
fn is_missing(failure: &Failure) -> bool {
    let elsewhere = |code: &str| ELSEWHERE.iter().any(|known| code.eq_ignore_ascii_case(known));
    failure.kind == FailureKind::NotFound && !failure.code.as_deref().is_some_and(elsewhere)
}

/// The service will not have it: waiting alone hardly mends that.
fn is_refusal(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Denied
        | FailureKind::NotFound
        | FailureKind::Conflict
        | FailureKind::Rejected
        | FailureKind::Refused => true,
        // Signing in again, waiting or a connection mends these.
        FailureKind::Auth
        | FailureKind::Throttled
        | FailureKind::Server
        | FailureKind::Network
        | FailureKind::Decode
        | FailureKind::Unknown => false,
    }
}
