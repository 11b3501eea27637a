//! What the resources of a perimeter believe: what the perimeter says, or, for a while after a change,
//! what it said before. Knows nothing of requests and of the providers' bodies.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sim::logging::CATEGORIES;
use crate::sim::world::World;
use crate::sim::{body, clock};

/// What the perimeter says of one association, as the store has it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub association: Value,
    pub profile: Value,
    /// Rules of the profile as JSON text: shared, because a profile may serve a thousand resources.
    pub rules: Arc<[Box<str>]>,
    pub categories: Arc<[String]>,
}

/// A belief that is not what the perimeter says now.
#[derive(Debug)]
struct Held {
    said: Said,
    /// Until when it is believed; `None` until it is reconciled.
    until: Option<Timestamp>,
    /// Reconciling is accepted and changes nothing.
    stubborn: bool,
}

/// An issue that the resource reports.
#[derive(Debug)]
struct Issue {
    body: Value,
    until: Option<Timestamp>,
}

/// What resources believe beside what the perimeter says; ids are in lower case.
#[derive(Debug, Default)]
pub struct Beliefs {
    /// By association.
    held: BTreeMap<String, Held>,
    /// By resource.
    issues: BTreeMap<String, Vec<Issue>>,
    /// Reconciliations by their id.
    pub(super) runs: BTreeMap<String, Run>,
}

/// A reconciliation.
#[derive(Debug)]
pub(super) struct Run {
    pub started: Timestamp,
    pub ends: Timestamp,
}

/// How a resource is to lag behind its perimeter, for scenarios, tests and `POST /_sim/paas`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Wish {
    /// ARM id of the resource.
    pub resource: String,
    /// It keeps what the perimeter says now, until it is reconciled.
    pub stale: bool,
    /// Reconciling is accepted and changes nothing. Implies `stale`.
    pub stubborn: bool,
    /// The mode that it believes. Implies `stale`.
    pub access_mode: Option<String>,
    /// The version of the rules that it believes. Implies `stale`.
    pub rules_version: Option<u64>,
    /// Rules that it has not heard of. Implies `stale`.
    pub without_rules: Vec<String>,
    /// Issues that it reports: `{name, properties}` as the providers write them.
    pub issues: Vec<Value>,
}

/// What the perimeter says now of an association.
fn said(world: &World, association: &str) -> Option<Said> {
    let association = world.store.get(association)?;
    let profile = body::text(&association, "/properties/profile/id").to_owned();
    let perimeter = body::text(&association, "/id").split('/').take(9).collect::<Vec<_>>().join("/");
    Some(Said {
        association,
        profile: world.store.get(&profile)?,
        rules: world.store.list(&format!("{profile}/accessRules")).map(Box::from).collect(),
        categories: categories(world, &perimeter),
    })
}

/// Categories that the perimeter's resources are to log: what its diagnostic settings ask for, narrowed by
/// its logging configuration where there is one.
fn categories(world: &World, perimeter: &str) -> Arc<[String]> {
    let settings =
        world.store.values(&format!("{perimeter}/providers/microsoft.insights/diagnosticSettings"));
    let logs = settings.iter().filter_map(|s| s.pointer("/properties/logs")?.as_array()).flatten();
    let on: Vec<&Value> = logs.filter(|l| l.get("enabled") == Some(&Value::Bool(true))).collect();
    let configuration = world.store.get(&format!("{perimeter}/loggingConfigurations/instance"));
    let narrowed =
        configuration.as_ref().and_then(|c| c.pointer("/properties/enabledLogCategories")?.as_array());
    let asked = |category: &str| {
        on.iter().any(|log| {
            log.get("categoryGroup").is_some_and(|g| g == "allLogs" || g == "audit")
                || log.get("category").is_some_and(|c| c == category)
        })
    };
    let kept = |category: &str| {
        narrowed.is_none_or(|n| n.iter().filter_map(Value::as_str).any(|w| w.eq_ignore_ascii_case(category)))
    };
    CATEGORIES.iter().filter(|c| asked(c) && kept(c)).map(|c| (*c).to_owned()).collect()
}

/// What the resource behind an association believes; `None` when nothing has reached it yet.
pub(super) fn believed(world: &World, association: &str) -> Option<Said> {
    let now = world.now();
    match world.paas.held.get(&association.to_lowercase()) {
        Some(held) if held.until.is_none_or(|until| now < until) => Some(held.said.clone()),
        _ => said(world, association)
            .filter(|s| body::text(&s.association, "/properties/provisioningState") != "Creating"),
    }
}

/// A write to the perimeter is about to happen: those whom it concerns go on believing what is said now.
pub(super) fn keep(world: &mut World, associations: &[String], until: Timestamp) {
    for association in associations {
        let key = association.to_lowercase();
        let now = world.now();
        match world.paas.held.get_mut(&key) {
            Some(held) if held.until.is_none() => {}
            Some(held) if held.until.is_some_and(|old| now < old) => held.until = Some(until),
            _ => {
                let Some(said) = said(world, association) else { continue };
                if body::text(&said.association, "/properties/provisioningState") != "Creating" {
                    world.paas.held.insert(key, Held { said, until: Some(until), stubborn: false });
                }
            }
        }
    }
}

/// Makes a resource lag, or report issues. Says whether it is in a perimeter.
pub fn wish(world: &mut World, wish: Wish) -> bool {
    let Some(association) = world.store.association_of(&wish.resource).map(str::to_owned) else {
        return false;
    };
    let Some(mut said) = said(world, &association) else { return false };
    let stale = wish.stale
        || wish.stubborn
        || wish.access_mode.is_some()
        || wish.rules_version.is_some()
        || !wish.without_rules.is_empty();
    if let Some(mode) = &wish.access_mode {
        body::set(&mut said.association, "accessMode", mode.as_str());
    }
    if let Some(version) = wish.rules_version {
        body::set(&mut said.profile, "accessRulesVersion", version.to_string());
    }
    if !wish.without_rules.is_empty() {
        let unheard = |text: &str| {
            let rule = serde_json::from_str::<Value>(text).unwrap_or_default();
            wish.without_rules.iter().any(|w| w.eq_ignore_ascii_case(body::text(&rule, "/name")))
        };
        said.rules = said.rules.iter().filter(|text| !unheard(text)).cloned().collect();
    }
    if stale {
        world.paas.held.insert(association, Held { said, until: None, stubborn: wish.stubborn });
    }
    let issues = wish.issues.into_iter().map(|body| Issue { body, until: None }).collect();
    world.paas.issues.insert(wish.resource.to_lowercase(), issues);
    flag(world, &wish.resource);
    true
}

/// The side of an association is brought up to date `at` this time.
pub(super) fn reconciled(world: &mut World, association: &str, at: Timestamp) {
    let key = association.to_lowercase();
    if let Some(held) = world.paas.held.get_mut(&key).filter(|held| !held.stubborn) {
        held.until = Some(held.until.map_or(at, |until| until.min(at)));
    }
    let stubborn = world.paas.held.get(&key).is_some_and(|held| held.stubborn);
    let resource = world.store.get(association);
    let resource = resource.map(|a| body::text(&a, "/properties/privateLinkResource/id").to_lowercase());
    let issues = resource.and_then(|id| world.paas.issues.get_mut(&id));
    for issue in issues.into_iter().flatten().filter(|i| !stubborn && propagation(&i.body)) {
        issue.until = Some(at);
    }
}

fn propagation(issue: &Value) -> bool {
    body::text(issue, "/properties/issueType") == "ConfigurationPropagationFailure"
}

/// What the resource complains about now.
pub(super) fn issues(world: &World, resource: &str, knows_identity: bool) -> Vec<Value> {
    let now = world.now();
    let set = world.paas.issues.get(&resource.to_lowercase()).into_iter().flatten();
    let mut out: Vec<Value> = set
        .filter(|issue| issue.until.is_none_or(|until| now < until))
        .filter_map(|issue| unmet(world, resource, &issue.body))
        .collect();
    let identity = world.store.get(resource).map(|r| body::text(&r, "/identity/type").to_owned());
    if knows_identity && matches!(identity.as_deref(), Some("" | "None")) {
        out.push(json!({
            "name": "MissingIdentityConfiguration",
            "properties": {
                "issueType": "MissingIdentityConfiguration",
                "severity": "Warning",
                "description": "The resource has no managed identity. Inbound access is still checked, but outbound the resource cannot act as a member of the perimeter.",
                "suggestedResourceIds": [],
                "suggestedAccessRules": [],
            },
        }));
    }
    out
}

/// An issue without the suggestions that were followed meanwhile; `None` when all of them were.
fn unmet(world: &World, resource: &str, issue: &Value) -> Option<Value> {
    let mut issue = issue.clone();
    let association = world.store.association_of(resource)?;
    let perimeter = association.split('/').take(9).collect::<Vec<_>>().join("/");
    let profile = world.store.get(association).map(|a| body::text(&a, "/properties/profile/id").to_owned());
    let rules = world.store.values(&format!("{}/accessRules", profile.unwrap_or_default()));
    let followed = |suggestion: &Value| match suggestion {
        Value::String(id) => world.store.association_of(id).is_some_and(|a| a.starts_with(&perimeter)),
        rule => rules.iter().any(|r| covers(r, rule)),
    };
    let mut suggested = 0;
    let mut left = 0;
    for list in ["suggestedResourceIds", "suggestedAccessRules"] {
        let list = issue.pointer_mut(&format!("/properties/{list}")).and_then(Value::as_array_mut);
        if let Some(list) = list {
            suggested += list.len();
            list.retain(|suggestion| !followed(suggestion));
            left += list.len();
        }
    }
    (suggested == 0 || left > 0).then_some(issue)
}

/// Whether a rule of the profile has every value of a suggested one.
fn covers(rule: &Value, suggested: &Value) -> bool {
    let lists = ["addressPrefixes", "fullyQualifiedDomainNames", "subscriptions"];
    lists.iter().all(|list| {
        let place = format!("/properties/{list}");
        let has = rule.pointer(&place).and_then(Value::as_array);
        let wanted = suggested.pointer(&place).and_then(Value::as_array).into_iter().flatten();
        wanted.into_iter().all(|value| has.is_some_and(|has| has.contains(value)))
    })
}

/// The association says whether its resource has issues.
pub fn flag(world: &mut World, resource: &str) {
    let Some(id) = world.store.association_of(resource).map(str::to_owned) else { return };
    let Some(mut association) = world.store.get(&id) else { return };
    let knows = super::dialect::of(&body::kind(resource)).is_some_and(|d| d.identity);
    let word = if issues(world, resource, knows).is_empty() { "no" } else { "yes" };
    if body::text(&association, "/properties/hasProvisioningIssues") != word {
        body::set(&mut association, "hasProvisioningIssues", word);
        world.store.put(&id, &association);
    }
}

/// When a change that is made now has reached the resources.
pub(super) fn reached(world: &World, lasts: std::time::Duration) -> Timestamp {
    clock::add(world.now(), lasts)
}
