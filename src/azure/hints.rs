//! What to do next about an error of the service: a table of the refusals that a perimeter's admin meets.
//! Sources: API.md, sections 12 and 14; DOMAIN.md, sections 1 and 4. Must not invent a cause.

use super::error::{ErrorKind, Said};

/// One sentence, or nothing when nothing helps.
pub(super) fn hint(kind: &ErrorKind, said: &Said) -> String {
    if let Some(hint) = said.code.as_deref().and_then(|code| by_code(code, said)) {
        return hint;
    }
    match kind {
        ErrorKind::Auth => "Sign in again, for example with `az login`.".to_owned(),
        ErrorKind::Denied { action: Some(action) } => {
            format!("Ask for a role that has {action}, then sign in again: a token keeps old rights.")
        }
        ErrorKind::Denied { action: None } => {
            "Ask for Network Contributor on the perimeter, then sign in again.".to_owned()
        }
        ErrorKind::NotFound => "It may have been deleted meanwhile; refresh.".to_owned(),
        ErrorKind::Conflict => {
            "Something stands in the way, or someone else is changing it: refresh and look at it again."
                .to_owned()
        }
        ErrorKind::Throttled => "Azure limits requests for each identity and subscription; wait.".to_owned(),
        ErrorKind::Server => "The service failed; try again, and give its request id to support.".to_owned(),
        ErrorKind::Network { .. } => "Check the connection, the proxy and the endpoint.".to_owned(),
        ErrorKind::Unfinished => "Look at the resource again before you repeat the change.".to_owned(),
        ErrorKind::Rejected | ErrorKind::Decode { .. } | ErrorKind::Refused | ErrorKind::Failed => {
            String::new()
        }
    }
}

fn by_code(code: &str, said: &Said) -> Option<String> {
    let is = |word: &str| code.eq_ignore_ascii_case(word);
    let text = if is("LinkedAuthorizationFailed") || is("LinkedAccessCheckFailed") {
        linked(&said.detail)
    } else if is("MissingSubscriptionRegistration") || is("SubscriptionNotRegistered") {
        "P registers the missing provider in the perimeter's subscription with one key."
    } else if is("RequestDisallowedByPolicy") {
        "An Azure Policy assignment forbids this; its name is in the message. Its owner can grant an exemption."
    } else if is("ScopeLocked") {
        "A lock on the resource or its group forbids this (CanNotDelete also keeps access rules): its owner must remove it first."
    } else if is("ResourceAlreadyAssociated") {
        "A resource can be in one perimeter only: dissociate it there first."
    } else if is("ResourceTypeNotSupported") {
        "Perimeters of this region do not take this type: choose a resource that the form offers, or a perimeter in another region."
    } else if is("NetworkSecurityPerimeterNotEmpty") || is("NspProfileInUse") {
        "Dissociate the resources and delete the links that stand in the way, or force the deletion."
    } else if is("AnotherOperationInProgress") || is("RetryableErrorDueToAnotherOperation") {
        "Azure is still working on an earlier change of the same resource; wait and try again."
    } else if is("QuotaExceeded") || code.to_ascii_lowercase().contains("limit") {
        "A limit is reached: a subscription takes 100 perimeters, a profile 200 rule elements for each direction, a perimeter 1,000 resources."
    } else if is("SubscriptionNotFound") || is("InvalidSubscriptionId") {
        "The identity cannot see this subscription; check the tenant with `az account list`."
    } else if is(super::error::CLAIMS) {
        "Conditional access asks for a fresh sign-in: `az logout`, then `az login`."
    } else if is("InvalidAuthenticationTokenTenant") {
        "The token is for another tenant; sign in with `--tenant`."
    } else if is("InvalidAuthenticationTokenAudience") {
        "The token is for another cloud or service; check `--cloud` and the endpoints."
    } else if is("NoRegisteredProviderFound") || is("InvalidApiVersionParameter") {
        "This api-version is not served here; choose another with `--api-version`."
    } else {
        return None;
    };
    Some(text.to_owned())
}

/// An action on a linked resource is missing: name the three that an association or rule needs.
fn linked(message: &str) -> &'static str {
    let has = |word: &str| message.to_ascii_lowercase().contains(word);
    if has("joinperimeterrule/action") {
        "You need joinPerimeterRule/action on each subscription that the rule names."
    } else if has("joinperimeter/action") {
        "You need joinPerimeter/action on the PaaS resource; its owner must grant it."
    } else if has("profiles/join/action") {
        "You need profiles/join/action on the profile."
    } else if has("linkperimeter/action") {
        "You need linkPerimeter/action on the other perimeter."
    } else {
        "You need rights on the linked resource too: joinPerimeter/action on it, profiles/join/action on the profile."
    }
}
