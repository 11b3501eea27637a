//! Writes: from the confirmed change to what the user is told about how it ended.

use std::sync::Arc;

use super::Model;
use super::believed;
use super::data::Data;
use super::effect::Effect;
use super::focus::Tab;
use super::guards;
use super::jobs::{Batch, Ended, Job, JobState};
use super::logging;
use super::msg::{Slot, Ticket, Topic, UnfinishedWrite};
use super::overlays::help::Line;
use super::overlays::{Choice, Confirm, Form, Overlay, Picker, Purpose};
use super::path;
use super::rows;
use super::toast::Tone;
use super::wants;
use crate::domain::{
    ArmId, Change, Failure, FailureKind, FieldChange, Kind, OtherSide, Outcome, Pace, Proposal, Step, Written,
};

/// Shows a change, or several that are decided on together, and asks.
pub fn propose(model: &mut Model, proposal: impl Into<Proposal>, form: Option<Box<Overlay>>) {
    let mut confirm = Confirm::new(proposal.into(), model);
    confirm.form = form;
    model.overlays.push(Overlay::Confirm(confirm));
}

/// Why what was confirmed cannot be sent now; the question stays open then.
pub fn refusal(model: &Model, proposal: &Proposal) -> Option<String> {
    if !model.status.writable {
        return Some("read-only: nothing was sent; press ! to unlock".to_owned());
    }
    let mut targets = proposal.changes().map(Change::target);
    let guarded = proposal.changes().map(Change::target);
    if let Some(target) = guarded.into_iter().find(|target| model.status.guards.over(target).is_some()) {
        return Some(format!("not sent: a guarded switch watches over {} (V)", target.name()));
    }
    let busy = targets.find(|target| model.jobs.in_flight(target).is_some());
    busy.map(|target| format!("not sent: another write to {} is in flight", target.name()))
}

/// Sends what was confirmed.
pub fn send(model: &mut Model, proposal: Proposal, form: Option<Box<Overlay>>) -> Vec<Effect> {
    let first = model.ticket();
    let title = proposal.title().to_owned();
    let together = proposal.count() > 1;
    let batch = together.then(|| Arc::new(Batch { first, title: title.clone(), pace: proposal.pace() }));
    for (i, change) in proposal.into_changes().enumerate() {
        let ticket = if i == 0 { first } else { model.ticket() };
        if let Err(reason) = model.jobs.enter(ticket, change, batch.clone(), model.now) {
            model.toasts.push(Tone::Bad, format!("not sent: {reason}"));
        }
    }
    model.jobs.keep_form(first, form);
    model.toasts.push(Tone::Info, format!("{title}: on its way (5 shows the activity)"));
    rows::rebuild_activity(model);
    let effects = go_on(model);
    rows::rebuild_activity(model);
    effects
}

/// Sends what waits for its turn and has it.
fn go_on(model: &mut Model) -> Vec<Effect> {
    let next = model.jobs.release().into_iter();
    next.map(|(ticket, change)| Effect::Write { ticket, change: Box::new(change) }).collect()
}

/// A write has come this far.
pub fn progress(model: &mut Model, ticket: Ticket, step: Step) -> Vec<Effect> {
    if model.jobs.progress(ticket, step) {
        rows::rebuild_activity(model);
    }
    Vec::new()
}

/// A write ended.
pub fn finished(model: &mut Model, ticket: Ticket, outcome: Outcome) -> Vec<Effect> {
    let Some(Ended { change, form, batch }) = model.jobs.finish(ticket, outcome.clone(), model.now) else {
        return Vec::new();
    };
    if let Some(batch) = batch {
        return one_of_many(model, &batch, &change, form, outcome);
    }
    rows::rebuild_activity(model);
    let title = change.title();
    match outcome {
        Outcome::Done { after } => {
            path::made(model, &change);
            let how = change.already(after.as_ref()).unwrap_or(change.done_words());
            let heard = model.jobs.all().iter().find(|j| j.ticket == ticket).and_then(|j| j.heard.as_ref());
            let text = match heard {
                Some(side) => format!("{title}: {how}; the resource itself {}", side.words()),
                None => format!("{title}: {how}"),
            };
            model.toasts.push(Tone::Good, text);
        }
        Outcome::Changed { fields, now } => {
            model.toasts.push(Tone::Bad, format!("{title}: not sent, it is not what you saw any more"));
            conflict(model, change.clone(), &fields, now);
        }
        Outcome::Failed(failure) => failed(model, &change, form, failure),
        Outcome::Unknown(failure) => {
            let text = format!("OUTCOME UNKNOWN: {title}, {} (w tells more)", failure.detail);
            model.toasts.push(Tone::Bad, text);
        }
    }
    stale(&change, &model.data).into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// One of several that were confirmed together ended: the next ones go, the last one tells how it went.
fn one_of_many(
    model: &mut Model,
    batch: &Batch,
    change: &Change,
    form: Option<Box<Overlay>>,
    outcome: Outcome,
) -> Vec<Effect> {
    let mut effects = go_on(model);
    rows::rebuild_activity(model);
    if let Outcome::Failed(failure) = outcome {
        failed(model, change, form, failure);
    }
    let tally = model.jobs.tally(batch);
    if tally.open > 0 {
        return effects;
    }
    let tone = if tally.is_good() { Tone::Good } else { Tone::Bad };
    let silent = |job: &&Job| job.heard.as_ref().is_some_and(|side| *side != OtherSide::Agrees);
    let unconfirmed = match model.jobs.of(batch).filter(silent).count() {
        0 => String::new(),
        n => format!(", {n} not confirmed by the resource itself"),
    };
    let text = format!("{}: {}{unconfirmed} (5 shows each)", batch.title, tally.words());
    model.toasts.push(tone, text);
    let mut slots: Vec<Slot> = model.jobs.of(batch).flat_map(|job| stale(&job.change, &model.data)).collect();
    slots.sort();
    slots.dedup();
    effects.extend(slots.into_iter().flat_map(|slot| wants::ask(model, slot)));
    effects
}

/// Proposes what takes back the write that is selected in the activity, else the newest one that was
/// done; what was confirmed together is taken back together, last first.
pub fn undo(model: &mut Model) {
    let selected = model.panes.activity.selected().filter(|_| model.focus.tab == Tab::Activity);
    let newest = || model.jobs.all().iter().find(|j| j.is_done() && model.jobs.is_of_this_session(j));
    let Some(job) = selected.map(AsRef::as_ref).or_else(newest) else { return };
    if !model.jobs.is_of_this_session(job) {
        let text = format!("this was written in another session ({}): go there to undo it (S)", job.session);
        return model.toasts.push(Tone::Bad, text);
    }
    if model.status.guards.over(job.change.target()).is_some() {
        let text = "a guarded switch watches over it: B puts the old mode back";
        model.toasts.push(Tone::Bad, text.to_owned());
        return guards::show(model);
    }
    let together: Vec<&Job> = match &job.batch {
        Some(batch) => model.jobs.of(batch).collect(),
        None => vec![job],
    };
    let title = job.batch.as_ref().map_or_else(|| job.change.title(), |b| b.title.clone());
    let mut changes = Vec::new();
    let mut left = Vec::new();
    for job in together {
        let JobState::Ended { outcome: Outcome::Done { after }, .. } = &job.state else { continue };
        match job.change.inverse(after.as_ref()) {
            Ok(change) => changes.push(change),
            Err(reason) => left.push(format!("{}: {reason}", job.change.title())),
        }
    }
    let title = format!("Undo: {title}");
    let proposal = Proposal::new("", changes, Pace::OneByOne).map(|p| p.titled(title));
    match (proposal, left.first()) {
        (Some(proposal), None) => propose(model, proposal, None),
        (Some(proposal), Some(reason)) => {
            let text = format!("not all of it can be taken back: {reason}");
            model.toasts.push(Tone::Bad, text);
            propose(model, proposal, None);
        }
        (None, Some(reason)) => model.toasts.push(Tone::Bad, format!("cannot be undone: {reason}")),
        (None, None) => model.toasts.push(Tone::Bad, "nothing of it was done".to_owned()),
    }
}

/// The form comes back with everything in it; other changes are told about.
fn failed(model: &mut Model, change: &Change, form: Option<Box<Overlay>>, failure: Failure) {
    // A failure of the request names what it was about, one of the journal does not.
    let text = if failure.title.contains(change.target().name()) {
        format!("{} (w tells why)", failure.title)
    } else {
        format!("{}: {} (w tells why)", change.title(), failure.title)
    };
    model.toasts.push(Tone::Bad, text);
    if failure.kind == FailureKind::Auth {
        return;
    }
    let again = match form.map(|form| *form) {
        Some(Overlay::Sheet(sheet)) => Some(Overlay::Sheet(Box::new(sheet.again(failure)))),
        Some(Overlay::Join(join)) => Some(Overlay::Join(Box::new(join.again(failure)))),
        _ => Form::again(change, failure, &model.data).map(|form| Overlay::Form(Box::new(form))),
    };
    if let Some(again) = again {
        beneath(model, again);
    }
}

/// Shows an overlay that the user did not ask for: beneath those in which something is being typed.
pub fn beneath(model: &mut Model, overlay: Overlay) {
    // A board lies beneath whatever else there is.
    let board = |o: &Overlay| matches!(o, Overlay::Board(_));
    let place = model.overlays.iter().rposition(board).map_or(0, |at| at + 1);
    model.overlays.insert(place, overlay);
}

/// The slots that a change makes stale.
fn stale(change: &Change, data: &Data) -> Vec<Slot> {
    let target = change.target();
    let parent = target.parent();
    let slots = match change.kind() {
        Kind::Registration => vec![Some(Slot::About(Topic::Registration, target.as_str().into()))],
        Kind::Rule => {
            let perimeter = parent.as_ref().and_then(ArmId::parent);
            let believed = perimeter.iter().flat_map(|id| believed::stale(id, data)).map(Some);
            believed.chain([parent.map(Slot::Rules), perimeter.clone().map(Slot::Profiles)]).collect()
        }
        Kind::Association => {
            let believed = parent.iter().flat_map(|id| believed::stale(id, data)).map(Some);
            believed.chain([parent.clone().map(Slot::Associations)]).collect()
        }
        Kind::Profile => vec![parent.map(Slot::Profiles)],
        Kind::Resource => vec![Some(Slot::Resource(target.clone()))],
        Kind::RoleAssignment => {
            let grant = if let Change::Resource(change) = change { change.grant() } else { None };
            vec![grant.map(|g| Slot::roles(&g.scope, &g.principal))]
        }
        Kind::Link => vec![parent.map(Slot::Links)],
        Kind::LinkReference => vec![parent.map(Slot::LinkReferences)],
        Kind::DiagnosticSetting | Kind::LoggingConfiguration => return logging::stale(target, data),
        Kind::Perimeter => {
            let guid = target.subscription().unwrap_or_default();
            let listed = data.perimeters.keys().find(|key| key.eq_ignore_ascii_case(guid));
            vec![listed.cloned().map(Slot::Perimeters)]
        }
    };
    slots.into_iter().flatten().collect()
}

/// The target is no longer what the user saw: shows the difference and lets the user decide.
fn conflict(model: &mut Model, change: Change, fields: &[FieldChange], now: Option<Written>) {
    let gone = now.is_none();
    let mut intro = vec![Line::Strong(if gone {
        format!("{} was not sent: {} is gone.", change.title(), change.target().name())
    } else {
        format!("{} was not sent: someone changed it since you saw it.", change.title())
    })];
    intro.extend(fields.iter().map(|f| {
        let dash = |s: &str| if s.is_empty() { "\u{2013}".to_owned() } else { s.to_owned() };
        Line::Field(f.field.clone(), format!("{} \u{2192} {}", dash(&f.before), dash(&f.after)))
    }));
    let mut choices = vec![Choice::new("Leave it as it is now", "nothing is sent")];
    if let Some(again) = change.rebased(now.as_ref()) {
        choices.push(Choice::new("Write my change over it", format!("shows first: {}", again.title())));
    }
    if !gone && matches!(change, Change::CreateRule { .. } | Change::EditRule { .. }) {
        choices.push(Choice::new("Edit again", "starting from what is there now"));
    }
    let purpose = Purpose::Conflict(Box::new(change), now.map(Box::new));
    beneath(model, Overlay::Picker(Picker::new("It has changed", purpose, choices).intro(intro)));
}

/// What the user decided about a conflict.
pub fn decided(model: &mut Model, change: &Change, now: Option<&Written>, choice: usize) {
    let again = change.rebased(now);
    match (choice, again) {
        (1, Some(again)) => propose(model, again, None),
        (2, Some(Change::EditRule { before, .. })) => match Form::edit(before, &model.data) {
            Ok(form) => model.overlays.push(Overlay::Form(Box::new(form))),
            Err(reason) => model.toasts.push(Tone::Bad, reason),
        },
        _ => {}
    }
}

/// Writes of an earlier run whose outcome is not known are said to be so.
pub fn unfinished(model: &mut Model, entries: Vec<UnfinishedWrite>) -> Vec<Effect> {
    if let Some(first) = entries.first() {
        let more = if entries.len() > 1 { format!(" and {} more", entries.len() - 1) } else { String::new() };
        let text = format!("outcome unknown from an earlier run: {}{more} (5 shows, a forgets)", first.title);
        model.toasts.push(Tone::Bad, text);
    }
    model.status.unfinished = entries;
    Vec::new()
}
