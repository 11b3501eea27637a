//! Grouped traffic: what one caller or destination and one resource did, as the log service summed it up.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::log::{Category, Verdict};
use crate::domain::whatif::{Caller, Destination, Peer, Question};
use crate::domain::{ArmId, Direction, net};

/// Events of one day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub day: Date,
    /// Sum of `Count`.
    pub events: u64,
}

/// One group of the access log: rows that differ in time and operation only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficGroup {
    /// The resource that logged it (`ServiceResourceId`).
    pub resource: ArmId,
    /// The other end, as far as the log tells; see [`TrafficGroup::peer_of`].
    pub peer: Peer,
    /// Some of the operations.
    pub operations: Vec<String>,
    /// Sum of `Count`.
    pub count: u64,
    /// Start of the earliest row.
    pub first: Timestamp,
    /// End of the latest row.
    pub last: Timestamp,
    /// Category of all rows.
    pub category: Category,
    /// What the category means, see [`Category::verdict`].
    pub verdict: Verdict,
    /// Name of the rule that matched; empty when none did.
    pub matched_rule: String,
    /// Name of the profile that counted then.
    pub profile: String,
    /// The newest `AccessRuleVersion` among the rows; `None` when it is no number.
    pub rules_version: Option<u64>,
    /// Events by day; empty when they were not asked for.
    pub daily: Vec<DayCount>,
}

/// The columns of the log that tell the other end. Empty where the row has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct PeerTexts<'t> {
    /// `SourceIpAddress`, with or without a port.
    pub source_address: &'t str,
    /// `SourceResourceId`.
    pub source_resource: &'t str,
    /// `SourceAppId`.
    pub source_app_id: &'t str,
    /// `DestinationFqdn`.
    pub destination_fqdn: &'t str,
    /// `DestinationResourceId`.
    pub destination_resource: &'t str,
}

impl TrafficGroup {
    /// The other end that a row tells. Texts that cannot be read count as missing.
    pub fn peer_of(direction: &Direction, category: &Category, texts: &PeerTexts<'_>) -> Peer {
        let text = |text: &str| Some(text.trim()).filter(|t| !t.is_empty()).map(str::to_ascii_lowercase);
        let id = |text: &str| ArmId::parse(text.trim()).ok();
        match direction {
            Direction::Outbound => Peer::Destination(Destination {
                fqdn: text(texts.destination_fqdn).map(|name| net::host(&name)),
                resource: id(texts.destination_resource),
            }),
            Direction::Inbound | Direction::Unknown(_) => Peer::Caller(Caller {
                address: net::address(texts.source_address),
                resource: id(texts.source_resource),
                app_id: text(texts.source_app_id),
                private_endpoint: *category == Category::PrivateInboundAllowed,
                ..Caller::default()
            }),
        }
    }

    /// The question that the group's traffic asks.
    pub fn question(&self) -> Question {
        Question { resource: self.resource.clone(), peer: self.peer.clone() }
    }
}
