//! Tries the ways to sign in, one after the other, until one yields a token.
//!
//! What the SDKs' `DefaultAzureCredential` does not do: it stops at a credential that is configured
//! but refused. Here a person watches, is told who won and what failed before, and decides. Once a
//! way has won it stays: a session must not change its identity half-way. Must not cache tokens.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::broadcast;
use tokio::time::timeout;

use super::events::SignInEvent;
use super::explain::explain;
use super::failure::{Attempt, Cause, SignInFailure};
use super::kind::Kind;
use super::settings::SignIn;
use super::sources::Sources;
use super::token::AccessToken;
use crate::azure::cloud::Audience;

/// The ways to sign in and the one that is settled on.
#[derive(Debug)]
pub(super) struct Chain {
    sources: Sources,
    events: broadcast::Sender<SignInEvent>,
    winner: Mutex<Option<Kind>>,
}

impl Chain {
    pub(super) fn new(
        mut settings: SignIn,
        events: &broadcast::Sender<SignInEvent>,
    ) -> Result<Self, Attempt> {
        let kind = settings.kind;
        let http = settings.http.take().unwrap_or_default();
        let winner = match kind {
            Kind::Auto => None,
            Kind::AzureCli
            | Kind::Azd
            | Kind::ManagedIdentity
            | Kind::WorkloadIdentity
            | Kind::ClientSecret
            | Kind::ClientCertificate
            | Kind::DeviceCode => Some(kind),
        };
        let sources = Sources::new(settings, http, events)?;
        Ok(Self { sources, events: events.clone(), winner: Mutex::new(winner) })
    }

    /// The way that tokens come from.
    pub(super) fn decided(&self) -> Option<Kind> {
        *self.winner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn undecided(&self) -> bool {
        self.decided().is_none()
    }

    pub(super) fn allow_new_code(&self) {
        self.sources.allow_new_code();
    }

    /// The failure of a fetch whose task died.
    pub(super) fn interrupted(&self) -> SignInFailure {
        let kind = self.decided().unwrap_or(self.sources.settings.kind);
        SignInFailure::single(Attempt::new(kind, Cause::Interrupted, "the sign-in was interrupted"))
    }

    /// Signs in for `audience`; `first` tells whether the steps are news.
    pub(super) async fn fetch(&self, audience: Audience, first: bool) -> Result<AccessToken, SignInFailure> {
        let decided = self.decided();
        let order = decided.as_ref().map_or(&Kind::AUTO[..], std::slice::from_ref);
        let mut earlier = Vec::new();
        for &kind in order {
            if first {
                self.tell(SignInEvent::Trying { audience, kind });
            }
            match self.attempt(kind, audience).await {
                Ok(token) => {
                    *self.winner.lock().unwrap_or_else(PoisonError::into_inner) = Some(kind);
                    if first {
                        self.tell(SignInEvent::Won { audience, kind, identity: token.identity(), earlier });
                    }
                    return Ok(token);
                }
                Err(attempt) => {
                    tracing::info!(%audience, %kind, reason = attempt.reason, "no token");
                    earlier.push(attempt);
                }
            }
        }
        let failure = match <[Attempt; 1]>::try_from(earlier) {
            Ok([attempt]) => SignInFailure::single(attempt),
            Err(attempts) => SignInFailure::all(attempts),
        };
        self.tell(SignInEvent::Failed { audience, failure: failure.clone() });
        Err(failure)
    }

    /// Fetches once more from the way that is settled on, without telling anybody.
    pub(super) async fn renew(&self, audience: Audience) -> Result<AccessToken, Attempt> {
        self.attempt(self.decided().unwrap_or(self.sources.settings.kind), audience).await
    }

    async fn attempt(&self, kind: Kind, audience: Audience) -> Result<AccessToken, Attempt> {
        let settings = &self.sources.settings;
        let credential = self.sources.credential(kind).await?;
        let scopes = [settings.cloud.scope(audience)];
        let answer = credential.get_token(&scopes, None);
        let token = if kind == Kind::DeviceCode {
            // A person takes their time; the code's own expiry is the limit.
            answer.await
        } else {
            let limit = settings.limits.attempt;
            timeout(limit, answer)
                .await
                .map_err(|_| Attempt::new(kind, Cause::TimedOut, format!("no answer within {limit:?}")))?
        };
        let token = token.map_err(|error| explain(kind, &error, &self.sources.redactor))?;
        let unusable = |reason| Attempt::new(kind, Cause::Unusable, format!("{kind} {reason}"));
        let expires_at = Timestamp::from_second(token.expires_on.unix_timestamp())
            .map_err(|_| unusable("handed out a token with an impossible expiry"))?;
        if expires_at <= settings.clock.now() {
            let reason = format!("{kind} handed out a token that expired at {expires_at}");
            return Err(Attempt::new(kind, Cause::Expired, reason));
        }
        AccessToken::new(token.token, expires_at)
            .ok_or_else(|| unusable("handed out something that is not a token"))
    }

    fn tell(&self, event: SignInEvent) {
        // Nobody listening is fine: the outcome reaches the caller in any case.
        let _ = self.events.send(event);
    }
}
