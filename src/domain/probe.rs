//! What a call to a resource's own endpoint proved: who answered, and who denied. Pure: it judges
//! evidence that was gathered elsewhere, and says no more than the evidence does.

use std::net::IpAddr;

use super::{ArmId, Failure};

/// A service whose data plane can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataPlane {
    /// Azure OpenAI, Foundry and the other kinds of Microsoft.CognitiveServices.
    Ai,
    /// Blobs of a storage account.
    Storage,
    /// Key Vault.
    KeyVault,
    /// AI Search.
    Search,
    /// Cosmos DB.
    Cosmos,
    /// App Configuration.
    AppConfiguration,
    /// Event Hubs, by its HTTPS interface.
    EventHubs,
    /// Service Bus, by its HTTPS interface.
    ServiceBus,
    /// SQL, which has no HTTPS interface: only its name is looked up.
    Sql,
}

impl DataPlane {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Ai,
        Self::Storage,
        Self::KeyVault,
        Self::Search,
        Self::Cosmos,
        Self::AppConfiguration,
        Self::EventHubs,
        Self::ServiceBus,
        Self::Sql,
    ];

    /// The data plane of a resource type; `None` where no harmless HTTPS read is known.
    pub fn of(resource_type: &str) -> Option<Self> {
        let known = [
            ("Microsoft.CognitiveServices/accounts", Self::Ai),
            ("Microsoft.Storage/storageAccounts", Self::Storage),
            ("Microsoft.KeyVault/vaults", Self::KeyVault),
            ("Microsoft.Search/searchServices", Self::Search),
            ("Microsoft.DocumentDB/databaseAccounts", Self::Cosmos),
            ("Microsoft.AppConfiguration/configurationStores", Self::AppConfiguration),
            ("Microsoft.EventHub/namespaces", Self::EventHubs),
            ("Microsoft.ServiceBus/namespaces", Self::ServiceBus),
            ("Microsoft.Sql/servers", Self::Sql),
        ];
        known.into_iter().find(|(kind, _)| kind.eq_ignore_ascii_case(resource_type)).map(|(_, plane)| plane)
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ai => "AI services",
            Self::Storage => "Storage (blob)",
            Self::KeyVault => "Key Vault",
            Self::Search => "AI Search",
            Self::Cosmos => "Cosmos DB",
            Self::AppConfiguration => "App Configuration",
            Self::EventHubs => "Event Hubs",
            Self::ServiceBus => "Service Bus",
            Self::Sql => "SQL",
        }
    }
}

/// A call and everything that is known of what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The resource that was called.
    pub resource: ArmId,
    /// Its service.
    pub plane: DataPlane,
    /// Host name of its data plane.
    pub host: String,
    /// Method and path of the call, such as `GET /openai/models`.
    pub request: String,
    /// What the host name stands for on this machine.
    pub names: Names,
    /// The address that answered.
    pub peer: Option<IpAddr>,
    /// What came back.
    pub reply: Reply,
    /// Milliseconds that the call took.
    pub millis: u64,
}

/// What a host name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// These addresses.
    Addresses(Vec<IpAddr>),
    /// Nothing: why.
    Unknown(String),
    /// It was not looked up: the session names its own data plane, at this address.
    Elsewhere(String),
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// An HTTP answer.
    Answered(Answered),
    /// No token could be had, so nothing was sent.
    NoToken(Failure),
    /// No answer.
    Lost(Loss, String),
    /// There is no HTTPS call to make: why.
    NotAsked(String),
}

/// An HTTP answer as far as it is evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Error code, the innermost where there are several.
    pub code: Option<String>,
    /// The service's words, cleaned.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

/// How an answer went missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The name stands for no address.
    Name,
    /// No way to the address, or nobody listens there.
    Route,
    /// Nothing came in time.
    Time,
    /// The certificate or the handshake was bad.
    Tls,
    /// The answer broke off.
    Torn,
}

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was answered with success.
    Allowed,
    /// The network security perimeter denied it.
    Perimeter,
    /// The resource's own firewall denied it.
    Firewall,
    /// The network let it through; the identity lacks a role.
    Role,
    /// The token was not accepted; the network may not have been asked.
    Identity,
    /// 403 or a redirect that does not say who it comes from.
    Unclear,
    /// The service answered with something that is no denial.
    Answered,
    /// The service failed.
    Broken,
    /// Signing in for this service failed.
    NoToken,
    /// The name stands for no address.
    NoName,
    /// No way to the address.
    NoRoute,
    /// Nothing came in time.
    TimedOut,
    /// The secure connection failed.
    Tls,
    /// The answer broke off.
    Torn,
    /// There was nothing to call.
    NotAsked,
}

/// Words of a denial by the perimeter, in lower case. Storage: "not authorized by network security
/// perimeter"; Key Vault: `ForbiddenByNsp`; SQL and the article on Azure OpenAI name the perimeter.
const PERIMETER: [&str; 3] = ["network security perimeter", "forbiddenbynsp", "nsp policy"];

/// Words of a denial by the resource's own firewall, in lower case, by service: Cognitive Services
/// (two), Key Vault (three), Cosmos DB, Event Hubs and Service Bus (two).
const FIREWALL: [&str; 9] = [
    "virtual network/firewall rules",
    "public access is disabled",
    "forbiddenbyfirewall",
    "forbiddenbyconnection",
    "public network access is disabled",
    "firewall settings",
    "ip has been prevented to connect",
    "ip address is not allowed",
    "publicnetworkaccessdisabled",
];

/// Words of a missing role, in lower case: Storage, Cognitive Services (three), Key Vault (two),
/// Cosmos DB (two), Event Hubs and Service Bus.
const ROLE: [&str; 9] = [
    "authorizationpermissionmismatch",
    "permissiondenied",
    "lacks the required data action",
    "does not have access to api/operation",
    "forbiddenbyrbac",
    "forbiddenbypolicy",
    "request blocked by auth",
    "rbac permissions",
    "claim is required",
];

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Judges what came back.
pub fn verdict(plane: DataPlane, reply: &Reply) -> Verdict {
    let answer = match reply {
        Reply::Answered(answer) => answer,
        Reply::NoToken(_) => return Verdict::NoToken,
        Reply::NotAsked(_) => return Verdict::NotAsked,
        Reply::Lost(Loss::Name, _) => return Verdict::NoName,
        Reply::Lost(Loss::Route, _) => return Verdict::NoRoute,
        Reply::Lost(Loss::Time, _) => return Verdict::TimedOut,
        Reply::Lost(Loss::Tls, _) => return Verdict::Tls,
        Reply::Lost(Loss::Torn, _) => return Verdict::Torn,
    };
    let code = answer.code.as_deref().unwrap_or_default();
    let text = format!("{code} {}", answer.message).to_lowercase();
    match answer.status {
        200..=299 => Verdict::Allowed,
        401 | 403 if says(&text, &PERIMETER) => Verdict::Perimeter,
        401 | 403 if says(&text, &FIREWALL) => Verdict::Firewall,
        401 | 403 if says(&text, &ROLE) => Verdict::Role,
        // Without a perimeter's name this is what the storage firewall says; a missing role is
        // AuthorizationPermissionMismatch.
        403 if plane == DataPlane::Storage && code.eq_ignore_ascii_case("AuthorizationFailure") => {
            Verdict::Firewall
        }
        401 => Verdict::Identity,
        300..=399 | 403 => Verdict::Unclear,
        500..=599 => Verdict::Broken,
        _ => Verdict::Answered,
    }
}

/// Whether an address belongs to a private network, as those of private endpoints do.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            // 100.64.0.0/10 is shared address space (RFC 6598), never on the Internet.
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && (b & 0xc0) == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The address that the service saw, where its words tell: Key Vault and Cosmos DB do.
pub fn seen_address(message: &str) -> Option<IpAddr> {
    let lower = message.to_ascii_lowercase();
    ["client address:", "originated from ip"].iter().find_map(|phrase| {
        let (before, _) = lower.split_once(phrase)?;
        let rest = message.get(before.len() + phrase.len()..)?;
        let word = rest.split_whitespace().next()?;
        word.trim_matches(['.', ',', ';', '\'', '"']).parse().ok()
    })
}

impl Probe {
    /// What the evidence says.
    pub fn verdict(&self) -> Verdict {
        verdict(self.plane, &self.reply)
    }

    /// The address of this machine as the service saw it, where its words tell.
    pub fn seen_address(&self) -> Option<IpAddr> {
        match &self.reply {
            Reply::Answered(answer) => seen_address(&answer.message),
            Reply::NoToken(_) | Reply::Lost(..) | Reply::NotAsked(_) => None,
        }
    }

    /// The name stands for private addresses only: calls take a private endpoint.
    pub fn is_private(&self) -> bool {
        match &self.names {
            Names::Addresses(all) => !all.is_empty() && all.iter().copied().all(is_private),
            Names::Unknown(_) | Names::Elsewhere(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, code: &str, message: &str) -> Reply {
        let code = (!code.is_empty()).then(|| code.to_owned());
        Reply::Answered(Answered { status, code, message: message.to_owned(), request_id: None })
    }

    #[test]
    fn who_denied_is_read_from_the_services_own_words() {
        use DataPlane as P;
        use Verdict as V;
        let cases = [
            (P::Ai, 200, "", "", V::Allowed),
            (P::Ai, 403, "403", "Access denied due to Virtual Network/Firewall rules.", V::Firewall),
            (P::Ai, 403, "403", "Public access is disabled. Please configure private endpoint.", V::Firewall),
            (
                P::Ai,
                403,
                "AccessDenied",
                "Access is blocked by the Network Security Perimeter.",
                V::Perimeter,
            ),
            (
                P::Ai,
                401,
                "PermissionDenied",
                "The principal `x` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/models/read`",
                V::Role,
            ),
            (P::Ai, 401, "401", "Access denied due to invalid subscription key.", V::Identity),
            (P::Ai, 404, "404", "Resource not found", V::Answered),
            (P::Ai, 429, "429", "Slow down", V::Answered),
            (
                P::Storage,
                403,
                "AuthorizationFailure",
                "This request is not authorized by network security perimeter to perform this operation.\nRequestId:x",
                V::Perimeter,
            ),
            (
                P::Storage,
                403,
                "AuthorizationFailure",
                "This request is not authorized to perform this operation.",
                V::Firewall,
            ),
            (
                P::Storage,
                403,
                "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.",
                V::Role,
            ),
            (P::Search, 403, "AuthorizationFailure", "no", V::Unclear),
            (
                P::KeyVault,
                403,
                "ForbiddenByFirewall",
                "Client address is not authorized and caller is not a trusted service.",
                V::Firewall,
            ),
            (P::KeyVault, 403, "ForbiddenByNsp", "The request was forbidden by NSP policy.", V::Perimeter),
            (P::KeyVault, 403, "ForbiddenByRbac", "Caller is not authorized to perform action", V::Role),
            (
                P::Cosmos,
                403,
                "Forbidden",
                "Request originated from IP 198.51.100.7 through public internet. This is blocked by your Cosmos DB account firewall settings.",
                V::Firewall,
            ),
            (P::Cosmos, 403, "Forbidden", "Request blocked by Auth x : RBAC", V::Role),
            (P::EventHubs, 401, "401", "Unauthorized access. 'Manage' claim is required.", V::Role),
            (P::EventHubs, 401, "401", "Ip has been prevented to connect to the endpoint.", V::Firewall),
            (P::Search, 403, "", "", V::Unclear),
            (P::Search, 307, "", "", V::Unclear),
            (P::Search, 503, "", "", V::Broken),
        ];
        for (plane, status, code, message, wanted) in cases {
            assert_eq!(verdict(plane, &answered(status, code, message)), wanted, "{status} {code} {message}");
        }
        for (loss, wanted) in [
            (Loss::Name, V::NoName),
            (Loss::Route, V::NoRoute),
            (Loss::Time, V::TimedOut),
            (Loss::Tls, V::Tls),
            (Loss::Torn, V::Torn),
        ] {
            assert_eq!(verdict(P::Ai, &Reply::Lost(loss, String::new())), wanted);
        }
    }

    #[test]
    fn the_address_that_the_service_saw() {
        for (message, wanted) in [
            (
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.9\r\nCaller: x",
                Some("203.0.113.9"),
            ),
            ("Request originated from IP 2001:db8::7 through public internet.", Some("2001:db8::7")),
            ("Client address: unknown", None),
            ("Version 2.14.0.0 of nothing", None),
            ("", None),
        ] {
            assert_eq!(seen_address(message), wanted.map(|text| text.parse().unwrap()), "{message}");
        }
    }

    #[test]
    fn private_addresses() {
        for (address, wanted) in [
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("20.50.1.1", false),
            ("fd00::1", true),
            ("2603:1020::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), wanted, "{address}");
        }
    }
}
