//! From traffic to rules: a line of the report, a row of the log, or many of them become a filled-in form or a plan.

use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::Pane;
use super::super::impact::Scope;
use super::super::overlays::impact::ItemKey;
use super::super::overlays::plan::PlanBox;
use super::super::overlays::{Answer, Form, Overlay, TextBox};
use super::super::planning::{self, plans};
use super::super::study;
use super::super::toast::Tone;
use super::super::{Model, room, writes};
use crate::domain::impact::{By, Gather, TrafficGroup};
use crate::domain::log::Verdict;
use crate::domain::net::Width;
use crate::domain::plan::Choice;

/// The form of a rule for the lines chosen in the report, or, with `all`, the plan for the marked ones or for all that
/// would be denied.
pub fn from_lines(model: &mut Model, all: bool) -> Vec<Effect> {
    let Some(study) = model.panes.evidence.study.clone() else { return Vec::new() };
    let Some(Overlay::Impact(shown)) = model.overlays.last() else { return Vec::new() };
    let scope = Scope::of(&study, &shown.about);
    let would = |item: &&super::super::overlays::impact::Item| matches!(item.key, ItemKey::Denied(..));
    let whole = all && !shown.list.any_marked();
    let items = shown.list.items();
    let keys: Vec<&ItemKey> = if whole {
        items.iter().filter(would).map(|item| &item.key).collect()
    } else {
        shown.list.chosen().into_iter().map(|item| &item.key).collect()
    };
    let doubtful = items.iter().filter(|item| matches!(item.key, ItemKey::Doubtful(..)));
    let unplanned = if whole { doubtful.count() } else { 0 };
    let groups: Vec<TrafficGroup> =
        keys.iter().flat_map(|key| scope.groups_of(key, shown.by)).cloned().collect();
    if groups.is_empty() {
        model.toasts.push(Tone::Info, "this line is no traffic: there is nothing to make a rule of");
        return Vec::new();
    }
    let name = match keys.as_slice() {
        [ItemKey::Denied(_, who) | ItemKey::Doubtful(_, who) | ItemKey::Refused(_, who)] => who.to_string(),
        several => format!("{} callers and destinations", several.len()),
    };
    let by_address = |by: By| if let By::Address(width) = by { width } else { Width::Exact };
    let choice = Choice { width: by_address(shown.by), ..Choice::default() };
    open(model, PlanBox { name, groups, unplanned, choice, scroll: 0 }, all);
    Vec::new()
}

/// The form of a rule for the traffic of the selected row.
pub fn from_row(model: &mut Model) -> Vec<Effect> {
    let log = if model.focus.pane == Pane::Room { room::log(model) } else { &model.panes.log };
    let Some(row) = log.selected().map(|row| row.to_entry()) else { return Vec::new() };
    match row.verdict() {
        Verdict::Allowed | Verdict::Private => {
            model.toasts.push(Tone::Info, "this traffic passes the perimeter already: no rule is needed");
            return Vec::new();
        }
        Verdict::WouldDeny | Verdict::Denied | Verdict::Unknown => {}
    }
    let mut gather = Gather::default();
    gather.add(&row);
    let groups = gather.finish();
    let Some(first) = groups.first() else {
        model.toasts.push(Tone::Bad, "the row names no resource that could be read");
        return Vec::new();
    };
    let name = planning::peer(&first.peer);
    model.panes.evidence.study = study::study(model).map(std::sync::Arc::new);
    open(model, PlanBox { name, groups, unplanned: 0, choice: Choice::default(), scroll: 0 }, false);
    Vec::new()
}

/// Opens the form where one rule does it, else the plan.
fn open(model: &mut Model, shown: PlanBox, plan: bool) {
    let known = model.panes.evidence.study.as_ref().map(|study| study.known().clone());
    let form = known.filter(|_| !plan).and_then(|known| {
        let plans = plans(&known, &shown.groups, &shown.choice);
        let whole = plans.is_whole() && plans.rules() == 1;
        let (profile, plan) = plans.all.iter().find(|(_, plan)| !plan.rules.is_empty()).filter(|_| whole)?;
        let rule = plan.rules.first()?;
        Form::filled(profile.clone(), &rule.name, &rule.content, &model.data)
    });
    model.overlays.push(match form {
        Some(form) => Overlay::Form(Box::new(form)),
        None => Overlay::Plan(Box::new(shown)),
    });
    model.status.dirty.shown = true;
}

/// A key of the plan.
pub fn command(model: &mut Model, command: Command, page: usize) -> Vec<Effect> {
    let Some(Overlay::Plan(shown)) = model.overlays.last() else { return Vec::new() };
    if command == Command::Accept {
        let study = model.panes.evidence.study.clone();
        let made =
            study.and_then(|study| plans(study.known(), &shown.groups, &shown.choice).proposal(&shown.name));
        match made {
            Some(proposal) => {
                let plan = model.overlays.pop().map(Box::new);
                writes::propose(model, proposal, plan);
            }
            None => model.toasts.push(Tone::Info, "the plan has no rule to make"),
        }
        return Vec::new();
    }
    let lines = planning::lines(model, shown);
    let Some(Overlay::Plan(shown)) = model.overlays.last_mut() else { return Vec::new() };
    let at = Width::ALL.iter().position(|width| *width == shown.choice.width).unwrap_or(0);
    let width = |at: usize| Width::ALL.get(at).copied();
    match command {
        Command::Left => shown.choice.width = at.checked_sub(1).and_then(width).unwrap_or(shown.choice.width),
        Command::Right => shown.choice.width = width(at + 1).unwrap_or(shown.choice.width),
        Command::BySubscription => shown.choice.subscriptions = !shown.choice.subscriptions,
        _ => {
            let mut text = TextBox::new("", lines);
            text.scroll = shown.scroll;
            if text.command(command, page) == Answer::Close {
                model.overlays.pop();
            } else {
                shown.scroll = text.scroll;
            }
        }
    }
    Vec::new()
}
