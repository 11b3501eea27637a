//! How much the log of a resource is worth as evidence.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::gather::day_of;
use super::{DayCount, TrafficGroup};
use crate::domain::ArmId;
use crate::domain::log::Category;
use crate::domain::matrix::Effect;
use crate::domain::traffic::{Bin, EvidenceRow};

/// Log categories of a perimeter (API.md, section 9.2).
pub const fn category_count() -> usize {
    13
}

/// The time that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From.
    pub from: Timestamp,
    /// To: the time of asking.
    pub to: Timestamp,
}

impl Window {
    /// The days that it touches, in order.
    pub fn days(&self) -> Vec<Date> {
        let (first, last) = (day_of(self.from), day_of(self.to));
        first.series(jiff::ToSpan::days(1)).take_while(|day| *day <= last).collect()
    }
}

/// How the service writes its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Rows add up to all events, as far as is known.
    Full,
    /// Every 30 minutes, as Azure Monitor's resources do (DOMAIN.md, section 1.3): rare callers may be missing.
    HalfHourly,
}

impl Sampling {
    /// What is documented for a resource type.
    pub fn of(resource_type: &str) -> Self {
        let provider = resource_type.split('/').next().unwrap_or_default();
        let monitor = ["Microsoft.Insights", "Microsoft.OperationalInsights"];
        if monitor.iter().any(|m| m.eq_ignore_ascii_case(provider)) { Self::HalfHourly } else { Self::Full }
    }
}

/// Days in a row without a row: no traffic or no log, which cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Why the log does not do as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// No diagnostic setting sends the log of its perimeter to a workspace.
    NoLog,
    /// The log could not be read.
    Unread,
    /// No row of the resource in the time that was asked for.
    NothingLogged,
    /// An answer of the log service was cut or could not be read in full.
    Incomplete,
    /// Which categories are written was not read.
    CategoriesUnread,
    /// Categories that would show what enforcing denies are off.
    CategoriesOff(Vec<Category>),
    /// Rows on too few days.
    TooFewDays {
        /// Days with rows.
        seen: usize,
        /// Days that are wanted.
        wanted: usize,
    },
    /// The newest row is older than two days: the log has stopped, or the traffic has.
    Stale(Timestamp),
    /// The resource is in no perimeter that was read.
    Outside,
    /// `publicNetworkAccess` of the resource was not read, or its provider does not tell it.
    AccessUnknown,
    /// No document explains the mode or `publicNetworkAccess`.
    Unexplained,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLog => f.write_str("no diagnostic setting sends its log to a workspace"),
            Self::Unread => f.write_str("the log could not be read"),
            Self::AccessUnknown => f.write_str("its publicNetworkAccess is not known"),
            Self::NothingLogged => f.write_str("nothing was logged for it"),
            Self::Incomplete => f.write_str("the log was not read in full"),
            Self::CategoriesUnread => f.write_str("which log categories are on is not known"),
            Self::CategoriesOff(list) => {
                let names: Vec<&str> = list.iter().map(Category::wire).collect();
                write!(f, "log categories that would show it are off: {}", names.join(", "))
            }
            Self::TooFewDays { seen, wanted } => {
                let days = if *seen == 1 { "day" } else { "days" };
                write!(f, "rows on {seen} {days} only, {wanted} are wanted")
            }
            Self::Stale(newest) => write!(f, "the newest row is of {}", day_of(*newest)),
            Self::Outside => f.write_str("it is in no perimeter"),
            Self::Unexplained => f.write_str("no document explains its mode or publicNetworkAccess"),
        }
    }
}

/// What there is about one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The time that was asked for.
    pub window: Window,
    /// Events of the resource by day, of every category.
    pub days: Vec<DayCount>,
    /// End of the newest row.
    pub newest: Option<Timestamp>,
    /// The categories that reach the log that was asked; `None` when that was not read.
    pub categories: Option<Vec<Category>>,
    /// How the service writes its log.
    pub sampling: Sampling,
    /// Every answer that this and the groups of the resource come from was whole.
    pub complete: bool,
}

/// Older than this, the newest row says that something has stopped.
const STALE_HOURS: i64 = 48;

impl Evidence {
    /// What there is about `resource`, from what the log service added up: rows by category, events by day.
    pub fn of(
        resource: &ArmId,
        window: Window,
        (rows, by_day): (&[EvidenceRow], &[Bin]),
        categories: Option<Vec<Category>>,
        complete: bool,
    ) -> Self {
        let own = rows.iter().filter(|row| row.resource == *resource);
        let days = by_day.iter().filter(|bin| bin.resource.as_ref() == Some(resource));
        Self {
            window,
            days: days.map(|bin| DayCount { day: day_of(bin.start), events: bin.events.total() }).collect(),
            newest: own.map(|row| row.newest).max(),
            categories,
            sampling: Sampling::of(&resource.resource_type().unwrap_or_default()),
            complete,
        }
    }

    /// The same from the groups of traffic themselves, which tell it where they are whole: one question does then.
    pub fn of_groups(
        resource: &ArmId,
        window: Window,
        groups: &[TrafficGroup],
        categories: Option<Vec<Category>>,
    ) -> Self {
        let own = || groups.iter().filter(|group| group.resource == *resource);
        Self {
            window,
            days: own().flat_map(|group| group.daily.iter().copied()).collect(),
            newest: own().map(|group| group.last).max(),
            categories,
            sampling: Sampling::of(&resource.resource_type().unwrap_or_default()),
            complete: true,
        }
    }

    /// Days with at least one row.
    pub fn days_covered(&self) -> usize {
        let mut days: Vec<Date> = self.days.iter().filter(|d| d.events > 0).map(|d| d.day).collect();
        days.sort_unstable();
        days.dedup();
        days.len()
    }

    /// Categories that are on, of the known ones; `None` when that was not read.
    pub fn categories_on(&self) -> Option<usize> {
        let on = self.categories.as_ref()?;
        let mut known: Vec<&str> =
            on.iter().filter(|c| !matches!(c, Category::Unknown(_))).map(Category::wire).collect();
        known.sort_unstable();
        known.dedup();
        Some(known.len())
    }

    /// Days without rows between the first and the last with some, and after it.
    pub fn gaps(&self) -> Vec<Gap> {
        let has = |day: Date| self.days.iter().any(|d| d.day == day && d.events > 0);
        let mut gaps: Vec<Gap> = Vec::new();
        let mut in_gap = false;
        for day in self.window.days().into_iter().skip_while(|day| !has(*day)) {
            if has(day) {
                in_gap = false;
            } else if let Some(gap) = gaps.last_mut().filter(|_| in_gap) {
                gap.to = day;
            } else {
                gaps.push(Gap { from: day, to: day });
                in_gap = true;
            }
        }
        gaps
    }

    /// Why it does not do, for a resource whose effect by the matrix changes from `now` to `then`. In the order of
    /// what has to be mended first.
    pub fn lack(&self, now: Effect, then: Effect, wanted_days: usize) -> Option<Lack> {
        if !self.complete {
            return Some(Lack::Incomplete);
        }
        let Some(on) = &self.categories else { return Some(Lack::CategoriesUnread) };
        let mut off = Vec::new();
        if now.inbound != then.inbound {
            off.push(Category::PublicInboundResourceRulesAllowed);
        }
        if now.outbound != then.outbound {
            off.push(Category::PublicOutboundResourceRulesAllowed);
        }
        off.retain(|needed| !on.contains(needed));
        if !off.is_empty() {
            return Some(Lack::CategoriesOff(off));
        }
        let Some(newest) = self.newest.filter(|_| self.days_covered() > 0) else {
            return Some(Lack::NothingLogged);
        };
        if self.window.to.duration_since(newest).as_hours() >= STALE_HOURS {
            return Some(Lack::Stale(newest));
        }
        let seen = self.days_covered();
        (seen < wanted_days).then_some(Lack::TooFewDays { seen, wanted: wanted_days })
    }
}
