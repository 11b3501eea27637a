//! Rows by arrival: the text of one page of the live tail. What to ask next is the cursor's business.

use jiff::{SignedDuration, Timestamp};

use super::{ASKED, INGESTED, Kql, Pipe, Question, ago, datetime, list};
use crate::domain::ArmId;

/// From which ingestion time a tail reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// This long before the service's own present, whatever our clock says.
    Ago(SignedDuration),
    /// From this ingestion time on, inclusive.
    At(Timestamp),
}

/// One page of the tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailQuery {
    /// Perimeters to read; all of the workspace when empty.
    pub perimeters: Vec<ArmId>,
    /// Where to start.
    pub start: Start,
    /// How long before its arrival a row's traffic may have happened. Without such a bound the
    /// service would have to look at every row it has.
    pub guard: SignedDuration,
    /// Most rows of the page.
    pub take: usize,
}

impl TailQuery {
    /// The query.
    pub fn kql(&self) -> Kql {
        let (ingested, generated) = match self.start {
            Start::Ago(span) => (ago(span), ago(span.saturating_add(self.guard))),
            Start::At(time) => (datetime(time), datetime(time.saturating_sub(self.guard).unwrap_or(time))),
        };
        let mut pipe = Pipe::new(Question::Tail)
            .then(format_args!("where TimeGenerated >= {generated}"))
            .then(format_args!("extend {INGESTED} = ingestion_time(), {ASKED} = now()"))
            .then(format_args!("where {INGESTED} >= {ingested}"));
        if !self.perimeters.is_empty() {
            // Logs carry ids in another case than Resource Manager (DOMAIN.md, section 4.2).
            let ids = list(self.perimeters.iter().map(ArmId::as_str));
            pipe = pipe.then(format_args!("where _ResourceId in~ ({ids})"));
        }
        pipe.then(format_args!("order by {INGESTED} asc")).then(format_args!("take {}", self.take)).done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_tail() {
        let id = ArmId::parse(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/o'b",
        );
        let query = TailQuery {
            perimeters: vec![id.unwrap()],
            start: Start::At("2026-11-22T12:04:05.123456789Z".parse().unwrap()),
            guard: SignedDuration::from_hours(48),
            take: 500,
        };
        let wanted = "// nsp tail: Which rows arrived since an instant, in order of arrival?
NSPAccessLogs
| where TimeGenerated >= datetime(2026-11-20T12:04:05.1234567Z)
| extend nsp_ingested = ingestion_time(), nsp_asked = now()
| where nsp_ingested >= datetime(2026-11-22T12:04:05.1234567Z)
| where _ResourceId in~ ('/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/o\\'b')
| order by nsp_ingested asc
| take 500";
        assert_eq!(query.kql().text(), wanted);
    }
}
