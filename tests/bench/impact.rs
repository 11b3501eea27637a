//! What the report of enforcing costs over a million rows of access log: each query of it over HTTP, all of them side by
//! side, and what the program does with the answers. Prints numbers and judges none; the budget is the time of one query
//! plus 100 ms.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use nsp::azure::logs::LogScope;
use nsp::azure::{ArmClient, Session};
use nsp::domain::impact::{self, By, Evidence, Wanted, Window};
use nsp::domain::traffic::{LogSelection, LogWindow};
use nsp::domain::whatif::Configuration;
use nsp::domain::{ArmId, Association};
use nsp::sim::{Named, Options, Sim};

/// About a quarter of them are of the perimeter.
const ROWS: u32 = 4_000_000;
const DAYS: u32 = 14;
const PERIMETER: &str = "nsp-ai-prod";

async fn perimeter(client: &ArmClient) -> ArmId {
    let mut subscriptions = Vec::new();
    client.list_subscriptions(|page| subscriptions.extend(page.items)).await.unwrap();
    for subscription in subscriptions {
        let mut all = Vec::new();
        let scope = nsp::azure::Scope::Subscription(subscription.id.clone());
        client.list_perimeters(&scope, |page| all.extend(page.items)).await.unwrap();
        if let Some(found) = all.into_iter().find(|p| p.id.name() == PERIMETER) {
            return found.id;
        }
    }
    unreachable!("{PERIMETER} is not there")
}

/// The configuration that traffic is replayed against, and the members.
async fn known(client: &ArmClient, perimeter: &ArmId) -> (Configuration, Vec<Association>) {
    let (mut known, mut members, mut profiles) = (Configuration::default(), Vec::new(), Vec::new());
    client.list_associations(perimeter, |page| members.extend(page.items)).await.unwrap();
    client.list_profiles(perimeter, |page| profiles.extend(page.items)).await.unwrap();
    known.add_associations(perimeter, &members);
    for profile in &profiles {
        let mut rules = Vec::new();
        client.list_rules(&profile.id, |page| rules.extend(page.items)).await.unwrap();
        known.add_profile(profile, &rules);
    }
    for resource in members.iter().filter_map(|a| a.resource.as_ref()) {
        known.add_resource(&client.resource(resource).await.unwrap());
    }
    (known, members)
}

fn show(what: &str, took: Duration) {
    println!("{what:<58} {:>8.1} ms", took.as_secs_f64() * 1e3);
}

async fn run() {
    let start = Instant::now();
    let options = Options { history: Some(ROWS), ..Options::instant(Named::Estate) };
    let sim = Sim::start(options).await.unwrap();
    let client = ArmClient::new(Session::simulated(sim.url()).unwrap()).unwrap();
    let perimeter = perimeter(&client).await;
    let (known, members) = known(&client, &perimeter).await;
    let scope = LogScope::Resource(perimeter.clone());
    let everything = LogSelection::all(LogWindow::days(DAYS));
    let of = LogSelection::of_perimeter(perimeter.clone(), LogWindow::days(DAYS));
    let day = SignedDuration::from_hours(24);
    // The first question lets the world make its history.
    let all = client.evidence(&scope, &everything).await.unwrap();
    let rows: u64 = all.page().unwrap().items.iter().map(|row| row.rows).sum();
    let own: u64 =
        client.evidence(&scope, &of).await.unwrap().page().unwrap().items.iter().map(|r| r.rows).sum();
    println!(
        "{rows} rows of log in the workspace, {own} of them of {PERIMETER}; ready after {:.1} s",
        start.elapsed().as_secs_f64()
    );

    let mut slowest = Duration::ZERO;
    for round in 0..3 {
        println!("round {round}");
        let start = Instant::now();
        let traffic = client.traffic(&scope, &of).await.unwrap();
        slowest = slowest.max(start.elapsed());
        show("query of grouped traffic", start.elapsed());
        let start = Instant::now();
        client.evidence(&scope, &of).await.unwrap();
        show("query of evidence", start.elapsed());
        let start = Instant::now();
        client.bins_by_resource(&scope, &of, day).await.unwrap();
        show("query of days", start.elapsed());
        drop(traffic);
    }
    // The report asks one question; the other two are for answers that are not whole.
    let start = Instant::now();
    let traffic = client.traffic(&scope, &of).await.unwrap();
    let queries = start.elapsed();
    show("the query of the report", queries);

    let start = Instant::now();
    let groups = &traffic.page().unwrap().items;
    let report = impact::report(&known, groups);
    let now = Timestamp::now();
    let window = Window { from: now - SignedDuration::from_hours(24 * i64::from(DAYS)), to: now };
    let judged = members.iter().filter_map(|a| a.resource.as_ref()).map(|resource| {
        let evidence = Evidence::of_groups(resource, window, groups, Some(Vec::new()));
        impact::readiness(&known, &report, resource, &evidence, Wanted::default())
    });
    let judged = judged.count();
    let clusters: usize = By::ALL.into_iter().map(|by| report.clusters(by).len()).sum();
    let local = start.elapsed();
    show("replay, readiness and every way of grouping", local);
    println!(
        "{} groups, {judged} resources, {clusters} lines; local work of the budget of 100 ms: {:.1} %",
        groups.len(),
        local.as_secs_f64() * 1e3
    );
    println!(
        "from asking to the report: {:.1} ms; the slowest single query was {:.1} ms; over one query: {:.1} ms",
        (queries + local).as_secs_f64() * 1e3,
        slowest.as_secs_f64() * 1e3,
        (queries + local).saturating_sub(slowest).as_secs_f64() * 1e3
    );
}

fn main() {
    tokio::runtime::Runtime::new().unwrap().block_on(run());
}
