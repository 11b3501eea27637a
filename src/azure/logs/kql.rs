//! The texts of all queries, built in one place. Nothing from outside gets into a query but as a
//! literal made by [`literal`] or [`datetime`].

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};

use crate::domain::ArmId;

/// The table (API.md, section 9.3).
pub const TABLE: &str = "NSPAccessLogs";
/// Column added to a tail: when the row arrived in the workspace.
pub const INGESTED: &str = "nsp_ingested";
/// Column added to a tail: the service's time at the answer.
pub const ASKED: &str = "nsp_asked";

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
    pub fn kql(&self) -> String {
        let (ingested, generated) = match self.start {
            Start::Ago(span) => (ago(span), ago(span.saturating_add(self.guard))),
            Start::At(time) => (datetime(time), datetime(time.saturating_sub(self.guard).unwrap_or(time))),
        };
        let mut text = format!(
            "{TABLE}\n| where TimeGenerated >= {generated}\n\
             | extend {INGESTED} = ingestion_time(), {ASKED} = now()\n\
             | where {INGESTED} >= {ingested}\n"
        );
        if !self.perimeters.is_empty() {
            let ids: Vec<String> = self.perimeters.iter().map(|id| literal(id.as_str())).collect();
            // Logs carry ids in another case than Resource Manager (DOMAIN.md, section 4.2).
            let _ = writeln!(text, "| where _ResourceId in~ ({})", ids.join(", "));
        }
        let _ = write!(text, "| order by {INGESTED} asc\n| take {}", self.take);
        text
    }
}

/// A string literal that holds `text` and nothing else.
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // The language knows escapes of four digits only, which is enough for all of these.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A datetime literal. The service counts in 100 ns; what lies between two ticks becomes the
/// earlier one.
pub fn datetime(time: Timestamp) -> String {
    format!("datetime({time:.7})")
}

fn ago(span: SignedDuration) -> String {
    format!("ago({}s)", span.as_secs())
}

/// Every query with its purpose, filled with examples: for those who want to run one elsewhere.
pub fn catalogue() -> Vec<(&'static str, String)> {
    let hour = SignedDuration::from_hours(1);
    let query = |start| TailQuery { perimeters: Vec::new(), start, guard: hour * 48, take: 1000 }.kql();
    vec![
        ("access log, from one hour ago", query(Start::Ago(hour))),
        ("access log, from an ingestion time on", query(Start::At(Timestamp::UNIX_EPOCH))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a literal as the language does; gives the text and what follows.
    fn read(literal: &str) -> Option<(String, &str)> {
        let mut chars = literal.strip_prefix('\'')?.chars();
        let mut text = String::new();
        loop {
            match chars.next()? {
                '\'' => return Some((text, chars.as_str())),
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => return None,
                '\\' => text.push(match chars.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let code: String = chars.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&code, 16).ok()?)?
                    }
                    c @ ('\\' | '\'') => c,
                    _ => return None,
                }),
                c => text.push(c),
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_leaves_a_literal(text in any::<String>(), hostile in "['\\\\\n\r\tun| ]{0,12}") {
            for text in [text, hostile] {
                let literal = literal(&text);
                prop_assert_eq!(read(&literal), Some((text, "")));
            }
        }
    }

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
        let wanted = "NSPAccessLogs
| where TimeGenerated >= datetime(2026-11-20T12:04:05.1234567Z)
| extend nsp_ingested = ingestion_time(), nsp_asked = now()
| where nsp_ingested >= datetime(2026-11-22T12:04:05.1234567Z)
| where _ResourceId in~ ('/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/o\\'b')
| order by nsp_ingested asc
| take 500";
        assert_eq!(query.kql(), wanted);
    }

    #[test]
    fn the_catalogue_holds_runnable_texts() {
        let texts = catalogue();
        assert!(texts.iter().all(|(_, kql)| kql.starts_with(TABLE)));
        assert!(texts.iter().any(|(_, kql)| kql.contains("ago(3600s)") && kql.contains("ago(176400s)")));
    }
}
