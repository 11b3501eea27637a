//! Everything that knows HTTP, JSON and Azure; the rest of the program sees domain types only.
//!
//! Must not draw, hold user-interface state or decide what the user wants.

mod apply;
mod associations;
mod client;
pub mod cloud;
mod configurations;
pub mod credentials;
mod data_plane;
mod diagnostics;
mod error;
mod exchange;
mod graph;
mod guard;
mod hints;
mod inventory;
mod lazy_client;
mod links;
mod locations;
mod logging;
pub mod logs;
mod operation;
mod page;
mod perimeters;
mod probe;
mod profiles;
mod queries;
mod quota;
mod registrations;
mod resources;
mod retry;
mod roles;
mod rules;
mod session;
mod subscriptions;
pub mod transport;
mod wire;

pub use associations::AssociationContent;
pub use client::ArmClient;
pub use error::{ArmError, ErrorKind, Said};
pub use exchange::{Answer, Request};
pub use graph::{ResourcePage, ResourceQuery, associable_kql};
pub use guard::association_of;
pub use links::LinkContent;
pub use locations::OperationStatus;
pub use operation::Polling;
pub use page::Page;
pub use perimeters::Scope;
pub use queries::{QueryText, query_texts};
pub use quota::Quota;
pub use retry::{Repeat, Timing};
pub use session::{API_VERSION, DataPlanes, Session, TokenSource};
pub use transport::{Clock, Hook, Options, RequestEvent, SystemClock, Transport};
