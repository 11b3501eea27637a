//! Recorded Azure traffic played back over HTTP: first to a bare HTTP client, which proves the player itself.

use url::Url;

use crate::support::cassette::{Cassette, Interaction, recorded};
use crate::support::http_client;
use crate::support::replay::Replay;
use crate::support::truth::truth;

async fn ask(client: &reqwest::Client, base: &str, one: &Interaction) -> reqwest::Response {
    let method = reqwest::Method::from_bytes(one.method.as_bytes()).unwrap();
    let url = format!("{base}{}", one.target());
    client.request(method, url).body(one.body.clone()).send().await.unwrap()
}

#[tokio::test]
async fn every_recording_plays_to_its_end_when_asked_in_order() {
    let Some(truth) = truth("the player of recordings") else { return };
    let client = http_client();
    for cassette in recorded(truth) {
        let replay = Replay::start(cassette, |_| true).await;
        for one in &cassette.interactions {
            let answer = ask(&client, replay.url(), one).await;
            assert_eq!(answer.status().as_u16(), one.status, "{}: {} {}", cassette.name, one.method, one.url);
            let away = format!("{}/", one.url.origin().ascii_serialization());
            for (name, value) in answer.headers() {
                let leads_away = value.to_str().is_ok_and(|value| value.starts_with(&away));
                assert!(!leads_away, "{}: {name} leads away", cassette.name);
            }
            let body = answer.bytes().await.unwrap();
            let text = String::from_utf8_lossy(&body);
            assert!(
                !text.contains(&format!("\"nextLink\":\"{away}")),
                "{}: nextLink leads away",
                cassette.name
            );
            if !text.contains("nextLink") && one.method != "HEAD" {
                assert_eq!(body, one.answer, "{}: {}", cassette.name, one.url);
            }
        }
        replay.assert_complete(&cassette.name);
        let played = replay.played();
        assert_eq!(played.len(), cassette.interactions.len());
        for one in played {
            assert_eq!(one.sent, one.recorded.body, "{}: {}", cassette.name, one.recorded.url);
            assert!(one.headers.contains_key("host"));
        }
    }
}

fn interaction(method: &str, url: &str, answer: &str) -> Interaction {
    Interaction {
        method: method.to_owned(),
        url: Url::parse(url).unwrap(),
        body: Vec::new(),
        status: 200,
        headers: vec![
            (
                "location".to_owned(),
                "https://management.azure.com/next?api-version=2024-10-01&t=1".to_owned(),
            ),
            ("azure-asyncoperation".to_owned(), "https://elsewhere.test/x".to_owned()),
            ("content-encoding".to_owned(), "gzip".to_owned()),
        ],
        answer: answer.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn the_player_tells_what_was_asked_in_vain_and_what_was_not_asked() {
    let list = "https://management.azure.com/subscriptions/S/x?api-version=2024-07-01";
    let cassette = Cassette {
        name: "made up".to_owned(),
        interactions: vec![
            interaction(
                "GET",
                list,
                r#"{"nextLink":"https://management.azure.com/subscriptions/S/x?api-version=2024-07-01&firstIndex=10"}"#,
            ),
            interaction("GET", &format!("{list}&firstIndex=10"), r#"{"nextLink":""}"#),
            interaction("DELETE", list, ""),
            interaction("GET", "https://management.azure.com/skipped", ""),
        ],
    };
    let replay = Replay::start(&cassette, |one| one.url.path() != "/skipped").await;
    let client = http_client();
    let get = |target: String| async { client.get(target).send().await.unwrap() };
    let base = replay.url().to_owned();
    // Another version of the same family, and other case, are the same request.
    let first = get(format!("{base}/SUBSCRIPTIONS/s/x?api-version=2025-09-01")).await;
    assert_eq!(first.headers()["location"], format!("{base}/next?api-version=2024-10-01&t=1"));
    assert_eq!(first.headers()["azure-asyncoperation"], "https://elsewhere.test/x");
    let next: serde_json::Value = serde_json::from_str(&first.text().await.unwrap()).unwrap();
    assert_eq!(next["nextLink"], format!("{base}/subscriptions/S/x?api-version=2024-07-01&firstIndex=10"));
    // The second page asked for without the mark that its link carried.
    assert_eq!(get(format!("{base}/subscriptions/S/x?api-version=2024-07-01")).await.status(), 200);
    assert_eq!(replay.problems().len(), 1);
    assert!(replay.problems()[0].contains("firstIndex=10"));
    for target in ["/subscriptions/S/x", "/subscriptions/S/x?api-version=latest", "/skipped"] {
        assert_eq!(get(format!("{base}{target}")).await.status(), 501);
    }
    assert_eq!(replay.problems().len(), 4);
    assert_eq!(replay.remaining(), ["DELETE /subscriptions/S/x?api-version=2024-07-01 -> 200"]);
}
