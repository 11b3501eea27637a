//! Older rows of the access log: which page is to be asked for next, and where the reading stands. It
//! neither asks nor draws.
//!
//! The log is read backwards in windows that grow while nothing is found, so that the service never has to
//! sort all it has. What the tail holds is not read twice: a row that arrived no earlier than the tail's
//! oldest is in the tail.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::msg::{Slot, TailSpec, Topic};
use crate::domain::log::AccessLogEntry;
use crate::domain::traffic::LogAnswer;
use crate::domain::{ArmId, LogSource};

/// The first window.
const FIRST: SignedDuration = SignedDuration::from_hours(24);
/// How much larger the next window is when one held less than a page.
const GROWTH: i32 = 4;
/// No workspace keeps rows for longer: 12 years, archive included.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 12);

/// A question about a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The perimeter whose rows are meant.
    pub perimeter: ArmId,
    /// `customerId` of the workspace that is asked; all that the perimeter logs to when `None`.
    pub customer: Option<String>,
    /// From here on.
    pub from: Timestamp,
    /// Up to and without this instant.
    pub to: Timestamp,
    /// Length of the stretches in which events are added up; rows are wanted when `None`.
    pub step: Option<SignedDuration>,
}

impl Stretch {
    /// A stretch of the log that a tail follows.
    pub fn of(log: &TailSpec, from: Timestamp, to: Timestamp) -> Self {
        let customer = match &log.source {
            LogSource::Workspace { customer, .. } => Some(customer.clone()),
            LogSource::Perimeter => None,
        };
        Self { perimeter: log.perimeter.clone(), customer, from, to, step: None }
    }

    /// The key of its slot.
    pub fn key(&self) -> Arc<str> {
        let customer = self.customer.as_deref().unwrap_or_default();
        let step = self.step.map_or(0, |step| step.as_secs());
        format!("{}|{}|{step}|{customer}|{}", self.from, self.to, self.perimeter).into()
    }

    /// Its slot: rows, or sums when it has a step.
    pub fn slot(&self) -> Slot {
        let topic = if self.step.is_some() { Topic::LogBins } else { Topic::LogRows };
        Slot::About(topic, self.key())
    }

    /// Reads a key back; `None` when it is none.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.splitn(5, '|');
        let (from, to) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let step: i64 = parts.next()?.parse().ok()?;
        let customer = Some(parts.next()?.to_owned()).filter(|id| !id.is_empty());
        let perimeter = ArmId::parse(parts.next()?).ok()?;
        let step = (step > 0).then(|| SignedDuration::from_secs(step));
        Some(Self { perimeter, customer, from, to, step })
    }
}

/// Where the reading stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    /// Nothing was asked.
    #[default]
    Unasked,
    /// This is asked.
    Asked(Stretch),
    /// There may be older rows than this.
    More(Timestamp),
    /// There are none.
    End,
    /// The workspace has no access log table.
    NoTable,
    /// There are older ones, and no room for them.
    Full,
}

/// The reading of older rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Where it stands.
    pub state: State,
    /// Older rows are wanted.
    pub wanted: bool,
    /// Rows that arrived from here on are in the tail.
    tail_from: Option<Timestamp>,
    /// Length of the next window.
    span: Option<SignedDuration>,
    /// Nothing before this is wanted.
    floor: Option<Timestamp>,
    /// Rows that were read and then left out, as they could not be understood.
    pub unreadable: usize,
}

impl History {
    /// The reading of a stretch of time alone, from its end.
    pub fn within(from: Timestamp, to: Timestamp) -> Self {
        Self {
            state: State::More(to),
            wanted: true,
            span: Some(to.duration_since(from)),
            floor: Some(from),
            ..Self::default()
        }
    }

    /// Asks for older rows, unless an answer is awaited or there are none. `oldest`: when the oldest row of
    /// the tail arrived.
    pub fn want(&mut self, log: &TailSpec, oldest: Option<Timestamp>, now: Timestamp) {
        let before = match self.state {
            State::Unasked => {
                self.tail_from = oldest;
                oldest.unwrap_or(now)
            }
            State::More(before) => before,
            State::Asked(_) | State::End | State::NoTable | State::Full => return,
        };
        self.wanted = true;
        let floor = self.floor.unwrap_or_else(|| now.saturating_sub(LONGEST).unwrap_or(Timestamp::MIN));
        let span = self.span.unwrap_or(FIRST);
        let from = before.saturating_sub(span).unwrap_or(Timestamp::MIN).max(floor);
        self.state = State::Asked(Stretch::of(log, from, before));
    }

    /// What is asked.
    pub fn asked(&self) -> Option<&Stretch> {
        match &self.state {
            State::Asked(stretch) => Some(stretch),
            State::Unasked | State::More(_) | State::End | State::NoTable | State::Full => None,
        }
    }

    /// Takes an answer: the rows that are new, newest first. `room`: how many more can be kept.
    pub fn take(
        &mut self,
        answer: &LogAnswer<AccessLogEntry>,
        room: usize,
        now: Timestamp,
    ) -> Vec<AccessLogEntry> {
        let State::Asked(asked) = std::mem::take(&mut self.state) else { return Vec::new() };
        let LogAnswer::Read(page) = answer else {
            self.state = State::NoTable;
            return Vec::new();
        };
        self.unreadable += page.unreadable;
        let oldest = page.items.iter().map(|row| row.times.start).min();
        let floor = self.floor.unwrap_or_else(|| now.saturating_sub(LONGEST).unwrap_or(Timestamp::MIN));
        self.state = match oldest.filter(|_| page.cut) {
            Some(oldest) => State::More(oldest),
            None if asked.from <= floor => State::End,
            None => {
                self.span = asked.to.duration_since(asked.from).checked_mul(GROWTH);
                State::More(asked.from)
            }
        };
        let is_new = |row: &&AccessLogEntry| self.tail_from.is_none_or(|from| row.times.ingested < from);
        let mut rows: Vec<AccessLogEntry> = page.items.iter().filter(is_new).cloned().collect();
        if rows.len() >= room {
            rows.truncate(room);
            self.state = State::Full;
        }
        // An empty window says nothing about the one before it.
        self.wanted = rows.is_empty() && matches!(self.state, State::More(_));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::{LogTexts, LogTimes};
    use crate::domain::traffic::LogPage;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + hour * 3600).unwrap()
    }

    fn log() -> TailSpec {
        let perimeter = ArmId::parse("/subscriptions/s/resourceGroups/g/providers/N/p/x").unwrap();
        TailSpec { perimeter, source: LogSource::Perimeter }
    }

    fn row(hour: i64, arrived: i64) -> AccessLogEntry {
        let times = LogTimes { start: at(hour), end: None, ingested: at(arrived) };
        AccessLogEntry { times, count: 1, texts: LogTexts::gather(|_| "".into()) }
    }

    fn page(items: Vec<AccessLogEntry>, cut: bool) -> LogAnswer<AccessLogEntry> {
        LogAnswer::Read(LogPage { items, cut, unreadable: 0, warning: None })
    }

    #[test]
    fn a_key_reads_back() {
        let plain = Stretch::of(&log(), at(0), at(5));
        let bins =
            Stretch { step: Some(SignedDuration::from_mins(5)), customer: Some("c".into()), ..plain.clone() };
        for stretch in [plain, bins] {
            assert_eq!(Stretch::parse(&stretch.key()), Some(stretch));
        }
        assert_eq!(Stretch::parse("x|y|0||/a/b"), None);
    }

    #[test]
    fn pages_go_back_without_gap_or_overlap_and_windows_grow_over_silence() {
        let mut history = History::default();
        history.want(&log(), Some(at(0)), at(1));
        assert_eq!(history.asked().map(|a| (a.from, a.to)), Some((at(-24), at(0))));
        // What the tail holds is left out; a full page ends where its oldest row began.
        let taken = history.take(&page(vec![row(-1, 0), row(-2, -1), row(-3, -2)], true), 100, at(1));
        assert_eq!(taken.iter().map(|r| r.times.start).collect::<Vec<_>>(), [at(-2), at(-3)]);
        assert!(!history.wanted && history.state == State::More(at(-3)));
        history.want(&log(), Some(at(9)), at(9));
        assert_eq!(history.asked().map(|a| (a.from, a.to)), Some((at(-27), at(-3))));
        // Nothing there: on to a larger window, without being asked again.
        assert!(history.take(&page(vec![], false), 100, at(9)).is_empty());
        assert!(history.wanted && history.state == State::More(at(-27)));
        history.want(&log(), None, at(9));
        assert_eq!(history.asked().map(|a| (a.from, a.to)), Some((at(-27 - 96), at(-27))));
    }

    #[test]
    fn it_ends() {
        let mut history = History::default();
        let mut pages = 0;
        while history.state != State::End {
            history.want(&log(), None, at(0));
            history.take(&page(vec![], false), 100, at(0));
            pages += 1;
        }
        assert!(pages < 10, "{pages}");
        let mut history = History::default();
        history.want(&log(), None, at(0));
        assert_eq!(history.take(&page(vec![row(-1, -1), row(-2, -2)], false), 1, at(0)).len(), 1);
        assert_eq!(history.state, State::Full);
        let mut history = History::default();
        history.want(&log(), None, at(0));
        history.take(&LogAnswer::NoTable, 100, at(0));
        assert_eq!(history.state, State::NoTable);
    }

    #[test]
    fn a_stretch_ends_at_its_beginning() {
        let mut history = History::within(at(-10), at(-5));
        history.want(&log(), Some(at(0)), at(0));
        assert_eq!(history.asked().map(|a| (a.from, a.to)), Some((at(-10), at(-5))));
        let taken = history.take(&page(vec![row(-6, 3)], false), 100, at(0));
        assert_eq!((taken.len(), &history.state), (1, &State::End), "no tail stands beside it");
    }
}
