//! Guarded writes: against the simulator, and against answers that leave the outcome open.

use std::sync::Mutex;

use nsp::azure::{ArmClient, Options, Session};
use nsp::domain::{
    AccessMode, AccessRule, ArmId, Association, Change, FailureKind, Outcome, RuleContent, SourceKind, Step,
    Written,
};
use nsp::sim::{Named, Options as SimOptions, Sim};
use serde_json::{Value, json};

use crate::scripted::{Reply, Server, Waits, client, id, json as reply, torn};

const NSP: &str = "/subscriptions/3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11/resourceGroups/rg-ai-prod/providers/Microsoft.Network/networkSecurityPerimeters/nsp-ai-prod";

async fn world() -> (Sim, ArmClient) {
    let sim = Sim::start(SimOptions::instant(Named::Estate)).await.unwrap();
    let options = Options { clock: Waits::new(), ..Options::default() };
    let client = ArmClient::with_options(Session::simulated(sim.url()).unwrap(), options).unwrap();
    (sim, client)
}

fn at(below: &str) -> ArmId {
    ArmId::parse(&format!("{NSP}{below}")).unwrap()
}

fn prefixes(values: &[&str]) -> RuleContent {
    RuleContent::of(SourceKind::AddressPrefix, values.iter().map(|v| (*v).to_owned()).collect())
}

async fn offices(client: &ArmClient) -> AccessRule {
    client.rule(&at("/profiles/default/accessRules/offices")).await.unwrap()
}

fn puts(sim: &Sim) -> usize {
    sim.handle().requests().iter().filter(|seen| seen.method == "PUT").count()
}

/// Somebody else changes a rule through another client.
async fn meanwhile(client: &ArmClient, content: &RuleContent) {
    let rule = offices(client).await;
    client.put_rule(&rule.id, content, Some(&rule.raw)).await.unwrap();
}

#[tokio::test]
async fn a_rule_is_created_once() {
    let (_sim, client) = world().await;
    let change = Change::CreateRule {
        id: at("/profiles/default/accessRules/new"),
        content: prefixes(&["203.0.113.200/32"]),
    };
    let steps = Mutex::new(Vec::new());
    let outcome = client.apply(&change, |step| steps.lock().unwrap().push(step)).await;
    let Outcome::Done { after: Some(Written::Rule(rule)) } = outcome else { panic!("{outcome:?}") };
    assert_eq!(rule.id.name(), "new");
    assert_eq!(*steps.lock().unwrap(), [Step::Checking, Step::Sending, Step::ReadingBack]);

    let again = client.apply(&change, |_| ()).await;
    let Outcome::Changed { now: Some(now), fields } = again else { panic!("{again:?}") };
    assert_eq!((now.id(), fields.len()), (change.target(), 2));
}

#[tokio::test]
async fn an_edit_keeps_what_nobody_models() {
    let (sim, client) = world().await;
    let before = offices(&client).await;
    let kept: Value = serde_json::from_str(before.raw.json()).unwrap();
    assert!(kept["properties"]["appliesTo"].is_array(), "{kept}");
    sim.handle().clear_requests();
    let change = Change::EditRule { before, content: prefixes(&["203.0.113.8/29"]) };
    let outcome = client.apply(&change, |_| ()).await;
    let Outcome::Done { after: Some(Written::Rule(after)) } = outcome else { panic!("{outcome:?}") };
    assert_eq!(after.content.values(SourceKind::AddressPrefix), ["203.0.113.8/29"]);
    let after: Value = serde_json::from_str(after.raw.json()).unwrap();
    assert_eq!(after["properties"]["appliesTo"], kept["properties"]["appliesTo"]);
    assert_eq!(puts(&sim), 1);
}

#[tokio::test]
async fn what_changed_meanwhile_is_shown_and_not_overwritten() {
    let (sim, client) = world().await;
    let before = offices(&client).await;
    meanwhile(&client, &prefixes(&["198.51.100.64/26"])).await;
    sim.handle().clear_requests();
    let change = Change::EditRule { before: before.clone(), content: prefixes(&["203.0.113.8/29"]) };
    let outcome = client.apply(&change, |_| ()).await;
    let Outcome::Changed { now: Some(now), fields } = outcome else { panic!("{outcome:?}") };
    assert_eq!(puts(&sim), 0);
    assert_eq!(fields.len(), 1);
    assert_eq!((fields[0].field.as_str(), fields[0].after.as_str()), ("IP addresses", "198.51.100.64/26"));

    // The user has seen it and says yes.
    let rebased = change.rebased(Some(&now)).unwrap();
    assert!(matches!(client.apply(&rebased, |_| ()).await, Outcome::Done { .. }));

    let delete = Written::Rule(before).deletion();
    assert!(matches!(client.apply(&delete, |_| ()).await, Outcome::Changed { now: Some(_), .. }));
    let delete = Written::Rule(offices(&client).await).deletion();
    assert_eq!(client.apply(&delete, |_| ()).await, Outcome::Done { after: None });
    let outcome = client.apply(&delete, |_| ()).await;
    let Outcome::Changed { now: None, fields } = outcome else { panic!("{outcome:?}") };
    assert!(fields.iter().all(|f| f.after.is_empty()), "{fields:?}");
    assert_eq!(delete.rebased(None), None);
}

#[tokio::test]
async fn a_mode_is_switched_and_nothing_else() {
    let (sim, client) = world().await;
    let mut associations: Vec<Association> = Vec::new();
    client.list_associations(&at(""), |page| associations.extend(page.items)).await.unwrap();
    let before = associations.into_iter().find(|a| a.mode == AccessMode::Learning).unwrap();
    sim.handle().clear_requests();
    let change = Change::SetMode { before: before.clone(), mode: AccessMode::Enforced };
    let outcome = client.apply(&change, |_| ()).await;
    let Outcome::Done { after: Some(Written::Association(after)) } = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        (after.mode, after.profile, after.resource),
        (AccessMode::Enforced, before.profile, before.resource)
    );
    assert_eq!(puts(&sim), 1);
    let outcome = client.apply(&change, |_| ()).await;
    let Outcome::Changed { fields, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((fields[0].field.as_str(), fields[0].after.as_str()), ("access mode", "Enforced"));
}

#[tokio::test]
async fn a_refused_write_failed_and_says_why() {
    let (sim, client) = world().await;
    let before = offices(&client).await;
    let change = Change::EditRule { before, content: prefixes(&["not an address"]) };
    let outcome = client.apply(&change, |_| ()).await;
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert_eq!(failure.title, "Could not change access rule offices");
    assert!(failure.detail.contains("not an address"), "{failure:?}");

    let busy = json!({"method": "PUT", "action": {"status": 409, "body": {"error": {"code": "AnotherOperationInProgress", "message": "busy"}}}});
    sim.handle().fault_json(busy).unwrap();
    let change = Change::EditRule { before: offices(&client).await, content: prefixes(&["203.0.113.8/29"]) };
    let outcome = client.apply(&change, |_| ()).await;
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[tokio::test]
async fn a_lost_answer_is_found_out_by_reading_back() {
    let (sim, client) = world().await;
    let change = Change::EditRule { before: offices(&client).await, content: prefixes(&["203.0.113.8/29"]) };
    sim.handle().fault_json(json!({"method": "PUT", "count": 1, "action": {"torn": 3}})).unwrap();
    sim.handle().clear_requests();
    let outcome = client.apply(&change, |_| ()).await;
    assert!(matches!(outcome, Outcome::Done { after: Some(_) }), "{outcome:?}");
    assert_eq!(puts(&sim), 1);
}

#[tokio::test]
async fn an_outcome_that_is_not_known_is_called_so() {
    let (sim, client) = world().await;
    let change = Change::EditRule { before: offices(&client).await, content: prefixes(&["203.0.113.8/29"]) };
    sim.handle().fault_json(json!({"method": "PUT", "action": {"status": 500}})).unwrap();
    sim.handle().clear_requests();
    let outcome = client.apply(&change, |_| ()).await;
    let Outcome::Unknown(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!((failure.kind, failure.status, puts(&sim)), (FailureKind::Unknown, Some(500), 1));
    assert_eq!(failure.title, "Outcome not known: change access rule offices");
    assert!(failure.detail.contains("it now reads"), "{}", failure.detail);
}

#[tokio::test]
async fn a_service_that_takes_and_forgets_is_told_on() {
    let before = format!(
        r#"{{"id":"{}","properties":{{"addressPrefixes":["10.0.0.0/8"]}}}}"#,
        id("/profiles/p/accessRules/r")
    );
    let body = before.clone();
    let server = Server::start(move |_, _| reply(200, &[], &body)).await;
    let client = client(&server.url()).client;
    let before = client.rule(&id("/profiles/p/accessRules/r")).await.unwrap();
    let outcome = client.apply(&Change::EditRule { before, content: prefixes(&["192.0.2.1"]) }, |_| ()).await;
    let Outcome::Unknown(failure) = outcome else { panic!("{outcome:?}") };
    assert!(
        failure.detail.contains(r#"IP addresses: sent "192.0.2.1", is "10.0.0.0/8""#),
        "{}",
        failure.detail
    );
}

#[tokio::test]
async fn what_was_accepted_but_not_read_back_is_not_called_done() {
    let body = format!(
        r#"{{"id":"{}","properties":{{"addressPrefixes":["10.0.0.0/8"]}}}}"#,
        id("/profiles/p/accessRules/r")
    );
    let server = Server::start(move |n, asked| match (n, asked.method.as_str()) {
        (0 | 1, _) | (_, "PUT") => reply(200, &[], &body),
        _ => reply(403, &[], r#"{"error":{"code":"AuthorizationFailed","message":"no"}}"#),
    })
    .await;
    let client = client(&server.url()).client;
    let before = client.rule(&id("/profiles/p/accessRules/r")).await.unwrap();
    let outcome = client.apply(&Change::EditRule { before, content: prefixes(&["192.0.2.1"]) }, |_| ()).await;
    let Outcome::Unknown(failure) = outcome else { panic!("{outcome:?}") };
    assert!(failure.detail.contains("accepted it, but it could not be read back"), "{}", failure.detail);
}

#[tokio::test]
async fn the_services_spelling_is_no_difference() {
    let body = |value: &str| {
        format!(
            r#"{{"id":"{}","properties":{{"addressPrefixes":[{value}]}}}}"#,
            id("/profiles/p/accessRules/r")
        )
    };
    let (old, new) = (body(r#""10.0.0.0/8""#), body(r#""2001:DB8::/32","192.0.2.1/32""#));
    let server = Server::start(move |n, _| reply(200, &[], if n < 3 { &old } else { &new })).await;
    let client = client(&server.url()).client;
    let before = client.rule(&id("/profiles/p/accessRules/r")).await.unwrap();
    let content = prefixes(&["192.0.2.1", "2001:db8::/32"]);
    let outcome = client.apply(&Change::EditRule { before, content }, |_| ()).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_torn_delete_and_a_dead_service_stay_open() {
    let body = format!(r#"{{"id":"{}","properties":{{}}}}"#, id("/profiles/p/accessRules/r"));
    let server = Server::start(move |n, asked| match (n, asked.method.as_str()) {
        (0 | 1, _) => reply(200, &[], &body),
        (_, "DELETE") => torn(200, ""),
        _ => Reply::Bytes(Vec::new()),
    })
    .await;
    let watched = client(&server.url());
    let before = watched.client.rule(&id("/profiles/p/accessRules/r")).await.unwrap();
    let outcome = watched.client.apply(&Written::Rule(before).deletion(), |_| ()).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    assert_eq!(server.calls().iter().filter(|call| call.starts_with("DELETE")).count(), 1);
}

#[tokio::test]
async fn a_change_can_be_applied_from_any_task() {
    let (_sim, client) = world().await;
    let change = Written::Rule(offices(&client).await).deletion();
    let outcome = tokio::spawn(async move { client.apply(&change, |_| ()).await }).await.unwrap();
    assert_eq!(outcome, Outcome::Done { after: None });
}
