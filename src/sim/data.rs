//! The resources' own endpoints, at `/_data/{host}/…`: what they answer to this machine is what the
//! traffic model's judge says, and each call becomes a row of the access log.
//!
//! Wordings: storage's as seen by many (API.md, section 8.2), Key Vault's, Cosmos DB's and Cognitive
//! Services' firewall texts as quoted in public issue threads. How AI services, AI Search, Cosmos DB and
//! the messaging services word a denial by the perimeter is not published: those texts are our own.

use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::logs;
use super::token::Bearer;
use super::traffic::{Called, Service};
use super::world::World;

/// The Azure CLI's application id, which a person's token carries.
const APP: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Answers a call to the data plane of a resource.
pub fn answer(world: &mut World, request: &Request, host: &str) -> Answer {
    let Some(service) = logs::service_at(world, host) else {
        return Answer::error(404, "UnknownHost", format!("There is no host '{host}' in this world."));
    };
    let audience = audience(service);
    match Bearer::of(request) {
        None => return no_token(service, "No token was sent with the request."),
        Some(bearer) if !bearer.is_for(audience) => {
            return no_token(
                service,
                &format!("The audience of the token is invalid; it must be {audience}."),
            );
        }
        Some(_) => {}
    }
    let Some(called) = logs::call(world, host, APP, operation(service)) else {
        return Answer::error(404, "UnknownHost", format!("There is no host '{host}' in this world."));
    };
    if called.allowed {
        return listing(service);
    }
    let address = world.tenant.machine.to_string();
    if called.by_resource { by_firewall(service, called, &address) } else { by_perimeter(service, &address) }
}

/// What the service's tokens are issued for.
fn audience(service: Service) -> &'static str {
    match service {
        Service::Ai => "https://cognitiveservices.azure.com",
        Service::Storage => "https://storage.azure.com",
        Service::KeyVault => "https://vault.azure.net",
        Service::Search => "https://search.azure.com",
        Service::Sql => "https://database.windows.net",
        Service::Cosmos => "https://cosmos.azure.com",
        Service::EventHubs => "https://eventhubs.azure.net",
        Service::ServiceBus => "https://servicebus.azure.net",
        Service::AppConfiguration => "https://azconfig.io",
        Service::Other => "https://management.azure.com",
    }
}

/// What the log calls the read that is made here.
fn operation(service: Service) -> &'static str {
    match service {
        Service::Ai => "Models_List",
        Service::Storage => "ListContainers",
        Service::KeyVault => "SecretList",
        Service::Search => "Indexes.List",
        Service::Sql => "Login",
        Service::Cosmos => "ListDatabases",
        Service::EventHubs | Service::ServiceBus => "ListEntities",
        Service::AppConfiguration => "ListKeys",
        Service::Other => "DataPlaneAccess",
    }
}

fn xml(status: u16, code: &str, message: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Answer::text(status, text).with("content-type", "application/xml").with("x-ms-error-code", code)
}

fn no_token(service: Service, why: &str) -> Answer {
    let challenge = format!(
        "Bearer authorization_uri=\"https://login.microsoftonline.com/common\", resource=\"{}\"",
        audience(service)
    );
    let answer = match service {
        Service::Storage => xml(401, "InvalidAuthenticationInfo", why),
        Service::Ai => Answer::error(401, "401", why),
        Service::KeyVault
        | Service::Search
        | Service::Sql
        | Service::Cosmos
        | Service::EventHubs
        | Service::ServiceBus
        | Service::AppConfiguration
        | Service::Other => Answer::error(401, "Unauthorized", why),
    };
    answer.with("WWW-Authenticate", challenge)
}

/// An empty list, in the service's own form.
fn listing(service: Service) -> Answer {
    match service {
        Service::Ai => Answer::ok(&json!({"object": "list", "data": [{"id": "gpt-4o", "object": "model"}]})),
        Service::Storage => Answer::text(
            200,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Containers /><NextMarker /></EnumerationResults>"
                .to_owned(),
        )
        .with("content-type", "application/xml"),
        Service::Cosmos => Answer::ok(&json!({"_rid": "", "Databases": [], "_count": 0})),
        Service::AppConfiguration => Answer::ok(&json!({"items": []})),
        Service::EventHubs | Service::ServiceBus => {
            Answer::text(200, "<feed xmlns=\"http://www.w3.org/2005/Atom\"></feed>".to_owned())
                .with("content-type", "application/atom+xml")
        }
        Service::KeyVault | Service::Search | Service::Sql | Service::Other => {
            Answer::ok(&json!({"value": []}))
        }
    }
}

fn by_perimeter(service: Service, address: &str) -> Answer {
    match service {
        Service::Storage => xml(
            403,
            "AuthorizationFailure",
            "This request is not authorized by network security perimeter to perform this operation.",
        ),
        Service::KeyVault => vault(
            "ForbiddenByNsp",
            &format!(
                "The request was forbidden by NSP policy.\r\nClient address: {address}\r\nCaller: appid={APP}"
            ),
        ),
        Service::Ai
        | Service::Search
        | Service::Sql
        | Service::Cosmos
        | Service::EventHubs
        | Service::ServiceBus
        | Service::AppConfiguration
        | Service::Other => Answer::error(
            403,
            "AccessDenied",
            "Access to this resource is blocked by the network security perimeter that it is associated with.",
        ),
    }
}

fn by_firewall(service: Service, called: Called, address: &str) -> Answer {
    match (service, called.closed) {
        (Service::Ai, true) => {
            Answer::error(403, "403", "Public access is disabled. Please configure private endpoint.")
        }
        (Service::Ai, false) => {
            Answer::error(403, "403", "Access denied due to Virtual Network/Firewall rules.")
        }
        (Service::Storage, _) => {
            xml(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")
        }
        (Service::KeyVault, true) => vault(
            "ForbiddenByConnection",
            "Public network access is disabled and request is not from a trusted service nor via an approved private link.",
        ),
        (Service::KeyVault, false) => vault(
            "ForbiddenByFirewall",
            &format!(
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: {address}\r\nCaller: appid={APP}"
            ),
        ),
        (Service::Cosmos, _) => Answer::json(
            403,
            &json!({"code": "Forbidden", "message": format!(
                "Request originated from IP {address} through public internet. This is blocked by your Cosmos DB account firewall settings."
            )}),
        ),
        (Service::EventHubs | Service::ServiceBus, _) => Answer::error(
            401,
            "401",
            "Ip has been prevented to connect to the endpoint. For more information see the service's firewall.",
        ),
        (Service::AppConfiguration, _) => Answer::error(
            403,
            "PublicNetworkAccessDisabled",
            "Access was denied by the store's network settings.",
        ),
        (Service::Search | Service::Sql | Service::Other, _) => Answer::empty(403),
    }
}

fn vault(inner: &str, message: &str) -> Answer {
    let error: Value = json!({"code": "Forbidden", "message": message, "innererror": {"code": inner}});
    Answer::json(403, &json!({ "error": error }))
}
