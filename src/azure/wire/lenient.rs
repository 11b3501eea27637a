//! Reading what services really send: null for absent, numbers for strings, one for many.
//! Everything that leaves here as text is cleaned.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::{ArmId, text};

/// Any scalar as cleaned text; null is the empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl Text {
    /// `None` when nothing was sent.
    pub(crate) fn some(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }

    /// As an instant, when it is one.
    pub(crate) fn instant(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }

    /// As an id, when it is one.
    pub(crate) fn id(&self) -> Option<ArmId> {
        ArmId::parse(&self.0).ok()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or a truth value")
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<String, E> {
        Ok(text::clean(v).into_owned())
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<String, E> {
        Ok(v.to_string())
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<String, E> {
        Ok(v.to_string())
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<String, E> {
        Ok(v.to_string())
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<String, E> {
        Ok(v.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_none<E: Error>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<String, D::Error> {
        d.deserialize_any(self)
    }
}

/// A list of scalars; null is none, a scalar alone is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut words = Vec::new();
                while let Some(Text(word)) = seq.next_element()? {
                    words.push(word);
                }
                Ok(words)
            }

            fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
                Ok(vec![text::clean(v).into_owned()])
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }
        }
        deserializer.deserialize_any(List).map(Self)
    }
}

/// For a field of any type: null is the default.
pub(crate) fn null_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// For a field that must be an id.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ArmId, D::Error> {
    let text = String::deserialize(deserializer)?;
    ArmId::parse(&text).map_err(D::Error::custom)
}

/// Text to text, in the order sent; values that are no text are kept as JSON.
pub(crate) fn pairs(map: Map<String, Value>) -> Vec<(String, String)> {
    let clean = |t: &str| text::clean(t).into_owned();
    map.into_iter()
        .map(|(name, value)| match value {
            Value::String(value) => (clean(&name), clean(&value)),
            Value::Null => (clean(&name), String::new()),
            other => (clean(&name), clean(&other.to_string())),
        })
        .collect()
}
