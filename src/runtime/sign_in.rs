//! Signing in as a task: what happens on the way becomes messages.

use tokio::sync::broadcast::error::RecvError;

use super::outbox::Outbox;
use crate::app::msg::{Msg, SignIn};
use crate::azure::cloud::Audience;
use crate::azure::credentials::{Identity, SignInEvent, SignInFailure, TokenProvider};
use crate::domain::{Failure, FailureKind, text};

/// Signs in and goes on telling about later trouble.
pub(super) async fn sign_in(tokens: TokenProvider, out: Outbox) {
    let mut events = tokens.events();
    tokens.retry();
    let first = tokens.clone();
    // The events tell how it goes.
    let asking = tokio::spawn(async move { first.token(Audience::Management).await.map(drop) });
    loop {
        match events.recv().await {
            Ok(event) => {
                if let Some(state) = state(event) {
                    out.send(Msg::SignIn(state));
                }
            }
            // Old news.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => break,
        }
    }
    asking.abort();
}

/// The state that an event puts signing in into. Log Analytics and the data planes have tokens of
/// their own, whose failures show where they are asked for.
fn state(event: SignInEvent) -> Option<SignIn> {
    match event {
        SignInEvent::Trying { audience: Audience::Management, kind } => {
            Some(SignIn::Trying(kind.name().to_owned()))
        }
        SignInEvent::DeviceCode(prompt) => Some(SignIn::DeviceCode {
            code: clean(&prompt.user_code),
            url: clean(&prompt.verification_uri),
            expires_at: Some(prompt.expires_at),
        }),
        SignInEvent::Won { audience: Audience::Management, kind, identity, earlier: _ } => {
            let (identity, tenant) = identity.as_ref().map_or_else(Default::default, who);
            Some(SignIn::Done { credential: kind.name().to_owned(), identity, tenant })
        }
        SignInEvent::Failed { audience: Audience::Management, failure } => {
            let failure = told(&failure);
            super::execute::log(&failure);
            Some(SignIn::Failed(failure))
        }
        SignInEvent::Trying { audience: Audience::Logs | Audience::Data(_), .. }
        | SignInEvent::Won { audience: Audience::Logs | Audience::Data(_), .. }
        | SignInEvent::Failed { audience: Audience::Logs | Audience::Data(_), .. } => None,
    }
}

/// Name and tenant.
fn who(identity: &Identity) -> (String, String) {
    (clean(&identity.display), clean(identity.tenant.as_deref().unwrap_or_default()))
}

fn told(failure: &SignInFailure) -> Failure {
    Failure::new(FailureKind::Auth, clean(&failure.title), clean(&failure.detail)).hint(clean(&failure.hint))
}

fn clean(words: &str) -> String {
    text::clean(words).into_owned()
}
