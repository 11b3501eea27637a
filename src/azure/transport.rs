//! The one place where a request leaves the program: token, ids, limits, retries, progress, tracing.
//! Must not know what the bodies mean, and never logs a token, a body or the query of a URL.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::header;
use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

use super::cloud::Audience;
use super::credentials::{AccessToken, is_loopback};
use super::error::{ArmError, ErrorKind};
pub use super::exchange::{Answer, Request};
use super::lazy_client::LazyClient;
use super::quota::{Quota, QuotaBook};
use super::retry::{self, Timing};
use super::session::Session;
use crate::domain::probe::DataPlane;

const USER_AGENT: &str = concat!("nsp-tui/", env!("CARGO_PKG_VERSION"));

/// Time as the client sees it; replaced where waits are to be watched instead of waited for.
#[async_trait]
pub trait Clock: Send + Sync {
    /// For measuring.
    fn now(&self) -> Instant;
    /// For `Retry-After` dates.
    fn wall(&self) -> Timestamp;
    /// Waits.
    async fn sleep(&self, wait: Duration);
}

/// The machine's clock.
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

/// What happens to a request, for people who wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestEvent {
    /// It begins.
    Started {
        /// The same in all events of one request.
        request: u64,
        /// What is tried, as in "could not …".
        operation: String,
    },
    /// It failed and will be sent again.
    Retrying {
        /// As in `Started`.
        request: u64,
        /// Number of the try that comes next, from 2.
        attempt: u32,
        /// After this long.
        wait: Duration,
        /// Why, in a few words.
        reason: String,
    },
    /// It has ended, well or not, or nobody waits for it any more.
    Finished {
        /// As in `Started`.
        request: u64,
        /// HTTP status of the last answer.
        status: Option<u16>,
        /// Milliseconds since it began.
        millis: u64,
    },
}

/// Receives request events; called from any thread, must return at once.
pub type Hook = Arc<dyn Fn(RequestEvent) + Send + Sync>;

/// How a client behaves, besides where it goes.
#[derive(Clone)]
pub struct Options {
    /// Waits, limits and sizes.
    pub timing: Timing,
    /// Receives request events.
    pub hook: Option<Hook>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Seed of the jitter; random when `None`.
    pub seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { timing: Timing::default(), hook: None, clock: Arc::new(SystemClock), seed: None }
    }
}

/// Sends requests of one session.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    session: Session,
    options: Options,
    arm: Lane,
    logs: Lane,
    data: LazyClient,
    page: LazyClient,
    quota: Mutex<QuotaBook>,
    /// How far the service's clock is before ours, by its last answer.
    ahead: Mutex<Option<SignedDuration>>,
    random: Mutex<fastrand::Rng>,
    numbers: AtomicU64,
}

/// The way to one endpoint: its connections, and how many requests may be on it.
struct Lane {
    http: LazyClient,
    gate: Semaphore,
}

impl Lane {
    fn new(http: LazyClient, timing: &Timing) -> Self {
        Self { http, gate: Semaphore::new(timing.concurrent) }
    }

    /// A client for this endpoint.
    fn client(endpoint: Option<&Url>, timing: &Timing) -> LazyClient {
        let connect = timing.connect;
        let direct = endpoint.is_some_and(is_loopback);
        let plain = endpoint.is_some_and(|url| url.scheme() == "http");
        LazyClient::new(move || {
            let mut builder = reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(connect)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false);
            if direct {
                builder = builder.no_proxy();
            }
            if plain {
                // Nothing is sent anywhere else: certificates would be read in vain.
                builder = builder.tls_certs_only([]);
            }
            builder
        })
    }
}

impl Transport {
    /// A transport for `session`. No connection is made yet.
    pub fn new(session: Session, options: Options) -> Result<Self, ArmError> {
        let timing = &options.timing;
        let client = |audience| Lane::client(session.endpoint(audience), timing);
        let arm = client(Audience::Management);
        // One client, hence one set of certificates, where both endpoints are reached alike.
        let alike = |url: &Url| (is_loopback(url), url.scheme().to_owned());
        let endpoints = [Audience::Management, Audience::Logs].map(|a| session.endpoint(a).map(alike));
        let logs = match &endpoints {
            [arm_way, logs_way] if arm_way == logs_way => arm.clone(),
            [_, _] => client(Audience::Logs),
        };
        // Data planes are many hosts; a session's own address for them is on this machine.
        let data = match session.endpoint(Audience::Data(DataPlane::Ai)) {
            Some(base) => Lane::client(Some(base), timing),
            None => Lane::client(None, timing),
        };
        let inner = Inner {
            data,
            page: Lane::client(None, timing),
            arm: Lane::new(arm, timing),
            logs: Lane::new(logs, timing),
            quota: Mutex::default(),
            ahead: Mutex::default(),
            random: Mutex::new(options.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
            numbers: AtomicU64::new(0),
            session,
            options,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The session that requests are sent for.
    pub fn session(&self) -> &Session {
        &self.0.session
    }

    /// The lowest remaining quota that was reported lately.
    pub fn quota(&self) -> Quota {
        lock(&self.0.quota).lowest(self.clock().now())
    }

    /// How far the service's clock is before ours, to a second or so; `None` while it has not said.
    pub fn ahead(&self) -> Option<SignedDuration> {
        *lock(&self.0.ahead)
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.0.options.clock.as_ref()
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.0.options.timing
    }

    /// The client for data planes: no redirects, no retries.
    pub(super) fn data_client(&self) -> Result<&reqwest::Client, &str> {
        self.0.data.get()
    }

    /// The client for pages that have nothing to do with Azure.
    pub(super) fn page_client(&self) -> Result<&reqwest::Client, &str> {
        self.0.page.get()
    }

    /// Sends a request until it is answered with success, may not be repeated, or took too long.
    ///
    /// Reads are repeated after network errors, 408, 429 and 5xx; writes after 429 only, because
    /// that answer alone says that nothing was done. A 401 is answered once with a new token.
    pub async fn send(&self, request: &Request) -> Result<Answer, ArmError> {
        let inner = &self.0;
        if !inner.session.owns(request.audience, &request.url) {
            return Err(foreign(request));
        }
        let mut flight = Flight::begin(inner, &request.operation);
        let tokens = inner.session.tokens();
        let (mut tries, mut renewed) = (0, false);
        loop {
            tries += 1;
            let token = tokens
                .token(request.audience)
                .await
                .map_err(|failure| ArmError::from_sign_in(&request.operation, failure))?;
            let result = self.once(request, &token).await;
            flight.status = match &result {
                Ok(answer) => Some(answer.status),
                Err(error) => error.said.status,
            };
            let error = match result {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.kind == ErrorKind::Auth && !renewed && !asks_for_claims(&error) {
                renewed = true;
                tries -= 1;
                tokens.invalidate(request.audience, &token);
                continue;
            }
            let spent = self.clock().now().saturating_duration_since(flight.started);
            let random = lock(&inner.random).f64();
            let Some(wait) =
                retry::next_wait(&inner.options.timing, request.repeat, &error, (tries, spent), random)
            else {
                return Err(error);
            };
            flight.retrying(tries + 1, wait, &error);
            self.clock().sleep(wait).await;
        }
    }

    async fn once(&self, request: &Request, token: &AccessToken) -> Result<Answer, ArmError> {
        let inner = &self.0;
        let refused = |why: &str| ArmError::new(ErrorKind::Refused, &request.operation, why);
        let authorization = token.authorization().ok_or_else(|| refused("the token cannot be sent"))?;
        let lane = match request.audience {
            Audience::Management => &inner.arm,
            Audience::Logs => &inner.logs,
            Audience::Data(_) => return Err(refused("data planes are called by themselves")),
        };
        let _permit = lane.gate.acquire().await.map_err(|_| refused("the client is closed"))?;
        let client_id = Uuid::new_v4().to_string();
        let timing = &inner.options.timing;
        let http = lane.http.get().map_err(refused)?;
        let mut builder = http
            .request(request.method.clone(), request.url.clone())
            .timeout(request.timeout.unwrap_or(timing.request))
            .header(header::AUTHORIZATION, authorization)
            .header(header::ACCEPT, "application/json")
            .header("x-ms-client-request-id", &client_id)
            .header("x-ms-return-client-request-id", "true");
        if let Some(prefer) = &request.prefer {
            builder = builder.header("prefer", prefer);
        }
        if let Some(body) = &request.body {
            builder = builder.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let begun = self.clock().now();
        let result = Answer::receive(request, builder, timing.body_limit).await;
        let millis = self.clock().now().saturating_duration_since(begun).as_millis() as u64;
        let (method, path) = (request.method.as_str(), request.url.path());
        let answer = match result {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(method, path, millis, client_id, detail = %error.said.detail, "no answer");
                return Err(error);
            }
        };
        let request_id = answer.request_id().unwrap_or_default();
        tracing::info!(method, path, status = answer.status, millis, client_id, request_id, "request");
        if request.audience == Audience::Management {
            lock(&inner.quota).note(path, &answer.headers, self.clock().now());
            if let Some(said) = retry::date(&answer.headers) {
                *lock(&inner.ahead) = Some(said.duration_since(self.clock().wall()));
            }
        }
        if (200..300).contains(&answer.status) {
            return answer.whole(request);
        }
        let now = self.clock().wall();
        Err(ArmError::from_answer(&answer, retry::asked_wait(&answer.headers, now), now))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transport").field(&self.0.session).finish()
    }
}

/// Tells the hook about one request; says that it ended even when its future is dropped.
struct Flight<'a> {
    inner: &'a Inner,
    number: u64,
    started: Instant,
    status: Option<u16>,
}

impl<'a> Flight<'a> {
    fn begin(inner: &'a Inner, operation: &str) -> Self {
        let number = inner.numbers.fetch_add(1, Ordering::Relaxed);
        let flight = Self { inner, number, started: inner.options.clock.now(), status: None };
        flight.tell(RequestEvent::Started { request: number, operation: operation.to_owned() });
        flight
    }

    fn retrying(&self, attempt: u32, wait: Duration, error: &ArmError) {
        let reason = match (error.said.status, &error.said.code) {
            (Some(status), Some(code)) => format!("HTTP {status} {code}"),
            (Some(status), None) => format!("HTTP {status}"),
            (None, _) => error.said.detail.clone(),
        };
        self.tell(RequestEvent::Retrying { request: self.number, attempt, wait, reason });
    }

    fn tell(&self, event: RequestEvent) {
        if let Some(hook) = &self.inner.options.hook {
            hook(event);
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let millis =
            self.inner.options.clock.now().saturating_duration_since(self.started).as_millis() as u64;
        self.tell(RequestEvent::Finished { request: self.number, status: self.status, millis });
    }
}

/// Conditional access wants a token with more claims: asking silently for another would give the same.
fn asks_for_claims(error: &ArmError) -> bool {
    error.said.code.as_deref() == Some(super::error::CLAIMS)
}

fn foreign(request: &Request) -> ArmError {
    let url: &Url = &request.url;
    let (scheme, host) = (url.scheme(), url.host_str().unwrap_or("no host"));
    let port = url.port().map_or(String::new(), |p| format!(":{p}"));
    let detail = format!(
        "the service points to {scheme}://{host}{port}, and a token goes to the session's own endpoint only"
    );
    ArmError::new(ErrorKind::Refused, &request.operation, crate::domain::text::clean(&detail))
}

/// A panic in another thread leaves these values whole, so they are used all the same.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
