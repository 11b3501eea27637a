//! Kusto's scalar types and values: comparison, conversion and how they are written.
//!
//! Instants and spans are whole ticks of 100 ns, as in the service; instants count from 1970.
//! Strings have no null: an absent string is the empty one.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde_json::Value as Json;

use super::time;

/// Ticks in a second.
pub const SECOND: i64 = 10_000_000;

/// A length as a `long`.
pub fn long(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// A scalar type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `bool`
    Bool,
    /// `datetime`
    DateTime,
    /// `dynamic`
    Dynamic,
    /// `guid`
    Guid,
    /// `int`, 32 bits
    Int,
    /// `long`, 64 bits
    Long,
    /// `real`
    Real,
    /// `string`
    Str,
    /// `timespan`
    Span,
}

impl Type {
    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::DateTime => "datetime",
            Self::Dynamic => "dynamic",
            Self::Guid => "guid",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Str => "string",
            Self::Span => "timespan",
        }
    }

    /// The .NET type that `getschema` shows (`bool` is a byte there).
    pub fn clr(self) -> &'static str {
        match self {
            Self::Bool => "System.SByte",
            Self::DateTime => "System.DateTime",
            Self::Dynamic => "System.Object",
            Self::Guid => "System.Guid",
            Self::Int => "System.Int32",
            Self::Long => "System.Int64",
            Self::Real => "System.Double",
            Self::Str => "System.String",
            Self::Span => "System.TimeSpan",
        }
    }

    /// Reads a type name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "bool" | "boolean" => Self::Bool,
            "datetime" | "date" => Self::DateTime,
            "dynamic" => Self::Dynamic,
            "guid" => Self::Guid,
            "int" => Self::Int,
            "long" => Self::Long,
            "real" | "double" => Self::Real,
            "string" => Self::Str,
            "timespan" | "time" => Self::Span,
            _ => return None,
        })
    }

    /// Numbers mix freely in arithmetic and comparison.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Long | Self::Real)
    }

    /// Held as one 64-bit integer.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Bool | Self::DateTime | Self::Int | Self::Long | Self::Span)
    }
}

/// A scalar value. `int` and `long` share one form; the column's type tells them apart.
#[derive(Debug, Clone)]
pub enum Value {
    /// Null of any type but string.
    Null,
    /// bool
    Bool(bool),
    /// int, long
    Long(i64),
    /// real
    Real(f64),
    /// string, guid
    Str(Arc<str>),
    /// datetime, ticks since 1970
    DateTime(i64),
    /// timespan, ticks
    Span(i64),
    /// dynamic
    Dynamic(Arc<Json>),
}

impl Value {
    /// A string value.
    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(Arc::from(text.as_ref()))
    }

    /// A dynamic value.
    pub fn dynamic(json: Json) -> Self {
        if json.is_null() { Self::Null } else { Self::Dynamic(Arc::new(json)) }
    }

    /// What absence is in a column of this type.
    pub fn absent(ty: Type) -> Self {
        if ty == Type::Str { Self::str("") } else { Self::Null }
    }

    /// Is null (a string never is).
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The truth of a predicate: null counts as false.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// The 64-bit form of whole types.
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Bool(b) => Some(i64::from(*b)),
            Self::Long(n) | Self::DateTime(n) | Self::Span(n) => Some(*n),
            Self::Null | Self::Real(_) | Self::Str(_) | Self::Dynamic(_) => None,
        }
    }

    /// A number as a float.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Long(n) => Some(*n as f64),
            Self::Real(x) => Some(*x),
            Self::Null
            | Self::Bool(_)
            | Self::Str(_)
            | Self::DateTime(_)
            | Self::Span(_)
            | Self::Dynamic(_) => None,
        }
    }

    /// The value as `tostring` writes it; null is empty.
    pub fn text(&self) -> Arc<str> {
        match self {
            Self::Null => Arc::from(""),
            Self::Bool(b) => Arc::from(if *b { "true" } else { "false" }),
            Self::Long(n) => Arc::from(n.to_string()),
            Self::Real(x) => Arc::from(real_text(*x)),
            Self::Str(s) => Arc::clone(s),
            Self::DateTime(t) => Arc::from(time::format_full(*t)),
            Self::Span(t) => Arc::from(time::format_span(*t)),
            Self::Dynamic(json) => match json.as_ref() {
                Json::String(s) => Arc::from(s.as_str()),
                other => Arc::from(other.to_string()),
            },
        }
    }

    /// The value inside a dynamic.
    pub fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Long(n) => Json::from(*n),
            Self::Real(x) => Json::from(*x),
            Self::Str(s) => Json::from(s.as_ref()),
            Self::DateTime(t) => Json::from(time::format_full(*t)),
            Self::Span(t) => Json::from(time::format_span(*t)),
            Self::Dynamic(json) => json.as_ref().clone(),
        }
    }

    /// Order of two values of one type; `None` when either is null or they cannot be compared.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Str(a), Self::Str(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Long(a), Self::Long(b))
            | (Self::DateTime(a), Self::DateTime(b))
            | (Self::Span(a), Self::Span(b)) => Some(a.cmp(b)),
            (Self::Dynamic(_), _) | (_, Self::Dynamic(_)) => {
                if self.is_null() || other.is_null() {
                    return None;
                }
                match (self.unwrapped().number(), other.unwrapped().number()) {
                    (Some(a), Some(b)) => a.partial_cmp(&b),
                    _ => Some(self.text().cmp(&other.text())),
                }
            }
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// A dynamic scalar as the plain value it holds.
    #[must_use]
    pub fn unwrapped(&self) -> Self {
        let Self::Dynamic(json) = self else { return self.clone() };
        match json.as_ref() {
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => n.as_i64().map_or_else(|| Self::Real(n.as_f64().unwrap_or(0.0)), Self::Long),
            Json::String(s) => Self::str(s),
            Json::Null => Self::Null,
            Json::Array(_) | Json::Object(_) => self.clone(),
        }
    }
}

/// Equality as grouping and sets see it: null equals null.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Dynamic(a), Self::Dynamic(b)) => a == b,
            (Self::Real(a), Self::Real(b)) => a.to_bits() == b.to_bits(),
            (Self::Bool(_), Self::Bool(_))
            | (Self::Long(_), Self::Long(_))
            | (Self::DateTime(_), Self::DateTime(_))
            | (Self::Span(_), Self::Span(_)) => self.whole() == other.whole(),
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Null => 0_u8.hash(state),
            Self::Real(x) => x.to_bits().hash(state),
            Self::Str(s) => s.hash(state),
            Self::Dynamic(json) => json.to_string().hash(state),
            Self::Bool(_) | Self::Long(_) | Self::DateTime(_) | Self::Span(_) => self.whole().hash(state),
        }
    }
}

fn real_text(x: f64) -> String {
    if x.is_nan() {
        "NaN".to_owned()
    } else if x.is_infinite() {
        if x > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if x.fract() == 0.0 && x.abs() < 1e15 {
        format!("{x:.1}")
    } else {
        format!("{x}")
    }
}

/// Writes one cell of an answer as JSON. Dynamic values travel as text, as in the service.
pub fn write_json(value: &Value, out: &mut String) {
    use std::fmt::Write as _;
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Long(n) => {
            let _ = write!(out, "{n}");
        }
        Value::Real(x) if x.is_finite() => out.push_str(&real_text(*x)),
        Value::Str(s) => write_string(s, out),
        Value::DateTime(t) => {
            out.push('"');
            time::write_instant(*t, out);
            out.push('"');
        }
        Value::Real(_) | Value::Span(_) | Value::Dynamic(_) => write_string(&value.text(), out),
    }
}

/// Writes a JSON string.
pub fn write_string(text: &str, out: &mut String) {
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Json::from(text).to_string());
    }
}
