//! The access rules of one profile into another, as one proposal.

use super::super::Model;
use super::super::effect::Effect;
use super::super::msg::Slot;
use super::super::overlays::{Choice, Overlay, Picker, Purpose};
use super::super::remote::Remote;
use super::super::toast::Tone;
use super::super::{wants, writes};
use crate::domain::check::NAME_MAX;
use crate::domain::{AccessRule, ArmId, Change, Pace, Proposal, RULE_ELEMENTS_PER_PROFILE};

/// Asks from which profile: those of this perimeter, and of the others that were looked at.
pub fn choose(model: &mut Model) {
    let Some(target) = model.panes.profiles.selected().map(|p| p.id.clone()) else { return };
    let own = model.panes.shown.clone();
    let all = model.data.perimeters.values().flat_map(Remote::rows);
    let mut sources: Vec<(ArmId, String)> = Vec::new();
    for perimeter in all {
        let profiles = model.data.of(&perimeter.id).map_or(&[][..], |d| d.profiles.rows());
        let others = profiles.iter().filter(|p| p.id != target);
        let place = if own.as_ref() == Some(&perimeter.id) { "" } else { perimeter.id.name() };
        sources.extend(others.map(|p| (p.id.clone(), place.to_owned())));
    }
    sources.sort_by_key(|(_, place)| !place.is_empty());
    if sources.is_empty() {
        let text = "there is no other profile to copy from; look at another perimeter first to copy from its profiles";
        return model.toasts.push(Tone::Info, text);
    }
    let choices = sources.iter().map(|(id, place)| {
        let perimeter = id.parent().unwrap_or_else(|| id.clone());
        let rules = model.data.of(&perimeter).and_then(|d| d.rules.get(id)).filter(|r| r.read_at().is_some());
        let count = rules.map_or_else(|| "not read yet".to_owned(), |r| format!("{} rules", r.rows().len()));
        let of = if place.is_empty() { String::new() } else { format!(", of {place}") };
        Choice::new(id.name(), format!("{count}{of}"))
    });
    let choices = choices.collect();
    let title = format!("Copy rules into {} from which profile?", target.name());
    let ids = sources.into_iter().map(|(id, _)| id).collect();
    model.overlays.push(Overlay::Picker(Picker::new(title, Purpose::CopyRules(target, ids), choices)));
}

/// Copies once both sides have been read anew: what is compared must be what is there.
pub fn chosen(model: &mut Model, target: ArmId, source: ArmId) -> Vec<Effect> {
    let slots = [Slot::Rules(source.clone()), Slot::Rules(target.clone())];
    model.status.copying = Some((source, target));
    slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// A reading has ended: proposes the copy that waited for it.
pub fn go_on(model: &mut Model) {
    let Some((source, target)) = model.status.copying.clone() else { return };
    let slots = [Slot::Rules(source.clone()), Slot::Rules(target.clone())];
    if slots.iter().any(|slot| model.data.awaited(slot).is_some()) {
        return;
    }
    model.status.copying = None;
    if let Some(failure) = slots.iter().find_map(|slot| model.data.failure(slot)) {
        let text = format!("nothing was copied: {} (w tells why)", failure.title);
        return model.toasts.push(Tone::Bad, text);
    }
    let rules = |profile: &ArmId| {
        profile.parent().map_or_else(Vec::new, |perimeter| model.data.rules(&perimeter, Some(profile)))
    };
    let (from, to) = (rules(&source), rules(&target));
    let mut plan = Copy { known: to.iter().map(AsRef::as_ref).cloned().collect(), ..Copy::default() };
    for rule in &from {
        plan.add(rule, &source, &target);
    }
    let left = plan.left();
    let title = format!("Copy {} rules from {} into {}", plan.changes.len(), source.name(), target.name());
    let Some(proposal) = Proposal::new(title, plan.changes, Pace::OneByOne) else {
        let why = left.unwrap_or_else(|| format!("{} has no access rules", source.name()));
        return model.toasts.push(Tone::Info, format!("nothing to copy: {why}"));
    };
    writes::propose(model, proposal, None);
    if let Some(text) = left {
        model.toasts.push(Tone::Info, text);
    }
}

/// What is copied, and what is not.
#[derive(Default)]
struct Copy {
    changes: Vec<Change>,
    /// The rules that the target will have.
    known: Vec<AccessRule>,
    same: usize,
    read_only: usize,
    over_budget: usize,
}

impl Copy {
    fn add(&mut self, rule: &AccessRule, source: &ArmId, target: &ArmId) {
        if rule.read_only_reason().is_some() {
            self.read_only += 1;
            return;
        }
        if self.known.iter().any(|known| known.content == rule.content) {
            self.same += 1;
            return;
        }
        let direction = &rule.content.direction;
        let taken = self.known.iter().filter(|known| known.content.direction == *direction);
        let taken: usize = taken.map(|known| known.content.elements()).sum();
        if taken + rule.content.elements() > RULE_ELEMENTS_PER_PROFILE {
            self.over_budget += 1;
            return;
        }
        let Some(id) = self.free_name(rule.id.name(), source.name()).and_then(|name| {
            // The name is made of two that the service took.
            target.child("accessRules", &name).ok()
        }) else {
            return;
        };
        self.known.push(AccessRule { id: id.clone(), ..rule.clone() });
        self.changes.push(Change::CreateRule { id, content: rule.content.clone() });
    }

    /// The rule's own name; where another rule has it, with its origin and a number.
    fn free_name(&self, name: &str, source: &str) -> Option<String> {
        let free = |name: &String| !self.known.iter().any(|r| r.id.name().eq_ignore_ascii_case(name));
        let cut = |tail: &str| {
            let head: String = name.chars().take(NAME_MAX.saturating_sub(tail.chars().count())).collect();
            format!("{head}{tail}")
        };
        let origin: String = format!("-from-{source}").chars().take(NAME_MAX / 2).collect();
        let origin = origin.trim_end_matches(['-', '.']);
        let more = (2..1000).map(|n| cut(&format!("{origin}-{n}")));
        [name.to_owned(), cut(origin)].into_iter().chain(more).find(free)
    }

    /// What is left out, in words.
    fn left(&self) -> Option<String> {
        let parts = [
            (self.same, "there already under some name"),
            (self.read_only, "of a kind that cannot be written"),
            (self.over_budget, "left out: the profile would have more than 200 elements"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}
