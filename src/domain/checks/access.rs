//! Checks that look at how a resource is reached, whatever its service: the matrix, identity, keys,
//! customer-managed keys, and the ways past a firewall that perimeters close.

use super::{Check, Known, Reading, Remedy, word};
use crate::domain::matrix::{WayBack, effect, way_back};
use crate::domain::provider::with_system_identity;
use crate::domain::{AccessMode, Resource, Signal};

pub(super) fn checks(known: &Known<'_>, resource: &Resource) -> Vec<Check> {
    let mut out = vec![matrix(known, resource)];
    out.extend(identity(resource));
    out.extend(role(known, resource));
    out.extend(keys(known, resource));
    out.extend(customer_key(known, resource));
    out.extend(trusted_services(known, resource));
    out.extend(service_endpoints(resource));
    out.extend(private_endpoints(resource));
    out
}

fn matrix(known: &Known<'_>, resource: &Resource) -> Check {
    let mode = &known.association.mode;
    let check = |signal, found: String| Check::new("matrix", "mode and public access", signal, found);
    let Some(access) = &resource.public_access else {
        return check(Signal::Unknown, "publicNetworkAccess was not sent".to_owned())
            .why("What the mode means depends on it.");
    };
    let effect = effect(Some(mode), access);
    let cell = format!("{}, in: {}, out: {}", access.wire(), effect.inbound.label(), effect.outbound.label());
    match (mode, way_back(access)) {
        (AccessMode::Audit | AccessMode::Unknown(_), _) | (_, WayBack::Unknown) => check(Signal::Unknown, cell)
            .why("No document explains this mode or this value."),
        (_, WayBack::Full) => check(Signal::Ok, cell)
            .why("Going back from Enforced to Transition would give both directions back.")
            .mend(Remedy::Mode),
        (_, WayBack::OutboundOnly) => check(Signal::Warn, cell)
            .why(
                "Enforcing changes outbound traffic only, and going back to Transition would not give inbound traffic back: publicNetworkAccess is Disabled.",
            )
            .mend(Remedy::PublicAccess),
        (_, WayBack::None) => check(Signal::Warn, cell)
            .why(
                "The mode makes no difference with SecuredByPerimeter: enforcing changes nothing, going back helps nothing, and outside a perimeter it would be locked.",
            )
            .mend(Remedy::PublicAccess),
    }
}

fn identity(resource: &Resource) -> Option<Check> {
    let kind = resource.kind_of_id();
    let why = "Within the perimeter, and by subscription rules, callers are known by their managed identity; without one the resource cannot act as a member.";
    let check = |signal, found: &str| Check::new("identity", "managed identity", signal, found).why(why);
    match &resource.identity {
        Some(kinds) => Some(check(Signal::Ok, kinds)),
        None => match with_system_identity(&kind, None) {
            Ok(_) => Some(check(Signal::Todo, "none").mend(Remedy::Identity)),
            // A type that has none needs none.
            Err(_) => None,
        },
    }
}

fn role(known: &Known<'_>, resource: &Resource) -> Option<Check> {
    if !known.is("Microsoft.CognitiveServices/accounts") {
        return None;
    }
    let check = |signal, found: String| {
        Check::new("role", "role on storage", signal, found)
            .why("Files, batches and fine-tuning data are read and written with the account's identity, which needs Storage Blob Data Contributor there.")
            .mend(Remedy::Identity)
    };
    if !resource.has_system_identity() {
        return Some(check(Signal::Todo, "no identity that could have one".to_owned()));
    }
    if known.roles.is_empty() {
        return Some(
            check(Signal::Warn, "no storage account in this perimeter".to_owned()).mend(Remedy::Associate),
        );
    }
    let mut unknown = None;
    let mut with = Vec::new();
    for there in &known.roles {
        match &there.held {
            Reading::Known(true) => with.push(there.account.as_str()),
            Reading::Known(false) => {}
            Reading::Waiting => return Some(check(Signal::Waiting, String::new())),
            Reading::Unknown(why) => unknown = Some(why.clone()),
        }
    }
    Some(match (with.as_slice(), unknown) {
        ([], Some(why)) => check(Signal::Unknown, why),
        ([], None) => check(Signal::Todo, "none on the storage accounts of this perimeter".to_owned()),
        (names, _) => check(Signal::Ok, format!("on {}", names.join(", "))),
    })
}

fn keys(known: &Known<'_>, resource: &Resource) -> Option<Check> {
    let settings = &resource.settings;
    let storage = known.is("Microsoft.Storage/storageAccounts");
    let path = if storage { "properties.allowSharedKeyAccess" } else { "properties.disableLocalAuth" };
    let local = [
        "Microsoft.CognitiveServices/accounts",
        "Microsoft.Search/searchServices",
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.EventHub/namespaces",
        "Microsoft.ServiceBus/namespaces",
        "Microsoft.EventGrid/topics",
        "Microsoft.EventGrid/domains",
        "Microsoft.AppConfiguration/configurationStores",
    ];
    if !storage && !local.iter().any(|kind| known.is(kind)) {
        return None;
    }
    let said = settings.get(path);
    let closed = said.is_some_and(|value| value.eq_ignore_ascii_case(if storage { "false" } else { "true" }));
    let what = if storage { "keys and SAS" } else { "keys" };
    let why = "Calls with a key or a SAS token carry no identity: rules for subscriptions and membership in the perimeter do not admit them, only address rules do.";
    let (signal, found) = match (closed, said) {
        (true, _) => (Signal::Ok, "identities only"),
        (false, Some(_)) => (Signal::Warn, "calls with keys are possible"),
        (false, None) => (Signal::Warn, "calls with keys are possible (the default)"),
    };
    Some(Check::new("keys", what, signal, found).why(why))
}

/// Where services keep the key's vault: an address, or a key's whole address.
const VAULTS: [&str; 6] = [
    "properties.encryption.keyVaultProperties.keyVaultUri",
    "properties.encryption.keyVaultProperties.0.keyVaultUri",
    "properties.encryption.keyVaultProperties.keyIdentifier",
    "properties.encryptionWithCmk.keyVaultProperties.keyVaultUri",
    "properties.keyVaultKeyUri",
    "properties.keyId",
];

fn customer_key(known: &Known<'_>, resource: &Resource) -> Option<Check> {
    let settings = &resource.settings;
    let source = settings.get("properties.encryption.keySource").unwrap_or_default();
    let vault = settings.first(&VAULTS);
    if vault.is_none() && !source.eq_ignore_ascii_case("Microsoft.KeyVault") {
        return None;
    }
    let host = vault.and_then(|uri| uri.split_once("://")).map_or("", |(_, rest)| rest);
    let name = host.split(['/', '.']).next().unwrap_or_default();
    let inside = known.members_of("Microsoft.KeyVault/vaults").any(|id| id.name().eq_ignore_ascii_case(name));
    let check = |signal, found: String| Check::new("cmk", "customer-managed key", signal, found);
    Some(if known.is("Microsoft.CognitiveServices/accounts") {
        check(Signal::Warn, format!("key in {name}"))
            .why("Microsoft says that customer-managed keys may not behave as expected for accounts in a perimeter.")
    } else if inside {
        check(Signal::Ok, format!("key in {name}, which is in this perimeter"))
            .why("The vault must be reachable from the resource, else its data cannot be decrypted.")
    } else if known.is("Microsoft.AppConfiguration/configurationStores") {
        check(Signal::Bad, format!("key in {name}, not in this perimeter"))
            .why("Azure refuses an association that would cut a store off from the vault of its key.")
            .mend(Remedy::Associate)
    } else {
        check(Signal::Warn, format!("key in {name}, not in this perimeter"))
            .why("The vault must be reachable from the resource: associate it too, or allow its address outbound.")
            .mend(Remedy::Associate)
    })
}

fn trusted_services(known: &Known<'_>, resource: &Resource) -> Option<Check> {
    let bypass =
        resource.settings.first(&["properties.networkAcls.bypass", "properties.networkRuleBypassOptions"])?;
    let other: Vec<&str> =
        ["enabledForDeployment", "enabledForDiskEncryption", "enabledForTemplateDeployment"]
            .into_iter()
            .filter(|name| resource.settings.is_on(&format!("properties.{name}")))
            .collect();
    if !bypass.to_ascii_lowercase().contains("azureservices") && other.is_empty() {
        return None;
    }
    let enforced = known.association.mode == AccessMode::Enforced;
    let found =
        if enforced { "set, and void since Enforced" } else { "lets Azure services in, until Enforced" };
    let check = Check::new("trusted", "trusted services", Signal::Warn, found);
    Some(check.why(
        "The bypass for trusted Azure services ends with Enforced: backups, disk encryption, portal experiences and the like then need rules or membership.",
    ))
}

fn service_endpoints(resource: &Resource) -> Option<Check> {
    let count = resource
        .settings
        .below("properties.networkAcls.virtualNetworkRules")
        .filter(|value| value.to_ascii_lowercase().contains("/subnets/"))
        .count();
    if count == 0 {
        return None;
    }
    let found = format!("{count} subnet{} by service endpoint", if count == 1 { "" } else { "s" });
    let check = Check::new("endpoints", "service endpoints", Signal::Warn, found);
    Some(check.why(
        "Traffic over service endpoints may be denied once enforced, even by a rule for 0.0.0.0/0; private endpoints are not governed at all.",
    ))
}

fn private_endpoints(resource: &Resource) -> Option<Check> {
    let any = resource.settings.below("properties.privateEndpointConnections").next().is_some();
    any.then(|| {
        Check::new("private", "private endpoints", Signal::Ok, format!("{} has private endpoints", word(resource)))
            .why("Traffic over private endpoints is never governed by a perimeter: neither denied nor allowed by it.")
    })
}
