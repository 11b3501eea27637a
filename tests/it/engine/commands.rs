//! Reports and plans of the commands over many worlds, held against the truth.

use std::collections::BTreeSet;

use fastrand::Rng;
use nsp::sim::{Named, Options, Scenario};
use serde_json::json;

use super::estate::{self, Estate, WORKSPACES};
use super::live::{Live, Score, afterwards, compare};
use super::seed;

/// Worlds of a run.
const WORLDS: u64 = 6;

/// A judgement of one world: report, plan, enforcement.
async fn judge(live: &Live, perimeters: &[String], score: &mut Score) -> Vec<String> {
    let (said, truth, logged) = (live.said().await, live.truth().await, live.logged("ago(14d)").await);
    let mut wrong = compare(&said, &truth, &logged, score);
    wrong.extend(afterwards(live, perimeters, score).await);
    wrong
}

fn tell(what: &str, worlds: u64, score: &Score) {
    if score.listed_rightly + score.listed_wrongly + score.missing == 0 {
        return println!("{what}, {worlds} worlds: nothing that could be lost; {score:?}");
    }
    let share = |part: u32, rest: u32| f64::from(part) / f64::from((part + rest).max(1));
    println!(
        "{what}, {worlds} worlds: precision {:.4}, recall {:.4}, doubtful {:.4}; {score:?}",
        share(score.listed_rightly, score.listed_wrongly),
        share(score.listed_rightly, score.missing),
        share(score.doubtful, score.listed_rightly + score.missing),
    );
}

/// What people do to an estate between the log and the report.
async fn change(rng: &mut Rng, live: &Live, estate: &Estate) {
    for _ in 0..rng.usize(..6) {
        let perimeter = estate::perimeter_id(rng.usize(..estate.perimeters));
        let profiles = format!("{perimeter}/profiles?api-version=2024-10-01");
        let profiles = live.send(reqwest::Method::GET, &profiles, None).await;
        let profiles: Vec<String> = profiles["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|profile| profile["id"].as_str().unwrap().to_owned())
            .collect();
        let profile = &profiles[rng.usize(..profiles.len())];
        match rng.u8(..10) {
            0..=3 => {
                let target = format!("{profile}/accessRules/made-{}?api-version=2024-10-01", rng.u8(..3));
                let rule = json!({"properties": estate::rule(rng, estate.perimeters, false)});
                live.send(reqwest::Method::PUT, &target, Some(rule)).await;
            }
            4..=5 => {
                let target = format!("{profile}/accessRules/rule-{}?api-version=2024-10-01", rng.u8(..4));
                live.send(reqwest::Method::DELETE, &target, None).await;
            }
            6 => {
                let pick = rng.u64(..);
                live.associations(&perimeter, |properties| {
                    let mut changed = properties.clone();
                    changed["profile"] = json!({ "id": profile });
                    Rng::with_seed(pick).bool().then_some(changed)
                })
                .await;
            }
            7 => {
                live.associations(&perimeter, |properties| {
                    let mut changed = properties.clone();
                    changed["accessMode"] = "Learning".into();
                    (properties["accessMode"] == "Enforced").then_some(changed)
                })
                .await;
            }
            8 => {
                let resource = estate.resources[rng.usize(..estate.resources.len())].clone();
                let word = ["Enabled", "Disabled", "SecuredByPerimeter"][rng.usize(..3)];
                live.handle().edit(|world| {
                    let mut body = world.store.get(&resource).unwrap();
                    body["properties"]["publicNetworkAccess"] = word.into();
                    world.put_now(&resource, &body);
                });
            }
            _ => {
                let resource = estate.resources[rng.usize(..estate.resources.len())].clone();
                let identity =
                    [json!({"type": "SystemAssigned"}), json!({"type": "None"})][rng.usize(..2)].clone();
                live.handle().edit(|world| {
                    let mut body = world.store.get(&resource).unwrap();
                    body["identity"] = identity;
                    world.put_now(&resource, &body);
                });
            }
        }
        let hours = [0, 0, 1, 5, 30][rng.usize(..5)];
        live.handle().advance(std::time::Duration::from_secs(hours * 3600 + 60));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_and_plans_over_made_up_estates() {
    let folder = tempfile::tempdir().unwrap();
    let (mut score, mut wrong) = (Score::default(), Vec::new());
    let (first, worlds) = seed::range(WORLDS);
    for seed in first..first + worlds {
        let mut rng = Rng::with_seed(seed);
        let estate = Estate::new(&mut rng, 9);
        let path = folder.path().join(format!("{seed}.json"));
        std::fs::write(&path, estate.file.to_string()).unwrap();
        let scenario = Scenario::File(path);
        let live = Live::new(Options { scenario, seed, ..Options::instant(Named::Empty) }, &WORKSPACES).await;
        change(&mut rng, &live, &estate).await;
        let perimeters: Vec<String> = (0..estate.perimeters).map(estate::perimeter_id).collect();
        let found = judge(&live, &perimeters, &mut score).await;
        wrong.extend(found.into_iter().map(|what| format!("seed {seed}: {what}")));
    }
    tell("made-up estates", worlds, &score);
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
}

/// Workspaces of the built-in scenarios.
const BUILT_IN: [&str; 2] = ["1d5b7f2e-8a34-4c1f-bd02-7e6a5c4d3b21", "6e2c9a14-05f7-4b8d-9e63-1f2a3b4c5d67"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_and_plans_over_the_built_in_scenarios() {
    let (first, seeds) = seed::range(1);
    for named in Named::ALL {
        let (mut score, mut wrong) = (Score::default(), Vec::new());
        for seed in first..first + seeds {
            let live = Live::new(Options { seed, ..Options::instant(named) }, &BUILT_IN).await;
            // Policies and locks stand in the way of the enforcement, not of the judgement.
            live.send(reqwest::Method::PUT, "/_sim/governance", Some(json!({}))).await;
            let perimeters = live.perimeters().await;
            let found = judge(&live, &perimeters, &mut score).await;
            wrong.extend(found.into_iter().map(|what| format!("seed {seed}: {what}")));
        }
        tell(named.name(), seeds, &score);
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_cut_is_no_green_light() {
    let live = Live::new(Options::instant(Named::Incident), &BUILT_IN).await;
    let (whole, truth) = (live.said().await, live.truth().await);
    assert!(!whole.ready.is_empty());
    for rows in [0, 1] {
        live.handle().edit(|world| world.logs.caps.rows = rows);
        let said = live.said().await;
        // A loss that was cut off is a loss of which nothing is known.
        assert_eq!(said.ready, BTreeSet::new(), "{rows}");
        let lost = truth.iter().filter(|(ends, of)| of.lost && !said.denied.contains(ends));
        for (ends, _) in lost {
            let state = said.states.get(&ends.resource).map_or("", String::as_str);
            assert!(!state.starts_with("ready"), "{rows} {ends:?} {state}");
        }
        let lines = live.lines(&["impact", "--perimeter", "nsp-ai-prod"]).await;
        assert!(
            lines.iter().any(|line| line["evidence"].to_string().contains("Not all of the log was read")),
            "{rows}"
        );
        let plan = live.lines(&["rules"]).await;
        assert!(
            plan.iter().any(|line| line["evidence"].to_string().contains("Not all of the log was read")),
            "{rows}"
        );
    }
}
