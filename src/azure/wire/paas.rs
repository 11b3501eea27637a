//! Bodies of PaaS resources and role assignments: where each provider keeps `publicNetworkAccess`, and
//! what a PATCH or PUT of it looks like.

use serde::Deserialize;
use serde_json::json;

use super::lenient::id;
use super::object::RawObject;
use super::{BadBody, Text, Wire, null_default, shape};
use crate::domain::{ArmId, Grant, PublicAccess, RawBody, role::RoleAssignment};

/// How a provider takes a new `publicNetworkAccess`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::azure) enum AccessForm {
    /// PATCH of `properties.publicNetworkAccess`.
    Patch,
    /// The same, its words with a small first letter (Search).
    PatchSmall,
    /// PATCH of the two properties that a Log Analytics workspace has.
    PatchWorkspace,
    /// PUT of the whole: the model of its PATCH has no such property (Service Bus).
    Put,
    /// PUT of the whole, in `networkAcls`: its PATCH takes tags and identity only (data collection endpoints).
    PutAcls,
}

/// By the documents of the api-versions in `resources.rs`.
pub(in crate::azure) fn access_form(kind: &str) -> AccessForm {
    let is = |name: &str| kind.eq_ignore_ascii_case(name);
    if is("Microsoft.Search/searchServices") {
        AccessForm::PatchSmall
    } else if is("Microsoft.OperationalInsights/workspaces") {
        AccessForm::PatchWorkspace
    } else if is("Microsoft.ServiceBus/namespaces") {
        AccessForm::Put
    } else if is("Microsoft.Insights/dataCollectionEndpoints") {
        AccessForm::PutAcls
    } else {
        AccessForm::Patch
    }
}

/// The body that sets `access`; a PUT carries all that `now` says and a client may set.
pub(in crate::azure) fn access(
    form: AccessForm,
    now: &RawBody,
    access: &PublicAccess,
) -> serde_json::Result<String> {
    let word = access.wire();
    Ok(match form {
        AccessForm::Patch => json!({"properties": {"publicNetworkAccess": word}}).to_string(),
        AccessForm::PatchSmall => json!({"properties": {"publicNetworkAccess": small(word)}}).to_string(),
        AccessForm::PatchWorkspace => json!({"properties": {
            "publicNetworkAccessForIngestion": word, "publicNetworkAccessForQuery": word
        }})
        .to_string(),
        AccessForm::Put => whole(now, |properties| properties.set("publicNetworkAccess", &word))?,
        AccessForm::PutAcls => whole(now, |properties| {
            let mut acls = properties.object("networkAcls");
            acls.set("publicNetworkAccess", &word)?;
            properties.set("networkAcls", &acls)
        })?,
    })
}

fn small(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// What only the services set, by the read-only marks of both PUT models.
const COMPUTED: [&str; 11] = [
    "provisioningState",
    "status",
    "createdAt",
    "updatedAt",
    "serviceBusEndpoint",
    "metricId",
    "immutableId",
    "privateLinkScopedResources",
    "failoverConfiguration",
    "metadata",
    "metricsIngestion",
];

fn whole(
    now: &RawBody,
    change: impl FnOnce(&mut RawObject) -> serde_json::Result<()>,
) -> serde_json::Result<String> {
    let mut body = RawObject::parse(now.json())?;
    body.remove(&["id", "name", "type", "systemData", "etag"]);
    let mut identity = body.object("identity");
    if identity.get("type").is_some() {
        identity.remove(&["principalId", "tenantId"]);
        body.set("identity", &identity)?;
    }
    let mut properties = body.object("properties");
    properties.remove(&COMPUTED);
    change(&mut properties)?;
    body.set("properties", &properties)?;
    serde_json::to_string(&body)
}

/// The body of a PATCH that sets `identity.type`, naming the user-assigned identities that are there:
/// one that is not named might be taken off.
pub(in crate::azure) fn identity(now: &RawBody, kinds: &str) -> serde_json::Result<String> {
    let users = RawObject::parse(now.json())?.object("identity").object("userAssignedIdentities");
    let mut kept = RawObject::default();
    for id in users.names() {
        kept.set(id, &json!({}))?;
    }
    let mut identity = RawObject::default();
    identity.set("type", &kinds)?;
    if kept.names().next().is_some() {
        identity.set("userAssignedIdentities", &kept)?;
    }
    Ok(json!({"identity": identity}).to_string())
}

/// The body of a PUT of a role assignment. The type is said because a new identity may not have
/// reached the directory yet: without it the service looks there, and finds nobody.
pub(in crate::azure) fn grant(grant: &Grant) -> String {
    let subscription = grant.scope.subscription().unwrap_or_default();
    let definition = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}",
        grant.role.guid
    );
    json!({"properties": {
        "roleDefinitionId": definition, "principalId": grant.principal, "principalType": "ServicePrincipal"
    }})
    .to_string()
}

#[derive(Deserialize)]
struct AssignmentBody {
    #[serde(deserialize_with = "id")]
    id: ArmId,
    #[serde(default, deserialize_with = "null_default")]
    properties: AssignmentProperties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AssignmentProperties {
    role_definition_id: Text,
    principal_id: Text,
    scope: Text,
    condition: Text,
}

impl Wire for RoleAssignment {
    const NOUN: &'static str = "role assignment";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let AssignmentBody { id, properties: p } = shape(json)?;
        let definition = p.role_definition_id.0;
        Ok(Self {
            role: definition.rsplit('/').next().unwrap_or_default().to_ascii_lowercase(),
            id,
            scope: p.scope.0,
            principal: p.principal_id.0,
            conditional: !p.condition.0.is_empty(),
            raw: RawBody::new(json),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_is_asked_in_its_own_form() {
        let now = RawBody::new(
            r#"{"id":"/x","name":"n","type":"t","sku":{"name":"Premium"},"location":"l","identity":{"type":"SystemAssigned","principalId":"p","tenantId":"t"},"properties":{"status":"Active","serviceBusEndpoint":"e","zoneRedundant":true,"publicNetworkAccess":"Enabled"}}"#,
        );
        let ask = |kind: &str| access(access_form(kind), &now, &PublicAccess::SecuredByPerimeter).unwrap();
        assert_eq!(
            ask("Microsoft.Storage/storageAccounts"),
            r#"{"properties":{"publicNetworkAccess":"SecuredByPerimeter"}}"#
        );
        assert_eq!(
            ask("microsoft.search/searchservices"),
            r#"{"properties":{"publicNetworkAccess":"securedByPerimeter"}}"#
        );
        assert_eq!(
            ask("Microsoft.ServiceBus/namespaces"),
            r#"{"sku":{"name":"Premium"},"location":"l","identity":{"type":"SystemAssigned"},"properties":{"zoneRedundant":true,"publicNetworkAccess":"SecuredByPerimeter"}}"#
        );
        assert!(ask("Microsoft.OperationalInsights/workspaces").contains("ForQuery"));
        assert!(
            ask("Microsoft.Insights/dataCollectionEndpoints")
                .ends_with(r#""networkAcls":{"publicNetworkAccess":"SecuredByPerimeter"}}}"#)
        );
    }

    #[test]
    fn user_assigned_identities_are_named_again() {
        let now = RawBody::new(
            r#"{"identity":{"type":"UserAssigned","userAssignedIdentities":{"/a/b":{"clientId":"c","principalId":"p"}}}}"#,
        );
        assert_eq!(
            identity(&now, "SystemAssigned, UserAssigned").unwrap(),
            r#"{"identity":{"type":"SystemAssigned, UserAssigned","userAssignedIdentities":{"/a/b":{}}}}"#
        );
        assert_eq!(
            identity(&RawBody::new("{}"), "SystemAssigned").unwrap(),
            r#"{"identity":{"type":"SystemAssigned"}}"#
        );
    }
}
