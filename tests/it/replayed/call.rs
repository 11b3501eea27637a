//! Which operation of the client a recorded request stands for. Knows paths only; asks nothing.

use nsp::azure::Scope;
use nsp::domain::{ArmId, Requirement};
use url::{Url, form_urlencoded};

use crate::support::cassette::Interaction;

/// A typed operation, ready to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    Subscriptions,
    ListPerimeters(Scope),
    /// The parent and the last segment of the path.
    List(ArmId, Kind),
    Get(ArmId, Kind),
    Put(ArmId, Kind),
    PatchTags(ArmId),
    Delete(ArmId, Kind, bool),
    Reconcile(ArmId, Kind),
    Types(String, String),
    Tags(String, String),
    Status(String, String, String),
    Resource(ArmId),
    Settings(ArmId),
    /// A resource, and the name of its configuration.
    Configurations(ArmId),
    Configuration(ArmId, String),
    ReconcileConfiguration(ArmId, String),
    /// A subscription, and what is registered there.
    Registration(String, Requirement),
    Register(String, Requirement),
    /// The id of a workspace.
    Query(String),
    /// A query of Resource Graph.
    Graph,
}

/// What a perimeter is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Perimeter,
    Profile,
    Rule,
    Association,
    Link,
    Reference,
    Logging,
    Setting,
}

/// Resources behind associations that the client can read without first looking up an api-version.
const RESOURCES: &[&str] = &[
    "microsoft.storage/storageaccounts",
    "microsoft.keyvault/vaults",
    "microsoft.cognitiveservices/accounts",
    "microsoft.search/searchservices",
    "microsoft.sql/servers",
    "microsoft.documentdb/databaseaccounts",
    "microsoft.eventhub/namespaces",
    "microsoft.servicebus/namespaces",
    "microsoft.eventgrid/topics",
    "microsoft.eventgrid/domains",
    "microsoft.operationalinsights/workspaces",
    "microsoft.insights/datacollectionendpoints",
    "microsoft.insights/scheduledqueryrules",
    "microsoft.insights/actiongroups",
    "microsoft.appconfiguration/configurationstores",
    "microsoft.batch/batchaccounts",
    "microsoft.containerregistry/registries",
];

/// Query parameters that the client has its own way with, or that only the service's own links carry.
const KNOWN_QUERY: &[&str] = &["api-version", "forcedeletion"];

/// The path without its encoding.
fn plain_path(url: &Url) -> String {
    let path = url.path().replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(path.as_bytes())
        .next()
        .map_or_else(String::new, |(path, _)| path.trim_end_matches('/').to_owned())
}

/// The operation, or why there is none.
pub fn call(one: &Interaction) -> Result<Call, &'static str> {
    let path = plain_path(&one.url);
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let lower: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let method = one.method.as_str();
    if let (["v1", "workspaces", _, "query"], "POST") = (lower.as_slice(), method) {
        return Ok(Call::Query(parts[2].to_owned()));
    }
    if let Some(call) = around(method, &parts, &lower) {
        return Ok(call);
    }
    if one.url.query_pairs().any(|(name, _)| !KNOWN_QUERY.contains(&name.to_lowercase().as_str())) {
        return Err("asks for a page size, filter or expansion that the client leaves to the service");
    }
    let id = |text: &str| ArmId::parse(text).map_err(|_| "its path is no resource id");
    match (method, lower.as_slice()) {
        (_, ["subscriptions", _, "providers", "microsoft.network", rest @ ..]) => {
            at_subscription(method, parts[1], &parts[4..], rest)
        }
        (
            "GET",
            [
                "subscriptions",
                _,
                "resourcegroups",
                _,
                "providers",
                "microsoft.network",
                "networksecurityperimeters",
            ],
        ) => {
            let scope = Scope::ResourceGroup(parts[1].to_owned(), parts[3].to_owned());
            Ok(Call::ListPerimeters(scope))
        }
        ("GET", [.., "providers", "microsoft.insights", "diagnosticsettings"]) => {
            Ok(Call::Settings(id(&format!("/{}", parts[..parts.len() - 3].join("/")))?))
        }
        (_, [.., "providers", "microsoft.insights", "diagnosticsettings", _]) => match method {
            "GET" => Ok(Call::Get(id(&path)?, Kind::Setting)),
            "PUT" => Ok(Call::Put(id(&path)?, Kind::Setting)),
            "DELETE" => Ok(Call::Delete(id(&path)?, Kind::Setting, false)),
            _ => Err("the client has no such operation"),
        },
        (
            _,
            [
                "subscriptions",
                _,
                "resourcegroups",
                _,
                "providers",
                "microsoft.network",
                "networksecurityperimeters",
                _,
                rest @ ..,
            ],
        ) => in_perimeter(one, &path, rest),
        ("GET", ["subscriptions", _, "resourcegroups", _, "providers", namespace, kind, _])
            if RESOURCES.contains(&format!("{namespace}/{kind}").as_str()) =>
        {
            Ok(Call::Resource(id(&path)?))
        }
        (
            _,
            [
                "subscriptions",
                _,
                "resourcegroups",
                _,
                "providers",
                _,
                _,
                _,
                "networksecurityperimeterconfigurations",
                rest @ ..,
            ],
        ) => of_configuration(method, &parts, rest),
        _ => Err("the client has no such operation"),
    }
}

/// What is asked of a subscription, a tenant or Resource Graph.
fn around(method: &str, parts: &[&str], lower: &[&str]) -> Option<Call> {
    match (method, lower) {
        ("POST", ["providers", "microsoft.resourcegraph", "resources"]) => Some(Call::Graph),
        ("GET", ["subscriptions"]) => Some(Call::Subscriptions),
        ("GET", ["subscriptions", _, "providers", _]) => {
            Some(Call::Registration(parts[1].to_owned(), Requirement::Provider(parts[3].to_owned())))
        }
        ("POST", ["subscriptions", _, "providers", _, "register"]) => {
            Some(Call::Register(parts[1].to_owned(), Requirement::Provider(parts[3].to_owned())))
        }
        (
            "PUT",
            [
                "subscriptions",
                _,
                "providers",
                "microsoft.features",
                "featureproviders",
                _,
                "subscriptionfeatureregistrations",
                _,
            ],
        ) => {
            let (namespace, name) = (parts[5].to_owned(), parts[7].to_owned());
            Some(Call::Register(parts[1].to_owned(), Requirement::Feature { namespace, name }))
        }
        _ => None,
    }
}

/// What a resource believes: `rest` is what follows the collection.
fn of_configuration(method: &str, parts: &[&str], rest: &[&str]) -> Result<Call, &'static str> {
    let resource = ArmId::parse(&format!("/{}", parts[..8].join("/")));
    let resource = resource.map_err(|_| "its path is no resource id")?;
    let name = || parts[9].to_owned();
    match (method, rest) {
        ("GET", []) => Ok(Call::Configurations(resource)),
        ("GET", [_]) => Ok(Call::Configuration(resource, name())),
        ("POST", [_, "reconcile"]) => Ok(Call::ReconcileConfiguration(resource, name())),
        _ => Err("the client has no such operation"),
    }
}

fn at_subscription(
    method: &str,
    subscription: &str,
    parts: &[&str],
    lower: &[&str],
) -> Result<Call, &'static str> {
    let own = |at: usize| parts[at].to_owned();
    let subscription = subscription.to_owned();
    match (method, lower) {
        ("GET", ["networksecurityperimeters"]) => Ok(Call::ListPerimeters(Scope::Subscription(subscription))),
        ("GET", ["locations", _, "perimeterassociableresourcetypes"]) => {
            Ok(Call::Types(subscription, own(1)))
        }
        ("GET", ["locations", _, "nspservicetags"]) => Ok(Call::Tags(subscription, own(1))),
        ("GET", ["locations", _, "networksecurityperimeteroperationstatuses", _]) => {
            Ok(Call::Status(subscription, own(1), own(3)))
        }
        _ => Err("the client has no such operation"),
    }
}

/// `rest` is what follows the perimeter's name, in lower case.
fn in_perimeter(one: &Interaction, path: &str, rest: &[&str]) -> Result<Call, &'static str> {
    let bad = |_| "its path is no resource id";
    let id = ArmId::parse(path).map_err(bad)?;
    let parent = || id.as_str().rsplit_once('/').map(|(up, _)| ArmId::parse(up)).unwrap().map_err(bad);
    let kind = |word: &str| match word {
        "profiles" => Ok(Kind::Profile),
        "accessrules" => Ok(Kind::Rule),
        "resourceassociations" => Ok(Kind::Association),
        "links" => Ok(Kind::Link),
        "linkreferences" => Ok(Kind::Reference),
        "loggingconfigurations" => Ok(Kind::Logging),
        _ => Err("the client has no such operation"),
    };
    let kind = match rest {
        [] => Kind::Perimeter,
        [collection] => {
            return match one.method.as_str() {
                "GET" => Ok(Call::List(parent()?, kind(collection)?)),
                _ => Err("the client has no such operation"),
            };
        }
        ["profiles", _, "accessrules"] if one.method == "GET" => {
            return Ok(Call::List(parent()?, Kind::Rule));
        }
        [.., collection, _, "reconcile"] if one.method == "POST" => {
            let kind = kind(collection)?;
            return match kind {
                Kind::Rule | Kind::Association => Ok(Call::Reconcile(parent()?, kind)),
                _ => Err("the client has no such operation"),
            };
        }
        ["profiles", _, "accessrules", _] => Kind::Rule,
        [collection, _] => kind(collection)?,
        _ => return Err("the client has no such operation"),
    };
    let force = one.url.query_pairs().any(|(name, value)| {
        name.eq_ignore_ascii_case("forceDeletion") && value.eq_ignore_ascii_case("true")
    });
    match (one.method.as_str(), kind) {
        ("GET", _) => Ok(Call::Get(id, kind)),
        ("PUT", Kind::Reference) => Err("the client has no such operation"),
        ("PUT", _) => Ok(Call::Put(id, kind)),
        ("PATCH", Kind::Perimeter) => Ok(Call::PatchTags(id)),
        ("DELETE", _) => Ok(Call::Delete(id, kind, force)),
        _ => Err("the client has no such operation"),
    }
}
