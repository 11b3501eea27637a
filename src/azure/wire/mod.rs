//! The shapes on the wire and their way to and from domain types. Private to `azure/`: nothing else
//! may depend on a property's name. Tolerant in reading, lossless in writing (API.md, section 5.1).

mod configuration;
mod decode;
mod encode;
mod leaves;
mod lenient;
mod object;
pub(super) mod paas;
pub(super) mod same;
mod setting;

use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) use encode::{association, fresh, link, logging, mode, perimeter, profile, rule, settable, tags};
pub(super) use lenient::{Text, Words, null_default};
pub(super) use setting::{Category, DIAGNOSTICS, setting};

/// A domain type that has a body on the wire.
pub(super) trait Wire: Sized + Send {
    /// What it is called in "could not read …".
    const NOUN: &'static str;
    /// api-version where it is not that of the perimeters.
    const VERSION: Option<&'static str> = None;

    /// Reads a body; the error names the place.
    fn decode(json: &str) -> Result<Self, BadBody>;
}

/// A body that cannot be one of the expected kind.
#[derive(Debug)]
pub(super) struct BadBody {
    /// Where.
    pub(super) path: String,
    /// Why.
    pub(super) reason: String,
}

/// One page of a list: items untouched, so that one bad item costs only itself.
#[derive(Deserialize)]
pub(super) struct ListPage {
    #[serde(deserialize_with = "null_default")]
    pub(super) value: Vec<Box<RawValue>>,
    #[serde(default, rename = "nextLink", deserialize_with = "null_default")]
    pub(super) next_link: String,
}

/// Reads a shape out of an item's text.
fn shape<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T, BadBody> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader)
        .map_err(|e| BadBody { path: e.path().to_string(), reason: e.inner().to_string() })
}
