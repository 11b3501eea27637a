//! Role assignments (Azure RBAC): who may do what where, and whether an identity has the role that it
//! needs. No requests.

use uuid::Uuid;

use super::{ArmId, RawBody};

/// A built-in role that this program deals with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Guid of its definition; the same in every tenant.
    pub guid: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// Read, write and delete blobs. Source: "Azure built-in roles for Storage".
pub const BLOB_CONTRIBUTOR: Role =
    Role { guid: "ba92f5b4-2d11-453d-a403-e96b0029c9fe", name: "Storage Blob Data Contributor" };
/// All that and ownership: who has it needs no other.
pub const BLOB_OWNER: Role =
    Role { guid: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", name: "Storage Blob Data Owner" };

/// Names of the assignments that this program makes are derived from this.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b0d_8a5e_3f0c_4f5e_9d57_1c1e_52a7_9e42);

/// One role assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAssignment {
    /// Its id, which may lie at the root or at a management group.
    pub id: ArmId,
    /// Where it holds: an id, or `/` for everything.
    pub scope: String,
    /// Guid of the role definition, in lower case.
    pub role: String,
    /// Object id of who has the role.
    pub principal: String,
    /// A condition narrows it.
    pub conditional: bool,
    /// As last read.
    pub raw: RawBody,
}

/// What role assignments mean for one scope, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Assigned on the very thing.
    Here(Role),
    /// Assigned further up, which reaches down to here.
    Above(Role, String),
    /// Assigned here or above, under a condition that is not judged.
    Conditional(Role, String),
    /// Assigned on a part of it only, such as one container.
    PartOnly(Role, String),
    /// Not assigned.
    No,
}

impl Held {
    /// The role reaches all of the scope without a condition.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Here(_) | Self::Above(..) => true,
            Self::Conditional(..) | Self::PartOnly(..) | Self::No => false,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Here(_) => 0,
            Self::Above(..) => 1,
            Self::Conditional(..) => 2,
            Self::PartOnly(..) => 3,
            Self::No => 4,
        }
    }
}

/// Whether `principal` may write blobs within `scope`, by these assignments.
pub fn held(assignments: &[RoleAssignment], principal: &str, scope: &ArmId) -> Held {
    let roles = [BLOB_CONTRIBUTOR, BLOB_OWNER];
    let of = |one: &RoleAssignment| {
        let role = roles.into_iter().find(|role| role.guid.eq_ignore_ascii_case(&one.role))?;
        if !one.principal.eq_ignore_ascii_case(principal) {
            return None;
        }
        let there = ArmId::parse(&one.scope).ok();
        Some(match there {
            Some(there) if there != *scope && there.is_within(scope) => {
                Held::PartOnly(role, one.scope.clone())
            }
            // Only what lies within a scope is asked for, so a scope of another tree cannot be here;
            // management groups and the root are above every subscription.
            Some(there) if there.subscription().is_some() && !scope.is_within(&there) => return None,
            _ if one.conditional => Held::Conditional(role, one.scope.clone()),
            Some(there) if there == *scope => Held::Here(role),
            _ => Held::Above(role, one.scope.clone()),
        })
    };
    assignments.iter().filter_map(of).min_by_key(Held::rank).unwrap_or(Held::No)
}

/// A scope in words: "subscription 3f8e…", "resource group rg", "management group mg".
pub fn scope_words(scope: &str) -> String {
    let Ok(id) = ArmId::parse(scope) else { return "everything (root)".to_owned() };
    let kind = id.resource_type().unwrap_or_default();
    match (id.subscription(), id.resource_group()) {
        (Some(_), Some(group)) if kind.is_empty() => format!("resource group {group}"),
        (Some(guid), None) if kind.is_empty() => format!("subscription {guid}"),
        _ if kind.eq_ignore_ascii_case("Microsoft.Management/managementGroups") => {
            format!("management group {}", id.name())
        }
        _ => id.name().to_owned(),
    }
}

/// The name of the assignment of `role` to `principal` at `scope`: the same each time, so that a write
/// that is repeated cannot make a second one.
pub fn assignment_name(scope: &ArmId, principal: &str, role: Role) -> String {
    let text = format!("{scope}|{principal}|{}", role.guid).to_ascii_lowercase();
    Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st";

    fn assignment(scope: &str, role: Role, conditional: bool) -> RoleAssignment {
        RoleAssignment {
            id: ArmId::parse("/providers/Microsoft.Authorization/roleAssignments/x").unwrap(),
            scope: scope.to_owned(),
            role: role.guid.to_owned(),
            principal: "P1".to_owned(),
            conditional,
            raw: RawBody::new("{}"),
        }
    }

    #[test]
    fn inherited_roles_count_and_parts_do_not() {
        let account = ArmId::parse(ACCOUNT).unwrap();
        let ask = |all: &[RoleAssignment]| held(all, "p1", &account);
        let (role, part) = (BLOB_CONTRIBUTOR, format!("{ACCOUNT}/blobServices/default/containers/c"));
        assert_eq!(ask(&[]), Held::No);
        assert_eq!(ask(&[assignment(&part, role, false)]), Held::PartOnly(role, part.clone()));
        for above in ["/", "/providers/Microsoft.Management/managementGroups/m", "/subscriptions/S"] {
            assert_eq!(ask(&[assignment(above, role, false)]), Held::Above(role, above.to_owned()));
        }
        let all = [assignment(&part, role, false), assignment(&ACCOUNT.to_uppercase(), BLOB_OWNER, false)];
        assert_eq!(ask(&all), Held::Here(BLOB_OWNER));
        let group = "/subscriptions/s/resourceGroups/g";
        assert_eq!(ask(&[assignment(group, role, true)]), Held::Conditional(role, group.to_owned()));
        assert_eq!(ask(&[assignment("/subscriptions/other", role, false)]), Held::No);
        let reader = Role { guid: "acdd72a7-3385-48ef-bd42-f606fba81ae7", name: "Reader" };
        assert_eq!(ask(&[assignment(group, reader, false)]), Held::No);
        assert_eq!(held(&[assignment(group, role, false)], "p2", &account), Held::No);
    }

    #[test]
    fn the_same_assignment_has_the_same_name() {
        let name = |scope: &str| assignment_name(&ArmId::parse(scope).unwrap(), "P", BLOB_CONTRIBUTOR);
        assert_eq!(name(ACCOUNT), name(&ACCOUNT.to_uppercase()));
        assert_ne!(name(ACCOUNT), name("/subscriptions/s"));
        assert_eq!(Uuid::parse_str(&name(ACCOUNT)).unwrap().get_version_num(), 5);
    }

    #[test]
    fn scopes_in_words() {
        for (scope, words) in [
            ("/", "everything (root)"),
            ("/subscriptions/s", "subscription s"),
            ("/subscriptions/s/resourceGroups/g", "resource group g"),
            ("/providers/Microsoft.Management/managementGroups/m", "management group m"),
            (ACCOUNT, "st"),
        ] {
            assert_eq!(scope_words(scope), words);
        }
    }
}
