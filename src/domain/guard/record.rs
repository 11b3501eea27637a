//! What is known of a watch: its terms and, for each association, how far it came. The fold of events.

use jiff::Timestamp;

use super::{AtEnd, Back, Before, End, Event, Keep, Watch, Wish};
use crate::domain::RawBody;

/// How far the switch of an association is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was sent.
    Planned,
    /// The new mode was or was not sent.
    Sending,
    /// The new mode was read; it is watched.
    Watching,
    /// The new mode is to stay.
    Keeping(Keep),
    /// The old mode is to come back; `sent` once it was or was not sent.
    GoingBack {
        /// Why.
        why: Back,
        /// It may be on its way.
        sent: bool,
    },
    /// The new mode stands, and the old one could not be put back: nobody tries any more until the user says so.
    Stuck(String),
    /// Over.
    Ended(End),
}

/// One association of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// As the user saw it.
    pub before: Before,
    /// How far it is.
    pub stage: Stage,
    /// When the new mode was about to be sent.
    pub sent: Option<Timestamp>,
    /// What was read when the new mode stood, and from when on denials count.
    pub set: Option<(RawBody, Timestamp)>,
    /// What the user wants.
    pub wish: Option<Wish>,
    /// Why the old mode was put back, once that is decided.
    pub why: Option<Back>,
    /// Since when the service refuses the old mode, and its last reason.
    pub refused: Option<(Timestamp, String)>,
    /// When the last event was.
    pub at: Timestamp,
}

impl Item {
    /// Not over, and something was or may have been sent.
    pub fn is_begun(&self) -> bool {
        !matches!(self.stage, Stage::Planned | Stage::Ended(_))
    }

    /// The old mode could not be put back.
    pub fn is_stuck(&self) -> bool {
        matches!(self.stage, Stage::Stuck(_))
    }

    /// Its end.
    pub fn end(&self) -> Option<&End> {
        if let Stage::Ended(end) = &self.stage { Some(end) } else { None }
    }
}

/// A watch and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// As it was confirmed.
    pub watch: Watch,
    /// Its associations, in their order.
    pub items: Vec<Item>,
    /// A newer version of this program has entered something that this one does not know: it must not act.
    pub newer: bool,
}

impl Record {
    /// A watch of which nothing was sent.
    pub fn new(watch: Watch) -> Self {
        let item = |before: &Before| Item {
            before: before.clone(),
            stage: Stage::Planned,
            sent: None,
            set: None,
            wish: None,
            why: None,
            refused: None,
            at: watch.at,
        };
        Self { items: watch.items.iter().map(item).collect(), watch, newer: false }
    }

    /// Enters what has happened. What comes after an end is passed over: nothing happens then.
    pub fn enter(&mut self, place: usize, at: Timestamp, event: Event) {
        let Some(item) = self.items.get_mut(place).filter(|item| item.end().is_none()) else { return };
        item.at = at;
        item.stage = match event {
            Event::Sending => {
                item.sent.get_or_insert(at);
                Stage::Sending
            }
            Event::Set { body, since } => {
                item.set = Some((body, since));
                Stage::Watching
            }
            Event::Keeping(why) => Stage::Keeping(why),
            Event::GoingBack(why) => {
                item.why = Some(why.clone());
                item.refused = None;
                Stage::GoingBack { why, sent: false }
            }
            Event::PuttingBack => {
                let why = item.why.clone().unwrap_or(Back::Asked);
                Stage::GoingBack { why, sent: true }
            }
            Event::Refused(why) => {
                item.refused = Some((item.refused.as_ref().map_or(at, |(since, _)| *since), why));
                return;
            }
            Event::Stuck(why) => {
                // Only what is said from here on is about this.
                item.wish = None;
                Stage::Stuck(why)
            }
            Event::Ended(end) => Stage::Ended(end),
        };
    }

    /// Enters what the user wants of an association. A mode that was not sent yet cannot be confirmed.
    pub fn wish(&mut self, place: usize, wish: Wish) {
        let item = self.items.get_mut(place);
        if let Some(item) = item.filter(|item| wish == Wish::Back || item.stage != Stage::Planned) {
            item.wish = Some(wish);
        }
    }

    /// The association that it is at: the first that is not over.
    pub fn at(&self) -> Option<usize> {
        self.items.iter().position(|item| item.end().is_none())
    }

    /// The association that it is at.
    pub fn current(&self) -> Option<&Item> {
        self.items.get(self.at()?)
    }

    /// Something is left to be done.
    pub fn is_open(&self) -> bool {
        self.at().is_some()
    }

    /// It waits for the user: an old mode could not be put back.
    pub fn is_stuck(&self) -> bool {
        self.current().is_some_and(Item::is_stuck)
    }

    /// When the time of the association that it is at is over; `None` before anything was sent.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline_of(self.current()?)
    }

    /// When the time of an association is over.
    pub fn deadline_of(&self, item: &Item) -> Option<Timestamp> {
        item.sent.map(|at| at.saturating_add(self.watch.terms.window).unwrap_or(Timestamp::MAX))
    }

    /// An association before `place` did not stay switched.
    pub fn is_stopped_before(&self, place: usize) -> bool {
        self.items.iter().take(place).any(|item| item.end().is_some_and(|end| *end != End::Kept))
    }

    /// The time runs out without anybody's say.
    pub fn keeps_by_itself(&self) -> bool {
        self.watch.terms.at_end == AtEnd::KeepIfClean
    }
}
