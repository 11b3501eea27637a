//! The life of a perimeter, from the first PUT to the forced deletion, through the real client, the checking proxy and the
//! simulator: all operations, in every form that the documents and the listed deviations know.

use std::collections::BTreeSet;
use std::time::Duration;

use nsp::azure::{AssociationContent, ErrorKind, LinkContent, Polling, Scope};
use nsp::domain::logging::setting_id;
use nsp::domain::{AccessMode, ArmId, Change, Outcome, RuleContent, SettingContent, SourceKind, Written};
use nsp::sim::{Named, Options, Timing};

use crate::support::deviations::DEVIATIONS;
use crate::support::harness::{Harness, into};
use crate::support::openapi::api;
use crate::support::sim::{PROD, account, nsp};
use crate::support::truth::truth;

const VERSION: &str = "2024-10-01";

fn id(text: &str) -> ArmId {
    ArmId::parse(text).unwrap()
}

fn child(parent: &ArmId, kind: &str, name: &str) -> ArmId {
    parent.child(kind, name).unwrap()
}

/// A simulator whose operations take ten seconds, which pass only while somebody polls.
async fn slow(name: &str) -> Harness {
    let timing = Timing { operation: Duration::from_secs(10), ..Timing::INSTANT };
    Harness::start(name, Options { timing, ..Options::instant(Named::Empty) }).await
}

/// Notes the words of the polls, and lets four seconds pass with each.
fn passing<'a>(harness: &Harness, words: &'a mut Vec<String>) -> impl FnMut(Polling) + Send + 'a {
    let handle = harness.handle();
    move |polling| {
        words.push(polling.status);
        handle.advance(Duration::from_secs(4));
    }
}

fn done(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}

/// Makes a perimeter with one profile.
async fn perimeter(harness: &Harness, name: &str) -> (ArmId, ArmId) {
    let (client, made) = (&harness.client, id(&nsp(name)));
    let tags = [("owner".to_owned(), "network team".to_owned())];
    let read = client.put_perimeter(&made, "swedencentral", &tags, None).await.unwrap();
    assert_eq!(client.put_perimeter(&made, "swedencentral", &[], Some(&read.raw)).await.unwrap().tags, []);
    assert_eq!(client.patch_perimeter_tags(&made, &tags).await.unwrap().tags, tags);
    assert_eq!(client.perimeter(&made).await.unwrap().tags, tags);
    let profile = child(&made, "profiles", "p");
    let read = client.put_profile(&profile, None).await.unwrap();
    client.put_profile(&profile, Some(&read.raw)).await.unwrap();
    (made, profile)
}

/// One rule of each kind, made, edited and looked at through the one way in which changes are written.
async fn rules(harness: &Harness, profile: &ArmId) {
    let client = &harness.client;
    let kinds: [(SourceKind, &str, &str); 6] = [
        (SourceKind::AddressPrefix, "198.51.100.0/24", "203.0.113.0/24"),
        (SourceKind::Subscription, PROD, "9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22"),
        (SourceKind::ServiceTag, "AzureCloud", "Storage"),
        (SourceKind::Fqdn, "api.example.org", "*.example.com"),
        (SourceKind::Email, "a@example.org", "b@example.org"),
        (SourceKind::Phone, "+4681234567", "+4687654321"),
    ];
    for (number, (kind, first, second)) in kinds.into_iter().enumerate() {
        let rule = child(profile, "accessRules", &format!("rule-{number}"));
        let content = RuleContent::of(kind, vec![first.to_owned()]);
        done(&client.apply(&Change::CreateRule { id: rule.clone(), content }, |_| ()).await);
        let before = client.rule(&rule).await.unwrap();
        assert_eq!(before.content.kind(), Some(kind));
        let content = RuleContent::of(kind, vec![first.to_owned(), second.to_owned()]);
        done(&client.apply(&Change::EditRule { before, content }, |_| ()).await);
        assert_eq!(client.rule(&rule).await.unwrap().content.values(kind).len(), 2);
        client.reconcile_rule(&rule).await.unwrap();
    }
    let before = client.rule(&child(profile, "accessRules", "rule-0")).await.unwrap();
    done(&client.apply(&Written::Rule(before).deletion(), |_| ()).await);
    client.delete_rule(&child(profile, "accessRules", "rule-1")).await.unwrap();
    let mut left = Vec::new();
    client.list_rules(profile, into(&mut left)).await.unwrap();
    assert_eq!(left.len(), 4);
}

async fn association(harness: &Harness, perimeter: &ArmId, profile: &ArmId) {
    let client = &harness.client;
    let made = child(perimeter, "resourceAssociations", "a");
    let content =
        AssociationContent { resource: id(&account()), profile: profile.clone(), mode: AccessMode::Learning };
    let mut words = Vec::new();
    let read = client.put_association(&made, &content, None, passing(harness, &mut words)).await.unwrap();
    assert_eq!(words, ["Creating", "Creating", "Creating"]);
    assert_eq!(read.mode, AccessMode::Learning);

    let handle = harness.handle();
    let change = Change::SetMode { before: read, mode: AccessMode::Enforced };
    let mut seen = Vec::new();
    let outcome = client.apply(&change, |step| {
        seen.push(format!("{step:?}"));
        handle.advance(Duration::from_secs(4));
    });
    done(&outcome.await);
    assert!(seen.iter().any(|step| step.contains("Updating")), "{seen:?}");
    assert_eq!(client.association(&made).await.unwrap().mode, AccessMode::Enforced);
    client.reconcile_association(&made).await.unwrap();
    let mut all = Vec::new();
    client.list_associations(perimeter, into(&mut all)).await.unwrap();
    assert_eq!(all.len(), 1);
    let resource = client.resource(all[0].resource.as_ref().unwrap()).await.unwrap();
    assert_eq!(resource.kind, "OpenAI");
}

async fn links(harness: &Harness, near: &ArmId, far: &ArmId) {
    let client = &harness.client;
    let link = child(near, "links", "l");
    let mut content = LinkContent {
        remote: far.clone(),
        local_inbound: vec!["*".to_owned()],
        remote_inbound: vec!["p".to_owned()],
        description: String::new(),
    };
    let made = client.put_link(&link, &content, None).await.unwrap();
    harness.handle().advance(Duration::from_secs(10));
    content.description = "To the data team.".to_owned();
    let changed = client.put_link(&link, &content, Some(&made.raw)).await.unwrap();
    assert_eq!(changed.description, "To the data team.");
    harness.handle().advance(Duration::from_secs(10));
    assert_eq!(client.link(&link).await.unwrap().remote.as_ref(), Some(far));
    let (mut links, mut references) = (Vec::new(), Vec::new());
    client.list_links(near, into(&mut links)).await.unwrap();
    client.list_link_references(far, into(&mut references)).await.unwrap();
    assert_eq!((links.len(), references.len()), (1, 1));
    let reference = client.link_reference(&references[0].id).await.unwrap();
    assert_eq!(reference.remote.as_ref(), Some(near));

    let mut words = Vec::new();
    client.delete_link(&link, passing(harness, &mut words)).await.unwrap();
    assert!(words.len() > 1, "{words:?}");
    let left = client.link_reference(&reference.id).await.unwrap();
    assert_eq!(left.status.unwrap().wire(), "Disconnected");
    client.delete_link_reference(&reference.id, passing(harness, &mut words)).await.unwrap();
    assert_eq!(client.link_reference(&reference.id).await.unwrap_err().kind, ErrorKind::NotFound);
}

async fn logging(harness: &Harness, perimeter: &ArmId) {
    let client = &harness.client;
    let made = child(perimeter, "loggingConfigurations", "instance");
    let denied = ["NspPublicInboundPerimeterRulesDenied".to_owned()];
    let read = client.put_logging(&made, &denied, None).await.unwrap();
    let again = client.put_logging(&made, &[], Some(&read.raw)).await.unwrap();
    assert!(again.version.parse::<u32>().unwrap() > read.version.parse().unwrap());
    assert_eq!(client.logging(&made).await.unwrap().categories, [""; 0]);
    let mut all = Vec::new();
    client.list_logging(perimeter, into(&mut all)).await.unwrap();
    assert_eq!(all.len(), 1);
    client.delete_logging(&made).await.unwrap();
    assert_eq!(client.logging(&made).await.unwrap_err().kind, ErrorKind::NotFound);
}

async fn regions(harness: &Harness) {
    let client = &harness.client;
    assert!(client.associable_types(PROD, "swedencentral").await.unwrap().len() > 20);
    assert!(!client.service_tags(PROD, "swedencentral").await.unwrap().is_empty());
    // The status by its id alone, as a client has it that was started again meanwhile.
    let polls = harness.handle().requests();
    let poll = polls.iter().find(|seen| seen.path.contains("OperationStatuses/")).unwrap();
    let operation = poll.path.rsplit('/').next().unwrap().to_owned();
    let status = client.operation_status(PROD, "swedencentral", &operation).await.unwrap();
    assert_eq!((status.status.as_str(), status.resource.is_some()), ("Succeeded", true));
}

async fn deletions(harness: &Harness, near: &ArmId, far: &ArmId) {
    let client = &harness.client;
    let full = client.delete_perimeter(near, false, |_| ()).await.unwrap_err();
    assert_eq!(full.kind, ErrorKind::Conflict);
    let mut words = Vec::new();
    let association = child(near, "resourceAssociations", "a");
    client.delete_association(&association, passing(harness, &mut words)).await.unwrap();
    assert_eq!(words, ["Deleting", "Deleting", "Deleting"]);
    client.delete_association(&association, |_| ()).await.unwrap();
    client.delete_profile(&child(far, "profiles", "p")).await.unwrap();
    client.delete_perimeter(far, false, passing(harness, &mut words)).await.unwrap();
    client.delete_perimeter(near, true, passing(harness, &mut words)).await.unwrap();
    assert_eq!(client.perimeter(near).await.unwrap_err().kind, ErrorKind::NotFound);
    for scope in
        [Scope::Subscription(PROD.to_owned()), Scope::ResourceGroup(PROD.to_owned(), "rg-ai-prod".to_owned())]
    {
        let mut left = Vec::new();
        client.list_perimeters(&scope, into(&mut left)).await.unwrap();
        assert!(left.iter().all(|one| one.id != *near && one.id != *far));
    }
}

/// Which of the published operations a test has left out.
fn left_out(harness: &Harness) -> Vec<String> {
    let Some(truth) = truth("operations left out") else { return Vec::new() };
    let used = harness.proxy.judge().calls();
    let ours = |call: &&str| {
        let call = call.to_lowercase();
        call.contains("{nsp}") || call.contains("perimeter") || call.contains("nspservicetags")
    };
    let mut all: Vec<&str> = api(truth).calls(VERSION).into_iter().filter(ours).collect();
    assert!(all.len() > 30, "{all:?}");
    all.retain(|call| call.contains("Microsoft.Network/") || call.contains("{nsp}"));
    all.iter().filter(|call| !used.contains(**call)).map(|call| (*call).to_owned()).collect()
}

/// The life of a perimeter.
async fn life() -> Harness {
    let harness = slow("the life of a perimeter").await;
    let (near, profile) = perimeter(&harness, "near").await;
    let (far, _) = perimeter(&harness, "far").await;
    let mut profiles = Vec::new();
    harness.client.list_profiles(&near, into(&mut profiles)).await.unwrap();
    assert_eq!(harness.client.profile(&profile).await.unwrap(), profiles[0]);
    rules(&harness, &profile).await;
    association(&harness, &near, &profile).await;
    links(&harness, &near, &far).await;
    logging(&harness, &near).await;
    regions(&harness).await;
    deletions(&harness, &near, &far).await;
    harness.proxy.assert_clean();
    assert_eq!(left_out(&harness), [""; 0]);
    println!("{} exchanges judged", harness.proxy.judge().exchanges());
    harness
}

#[tokio::test]
async fn all_operations_keep_to_the_documents_on_both_sides() {
    life().await;
}

/// Lists of more than one page, of everything that is listed.
async fn paged() -> Harness {
    let options = Options { scale: Some(66), ..Options::instant(Named::Empty) };
    let harness = Harness::start("lists in pages", options).await;
    let client = &harness.client;
    let (mut subscriptions, mut perimeters) = (Vec::new(), Vec::new());
    client.list_subscriptions(into(&mut subscriptions)).await.unwrap();
    for subscription in &subscriptions {
        let scope = Scope::Subscription(subscription.id.clone());
        client.list_perimeters(&scope, into(&mut perimeters)).await.unwrap();
    }
    assert_eq!(perimeters.len(), 66);
    let hub = &perimeters[0].id;
    let spread = |name: &str| child(hub, "profiles", name);
    for number in 0..20 {
        client.put_profile(&spread(&format!("more-{number}")), None).await.unwrap();
    }
    for other in perimeters.iter().skip(1).take(21).map(|one| &one.id) {
        for (from, to) in [(hub, other), (other, hub)] {
            let link = child(from, "links", &format!("to-{}", to.name()));
            let all = vec!["*".to_owned()];
            let content = LinkContent {
                remote: to.clone(),
                local_inbound: all.clone(),
                remote_inbound: all,
                description: String::new(),
            };
            client.put_link(&link, &content, None).await.unwrap();
        }
    }
    let mut others = Vec::new();
    client.list_associations(&perimeters[1].id, into(&mut others)).await.unwrap();
    client.delete_association(&others[0].id, |_| ()).await.unwrap();
    let resource = others[0].resource.clone().unwrap();
    let content = AssociationContent { resource, profile: spread("more-0"), mode: AccessMode::Learning };
    client
        .put_association(&child(hub, "resourceAssociations", "moved"), &content, None, |_| ())
        .await
        .unwrap();
    let group = hub.as_str().split('/').nth(4).unwrap().to_owned();
    let scope = Scope::ResourceGroup(hub.subscription().unwrap().to_owned(), group);
    let mut grouped = Vec::new();
    client.list_perimeters(&scope, into(&mut grouped)).await.unwrap();
    let (mut profiles, mut rules, mut associations) = (Vec::new(), Vec::new(), Vec::new());
    let (mut links, mut references) = (Vec::new(), Vec::new());
    client.list_profiles(hub, into(&mut profiles)).await.unwrap();
    for profile in &profiles {
        client.list_rules(&profile.id, into(&mut rules)).await.unwrap();
    }
    client.list_associations(hub, into(&mut associations)).await.unwrap();
    client.list_links(hub, into(&mut links)).await.unwrap();
    client.list_link_references(hub, into(&mut references)).await.unwrap();
    let distinct: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!((distinct.len(), rules.len(), associations.len()), (100, 100, 21));
    assert!(profiles.len() > 20);
    assert_eq!((links.len(), references.len()), (21, 21));
    client.associable_types(hub.subscription().unwrap(), "westeurope").await.unwrap();
    harness.proxy.assert_clean();
    harness
}

#[tokio::test]
async fn lists_come_in_pages_and_whole() {
    paged().await;
}

/// What lies around a perimeter, in the world that has it.
async fn around() -> Harness {
    let harness = Harness::start("resources around a perimeter", Options::instant(Named::Estate)).await;
    let perimeter = id(&nsp("nsp-ai-prod"));
    let settings = harness.client.diagnostic_settings(&perimeter).await.unwrap();
    let workspace = settings.iter().find_map(|one| one.content.workspace.as_ref()).unwrap();
    harness.client.workspace(workspace).await.unwrap();
    let storage = id(&format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.Storage/storageAccounts/stragdocsprod"
    ));
    let client = &harness.client;
    let archive = setting_id(&perimeter, "archive").unwrap();
    let to_storage = SettingContent {
        categories: vec!["allLogs".to_owned()],
        storage: Some(storage),
        ..SettingContent::default()
    };
    let made = client.put_diagnostic_setting(&archive, &to_storage, None).await.unwrap();
    assert_eq!((&made.content, made.id == archive), (&to_storage, true));
    let read = client.diagnostic_setting(&archive).await.unwrap();
    assert_eq!(read.content, to_storage);
    // The workspace is taken already for all categories but this one.
    let one = setting_id(&perimeter, "one").unwrap();
    let categories = client.log_categories(&perimeter).await.unwrap();
    assert_eq!(categories.len(), 13);
    let twice =
        SettingContent { categories, workspace: Some(workspace.clone()), ..SettingContent::default() };
    let refused = client.put_diagnostic_setting(&one, &twice, None).await.unwrap_err();
    assert_eq!((refused.kind, refused.said.code.as_deref()), (ErrorKind::Conflict, Some("Conflict")));
    let with_workspace = settings.iter().find(|setting| setting.content.workspace.is_some()).unwrap();
    let less = SettingContent {
        categories: vec!["NspOutboundAttempt".to_owned()],
        ..with_workspace.content.clone()
    };
    let now =
        client.put_diagnostic_setting(&with_workspace.id, &less, Some(&with_workspace.raw)).await.unwrap();
    assert_eq!(now.content, less);
    assert_eq!(client.diagnostic_setting(&with_workspace.id).await.unwrap().content, less);
    assert_eq!(client.diagnostic_settings(&perimeter).await.unwrap().len(), settings.len() + 1);
    client.delete_diagnostic_setting(&archive).await.unwrap();
    assert_eq!(client.diagnostic_setting(&archive).await.unwrap_err().kind, ErrorKind::NotFound);
    let places = client.log_destinations(PROD).await.unwrap();
    let hub = places.iter().find(|one| one.id.as_str().contains("/namespaces/")).unwrap();
    let rules = client.hub_rules(&hub.id).await.unwrap();
    assert_eq!(rules.iter().filter(|rule| rule.missing().is_empty()).count(), 1);
    harness.proxy.assert_clean();
    harness
}

/// Documentation pages vouch for these, and answers to log queries are tested elsewhere.
const QUERIES: &str = "9.4";

/// A deviation that is merely expected has to be met by the simulator; else it excuses what nobody does.
#[tokio::test]
async fn no_expected_deviation_is_dead() {
    let Some(_) = truth("deviations that nobody needs") else { return };
    let mut met = BTreeSet::new();
    for harness in [life().await, paged().await, around().await] {
        met.extend(harness.proxy.judge().allowed());
    }
    let mut dead = Vec::new();
    for (index, row) in DEVIATIONS.iter().enumerate().filter(|(_, row)| row.section != QUERIES) {
        let calls = row.alike.iter().filter(|call| !met.contains(&(index, **call)));
        dead.extend(calls.map(|call| format!("{}: {call} {:?} {}", row.section, row.side, row.fault)));
    }
    assert!(dead.is_empty(), "nobody does this:\n{}", dead.join("\n"));
}
