//! Whether two bodies of one resource mean the same, and in what they differ.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::{FieldChange, RawBody, text};

/// What changes without anybody having changed anything.
const NOISE: [&str; 5] = ["systemData", "etag", "provisioningState", "hasProvisioningIssues", "type"];

/// The properties in which two bodies differ, by their path; those that the service moves by itself,
/// the order of plain lists, the case of ids and the difference between empty and absent do not count.
pub(in crate::azure) fn differences(before: &RawBody, after: &RawBody) -> Vec<FieldChange> {
    let parse = |raw: &RawBody| serde_json::from_str::<Value>(raw.json()).unwrap_or(Value::Null);
    let mut out = Vec::new();
    compare("", &parse(before), &parse(after), &mut out);
    out
}

fn compare(path: &str, before: &Value, after: &Value, out: &mut Vec<FieldChange>) {
    if let (Value::Object(b), Value::Object(a)) = (maybe_object(before), maybe_object(after)) {
        let names: BTreeSet<&String> = b.keys().chain(a.keys()).collect();
        for name in names {
            if !NOISE.contains(&name.as_str()) {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(
                    &inner,
                    b.get(name).unwrap_or(&Value::Null),
                    a.get(name).unwrap_or(&Value::Null),
                    out,
                );
            }
        }
        return;
    }
    let (was, is) = (canonical(before), canonical(after));
    if was != is {
        let shown = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(word) => text::clean(word).into_owned(),
            other => text::clean(&other.to_string()).into_owned(),
        };
        let field = path.strip_prefix("properties.").unwrap_or(path);
        out.push(FieldChange::new(&text::clean(field), shown(before), shown(after)));
    }
}

/// Absent reads as an empty object when the other side is one.
fn maybe_object(value: &Value) -> &Value {
    static EMPTY: std::sync::LazyLock<Value> =
        std::sync::LazyLock::new(|| Value::Object(serde_json::Map::new()));
    if value.is_null() { &EMPTY } else { value }
}

/// A form in which equal meanings are equal: no empties, no order in lists, ids in lower case.
fn canonical(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(word) if word.is_empty() => None,
        Value::String(word) if word.starts_with('/') => Some(format!("{:?}", word.to_ascii_lowercase())),
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().filter_map(canonical).collect();
            items.sort();
            (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
        }
        Value::Object(fields) => {
            let mut fields: Vec<String> =
                fields.iter().filter_map(|(name, v)| Some(format!("{name:?}:{}", canonical(v)?))).collect();
            fields.sort();
            (!fields.is_empty()).then(|| format!("{{{}}}", fields.join(",")))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(a: &str, b: &str) -> Vec<(String, String, String)> {
        let all = differences(&RawBody::new(a), &RawBody::new(b));
        all.into_iter().map(|c| (c.field, c.before, c.after)).collect()
    }

    #[test]
    fn what_moves_by_itself_is_no_difference() {
        let a = r#"{"id":"/A/b","etag":"","properties":{"provisioningState":"Updating","x":["b","a"],"serviceTags":[]},"systemData":{"lastModifiedAt":"1"}}"#;
        let b = r#"{"systemData":null,"properties":{"x":["a","b"],"provisioningState":"Succeeded","y":null},"id":"/a/B"}"#;
        assert!(diff(a, b).is_empty());
    }

    #[test]
    fn a_property_that_nobody_models_counts() {
        let a = r#"{"properties":{"appliesTo":[{"features":["*"]}],"m":"x"}}"#;
        let b = r#"{"properties":{"appliesTo":[{"features":["a"]}],"m":"x","n":{"o":1}},"tags":{"k":"v"}}"#;
        let wanted = [
            ("appliesTo", r#"[{"features":["*"]}]"#, r#"[{"features":["a"]}]"#),
            ("n.o", "", "1"),
            ("tags.k", "", "v"),
        ]
        .map(|(f, b, a)| (f.to_owned(), b.to_owned(), a.to_owned()));
        assert_eq!(diff(a, b), wanted);
    }
}
