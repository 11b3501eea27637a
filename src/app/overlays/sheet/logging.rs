//! The forms for diagnostic settings and for the logging configuration: fields, what there is to choose
//! from, and what is wrong with what is typed.

use std::sync::Arc;

use super::super::super::data::Data;
use super::super::super::logging::{blind, membership_warning, settings};
use super::super::super::msg::{Facts, Slot, Topic};
use super::super::super::remote::Remote;
use super::{Entry, Sheet, Source, Suggestion, entry};
use crate::domain::check::{Finding, Level, split_list};
use crate::domain::logging::{
    ALL_LOGS, Destination, HubRule, LOG_CATEGORIES, SETTINGS_PER_RESOURCE, SettingContent, category_meaning,
    hub_namespace, same_region, setting_id,
};
use crate::domain::{ArmId, Change, DiagnosticSetting, LoggingChange, LoggingConfiguration, Perimeter};

/// Characters that the name of a setting cannot have.
const FORBIDDEN: [char; 10] = ['<', '>', '*', '%', '&', ':', '\\', '?', '+', '/'];

/// The kind of a destination: its type, and whether it must be in the perimeter's region.
fn kind(source: Source) -> (&'static str, bool) {
    match source {
        Source::Storage => ("Microsoft.Storage/storageAccounts", true),
        Source::Hubs => ("Microsoft.EventHub/namespaces", true),
        Source::Workspaces
        | Source::None
        | Source::Subscriptions
        | Source::Groups
        | Source::Regions
        | Source::Profiles
        | Source::Perimeters
        | Source::Accounts
        | Source::Categories
        | Source::HubRules => ("Microsoft.OperationalInsights/workspaces", false),
    }
}

/// The fields of the form for a setting.
pub fn entries(before: Option<&DiagnosticSetting>, data: &Data) -> Vec<Entry> {
    let content = before.map(|b| b.content.clone()).unwrap_or_default();
    let word = |id: Option<&ArmId>| id.map_or(String::new(), |id| shortest(id, data));
    let namespace = content.hub_rule.as_ref().map(hub_namespace);
    let logs = if before.is_some() { content.categories.join(", ") } else { ALL_LOGS.to_owned() };
    let name = before.is_none().then(|| entry("Name", "access-log", Source::None, "of the setting"));
    let rule = content.hub_rule.as_ref().map_or("", |id| id.name());
    name.into_iter()
        .chain([
            entry("Logs", &logs, Source::Categories, "Enter on a category turns it on or off"),
            entry(
                "Workspace",
                &word(content.workspace.as_ref()),
                Source::Workspaces,
                "Log Analytics; the tail reads it",
            ),
            entry(
                "Storage",
                &word(content.storage.as_ref()),
                Source::Storage,
                "account in the perimeter's region",
            ),
            entry(
                "Event hubs",
                &word(namespace.as_ref()),
                Source::Hubs,
                "namespace in the perimeter's region",
            ),
            entry("Hub rule", rule, Source::HubRules, "authorization rule with Manage, Send and Listen"),
            entry("Hub", &content.hub, Source::None, "event hub; empty: Azure makes one"),
        ])
        .collect()
}

/// The fields of the form for the logging configuration.
pub fn configuration_entries(before: Option<&LoggingConfiguration>) -> Vec<Entry> {
    let logs = before.map_or_else(|| known_names().join(", "), |b| b.categories.join(", "));
    vec![entry("Logs", &logs, Source::Categories, "Enter on a category turns it on or off")]
}

fn known_names() -> Vec<String> {
    LOG_CATEGORIES.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// What must be read for suggestions and checks.
pub fn slots(sheet: &Sheet, perimeter: &Perimeter, data: &Data) -> Vec<Slot> {
    let about = |topic, of: &str| Slot::About(topic, Arc::from(of));
    let mut out = vec![about(Topic::LogCategories, perimeter.id.as_str())];
    if sheet.entries.iter().any(|e| e.source == Source::Workspaces) {
        out.extend(data.subscriptions.rows().iter().map(|s| about(Topic::Destinations, &s.id)));
    }
    if let Ok(Some(namespace)) = resolve(sheet.text("Event hubs"), Source::Hubs, data) {
        out.push(about(Topic::HubRules, namespace.id.as_str()));
    }
    out
}

fn facts<'a>(data: &'a Data, topic: Topic, of: &str) -> Option<&'a Facts> {
    data.facts(topic, of).and_then(Remote::value).map(AsRef::as_ref)
}

/// Every resource of a kind that logs can be sent to, as far as it was read.
fn destinations(source: Source, data: &Data) -> Vec<&Destination> {
    let (wanted, _) = kind(source);
    let all = data.subscriptions.rows().iter().filter_map(|s| facts(data, Topic::Destinations, &s.id));
    all.flat_map(|facts| if let Facts::Destinations(all) = facts { all.as_slice() } else { &[] })
        .filter(|one| one.id.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case(wanted)))
        .collect()
}

/// The name of a destination where that names one only, else its id.
fn shortest(id: &ArmId, data: &Data) -> String {
    let sources = [Source::Workspaces, Source::Storage, Source::Hubs];
    let all = sources.into_iter().flat_map(|source| destinations(source, data));
    let same = all.filter(|one| {
        one.id.name().eq_ignore_ascii_case(id.name()) && one.id.resource_type() == id.resource_type()
    });
    if same.count() == 1 { id.name().to_owned() } else { id.as_str().to_owned() }
}

fn rules<'a>(sheet: &Sheet, data: &'a Data) -> Option<&'a [HubRule]> {
    let namespace = resolve(sheet.text("Event hubs"), Source::Hubs, data).ok()??;
    let Facts::HubRules(all) = facts(data, Topic::HubRules, namespace.id.as_str())? else { return None };
    Some(all)
}

/// The categories that the perimeter has, as the service lists them, else as the documents do.
fn categories(perimeter: &Perimeter, data: &Data) -> Vec<String> {
    if let Some(Facts::LogCategories(all)) = facts(data, Topic::LogCategories, perimeter.id.as_str())
        && !all.is_empty()
    {
        return all.clone();
    }
    known_names()
}

/// What could be typed into a field, and what could not, with the reason.
pub fn suggestions(
    sheet: &Sheet,
    source: Source,
    perimeter: &Perimeter,
    data: &Data,
) -> (Vec<Suggestion>, Vec<Suggestion>) {
    if source == Source::Categories {
        return (category_suggestions(sheet, perimeter, data), Vec::new());
    }
    if source == Source::HubRules {
        return rule_suggestions(rules(sheet, data).unwrap_or_default());
    }
    let (_, regional) = kind(source);
    let fits = |one: &&Destination| !regional || same_region(&one.location, &perimeter.location);
    let (open, closed): (Vec<_>, Vec<_>) = destinations(source, data).into_iter().partition(fits);
    let suggestion = |one: &Destination, note| Suggestion { value: shortest(&one.id, data), note };
    let note = |one: &Destination| {
        let group = one.id.resource_group().unwrap_or_default();
        let subscription = data.subscription_name(one.id.subscription().unwrap_or_default());
        format!("{}  {group}  {subscription}", one.location)
    };
    let reason = |one: &Destination| format!("is in {}: must be in {}", one.location, perimeter.location);
    (
        open.into_iter().map(|one| suggestion(one, note(one))).collect(),
        closed.into_iter().map(|one| suggestion(one, reason(one))).collect(),
    )
}

fn rule_suggestions(all: &[HubRule]) -> (Vec<Suggestion>, Vec<Suggestion>) {
    let suggestion = |rule: &HubRule, note| Suggestion { value: rule.id.name().to_owned(), note };
    let (open, closed): (Vec<&HubRule>, Vec<_>) = all.iter().partition(|rule| rule.missing().is_empty());
    (
        open.into_iter().map(|rule| suggestion(rule, rule.rights.join(", "))).collect(),
        closed
            .into_iter()
            .map(|rule| suggestion(rule, format!("lacks {}", rule.missing().join(", "))))
            .collect(),
    )
}

fn category_suggestions(sheet: &Sheet, perimeter: &Perimeter, data: &Data) -> Vec<Suggestion> {
    let content = content_of(sheet.text("Logs"));
    let group = sheet.entries.iter().any(|e| e.source == Source::Workspaces);
    let all = group.then(|| Suggestion {
        value: ALL_LOGS.to_owned(),
        note: "every category, also those that Azure adds later".to_owned(),
    });
    let each = categories(perimeter, data).into_iter().map(|name| {
        let on = if content.logs(&name) { "on " } else { "off" };
        let note = format!("{on} {}", category_meaning(&name));
        Suggestion { value: name, note }
    });
    all.into_iter().chain(each).collect()
}

fn content_of(typed: &str) -> SettingContent {
    let categories = split_list(typed).into_iter().map(str::to_owned).collect();
    SettingContent { categories, ..SettingContent::default() }
}

/// The list of categories with one of them turned on or off. What was being typed to find it goes.
pub fn toggled(typed: &str, value: &str, all: &[Suggestion]) -> String {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let mut words: Vec<String> = split_list(typed).into_iter().map(str::to_owned).collect();
    if words.last().is_some_and(|last| !all.iter().any(|s| same(&s.value, last))) {
        words.pop();
    }
    if same(value, ALL_LOGS) {
        return ALL_LOGS.to_owned();
    }
    if words.iter().any(|w| same(w, ALL_LOGS)) {
        words = all.iter().map(|s| s.value.clone()).filter(|v| !same(v, ALL_LOGS)).collect();
    }
    if words.iter().any(|w| same(w, value)) {
        words.retain(|w| !same(w, value));
    } else {
        words.push(value.to_owned());
    }
    words.join(", ")
}

fn error(findings: &mut Vec<Finding>, text: impl Into<String>) {
    findings.push(Finding { level: Level::Error, text: text.into() });
}

fn warning(findings: &mut Vec<Finding>, text: impl Into<String>) {
    findings.push(Finding { level: Level::Warning, text: text.into() });
}

/// The destination that is typed by name or id; an id that was not listed has no region.
fn resolve(typed: &str, source: Source, data: &Data) -> Result<Option<Destination>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let named = |one: &&Destination| {
        one.id.name().eq_ignore_ascii_case(typed) || one.id.as_str().eq_ignore_ascii_case(typed)
    };
    let found: Vec<&Destination> = destinations(source, data).into_iter().filter(named).collect();
    let (wanted, _) = kind(source);
    match (found.as_slice(), ArmId::parse(typed)) {
        ([one], _) => Ok(Some((*one).clone())),
        ([_, ..], _) => Err(format!("several are named {typed}: type the id")),
        ([], Ok(id)) if id.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case(wanted)) => {
            Ok(Some(Destination { id, location: String::new() }))
        }
        ([], Ok(_)) => Err(format!("this is no id of {wanted}")),
        ([], Err(_)) => Err(format!("{typed} is not among those that were listed")),
    }
}

/// What is typed, as the content of a setting.
fn content(sheet: &Sheet, perimeter: &Perimeter, data: &Data, findings: &mut Vec<Finding>) -> SettingContent {
    let mut out = content_of(sheet.text("Logs"));
    check_categories(&out.categories, perimeter, data, findings);
    let mut place = |label: &str, source: Source| {
        let found = resolve(sheet.text(label), source, data)
            .map_err(|why| error(findings, format!("{}: {why}", label.to_lowercase())))
            .ok()
            .flatten()?;
        if found.location.is_empty() {
            warning(
                findings,
                format!("{} was not listed; Azure decides whether it can be used", found.id.name()),
            );
        } else if kind(source).1 && !same_region(&found.location, &perimeter.location) {
            let (name, there, here) = (found.id.name(), &found.location, &perimeter.location);
            error(findings, format!("{name} is in {there}; it must be in {here}, where the perimeter is"));
        }
        if let Some(text) = membership_warning(&found.id, &perimeter.id, data) {
            warning(findings, text);
        }
        Some(found.id)
    };
    out.workspace = place("Workspace", Source::Workspaces);
    out.storage = place("Storage", Source::Storage);
    let namespace = place("Event hubs", Source::Hubs);
    out.hub_rule = namespace.and_then(|namespace| hub_rule(sheet, &namespace, data, findings));
    if sheet.text("Event hubs").is_empty() {
        if !(sheet.text("Hub rule").is_empty() && sheet.text("Hub").is_empty()) {
            error(findings, "event hubs: the namespace is missing");
        }
    } else {
        sheet.text("Hub").clone_into(&mut out.hub);
    }
    out
}

fn hub_rule(sheet: &Sheet, namespace: &ArmId, data: &Data, findings: &mut Vec<Finding>) -> Option<ArmId> {
    let typed = sheet.text("Hub rule");
    if typed.is_empty() {
        error(findings, "hub rule: an event hub needs an authorization rule");
        return None;
    }
    match rules(sheet, data) {
        None => warning(findings, "the authorization rules of the namespace are not known"),
        Some(all) => match all.iter().find(|rule| rule.id.name().eq_ignore_ascii_case(typed)) {
            None => error(findings, format!("{} has no authorization rule {typed}", namespace.name())),
            Some(rule) if !rule.missing().is_empty() => {
                error(findings, format!("{typed} lacks {}", rule.missing().join(", ")));
            }
            Some(_) => {}
        },
    }
    namespace.child("authorizationRules", typed).map_err(|e| error(findings, e.to_string())).ok()
}

fn check_categories(words: &[String], perimeter: &Perimeter, data: &Data, findings: &mut Vec<Finding>) {
    let known = categories(perimeter, data);
    let is_known = |word: &str| {
        word.eq_ignore_ascii_case(ALL_LOGS) || known.iter().any(|k| k.eq_ignore_ascii_case(word))
    };
    for word in words.iter().filter(|word| !is_known(word)) {
        error(findings, format!("{word} is no log category"));
    }
}

/// The change that the form for a setting proposes.
pub fn setting(
    sheet: &Sheet,
    (perimeter, before): (&Perimeter, Option<&DiagnosticSetting>),
    data: &Data,
    findings: &mut Vec<Finding>,
) -> Option<Change> {
    let content = content(sheet, perimeter, data, findings);
    let all = settings(data, &perimeter.id);
    let others: Vec<_> = all.iter().filter(|s| before.is_none_or(|b| b.id != s.id)).collect();
    if content.categories.is_empty() {
        error(findings, "logs: no category is on");
    }
    if !content.has_destination() && before.is_none_or(|b| b.content.has_destination()) {
        error(findings, "name a workspace, a storage account or an event hub");
    }
    if let Some(text) = blind(&content) {
        warning(findings, text);
    }
    for other in others {
        twice(&content, other, findings);
    }
    if let Some(before) = before {
        let change = LoggingChange::EditSetting { before: before.clone(), content };
        if change.fields().is_empty() {
            error(findings, "nothing is changed yet");
        }
        return Some(change.into());
    }
    if all.len() >= SETTINGS_PER_RESOURCE {
        error(
            findings,
            format!("the perimeter has {SETTINGS_PER_RESOURCE} settings, the most that Azure takes"),
        );
    }
    let typed = sheet.text("Name");
    if typed.is_empty() || typed.contains(FORBIDDEN) {
        error(findings, "name: letters, digits, hyphens and the like");
    } else if all.iter().any(|s| s.name.eq_ignore_ascii_case(typed)) {
        error(findings, format!("name: there is a setting {typed} already"));
    }
    let id = setting_id(&perimeter.id, typed)?;
    Some(LoggingChange::AddSetting { id, content }.into())
}

/// Azure refuses to send a category to the same destination twice.
fn twice(content: &SettingContent, other: &DiagnosticSetting, findings: &mut Vec<Finding>) {
    let theirs = other.content.destinations();
    let both = content.destinations().into_iter().find(|(_, id)| theirs.iter().any(|(_, t)| t == id));
    let Some((_, id)) = both else { return };
    let category = LOG_CATEGORIES.iter().find(|(name, _)| content.logs(name) && other.content.logs(name));
    if let Some((category, _)) = category {
        let (name, setting) = (id.name(), &other.name);
        error(
            findings,
            format!("setting {setting} sends {category} to {name} already; Azure refuses it twice"),
        );
    }
}

/// The change that the form for the logging configuration proposes.
pub fn configure(
    sheet: &Sheet,
    (perimeter, before): (&Perimeter, Option<&LoggingConfiguration>),
    data: &Data,
    findings: &mut Vec<Finding>,
) -> Option<Change> {
    let content = content_of(sheet.text("Logs"));
    check_categories(&content.categories, perimeter, data, findings);
    if content.categories.iter().any(|c| c.eq_ignore_ascii_case(ALL_LOGS)) {
        error(findings, "allLogs is for diagnostic settings: name the categories");
    }
    if let Some(text) = blind(&content) {
        warning(findings, text);
    }
    let id = match before {
        Some(before) => before.id.clone(),
        None => perimeter.id.child("loggingConfigurations", "instance").ok()?,
    };
    let sorted = |words: &[String]| {
        let mut words: Vec<String> = words.iter().map(|w| w.to_ascii_lowercase()).collect();
        words.sort();
        words
    };
    if before.is_some_and(|b| sorted(&b.categories) == sorted(&content.categories)) {
        error(findings, "nothing is changed yet");
    }
    Some(LoggingChange::Configure { id, before: before.cloned(), categories: content.categories }.into())
}
