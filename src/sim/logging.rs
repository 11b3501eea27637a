//! Logging configurations of perimeters and diagnostic settings on them.

use serde_json::{Map, Value, json};

use super::body::{self, PERIMETER};
use super::changes;
use super::http::{Answer, Reply, Request};
use super::page::{self, Last};
use super::perimeters;
use super::policy;
use super::sinks;
use super::world::World;

/// Log categories of a perimeter. Source: platform's list of supported resource logs.
pub const CATEGORIES: [&str; 13] = [
    "NspPublicInboundPerimeterRulesAllowed",
    "NspPublicInboundPerimeterRulesDenied",
    "NspPublicOutboundPerimeterRulesAllowed",
    "NspPublicOutboundPerimeterRulesDenied",
    "NspOutboundAttempt",
    "NspIntraPerimeterInboundAllowed",
    "NspPublicInboundResourceRulesAllowed",
    "NspPublicInboundResourceRulesDenied",
    "NspPublicOutboundResourceRulesAllowed",
    "NspPublicOutboundResourceRulesDenied",
    "NspPrivateInboundAllowed",
    "NspCrossPerimeterInboundAllowed",
    "NspCrossPerimeterOutboundAllowed",
];

/// Logging configurations of a perimeter.
pub fn list(world: &mut World, request: &Request) -> Reply {
    perimeters::find(world, request)?;
    page::collection(world, request, &request.key(), Last::Empty)
}

/// Creates or replaces the logging configuration; each write counts its version up.
pub fn put(world: &mut World, request: &Request) -> Reply {
    perimeters::find(world, request)?;
    if !request.segment(9).eq_ignore_ascii_case("instance") {
        return Err(policy::bad(
            "InvalidResourceName",
            "The name of a logging configuration must be 'instance'.",
        ));
    }
    let sent = policy::properties(&policy::body(request)?)?;
    let categories = policy::strings(&sent, "enabledLogCategories")?;
    if let Some(unknown) = categories.iter().find(|c| !CATEGORIES.iter().any(|k| k.eq_ignore_ascii_case(c))) {
        return Err(policy::bad(
            "InvalidParameterValue",
            format!("'{unknown}' is not a log category of a network security perimeter."),
        ));
    }
    let old = world.store.get(&request.key());
    let id = old.as_ref().map_or_else(|| body::id(request, 10), |o| body::text(o, "/id").to_owned());
    let before: u64 = old.as_ref().map_or(0, |o| body::text(o, "/properties/version").parse().unwrap_or(0));
    let mut made = body::envelope(&id);
    made.insert(
        "properties".into(),
        json!({"version": (before + 1).to_string(), "enabledLogCategories": categories, "destinationType": []}),
    );
    made.insert("systemData".into(), body::system_data(world, old.as_ref(), "User"));
    let made = Value::Object(made);
    world.put_now(&id, &made);
    for mut profile in world.store.values(&format!("{}/profiles", body::id(request, PERIMETER))) {
        body::bump(&mut profile, "diagnosticSettingsVersion");
        let id = body::text(&profile, "/id").to_owned();
        world.store.put(&id, &profile);
    }
    Ok(Answer::ok(&made))
}

/// Deletes the thing that the path names at once: 200, or 204 when it is not there.
pub fn delete(world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "networkSecurityPerimeters")?;
    let key = request.key();
    if !world.store.contains(&key) {
        return Ok(Answer::empty(204));
    }
    world.remove_now(&key);
    Ok(Answer::empty(200))
}

/// Diagnostic settings of a perimeter; never paged.
pub fn settings(world: &mut World, request: &Request) -> Reply {
    owner(world, request)?;
    let items: Vec<&str> = world.store.list(&request.key()).collect();
    Ok(Answer::text(200, format!("{{\"value\":[{}]}}", items.join(","))))
}

/// One diagnostic setting.
pub fn setting(world: &mut World, request: &Request) -> Reply {
    owner(world, request)?;
    match world.store.text(&request.key()) {
        Some(text) => Ok(Answer::text(200, text.to_owned())),
        None => Err(sinks::no_setting(request.segment(11))),
    }
}

/// Creates or replaces a diagnostic setting: 200 also when it is new.
pub fn put_setting(world: &mut World, request: &Request) -> Reply {
    owner(world, request)?;
    let key = request.key();
    let sent = policy::properties(&policy::body(request)?)?;
    sinks::check(world, request, &sent)?;
    let made = setting_body(&key, request.segment(11), &sent);
    world.store.put(&key, &made);
    changes::logging(world, &body::id(request, PERIMETER));
    Ok(Answer::ok(&made))
}

/// The setting as the service shows it: explicit nulls, and an id in lower case up to the setting's kind.
pub fn setting_body(key: &str, name: &str, sent: &Map<String, Value>) -> Value {
    let id = key.replace("/diagnosticsettings/", "/diagnosticSettings/");
    let shown = id.rsplit_once('/').map_or_else(|| id.clone(), |(head, _)| format!("{head}/{name}"));
    let value = |key: &str| sent.get(key).cloned().unwrap_or(Value::Null);
    let list = |key: &str| sent.get(key).filter(|v| v.is_array()).cloned().unwrap_or_else(|| json!([]));
    json!({
        "id": shown,
        "type": "Microsoft.Insights/diagnosticSettings",
        "name": name,
        "location": null,
        "kind": null,
        "tags": null,
        "properties": {
            "storageAccountId": value("storageAccountId"),
            "serviceBusRuleId": value("serviceBusRuleId"),
            "workspaceId": value("workspaceId"),
            "eventHubAuthorizationRuleId": value("eventHubAuthorizationRuleId"),
            "eventHubName": value("eventHubName"),
            "metrics": list("metrics"),
            "logs": list("logs"),
            "logAnalyticsDestinationType": value("logAnalyticsDestinationType"),
        },
        "identity": null,
    })
}

/// Deletes a diagnostic setting.
pub fn delete_setting(world: &mut World, request: &Request) -> Reply {
    owner(world, request)?;
    if !world.store.remove(&request.key()) {
        return Ok(Answer::empty(204));
    }
    changes::logging(world, &body::id(request, PERIMETER));
    Ok(Answer::empty(200))
}

/// Categories that diagnostic settings of a perimeter can have.
pub fn categories(world: &mut World, request: &Request) -> Reply {
    owner(world, request)?;
    let id = request_owner(request);
    let items: Vec<Value> = CATEGORIES
        .iter()
        .map(|name| {
            json!({
                "id": format!("{id}/providers/microsoft.insights/diagnosticSettingsCategories/{name}"),
                "type": "Microsoft.Insights/diagnosticSettingsCategories",
                "name": name,
                "properties": {"categoryType": "Logs", "categoryGroups": ["allLogs"]},
            })
        })
        .collect();
    Ok(Answer::ok(&json!({"value": items})))
}

fn request_owner(request: &Request) -> String {
    super::http::join(request.lower.get(..PERIMETER).unwrap_or_default())
}

fn owner(world: &World, request: &Request) -> Result<(), Answer> {
    policy::version(request)?;
    if world.store.contains(&request_owner(request)) {
        return Ok(());
    }
    Err(policy::not_found(
        "Microsoft.Network/networkSecurityPerimeters",
        request.segment(7),
        request.segment(3),
    ))
}
