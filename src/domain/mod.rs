//! What a perimeter is: plain data. No I/O, no async, no HTTP, no JSON, no drawing.
//!
//! Text that came from outside is cleaned by [`text`] before it is put into any of these types;
//! the untouched original lives in [`RawBody`] alone.

/// Defines an enum of the wire's words that keeps what it does not know.
///
/// Azure's enums are `modelAsString`: a client must accept values that no document lists
/// (API.md, section 5). Words compare without case, unknown ones are kept as they came.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A word that this version does not know, as it came (cleaned).
            Unknown(String),
        }
        impl $name {
            /// Every word that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// Reads the wire's word, ignoring case.
            pub fn from_wire(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) { return Self::$variant; })+
                Self::Unknown(crate::domain::text::clean(word).into_owned())
            }
            /// The wire's word.
            pub fn wire(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }
        }
    };
}
use words;

pub mod agreement;
mod association;
pub mod cells;
mod change;
pub mod check;
pub mod checks;
mod configuration;
mod failure;
pub mod filter;
pub mod guard;
pub mod hygiene;
mod id;
pub mod impact;
mod inventory;
mod link;
pub mod log;
pub mod logging;
pub mod matrix;
pub mod net;
mod other_side;
mod outcome;
mod perimeter;
pub mod plan;
pub mod probe;
mod proposal;
pub mod provider;
mod raw;
mod registration;
mod required;
mod resource;
pub mod role;
mod rule;
pub mod scope;
mod settings;
mod signal;
pub mod temporary;
pub mod text;
pub mod traffic;
mod undo;
pub mod whatif;

pub use association::{AccessMode, Association, Issues};
pub use change::resource::{Grant, ResourceChange, access_field};
pub use change::{
    Change, Danger, FieldChange, LoggingChange, New, Reconcile, Register, rule_fields, tags_text,
};
pub use configuration::{Configuration, IssueType, KnownProfile, KnownRule, ProvisioningIssue, Severity};
pub use failure::{Failure, FailureKind};
pub use filter::{Filter, FilterError};
pub use id::{ArmId, BadId};
pub use inventory::{Associable, Exposure, Membership, Roll, Sought, association_names};
pub use link::{Link, LinkReference, LinkStatus};
pub use logging::{DiagnosticSetting, LogSource, SettingContent};
pub use other_side::OtherSide;
pub use outcome::{Kind, Outcome, Step, Written};
pub use perimeter::{LoggingConfiguration, Modified, Perimeter, Profile, ProvisioningState, Subscription};
pub use proposal::{Pace, Proposal};
pub use raw::RawBody;
pub use registration::{Registration, RegistrationState, Requirement, Standing};
pub use resource::{AssociableType, PublicAccess, Resource, Workspace, type_word};
pub use rule::{AccessRule, Direction, RULE_ELEMENTS_PER_PROFILE, RuleContent, SourceKind};
pub use settings::Settings;
pub use signal::Signal;
