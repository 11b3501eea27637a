//! Sign-in with a device code against an https authority with a certificate of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use nsp::azure::credentials::{
    Audience, Cause, DeviceCodePrompt, Environment, Kind, SignInEvent, TokenProvider,
};
use tokio::sync::broadcast::Receiver;

use crate::signin_support::{Answer, Asked, Service, closed_port, jwt, provider, refused, settings};

fn code(interval: u64, expires_in: u64) -> Answer {
    Answer::Json(
        200,
        format!(
            r#"{{"device_code":"device-1","user_code":"ABCD-1234","verification_uri":"https://microsoft.com/devicelogin",
                "expires_in":{expires_in},"interval":{interval},"message":"Enter ABCD-1234"}}"#
        ),
    )
}

fn tokens(access: &str, refresh: &str) -> Answer {
    let access = jwt("ada@contoso.com", access);
    Answer::Json(
        200,
        format!(
            r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{access}","refresh_token":"{refresh}"}}"#
        ),
    )
}

fn pending(error: &str) -> Answer {
    Answer::Json(400, format!(r#"{{"error":"{error}","error_description":"AADSTS70016: {error}"}}"#))
}

/// What the authority is asked for, in a word.
fn grant(asked: &Asked) -> &str {
    if asked.path.ends_with("/devicecode") {
        "code"
    } else {
        asked.form["grant_type"].rsplit(':').next().unwrap()
    }
}

async fn with(authority: &Service, vars: &[(&str, &str)]) -> TokenProvider {
    let host = authority.https();
    let vars = vars.iter().copied().chain([("AZURE_AUTHORITY_HOST", host.as_str())]);
    let mut settings = settings(Kind::DeviceCode, Environment::fixed(vars)).await;
    settings.http = Some(authority.http());
    provider(settings)
}

fn prompts(events: &mut Receiver<SignInEvent>) -> Vec<DeviceCodePrompt> {
    std::iter::from_fn(|| events.try_recv().ok())
        .filter_map(|event| match event {
            SignInEvent::DeviceCode(prompt) => Some(prompt),
            SignInEvent::Trying { .. } | SignInEvent::Won { .. } | SignInEvent::Failed { .. } => None,
        })
        .collect()
}

#[tokio::test]
async fn one_code_signs_in_for_both_audiences_and_for_later() {
    let polls = AtomicUsize::new(0);
    let authority = Service::authority(move |asked, number| match grant(asked) {
        "code" => code(0, 900),
        "device_code" => match polls.fetch_add(1, Ordering::SeqCst) {
            0 => pending("authorization_pending"),
            1 => pending("slow_down"),
            2 => Answer::Json(503, "<html>busy</html>".to_owned()),
            _ => tokens("first", "refresh-1"),
        },
        _ => tokens(&format!("later-{number}"), &format!("refresh-{number}")),
    })
    .await;
    let provider = with(&authority, &[("AZURE_TENANT_ID", "contoso.com")]).await;
    let mut events = provider.events();
    let (management, logs) =
        tokio::try_join!(provider.token(Audience::Management), provider.token(Audience::Logs)).unwrap();
    assert_ne!(management, logs);
    provider.invalidate(Audience::Management, &management);
    assert_ne!(provider.token(Audience::Management).await.unwrap(), management);

    let shown = prompts(&mut events);
    assert_eq!(shown.len(), 1, "a second code was shown");
    assert_eq!(shown[0].user_code, "ABCD-1234");
    assert_eq!(shown[0].verification_uri, "https://microsoft.com/devicelogin");
    assert_eq!(shown[0].message, "Enter ABCD-1234");
    assert!(shown[0].expires_at > Timestamp::now());

    let asked = authority.asked();
    let grants: Vec<&str> = asked.iter().map(grant).collect();
    let expected = [
        "code",
        "device_code",
        "device_code",
        "device_code",
        "device_code",
        "refresh_token",
        "refresh_token",
    ];
    assert_eq!(grants, expected);
    assert_eq!(asked[0].path, "/contoso.com/oauth2/v2.0/devicecode");
    assert_eq!(asked[0].form["client_id"], "04b07795-8ddb-461a-bbee-02f9e1bf7b46");
    assert_eq!(asked[1].form["device_code"], "device-1");
    assert_eq!(asked[5].form["refresh_token"], "refresh-1");
    assert_eq!(asked[6].form["refresh_token"], "refresh-6", "the newest refresh token counts");
    let scopes: Vec<&str> = [0, 5].iter().map(|at| asked[*at].form["scope"].as_str()).collect();
    assert!(scopes.iter().all(|scope| scope.ends_with("/.default offline_access openid")), "{scopes:?}");
    assert_eq!(provider.identity().unwrap().display, "ada@contoso.com");
}

#[tokio::test]
async fn without_a_tenant_any_organization_may_sign_in_and_the_client_is_the_users_choice() {
    let authority = Service::authority(|asked, _| match grant(asked) {
        "code" => code(0, 900),
        _ => tokens("t", "r"),
    })
    .await;
    let provider = with(&authority, &[("AZURE_CLIENT_ID", "my-client")]).await;
    provider.token(Audience::Management).await.unwrap();
    let asked = authority.asked();
    assert_eq!(asked[0].path, "/organizations/oauth2/v2.0/devicecode");
    assert!(asked.iter().all(|asked| asked.form["client_id"] == "my-client"));
}

#[tokio::test]
async fn a_declined_code_is_not_followed_by_another_until_asked_for() {
    let authority = Service::authority(|asked, _| match grant(asked) {
        "code" => code(0, 900),
        _ => pending("authorization_declined"),
    })
    .await;
    let provider = with(&authority, &[]).await;
    let mut events = provider.events();
    let (management, logs) =
        tokio::join!(provider.token(Audience::Management), provider.token(Audience::Logs));
    for failure in [management.unwrap_err(), logs.unwrap_err()] {
        assert_eq!(failure.cause(), Some(Cause::Abandoned));
        assert_eq!(failure.detail, "the sign-in was declined in the browser");
        assert_eq!(failure.hint, "try again for a new code");
    }
    assert_eq!(prompts(&mut events).len(), 1);
    provider.retry();
    provider.token(Audience::Management).await.unwrap_err();
    assert_eq!(prompts(&mut events).len(), 1);
}

#[tokio::test]
async fn a_code_that_nobody_enters_expires() {
    for (lifetime, answer) in [(900, "expired_token"), (1, "authorization_pending")] {
        let authority = Service::authority(move |asked, _| match grant(asked) {
            "code" => code(0, lifetime),
            _ => pending(answer),
        })
        .await;
        let failure = with(&authority, &[]).await.token(Audience::Management).await.unwrap_err();
        assert_eq!(failure.cause(), Some(Cause::Abandoned), "{answer}");
        assert_eq!(failure.detail, "the code was not entered before it expired");
    }
}

#[tokio::test]
async fn other_refusals_end_the_wait() {
    for (error, expected) in [
        ("bad_verification_code", "the authority no longer knows the code"),
        ("invalid_client", "AADSTS70016: invalid_client"),
    ] {
        let authority = Service::authority(move |asked, _| match grant(asked) {
            "code" => code(0, 900),
            _ => pending(error),
        })
        .await;
        let failure = with(&authority, &[]).await.token(Audience::Management).await.unwrap_err();
        assert_eq!(failure.detail, expected);
    }
}

#[tokio::test]
async fn a_revoked_sign_in_asks_the_person_again() {
    let authority = Service::authority(|asked, number| match grant(asked) {
        "code" => code(0, 900),
        "device_code" => tokens(&format!("t{number}"), "r"),
        _ => refused("invalid_grant", "AADSTS50173: The grant has been revoked."),
    })
    .await;
    let provider = with(&authority, &[]).await;
    let mut events = provider.events();
    let first = provider.token(Audience::Management).await.unwrap();
    provider.invalidate(Audience::Management, &first);
    assert_ne!(provider.token(Audience::Management).await.unwrap(), first);
    assert_eq!(prompts(&mut events).len(), 2);
}

#[tokio::test]
async fn a_refusal_for_the_logs_leaves_the_sign_in_alone() {
    let authority = Service::authority(|asked, number| match grant(asked) {
        "code" => code(0, 900),
        "refresh_token" if asked.form["scope"].contains("loganalytics") => {
            refused("invalid_grant", "AADSTS65001: The user has not consented.")
        }
        _ => tokens(&format!("t{number}"), "r"),
    })
    .await;
    let provider = with(&authority, &[]).await;
    let mut events = provider.events();
    let first = provider.token(Audience::Management).await.unwrap();
    let logs = provider.token(Audience::Logs).await.unwrap_err();
    assert_eq!(
        (logs.cause(), logs.detail.as_str()),
        (Some(Cause::Refused), "AADSTS65001: The user has not consented.")
    );
    provider.invalidate(Audience::Management, &first);
    provider.token(Audience::Management).await.unwrap();
    assert_eq!(prompts(&mut events).len(), 1);
}

#[tokio::test]
async fn no_code_is_shown_for_a_page_without_tls_or_from_garbage() {
    let insecure =
        r#"{"device_code":"d","user_code":"u","verification_uri":"http://evil.example","expires_in":900}"#;
    for body in [insecure, "<html>", "{}"] {
        let authority = Service::authority(move |_, _| Answer::Json(200, body.to_owned())).await;
        let provider = with(&authority, &[]).await;
        let mut events = provider.events();
        let failure = provider.token(Audience::Management).await.unwrap_err();
        assert_eq!(failure.cause(), Some(Cause::Unusable), "{body}");
        assert!(prompts(&mut events).is_empty());
    }
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_a_failure_like_any_other() {
    let host = format!("https://{}", closed_port().await);
    let environment = Environment::fixed([("AZURE_AUTHORITY_HOST", host.as_str())]);
    let provider = provider(settings(Kind::DeviceCode, environment).await);
    let failure = provider.token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::Unreachable));
}

#[tokio::test]
async fn the_wait_goes_on_when_the_one_who_asked_has_left() {
    let open = tokio::sync::watch::Sender::new(false);
    let receiver = open.subscribe();
    let authority = Service::authority(move |asked, _| match grant(asked) {
        "code" => code(0, 900),
        _ if *receiver.borrow() => tokens("t", "r"),
        _ => pending("authorization_pending"),
    })
    .await;
    let provider = with(&authority, &[]).await;
    let mut events = provider.events();
    let left = tokio::time::timeout(Duration::from_millis(50), provider.token(Audience::Management)).await;
    assert!(left.is_err());
    open.send(true).unwrap();
    provider.token(Audience::Management).await.unwrap();
    assert_eq!(prompts(&mut events).len(), 1, "a second code was shown");
}

/// What a command without a screen has said.
#[derive(Clone, Default)]
struct Said(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn without_a_screen_the_code_is_printed_and_another_one_after_a_refusal() {
    let authority = Service::authority(|asked, _| match grant(asked) {
        "code" => code(0, 900),
        _ => pending("authorization_declined"),
    })
    .await;
    let provider = with(&authority, &[]).await;
    let said = Said::default();
    let (telling, events) = (provider.clone(), provider.events());
    tokio::spawn(nsp::headless::sign_in::tell(telling, events, said.clone()));
    let text = || String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    for _ in 0..2 {
        let before = text().lines().count();
        provider.token(Audience::Management).await.unwrap_err();
        while text().lines().count() < before + 2 {
            tokio::task::yield_now().await;
        }
    }
    let lines: Vec<String> = text().lines().map(str::to_owned).collect();
    assert!(lines[0].contains("open https://microsoft.com/devicelogin"), "{lines:?}");
    assert!(lines[0].contains("type the code ABCD-1234") && lines[0].contains("az login"), "{lines:?}");
    assert!(lines[1].contains("declined in the browser"), "{lines:?}");
    assert!(lines[2].contains("ABCD-1234"), "a new one for the next try: {lines:?}");
}
