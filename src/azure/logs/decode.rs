//! Answers of the reports → domain types. Texts are cleaned here, once; what cannot be read is
//! counted, never guessed.

use jiff::{SignedDuration, Timestamp};

use super::QueryAnswer;
use super::kql::verdict_column;
use super::rows::rule_name;
use super::table::{Table, Value};
use crate::domain::impact::{DayCount, PeerTexts, TrafficGroup};
use crate::domain::log::{Category, TailTable, Verdict};
use crate::domain::traffic::{
    Bin, ColumnGroup, EvidenceRow, LogAnswer, LogPage, RuleMatches, VerdictCounts, VersionSeen,
};
use crate::domain::{ArmId, Direction, text};

/// A row of an answer, by the names of its columns.
pub(super) struct Cells<'a> {
    table: &'a Table,
    row: usize,
}

impl<'a> Cells<'a> {
    fn value(&self, column: &str) -> Value<'a> {
        self.table.column(column).map_or(Value::Null, |at| self.table.value(self.row, at))
    }

    fn text(&self, column: &str) -> String {
        text::clean(&self.value(column).words()).into_owned()
    }

    fn time(&self, column: &str) -> Option<Timestamp> {
        self.value(column).time()
    }

    /// A count; a negative one is none.
    fn count(&self, column: &str) -> Option<u64> {
        self.value(column).int().and_then(|n| n.try_into().ok())
    }

    /// An id, when there is one.
    fn id(&self, column: &str) -> Option<ArmId> {
        ArmId::parse(&self.value(column).words()).ok()
    }

    fn rule(&self) -> String {
        // Cleaned first: a bag with a control character in it is no JSON.
        let words = self.value("nsp_rule").words();
        text::clean(&rule_name(text::clean(&words))).into_owned()
    }

    fn verdict(&self) -> Option<Verdict> {
        let word = self.value("nsp_verdict").words();
        Verdict::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    fn verdicts(&self) -> Option<VerdictCounts> {
        let of = |verdict| self.count(verdict_column(verdict));
        Some(VerdictCounts {
            allowed: of(Verdict::Allowed)?,
            would_deny: of(Verdict::WouldDeny)?,
            denied: of(Verdict::Denied)?,
            private: of(Verdict::Private)?,
            unknown: of(Verdict::Unknown)?,
        })
    }

    /// Texts of a dynamic array; it comes as JSON in a text.
    fn texts(&self, column: &str) -> Vec<String> {
        let words = self.value(column).words();
        let texts: Vec<String> = serde_json::from_str(&words).unwrap_or_default();
        let mut texts: Vec<String> = texts.iter().map(|text| text::clean(text).into_owned()).collect();
        texts.retain(|text| !text.is_empty());
        texts.sort_unstable();
        texts
    }
}

/// Reads an answer that was asked to hold `limit` items, and one more when there are more.
pub(super) fn page<T>(
    answer: QueryAnswer,
    limit: usize,
    read: impl Fn(&Cells<'_>) -> Option<T>,
) -> LogAnswer<T> {
    if answer.state != TailTable::Present {
        return LogAnswer::NoTable;
    }
    let table = &answer.table;
    let wanted = table.len().min(limit);
    let items: Vec<T> = (0..wanted).filter_map(|row| read(&Cells { table, row })).collect();
    let unreadable = wanted - items.len() + table.strange_rows();
    LogAnswer::Read(LogPage { items, cut: table.len() > limit, unreadable, warning: answer.warning })
}

pub(super) fn traffic(row: &Cells<'_>) -> Option<TrafficGroup> {
    let category = Category::from_wire(&row.value("Category").words());
    let direction = Direction::from_wire(&row.text("ResultDirection"));
    let peer = PeerTexts {
        source_address: &row.text("nsp_address"),
        source_resource: &row.text("nsp_caller"),
        source_app_id: &row.text("SourceAppId"),
        destination_fqdn: &row.text("nsp_fqdn"),
        destination_resource: &row.text("nsp_target"),
    };
    Some(TrafficGroup {
        resource: row.id("nsp_resource")?,
        peer: TrafficGroup::peer_of(&direction, &category, &peer),
        operations: row.texts("nsp_operations"),
        count: row.count("nsp_events")?,
        first: row.time("nsp_first")?,
        last: row.time("nsp_last")?,
        category,
        verdict: row.verdict()?,
        matched_rule: row.rule(),
        profile: row.text("Profile"),
        rules_version: row.count("nsp_version"),
        daily: row.texts("nsp_daily").iter().map(|text| day(text)).collect::<Option<_>>()?,
    })
}

/// One `2026-11-22 14`: a day and its events.
fn day(text: &str) -> Option<DayCount> {
    let (day, events) = text.split_once(' ')?;
    Some(DayCount { day: day.parse().ok()?, events: events.parse().ok()? })
}

pub(super) fn evidence(row: &Cells<'_>) -> Option<EvidenceRow> {
    let lag = match row.value("nsp_lag") {
        Value::Int(seconds) => SignedDuration::from_secs(seconds),
        Value::Real(seconds) => SignedDuration::try_from_secs_f64(seconds).ok()?,
        Value::Null | Value::Bool(_) | Value::Text(_) => return None,
    };
    Some(EvidenceRow {
        resource: row.id("nsp_resource")?,
        category: Category::from_wire(&row.value("Category").words()),
        rows: row.count("nsp_rows")?,
        events: row.count("nsp_events")?,
        days: row.count("nsp_days")?.try_into().ok()?,
        oldest: row.time("nsp_first")?,
        newest: row.time("nsp_last")?,
        arrived: row.time("nsp_newest")?,
        lag,
    })
}

pub(super) fn bin(row: &Cells<'_>) -> Option<Bin> {
    Some(Bin {
        resource: row.id("nsp_resource"),
        start: row.time("nsp_start")?,
        rows: row.count("nsp_rows")?,
        events: row.verdicts()?,
    })
}

pub(super) fn rule_use(row: &Cells<'_>) -> Option<RuleMatches> {
    Some(RuleMatches {
        perimeter: row.id("nsp_perimeter"),
        profile: row.text("Profile"),
        rule: row.rule(),
        direction: Direction::from_wire(&row.text("ResultDirection")),
        verdict: row.verdict()?,
        events: row.count("nsp_events")?,
        resources: row.count("nsp_resources")?,
        first: row.time("nsp_first")?,
        last: row.time("nsp_last")?,
    })
}

pub(super) fn version(row: &Cells<'_>) -> Option<VersionSeen> {
    Some(VersionSeen {
        resource: row.id("nsp_resource")?,
        profile: row.text("Profile"),
        version: row.count("nsp_version"),
        first: row.time("nsp_first")?,
        last: row.time("nsp_last")?,
        events: row.count("nsp_events")?,
    })
}

pub(super) fn group(row: &Cells<'_>) -> Option<ColumnGroup> {
    Some(ColumnGroup {
        value: row.text("nsp_value"),
        rows: row.count("nsp_rows")?,
        events: row.verdicts()?,
        first: row.time("nsp_first")?,
        last: row.time("nsp_last")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::table::decode;
    use super::*;
    use crate::domain::{Failure, FailureKind};

    fn answer(columns: &[&str], rows: &str) -> QueryAnswer {
        let columns: Vec<String> = columns.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
        let columns = columns.join(",");
        let body =
            format!(r#"{{"tables":[{{"name":"PrimaryResult","columns":[{columns}],"rows":{rows}}}]}}"#);
        let table = decode(body.as_bytes()).unwrap().table;
        QueryAnswer { table, state: TailTable::Present, warning: None }
    }

    const COLUMNS: [&str; 10] = [
        "nsp_resource",
        "ResultDirection",
        "nsp_address",
        "nsp_verdict",
        "nsp_rule",
        "nsp_operations",
        "nsp_events",
        "nsp_first",
        "nsp_last",
        "nsp_daily",
    ];

    #[test]
    fn what_cannot_be_read_is_counted_and_what_is_hostile_is_cleaned() {
        let rows = r#"[
            ["/subscriptions/s","Inbound","203.0.113.7","would deny","{\"AccessRule\":\"r\u001b\"}","[\"B\",\"A\",\"\"]",3,
             "2026-11-22T12:00:00Z","2026-11-22T12:05:00Z","[\"2026-11-22 3\"]"],
            ["no id","Inbound","","denied","","[]",1,"2026-11-22T12:00:00Z","2026-11-22T12:05:00Z"],
            ["/subscriptions/s","Inbound","","no verdict","","[]",1,"2026-11-22T12:00:00Z","2026-11-22T12:05:00Z"],
            ["/subscriptions/s","Inbound","","denied","","[]",-1,"2026-11-22T12:00:00Z","2026-11-22T12:05:00Z"],
            {"error":1}, ["one more than asked for"]]"#;
        let read = page(answer(&COLUMNS, rows), 4, traffic);
        let LogAnswer::Read(page) = read else { panic!("{read:?}") };
        assert_eq!((page.items.len(), page.unreadable, page.cut), (1, 4, true));
        assert!(!page.is_complete());
        let group = &page.items[0];
        assert_eq!((group.matched_rule.as_str(), group.rules_version), ("r␛", None));
        assert_eq!((group.operations.join(" "), group.count), ("A B".to_owned(), 3));
        assert_eq!(group.daily.iter().map(|d| d.day.to_string()).collect::<Vec<_>>(), ["2026-11-22"]);
    }

    #[test]
    fn no_table_is_never_nothing_found() {
        let none = page(QueryAnswer { state: TailTable::NoneYet, ..QueryAnswer::default() }, 9, traffic);
        assert_eq!(none, LogAnswer::NoTable);
        let empty = page(answer(&COLUMNS, "[]"), 9, traffic);
        assert!(empty.page().is_some_and(|page| page.items.is_empty() && page.is_complete()));
        let warning = Failure::new(FailureKind::Server, "The log service answered in part", "limit");
        let part = QueryAnswer { warning: Some(warning), ..answer(&COLUMNS, "[]") };
        assert!(page(part, 9, traffic).page().is_some_and(|page| !page.is_complete()));
    }
}
