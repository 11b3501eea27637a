//! The board of what must be registered in each subscription: which registrations are wanted, and
//! how each stands. Reads the model only.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Model;
use super::details::failure_lines;
use super::msg::{Facts, Slot, Topic};
use super::overlays::board::{BoardRow, Mend};
use super::overlays::help::Line;
use crate::domain::{
    Change, Pace, Proposal, Register, Registration, RegistrationState, Requirement, Signal, Standing,
};

/// Subscriptions on the board, at most: each costs several requests.
const SUBSCRIPTIONS: usize = 12;

/// Subscriptions on the board: the one of the perimeter shown, those with perimeters, the others.
fn subscriptions(model: &Model) -> Vec<&str> {
    let shown = model.shown().and_then(|id| id.subscription()).unwrap_or_default();
    let mut all: Vec<&str> = model.data.subscriptions.rows().iter().map(|s| s.id.as_str()).collect();
    let has = |guid: &str| model.data.perimeters.get(guid).is_some_and(|r| !r.rows().is_empty());
    all.sort_by_key(|guid| (!guid.eq_ignore_ascii_case(shown), !has(guid)));
    all.truncate(SUBSCRIPTIONS);
    all
}

/// Types of the resources that are in perimeters of a subscription, as far as read.
fn types(model: &Model, subscription: &str) -> BTreeSet<String> {
    let perimeters = model.data.perimeters.get(subscription).map_or(&[][..], |r| r.rows());
    let members = perimeters.iter().filter_map(|p| model.data.of(&p.id)).flat_map(|d| d.associations.rows());
    members.filter_map(|a| a.resource.as_ref()?.resource_type()).collect()
}

/// What a subscription needs, with the key of each reading.
pub fn wanted(model: &Model, subscription: &str) -> Vec<(Requirement, Arc<str>)> {
    let types = types(model, subscription);
    let keyed = |r: Requirement| {
        let id = r.id(subscription).ok()?;
        Some((r, Arc::from(id.as_str())))
    };
    Requirement::all(types.iter().map(String::as_str)).into_iter().filter_map(keyed).collect()
}

/// What the perimeter's subscription (guid) needs for a resource of one type in it.
pub fn of_resource(subscription: &str, kind: &str, openai: bool) -> Vec<(Requirement, Arc<str>)> {
    let namespace = kind.split('/').next().unwrap_or_default();
    let matters = |r: &Requirement| match r {
        Requirement::Provider(known) => {
            known.eq_ignore_ascii_case(namespace) || known.eq_ignore_ascii_case("Microsoft.Network")
        }
        Requirement::Feature { namespace: known, .. } => {
            known.eq_ignore_ascii_case("Microsoft.Network")
                || (openai && known.eq_ignore_ascii_case(namespace))
        }
    };
    let keyed = |r: Requirement| {
        let id = r.id(subscription).ok()?;
        Some((r, Arc::from(id.as_str())))
    };
    Requirement::all([kind]).into_iter().filter(matters).filter_map(keyed).collect()
}

/// The worst state of these, without what is not needed.
pub fn worst(model: &Model, all: &[(Requirement, Arc<str>)]) -> Signal {
    all.iter().map(|(_, key)| signal(known(model, key))).max().unwrap_or(Signal::Waiting)
}

/// What is to be read for the board.
pub fn slots(model: &Model) -> Vec<Slot> {
    let all = subscriptions(model).into_iter().flat_map(|guid| wanted(model, guid));
    all.map(|(_, key)| Slot::About(Topic::Registration, key)).collect()
}

/// A registration as last read; why it could not be read.
fn known<'m>(model: &'m Model, key: &str) -> Option<Result<&'m Registration, &'m crate::domain::Failure>> {
    let remote = model.data.facts(Topic::Registration, key)?;
    match (remote.failure(), remote.value().map(AsRef::as_ref)) {
        (Some(failure), _) => Some(Err(failure)),
        (None, Some(Facts::Registration(registration))) => Some(Ok(registration)),
        (None, _) => None,
    }
}

fn signal(known: Option<Result<&Registration, &crate::domain::Failure>>) -> Signal {
    match known {
        None => Signal::Waiting,
        Some(Err(_)) => Signal::Unknown,
        Some(Ok(registration)) => match registration.standing() {
            Standing::Ready => Signal::Ok,
            Standing::NotNeeded => Signal::Off,
            Standing::Moving => Signal::Moving,
            Standing::Again | Standing::Missing => Signal::Todo,
        },
    }
}

/// Title of the board.
pub fn title(model: &Model) -> String {
    let (shown, all) = (subscriptions(model).len(), model.data.subscriptions.rows().len());
    match (shown, all) {
        (1, 1) => "Prerequisites of 1 subscription".to_owned(),
        (shown, all) if shown == all => format!("Prerequisites of {all} subscriptions"),
        (shown, all) => format!("Prerequisites of {shown} of {all} subscriptions"),
    }
}

/// The rows of the board.
pub fn rows(model: &Model) -> Vec<BoardRow> {
    let mut out = Vec::new();
    for guid in subscriptions(model) {
        let place = model.data.subscription_name(guid);
        out.extend(
            wanted(model, guid).into_iter().map(|(requirement, key)| row(model, place, &requirement, &key)),
        );
    }
    out
}

fn row(model: &Model, place: &str, requirement: &Requirement, key: &str) -> BoardRow {
    let known = known(model, key);
    let signal = signal(known);
    let mut detail = vec![Line::Field("needed for".into(), requirement.reason().to_owned())];
    let (found, mend) = match known {
        None => ("\u{2026}".to_owned(), Mend::Nothing("it is being read".to_owned())),
        Some(Err(failure)) => {
            detail.extend(failure_lines(failure));
            (failure.title.clone(), Mend::Read)
        }
        Some(Ok(registration)) => {
            detail.push(Line::Text(meaning(registration).to_owned()));
            let early = if registration.standing() == Standing::Again { ", too early" } else { "" };
            (format!("{}{early}", registration.word()), mend(model, registration, place))
        }
    };
    BoardRow {
        key: key.to_owned(),
        group: place.to_owned(),
        signal,
        what: format!("{} {}", requirement.noun(), requirement.label()),
        found,
        detail,
        mend,
    }
}

/// What a registration's state means for the user.
fn meaning(registration: &Registration) -> &'static str {
    let feature = matches!(registration.requirement, Requirement::Feature { .. });
    match (registration.standing(), &registration.state) {
        (Standing::Ready, _) => "It can be used.",
        (Standing::NotNeeded, _) => {
            "Azure does not know this preview feature: it has ended, and nothing needs it any more."
        }
        (Standing::Moving, Some(RegistrationState::Pending)) => {
            "Microsoft has to approve it; nothing can hurry that from here. This board goes on looking."
        }
        (Standing::Moving, _) if feature => {
            "Azure is at it. A preview feature may take hours; this board goes on looking."
        }
        (Standing::Moving, _) => "Azure is at it. A provider takes minutes; this board goes on looking.",
        (Standing::Again, _) => {
            "It was registered before perimeters were offered here: register it once more, after the feature AllowNSPInPublicPreview is registered where Azure still knows that."
        }
        (Standing::Missing, _) => "Until it is registered Azure refuses (MissingSubscriptionRegistration).",
    }
}

fn change(registration: &Registration, place: &str) -> Change {
    Change::Register(Box::new(Register { before: registration.clone(), place: place.to_owned() }))
}

/// Registering it now leads somewhere. Once more makes sense only after the preview feature.
fn can_register(model: &Model, registration: &Registration) -> bool {
    match registration.standing() {
        Standing::Missing => true,
        Standing::Again => {
            let guid = registration.id.subscription().unwrap_or_default();
            let own = |r: &Requirement| {
                r.noun() == "feature" && r.namespace() == registration.requirement.namespace()
            };
            let mut features = wanted(model, guid).into_iter().filter(|(r, _)| own(r));
            features.all(|(_, key)| signal(known(model, &key)).is_settled())
        }
        Standing::Ready | Standing::NotNeeded | Standing::Moving => false,
    }
}

fn mend(model: &Model, registration: &Registration, place: &str) -> Mend {
    match registration.standing() {
        Standing::Again if !can_register(model, registration) => {
            Mend::Nothing("first the feature AllowNSPInPublicPreview must be registered".to_owned())
        }
        Standing::Again | Standing::Missing => Mend::propose(change(registration, place)),
        Standing::Ready => Mend::Nothing("nothing to do: it is registered".to_owned()),
        Standing::NotNeeded => Mend::Nothing("nothing to do: it is not needed any more".to_owned()),
        Standing::Moving => Mend::Nothing("nothing to do but wait".to_owned()),
    }
}

/// Registers all that is missing in the subscription (by name) of a row.
pub fn register_all(model: &Model, place: &str) -> Option<Proposal> {
    let guid = subscriptions(model).into_iter().find(|guid| model.data.subscription_name(guid) == place)?;
    let all = wanted(model, guid);
    let missing = all.iter().filter_map(|(_, key)| known(model, key)?.ok());
    let missing = missing.filter(|r| can_register(model, r));
    let changes: Vec<Change> = missing.map(|r| change(r, place)).collect();
    Proposal::new(format!("Register all that is missing in {place}"), changes, Pace::SideBySide)
}

/// Something on the board is under way: it is to be looked at again and again.
pub fn moving(model: &Model) -> bool {
    rows(model).iter().any(|row| row.signal == Signal::Moving)
}
