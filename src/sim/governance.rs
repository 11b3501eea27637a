//! What stands above resources: Azure Policy assignments that look at `publicNetworkAccess`, and locks.
//! The error bodies are ARM's; their messages follow what Resource Manager is known to say.

use serde::Deserialize;
use serde_json::json;

use super::body;
use super::http::{Answer, Method, Request};
use super::world::World;

/// All of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Governance {
    /// Policy assignments.
    pub policies: Vec<Policy>,
    /// Locks.
    pub locks: Vec<Lock>,
    /// Policy assignments that forbid writes of any other kind.
    pub bans: Vec<Ban>,
    /// Rights on linked resources that the caller lacks.
    pub lacks: Vec<Lack>,
}

/// A policy assignment that forbids a write by its type and a word in its body.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ban {
    /// Its name.
    pub name: String,
    /// Where it is assigned.
    pub scope: String,
    /// The full type that it looks at.
    pub kind: String,
    /// What the body must hold for it to be forbidden; all bodies when empty.
    #[serde(default)]
    pub word: String,
}

/// A right that the caller does not have on a linked resource and all below it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lack {
    /// Where it is lacking.
    pub scope: String,
    /// The end of the action, such as `joinPerimeter/action`.
    pub action: String,
}

/// What a policy does with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyEffect {
    /// The property is rewritten before the provider sees it.
    Modify,
    /// A write that asks for something else is refused.
    Deny,
}

/// A policy assignment about `publicNetworkAccess`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Where it is assigned.
    pub scope: String,
    /// What it does.
    pub effect: PolicyEffect,
    /// The only type that it looks at; every type when empty.
    #[serde(default)]
    pub kind: String,
    /// The values that may stay; the first is what `modify` writes.
    pub allowed: Vec<String>,
}

/// A management lock.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lock {
    /// What is locked, with all below it.
    pub scope: String,
    /// Nothing may be written either (`ReadOnly`), else only not deleted (`CanNotDelete`).
    #[serde(default)]
    pub read_only: bool,
}

/// `id` is `scope` or lies below it.
pub fn within(id: &str, scope: &str) -> bool {
    let (id, scope) = (id.to_lowercase(), scope.trim_end_matches('/').to_lowercase());
    id.strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Refuses a write below a lock.
pub fn unlocked(governance: &Governance, request: &Request) -> Result<(), Answer> {
    let (deletes, word) = match request.method {
        Method::Delete => (true, "delete"),
        Method::Put | Method::Patch | Method::Post => (false, "write"),
        Method::Get | Method::Other => return Ok(()),
    };
    let path = request.path();
    let stands = |lock: &&Lock| (lock.read_only || deletes) && within(&path, &lock.scope);
    match governance.locks.iter().find(stands) {
        None => Ok(()),
        Some(lock) => Err(Answer::error(
            409,
            "ScopeLocked",
            format!(
                "The scope '{path}' cannot perform {word} operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
                lock.scope
            ),
        )),
    }
}

/// Refuses a write that a policy forbids.
pub fn allowed(governance: &Governance, request: &Request) -> Result<(), Answer> {
    if !matches!(request.method, Method::Put | Method::Patch) || governance.bans.is_empty() {
        return Ok(());
    }
    let (path, text) = (request.path(), String::from_utf8_lossy(&request.body));
    let kind = body::kind(&path);
    let forbids = |ban: &&Ban| {
        within(&path, &ban.scope) && ban.kind.eq_ignore_ascii_case(&kind) && text.contains(&ban.word)
    };
    governance.bans.iter().find(forbids).map_or(Ok(()), |ban| Err(denied(&ban.name, &ban.scope, &path)))
}

/// Refuses to link to a resource on which the caller lacks the right for it. `asked` is what the caller may do,
/// and where: the message says both, as Resource Manager's does.
pub fn linked(world: &World, asked: (&str, &str), action: &str, linked: &str) -> Result<(), Answer> {
    let end = |lack: &&Lack| action.to_lowercase().ends_with(&lack.action.to_lowercase());
    let lacks = |lack: &&Lack| end(lack) && within(linked, &lack.scope);
    if !world.tenant.governance.lacks.iter().any(|lack| lacks(&lack)) {
        return Ok(());
    }
    let (caller, (may, at)) = (&world.tenant.caller, asked);
    let message = format!(
        "The client '{caller}' with object id '5f0c9a7e-3d1b-4c55-9a0e-7b6d2f1c8e44' has permission to perform action '{may}' on scope '{at}'; however, it does not have permission to perform action(s) '{action}' on the linked scope(s) '{linked}' (respectively) or the linked scope(s) are invalid."
    );
    Err(Answer::error(403, "LinkedAuthorizationFailed", message))
}

/// Lets the policies look at the value that a write asks for: gives what they make of it.
pub fn governed(governance: &Governance, id: &str, asked: &str) -> Result<String, Answer> {
    let kind = body::kind(id);
    let looks = |policy: &&Policy| {
        within(id, &policy.scope)
            && (policy.kind.is_empty() || policy.kind.eq_ignore_ascii_case(&kind))
            && !policy.allowed.iter().any(|value| value.eq_ignore_ascii_case(asked))
    };
    let mut found: Vec<&Policy> = governance.policies.iter().filter(looks).collect();
    // `modify` comes before `deny`, as in Azure.
    found.sort_by_key(|policy| policy.effect == PolicyEffect::Deny);
    match found.first() {
        None => Ok(asked.to_owned()),
        Some(policy) if policy.effect == PolicyEffect::Modify => {
            Ok(policy.allowed.first().cloned().unwrap_or_else(|| asked.to_owned()))
        }
        Some(policy) => Err(denied(&policy.name, &policy.scope, id)),
    }
}

fn denied(name: &str, scope: &str, id: &str) -> Answer {
    let assignment = format!("{scope}/providers/Microsoft.Authorization/policyAssignments/{name}");
    let definition = format!("/providers/Microsoft.Authorization/policyDefinitions/{name}");
    let identifiers = json!([{
        "policyAssignment": {"name": name, "id": assignment},
        "policyDefinition": {"name": name, "id": definition},
    }]);
    let message = format!(
        "Resource '{}' was disallowed by policy. Policy identifiers: '{identifiers}'.",
        body::name(id)
    );
    let error = json!({"code": "RequestDisallowedByPolicy", "target": body::name(id), "message": message});
    Answer::json(403, &json!({ "error": error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";

    fn policy(effect: PolicyEffect, kind: &str, allowed: &[&str]) -> Policy {
        Policy {
            name: "p".into(),
            scope: "/subscriptions/S".into(),
            effect,
            kind: kind.into(),
            allowed: allowed.iter().map(|v| (*v).to_owned()).collect(),
        }
    }

    #[test]
    fn policies_rewrite_before_they_deny() {
        let both = Governance {
            policies: vec![
                policy(PolicyEffect::Deny, "", &["Disabled"]),
                policy(PolicyEffect::Modify, "", &["SecuredByPerimeter", "Disabled"]),
            ],
            ..Governance::default()
        };
        assert_eq!(governed(&both, ID, "Enabled").unwrap(), "SecuredByPerimeter");
        assert_eq!(governed(&both, ID, "disabled").unwrap(), "disabled");
        let other = Governance {
            policies: vec![policy(PolicyEffect::Deny, "Microsoft.KeyVault/vaults", &["Disabled"])],
            ..Governance::default()
        };
        assert_eq!(governed(&other, ID, "Enabled").unwrap(), "Enabled");
        let deny = Governance {
            policies: vec![policy(PolicyEffect::Deny, "", &["Disabled"])],
            ..Governance::default()
        };
        assert_eq!(governed(&deny, ID, "Enabled").unwrap_err().status, 403);
    }

    #[test]
    fn locks_hold_for_what_they_are_for() {
        let locked = |read_only| Governance {
            locks: vec![Lock { scope: "/subscriptions/s/resourceGroups/g".into(), read_only }],
            ..Governance::default()
        };
        let ask = |method, read_only| {
            unlocked(&locked(read_only), &Request::new(method, ID, vec![], vec![])).is_ok()
        };
        assert!(ask(Method::Patch, false) && !ask(Method::Delete, false));
        assert!(!ask(Method::Patch, true) && ask(Method::Get, true));
        assert!(!within("/subscriptions/ss", "/subscriptions/s"));
    }
}
