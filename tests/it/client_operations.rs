//! Long-running operations in every form that was recorded, and those that go wrong.

use std::time::Duration;

use nsp::azure::{AssociationContent, ErrorKind, Polling, Timing};
use nsp::domain::{AccessMode, ArmId, Failure, FailureKind};

use crate::scripted::{Asked, NSP, Reply, Server, answer, client, client_with, id, json};

fn content() -> AssociationContent {
    let vault = "/subscriptions/0a/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";
    let mode = AccessMode::Enforced;
    AssociationContent { resource: ArmId::parse(vault).unwrap(), profile: id("/profiles/p"), mode }
}

fn association(state: &str) -> String {
    format!(
        r#"{{"id":"{NSP}/resourceAssociations/a","properties":{{"accessMode":"Enforced","provisioningState":"{state}"}}}}"#
    )
}

fn to_self(asked: &Asked, header: &str, path: &str) -> String {
    let host = asked.head.lines().find_map(|l| l.strip_prefix("host: ")).unwrap();
    format!("{header}: http://{host}{path}?api-version=2024-10-01&t=1&s=SIG%2B")
}

/// Words of the polls so far.
fn words(polls: &[Polling]) -> Vec<&str> {
    polls.iter().map(|p| p.status.as_str()).collect()
}

#[tokio::test]
async fn the_status_url_is_followed_with_its_own_words() {
    let server = Server::start(|n, asked| match n {
        0 => {
            let both =
                [&to_self(asked, "Azure-AsyncOperation", "/status"), &*to_self(asked, "Location", "/loc")];
            json(202, &both, &association("Updating"))
        }
        1 => json(200, &[], r#"{"status":"Updating"}"#),
        2 => json(200, &["retry-after: 7"], r#"{"status":"Pondering"}"#),
        3 => json(200, &[], r#"{"status":"succeeded"}"#),
        _ => json(200, &[], &association("Succeeded")),
    })
    .await;
    let watched = client(&server.url());
    let mut polls = Vec::new();
    let name = id("/resourceAssociations/a");
    let written = watched.client.put_association(&name, &content(), None, |p| polls.push(p)).await.unwrap();
    assert_eq!(written.mode, AccessMode::Enforced);
    assert_eq!(words(&polls), ["Updating", "Pondering"]);
    let waits: Vec<f64> = watched.waits.all().iter().map(Duration::as_secs_f64).collect();
    assert_eq!(waits, [1.0, 1.5, 7.0]);
    // The signature goes back as it came.
    assert_eq!(server.asked()[1].target, "/status?api-version=2024-10-01&t=1&s=SIG%2B");
    assert!(server.calls().iter().all(|call| call != "GET /loc"));
}

#[tokio::test]
async fn a_location_ends_in_204() {
    let server = Server::start(|n, asked| match n {
        0 => json(202, &[&to_self(asked, "Location", "/results/1")], ""),
        1 => json(202, &[], r#"{"properties":{"version":1,"publishingStates":[]}}"#),
        _ => answer(204, &[], ""),
    })
    .await;
    let mut polls = Vec::new();
    let watched = client(&server.url());
    watched.client.delete_link(&id("/links/l"), |p| polls.push(p)).await.unwrap();
    assert_eq!((words(&polls), server.asked().len()), (vec!["Accepted"], 3));
}

#[tokio::test]
async fn a_status_that_may_not_be_read_is_replaced_by_the_resource() {
    let denied = r#"{"error":{"code":"AuthorizationFailed","message":"no"}}"#;
    let server = Server::start(move |n, asked| match n {
        0 => json(202, &[&to_self(asked, "Azure-AsyncOperation", "/status")], ""),
        1 => json(403, &[], denied),
        2 => json(200, &[], &association("Updating")),
        _ => json(200, &[], &association("Succeeded")),
    })
    .await;
    let mut polls = Vec::new();
    let name = id("/resourceAssociations/a");
    client(&server.url()).client.put_association(&name, &content(), None, |p| polls.push(p)).await.unwrap();
    assert_eq!(words(&polls), ["Updating"]);
    assert!(server.calls()[2].ends_with("/resourceAssociations/a"));
}

#[tokio::test]
async fn a_delete_without_any_url_ends_when_the_resource_is_gone() {
    let server = Server::start(|n, _| match n {
        0 => answer(202, &[], ""),
        1 => json(200, &[], &association("Deleting")),
        _ => json(404, &[], r#"{"error":{"code":"NotFound","message":"gone"}}"#),
    })
    .await;
    let watched = client(&server.url());
    watched.client.delete_association(&id("/resourceAssociations/a"), |_| ()).await.unwrap();
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn old_versions_answer_201_with_the_resource_as_location() {
    let server = Server::start(|n, asked| match n {
        0 => json(
            201,
            &[&to_self(asked, "Location", &format!("{NSP}/resourceAssociations/a"))],
            &association("Accepted"),
        ),
        1 | 2 => json(200, &[], &association("Accepted")),
        _ => json(200, &[], &association("Succeeded")),
    })
    .await;
    let name = id("/resourceAssociations/a");
    let written =
        client(&server.url()).client.put_association(&name, &content(), None, |_| ()).await.unwrap();
    assert!(!written.state.unwrap().is_moving());
}

#[tokio::test]
async fn the_services_own_error_is_what_is_told() {
    let failed =
        r#"{"status":"Failed","error":{"code":"AssociationRefused","message":"The vault is elsewhere"}}"#;
    let server = Server::start(move |n, asked| match n {
        0 => json(202, &[&to_self(asked, "Azure-AsyncOperation", "/status")], ""),
        _ => json(200, &["x-ms-request-id: q"], failed),
    })
    .await;
    let name = id("/resourceAssociations/a");
    let error =
        client(&server.url()).client.put_association(&name, &content(), None, |_| ()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    let failure = Failure::from(error);
    assert_eq!(failure.detail, "The vault is elsewhere");
    assert_eq!(
        (failure.code.as_deref(), failure.request_id.as_deref()),
        (Some("AssociationRefused"), Some("q"))
    );
}

#[tokio::test]
async fn a_status_url_elsewhere_gets_no_token() {
    let stranger = Server::start(|_, _| json(200, &[], r#"{"status":"Succeeded"}"#)).await;
    for header in ["Azure-AsyncOperation", "Location"] {
        let line = format!("{header}: {}/status", stranger.url());
        let server = Server::start(move |_, _| json(202, &[&line], "")).await;
        let error = client(&server.url())
            .client
            .delete_association(&id("/resourceAssociations/a"), |_| ())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("a token goes to the session's own endpoint only"), "{error}");
        assert_eq!((Failure::from(error).kind, server.asked().len()), (FailureKind::Unknown, 1));
    }
    assert!(stranger.asked().is_empty());
}

#[tokio::test]
async fn an_operation_without_end_is_unknown() {
    let server = Server::start(|n, asked| match n {
        0 => json(202, &[&to_self(asked, "Azure-AsyncOperation", "/status")], ""),
        _ => json(200, &[], r#"{"status":"Deleting"}"#),
    })
    .await;
    let watched = client(&server.url());
    let error = watched.client.delete_perimeter(&id(""), true, |_| ()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unfinished);
    let waits = watched.waits.all();
    assert_eq!(waits.iter().max(), Some(&Duration::from_secs(30)));
    assert!(waits.iter().sum::<Duration>() <= Duration::from_secs(900));
    assert!(server.asked()[0].target.contains("forceDeletion=true"));
}

#[tokio::test]
async fn the_service_may_be_away_while_it_works() {
    let server = Server::start(|n, asked| match n {
        0 => json(202, &[&to_self(asked, "Azure-AsyncOperation", "/status")], ""),
        1 => Reply::Bytes(Vec::new()),
        2 => json(503, &[], ""),
        _ => json(200, &[], r#"{"status":"Succeeded"}"#),
    })
    .await;
    let timing = Timing { tries: 1, ..Timing::default() };
    let watched = client_with(&server.url(), timing);
    let mut polls = Vec::new();
    watched.client.delete_perimeter(&id(""), false, |p| polls.push(p)).await.unwrap();
    assert_eq!(polls.len(), 2);
    assert!(!server.asked()[0].target.contains("forceDeletion"));
}

#[tokio::test]
async fn deleting_what_is_not_there_is_done() {
    let server = Server::start(|n, _| if n == 0 { answer(204, &[], "") } else { json(404, &[], "") }).await;
    let watched = client(&server.url());
    let rule = id("/profiles/p/accessRules/r");
    watched.client.delete_rule(&rule).await.unwrap();
    watched.client.delete_rule(&rule).await.unwrap();
    assert_eq!(server.asked().len(), 2);
}
