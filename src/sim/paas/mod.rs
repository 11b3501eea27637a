//! What the PaaS resources themselves know of their perimeter: `networkSecurityPerimeterConfigurations`
//! below each resource, which lag behind the perimeter, and their reconciliation.

pub mod belief;
mod dialect;

use serde_json::{Value, json};

use super::body;
use super::clock;
use super::http::{Answer, Method, Reply, Request};
use super::page::{self, Last};
use super::policy;
use super::resources;
use super::world::World;
use belief::{Beliefs, Run};
use dialect::{Dialect, Tracker};

pub use belief::{Wish, flag, wish};

/// State of this side, kept by the world.
pub type Store = Beliefs;

/// Requests for configurations: `rest` is what follows their collection, in lower case.
pub fn answer(world: &mut World, request: &Request, rest: &[&str]) -> Reply {
    match (request.method, rest) {
        (Method::Get, []) => list(world, request),
        (Method::Get, [name]) => get(world, request, name),
        (Method::Post, [name, "reconcile"]) => reconcile(world, request, name),
        (Method::Get, _) => {
            Err(policy::bad("InvalidRequest", format!("There is nothing at '{}'.", request.path())))
        }
        _ => Err(Answer::error(
            405,
            "MethodNotAllowed",
            format!("The method '{}' is not supported at '{}'.", request.method.as_str(), request.path()),
        )),
    }
}

/// The resource of the path and its provider's way, if the api-version has configurations.
fn place(world: &World, request: &Request) -> Result<(String, &'static Dialect), Answer> {
    let resource = resources::find(world, request, 8)?;
    let version = policy::version(request)?;
    let (namespace, kind) = (request.segment(5), request.segment(6));
    match dialect::of(&format!("{namespace}/{kind}")).filter(|d| d.has(version)) {
        Some(dialect) => Ok((body::text(&resource, "/id").to_owned(), dialect)),
        None => Err(Answer::error(
            404,
            "InvalidResourceType",
            format!(
                "The resource type '{kind}/networkSecurityPerimeterConfigurations' could not be found in the namespace '{namespace}' for api version '{version}'."
            ),
        )),
    }
}

/// The configuration of a resource with the id of its association; none when it is in no perimeter.
fn configuration(world: &World, resource: &str, dialect: &Dialect) -> Option<(Value, String)> {
    let association = world.store.association_of(resource)?;
    let said = belief::believed(world, association)?;
    let perimeter = association.split('/').take(9).collect::<Vec<_>>().join("/");
    let perimeter = world.store.get(&perimeter)?;
    let issues = belief::issues(world, resource, dialect.identity);
    Some((dialect.body(resource, &perimeter, &said, issues), association.to_owned()))
}

fn list(world: &mut World, request: &Request) -> Reply {
    let (resource, dialect) = place(world, request)?;
    let items: Vec<String> =
        configuration(world, &resource, dialect).into_iter().map(|(body, _)| body.to_string()).collect();
    page::list(request, items.iter().map(String::as_str), Last::Absent)
}

fn find(world: &World, request: &Request, name: &str) -> Result<(Value, String, &'static Dialect), Answer> {
    let (resource, dialect) = place(world, request)?;
    configuration(world, &resource, dialect)
        .filter(|(body, _)| body::text(body, "/name").eq_ignore_ascii_case(name))
        .map(|(body, association)| (body, association, dialect))
        .ok_or_else(|| {
            let kind = format!("{}/networkSecurityPerimeterConfigurations", dialect.kind);
            policy::not_found(&kind, name, request.segment(3))
        })
}

fn get(world: &mut World, request: &Request, name: &str) -> Reply {
    find(world, request, name).map(|(body, _, _)| Answer::ok(&body))
}

/// Accepts a reconciliation: it is `Queued` until it has brought the resource up to date.
fn reconcile(world: &mut World, request: &Request, name: &str) -> Reply {
    let (_, association, dialect) = find(world, request, name)?;
    let started = world.now();
    let ends = clock::add(started, world.timing.operation);
    catch_up(world, &association, ends);
    if dialect.tracker == Tracker::Done {
        return Ok(Answer::empty(200));
    }
    let id = world.random.guid();
    world.paas.runs.insert(id.clone(), Run { started, ends });
    let location = world.store.get(&association.split('/').take(9).collect::<Vec<_>>().join("/"));
    let location = location.map_or(String::new(), |p| body::text(&p, "/location").to_owned());
    let version = request.query("api-version").unwrap_or_default();
    let (status, result) = dialect.polls;
    let at = |collection: &str, monitor: &str| {
        format!(
            "{}/subscriptions/{}/providers/{}/locations/{location}/{collection}/{id}?{monitor}api-version={version}",
            request.base,
            request.segment(1),
            dialect.kind.split('/').next().unwrap_or_default(),
        )
    };
    // Where both share a collection, `monitor` tells the result.
    let monitor = if status == result { "monitor=true&" } else { "" };
    let answer = Answer::empty(202);
    Ok(match dialect.tracker {
        Tracker::Both => {
            answer.with("azure-asyncoperation", at(status, "")).with("location", at(result, monitor))
        }
        Tracker::Location => answer.with("location", at(result, monitor)),
        Tracker::Status => answer.with("azure-asyncoperation", at(status, "")),
        Tracker::Done => answer,
    })
}

/// Whether this is the id of a reconciliation.
pub fn follows(world: &World, id: &str) -> bool {
    world.paas.runs.contains_key(id)
}

/// `GET …/locations/{location}/{collection}/{id}`: how a reconciliation is getting on.
pub fn follow(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    let id = request.segment(7).to_lowercase();
    let Some(run) = world.paas.runs.get(&id) else { return Err(policy::gone(&request.path())) };
    let done = world.now() >= run.ends;
    let as_result =
        request.segment(6).to_lowercase().ends_with("results") || request.query("monitor").is_some();
    if as_result {
        if done {
            return Ok(Answer::empty(200));
        }
        let address = format!("{}{}?{}", request.base, request.path(), request.query_text());
        return Ok(Answer::empty(202).with("location", address));
    }
    Ok(Answer::ok(&json!({
        "name": id,
        "status": if done { "Succeeded" } else { "Queued" },
        "startTime": clock::iso(run.started),
    })))
}

/// The resource behind an association learns by this time what the perimeter says.
fn catch_up(world: &mut World, association: &str, at: jiff::Timestamp) {
    belief::reconciled(world, association, at);
    look_again(world, association, at);
}

/// The association is to say by this time whether its resource has issues.
fn look_again(world: &mut World, association: &str, at: jiff::Timestamp) {
    let Some(body) = world.store.get(association) else { return };
    world.look_at(body::text(&body, "/properties/privateLinkResource/id"), at);
}

/// Associations that a path of a perimeter concerns; all ids as stored.
fn concerned(world: &World, request: &Request) -> Vec<String> {
    let perimeter = body::id(request, body::PERIMETER);
    let all = world.store.values(&format!("{perimeter}/resourceAssociations"));
    let id = |a: &Value| body::text(a, "/id").to_owned();
    let lower = |n: usize| request.lower.get(n).map_or("", String::as_str);
    match lower(8) {
        "profiles" => {
            let profile = body::id(request, 10).to_lowercase();
            let uses = |a: &&Value| body::text(a, "/properties/profile/id").to_lowercase() == profile;
            all.iter().filter(uses).map(id).collect()
        }
        "resourceassociations" => {
            all.iter().filter(|a| body::text(a, "/name").eq_ignore_ascii_case(lower(9))).map(id).collect()
        }
        "loggingconfigurations" | "providers" => all.iter().map(id).collect(),
        _ => Vec::new(),
    }
}

/// A write to a perimeter is about to be carried out: it reaches the resources later.
pub fn before_write(world: &mut World, request: &Request) {
    if request.lower.last().is_some_and(|s| s == "reconcile") {
        return;
    }
    let operation = match request.lower.get(8).map(String::as_str) {
        Some("resourceassociations") => world.timing.operation,
        Some(_) | None => std::time::Duration::ZERO,
    };
    let lasts = operation + world.timing.propagation;
    let concerned = concerned(world, request);
    let now = world.now();
    if !lasts.is_zero() {
        let until = belief::reached(world, lasts);
        belief::keep(world, &concerned, until);
    }
    for association in &concerned {
        look_again(world, association, now);
    }
}

/// `reconcile` of an association or a rule on the perimeter's side: the perimeter publishes once more.
pub fn publish(world: &mut World, request: &Request) {
    let at = belief::reached(world, world.timing.propagation);
    for association in concerned(world, request) {
        catch_up(world, &association, at);
    }
}
