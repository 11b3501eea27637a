//! Every resource body that Azure ever showed us: decoded, edited or not, and written back. Nothing but the edit and the
//! properties that the documents call read-only may differ.

use std::collections::{BTreeMap, BTreeSet};

use nsp::azure::ArmClient;
use nsp::domain::{ArmId, RawBody};
use serde_json::{Value, json};
use url::Url;

use super::call::{Call, Kind, call};
use super::{examples, put};
use crate::scripted::{Server, client, json as answer};
use crate::support::cassette::{Interaction, recorded};
use crate::support::openapi::{Api, Side, api};
use crate::support::truth::{Truth, truth};

/// Bodies of resources that can be written, each once.
fn bodies(truth: &Truth) -> BTreeMap<String, (ArmId, Kind, Value)> {
    let mut found = BTreeMap::new();
    for cassette in recorded(truth).iter().cloned().chain(examples::all(&truth.spec)) {
        for one in cassette.interactions.iter().filter(|one| one.status < 300) {
            let Ok(body) = serde_json::from_slice::<Value>(&one.answer) else { continue };
            let items = body["value"].as_array().cloned().unwrap_or_else(|| vec![body]);
            for item in items {
                if let Some((id, kind)) = writable(&item) {
                    found.insert(item.to_string(), (id, kind, item));
                }
            }
        }
    }
    found
}

/// What kind of thing a body is, by its id.
fn writable(body: &Value) -> Option<(ArmId, Kind)> {
    let id = ArmId::parse(body["id"].as_str()?).ok()?;
    body["properties"].as_object()?;
    let put = Interaction {
        method: "PUT".to_owned(),
        url: Url::parse(&format!("https://management.azure.com{id}")).ok()?,
        body: Vec::new(),
        status: 200,
        headers: Vec::new(),
        answer: Vec::new(),
    };
    match call(&put) {
        Ok(Call::Put(id, kind)) if put::can_say(kind, body) => Some((id, kind)),
        _ => None,
    }
}

/// The body without what the documents call read-only. The document of 2024-10-01 judges all of them.
fn settable(api: &Api, id: &ArmId, body: &Value) -> Value {
    let mut rest = body.clone();
    let remove = |rest: &mut Value, path: &str| {
        let (parent, name) = path.rsplit_once('/').unwrap();
        if let Some(Value::Object(map)) = rest.pointer_mut(parent) {
            map.shift_remove(name);
        }
    };
    let target = format!("{id}?api-version=2024-10-01");
    for violation in api.request("PUT", &target, body.to_string().as_bytes()) {
        assert_eq!(violation.side, Side::Request);
        if let Some(path) = violation.fault.strip_prefix("read-only ") {
            remove(&mut rest, path);
        }
    }
    // Always empty where it is sent, in no document, and of no use (API reference, 5.1).
    if rest["etag"] == "" {
        remove(&mut rest, "/etag");
    }
    for own in ["/name", "/type", "/id", "/systemData"] {
        remove(&mut rest, own);
    }
    // Answers carry nulls that requests may not (API reference, 9.1).
    if id.as_str().to_lowercase().contains("/diagnosticsettings/") {
        for place in ["", "/properties"] {
            if let Some(Value::Object(map)) = rest.pointer_mut(place) {
                map.retain(|_, value| !value.is_null());
            }
        }
    }
    rest
}

/// The last PUT that the server saw.
fn last_put(server: &Server) -> Value {
    let asked = server.asked().into_iter().rfind(|one| one.method == "PUT").unwrap();
    serde_json::from_str(&asked.body).unwrap()
}

/// Sends `content`, a body, over `base`, and gives what arrived.
async fn sent(
    server: &Server,
    client: &ArmClient,
    (id, kind): (&ArmId, Kind),
    content: &Value,
    base: &RawBody,
) -> Value {
    // The answer is the server's and of no interest here.
    let _ = put::send(client, id, kind, content, Some(base)).await;
    last_put(server)
}

/// Another content of the same kind, with the one property that is different.
fn edited(kind: Kind, body: &Value) -> Option<(Value, &'static str)> {
    let mut new = body.clone();
    let (path, value): (&str, Value) = match kind {
        Kind::Profile | Kind::Reference => return None,
        Kind::Perimeter => ("/tags", json!({ "edited": "yes" })),
        Kind::Association => {
            let enforced = body["properties"]["accessMode"] == "Enforced";
            ("/properties/accessMode", if enforced { "Learning" } else { "Enforced" }.into())
        }
        Kind::Link => ("/properties/description", "edited".into()),
        Kind::Logging => ("/properties/enabledLogCategories", json!(["Edited"])),
        Kind::Setting => ("/properties/eventHubName", "edited".into()),
        Kind::Rule if body["properties"]["direction"] == "Outbound" => {
            ("/properties/fullyQualifiedDomainNames", json!(["edited.example"]))
        }
        Kind::Rule => ("/properties/addressPrefixes", json!(["203.0.113.0/24"])),
    };
    let (parent, name) = path.rsplit_once('/').unwrap();
    new.pointer_mut(parent)?[name] = value;
    let fields = [
        "/tags",
        "/properties/accessMode",
        "/properties/description",
        "/properties/enabledLogCategories",
        "/properties/fullyQualifiedDomainNames",
        "/properties/addressPrefixes",
        "/properties/eventHubName",
    ];
    Some((new, fields.into_iter().find(|field| *field == path)?))
}

/// Paths of the top level and of `properties` in which two bodies differ.
fn changed(before: &Value, after: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let parts = |body: &Value| {
        let mut parts = BTreeMap::new();
        for (name, value) in body.as_object().into_iter().flatten() {
            parts.insert(format!("/{name}"), value.clone());
        }
        let properties = parts.remove("/properties").unwrap_or_default();
        for (name, value) in properties.as_object().into_iter().flatten() {
            parts.insert(format!("/properties/{name}"), value.clone());
        }
        parts
    };
    let (before, after) = (parts(before), parts(after));
    for path in before.keys().chain(after.keys()) {
        if before.get(path) != after.get(path) {
            found.insert(path.clone());
        }
    }
    found
}

#[tokio::test]
async fn what_is_read_is_written_back_without_loss() {
    let Some(truth) = truth("bodies there and back") else { return };
    let done = r#"{"id":"/subscriptions/a","properties":{"provisioningState":"Succeeded"}}"#;
    let server = Server::start(move |_, _| answer(200, &[], done)).await;
    let watched = client(&server.url());
    let (mut wrong, mut counts) = (Vec::new(), BTreeMap::new());
    for (text, (id, kind, body)) in bodies(truth) {
        let (base, wanted) = (RawBody::new(&text), settable(api(truth), &id, &body));
        let same = sent(&server, &watched.client, (&id, kind), &body, &base).await;
        if same != wanted {
            wrong.push(format!("{id}: {:?}\n  wanted {wanted}\n  sent   {same}", changed(&wanted, &same)));
        }
        if let Some((content, path)) = edited(kind, &body) {
            let other = sent(&server, &watched.client, (&id, kind), &content, &base).await;
            let differs = changed(&wanted, &other);
            if differs != BTreeSet::from([path.to_owned()]) || other.pointer(path) != content.pointer(path) {
                wrong.push(format!("{id}: {path} was edited, {differs:?} changed\n  sent {other}"));
            }
        }
        *counts.entry(format!("{kind:?}")).or_insert(0) += 1;
    }
    println!("there and back: {counts:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!counts.is_empty(), "no bodies were found");
}
