//! Building blocks of bodies: canonical ids, envelopes and `systemData`.

use serde_json::{Map, Value, json};

use super::http::Request;
use super::world::World;

/// Words of ids in the service's own spelling; a caller may write them in any case.
const WORDS: [&str; 12] = [
    "subscriptions",
    "resourceGroups",
    "providers",
    "Microsoft.Network",
    "networkSecurityPerimeters",
    "profiles",
    "accessRules",
    "resourceAssociations",
    "links",
    "linkReferences",
    "loggingConfigurations",
    "instance",
];

/// Number of segments of a perimeter's id.
pub const PERIMETER: usize = 8;

/// The first `length` segments of the request's path as an id: fixed words in the service's spelling,
/// names as the caller wrote them.
pub fn id(request: &Request, length: usize) -> String {
    let mut out = String::new();
    for (n, segment) in request.segments.iter().take(length).enumerate() {
        let fixed = n % 2 == 0 || n == 5;
        let word = WORDS.iter().find(|w| fixed && w.eq_ignore_ascii_case(segment));
        out.push('/');
        out.push_str(word.copied().unwrap_or(segment));
    }
    out
}

/// ARM's resource type of an id: `namespace/type/childType`.
pub fn kind(id: &str) -> String {
    let Some((_, rest)) = id.rsplit_once("/providers/") else { return String::new() };
    let mut parts = rest.split('/');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for word in parts.step_by(2) {
        out.push('/');
        out.push_str(word);
    }
    out
}

/// Last segment of an id.
pub fn name(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

/// `name`, `id` and `type` of a new thing, in the order in which the service writes them.
pub fn envelope(id: &str) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("name".into(), name(id).into());
    map.insert("id".into(), id.into());
    map.insert("type".into(), kind(id).into());
    map
}

/// `systemData` of a write at this moment; creation is carried over from `old`.
pub fn system_data(world: &World, old: Option<&Value>, by_type: &str) -> Value {
    let now = world.now_text();
    let who = &world.tenant.caller;
    let before = old.and_then(|b| b.get("systemData"));
    let kept = |key: &str, or: &str| before.and_then(|s| s.get(key)).cloned().unwrap_or_else(|| or.into());
    json!({
        "createdBy": kept("createdBy", who),
        "createdByType": kept("createdByType", by_type),
        "createdAt": kept("createdAt", &now),
        "lastModifiedBy": who,
        "lastModifiedByType": by_type,
        "lastModifiedAt": now,
    })
}

/// A string at a JSON pointer, empty when there is none.
pub fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Sets a property of `properties`.
pub fn set(body: &mut Value, property: &str, value: impl Into<Value>) {
    if let Some(map) = body.get_mut("properties").and_then(Value::as_object_mut) {
        map.insert(property.to_owned(), value.into());
    }
}

/// Adds one to a version that is kept as a string.
pub fn bump(body: &mut Value, property: &str) {
    let version: u64 = text(body, &format!("/properties/{property}")).parse().unwrap_or(0);
    set(body, property, (version + 1).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::http::Method;

    #[test]
    fn ids_get_the_services_spelling_and_keep_the_callers_names() {
        let path = "/SUBSCRIPTIONS/S/resourcegroups/Profiles/providers/microsoft.network/NETWORKSECURITYPERIMETERS/Links/PROFILES/p";
        let request = Request::new(Method::Get, path, vec![], vec![]);
        let id = id(&request, 10);
        assert_eq!(
            id,
            "/subscriptions/S/resourceGroups/Profiles/providers/Microsoft.Network/networkSecurityPerimeters/Links/profiles/p"
        );
        assert_eq!(kind(&id), "Microsoft.Network/networkSecurityPerimeters/profiles");
    }
}
