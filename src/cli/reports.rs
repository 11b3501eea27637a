//! Options of the commands that report without a screen.

use clap::{Args, ValueEnum};

use super::HeadlessArgs;
use crate::domain::whatif::Authentication;

/// Options of `nsp impact` and `nsp readiness`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Evidence")]
pub struct EvidenceArgs {
    /// Only this resource, by name or id; may be given more than once, together with --perimeter.
    #[arg(long = "resource", value_name = "NAME|ID")]
    pub resources: Vec<String>,
    /// How many days of log to look at.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=730))]
    pub days: Option<u32>,
    /// Whose perimeters.
    #[command(flatten)]
    pub at: HeadlessArgs,
}

/// Options of `nsp rules`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub struct RulesArgs {
    /// List rules that could be cleaned up instead.
    #[arg(long, conflicts_with = "resources")]
    pub hygiene: bool,
    /// What the rules are made from.
    #[command(flatten)]
    pub evidence: EvidenceArgs,
}

/// Options of `nsp whatif`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What if")]
pub struct WhatIfArgs {
    /// The resource, by name or id.
    #[arg(value_name = "RESOURCE")]
    pub resource: String,
    /// May this reach it? An address or block, a subscription, a resource, `tag:NAME`; several with commas.
    #[arg(long, value_name = "CALLER", required_unless_present = "to", conflicts_with = "to")]
    pub from: Option<String>,
    /// May it reach this? A host name or a resource.
    #[arg(long, value_name = "DESTINATION")]
    pub to: Option<String>,
    /// How the caller authenticates; when not given, answers name their conditions.
    #[arg(long, value_name = "HOW")]
    pub auth: Option<Auth>,
    /// Whose perimeters.
    #[command(flatten)]
    pub at: HeadlessArgs,
}

/// How a caller authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// With a managed identity.
    ManagedIdentity,
    /// As a user, or an application that is no managed identity.
    Principal,
    /// With an account or API key.
    Key,
    /// With a shared access signature.
    Sas,
}

impl From<Auth> for Authentication {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::ManagedIdentity => Self::ManagedIdentity,
            Auth::Principal => Self::Principal,
            Auth::Key => Self::Key,
            Auth::Sas => Self::Sas,
        }
    }
}

/// Options of `nsp tail`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Tail")]
pub struct TailArgs {
    /// Only rows that are denied, or would be once enforced.
    #[arg(long)]
    pub denied: bool,
    /// Print what is there now, and end.
    #[arg(long)]
    pub once: bool,
    /// Whose perimeter.
    #[command(flatten)]
    pub at: HeadlessArgs,
}
