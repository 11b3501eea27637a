//! From a recorded PUT to the client's own, and whether both say the same.

use std::collections::BTreeMap;

use nsp::azure::{ArmClient, ArmError, AssociationContent, LinkContent};
use nsp::domain::{AccessMode, ArmId, Direction, RawBody, RuleContent, SettingContent, SourceKind};
use serde_json::{Map, Value, json};

use super::call::Kind;
use super::fields::Check;

/// What the service sets itself; recorded clients sent the name all the same.
const SERVICES_OWN: &[&str] = &["id", "name", "type", "etag", "systemData"];

/// The properties that the client writes of its own accord.
fn modelled(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Perimeter | Kind::Profile | Kind::Reference => &[],
        Kind::Rule => &[
            "direction",
            "addressPrefixes",
            "subscriptions",
            "serviceTags",
            "fullyQualifiedDomainNames",
            "networkSecurityPerimeters",
            "emailAddresses",
            "phoneNumbers",
        ],
        Kind::Association => &["privateLinkResource", "profile", "accessMode"],
        Kind::Link => &[
            "autoApprovedRemotePerimeterResourceId",
            "localInboundProfiles",
            "remoteInboundProfiles",
            "description",
        ],
        Kind::Logging => &["enabledLogCategories"],
        Kind::Setting => {
            &["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "eventHubName", "logs"]
        }
    }
}

/// What to write over: the last body read, with what the recorded request says beside the modelled properties. Those the
/// client must carry on untouched.
pub fn base(kind: Kind, recorded: &Value, known: Option<&Value>) -> Option<RawBody> {
    let mut base = known.cloned().unwrap_or_else(|| json!({ "properties": {} }));
    let mut extra = known.is_some();
    let around: &[&str] =
        if kind == Kind::Perimeter { &["location", "tags", "properties"] } else { &["properties"] };
    for (name, value) in recorded.as_object().into_iter().flatten() {
        if !around.contains(&name.as_str()) && !SERVICES_OWN.contains(&name.as_str()) {
            base[name] = value.clone();
            extra = true;
        }
    }
    for (name, value) in recorded["properties"].as_object().into_iter().flatten() {
        if !modelled(kind).contains(&name.as_str()) {
            base["properties"][name] = value.clone();
            extra = true;
        }
    }
    extra.then(|| RawBody::new(&base.to_string()))
}

fn words(json: &Value) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn ids(json: &Value) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()).map(str::to_owned).collect()
}

/// What a rule's body says.
pub fn rule(body: &Value) -> RuleContent {
    let said = &body["properties"];
    let guid = |id: String| id.strip_prefix("/subscriptions/").map_or(id.clone(), str::to_owned);
    let mut sources = vec![
        (SourceKind::AddressPrefix, words(&said["addressPrefixes"])),
        (SourceKind::Subscription, ids(&said["subscriptions"]).into_iter().map(guid).collect()),
        (SourceKind::ServiceTag, words(&said["serviceTags"])),
        (SourceKind::Fqdn, words(&said["fullyQualifiedDomainNames"])),
        (SourceKind::Perimeter, ids(&said["networkSecurityPerimeters"])),
        (SourceKind::Email, words(&said["emailAddresses"])),
        (SourceKind::Phone, words(&said["phoneNumbers"])),
    ];
    sources.retain(|(_, values)| !values.is_empty());
    let direction = said["direction"].as_str().map_or(Direction::Inbound, Direction::from_wire);
    RuleContent { direction, sources }
}

/// What an association's body says; `None` if it names no resource or no profile.
pub fn association(body: &Value) -> Option<AssociationContent> {
    let said = &body["properties"];
    Some(AssociationContent {
        resource: ArmId::parse(said["privateLinkResource"]["id"].as_str()?).ok()?,
        profile: ArmId::parse(said["profile"]["id"].as_str()?).ok()?,
        mode: said["accessMode"].as_str().map_or(AccessMode::Learning, AccessMode::from_wire),
    })
}

/// What a link's body says; `None` if it names no perimeter.
pub fn link(body: &Value) -> Option<LinkContent> {
    let said = &body["properties"];
    Some(LinkContent {
        remote: ArmId::parse(said["autoApprovedRemotePerimeterResourceId"].as_str()?).ok()?,
        local_inbound: words(&said["localInboundProfiles"]),
        remote_inbound: words(&said["remoteInboundProfiles"]),
        description: said["description"].as_str().unwrap_or_default().to_owned(),
    })
}

/// What a logging configuration's body says.
pub fn logging(body: &Value) -> Vec<String> {
    words(&body["properties"]["enabledLogCategories"])
}

/// What a diagnostic setting's body says.
pub fn setting(body: &Value) -> SettingContent {
    let said = &body["properties"];
    let id = |name: &str| said[name].as_str().and_then(|id| ArmId::parse(id).ok());
    let on = said["logs"].as_array().into_iter().flatten().filter(|log| log["enabled"] == true);
    let name = |log: &Value| log["category"].as_str().or(log["categoryGroup"].as_str()).map(str::to_owned);
    SettingContent {
        categories: on.filter_map(name).collect(),
        workspace: id("workspaceId"),
        storage: id("storageAccountId"),
        hub_rule: id("eventHubAuthorizationRuleId"),
        hub: said["eventHubName"].as_str().unwrap_or_default().to_owned(),
    }
}

/// A perimeter's tags.
pub fn tags(body: &Value) -> Vec<(String, String)> {
    let tags = body["tags"].as_object();
    tags.into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

/// Whether the client can say what the recorded request says.
pub fn can_say(kind: Kind, body: &Value) -> bool {
    match kind {
        Kind::Association => association(body).is_some(),
        Kind::Link => link(body).is_some(),
        Kind::Perimeter | Kind::Profile | Kind::Rule | Kind::Logging | Kind::Setting => true,
        Kind::Reference => false,
    }
}

/// Writes with the client what `body` says, over `base`.
pub async fn send(
    client: &ArmClient,
    id: &ArmId,
    kind: Kind,
    body: &Value,
    base: Option<&RawBody>,
) -> Result<Box<dyn Check>, ArmError> {
    Ok(match kind {
        Kind::Perimeter => {
            let location = body["location"].as_str().unwrap_or_default();
            Box::new(client.put_perimeter(id, location, &tags(body), base).await?)
        }
        Kind::Profile => Box::new(client.put_profile(id, base).await?),
        Kind::Rule => Box::new(client.put_rule(id, &rule(body), base).await?),
        Kind::Association => {
            Box::new(client.put_association(id, &association(body).unwrap(), base, |_| ()).await?)
        }
        Kind::Link => Box::new(client.put_link(id, &link(body).unwrap(), base).await?),
        Kind::Logging => Box::new(client.put_logging(id, &logging(body), base).await?),
        Kind::Setting => Box::new(client.put_diagnostic_setting(id, &setting(body), base).await?),
        Kind::Reference => unreachable!("there is no such operation"),
    })
}

/// In what a sent body does not say what was recorded. It may also say what stood in `base`, and the documented defaults.
pub fn differences(recorded: &Value, sent: &Value, base: Option<&Value>) -> Vec<String> {
    let (mut recorded, sent) = (leaves(recorded), leaves(sent));
    for name in SERVICES_OWN {
        recorded.remove(&format!("/{name}"));
    }
    let base = base.map(leaves).unwrap_or_default();
    let defaults = BTreeMap::from([
        ("/properties/direction".to_owned(), json!("Inbound")),
        ("/properties/accessMode".to_owned(), json!("Learning")),
    ]);
    let mut wrong = Vec::new();
    for (path, value) in &recorded {
        match sent.get(path) {
            Some(other) if other == value => {}
            other => wrong.push(format!("{path}: recorded {value}, sent {other:?}")),
        }
    }
    for (path, value) in &sent {
        let kept = base.get(path) == Some(value) || defaults.get(path) == Some(value);
        if !recorded.contains_key(path) && !kept {
            wrong.push(format!("{path}: not recorded, sent {value}"));
        }
    }
    wrong
}

/// What a body says, by path: lists are one thing, ids lose their case, and empty things say nothing.
fn leaves(body: &Value) -> BTreeMap<String, Value> {
    fn plain(value: &Value) -> Value {
        match value {
            Value::String(text) if text.starts_with('/') => text.to_lowercase().into(),
            Value::Array(list) => list.iter().map(plain).collect(),
            Value::Object(map) => {
                map.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
    fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    walk(&format!("{path}/{name}"), value, found);
                }
            }
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::Array(list) if list.is_empty() => {}
            other => {
                found.insert(path.to_owned(), plain(other));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", body, &mut found);
    found
}
