//! One confirmed change: entered in the journal, sent, and its outcome entered.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use super::execute::{log, unfinished_write};
use super::outbox::Outbox;
use crate::app::msg::{Msg, Ticket, UnfinishedWrite};
use crate::azure::ArmClient;
use crate::domain::{Change, Failure, FailureKind, Outcome, Step};
use crate::journal::{EntryId, Journal};

/// Writes; the steps are sent as they are taken.
pub(super) async fn write(
    client: ArmClient,
    journal: Result<Arc<Journal>, Failure>,
    ticket: Ticket,
    change: &Change,
    out: &Outbox,
) -> Outcome {
    let journal = match journal {
        Ok(journal) => journal,
        Err(failure) => return Outcome::Failed(failure),
    };
    let label = client.session().label().to_owned();
    let entry = {
        let (journal, change) = (Arc::clone(&journal), change.clone());
        blocking(move || journal.intent(ticket.0, Timestamp::now(), &label, &change)).await
    };
    let entry = match entry {
        Ok(entry) => entry,
        Err(e) => return Outcome::Failed(unwritable(&journal, &e)),
    };
    tracing::info!(entry = entry.as_str(), target = %change.target(), "{}", change.title());
    let outcome = client.apply(change, |step| tell(step, ticket, &journal, &entry, out)).await;
    enter_outcome(&journal, &entry, &outcome, out).await;
    outcome
}

/// Passes a step on. The journal knows the intent already: an entry that cannot be made here leaves
/// the write among those whose outcome must be looked up.
fn tell(step: Step, ticket: Ticket, journal: &Journal, entry: &EntryId, out: &Outbox) {
    if step == Step::Sending
        && let Err(e) = journal.sent(entry, Timestamp::now())
    {
        log(&unwritable(journal, &e));
    }
    out.send(Msg::Progress(ticket, step));
}

async fn enter_outcome(journal: &Arc<Journal>, entry: &EntryId, outcome: &Outcome, out: &Outbox) {
    if let Outcome::Failed(failure) | Outcome::Unknown(failure) = outcome {
        log(failure);
    }
    let entered = {
        let (journal, entry, outcome) = (Arc::clone(journal), entry.clone(), outcome.clone());
        blocking(move || journal.outcome(&entry, Timestamp::now(), &outcome)).await
    };
    if let Err(e) = entered {
        let failure = unwritable(journal, &e);
        log(&failure);
        out.send(Msg::Notice(Err(failure)));
    }
}

/// Runs file work where it may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(io::Error::other(e)))
}

/// Writes of earlier runs whose outcome is not known.
pub(super) fn unfinished(journal: &Journal) -> Result<Vec<UnfinishedWrite>, Failure> {
    let entries = journal.unfinished().map_err(|e| unwritable(journal, &e))?;
    Ok(entries.iter().map(unfinished_write).collect())
}

/// Why nothing is written to Azure.
pub(super) fn unwritable(journal: &Journal, error: &io::Error) -> Failure {
    let detail = format!("{}: {error}", journal.path().display());
    Failure::new(FailureKind::Refused, "The journal of writes cannot be used", detail)
        .hint("Nothing is sent to Azure without an entry in it. Make room or mend its permissions.")
}
