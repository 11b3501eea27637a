//! Makes sessions: endpoints, credential, label and pace together, at the start and whenever another
//! tenant or cloud is chosen. Sends nothing and decides nothing about what is shown.

use std::sync::Arc;
use std::time::Duration;

use crate::azure::cloud::Cloud;
use crate::azure::credentials::{SignIn, TokenProvider, is_loopback};
use crate::azure::logs::TailPace;
use crate::azure::{ArmClient, ArmError, DataPlanes, Options, Session};
use crate::cli::SessionArgs;
use crate::domain::scope::{Named, Place};
use crate::domain::{Failure, FailureKind};
use crate::runtime::{Connect, Connected, Outbox};

/// The shortest wait of a tail on this machine.
const LOCAL_TAIL: Duration = Duration::from_secs(2);

/// What the simulated world is called among the clouds.
pub const SIMULATED: &str = "simulated";

/// Where tokens come from.
#[derive(Debug, Clone)]
pub enum Way {
    /// The simulator at this address needs none.
    Simulated(String),
    /// A fixed token, for test servers on this machine.
    Token(String),
    /// Signing in.
    SignedIn,
}

/// Makes the sessions of one run.
#[derive(Debug, Clone)]
pub struct Sessions {
    way: Way,
    args: SessionArgs,
    tail: Duration,
}

fn refused(detail: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Refused, "There is no such session", detail)
}

impl Sessions {
    /// Sessions as the arguments want them; `tail` is how often the user wants the log to be asked.
    pub fn new(way: Way, args: SessionArgs, tail: Duration) -> Self {
        Self { way, args, tail }
    }

    /// Where the first session is.
    pub fn place(&self) -> Place {
        let cloud = match self.way {
            Way::Simulated(_) => SIMULATED,
            Way::Token(_) | Way::SignedIn => self.args.cloud.name(),
        };
        let tenant = self.args.tenant.as_deref().map(|tenant| Named::new(tenant, ""));
        Place { cloud: cloud.to_owned(), tenant }
    }

    /// The clouds that there are.
    pub fn clouds(&self) -> Vec<String> {
        let own = matches!(self.way, Way::Simulated(_)).then_some(SIMULATED);
        own.into_iter().chain(Cloud::ALL.map(Cloud::name)).map(str::to_owned).collect()
    }

    /// What makes further sessions.
    pub fn connect(self) -> Connect {
        Connect::new(move |place, out| self.to(place, out))
    }

    /// A session at this place.
    ///
    /// # Errors
    /// Why there can be none, in words for the user.
    pub fn to(&self, place: &Place, out: &Outbox) -> Result<Connected, Failure> {
        match &self.way {
            Way::Simulated(url) => self.simulated(url, place, out),
            Way::Token(token) => self.with_token(token, place, out),
            Way::SignedIn => self.signed_in(place, out),
        }
    }

    fn simulated(&self, url: &str, place: &Place, out: &Outbox) -> Result<Connected, Failure> {
        if place.cloud != SIMULATED {
            let why = "a simulated session stays simulated: leave it and start nsp without --demo";
            return Err(refused(why));
        }
        let session = Session::simulated_in(url, place.tenant.as_ref().map(|t| t.id.as_str()));
        let session = session.map(Session::of_a_demo);
        self.ready(session, SIMULATED, place, (None, out))
    }

    fn with_token(&self, token: &str, place: &Place, out: &Outbox) -> Result<Connected, Failure> {
        if *place != self.place() {
            return Err(refused("NSP_TOKEN is one token, of one tenant in one cloud"));
        }
        let why =
            "NSP_TOKEN is for test servers on this machine: name one with --endpoint, or unset NSP_TOKEN";
        let endpoint = self.args.endpoint.as_ref().ok_or_else(|| refused(why))?;
        let logs = self.args.logs_endpoint.as_ref().unwrap_or(endpoint);
        if !is_loopback(endpoint) || !is_loopback(logs) {
            return Err(refused(why));
        }
        let label = self.label(self.args.cloud);
        let session = Session::with_static_token(&label, endpoint.as_str(), Some(logs.as_str()), token);
        let session = session.and_then(|session| session.with_data_planes(self.data_planes(None)));
        self.ready(session, &label, place, (None, out))
    }

    fn signed_in(&self, place: &Place, out: &Outbox) -> Result<Connected, Failure> {
        let args = &self.args;
        let cloud: Cloud =
            place.cloud.parse().map_err(|_| refused(format!("{} is no cloud", place.cloud)))?;
        if cloud != args.cloud && (args.endpoint.is_some() || args.logs_endpoint.is_some()) {
            return Err(refused("--endpoint and --logs-endpoint name the endpoints of one cloud"));
        }
        let how = SignIn {
            tenant: place.tenant.as_ref().map(|tenant| tenant.id.clone()),
            subscription: args.subscriptions.first().cloned(),
            ..SignIn::new(cloud, args.credential)
        };
        let tokens = TokenProvider::new(how)
            .map_err(|e| refused(format!("--credential {}: {}. {}", args.credential, e.detail, e.hint)))?;
        let arm = args.endpoint.as_ref().map_or(cloud.arm_endpoint(), |url| url.as_str());
        let logs = args.logs_endpoint.as_ref().map_or(cloud.logs_endpoint(), |url| url.as_str());
        let label = self.label(cloud);
        let session = Session::at(&label, arm, Some(logs), Arc::new(tokens.clone()));
        let session = session.and_then(|session| session.with_data_planes(self.data_planes(Some(cloud))));
        self.ready(session, &label, place, (Some(tokens), out))
    }

    fn ready(
        &self,
        session: Result<Session, ArmError>,
        label: &str,
        place: &Place,
        (tokens, out): (Option<TokenProvider>, &Outbox),
    ) -> Result<Connected, Failure> {
        let tenant = place.tenant.as_ref().map_or_else(String::new, |tenant| format!(" / {}", tenant.name));
        let mut session = session?.with_label(&format!("{label}{tenant}"));
        if let Some(version) = &self.args.api_version {
            session = session.with_api_version(version);
        }
        let pace = if session.is_loopback() {
            TailPace::local(self.tail.min(LOCAL_TAIL))
        } else {
            TailPace::azure(self.tail)
        };
        let cloud: Cloud = place.cloud.parse().unwrap_or_default();
        let options = Options { hook: Some(out.hook()), ..Options::default() };
        let client = ArmClient::with_options(session, options)?;
        Ok(Connected { client, tokens, pace, portal: cloud.portal().to_owned() })
    }

    /// Where the data planes of resources are called: where the user says, else in the cloud.
    fn data_planes(&self, cloud: Option<Cloud>) -> DataPlanes {
        match &self.args.data_endpoint {
            Some(base) => DataPlanes::At(base.clone()),
            None => cloud.map_or(DataPlanes::None, DataPlanes::Cloud),
        }
    }

    /// What a session is called in the header.
    fn label(&self, cloud: Cloud) -> String {
        let host = self.args.endpoint.as_ref().and_then(|url| url.host_str().map(|host| (host, url.port())));
        match host {
            Some((host, Some(port))) => format!("{host}:{port}"),
            Some((host, None)) => host.to_owned(),
            None => cloud.name().to_owned(),
        }
    }
}
