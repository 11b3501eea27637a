//! What a change of a PaaS resource, or of what its identity may do, means in plain words.

use super::super::super::Model;
use super::super::super::digest::at_stake;
use super::{directions, way_back_words};
use crate::domain::matrix::{Decider, WayBack, effect, way_back};
use crate::domain::role::scope_words;
use crate::domain::{AccessMode, Grant, PublicAccess, Resource, ResourceChange};

/// What it means, in sentences.
pub fn words(change: &ResourceChange, model: &Model) -> Vec<String> {
    match change {
        ResourceChange::SetAccess { before, access, mode } => {
            access_words(before, access, mode.as_ref(), model)
        }
        ResourceChange::EnableIdentity { before, .. } => vec![
            "The service makes an identity for the resource, with no right to anything yet. Those that it has stay."
                .to_owned(),
            format!(
                "Without one {} cannot act outbound as a member of its perimeter. Afterwards I gives it a role.",
                before.id.name()
            ),
            "Not taken back from here: switched off, the identity is lost with every role given to it.".to_owned(),
        ],
        ResourceChange::Grant(grant) => grant_words(grant),
        ResourceChange::Revoke(grant) => vec![
            format!(
                "{} cannot use blobs of {} with its identity any more, unless another assignment lets it.",
                grant.of.name(),
                scope_words(grant.scope.as_str())
            ),
            "Tokens that are in use keep the old rights for up to an hour.".to_owned(),
        ],
    }
}

fn grant_words(grant: &Grant) -> Vec<String> {
    vec![
        format!(
            "Whoever acts as {} may read, write and delete all blobs of {}.",
            grant.of.name(),
            grant.scope.name()
        ),
        "It does not open the network: the perimeter's rules and the firewall decide as before.".to_owned(),
        "Takes effect within minutes. To get back: u removes the assignment.".to_owned(),
    ]
}

fn access_words(
    before: &Resource,
    access: &PublicAccess,
    mode: Option<&AccessMode>,
    model: &Model,
) -> Vec<String> {
    let place =
        mode.map_or("It is in no perimeter".to_owned(), |mode| format!("Its mode is {}", mode.label()));
    let mut out = vec![format!("{place}; private endpoint traffic is not affected.")];
    let will = effect(mode, access);
    match before.public_access.as_ref().map(|was| effect(mode, was)) {
        Some(was) => {
            if was.inbound == Decider::RulesThenFirewall && will.inbound == Decider::Rules {
                out.push(at_stake_words(before, model));
            }
            out.extend(directions(was, will));
        }
        None => out.push("What it was is not known, so the effect cannot be compared.".to_owned()),
    }
    if *access == PublicAccess::SecuredByPerimeter {
        let words = if mode.is_none() {
            "The resource is LOCKED OUT: with SecuredByPerimeter and no perimeter NOTHING gets in or out."
        } else {
            "Should it leave the perimeter, it is LOCKED OUT: NOTHING gets in or out then."
        };
        out.push(words.to_owned());
    }
    if mode.is_some() && way_back(access) != WayBack::Full {
        out.push(way_back_words(access).to_owned());
    }
    let was = before.public_access.as_ref().map_or("not known", PublicAccess::wire);
    out.push(format!("To get back: u sets {was} again. An Azure Policy may refuse it or turn it back."));
    out
}

/// Callers that only the resource's own firewall lets through are cut off as by enforcing.
fn at_stake_words(before: &Resource, model: &Model) -> String {
    match at_stake(model, &before.id) {
        None => "The access log shows nothing: who would be denied is not known.".to_owned(),
        Some((0, _, rows)) => {
            format!("In the last {rows} log rows its firewall alone let nobody in; the rest is not known.")
        }
        Some((callers, calls, rows)) => {
            let s = if callers == 1 { "" } else { "s" };
            format!(
                "WOULD DENY {callers} caller{s} or destination{s} ({calls} calls in the last {rows} log rows)."
            )
        }
    }
}
