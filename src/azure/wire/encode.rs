//! From an intention to the body of a PUT: the last body read, with only the named properties changed.
//!
//! What only the service sets is left out; everything else stays, whether this program knows it or not
//! (API.md, section 5.1).

use serde_json::{Map, Value, json};

use super::Wire;
use super::object::RawObject;
use crate::azure::{AssociationContent, LinkContent};
use crate::domain::{AccessMode, AccessRule, ArmId, Perimeter, RawBody, RuleContent, SourceKind};

/// Properties around `properties` that the service sets itself.
const ENVELOPE: [&str; 5] = ["id", "name", "type", "systemData", "etag"];
/// The same within `properties`, of any kind of resource: what the documents call read-only.
/// A rule's `networkSecurityPerimeters` is read-only too, unless a caller changes it on purpose.
const INNER: [&str; 11] = [
    "provisioningState",
    "hasProvisioningIssues",
    "perimeterGuid",
    "accessRulesVersion",
    "diagnosticSettingsVersion",
    "networkSecurityPerimeters",
    "remotePerimeterGuid",
    "remotePerimeterLocation",
    "localOutboundProfiles",
    "remoteOutboundProfiles",
    "status",
];

type Encoded = serde_json::Result<String>;

/// A body with nothing but `properties`.
pub(in crate::azure) fn fresh() -> RawBody {
    RawBody::new(r#"{"properties":{}}"#)
}

/// Everything of a body that a client may set.
pub(in crate::azure) fn settable(raw: &RawBody) -> Encoded {
    edit(raw, |_| Ok(()))
}

fn edit(raw: &RawBody, change: impl FnOnce(&mut RawObject) -> serde_json::Result<()>) -> Encoded {
    let mut body = RawObject::parse(raw.json())?;
    body.remove(&ENVELOPE);
    let mut properties = body.object("properties");
    properties.remove(&INNER);
    change(&mut properties)?;
    body.set("properties", &properties)?;
    serde_json::to_string(&body)
}

/// A rule that says `content`; kinds that stay are not touched.
pub(in crate::azure) fn rule(base: &RawBody, content: &RuleContent) -> Encoded {
    // The base of a new rule has no id, hence no content of its own.
    let now = AccessRule::decode(base.json()).ok().map(|rule| rule.content);
    edit(base, |properties| {
        if now.as_ref().is_none_or(|now| now.direction != content.direction) {
            properties.set("direction", &content.direction.wire())?;
        }
        for kind in SourceKind::ALL {
            let wanted = content.values(kind);
            let old = now.as_ref().map_or(&[][..], |now| now.values(kind));
            if wanted != old {
                properties.set(property(kind), &values(kind, wanted))?;
            }
        }
        Ok(())
    })
}

fn property(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::AddressPrefix => "addressPrefixes",
        SourceKind::Subscription => "subscriptions",
        SourceKind::ServiceTag => "serviceTags",
        SourceKind::Fqdn => "fullyQualifiedDomainNames",
        SourceKind::Perimeter => "networkSecurityPerimeters",
        SourceKind::Email => "emailAddresses",
        SourceKind::Phone => "phoneNumbers",
    }
}

fn values(kind: SourceKind, words: &[String]) -> Value {
    match kind {
        SourceKind::Subscription => words
            .iter()
            .map(|guid| {
                if guid.starts_with('/') {
                    json!({"id": guid})
                } else {
                    json!({"id": format!("/subscriptions/{guid}")})
                }
            })
            .collect(),
        SourceKind::Perimeter => words.iter().map(|id| json!({"id": id})).collect(),
        SourceKind::AddressPrefix
        | SourceKind::ServiceTag
        | SourceKind::Fqdn
        | SourceKind::Email
        | SourceKind::Phone => json!(words),
    }
}

/// An association; what `content` repeats of the base is not touched.
pub(in crate::azure) fn association(base: &RawBody, content: &AssociationContent) -> Encoded {
    edit(base, |properties| {
        set_reference(properties, "privateLinkResource", &content.resource)?;
        set_reference(properties, "profile", &content.profile)?;
        let same =
            properties.get("accessMode").is_some_and(|old| old.trim_matches('"') == content.mode.wire());
        if same { Ok(()) } else { properties.set("accessMode", &content.mode.wire()) }
    })
}

/// An association in another mode; all else as it was.
pub(in crate::azure) fn mode(base: &RawBody, mode: &AccessMode) -> Encoded {
    edit(base, |properties| properties.set("accessMode", &mode.wire()))
}

/// An association under another profile; all else as it was.
pub(in crate::azure) fn profile(base: &RawBody, profile: &ArmId) -> Encoded {
    edit(base, |properties| set_reference(properties, "profile", profile))
}

fn set_reference(properties: &mut RawObject, name: &str, id: &ArmId) -> serde_json::Result<()> {
    let mut reference = properties.object(name);
    let old: Option<String> = reference.get("id").and_then(|json| serde_json::from_str(json).ok());
    if old.and_then(|old| ArmId::parse(&old).ok()).as_ref() == Some(id) {
        return Ok(());
    }
    reference.set("id", &id.as_str())?;
    properties.set(name, &reference)
}

/// A link.
pub(in crate::azure) fn link(base: &RawBody, content: &LinkContent) -> Encoded {
    edit(base, |properties| {
        properties.set("autoApprovedRemotePerimeterResourceId", &content.remote.as_str())?;
        properties.set("localInboundProfiles", &content.local_inbound)?;
        properties.set("remoteInboundProfiles", &content.remote_inbound)?;
        if content.description.is_empty() && properties.get("description").is_none() {
            Ok(())
        } else {
            properties.set("description", &content.description)
        }
    })
}

/// A logging configuration.
pub(in crate::azure) fn logging(base: &RawBody, categories: &[String]) -> Encoded {
    edit(base, |properties| properties.set("enabledLogCategories", &categories))
}

/// A perimeter with these tags; those that stay are not touched.
pub(in crate::azure) fn perimeter(base: &RawBody, location: &str, tags: &[(String, String)]) -> Encoded {
    // The base of a new perimeter has no id, hence neither location nor tags of its own.
    let now = Perimeter::decode(base.json()).ok();
    let mut body = RawObject::parse(&settable(base)?)?;
    if now.as_ref().is_none_or(|now| now.location != location) {
        body.set("location", &location)?;
    }
    if now.as_ref().is_none_or(|now| now.tags != tags) {
        body.set("tags", &tag_map(tags))?;
    }
    serde_json::to_string(&body)
}

/// The body of a PATCH: tags and nothing else.
pub(in crate::azure) fn tags(tags: &[(String, String)]) -> String {
    json!({"tags": tag_map(tags)}).to_string()
}

fn tag_map(tags: &[(String, String)]) -> Map<String, Value> {
    tags.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
}
