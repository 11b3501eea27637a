//! Which handler serves which method and path. One table; ARM paths are compared in lower case.

use super::http::{Answer, Method, Reply, Request};
use super::world::World;
use super::{
    associations, catalog, data, governance, graph, http, links, logging, logs, operations, paas, perimeters,
    policy, registrations, resource_writes, resources, roles, rules, sinks, subscriptions,
};

/// What became of a request.
pub enum Routed {
    /// It is answered.
    Done(Answer),
    /// It needs the world no longer, and may take its time.
    Later(Box<logs::Query>),
}

/// Serves a request of Azure Resource Manager or of Log Analytics.
pub fn answer(world: &mut World, request: &Request) -> Routed {
    if let [place, host, ..] = request.lower.as_slice()
        && place == "_data"
    {
        return Routed::Done(data::answer(world, request, host));
    }
    if request.header("authorization").is_none() {
        return Routed::Done(unauthorized(&world.tenant.id));
    }
    let lower: Vec<&str> = request.lower.iter().map(String::as_str).collect();
    let governance = &world.tenant.governance;
    let governed = governance::unlocked(governance, request);
    if let Err(refused) = governed.and_then(|()| governance::allowed(governance, request)) {
        return Routed::Done(refused);
    }
    let reply = match lower.as_slice() {
        [scope @ .., "providers", "microsoft.authorization", "roleassignments"] => {
            roles::answer(world, request, scope, &[])
        }
        [scope @ .., "providers", "microsoft.authorization", "roleassignments", name] => {
            roles::answer(world, request, scope, &[*name])
        }
        ["v1", "workspaces", workspace, "query"] if request.method == Method::Post => {
            return logs::query(world, workspace, request);
        }
        ["v1", resource @ .., "query"] if request.method == Method::Post && !resource.is_empty() => {
            return logs::query_resource(world, &http::join(resource), request);
        }
        ["v1", ..] => return Routed::Done(logs::no_path(world)),
        ["subscriptions", _, "providers", "microsoft.network", rest @ ..] => {
            subscriptions::known(world, request).and_then(|()| network(world, request, rest))
        }
        [
            "subscriptions",
            _,
            "resourcegroups",
            _,
            "providers",
            "microsoft.network",
            "networksecurityperimeters",
            rest @ ..,
        ] => subscriptions::known_group(world, request)
            .and_then(|()| registrations::asked(world, request, rest))
            .and_then(|()| perimeter(world, request, rest)),
        other => arm(world, request, other),
    };
    Routed::Done(reply.unwrap_or_else(|answer| answer))
}

/// Microsoft.Network at subscription level.
fn network(world: &mut World, request: &Request, rest: &[&str]) -> Reply {
    match (request.method, rest) {
        (Method::Get, []) => registrations::provider(world, request),
        (Method::Post, ["register"]) => registrations::register_provider(world, request),
        (Method::Get, ["networksecurityperimeters"]) => perimeters::list_subscription(world, request),
        (Method::Get, ["locations", _, "perimeterassociableresourcetypes"]) => catalog::types(world, request),
        (Method::Get, ["locations", _, "nspservicetags"]) => catalog::tags(world, request),
        (Method::Get, ["locations", _, "networksecurityperimeteroperationstatuses", _]) => {
            operations::status(world, request)
        }
        (Method::Get, _) => resources::list_subscription(world, request),
        _ => Err(no_method(request)),
    }
}

/// Perimeters and all below them.
fn perimeter(world: &mut World, request: &Request, rest: &[&str]) -> Reply {
    use Method::{Delete, Get, Patch, Post, Put};
    if request.method != Get {
        paas::before_write(world, request);
    }
    match (request.method, rest) {
        (Get, []) => perimeters::list_group(world, request),
        (Get, [_]) => perimeters::get(world, request),
        (Put, [_]) => perimeters::put(world, request),
        (Patch, [_]) => perimeters::patch(world, request),
        (Delete, [_]) => perimeters::delete(world, request),
        (Get, [_, "profiles"]) => perimeters::profiles(world, request),
        (Put, [_, "profiles", _]) => perimeters::put_profile(world, request),
        (Delete, [_, "profiles", _]) => perimeters::delete_profile(world, request),
        (Get, [_, "profiles", _, "accessrules"]) => rules::list(world, request),
        (Put, [_, "profiles", _, "accessrules", _]) => rules::put(world, request),
        (Delete, [_, "profiles", _, "accessrules", _]) => rules::delete(world, request),
        (
            Post,
            [_, "profiles", _, "accessrules", _, "reconcile"] | [_, "resourceassociations", _, "reconcile"],
        ) => perimeters::reconcile(world, request),
        (Get, [_, "resourceassociations"]) => associations::list(world, request),
        (Put, [_, "resourceassociations", _]) => associations::put(world, request),
        (Delete, [_, "resourceassociations", _]) => associations::delete(world, request),
        (Get, [_, "links" | "linkreferences"]) => links::list(world, request),
        (Put, [_, "links", _]) => links::put(world, request),
        (Delete, [_, "links", _]) => links::delete(world, request),
        (Delete, [_, "linkreferences", _]) => links::delete_reference(world, request),
        (Get, [_, "links" | "linkreferences", _, "operationresults", _]) => {
            operations::result(world, request)
        }
        (Get, [_, "loggingconfigurations"]) => logging::list(world, request),
        (Put, [_, "loggingconfigurations", _]) => logging::put(world, request),
        (Delete, [_, "loggingconfigurations", _]) => logging::delete(world, request),
        (
            Get,
            [
                _,
                "profiles" | "resourceassociations" | "links" | "linkreferences" | "loggingconfigurations",
                _,
            ]
            | [_, "profiles", _, "accessrules", _],
        ) => perimeters::child(world, request),
        (_, [_, "providers", "microsoft.insights", rest @ ..]) => insights(world, request, rest),
        (Get, _) => Err(no_path(request)),
        _ => Err(no_method(request)),
    }
}

/// Diagnostic settings of a perimeter.
fn insights(world: &mut World, request: &Request, rest: &[&str]) -> Reply {
    match (request.method, rest) {
        (Method::Get, ["diagnosticsettings"]) => logging::settings(world, request),
        (Method::Get, ["diagnosticsettings", _]) => logging::setting(world, request),
        (Method::Put, ["diagnosticsettings", _]) => logging::put_setting(world, request),
        (Method::Delete, ["diagnosticsettings", _]) => logging::delete_setting(world, request),
        (Method::Get, ["diagnosticsettingscategories"]) => logging::categories(world, request),
        (Method::Get, _) => Err(no_path(request)),
        _ => Err(no_method(request)),
    }
}

/// ARM itself and the PaaS providers.
fn arm(world: &mut World, request: &Request, path: &[&str]) -> Reply {
    match (request.method, path) {
        (Method::Post, ["providers", "microsoft.resourcegraph", "resources"]) => graph::query(world, request),
        (Method::Get, ["tenants"]) => subscriptions::tenants(world, request),
        (Method::Get, ["subscriptions"]) => subscriptions::list(world, request),
        (Method::Get, ["subscriptions", _]) => subscriptions::get(world, request),
        (Method::Get, ["subscriptions", _, "locations"]) => subscriptions::locations(world, request),
        (Method::Get, ["subscriptions", _, "resources"]) => resources::list_all(world, request),
        (Method::Get, ["subscriptions", _, "resourcegroups"]) => subscriptions::groups(world, request),
        (Method::Get, ["subscriptions", _, "resourcegroups", _]) => subscriptions::group(world, request),
        (Method::Put, ["subscriptions", _, "resourcegroups", _]) => subscriptions::put_group(world, request),
        (Method::Get, ["subscriptions", _, "providers", _]) => registrations::provider(world, request),
        (Method::Post, ["subscriptions", _, "providers", _, "register"]) => {
            registrations::register_provider(world, request)
        }
        (_, ["subscriptions", _, "providers", "microsoft.features", rest @ ..]) => {
            features(world, request, rest)
        }
        (Method::Get, ["subscriptions", _, "providers", _, _]) => {
            resources::list_subscription(world, request)
        }
        (Method::Get, ["subscriptions", _, "resourcegroups", _, "providers", _, _]) => {
            resources::list_group(world, request)
        }
        (Method::Get, ["subscriptions", _, "resourcegroups", _, "providers", _, _, _]) => {
            resources::get(world, request)
        }
        (Method::Delete, ["subscriptions", _, "resourcegroups", _, "providers", _, _, _]) => {
            resources::delete(world, request)
        }
        (
            Method::Get,
            [
                "subscriptions",
                _,
                "resourcegroups",
                _,
                "providers",
                "microsoft.eventhub",
                "namespaces",
                _,
                "authorizationrules",
            ],
        ) => sinks::rules(world, request),
        (Method::Put | Method::Patch, ["subscriptions", _, "resourcegroups", _, "providers", _, _, _]) => {
            resource_writes::write(world, request)
        }
        (Method::Get, ["subscriptions", _, "providers", _, "locations", _, _, id])
            if paas::follows(world, id) =>
        {
            paas::follow(world, request)
        }
        (Method::Get, [_, _, _, "microsoft.cognitiveservices", "locations", _, "operationresults", _])
            if operations::knows(world, request.segment(7)) =>
        {
            operations::account_status(world, request)
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
        ) => paas::answer(world, request, rest),
        (Method::Get, _) => Err(no_path(request)),
        _ => Err(no_method(request)),
    }
}

/// Preview features of a subscription.
fn features(world: &mut World, request: &Request, rest: &[&str]) -> Reply {
    match (request.method, rest) {
        (Method::Get, ["providers", _, "features", _]) => registrations::feature(world, request),
        (Method::Get, ["featureproviders", _, "subscriptionfeatureregistrations", _]) => {
            registrations::registration(world, request)
        }
        (Method::Put, ["featureproviders", _, "subscriptionfeatureregistrations", _]) => {
            registrations::register_feature(world, request)
        }
        (Method::Get, _) => Err(no_path(request)),
        _ => Err(no_method(request)),
    }
}

fn unauthorized(tenant: &str) -> Answer {
    let hint = format!(
        "Bearer authorization_uri=\"https://login.microsoftonline.com/{tenant}\", error=\"invalid_token\", error_description=\"The authentication failed because of missing 'Authorization' header.\""
    );
    Answer::error(
        401,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
    )
    .with("WWW-Authenticate", hint)
}

fn no_path(request: &Request) -> Answer {
    if let Err(answer) = policy::version(request) {
        return answer;
    }
    Answer::error(404, "NotFound", format!("No resource was found at '{}'.", request.path()))
}

fn no_method(request: &Request) -> Answer {
    Answer::error(
        405,
        "MethodNotAllowed",
        format!("The method '{}' is not supported at '{}'.", request.method.as_str(), request.path()),
    )
}
