//! Rules that could be cleaned up: opening the findings, and what is done about them through the ordinary writes.

use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::{Pane, Tab};
use super::super::overlays::hygiene::HygieneBox;
use super::super::overlays::{Form, Overlay};
use super::super::toast::Tone;
use super::super::{Model, rows, writes};
use super::impact;
use crate::domain::{AccessRule, ArmId, Change, Pace, Proposal, SourceKind, Written};

/// Opens the findings about the rules shown: of one profile, or of all.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let profile = model.panes.profile.clone();
    model.overlays.push(Overlay::Hygiene(Box::new(HygieneBox::new(profile))));
    impact::look(model)
}

fn read(model: &Model, id: &ArmId) -> Option<AccessRule> {
    let profile = id.parent()?;
    let rules = model.data.of(&profile.parent()?)?.rules.get(&profile)?;
    rules.rows().iter().find(|rule| rule.id == *id).map(|rule| (**rule).clone())
}

/// A key of the findings.
pub fn command(model: &mut Model, command: Command, page: usize) -> Vec<Effect> {
    let Some(Overlay::Hygiene(shown)) = model.overlays.last_mut() else { return Vec::new() };
    match command {
        Command::Back => {
            model.overlays.pop();
        }
        Command::Refresh => return impact::read_again(model),
        Command::Left => return impact::turn_window(model, false),
        Command::Right => return impact::turn_window(model, true),
        Command::ShowFailure => super::overlay::show_failures(model),
        Command::Export => impact::export(model),
        Command::Mark => shown.list.mark(),
        Command::UnmarkAll => shown.list.unmark(),
        Command::DeleteRule => {
            let chosen: Vec<ArmId> = shown.chosen().into_iter().cloned().collect();
            delete(model, &chosen);
        }
        Command::EditRule => {
            let rule = shown.list.selected().map(|item| item.rule.clone());
            if let Some(rule) = rule.and_then(|id| read(model, &id)) {
                match Form::edit(rule, &model.data) {
                    Ok(form) => model.overlays.push(Overlay::Form(Box::new(form))),
                    Err(reason) => model.toasts.push(Tone::Bad, reason),
                }
            }
        }
        Command::Open => {
            let rule = shown.list.selected().map(|item| item.rule.clone());
            if let Some(rule) = rule {
                model.overlays.pop();
                go_to(model, &rule);
            }
        }
        _ => shown.list.go(command, page),
    }
    Vec::new()
}

/// The cursor on the rule, in the tab of rules.
fn go_to(model: &mut Model, rule: &ArmId) {
    let page = model.page(Pane::Main);
    if !model.panes.rules.select(rule, page) {
        model.toasts.push(Tone::Info, format!("the filter hides {} (Esc drops it)", rule.name()));
    }
    super::tab(model, Tab::Rules);
    rows::follow_cursor(model);
}

/// Asks whether these rules are to be deleted, one after another.
fn delete(model: &mut Model, chosen: &[ArmId]) {
    let rules: Vec<AccessRule> = chosen.iter().filter_map(|id| read(model, id)).collect();
    let linked = |rule: &&AccessRule| !rule.content.values(SourceKind::Perimeter).is_empty();
    if let Some(rule) = rules.iter().find(linked) {
        let text = format!("{} comes from a link: unmark it, or delete the link (4)", rule.id.name());
        return model.toasts.push(Tone::Bad, text);
    }
    let title = format!("Delete {} access rules", rules.len());
    let changes: Vec<Change> = rules.into_iter().map(|rule| Written::Rule(rule).deletion()).collect();
    if let Some(proposal) = Proposal::new(title, changes, Pace::OneByOne) {
        writes::propose(model, proposal, None);
    }
}
