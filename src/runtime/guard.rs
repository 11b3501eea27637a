//! Guarded switches of the dashboard: tasks that keep watch, and looks into the journal for what is pending.
//! What they come to goes to the model; nothing is decided here.

use std::sync::Arc;

use jiff::Timestamp;

use super::execute::{Executor, contained, log};
use super::outbox::Outbox;
use super::write::unwritable;
use crate::app::guards::{Intent, Keeper, News, Order};
use crate::app::msg::Msg;
use crate::azure::{ArmClient, SystemClock};
use crate::domain::guard::{Record, Sight, Watch, Wish};
use crate::domain::{Failure, FailureKind};
use crate::guard::{Claim, Guard, Lock, Pace, Report, claim, endpoint, folder, forget, holder, is_lost};
use crate::journal::Journal;

/// What this program calls itself in a lock.
const WHO: &str = "a dashboard";

impl Executor {
    /// Does what the model wants about guarded switches.
    pub(super) fn guard(&mut self, order: Order) {
        let journal = match &self.tools.journal {
            Ok(journal) => Arc::clone(journal),
            Err(failure) => return self.out.send(Msg::Notice(Err(failure.clone()))),
        };
        let (client, out) = (self.tools.client.clone(), self.out.clone());
        match order {
            Order::Begin(intent) => {
                self.keep(tokio::spawn(begin(client, journal, *intent, out)).abort_handle());
            }
            Order::TakeOver(id) => {
                self.keep(tokio::spawn(take_over(client, journal, id, out)).abort_handle());
            }
            Order::Wish(id, place, wish) => {
                self.on_the_side(move || enter(&journal, (&id, place), wish, &out));
            }
            Order::Forget(id) => {
                self.keep(tokio::spawn(forgotten(client, journal, id, out)).abort_handle());
            }
            Order::Look(known) => self.look_for_guards(known),
        }
    }

    /// Looks for guarded switches that are pending, and what became of those that are known.
    pub(super) fn look_for_guards(&mut self, known: Vec<String>) {
        let Ok(journal) = &self.tools.journal else { return };
        let (journal, out) = (Arc::clone(journal), self.out.clone());
        let endpoint = endpoint(self.tools.client.session());
        self.on_the_side(move || match pending(&journal, &endpoint, &known) {
            Ok(found) if found.is_empty() => {}
            Ok(found) => out.send(Msg::PendingGuards(found)),
            Err(failure) => out.send(Msg::Notice(Err(failure))),
        });
    }
}

/// What is pending at this endpoint, or known, and who keeps it. What has lost its world is ended by the way.
fn pending(journal: &Journal, endpoint: &str, known: &[String]) -> Result<Vec<News>, Failure> {
    let unusable = |e| unwritable(journal, &e);
    let all = journal.watches().map_err(unusable)?;
    let held = |id: &str| holder(folder(journal), id).is_some();
    for record in all.iter().filter(|record| record.is_open()) {
        let id = &record.watch.id;
        if record.watch.is_of_a_demo() && is_lost(&record.watch, held(id)) {
            claim(journal, id, WHO).map_err(unusable)?;
        }
    }
    let wanted = |record: &Record| {
        known.contains(&record.watch.id) || (record.is_open() && record.watch.endpoint == endpoint)
    };
    let here = all.into_iter().filter(wanted);
    let news = |record: Record| {
        let keeper = match holder(folder(journal), &record.watch.id) {
            Some(who) => Keeper::Other(who),
            None => Keeper::Nobody,
        };
        News { record, sight: Sight::default(), write: None, trouble: None, keeper }
    };
    Ok(here.map(news).collect())
}

/// Enters what the user wants: whoever keeps watch reads it.
fn enter(journal: &Journal, (id, place): (&str, usize), wish: Wish, out: &Outbox) {
    if let Err(e) = journal.wish(id, place, Timestamp::now(), wish) {
        out.send(Msg::Notice(Err(unwritable(journal, &e))));
    }
}

fn guard(client: ArmClient, journal: Arc<Journal>, out: &Outbox) -> Guard {
    let pace = if client.session().is_loopback() { Pace::LOCAL } else { Pace::AZURE };
    let out = out.clone();
    let tell = move |report: Report| {
        let Report { record, sight, write, trouble, left } = report;
        let keeper = if left && record.is_open() { Keeper::Nobody } else { Keeper::Here };
        let news = News { record, sight, write, trouble, keeper };
        out.send(Msg::Guarded(Box::new(news)));
    };
    Guard { client, journal, clock: Arc::new(SystemClock), pace, tell: Arc::new(tell) }
}

async fn begin(client: ArmClient, journal: Arc<Journal>, intent: Intent, out: Outbox) {
    let watch = Watch {
        id: uuid::Uuid::new_v4().to_string(),
        at: Timestamp::now(),
        session: client.session().label().to_owned(),
        endpoint: endpoint(client.session()),
        to: intent.to,
        terms: intent.terms,
        customer: intent.customer,
        items: intent.items,
    };
    let guard = guard(client, journal, &out);
    let begun = {
        let guard = guard.clone();
        tokio::task::spawn_blocking(move || guard.begin(watch, WHO)).await
    };
    match begun {
        Ok(Ok((lock, record))) => keep(guard, lock, record, true, out).await,
        Ok(Err(failure)) => told(failure, &out),
        Err(e) => told(Failure::new(FailureKind::Refused, "Nothing was switched", e.to_string()), &out),
    }
}

async fn take_over(client: ArmClient, journal: Arc<Journal>, id: String, out: Outbox) {
    let claimed = {
        let (journal, id) = (Arc::clone(&journal), id.clone());
        tokio::task::spawn_blocking(move || claim(&journal, &id, WHO)).await
    };
    let title = "The guarded switch was not taken over";
    match claimed {
        Ok(Ok(Claim::Mine(lock, record))) => {
            keep(guard(client, journal, &out), lock, *record, false, out).await;
        }
        Ok(Ok(Claim::Held(who))) => {
            told(Failure::new(FailureKind::Refused, title, format!("it is kept by {who}")), &out);
        }
        Ok(Ok(Claim::Over | Claim::Lost)) => {
            told(Failure::new(FailureKind::Refused, title, "it is over"), &out);
        }
        Ok(Ok(Claim::Newer)) => {
            let why = "a newer version of nsp has been at it: use that one";
            told(Failure::new(FailureKind::Refused, title, why), &out);
        }
        Ok(Err(e)) => told(unwritable(&journal, &e), &out),
        Err(e) => told(Failure::new(FailureKind::Refused, title, e.to_string()), &out),
    }
}

/// Ends one without putting anything back, and tells what was read.
async fn forgotten(client: ArmClient, journal: Arc<Journal>, id: String, out: Outbox) {
    match forget(&client, &journal, &id, WHO).await {
        Ok(record) => {
            let (sight, keeper) = (Sight::default(), Keeper::Nobody);
            out.send(Msg::Guarded(Box::new(News { record, sight, write: None, trouble: None, keeper })));
        }
        Err(failure) => told(failure, &out),
    }
}

/// Keeps watch until it is over. A fault in it leaves the switch to whoever takes it over.
async fn keep(guard: Guard, lock: Lock, record: Record, own: bool, out: Outbox) {
    tracing::info!(watch = record.watch.id, own, "{}", record.watch.title());
    let known = record.clone();
    if let Err(failure) = contained("a guarded switch", guard.run(lock, record, own)).await {
        let record = guard.journal.watch(&known.watch.id).ok().flatten().unwrap_or(known);
        let trouble = Some(failure.clone());
        let news = News { record, sight: Sight::default(), write: None, trouble, keeper: Keeper::Nobody };
        out.send(Msg::Guarded(Box::new(news)));
        told(failure, &out);
    }
}

fn told(failure: Failure, out: &Outbox) {
    log(&failure);
    out.send(Msg::Notice(Err(failure)));
}
