//! Scenario files made up from a seed: estates of odd shapes, as the simulator reads them. Wider than what the
//! service would let anyone write: what was written long ago, by others or by the service itself is read as well.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::stage::CATEGORIES;

pub const TENANT: &str = "7c1f5d0e-52c5-4b0e-9d3b-6f0a4b1d2e90";
pub const SUBSCRIPTIONS: [&str; 3] = [
    "aaaaaaaa-0000-4000-8000-00000000000a",
    "bbbbbbbb-0000-4000-8000-00000000000b",
    "cccccccc-0000-4000-8000-00000000000c",
];
/// Customer ids of the workspaces.
pub const WORKSPACES: [&str; 2] =
    ["dddddddd-0000-4000-8000-00000000000d", "eeeeeeee-0000-4000-8000-00000000000e"];
/// Types, and where their host names stand.
const TYPES: [(&str, &str, &str); 7] = [
    ("Microsoft.Storage/storageAccounts", "", "blob.core.windows.net"),
    ("Microsoft.KeyVault/vaults", "vaultUri", "vault.azure.net"),
    ("Microsoft.CognitiveServices/accounts", "endpoint", "openai.azure.com"),
    ("Microsoft.Search/searchServices", "endpoint", "search.windows.net"),
    ("Microsoft.Sql/servers", "fullyQualifiedDomainName", "database.windows.net"),
    ("Microsoft.DocumentDB/databaseAccounts", "documentEndpoint", "documents.azure.com"),
    ("Microsoft.EventHub/namespaces", "serviceBusEndpoint", "servicebus.windows.net"),
];
const BLOCKS: [&str; 16] = [
    "203.0.113.0/24",
    "203.0.113.0/28",
    "203.0.113.7/32",
    "203.0.113.9/24",
    "198.51.100.0/25",
    "198.51.100.128/26",
    "192.0.2.200",
    "2001:db8::/32",
    "2001:DB8:1::/48",
    "2001:db8:1:2::9/128",
    "::ffff:198.51.100.0/120",
    "10.0.0.0/8",
    "0.0.0.0/1",
    "::/0",
    "not-a-block",
    "203.0.113.0/33",
];
const ADDRESSES: [&str; 18] = [
    "203.0.113.7",
    "203.0.113.8",
    "203.0.113.9",
    "203.0.113.20",
    "203.0.113.200",
    "198.51.100.3",
    "198.51.100.4",
    "198.51.100.200",
    "192.0.2.10",
    "192.0.2.200",
    "::ffff:192.0.2.11",
    "::ffff:203.0.113.77",
    "8.8.8.8",
    "2001:db8:1:2::9",
    "2001:db8:1:3::1",
    "2001:db8:9::1",
    "2620:1ec::1",
    "::ffff:9.9.9.9",
];
const HOSTS: [&str; 8] = [
    "api.contoso.com",
    "API.Contoso.com",
    "deep.api.contoso.com",
    "contoso.com.",
    "login.microsoftonline.com",
    "api.github.com",
    "x.example",
    "telemetry.example.",
];
const NAMES: [&str; 9] = [
    "api.contoso.com",
    "API.CONTOSO.COM",
    "contoso.com",
    "api.github.com.",
    "login.microsoftonline.com",
    "*.contoso.com",
    "*.example",
    "*.BLOB.core.windows.net",
    "res1.vault.azure.net",
];
const TAGS: [&str; 4] = ["DataFactory", "DataFactory.WestEurope", "AzureMonitor", "AzureActiveDirectory"];

fn pick<'t>(rng: &mut Rng, from: &[&'t str]) -> &'t str {
    from[rng.usize(..from.len())]
}

fn some(rng: &mut Rng, from: &[&str], most: usize) -> Vec<String> {
    (0..rng.usize(1..=most)).map(|_| pick(rng, from).to_owned()).collect()
}

/// One time out of so many.
fn one_in(rng: &mut Rng, n: u8) -> bool {
    rng.u8(..n) == 0
}

/// A whole estate.
pub struct Estate {
    pub file: Value,
    pub perimeters: usize,
    /// Resource ids; the first ones are members of perimeters.
    pub resources: Vec<String>,
}

pub fn perimeter_id(n: usize) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/rg-net{n}/providers/Microsoft.Network/networkSecurityPerimeters/nsp{n}",
        SUBSCRIPTIONS[n % 3]
    )
}

pub fn guid(n: usize) -> String {
    format!("{n:08x}-1111-4000-8000-000000000000")
}

fn workspace_id(n: usize) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/law{n}",
        SUBSCRIPTIONS[0]
    )
}

fn resource_id(n: usize) -> String {
    let (kind, _, _) = TYPES[n % TYPES.len()];
    format!("/subscriptions/{}/resourceGroups/rg-app/providers/{kind}/res{n}", SUBSCRIPTIONS[(n / 2) % 3])
}

fn host_of(n: usize) -> String {
    format!("res{n}.{}", TYPES[n % TYPES.len()].2)
}

fn resource(rng: &mut Rng, n: usize) -> Value {
    let (_, place, _) = TYPES[n % TYPES.len()];
    let host = host_of(n);
    let mut properties = Map::new();
    properties.insert("provisioningState".into(), "Succeeded".into());
    if place.is_empty() {
        properties.insert("primaryEndpoints".into(), json!({"blob": format!("https://{host}/")}));
    } else if place == "fullyQualifiedDomainName" {
        properties.insert(place.into(), host.into());
    } else {
        properties.insert(place.into(), format!("https://{host}/").into());
    }
    match rng.u8(..12) {
        0..=5 => drop(properties.insert("publicNetworkAccess".into(), "Enabled".into())),
        6 => drop(properties.insert("publicNetworkAccess".into(), "enabled".into())),
        7..=8 => drop(properties.insert("publicNetworkAccess".into(), "Disabled".into())),
        9..=10 => drop(properties.insert("publicNetworkAccess".into(), "SecuredByPerimeter".into())),
        _ => {}
    }
    if !one_in(rng, 5) {
        let rules: Vec<Value> = (0..rng.usize(..3))
            .map(|_| json!({"value": pick(rng, &["203.0.113.0/25", "198.51.100.3", "2001:db8::/32"])}))
            .collect();
        properties.insert(
            "networkAcls".into(),
            json!({
                "defaultAction": pick(rng, &["Allow", "Deny", "Deny"]),
                "bypass": pick(rng, &["AzureServices", "None", "Logging, AzureServices"]),
                "ipRules": rules, "virtualNetworkRules": [],
            }),
        );
    }
    if one_in(rng, 4) {
        properties.insert("restrictOutboundNetworkAccess".into(), true.into());
        properties.insert("allowedFqdnList".into(), json!(some(rng, &["api.contoso.com", "*.example"], 2)));
    }
    let mut made =
        json!({"id": resource_id(n), "location": "westeurope", "properties": Value::Object(properties)});
    let user = format!(
        "/subscriptions/{}/resourceGroups/rg-app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u",
        SUBSCRIPTIONS[1]
    );
    match rng.u8(..8) {
        0..=3 => made["identity"] = json!({"type": "SystemAssigned"}),
        4 => {
            made["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": {user: {
                "principalId": "99999999-0000-4000-8000-000000000001",
                "clientId": "99999999-0000-4000-8000-000000000002"}}});
        }
        5 => made["identity"] = json!({"type": "None"}),
        _ => {}
    }
    made
}

/// The properties of an access rule; `wild` ones are such as only the service or an older version writes.
pub fn rule(rng: &mut Rng, perimeters: usize, wild: bool) -> Value {
    if wild && one_in(rng, 14) {
        return json!({"direction": pick(rng, &["Inbound", "Outbound"])});
    }
    if rng.u8(..10) < 4 {
        let names = if wild { some(rng, &NAMES, 3) } else { some(rng, &["api.contoso.com", "x.example"], 2) };
        return json!({"direction": "Outbound", "fullyQualifiedDomainNames": names});
    }
    let subscription = |rng: &mut Rng| {
        let guid = pick(rng, &SUBSCRIPTIONS);
        let id = match rng.u8(..4) {
            0 if wild => format!("/SUBSCRIPTIONS/{}", guid.to_uppercase()),
            1 => format!("/subscriptions/{}", guid.to_uppercase()),
            _ => format!("/subscriptions/{guid}"),
        };
        json!({ "id": id })
    };
    let mut made = json!({"direction": "Inbound"});
    let kinds = if wild && one_in(rng, 6) { 2 } else { 1 };
    for _ in 0..kinds {
        match rng.u8(..10) {
            0..=5 => {
                let blocks = if wild { some(rng, &BLOCKS, 3) } else { some(rng, &BLOCKS[..3], 2) };
                made["addressPrefixes"] = json!(blocks);
            }
            6..=7 => made["subscriptions"] = json!([subscription(rng)]),
            8 if wild => made["serviceTags"] = json!(some(rng, &TAGS, 2)),
            _ if wild => {
                let n = rng.usize(..perimeters);
                if rng.bool() {
                    made["direction"] = "Outbound".into();
                    made = json!({"direction": "Outbound"});
                }
                made["networkSecurityPerimeters"] =
                    json!([{"id": perimeter_id(n), "perimeterGuid": guid(n), "location": "westeurope"}]);
            }
            _ => made["subscriptions"] = json!([subscription(rng)]),
        }
    }
    made
}

fn logs(rng: &mut Rng) -> Value {
    match rng.u8(..8) {
        0 => {
            let mut on: Vec<&str> = CATEGORIES.to_vec();
            rng.shuffle(&mut on);
            on.truncate(rng.usize(4..13));
            on.into_iter().map(|c| json!({"category": c, "enabled": true})).collect()
        }
        1 => json!([{"categoryGroup": "audit", "enabled": true}]),
        _ => json!([{"categoryGroup": "allLogs", "enabled": true}]),
    }
}

fn perimeter(rng: &mut Rng, n: usize, (all, members): (usize, &[usize])) -> Value {
    let names = ["default", "Second", "third"];
    let count = rng.usize(1..=3);
    let profiles: Vec<Value> = names[..count]
        .iter()
        .map(|name| {
            let rules: Vec<Value> = (0..rng.usize(..6))
                .map(|r| json!({"name": format!("rule-{r}"), "properties": rule(rng, all, true)}))
                .collect();
            let mut made = json!({"name": name, "accessRules": rules});
            if rng.bool() {
                made["properties"] = json!({"accessRulesVersion": rng.u32(1..60).to_string()});
            }
            made
        })
        .collect();
    let associations: Vec<Value> = members
        .iter()
        .map(|r| {
            let mode = match rng.u8(..10) {
                0..=5 => "Learning",
                6..=8 => "Enforced",
                _ => "Audit",
            };
            json!({"name": format!("a{r}"), "properties": {
                "privateLinkResource": {"id": resource_id(*r)},
                "profile": {"id": format!("profiles/{}", names[rng.usize(..count)])},
                "accessMode": mode,
            }})
        })
        .collect();
    let mut made = json!({
        "id": perimeter_id(n), "location": "westeurope", "properties": {"perimeterGuid": guid(n)},
        "profiles": profiles, "resourceAssociations": associations,
    });
    if !one_in(rng, 8) {
        let mut settings = vec![
            json!({"name": "to-law", "properties": {"workspaceId": workspace_id(rng.usize(..2)), "logs": logs(rng)}}),
        ];
        if one_in(rng, 10) {
            settings.push(json!({"name": "off", "properties": {"workspaceId": workspace_id(0),
                "logs": [{"categoryGroup": "allLogs", "enabled": false}]}}));
        }
        made["diagnosticSettings"] = Value::Array(settings);
    }
    if one_in(rng, 3) {
        let mut on = CATEGORIES.to_vec();
        if one_in(rng, 3) {
            rng.shuffle(&mut on);
            on.truncate(rng.usize(6..13));
        }
        made["loggingConfigurations"] =
            json!([{"name": "instance", "properties": {"version": "2", "enabledLogCategories": on}}]);
    }
    let others: Vec<usize> = (0..all).filter(|other| *other > n && one_in(rng, 3)).collect();
    let links: Vec<Value> = others
        .into_iter()
        .map(|other| {
            let lists = |rng: &mut Rng| match rng.u8(..4) {
                0 => json!(["DEFAULT"]),
                1 => json!(["second", "third"]),
                2 => json!([]),
                _ => json!(["*"]),
            };
            json!({"name": format!("to{other}"), "properties": {
                "autoApprovedRemotePerimeterResourceId": perimeter_id(other),
                "localInboundProfiles": lists(rng), "remoteInboundProfiles": lists(rng),
                "status": pick(rng, &["Approved", "Approved", "Approved", "Pending", "Disconnected"]),
            }})
        })
        .collect();
    made["links"] = Value::Array(links);
    made
}

fn flow(rng: &mut Rng, to: usize, resources: usize) -> Value {
    let per_minute = [0.02, 0.3, 2.0, 9.0, 40.0][rng.usize(..5)];
    let pattern = pick(rng, &["steady", "steady", "day", "batch", "bursts"]);
    let id = resource_id(to);
    let mut caller = json!({"ips": some(rng, &ADDRESSES, 3)});
    match rng.u8(..14) {
        0..=1 => {
            caller["subscription"] = pick(rng, &SUBSCRIPTIONS).to_uppercase().into();
            caller["appId"] = format!("app-{}", rng.u8(..4)).into();
        }
        2 => {
            caller =
                json!({"subscription": pick(rng, &SUBSCRIPTIONS), "appId": format!("app-{}", rng.u8(..4))});
        }
        3 => caller["appId"] = format!("app-{}", rng.u8(..4)).into(),
        4 => caller["tag"] = pick(rng, &TAGS).into(),
        5 => caller["trusted"] = true.into(),
        6 => caller = json!({"ips": ["10.20.4.11"], "privateEndpoint": true}),
        7..=9 => {
            let from = (to + rng.usize(1..resources)) % resources;
            caller = json!({"resource": resource_id(from)});
            if one_in(rng, 4) {
                caller["ips"] = json!(some(rng, &ADDRESSES, 1));
            }
        }
        10..=11 => {
            let host =
                if one_in(rng, 5) { host_of(rng.usize(..resources)) } else { pick(rng, &HOSTS).into() };
            return json!({"caller": {"resource": id}, "fqdn": host, "perMinute": per_minute, "pattern": pattern});
        }
        _ => {}
    }
    json!({"caller": caller, "to": id, "perMinute": per_minute, "pattern": pattern})
}

impl Estate {
    /// Made up from a seed, with this many days of history.
    pub fn new(rng: &mut Rng, days: u32) -> Self {
        let perimeters = rng.usize(1..=4);
        let members = rng.usize(3..=9);
        let resources = members + rng.usize(1..=4);
        let mut of: Vec<Vec<usize>> = vec![Vec::new(); perimeters];
        (0..members).for_each(|r| of[rng.usize(..perimeters)].push(r));
        let flows: Vec<Value> = (0..resources)
            .flat_map(|r| (0..rng.usize(2..8)).map(|_| flow(rng, r, resources)).collect::<Vec<_>>())
            .collect();
        let former: Vec<Value> = (0..members)
            .filter_map(|r| {
                let mode = pick(rng, &["Enforced", "Learning"]);
                let ago = rng.u32(30..7_000);
                one_in(rng, 6).then(|| json!({"resource": resource_id(r), "mode": mode, "minutesAgo": ago}))
            })
            .collect();
        let workspaces = (0..2).map(|n| {
            json!({"id": workspace_id(n), "location": "westeurope", "properties": {
                "customerId": WORKSPACES[n], "provisioningState": "Succeeded", "retentionInDays": 30}})
        });
        let made: Vec<Value> = (0..resources).map(|n| resource(rng, n)).chain(workspaces).collect();
        let nets: Vec<Value> = (0..perimeters).map(|n| perimeter(rng, n, (perimeters, &of[n]))).collect();
        let mut groups = vec![];
        for s in SUBSCRIPTIONS {
            for name in ["rg-net0", "rg-net1", "rg-net2", "rg-net3", "rg-app", "rg-logs"] {
                groups.push(json!({"id": format!("/subscriptions/{s}/resourceGroups/{name}"), "location": "westeurope"}));
            }
        }
        let file = json!({
            "tenantId": TENANT, "caller": "alex.reed@contoso.com", "created": "@-90d",
            "subscriptions": SUBSCRIPTIONS.map(|s| json!({"subscriptionId": s, "displayName": s.get(..2)})),
            "resourceGroups": groups, "resources": made, "perimeters": nets,
            "traffic": {"historyDays": days, "formerModes": former, "flows": flows},
        });
        Self { file, perimeters, resources: (0..resources).map(resource_id).collect() }
    }
}
