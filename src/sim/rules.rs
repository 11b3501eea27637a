//! Access rules.

use serde_json::{Map, Value, json};

use super::body;
use super::governance;
use super::http::{Answer, Reply, Request};
use super::page::{self, Last};
use super::perimeters;
use super::policy;
use super::world::World;

/// Elements of a rule that count against the profile's budget.
const ELEMENTS: [&str; 6] = [
    "addressPrefixes",
    "fullyQualifiedDomainNames",
    "subscriptions",
    "emailAddresses",
    "phoneNumbers",
    "serviceTags",
];
/// Kinds that only an outbound rule may hold.
const OUTBOUND: [&str; 3] = ["fullyQualifiedDomainNames", "emailAddresses", "phoneNumbers"];
/// Kinds that only an inbound rule may hold.
const INBOUND: [&str; 3] = ["addressPrefixes", "subscriptions", "serviceTags"];

/// The profile that the path names, and its id as stored.
fn profile(world: &World, request: &Request) -> Result<Value, Answer> {
    perimeters::find(world, request)?;
    let id = body::id(request, 10);
    world.store.get(&id).ok_or_else(|| policy::gone(&id))
}

/// Rules of a profile.
pub fn list(world: &mut World, request: &Request) -> Reply {
    profile(world, request)?;
    page::collection(world, request, &request.key(), Last::Empty)
}

/// Creates or replaces a rule and counts the profile's version up.
pub fn put(world: &mut World, request: &Request) -> Reply {
    let profile = profile(world, request)?;
    policy::name(request.segment(11))?;
    let sent = policy::properties(&policy::body(request)?)?;
    let old = world.store.get(&request.key());
    let id = old.as_ref().map_or_else(|| body::id(request, 12), |o| body::text(o, "/id").to_owned());
    let mut properties = accepted(&sent)?;
    if let Some(kept) = old.as_ref().and_then(|o| o.pointer("/properties/networkSecurityPerimeters")) {
        // Read-only: what is sent is ignored, what the service has stays.
        properties.insert("networkSecurityPerimeters".into(), kept.clone());
    }
    budget(world, &id, &properties)?;
    joined(world, &id, &properties)?;
    let mut made = body::envelope(&id);
    made.insert("properties".into(), Value::Object(properties));
    // The recorded service gives a replaced rule a new creation time.
    made.insert("systemData".into(), body::system_data(world, None, "User"));
    let made = Value::Object(made);
    world.store.put(&id, &made);
    changed(world, profile);
    Ok(Answer::ok(&made))
}

/// The caller must be allowed to name each subscription.
fn joined(world: &World, id: &str, properties: &Map<String, Value>) -> Result<(), Answer> {
    let may = ("Microsoft.Network/networkSecurityPerimeters/profiles/accessRules/write", id);
    let named = properties.get("subscriptions").and_then(Value::as_array).into_iter().flatten();
    for subscription in named {
        let action = "Microsoft.Resources/subscriptions/joinPerimeterRule/action";
        governance::linked(world, may, action, body::text(subscription, "/id"))?;
    }
    Ok(())
}

/// Deletes a rule.
pub fn delete(world: &mut World, request: &Request) -> Reply {
    let profile = match profile(world, request) {
        Ok(profile) => profile,
        Err(answer) if answer.status == 404 => return Ok(Answer::empty(204)),
        Err(answer) => return Err(answer),
    };
    if !world.store.remove(&request.key()) {
        return Ok(Answer::empty(204));
    }
    changed(world, profile);
    Ok(Answer::empty(200))
}

fn changed(world: &mut World, mut profile: Value) {
    body::bump(&mut profile, "accessRulesVersion");
    let id = body::text(&profile, "/id").to_owned();
    world.put_now(&id, &profile);
}

/// Properties of a rule as the service would store them.
fn accepted(sent: &Map<String, Value>) -> Result<Map<String, Value>, Answer> {
    let direction = direction(sent)?;
    let forbidden = if direction == "Inbound" { OUTBOUND } else { INBOUND };
    for kind in forbidden {
        if sent.get(kind).and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
            return Err(policy::bad(
                "InvalidAccessRule",
                format!(
                    "'properties.{kind}' cannot be used in an access rule whose direction is '{direction}'."
                ),
            ));
        }
    }
    let prefixes = policy::strings(sent, "addressPrefixes")?;
    prefixes.iter().try_for_each(|p| policy::address_prefix(p))?;
    let hosts = policy::strings(sent, "fullyQualifiedDomainNames")?;
    hosts.iter().try_for_each(|h| policy::host(h))?;
    let mails = policy::strings(sent, "emailAddresses")?;
    if let Some(wrong) =
        mails.iter().find(|m| m.split_once('@').is_none_or(|(a, b)| a.is_empty() || !b.contains('.')))
    {
        return Err(policy::bad("InvalidEmailAddress", format!("'{wrong}' is not a valid e-mail address.")));
    }
    let phones: Result<Vec<String>, Answer> =
        policy::strings(sent, "phoneNumbers")?.iter().map(|p| phone(p)).collect();
    let tags = policy::strings(sent, "serviceTags")?;
    let mut out = Map::new();
    out.insert("provisioningState".into(), "Succeeded".into());
    out.insert("direction".into(), direction.into());
    out.insert("addressPrefixes".into(), prefixes.into());
    out.insert("fullyQualifiedDomainNames".into(), hosts.into());
    out.insert("subscriptions".into(), subscriptions(sent)?);
    out.insert("networkSecurityPerimeters".into(), json!([]));
    out.insert("emailAddresses".into(), mails.into());
    out.insert("phoneNumbers".into(), phones?.into());
    if !tags.is_empty() {
        out.insert("serviceTags".into(), tags.into());
    }
    let everywhere = || json!([{"resourceType": "*", "features": ["*"]}]);
    out.insert(
        "appliesTo".into(),
        sent.get("appliesTo").filter(|v| v.is_array()).cloned().unwrap_or_else(everywhere),
    );
    Ok(out)
}

fn direction(sent: &Map<String, Value>) -> Result<&'static str, Answer> {
    match sent.get("direction") {
        None | Some(Value::Null) => Ok("Inbound"),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("inbound") => Ok("Inbound"),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("outbound") => Ok("Outbound"),
        Some(other) => Err(policy::bad(
            "InvalidParameterValue",
            format!(
                "The value {other} of 'properties.direction' is invalid. Allowed are 'Inbound' and 'Outbound'."
            ),
        )),
    }
}

fn subscriptions(sent: &Map<String, Value>) -> Result<Value, Answer> {
    let refuse = || {
        policy::bad(
            "InvalidRequestFormat",
            "'properties.subscriptions' must be an array of objects with an 'id'.",
        )
    };
    let Some(list) = sent.get("subscriptions").filter(|v| !v.is_null()) else { return Ok(json!([])) };
    let mut out = Vec::new();
    for item in list.as_array().ok_or_else(refuse)? {
        let id = item.get("id").and_then(Value::as_str).ok_or_else(refuse)?;
        policy::subscription_id(id)?;
        out.push(json!({"id": id}));
    }
    Ok(Value::Array(out))
}

/// The recorded service writes `+919898989898` as `+91 9898989898`: country code, blank, the last ten digits.
fn phone(text: &str) -> Result<String, Answer> {
    let refuse =
        || policy::bad("InvalidPhoneNumber", format!("'{text}' is not a valid phone number in E.164 form."));
    let digits: String = text.strip_prefix('+').ok_or_else(refuse)?.chars().filter(|c| *c != ' ').collect();
    if !(8..=15).contains(&digits.len()) || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(refuse());
    }
    let (country, number) = digits.split_at_checked(digits.len().saturating_sub(10)).ok_or_else(refuse)?;
    Ok(if country.is_empty() { format!("+{number}") } else { format!("+{country} {number}") })
}

/// Refuses a rule that would take its profile over the budget of its direction.
fn budget(world: &World, id: &str, properties: &Map<String, Value>) -> Result<(), Answer> {
    let direction = properties.get("direction").and_then(Value::as_str).unwrap_or_default();
    let Some((collection, _)) = id.rsplit_once('/') else { return Ok(()) };
    let others: usize = world
        .store
        .values(collection)
        .iter()
        .filter(|rule| !body::text(rule, "/id").eq_ignore_ascii_case(id))
        .filter(|rule| body::text(rule, "/properties/direction") == direction)
        .filter_map(|rule| rule.get("properties").and_then(Value::as_object).map(elements))
        .sum();
    let own = elements(properties);
    if others + own <= policy::ELEMENTS {
        return Ok(());
    }
    Err(policy::bad(
        "NspAccessRuleElementLimitExceeded",
        format!(
            "The profile would hold {} {} rule elements; at most {} are allowed.",
            others + own,
            direction.to_lowercase(),
            policy::ELEMENTS
        ),
    ))
}

fn elements(properties: &Map<String, Value>) -> usize {
    ELEMENTS.iter().filter_map(|kind| properties.get(*kind)?.as_array()).map(Vec::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_rewritten_as_recorded() {
        assert_eq!(phone("+919898989898").unwrap(), "+91 9898989898");
        assert!(phone("12345").is_err());
        assert!(phone("+12ab345678").is_err());
    }
}
