//! The texts of all queries. A [`Kql`] is made by the functions below here and by nothing else, so
//! what is not in the [`catalogue`] cannot be sent. Nothing from outside gets into a text but as a
//! literal made by [`literal`] or [`datetime`].

mod catalogue;
mod reports;
mod select;
mod tail;

use std::fmt::{self, Write};

use jiff::{SignedDuration, Timestamp};

pub use catalogue::{Example, catalogue};
pub(super) use reports::verdict_column;
pub use reports::{bins, denials, evidence, groups, history, rule_use, traffic, versions};
pub use tail::{Start, TailQuery};

/// The table (API.md, section 9.3).
pub const TABLE: &str = "NSPAccessLogs";
/// Column added to rows: when the row arrived in the workspace.
pub const INGESTED: &str = "nsp_ingested";
/// Column added to rows: the service's time at the answer.
pub const ASKED: &str = "nsp_asked";

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// New rows by arrival.
    Tail,
    /// Rows by time, newest first.
    History,
    /// Traffic by its ends and its judgement.
    Traffic,
    /// Denied traffic since an instant.
    Denials,
    /// Days, rows and lag per resource and category.
    Evidence,
    /// Events over time.
    Bins,
    /// Events over time per resource.
    BinsByResource,
    /// Matches per rule.
    RuleUse,
    /// Rule versions per resource and profile.
    Versions,
    /// Rows by the text of one column.
    Groups,
}

impl Question {
    /// The name in the catalogue, in the text's first line and of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tail => "tail",
            Self::History => "history",
            Self::Traffic => "traffic",
            Self::Denials => "denials",
            Self::Evidence => "evidence",
            Self::Bins => "bins",
            Self::BinsByResource => "bins-by-resource",
            Self::RuleUse => "rule-use",
            Self::Versions => "versions",
            Self::Groups => "groups",
        }
    }

    /// What it answers, in one sentence.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Tail => "Which rows arrived since an instant, in order of arrival?",
            Self::History => "Which rows are there before an instant, newest first?",
            Self::Traffic => {
                "Who calls what, how often, and how is it judged? What enforcing would deny comes first."
            }
            Self::Denials => "Who was denied since an instant, and by which version of the rules?",
            Self::Evidence => {
                "How many days, rows and events are there of each resource, and how late are they?"
            }
            Self::Bins => "How much was allowed and denied over time?",
            Self::BinsByResource => "How much was allowed and denied at each resource over time?",
            Self::RuleUse => "How often did each rule match? A rule that is missing here did not.",
            Self::Versions => "Which version of the rules did each resource judge by, since when?",
            Self::Groups => "How many rows and events share the text of a column?",
        }
    }
}

/// A text that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kql {
    question: Question,
    text: String,
}

impl Kql {
    /// What it asks.
    pub fn question(&self) -> Question {
        self.question
    }

    /// The text; its first line is a comment that says what it answers.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A text in the making: the table, then one operator per line.
struct Pipe(Kql);

impl Pipe {
    fn new(question: Question) -> Self {
        let (name, purpose) = (question.name(), question.purpose());
        Self(Kql { question, text: format!("// nsp {name}: {purpose}\n{TABLE}") })
    }

    /// Adds an operator with all that belongs to it.
    fn then(mut self, operator: fmt::Arguments<'_>) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.0.text, "\n| {operator}");
        self
    }

    fn done(self) -> Kql {
        self.0
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
    format!("ago({})", seconds(span))
}

/// A timespan literal in whole seconds.
fn seconds(span: SignedDuration) -> String {
    format!("{}s", span.as_secs())
}

/// Literals, separated by commas.
fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(literal).collect::<Vec<_>>().join(", ")
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
}
