//! Which rules matched traffic, as far as the log covers.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;

use super::Flaw;
use crate::domain::impact::Window;
use crate::domain::log::{Category, Verdict};
use crate::domain::traffic::RuleMatches;
use crate::domain::{AccessRule, ArmId, Direction};

/// What a rule matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleUse {
    /// Sum of events.
    pub events: u64,
    /// End of the latest row.
    pub last: Timestamp,
}

/// The log of one profile's resources, as evidence of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    window: Window,
    days: usize,
    categories: Vec<Category>,
    by_rule: HashMap<String, RuleUse>,
}

/// Why it cannot be told whether a rule is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// The log category that would show it is off.
    CategoryOff(Category),
    /// No resource of the profile logged anything.
    NothingLogged,
    /// The rule was changed within the last days of the evidence.
    TooNew(Timestamp),
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CategoryOff(category) => write!(f, "log category {} is off", category.wire()),
            Self::NothingLogged => f.write_str("nothing was logged for the resources of its profile"),
            Self::TooNew(at) => write!(f, "it was changed at {at}"),
        }
    }
}

/// A rule is given so many days to be used.
const GRACE_HOURS: i64 = 7 * 24;

impl Usage {
    /// Evidence from this time, with rows of the profile's resources on so many days, and with these categories on.
    pub fn new(window: Window, days: usize, categories: Vec<Category>) -> Self {
        Self { window, days, categories, by_rule: HashMap::new() }
    }

    /// Adds what a rule (`MatchedRule`) matched.
    pub fn add(&mut self, rule: &str, events: u64, last: Timestamp) {
        let used = self.by_rule.entry(rule.to_ascii_lowercase()).or_insert(RuleUse { events: 0, last });
        used.events += events;
        used.last = used.last.max(last);
    }

    /// Adds what the log service counted for the rules of `profile`. Names of a resource's own rules are passed over.
    pub fn add_matches(&mut self, profile: &ArmId, matches: &[RuleMatches]) {
        let perimeter = profile.parent();
        let own = matches.iter().filter(|m| {
            m.verdict == Verdict::Allowed
                && m.profile.eq_ignore_ascii_case(profile.name())
                && (m.perimeter.is_none() || m.perimeter == perimeter)
        });
        for found in own {
            self.add(&found.rule, found.events, found.last);
        }
    }

    /// What a rule matched; `None` when nothing.
    pub fn of(&self, rule: &str) -> Option<RuleUse> {
        self.by_rule.get(&rule.to_ascii_lowercase()).copied()
    }

    /// What is to be said about the use of a rule.
    pub(super) fn flaw(&self, rule: &AccessRule) -> Option<Flaw> {
        if self.of(rule.id.name()).is_some() {
            return None;
        }
        let needed = match rule.content.direction {
            Direction::Outbound => Category::PublicOutboundPerimeterRulesAllowed,
            Direction::Inbound | Direction::Unknown(_) => Category::PublicInboundPerimeterRulesAllowed,
        };
        if !self.categories.contains(&needed) {
            return Some(Flaw::UsageUnknown(Untold::CategoryOff(needed)));
        }
        if self.days == 0 {
            return Some(Flaw::UsageUnknown(Untold::NothingLogged));
        }
        let changed = rule.modified.as_ref().and_then(|m| m.at);
        let since = changed.map_or(self.window.from, |at| at.max(self.window.from));
        if since > self.window.from && self.window.to.duration_since(since).as_hours() < GRACE_HOURS {
            return Some(Flaw::UsageUnknown(Untold::TooNew(since)));
        }
        Some(Flaw::Unused { since, until: self.window.to, days: self.days })
    }
}
