//! A result as the query service writes it, cut off at the service's size limits.

use std::collections::HashMap;

use super::column::Column;
use super::frame::Frame;
use super::value::{Value, write_json, write_string};

/// How large a result may get before it is cut off and marked partial.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Rows.
    pub rows: usize,
    /// Bytes of the rows as written.
    pub bytes: usize,
}

impl Default for Caps {
    /// The documented limits: 500,000 rows and about 100 MB.
    fn default() -> Self {
        Self { rows: 500_000, bytes: 104_857_600 }
    }
}

/// A written result.
#[derive(Debug)]
pub struct Answered {
    /// The `tables` property, without braces around it.
    pub tables: String,
    /// Rows written.
    pub rows: usize,
    /// The limit that cut it off, in the service's words.
    pub cut: Option<String>,
}

/// Writes a frame as the only table of an answer.
pub fn write(name: &str, frame: &Frame<'_>, caps: Caps) -> Answered {
    let mut out = String::from("\"tables\":[{\"name\":");
    write_string(name, &mut out);
    out.push_str(",\"columns\":[");
    for (place, (column, ty)) in frame.schema.iter().enumerate() {
        out.push_str(if place == 0 { "{\"name\":" } else { ",{\"name\":" });
        write_string(column, &mut out);
        out.push_str(",\"type\":\"");
        out.push_str(ty.name());
        out.push_str("\"}");
    }
    out.push_str("],\"rows\":[");
    let mut columns: Vec<Cells<'_>> = (0..frame.schema.len()).map(|i| Cells::new(frame.column(i))).collect();
    let (mut rows, mut cut) = (0, None);
    for row in 0..frame.len() {
        if rows == caps.rows {
            cut = Some(format!("{} records", caps.rows));
        } else if out.len() >= caps.bytes {
            cut = Some(format!("{} bytes", caps.bytes));
        }
        if cut.is_some() {
            break;
        }
        out.push_str(if row == 0 { "[" } else { ",[" });
        for (place, column) in columns.iter_mut().enumerate() {
            if place > 0 {
                out.push(',');
            }
            column.write(row, &mut out);
        }
        out.push(']');
        rows += 1;
    }
    out.push_str("]}]");
    Answered { tables: out, rows, cut }
}

/// A column being written; each word of a dictionary is encoded once.
struct Cells<'a> {
    column: Column<'a>,
    encoded: HashMap<u32, String>,
    last: Option<(u32, std::ops::Range<usize>)>,
}

impl<'a> Cells<'a> {
    fn new(column: Column<'a>) -> Self {
        Self { column, encoded: HashMap::new(), last: None }
    }

    fn write(&mut self, row: usize, out: &mut String) {
        match &self.column {
            Column::Dictionary(codes, words) => {
                let code = codes.get(row).copied().unwrap_or_default();
                // Runs of one word are copied from what was just written.
                if let Some((last, place)) = self.last.clone()
                    && last == code
                {
                    out.extend_from_within(place);
                    return;
                }
                let start = out.len();
                let text = self.encoded.entry(code).or_insert_with(|| {
                    let mut text = String::new();
                    write_json(words.get().get(code as usize).unwrap_or(&Value::Null), &mut text);
                    text
                });
                out.push_str(text);
                self.last = Some((code, start..out.len()));
            }
            Column::Constant(value) => write_json(value, out),
            Column::Values(values) => write_json(values.get(row).unwrap_or(&Value::Null), out),
            Column::Stored(_) | Column::Whole(..) => write_json(&self.column.value(row), out),
        }
    }
}
