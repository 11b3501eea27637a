//! `nsp guard`: takes over guarded switches whose terminal has died, finishes them and says what it did. Several
//! may run: the lock of a switch decides who acts. What cannot be printed or entered is no reason to stop watching.

mod list;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Printer, Ready, refused, stamp, unreadable};
use crate::azure::SystemClock;
use crate::cli::{Exit, GuardArgs};
use crate::domain::Failure;
use crate::domain::guard::{End, Item, Record, Stage, Wish};
use crate::guard::{Claim, Guard, Report, claim, folder, forget, holder, is_lost};
use list::fields;

/// How often it is seen whether there is a switch to be taken over.
const LOOK: Duration = Duration::from_millis(500);
/// Fewest characters that name a switch: an empty variable in a script must not.
const NAMED: usize = 4;

/// Runs the command until its work is done, or until `stop` ends.
pub async fn run(
    ready: Ready,
    args: &GuardArgs,
    out: &mut (dyn Write + Send),
    stop: impl Future<Output = ()> + Send,
) -> Result<Exit, Failure> {
    let mut printer = Printer::new(out, args.at.json);
    if args.list {
        return list::list(&ready, args.all, &mut printer);
    }
    if let Some(id) = &args.forget {
        return forgotten(&ready, id, &mut printer).await;
    }
    let wish = match (&args.keep, &args.back) {
        (Some(id), _) => Some((id, Wish::Keep)),
        (None, Some(id)) => Some((id, Wish::Back)),
        (None, None) => None,
    };
    let mut only = None;
    if let Some((id, wish)) = wish {
        let record = named(&ready, id, true)?;
        let place = record.at().unwrap_or_default();
        ready
            .journal
            .wish(&record.watch.id, place, Timestamp::now(), wish)
            .map_err(|e| unreadable(&ready.journal, &e))?;
        only = Some(record.watch.id);
    }
    let mut printer = printer.persevering();
    let mut watch = Watching::new(ready, only, args.stay);
    let stopped = tokio::select! {
        done = watch.until_done(&mut printer) => { done?; false }
        () = stop => true,
    };
    // Whatever is left goes on where the journal stands: the locks fall with the tasks.
    watch.tasks.shutdown().await;
    watch.exit(stopped, &mut printer)
}

/// The open switch that an id, or the beginning of one, names.
fn named(ready: &Ready, id: &str, here: bool) -> Result<Record, Failure> {
    if id.len() < NAMED {
        return Err(refused("No switch is meant", format!("give at least {NAMED} characters of its id")));
    }
    let open = open(ready)?;
    let mut found = open.into_iter().filter(|record| record.watch.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(one), None) if !here || one.watch.endpoint == ready.endpoint() => Ok(one),
        (Some(one), None) => Err(refused(
            "This switch belongs to another session",
            format!("{} is at {}", one.watch.title(), one.watch.endpoint),
        )),
        (Some(_), Some(_)) => Err(refused("No switch is meant", format!("several begin with {id}"))),
        (None, _) => Err(refused("There is no such switch", format!("no pending one begins with {id}"))),
    }
}

fn open(ready: &Ready) -> Result<Vec<Record>, Failure> {
    let mut all = ready.journal.watches().map_err(|e| unreadable(&ready.journal, &e))?;
    all.retain(Record::is_open);
    Ok(all)
}

/// Ends a switch without putting anything back.
async fn forgotten(ready: &Ready, id: &str, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
    let record = named(ready, id, false)?;
    let record = forget(&ready.client, &ready.journal, &record.watch.id, "nsp guard").await?;
    for item in &record.items {
        let text = format!("{}  {}: {}", record.watch.short(), item.before.name(), item.words(&record.watch));
        printer.line(&text, &fields(&record.watch.id, item))?;
    }
    Ok(Exit::Done)
}

/// What a person can do who may do it.
fn by_hand(watch: &str, item: &Item, printer: &mut Printer<'_>) -> Result<(), Failure> {
    let command = item.by_hand();
    printer.line(
        &format!("          by hand: {command}"),
        &[("watch", json!(watch)), ("command", json!(command))],
    )
}

/// The switches that this process looks after or waits for.
struct Watching {
    ready: Ready,
    only: Option<String>,
    stay: bool,
    tasks: JoinSet<Record>,
    reports: mpsc::UnboundedReceiver<Report>,
    tell: mpsc::UnboundedSender<Report>,
    /// Ids that this process goes on with.
    mine: BTreeSet<String>,
    /// Ids that somebody else keeps.
    held: BTreeSet<String>,
    /// What was last said of each.
    said: BTreeMap<String, String>,
}

impl Watching {
    fn new(ready: Ready, only: Option<String>, stay: bool) -> Self {
        let (tell, reports) = mpsc::unbounded_channel();
        let (mine, held, said) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        Self { ready, only, stay, tasks: JoinSet::new(), reports, tell, mine, held, said }
    }

    async fn until_done(&mut self, printer: &mut Printer<'_>) -> Result<(), Failure> {
        loop {
            if let Err(failure) = self.take_over(printer) {
                // Those that are watched already go on.
                let text = format!("trying again: {}: {}", failure.title, failure.detail);
                if self.said.insert(String::new(), text.clone()).as_ref() != Some(&text) {
                    printer.line(&text, &[])?;
                }
            } else {
                self.said.remove("");
            }
            if self.tasks.is_empty() && self.held.is_empty() && !self.stay && !self.said.contains_key("") {
                while let Ok(report) = self.reports.try_recv() {
                    self.say(&report, printer)?;
                }
                return Ok(());
            }
            let pause = pin!(tokio::time::sleep(LOOK));
            tokio::select! {
                Some(report) = self.reports.recv() => self.say(&report, printer)?,
                Some(_) = self.tasks.join_next() => {}
                () = pause => {}
            }
        }
    }

    /// Takes over what nobody keeps.
    fn take_over(&mut self, printer: &mut Printer<'_>) -> Result<(), Failure> {
        let endpoint = self.ready.endpoint();
        let wanted = |record: &Record| self.only.as_ref().is_none_or(|id| *id == record.watch.id);
        let open: Vec<Record> = open(&self.ready)?.into_iter().filter(wanted).collect();
        self.held.retain(|id| open.iter().any(|record| record.watch.id == *id));
        for record in open {
            let id = record.watch.id.clone();
            if self.mine.contains(&id) {
                continue;
            }
            let held = || holder(folder(&self.ready.journal), &id).is_some();
            let lost = record.watch.is_of_a_demo() && is_lost(&record.watch, held());
            if record.watch.endpoint != endpoint && !lost {
                let what = format!("left alone: it belongs to {}", record.watch.endpoint);
                self.once(&record, &what, printer)?;
                continue;
            }
            let claimed = claim(&self.ready.journal, &id, "nsp guard");
            match claimed.map_err(|e| unreadable(&self.ready.journal, &e))? {
                Claim::Over => {}
                Claim::Lost => {
                    let what = "its demo has ended, and its world with it: nothing is left to be put back";
                    self.once(&record, what, printer)?;
                }
                Claim::Newer => {
                    self.once(&record, "left alone: a newer version of nsp has been at it", printer)?;
                }
                Claim::Held(who) => {
                    self.held.insert(id);
                    self.once(&record, &format!("kept by {who}; waiting for it"), printer)?;
                }
                Claim::Mine(lock, record) => {
                    self.held.remove(&id);
                    self.mine.insert(id);
                    self.once(&record, "taken over", printer)?;
                    let guard = self.guard();
                    self.tasks.spawn(async move { guard.run(lock, *record, false).await });
                }
            }
        }
        Ok(())
    }

    fn guard(&self) -> Guard {
        let tell = self.tell.clone();
        Guard {
            client: self.ready.client.clone(),
            journal: Arc::clone(&self.ready.journal),
            clock: Arc::new(SystemClock),
            pace: self.ready.pace(),
            // Nobody listens any more when the command is being left.
            tell: Arc::new(move |report| drop(tell.send(report))),
        }
    }

    /// Says something of a switch, unless it was the last thing said.
    fn once(&mut self, record: &Record, what: &str, printer: &mut Printer<'_>) -> Result<(), Failure> {
        let id = &record.watch.id;
        if self.said.insert(id.clone(), what.to_owned()).as_deref() == Some(what) {
            return Ok(());
        }
        let text = format!("{}  {}: {what}", record.watch.short(), record.watch.title());
        printer.line(&text, &[("watch", json!(id))])
    }

    fn say(&mut self, report: &Report, printer: &mut Printer<'_>) -> Result<(), Failure> {
        let watch = &report.record.watch;
        for (place, item) in report.record.items.iter().enumerate() {
            let key = format!("{} {place}", watch.id);
            let mut what = item.words(watch);
            let mut hand = item.end().is_none() && (item.is_stuck() || item.refused.is_some());
            if report.record.at() == Some(place) {
                if item.stage == Stage::Watching {
                    let sight = &report.sight;
                    let denials = sight.denials.words(&sight.logged);
                    what = format!("{what}: {}, {denials}", sight.heard.short());
                }
                if let Some(trouble) = report.trouble.as_ref().filter(|_| item.refused.is_none()) {
                    what = format!("{what}; trying again: {}: {}", trouble.title, trouble.detail);
                }
                hand |= matches!(item.stage, Stage::GoingBack { .. }) && report.trouble.is_some();
            }
            if self.said.insert(key, what.clone()).as_ref() == Some(&what) {
                continue;
            }
            let name = item.before.name();
            let text = format!("{}  {}  {name}: {what}", watch.short(), stamp(Timestamp::now()));
            printer.line(&text, &fields(&watch.id, item))?;
            if hand {
                by_hand(&watch.id, item, printer)?;
            }
        }
        Ok(())
    }

    /// How it ended, by what the journal says of all that was looked after.
    fn exit(&self, stopped: bool, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
        let journal = &self.ready.journal;
        let all = journal.watches().map_err(|e| unreadable(journal, &e))?;
        let told = |record: &&Record| {
            self.mine.contains(&record.watch.id) || self.said.contains_key(&record.watch.id)
        };
        let endpoint = self.ready.endpoint();
        let looked = all.iter().filter(told).filter(|record| record.watch.endpoint == endpoint);
        let mut exit = Exit::Done;
        for record in looked {
            for item in &record.items {
                let one = match item.end() {
                    None if item.is_stuck() => Exit::Stuck,
                    None => Exit::Pending,
                    Some(End::Overtaken(_) | End::Forgotten(_)) => Exit::LeftAlone,
                    Some(End::PutBack | End::NotSwitched(_) | End::NotBegun) => Exit::OldMode,
                    Some(End::Kept) => Exit::Done,
                };
                if one.code() > exit.code() {
                    exit = one;
                }
                if !self.mine.contains(&record.watch.id) {
                    let text = format!(
                        "{}  {}: {}",
                        record.watch.short(),
                        item.before.name(),
                        item.words(&record.watch)
                    );
                    printer.line(&text, &fields(&record.watch.id, item))?;
                }
            }
        }
        if self.said.is_empty() {
            printer.line("no guarded switch is pending", &[])?;
        }
        if stopped && exit == Exit::Pending {
            printer.line("left; what is pending stays in the journal: run nsp guard again", &[])?;
        }
        Ok(exit)
    }
}
