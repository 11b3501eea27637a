//! What-if in the dashboard: from what was read to a question for the engine, and from its answer to
//! words. Asks for nothing itself; says which slots it needs. What was not read is never taken for granted.

mod peer;

use std::sync::Arc;

use super::columns::clock;
use super::data::{Data, PerimeterData};
use super::msg::Slot;
use super::remote::Remote;
use super::study::named_perimeters;
use crate::domain::whatif::{
    Answer, Authentication, Configuration, Considered, Outcome, Peer, Question, Verdict, Why, answer_as,
};
use crate::domain::{AccessMode, ArmId, Association, Failure};

pub use peer::{Typed, known_names, of_row, read};

/// How a verdict is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It passes.
    Passes,
    /// Somebody else than the perimeter decides.
    Elsewhere,
    /// It does not pass.
    Stopped,
    /// Not known.
    Unknown,
}

/// One answer in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Under which mode.
    pub under: String,
    /// How it is meant.
    pub tone: Tone,
    /// The answer in a sentence.
    pub sentence: String,
    /// What it depends on, in sentences.
    pub conditions: Vec<&'static str>,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// Profile, mode and `publicNetworkAccess` of the resource.
    pub resource: String,
    /// How what was typed is understood.
    pub understood: Vec<String>,
    /// What is not understood.
    pub mistakes: Vec<String>,
    /// The answers: as the mode stands, then in the other mode.
    pub answers: Vec<Told>,
    /// What was not read, or is old, and why.
    pub missing: Vec<String>,
    /// Every ground that was looked at: those that admit first, then what is unclear.
    pub considered: Vec<Considered>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'q> {
    /// The resource.
    pub resource: &'q ArmId,
    /// The resource is the one that calls.
    pub outbound: bool,
    /// The other end, as typed.
    pub text: &'q str,
    /// How the caller authenticates.
    pub authentication: Authentication,
}

/// The association of a resource among all perimeters that were read.
pub fn association<'d>(data: &'d Data, resource: &ArmId) -> Option<&'d Arc<Association>> {
    all(data).flat_map(|(_, d)| d.associations.rows()).find(|a| a.resource.as_ref() == Some(resource))
}

/// Every perimeter of which something was read.
fn all(data: &Data) -> impl Iterator<Item = (&ArmId, &PerimeterData)> {
    let listed = data.perimeters.values().flat_map(Remote::rows);
    listed.filter_map(|p| Some((&p.id, data.of(&p.id)?)))
}

fn other_end(peer: &Peer) -> Option<&ArmId> {
    match peer {
        Peer::Caller(caller) => caller.resource.as_ref(),
        Peer::Destination(to) => to.resource.as_ref(),
    }
}

/// What an answer depends on, as far as it was read. Only what the two resources need is taken, so that it
/// can be made anew for every key that is pressed.
pub fn known(data: &Data, resource: &ArmId, other: Option<&ArmId>) -> Configuration {
    let mut known = Configuration::default();
    for perimeter in data.perimeters.values().flat_map(Remote::rows) {
        known.add_perimeter(perimeter);
        let Some(contents) = data.of(&perimeter.id) else { continue };
        if contents.associations.read_at().is_some() {
            let about =
                |a: &&Association| a.resource.as_ref().is_some_and(|r| r == resource || Some(r) == other);
            let rows = contents.associations.rows().iter().map(AsRef::as_ref).filter(about);
            known.add_associations(&perimeter.id, rows);
        }
        contents.links.rows().iter().for_each(|l| known.add_link(l));
        contents.references.rows().iter().for_each(|r| known.add_reference(r));
    }
    for id in std::iter::once(resource).chain(other) {
        if let Some(read) = data.resource(id).and_then(Remote::value) {
            known.add_resource(read);
        }
    }
    let profile = known.membership(resource).and_then(|m| m.profile.clone());
    if let Some(profile) = profile
        && let Some(rules) = rules(data, &profile).filter(|r| r.read_at().is_some())
    {
        known.add_rules(profile, None, rules.rows().iter().map(AsRef::as_ref));
    }
    known
}

fn rules<'d>(data: &'d Data, profile: &ArmId) -> Option<&'d Remote<Vec<Arc<crate::domain::AccessRule>>>> {
    data.of(&profile.parent()?)?.rules.get(profile)
}

/// What must be read for an answer, each with its name in words.
fn needed(data: &Data, resource: &ArmId, other: Option<&ArmId>) -> Vec<(Slot, String)> {
    let mut out =
        vec![(Slot::Resource(resource.clone()), format!("publicNetworkAccess of {}", resource.name()))];
    if let Some(other) = other {
        out.push((Slot::Resource(other.clone()), format!("the identity of {}", other.name())));
    }
    let Some(association) = association(data, resource) else { return out };
    if let Some(profile) = &association.profile {
        out.push((Slot::Rules(profile.clone()), format!("the access rules of profile {}", profile.name())));
    }
    let Some(perimeter) = association.id.parent() else { return out };
    let name = perimeter.name().to_owned();
    out.push((Slot::Associations(perimeter.clone()), format!("the resources of {name}")));
    // Links matter between resources only.
    if other.is_none() {
        return out;
    }
    out.push((Slot::Links(perimeter.clone()), format!("the links of {name}")));
    out.push((Slot::LinkReferences(perimeter.clone()), format!("the link references of {name}")));
    if let Some(contents) = data.of(&perimeter) {
        let links = contents.links.rows().iter().filter_map(|l| l.remote.as_ref());
        let references = contents.references.rows().iter().filter_map(|r| r.remote.as_ref());
        let read = association.profile.as_ref().and_then(|profile| contents.rules.get(profile));
        let named: Vec<ArmId> = read.into_iter().flat_map(|rules| named_perimeters(rules.rows())).collect();
        for remote in links.chain(references).chain(&named) {
            out.push((Slot::Associations(remote.clone()), format!("the resources of {}", remote.name())));
        }
    }
    out
}

/// The slots of a question.
pub fn slots(data: &Data, asked: &Asked<'_>) -> Vec<Slot> {
    let typed = read(data, asked);
    let other = typed.peer.as_ref().and_then(other_end);
    needed(data, asked.resource, other).into_iter().map(|(slot, _)| slot).collect()
}

/// What is to be said about a reading on which an answer that denies cannot rest.
fn lack(data: &Data, slot: &Slot, what: &str) -> Option<String> {
    if let Some(failure) = data.failure(slot) {
        return Some(format!("{what}: not read ({})", reason(failure)));
    }
    if data.awaited(slot).is_some() && read_at(data, slot).is_none() {
        return Some(format!("{what}: reading\u{2026}"));
    }
    if data.is_untouched(slot) {
        return Some(format!("{what}: not read yet"));
    }
    let skipped = skipped(data, slot);
    (skipped > 0).then(|| format!("{what}: {skipped} could not be understood"))
}

fn read_at(data: &Data, slot: &Slot) -> Option<jiff::Timestamp> {
    match slot {
        Slot::Resource(id) => data.resource(id)?.read_at(),
        Slot::Rules(id) => rules(data, id)?.read_at(),
        Slot::Associations(id) => data.of(id)?.associations.read_at(),
        Slot::Links(id) => data.of(id)?.links.read_at(),
        Slot::LinkReferences(id) => data.of(id)?.references.read_at(),
        Slot::Subscriptions
        | Slot::Perimeters(_)
        | Slot::Profiles(_)
        | Slot::Offer(..)
        | Slot::About(..)
        | Slot::Inventory(_)
        | Slot::Members(_) => None,
    }
}

fn skipped(data: &Data, slot: &Slot) -> usize {
    match slot {
        Slot::Rules(id) => rules(data, id).map_or(0, |r| r.skipped().len()),
        Slot::Associations(id) => data.of(id).map_or(0, |d| d.associations.skipped().len()),
        Slot::Links(id) => data.of(id).map_or(0, |d| d.links.skipped().len()),
        Slot::LinkReferences(id) => data.of(id).map_or(0, |d| d.references.skipped().len()),
        Slot::Subscriptions
        | Slot::Perimeters(_)
        | Slot::Profiles(_)
        | Slot::Resource(_)
        | Slot::Offer(..)
        | Slot::About(..)
        | Slot::Inventory(_)
        | Slot::Members(_) => 0,
    }
}

fn reason(failure: &Failure) -> String {
    let evidence = failure.evidence();
    if evidence.is_empty() { failure.title.clone() } else { format!("{}; {evidence}", failure.title) }
}

/// Reads what was typed, asks the engine, and puts its answers into words.
pub fn look(data: &Data, asked: &Asked<'_>) -> Shown {
    let typed = read(data, asked);
    let mut shown = Shown {
        resource: about(data, asked.resource),
        understood: typed.words,
        mistakes: typed.mistakes,
        ..Shown::default()
    };
    let other = typed.peer.as_ref().and_then(other_end);
    let needed = needed(data, asked.resource, other);
    let mut complete = true;
    for (slot, what) in &needed {
        if let Some(text) = lack(data, slot, what) {
            complete &= is_judged(slot);
            shown.missing.push(text);
        }
    }
    if association(data, asked.resource).is_none() {
        shown.missing.push("no perimeter that was read holds this resource: judged as outside".to_owned());
    }
    let oldest = needed.iter().filter_map(|(slot, _)| read_at(data, slot)).min();
    if let Some(at) = oldest {
        shown
            .missing
            .push(format!("the oldest of what this rests on was read at {} (ctrl-r reads again)", clock(at)));
    }
    let Some(peer) = typed.peer.clone() else { return shown };
    let known = known(data, asked.resource, other);
    let question = Question { resource: asked.resource.clone(), peer };
    let now = answer_as(&known, &question, None);
    let (first, second) = modes(now.mode.as_ref());
    if let Some(mode) = second {
        let then = answer_as(&known, &question, Some(&mode));
        let under = match mode {
            AccessMode::Enforced => "If enforced".to_owned(),
            AccessMode::Learning | AccessMode::Audit | AccessMode::Unknown(_) => {
                format!("In {}", mode.label())
            }
        };
        shown.answers.push(told(under, &then, complete));
    }
    shown.answers.insert(0, told(first, &now, complete));
    shown.considered = ordered(now.considered);
    shown
}

/// The engine itself calls an answer unclear where this was not read and would make the difference.
fn is_judged(slot: &Slot) -> bool {
    matches!(slot, Slot::Resource(_))
}

/// What the first answer is called, and the mode of the second.
fn modes(mode: Option<&AccessMode>) -> (String, Option<AccessMode>) {
    match mode {
        None => ("As it stands, in no perimeter".to_owned(), None),
        Some(mode @ AccessMode::Enforced) => {
            (format!("As it stands: {}", mode.label()), Some(AccessMode::Learning))
        }
        Some(mode) => (format!("As it stands: {}", mode.label()), Some(AccessMode::Enforced)),
    }
}

fn told(under: String, answer: &Answer, complete: bool) -> Told {
    let tone = match &answer.verdict {
        Verdict::Allowed(_) | Verdict::PrivateEndpoint => Tone::Passes,
        Verdict::ResourceDecides => Tone::Elsewhere,
        Verdict::Denied => Tone::Stopped,
        Verdict::CannotTell => Tone::Unknown,
    };
    let conditions = answer.conditions.iter().map(|c| c.text()).collect();
    // What was not read can only admit more: a ground that admits stays one.
    if tone != Tone::Passes && !complete {
        let sentence = format!("Not known yet. By what was read so far: {}", lower(&answer.sentence()));
        return Told { under, tone: Tone::Unknown, sentence, conditions };
    }
    Told { under, tone, sentence: answer.sentence(), conditions }
}

fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

/// Those that admit first, then what is unclear, then why the others do not.
fn ordered(mut all: Vec<Considered>) -> Vec<Considered> {
    all.sort_by_key(|c| match &c.outcome {
        Outcome::Admits(_) => 0,
        Outcome::Unclear(_) => 1,
        Outcome::Not(Why::OtherDirection) => 3,
        Outcome::Not(_) => 2,
    });
    all
}

/// Profile, mode and `publicNetworkAccess`, as far as they were read.
fn about(data: &Data, resource: &ArmId) -> String {
    let access = match data.resource(resource) {
        Some(remote) => match (remote.value().map(|r| r.public_access.as_ref()), remote.failure()) {
            (Some(Some(access)), _) => access.wire().to_owned(),
            (Some(None), _) => "not told by its provider".to_owned(),
            (None, Some(_)) => "not read".to_owned(),
            (None, None) => "reading\u{2026}".to_owned(),
        },
        None => "not read".to_owned(),
    };
    match association(data, resource) {
        Some(a) => {
            let profile = a.profile.as_ref().map_or("not sent", |p| p.name());
            format!("profile {profile}, {}, public access {access}", a.mode.label())
        }
        None => format!("in no perimeter that was read, public access {access}"),
    }
}

/// Everything as text, for the clipboard.
pub fn plain(asked: &Asked<'_>, shown: &Shown) -> String {
    let way = if asked.outbound { "may it reach" } else { "may it be reached by" };
    let mut lines = vec![format!("{} ({})", asked.resource, shown.resource), format!("{way} {}", asked.text)];
    for told in &shown.answers {
        lines.push(format!("{}: {}", told.under, told.sentence));
        lines.extend(told.conditions.iter().map(|c| format!("  {c}")));
    }
    lines.extend(shown.considered.iter().map(|c| format!("  {c}")));
    lines.extend(shown.missing.iter().map(|m| format!("  ({m})")));
    lines.join("\n")
}
