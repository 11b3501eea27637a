//! Which denials since a switch are news: of callers that were allowed before. Groups come from the
//! access log's own sums.

use jiff::Timestamp;

use crate::domain::impact::TrafficGroup;
use crate::domain::log::{Category, Verdict};
use crate::domain::whatif::Peer;

/// Most callers that are named.
const NAMED: usize = 20;

/// Somebody who is denied now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Who, or whom the resource called.
    pub who: String,
    /// How often.
    pub events: u64,
    /// First and last since the switch.
    pub first: Timestamp,
    /// Last.
    pub last: Timestamp,
}

/// Denials since a switch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Regressions {
    /// Denied calls of those who were allowed before.
    pub events: u64,
    /// Those, the most denied first; the first ones only.
    pub who: Vec<Denied>,
    /// How many they are.
    pub callers: usize,
    /// Denied calls of others: they were not seen allowed before.
    pub others: u64,
    /// What was before is not known: every denial counts.
    pub blind: bool,
}

/// The enforced perimeter itself has denied it; the resource's own firewall did so before, too.
fn by_perimeter(category: &Category) -> bool {
    matches!(
        category,
        Category::PublicInboundPerimeterRulesDenied | Category::PublicOutboundPerimeterRulesDenied
    )
}

/// Sorts what was denied since a switch into news and the rest. `before` is the traffic before the switch;
/// `None` when it could not be read as a whole, and then every denial counts.
pub fn regressions(denied: &[TrafficGroup], before: Option<&[TrafficGroup]>) -> Regressions {
    let mut out = Regressions { blind: before.is_none(), ..Regressions::default() };
    let passed = |group: &TrafficGroup| {
        before.is_none_or(|before| {
            before.iter().any(|was| {
                matches!(was.verdict, Verdict::Allowed | Verdict::WouldDeny)
                    && was.resource == group.resource
                    && was.peer == group.peer
            })
        })
    };
    for group in denied.iter().filter(|group| by_perimeter(&group.category)) {
        if !passed(group) {
            out.others = out.others.saturating_add(group.count);
            continue;
        }
        out.events = out.events.saturating_add(group.count);
        let who = name(&group.peer);
        match out.who.iter_mut().find(|known| known.who == who) {
            Some(known) => {
                known.events = known.events.saturating_add(group.count);
                known.first = known.first.min(group.first);
                known.last = known.last.max(group.last);
            }
            None => {
                out.who.push(Denied { who, events: group.count, first: group.first, last: group.last });
            }
        }
    }
    out.who.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.who.cmp(&b.who)));
    out.callers = out.who.len();
    out.who.truncate(NAMED);
    out
}

/// The other end in words.
fn name(peer: &Peer) -> String {
    let parts: Vec<String> = match peer {
        Peer::Caller(caller) => [
            caller.address.map(|address| address.to_string()),
            caller.resource.as_ref().map(|id| id.name().to_owned()),
            caller.app_id.as_ref().map(|app| format!("app {app}")),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Peer::Destination(to) => {
            let whom = to.fqdn.clone().or_else(|| to.resource.as_ref().map(|id| id.name().to_owned()));
            whom.map(|whom| format!("to {whom}")).into_iter().collect()
        }
    };
    if parts.is_empty() { "a caller that the log does not name".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ArmId;
    use crate::domain::whatif::{Caller, Destination};

    const RESOURCE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Search/searchServices/x";

    fn group(peer: Peer, category: Category, count: u64) -> TrafficGroup {
        TrafficGroup {
            resource: ArmId::parse(RESOURCE).unwrap(),
            peer,
            operations: Vec::new(),
            count,
            first: Timestamp::UNIX_EPOCH,
            last: Timestamp::UNIX_EPOCH,
            verdict: category.verdict(""),
            category,
            matched_rule: String::new(),
            profile: String::new(),
            rules_version: None,
            daily: Vec::new(),
        }
    }

    fn from(address: &str) -> Peer {
        Peer::Caller(Caller { address: address.parse().ok(), ..Caller::default() })
    }

    fn to(fqdn: &str) -> Peer {
        Peer::Destination(Destination { fqdn: Some(fqdn.to_owned()), resource: None })
    }

    #[test]
    fn who_was_allowed_before_counts_and_nobody_else() {
        use Category as C;
        let before = [
            group(from("192.0.2.1"), C::PublicInboundResourceRulesAllowed, 9),
            group(from("192.0.2.2"), C::PublicInboundResourceRulesDenied, 9),
            group(to("a.example"), C::PublicOutboundResourceRulesAllowed, 9),
        ];
        let denied = [
            group(from("192.0.2.1"), C::PublicInboundPerimeterRulesDenied, 2),
            group(from("192.0.2.1"), C::PublicInboundPerimeterRulesDenied, 1),
            group(from("192.0.2.2"), C::PublicInboundPerimeterRulesDenied, 4),
            group(from("192.0.2.3"), C::PublicInboundPerimeterRulesDenied, 8),
            group(from("192.0.2.1"), C::PublicInboundResourceRulesDenied, 16),
            group(to("a.example"), C::PublicOutboundPerimeterRulesDenied, 5),
        ];
        let seen = regressions(&denied, Some(&before));
        let who: Vec<(&str, u64)> = seen.who.iter().map(|d| (d.who.as_str(), d.events)).collect();
        assert_eq!(who, [("to a.example", 5), ("192.0.2.1", 3)]);
        assert_eq!((seen.events, seen.callers, seen.others, seen.blind), (8, 2, 12, false));
        let blind = regressions(&denied, None);
        assert_eq!((blind.events, blind.others, blind.blind), (20, 0, true));
    }
}
