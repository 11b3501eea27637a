//! Recorded Azure traffic, and the published examples, through the real client over HTTP.

mod call;
mod examples;
mod fields;
mod player;
mod put;
mod roundtrip;

use std::collections::BTreeMap;

use player::{Score, play};

use crate::support::cassette::cassettes;
use crate::support::truth::truth;

/// Adds up what came of several recordings and tells it; nothing that was left out stays unsaid.
fn told(title: &str, scores: impl IntoIterator<Item = Score>) -> Score {
    let mut all = Score::default();
    for score in scores {
        all.replayed += score.replayed;
        all.compared += score.compared;
        all.skipped.extend(score.skipped);
        all.wrong.extend(score.wrong);
    }
    let mut reasons: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (what, why) in &all.skipped {
        *reasons.entry(why).or_default().entry(what).or_default() += 1;
    }
    println!(
        "{title}: {} replayed, {} bodies compared, {} skipped",
        all.replayed,
        all.compared,
        all.skipped.len()
    );
    for (why, what) in reasons {
        println!("  {} skipped: {why}", what.values().sum::<usize>());
        for (line, count) in what {
            println!("    {count} {line}");
        }
    }
    all
}

#[tokio::test]
async fn every_recording_goes_through_the_client() {
    let Some(truth) = truth("recordings through the client") else { return };
    let mut scores = Vec::new();
    for cassette in cassettes(&truth.recordings).unwrap() {
        scores.push(play(&cassette).await);
    }
    let all = told("recordings", scores);
    assert!(all.wrong.is_empty(), "{}", all.wrong.join("\n"));
    assert!(all.replayed > 0, "nothing was replayed");
}

#[tokio::test]
async fn every_published_example_goes_through_the_client() {
    let Some(truth) = truth("examples through the client") else { return };
    let mut scores = Vec::new();
    for cassette in examples::all(&truth.spec) {
        scores.push(play(&cassette).await);
    }
    let all = told("examples", scores);
    assert!(all.wrong.is_empty(), "{}", all.wrong.join("\n"));
    assert!(all.skipped.is_empty(), "the client has an operation for each");
    assert!(all.replayed > 100, "only {} examples were found", all.replayed);
}
