//! A body taken apart into its scalar properties by path. Bounded: a body of any size costs no more.

use serde_json::Value;

use crate::domain::{Settings, text};

/// Properties that are kept; real resources have a few hundred.
const LEAVES: usize = 2000;

/// The scalar properties of a body; none of one that is no JSON.
pub(super) fn settings(json: &str) -> Settings {
    let mut leaves = Vec::new();
    if let Ok(body) = serde_json::from_str::<Value>(json) {
        walk(String::new(), &body, &mut leaves);
    }
    Settings::new(leaves)
}

fn walk(path: String, value: &Value, leaves: &mut Vec<(String, String)>) {
    let inside = |name: &str| {
        let name = text::clean(name);
        if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") }
    };
    match value {
        _ if leaves.len() >= LEAVES => {}
        Value::Object(map) => map.iter().for_each(|(name, value)| walk(inside(name), value, leaves)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| walk(inside(&i.to_string()), value, leaves));
        }
        Value::Null => {}
        Value::String(said) => leaves.push((path, text::clean(said).into_owned())),
        Value::Bool(_) | Value::Number(_) => leaves.push((path, value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_taken_apart() {
        let settings = settings(
            r#"{"properties":{"encryption":{"keySource":"Microsoft.KeyVault"},"on":true,"none":null,"list":[{"v":1},{"v":2}]}}"#,
        );
        assert_eq!(settings.get("properties.encryption.keySource"), Some("Microsoft.KeyVault"));
        assert!(settings.is_on("properties.on"));
        assert_eq!(settings.get("properties.none"), None);
        assert_eq!(settings.below("properties.list").collect::<Vec<_>>(), ["1", "2"]);
        assert!(super::settings("[").is_empty());
    }
}
