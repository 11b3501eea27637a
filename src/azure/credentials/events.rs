//! What happens while signing in, for whoever wants to show it.
//!
//! Must not carry tokens or secrets; a device code is meant to be read aloud.

use jiff::Timestamp;

use super::failure::{Attempt, SignInFailure};
use super::kind::Kind;
use super::token::Identity;
use crate::azure::cloud::Audience;

/// How many events wait for a slow listener before the oldest are dropped.
pub(super) const BACKLOG: usize = 64;

/// One step of signing in. Later, silent renewals of a token cause no events unless they need a
/// person or fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInEvent {
    /// This way is being tried now.
    Trying {
        /// What for.
        audience: Audience,
        /// Which way.
        kind: Kind,
    },
    /// A person has to open a page and enter a code there.
    DeviceCode(DeviceCodePrompt),
    /// A token was issued.
    Won {
        /// What for.
        audience: Audience,
        /// The way that yielded it.
        kind: Kind,
        /// Who the token was issued to, if it says so; raw text.
        identity: Option<Identity>,
        /// The ways that were tried before, in order, with their reasons.
        earlier: Vec<Attempt>,
    },
    /// No token could be had.
    Failed {
        /// What for.
        audience: Audience,
        /// Why, with every attempt.
        failure: SignInFailure,
    },
}

/// What the person has to do; all texts are raw and come from the authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCodePrompt {
    /// The code to type.
    pub user_code: String,
    /// The page to open; always https.
    pub verification_uri: String,
    /// The authority's own sentence about both.
    pub message: String,
    /// After this instant the code is of no use.
    pub expires_at: Timestamp,
}
