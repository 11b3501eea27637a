//! Carries out guarded switches, for the dashboard and for `nsp guard` alike: enters each step in the journal
//! before it is taken, reads before it says anything, and lets [`next`] decide. Shows nothing.

mod forget;
mod lock;
mod look;
mod run;

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::azure::cloud::Audience;
use crate::azure::{ArmClient, Clock, Session};
use crate::domain::guard::{DEMO, Record, Sent, Sight, Step, Watch, next};
use crate::domain::{Failure, FailureKind};
use crate::journal::Journal;

pub use forget::forget;
pub use lock::{Lock, holder};
pub use look::{Pace, perimeter_of};

use run::Run;

/// What a watch has come to; told whenever something has changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The watch and how far it is.
    pub record: Record,
    /// What is known of the association that it is at.
    pub sight: Sight,
    /// A write that is on its way, or has just ended.
    pub write: Option<Sent>,
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
    /// A newer version has entered something that this one does not know.
    Newer,
    /// It belongs to a demo that has ended, and its world with it: nothing is left to be done.
    Lost,
}

/// What the watches of a session belong to: its Resource Manager, or a world that ends with this process.
pub fn endpoint(session: &Session) -> String {
    let url = session.endpoint(Audience::Management).map_or_else(String::new, ToString::to_string);
    if session.is_demo() { format!("{DEMO}{} at {url}", std::process::id()) } else { url }
}

/// The world of a watch has ended with the process that it lived in.
pub fn is_lost(watch: &Watch, held: bool) -> bool {
    watch.is_of_a_demo() && !held && !watch.endpoint.starts_with(&format!("{DEMO}{} ", std::process::id()))
}

/// What is to be said when a session is left and its guarded switches are not over; `None` when all is done.
pub fn abandoned(journal: &Journal, endpoint: &str) -> Option<String> {
    let all = journal.watches().ok()?;
    let left = all.iter().filter(|record| record.is_open() && record.watch.endpoint == endpoint);
    // A demo's world has just ended.
    let left = left.filter(|record| !record.watch.is_of_a_demo() && !record.is_stuck());
    // What this very process still holds it is about to let go.
    let own = format!("process {}", std::process::id());
    let nobody = |r: &&Record| holder(folder(journal), &r.watch.id).is_none_or(|who| who.ends_with(&own));
    let left: Vec<String> = left.filter(nobody).map(|record| record.watch.title()).collect();
    let first = left.first()?;
    let more = if left.len() > 1 { format!(" and {} more", left.len() - 1) } else { String::new() };
    Some(format!("nsp: NOBODY KEEPS WATCH over the {first}{more}: run nsp guard now, which finishes it."))
}

/// Takes a pending watch over, if nobody else is at it. What the journal says is read after the lock is held.
pub fn claim(journal: &Journal, id: &str, who: &str) -> io::Result<Claim> {
    let folder = folder(journal);
    let Some(lock) = Lock::take(folder, id, who)? else {
        return Ok(Claim::Held(holder(folder, id).unwrap_or_else(|| "another process".to_owned())));
    };
    match journal.watch(id)?.filter(Record::is_open) {
        None => {
            lock.finish();
            Ok(Claim::Over)
        }
        Some(record) if record.newer => Ok(Claim::Newer),
        Some(record) if is_lost(&record.watch, false) => {
            forget::enter(journal, &record, |_, _| "its demo has ended, and its world with it".to_owned())?;
            lock.finish();
            Ok(Claim::Lost)
        }
        Some(record) => Ok(Claim::Mine(lock, Box::new(record))),
    }
}

/// Where locks are: beside the journal.
pub fn folder(journal: &Journal) -> &Path {
    journal.path().parent().unwrap_or_else(|| Path::new("."))
}

fn refused(title: &str, detail: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Refused, title, detail)
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
            let what = format!("the {} is pending", other.watch.title());
            let how = "V, or nsp guard --list, shows it; nsp guard finishes it, and nsp guard --forget ends it \
                       without putting anything back.";
            return Err(refused(title, what).hint(how));
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
        let mut run = Run::new(self, record);
        loop {
            run.hear();
            run.tell(false);
            let now = run.now();
            match next(&run.record, own, &run.sight, now) {
                Step::Over if run.is_entered() => break,
                Step::Over => Box::pin(run.pause()).await,
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
