//! Guarded switches in the journal: what was confirmed, and everything that has happened since, each line on
//! the disk before what it announces is done. Reads them back as records; decides nothing.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Journal, Line};
use crate::domain::guard::{AtEnd, Back, Before, End, Event, Keep, Record, Terms, Watch, Wish};
use crate::domain::matrix::WayBack;
use crate::domain::{AccessMode, ArmId, RawBody};

/// A guarded switch as it was confirmed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Begun {
    id: String,
    at: Timestamp,
    session: String,
    endpoint: String,
    to: String,
    window_seconds: i64,
    threshold: u64,
    keep_if_clean: bool,
    workspace: Option<String>,
    items: Vec<Was>,
}

/// An association before its switch.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Was {
    id: String,
    resource: Option<String>,
    profile: Option<String>,
    mode: String,
    body: String,
    way_back: Way,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Way {
    Full,
    OutboundOnly,
    None,
    Unknown,
}

/// What has happened to an association of a guarded switch.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Happened {
    id: String,
    item: usize,
    at: Timestamp,
    what: What,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum What {
    Sending,
    Set { body: String, since: Timestamp },
    Keeping { clean: bool },
    GoingBack { why: Reason },
    PuttingBack,
    Kept,
    PutBack,
    NotSwitched { why: String },
    Overtaken { what: String },
    NotBegun,
    Forgotten { last: String },
    Refused { why: String },
    Stuck { why: String },
    WishKeep,
    WishBack,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Reason {
    Asked,
    Denials { n: u64 },
    NotConfirmed,
    NoEvidence { lack: String },
}

/// How each of these lines begins.
const HEAD: &[u8] = br#"{"entry":"watch"#;

/// A line about a guarded switch.
enum Read {
    /// Of this version.
    Line(Line),
    /// Of a newer one: its id.
    Newer(String),
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

impl Journal {
    /// Enters a guarded switch before anything is sent; it is on the disk when this returns.
    pub fn begin_watch(&self, watch: &Watch) -> io::Result<()> {
        self.append(&Line::Watch(Box::new(begun(watch))), true)
    }

    /// Enters what has happened to an association of a guarded switch; it is on the disk when this returns.
    pub fn watched(&self, id: &str, item: usize, at: Timestamp, event: &Event) -> io::Result<()> {
        let line = Happened { id: id.to_owned(), item, at, what: what(event) };
        self.append(&Line::Watched(line), true)
    }

    /// Enters what the user wants of a guarded switch: whoever keeps watch reads it.
    pub fn wish(&self, id: &str, item: usize, at: Timestamp, wish: Wish) -> io::Result<()> {
        let what = match wish {
            Wish::Keep => What::WishKeep,
            Wish::Back => What::WishBack,
        };
        self.append(&Line::Watched(Happened { id: id.to_owned(), item, at, what }), true)
    }

    /// All guarded switches, oldest first.
    pub fn watches(&self) -> io::Result<Vec<Record>> {
        let mut records: Vec<Record> = Vec::new();
        self.watch_lines(|line| match line {
            Read::Line(Line::Watch(begun)) => records.extend(watch(*begun).map(Record::new)),
            Read::Line(Line::Watched(Happened { id, item, at, what })) => {
                if let Some(record) = records.iter_mut().rev().find(|r| r.watch.id == id) {
                    enter(record, item, at, what);
                }
            }
            Read::Line(
                Line::Intent { .. } | Line::Sent { .. } | Line::Outcome { .. } | Line::Seen { .. },
            ) => {}
            Read::Newer(id) => {
                if let Some(record) = records.iter_mut().rev().find(|r| r.watch.id == id) {
                    record.newer = true;
                }
            }
        })?;
        Ok(records)
    }

    /// Ids of guarded switches that a newer version has begun and this one cannot read.
    pub fn unreadable_watches(&self) -> io::Result<Vec<String>> {
        let (mut known, mut strange) = (Vec::new(), Vec::new());
        self.watch_lines(|line| match line {
            Read::Line(Line::Watch(begun)) => known.push(begun.id),
            Read::Line(_) => {}
            Read::Newer(id) if known.contains(&id) || strange.contains(&id) => {}
            Read::Newer(id) => strange.push(id),
        })?;
        Ok(strange)
    }

    /// The lines of guarded switches, wherever they stand: one that is pending is never too old to count.
    fn watch_lines(&self, mut each: impl FnMut(Read)) -> io::Result<()> {
        let mut file = BufReader::new(File::open(&self.path)?);
        let mut bytes = Vec::new();
        while file.read_until(b'\n', &mut bytes)? > 0 {
            if bytes.starts_with(HEAD) {
                let read = serde_json::from_slice(&bytes).map(Read::Line);
                // What is no JSON at all was torn by a death or a full disk: what it announced was not done.
                let read =
                    read.or_else(|_| serde_json::from_slice(&bytes).map(|Named { id }| Read::Newer(id)));
                read.into_iter().for_each(&mut each);
            }
            bytes.clear();
        }
        Ok(())
    }

    /// One guarded switch.
    pub fn watch(&self, id: &str) -> io::Result<Option<Record>> {
        Ok(self.watches()?.into_iter().find(|record| record.watch.id == id))
    }

    /// How long the journal is, bytes: it has not changed while this has not.
    pub fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }
}

fn begun(watch: &Watch) -> Begun {
    let was = |before: &Before| Was {
        id: before.id.to_string(),
        resource: before.resource.as_ref().map(ToString::to_string),
        profile: before.profile.as_ref().map(ToString::to_string),
        mode: before.mode.wire().to_owned(),
        body: before.body.json().to_owned(),
        way_back: match before.way_back {
            WayBack::Full => Way::Full,
            WayBack::OutboundOnly => Way::OutboundOnly,
            WayBack::None => Way::None,
            WayBack::Unknown => Way::Unknown,
        },
    };
    Begun {
        id: watch.id.clone(),
        at: watch.at,
        session: watch.session.clone(),
        endpoint: watch.endpoint.clone(),
        to: watch.to.wire().to_owned(),
        window_seconds: watch.terms.window.as_secs(),
        threshold: watch.terms.threshold,
        keep_if_clean: watch.terms.at_end == AtEnd::KeepIfClean,
        workspace: watch.customer.clone(),
        items: watch.items.iter().map(was).collect(),
    }
}

/// `None` for one that cannot be read: its ids are none.
fn watch(begun: Begun) -> Option<Watch> {
    let id = |text: Option<String>| text.and_then(|text| ArmId::parse(&text).ok());
    let before = |was: Was| {
        Some(Before {
            id: ArmId::parse(&was.id).ok()?,
            resource: id(was.resource),
            profile: id(was.profile),
            mode: AccessMode::from_wire(&was.mode),
            body: RawBody::new(&was.body),
            way_back: match was.way_back {
                Way::Full => WayBack::Full,
                Way::OutboundOnly => WayBack::OutboundOnly,
                Way::None => WayBack::None,
                Way::Unknown => WayBack::Unknown,
            },
        })
    };
    let items: Vec<Before> = begun.items.into_iter().map(before).collect::<Option<_>>()?;
    (!items.is_empty()).then_some(Watch {
        id: begun.id,
        at: begun.at,
        session: begun.session,
        endpoint: begun.endpoint,
        to: AccessMode::from_wire(&begun.to),
        terms: Terms {
            window: SignedDuration::from_secs(begun.window_seconds),
            threshold: begun.threshold,
            at_end: if begun.keep_if_clean { AtEnd::KeepIfClean } else { AtEnd::PutBack },
        },
        customer: begun.workspace,
        items,
    })
}

fn what(event: &Event) -> What {
    match event {
        Event::Sending => What::Sending,
        Event::Set { body, since } => What::Set { body: body.json().to_owned(), since: *since },
        Event::Keeping(why) => What::Keeping { clean: *why == Keep::Clean },
        Event::GoingBack(why) => What::GoingBack {
            why: match why {
                Back::Asked => Reason::Asked,
                Back::Denials(n) => Reason::Denials { n: *n },
                Back::NotConfirmed => Reason::NotConfirmed,
                Back::NoEvidence(lack) => Reason::NoEvidence { lack: lack.clone() },
            },
        },
        Event::PuttingBack => What::PuttingBack,
        Event::Ended(end) => match end {
            End::Kept => What::Kept,
            End::PutBack => What::PutBack,
            End::NotSwitched(why) => What::NotSwitched { why: why.clone() },
            End::Overtaken(what) => What::Overtaken { what: what.clone() },
            End::NotBegun => What::NotBegun,
            End::Forgotten(last) => What::Forgotten { last: last.clone() },
        },
        Event::Refused(why) => What::Refused { why: why.clone() },
        Event::Stuck(why) => What::Stuck { why: why.clone() },
    }
}

fn enter(record: &mut Record, item: usize, at: Timestamp, what: What) {
    let event = match what {
        What::WishKeep => return record.wish(item, Wish::Keep),
        What::WishBack => return record.wish(item, Wish::Back),
        What::Sending => Event::Sending,
        What::Set { body, since } => Event::Set { body: RawBody::new(&body), since },
        What::Keeping { clean } => Event::Keeping(if clean { Keep::Clean } else { Keep::Confirmed }),
        What::GoingBack { why } => Event::GoingBack(match why {
            Reason::Asked => Back::Asked,
            Reason::Denials { n } => Back::Denials(n),
            Reason::NotConfirmed => Back::NotConfirmed,
            Reason::NoEvidence { lack } => Back::NoEvidence(lack),
        }),
        What::PuttingBack => Event::PuttingBack,
        What::Kept => Event::Ended(End::Kept),
        What::PutBack => Event::Ended(End::PutBack),
        What::NotSwitched { why } => Event::Ended(End::NotSwitched(why)),
        What::Overtaken { what } => Event::Ended(End::Overtaken(what)),
        What::NotBegun => Event::Ended(End::NotBegun),
        What::Forgotten { last } => Event::Ended(End::Forgotten(last)),
        What::Refused { why } => Event::Refused(why),
        What::Stuck { why } => Event::Stuck(why),
    };
    record.enter(item, at, event);
}
