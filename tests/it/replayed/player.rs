//! Plays one recording through the real client: each recorded request becomes a typed call, and what comes of it is
//! compared with what was recorded.

use std::collections::HashMap;

use nsp::azure::cloud::Audience;
use nsp::azure::logs::table;
use nsp::azure::{ArmClient, ArmError, ErrorKind, Options, Page, Request, Session};
use nsp::domain::ArmId;
use serde_json::Value;

use super::call::{Call, Kind, call};
use super::fields::Check;
use super::graph;
use super::put;
use crate::scripted::Waits;
use crate::support::cassette::{Cassette, Interaction};
use crate::support::replay::{Played, Replay};

/// What came of it.
#[derive(Debug, Default)]
pub struct Score {
    /// Recorded requests that the client sent again.
    pub replayed: usize,
    /// Bodies that were decoded and compared field by field.
    pub compared: usize,
    /// Recorded requests that it has no operation for, with the reason.
    pub skipped: Vec<(String, &'static str)>,
    /// Everything that was not as recorded.
    pub wrong: Vec<String>,
}

/// Plays all of `cassette` that the client has operations for.
pub async fn play(cassette: &Cassette) -> Score {
    let mut score = Score::default();
    let wanted = wanted(cassette, &mut score);
    let version = wanted.iter().find_map(perimeter_version);
    let replay = Replay::remembering(wanted.clone()).await;
    let session = Session::at("recorded", replay.url(), Some(replay.url()), crate::scripted::Tokens::new());
    let session = session.unwrap().with_api_version(&version.unwrap_or("2024-10-01".to_owned()));
    let options = Options { clock: Waits::new(), seed: Some(1), ..Options::default() };
    let client = ArmClient::with_options(session, options).unwrap();
    let mut bodies = HashMap::new();
    while let Some(one) = replay.next() {
        let name = format!("{}: {} {}", cassette.name, one.method, one.url.path());
        let Ok(call) = call(&one) else {
            // Only what continues a call that was made gets here: the client did not go on with it.
            score.wrong.push(format!("{name}: the client did not ask for this"));
            replay.pass_over();
            continue;
        };
        let before = replay.played().len();
        let result = Box::pin(make(&client, &call, &one, &bodies)).await;
        let played = replay.played().split_off(before);
        if played.is_empty() || played[0].recorded.url != one.url {
            score.wrong.push(format!(
                "{name}: the client asked for something else: {result:?}",
                result = result.map(|_| ())
            ));
            replay.pass_over();
            continue;
        }
        let mut wrong = judged(&one, &result, &played);
        if call_has_body(&call) {
            wrong.extend(bodies_differ(&call, &played[0], &bodies));
        }
        if let Ok(items) = &result {
            wrong.extend(fields_differ(&call, items, &played, &mut score.compared));
        }
        score.wrong.extend(wrong.into_iter().map(|line| format!("{name}: {line}")));
        remember(&mut bodies, &played);
    }
    score.wrong.extend(replay.problems().into_iter().map(|line| format!("{}: {line}", cassette.name)));
    score.replayed = replay.played().iter().filter(|one| !one.again).count();
    score
}

/// What the client has an operation for, and what only continues such a call (pages and polls).
fn wanted(cassette: &Cassette, score: &mut Score) -> Vec<Interaction> {
    let mut wanted: Vec<Interaction> = Vec::new();
    for one in &cassette.interactions {
        let reason = match (call(one), continues(one, &cassette.interactions)) {
            (_, true) if continues(one, &wanted) => None,
            (_, true) => Some("continues a call that was left out"),
            (Ok(Call::Put(_, kind)), false) if !put::can_say(kind, &json(&one.body)) => {
                Some("writes what the client never writes")
            }
            (Ok(_), false) => None,
            (Err(reason), false) => Some(reason),
        };
        match reason {
            None => wanted.push(one.clone()),
            Some(reason) => score.skipped.push((format!("{} {}", one.method, one.url.path()), reason)),
        }
    }
    wanted
}

/// Whether an earlier answer leads to this request: as the next page, or as the status of an operation.
fn continues(one: &Interaction, others: &[Interaction]) -> bool {
    // A link may leave out the host.
    let target = |link: &str| {
        let whole = link.split_once("://").map_or(link, |(_, rest)| rest);
        whole.split_once('/').map(|(_, path)| path.to_lowercase())
    };
    let own = target(one.url.as_str()).unwrap_or_default();
    let path = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
    let is_poll = path(&own).rsplit('/').nth(1).is_some_and(|word| word.contains("operation"));
    let signed = one.url.query_pairs().any(|(name, _)| name != "api-version");
    one.method == "GET"
        && others.iter().any(|other| {
            let next = json(&other.answer);
            let page = next["nextLink"].as_str().and_then(target).is_some_and(|link| link == own);
            let polled = ["location", "azure-asyncoperation"].iter().any(|name| {
                let link = other.header(name).and_then(target);
                link.is_some_and(|link| path(&link) == path(&own)) && is_poll && signed
            });
            page || polled
        })
}

fn perimeter_version(one: &Interaction) -> Option<String> {
    let path = one.url.path().to_lowercase();
    let version = one.url.query_pairs().find(|(name, _)| name == "api-version")?.1.into_owned();
    path.contains("/microsoft.network/").then_some(version)
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

type Items = Vec<Box<dyn Check>>;

/// Takes pages; an unreadable item counts as a difference, because the numbers of items will not agree.
fn collect<T: Check + 'static>(items: &mut Items) -> impl FnMut(Page<T>) + Send + '_ {
    |page| items.extend(page.items.into_iter().map(|item| Box::new(item) as Box<dyn Check>))
}

fn boxed<T: Check + 'static>(items: Vec<T>) -> Items {
    items.into_iter().map(|item| Box::new(item) as Box<dyn Check>).collect()
}

fn one_of(item: impl Check + 'static) -> Items {
    vec![Box::new(item)]
}

async fn make(
    client: &ArmClient,
    call: &Call,
    one: &Interaction,
    bodies: &HashMap<String, Value>,
) -> Result<Items, ArmError> {
    let mut items = Items::new();
    match call {
        Call::Subscriptions => client.list_subscriptions(collect(&mut items)).await?,
        Call::ListPerimeters(scope) => client.list_perimeters(scope, collect(&mut items)).await?,
        Call::List(parent, kind) => list(client, parent, *kind, &mut items).await?,
        Call::Get(id, kind) => items = get(client, id, *kind).await?,
        Call::Put(id, kind) => {
            let recorded = json(&one.body);
            let base = put::base(*kind, &recorded, bodies.get(&key(id.as_str())));
            items.push(put::send(client, id, *kind, &recorded, base.as_ref()).await?);
        }
        Call::PatchTags(id) => {
            items = one_of(client.patch_perimeter_tags(id, &put::tags(&json(&one.body))).await?);
        }
        Call::Delete(id, kind, force) => delete(client, id, *kind, *force).await?,
        Call::Reconcile(id, Kind::Association) => client.reconcile_association(id).await?,
        Call::Reconcile(id, _) => client.reconcile_rule(id).await?,
        Call::Types(subscription, location) => {
            items = boxed(client.associable_types(subscription, location).await?);
        }
        Call::Tags(subscription, location) => {
            items = one_of(client.service_tags(subscription, location).await?);
        }
        Call::Status(subscription, location, operation) => {
            items = one_of(client.operation_status(subscription, location, operation).await?);
        }
        Call::Graph => items = one_of(client.query_resources(&graph::query(&json(&one.body))).await?),
        Call::Resource(id) => items = one_of(client.resource(id).await?),
        Call::Settings(id) => items = boxed(client.diagnostic_settings(id).await?),
        Call::Registration(subscription, requirement) => {
            items = one_of(client.registration(subscription, requirement).await?);
        }
        Call::Register(subscription, requirement) => {
            items = one_of(client.register(subscription, requirement).await?);
        }
        Call::Configurations(id) => items = boxed(client.configurations(id).await?),
        Call::Configuration(id, name) => items = one_of(client.configuration(id, name).await?),
        Call::ReconcileConfiguration(id, name) => {
            client.reconcile_configuration(id, name, |_| ()).await?;
        }
        Call::Query(workspace) => {
            let path = format!("/v1/workspaces/{workspace}/query");
            let url = client.session().url(Audience::Logs, &path, &[])?;
            let body = String::from_utf8_lossy(&one.body).into_owned();
            let answer = client.transport().send(&Request::query("query", url, body)).await?;
            items =
                one_of(table::decode(&answer.body).map_err(|why| answer.undecodable(".", &why.to_string()))?);
        }
    }
    Ok(items)
}

async fn list(client: &ArmClient, parent: &ArmId, kind: Kind, items: &mut Items) -> Result<(), ArmError> {
    match kind {
        Kind::Profile => client.list_profiles(parent, collect(items)).await,
        Kind::Rule => client.list_rules(parent, collect(items)).await,
        Kind::Association => client.list_associations(parent, collect(items)).await,
        Kind::Link => client.list_links(parent, collect(items)).await,
        Kind::Reference => client.list_link_references(parent, collect(items)).await,
        Kind::Logging => client.list_logging(parent, collect(items)).await,
        Kind::Setting => unreachable!("settings are listed by their owner"),
        Kind::Perimeter => unreachable!("perimeters are listed by scope"),
    }
}

async fn get(client: &ArmClient, id: &ArmId, kind: Kind) -> Result<Items, ArmError> {
    Ok(match kind {
        Kind::Perimeter => one_of(client.perimeter(id).await?),
        Kind::Profile => one_of(client.profile(id).await?),
        Kind::Rule => one_of(client.rule(id).await?),
        Kind::Association => one_of(client.association(id).await?),
        Kind::Link => one_of(client.link(id).await?),
        Kind::Reference => one_of(client.link_reference(id).await?),
        Kind::Logging => one_of(client.logging(id).await?),
        Kind::Setting => one_of(client.diagnostic_setting(id).await?),
    })
}

async fn delete(client: &ArmClient, id: &ArmId, kind: Kind, force: bool) -> Result<(), ArmError> {
    match kind {
        Kind::Perimeter => client.delete_perimeter(id, force, |_| ()).await,
        Kind::Profile => client.delete_profile(id).await,
        Kind::Rule => client.delete_rule(id).await,
        Kind::Association => client.delete_association(id, |_| ()).await,
        Kind::Link => client.delete_link(id, |_| ()).await,
        Kind::Reference => client.delete_link_reference(id, |_| ()).await,
        Kind::Logging => client.delete_logging(id).await,
        Kind::Setting => client.delete_diagnostic_setting(id).await,
    }
}

fn key(id: &str) -> String {
    id.trim_end_matches('/').to_lowercase()
}

/// Whether the call ended as the last recorded answer to it says.
fn judged(one: &Interaction, result: &Result<Items, ArmError>, played: &[Played]) -> Vec<String> {
    let own =
        |other: &&Played| other.recorded.method == one.method && other.recorded.url.path() == one.url.path();
    let last = played.iter().rfind(own).map_or(one, |other| &other.recorded);
    let failed_operation = played.iter().skip(1).any(|other| {
        let word = json(&other.recorded.answer)["status"].as_str().unwrap_or_default().to_lowercase();
        word == "failed" || word == "canceled"
    });
    let polled_again = played.iter().any(|other| other.again);
    let agrees = match (last.status, result) {
        (200..=299, Ok(_)) => !failed_operation,
        (200..=299, Err(error)) => match error.kind {
            ErrorKind::Failed => failed_operation,
            // The recording ends before the operation does.
            ErrorKind::Unfinished => polled_again,
            _ => false,
        },
        (404, Ok(_)) => one.method == "DELETE",
        (404, Err(error)) => error.kind == ErrorKind::NotFound,
        (status, Err(error)) => {
            let said = json(&last.answer);
            let code = said["error"]["code"].as_str().or(said["code"].as_str());
            error.said.status == Some(status) && error.said.code.as_deref() == code
        }
        (_, Ok(_)) => false,
    };
    if agrees {
        return Vec::new();
    }
    let result = result.as_ref().map(Vec::len);
    vec![format!("recorded {}, the client says {result:?}", last.status)]
}

fn call_has_body(call: &Call) -> bool {
    matches!(
        call,
        Call::Put(..)
            | Call::PatchTags(_)
            | Call::Query(_)
            | Call::ReconcileConfiguration(..)
            | Call::Reconcile(..)
            | Call::Register(..)
            | Call::Graph
    )
}

/// What the client sent against what was recorded.
fn bodies_differ(call: &Call, first: &Played, bodies: &HashMap<String, Value>) -> Vec<String> {
    let (recorded, sent) = (json(&first.recorded.body), json(&first.sent));
    match call {
        // Any object will do; what is in it does nothing.
        Call::Reconcile(..) if sent.is_object() => Vec::new(),
        Call::Graph => graph::differences(&recorded, &sent),
        Call::Put(id, _) => put::differences(&recorded, &sent, bodies.get(&key(id.as_str()))),
        _ => put::differences(&recorded, &sent, None),
    }
}

/// What the client made of the answers against the answers.
fn fields_differ(call: &Call, items: &Items, played: &[Played], compared: &mut usize) -> Vec<String> {
    let answers = played.iter().filter(|one| (200..300).contains(&one.recorded.status));
    let answers: Vec<Value> = answers.map(|one| json(&one.recorded.answer)).collect();
    let listed = matches!(
        call,
        Call::Subscriptions
            | Call::ListPerimeters(_)
            | Call::List(..)
            | Call::Types(..)
            | Call::Settings(_)
            | Call::Configurations(_)
    );
    let wanted: Vec<&Value> = match call {
        Call::Delete(..) | Call::Reconcile(..) | Call::ReconcileConfiguration(..) => Vec::new(),
        _ if listed => {
            answers.iter().flat_map(|page| page["value"].as_array().into_iter().flatten()).collect()
        }
        _ => answers.last().into_iter().collect(),
    };
    *compared += items.len();
    if items.len() != wanted.len() {
        return vec![format!("{} bodies were read as {} items", wanted.len(), items.len())];
    }
    items.iter().zip(wanted).flat_map(|(item, json)| item.wrong(json)).collect()
}

/// Keeps the newest body of each resource, as a client that edits it would have read it.
fn remember(bodies: &mut HashMap<String, Value>, played: &[Played]) {
    for one in played {
        let path = key(one.recorded.url.path());
        match one.recorded.method.as_str() {
            "DELETE" => bodies.retain(|known, _| !known.starts_with(&path)),
            "GET" | "PUT" if one.recorded.status < 300 => {
                let body = json(&one.recorded.answer);
                if body["id"].as_str().is_some_and(|id| key(id) == path) {
                    bodies.insert(path, body);
                }
            }
            _ => {}
        }
    }
}
