//! Tables as text for other programs: comma-separated (RFC 4180) and JSON lines. It knows nothing of what they hold.

use std::fmt::Write as _;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Not known, or it has no meaning here.
    Missing,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A table: heads, and rows of as many cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns.
    pub head: &'static [&'static str],
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// Comma-separated, with a line of heads.
    pub fn csv(&self) -> String {
        let mut out = self.head.join(",") + "\r\n";
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(quoted).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }

    /// One JSON object on each line.
    pub fn json_lines(&self) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let fields = self.head.iter().zip(row);
            let fields: Vec<String> =
                fields.map(|(name, cell)| format!("{}:{}", json(name), value(cell))).collect();
            out.push('{');
            out.push_str(&fields.join(","));
            out.push_str("}\n");
        }
        out
    }
}

/// A cell of a spreadsheet. Text that a spreadsheet would run as a formula is kept from it by a quotation mark.
fn quoted(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => {
            let shield = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
            format!("\"{shield}{}\"", text.replace('"', "\"\""))
        }
        Cell::Number(number) => number.to_string(),
        Cell::Missing => String::new(),
    }
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => json(text),
        Cell::Number(number) => number.to_string(),
        Cell::Missing => "null".to_owned(),
    }
}

/// A JSON string (RFC 8259, section 7).
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_keep_every_character() {
        let hostile = "=1+1,\"a\"\n\\b";
        let rows = vec![vec![Cell::from("plain"), Cell::Number(7)], vec![Cell::from(hostile), Cell::Missing]];
        let sheet = Sheet { head: &["name", "n"], rows };
        assert_eq!(sheet.csv(), "name,n\r\n\"plain\",7\r\n\"'=1+1,\"\"a\"\"\n\\b\",\r\n");
        let lines = sheet.json_lines();
        let read: Vec<serde_json::Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(read[0], serde_json::json!({"name": "plain", "n": 7}));
        assert_eq!(read[1], serde_json::json!({"name": hostile, "n": null}));
    }
}
