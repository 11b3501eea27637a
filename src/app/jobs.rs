//! Writes in flight and done: at most one per target, never aborted, never forgotten.

use jiff::Timestamp;

use super::msg::Ticket;
use super::overlays::Overlay;
use crate::domain::{ArmId, Change, Outcome, Step};

/// How many finished writes are kept for the activity tab.
const KEPT: usize = 200;

/// How far a write is.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a few hundred are kept at most")]
pub enum JobState {
    /// On its way.
    Running(Step),
    /// Ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
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
}

impl Job {
    /// Still on its way.
    pub fn is_running(&self) -> bool {
        match self.state {
            JobState::Running(_) => true,
            JobState::Ended { .. } => false,
        }
    }
}

/// All writes, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Jobs {
    all: Vec<Job>,
}

impl Jobs {
    /// The write that is on its way to this target.
    pub fn in_flight(&self, target: &ArmId) -> Option<&Job> {
        self.all.iter().find(|j| j.is_running() && j.change.target() == target)
    }

    /// Enters a write. `Err` when another one to the same target is on its way.
    ///
    /// # Errors
    /// The reason, to be shown.
    pub fn start(
        &mut self,
        ticket: Ticket,
        change: Change,
        form: Option<Box<Overlay>>,
        now: Timestamp,
    ) -> Result<(), String> {
        if self.in_flight(change.target()).is_some() {
            return Err(format!("another write to {} is in flight", change.target().name()));
        }
        self.all
            .insert(0, Job { ticket, change, started: now, state: JobState::Running(Step::Checking), form });
        Ok(())
    }

    /// A write has come this far. False when it is not known or has ended.
    pub fn progress(&mut self, ticket: Ticket, step: Step) -> bool {
        match self.all.iter_mut().find(|j| j.ticket == ticket && j.is_running()) {
            Some(job) => {
                job.state = JobState::Running(step);
                true
            }
            None => false,
        }
    }

    /// A write ended; returns what it was. `None` when it is not known or had ended before.
    pub fn finish(
        &mut self,
        ticket: Ticket,
        outcome: Outcome,
        now: Timestamp,
    ) -> Option<(Change, Option<Box<Overlay>>)> {
        let job = self.all.iter_mut().find(|j| j.ticket == ticket && j.is_running())?;
        job.state = JobState::Ended { outcome, at: now };
        let (change, form) = (job.change.clone(), job.form.take());
        self.trim();
        Some((change, form))
    }

    fn trim(&mut self) {
        let mut ended = 0;
        self.all.retain(|j| {
            ended += usize::from(!j.is_running());
            j.is_running() || ended <= KEPT
        });
    }

    /// All writes, newest first.
    pub fn all(&self) -> &[Job] {
        &self.all
    }

    /// Writes on their way.
    pub fn running(&self) -> usize {
        self.all.iter().filter(|j| j.is_running()).count()
    }
}
