//! Hands out access tokens: one cache per audience, one fetch at a time, renewed ahead of expiry.
//!
//! Must not know how any credential works and must not write a token anywhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use azure_core::credentials::Secret;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use url::Url;

use super::chain::Chain;
use super::environment::OWN_TOKEN;
use super::events::{BACKLOG, SignInEvent};
use super::failure::{Attempt, Cause, SignInFailure};
use super::kind::Kind;
use super::settings::{Clock, SignIn};
use super::token::{AccessToken, Identity};
use crate::azure::cloud::Audience;
use crate::domain::probe::DataPlane;

/// A token is renewed when less than this is left of it.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// A token with less than this left might expire on the way and is not handed out any more.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// The pause between two attempts to renew a token that still works.
const RENEWAL_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// How long a failure answers for further questions, so that a screenful of requests does not start
/// a tool for each.
const FAILURE_MEMORY: SignedDuration = SignedDuration::from_secs(3);

/// The session's source of tokens. `Clone` shares everything.
///
/// A fetch runs in a task of its own: whoever asked may stop waiting without ending it, and with
/// the runtime it ends, child processes included.
#[derive(Clone, Debug)]
pub struct TokenProvider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    management: Slot,
    logs: Slot,
    data: [Slot; DataPlane::ALL.len()],
    events: broadcast::Sender<SignInEvent>,
    clock: Clock,
}

#[derive(Debug)]
enum Source {
    Fixed(AccessToken),
    SignIn(Box<Chain>),
}

/// What is held for one audience.
#[derive(Debug, Default)]
struct Slot {
    held: Mutex<Held>,
    /// Held during a fetch.
    gate: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<AccessToken>,
    failed: Option<(Timestamp, SignInFailure)>,
    renew_after: Option<Timestamp>,
    signed_in_once: bool,
}

/// What a slot can do for a caller now.
enum Offer {
    Token(AccessToken),
    /// Still good, but a renewal is due.
    Ageing(AccessToken),
    Failure(SignInFailure),
    Nothing,
}

impl Held {
    fn offer(&self, now: Timestamp) -> Offer {
        let left = |token: &AccessToken| token.expires_at().duration_since(now);
        if let Some(token) = self.token.as_ref().filter(|token| left(token) > MARGIN) {
            let due = left(token) <= AHEAD && self.renew_after.is_none_or(|after| after <= now);
            return if due { Offer::Ageing(token.clone()) } else { Offer::Token(token.clone()) };
        }
        match &self.failed {
            Some((at, failure)) if now.duration_since(*at) < FAILURE_MEMORY => {
                Offer::Failure(failure.clone())
            }
            Some(_) | None => Offer::Nothing,
        }
    }
}

impl Slot {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenProvider {
    /// Prepares to sign in; nothing is sent or started before the first token is asked for.
    ///
    /// Fails if the settings cannot work at all: no TLS, unreadable certificates, or a device code
    /// from an authority that is not https.
    pub fn new(settings: SignIn) -> Result<Self, SignInFailure> {
        let (events, _) = broadcast::channel(BACKLOG);
        let clock = settings.clock.clone();
        let chain = Chain::new(settings, &events).map_err(SignInFailure::single)?;
        Ok(Self::over(Source::SignIn(Box::new(chain)), events, clock))
    }

    /// A fixed token (`NSP_TOKEN`, or the simulator's) for services on this machine.
    ///
    /// `endpoints` are the addresses that the session will send it to: unless all of them are
    /// loopback the token is refused, since it might be a real one on its way to a stranger.
    pub fn fixed(token: String, endpoints: &[&Url]) -> Result<Self, SignInFailure> {
        let refused = |cause, reason: String| {
            let mut failure = SignInFailure::single(Attempt::new(Kind::Auto, cause, reason));
            failure.title = format!("{OWN_TOKEN} is not accepted");
            failure
        };
        if let Some(foreign) = endpoints.iter().find(|endpoint| !is_loopback(endpoint)) {
            let host = foreign.host_str().unwrap_or("an address without a host");
            return Err(refused(
                Cause::NotLoopback,
                format!("it is for loopback addresses only, not for {host}"),
            ));
        }
        let token = AccessToken::new(Secret::new(token), Timestamp::MAX)
            .ok_or_else(|| refused(Cause::Unusable, "it holds characters that cannot be sent".to_owned()))?;
        let (events, _) = broadcast::channel(BACKLOG);
        Ok(Self::over(Source::Fixed(token), events, Clock::default()))
    }

    fn over(source: Source, events: broadcast::Sender<SignInEvent>, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            source,
            management: Slot::default(),
            logs: Slot::default(),
            data: Default::default(),
            events,
            clock,
        }))
    }

    /// A token for `audience`: from the cache while it is good, else after signing in.
    ///
    /// Waits as long as the way to sign in takes; with a device code that is until a person has
    /// acted or the code has expired.
    pub async fn token(&self, audience: Audience) -> Result<AccessToken, SignInFailure> {
        let chain = match &self.0.source {
            Source::Fixed(token) => return Ok(token.clone()),
            Source::SignIn(chain) => chain,
        };
        match self.0.offer(audience) {
            Offer::Token(token) => return Ok(token),
            Offer::Failure(failure) => return Err(failure),
            Offer::Ageing(token) => {
                let renewal = self.clone();
                drop(tokio::spawn(async move { renewal.renew(audience).await }));
                return Ok(token);
            }
            Offer::Nothing => {}
        }
        // With `auto`, the management token decides who signs in, once and for all.
        if audience != Audience::Management && chain.undecided() {
            Box::pin(self.token(Audience::Management)).await?;
        }
        let fetch = self.clone();
        let task = tokio::spawn(async move { fetch.fetch(audience).await });
        task.await.unwrap_or_else(|_| Err(chain.interrupted()))
    }

    /// Forgets the token that a service refused with 401, so that the next [`TokenProvider::token`]
    /// fetches another. A newer token than the one `seen` stays: somebody else was faster.
    pub fn invalidate(&self, audience: Audience, seen: &AccessToken) {
        let mut held = self.0.slot(audience).held();
        if held.token.as_ref() == Some(seen) {
            held.token = None;
            held.failed = None;
        }
    }

    /// Forgets failures, so that the next question is answered by a new attempt and, with a device
    /// code, by a new code. For when the user asks for it; polls must not.
    pub fn retry(&self) {
        let Inner { management, logs, data, .. } = &*self.0;
        for slot in [management, logs].into_iter().chain(data) {
            slot.held().failed = None;
        }
        if let Source::SignIn(chain) = &self.0.source {
            chain.allow_new_code();
        }
    }

    /// What happens from now on. Subscribe before the first token is asked for to miss nothing.
    pub fn events(&self) -> broadcast::Receiver<SignInEvent> {
        self.0.events.subscribe()
    }

    /// Who is signed in, once a token has been issued that says so; raw text.
    pub fn identity(&self) -> Option<Identity> {
        Audience::ALL.into_iter().find_map(|audience| {
            let token = self.0.slot(audience).held().token.clone();
            token.and_then(|token| token.identity())
        })
    }

    /// The way that this session signs in: the chosen one, or the one that `auto` settled on. `None`
    /// before that, and for a fixed token.
    pub fn kind(&self) -> Option<Kind> {
        match &self.0.source {
            Source::Fixed(_) => None,
            Source::SignIn(chain) => chain.decided(),
        }
    }

    async fn fetch(&self, audience: Audience) -> Result<AccessToken, SignInFailure> {
        let slot = self.0.slot(audience);
        let _gate = slot.gate.lock().await;
        // Somebody else may have fetched while this one waited at the gate.
        match self.0.offer(audience) {
            Offer::Token(token) | Offer::Ageing(token) => return Ok(token),
            Offer::Failure(failure) => return Err(failure),
            Offer::Nothing => {}
        }
        let Source::SignIn(chain) = &self.0.source else { return Err(SignInFailure::all(Vec::new())) };
        let first = !slot.held().signed_in_once;
        let outcome = chain.fetch(audience, first).await;
        let now = self.0.clock.now();
        let mut held = slot.held();
        match &outcome {
            Ok(token) => {
                *held = Held { token: Some(token.clone()), signed_in_once: true, ..Held::default() };
            }
            Err(failure) => held.failed = Some((now, failure.clone())),
        }
        outcome
    }

    /// Renews a token that still works; a failure is kept quiet until the token runs out.
    async fn renew(&self, audience: Audience) {
        let slot = self.0.slot(audience);
        let Ok(_gate) = slot.gate.try_lock() else { return };
        let now = self.0.clock.now();
        let Source::SignIn(chain) = &self.0.source else { return };
        if !matches!(self.0.offer(audience), Offer::Ageing(_)) {
            return;
        }
        slot.held().renew_after = now.checked_add(RENEWAL_PAUSE).ok();
        match chain.renew(audience).await {
            Ok(token) => slot.held().token = Some(token),
            Err(attempt) => {
                tracing::warn!(%audience, kind = %attempt.kind, reason = attempt.reason, "token not renewed");
            }
        }
    }
}

impl Inner {
    fn slot(&self, audience: Audience) -> &Slot {
        match audience {
            Audience::Management => &self.management,
            Audience::Logs => &self.logs,
            Audience::Data(plane) => self.data_slot(plane),
        }
    }

    fn data_slot(&self, plane: DataPlane) -> &Slot {
        let [ai, storage, vault, search, cosmos, configuration, hubs, bus, sql] = &self.data;
        match plane {
            DataPlane::Ai => ai,
            DataPlane::Storage => storage,
            DataPlane::KeyVault => vault,
            DataPlane::Search => search,
            DataPlane::Cosmos => cosmos,
            DataPlane::AppConfiguration => configuration,
            DataPlane::EventHubs => hubs,
            DataPlane::ServiceBus => bus,
            DataPlane::Sql => sql,
        }
    }

    fn offer(&self, audience: Audience) -> Offer {
        self.slot(audience).held().offer(self.clock.now())
    }
}

/// Whether `url` leads to this machine and nowhere else.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
