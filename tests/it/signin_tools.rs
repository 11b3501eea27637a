//! Sign-in through `az` and `azd`: fake tools on the PATH, the real credential code between.

use jiff::SignedDuration;
use nsp::azure::credentials::{Audience, Cause, Kind, SignInFailure, TokenProvider};
use std::time::{Duration, Instant};

use crate::signin_support::{Ahead, Tools, gone, in_seconds, line_in, provider, settings};

async fn az(tools: &Tools) -> TokenProvider {
    provider(settings(Kind::AzureCli, tools.environment(&[])).await)
}

async fn failure(kind: Kind, tools: &Tools) -> SignInFailure {
    let provider = provider(settings(kind, tools.environment(&[])).await);
    provider.token(Audience::Management).await.unwrap_err()
}

#[tokio::test]
async fn each_audience_is_fetched_once_with_its_own_scope() {
    let tools = Tools::new().signed_in_az(3600);
    let provider = az(&tools).await;
    let management = provider.token(Audience::Management).await.unwrap();
    assert_eq!(provider.token(Audience::Management).await.unwrap(), management);
    let logs = provider.token(Audience::Logs).await.unwrap();
    assert_ne!(logs, management);
    assert_eq!(
        tools.calls("az"),
        [
            "account get-access-token -o json --scope https://management.azure.com/.default",
            "account get-access-token -o json --scope https://api.loganalytics.io/.default",
        ]
    );
    let identity = provider.identity().unwrap();
    assert_eq!((identity.display.as_str(), identity.tenant.as_deref()), ("ada@contoso.com", Some("t-1")));
    assert_eq!(provider.kind(), Some(Kind::AzureCli));
}

#[tokio::test]
async fn many_questions_at_once_start_one_tool() {
    let tools = Tools::new().signed_in_az(3600);
    let provider = az(&tools).await;
    let questions = (0..20).map(|_| provider.token(Audience::Management));
    let tokens = futures::future::try_join_all(questions).await.unwrap();
    assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(tools.calls("az").len(), 1);
}

#[tokio::test]
async fn a_caller_that_leaves_does_not_end_the_fetch() {
    let tools = Tools::new().signed_in_az(3600);
    let provider = az(&tools).await;
    let impatient = tokio::time::timeout(Duration::ZERO, provider.token(Audience::Management)).await;
    assert!(impatient.is_err());
    provider.token(Audience::Management).await.unwrap();
    assert_eq!(tools.calls("az").len(), 1);
}

#[tokio::test]
async fn tenant_and_subscription_reach_the_tool_one_at_a_time() {
    let tools = Tools::new().signed_in_az(3600);
    let mut with = settings(Kind::AzureCli, tools.environment(&[])).await;
    with.subscription = Some("Contoso Prod 1".to_owned());
    provider(with.clone()).token(Audience::Management).await.unwrap();
    with.tenant = Some("contoso.com".to_owned());
    provider(with.clone()).token(Audience::Management).await.unwrap();
    with.tenant = None;
    with.subscription = Some("Pay (as you go); $(reboot)".to_owned());
    provider(with.clone()).token(Audience::Management).await.unwrap();
    let calls = tools.calls("az");
    assert!(calls[0].ends_with(" --subscription Contoso Prod 1"), "{calls:?}");
    assert!(calls[1].ends_with(" --tenant contoso.com"), "{calls:?}");
    assert!(calls[2].ends_with("/.default"), "{calls:?}");

    with.tenant = Some("--debug".to_owned());
    let failure = provider(with).token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::Misconfigured));
    assert_eq!(tools.calls("az").len(), 3);
}

#[tokio::test]
async fn a_missing_tool_and_a_missing_sign_in_say_what_to_do() {
    let missing = failure(Kind::AzureCli, &Tools::new()).await;
    assert_eq!(missing.cause(), Some(Cause::NotInstalled));
    assert_eq!(missing.detail, "az not found on PATH");

    let tools =
        Tools::new().install("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    let signed_out = failure(Kind::AzureCli, &tools).await;
    assert_eq!(signed_out.cause(), Some(Cause::NotSignedIn));
    assert_eq!(
        signed_out.to_string(),
        "Sign-in with azure-cli failed: Please run 'az login' to setup account."
    );
    assert_eq!(signed_out.hint, "run `az login`, then try again");
}

#[tokio::test]
async fn a_lapsed_sign_in_is_told_in_entras_words() {
    let body = "echo 'ERROR: AADSTS70043: The refresh token has expired. Trace ID: 1 Timestamp: 2' >&2\n\
                echo 'Interactive authentication is needed. Please run:' >&2; echo 'az login' >&2; exit 1";
    let lapsed = failure(Kind::AzureCli, &Tools::new().install("az", body)).await;
    assert_eq!(lapsed.detail, "AADSTS70043: The refresh token has expired.");
    assert_eq!(lapsed.cause(), Some(Cause::NotSignedIn));
}

#[tokio::test]
async fn garbage_is_refused_and_never_repeated() {
    for garbage in [
        "echo 'hush-hush is not json'",
        "echo '{\"accessToken\":\"hush-hush\"}'",
        "echo '{\"accessToken\":\"hush-hush\",\"tokenType\":\"Bearer\"}'",
        "echo '{\"accessToken\":\"hush-hush\",\"expires_on\":\"hush-hush\",\"tokenType\":\"Bearer\"}'",
        "echo '{\"accessToken\":\"hush-hush \\u0007\",\"expires_on\":99999999999,\"tokenType\":\"Bearer\"}'",
        "true",
        "while :; do echo hush-hush; done",
    ] {
        let failure = failure(Kind::AzureCli, &Tools::new().install("az", garbage)).await;
        assert!(!format!("{failure:?}").contains("hush-hush"), "{garbage}: {failure:?}");
        assert!(!failure.detail.is_empty() && failure.attempts.len() == 1);
    }
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let expired = failure(Kind::AzureCli, &Tools::new().signed_in_az(-60)).await;
    assert_eq!(expired.cause(), Some(Cause::Expired));
    assert!(expired.detail.starts_with("azure-cli handed out a token that expired at "), "{expired:?}");
}

#[tokio::test]
async fn a_slow_tool_is_ended_with_everything_it_started() {
    let tools = Tools::new().install("az", "sleep 600 &\necho $! > \"$HERE/pid\"\nwait");
    let mut slow = settings(Kind::AzureCli, tools.environment(&[])).await;
    slow.limits.tool = Duration::from_millis(2500);
    let begun = Instant::now();
    let failure = provider(slow).token(Audience::Management).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert_eq!(failure.cause(), Some(Cause::TimedOut));
    assert_eq!(failure.detail, "no answer within 2.5s");
    gone(&line_in(&tools.path("pid")).await).await;
}

#[test]
fn a_tool_does_not_outlive_the_program() {
    let tools = Tools::new().install("az", "sleep 600 &\necho $! > \"$HERE/pid\"\nwait");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let program = runtime();
    let pid = program.block_on(async {
        let provider = az(&tools).await;
        let file = tools.path("pid");
        tokio::select! {
            token = provider.token(Audience::Management) => panic!("the tool ended by itself: {token:?}"),
            pid = line_in(&file) => pid,
        }
    });
    drop(program);
    runtime().block_on(gone(&pid));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_a_newer_one_kept() {
    let tools = Tools::new().signed_in_az(3600);
    let provider = az(&tools).await;
    let first = provider.token(Audience::Management).await.unwrap();
    provider.invalidate(Audience::Management, &first);
    let second = provider.token(Audience::Management).await.unwrap();
    assert_ne!(first, second);
    provider.invalidate(Audience::Management, &first);
    assert_eq!(provider.token(Audience::Management).await.unwrap(), second);
    assert_eq!(tools.calls("az").len(), 2);
}

#[tokio::test]
async fn a_token_is_renewed_ahead_while_the_old_one_serves() {
    let tools = Tools::new().signed_in_az(3600);
    let ahead = Ahead::default();
    let mut clocked = settings(Kind::AzureCli, tools.environment(&[])).await;
    clocked.clock = ahead.clock();
    let provider = provider(clocked);
    let old = provider.token(Audience::Management).await.unwrap();
    ahead.advance(SignedDuration::from_mins(54));
    assert_eq!(provider.token(Audience::Management).await.unwrap(), old);
    assert_eq!(tools.calls("az").len(), 1);
    ahead.advance(SignedDuration::from_mins(2));
    assert_eq!(provider.token(Audience::Management).await.unwrap(), old, "served while the renewal runs");
    let renewed = async {
        loop {
            let token = provider.token(Audience::Management).await.unwrap();
            if token != old {
                return token;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::signin_support::AMPLE, renewed).await.expect("no renewal");
    assert_eq!(tools.calls("az").len(), 2);
}

#[tokio::test]
async fn a_failed_renewal_is_silent_until_the_token_runs_out() {
    let expiry = in_seconds(3600);
    let tools = Tools::new().install(
        "az",
        &format!(
            "test -e \"$HERE/out\" && {{ echo 'please run az login' >&2; exit 1; }}\ntouch \"$HERE/out\"\n\
             echo '{{\"accessToken\":\"only\",\"expires_on\":{expiry},\"tokenType\":\"Bearer\"}}'"
        ),
    );
    let ahead = Ahead::default();
    let mut clocked = settings(Kind::AzureCli, tools.environment(&[])).await;
    clocked.clock = ahead.clock();
    let provider = provider(clocked);
    let token = provider.token(Audience::Management).await.unwrap();
    ahead.advance(SignedDuration::from_mins(57));
    assert_eq!(provider.token(Audience::Management).await.unwrap(), token);
    let called = async {
        while tools.calls("az").len() < 2 {
            assert_eq!(provider.token(Audience::Management).await.unwrap(), token);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::signin_support::AMPLE, called).await.expect("no renewal was tried");
    assert_eq!(provider.token(Audience::Management).await.unwrap(), token);
    ahead.advance(SignedDuration::from_mins(3));
    let failure = provider.token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::NotSignedIn));
}

#[tokio::test]
async fn a_failure_answers_for_a_moment_and_a_retry_asks_again() {
    let tools = Tools::new().install("az", "echo 'run az login' >&2; exit 1");
    let provider = az(&tools).await;
    let first = provider.token(Audience::Management).await.unwrap_err();
    assert_eq!(provider.token(Audience::Management).await.unwrap_err(), first);
    assert_eq!(tools.calls("az").len(), 1);
    provider.retry();
    provider.token(Audience::Management).await.unwrap_err();
    assert_eq!(tools.calls("az").len(), 2);
}

#[tokio::test]
async fn azd_signs_in_and_explains_itself() {
    let tools =
        Tools::new().install("azd", "echo '{\"token\":\"from-azd\",\"expiresOn\":\"2999-01-02T03:04:05Z\"}'");
    let mut with = settings(Kind::Azd, tools.environment(&[])).await;
    with.tenant = Some("contoso.com".to_owned());
    let token = provider(with).token(Audience::Logs).await.unwrap();
    assert_eq!(token.authorization().unwrap().to_str().unwrap(), "Bearer from-azd");
    assert_eq!(
        tools.calls("azd"),
        [
            "auth token -o json --no-prompt --scope https://api.loganalytics.io/.default --tenant-id contoso.com"
        ]
    );

    let json = r#"{"type":"consoleMessage","data":{"message":"\nERROR: not logged in, run `azd auth login` to login\n"}}"#;
    let tools = Tools::new().install("azd", &format!("printf '%s\\n' '{json}' >&2; exit 1"));
    let failure = failure(Kind::Azd, &tools).await;
    assert_eq!(failure.cause(), Some(Cause::NotSignedIn));
    assert_eq!(failure.detail, "not logged in, run `azd auth login` to login");
}
