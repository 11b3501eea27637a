//! What the checks say of resources of several kinds, and of what was not read.

use super::*;
use crate::domain::{AccessMode, PublicAccess, RawBody, Settings};

fn id(kind: &str, name: &str) -> ArmId {
    ArmId::parse(&format!("/subscriptions/s/resourceGroups/g/providers/{kind}/{name}")).unwrap()
}

fn association(resource: &ArmId, mode: AccessMode) -> Association {
    Association {
        id: id("Microsoft.Network/networkSecurityPerimeters/n/resourceAssociations", "a"),
        resource: Some(resource.clone()),
        profile: None,
        mode,
        state: Some(ProvisioningState::Succeeded),
        issues: Issues::No,
        modified: None,
        raw: RawBody::new("{}"),
    }
}

fn resource(id: &ArmId, kind: &str, settings: &[(&str, &str)]) -> Resource {
    let leaves = settings.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    Resource {
        id: id.clone(),
        kind: kind.to_owned(),
        location: "westeurope".to_owned(),
        public_access: Some(PublicAccess::Enabled),
        identity: Some("SystemAssigned".to_owned()),
        principal: Some("p".to_owned()),
        settings: Settings::new(leaves),
        raw: RawBody::new("{}"),
    }
}

fn known<'a>(association: &'a Association, resource: &'a Resource, members: Vec<&'a ArmId>) -> Known<'a> {
    Known {
        association,
        resource: Reading::Known(resource),
        prerequisites: Signal::Ok,
        differences: Reading::Known(0),
        destinations: Reading::Known(Vec::new()),
        members,
        roles: Vec::new(),
    }
}

fn signal(all: &[Check], key: &str) -> Option<Signal> {
    all.iter().find(|c| c.key == key).map(|c| c.signal)
}

const OPENAI: &str = "Microsoft.CognitiveServices/accounts";
const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const VAULT: &str = "Microsoft.KeyVault/vaults";

#[test]
fn only_what_applies_is_listed_and_each_line_says_why() {
    let account = id(OPENAI, "aoai");
    let (a, r) = (association(&account, AccessMode::Learning), resource(&account, "OpenAI", &[]));
    let all = checks(&known(&a, &r, vec![&account]));
    assert!(all.iter().all(|c| !c.why.is_empty() || c.found.is_empty()), "{all:#?}");
    let mut keys: Vec<&str> = all.iter().map(|c| c.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all.len(), "keys are unique");
    assert_eq!(signal(&all, "finetune"), Some(Signal::Warn));
    assert_eq!(signal(&all, "logging"), Some(Signal::Todo));
    for absent in ["cmk", "protocols", "pools", "trusted", "endpoints"] {
        assert_eq!(signal(&all, absent), None, "{absent}");
    }
    let foundry = resource(&account, "AIServices", &[]);
    let all = checks(&known(&a, &foundry, vec![&account]));
    assert_eq!((signal(&all, "finetune"), signal(&all, "preview")), (None, None));
}

#[test]
fn what_was_not_read_is_unknown_or_waiting_and_never_ok() {
    let account = id(STORAGE, "st");
    let (a, r) = (association(&account, AccessMode::Learning), resource(&account, "StorageV2", &[]));
    let mut seen = known(&a, &r, vec![]);
    seen.resource = Reading::Unknown("Not allowed to read resource st".to_owned());
    seen.differences = Reading::Waiting;
    seen.destinations = Reading::Unknown("no".to_owned());
    seen.prerequisites = Signal::Unknown;
    let all = checks(&seen);
    assert!(all.iter().all(|c| c.key == "association" || c.signal != Signal::Ok), "{all:#?}");
    assert_eq!(signal(&all, "resource"), Some(Signal::Unknown));
    let all = checks(&known(&a, &r, vec![]));
    assert_eq!(signal(&all, "replication"), Some(Signal::Unknown));
}

#[test]
fn protocols_that_pass_by_the_firewall_end_with_enforced() {
    let account = id(STORAGE, "st");
    let r = resource(&account, "StorageV2", &[("properties.isSftpEnabled", "true")]);
    for (mode, wanted) in [(AccessMode::Learning, Signal::Warn), (AccessMode::Enforced, Signal::Bad)] {
        let a = association(&account, mode);
        assert_eq!(signal(&checks(&known(&a, &r, vec![])), "protocols"), Some(wanted));
    }
    let plain = resource(&account, "StorageV2", &[("properties.isSftpEnabled", "false")]);
    let a = association(&account, AccessMode::Enforced);
    assert_eq!(signal(&checks(&known(&a, &plain, vec![])), "protocols"), None);
}

#[test]
fn the_vault_of_a_key_must_be_in_reach() {
    let (account, vault) = (id(STORAGE, "st"), id(VAULT, "kv-keys"));
    let settings = [
        ("properties.encryption.keySource", "Microsoft.Keyvault"),
        ("properties.encryption.keyvaultproperties.keyvaulturi", "https://kv-keys.vault.azure.net/"),
    ];
    let (a, r) = (association(&account, AccessMode::Learning), resource(&account, "StorageV2", &settings));
    assert_eq!(signal(&checks(&known(&a, &r, vec![&account])), "cmk"), Some(Signal::Warn));
    assert_eq!(signal(&checks(&known(&a, &r, vec![&account, &vault])), "cmk"), Some(Signal::Ok));
}

#[test]
fn roles_are_told_as_far_as_known() {
    let account = id(OPENAI, "aoai");
    let (a, r) = (association(&account, AccessMode::Learning), resource(&account, "OpenAI", &[]));
    let there = |held| vec![RoleThere { account: "st1".to_owned(), held }];
    for (roles, wanted) in [
        (Vec::new(), Signal::Warn),
        (there(Reading::Waiting), Signal::Waiting),
        (there(Reading::Unknown("denied".to_owned())), Signal::Unknown),
        (there(Reading::Known(false)), Signal::Todo),
        (there(Reading::Known(true)), Signal::Ok),
    ] {
        let mut seen = known(&a, &r, vec![&account]);
        seen.roles = roles;
        assert_eq!(signal(&checks(&seen), "role"), Some(wanted));
    }
}

#[test]
fn a_workspace_that_holds_the_perimeters_log_can_lock_us_out() {
    let workspace = id("Microsoft.OperationalInsights/workspaces", "law");
    let (a, r) = (association(&workspace, AccessMode::Learning), resource(&workspace, "", &[]));
    let mut seen = known(&a, &r, vec![&workspace]);
    assert_eq!(signal(&checks(&seen), "lockout"), None);
    seen.destinations = Reading::Known(vec![workspace.clone()]);
    let all = checks(&seen);
    assert_eq!((signal(&all, "lockout"), signal(&all, "logging")), (Some(Signal::Warn), Some(Signal::Warn)));
}
