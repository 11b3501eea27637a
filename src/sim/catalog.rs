//! Facts about regions: which resource types can be associated and which service tags rules can name.

use serde_json::{Value, json};

use super::http::{Answer, Reply, Request};
use super::page::{self, Last};
use super::policy;
use super::subscriptions;
use super::world::World;

/// Type (`namespace/type`), a version of its provider, DNS zones, and whether it can reach out under rules.
type Row = (&'static str, &'static str, &'static [&'static str], bool);

/// Types that the service lists, in its order. Source: recording of 2025-10-08, without canary-only types.
const TYPES: [Row; 23] = [
    ("Microsoft.Sql/servers", "2021-02-01-preview", &["database.windows.net"], true),
    (
        "Microsoft.Storage/storageAccounts",
        "2021-09-01",
        &[
            "blob.core.windows.net",
            "table.core.windows.net",
            "queue.core.windows.net",
            "file.core.windows.net",
        ],
        true,
    ),
    ("Microsoft.EventHub/namespaces", "2022-01-01-preview", &["servicebus.windows.net"], true),
    (
        "Microsoft.CognitiveServices/accounts",
        "2021-10-01",
        &["cognitiveservices.azure.com", "openai.azure.com"],
        true,
    ),
    ("Microsoft.Search/searchServices", "2021-06-06-Preview", &["search.windows.net"], true),
    ("Microsoft.Purview/accounts", "2022-02-01-preview", &["purview.azure.com"], true),
    ("Microsoft.KeyVault/vaults", "2022-02-01-preview", &["vault.azure.net"], true),
    (
        "Microsoft.OperationalInsights/workspaces",
        "2021-10-01",
        &["ods.opinsights.azure.com", "oms.opinsights.azure.com"],
        true,
    ),
    ("Microsoft.Insights/dataCollectionEndpoints", "2021-10-01", &["ingest.monitor.azure.com"], false),
    ("Microsoft.ServiceBus/namespaces", "2025-05-01-preview", &["servicebus.windows.net"], true),
    ("Microsoft.Insights/ScheduledQueryRules", "2021-10-01", &[], true),
    ("Microsoft.Insights/actionGroups", "2021-10-01", &[], true),
    ("Microsoft.DocumentDB/databaseAccounts", "2024-05-15-preview", &["documents.azure.com"], true),
    ("Microsoft.Devices/IotHubs", "2023-07-15-preview", &["azure-devices.net"], true),
    ("Microsoft.ContainerRegistry/registries", "2023-05-31-preview", &["azurecr.io"], false),
    ("Microsoft.EventGrid/topics", "2023-06-01-preview", &["eventgrid.azure.net"], true),
    ("Microsoft.EventGrid/domains", "2023-06-01-preview", &["eventgrid.azure.net"], true),
    ("Microsoft.AppConfiguration/configurationStores", "2025-08-01-preview", &["azconfig.io"], false),
    ("Microsoft.Batch/batchAccounts", "2024-03-01-privatepreview", &["batch.azure.com"], true),
    ("Microsoft.Web/sites", "2022-03-01", &["azurewebsites.net"], true),
    ("Microsoft.HybridCompute/privateLinkScopes", "2024-11-10-preview", &["his.arc.azure.com"], false),
    (
        "Microsoft.Communication/CommunicationServices",
        "2023-12-25-preview",
        &["communication.azure.com"],
        true,
    ),
    ("Microsoft.Kusto/clusters", "2025-02-14", &["kusto.windows.net"], true),
];

/// First version whose associable types carry readiness and service tags.
const READINESS: &str = "2025-07-01";

/// Regions that do not take a type yet: what can be associated is told region by region.
const ABSENT: [(&str, &[&str]); 3] = [
    ("Microsoft.Kusto/clusters", &["northeurope", "uksouth"]),
    ("Microsoft.Batch/batchAccounts", &["northeurope", "westus3"]),
    ("Microsoft.ContainerRegistry/registries", &["northeurope"]),
];

/// Whether resources of this type can be associated with a perimeter of this region.
pub fn associable(kind: &str, location: &str) -> bool {
    let known = TYPES.iter().any(|(known, ..)| known.eq_ignore_ascii_case(kind));
    known && taken(kind, location)
}

fn taken(kind: &str, location: &str) -> bool {
    let absent = ABSENT.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind));
    absent.is_none_or(|(_, regions)| !regions.iter().any(|r| r.eq_ignore_ascii_case(location)))
}

/// `GET .../locations/{location}/perimeterAssociableResourceTypes`
pub fn types(_world: &mut World, request: &Request) -> Reply {
    let version = policy::network_version(request, "locations/perimeterAssociableResourceTypes")?;
    known_location(request.segment(5))?;
    let here = TYPES.iter().filter(|row| taken(row.0, request.segment(5)));
    let items: Vec<String> = here.map(|row| kind(row, version).to_string()).collect();
    page::list(request, items.iter().map(String::as_str), Last::EmptyWithType)
}

fn kind((display, api, zones, outbound): &Row, version: &str) -> Value {
    let (namespace, kind) = display.split_once('/').unwrap_or((display, ""));
    let name = format!("{namespace}.{kind}");
    let mut properties = json!({
        "providerNamespace": namespace,
        "resourceType": kind,
        "displayName": display,
        "apiVersion": api,
        "publicDnsZones": zones,
        "features": [],
        "availableControls": [],
    });
    if let (true, Some(map)) = (version >= READINESS, properties.as_object_mut()) {
        map.insert("serviceTags".into(), json!([]));
        map.insert("readinessState".into(), "GA".into());
        map.insert("outboundSupported".into(), (*outbound).into());
        map.insert("description".into(), "".into());
    }
    json!({
        "type": "Microsoft.Network/PerimeterAssociableResourceTypes",
        "name": name,
        // The recorded service really answers with this unfilled placeholder.
        "id": format!("/subscriptions/{{subscriptionId}}/providers/Microsoft.Network/PerimeterAssociableResourceTypes/{name}"),
        "properties": properties,
    })
}

/// `GET .../locations/{location}/nspServiceTags`: one element that holds the whole list.
pub fn tags(_world: &mut World, request: &Request) -> Reply {
    policy::network_version(request, "locations/nspServiceTags")?;
    known_location(request.segment(5))?;
    Ok(Answer::ok(&json!({"value": [{"serviceTags": super::tags::all()}]})))
}

fn known_location(location: &str) -> Result<(), Answer> {
    if subscriptions::location_name(location).is_some() {
        return Ok(());
    }
    Err(policy::bad(
        "InvalidLocation",
        format!("The provided location '{location}' is not available for network security perimeters."),
    ))
}
