//! `auto`: the documented order, who won, why the others did not; and the fixed token.

use nsp::azure::credentials::{Audience, Cause, Environment, Kind, SignInEvent, TokenProvider, is_loopback};
use tokio::sync::broadcast::Receiver;
use url::Url;

use crate::signin_support::{Service, Tools, granted, provider, refused, settings};

const SIGNED_OUT: &str = "echo 'ERROR: run az login' >&2; exit 1";

fn drain(events: &mut Receiver<SignInEvent>) -> Vec<SignInEvent> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

/// What was tried, in order.
fn tried(events: &[SignInEvent], wanted: Audience) -> Vec<Kind> {
    events
        .iter()
        .filter_map(|event| match event {
            SignInEvent::Trying { audience, kind } if *audience == wanted => Some(*kind),
            SignInEvent::Trying { .. }
            | SignInEvent::DeviceCode(_)
            | SignInEvent::Won { .. }
            | SignInEvent::Failed { .. } => None,
        })
        .collect()
}

#[tokio::test]
async fn with_nothing_set_up_every_way_says_why_in_the_documented_order() {
    let tools = Tools::new().install("az", SIGNED_OUT);
    let provider = provider(settings(Kind::Auto, tools.environment(&[])).await);
    let mut events = provider.events();
    let failure = provider.token(Audience::Management).await.unwrap_err();
    let reasons: Vec<(Kind, Cause, &str)> =
        failure.attempts.iter().map(|a| (a.kind, a.cause, a.reason.as_str())).collect();
    let absent = Cause::NotConfigured;
    let certificate = if cfg!(feature = "client-certificate") {
        "AZURE_CLIENT_ID"
    } else {
        "AZURE_CLIENT_CERTIFICATE_PATH"
    };
    assert_eq!(
        reasons,
        [
            (Kind::ClientSecret, absent, "not configured: AZURE_CLIENT_ID is not set"),
            (Kind::ClientCertificate, absent, format!("not configured: {certificate} is not set").as_str()),
            (Kind::WorkloadIdentity, absent, "not configured: AZURE_FEDERATED_TOKEN_FILE is not set"),
            (
                Kind::ManagedIdentity,
                absent,
                "not configured: IDENTITY_ENDPOINT is not set, and no metadata service answers at 127.0.0.1"
            ),
            (Kind::AzureCli, Cause::NotSignedIn, "run az login"),
            (Kind::Azd, Cause::NotInstalled, "azd not found on PATH"),
        ]
    );
    assert_eq!(failure.title, "No way to sign in worked");
    assert_eq!(failure.hint, "for azure-cli: run `az login`, then try again");
    let events = drain(&mut events);
    assert_eq!(tried(&events, Audience::Management), Kind::AUTO);
    let last = SignInEvent::Failed { audience: Audience::Management, failure };
    assert_eq!(events.last(), Some(&last));
    assert_eq!(provider.kind(), None);
}

#[tokio::test]
async fn the_winner_is_named_with_those_before_it_and_serves_both_audiences() {
    let tools = Tools::new().signed_in_az(3600).install("azd", "exit 1");
    let provider = provider(settings(Kind::Auto, tools.environment(&[])).await);
    let mut events = provider.events();
    // Asked for the logs first, it still decides by the management token.
    let (logs, management) =
        tokio::join!(provider.token(Audience::Logs), provider.token(Audience::Management));
    assert_ne!(logs.unwrap(), management.unwrap());
    let events = drain(&mut events);
    assert_eq!(tried(&events, Audience::Management), Kind::AUTO[..5]);
    assert_eq!(tried(&events, Audience::Logs), [Kind::AzureCli]);
    let won = events.iter().find_map(|event| match event {
        SignInEvent::Won { audience: Audience::Management, kind, identity, earlier } => {
            Some((*kind, identity.clone().unwrap().display, earlier.len()))
        }
        _ => None,
    });
    assert_eq!(won, Some((Kind::AzureCli, "ada@contoso.com".to_owned(), 4)));
    assert_eq!((tools.calls("az").len(), tools.calls("azd").len()), (2, 0));
    assert_eq!(provider.kind(), Some(Kind::AzureCli));
}

#[tokio::test]
async fn the_environment_comes_before_the_tools_and_stays() {
    let authority = Service::authority(|_, number| match number {
        1 => granted("from-the-environment"),
        _ => refused("invalid_client", "AADSTS7000222: The secret has expired."),
    })
    .await;
    let tools = Tools::new().signed_in_az(3600);
    let host = authority.https();
    let vars = [
        ("AZURE_AUTHORITY_HOST", host.as_str()),
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "right"),
    ];
    let mut with = settings(Kind::Auto, tools.environment(&vars)).await;
    with.http = Some(authority.http());
    let provider = provider(with);
    let token = provider.token(Audience::Management).await.unwrap();
    assert_eq!(provider.kind(), Some(Kind::ClientSecret));
    // A session does not become somebody else when its credential stops working.
    provider.invalidate(Audience::Management, &token);
    let failure = provider.token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.detail, "AADSTS7000222: The secret has expired.");
    assert!(tools.calls("az").is_empty());
}

#[tokio::test]
async fn a_refused_credential_does_not_hide_the_next_and_is_told() {
    let authority =
        Service::authority(|_, _| refused("invalid_client", "AADSTS7000215: Invalid client secret.")).await;
    let tools = Tools::new().signed_in_az(3600);
    let host = authority.https();
    let vars = [
        ("AZURE_AUTHORITY_HOST", host.as_str()),
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "wrong"),
    ];
    let mut with = settings(Kind::Auto, tools.environment(&vars)).await;
    with.http = Some(authority.http());
    let provider = provider(with);
    let mut events = provider.events();
    provider.token(Audience::Management).await.unwrap();
    let earlier = drain(&mut events).into_iter().find_map(|event| match event {
        SignInEvent::Won { earlier, .. } => Some(earlier),
        _ => None,
    });
    let first = earlier.unwrap().remove(0);
    assert_eq!((first.kind, first.cause), (Kind::ClientSecret, Cause::Refused));
    assert_eq!(first.reason, "AADSTS7000215: Invalid client secret.");
}

#[tokio::test]
async fn after_a_failure_a_retry_finds_who_has_signed_in_meanwhile() {
    let tools = Tools::new().install("az", SIGNED_OUT);
    let provider = provider(settings(Kind::Auto, tools.environment(&[])).await);
    provider.token(Audience::Logs).await.unwrap_err();
    let tools = tools.signed_in_az(3600);
    provider.retry();
    provider.token(Audience::Logs).await.unwrap();
    drop(tools);
}

#[tokio::test]
async fn a_fixed_token_is_for_loopback_only() {
    let url = |text: &str| Url::parse(text).unwrap();
    let (arm, logs) = (url("http://127.0.0.1:4280"), url("https://localhost:4281/v1"));
    let provider = TokenProvider::fixed("demo".to_owned(), &[&arm, &logs]).unwrap();
    let token = provider.token(Audience::Logs).await.unwrap();
    assert_eq!(token.authorization().unwrap().to_str().unwrap(), "Bearer demo");
    provider.invalidate(Audience::Logs, &token);
    assert_eq!(provider.token(Audience::Management).await.unwrap(), token);
    assert_eq!((provider.kind(), provider.identity()), (None, None));

    let real = url("https://management.azure.com");
    let refused = TokenProvider::fixed("real-token".to_owned(), &[&arm, &real]).unwrap_err();
    assert_eq!(refused.cause(), Some(Cause::NotLoopback));
    assert_eq!(
        refused.to_string(),
        "NSP_TOKEN is not accepted: it is for loopback addresses only, not for management.azure.com"
    );
    let broken = TokenProvider::fixed("two words".to_owned(), &[&arm]).unwrap_err();
    assert_eq!(broken.cause(), Some(Cause::Unusable));
    assert!(!format!("{refused:?} {broken:?}").contains("real-token"));
}

#[test]
fn loopback_is_judged_by_the_host_alone() {
    for (text, expected) in [
        ("http://127.0.0.1:1", true),
        ("http://127.255.0.3", true),
        ("http://[::1]:80", true),
        ("http://LOCALHOST", true),
        ("http://localhost.example.org", false),
        ("http://127.0.0.1.example.org", false),
        ("http://127.0.0.1@example.org", false),
        ("http://0.0.0.0", false),
        ("http://10.0.0.1", false),
        ("unix:/run/sock", false),
    ] {
        assert_eq!(is_loopback(&Url::parse(text).unwrap()), expected, "{text}");
    }
}

#[tokio::test]
async fn nothing_starts_before_the_first_question() {
    let tools = Tools::new().signed_in_az(3600);
    let idle = provider(settings(Kind::Auto, tools.environment(&[])).await);
    let empty = provider(settings(Kind::Auto, Environment::fixed([("PATH", "")])).await);
    assert_eq!((idle.kind(), empty.kind(), tools.calls("az").len()), (None, None, 0));
}
