//! Worlds of any size, made from a seed: N perimeters with 20 associations and 100 rules each.

use serde_json::{Map, Value, json};

use super::body;
use super::load::Loader;
use super::world::World;

/// Associations of each perimeter.
pub const ASSOCIATIONS: u32 = 20;
/// Profiles of each perimeter.
const PROFILES: u32 = 4;
/// Access rules of each profile.
const RULES: u32 = 25;
/// Perimeters of each resource group.
const GROUP: u32 = 50;

/// Regions that are used in turn.
const LOCATIONS: [&str; 5] = ["westeurope", "eastus2", "swedencentral", "uksouth", "southeastasia"];
/// Types that are protected in turn, with the `kind` where the type has one.
const TYPES: [(&str, &str); 5] = [
    ("Microsoft.CognitiveServices/accounts", "OpenAI"),
    ("Microsoft.Storage/storageAccounts", "StorageV2"),
    ("Microsoft.KeyVault/vaults", ""),
    ("Microsoft.Search/searchServices", ""),
    ("Microsoft.DocumentDB/databaseAccounts", "GlobalDocumentDB"),
];
/// Modes and ways of public access that are used in turn.
const MODES: [&str; 3] = ["Learning", "Enforced", "Learning"];
const ACCESS: [&str; 2] = ["Enabled", "Disabled"];

fn turn<T: Copy>(list: &[T], n: u32) -> Option<T> {
    let length = u32::try_from(list.len()).ok()?;
    list.get(n.checked_rem(length)? as usize).copied()
}

/// Fills a world with `count` perimeters, spread over its subscriptions.
pub fn fill(world: &mut World, loader: &mut Loader, count: u32) {
    let subscriptions: Vec<String> = world
        .tenant
        .subscriptions
        .iter()
        .filter(|s| body::text(s, "/tenantId") == world.tenant.id)
        .map(|s| body::text(s, "/subscriptionId").to_owned())
        .collect();
    let Some(first) = subscriptions.first() else { return };
    let workspace = workspace(world, loader, first);
    for n in 0..count {
        let place = subscriptions.get(n as usize % subscriptions.len()).unwrap_or(first);
        let location = turn(&LOCATIONS, n).unwrap_or("westeurope");
        let group = format!("/subscriptions/{place}/resourceGroups/rg-scale-{:04}", n / GROUP);
        if !world.store.contains(&group) {
            Loader::group(world, json!({"id": group, "location": location}));
        }
        for a in 0..ASSOCIATIONS {
            let resource = resource(&group, location, n, a);
            loader.resource(world, resource);
        }
        let perimeter = perimeter(world, &group, location, n, &workspace);
        loader.perimeter(world, perimeter);
    }
}

fn workspace(world: &mut World, loader: &Loader, subscription: &str) -> String {
    let group = format!("/subscriptions/{subscription}/resourceGroups/rg-scale-logs");
    let id = format!("{group}/providers/Microsoft.OperationalInsights/workspaces/law-scale");
    Loader::group(world, json!({"id": group, "location": "westeurope"}));
    let customer = world.random.guid();
    let properties = json!({"customerId": customer, "provisioningState": "Succeeded", "retentionInDays": 30});
    loader.resource(world, json!({"id": id, "location": "westeurope", "properties": properties}));
    id
}

fn resource_id(group: &str, n: u32, a: u32) -> String {
    let (kind, _) = turn(&TYPES, a).unwrap_or_default();
    format!("{group}/providers/{kind}/res-{n:05}-{a:02}")
}

fn resource(group: &str, location: &str, n: u32, a: u32) -> Value {
    let (kind, word) = turn(&TYPES, a).unwrap_or_default();
    let name = format!("res-{n:05}-{a:02}");
    let mut properties = json!({
        "provisioningState": "Succeeded",
        "publicNetworkAccess": turn(&ACCESS, n + a),
        "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": [], "virtualNetworkRules": []},
    });
    let (place, value) = match kind {
        "Microsoft.Storage/storageAccounts" => {
            ("primaryEndpoints", json!({"blob": format!("https://{name}.blob.core.windows.net/")}))
        }
        "Microsoft.KeyVault/vaults" => ("vaultUri", format!("https://{name}.vault.azure.net/").into()),
        "Microsoft.Search/searchServices" => {
            ("endpoint", format!("https://{name}.search.windows.net").into())
        }
        "Microsoft.DocumentDB/databaseAccounts" => {
            ("documentEndpoint", format!("https://{name}.documents.azure.com:443/").into())
        }
        _ => ("endpoint", format!("https://{name}.openai.azure.com/").into()),
    };
    if let Some(map) = properties.as_object_mut() {
        map.insert(place.into(), value);
    }
    let mut made =
        json!({"id": resource_id(group, n, a), "location": location, "identity": {"type": "SystemAssigned"}});
    if let Some(map) = made.as_object_mut() {
        if !word.is_empty() {
            map.insert("kind".into(), word.into());
        }
        map.insert("properties".into(), properties);
    }
    made
}

fn perimeter(world: &mut World, group: &str, location: &str, n: u32, workspace: &str) -> Map<String, Value> {
    let id = format!("{group}/providers/Microsoft.Network/networkSecurityPerimeters/nsp-{n:05}");
    let profiles: Vec<Value> = (0..PROFILES).map(|p| profile(world, n, p)).collect();
    let associations: Vec<Value> = (0..ASSOCIATIONS)
        .map(|a| {
            json!({"name": format!("assoc-{a:02}"), "properties": {
                "privateLinkResource": {"id": resource_id(group, n, a)},
                "profile": {"id": format!("profiles/profile-{}", a % PROFILES)},
                "accessMode": turn(&MODES, n + a),
            }})
        })
        .collect();
    let made = json!({
        "id": id,
        "location": location,
        "tags": {"generated": "scale"},
        "profiles": profiles,
        "resourceAssociations": associations,
        "diagnosticSettings": [{"name": "to-law", "properties": {
            "workspaceId": workspace, "logs": [{"categoryGroup": "allLogs", "enabled": true}],
        }}],
    });
    match made {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// 25 rules: mostly address blocks, some subscriptions and outbound names.
fn profile(world: &mut World, n: u32, p: u32) -> Value {
    let rules: Vec<Value> = (0..RULES)
        .map(|r| {
            let properties = match r % 5 {
                3 => json!({"direction": "Outbound", "fullyQualifiedDomainNames": [format!("api-{n:05}-{r:02}.contoso.com")]}),
                4 => json!({"subscriptions": [{"id": format!("/subscriptions/{}", world.random.guid())}]}),
                _ => json!({"addressPrefixes": [format!("{}.{}.{}.0/24", 20 + (n % 180), p * 32 + r, world.random.below(256))]}),
            };
            json!({"name": format!("rule-{r:03}"), "properties": properties})
        })
        .collect();
    json!({"name": format!("profile-{p}"), "accessRules": rules})
}
