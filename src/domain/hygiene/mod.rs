//! Rules that could be cleaned up: unused, duplicate, contained in another, over-wide, expired, badly named. It reports
//! and changes nothing; what rests on the log says which time the log covered.

mod overlap;
mod usage;

use std::fmt;
use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;

use super::temporary::{self, Temporary};
use super::{AccessRule, ArmId, SourceKind, check, net};

pub use usage::{RuleUse, Untold, Usage};

/// Blocks wider than this are pointed out. Lengths of prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// IPv4: a /16 holds 65,536 addresses.
    pub v4: u8,
    /// IPv6: a /32 is what a provider is given.
    pub v6: u8,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { v4: 16, v6: 32 }
    }
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It matched nothing from `since` to the end of the evidence.
    Unused {
        /// Start of the evidence, or the rule's last change when that is later.
        since: Timestamp,
        /// End of the evidence.
        until: Timestamp,
        /// Days within with rows of the profile's resources.
        days: usize,
    },
    /// Whether it is used cannot be told.
    UsageUnknown(Untold),
    /// Another rule of the profile, or this one, names the same.
    Duplicate {
        /// What is named twice.
        value: String,
        /// The rule that names it as well.
        other: ArmId,
    },
    /// A block lies within a block that is named as well.
    Contained {
        /// The block.
        value: IpNet,
        /// The larger block.
        within: IpNet,
        /// The rule that names the larger one.
        other: ArmId,
    },
    /// A block is wider than the threshold.
    Wide {
        /// The block.
        value: IpNet,
        /// Addresses in it.
        addresses: u128,
    },
    /// Its name says that it was to be removed.
    Expired(Timestamp),
    /// Its name begins as that of a temporary rule, and no expiry can be read.
    NoExpiry,
    /// Its name says nothing.
    Nameless,
    /// It names nothing.
    Empty,
}

/// A finding about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: ArmId,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unused { since, until, days } => {
                write!(f, "matched nothing from {since} to {until} ({days} days with rows)")
            }
            Self::UsageUnknown(why) => write!(f, "whether it is used cannot be told: {why}"),
            Self::Duplicate { value, other } => write!(f, "{value} is also named in rule {}", other.name()),
            Self::Contained { value, within, other } => {
                write!(f, "{value} lies within {within} of rule {}", other.name())
            }
            Self::Wide { value, addresses } => write!(f, "{value} admits {addresses} addresses"),
            Self::Expired(at) => write!(f, "expired at {at}"),
            Self::NoExpiry => f.write_str("its name begins with tmp- and no expiry can be read from it"),
            Self::Nameless => f.write_str("its name says nothing about what it is for"),
            Self::Empty => f.write_str("names nothing"),
        }
    }
}

/// Names that people give when they mean to choose a better one.
const NAMELESS: [&str; 9] =
    ["rule", "test", "temp", "tmp", "new", "newrule", "accessrule", "untitled", "asdf"];

/// Looks through the rules of one profile. Without `usage` nothing is said about use.
pub fn findings(
    rules: &[Arc<AccessRule>],
    usage: Option<&Usage>,
    thresholds: Thresholds,
    now: Timestamp,
) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::new();
    for rule in rules {
        let mut add = |flaw| out.push(Finding { rule: rule.id.clone(), flaw });
        if rule.content.elements() == 0 {
            add(Flaw::Empty);
        }
        name(rule.id.name(), now).into_iter().for_each(&mut add);
        for block in rule.content.values(SourceKind::AddressPrefix).iter().filter_map(|v| net::block(v)) {
            let least = if block.addr().is_ipv4() { thresholds.v4 } else { thresholds.v6 };
            if block.prefix_len() < least {
                add(Flaw::Wide { value: block, addresses: net::size(&block) });
            }
        }
        // What comes from a link is not to be cleaned up by hand.
        if let Some(usage) = usage.filter(|_| rule.read_only_reason().is_none()) {
            usage.flaw(rule).into_iter().for_each(&mut add);
        }
    }
    out.extend(overlap::findings(rules));
    out
}

fn name(name: &str, now: Timestamp) -> Option<Flaw> {
    if let Some(temporary) = Temporary::parse(name) {
        return temporary.is_expired(now).then_some(Flaw::Expired(temporary.expires));
    }
    if temporary::is_unreadable(name) {
        return Some(Flaw::NoExpiry);
    }
    let bare: String =
        name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let nameless = bare.is_empty() || NAMELESS.contains(&bare.as_str()) || check::is_guid(name);
    nameless.then_some(Flaw::Nameless)
}
