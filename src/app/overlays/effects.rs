//! What a change means, in plain words: the effect, how to get back, and what is not known.

mod logging;
mod resource;

use super::super::Model;
use super::super::data::Data;
use super::super::impact::stake_words;
use super::super::logging::settings;
use crate::domain::matrix::{Decider, Effect, WayBack, effect, way_back};
use crate::domain::{
    AccessMode, Association, Change, Configuration, New, Pace, Perimeter, Proposal, PublicAccess, Reconcile,
    Written,
};

/// What a change means, in sentences.
pub fn words(change: &Change, model: &Model) -> Vec<String> {
    match change {
        Change::CreateRule { content, .. } => vec![format!(
            "Adds {} {} element{} that the profile's resources allow. Takes effect within minutes.",
            content.elements(),
            content.direction.wire().to_ascii_lowercase(),
            if content.elements() == 1 { "" } else { "s" },
        )],
        Change::EditRule { .. } => vec![
            "Replaces what the rule allows. Traffic that only the old values allowed is denied where the mode is \
             Enforced."
                .to_owned(),
            "To get back: edit the rule again; the old values stay in the activity tab and the journal.".to_owned(),
        ],
        Change::SetMode { before, mode } => {
            let mut out = mode_words(before, mode, &model.data);
            if *mode == AccessMode::Enforced {
                out.splice(0..0, stake_words(before, model));
            }
            out
        }
        Change::MoveToProfile { profile, .. } => vec![
            format!("The access rules of {} apply instead of those of the old profile.", profile.name()),
            "To get back: move it to the old profile. Whether Azure moves an association in place is not documented: \
             the outcome is read back."
                .to_owned(),
        ],
        Change::SetTags { .. } => vec!["Tags have no effect on traffic.".to_owned()],
        Change::Create(new) => create_words(new),
        Change::Logging(change) => logging::words(change, &model.data),
        Change::Register(_) => vec![
            "Registering changes no resource. Azure goes on by itself: a provider takes minutes, a preview feature \
             up to hours (P shows how far it is)."
                .to_owned(),
        ],
        Change::Delete { before, force } => delete_words(before, *force, model),
        Change::Resource(change) => resource::words(change, model),
        Change::Reconcile(change) => reconcile_words(change),
    }
}

/// Asking for agreement changes nothing that is written, and may still change what gets through.
fn reconcile_words(change: &Reconcile) -> Vec<String> {
    let mut out = Vec::new();
    if let Reconcile::Resource { resource, .. } = change {
        out.push(match Configuration::silence(resource) {
            None => "Asks the perimeter's side and the resource itself, then reads both until they agree."
                .to_owned(),
            Some(why) => format!("Asks the perimeter's side only: {why}."),
        });
    } else {
        out.push(
            "Asks the perimeter to publish the rule once more to all resources of its profile.".to_owned(),
        );
    }
    out.push(
        "Nothing of what the perimeter says changes. What it says may take effect only now: denials that were \
         still outstanding begin. There is nothing to take back."
            .to_owned(),
    );
    out
}

/// What several changes mean together: each sentence once, with those it is true of.
pub fn of_many(proposal: &Proposal, model: &Model) -> Vec<String> {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for change in proposal.changes() {
        let name = change.confirm_name();
        for sentence in words(change, model) {
            match told.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, names)) => names.push(name.to_owned()),
                None => told.push((sentence, vec![name.to_owned()])),
            }
        }
    }
    let all = proposal.count();
    let mut out: Vec<String> = told
        .into_iter()
        .map(|(sentence, names)| match names.len() {
            n if n == all => sentence,
            n if n > 3 => format!("{n} of {all}: {sentence}"),
            _ => format!("{}: {sentence}", names.join(", ")),
        })
        .collect();
    out.push(match proposal.pace() {
        Pace::OneByOne => format!("{all} writes, one after another; the first that fails stops the rest."),
        Pace::SideBySide => {
            format!(
                "{all} writes, {} at a time; one that fails does not stop the others.",
                Pace::SideBySide.at_once()
            )
        }
    });
    out
}

fn mode_words(before: &Association, mode: &AccessMode, data: &Data) -> Vec<String> {
    let remote = before.resource.as_ref().and_then(|id| data.resource(id)).and_then(|r| r.value());
    let access = remote.and_then(|r| r.public_access.as_ref());
    let mut out = Vec::new();
    let Some(access) = access else {
        out.push(
            "publicNetworkAccess of the resource is not known, so the effect cannot be computed.".to_owned(),
        );
        if *mode == AccessMode::Enforced {
            out.push("Whether going back to Transition (Learning) restores access is not known.".to_owned());
        }
        return out;
    };
    let (was, will) = (effect(Some(&before.mode), access), effect(Some(mode), access));
    out.push(format!("publicNetworkAccess is {}.", access.wire()));
    out.extend(directions(was, will));
    if *mode == AccessMode::Enforced {
        out.push(way_back_words(access).to_owned());
        out.push("Private endpoint traffic is not affected. Trusted-service bypass ends.".to_owned());
    }
    out
}

/// The cells of the matrix before and after, direction by direction.
fn directions(was: Effect, will: Effect) -> Vec<String> {
    let line = |(direction, was, will): (&str, Decider, Decider)| {
        if was == will {
            format!("{direction}: stays {}", was.label())
        } else {
            format!("{direction}: {} \u{2192} {}", was.label(), will.label())
        }
    };
    let both = [("inbound", was.inbound, will.inbound), ("outbound", was.outbound, will.outbound)];
    let nothing = (was == will).then(|| "This changes nothing about what is allowed.".to_owned());
    both.into_iter().map(line).chain(nothing).collect()
}

fn way_back_words(access: &PublicAccess) -> &'static str {
    match way_back(access) {
        WayBack::Full => {
            "To get back: set Transition (Learning) again; that restores the resource firewall's say."
        }
        WayBack::OutboundOnly => {
            "Going back to Transition restores outbound traffic only: inbound is closed by publicNetworkAccess Disabled."
        }
        WayBack::None => {
            "Going back to Transition restores NOTHING: with SecuredByPerimeter only the perimeter's rules count in both modes."
        }
        WayBack::Unknown => "Whether going back to Transition (Learning) restores access is not known.",
    }
}

fn create_words(new: &New) -> Vec<String> {
    match new {
        New::Perimeter { .. } => vec!["An empty perimeter changes nothing for any resource.".to_owned()],
        New::Profile { .. } => vec!["A profile without resources changes nothing.".to_owned()],
        New::Association { .. } => vec![
            "Joins in Transition (Learning): the profile's rules apply, and where none matches the resource's own \
             firewall decides. With publicNetworkAccess Disabled or SecuredByPerimeter the rules alone count."
                .to_owned(),
            "To get back: dissociate it.".to_owned(),
        ],
        New::Link { .. } => vec![
            "Resources of both perimeters may reach each other as far as the profiles named admit it. Either side \
             can delete the link without asking the other."
                .to_owned(),
        ],
    }
}

fn delete_words(before: &Written, force: bool, model: &Model) -> Vec<String> {
    match before {
        Written::Rule(_) => vec![
            "Traffic that only this rule allows is denied where the mode is Enforced.".to_owned(),
            "To get back: create the rule again; its values stay in the activity tab and the journal.".to_owned(),
        ],
        Written::Association(association) => after_leaving(association, &model.data),
        Written::Profile(_) => vec!["Its access rules go with it. Resources that use it stand in the way.".to_owned()],
        Written::Link(_) => vec![
            "Traffic that only this link allows is denied at once where the mode is Enforced. The reference on the \
             other side stays, as Disconnected, until it is deleted there."
                .to_owned(),
        ],
        Written::LinkReference(_) => {
            vec!["Works for references whose link is gone (Disconnected); the link itself is deleted on its side.".to_owned()]
        }
        Written::Setting(_) => Vec::new(),
        Written::Logging(_) => Vec::new(),
        Written::Perimeter(perimeter) => in_the_way(perimeter, force, &model.data),
        Written::Resource(_) | Written::Role(_) => Vec::new(),
    }
}

/// What a resource falls back to when it leaves its perimeter.
fn after_leaving(association: &Association, data: &Data) -> Vec<String> {
    let resource = association.resource.as_ref().and_then(|id| data.resource(id)).and_then(|r| r.value());
    let Some(access) = resource.and_then(|r| r.public_access.as_ref()) else {
        return vec![
            "publicNetworkAccess is not known, so what the resource falls back to is not known.".to_owned(),
        ];
    };
    let (was, will) = (effect(Some(&association.mode), access), effect(None, access));
    let mut out = vec![format!(
        "publicNetworkAccess is {}; outside the perimeter that decides alone, at once.",
        access.wire()
    )];
    out.push(format!("inbound: {} \u{2192} {}", was.inbound.label(), will.inbound.label()));
    out.push(format!("outbound: {} \u{2192} {}", was.outbound.label(), will.outbound.label()));
    if *access == PublicAccess::SecuredByPerimeter {
        out.push(
            "The resource is LOCKED OUT: with SecuredByPerimeter and no perimeter NOTHING gets in or out."
                .to_owned(),
        );
    }
    out
}

/// What stands in the way of deleting a perimeter.
fn in_the_way(perimeter: &Perimeter, force: bool, data: &Data) -> Vec<String> {
    let Some(contents) = data.of(&perimeter.id) else {
        return vec!["What is in it is not known.".to_owned()];
    };
    let resources: Vec<&str> = contents.associations.rows().iter().map(|a| a.resource_name()).collect();
    let links: Vec<&str> = contents.links.rows().iter().map(|l| l.id.name()).collect();
    let mut out = Vec::new();
    if !resources.is_empty() {
        out.push(format!("Associated resources: {}.", resources.join(", ")));
    }
    if !links.is_empty() {
        out.push(format!("Links: {}.", links.join(", ")));
    }
    out.push(match (force, resources.is_empty() && links.is_empty()) {
        (true, _) => {
            "Forced: Azure deletes what is in it too (forceDeletion). Each resource falls back to its own \
                      firewall, and one with SecuredByPerimeter is LOCKED OUT. NOTHING brings it back."
                .to_owned()
        }
        (false, true) => "It is empty. NOTHING brings it back.".to_owned(),
        (false, false) => {
            "These stand in the way: Azure refuses unless they are deleted first or it is forced.".to_owned()
        }
    });
    let settings: Vec<&str> = settings(data, &perimeter.id).iter().map(|s| s.name.as_str()).collect();
    let named = if settings.is_empty() { String::new() } else { format!(" ({})", settings.join(", ")) };
    out.push(format!(
        "Delete its diagnostic settings{named} first (7): they come back to life with a perimeter of the same name."
    ));
    out
}
