//! What PaaS resources know of their perimeter, for the providers whose documents are not saved: written from their saved
//! examples, the common types and one recording (API reference, section 7), in the documents' own form.

use serde_json::{Map, Value, json};

/// One provider: its type, whether versions are numbers, whether diagnostic settings are told, and the properties of a rule
/// beside those that every provider has.
type Row = (&'static str, bool, bool, &'static [&'static str]);

const CONTACTS: &[&str] = &["emailAddresses", "phoneNumbers"];
const ROWS: [Row; 7] = [
    ("Microsoft.Search/searchServices", true, true, CONTACTS),
    ("Microsoft.KeyVault/vaults", true, true, &[]),
    ("Microsoft.EventHub/namespaces", false, false, &[]),
    ("Microsoft.ServiceBus/namespaces", false, false, &[]),
    ("Microsoft.EventGrid/topics", false, true, &[]),
    ("Microsoft.EventGrid/domains", false, true, &[]),
    ("Microsoft.HybridCompute/privateLinkScopes", true, true, &[]),
];

/// Where reconciliations are followed: status documents, then results.
const STATUSES: [(&str, &str); 4] = [
    ("Microsoft.CognitiveServices", "operationStatuses"),
    ("Microsoft.EventHub", "operationStatuses"),
    ("Microsoft.EventGrid", "operationsStatus"),
    ("Microsoft.HybridCompute", "operationstatus"),
];
const RESULTS: [(&str, &str); 8] = [
    ("Microsoft.Storage", "asyncoperations"),
    ("Microsoft.DocumentDB", "asyncoperations"),
    ("Microsoft.Search", "asyncOperationResults"),
    ("Microsoft.KeyVault", "operationResults"),
    ("Microsoft.Sql", "networkSecurityPerimeterReconciliationOperationResults"),
    ("Microsoft.EventGrid", "operationResults"),
    ("Microsoft.OperationalInsights", "operationResults"),
    ("Microsoft.HybridCompute", "operationresults"),
];

fn text() -> Value {
    json!({ "type": "string" })
}

fn texts() -> Value {
    json!({ "type": "array", "items": text() })
}

fn object(properties: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn perimeter() -> Value {
    object(&[("id", text()), ("perimeterGuid", text()), ("location", text())])
}

fn rule(extra: &[&str]) -> Value {
    let mut properties = vec![
        ("direction", json!({ "type": "string", "enum": ["Inbound", "Outbound"] })),
        ("addressPrefixes", texts()),
        ("subscriptions", list(&object(&[("id", text())]))),
        ("networkSecurityPerimeters", list(&perimeter())),
        ("fullyQualifiedDomainNames", texts()),
    ];
    properties.extend(extra.iter().map(|name| (*name, texts())));
    object(&[("name", text()), ("properties", object(&properties))])
}

fn issue(rule: &Value) -> Value {
    object(&[
        ("name", text()),
        (
            "properties",
            object(&[
                ("issueType", text()),
                ("severity", json!({ "type": "string", "enum": ["Warning", "Error"] })),
                ("description", text()),
                ("suggestedResourceIds", texts()),
                ("suggestedAccessRules", list(rule)),
            ]),
        ),
    ])
}

/// A configuration as the provider writes it.
fn schema((kind, numbers, diagnostics, extra): &Row) -> Value {
    let version = if *numbers { json!({ "type": "integer" }) } else { text() };
    let rule = rule(extra);
    let mut profile =
        vec![("name", text()), ("accessRulesVersion", version.clone()), ("accessRules", list(&rule))];
    if *diagnostics {
        profile.extend([("diagnosticSettingsVersion", version), ("enabledLogCategories", texts())]);
    }
    if kind.contains("HybridCompute") {
        profile.push(("id", text()));
    }
    let mode = json!({ "type": "string", "enum": ["Enforced", "Learning", "Audit"] });
    let mut whole = object(&[
        ("id", text()),
        ("name", text()),
        ("type", text()),
        (
            "properties",
            object(&[
                ("provisioningState", text()),
                ("provisioningIssues", list(&issue(&rule))),
                ("networkSecurityPerimeter", perimeter()),
                ("resourceAssociation", object(&[("name", text()), ("accessMode", mode)])),
                ("profile", object(&profile)),
            ]),
        ),
    ]);
    whole["required"] = json!(["id", "name", "type", "properties"]);
    whole
}

fn parameter(name: &str, place: &str, required: bool) -> Value {
    json!({ "name": name, "in": place, "required": required, "type": "string" })
}

/// The three calls below each of these resources, and the addresses that reconciliations of all providers are followed at.
pub fn paths() -> Map<String, Value> {
    let group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers";
    let within = ["subscriptionId", "resourceGroupName", "name"].map(|name| parameter(name, "path", true));
    let version = parameter("api-version", "query", true);
    let mut out = Map::new();
    for row in &ROWS {
        let one = schema(row);
        let all = object(&[("value", list(&one)), ("nextLink", text())]);
        let below = format!("{group}/{}/{{name}}/networkSecurityPerimeterConfigurations", row.0);
        let mut parameters = within.to_vec();
        parameters.push(version.clone());
        let get = |schema: Value, parameters: &[Value]| json!({ "get": { "parameters": parameters, "responses": { "200": { "schema": schema }, "default": {} } } });
        out.insert(below.clone(), get(all, &parameters));
        parameters.push(parameter("configuration", "path", true));
        out.insert(format!("{below}/{{configuration}}"), get(one, &parameters));
        let reconcile = json!({ "post": { "parameters": parameters, "responses": { "200": {}, "202": {}, "default": {} } } });
        out.insert(format!("{below}/{{configuration}}/reconcile"), reconcile);
    }
    let status = object(&[
        ("id", text()),
        ("name", text()),
        ("status", text()),
        ("startTime", text()),
        ("endTime", text()),
    ]);
    let polls = STATUSES.iter().map(|row| (row, json!({ "200": { "schema": status }, "default": {} })));
    let results = RESULTS.iter().map(|row| (row, json!({ "200": {}, "202": {}, "204": {}, "default": {} })));
    for ((namespace, collection), responses) in polls.chain(results) {
        let mut parameters =
            ["subscriptionId", "location", "operationId"].map(|name| parameter(name, "path", true)).to_vec();
        parameters.push(version.clone());
        parameters.extend(["monitor", "t", "c", "s", "h"].map(|name| parameter(name, "query", false)));
        out.insert(
            format!("/subscriptions/{{subscriptionId}}/providers/{namespace}/locations/{{location}}/{collection}/{{operationId}}"),
            json!({ "get": { "parameters": parameters, "responses": responses } }),
        );
    }
    out
}
