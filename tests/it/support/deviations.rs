//! What Azure does beyond its published documents: the only exceptions that the judge allows. A row holds exactly for the
//! calls, the side and the fault it names. Every call under `seen` is met in a recording (a test checks it); those under
//! `alike` are the same service's sibling calls, which were never recorded but are expected to behave the same, or are
//! vouched for by a documentation page. Sections are those of the API reference kept beside the checkout.

use serde_json::{Map, Value, json};

use super::openapi::{Side, Violation};

/// One deviation.
#[derive(Debug)]
pub struct Deviation {
    /// Where the reference records it.
    pub section: &'static str,
    /// As in [`Violation::call`].
    pub seen: &'static [&'static str],
    pub alike: &'static [&'static str],
    pub side: Side,
    /// As in [`Violation::fault`].
    pub fault: &'static str,
    /// The last api-version with it; `None` if the newest recorded one still has it.
    pub until: Option<&'static str>,
}

const PERIMETER: &[&str] = &["GET {nsp}", "PUT {nsp}"];
const PERIMETERS: &[&str] = &["GET {group}/Microsoft.Network/networkSecurityPerimeters"];
const ALL_PERIMETERS: &str = "GET {sub}/Microsoft.Network/networkSecurityPerimeters";
const PROFILE: &[&str] = &["GET {nsp}/profiles/{}", "PUT {nsp}/profiles/{}"];
const RULE: &[&str] = &["GET {nsp}/profiles/{}/accessRules/{}", "PUT {nsp}/profiles/{}/accessRules/{}"];
const LOGGING: &[&str] = &["GET {nsp}/loggingConfigurations/{}", "PUT {nsp}/loggingConfigurations/{}"];
const STATUS: &[&str] =
    &["GET {sub}/Microsoft.Network/locations/{}/networkSecurityPerimeterOperationStatuses/{}"];
const TYPES: &[&str] = &["GET {sub}/Microsoft.Network/locations/{}/perimeterAssociableResourceTypes"];
const PAGED: &[&str] = &[
    "GET {group}/Microsoft.Network/networkSecurityPerimeters",
    "GET {sub}/Microsoft.Network/locations/{}/perimeterAssociableResourceTypes",
];
const PAGED_ALIKE: &[&str] = &[
    ALL_PERIMETERS,
    "GET {nsp}/profiles",
    "GET {nsp}/profiles/{}/accessRules",
    "GET {nsp}/resourceAssociations",
    "GET {nsp}/links",
    "GET {nsp}/linkReferences",
];
const SETTING: &[&str] = &["PUT /{}/providers/Microsoft.Insights/diagnosticSettings/{}"];
const SETTING_ALIKE: &[&str] = &["GET /{}/providers/Microsoft.Insights/diagnosticSettings/{}"];
const SETTING_BOTH: &[&str] = &[
    "PUT /{}/providers/Microsoft.Insights/diagnosticSettings/{}",
    "GET /{}/providers/Microsoft.Insights/diagnosticSettings/{}",
];
const SETTINGS: &[&str] = &["GET /{}/providers/Microsoft.Insights/diagnosticSettings"];
const LOGS: &[&str] = &["POST /v1/workspaces/{}/query"];
const PROVIDER: &[&str] = &["GET {sub}/{}", "POST {sub}/{}/register", "POST {sub}/{}/unregister"];
const PREVIEW: Option<&str> = Some("2023-08-01-preview");

const fn row(
    section: &'static str,
    seen: &'static [&'static str],
    side: Side,
    fault: &'static str,
) -> Deviation {
    Deviation { section, seen, alike: &[], side, fault, until: None }
}

impl Deviation {
    const fn alike(self, alike: &'static [&'static str]) -> Self {
        Self { alike, ..self }
    }

    const fn until(self, until: Option<&'static str>) -> Self {
        Self { until, ..self }
    }
}

use Side::{Answer, Request};

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[
    // Real traffic used logging configurations with a version whose document does not have them yet.
    row("1", LOGGING, Request, "not in this version").until(PREVIEW),
    row("1", &["DELETE {nsp}/loggingConfigurations/{}"], Request, "not in this version").until(PREVIEW),
    row("2.2", &["DELETE {nsp}/resourceAssociations/{}"], Answer, "a body with 202"),
    // The internal envelope in place of the perimeter.
    row("2.2", &["PATCH {nsp}"], Answer, "extra /AuxData").until(PREVIEW),
    row("2.2", &["PATCH {nsp}"], Answer, "extra /Body").until(PREVIEW),
    row("2.2", &["PATCH {nsp}"], Answer, "extra /EnableNsgSchema").until(PREVIEW),
    row("2.2", &["PATCH {nsp}"], Answer, "extra /HttpCode").until(PREVIEW),
    row("2.2", &["PATCH {nsp}"], Answer, "extra /Location").until(PREVIEW),
    row("2.2", &["PATCH {nsp}"], Answer, "extra /Status").until(PREVIEW),
    row("3", STATUS, Request, "query t"),
    row("3", STATUS, Request, "query c"),
    row("3", STATUS, Request, "query s"),
    row("3", STATUS, Request, "query h"),
    row("3", STATUS, Answer, "extra /properties"),
    row("4", PAGED, Request, "query firstIndex").alike(PAGED_ALIKE),
    row("4", PAGED, Request, "query pageSize").alike(PAGED_ALIKE),
    row("4", TYPES, Answer, "extra /type"),
    // Sent by Azure CLI of the time. Profiles are answered with a location, too (5.1), so a PUT may carry it back.
    row("5", &["PUT {nsp}/profiles/{}"], Request, "extra /location"),
    row("5", &["PUT {nsp}/profiles/{}/accessRules/{}"], Request, "extra /location").until(Some("2024-07-01")),
    row(
        "5",
        &["PUT {nsp}/profiles/{}/accessRules/{}"],
        Request,
        "read-only /properties/networkSecurityPerimeters",
    )
    .until(PREVIEW),
    row("5", TYPES, Answer, "extra /value/*/properties/providerNamespace"),
    row("5", TYPES, Answer, "extra /value/*/properties/apiVersion"),
    row("5", TYPES, Answer, "extra /value/*/properties/features"),
    row("5", TYPES, Answer, "extra /value/*/properties/availableControls"),
    row("5.1", PERIMETER, Answer, "extra /etag").alike(&["PATCH {nsp}"]),
    row("5.1", PERIMETERS, Answer, "extra /value/*/etag").alike(&[ALL_PERIMETERS]),
    row("5.1", PROFILE, Answer, "extra /location"),
    row("5.1", &["GET {nsp}/profiles"], Answer, "extra /value/*/location"),
    row("5.1", RULE, Answer, "extra /properties/appliesTo"),
    row("5.1", &["GET {nsp}/profiles/{}/accessRules"], Answer, "extra /value/*/properties/appliesTo"),
    row("5.1", LOGGING, Answer, "extra /properties/destinationType"),
    row("5.1", &[], Answer, "extra /value/*/properties/destinationType")
        .alike(&["GET {nsp}/loggingConfigurations"]),
    // A PUT that replaces a resource carries back what the service said and no document knows; dropping it could undo it.
    row("5.1", &[], Request, "extra /properties/appliesTo").alike(&["PUT {nsp}/profiles/{}/accessRules/{}"]),
    row("5.1", &[], Request, "extra /properties/destinationType")
        .alike(&["PUT {nsp}/loggingConfigurations/{}"]),
    row("9.1", SETTING, Answer, "extra /location").alike(SETTING_ALIKE),
    row("9.1", SETTING, Answer, "extra /kind").alike(SETTING_ALIKE),
    row("9.1", SETTING, Answer, "extra /tags").alike(SETTING_ALIKE),
    row("9.1", SETTING, Answer, "extra /identity").alike(SETTING_ALIKE),
    row("9.1", SETTING, Answer, "null /properties/workspaceId").alike(SETTING_ALIKE),
    row("9.1", &[], Answer, "null /properties/storageAccountId").alike(SETTING_BOTH),
    row("9.1", SETTING, Answer, "null /properties/serviceBusRuleId").alike(SETTING_ALIKE),
    row("9.1", SETTING, Answer, "null /properties/eventHubName").alike(SETTING_ALIKE),
    row("9.1", SETTING, Answer, "null /properties/eventHubAuthorizationRuleId").alike(SETTING_ALIKE),
    row("9.1", SETTING, Answer, "null /properties/logAnalyticsDestinationType").alike(SETTING_ALIKE),
    row("9.1", &[], Answer, "extra /value/*/location").alike(SETTINGS),
    row("9.1", &[], Answer, "extra /value/*/kind").alike(SETTINGS),
    row("9.1", &[], Answer, "extra /value/*/tags").alike(SETTINGS),
    row("9.1", &[], Answer, "extra /value/*/identity").alike(SETTINGS),
    row("9.1", &[], Answer, "null /value/*/properties/workspaceId").alike(SETTINGS),
    row("9.1", &[], Answer, "null /value/*/properties/storageAccountId").alike(SETTINGS),
    row("9.1", &[], Answer, "null /value/*/properties/serviceBusRuleId").alike(SETTINGS),
    row("9.1", &[], Answer, "null /value/*/properties/eventHubName").alike(SETTINGS),
    row("9.1", &[], Answer, "null /value/*/properties/eventHubAuthorizationRuleId").alike(SETTINGS),
    row("9.1", &[], Answer, "null /value/*/properties/logAnalyticsDestinationType").alike(SETTINGS),
    // The document says that every cell is a string; the service types them.
    row("9.4", LOGS, Answer, "value /tables/*/rows/*/*"),
    row("9.4", &[], Answer, "null /tables/*/rows/*/*").alike(LOGS),
    row("9.4", &[], Answer, "extra /error").alike(LOGS),
    row("9.4", &[], Answer, "extra /error/correlationId").alike(LOGS),
    row("9.4", &[], Answer, "extra /statistics").alike(LOGS),
    row("9.4", &[], Answer, "extra /render").alike(LOGS),
    row("9.4", &[], Answer, "no body with 200").alike(LOGS),
    row("9.4", &[], Answer, "status 204").alike(LOGS),
    row("10", PROVIDER, Answer, "extra /authorization"),
];

/// Resources that can be in a perimeter (section 8) and whose own documents are not saved beside the perimeter's part.
const RESOURCES: &[&str] = &[
    "Microsoft.AppConfiguration/configurationStores",
    "Microsoft.Batch/batchAccounts",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.EventGrid/domains",
    "Microsoft.EventGrid/topics",
    "Microsoft.EventHub/namespaces",
    "Microsoft.HybridCompute/privateLinkScopes",
    "Microsoft.Insights/actionGroups",
    "Microsoft.Insights/dataCollectionEndpoints",
    "Microsoft.Insights/scheduledQueryRules",
    "Microsoft.KeyVault/vaults",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Search/searchServices",
    "Microsoft.ServiceBus/namespaces",
    "Microsoft.Sql/servers",
    "Microsoft.Storage/storageAccounts",
];

/// Reading and changing one of them: what Resource Manager puts around every resource is known, its properties are not.
/// Microsoft's SDKs of these services have a PATCH for each; the two that must be put whole take a PUT.
fn resource_paths() -> Map<String, Value> {
    let parameter =
        |name: &str, place: &str| json!({ "name": name, "in": place, "required": true, "type": "string" });
    let parameters = json!([
        parameter("subscriptionId", "path"),
        parameter("resourceGroupName", "path"),
        parameter("name", "path"),
        parameter("api-version", "query"),
    ]);
    let text = json!({ "type": "string" });
    let schema = json!({
        "type": "object",
        "required": ["id", "name", "type", "properties"],
        "properties": { "id": text, "name": text, "type": text, "location": text, "properties": { "type": "object" } },
        "additionalProperties": true,
    });
    let get =
        json!({ "parameters": parameters, "responses": { "200": { "schema": schema }, "default": {} } });
    let object = json!({ "type": "object" });
    let changing = |required: &[&str], extra: &[&str]| {
        let mut body = json!({ "identity": object, "properties": object, "tags": object, "sku": object });
        for name in extra {
            body[*name] = text.clone();
        }
        let schema = json!({ "type": "object", "required": required, "properties": body });
        let mut parameters = parameters.clone();
        parameters
            .as_array_mut()
            .unwrap()
            .push(json!({ "name": "parameters", "in": "body", "required": true, "schema": schema }));
        let answered = json!({ "schema": get["responses"]["200"]["schema"] });
        json!({ "parameters": parameters, "responses": {
            "200": answered, "201": answered, "202": {}, "default": {},
        } })
    };
    let group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers";
    let path = |kind: &&str| {
        let mut item = json!({ "get": get, "patch": changing(&[], &[]) });
        if PUT_WHOLE.contains(kind) {
            item["put"] = changing(&["location", "properties"], &["location", "kind"]);
        }
        (format!("{group}/{kind}/{{name}}"), item)
    };
    RESOURCES.iter().map(path).collect()
}

/// Their PATCH models have no `publicNetworkAccess`.
const PUT_WHOLE: &[&str] = &["Microsoft.ServiceBus/namespaces", "Microsoft.Insights/dataCollectionEndpoints"];

/// Polling an update of a Cognitive Services account: recorded, in no document. Reconciliations are followed there, too.
fn account_status() -> Value {
    let mut parameters: Vec<Value> = ["subscriptionId", "location", "operationId"]
        .iter()
        .map(|name| json!({ "name": name, "in": "path", "required": true, "type": "string" }))
        .collect();
    parameters.extend(["api-version", "monitor", "t", "c", "s", "h"].map(
        |name| json!({ "name": name, "in": "query", "required": name == "api-version", "type": "string" }),
    ));
    let text = json!({ "type": "string" });
    let names = ["id", "name", "status", "startTime", "endTime"];
    let properties: Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), text.clone())).collect();
    let schema = json!({ "type": "object", "required": ["id", "status"], "properties": properties });
    let responses = json!({ "200": { "schema": schema }, "202": {}, "204": {}, "default": {} });
    json!({ "get": { "parameters": parameters, "responses": responses } })
}

/// The authorization rules of an Event Hubs namespace, as `AuthorizationRules.json` of 2024-01-01 describes them; it is not saved.
fn hub_rules() -> Map<String, Value> {
    let parameter =
        |name: &str, place: &str| json!({ "name": name, "in": place, "required": true, "type": "string" });
    let text = json!({ "type": "string" });
    let rights =
        json!({ "type": "array", "items": { "type": "string", "enum": ["Manage", "Send", "Listen"] } });
    let rule = json!({ "type": "object", "properties": {
        "id": text, "name": text, "type": text, "location": text,
        "properties": { "type": "object", "required": ["rights"], "properties": { "rights": rights } },
    } });
    let list = json!({ "type": "object", "properties": {
        "value": { "type": "array", "items": rule }, "nextLink": text,
    } });
    let path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.EventHub/namespaces/{namespaceName}/authorizationRules";
    let get = json!({ "get": {
        "parameters": [
            parameter("subscriptionId", "path"), parameter("resourceGroupName", "path"),
            parameter("namespaceName", "path"), parameter("api-version", "query"),
        ],
        "responses": { "200": { "schema": list }, "default": {} },
    } });
    Map::from_iter([(path.to_owned(), get)])
}

/// Operations that real traffic uses and no saved document describes, in the documents' own form: resources themselves,
/// and polling the deletion of a link (section 3), whose answers have the body of the link and some internals (5.1).
pub fn addendum() -> Value {
    let nsp = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/networkSecurityPerimeters/{networkSecurityPerimeterName}";
    let text = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|name| ((*name).to_owned(), json!({ "type": "string" })))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut parameters: Vec<Value> =
        ["subscriptionId", "resourceGroupName", "networkSecurityPerimeterName", "name", "operationId"]
            .iter()
            .map(|name| json!({ "name": name, "in": "path", "required": true, "type": "string" }))
            .collect();
    parameters.extend(["api-version", "t", "c", "s", "h"].iter().map(
        |name| json!({ "name": name, "in": "query", "required": *name == "api-version", "type": "string" }),
    ));
    let mut properties = text(&[
        "provisioningState",
        "autoApprovedRemotePerimeterResourceId",
        "remotePerimeterResourceId",
        "remotePerimeterLocation",
        "remotePerimeterGuid",
        "status",
        "description",
        "version",
    ]);
    for list in
        ["localInboundProfiles", "localOutboundProfiles", "remoteInboundProfiles", "remoteOutboundProfiles"]
    {
        properties[list] = json!({ "type": "array", "items": { "type": "string" } });
    }
    properties["approvalType"] = json!({ "type": "integer" });
    let mut body = text(&["id", "name", "type", "apiVersion"]);
    body["version"] = json!({ "type": "integer" });
    body["publishingStates"] = json!({ "type": "object" });
    body["properties"] = json!({ "type": "object", "properties": properties });
    let poll = json!({ "get": { "parameters": parameters, "responses": {
        "202": { "schema": { "type": "object", "required": ["properties"], "properties": body } },
        "204": {}
    } } });
    let mut paths = resource_paths();
    paths.extend(super::configurations::paths());
    paths.extend(hub_rules());
    paths.insert(
        "/subscriptions/{subscriptionId}/providers/Microsoft.CognitiveServices/locations/{location}/operationResults/{operationId}"
            .to_owned(),
        account_status(),
    );
    for kind in ["links", "linkReferences"] {
        paths.insert(format!("{nsp}/{kind}/{{name}}/operationResults/{{operationId}}"), poll.clone());
    }
    json!({ "swagger": "2.0", "info": { "title": "Recorded only", "version": "recorded" }, "paths": paths })
}

/// The rows, with the call inside each, that allow `violation`.
pub fn allowing(violation: &Violation) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (index, row) in DEVIATIONS.iter().enumerate() {
        let fits = row.side == violation.side
            && row.fault == violation.fault
            && row.until.is_none_or(|last| violation.version.as_str() <= last);
        let call = row.seen.iter().chain(row.alike).find(|call| **call == violation.call);
        found.extend(call.filter(|_| fits).map(|call| (index, *call)));
    }
    found
}

/// The violations that no row allows.
pub fn unlisted(violations: Vec<Violation>) -> Vec<Violation> {
    violations.into_iter().filter(|violation| allowing(violation).is_empty()).collect()
}
