//! The answer of the Log Analytics query API, decoded straight from the JSON stream.
//!
//! No tree of values is built: texts of all cells lie in one string. Knows nothing of access logs.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Name of the table that holds a query's rows when an answer has several.
const PRIMARY: &str = "PrimaryResult";

/// The rows of an answer; columns in any order.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Table {
    #[serde(default)]
    name: String,
    #[serde(default)]
    columns: Vec<Column>,
    #[serde(default)]
    rows: Rows,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the service names it, such as `datetime`.
    #[serde(default, rename = "type")]
    pub kind: String,
}

/// Why an answer with status 200 is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct PartialError {
    /// `PartialError`.
    #[serde(default)]
    pub code: String,
    /// The service's words, as they came.
    #[serde(default)]
    pub message: String,
    /// What lies behind it.
    #[serde(default, deserialize_with = "one_or_many")]
    pub details: Vec<PartialError>,
    /// The same in the other form that the service uses.
    #[serde(default)]
    pub innererror: Option<Box<PartialError>>,
}

/// A whole answer.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// The query's rows; empty when the answer has no table.
    pub table: Table,
    /// Set when the rows are not all.
    pub error: Option<PartialError>,
}

#[derive(Deserialize)]
struct Body {
    tables: Option<Vec<Table>>,
    error: Option<PartialError>,
}

/// Decodes a body; a body without any text is an answer without rows (API.md, section 9.4).
pub fn decode(body: &[u8]) -> Result<Decoded, serde_json::Error> {
    if body.trim_ascii().is_empty() {
        return Ok(Decoded::default());
    }
    let body: Body = serde_json::from_slice(body)?;
    let mut tables = body.tables.unwrap_or_default();
    let primary = tables.iter().position(|table| table.name == PRIMARY).unwrap_or(0);
    let table = if primary < tables.len() { tables.swap_remove(primary) } else { Table::default() };
    Ok(Decoded { table, error: body.error })
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PartialError>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Many(Vec<PartialError>),
        One(PartialError),
        None,
    }
    Ok(match Either::deserialize(from)? {
        Either::Many(errors) => errors,
        Either::One(error) => vec![error],
        Either::None => Vec::new(),
    })
}

/// The content of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Null, or the row has no such cell.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`, `long`.
    Int(i64),
    /// `real`, and integers that are too long.
    Real(f64),
    /// Everything else; `dynamic` as compact JSON.
    Text(&'a str),
}

impl<'a> Value<'a> {
    /// A whole number, also one sent as text.
    pub fn int(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            Self::Real(number) if number.fract() == 0.0 => Some(number as i64),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null | Self::Bool(_) | Self::Real(_) => None,
        }
    }

    /// An instant.
    pub fn time(self) -> Option<Timestamp> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Real(_) => None,
        }
    }

    /// The value in words; null is empty.
    pub fn words(self) -> std::borrow::Cow<'a, str> {
        match self {
            Self::Null => "".into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Int(value) => value.to_string().into(),
            Self::Real(value) => value.to_string().into(),
            Self::Text(text) => text.into(),
        }
    }
}

impl Table {
    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Where a column stands, ignoring case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.ends.len()
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.ends.is_empty()
    }

    /// Rows that were no arrays; the service puts errors among the rows when it fails half-way.
    pub fn strange_rows(&self) -> usize {
        self.rows.strange
    }

    /// One cell.
    pub fn value(&self, row: usize, column: usize) -> Value<'_> {
        self.rows.value(row, column).unwrap_or(Value::Null)
    }
}

/// Cells of all rows, one after the other; rows may differ in length.
#[derive(Debug, Clone, Default)]
struct Rows {
    cells: Vec<Cell>,
    /// Where each row ends in `cells`.
    ends: Vec<usize>,
    text: String,
    strange: usize,
}

#[derive(Debug, Clone, Copy)]
enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    /// First byte and length in `text`.
    Text(u32, u32),
}

impl Rows {
    fn value(&self, row: usize, column: usize) -> Option<Value<'_>> {
        let start = row.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        let cells = self.cells.get(start..*self.ends.get(row)?)?;
        Some(match *cells.get(column)? {
            Cell::Null => Value::Null,
            Cell::Bool(value) => Value::Bool(value),
            Cell::Int(value) => Value::Int(value),
            Cell::Real(value) => Value::Real(value),
            Cell::Text(at, len) => Value::Text(self.text.get(at as usize..(at + len) as usize)?),
        })
    }

    fn push_text(&mut self, text: &str) {
        self.cells.push(Cell::Text(self.text.len() as u32, text.len() as u32));
        self.text.push_str(text);
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows, A::Error> {
                let mut rows = Rows::default();
                while seq.next_element_seed(Row(&mut rows))?.is_some() {}
                Ok(rows)
            }

            fn visit_unit<E>(self) -> Result<Rows, E> {
                Ok(Rows::default())
            }
        }
        from.deserialize_any(All)
    }
}

struct Row<'a>(&'a mut Rows);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(OneCell(self.0))?.is_some() {}
        self.0.ends.push(self.0.cells.len());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.0.strange += 1;
        Ok(())
    }
}

struct OneCell<'a>(&'a mut Rows);

impl<'de> DeserializeSeed<'de> for OneCell<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneCell<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.cells.push(Cell::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.cells.push(Cell::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.cells.push(Cell::Int(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.cells.push(i64::try_from(value).map_or(Cell::Real(value as f64), Cell::Int));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.cells.push(Cell::Real(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.push_text(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let value = serde_json::Value::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))?;
        self.0.push_text(&value.to_string());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let value = serde_json::Value::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        self.0.push_text(&value.to_string());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_every_type_in_any_place() {
        let body = br#"{"statistics":{"a":[1]},"tables":[
            {"name":"Other","columns":[],"rows":[]},
            {"rows":[["t\n",1,null,true,1.5,{"a":[1]},"7"],["short"],{"Exceptions":["x"]},[18446744073709551615]],
             "columns":[{"name":"A","type":"string"},{"name":"B"}],"name":"PrimaryResult","extra":0}]}"#;
        let table = decode(body).unwrap().table;
        let cell = |row, column| table.value(row, column);
        assert_eq!((table.len(), table.strange_rows(), table.column("b")), (3, 1, Some(1)));
        assert_eq!((cell(0, 0), cell(0, 1), cell(0, 2)), (Value::Text("t\n"), Value::Int(1), Value::Null));
        assert_eq!((cell(0, 3), cell(0, 4)), (Value::Bool(true), Value::Real(1.5)));
        assert_eq!((cell(0, 5), cell(0, 6).int()), (Value::Text(r#"{"a":[1]}"#), Some(7)));
        assert_eq!((cell(1, 0), cell(1, 1), cell(9, 0)), (Value::Text("short"), Value::Null, Value::Null));
        assert!(matches!(cell(2, 0), Value::Real(_)));
    }

    #[test]
    fn answers_without_rows() {
        for body in ["", " \r\n", "{}", r#"{"tables":[]}"#, r#"{"tables":null}"#] {
            let decoded = decode(body.as_bytes()).unwrap();
            assert!(decoded.table.is_empty() && decoded.error.is_none(), "{body}");
        }
        let rows_are_null = br#"{"tables":[{"name":"x","columns":[],"rows":null}]}"#;
        assert!(decode(rows_are_null).unwrap().table.is_empty());
        for torn in ["{\"tables\":[", "[]", "null", "<html>"] {
            assert!(decode(torn.as_bytes()).is_err(), "{torn}");
        }
    }

    #[test]
    fn a_table_of_another_name_is_taken_when_it_is_alone() {
        let body = br#"{"tables":[{"name":"getschema","columns":[{"name":"N","type":"int"}],"rows":[[3]]}]}"#;
        assert_eq!(decode(body).unwrap().table.value(0, 0), Value::Int(3));
    }

    #[test]
    fn a_partial_error_comes_with_its_rows() {
        let body = br#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"N","type":"int"}],"rows":[[3]]}],
            "error":{"code":"PartialError","message":"There were some errors","details":[{"code":"EngineError",
            "message":"too big","innererror":{"code":"-2133196797","message":"limit"}}]}}"#;
        let decoded = decode(body).unwrap();
        assert_eq!(decoded.table.len(), 1);
        assert_eq!(decoded.error.unwrap().details[0].message, "too big");
    }
}
