//! `nsp guard --list`: what there is, without touching it, and how a switch is told to programs.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::{Value, json};
use url::{Host, Url};

use super::super::{Printer, Ready, stamp, unreadable};
use crate::cli::Exit;
use crate::domain::Failure;
use crate::domain::guard::{End, Item, Record, Stage};
use crate::guard::{folder, holder, is_lost};

/// A simulator on this machine answers within this time.
const KNOCK: Duration = Duration::from_millis(300);

/// What is pending, or all.
pub(super) fn list(ready: &Ready, all: bool, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
    let unusable = |e| unreadable(&ready.journal, &e);
    let records = ready.journal.watches().map_err(unusable)?;
    let mut pending = 0;
    for record in records.iter().filter(|record| all || record.is_open()) {
        let held = holder(folder(&ready.journal), &record.watch.id);
        pending += usize::from(record.is_open() && !is_lost(&record.watch, held.is_some()));
        one(ready, record, held.as_deref(), printer)?;
    }
    for id in ready.journal.unreadable_watches().map_err(unusable)? {
        pending += 1;
        let text =
            format!("{id}: begun by a newer version of nsp, which can read it; this one leaves it alone");
        printer.line(&text, &[("watch", json!(id))])?;
    }
    if records.iter().all(|record| !record.is_open()) && pending == 0 && !all {
        printer.line("no guarded switch is pending", &[])?;
    }
    Ok(if pending > 0 { Exit::Pending } else { Exit::Done })
}

fn one(ready: &Ready, record: &Record, held: Option<&str>, printer: &mut Printer<'_>) -> Result<(), Failure> {
    let watch = &record.watch;
    let lost = record.is_open() && is_lost(watch, held.is_some());
    let here = watch.endpoint == ready.endpoint();
    let at = if here { String::new() } else { format!(", at {}", watch.endpoint) };
    let dead = !here && !lost && record.is_open() && is_silent(&watch.endpoint);
    let who = match held {
        Some(who) => format!("kept by {who}"),
        None if !record.is_open() => "over".to_owned(),
        None if lost => {
            "its demo has ended, and its world with it: nothing is left to be put back".to_owned()
        }
        None if record.newer => "left alone: a newer version of nsp has been at it".to_owned(),
        None if record.is_stuck() => "COULD NOT BE PUT BACK, nobody tries any more".to_owned(),
        None => "NOBODY KEEPS WATCH".to_owned(),
    };
    let due = record.deadline().filter(|_| !record.is_stuck() && !lost);
    let until = due.map_or(String::new(), |at| format!(", due {}", stamp(at)));
    let text = format!("{}  {}  {}: {who}{until}{at}", watch.short(), stamp(watch.at), watch.title());
    printer.line(
        &text,
        &[
            ("watch", json!(watch.id)),
            ("open", json!(record.is_open() && !lost)),
            ("stuck", json!(record.is_stuck())),
            ("holder", json!(held)),
            ("deadline", json!(due.map(stamp))),
            ("endpoint", json!(watch.endpoint)),
            ("answers", if here || lost { Value::Null } else { json!(!dead) }),
        ],
    )?;
    for item in &record.items {
        let text = format!("          {}: {}", item.before.name(), item.words(watch));
        printer.line(&text, &fields(&watch.id, item))?;
    }
    if dead {
        let text = format!(
            "          that simulator does not answer: once it has ended, nothing is left to be put back, and nsp \
             guard --forget {} clears this",
            watch.short()
        );
        printer.line(&text, &[("watch", json!(watch.id))])?;
    }
    match record.current().filter(|item| item.is_stuck()) {
        Some(item) => super::by_hand(&watch.id, item, printer),
        None => Ok(()),
    }
}

/// The fields of one association.
pub(super) fn fields(watch: &str, item: &Item) -> Vec<(&'static str, Value)> {
    vec![
        ("watch", json!(watch)),
        ("association", json!(item.before.id.as_str())),
        ("state", json!(state(&item.stage))),
        ("at", json!(stamp(item.at))),
    ]
}

/// One word for programs.
fn state(stage: &Stage) -> &'static str {
    match stage {
        Stage::Planned => "planned",
        Stage::Sending => "sending",
        Stage::Watching => "watching",
        Stage::Keeping(_) => "keeping",
        Stage::GoingBack { .. } => "goingBack",
        Stage::Stuck(_) => "stuck",
        Stage::Ended(End::Kept) => "kept",
        Stage::Ended(End::PutBack) => "putBack",
        Stage::Ended(End::NotSwitched(_)) => "notSwitched",
        Stage::Ended(End::Overtaken(_)) => "overtaken",
        Stage::Ended(End::NotBegun) => "notBegun",
        Stage::Ended(End::Forgotten(_)) => "forgotten",
    }
}

/// A service on this very machine that does not answer. Of any other this is not known.
fn is_silent(endpoint: &str) -> bool {
    let Ok(url) = Url::parse(endpoint) else { return false };
    let local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    };
    let (true, Some(host), Some(port)) = (local, url.host_str(), url.port_or_known_default()) else {
        return false;
    };
    let host = host.trim_matches(['[', ']']);
    let addresses = (host, port).to_socket_addrs();
    addresses.is_ok_and(|mut all| all.all(|at| TcpStream::connect_timeout(&at, KNOCK).is_err()))
}
