//! What the service accepts, and how it refuses the rest.
//!
//! Where a recording shows an error, it is the recorded one; the others are ARM's envelope with a
//! message of our own.

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::http::{Answer, Request};

/// NSP api-versions that are accepted.
pub const NETWORK_VERSIONS: [&str; 12] = [
    "2023-08-01-preview",
    "2024-06-01-preview",
    "2024-07-01",
    "2024-10-01",
    "2025-01-01",
    "2025-03-01",
    "2025-05-01",
    "2025-07-01",
    "2025-09-01",
    "2025-11-01",
    "2026-01-01",
    "2026-03-01",
];

/// Rule elements that one profile holds per direction. Source: limits page of the NSP documentation.
pub const ELEMENTS: usize = 200;
/// Longest name.
const NAME: usize = 80;
/// Longest link description.
const DESCRIPTION: usize = 140;

/// The caller's api-version, if there is one and it looks like one.
pub fn version(request: &Request) -> Result<&str, Answer> {
    let Some(version) = request.query("api-version").filter(|v| !v.is_empty()) else {
        return Err(Answer::error(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    let date = version.strip_suffix("-preview").unwrap_or(version);
    if date.parse::<jiff::civil::Date>().is_err() {
        return Err(Answer::error(
            400,
            "InvalidApiVersionParameter",
            format!(
                "The api-version '{version}' is invalid. It must be of the form 'yyyy-mm-dd' or 'yyyy-mm-dd-preview'."
            ),
        ));
    }
    Ok(version)
}

/// The caller's api-version, if the NSP service has it.
pub fn network_version<'r>(request: &'r Request, kind: &str) -> Result<&'r str, Answer> {
    let version = version(request)?;
    if NETWORK_VERSIONS.contains(&version) {
        return Ok(version);
    }
    Err(Answer::error(
        400,
        "NoRegisteredProviderFound",
        format!(
            "No registered resource provider found for API version '{version}' for type '{kind}'. The supported api-versions are '{}'.",
            NETWORK_VERSIONS.join(", ")
        ),
    ))
}

/// The answer for a thing below `Microsoft.Network` that is not there.
pub fn gone(id: &str) -> Answer {
    let message = format!("Resource [{id}] does not exist or has been deleted");
    Answer::json(404, &serde_json::json!({"error": {"message": message, "code": "NotFound"}}))
}

/// ARM's own answer for a top-level resource that is not there.
pub fn not_found(kind: &str, name: &str, group: &str) -> Answer {
    Answer::error(
        404,
        "ResourceNotFound",
        format!(
            "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
    .with("x-ms-failure-cause", "gateway")
}

/// 400 with a message.
pub fn bad(code: &str, message: impl Into<String>) -> Answer {
    Answer::error(400, code, message)
}

/// 409 with a message.
pub fn conflict(code: &str, message: impl Into<String>) -> Answer {
    Answer::error(409, code, message)
}

/// The body as a JSON object.
pub fn body(request: &Request) -> Result<Map<String, Value>, Answer> {
    let refuse = |why: String| {
        bad(
            "InvalidRequestContent",
            format!("The request content was invalid and could not be deserialized: '{why}'."),
        )
    };
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(refuse("a JSON object was expected".into())),
        Err(error) => Err(refuse(error.to_string())),
    }
}

/// The `properties` object of a body, empty when absent or null.
pub fn properties(body: &Map<String, Value>) -> Result<Map<String, Value>, Answer> {
    match body.get("properties") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map.clone()),
        Some(_) => Err(bad("InvalidRequestFormat", "'properties' must be a JSON object.")),
    }
}

/// Refuses names outside the documented pattern.
pub fn name(text: &str) -> Result<(), Answer> {
    let word = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| word(c) || matches!(c, '_' | '.' | '-');
    let ends = text.chars().next().is_some_and(word)
        && text.chars().next_back().is_some_and(|c| word(c) || (c == '_' && text.len() > 1));
    if ends && text.chars().all(inner) && text.len() <= NAME {
        return Ok(());
    }
    Err(bad(
        "InvalidResourceName",
        format!(
            "Resource name '{text}' is invalid. A name has 1 to {NAME} letters, digits, '_', '.' or '-', begins with a letter or digit and ends with a letter, digit or '_'."
        ),
    ))
}

/// Refuses a description that is too long.
pub fn description(text: &str) -> Result<(), Answer> {
    if text.chars().count() <= DESCRIPTION {
        return Ok(());
    }
    Err(bad(
        "InvalidParameterValue",
        format!("The description must not be longer than {DESCRIPTION} characters."),
    ))
}

/// Reads a list of strings, or says which property is no such list.
pub fn strings(properties: &Map<String, Value>, name: &str) -> Result<Vec<String>, Answer> {
    let refuse = || bad("InvalidRequestFormat", format!("'properties.{name}' must be an array of strings."));
    match properties.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            items.iter().map(|v| v.as_str().map(str::to_owned).ok_or_else(refuse)).collect()
        }
        Some(_) => Err(refuse()),
    }
}

/// Refuses what is no CIDR block: no prefix length, leading zeros or bits set in the host part.
pub fn address_prefix(text: &str) -> Result<(), Answer> {
    let refuse = |why: &str| {
        Err(bad("InvalidAddressPrefixFormat", format!("Address prefix '{text}' is invalid: {why}.")))
    };
    let Ok(net) = text.parse::<IpNet>() else {
        return refuse("it must be an IPv4 or IPv6 block in CIDR notation, such as 203.0.113.0/24");
    };
    let leading_zero = |part: &str| part.len() > 1 && part.starts_with('0');
    let address = text.split('/').next().unwrap_or_default();
    if net.addr().is_ipv4() && address.split('.').any(leading_zero) {
        return refuse("octets must not have leading zeros");
    }
    if net.trunc() != net {
        return refuse("bits are set in the host part");
    }
    Ok(())
}

/// Refuses what is no host name, with or without `*.` in front.
pub fn host(text: &str) -> Result<(), Answer> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    if name.len() <= 253 && name.contains('.') && name.split('.').all(label) {
        return Ok(());
    }
    Err(bad(
        "InvalidFullyQualifiedDomainName",
        format!("'{text}' is not a valid fully qualified domain name."),
    ))
}

/// The guid of `/subscriptions/{guid}`.
pub fn subscription_id(text: &str) -> Result<String, Answer> {
    let parts: Vec<&str> = text.split('/').collect();
    if let ["", word, guid] = parts.as_slice()
        && word.eq_ignore_ascii_case("subscriptions")
        && uuid::Uuid::parse_str(guid).is_ok()
    {
        return Ok(guid.to_lowercase());
    }
    Err(bad(
        "LinkedInvalidPropertyId",
        format!("Property id '{text}' is invalid. Expected '/subscriptions/{{subscriptionId}}'."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_documented_pattern() {
        for good in ["a", "7", "a_", "nsp-prod.01", &"x".repeat(80)] {
            assert!(name(good).is_ok(), "{good}");
        }
        for wrong in ["", "_", "-a", "a-", "a.", "a b", "ä", &"x".repeat(81)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn address_prefixes_are_cidr_blocks_without_host_bits() {
        for good in ["10.0.0.0/8", "203.0.113.7/32", "2001:db8::/48", "0.0.0.0/0"] {
            assert!(address_prefix(good).is_ok(), "{good}");
        }
        for wrong in ["10.0.0.0", "10.0.0.1/8", "010.0.0.0/8", "10.0.0.0/33", "x", "2001:db8::1/48"] {
            assert!(address_prefix(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn host_names_have_at_least_two_labels() {
        assert!(host("www.contoso.com").is_ok());
        assert!(host("*.blob.core.windows.net").is_ok());
        for wrong in ["contoso", "a..b", "http://a.b", "a b.c", "*.*.c"] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }
}
