//! Message dispatch and nothing else: each arm is one call.

use super::Model;
use super::Waiting;
use super::commands;
use super::effect::Effect;
use super::guards;
use super::msg::{Msg, Payload, SignIn, Slot, TailEvent, TailSpec, Ticket, Timer};
use super::room;
use super::rows;
use super::scopes;
use super::toast::Tone;
use super::wants;
use super::writes;
use crate::domain::Failure;

/// Changes the model by one fact and says what is to be done.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => commands::key(model, key),
        Msg::Paste(text) => commands::paste(model, &text),
        Msg::Mouse(kind, x, y) => commands::mouse(model, kind, x, y),
        Msg::Resize(width, height) => resize(model, width, height),
        Msg::Tick(now) => tick(model, now),
        Msg::Drained => drained(model),
        Msg::Due(timer) => due(model, timer),
        Msg::Page { slot, ticket, payload, failures } => page(model, &slot, ticket, payload, failures),
        Msg::Reply { slot, ticket, result } => reply(model, &slot, ticket, result),
        Msg::Retrying { reason, until } => retrying(model, Waiting { reason, until }),
        Msg::Quota(reads, writes) => quota(model, reads, writes),
        Msg::Progress(ticket, step) => writes::progress(model, ticket, step),
        Msg::Finished(ticket, outcome) => writes::finished(model, ticket, outcome),
        Msg::Tail(spec, event) => tail(model, &spec, event),
        Msg::SignIn(state) => sign_in(model, state),
        Msg::Switched(to, session) => scopes::switched(model, *to, session),
        Msg::Notice(result) => notice(model, result),
        Msg::Guarded(news) => guards::report(model, *news),
        Msg::PendingGuards(found) => guards::pending(model, found),
        Msg::Unfinished(entries) => writes::unfinished(model, entries),
        Msg::Room(kept) => room::kept(model, *kept),
    }
}

fn resize(model: &mut Model, width: u16, height: u16) -> Vec<Effect> {
    model.size = (width, height);
    rows::show_cursors(model);
    Vec::new()
}

fn tick(model: &mut Model, now: jiff::Timestamp) -> Vec<Effect> {
    model.now = now;
    model.data.now = now;
    if model.status.waiting.as_ref().is_some_and(|w| w.until <= now) {
        model.status.waiting = None;
    }
    Vec::new()
}

fn drained(model: &mut Model) -> Vec<Effect> {
    rows::rebuild(model);
    rows::show_cursors(model);
    commands::copy_when_read(model);
    wants::missing(model)
}

fn due(model: &mut Model, timer: Timer) -> Vec<Effect> {
    match timer {
        Timer::Dwell => {
            rows::follow_cursor(model);
            Vec::new()
        }
        Timer::Toast => {
            model.toasts.clear();
            Vec::new()
        }
        // Asking on without a token would sign in again and again, each time with a new device code.
        Timer::RefreshPerimeters | Timer::RefreshShown | Timer::RefreshBoard if needs_sign_in(model) => {
            Vec::new()
        }
        // The frame after this message shows the time that is left now.
        Timer::CountDown => guards::tick(model),
        Timer::RefreshPerimeters => wants::refresh_perimeters(model),
        Timer::RefreshShown => wants::refresh_shown(model),
        Timer::RefreshBoard => wants::refresh_board(model),
    }
}

fn needs_sign_in(model: &Model) -> bool {
    match model.status.sign_in {
        Some(SignIn::Failed(_) | SignIn::DeviceCode { .. }) => true,
        Some(SignIn::Trying(_) | SignIn::Done { .. }) | None => false,
    }
}

fn page(
    model: &mut Model,
    slot: &Slot,
    ticket: Ticket,
    payload: Payload,
    failures: Vec<Failure>,
) -> Vec<Effect> {
    if model.data.extend(slot, ticket, payload, failures) {
        rows::changed(model, slot);
    }
    Vec::new()
}

fn reply(
    model: &mut Model,
    slot: &Slot,
    ticket: Ticket,
    result: Result<Option<Payload>, Failure>,
) -> Vec<Effect> {
    if model.data.settle(slot, ticket, result, model.now) {
        rows::changed(model, slot);
    }
    Vec::new()
}

fn retrying(model: &mut Model, waiting: Waiting) -> Vec<Effect> {
    model.status.waiting = Some(waiting);
    Vec::new()
}

fn quota(model: &mut Model, reads: Option<u32>, writes: Option<u32>) -> Vec<Effect> {
    let (old_reads, old_writes) = model.status.quota;
    model.status.quota = (reads.or(old_reads), writes.or(old_writes));
    Vec::new()
}

fn tail(model: &mut Model, spec: &TailSpec, event: TailEvent) -> Vec<Effect> {
    if model.panes.log.spec.as_ref() != Some(spec) {
        return Vec::new();
    }
    match event {
        TailEvent::Rows { rows: new, status } => {
            model.panes.log.extend(&new, status);
            model.status.dirty.log |= !new.is_empty();
        }
        TailEvent::Failed(failure) => model.panes.log.failure = Some(failure),
    }
    Vec::new()
}

fn sign_in(model: &mut Model, state: SignIn) -> Vec<Effect> {
    let effects = match &state {
        SignIn::Done { .. } => wants::refused(model),
        SignIn::Trying(_) | SignIn::DeviceCode { .. } | SignIn::Failed(_) => Vec::new(),
    };
    commands::renew_sign_in(model, &state);
    match &state {
        SignIn::DeviceCode { code, url, .. } => {
            model.toasts.push(Tone::Info, format!("sign in: type {code} at {url} (i shows it, y copies it)"));
            commands::show_sign_in(model, &state);
        }
        SignIn::Failed(failure) => model.toasts.push(Tone::Bad, format!("{} (w tells why)", failure.title)),
        SignIn::Trying(_) | SignIn::Done { .. } => {}
    }
    if let SignIn::Done { .. } = &state {
        commands::close_sign_in(model);
    }
    model.status.sign_in = Some(state);
    effects
}

fn notice(model: &mut Model, result: Result<String, Failure>) -> Vec<Effect> {
    match result {
        Ok(text) => model.toasts.push(Tone::Good, text),
        Err(failure) => model.toasts.push(Tone::Bad, format!("{}: {}", failure.title, failure.detail)),
    }
    Vec::new()
}
