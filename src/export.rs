//! Writes what the log room exports. Texts are somebody else's: they were cleaned when they were read, and a
//! cell that a spreadsheet would run as a formula is made a text.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::domain::Direction;
use crate::domain::log::{ExportFormat, Exported, LogColumn, LogExport, RoomColumn, RowView};
use crate::private;

/// Writes the file into a folder, for the user only, and says its path and how many lines it holds.
pub fn write(folder: &Path, export: &LogExport) -> io::Result<(PathBuf, usize)> {
    private::make_folder(folder)?;
    let name = export.at.strftime("nsp-log-%Y%m%dT%H%M%SZ");
    let extension = export.format.extension();
    let mut path = folder.join(format!("{name}.{extension}"));
    // Two in one second are two files.
    let mut n = 2;
    while path.exists() {
        path = folder.join(format!("{name}-{n}.{extension}"));
        n += 1;
    }
    let file = private::options().write(true).create_new(true).open(&path)?;
    let lines = put(BufWriter::new(file), export)?;
    Ok((path, lines))
}

/// Writes the lines.
fn put(out: impl Write, export: &LogExport) -> io::Result<usize> {
    match &export.what {
        Exported::Rows { store, keys, columns } => {
            let head: Vec<&str> = columns.iter().flat_map(|c| names(*c)).collect();
            let rows = keys.iter().filter_map(|key| store.get(*key));
            let rows = rows.map(|row| columns.iter().flat_map(|c| cells(&row, *c)).collect());
            lines(out, export.format, &head, rows)
        }
        Exported::Table { head, rows } => {
            let cell = |text: &String| Cell::Text(Cow::Owned(text.clone()));
            let rows = rows.iter().map(|row| row.iter().map(cell).collect());
            lines(out, export.format, head, rows)
        }
    }
}

/// A cell: a text, or a number.
enum Cell<'t> {
    Text(Cow<'t, str>),
    Number(u64),
}

fn lines<'t>(
    out: impl Write,
    format: ExportFormat,
    head: &[&str],
    rows: impl Iterator<Item = Vec<Cell<'t>>>,
) -> io::Result<usize> {
    match format {
        ExportFormat::Csv => csv_lines(out, head, rows),
        ExportFormat::JsonLines => json_lines(out, head, rows),
    }
}

fn csv_lines<'t>(
    out: impl Write,
    head: &[&str],
    rows: impl Iterator<Item = Vec<Cell<'t>>>,
) -> io::Result<usize> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record(head)?;
    let mut count = 0;
    for row in rows {
        let texts = row.iter().map(|cell| match cell {
            Cell::Text(text) => guarded(text).into_owned(),
            Cell::Number(number) => number.to_string(),
        });
        out.write_record(texts)?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

/// What begins like a formula begins with an apostrophe instead, which spreadsheets take for "a text".
fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn json_lines<'t>(
    mut out: impl Write,
    head: &[&str],
    rows: impl Iterator<Item = Vec<Cell<'t>>>,
) -> io::Result<usize> {
    let mut count = 0;
    for row in rows {
        let value = |cell: Cell<'_>| match cell {
            Cell::Text(text) => Value::String(text.into_owned()),
            Cell::Number(number) => Value::from(number),
        };
        let names = head.iter().map(|name| (*name).to_owned());
        let object: Map<String, Value> = names.zip(row.into_iter().map(value)).collect();
        serde_json::to_writer(&mut out, &object)?;
        out.write_all(b"\n")?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

/// The names of what a column becomes.
fn names(column: RoomColumn) -> Vec<&'static str> {
    match column {
        RoomColumn::Time => vec!["TimeGenerated", "TimeGeneratedEndTime", "Ingested"],
        RoomColumn::Verdict => vec!["Verdict"],
        RoomColumn::Direction => vec!["ResultDirection"],
        RoomColumn::Ends => vec!["From", "To"],
        RoomColumn::Count => vec!["Count"],
        RoomColumn::Text(column) => vec![column.name()],
    }
}

fn cells<'r>(row: &RowView<'r>, column: RoomColumn) -> Vec<Cell<'r>> {
    let text = |text: &'r str| Cell::Text(Cow::Borrowed(text));
    match column {
        RoomColumn::Time => {
            let end = row.end().map_or_else(String::new, |end| end.to_string());
            [row.start().to_string(), end, row.ingested().to_string()].map(|t| Cell::Text(t.into())).into()
        }
        RoomColumn::Verdict => vec![text(row.verdict().word())],
        RoomColumn::Direction => vec![text(row.text(LogColumn::ResultDirection))],
        RoomColumn::Ends => {
            let (from, to) = ends(row);
            vec![text(from), text(to)]
        }
        RoomColumn::Count => vec![Cell::Number(u64::from(row.count()))],
        RoomColumn::Text(column) => vec![text(row.text(column))],
    }
}

/// Who called whom, in full.
fn ends<'r>(row: &RowView<'r>) -> (&'r str, &'r str) {
    let first = |columns: [LogColumn; 3]| {
        columns.into_iter().map(|c| row.text(c)).find(|t| !t.is_empty()).unwrap_or_default()
    };
    let resource = row.text(LogColumn::ServiceResourceId);
    match row.direction() {
        Direction::Outbound => {
            let other = [
                LogColumn::DestinationFqdn,
                LogColumn::DestinationResourceId,
                LogColumn::DestinationEmailAddress,
            ];
            (resource, first(other))
        }
        Direction::Inbound | Direction::Unknown(_) => {
            let other = [LogColumn::SourceIpAddress, LogColumn::SourceResourceId, LogColumn::SourceAppId];
            (first(other), resource)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::{AccessLogEntry, LogStore, LogTexts, LogTimes};
    use jiff::Timestamp;
    use std::sync::Arc;

    fn export(format: ExportFormat) -> String {
        let start = Timestamp::from_second(1_790_000_000).unwrap();
        let times = LogTimes { start, end: None, ingested: start };
        let texts = LogTexts::gather(|column| match column {
            LogColumn::SourceIpAddress => "203.0.113.7".into(),
            LogColumn::OperationName => "=cmd|' /C calc'!A0".into(),
            LogColumn::ResultDescription => "say \"hi\", all".into(),
            LogColumn::Profile => "-x".into(),
            _ => "".into(),
        });
        let mut store = LogStore::new(4);
        store.push(&AccessLogEntry { times, count: 3, texts });
        let keys = vec![store.last_key().unwrap()];
        let texts = [LogColumn::OperationName, LogColumn::ResultDescription, LogColumn::Profile];
        let columns = [RoomColumn::Verdict, RoomColumn::Ends, RoomColumn::Count];
        let columns = columns.into_iter().chain(texts.map(RoomColumn::Text)).collect();
        let what = Exported::Rows { store: Arc::new(store), keys, columns };
        let mut out = Vec::new();
        assert_eq!(put(&mut out, &LogExport { format, at: start, what }).unwrap(), 1);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_cell_of_a_csv_file_is_a_formula() {
        assert_eq!(
            export(ExportFormat::Csv),
            "Verdict,From,To,Count,OperationName,ResultDescription,Profile\n\
             unknown,203.0.113.7,,3,'=cmd|' /C calc'!A0,\"say \"\"hi\"\", all\",'-x\n"
        );
    }

    #[test]
    fn a_json_line_is_an_object() {
        let line = export(ExportFormat::JsonLines);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["OperationName"], "=cmd|' /C calc'!A0");
        assert_eq!((line.lines().count(), value["Count"].as_u64()), (1, Some(3)));
    }

    #[test]
    fn two_exports_are_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let what = Exported::Table { head: vec!["value", "rows"], rows: vec![vec!["@x".into(), "7".into()]] };
        let export = LogExport { format: ExportFormat::Csv, at, what };
        let (first, _) = write(folder.path(), &export).unwrap();
        let (second, lines) = write(folder.path(), &export).unwrap();
        assert!(first != second && lines == 1);
        assert_eq!(std::fs::read_to_string(second).unwrap(), "value,rows\n'@x,7\n");
    }
}
