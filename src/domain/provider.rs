//! What the API of each resource type takes: the words of `publicNetworkAccess`, and whether a
//! system-assigned identity can be switched on. Facts of the published documents; no requests.

use super::PublicAccess;

/// What one type takes.
#[derive(Debug)]
struct Api {
    /// The full type.
    kind: &'static str,
    /// The words that its API has for `publicNetworkAccess`.
    access: &'static [PublicAccess],
    /// How its API can switch on a system-assigned identity.
    identity: SystemIdentity,
}

/// How an API takes a system-assigned identity in a PATCH of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemIdentity {
    /// Not at all.
    Never,
    /// Only where there are no user-assigned ones.
    Alone,
    /// Beside user-assigned ones; the provider's spelling of both.
    Beside(&'static str),
}

const ENABLED: PublicAccess = PublicAccess::Enabled;
const DISABLED: PublicAccess = PublicAccess::Disabled;
const TWO: &[PublicAccess] = &[ENABLED, DISABLED];
const THREE: &[PublicAccess] = &[ENABLED, DISABLED, PublicAccess::SecuredByPerimeter];

/// Two spellings are in use.
const SPACED: SystemIdentity = SystemIdentity::Beside("SystemAssigned, UserAssigned");
const CLOSE: SystemIdentity = SystemIdentity::Beside("SystemAssigned,UserAssigned");

const fn api(kind: &'static str, access: &'static [PublicAccess], identity: SystemIdentity) -> Api {
    Api { kind, access, identity }
}

/// By the documents of the api-versions that this program writes with, and the models that
/// Microsoft's SDKs generate from them. Cognitive Services and Key Vault have no
/// `SecuredByPerimeter` in any version (API.md, sections 6 and 8.2).
static APIS: [Api; 15] = [
    api("Microsoft.CognitiveServices/accounts", TWO, SPACED),
    api("Microsoft.KeyVault/vaults", TWO, SystemIdentity::Never),
    api("Microsoft.Storage/storageAccounts", THREE, CLOSE),
    api("Microsoft.Search/searchServices", THREE, SPACED),
    api("Microsoft.Sql/servers", THREE, CLOSE),
    api("Microsoft.DocumentDB/databaseAccounts", THREE, CLOSE),
    api("Microsoft.EventHub/namespaces", THREE, SPACED),
    api("Microsoft.ServiceBus/namespaces", THREE, SPACED),
    api("Microsoft.EventGrid/topics", TWO, SPACED),
    api("Microsoft.EventGrid/domains", TWO, SPACED),
    api("Microsoft.OperationalInsights/workspaces", THREE, SystemIdentity::Alone),
    api("Microsoft.Insights/dataCollectionEndpoints", THREE, CLOSE),
    api("Microsoft.AppConfiguration/configurationStores", TWO, SPACED),
    api("Microsoft.Batch/batchAccounts", THREE, SystemIdentity::Alone),
    api("Microsoft.ContainerRegistry/registries", TWO, SPACED),
];

fn of(kind: &str) -> Option<&'static Api> {
    APIS.iter().find(|api| api.kind.eq_ignore_ascii_case(kind))
}

/// The words that a type's API has for `publicNetworkAccess`; none where it has no such property, or
/// where this program does not know the type.
pub fn access_words(kind: &str) -> &'static [PublicAccess] {
    of(kind).map_or(&[], |api| api.access)
}

/// How a type's API takes a system-assigned identity.
pub fn system_identity(kind: &str) -> SystemIdentity {
    of(kind).map_or(SystemIdentity::Never, |api| api.identity)
}

/// What `identity.type` becomes when a system-assigned identity joins what is there.
///
/// # Errors
/// Why that cannot be.
pub fn with_system_identity(kind: &str, now: Option<&str>) -> Result<&'static str, String> {
    let users = now
        .is_some_and(|words| words.split(',').any(|word| word.trim().eq_ignore_ascii_case("UserAssigned")));
    match (system_identity(kind), users) {
        (SystemIdentity::Never, _) => Err(format!("{kind} takes no system-assigned identity here")),
        (SystemIdentity::Alone, true) => {
            Err(format!("{kind} has user-assigned identities, and takes no other beside them"))
        }
        (SystemIdentity::Alone | SystemIdentity::Beside(_), false) => Ok("SystemAssigned"),
        (SystemIdentity::Beside(both), true) => Ok(both),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secured_by_perimeter_only_where_the_enum_has_it() {
        let has = |kind: &str| access_words(kind).contains(&PublicAccess::SecuredByPerimeter);
        assert!(!has("Microsoft.CognitiveServices/accounts") && !has("microsoft.keyvault/vaults"));
        assert!(has("microsoft.storage/STORAGEACCOUNTS") && has("Microsoft.Sql/servers"));
        assert!(access_words("Microsoft.Insights/actionGroups").is_empty());
    }

    #[test]
    fn user_assigned_identities_stay() {
        let account = "Microsoft.CognitiveServices/accounts";
        assert_eq!(with_system_identity(account, None).unwrap(), "SystemAssigned");
        assert_eq!(
            with_system_identity(account, Some("UserAssigned")).unwrap(),
            "SystemAssigned, UserAssigned"
        );
        let storage = "Microsoft.Storage/storageAccounts";
        assert_eq!(
            with_system_identity(storage, Some("userassigned")).unwrap(),
            "SystemAssigned,UserAssigned"
        );
        assert!(with_system_identity("Microsoft.Batch/batchAccounts", Some("UserAssigned")).is_err());
        assert!(with_system_identity("Microsoft.KeyVault/vaults", None).is_err());
    }
}
