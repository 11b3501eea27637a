//! Rows of table `NSPAccessLogs` → entries. Texts are cleaned here, once.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::kql::{ASKED, INGESTED};
use super::table::{Table, Value};
use crate::domain::log::{AccessLogEntry, LogColumn, LogTexts, LogTimes};
use crate::domain::text;

/// Where the columns stand in one answer.
pub(super) struct Layout<'a> {
    table: &'a Table,
    texts: [Option<usize>; LogColumn::COUNT],
    start: Option<usize>,
    end: Option<usize>,
    count: Option<usize>,
    ingested: Option<usize>,
    asked: Option<usize>,
}

impl<'a> Layout<'a> {
    pub(super) fn of(table: &'a Table) -> Self {
        Self {
            table,
            texts: LogColumn::ALL.map(|column| table.column(column.name())),
            start: table.column("TimeGenerated"),
            end: table.column("TimeGeneratedEndTime"),
            count: table.column("Count"),
            ingested: table.column(INGESTED),
            asked: table.column(ASKED),
        }
    }

    fn value(&self, row: usize, column: Option<usize>) -> Value<'a> {
        column.map_or(Value::Null, |column| self.table.value(row, column))
    }

    /// The service's time when it answered.
    pub(super) fn asked(&self) -> Option<jiff::Timestamp> {
        self.value(0, self.asked).time()
    }

    /// One row; `None` when it does not say when it happened or arrived, so that it could neither
    /// be placed nor told from others.
    pub(super) fn entry(&self, row: usize) -> Option<AccessLogEntry> {
        let ingested = self.value(row, self.ingested).time()?;
        let start = self.value(row, self.start).time()?;
        let end = self.value(row, self.end).time();
        let count = self.value(row, self.count).int().map_or(1, |n| n.clamp(0, i64::from(u32::MAX)) as u32);
        let texts = LogTexts::gather(|column| {
            let at = self.texts.get(column.index()).copied().flatten();
            let words = self.value(row, at).words();
            clean(if column == LogColumn::MatchedRule { rule_name(words) } else { words })
        });
        Some(AccessLogEntry { times: LogTimes { start, end, ingested }, count, texts })
    }
}

fn clean(words: Cow<'_, str>) -> Cow<'_, str> {
    match words {
        Cow::Borrowed(words) => text::clean(words),
        Cow::Owned(words) => Cow::Owned(text::clean(&words).into_owned()),
    }
}

/// The rule's name out of `{ "accessRule": "IP firewall" }`; the key's case differs between
/// services (API.md, section 9.3). What has another form stays as it is.
pub(super) fn rule_name(bag: Cow<'_, str>) -> Cow<'_, str> {
    if !bag.trim_start().starts_with('{') {
        return bag;
    }
    match serde_json::from_str::<serde_json::Map<String, Json>>(&bag) {
        Ok(map) if map.is_empty() => Cow::Borrowed(""),
        Ok(map) => {
            let named = map.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("accessRule"));
            match named {
                Some((_, Json::String(name))) => name.into(),
                Some(_) | None => bag,
            }
        }
        Err(_) => bag,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::decode;
    use super::*;
    use crate::domain::log::Verdict;

    fn entries(columns: &str, rows: &str) -> Vec<Option<AccessLogEntry>> {
        let columns: Vec<String> =
            columns.split(' ').map(|name| format!(r#"{{"name":"{name}","type":"string"}}"#)).collect();
        let body = format!(
            r#"{{"tables":[{{"name":"PrimaryResult","columns":[{}],"rows":{rows}}}]}}"#,
            columns.join(",")
        );
        let table = decode(body.as_bytes()).unwrap().table;
        let layout = Layout::of(&table);
        (0..table.len()).map(|row| layout.entry(row)).collect()
    }

    #[test]
    fn columns_in_any_order_missing_and_extra() {
        let read = entries(
            "Category Unheard nsp_ingested Count TimeGenerated MatchedRule SourceIpAddress _ResourceId",
            r#"[["NspPublicInboundResourceRulesAllowed",{"a":1},"2026-11-22T12:04:05.1234567Z","14",
                 "2026-11-22T12:00:00Z","{ \"AccessRule\": \"IP firewall\" }","203.0.113.7\u001b[2J",null],
                ["x",0,"2026-11-22T12:04:05Z",null,"2026-11-22T12:00:00Z","{}",null,"/SUBSCRIPTIONS/S"],
                ["x",0,null,1,"2026-11-22T12:00:00Z","","",""],
                ["x",0,"2026-11-22T12:04:05Z",-3]]"#,
        );
        let first = read[0].as_ref().unwrap();
        assert_eq!((first.verdict(), first.count), (Verdict::WouldDeny, 14));
        assert_eq!(first.text(LogColumn::MatchedRule), "IP firewall");
        assert_eq!(first.text(LogColumn::SourceIpAddress), "203.0.113.7␛[2J");
        assert_eq!(first.times.ingested.subsec_nanosecond(), 123_456_700);
        assert_eq!((first.times.end, first.text(LogColumn::Profile)), (None, ""));
        let second = read[1].as_ref().unwrap();
        assert_eq!((second.count, second.text(LogColumn::MatchedRule)), (1, ""));
        assert_eq!(second.text(LogColumn::Perimeter), "/SUBSCRIPTIONS/S");
        assert_eq!((&read[2], &read[3]), (&None, &None), "no time, no row");
    }

    #[test]
    fn a_rule_of_another_form_stays() {
        for bag in ["web-in", "{", r#"{"rule":"x"}"#, r#"{"accessRule":{"name":"x"}}"#] {
            assert_eq!(rule_name(bag.into()), bag);
        }
    }
}
