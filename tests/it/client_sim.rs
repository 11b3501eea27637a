//! Every operation of the client against the simulator, each exchange judged by the published documents.

use std::net::SocketAddr;

use nsp::azure::{ArmClient, AssociationContent, LinkContent, Options, Page, Scope, Session};
use nsp::domain::{AccessMode, ArmId, PublicAccess, RuleContent, SourceKind};
use nsp::sim::{Named, Options as SimOptions, Sim};

use crate::scripted::Waits;
use crate::support::judge::Judge;
use crate::support::proxy::Proxy;

const PROD: &str = "3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11";

async fn world(name: &str) -> (Sim, Proxy, ArmClient) {
    let sim = Sim::start(SimOptions::instant(Named::Estate)).await.unwrap();
    let address: SocketAddr = sim.url().strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = Proxy::start(address, Judge::new(name)).await;
    let options = Options { clock: Waits::new(), ..Options::default() };
    let client = ArmClient::with_options(Session::simulated(&proxy.url()).unwrap(), options).unwrap();
    (sim, proxy, client)
}

fn perimeter(group: &str, name: &str) -> ArmId {
    let id = format!(
        "/subscriptions/{PROD}/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityPerimeters/{name}"
    );
    ArmId::parse(&id).unwrap()
}

/// Adds the items of each page to a list, and wants every item readable.
fn into<T>(list: &mut Vec<T>) -> impl FnMut(Page<T>) + Send + '_
where
    T: Send,
{
    |page| {
        assert!(page.skipped.is_empty(), "{:?}", page.skipped);
        list.extend(page.items);
    }
}

#[tokio::test]
async fn everything_can_be_read() {
    let (_sim, proxy, client) = world("reads of the client").await;
    let (mut subscriptions, mut perimeters) = (Vec::new(), Vec::new());
    client.list_subscriptions(into(&mut subscriptions)).await.unwrap();
    assert_eq!(subscriptions.len(), 3);
    for subscription in &subscriptions {
        let scope = Scope::Subscription(subscription.id.clone());
        client.list_perimeters(&scope, into(&mut perimeters)).await.unwrap();
    }
    assert_eq!(perimeters.len(), 13);
    let mut group = Vec::new();
    let scope = Scope::ResourceGroup(PROD.to_owned(), "rg-ai-prod".to_owned());
    client.list_perimeters(&scope, into(&mut group)).await.unwrap();
    assert_eq!(group.len(), 1);

    let id = perimeter("rg-data-prod", "nsp-data-prod");
    let read = client.perimeter(&id).await.unwrap();
    assert!(perimeters.contains(&read));
    let (mut profiles, mut rules, mut associations) = (Vec::new(), Vec::new(), Vec::new());
    client.list_profiles(&id, into(&mut profiles)).await.unwrap();
    client.profile(&profiles[0].id).await.unwrap();
    client.list_rules(&id.child("profiles", "default").unwrap(), into(&mut rules)).await.unwrap();
    client.rule(&rules[0].id).await.unwrap();
    client.list_associations(&id, into(&mut associations)).await.unwrap();
    client.association(&associations[0].id).await.unwrap();
    assert_eq!((profiles.len(), rules.len(), associations.len()), (3, 18, 14));

    let (mut links, mut references, mut logging) = (Vec::new(), Vec::new(), Vec::new());
    for perimeter in &perimeters {
        client.list_links(&perimeter.id, into(&mut links)).await.unwrap();
        client.list_link_references(&perimeter.id, into(&mut references)).await.unwrap();
        client.list_logging(&perimeter.id, into(&mut logging)).await.unwrap();
    }
    client.link(&links[0].id).await.unwrap();
    client.link_reference(&references[0].id).await.unwrap();
    client.logging(&logging[0].id).await.unwrap();
    let types = client.associable_types(PROD, "West Europe").await.unwrap();
    assert!(types.iter().any(|t| t.resource_type == "Microsoft.CognitiveServices/accounts"), "{types:?}");
    assert!(!client.service_tags(PROD, "westeurope").await.unwrap().is_empty());
    proxy.assert_clean();
}

#[tokio::test]
async fn what_lies_around_a_perimeter() {
    // No clean score is asked for: the published documents of these providers are not all at hand.
    let (_sim, _proxy, client) = world("resources around a perimeter").await;
    let id = perimeter("rg-ai-prod", "nsp-ai-prod");
    let mut associations = Vec::new();
    client.list_associations(&id, into(&mut associations)).await.unwrap();
    for association in &associations {
        let resource = client.resource(association.resource.as_ref().unwrap()).await.unwrap();
        assert!(resource.public_access.is_some(), "{resource:?}");
        if resource.id.name() == "srch-knowledge-prod" {
            assert_eq!(resource.public_access, Some(PublicAccess::SecuredByPerimeter));
            assert_eq!(resource.identity.as_deref(), Some("SystemAssigned"));
        }
    }
    let settings = client.diagnostic_settings(&id).await.unwrap();
    let workspace = settings.iter().find_map(|s| s.content.workspace.as_ref()).unwrap();
    assert!(!client.workspace(workspace).await.unwrap().customer_id.is_empty());
}

#[tokio::test]
async fn everything_can_be_written_and_deleted() {
    let (_sim, proxy, client) = world("writes of the client").await;
    let id = perimeter("rg-ai-prod", "nsp-new");
    let tags = [("env".to_owned(), "test".to_owned())];
    assert_eq!(client.put_perimeter(&id, "swedencentral", &tags, None).await.unwrap().tags, tags);
    assert!(client.patch_perimeter_tags(&id, &[]).await.unwrap().tags.is_empty());
    let profile = id.child("profiles", "p").unwrap();
    assert_eq!(client.put_profile(&profile, None).await.unwrap().rules_version, "0");

    let rule = profile.child("accessRules", "r").unwrap();
    let content = RuleContent::of(SourceKind::Subscription, vec![PROD.to_owned()]);
    let written = client.put_rule(&rule, &content, None).await.unwrap();
    assert_eq!(written.content, content);
    let content = RuleContent::of(SourceKind::AddressPrefix, vec!["203.0.113.0/24".to_owned()]);
    let written = client.put_rule(&rule, &content, Some(&written.raw)).await.unwrap();
    assert_eq!(written.content, content);
    client.reconcile_rule(&rule).await.unwrap();

    let association = id.child("resourceAssociations", "a").unwrap();
    let resource = format!(
        "/subscriptions/{PROD}/resourceGroups/rg-legacy/providers/Microsoft.Storage/storageAccounts/stlegacyshare"
    );
    let content = AssociationContent {
        resource: ArmId::parse(&resource).unwrap(),
        profile: profile.clone(),
        mode: AccessMode::Learning,
    };
    let written = client.put_association(&association, &content, None, |_| ()).await.unwrap();
    assert_eq!((&written.mode, &written.profile), (&AccessMode::Learning, &Some(profile.clone())));
    let content = AssociationContent { mode: AccessMode::Enforced, ..content };
    let written = client.put_association(&association, &content, Some(&written.raw), |_| ()).await.unwrap();
    assert_eq!(written.mode, AccessMode::Enforced);
    client.reconcile_association(&association).await.unwrap();
    client.delete_association(&association, |_| ()).await.unwrap();

    let link = id.child("links", "l").unwrap();
    let content = LinkContent {
        remote: perimeter("rg-data-prod", "nsp-data-prod"),
        local_inbound: vec!["*".to_owned()],
        remote_inbound: vec!["*".to_owned()],
        description: String::new(),
    };
    client.put_link(&link, &content, None).await.unwrap();
    client.delete_link(&link, |_| ()).await.unwrap();
    let mut references = Vec::new();
    client.list_link_references(&content.remote, into(&mut references)).await.unwrap();
    let left = references.iter().find(|r| r.remote.as_ref() == Some(&id)).unwrap();
    client.delete_link_reference(&left.id, |_| ()).await.unwrap();

    let logging = id.child("loggingConfigurations", "instance").unwrap();
    let categories = ["NspPublicInboundPerimeterRulesDenied".to_owned()];
    let written = client.put_logging(&logging, &categories, None).await.unwrap();
    let written = client.put_logging(&logging, &[], Some(&written.raw)).await.unwrap();
    assert!(written.categories.is_empty());
    client.delete_logging(&logging).await.unwrap();
    client.delete_rule(&rule).await.unwrap();
    client.delete_profile(&profile).await.unwrap();
    client.delete_perimeter(&id, false, |_| ()).await.unwrap();
    let gone = client.perimeter(&id).await.unwrap_err();
    assert_eq!(gone.kind, nsp::azure::ErrorKind::NotFound);
    proxy.assert_clean();
}
