//! Providers and preview features: read, registered, watched, through the real client at the simulator.

use std::time::Duration;

use nsp::azure::ErrorKind;
use nsp::domain::{Change, Outcome, Register, RegistrationState, Requirement, Standing, Step};
use nsp::sim::{Named, Options, Timing};
use serde_json::json;

use crate::support::harness::Harness;
use crate::support::sim::{Caller, PROD, VERSION, nsp};

const SHARED: &str = "9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22";
const NONPROD: &str = "c5a1d9e4-7b32-4e68-b0f7-2a9c8d1e6f33";

fn provider(namespace: &str) -> Requirement {
    Requirement::Provider(namespace.to_owned())
}

fn feature(label: &str) -> Requirement {
    let (namespace, name) = label.split_once('/').unwrap();
    Requirement::Feature { namespace: namespace.to_owned(), name: name.to_owned() }
}

async fn standing(world: &Harness, subscription: &str, requirement: &Requirement) -> Standing {
    world.client.registration(subscription, requirement).await.unwrap().standing()
}

/// Registers it the way a confirmed change is written; simulated time passes with each step.
async fn register(world: &Harness, subscription: &str, requirement: &Requirement) -> (Outcome, Vec<Step>) {
    let before = world.client.registration(subscription, requirement).await.unwrap();
    let change = Change::Register(Box::new(Register { before, place: "a subscription".to_owned() }));
    let (handle, mut steps) = (world.handle(), Vec::new());
    let outcome = world
        .client
        .apply(&change, |step| {
            handle.advance(Duration::from_secs(5));
            steps.push(step);
        })
        .await;
    (outcome, steps)
}

async fn slow(name: &str) -> Harness {
    let timing = Timing { operation: Duration::from_secs(10), ..Timing::INSTANT };
    Harness::start(name, Options { timing, ..Options::instant(Named::Empty) }).await
}

fn asked(world: &Harness, method: &str) -> usize {
    world.handle().requests().iter().filter(|r| r.method == method).count()
}

#[tokio::test]
async fn a_provider_is_registered_and_watched_until_it_is() {
    let world = slow("registration of a provider").await;
    let wanted = provider("Microsoft.CognitiveServices");
    assert_eq!(standing(&world, PROD, &wanted).await, Standing::Ready);
    assert_eq!(standing(&world, SHARED, &wanted).await, Standing::Missing);
    let (outcome, steps) = register(&world, SHARED, &wanted).await;
    assert_eq!(outcome, Outcome::Done { after: None });
    assert!(steps.contains(&Step::Waiting { status: "Registering".to_owned() }), "{steps:?}");
    assert_eq!(standing(&world, SHARED, &wanted).await, Standing::Ready);
    assert_eq!(asked(&world, "POST"), 1);

    // What is registered by somebody else meanwhile is not asked for again.
    let before = world.client.registration(SHARED, &provider("Microsoft.Search")).await.unwrap();
    world.client.register(SHARED, &provider("Microsoft.Search")).await.unwrap();
    let change = Change::Register(Box::new(Register { before, place: String::new() }));
    assert_eq!(world.client.apply(&change, |_| ()).await, Outcome::Done { after: None });
    assert_eq!(asked(&world, "POST"), 2);
    world.proxy.assert_clean();
}

#[tokio::test]
async fn a_feature_that_takes_hours_does_not_hold_the_write_open() {
    let timing = Timing { operation: Duration::from_secs(3600), ..Timing::INSTANT };
    let world = Harness::start("a slow feature", Options { timing, ..Options::instant(Named::Empty) }).await;
    let wanted = feature("Microsoft.CognitiveServices/OpenAI.NspPreview");
    let (outcome, steps) = register(&world, PROD, &wanted).await;
    assert_eq!(outcome, Outcome::Done { after: None });
    assert!(steps.len() > 3, "{steps:?}");
    assert_eq!(standing(&world, PROD, &wanted).await, Standing::Moving);
    world.handle().advance(Duration::from_secs(13 * 3600));
    assert_eq!(standing(&world, PROD, &wanted).await, Standing::Ready);

    // One that Microsoft has to approve stays pending for good.
    register(&world, SHARED, &wanted).await;
    world.handle().advance(Duration::from_secs(99 * 3600));
    let pending = world.client.registration(SHARED, &wanted).await.unwrap();
    assert_eq!(pending.state, Some(RegistrationState::Pending));
    world.proxy.assert_clean();
}

#[tokio::test]
async fn a_feature_that_azure_does_not_know_is_not_needed() {
    let world = slow("an unknown feature").await;
    let gone = feature("Microsoft.Network/AllowNSPInPublicPreview");
    assert_eq!(standing(&world, PROD, &gone).await, Standing::NotNeeded);
    let refused = world.client.register(PROD, &gone).await.unwrap_err();
    assert_eq!((refused.kind, refused.said.code.as_deref()), (ErrorKind::NotFound, Some("FeatureNotFound")));
    world.proxy.assert_clean();
}

#[tokio::test]
async fn perimeters_are_offered_once_the_provider_is_registered_after_its_feature() {
    let world = slow("a provider that is registered twice").await;
    let (network, preview) =
        (provider("Microsoft.Network"), feature("Microsoft.Network/AllowNSPInPublicPreview"));
    assert_eq!(standing(&world, NONPROD, &network).await, Standing::Missing);
    register(&world, NONPROD, &network).await;
    assert_eq!(standing(&world, NONPROD, &network).await, Standing::Again);
    register(&world, NONPROD, &preview).await;
    world.handle().advance(Duration::from_secs(600));
    assert_eq!(standing(&world, NONPROD, &preview).await, Standing::Ready);
    assert_eq!(standing(&world, NONPROD, &network).await, Standing::Again);
    let (outcome, _) = register(&world, NONPROD, &network).await;
    assert_eq!(outcome, Outcome::Done { after: None });
    assert_eq!(standing(&world, NONPROD, &network).await, Standing::Ready);
    world.proxy.assert_clean();
}

#[tokio::test]
async fn what_cannot_be_registered_says_why() {
    let world = slow("a refused registration").await;
    let body = json!({"error": {"code": "AuthorizationFailed", "message":
        "The client 'x' does not have authorization to perform action 'Microsoft.Search/register/action' over scope '/subscriptions/s'."}});
    world.handle().fault_json(json!({"method": "POST", "action": {"status": 403, "body": body}})).unwrap();
    let (outcome, _) = register(&world, SHARED, &provider("Microsoft.Search")).await;
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.title, "Not allowed to register provider Microsoft.Search in a subscription");
    assert!(failure.hint.contains("Microsoft.Search/register/action"), "{failure:?}");
}

#[tokio::test]
async fn a_perimeter_needs_its_provider_and_that_of_each_resource() {
    let caller = Caller::new(Named::Empty).await;
    let at = |subscription: &str, group: &str, rest: &str| {
        nsp(rest).replace(PROD, subscription).replace("rg-ai-prod", group) + "?" + VERSION
    };
    let refused = caller.put(&at(NONPROD, "rg-poc", "nsp"), json!({"location": "westus3"})).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "MissingSubscriptionRegistration"));

    let made = caller.put(&at(SHARED, "rg-security", "nsp"), json!({"location": "westeurope"})).await;
    assert_eq!(made.status, 200);
    assert_eq!(caller.put(&at(SHARED, "rg-security", "nsp/profiles/p"), json!({})).await.status, 200);
    let profile = at(SHARED, "rg-security", "nsp/profiles/p");
    let body = json!({"properties": {
        "privateLinkResource": {"id": crate::support::sim::account()},
        "profile": {"id": profile.split('?').next().unwrap()},
    }});
    let association = at(SHARED, "rg-security", "nsp/resourceAssociations/a");
    let refused = caller.put(&association, body.clone()).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "MissingSubscriptionRegistration"));
    assert!(refused.text.contains("'Microsoft.CognitiveServices'"), "{}", refused.text);
    let register =
        format!("/subscriptions/{SHARED}/providers/Microsoft.CognitiveServices/register?{VERSION}");
    let registering = Caller::send(caller.request(reqwest::Method::POST, &register)).await;
    assert_eq!(registering.json()["registrationState"], "Registering");
    assert_eq!(caller.put(&association, body).await.status, 202);
    caller.proxy.assert_clean();
}
