//! Every query text that goes out must be of the catalogue that `nsp queries` prints and Microsoft's language service has
//! judged: compared line by line, with all literals taken out.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use nsp::azure::query_texts;

/// Per kind of query, the lines that it may have; those of conditions are common to all.
struct Known {
    lines: HashMap<String, HashSet<String>>,
    conditions: HashSet<String>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known { lines: HashMap::new(), conditions: HashSet::new() };
    for query in query_texts() {
        let lines = || query.text.lines().map(skeleton);
        let head = head(&query.text);
        known.lines.entry(head).or_default().extend(lines());
        if query.name == "history-narrowed" {
            known.conditions.extend(lines().filter(|line| line.starts_with("| where ")));
        }
    }
    known
});

/// What tells kinds of queries apart: the comment of log queries, the table of others.
fn head(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if first.starts_with("// nsp resources") { lines.next().unwrap_or_default().into() } else { first.into() }
}

/// A line with its literals taken out: texts, numbers, instants, and how many there are in a list.
fn skeleton(line: &str) -> String {
    if line.starts_with("//") {
        return line.to_owned();
    }
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => drop(chars.next()),
                        '\'' => break,
                        _ => {}
                    }
                }
                out.push('?');
            }
            c if c.is_ascii_digit() && !out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') => {
                while chars.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.')).is_some() {
                }
                out.push('?');
            }
            c => out.push(c),
        }
    }
    while out.contains("?, ?") {
        out = out.replace("?, ?", "?");
    }
    out.replace("datetime(?)", "time").replace("ago(?)", "time")
}

/// What is strange about a text that was sent.
pub fn strange(text: &str) -> Option<String> {
    let Some(known) = KNOWN.lines.get(&head(text)) else {
        return Some(format!("a query that is not in the catalogue:\n{text}"));
    };
    let unknown =
        text.lines().map(skeleton).find(|line| !known.contains(line) && !KNOWN.conditions.contains(line));
    unknown.map(|line| format!("a line that no query of the catalogue has: {line}\n{text}"))
}

#[test]
fn a_text_of_somebody_else_is_strange() {
    for query in query_texts() {
        assert_eq!(strange(&query.text), None, "{}", query.name);
    }
    let traffic = query_texts().into_iter().find(|query| query.name == "traffic").unwrap().text;
    assert_eq!(strange(&traffic.replace("my-perimeter", "o\\'ther', 'x")), None, "values may differ");
    assert_eq!(strange(&traffic.replace("1209600s", "60s")), None);
    assert!(strange(&traffic.replace("sum(", "max(")).is_some());
    assert!(strange(&format!("{traffic}\n| count")).is_some());
    assert!(strange("NSPAccessLogs | take 10").is_some());
    assert!(strange("resources\n| take 10").is_some());
}
