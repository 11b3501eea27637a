//! Limits and cautions that apply to one resource in a perimeter: which of them, how each stands, why it
//! matters, and what mends it. Pure: computed from what was read; what was not read is said to be unknown.
//!
//! Sources: API.md, sections 6 and 8; DOMAIN.md, sections 1.2 and 4.

mod access;
mod services;

use super::{ArmId, Association, Issues, ProvisioningState, Resource, Signal, type_word};

/// What mends a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Register providers and features.
    Prerequisites,
    /// Compare what the resource believes with what the perimeter says.
    Compare,
    /// Reconcile both sides.
    Reconcile,
    /// Change the access mode.
    Mode,
    /// Change `publicNetworkAccess`.
    PublicAccess,
    /// Switch on the managed identity, or give it its role.
    Identity,
    /// Say where the access log goes.
    Logging,
    /// Associate another resource.
    Associate,
    /// Make an access rule.
    Rule,
    /// Call the resource from this machine.
    Test,
}

impl Remedy {
    /// What it does, after "Enter:".
    pub fn words(self) -> &'static str {
        match self {
            Self::Prerequisites => "show what must be registered",
            Self::Compare => "compare what the resource believes",
            Self::Reconcile => "reconcile both sides",
            Self::Mode => "change the access mode",
            Self::PublicAccess => "change publicNetworkAccess",
            Self::Identity => "identity: switch it on, or give it its role",
            Self::Logging => "say where the access log goes",
            Self::Associate => "associate another resource with this perimeter",
            Self::Rule => "make an access rule",
            Self::Test => "call it from this machine",
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is known by.
    pub key: &'static str,
    /// How it stands.
    pub signal: Signal,
    /// What is looked at.
    pub what: &'static str,
    /// What was found, in a few words.
    pub found: String,
    /// Why it matters.
    pub why: &'static str,
    /// What mends it, where something can.
    pub remedy: Option<Remedy>,
}

impl Check {
    fn new(key: &'static str, what: &'static str, signal: Signal, found: impl Into<String>) -> Self {
        Self { key, signal, what, found: found.into(), why: "", remedy: None }
    }

    fn why(mut self, why: &'static str) -> Self {
        self.why = why;
        self
    }

    fn mend(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

/// Something that was read elsewhere, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// It is being read.
    Waiting,
    /// It could not be read, or cannot be; why.
    Unknown(String),
    /// It was read.
    Known(T),
}

/// Whether the identity may write blobs of a storage account of the perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleThere {
    /// Name of the account.
    pub account: String,
    /// It has the role; `None` of it is known otherwise.
    pub held: Reading<bool>,
}

/// What is known of a resource and what lies around it.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// Its association.
    pub association: &'a Association,
    /// The resource itself.
    pub resource: Reading<&'a Resource>,
    /// How what must be registered stands, in the perimeter's subscription.
    pub prerequisites: Signal,
    /// In how many points the resource and the perimeter disagree.
    pub differences: Reading<usize>,
    /// Where the perimeter's access log goes; nowhere when empty.
    pub destinations: Reading<Vec<ArmId>>,
    /// All resources of the perimeter.
    pub members: Vec<&'a ArmId>,
    /// The role of its identity on the storage accounts of the perimeter.
    pub roles: Vec<RoleThere>,
}

impl Known<'_> {
    /// Its full type; empty when the association names no resource.
    fn kind(&self) -> String {
        self.association.resource.as_ref().and_then(ArmId::resource_type).unwrap_or_default()
    }

    fn is(&self, kind: &str) -> bool {
        self.kind().eq_ignore_ascii_case(kind)
    }

    /// Resources of a type in the perimeter.
    fn members_of<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s ArmId> {
        let same = move |id: &&&ArmId| id.resource_type().is_some_and(|t| t.eq_ignore_ascii_case(kind));
        self.members.iter().filter(same).copied()
    }
}

/// All lines that apply, in the order in which they are to be dealt with.
pub fn checks(known: &Known<'_>) -> Vec<Check> {
    let mut out = vec![prerequisites(known), association(known), agreement(known)];
    match &known.resource {
        Reading::Waiting => out.push(Check::new("resource", "the resource itself", Signal::Waiting, "")),
        Reading::Unknown(why) => {
            let check = Check::new("resource", "the resource itself", Signal::Unknown, why.as_str());
            out.push(check.why("It could not be read: what depends on its own settings is not known."));
        }
        Reading::Known(resource) => {
            out.extend(access::checks(known, resource));
            out.extend(services::checks(known, resource));
        }
    }
    out.push(logging(known));
    out
}

fn prerequisites(known: &Known<'_>) -> Check {
    let found = match known.prerequisites {
        Signal::Ok | Signal::Off => "all registered in the perimeter's subscription",
        Signal::Waiting | Signal::Later => "",
        Signal::Moving => "Azure is registering",
        Signal::Unknown => "could not be read",
        Signal::Todo | Signal::Warn | Signal::Bad => "something is not registered",
    };
    // What Azure does not need any more is as good as done.
    let signal = if known.prerequisites.is_settled() { Signal::Ok } else { known.prerequisites };
    Check::new("prerequisites", "prerequisites", signal, found)
        .why(
            "Providers of perimeters and of this resource must be registered in the perimeter's subscription, and preview features where Azure still has them.",
        )
        .mend(Remedy::Prerequisites)
}

fn association(known: &Known<'_>) -> Check {
    let a = known.association;
    let (signal, found) = match (&a.state, &a.issues) {
        (Some(ProvisioningState::Failed), _) => (Signal::Bad, "provisioning failed".to_owned()),
        (_, Issues::Yes) => (Signal::Bad, "the service reports provisioning issues".to_owned()),
        (Some(state), _) if state.is_moving() => (Signal::Moving, state.wire().to_owned()),
        (_, Issues::Unknown(word)) => (Signal::Unknown, format!("issues: {word}")),
        (Some(ProvisioningState::Succeeded) | None, Issues::No) => {
            (Signal::Ok, format!("{}, no issues", a.mode.label()))
        }
        (Some(state), Issues::No) => (Signal::Unknown, state.wire().to_owned()),
    };
    Check::new("association", "association", signal, found)
        .why("While the association is not provisioned without issues the resource may not follow the perimeter.")
        .mend(Remedy::Compare)
}

fn agreement(known: &Known<'_>) -> Check {
    let check = |signal, found: String| Check::new("agreement", "what it believes itself", signal, found);
    let check = match &known.differences {
        Reading::Waiting => check(Signal::Waiting, String::new()),
        Reading::Unknown(why) => check(Signal::Unknown, why.clone()).mend(Remedy::Compare),
        Reading::Known(0) => check(Signal::Ok, "agrees with the perimeter".to_owned()).mend(Remedy::Compare),
        Reading::Known(n) => {
            let s = if *n == 1 { "" } else { "s" };
            check(Signal::Bad, format!("{n} difference{s} to the perimeter")).mend(Remedy::Reconcile)
        }
    };
    check.why(
        "Mode, profile and rules count in the form in which the resource has them; until both sides agree traffic is judged by old ones.",
    )
}

fn logging(known: &Known<'_>) -> Check {
    let check =
        |signal, found: String| Check::new("logging", "access log", signal, found).mend(Remedy::Logging);
    let inside = |all: &[ArmId]| {
        let there = all.iter().find(|id| known.members.contains(id));
        there.map(|id| id.name().to_owned())
    };
    match &known.destinations {
        Reading::Waiting => check(Signal::Waiting, String::new()),
        Reading::Unknown(why) => check(Signal::Unknown, why.clone()),
        Reading::Known(all) if all.is_empty() => check(Signal::Todo, "goes nowhere".to_owned()).why(
            "Without a diagnostic setting Transition teaches nothing: nobody can say who would be denied once enforced.",
        ),
        Reading::Known(all) => {
            if let Some(name) = inside(all) {
                return check(Signal::Warn, format!("goes to {name}, which is in this perimeter")).why(
                    "A destination inside a perimeter takes no logs from resources that are not in the same one, and queries must be admitted by its rules.",
                );
            }
            let names: Vec<&str> = all.iter().map(ArmId::name).collect();
            check(Signal::Ok, format!("goes to {}", names.join(", ")))
                .why("Who is denied, and who would be, can be told from it.")
        }
    }
}

/// The word for the type of a resource.
fn word(resource: &Resource) -> String {
    type_word(&resource.kind_of_id(), &resource.kind).to_owned()
}

#[cfg(test)]
mod tests;
