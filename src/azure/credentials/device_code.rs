//! Sign-in with a device code, which `azure_identity` lacks: a person opens a page on any machine
//! and types a short code there (OAuth 2.0 device grant, RFC 8628).
//!
//! One sign-in serves both audiences: the refresh token, kept in memory only, buys the second
//! token and every later one. Must not write anything to disk and must not show anything itself.

use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::time::OffsetDateTime;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, broadcast};
use tokio::time::{sleep, timeout};
use url::Url;

use super::super::lazy_client::LazyClient;
pub(super) use super::device_wire::DeviceCodeError;
use super::device_wire::{DeviceAuthorization, Next, Refusal, TokenAnswer};
use super::events::{DeviceCodePrompt, SignInEvent};
use super::settings::{Clock, Limits};

/// The public client id of the Azure CLI, which every directory knows and which may ask for both
/// audiences; `AZURE_CLIENT_ID` replaces it.
pub(super) const DEFAULT_CLIENT_ID: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Where and as whom to ask for codes.
pub(super) struct DeviceCodeOptions {
    pub(super) client: LazyClient,
    /// `{authority}/{tenant}/oauth2/v2.0/`
    pub(super) base: Url,
    pub(super) client_id: String,
    pub(super) limits: Limits,
    pub(super) clock: Clock,
    pub(super) events: broadcast::Sender<SignInEvent>,
}

/// The credential. Its sign-in lives as long as it does.
pub(super) struct DeviceCode {
    options: DeviceCodeOptions,
    /// Held during a whole sign-in, so that two audiences never show two codes.
    session: Mutex<Session>,
    /// Why no further code is shown: somebody let the last one go. Cleared on request.
    given_up: StdMutex<Option<DeviceCodeError>>,
}

#[derive(Default)]
struct Session {
    refresh: Option<Secret>,
    /// The scopes for which this sign-in has yielded tokens.
    served: Vec<String>,
}

impl std::fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceCode").finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl TokenCredential for DeviceCode {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let answer = self.sign_in(&scopes.join(" ")).await.map_err(|error| {
            let text = error.to_string();
            azure_core::Error::with_error(ErrorKind::Credential, error, text)
        })?;
        let expiry = self.after(answer.expires_in).as_second();
        let expires_on = OffsetDateTime::from_unix_timestamp(expiry).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Ok(AccessToken::new(answer.access_token, expires_on))
    }
}

impl DeviceCode {
    pub(super) fn new(options: DeviceCodeOptions) -> Self {
        Self { options, session: Mutex::default(), given_up: StdMutex::default() }
    }

    /// Allows a new code after the last one was declined or left to expire.
    pub(super) fn allow_new_code(&self) {
        *self.given_up.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn after(&self, lifetime: Duration) -> Timestamp {
        let now = self.options.clock.now();
        SignedDuration::try_from(lifetime)
            .ok()
            .and_then(|lifetime| now.checked_add(lifetime).ok())
            .unwrap_or(now)
    }

    async fn sign_in(&self, scope: &str) -> Result<TokenAnswer, DeviceCodeError> {
        let mut session = self.session.lock().await;
        if let Some(refresh) = session.refresh.clone() {
            match self.renew(&refresh, scope).await {
                // A refusal for a scope that this sign-in never covered says nothing about those it
                // does cover: asking the person again would not help.
                Err(error) if error.ends_sign_in() && session.served.iter().any(|known| known == scope) => {
                    *session = Session::default();
                }
                outcome => return outcome.map(|answer| session.keep(answer, scope)),
            }
        }
        if let Some(error) = self.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(error);
        }
        let code = self.request_code(scope).await?;
        let outcome = self.wait_for_person(&code).await;
        if let Err(error) = &outcome {
            *self.given_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
        outcome.map(|answer| session.keep(answer, scope))
    }

    async fn request_code(&self, scope: &str) -> Result<DeviceAuthorization, DeviceCodeError> {
        let form = [("client_id", self.options.client_id.as_str()), ("scope", &full_scope(scope))];
        let code: DeviceAuthorization = self.post("devicecode", &form, "a device code").await??;
        // The person will open this page and type a code there: nothing but https will do.
        if !Url::parse(&code.verification_uri).is_ok_and(|url| url.scheme() == "https") {
            return Err(DeviceCodeError::Garbage("a device code with an https page"));
        }
        let prompt = DeviceCodePrompt {
            user_code: code.user_code.clone(),
            verification_uri: code.verification_uri.clone(),
            message: code.message.clone(),
            expires_at: self.after(code.expires_in),
        };
        // Without a listener nobody can see the code; the wait then ends with its expiry.
        let _ = self.options.events.send(SignInEvent::DeviceCode(prompt));
        Ok(code)
    }

    async fn wait_for_person(&self, code: &DeviceAuthorization) -> Result<TokenAnswer, DeviceCodeError> {
        timeout(code.expires_in, self.poll(code)).await.unwrap_or(Err(DeviceCodeError::Expired))
    }

    async fn poll(&self, code: &DeviceAuthorization) -> Result<TokenAnswer, DeviceCodeError> {
        let mut pause = code.interval.max(self.options.limits.device_pause);
        let form = [
            ("client_id", self.options.client_id.as_str()),
            ("grant_type", DEVICE_GRANT),
            ("device_code", code.device_code.secret()),
        ];
        loop {
            sleep(pause).await;
            let refusal = match self.post("token", &form, "a token").await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(refusal)) => refusal,
                // RFC 8628 section 3.5: a lost answer is no reason to give the code up.
                Err(DeviceCodeError::TimedOut | DeviceCodeError::Unreachable(_)) => {
                    pause = pause.saturating_add(self.options.limits.device_slow_down);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match refusal.into() {
                Next::Wait => {}
                Next::SlowDown => pause = pause.saturating_add(self.options.limits.device_slow_down),
                Next::Stop(error) => return Err(error),
            }
        }
    }

    async fn renew(&self, refresh: &Secret, scope: &str) -> Result<TokenAnswer, DeviceCodeError> {
        let scope = full_scope(scope);
        let form = [
            ("client_id", self.options.client_id.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.secret()),
            ("scope", &scope),
        ];
        Ok(self.post("token", &form, "a token").await??)
    }

    /// Outer error: no usable answer. Inner error: a refusal that the authority spelt out.
    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        wanted: &'static str,
    ) -> Result<Result<T, Refusal>, DeviceCodeError> {
        let url = self.options.base.join(path).map_err(|_| DeviceCodeError::Garbage(wanted))?;
        let lost = |error: reqwest::Error| DeviceCodeError::from_transport(&error);
        let client = self.options.client.get();
        let client = client.map_err(|why| DeviceCodeError::Unreachable(why.to_owned()))?;
        let response = client.post(url).form(form).send().await.map_err(lost)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(DeviceCodeError::Unreachable(format!("it answered {status}")));
        }
        let body = response.bytes().await.map_err(lost)?;
        let garbage = |_| DeviceCodeError::Garbage(wanted);
        if status.is_success() {
            return serde_json::from_slice(&body).map(Ok).map_err(garbage);
        }
        serde_json::from_slice(&body).map(Err).map_err(garbage)
    }
}

impl Session {
    fn keep(&mut self, answer: TokenAnswer, scope: &str) -> TokenAnswer {
        if let Some(refresh) = &answer.refresh_token {
            self.refresh = Some(refresh.clone());
        }
        if !self.served.iter().any(|known| known == scope) {
            self.served.push(scope.to_owned());
        }
        answer
    }
}

/// `offline_access` asks for the refresh token.
fn full_scope(scope: &str) -> String {
    format!("{scope} offline_access openid")
}
