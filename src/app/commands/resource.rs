//! Commands that change the resource behind an association: its public access, its identity and what
//! that identity may do. Up to the question; nothing is sent from here.

use super::super::Model;
use super::super::effect::Effect;
use super::super::overlays::help::Line;
use super::super::overlays::sheet::Purpose as SheetPurpose;
use super::super::overlays::{Choice, Overlay, Picker, Purpose, Sheet};
use super::super::toast::Tone;
use super::super::{wants, writes};
use crate::domain::matrix::{Effect as Allowed, effect};
use crate::domain::provider::{access_words, with_system_identity};
use crate::domain::{AccessMode, Association, Change, PublicAccess, Resource, ResourceChange, type_word};

/// The selected association and its resource.
///
/// # Errors
/// Why there is none to be changed.
fn selected(model: &Model) -> Result<(&Association, &Resource), String> {
    let Some(association) = model.panes.resources.selected() else {
        return Err("no resource is selected".to_owned());
    };
    let remote = association.resource.as_ref().and_then(|id| model.data.resource(id));
    match remote.map(|r| (r.value(), r.failure())) {
        Some((Some(resource), _)) => Ok((association, resource)),
        Some((None, Some(failure))) => Err(format!("the resource could not be read: {}", failure.title)),
        Some((None, None)) | None => Err("the resource is not read yet".to_owned()),
    }
}

fn busy(model: &Model, resource: &Resource) -> Option<String> {
    model.jobs.in_flight(&resource.id).map(|_| "another write to this resource is in flight".to_owned())
}

/// Why public access cannot be changed now.
pub fn access_reason(model: &Model) -> Option<String> {
    let (_, resource) = match selected(model) {
        Ok(found) => found,
        Err(reason) => return Some(reason),
    };
    let kind = resource.kind_of_id();
    if access_words(&kind).is_empty() {
        return Some(format!("{kind} has no publicNetworkAccess that this program knows"));
    }
    busy(model, resource)
}

/// Why nothing can be done about the identity now.
pub fn identity_reason(model: &Model) -> Option<String> {
    let (_, resource) = match selected(model) {
        Ok(found) => found,
        Err(reason) => return Some(reason),
    };
    if resource.has_system_identity() {
        let known = resource.principal.is_some();
        return (!known).then(|| "the object id of its identity was not sent".to_owned());
    }
    let impossible = with_system_identity(&resource.kind_of_id(), resource.identity.as_deref()).err();
    impossible.or_else(|| busy(model, resource))
}

/// Asks for another `publicNetworkAccess` of the selected resource.
pub fn choose_access(model: &mut Model) {
    let Ok((association, resource)) = selected(model) else { return };
    let (mode, resource) = (association.mode.clone(), resource.clone());
    let kind = resource.kind_of_id();
    let now = resource.public_access.as_ref();
    let words: Vec<PublicAccess> =
        access_words(&kind).iter().filter(|word| Some(*word) != now).cloned().collect();
    let choices = words.iter().map(|word| Choice::new(word.wire(), allowed(Some(&mode), word))).collect();
    let now_words = match now {
        Some(word) => format!("Now {}: {}", word.wire(), allowed(Some(&mode), word)),
        None => "What it is now was not sent.".to_owned(),
    };
    let mut intro = vec![Line::Text(now_words), Line::Text(format!("Access mode: {}", mode.label()))];
    if !access_words(&kind).contains(&PublicAccess::SecuredByPerimeter) {
        let name = type_word(&kind, &resource.kind);
        intro.push(Line::Text(format!("The API of {name} has no SecuredByPerimeter.")));
    }
    if kind.eq_ignore_ascii_case("Microsoft.OperationalInsights/workspaces") {
        intro.push(Line::Text("A workspace has one for ingestion and one for queries: both are set.".into()));
    }
    intro.push(Line::Gap);
    let title = format!("Public access of {}", resource.id.name());
    let purpose = Purpose::Access(Box::new(resource), mode, words);
    model.overlays.push(Overlay::Picker(Picker::new(title, purpose, choices).intro(intro)));
}

/// A cell of the matrix in a few words.
fn allowed(mode: Option<&AccessMode>, access: &PublicAccess) -> String {
    let Allowed { inbound, outbound } = effect(mode, access);
    format!("in: {}; out: {}", inbound.label(), outbound.label())
}

/// What was chosen is asked about.
pub fn set_access(model: &mut Model, before: Resource, mode: AccessMode, access: PublicAccess) {
    let change = ResourceChange::SetAccess { before, access, mode: Some(mode) };
    writes::propose(model, Change::Resource(Box::new(change)), None);
}

/// Switches the system-assigned identity of the selected resource on; where it is on, opens the form
/// that gives it a role.
pub fn identity(model: &mut Model) -> Vec<Effect> {
    let Ok((_, resource)) = selected(model) else { return Vec::new() };
    let resource = resource.clone();
    if resource.has_system_identity() {
        let sheet = Sheet::new(SheetPurpose::Role(Box::new(resource)), &model.data);
        let slots = sheet.slots(&model.data);
        model.overlays.push(Overlay::Sheet(Box::new(sheet)));
        return slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect();
    }
    match with_system_identity(&resource.kind_of_id(), resource.identity.as_deref()) {
        Ok(kinds) => {
            let change = ResourceChange::EnableIdentity { before: resource, kinds: kinds.to_owned() };
            writes::propose(model, Change::Resource(Box::new(change)), None);
        }
        Err(reason) => model.toasts.push(Tone::Info, reason),
    }
    Vec::new()
}
