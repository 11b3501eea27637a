//! Sign-in of service principals against an https authority with a certificate of its own.

use std::time::{Duration, Instant};

use nsp::azure::credentials::{Audience, Cause, Environment, Kind, SignIn};

use crate::signin_support::{
    Answer, Service, closed_port, granted, is_child, jwt, passes_with, provider, refused, settings,
};

const SECRET: &str = "s3cret~of~the~application";

fn principal(authority: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AZURE_AUTHORITY_HOST", authority.to_owned()),
        ("AZURE_TENANT_ID", "contoso.com".to_owned()),
        ("AZURE_CLIENT_ID", "app-1".to_owned()),
        ("AZURE_CLIENT_SECRET", SECRET.to_owned()),
    ]
}

async fn secret(authority: &Service) -> SignIn {
    let mut settings = settings(Kind::ClientSecret, Environment::fixed(principal(&authority.https()))).await;
    settings.http = Some(authority.http());
    settings
}

#[tokio::test]
async fn a_client_secret_buys_a_token_for_each_audience() {
    let authority = Service::authority(|asked, _| granted(&jwt("app", &asked.form["scope"]))).await;
    let provider = provider(secret(&authority).await);
    let management = provider.token(Audience::Management).await.unwrap();
    let logs = provider.token(Audience::Logs).await.unwrap();
    assert_ne!(management, logs);
    let asked = authority.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].path, "/contoso.com/oauth2/v2.0/token");
    assert_eq!(asked[0].form["client_id"], "app-1");
    assert_eq!(asked[0].form["client_secret"], SECRET);
    assert_eq!(asked[0].form["scope"], "https://management.azure.com/.default");
    assert_eq!(asked[1].form["scope"], "https://api.loganalytics.io/.default");
    assert!(asked[0].headers["user-agent"].to_str().unwrap().starts_with("nsp "), "{:?}", asked[0].headers);
}

#[tokio::test]
async fn a_refused_token_is_not_served_from_the_librarys_cache() {
    let authority = Service::authority(|_, number| granted(&format!("token-{number}"))).await;
    let provider = provider(secret(&authority).await);
    let first = provider.token(Audience::Management).await.unwrap();
    provider.invalidate(Audience::Management, &first);
    assert_ne!(provider.token(Audience::Management).await.unwrap(), first);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_entras_words_and_never_repeated() {
    let authority = Service::authority(|asked, _| {
        refused("invalid_client", &format!("AADSTS7000215: Bad secret {}.", asked.form["client_secret"]))
    })
    .await;
    let failure = provider(secret(&authority).await).token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::Refused));
    assert_eq!(failure.detail, "AADSTS7000215: Bad secret <removed>.");
    assert_eq!(failure.hint, "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET");
    assert!(!format!("{failure:?}").contains(SECRET));
    assert_eq!(authority.asked().len(), 1);
}

#[tokio::test]
async fn one_audience_may_be_refused_without_the_other() {
    let authority = Service::authority(|asked, _| {
        if asked.form["scope"].contains("loganalytics") {
            refused("invalid_resource", "AADSTS500011: The resource principal was not found.")
        } else {
            granted("for-management")
        }
    })
    .await;
    let provider = provider(secret(&authority).await);
    let logs = provider.token(Audience::Logs).await.unwrap_err();
    assert!(logs.detail.starts_with("AADSTS500011"));
    provider.token(Audience::Management).await.unwrap();
}

#[tokio::test]
async fn a_silent_authority_is_given_up_in_time() {
    let authority = Service::authority(|_, _| Answer::Never).await;
    let mut slow = secret(&authority).await;
    slow.limits.attempt = Duration::from_millis(400);
    let begun = Instant::now();
    let failure = provider(slow).token(Audience::Management).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!((failure.cause(), failure.detail.as_str()), (Some(Cause::TimedOut), "no answer within 400ms"));
}

#[tokio::test]
async fn a_dead_authority_is_given_up_quickly() {
    let port = closed_port().await;
    let environment = Environment::fixed(principal(&format!("https://{port}")));
    let begun = Instant::now();
    let failure = provider(settings(Kind::ClientSecret, environment).await)
        .token(Audience::Management)
        .await
        .unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert_eq!(failure.cause(), Some(Cause::Unreachable));
    assert!(failure.detail.starts_with("cannot reach 127.0.0.1: "), "{failure:?}");
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_not_trusted() {
    let authority = Service::authority(|_, _| granted("never")).await;
    let stranger = Service::authority(|_, _| granted("never")).await;
    let mut with = secret(&authority).await;
    with.http = Some(stranger.http());
    let failure = provider(with).token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::Unreachable));
    assert!(authority.asked().is_empty());
}

#[tokio::test]
async fn a_secret_follows_no_redirect() {
    let elsewhere = Service::plain(|_, _| granted("stolen")).await;
    let target = format!("http://{}/", elsewhere.address);
    let authority = Service::authority(move |_, _| Answer::Redirect(target.clone())).await;
    provider(secret(&authority).await).token(Audience::Management).await.unwrap_err();
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn answers_that_are_no_tokens_are_refused() {
    let expired = r#"{"token_type":"Bearer","expires_in":0,"access_token":"old"}"#;
    for (body, cause) in [("<html>", Cause::Unusable), ("{}", Cause::Expired), (expired, Cause::Expired)] {
        let authority = Service::authority(move |_, _| Answer::Json(200, body.to_owned())).await;
        let failure = provider(secret(&authority).await).token(Audience::Management).await.unwrap_err();
        assert_eq!(failure.cause(), Some(cause), "{body}: {failure:?}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
        let vars = principal("https://127.0.0.1").into_iter().filter(|(other, _)| *other != name);
        let with = settings(Kind::ClientSecret, Environment::fixed(vars)).await;
        let failure = provider(with).token(Audience::Management).await.unwrap_err();
        assert_eq!(failure.cause(), Some(Cause::NotConfigured));
        assert!(failure.detail.starts_with(&format!("not configured: {name} is not set")), "{failure:?}");
    }
}

#[tokio::test]
async fn an_authority_without_tls_gets_nothing() {
    let plain = Service::plain(|_, _| granted("never")).await;
    let environment = Environment::fixed(principal(&format!("http://{}", plain.address)));
    let failure = provider(settings(Kind::ClientSecret, environment).await)
        .token(Audience::Management)
        .await
        .unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::Misconfigured));
    assert!(failure.detail.contains("AZURE_AUTHORITY_HOST is not an https address"));
    assert!(plain.asked().is_empty());
}

#[tokio::test]
async fn a_federated_token_is_presented_and_read_afresh() {
    let authority =
        Service::authority(|asked, _| granted(&format!("for-{}", asked.form["client_assertion"]))).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("federated");
    let mut vars = principal(&authority.https());
    vars.push(("AZURE_FEDERATED_TOKEN_FILE", file.display().to_string()));
    let mut with = settings(Kind::WorkloadIdentity, Environment::fixed(vars)).await;
    with.http = Some(authority.http());
    let provider = provider(with);

    let missing = provider.token(Audience::Management).await.unwrap_err();
    assert_eq!(missing.cause(), Some(Cause::Misconfigured));
    assert!(missing.detail.contains("failed to read federated token"), "{missing:?}");

    std::fs::write(&file, "assertion-1").unwrap();
    provider.retry();
    let first = provider.token(Audience::Management).await.unwrap();
    assert_eq!(first.authorization().unwrap().to_str().unwrap(), "Bearer for-assertion-1");
    std::fs::write(&file, "assertion-2").unwrap();
    provider.invalidate(Audience::Management, &first);
    let second = provider.token(Audience::Management).await.unwrap();
    assert_eq!(second.authorization().unwrap().to_str().unwrap(), "Bearer for-assertion-2");
    let asked = authority.asked();
    assert_eq!(asked[0].path, "/contoso.com/oauth2/v2.0/token");
    assert!(asked[0].form["client_assertion_type"].ends_with("jwt-bearer"));
}

/// The product as it stands: its own environment, its own client, `SSL_CERT_FILE` of the platform.
#[tokio::test]
async fn a_certificate_file_named_in_the_environment_is_trusted() {
    if is_child() {
        let provider = provider(SignIn::new(nsp::azure::cloud::Cloud::AzureCloud, Kind::ClientSecret));
        provider.token(Audience::Management).await.unwrap();
        return;
    }
    let authority = Service::authority(|_, _| granted("by-file")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, &authority.certificate).unwrap();
    let file = file.display().to_string();
    let vars = principal(&authority.https());
    let mut vars: Vec<(&str, &str)> = vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
    vars.push(("SSL_CERT_FILE", &file));
    passes_with("signin_authority::a_certificate_file_named_in_the_environment_is_trusted", &vars).await;
    assert_eq!(authority.asked()[0].form["client_secret"], SECRET);
}

#[cfg(not(feature = "client-certificate"))]
#[tokio::test]
async fn a_build_without_certificates_says_how_to_get_them() {
    let with = settings(Kind::ClientCertificate, Environment::fixed(principal("https://127.0.0.1"))).await;
    let failure = provider(with).token(Audience::Management).await.unwrap_err();
    assert!(failure.detail.contains("this build has no client certificates"), "{failure:?}");
    assert!(failure.hint.contains("--features client-certificate"));
}
