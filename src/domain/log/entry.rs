//! One access log row, owned: what a query returns and what the store takes in.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Category, Verdict};
use crate::domain::Direction;

macro_rules! columns {
    ($($(#[$meta:meta])* $column:ident = $name:literal,)+) => {
        /// The text columns of table `NSPAccessLogs` that are kept (API.md, section 9.3).
        ///
        /// Their order groups what varies together: first the resource and the configuration that
        /// it was judged by, then the judgement, then who was at the other end, then free text.
        /// The store relies on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum LogColumn { $($(#[$meta])* $column,)+ }

        impl LogColumn {
            /// Every column, in order.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$column,)+];
            /// How many there are.
            pub const COUNT: usize = [$(stringify!($column),)+].len();

            /// Azure's name of the column.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$column => $name,)+ }
            }
        }
    };
}

columns! {
    /// The perimeter (`_ResourceId`); the log may carry it in upper case.
    Perimeter = "_ResourceId",
    /// Region of the perimeter.
    Location = "Location",
    /// The PaaS resource that logged.
    ServiceResourceId = "ServiceResourceId",
    /// Its domain name.
    ServiceFqdn = "ServiceFqdn",
    /// Its application id in Entra.
    AppId = "AppId",
    /// Profile name.
    Profile = "Profile",
    /// The profile's `accessRulesVersion` that was applied.
    AccessRuleVersion = "AccessRuleVersion",
    /// See [`Category`].
    Category = "Category",
    /// `Inbound` or `Outbound`.
    ResultDirection = "ResultDirection",
    /// `Approved` or `Denied`.
    ResultAction = "ResultAction",
    /// `Private`, `Public`, `Intra` or `Cross`.
    TrafficType = "TrafficType",
    /// Where the rule is: perimeter or PaaS resource.
    RuleType = "RuleType",
    /// Name of the access rule that matched, taken out of its JSON bag; the bag itself where its
    /// form is not known.
    MatchedRule = "MatchedRule",
    /// The operation, such as `GetBlob`.
    OperationName = "OperationName",
    /// The operation's api-version.
    OperationVersion = "OperationVersion",
    /// Caller's address, with or without a port.
    SourceIpAddress = "SourceIpAddress",
    /// Such as `HTTPS:TCP`.
    SourceProtocol = "SourceProtocol",
    /// The caller, when it is a PaaS resource.
    SourceResourceId = "SourceResourceId",
    /// The caller's application id.
    SourceAppId = "SourceAppId",
    /// Only when allowed by perimeter.
    SourcePerimeterGuids = "SourcePerimeterGuids",
    /// Outbound target.
    DestinationFqdn = "DestinationFqdn",
    /// Outbound target, when it is a PaaS resource.
    DestinationResourceId = "DestinationResourceId",
    /// Outbound port; a text on the wire.
    DestinationPort = "DestinationPort",
    /// Such as `HTTPS:TCP`.
    DestinationProtocol = "DestinationProtocol",
    /// Of a rule kind that is not available.
    DestinationEmailAddress = "DestinationEmailAddress",
    /// Of a rule kind that is not available.
    DestinationPhoneNumber = "DestinationPhoneNumber",
    /// Such as `POST /indexes/my-index/docs/search`.
    ResultDescription = "ResultDescription",
    /// `[ {P1}: {v1}, … ]`.
    Parameters = "Parameters",
    /// As [`Self::Parameters`], of the caller.
    SourceParameters = "SourceParameters",
    /// As [`Self::Parameters`], of the target.
    DestinationParameters = "DestinationParameters",
    /// Caller's port; a text on the wire, and different in nearly every row.
    SourcePort = "SourcePort",
}

impl LogColumn {
    /// Its place among [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The texts of one row: one allocation for all columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogTexts {
    all: Box<str>,
    ends: [u32; LogColumn::COUNT],
}

impl LogTexts {
    /// Asks for every column once, in order. Texts must be clean.
    pub fn gather<'a>(mut text: impl FnMut(LogColumn) -> Cow<'a, str>) -> Self {
        let mut all = String::new();
        let ends = LogColumn::ALL.map(|column| {
            all.push_str(&text(column));
            all.len() as u32
        });
        Self { all: all.into_boxed_str(), ends }
    }

    /// The text of a column; empty when the row has none.
    pub fn get(&self, column: LogColumn) -> &str {
        let end_of = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let start = column.index().checked_sub(1).map_or(0, end_of);
        self.all.get(start..end_of(column.index())).unwrap_or_default()
    }

    /// All texts, in the order of the columns.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        LogColumn::ALL.into_iter().map(|column| self.get(column))
    }
}

/// When a row's traffic happened and when the row arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogTimes {
    /// `TimeGenerated`: start of the aggregation window.
    pub start: Timestamp,
    /// `TimeGeneratedEndTime`, when the row has one.
    pub end: Option<Timestamp>,
    /// `ingestion_time()`: when the row arrived in the workspace.
    pub ingested: Timestamp,
}

impl LogTimes {
    /// When the traffic last happened, as far as the row tells.
    pub fn last(&self) -> Timestamp {
        self.end.map_or(self.start, |end| end.max(self.start))
    }
}

/// One row: an aggregate of `count` events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessLogEntry {
    /// When.
    pub times: LogTimes,
    /// How many events the row stands for; 1 when the column is null (DOMAIN.md, section 2.3).
    pub count: u32,
    /// Everything else.
    pub texts: LogTexts,
}

impl AccessLogEntry {
    /// The text of a column; empty when the row has none.
    pub fn text(&self, column: LogColumn) -> &str {
        self.texts.get(column)
    }

    /// What kind of traffic.
    pub fn category(&self) -> Category {
        Category::from_wire(self.text(LogColumn::Category))
    }

    /// Into or out of the resource.
    pub fn direction(&self) -> Direction {
        Direction::from_wire(self.text(LogColumn::ResultDirection))
    }

    /// What it means.
    pub fn verdict(&self) -> Verdict {
        self.category().verdict(self.text(LogColumn::ResultAction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_gets_its_own_text_back() {
        let texts = LogTexts::gather(|c| if c.index() % 3 == 0 { "".into() } else { c.name().into() });
        for column in LogColumn::ALL {
            let wanted = if column.index() % 3 == 0 { "" } else { column.name() };
            assert_eq!(texts.get(column), wanted);
        }
        assert_eq!(texts.iter().count(), LogColumn::COUNT);
    }
}
