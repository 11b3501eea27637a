//! One request: retries, limits, tokens and every way in which an answer can be no answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nsp::azure::{ErrorKind, Quota, RequestEvent, Scope, Timing};
use nsp::domain::{Failure, FailureKind, RuleContent, SourceKind};

use crate::scripted::{Reply, Server, answer, client, client_with, id, json, torn};

const PERIMETER: &str = r#"{"id":"/subscriptions/0a/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters/nsp","location":"west"}"#;

fn rule() -> RuleContent {
    RuleContent::of(SourceKind::AddressPrefix, vec!["203.0.113.0/24".to_owned()])
}

#[tokio::test]
async fn a_read_survives_what_passes() {
    let server = Server::start(|n, _| match n {
        0 => answer(503, &[], ""),
        1 => torn(200, r#"{"id":"#),
        2 => json(200, &[], r#"{"id":"/subscri"#),
        _ => json(200, &[], PERIMETER),
    })
    .await;
    let watched = client(&server.url());
    assert_eq!(watched.client.perimeter(&id("")).await.unwrap().location, "west");
    let waits = watched.waits.all();
    assert_eq!(waits.len(), 3);
    let (half, full) = (Duration::from_secs(1), Duration::from_secs(2));
    assert!((half..=full).contains(&waits[2]), "{waits:?}");
    let asked = server.asked();
    assert!(asked[0].head.contains("api-version=2024-10-01"));
    assert!(asked.iter().all(|a| a.head.contains("authorization: Bearer t1")));
    assert!(asked[0].head.contains("user-agent: nsp-tui/"));
    let request_id = |n: usize| {
        let line = asked[n].head.lines().find(|l| l.starts_with("x-ms-client-request-id: ")).unwrap();
        line.to_owned()
    };
    assert_ne!(request_id(0), request_id(1));
}

#[tokio::test]
async fn a_read_gives_up_after_four_tries() {
    let server = Server::start(|_, _| json(500, &["x-ms-request-id: abc"], "")).await;
    let watched = client(&server.url());
    let error = watched.client.perimeter(&id("")).await.unwrap_err();
    assert_eq!(server.asked().len(), 4);
    assert_eq!(error.kind, ErrorKind::Server);
    let failure = Failure::from(error);
    assert_eq!((failure.kind, failure.status), (FailureKind::Server, Some(500)));
    assert_eq!(failure.request_id.as_deref(), Some("abc"));
}

#[tokio::test]
async fn the_wait_that_the_service_asks_for_is_kept() {
    let server = Server::start(|n, _| match n {
        0 => json(429, &["retry-after: 3"], ""),
        1 => json(429, &["retry-after: Sun, 22 Nov 2026 12:00:11 GMT"], ""),
        2 => json(429, &["x-ms-retry-after-ms: 1500"], ""),
        _ => json(200, &[], PERIMETER),
    })
    .await;
    let watched = client(&server.url());
    watched.client.perimeter(&id("")).await.unwrap();
    let waits: Vec<f64> = watched.waits.all().iter().map(Duration::as_secs_f64).collect();
    for (wait, least) in waits.iter().zip([3.0, 11.0, 1.5]) {
        assert!((least..=least + 0.5).contains(wait), "{waits:?}");
    }
    assert_eq!(waits.len(), 3);
}

#[tokio::test]
async fn too_long_a_wait_is_told_instead_of_waited() {
    let body = r#"{"error":{"code":"TooManyRequests","message":"slow down"}}"#;
    let server = Server::start(move |_, _| json(429, &["retry-after: 120"], body)).await;
    let watched = client(&server.url());
    let failure = Failure::from(watched.client.perimeter(&id("")).await.unwrap_err());
    assert_eq!(server.asked().len(), 1);
    assert_eq!(failure.kind, FailureKind::Throttled);
    assert_eq!(failure.retry_at, Some("2026-11-22T12:02:00Z".parse().unwrap()));
    assert_eq!((failure.code.as_deref(), failure.detail.as_str()), (Some("TooManyRequests"), "slow down"));
}

#[tokio::test]
async fn a_write_is_sent_once_unless_it_was_throttled() {
    let rule_id = id("/profiles/p/accessRules/r");
    for reply in [|| json(503, &["retry-after: 1"], ""), || torn(200, "{"), || Reply::Bytes(Vec::new())] {
        let server = Server::start(move |_, _| reply()).await;
        let error = client(&server.url()).client.put_rule(&rule_id, &rule(), None).await.unwrap_err();
        assert_eq!(server.asked().len(), 1);
        assert!(!error.surely_not_done(), "{error}");
    }
    let server = Server::start(|n, asked| match n {
        0 => json(429, &["retry-after: 1"], ""),
        _ => json(200, &[], &format!(r#"{{"id":"{}"}}"#, asked.target.split('?').next().unwrap())),
    })
    .await;
    client(&server.url()).client.put_rule(&rule_id, &rule(), None).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[0].body,
        r#"{"properties":{"direction":"Inbound","addressPrefixes":["203.0.113.0/24"]}}"#
    );
    assert_eq!(asked[0].body, asked[1].body);
}

#[tokio::test]
async fn nobody_there_means_surely_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url).client.put_profile(&id("/profiles/p"), None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network { sent: false });
    assert!(error.surely_not_done());
}

#[tokio::test]
async fn no_answer_in_time_leaves_a_write_open() {
    let server = Server::start(|_, _| Reply::Hang).await;
    let timing = Timing { request: Duration::from_millis(60), ..Timing::default() };
    let error =
        client_with(&server.url(), timing).client.put_profile(&id("/profiles/p"), None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network { sent: true });
    assert!(Failure::from(error).detail.contains("timed out"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = Server::start(|_, asked| {
        if asked.head.contains("Bearer t2") { json(200, &[], PERIMETER) } else { json(401, &[], "") }
    })
    .await;
    let watched = client(&server.url());
    watched.client.perimeter(&id("")).await.unwrap();
    assert_eq!((server.asked().len(), watched.waits.all().len()), (2, 0));

    let body = r#"{"error":{"code":"InvalidAuthenticationTokenTenant","message":"wrong issuer"}}"#;
    let server = Server::start(move |_, _| json(401, &[], body)).await;
    let failure = Failure::from(client(&server.url()).client.perimeter(&id("")).await.unwrap_err());
    assert_eq!((server.asked().len(), failure.kind), (2, FailureKind::Auth));
    assert!(failure.hint.contains("--tenant"), "{failure:?}");

    let challenge = r#"www-authenticate: Bearer error="insufficient_claims", claims="e30=""#;
    let server = Server::start(move |_, _| json(401, &[challenge], "")).await;
    let failure = Failure::from(client(&server.url()).client.perimeter(&id("")).await.unwrap_err());
    assert_eq!(server.asked().len(), 1);
    assert!(failure.hint.contains("Conditional access"), "{failure:?}");
}

#[tokio::test]
async fn what_is_not_json_is_said_in_words() {
    let page = "<html><title>\u{1b}[2JProxy</title></html>";
    let html = &["content-type: text/html; charset=utf-8"];
    let server = Server::start(move |n, _| answer(if n == 0 { 200 } else { 403 }, html, page)).await;
    let watched = client(&server.url());
    let error = watched.client.perimeter(&id("")).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Decode { .. }), "{error:?}");
    assert!(error.to_string().contains("text/html instead of JSON"), "{error}");
    let denied = watched.client.perimeter(&id("")).await.unwrap_err();
    assert_eq!(denied.kind, ErrorKind::Denied { action: None });
    assert!(!denied.to_string().contains('\u{1b}'));
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let body = r#"{"error":{"code":"AuthorizationFailed","message":"The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Network/networkSecurityPerimeters/read' over scope '/subscriptions/0a'."}}"#;
    let server = Server::start(move |_, _| json(403, &["x-ms-correlation-request-id: c1"], body)).await;
    let error = client(&server.url()).client.perimeter(&id("")).await.unwrap_err();
    let action = "Microsoft.Network/networkSecurityPerimeters/read";
    assert_eq!(error.kind, ErrorKind::Denied { action: Some(action.to_owned()) });
    let failure = Failure::from(error);
    assert!(failure.hint.contains(action));
    assert_eq!(failure.evidence(), "HTTP 403 · AuthorizationFailed · request c1");
}

#[tokio::test]
async fn refusals_come_with_advice() {
    let cases = [
        (
            403,
            "LinkedAuthorizationFailed",
            "lacks 'Microsoft.KeyVault/vaults/joinPerimeter/action'",
            "joinPerimeter/action on the PaaS",
        ),
        (409, "MissingSubscriptionRegistration", "not registered", "P registers the missing provider"),
        (403, "RequestDisallowedByPolicy", "policy p", "Policy"),
        (409, "ScopeLocked", "locked", "lock"),
        (409, "AnotherOperationInProgress", "busy", "earlier change"),
        (400, "QuotaExceeded", "too many", "200 rule elements"),
    ];
    for (status, code, message, advice) in cases {
        let body = format!(
            r#"{{"error":{{"code":"{code}","message":"{message}","details":[{{"code":"Inner","message":"why"}}]}}}}"#
        );
        let server = Server::start(move |_, _| json(status, &[], &body)).await;
        let failure = Failure::from(client(&server.url()).client.perimeter(&id("")).await.unwrap_err());
        assert!(failure.hint.contains(advice), "{code}: {}", failure.hint);
        assert_eq!(failure.detail, format!("{message} · why"));
    }
}

#[tokio::test]
async fn redirects_and_floods_are_not_followed() {
    let server = Server::start(|_, _| answer(307, &["location: http://127.0.0.1:1/"], "")).await;
    let error = client(&server.url()).client.perimeter(&id("")).await.unwrap_err();
    assert_eq!((error.kind, server.asked().len()), (ErrorKind::Refused, 1));

    let server = Server::start(|_, _| json(200, &[], &format!("\"{}\"", "x".repeat(5000)))).await;
    let timing = Timing { body_limit: 4096, ..Timing::default() };
    let error = client_with(&server.url(), timing).client.perimeter(&id("")).await.unwrap_err();
    assert!(error.to_string().contains("larger than"), "{error}");
}

#[tokio::test]
async fn quota_and_progress_can_be_watched() {
    let server = Server::start(|n, _| match n {
        0 => json(429, &["retry-after: 2"], r#"{"error":{"code":"Busy","message":"m"}}"#),
        _ => json(200, &["x-ms-ratelimit-remaining-subscription-reads: 1099"], PERIMETER),
    })
    .await;
    let watched = client(&server.url());
    watched.client.perimeter(&id("")).await.unwrap();
    assert_eq!(watched.client.quota(), Quota { reads: Some(1099), ..Quota::default() });
    let events = watched.events.lock().unwrap().clone();
    let [RequestEvent::Started { operation, .. }, RequestEvent::Retrying { attempt, reason, .. }, last] =
        events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!((operation.as_str(), *attempt, reason.as_str()), ("read perimeter nsp", 2, "HTTP 429 Busy"));
    assert!(matches!(last, RequestEvent::Finished { status: Some(200), .. }));
}

#[tokio::test]
async fn a_dropped_request_is_finished_too() {
    let server = Server::start(|_, _| Reply::Hang).await;
    let watched = client(&server.url());
    let events = Arc::clone(&watched.events);
    let task = tokio::spawn(async move { watched.client.perimeter(&id("")).await });
    while server.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let events = events.lock().unwrap();
    assert!(matches!(events.last(), Some(RequestEvent::Finished { status: None, .. })), "{events:?}");
}

#[tokio::test]
async fn no_more_requests_at_once_than_allowed() {
    // Every answer waits until two requests are open, or the last pair could never end.
    let open = Arc::new(Mutex::new((0_u32, 0_u32)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let pair = Arc::new(tokio::sync::Barrier::new(2));
    let (count, gate) = (Arc::clone(&open), pair);
    let app = axum::Router::new().fallback(move || {
        let (count, gate) = (Arc::clone(&count), Arc::clone(&gate));
        async move {
            {
                let mut open = count.lock().unwrap();
                open.0 += 1;
                open.1 = open.1.max(open.0);
            }
            gate.wait().await;
            count.lock().unwrap().0 -= 1;
            axum::Json(serde_json::from_str::<serde_json::Value>(PERIMETER).unwrap())
        }
    });
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let watched = client_with(&url, Timing { concurrent: 2, ..Timing::default() });
    let perimeter = id("");
    let reads = (0..8).map(|_| watched.client.perimeter(&perimeter));
    for read in futures::future::join_all(reads).await {
        read.unwrap();
    }
    assert_eq!(open.lock().unwrap().1, 2);
    serving.abort();
}

#[tokio::test]
async fn two_audiences_do_not_wait_for_each_other() {
    // A session without a log endpoint still reads perimeters, and says what is missing.
    let server = Server::start(|_, _| json(200, &[], r#"{"value":[]}"#)).await;
    let tokens = crate::scripted::Tokens::new();
    let session = nsp::azure::Session::at("x", &server.url(), None, tokens).unwrap();
    let error = session.url(nsp::azure::cloud::Audience::Logs, "/v1", &[]).unwrap_err();
    assert!(error.to_string().contains("no logs endpoint"), "{error}");
    let client = nsp::azure::ArmClient::new(session).unwrap();
    client.list_perimeters(&Scope::Subscription("0a".to_owned()), |_| ()).await.unwrap();
}
