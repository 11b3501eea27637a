//! Keys and commands while resources are put into a perimeter: choosing, step by step, up to the
//! question that is asked first. Nothing is sent from here.

use std::sync::Arc;

use super::super::Model;
use super::super::columns::Candidate;
use super::super::command::Command;
use super::super::coverage;
use super::super::data::Data;
use super::super::effect::Effect;
use super::super::input::Field;
use super::super::keys::Key;
use super::super::msg::{Offer, Slot};
use super::super::overlays::join::{self, Join, Stage};
use super::super::overlays::{Answer, Overlay};
use super::super::panes::{AnyList, FilterInput};
use super::super::toast::Tone;
use super::super::{wants, writes};
use crate::domain::{Associable, Perimeter};

/// What the resources on the screen themselves must be asked.
pub fn doubts(model: &Model) -> Vec<Slot> {
    let shown = model.panes.candidates.window(page(model));
    coverage::doubts(shown.map(|(it, _)| &it.0.id), &model.data)
}

/// Rows of candidates on the screen: what remains beside its frame, title, heads and the bars.
fn page(model: &Model) -> usize {
    usize::from(model.size.1.saturating_sub(6)).max(1)
}

fn top(model: &mut Model) -> Option<&mut Join> {
    match model.overlays.last_mut() {
        Some(Overlay::Join(join)) => Some(join),
        _ => None,
    }
}

/// Begins with the resources that are chosen in the coverage, or with the perimeter shown.
pub fn start(model: &mut Model, command: Command) -> Vec<Effect> {
    if command == Command::AssociateChosen {
        open_chosen(model);
        return Vec::new();
    }
    open(model)
}

/// Asks which resources are to join the perimeter shown; what there is is read anew when it is old.
fn open(model: &mut Model) -> Vec<Effect> {
    let panes = &model.panes;
    let shown = panes.shown.as_ref().and_then(|id| panes.perimeters.find(id)).cloned();
    let Some(perimeter) = shown else { return Vec::new() };
    model.overlays.push(Overlay::Join(Box::new(Join::into_perimeter(perimeter))));
    // An empty filter is never wrong.
    let _ = model.panes.candidates.set_filter("", &model.data);
    model.panes.candidates.unmark_all();
    model.panes.candidates.begin();
    refresh(model);
    if !coverage::is_stale(&model.data, model.now) {
        return Vec::new();
    }
    coverage::slots(&model.data, true).into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// Asks which perimeter the marked resources of the coverage are to join, else the selected one.
fn open_chosen(model: &mut Model) {
    let chosen: Vec<Arc<Associable>> = model.panes.coverage.chosen().into_iter().cloned().collect();
    if chosen.is_empty() {
        return;
    }
    let join = Join::of(chosen, &model.data);
    model.overlays.push(Overlay::Join(Box::new(join)));
}

/// Asks for the profile in which one resource is to join a perimeter.
pub fn into(model: &mut Model, it: Arc<Associable>, perimeter: Arc<Perimeter>) {
    let mut join = Join::of(vec![it], &model.data);
    join.perimeter = Some(perimeter);
    // With one profile nothing is chosen here: who gives the question up is back where it came from.
    if let Some([one]) = join.profiles(&model.data)
        && let Some(proposal) = join.proposal(&one.id, &model.data)
    {
        return writes::propose(model, proposal, None);
    }
    model.overlays.push(Overlay::Join(Box::new(join)));
    to_profile(model);
}

/// What there is to choose from follows what was read.
pub fn refresh(model: &mut Model) {
    let page = page(model);
    let Model { overlays, data, panes, .. } = model;
    let Some(Overlay::Join(join)) = overlays.last_mut() else { return };
    match &join.stage {
        // Their order follows once all perimeters have told; what is in one is drawn as soon as it is known.
        Stage::Resources
            if !panes.candidates.rows().is_empty()
                && data.coverage.inventory().awaited().is_none()
                && data.coverage.members.reading().awaited().is_some() => {}
        Stage::Resources => {
            let rows = candidates(join, data);
            panes.candidates.set_rows(rows, page, data);
            if coverage::is_complete(data) {
                panes.candidates.hold_rows();
            }
        }
        Stage::Profile(picker) if picker.awaits() => {
            if let Some([_]) = join.profiles(data) {
                // Who gives the question up is not to land here again.
                join.step_back(data);
                return propose(model, 0);
            }
            join.ask_profile(data);
        }
        Stage::Perimeter(_) | Stage::Profile(_) => {}
    }
}

/// Everything that a perimeter's region takes, also what is in a perimeter already.
fn candidates(join: &Join, data: &Data) -> Vec<Arc<Candidate>> {
    let place = join.perimeter.as_ref().map(|p| coverage::types_of(p)).unwrap_or_default();
    let types = data.offer(Offer::Types, &place);
    let taken = |it: &Associable| {
        let kind = it.id.resource_type().unwrap_or_default();
        types.is_none_or(|types| types.iter().any(|t| t.eq_ignore_ascii_case(&kind)))
    };
    // What can be chosen comes first.
    let mut rows: Vec<&Arc<Associable>> = data.coverage.inventory().rows().iter().collect();
    rows.retain(|it| taken(it));
    let member = |it: &&Arc<Associable>| coverage::perimeter_of(&it.id, data).is_some();
    rows.sort_by_cached_key(|it| (member(it), coverage::place_of(it, data)));
    rows.into_iter().map(|it| Arc::new(Candidate(Arc::clone(it)))).collect()
}

/// A key that is no command.
pub fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(join) = top(model) else { return Vec::new() };
    if let Some(picker) = join.picker_mut() {
        picker.key(key);
    } else if join.typing.as_mut().is_some_and(|input| input.field.key(key)) {
        apply_filter(model);
    }
    Vec::new()
}

/// Pasted text.
pub fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(join) = top(model) else { return Vec::new() };
    if let Some(picker) = join.picker_mut() {
        picker.paste(text);
    } else if let Some(input) = &mut join.typing {
        input.field.paste(text);
        apply_filter(model);
    }
    Vec::new()
}

/// A command of one of its scopes.
pub fn command(model: &mut Model, command: Command) -> Vec<Effect> {
    let rows = page(model);
    let Some(join) = top(model) else { return Vec::new() };
    if let Some(picker) = join.picker_mut() {
        match picker.command(command, rows) {
            Answer::Close => back(model),
            Answer::Picked(_, choice) => picked(model, choice),
            Answer::Stay
            | Answer::Run(_)
            | Answer::Confirmed(_)
            | Answer::Guarded(_)
            | Answer::Propose(_) => {}
        }
        return Vec::new();
    }
    if join.typing.is_some() {
        typing(model, command);
        return Vec::new();
    }
    let list = &mut model.panes.candidates;
    match command {
        Command::Up
        | Command::Down
        | Command::PageUp
        | Command::PageDown
        | Command::HalfUp
        | Command::HalfDown
        | Command::Top
        | Command::Bottom => drop(list.go(command, rows)),
        Command::Mark => mark(model),
        Command::UnmarkAll => drop(list.unmark_all()),
        Command::Filter => {
            let before = list.filter_text().to_owned();
            if let Some(join) = top(model) {
                join.typing = Some(FilterInput { field: Field::new(&before), before, error: None });
            }
        }
        Command::Refresh => {
            let slots = coverage::slots(&model.data, true);
            return slots.into_iter().flat_map(|slot| wants::ask(model, slot)).collect();
        }
        Command::Back => back(model),
        Command::Accept => choose(model),
        _ => {}
    }
    Vec::new()
}

/// One step back; from the first one it closes.
fn back(model: &mut Model) {
    // An empty filter is never wrong.
    let filtered = !model.panes.candidates.filter_text().is_empty();
    let Model { overlays, data, panes, .. } = model;
    let Some(Overlay::Join(join)) = overlays.last_mut() else { return };
    match (&join.stage, join.given) {
        (Stage::Resources, _) if filtered => drop(panes.candidates.set_filter("", data)),
        (Stage::Resources | Stage::Perimeter(_), _) => drop(overlays.pop()),
        (Stage::Profile(_), _) => join.step_back(data),
    }
}

/// Commands while a filter is typed.
fn typing(model: &mut Model, command: Command) {
    let rows = page(model);
    match command {
        Command::Up | Command::Down => drop(model.panes.candidates.go(command, rows)),
        Command::Accept => {
            if let Some(join) = top(model)
                && join.typing.as_ref().is_some_and(|input| input.error.is_none())
            {
                join.typing = None;
            }
        }
        Command::Back => {
            let before = top(model).and_then(|join| join.typing.take()).map(|input| input.before);
            // What was there before was accepted before.
            let _ = model.panes.candidates.set_filter(&before.unwrap_or_default(), &model.data);
        }
        _ => {}
    }
}

fn apply_filter(model: &mut Model) {
    let rows = page(model);
    let Model { overlays, data, panes, .. } = model;
    let Some(Overlay::Join(join)) = overlays.last_mut() else { return };
    if let Some(input) = &mut join.typing {
        let result = panes.candidates.set_filter(input.field.text(), data);
        input.error = result.err().map(|e| e.to_string());
        panes.candidates.show_cursor(rows);
    }
}

/// Why a resource cannot be chosen.
fn member_reason(it: &Candidate, data: &Data) -> Option<String> {
    let perimeter = coverage::perimeter_of(&it.0.id, data)?;
    Some(format!("{} is in perimeter {perimeter} already", it.0.id.name()))
}

fn mark(model: &mut Model) {
    let rows = page(model);
    let selected = model.panes.candidates.selected();
    let reason = selected.and_then(|it| member_reason(it, &model.data));
    if let Some(reason) = reason {
        return model.toasts.push(Tone::Info, format!("{reason}: a resource can be in one only"));
    }
    model.panes.candidates.toggle_mark();
    model.panes.candidates.move_by(1, rows);
}

/// Takes the marked candidates, else the selected one, and goes on.
fn choose(model: &mut Model) {
    let all = model.panes.candidates.chosen();
    let reasons: Vec<String> = all.iter().filter_map(|it| member_reason(it, &model.data)).collect();
    let free = all.iter().filter(|it| member_reason(it, &model.data).is_none());
    let chosen: Vec<Arc<Associable>> = free.map(|it| Arc::clone(&it.0)).collect();
    if let Some(reason) = reasons.first() {
        let left = if chosen.is_empty() { "a resource can be in one only" } else { "it is left out" };
        model.toasts.push(Tone::Info, format!("{reason}: {left}"));
    }
    if chosen.is_empty() {
        return;
    }
    let Some(join) = top(model) else { return };
    join.chosen = chosen;
    to_profile(model);
}

/// Asks for the profile; where there is but one, goes on with it.
fn to_profile(model: &mut Model) {
    let Model { overlays, data, .. } = model;
    let Some(Overlay::Join(join)) = overlays.last_mut() else { return };
    if let Some([_]) = join.profiles(data) {
        return propose(model, 0);
    }
    join.ask_profile(data);
}

/// What was picked from a list of few.
fn picked(model: &mut Model, choice: usize) {
    let Model { overlays, data, toasts, .. } = model;
    let Some(Overlay::Join(join)) = overlays.last_mut() else { return };
    match &join.stage {
        Stage::Resources => {}
        Stage::Profile(_) => propose(model, choice),
        Stage::Perimeter(_) => {
            let Some(perimeter) = coverage::perimeters(data).nth(choice).cloned() else { return };
            if let Some(reason) = join::not_taken(&join.chosen, &perimeter, data) {
                return toasts.push(Tone::Bad, reason);
            }
            join.perimeter = Some(perimeter);
            to_profile(model);
        }
    }
}

/// Shows what would be written, and asks; this comes back if that is given up.
fn propose(model: &mut Model, choice: usize) {
    let Some(Overlay::Join(join)) = model.overlays.last() else { return };
    let profile = join.profiles(&model.data).and_then(|all| all.get(choice)).map(|p| p.id.clone());
    let proposal = profile.and_then(|profile| join.proposal(&profile, &model.data));
    let Some(proposal) = proposal else { return };
    let form = model.overlays.pop().map(Box::new);
    writes::propose(model, proposal, form);
}
