//! Sign-in as a managed identity through an identity endpoint on this machine.
//!
//! `azure_identity` reads `IDENTITY_ENDPOINT` from the process's own environment, so each scenario
//! runs in a process of its own: this test binary again, with other variables.

use std::time::Duration;

use nsp::azure::credentials::{Audience, Cause, Environment, Kind, SignInFailure, TokenProvider};

use crate::signin_support::{Answer, Service, in_seconds, is_child, jwt, passes_with, provider, settings};

fn granted(token: &str, expires_in: i64) -> Answer {
    let expiry = in_seconds(expires_in);
    let json = format!(
        r#"{{"access_token":"{token}","expires_on":"{expiry}","resource":"r","token_type":"Bearer"}}"#
    );
    Answer::Json(200, json)
}

async fn managed() -> TokenProvider {
    let mut settings = settings(Kind::ManagedIdentity, Environment::process()).await;
    settings.limits.attempt = Duration::from_secs(3);
    provider(settings)
}

async fn fails() -> SignInFailure {
    managed().await.token(Audience::Management).await.unwrap_err()
}

/// Runs `test` again where `endpoint` is the identity endpoint.
async fn on_this_machine(test: &str, endpoint: &Service, vars: &[(&str, &str)]) {
    let url = format!("http://{}/msi/token", endpoint.address);
    let mut all = vec![("IDENTITY_ENDPOINT", url.as_str()), ("IDENTITY_HEADER", "header-s3cret")];
    all.extend_from_slice(vars);
    // A proxy must not be asked for an address on this machine.
    all.push(("HTTP_PROXY", "http://127.0.0.1:9"));
    passes_with(&format!("signin_managed::{test}"), &all).await;
}

#[tokio::test]
async fn the_system_assigned_identity_serves_both_audiences() {
    if is_child() {
        let provider = managed().await;
        provider.token(Audience::Management).await.unwrap();
        provider.token(Audience::Logs).await.unwrap();
        assert_eq!(provider.identity().unwrap().display, "machine");
        return;
    }
    let endpoint = Service::plain(|asked, _| granted(&jwt("machine", &asked.query["resource"]), 3600)).await;
    on_this_machine("the_system_assigned_identity_serves_both_audiences", &endpoint, &[]).await;
    let asked = endpoint.asked();
    let resources: Vec<&str> = asked.iter().map(|asked| asked.query["resource"].as_str()).collect();
    assert_eq!(resources, ["https://management.azure.com", "https://api.loganalytics.io"]);
    assert_eq!(asked[0].headers["x-identity-header"], "header-s3cret");
    assert!(!asked[0].query.contains_key("client_id"));
}

#[tokio::test]
async fn a_user_assigned_identity_is_chosen_by_its_client_id() {
    if is_child() {
        managed().await.token(Audience::Management).await.unwrap();
        return;
    }
    let endpoint = Service::plain(|_, _| granted("opaque", 3600)).await;
    let vars = [("AZURE_CLIENT_ID", "user-assigned-1")];
    on_this_machine("a_user_assigned_identity_is_chosen_by_its_client_id", &endpoint, &vars).await;
    assert_eq!(endpoint.asked()[0].query["client_id"], "user-assigned-1");
}

#[tokio::test]
async fn a_refusal_is_told_without_the_header() {
    if is_child() {
        let failure = fails().await;
        assert_eq!(failure.cause(), Some(Cause::Refused));
        assert!(failure.detail.contains("not been assigned to this resource"), "{failure:?}");
        assert!(failure.hint.contains("assign an identity"));
        return;
    }
    let endpoint = Service::plain(|_, _| Answer::Json(400, "{}".to_owned())).await;
    on_this_machine("a_refusal_is_told_without_the_header", &endpoint, &[]).await;
    assert_eq!(endpoint.asked().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_repeats_its_secret_is_not_quoted() {
    if is_child() {
        let failure = fails().await;
        assert_eq!(failure.cause(), Some(Cause::Refused));
        assert!(failure.detail.contains("<removed>"), "{failure:?}");
        assert!(!format!("{failure:?}").contains("header-s3cret"));
        return;
    }
    let endpoint = Service::plain(|_, _| Answer::Json(403, "bad header header-s3cret".to_owned())).await;
    on_this_machine("an_endpoint_that_repeats_its_secret_is_not_quoted", &endpoint, &[]).await;
}

#[tokio::test]
async fn a_silent_endpoint_is_given_up_in_time() {
    if is_child() {
        assert_eq!(fails().await.cause(), Some(Cause::TimedOut));
        return;
    }
    let endpoint = Service::plain(|_, _| Answer::Never).await;
    on_this_machine("a_silent_endpoint_is_given_up_in_time", &endpoint, &[]).await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    if is_child() {
        assert_eq!(fails().await.cause(), Some(Cause::Expired));
        return;
    }
    let endpoint = Service::plain(|_, _| granted("old", -5)).await;
    on_this_machine("an_expired_token_is_refused", &endpoint, &[]).await;
}

#[tokio::test]
async fn an_answer_without_a_token_is_refused() {
    if is_child() {
        assert_eq!(fails().await.cause(), Some(Cause::Unusable));
        return;
    }
    let endpoint = Service::plain(|_, _| Answer::Json(200, "{}".to_owned())).await;
    on_this_machine("an_answer_without_a_token_is_refused", &endpoint, &[]).await;
}

#[tokio::test]
async fn a_machine_without_an_identity_says_so_at_once() {
    let with = settings(Kind::ManagedIdentity, Environment::fixed([("PATH", "/bin")])).await;
    let failure = provider(with).token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::NotConfigured));
    let expected =
        "not configured: IDENTITY_ENDPOINT is not set, and no metadata service answers at 127.0.0.1";
    assert_eq!(failure.detail, expected);
}

#[tokio::test]
async fn another_clouds_metadata_service_is_recognised() {
    let other = Service::plain(|_, _| Answer::Json(404, "not found".to_owned())).await;
    let mut with = settings(Kind::ManagedIdentity, Environment::fixed([("PATH", "/bin")])).await;
    with.metadata_service = other.address;
    let failure = provider(with).token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::NotConfigured));
    assert!(failure.detail.contains("is not Azure's (it answered 404)"), "{failure:?}");
    assert!(!other.asked()[0].headers.contains_key("metadata"));
}

#[tokio::test]
async fn a_silent_metadata_service_costs_no_more_than_its_limit() {
    let silent = Service::plain(|_, _| Answer::Never).await;
    let mut with = settings(Kind::ManagedIdentity, Environment::fixed([("PATH", "/bin")])).await;
    with.metadata_service = silent.address;
    with.limits.metadata = Duration::from_millis(50);
    let failure = provider(with).token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::NotConfigured));
}
