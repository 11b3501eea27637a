//! "Who would be denied if this were enforced now?" answered from grouped traffic of the access log and the present
//! configuration. No I/O and no queries: groups come in as data.
//!
//! Each group is replayed against the *present* rules, memberships and links with the mode Enforced, so that a rule
//! that was added since counts and one that was removed no longer does. What the log showed about this very traffic
//! under the present rules comes first: it knows what no rule tells, such as how a caller authenticates or whether a
//! wildcard counts (see `witness`).
//!
//! Missing data is never good news: a group that cannot be judged is doubtful, and a resource without enough evidence
//! has its own state ([`Readiness::NoEvidence`]).

mod blind;
mod cluster;
mod evidence;
mod gather;
mod readiness;
mod replay;
mod traffic;
mod witness;

pub use blind::blind_spots;
pub use cluster::{By, Cluster, ClusterKey, clusters};
pub use evidence::{Evidence, Gap, Lack, Sampling, Window, category_count};
pub use gather::Gather;
pub use readiness::{Day, Readiness, ReadinessRow, Wanted, readiness};
pub use replay::{Fate, Report, Today, report};
pub use traffic::{DayCount, PeerTexts, TrafficGroup};
