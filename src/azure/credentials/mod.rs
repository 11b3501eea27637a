//! Signing in to Azure: which credential, whose token, and why not.
//!
//! `azure_identity` does what it can (`az`, `azd`, managed and workload identity, client secret and
//! certificate); the device code is added behind its `TokenCredential` trait. Around them: one HTTP
//! client, time limits, a cache per audience, and reasons that a person can act on. Invariants:
//!
//! * a token leaves this module only inside an [`AccessToken`], which does not print;
//! * no text in a failure or an event holds a token or a configured secret;
//! * nothing typed in the terminal reaches a child process;
//! * texts from outside are raw: they pass the domain's text cleaning before they are shown.
//!
//! Must not talk to Resource Manager or Log Analytics.

mod chain;
mod child;
mod device_code;
mod device_wire;
mod environment;
mod events;
mod explain;
mod failure;
mod http;
mod kind;
mod metadata;
mod provider;
mod redact;
mod settings;
mod sources;
mod token;

pub use environment::Environment;
pub use events::{DeviceCodePrompt, SignInEvent};
pub use failure::{Attempt, Cause, SignInFailure};
pub use http::SignInHttp;
pub use kind::{Kind, UnknownKind};
pub use provider::{TokenProvider, is_loopback};
pub use settings::{Clock, Limits, SignIn};
pub use token::{AccessToken, Identity};

pub use super::cloud::Audience;
