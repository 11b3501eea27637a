//! The form that gives the identity of a resource a role on a storage account: whether it has the role
//! already, here or from above, is looked up while the account is being typed.

use super::super::super::data::Data;
use super::super::super::msg::{Facts, Offer, Slot, Topic};
use super::{Sheet, Suggestion};
use crate::domain::check::{Finding, Level};
use crate::domain::role::{BLOB_CONTRIBUTOR, Held, held, scope_words};
use crate::domain::{ArmId, Change, Grant, Resource, ResourceChange};

/// Label of the field of this form.
pub(super) const ACCOUNT: &str = "Account";
const STORAGE: &str = "Microsoft.Storage/storageAccounts";

/// Storage accounts of the subscriptions in scope, as far as they have been read.
fn accounts(data: &Data) -> Vec<ArmId> {
    let subscriptions = data.subscriptions.rows().iter();
    let ids = subscriptions.filter_map(|s| data.offer(Offer::Resources, &s.id)).flatten();
    let is_storage = |id: &ArmId| id.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case(STORAGE));
    ids.filter_map(|id| ArmId::parse(id).ok()).filter(is_storage).collect()
}

/// What could be typed.
pub(super) fn suggestions(of: &Resource, data: &Data) -> Vec<Suggestion> {
    let mut all = accounts(data);
    // Those beside the resource come first.
    let group = of.id.resource_group();
    all.sort_by_key(|id| id.resource_group() != group);
    let note = |id: &ArmId| {
        let subscription = data.subscription_name(id.subscription().unwrap_or_default());
        format!("{}  {subscription}", id.resource_group().unwrap_or_default())
    };
    all.iter().map(|id| Suggestion { value: id.name().to_owned(), note: note(id) }).collect()
}

/// The account that is typed; names of storage accounts are unique in all of Azure.
fn account(typed: &str, data: &Data) -> Option<ArmId> {
    let named = |id: &ArmId| id.name().eq_ignore_ascii_case(typed);
    let storage = |id: &ArmId| id.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case(STORAGE));
    accounts(data).into_iter().find(named).or_else(|| ArmId::parse(typed).ok().filter(storage))
}

/// What must be read: the accounts there are, and the roles on the one that is typed.
pub(super) fn slots(sheet: &Sheet, of: &Resource, data: &Data) -> Vec<Slot> {
    let subscriptions = data.subscriptions.rows().iter();
    let mut all: Vec<Slot> =
        subscriptions.map(|s| Slot::Offer(Offer::Resources, s.id.as_str().into())).collect();
    if let (Some(account), Some(principal)) = (account(sheet.text(ACCOUNT), data), &of.principal) {
        all.push(Slot::roles(&account, principal));
    }
    all
}

/// The role assignment that the form proposes, and what is to be said about it.
pub(super) fn build(
    sheet: &Sheet,
    of: &Resource,
    data: &Data,
    findings: &mut Vec<Finding>,
) -> Option<Change> {
    let mut say = |level, text: String| findings.push(Finding { level, text });
    let typed = sheet.text(ACCOUNT);
    let Some(account) = account(typed, data) else {
        let text = if typed.is_empty() {
            "the storage account is missing".to_owned()
        } else {
            format!("no storage account {typed} was found; an id is taken too")
        };
        say(Level::Error, text);
        return None;
    };
    let principal = of.principal.as_deref()?;
    let Slot::About(Topic::RoleAssignments, key) = Slot::roles(&account, principal) else { return None };
    let remote = data.facts(Topic::RoleAssignments, &key);
    let known = remote.and_then(|r| r.value()).map(AsRef::as_ref);
    match known {
        Some(Facts::Roles(all)) => match held(all, principal, &account) {
            Held::Here(role) => say(Level::Error, format!("it has {} there already", role.name)),
            Held::Above(role, scope) => {
                let text = format!("it has {} already, from {}", role.name, place(&scope, data));
                say(Level::Error, text);
            }
            Held::Conditional(role, scope) => {
                let place = place(&scope, data);
                say(Level::Warning, format!("it has {} under a condition, from {place}", role.name));
            }
            Held::PartOnly(role, scope) => {
                say(Level::Note, format!("it has {} on {} only", role.name, place(&scope, data)));
            }
            Held::No => {
                say(
                    Level::Note,
                    format!("it has no role for blobs there; {} is assigned", BLOB_CONTRIBUTOR.name),
                );
                say(Level::Note, "roles that it has through groups are not seen".to_owned());
            }
        },
        Some(_) | None if remote.is_some_and(|r| r.failure().is_some()) => {
            say(Level::Warning, "whether it has the role already is not known".to_owned());
        }
        Some(_) | None => say(Level::Note, "the roles on this account are being read".to_owned()),
    }
    let grant = Grant::new(BLOB_CONTRIBUTOR, &of.id, principal, &account)?;
    Some(Change::Resource(Box::new(ResourceChange::Grant(grant))))
}

/// A scope in words, a subscription by its name.
fn place(scope: &str, data: &Data) -> String {
    match ArmId::parse(scope).ok().filter(|id| id.resource_group().is_none()) {
        Some(id) if id.subscription().is_some() => {
            format!("subscription {}", data.subscription_name(id.name()))
        }
        Some(_) | None => scope_words(scope),
    }
}
