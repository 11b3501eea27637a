//! Resource providers and preview features of a subscription: what is registered, and how that comes
//! about over time. What is not named by the scenario is a registered provider, or no feature at all.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::clock;
use super::http::{Answer, Method, Reply, Request};
use super::policy;
use super::subscriptions;
use super::world::World;

const NETWORK: &str = "microsoft.network";
/// The feature without which a subscription was not shown perimeters (API.md, section 10).
const PERIMETERS: &str = "microsoft.network/allownspinpublicpreview";

/// What a scenario says about a subscription.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Given {
    subscription: String,
    /// State by namespace.
    #[serde(default)]
    providers: BTreeMap<String, String>,
    /// By `namespace/name`.
    #[serde(default)]
    features: BTreeMap<String, GivenFeature>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GivenFeature {
    state: String,
    /// `AutoApproval` or `ApprovalRequired`.
    #[serde(default)]
    approval: String,
}

/// A state, and the one that it turns into.
#[derive(Debug, Clone)]
struct State {
    word: String,
    then: Option<(Timestamp, &'static str)>,
    /// Since when it is registered; `None`: since ever, or not at all.
    since: Option<Timestamp>,
}

impl State {
    fn of(word: &str) -> Self {
        Self { word: word.to_owned(), then: None, since: None }
    }

    fn at(&self, now: Timestamp) -> &str {
        match self.then {
            Some((due, word)) if due <= now => word,
            Some(_) | None => &self.word,
        }
    }
}

#[derive(Debug, Clone)]
struct Feature {
    /// `namespace` and `name` in Azure's spelling.
    names: (String, String),
    approval: String,
    state: State,
}

/// All registrations; keys are in lower case.
#[derive(Debug, Clone, Default)]
pub struct Registrations {
    providers: BTreeMap<(String, String), State>,
    features: BTreeMap<(String, String), Feature>,
}

impl Registrations {
    /// What the scenario says.
    pub fn new(given: Vec<Given>) -> Self {
        let mut out = Self::default();
        for one in given {
            let subscription = one.subscription.to_lowercase();
            for (namespace, state) in one.providers {
                out.providers.insert((subscription.clone(), namespace.to_lowercase()), State::of(&state));
            }
            for (label, feature) in one.features {
                let (namespace, name) = label.split_once('/').unwrap_or((&label, ""));
                let names = (namespace.to_owned(), name.to_owned());
                let made = Feature { names, approval: feature.approval, state: State::of(&feature.state) };
                out.features.insert((subscription.clone(), label.to_lowercase()), made);
            }
        }
        out
    }

    fn provider(&self, subscription: &str, namespace: &str, now: Timestamp) -> String {
        let found = self.providers.get(&(subscription.to_lowercase(), namespace.to_lowercase()));
        found.map_or("Registered", |state| state.at(now)).to_owned()
    }

    /// Perimeters are shown by the provider once it was registered after their feature was.
    fn offers_perimeters(&self, subscription: &str, now: Timestamp) -> bool {
        let subscription = subscription.to_lowercase();
        let Some(feature) = self.features.get(&(subscription.clone(), PERIMETERS.to_owned())) else {
            return true;
        };
        let provider = self.providers.get(&(subscription, NETWORK.to_owned()));
        match (feature.state.at(now), feature.state.since) {
            ("Registered", None) => true,
            ("Registered", Some(ready)) => provider.and_then(|p| p.since).is_some_and(|asked| asked >= ready),
            _ => false,
        }
    }
}

/// Refuses to work with a provider that is not registered. While it is being registered it works
/// where it is ready.
pub fn required(world: &World, subscription: &str, namespace: &str) -> Result<(), Answer> {
    let state = world.tenant.registrations.provider(subscription, namespace, world.now());
    if matches!(state.as_str(), "Registered" | "Registering") {
        return Ok(());
    }
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions."
    );
    let code = "MissingSubscriptionRegistration";
    Err(Answer::json(
        409,
        &json!({"error": {"code": code, "message": message, "details": [
            {"code": code, "target": namespace, "message": message}
        ]}}),
    ))
}

/// Refuses a write at or below a perimeter whose provider, or whose diagnostic settings' provider, is not
/// registered in the subscription. `rest` is what follows `networkSecurityPerimeters` in the path.
pub fn asked(world: &World, request: &Request, rest: &[&str]) -> Result<(), Answer> {
    let namespace = match rest {
        [_, "providers", "microsoft.insights", ..] => "Microsoft.Insights",
        _ => "Microsoft.Network",
    };
    match request.method {
        Method::Put | Method::Patch | Method::Post => required(world, request.segment(1), namespace),
        Method::Get | Method::Delete | Method::Other => Ok(()),
    }
}

/// `GET /subscriptions/{subscriptionId}/providers/{namespace}`
pub fn provider(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    subscriptions::known(world, request)?;
    let state = world.tenant.registrations.provider(request.segment(1), request.segment(3), world.now());
    Ok(Answer::ok(&provider_body(world, request, &state)))
}

fn provider_body(world: &World, request: &Request, state: &str) -> Value {
    let (subscription, namespace) = (request.segment(1), request.segment(3));
    let mut types = Vec::new();
    if namespace.eq_ignore_ascii_case(NETWORK) {
        types.push(json!({"resourceType": "virtualNetworks", "apiVersions": policy::NETWORK_VERSIONS}));
        if world.tenant.registrations.offers_perimeters(subscription, world.now()) {
            let kind = "networkSecurityPerimeters";
            types.push(json!({"resourceType": kind, "apiVersions": policy::NETWORK_VERSIONS}));
        }
    }
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{namespace}"),
        "namespace": namespace,
        "registrationState": state,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types,
    })
}

/// `POST .../providers/{namespace}/register`: 200 at once, registered later.
pub fn register_provider(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    subscriptions::known(world, request)?;
    let due = clock::add(world.now(), world.timing.operation * 4);
    let state =
        State { word: "Registering".to_owned(), then: Some((due, "Registered")), since: Some(world.now()) };
    let key = (request.segment(1).to_lowercase(), request.segment(3).to_lowercase());
    world.tenant.registrations.providers.insert(key, state);
    Ok(Answer::ok(&provider_body(world, request, "Registering")))
}

/// The feature that a path names: its namespace and name at these places.
fn key(request: &Request, namespace: usize, name: usize) -> (String, String) {
    let label = format!("{}/{}", request.segment(namespace), request.segment(name));
    (request.segment(1).to_lowercase(), label.to_lowercase())
}

fn unknown(request: &Request, name: usize) -> Answer {
    let message = format!("The feature '{}' could not be found.", request.segment(name));
    Answer::error(404, "FeatureNotFound", message)
}

/// `GET .../providers/Microsoft.Features/providers/{namespace}/features/{name}`
pub fn feature(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    subscriptions::known(world, request)?;
    let found =
        world.tenant.registrations.features.get(&key(request, 5, 7)).ok_or_else(|| unknown(request, 7))?;
    let (namespace, name) = &found.names;
    Ok(Answer::ok(&json!({
        "properties": {"state": found.state.at(world.now())},
        "id": format!(
            "/subscriptions/{}/providers/Microsoft.Features/providers/{namespace}/features/{name}",
            request.segment(1)
        ),
        "type": "Microsoft.Features/providers/features",
        "name": format!("{namespace}/{name}"),
    })))
}

/// `GET .../featureProviders/{namespace}/subscriptionFeatureRegistrations/{name}`
pub fn registration(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    subscriptions::known(world, request)?;
    let found =
        world.tenant.registrations.features.get(&key(request, 5, 7)).ok_or_else(|| unknown(request, 7))?;
    let state = found.state.at(world.now()).to_owned();
    Ok(Answer::ok(&registration_body(world, request, found, &state)))
}

fn registration_body(world: &World, request: &Request, feature: &Feature, state: &str) -> Value {
    let subscription = request.segment(1);
    let (namespace, name) = &feature.names;
    json!({
        "id": format!(
            "/subscriptions/{subscription}/providers/Microsoft.Features/featureProviders/{namespace}/subscriptionFeatureRegistrations/{name}"
        ),
        "name": name,
        "type": "microsoft.features/featureproviders/subscriptionfeatureregistrations",
        "properties": {
            "subscriptionId": subscription,
            "featureName": name,
            "providerNamespace": namespace,
            "state": state,
            "authorizationProfile": {},
            "registrationDate": world.now_text(),
            "releaseDate": "2024-11-05T00:00:00Z",
            "approvalType": feature.approval,
        },
    })
}

/// `PUT .../featureProviders/{namespace}/subscriptionFeatureRegistrations/{name}`: some features Azure
/// grants by itself after a while, some only Microsoft's people.
pub fn register_feature(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    subscriptions::known(world, request)?;
    let now = world.now();
    let due = clock::add(now, world.timing.operation * 12);
    let key = key(request, 5, 7);
    let feature = world.tenant.registrations.features.get_mut(&key).ok_or_else(|| unknown(request, 7))?;
    let state = match (feature.state.at(now), feature.approval.as_str()) {
        ("Registered", _) => "Registered",
        (_, "ApprovalRequired") => {
            feature.state = State::of("Pending");
            "Pending"
        }
        _ => {
            feature.state =
                State { word: "Registering".to_owned(), then: Some((due, "Registered")), since: Some(due) };
            "Registering"
        }
    };
    let feature = feature.clone();
    Ok(Answer::ok(&registration_body(world, request, &feature, state)))
}
