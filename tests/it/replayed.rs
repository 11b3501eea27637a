//! Recorded Azure traffic, and the published examples, through the real client over HTTP.

mod account;
mod call;
mod examples;
mod fields;
mod graph;
mod player;
mod put;
mod roundtrip;

use std::collections::BTreeMap;

use player::{Score, play};
use url::Url;

use crate::support::cassette::{Cassette, Interaction, recorded};
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
    for cassette in recorded(truth) {
        scores.push(play(cassette).await);
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

/// An interaction of a made-up recording; `headers` are pairs.
fn made_up(
    method: &str,
    target: &str,
    sent: &str,
    (status, answer): (u16, &str),
    headers: &[(&str, &str)],
) -> Interaction {
    let lists = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Interaction {
        method: method.to_owned(),
        url: Url::parse(&format!("https://management.azure.com{target}")).unwrap(),
        body: sent.as_bytes().to_vec(),
        status,
        headers: headers.iter().map(lists).collect(),
        answer: answer.as_bytes().to_vec(),
    }
}

const NSP: &str =
    "/subscriptions/0a/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters/n";
const NETWORK: &str = "/subscriptions/0a/providers/Microsoft.Network";
const V: &str = "api-version=2025-07-01";

fn cassette(interactions: Vec<Interaction>) -> Cassette {
    Cassette { name: "made up".to_owned(), interactions }
}

/// What other recordings may hold: refusals, retries, old forms of long operations, pages, what is asked otherwise.
#[tokio::test]
async fn recordings_of_any_kind_are_played() {
    let a = format!("{NSP}/resourceAssociations/a");
    let body = |state: &str, mode: &str| {
        format!(
            r#"{{"id":"{a}","name":"a","properties":{{"provisioningState":"{state}","accessMode":"{mode}","privateLinkResource":{{"id":"/x/y"}},"profile":{{"id":"{NSP}/profiles/p"}},"zone":7}}}}"#
        )
    };
    let wanted = |mode: &str| {
        format!(
            r#"{{"name":"a","properties":{{"accessMode":"{mode}","privateLinkResource":{{"id":"/x/y"}},"profile":{{"id":"{NSP}/profiles/p"}}}}}}"#
        )
    };
    let no = r#"{"error":{"code":"AuthorizationFailed","message":"no"}}"#;
    let (list, next) = (
        format!("{NETWORK}/networkSecurityPerimeters?{V}"),
        format!("{NETWORK}/networkSecurityPerimeters?{V}&$skipToken=x"),
    );
    let page = format!(r#"{{"value":[],"nextLink":"https://management.azure.com{next}"}}"#);
    let at = format!("{a}?{V}");
    let itself = format!("https://management.azure.com{at}");
    let played = cassette(vec![
        made_up("GET", &format!("{NSP}?{V}"), "", (403, no), &[]),
        made_up("GET", &list, "", (429, "{}"), &[("retry-after", "7")]),
        made_up("GET", &list, "", (200, &page), &[]),
        made_up("GET", &format!("{NSP}/profiles?{V}&$top=2"), "", (200, r#"{"value":[]}"#), &[]),
        made_up("GET", &next, "", (200, r#"{"value":[]}"#), &[]),
        made_up(
            "PUT",
            &at,
            &wanted("Learning"),
            (201, &body("Creating", "Learning")),
            &[("location", &itself)],
        ),
        made_up("GET", &at, "", (200, &body("Creating", "Learning")), &[]),
        made_up("GET", &at, "", (200, &body("Succeeded", "Learning")), &[]),
        made_up("PUT", &at, &wanted("Enforced"), (200, &body("Accepted", "Enforced")), &[]),
        made_up("DELETE", &at, "", (409, r#"{"error":{"code":"Busy","message":"later"}}"#), &[]),
        made_up("DELETE", &at, "", (204, ""), &[]),
        made_up("GET", &at, "", (404, r#"{"error":{"code":"NotFound","message":"gone"}}"#), &[]),
        made_up("HEAD", &at, "", (404, ""), &[]),
        made_up("GET", &format!("{NETWORK}/publicIPAddresses?{V}"), "", (200, "{}"), &[]),
    ]);
    let score = play(&played).await;
    assert!(score.wrong.is_empty(), "{}", score.wrong.join("\n"));
    let skipped: Vec<&str> = score.skipped.iter().map(|(what, _)| what.split(' ').next().unwrap()).collect();
    assert_eq!((score.replayed, skipped), (11, vec!["GET", "HEAD", "GET"]), "{:?}", score.skipped);
}

/// The player tells when the client does other than was recorded; else it would prove nothing.
#[tokio::test]
async fn what_is_not_as_recorded_is_told() {
    let rule = format!("{NSP}/profiles/p/accessRules/r?{V}");
    let said = format!(
        r#"{{"id":"{NSP}/profiles/p/accessRules/r","properties":{{"direction":"Inbound","addressPrefixes":["10.0.0.0/8"]}}}}"#
    );
    let status = format!("{NETWORK}/locations/x/networkSecurityPerimeterOperationStatuses/o?{V}&t=1");
    let link = format!("https://management.azure.com{status}");
    let running = (202, "");
    for (what, interactions) in [
        ("a body that cannot be read", vec![made_up("GET", &rule, "", (200, r#"{"properties":{}}"#), &[])]),
        (
            "a poll that is never asked for",
            vec![
                made_up("DELETE", &format!("{NSP}?{V}"), "", running, &[("azure-asyncoperation", &link)]),
                made_up("GET", &status, "", (200, r#"{"status":"Succeeded"}"#), &[]),
                made_up("GET", &status, "", (200, r#"{"status":"Succeeded"}"#), &[]),
            ],
        ),
        (
            "an operation that failed and is called done",
            vec![
                made_up("DELETE", &format!("{NSP}?{V}"), "", (200, ""), &[("location", &link)]),
                made_up("GET", &status, "", (200, r#"{"status":"Failed"}"#), &[]),
            ],
        ),
        (
            "a body that says something else",
            vec![made_up("PUT", &rule, r#"{"properties":{"direction":["Inbound"]}}"#, (200, &said), &[])],
        ),
    ] {
        assert!(!play(&cassette(interactions)).await.wrong.is_empty(), "{what}");
    }
}
