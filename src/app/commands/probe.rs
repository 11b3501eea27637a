//! Testing the connection to a resource: asking, and what can be done with the answer.

use std::net::IpAddr;
use std::sync::Arc;

use super::super::command::Command;
use super::super::effect::Effect;
use super::super::msg::{Slot, Topic};
use super::super::overlays::probe::ProbeBox;
use super::super::overlays::{Answer, Choice, Form, Overlay, Picker, Purpose, TextBox};
use super::super::toast::Tone;
use super::super::{Model, probe, wants};
use crate::domain::ArmId;

/// Calls the data plane of the selected resource, and shows what comes of it.
pub fn test(model: &mut Model) -> Vec<Effect> {
    let Some(association) = model.panes.resources.selected() else { return Vec::new() };
    let Some(resource) = association.resource.clone() else { return Vec::new() };
    let shown = ProbeBox { association: association.id.clone(), resource, scroll: 0 };
    let effects = ask(model, &shown);
    model.overlays.push(Overlay::Probe(Box::new(shown)));
    effects
}

fn ask(model: &mut Model, shown: &ProbeBox) -> Vec<Effect> {
    let mut slots = vec![Slot::About(Topic::Probe, Arc::from(shown.resource.as_str()))];
    let page = model.session.address_page.as_deref();
    slots.extend(page.map(|page| Slot::About(Topic::PublicAddress, Arc::from(page))));
    slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// A command of the box.
pub fn command(model: &mut Model, shown: &ProbeBox, command: Command, page: usize) -> Vec<Effect> {
    match command {
        Command::Refresh => return ask(model, shown),
        Command::Copy => {
            let label = format!("connection to {}", shown.resource.name());
            return vec![Effect::Copy { text: probe::plain(model, shown), label }];
        }
        Command::AllowMachine => allow_machine(model, shown),
        _ => {
            let mut text = TextBox::new("", probe::lines(model, shown));
            text.scroll = shown.scroll;
            if text.command(command, page) == Answer::Close {
                model.overlays.pop();
            } else if let Some(Overlay::Probe(shown)) = model.overlays.last_mut() {
                shown.scroll = text.scroll;
            }
        }
    }
    Vec::new()
}

/// Opens the form of an inbound rule for the public address of this machine. An address that only the
/// log names may be somebody else's, so it is offered and not taken.
fn allow_machine(model: &mut Model, shown: &ProbeBox) {
    let profile = probe::association(model, shown).and_then(|a| a.profile.clone());
    let Some(profile) = profile else {
        model.toasts.push(Tone::Bad, "the profile of this resource is not known");
        return;
    };
    let known = probe::addresses(model, shown);
    if known.is_empty() {
        model.toasts.push(Tone::Info, "the public address of this machine is not known: type it");
        return form(model, profile, None);
    }
    let mut choices: Vec<Choice> =
        known.iter().map(|(address, source)| Choice::new(address.to_string(), source.as_str())).collect();
    choices.push(Choice::new("another address", "type it into the form"));
    let addresses = known.into_iter().map(|(address, _)| Some(address)).chain([None]).collect();
    let title = format!("Allow which address in profile {}?", profile.name());
    let picker = Picker::new(title, Purpose::AllowAddress(profile, addresses), choices);
    model.overlays.push(Overlay::Picker(picker));
}

/// The form of a rule for one address, or for one that is typed.
pub fn form(model: &mut Model, profile: ArmId, address: Option<IpAddr>) {
    let form = match address {
        Some(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            let name = format!("allow-{address}").replace(['.', ':'], "-");
            Form::with_ranges(profile, name.trim_end_matches('-'), &format!("{address}/{bits}"), &model.data)
        }
        None => Form::create(profile, &model.data),
    };
    model.overlays.push(Overlay::Form(Box::new(form)));
}
