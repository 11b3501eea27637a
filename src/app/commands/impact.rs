//! "What would be denied if this were enforced now?": opening the report and its keys.

use std::collections::BTreeSet;

use super::super::columns::local;
use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::{Pane, Tab};
use super::super::msg::Slot;
use super::super::overlays::impact::{About, ImpactBox};
use super::super::overlays::{Choice, Overlay, Picker, Purpose};
use super::super::panes::AnyList as _;
use super::super::study::{self, WINDOWS};
use super::super::toast::Tone;
use super::super::{Model, hygiene, impact, readiness, rows, wants};

/// Up to so many resources are read again with the log.
const READ_AGAIN: usize = 100;

/// What the report would be about here, and its name.
fn about(model: &Model) -> Option<(About, String)> {
    let panes = &model.panes;
    let perimeter = || Some((About::Perimeter, panes.shown.as_ref()?.name().to_owned()));
    if let Some(Overlay::Confirm(confirm)) = model.overlays.last() {
        let enforced = confirm.proposal.changes().filter(|change| change.enforces());
        let all: Vec<_> = enforced.map(|change| change.target().clone()).collect();
        let name = named(model, &all);
        return (!all.is_empty()).then_some((About::Associations(all), name));
    }
    if model.focus.pane == Pane::Perimeters {
        return perimeter();
    }
    let all: Vec<_> = match model.focus.tab {
        Tab::Resources => panes.resources.chosen().into_iter().map(|a| a.id.clone()).collect(),
        Tab::Evidence => {
            panes.evidence.board.chosen().into_iter().map(|r| r.association.id.clone()).collect()
        }
        Tab::Profiles => {
            let profile = panes.profiles.selected()?.id.clone();
            let name = format!("profile {}", profile.name());
            return Some((About::Profile(profile), name));
        }
        Tab::Rules | Tab::Links | Tab::Activity | Tab::Checks | Tab::Logging | Tab::Coverage => {
            return perimeter();
        }
    };
    let name = named(model, &all);
    (!all.is_empty()).then_some((About::Associations(all), name))
}

fn named(model: &Model, associations: &[crate::domain::ArmId]) -> String {
    match associations {
        [one] => {
            let read = model.panes.resources.find(one).map(|a| a.resource_name());
            let told = || model.panes.evidence.board.find(one).map(|row| row.association.resource_name());
            read.or_else(told).unwrap_or(one.name()).to_owned()
        }
        all => format!("{} resources", all.len()),
    }
}

/// Why there is nothing to report about here.
pub fn reason(model: &Model) -> Option<String> {
    if model.shown().is_none() {
        return Some("no perimeter is selected".to_owned());
    }
    let enforces = |overlay: &Overlay| match overlay {
        Overlay::Confirm(confirm) => confirm.proposal.changes().any(crate::domain::Change::enforces),
        _ => true,
    };
    if !model.overlays.last().is_none_or(enforces) {
        return Some("this enforces nothing".to_owned());
    }
    about(model).is_none().then(|| "nothing is selected".to_owned())
}

/// Opens the report about what is selected or marked here. It is of one perimeter, which the panes go to.
pub fn open(model: &mut Model) -> Vec<Effect> {
    if model.panes.evidence.survey.on && model.focus.tab == Tab::Evidence && model.overlays.is_empty() {
        let chosen = model.panes.evidence.board.chosen();
        let perimeters: BTreeSet<_> = chosen.iter().filter_map(|row| row.association.id.parent()).collect();
        let [perimeter] = perimeters.iter().collect::<Vec<_>>()[..] else {
            let text = format!("what is marked is in {} perimeters: a report is of one", perimeters.len());
            model.toasts.push(Tone::Info, text);
            return Vec::new();
        };
        rows::show(model, perimeter);
    }
    let Some((about, name)) = about(model) else { return Vec::new() };
    model.overlays.push(Overlay::Impact(Box::new(ImpactBox::new(about, name))));
    look(model)
}

/// Somebody looks at what rests on the log: it is put together, and read again where it is old.
pub fn look(model: &mut Model) -> Vec<Effect> {
    model.status.dirty.shown = true;
    rows::rebuild(model);
    let old = study::old_slots(model);
    old.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// Reads the log anew, and what it is judged by.
pub fn read_again(model: &mut Model) -> Vec<Effect> {
    let mut effects = wants::refresh_shown(model);
    let mut slots = study::slots(model);
    // Hundreds of resources are not asked again because somebody wants the log read.
    let is_resource = |slot: &Slot| matches!(slot, Slot::Resource(_));
    if slots.iter().filter(|slot| is_resource(slot)).count() > READ_AGAIN {
        slots.retain(|slot| !is_resource(slot) || model.data.failure(slot).is_some());
    }
    effects.extend(slots.into_iter().flat_map(|slot| wants::ask(model, slot)));
    effects
}

/// Looks at every perimeter in scope, or at the one shown again.
pub fn whole_scope(model: &mut Model) -> Vec<Effect> {
    let survey = &mut model.panes.evidence.survey;
    survey.on = !survey.on;
    model.panes.evidence.board.begin();
    look(model)
}

/// Reads what the tab shows anew.
pub fn survey_again(model: &mut Model) -> Vec<Effect> {
    model.panes.evidence.survey.again();
    let mut effects = read_again(model);
    effects.extend(look(model));
    effects
}

/// Asks about another number of days.
pub fn turn_window(model: &mut Model, longer: bool) -> Vec<Effect> {
    let days = model.panes.evidence.days;
    let at = WINDOWS.iter().position(|d| *d == days).unwrap_or(0);
    let next = if longer { Some(at + 1) } else { at.checked_sub(1) };
    let Some(days) = next.and_then(|at| WINDOWS.get(at)) else {
        model.toasts.push(
            Tone::Info,
            format!("{days} days is the {} that is asked for", if longer { "most" } else { "least" }),
        );
        return Vec::new();
    };
    model.panes.evidence.days = *days;
    model.panes.evidence.survey.again();
    look(model)
}

/// Lets the user choose a form in which the lines are put into a file.
pub fn export(model: &mut Model) {
    let (name, sheet) = match model.overlays.last() {
        Some(Overlay::Impact(shown)) => ("impact", impact::sheet(shown)),
        Some(Overlay::Hygiene(shown)) => ("hygiene", hygiene::sheet(shown)),
        _ => ("readiness", readiness::sheet(model)),
    };
    let wide = name == "readiness" && model.panes.evidence.survey.on;
    let perimeter = if wide { "all" } else { model.shown().map_or("", |id| id.name()) };
    let at = local(model.now).strftime("%Y%m%d-%H%M%S");
    let file = |form: &str| format!("{name}-{perimeter}-{at}.{form}");
    let files = vec![(file("csv"), sheet.csv()), (file("jsonl"), sheet.json_lines())];
    let rows = sheet.rows.len();
    let choices = vec![
        Choice::new("CSV", format!("{rows} rows, comma-separated, with a line of heads")),
        Choice::new("JSON lines", format!("{rows} rows, one object on each line")),
    ];
    model.overlays.push(Overlay::Picker(Picker::new("Export as", Purpose::Export(files), choices)));
}

/// A key of the report.
pub fn command(model: &mut Model, command: Command, page: usize) -> Vec<Effect> {
    match command {
        Command::Refresh => return read_again(model),
        Command::Left => return turn_window(model, false),
        Command::Right => return turn_window(model, true),
        Command::ShowFailure => {
            super::overlay::show_failures(model);
            return Vec::new();
        }
        _ => {}
    }
    let study = model.panes.evidence.study.clone();
    let Some(Overlay::Impact(shown)) = model.overlays.last_mut() else { return Vec::new() };
    match command {
        Command::Back => {
            model.overlays.pop();
        }
        Command::GroupBy => {
            shown.by = shown.by.next();
            shown.list.unmark();
            impact::fill(shown, study.as_deref());
        }
        Command::Export => export(model),
        Command::NewRule => return super::plan::from_lines(model, false),
        Command::Plan => return super::plan::from_lines(model, true),
        Command::Mark => shown.list.mark(),
        Command::UnmarkAll => shown.list.unmark(),
        Command::Copy => {
            let label = format!("impact on {}", shown.name);
            return vec![Effect::Copy { text: impact::plain(shown), label }];
        }
        _ => shown.list.go(command, page),
    }
    Vec::new()
}
