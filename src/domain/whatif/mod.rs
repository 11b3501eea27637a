//! "Is this caller, or this destination, allowed?" answered from what was read: rules, access mode,
//! `publicNetworkAccess`, membership and links. No I/O; nothing that was not read is taken for granted.
//!
//! Rules allow and never deny, have no order, and add up (DOMAIN.md, section 1.1), so one ground that admits the
//! traffic is enough. Where none does, the matrix of access mode and `publicNetworkAccess` (API.md, section 8.3)
//! says whether the resource's own firewall is asked or the traffic is denied. An answer has one of these values:
//!
//! - allowed by a rule, as a member of the same perimeter, or by a link;
//! - private endpoint: never governed by a perimeter;
//! - not by the perimeter: the resource's own firewall decides;
//! - denied;
//! - cannot tell, with what would have to be known.
//!
//! What is *not* documented is not decided: wildcards in FQDN rules and service tags without their list of blocks
//! make an answer "cannot tell" where they would make the difference.

mod answer;
mod configuration;
mod judge;
mod matching;
mod question;
mod words;

pub use answer::{Answer, By, Considered, Ground, Outcome, Unclear, Verdict, Why};
pub use configuration::{Configuration, Membership};
pub use judge::{answer, answer_as};
pub use matching::{ReadRule, RuleSet};
pub use question::{Authentication, Caller, Destination, Peer, Question};
pub use words::Condition;

pub(super) use judge::{Candidate, decide, decider_today};
