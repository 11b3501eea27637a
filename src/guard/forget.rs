//! Ends a guarded switch without putting anything back, because somebody wants so. What is said about the mode is what
//! is read now, or what was read last.

use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::{Lock, endpoint, folder, holder, refused};
use crate::azure::ArmClient;
use crate::domain::Failure;
use crate::domain::guard::{End, Event, Item, Record, Stands};
use crate::journal::Journal;

/// How long a last reading may take.
const READING: Duration = Duration::from_secs(10);

/// Enters the same end for all that is open of a watch.
pub(super) fn enter(
    journal: &Journal,
    record: &Record,
    last: impl Fn(usize, &Item) -> String,
) -> io::Result<Record> {
    let mut record = record.clone();
    for place in 0..record.items.len() {
        let Some(item) = record.items.get(place).filter(|item| item.end().is_none()) else { continue };
        let (now, event) = (Timestamp::now(), Event::Ended(End::Forgotten(last(place, item))));
        journal.watched(&record.watch.id, place, now, &event)?;
        record.enter(place, now, event);
    }
    Ok(record)
}

/// Ends a pending watch that nobody keeps. Its associations are read once more where they can be: that is said, and
/// nothing is sent.
pub async fn forget(client: &ArmClient, journal: &Journal, id: &str, who: &str) -> Result<Record, Failure> {
    let title = "The guarded switch was not forgotten";
    let unusable = |e: io::Error| refused(title, format!("{}: {e}", journal.path().display()));
    let folder: &Path = folder(journal);
    let Some(lock) = Lock::take(folder, id, who).map_err(unusable)? else {
        let keeper = holder(folder, id).unwrap_or_else(|| "another process".to_owned());
        return Err(refused(title, format!("{keeper} keeps watch; confirm it or put it back there")));
    };
    let Some(record) = journal.watch(id).map_err(unusable)?.filter(Record::is_open) else {
        lock.finish();
        return Err(refused(title, "it is over"));
    };
    if record.newer {
        return Err(refused(title, "a newer version of nsp has begun it: use that one"));
    }
    let mut last = Vec::new();
    for item in &record.items {
        last.push(match item.end() {
            Some(_) => String::new(),
            None => read(client, &record, item).await,
        });
    }
    let said = |place: usize, _: &Item| last.get(place).cloned().unwrap_or_default();
    let forgotten = enter(journal, &record, said).map_err(unusable)?;
    lock.finish();
    Ok(forgotten)
}

/// What a last reading says, or why there is none and what was read before.
async fn read(client: &ArmClient, record: &Record, item: &Item) -> String {
    let before = item.last_read(&record.watch);
    if record.watch.endpoint != endpoint(client.session()) {
        return before;
    }
    let set = item.set.as_ref().map(|(body, _)| body);
    let stands = client.stands(&item.before, &record.watch.to, set);
    match tokio::time::timeout(READING, stands).await {
        Ok(Ok(Some(Stands::Old))) => format!("read just now: {}", item.before.mode.label()),
        Ok(Ok(Some(Stands::New { .. }))) => format!("read just now: {}", record.watch.to.label()),
        Ok(Ok(Some(Stands::Other(what)))) => format!("read just now: {what}"),
        Ok(Ok(None)) => format!("the service still works on it; {before}"),
        Ok(Err(error)) => {
            let failure = Failure::from(error);
            format!("could not be read now ({}: {}); {before}", failure.title, failure.detail)
        }
        Err(_) => format!("could not be read now (no answer); {before}"),
    }
}
