//! The data planes of the services: which hosts belong to them in each cloud, what their tokens are
//! issued for, and one harmless read of each. Must not send anything.
//!
//! Sources: the cloud table of azure-cli for suffixes, the Azure SDKs' default scopes for audiences, the
//! REST references for the reads. Where a cloud's audience is not known there is no row.

use serde::Deserialize;
use url::Url;

use super::cloud::Cloud;
use super::wire::{Text, null_default};
use crate::domain::Resource;
use crate::domain::probe::DataPlane;

/// A data plane in one cloud.
pub(super) struct Plane {
    /// Ends of the host names that are its own, without a leading dot.
    pub(super) suffixes: &'static [&'static str],
    /// OAuth 2.0 scope of its tokens; none where it speaks no HTTPS.
    pub(super) scope: Option<&'static str>,
}

/// Data plane, then suffixes and scope for the public cloud, the government's and China's.
type Row = (DataPlane, [Option<Plane>; 3]);

const fn plane(suffixes: &'static [&'static str], scope: &'static str) -> Plane {
    Plane { suffixes, scope: Some(scope) }
}

const fn silent(suffixes: &'static [&'static str]) -> Plane {
    Plane { suffixes, scope: None }
}

const STORAGE: &str = "https://storage.azure.com/.default";
const EVENT_HUBS: &str = "https://eventhubs.azure.net/.default";
const SERVICE_BUS: &str = "https://servicebus.azure.net/.default";

static TABLE: [Row; 9] = [
    (
        DataPlane::Ai,
        [
            Some(plane(
                &["openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"],
                "https://cognitiveservices.azure.com/.default",
            )),
            Some(plane(
                &["openai.azure.us", "cognitiveservices.azure.us"],
                "https://cognitiveservices.azure.us/.default",
            )),
            Some(plane(
                &["openai.azure.cn", "cognitiveservices.azure.cn"],
                "https://cognitiveservices.azure.cn/.default",
            )),
        ],
    ),
    (
        DataPlane::Storage,
        [
            Some(plane(&["blob.core.windows.net", "blob.storage.azure.net"], STORAGE)),
            Some(plane(&["blob.core.usgovcloudapi.net"], STORAGE)),
            Some(plane(&["blob.core.chinacloudapi.cn"], STORAGE)),
        ],
    ),
    (
        DataPlane::KeyVault,
        [
            Some(plane(&["vault.azure.net"], "https://vault.azure.net/.default")),
            Some(plane(&["vault.usgovcloudapi.net"], "https://vault.usgovcloudapi.net/.default")),
            Some(plane(&["vault.azure.cn"], "https://vault.azure.cn/.default")),
        ],
    ),
    (
        DataPlane::Search,
        [
            Some(plane(&["search.windows.net"], "https://search.azure.com/.default")),
            Some(plane(&["search.azure.us"], "https://search.azure.us/.default")),
            Some(plane(&["search.azure.cn"], "https://search.azure.cn/.default")),
        ],
    ),
    (
        DataPlane::Cosmos,
        [Some(plane(&["documents.azure.com"], "https://cosmos.azure.com/.default")), None, None],
    ),
    (
        DataPlane::AppConfiguration,
        [
            Some(plane(&["azconfig.io"], "https://azconfig.io/.default")),
            Some(plane(&["azconfig.azure.us"], "https://azconfig.azure.us/.default")),
            Some(plane(&["azconfig.azure.cn"], "https://azconfig.azure.cn/.default")),
        ],
    ),
    (
        DataPlane::EventHubs,
        [
            Some(plane(&["servicebus.windows.net"], EVENT_HUBS)),
            Some(plane(&["servicebus.usgovcloudapi.net"], EVENT_HUBS)),
            Some(plane(&["servicebus.chinacloudapi.cn"], EVENT_HUBS)),
        ],
    ),
    (
        DataPlane::ServiceBus,
        [
            Some(plane(&["servicebus.windows.net"], SERVICE_BUS)),
            Some(plane(&["servicebus.usgovcloudapi.net"], SERVICE_BUS)),
            Some(plane(&["servicebus.chinacloudapi.cn"], SERVICE_BUS)),
        ],
    ),
    (
        DataPlane::Sql,
        [
            Some(silent(&["database.windows.net"])),
            Some(silent(&["database.usgovcloudapi.net"])),
            Some(silent(&["database.chinacloudapi.cn"])),
        ],
    ),
];

/// A data plane in a cloud; `None` where it is not known.
pub(super) fn of(cloud: Cloud, wanted: DataPlane) -> Option<&'static Plane> {
    let (_, clouds) = TABLE.iter().find(|(plane, _)| *plane == wanted)?;
    let [public, government, china] = clouds;
    match cloud {
        Cloud::AzureCloud => public,
        Cloud::AzureUSGovernment => government,
        Cloud::AzureChinaCloud => china,
    }
    .as_ref()
}

impl Plane {
    /// The host is one of this data plane: something before one of its suffixes, and nothing else.
    pub(super) fn owns(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.suffixes.iter().any(|suffix| {
            let name = host.strip_suffix(suffix).and_then(|rest| rest.strip_suffix('.'));
            name.is_some_and(|name| !name.is_empty())
        })
    }
}

/// Where resources say what their data plane is called.
#[derive(Deserialize, Default)]
struct Body {
    #[serde(default, deserialize_with = "null_default")]
    properties: Properties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    endpoint: Text,
    vault_uri: Text,
    document_endpoint: Text,
    service_bus_endpoint: Text,
    fully_qualified_domain_name: Text,
    #[serde(deserialize_with = "null_default")]
    primary_endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Endpoints {
    blob: Text,
}

/// The host name of a resource's data plane, as the resource says it; where it says nothing, by its name.
pub(super) fn host(resource: &Resource, plane: DataPlane, cloud: Cloud) -> Option<String> {
    let body: Body = serde_json::from_str(resource.raw.json()).unwrap_or_default();
    let said = body.properties;
    let text = match plane {
        DataPlane::Ai | DataPlane::Search | DataPlane::AppConfiguration => said.endpoint.0,
        DataPlane::Storage => said.primary_endpoints.blob.0,
        DataPlane::KeyVault => said.vault_uri.0,
        DataPlane::Cosmos => said.document_endpoint.0,
        DataPlane::EventHubs | DataPlane::ServiceBus => said.service_bus_endpoint.0,
        DataPlane::Sql => said.fully_qualified_domain_name.0,
    };
    let named = Url::parse(&text).ok().and_then(|url| url.host_str().map(str::to_owned));
    let bare = (!text.is_empty() && !text.contains('/')).then_some(text);
    named.or(bare).or_else(|| {
        // AI accounts without a name of their own share a regional host, which takes no identities.
        let suffix = of(cloud, plane).filter(|_| plane != DataPlane::Ai)?.suffixes.first()?;
        Some(format!("{}.{suffix}", resource.id.name()))
    })
}

/// A read that changes nothing: path with query, as it is sent.
pub(super) fn read(plane: DataPlane) -> Option<&'static str> {
    match plane {
        DataPlane::Ai => Some("/openai/models?api-version=2024-10-21"),
        DataPlane::Storage => Some("/?comp=list&maxresults=1"),
        DataPlane::KeyVault => Some("/secrets?api-version=7.4&maxresults=1"),
        DataPlane::Search => Some("/indexes?api-version=2024-07-01&$select=name"),
        DataPlane::Cosmos => Some("/dbs"),
        DataPlane::AppConfiguration => Some("/keys?api-version=1.0"),
        DataPlane::EventHubs => Some("/$Resources/Eventhubs?api-version=2014-01"),
        DataPlane::ServiceBus => Some("/$Resources/queues?api-version=2017-04"),
        DataPlane::Sql => None,
    }
}

/// `x-ms-version` of the reads that need one.
pub(super) fn version_header(plane: DataPlane) -> Option<&'static str> {
    match plane {
        DataPlane::Storage => Some("2021-12-02"),
        DataPlane::Cosmos => Some("2018-12-31"),
        DataPlane::Ai
        | DataPlane::KeyVault
        | DataPlane::Search
        | DataPlane::AppConfiguration
        | DataPlane::EventHubs
        | DataPlane::ServiceBus
        | DataPlane::Sql => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ArmId, RawBody};

    #[test]
    fn a_data_planes_hosts_are_its_own_and_no_others() {
        let ai = of(Cloud::AzureCloud, DataPlane::Ai).unwrap();
        assert!(ai.owns("contoso.openai.azure.com") && ai.owns("Contoso.CognitiveServices.azure.com"));
        for foreign in [
            "openai.azure.com",
            ".openai.azure.com",
            "contoso.openai.azure.com.example.org",
            "contosoopenai.azure.com",
            "contoso.openai.azure.us",
            "contoso.vault.azure.net",
            "",
        ] {
            assert!(!ai.owns(foreign), "{foreign}");
        }
        assert!(of(Cloud::AzureChinaCloud, DataPlane::Cosmos).is_none());
    }

    #[test]
    fn every_data_plane_has_a_row_and_sane_scopes() {
        for wanted in DataPlane::ALL {
            assert!(of(Cloud::AzureCloud, wanted).is_some(), "{wanted:?}");
            for plane in Cloud::ALL.into_iter().filter_map(|cloud| of(cloud, wanted)) {
                assert_eq!(plane.scope.is_some(), read(wanted).is_some(), "{wanted:?}");
                let sane = |s: &str| {
                    s.starts_with("https://") && s.ends_with("/.default") && !s.contains("//.default")
                };
                assert!(plane.scope.is_none_or(sane));
            }
        }
    }

    #[test]
    fn the_host_is_what_the_resource_says() {
        let named = |kind: &str, properties: &str| {
            let id = format!("/subscriptions/s/resourceGroups/g/providers/{kind}/thing");
            let resource = Resource {
                id: ArmId::parse(&id).unwrap(),
                kind: String::new(),
                location: String::new(),
                public_access: None,
                identity: None,
                principal: None,
                raw: RawBody::new(&format!(r#"{{"properties":{properties}}}"#)),
            };
            host(&resource, DataPlane::of(kind).unwrap(), Cloud::AzureCloud)
        };
        for (kind, properties, wanted) in [
            (
                "Microsoft.CognitiveServices/accounts",
                r#"{"endpoint":"https://x.openai.azure.com/"}"#,
                Some("x.openai.azure.com"),
            ),
            ("Microsoft.CognitiveServices/accounts", "{}", None),
            (
                "Microsoft.Storage/storageAccounts",
                r#"{"primaryEndpoints":{"blob":"https://y.blob.core.windows.net/"}}"#,
                Some("y.blob.core.windows.net"),
            ),
            ("Microsoft.Search/searchServices", "null", Some("thing.search.windows.net")),
            (
                "Microsoft.DocumentDB/databaseAccounts",
                r#"{"documentEndpoint":"https://z.documents.azure.com:443/"}"#,
                Some("z.documents.azure.com"),
            ),
            (
                "Microsoft.Sql/servers",
                r#"{"fullyQualifiedDomainName":"q.database.windows.net"}"#,
                Some("q.database.windows.net"),
            ),
        ] {
            assert_eq!(named(kind, properties).as_deref(), wanted, "{kind} {properties}");
        }
    }
}
