//! What a resource believes of its perimeter: showing it, reconciling both sides, and taking up what the
//! resource suggests.

use std::sync::Arc;

use super::super::believed::{self, Standing, Suggested, standing};
use super::super::command::Command;
use super::super::coverage;
use super::super::effect::Effect;
use super::super::overlays::believed::BelievedBox;
use super::super::overlays::{Answer, Choice, Form, Overlay, Picker, Purpose, TextBox};
use super::super::toast::Tone;
use super::super::{Model, wants, writes};
use crate::domain::{ArmId, Association, Change, Reconcile};

/// Shows both sides of the selected association, the resource's read anew.
pub fn show(model: &mut Model) -> Vec<Effect> {
    let Some(association) = model.panes.resources.selected().cloned() else { return Vec::new() };
    let name = association.resource_name().to_owned();
    let shown = BelievedBox { association: association.id.clone(), name, scroll: 0 };
    model.overlays.push(Overlay::Believed(Box::new(shown)));
    ask(model, &association)
}

fn ask(model: &mut Model, association: &Association) -> Vec<Effect> {
    let slot = believed::slot(association);
    slot.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// A command of the box.
pub fn command(model: &mut Model, shown: &BelievedBox, command: Command, page: usize) -> Vec<Effect> {
    let association = model.panes.resources.find(&shown.association).cloned();
    let Some(association) = association else {
        // It left the perimeter meanwhile: there is nothing left to compare.
        model.overlays.pop();
        return Vec::new();
    };
    match command {
        Command::Refresh => {
            // The perimeter's side too: a comparison with an old one would prove nothing.
            let mut effects = wants::refresh_focused(model);
            effects.extend(ask(model, &association));
            return effects;
        }
        Command::Reconcile => reconcile_resource(model, &association),
        Command::TakeSuggestion => suggest(model, &association),
        Command::Copy => {
            let label = format!("what {} believes", shown.name);
            return vec![Effect::Copy { text: believed::plain(model, &association), label }];
        }
        _ => {
            let mut text = TextBox::new("", believed::lines(model, &association));
            text.scroll = shown.scroll;
            if text.command(command, page) == Answer::Close {
                model.overlays.pop();
            } else if let Some(Overlay::Believed(shown)) = model.overlays.last_mut() {
                shown.scroll = text.scroll;
            }
        }
    }
    Vec::new()
}

/// Asks whether the selected resource, or access rule, is to be reconciled.
pub fn reconcile(model: &mut Model) {
    use super::super::focus::Tab;
    if model.focus.tab == Tab::Rules {
        let Some(rule) = model.panes.rules.selected().map(|r| (**r).clone()) else { return };
        return writes::propose(model, Change::Reconcile(Box::new(Reconcile::Rule(rule))), None);
    }
    if let Some(association) = model.panes.resources.selected().cloned() {
        reconcile_resource(model, &association);
    }
}

fn reconcile_resource(model: &mut Model, association: &Arc<Association>) {
    let Some(resource) = association.resource.clone() else {
        return model.toasts.push(Tone::Bad, "the association names no resource");
    };
    let differences = match standing(&model.data, association) {
        Standing::Known { comparison, .. } => comparison.summary(),
        Standing::Silent(_) | Standing::Unread | Standing::Failed(_) => String::new(),
    };
    let association = (**association).clone();
    let change = Reconcile::Resource { association, resource, differences };
    writes::propose(model, Change::Reconcile(Box::new(change)), None);
}

/// Opens what adds the only suggestion, or asks which one.
fn suggest(model: &mut Model, association: &Arc<Association>) {
    let mut all = believed::suggested(&standing(&model.data, association));
    if all.len() == 1
        && let Some(only) = all.pop()
    {
        return take(model, &association.id, only);
    }
    if all.is_empty() {
        return model.toasts.push(Tone::Info, "the resource suggests nothing");
    }
    let choice = |one: &Suggested| match one {
        Suggested::Rule(rule) => Choice::new(format!("rule {}", rule.name), rule.content.summary()),
        Suggested::Resource(id) => Choice::new(format!("associate {}", id.name()), id.as_str()),
    };
    let choices = all.iter().map(choice).collect();
    let purpose = Purpose::Suggestion(association.id.clone(), all);
    model.overlays.push(Overlay::Picker(Picker::new("Which suggestion?", purpose, choices)));
}

/// Opens the form of a suggested rule, or asks whether a suggested resource is to be associated.
pub fn take(model: &mut Model, association: &ArmId, suggestion: Suggested) {
    let Some(association) = model.panes.resources.find(association).cloned() else { return };
    let Some(profile) = association.profile.clone() else {
        return model.toasts.push(Tone::Bad, "the profile of this resource is not known");
    };
    match suggestion {
        Suggested::Rule(rule) => match Form::filled(profile, &rule.name, &rule.content, &model.data) {
            Some(form) => model.overlays.push(Overlay::Form(Box::new(form))),
            None => model.toasts.push(Tone::Bad, "this suggestion is in words: make the rule by hand (3, n)"),
        },
        Suggested::Resource(resource) => {
            let perimeter = association.id.parent();
            let known = perimeter.and_then(|id| model.panes.perimeters.find(&id).cloned());
            let new = known.map(|p| coverage::associations(&p, [&resource], &profile, &model.data));
            match new.and_then(|new| new.into_iter().next()) {
                Some(new) => writes::propose(model, Change::Create(new), None),
                None => model.toasts.push(Tone::Bad, "the perimeter is not known"),
            }
        }
    }
}
