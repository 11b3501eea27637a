//! Turns effects into tasks and what comes of them into messages. It keeps no state of the
//! program's own but the table of tasks on their way.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt as _;
use jiff::Timestamp;
use tokio::task::AbortHandle;

use super::connect::Connect;
use super::desktop::{Copied, Desktop};
use super::outbox::Outbox;
use super::read::Reader;
use super::{sign_in, tail, write};
use crate::app::msg::{Msg, SignIn, Slot, TailSpec, Ticket, UnfinishedWrite};
use crate::azure::ArmClient;
use crate::azure::credentials::TokenProvider;
use crate::azure::logs::TailPace;
use crate::domain::scope::Place;
use crate::domain::{Change, Failure, FailureKind};
use crate::journal::{EntryId, Journal};

/// What the executor works with.
#[derive(Debug)]
pub struct Tools {
    /// The Azure client of the session.
    pub client: ArmClient,
    /// Where the session's tokens come from; `None` when they need no signing in.
    pub tokens: Option<TokenProvider>,
    /// The journal of writes, or why there is none: then nothing is written to Azure.
    pub journal: Result<Arc<Journal>, Failure>,
    /// Clipboard.
    pub desktop: Desktop,
    /// Names or ids of the subscriptions to show; all when empty.
    pub only: Vec<String>,
    /// How fast a tail may ask.
    pub pace: TailPace,
    /// Where the session is.
    pub place: Place,
    /// Makes sessions at other places.
    pub connect: Connect,
    /// The file that keeps favourite and recent scopes; none where there is no state folder.
    pub scopes: Option<PathBuf>,
}

/// Does what the model wants done.
#[derive(Debug)]
pub struct Executor {
    pub(super) tools: Tools,
    pub(super) reader: Reader,
    pub(super) out: Outbox,
    /// Questions and writes that have not been answered; an entry leaves when its answer is taken.
    tasks: HashMap<Ticket, AbortHandle>,
    writes: HashSet<Ticket>,
    signing_in: Option<AbortHandle>,
    /// Looks into the journal; they answer only when there is something to say.
    journal_work: Vec<AbortHandle>,
    /// Guarded switches that are kept here.
    guards: Vec<AbortHandle>,
}

impl Executor {
    /// An executor that answers through `out`.
    pub fn new(tools: Tools, out: Outbox) -> Self {
        let reader =
            Reader { client: tools.client.clone(), out: out.clone(), only: tools.only.clone().into() };
        Self {
            tools,
            reader,
            out,
            tasks: HashMap::new(),
            writes: HashSet::new(),
            signing_in: None,
            journal_work: Vec::new(),
            guards: Vec::new(),
        }
    }

    /// Nothing is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.journal_work.iter().all(AbortHandle::is_finished)
    }

    /// What is to be done without being asked: sign in, and look for writes that were never finished.
    pub(super) fn begin(&mut self) {
        self.sign_in();
        self.load_room();
        self.look_for_guards(Vec::new());
        match &self.tools.journal {
            Ok(journal) => {
                let (journal, out) = (Arc::clone(journal), self.out.clone());
                let work = tokio::task::spawn_blocking(move || {
                    let unfinished = write::unfinished(&journal);
                    if unfinished.as_ref().is_ok_and(Vec::is_empty) {
                        return;
                    }
                    out.send(unfinished.map_or_else(|f| Msg::Notice(Err(f)), Msg::Unfinished));
                });
                self.journal_work.push(work.abort_handle());
            }
            Err(failure) => self.out.send(Msg::Notice(Err(failure.clone()))),
        }
    }

    /// Signs in, again if need be.
    pub(super) fn sign_in(&mut self) {
        if let Some(old) = self.signing_in.take() {
            old.abort();
        }
        if let Some(tokens) = &self.tools.tokens {
            let task = tokio::spawn(sign_in::sign_in(tokens.clone(), self.out.clone()));
            self.signing_in = Some(task.abort_handle());
        } else {
            let credential = "fixed token".to_owned();
            let done = SignIn::Done { credential, identity: String::new(), tenant: String::new() };
            self.out.send(Msg::SignIn(done));
        }
    }

    /// Asks a question.
    pub(super) fn read(&mut self, slot: Slot, ticket: Ticket) {
        let reader = self.reader.clone();
        let task = async move {
            let what = format!("reading {slot:?}");
            let result = contained(&what, reader.read(&slot, ticket)).await.and_then(|result| result);
            if let Err(failure) = &result {
                log(failure);
            }
            let quota = reader.client.quota();
            if quota.reads.is_some() || quota.writes.is_some() {
                reader.out.send(Msg::Quota(quota.reads, quota.writes));
            }
            reader.out.send(Msg::Reply { slot, ticket, result });
        };
        self.tasks.insert(ticket, tokio::spawn(task).abort_handle());
    }

    /// Writes a confirmed change. It is never aborted.
    pub(super) fn write(&mut self, ticket: Ticket, change: Change) {
        let out = self.out.clone();
        let (client, journal) = (self.tools.client.clone(), self.tools.journal.clone());
        let task = async move {
            let title = change.title();
            let written = contained(&title, write::write(client, journal, ticket, &change, &out));
            // A fault on the way says nothing about what Azure has done.
            let outcome = written.await.unwrap_or_else(|failure| {
                crate::domain::Outcome::Unknown(Failure { kind: FailureKind::Unknown, ..failure })
            });
            out.send(Msg::Finished(ticket, outcome));
        };
        self.writes.insert(ticket);
        self.tasks.insert(ticket, tokio::spawn(task).abort_handle());
    }

    /// A write has been sent and its outcome was not taken yet.
    pub(super) fn is_writing(&self) -> bool {
        !self.writes.is_empty()
    }

    /// Stops every read.
    pub(super) fn drop_reads(&mut self) {
        let writes = &self.writes;
        self.tasks.retain(|ticket, task| {
            let keep = writes.contains(ticket);
            if !keep {
                task.abort();
            }
            keep
        });
    }

    /// Runs file work where it may wait.
    pub(super) fn on_the_side(&mut self, work: impl FnOnce() + Send + 'static) {
        let work = tokio::task::spawn_blocking(work);
        self.journal_work.retain(|work| !work.is_finished());
        self.journal_work.push(work.abort_handle());
    }

    /// Keeps a guarded switch until the program is left.
    pub(super) fn keep(&mut self, task: AbortHandle) {
        self.guards.retain(|task| !task.is_finished());
        self.guards.push(task);
    }

    /// Stops a read.
    pub(super) fn abort(&mut self, ticket: Ticket) {
        if let Some(task) = self.tasks.remove(&ticket) {
            task.abort();
        }
    }

    /// An answer is being taken.
    pub(super) fn answered(&mut self, msg: &Msg) {
        if let Msg::Reply { ticket, .. } | Msg::Finished(ticket, _) = msg {
            self.tasks.remove(ticket);
            self.writes.remove(ticket);
        }
    }

    /// Enters in the journal that the user has looked after a write of unknown outcome.
    pub(super) fn acknowledge(&mut self, entry: String) {
        let Ok(journal) = &self.tools.journal else { return };
        let (journal, out) = (Arc::clone(journal), self.out.clone());
        self.on_the_side(move || {
            if let Err(e) = journal.seen(&EntryId::from(entry), Timestamp::now()) {
                out.send(Msg::Notice(Err(write::unwritable(&journal, &e))));
            }
        });
    }

    /// Copies text; returns what is to be written to the terminal for it.
    pub(super) fn copy(&self, text: &str, label: &str) -> String {
        let copied = self.tools.desktop.copy(text);
        let (sequence, notice) = match copied {
            Copied::Sequence(sequence) => (sequence, Ok(format!("copied {label}"))),
            Copied::File(path) => {
                let said = format!("{label} is too long for the clipboard; it is in {}", path.display());
                (String::new(), Ok(said))
            }
            Copied::Nowhere(why) => {
                let title = format!("{label} was not copied");
                (String::new(), Err(Failure::new(FailureKind::Refused, title, why)))
            }
        };
        self.out.send(Msg::Notice(notice));
        sequence
    }

    /// Follows a log until the task is aborted.
    pub(super) fn follow(&self, spec: TailSpec) -> impl Future<Output = ()> + Send + use<> {
        tail::follow(self.tools.client.clone(), spec, self.tools.pace, self.out.clone())
    }

    /// Where messages go.
    pub(super) fn outbox(&self) -> &Outbox {
        &self.out
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        for task in self.tasks.values().chain(&self.signing_in).chain(&self.guards) {
            task.abort();
        }
    }
}

/// What a task ends with; a fault in it becomes a failure.
pub(super) async fn contained<T>(what: &str, task: impl Future<Output = T>) -> Result<T, Failure> {
    AssertUnwindSafe(task).catch_unwind().await.map_err(|panic| {
        let title = "A fault in nsp itself";
        let detail = format!("{what}: {}", words(panic.as_ref()));
        Failure::new(FailureKind::Decode, title, detail)
            .hint("The report is in the state folder, beside the log; please send it in.")
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}

/// Everything that is shown to the user as failed is in the log, once.
pub(super) fn log(failure: &Failure) {
    tracing::warn!(
        kind = ?failure.kind,
        code = failure.code.as_deref(),
        status = failure.status,
        request = failure.request_id.as_deref(),
        "{}: {}", failure.title, failure.detail
    );
}

/// A write of an earlier run, for the model.
pub(super) fn unfinished_write(entry: &crate::journal::Entry) -> UnfinishedWrite {
    UnfinishedWrite {
        entry: entry.id.as_str().to_owned(),
        at: entry.at,
        title: crate::domain::text::clean(&entry.title).into_owned(),
        target: crate::domain::text::clean(&entry.target).into_owned(),
    }
}
