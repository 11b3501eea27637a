//! How a session is made for another place: clients, tokens and pace together. What a place means is
//! decided where the program starts; nothing here is sent anywhere.

use std::fmt;
use std::sync::Arc;

use super::outbox::Outbox;
use crate::azure::ArmClient;
use crate::azure::credentials::TokenProvider;
use crate::azure::logs::TailPace;
use crate::domain::Failure;
use crate::domain::scope::Place;

/// A session that is ready to be used.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The Azure client.
    pub client: ArmClient,
    /// Where its tokens come from; `None` when they need no signing in.
    pub tokens: Option<TokenProvider>,
    /// How fast a tail may ask.
    pub pace: TailPace,
    /// The portal of its cloud.
    pub portal: String,
}

type Make = dyn Fn(&Place, &Outbox) -> Result<Connected, Failure> + Send + Sync;

/// Makes sessions.
#[derive(Clone)]
pub struct Connect(Arc<Make>);

impl Connect {
    /// Makes them so; the outbox is for what a session's client has to say.
    pub fn new(make: impl Fn(&Place, &Outbox) -> Result<Connected, Failure> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// A session at this place.
    ///
    /// # Errors
    /// Why there can be none.
    pub fn to(&self, place: &Place, out: &Outbox) -> Result<Connected, Failure> {
        (self.0)(place, out)
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connect")
    }
}
