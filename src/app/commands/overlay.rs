//! Keys, pastes and commands for the topmost overlay, and what follows from its answers.

use super::super::bindings::{self, Group};
use super::super::command::Command;
use super::super::details;
use super::super::effect::Effect;
use super::super::keys::Key;
use super::super::list::SortBy;
use super::super::msg::SignIn;
use super::super::overlays::help::Line;
use super::super::overlays::{Answer, Overlay, Purpose, TextBox};
use super::super::temporaries;
use super::super::toast::Tone;
use super::super::{Model, writes};
use super::{change, copy_rules, join, resource};
use crate::domain::{Change, Failure, Written};

/// Title of the sign-in box, by which it is found again.
const SIGN_IN: &str = "Sign-in";

/// Rows that an overlay shows, for paging: the screen without its frame.
fn page(model: &Model) -> usize {
    usize::from(model.size.1.saturating_sub(6)).max(1)
}

/// A key that is no command.
pub fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let Model { overlays, data, .. } = model;
    let answer = match overlays.last_mut() {
        Some(Overlay::Join(_)) => return join::typed(model, key),
        Some(Overlay::Sheet(s)) => s.key(key, data),
        Some(Overlay::Palette(p)) => p.key(key),
        Some(Overlay::Picker(p)) => p.key(key),
        Some(Overlay::Confirm(c)) => c.key(key),
        Some(Overlay::Form(f)) => f.key(key, data),
        Some(Overlay::WhatIf(w)) => w.key(key, data),
        Some(Overlay::Scope(s)) => {
            s.key(key);
            Answer::Stay
        }
        Some(
            Overlay::Text(_)
            | Overlay::Board(_)
            | Overlay::Probe(_)
            | Overlay::Believed(_)
            | Overlay::Impact(_)
            | Overlay::Plan(_)
            | Overlay::Hygiene(_)
            | Overlay::Guard(_),
        )
        | None => Answer::Stay,
    };
    super::answered(model, answer)
}

/// Pasted text.
pub fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    let Model { overlays, data, .. } = model;
    let answer = match overlays.last_mut() {
        Some(Overlay::Join(_)) => return join::pasted(model, text),
        Some(Overlay::Sheet(s)) => s.paste(text, data),
        Some(Overlay::Palette(p)) => p.paste(text),
        Some(Overlay::Picker(p)) => p.paste(text),
        Some(Overlay::Confirm(c)) => c.paste(text),
        Some(Overlay::Form(f)) => f.paste(text, data),
        Some(Overlay::WhatIf(w)) => w.paste(text, data),
        Some(Overlay::Scope(s)) => {
            s.paste(text);
            Answer::Stay
        }
        Some(
            Overlay::Text(_)
            | Overlay::Board(_)
            | Overlay::Probe(_)
            | Overlay::Believed(_)
            | Overlay::Impact(_)
            | Overlay::Plan(_)
            | Overlay::Hygiene(_)
            | Overlay::Guard(_),
        )
        | None => Answer::Stay,
    };
    super::answered(model, answer)
}

/// A command of the overlay's scope.
pub fn command(model: &mut Model, command: Command) -> Vec<Effect> {
    if command == Command::QuitNow {
        return vec![Effect::Quit];
    }
    if let Some(Overlay::Board(_)) = model.overlays.last() {
        return super::board::command(model, command);
    }
    let page = page(model);
    if command == Command::Impact {
        return super::impact::open(model);
    }
    if let Some(Overlay::Impact(_)) = model.overlays.last() {
        return super::impact::command(model, command, page / 2);
    }
    if let Some(Overlay::Plan(_)) = model.overlays.last() {
        return super::plan::command(model, command, page);
    }
    if let Some(Overlay::Hygiene(_)) = model.overlays.last() {
        return super::hygiene::command(model, command, page / 2);
    }
    if let Some(Overlay::Probe(shown)) = model.overlays.last().cloned() {
        return super::probe::command(model, &shown, command, page);
    }
    if let Some(Overlay::Believed(shown)) = model.overlays.last().cloned() {
        return super::believed::command(model, &shown, command, page);
    }
    if let Some(Overlay::Guard(_)) = model.overlays.last() {
        return super::guards::command(model, command, page);
    }
    if let Some(Overlay::Scope(shown)) = model.overlays.last().cloned() {
        return super::scope::command(model, &shown, command, page);
    }
    let Model { overlays, data, .. } = model;
    let answer = match overlays.last_mut() {
        Some(Overlay::Join(_)) => return join::command(model, command),
        Some(Overlay::WhatIf(_)) => return super::what_if::command(model, command, page),
        Some(Overlay::Sheet(s)) => s.command(command, data),
        Some(Overlay::Text(t)) if command == Command::Copy => {
            return t.copy.clone().map(|(text, label)| Effect::Copy { text, label }).into_iter().collect();
        }
        Some(Overlay::Text(t)) => t.command(command, page),
        Some(Overlay::Palette(p)) => p.command(command, page),
        Some(Overlay::Picker(p)) => p.command(command, page),
        Some(Overlay::Confirm(c)) => c.command(command, page),
        Some(Overlay::Form(f)) => f.command(command, data),
        Some(
            Overlay::Board(_)
            | Overlay::Probe(_)
            | Overlay::Believed(_)
            | Overlay::Impact(_)
            | Overlay::Plan(_)
            | Overlay::Hygiene(_)
            | Overlay::Scope(_)
            | Overlay::Guard(_),
        )
        | None => Answer::Stay,
    };
    super::answered(model, answer)
}

/// The topmost overlay was given up; a question that came from a form gives way to it.
pub fn closed(model: &mut Model) {
    if let Some(Overlay::Confirm(confirm)) = model.overlays.pop()
        && let Some(form) = confirm.form
    {
        model.overlays.push(*form);
    }
}

/// What was chosen from a list.
pub fn picked(model: &mut Model, purpose: Purpose, choice: usize) -> Vec<Effect> {
    match purpose {
        Purpose::Sort => sort(model, choice),
        Purpose::Copy(texts) => {
            return texts
                .into_iter()
                .nth(choice)
                .map(|(label, text)| Effect::Copy { text, label })
                .into_iter()
                .collect();
        }
        Purpose::Mode(association, modes) => {
            if let Some(mode) = modes.into_iter().nth(choice) {
                writes::propose(model, Change::SetMode { before: *association, mode }, None);
            }
        }
        Purpose::CopyRules(target, sources) => {
            if let Some(source) = sources.into_iter().nth(choice) {
                return copy_rules::chosen(model, target, source);
            }
        }
        Purpose::Access(before, mode, words) => {
            if let Some(access) = words.into_iter().nth(choice) {
                resource::set_access(model, *before, mode, access);
            }
        }
        Purpose::ModeOfMarked(chosen) => change::set_marked(model, chosen, choice),
        Purpose::ProfileForRule(ids, temporary) => {
            if let Some(profile) = ids.into_iter().nth(choice) {
                change::new_rule_in(model, profile, temporary);
            }
        }
        Purpose::Lifetime(profile) => temporaries::chosen(model, profile, choice),
        Purpose::Conflict(change, now) => writes::decided(model, &change, now.as_deref(), choice),
        Purpose::DeletePerimeter(perimeter) => {
            let before = Box::new(Written::Perimeter(*perimeter));
            writes::propose(model, Change::Delete { before, force: choice == 1 }, None);
        }
        Purpose::Step => {}
        Purpose::AllowAddress(profile, addresses) => {
            if let Some(address) = addresses.into_iter().nth(choice) {
                super::probe::form(model, profile, address);
            }
        }
        Purpose::Suggestion(association, all) => {
            if let Some(one) = all.into_iter().nth(choice) {
                super::believed::take(model, &association, one);
            }
        }
        Purpose::LogSource(sources) => super::logging::chosen(model, sources.into_iter().nth(choice)),
        Purpose::Room(what) => return super::room::picked(model, what, choice),
        Purpose::PathPerimeter(all) => return super::board::perimeter_picked(model, &all, choice),
        Purpose::Export(files) => {
            return files
                .into_iter()
                .nth(choice)
                .map(|(name, text)| Effect::Save { name, text })
                .into_iter()
                .collect();
        }
        Purpose::ForgetSwitch(id) => {
            if choice == 1 {
                return vec![Effect::Guard(crate::app::guards::Order::Forget(id))];
            }
        }
        Purpose::Leave => {
            if choice == 1 {
                return vec![Effect::Quit];
            }
        }
    }
    Vec::new()
}

fn sort(model: &mut Model, choice: usize) {
    let (pane, open_tab) = (model.focus.pane, model.focus.tab);
    let page = model.page(pane);
    let Some(list) = model.panes.list_mut(pane, open_tab) else { return };
    let sort = choice.checked_sub(1).and_then(|column| match list.sort().filter(|s| s.column == column) {
        Some(SortBy { descending: true, .. }) => None,
        Some(SortBy { descending: false, .. }) => Some(SortBy { column, descending: true }),
        None => Some(SortBy { column, descending: false }),
    });
    list.set_sort(sort, &model.data);
    list.show_cursor(page);
}

/// All keys of this place.
pub fn show_help(model: &mut Model) {
    let scope = model.focus.scope();
    let rows = bindings::rows(&model.keymap, scope);
    let mut lines = Vec::new();
    for group in [Group::Change, Group::View, Group::Move, Group::Program] {
        let here: Vec<_> = rows.iter().filter(|b| b.group == group).collect();
        if here.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::Gap);
        }
        lines.push(Line::Head(group.label().to_owned()));
        for binding in here {
            lines.push(Line::Key {
                keys: model.keymap.keys(binding),
                text: binding.help.to_owned(),
                disabled: binding.disabled(model).unwrap_or_default(),
            });
        }
    }
    super::show(model, TextBox::new(format!("Keys: {}", scope.label()), lines));
}

/// Why the last reads and writes failed.
pub fn show_failures(model: &mut Model) {
    let failures = model.failures();
    let copy: String = failures.iter().map(|(what, failure)| plain(what, failure)).collect();
    let mut lines = Vec::new();
    for (what, failure) in causes(failures) {
        if !lines.is_empty() {
            lines.push(Line::Gap);
        }
        lines.push(Line::Head(what.join(", ")));
        lines.extend(details::failure_lines(&failure));
    }
    let mut text = TextBox::new("What failed", lines);
    text.copy = Some((copy, "what failed".to_owned()));
    super::show(model, text);
}

/// What failed for the same reason is told together: one outage must not hide another.
fn causes(failures: Vec<(String, Failure)>) -> Vec<(Vec<String>, Failure)> {
    let mut out: Vec<(Vec<String>, Failure)> = Vec::new();
    for (what, failure) in failures {
        let same = |(_, other): &&mut (Vec<String>, Failure)| {
            (other.kind, &other.detail, &other.hint) == (failure.kind, &failure.detail, &failure.hint)
        };
        match out.iter_mut().find(same) {
            Some((all, _)) if all.contains(&what) => {}
            Some((all, _)) => all.push(what),
            None => out.push((vec![what], failure)),
        }
    }
    out
}

fn plain(what: &str, failure: &Failure) -> String {
    format!("{what}: {}\n{}\n{}\n{}\n", failure.title, failure.detail, failure.hint, failure.evidence())
}

/// Where signing in stands; a failed one is tried again.
pub fn sign_in(model: &mut Model) -> Vec<Effect> {
    let Some(state) = model.status.sign_in.clone() else {
        model.toasts.push(Tone::Info, "nobody has asked for a sign-in yet");
        return Vec::new();
    };
    show_sign_in(model, &state);
    match state {
        SignIn::Failed(_) => {
            model.toasts.push(Tone::Info, "signing in again");
            vec![Effect::SignIn]
        }
        SignIn::Trying(_) | SignIn::DeviceCode { .. } | SignIn::Done { .. } => Vec::new(),
    }
}

/// Shows where signing in stands, once.
pub fn show_sign_in(model: &mut Model, state: &SignIn) {
    close_sign_in(model);
    writes::beneath(model, Overlay::Text(sign_in_box(state)));
}

fn sign_in_box(state: &SignIn) -> TextBox {
    let mut text = TextBox::new(SIGN_IN, super::sign_in_lines(state));
    if let SignIn::DeviceCode { code, .. } = state {
        text.copy = Some((code.clone(), "device code".to_owned()));
        text.lines.push(Line::Gap);
        text.lines.push(Line::Text("y copies the code; this box closes by itself.".into()));
    }
    text
}

/// The sign-in box, when it is open, says where signing in stands now.
pub fn renew_sign_in(model: &mut Model, state: &SignIn) {
    for overlay in &mut model.overlays {
        if let Overlay::Text(text) = overlay
            && text.title == SIGN_IN
        {
            *text = sign_in_box(state);
        }
    }
}

/// The sign-in box goes when it has nothing more to say.
pub fn close_sign_in(model: &mut Model) {
    model.overlays.retain(|o| !matches!(o, Overlay::Text(t) if t.title == SIGN_IN));
}
