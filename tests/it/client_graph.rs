//! The list of resources that can join a perimeter: by Resource Graph, and by each subscription where that refuses.

use std::sync::Arc;

use nsp::azure::{ArmClient, ErrorKind, Options, Session};
use nsp::domain::{Associable, Exposure, Failure, Sought};
use nsp::sim::{Named, Options as SimOptions, Sim};
use serde_json::json;

use crate::scripted::Waits;
use crate::support::judge::Judge;
use crate::support::proxy::Proxy;

const SUBSCRIPTIONS: [&str; 3] = [
    "3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11",
    "9b0c4a72-6d1e-4f3a-8c21-5d7e9a3b4c22",
    "c5a1d9e4-7b32-4e68-b0f7-2a9c8d1e6f33",
];
const GRAPH: &str = "Microsoft.ResourceGraph";

struct World {
    sim: Sim,
    proxy: Proxy,
    client: ArmClient,
}

impl World {
    async fn new(options: SimOptions) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let proxy = Proxy::start(
            sim.url().strip_prefix("http://").unwrap().parse().unwrap(),
            Judge::new("the list of resources"),
        )
        .await;
        let options = Options { clock: Waits::new(), seed: Some(1), ..Options::default() };
        let client = ArmClient::with_options(Session::simulated(&proxy.url()).unwrap(), options).unwrap();
        Self { sim, proxy, client }
    }

    async fn estate() -> Self {
        Self::new(SimOptions::instant(Named::Estate)).await
    }

    async fn sought(&self) -> Sought {
        let types = self.client.associable_types(SUBSCRIPTIONS[0], "westeurope").await.unwrap();
        Sought {
            subscriptions: SUBSCRIPTIONS.map(Arc::from).to_vec(),
            types: types.into_iter().map(|t| Arc::from(t.resource_type)).collect(),
        }
    }

    /// Items, what was left out, and how many pages came.
    async fn list(&self) -> (Vec<Associable>, Vec<Failure>, usize) {
        let (mut items, mut skipped, mut pages) = (Vec::new(), Vec::new(), 0);
        let sought = self.sought().await;
        let each = |page: nsp::azure::Page<Associable>| {
            items.extend(page.items);
            skipped.extend(page.skipped);
            pages += 1;
        };
        self.client.associable_resources(&sought, each).await.unwrap();
        items.sort_by(|a, b| a.id.cmp(&b.id));
        (items, skipped, pages)
    }
}

#[tokio::test]
async fn one_query_lists_every_subscription() {
    let world = World::estate().await;
    let (items, skipped, pages) = world.list().await;
    assert_eq!((items.len(), skipped.len(), pages), (57, 0, 1));
    let named = |name: &str| items.iter().find(|i| i.id.name() == name).unwrap();
    let account = named("aoai-dev");
    assert_eq!((account.exposure.clone(), account.kind.as_str()), (Exposure::Open, "OpenAI"));
    assert_eq!(
        (account.location.as_str(), named("foundry-prod").identity.as_deref()),
        ("swedencentral", Some("SystemAssigned"))
    );
    assert_eq!(named("aoai-prod").exposure, Exposure::Selected);
    assert_eq!(named("crcontoso").exposure, Exposure::Public, "its own rules are not told");
    assert_eq!(named("kv-ai-prod").exposure, Exposure::Disabled);
    assert_eq!(named("stragdocsprod").exposure, Exposure::Secured);
    world.proxy.assert_clean();
}

#[tokio::test]
async fn ten_thousand_resources_come_in_pages() {
    let world = World::new(SimOptions { scale: Some(500), ..SimOptions::instant(Named::Empty) }).await;
    let (items, skipped, pages) = world.list().await;
    assert_eq!((items.len(), skipped.len(), pages), (10_001, 0, 11));
    assert!(items.windows(2).all(|pair| pair[0].id != pair[1].id), "none comes twice");
}

#[tokio::test]
async fn where_resource_graph_refuses_subscriptions_are_listed() {
    let world = World::estate().await;
    let whole: Vec<_> = world.list().await.0.into_iter().map(|i| i.id).collect();
    for (status, code) in
        [(403, "AuthorizationFailed"), (404, "NotFound"), (429, "RateLimiting"), (503, "Busy")]
    {
        let body = json!({"error": {"code": code, "message": "no"}});
        world
            .sim
            .handle()
            .fault_json(json!({"path": GRAPH, "action": {"status": status, "body": body}}))
            .unwrap();
        let (items, skipped, _) = world.list().await;
        let ids: Vec<_> = items.iter().map(|i| i.id.clone()).collect();
        assert_eq!(ids, whole, "{status}");
        assert!(items.iter().all(|i| i.exposure == Exposure::Untold));
        assert_eq!(skipped.len(), 1, "{status}");
        assert!(skipped[0].title.contains("public access not known"), "{}", skipped[0].title);
        assert_eq!((skipped[0].status, skipped[0].code.as_deref()), (Some(status), Some(code)));
        world.sim.handle().clear_faults();
    }
    world.proxy.assert_clean();
}

#[tokio::test]
async fn a_refusal_on_the_way_loses_and_doubles_nothing() {
    let world = World::new(SimOptions { scale: Some(100), ..SimOptions::instant(Named::Empty) }).await;
    world.sim.handle().fault_json(json!({"path": GRAPH, "from": 2, "action": {"status": 403}})).unwrap();
    let one = format!("{}/resources", SUBSCRIPTIONS[1]);
    world.sim.handle().fault_json(json!({"path": one, "action": {"status": 403}})).unwrap();
    let (items, skipped, _) = world.list().await;
    assert!(items.windows(2).all(|pair| pair[0].id != pair[1].id), "none comes twice");
    let told = items.iter().filter(|i| i.exposure != Exposure::Untold).count();
    assert!(told >= 990 && items.len() > told, "{told} of {}", items.len());
    assert_eq!(skipped.len(), 2, "Resource Graph, and the subscription that cannot be listed");
    assert!(skipped[1].title.contains("Not allowed to list the resources"), "{}", skipped[1].title);
}

#[tokio::test]
async fn a_dead_endpoint_is_no_empty_list() {
    let world = World::estate().await;
    let sought = world.sought().await;
    world.sim.handle().fault_json(json!({"path": GRAPH, "action": {"torn": 3}})).unwrap();
    let error = world.client.associable_resources(&sought, |_| panic!("nothing came")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network { sent: true });
}
