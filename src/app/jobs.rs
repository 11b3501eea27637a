//! Writes waiting, in flight and done: at most one per target, never aborted, never forgotten.

use std::sync::Arc;

use jiff::Timestamp;

use super::msg::Ticket;
use super::overlays::Overlay;
use crate::domain::guard::Sent;
use crate::domain::{ArmId, Change, OtherSide, Outcome, Pace, Step};

/// How many finished writes are kept for the activity tab; what was confirmed together stays together.
const KEPT: usize = 200;

/// How far a write is.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a few hundred are kept at most")]
pub enum JobState {
    /// Waits for others that were confirmed with it.
    Waiting,
    /// On its way.
    Running(Step),
    /// Never sent: one that was to go before it was not done.
    Dropped {
        /// When that was known.
        at: Timestamp,
    },
    /// Ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}

/// What several writes have in common that were confirmed together.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// Number of its first write.
    pub first: Ticket,
    /// Its title.
    pub title: String,
    /// In which order they are sent.
    pub pace: Pace,
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its number.
    pub ticket: Ticket,
    /// What was confirmed.
    pub change: Change,
    /// When it was confirmed.
    pub started: Timestamp,
    /// How far it is.
    pub state: JobState,
    /// The form that it came from; it comes back when the write fails.
    pub form: Option<Box<Overlay>>,
    /// Those it was confirmed with.
    pub batch: Option<Arc<Batch>>,
    /// What the resource itself says of it.
    pub heard: Option<OtherSide>,
    /// The session that it belongs to, as the header named it.
    pub session: Arc<str>,
    /// The guarded switch that sends it, the association's place there, and whether it is the way back.
    pub guarded: Option<(Arc<str>, usize, bool)>,
}

impl Job {
    /// Still on its way, or waiting for its turn.
    pub fn is_running(&self) -> bool {
        match self.state {
            JobState::Waiting | JobState::Running(_) => true,
            JobState::Dropped { .. } | JobState::Ended { .. } => false,
        }
    }

    /// Done and read back.
    pub fn is_done(&self) -> bool {
        matches!(self.state, JobState::Ended { outcome: Outcome::Done { .. }, .. })
    }

    fn is_of(&self, batch: &Batch) -> bool {
        self.batch.as_ref().is_some_and(|b| b.first == batch.first)
    }
}

/// What is to be done after a write has ended.
#[derive(Debug)]
pub struct Ended {
    /// What it was.
    pub change: Change,
    /// The form that it came from.
    pub form: Option<Box<Overlay>>,
    /// Those it was confirmed with.
    pub batch: Option<Arc<Batch>>,
}

/// How the writes of a batch have ended so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Done and read back.
    pub done: usize,
    /// Surely not done, or no longer what the user saw.
    pub failed: usize,
    /// Not known.
    pub unknown: usize,
    /// Never sent.
    pub dropped: usize,
    /// Still to come.
    pub open: usize,
}

/// All writes, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Jobs {
    all: Vec<Job>,
    session: Arc<str>,
}

impl Jobs {
    /// What is entered from here on belongs to this session.
    pub fn begin_session(&mut self, label: &str) {
        self.session = Arc::from(label);
    }

    /// It belongs to the session that is shown.
    pub fn is_of_this_session(&self, job: &Job) -> bool {
        job.session == self.session
    }

    /// The write that is on its way to this target, or waits for its turn.
    pub fn in_flight(&self, target: &ArmId) -> Option<&Job> {
        self.all.iter().find(|j| j.is_running() && j.change.target() == target)
    }

    /// Enters a write, which waits until [`Jobs::release`] lets it go. `Err` when another one to the same
    /// target is on its way.
    ///
    /// # Errors
    /// The reason, to be shown.
    pub fn enter(
        &mut self,
        ticket: Ticket,
        change: Change,
        batch: Option<Arc<Batch>>,
        now: Timestamp,
    ) -> Result<(), String> {
        if self.in_flight(change.target()).is_some() {
            return Err(format!("another write to {} is in flight", change.target().name()));
        }
        let job = Job {
            ticket,
            change,
            started: now,
            state: JobState::Waiting,
            form: None,
            batch,
            heard: None,
            session: Arc::clone(&self.session),
            guarded: None,
        };
        self.all.insert(0, job);
        Ok(())
    }

    /// The write of a guarded switch: what is sent again is the same.
    pub fn guarded(&self, watch: &str, sent: &Sent) -> Option<Ticket> {
        let of = (sent.place, sent.back);
        let is = |job: &&Job| job.guarded.as_ref().is_some_and(|(id, p, b)| **id == *watch && (*p, *b) == of);
        self.all.iter().find(is).map(|job| job.ticket)
    }

    /// Follows a write that a guarded switch sends by itself.
    pub fn follow(&mut self, ticket: Ticket, watch: &str, sent: &Sent, now: Timestamp) {
        let state = match &sent.state {
            Err(step) => JobState::Running(step.clone()),
            Ok(outcome) => JobState::Ended { outcome: outcome.clone(), at: now },
        };
        if let Some(job) = self.all.iter_mut().find(|job| job.ticket == ticket) {
            match state {
                JobState::Running(Step::Heard(side)) => job.heard = Some(side),
                state => job.state = state,
            }
            return;
        }
        let job = Job {
            ticket,
            change: sent.change.clone(),
            started: now,
            state,
            form: None,
            batch: None,
            heard: None,
            session: Arc::clone(&self.session),
            guarded: Some((Arc::from(watch), sent.place, sent.back)),
        };
        self.all.insert(0, job);
        self.trim();
    }

    /// Gives a write the form that it came from.
    pub fn keep_form(&mut self, ticket: Ticket, form: Option<Box<Overlay>>) {
        if let Some(job) = self.all.iter_mut().find(|j| j.ticket == ticket) {
            job.form = form;
        }
    }

    /// Lets those go whose turn it is, oldest first.
    pub fn release(&mut self) -> Vec<(Ticket, Change)> {
        let mut out = Vec::new();
        for i in (0..self.all.len()).rev() {
            let Some(job) = self.all.get(i).filter(|j| j.state == JobState::Waiting) else { continue };
            let room = job.batch.as_ref().is_none_or(|batch| {
                let on_way = |j: &&Job| j.is_of(batch) && matches!(j.state, JobState::Running(_));
                self.all.iter().filter(on_way).count() < batch.pace.at_once()
            });
            if let Some(job) = self.all.get_mut(i).filter(|_| room) {
                job.state = JobState::Running(Step::Checking);
                out.push((job.ticket, job.change.clone()));
            }
        }
        out
    }

    /// A write has come this far. False when it is not known or has ended.
    pub fn progress(&mut self, ticket: Ticket, step: Step) -> bool {
        match self.all.iter_mut().find(|j| j.ticket == ticket && j.is_running()) {
            Some(job) => {
                match step {
                    Step::Heard(side) => job.heard = Some(side),
                    step => job.state = JobState::Running(step),
                }
                true
            }
            None => false,
        }
    }

    /// A write ended; returns what it was. `None` when it is not known or had ended before.
    ///
    /// What waits behind it is never sent where they go one by one and it was not done.
    pub fn finish(&mut self, ticket: Ticket, outcome: Outcome, now: Timestamp) -> Option<Ended> {
        let job = self.all.iter_mut().find(|j| j.ticket == ticket && j.is_running())?;
        let done = matches!(outcome, Outcome::Done { .. });
        job.state = JobState::Ended { outcome, at: now };
        let ended = Ended { change: job.change.clone(), form: job.form.take(), batch: job.batch.clone() };
        if let Some(batch) = ended.batch.as_ref().filter(|b| !done && b.pace == Pace::OneByOne) {
            let waiting = self.all.iter_mut().filter(|j| j.is_of(batch) && j.state == JobState::Waiting);
            waiting.for_each(|j| j.state = JobState::Dropped { at: now });
        }
        self.trim();
        Some(ended)
    }

    fn trim(&mut self) {
        let mut ended = 0;
        let mut kept: Option<Ticket> = None;
        self.all.retain(|j| {
            let batch = j.batch.as_ref().map(|b| b.first);
            ended += usize::from(!j.is_running());
            let keep = j.is_running() || ended <= KEPT || (batch.is_some() && batch == kept);
            if keep {
                kept = batch;
            }
            keep
        });
    }

    /// All writes, newest first.
    pub fn all(&self) -> &[Job] {
        &self.all
    }

    /// The writes that were confirmed together, newest first.
    pub fn of<'a>(&'a self, batch: &'a Batch) -> impl Iterator<Item = &'a Job> {
        self.all.iter().filter(|j| j.is_of(batch))
    }

    /// How the writes that were confirmed together have ended.
    pub fn tally(&self, batch: &Batch) -> Tally {
        let mut tally = Tally::default();
        for job in self.of(batch) {
            let count = match &job.state {
                JobState::Waiting | JobState::Running(_) => &mut tally.open,
                JobState::Dropped { .. } => &mut tally.dropped,
                JobState::Ended { outcome: Outcome::Done { .. }, .. } => &mut tally.done,
                JobState::Ended { outcome: Outcome::Unknown(_), .. } => &mut tally.unknown,
                JobState::Ended { outcome: Outcome::Failed(_) | Outcome::Changed { .. }, .. } => {
                    &mut tally.failed
                }
            };
            *count += 1;
        }
        tally
    }

    /// Writes on their way or waiting for their turn.
    pub fn running(&self) -> usize {
        self.all.iter().filter(|j| j.is_running()).count()
    }
}

impl Tally {
    /// In words: `3 done, 1 failed`.
    pub fn words(self) -> String {
        let parts = [
            (self.done, "done and read back"),
            (self.failed, "failed"),
            (self.unknown, "OUTCOME UNKNOWN"),
            (self.dropped, "not sent"),
            (self.open, "to come"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        told.join(", ")
    }

    /// Nothing but good news.
    pub fn is_good(self) -> bool {
        self.failed + self.unknown + self.dropped == 0
    }
}
