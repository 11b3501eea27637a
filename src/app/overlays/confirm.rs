//! The question before a write: what changes, what that means, how to get back. It owns its change.

use super::super::Model;
use super::super::command::Command;
use super::super::data::Data;
use super::super::digest::at_stake;
use super::super::input::Field;
use super::super::keys::Key;
use super::Answer;
use super::form::Form;
use crate::domain::matrix::{WayBack, effect, way_back};
use crate::domain::{AccessMode, Association, Change, Danger, FieldChange, PublicAccess};

/// A question before a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// What is asked about; the very value that will be sent.
    pub change: Box<Change>,
    /// Before → after.
    pub fields: Vec<FieldChange>,
    /// The effect in plain words.
    pub effect: Vec<String>,
    /// The name to be typed, for a dangerous change.
    pub typed: Field,
    /// The cursor is on yes; no is the default.
    pub yes: bool,
    /// The form to go back to when this is given up.
    pub form: Option<Box<Form>>,
}

impl Confirm {
    /// The question about a change.
    pub fn new(change: Box<Change>, model: &Model) -> Self {
        let fields = change.fields();
        let effect = effect_words(&change, model);
        Self { change, fields, effect, typed: Field::default(), yes: false, form: None }
    }

    /// The name must be typed.
    pub fn wants_name(&self) -> bool {
        self.change.danger() == Danger::High
    }

    /// What was typed is the name.
    pub fn name_matches(&self) -> bool {
        self.typed.text() == self.change.confirm_name()
    }

    /// A key that is no command: typing the name.
    pub fn key(&mut self, key: Key) -> Answer {
        if self.wants_name() {
            self.typed.key(key);
        }
        Answer::Stay
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        if self.wants_name() {
            self.typed.paste(text);
        }
        Answer::Stay
    }

    /// Runs a command of the confirm scope.
    pub fn command(&mut self, command: Command) -> Answer {
        match command {
            Command::Back => Answer::Close,
            Command::NextField | Command::PrevField | Command::Left | Command::Right
                if !self.wants_name() =>
            {
                self.yes = !self.yes;
                Answer::Stay
            }
            Command::Accept if self.wants_name() => {
                if self.name_matches() {
                    Answer::Confirmed(self.change.clone())
                } else {
                    Answer::Stay
                }
            }
            Command::Accept if self.yes => Answer::Confirmed(self.change.clone()),
            Command::Accept => Answer::Close,
            _ => Answer::Stay,
        }
    }
}

/// What a change means, in sentences.
fn effect_words(change: &Change, model: &Model) -> Vec<String> {
    match change {
        Change::CreateRule { content, .. } => vec![format!(
            "Adds {} {} element{} that the profile's resources allow. Takes effect within minutes.",
            content.elements(),
            content.direction.wire().to_ascii_lowercase(),
            if content.elements() == 1 { "" } else { "s" },
        )],
        Change::EditRule { .. } => vec![
            "Replaces what the rule allows. Traffic that only the old values allowed is denied where the mode is \
             Enforced."
                .to_owned(),
            "To get back: edit the rule again; the old values stay in the activity tab and the journal.".to_owned(),
        ],
        Change::DeleteRule { .. } => vec![
            "Traffic that only this rule allows is denied where the mode is Enforced.".to_owned(),
            "To get back: create the rule again; its values stay in the activity tab and the journal.".to_owned(),
        ],
        Change::SetMode { before, mode } => {
            let mut out = mode_words(before, mode, &model.data);
            if *mode == AccessMode::Enforced {
                out.insert(0, stake_words(before, model));
            }
            out
        }
    }
}

/// What the log knows of callers that enforcing would cut off; never a promise from missing rows.
fn stake_words(before: &Association, model: &Model) -> String {
    match before.resource.as_ref().and_then(|id| at_stake(model, id)) {
        None => "The access log shows nothing: who would be denied is not known.".to_owned(),
        Some((0, _, rows)) => {
            format!(
                "In the last {rows} log rows nobody would have been denied; what was not logged is not known."
            )
        }
        Some((callers, calls, rows)) => {
            let s = if callers == 1 { "" } else { "s" };
            format!(
                "WOULD DENY {callers} caller{s} or destination{s} ({calls} calls in the last {rows} log rows)."
            )
        }
    }
}

fn mode_words(before: &Association, mode: &AccessMode, data: &Data) -> Vec<String> {
    let remote = before.resource.as_ref().and_then(|id| data.resource(id)).and_then(|r| r.value());
    let access = remote.and_then(|r| r.public_access.as_ref());
    let mut out = Vec::new();
    let Some(access) = access else {
        out.push(
            "publicNetworkAccess of the resource is not known, so the effect cannot be computed.".to_owned(),
        );
        if *mode == AccessMode::Enforced {
            out.push("Whether going back to Transition (Learning) restores access is not known.".to_owned());
        }
        return out;
    };
    let (was, will) = (effect(Some(&before.mode), access), effect(Some(mode), access));
    out.push(format!("publicNetworkAccess is {}.", access.wire()));
    for (direction, was, will) in
        [("inbound", was.inbound, will.inbound), ("outbound", was.outbound, will.outbound)]
    {
        out.push(if was == will {
            format!("{direction}: stays {}", was.label())
        } else {
            format!("{direction}: {} \u{2192} {}", was.label(), will.label())
        });
    }
    if was == will {
        out.push("This changes nothing about what is allowed.".to_owned());
    }
    if *mode == AccessMode::Enforced {
        out.push(way_back_words(access).to_owned());
        out.push("Private endpoint traffic is not affected. Trusted-service bypass ends.".to_owned());
    }
    out
}

fn way_back_words(access: &PublicAccess) -> &'static str {
    match way_back(access) {
        WayBack::Full => {
            "To get back: set Transition (Learning) again; that restores the resource firewall's say."
        }
        WayBack::OutboundOnly => {
            "Going back to Transition restores outbound traffic only: inbound is closed by publicNetworkAccess Disabled."
        }
        WayBack::None => {
            "Going back to Transition restores NOTHING: with SecuredByPerimeter only the perimeter's rules count in both modes."
        }
        WayBack::Unknown => "Whether going back to Transition (Learning) restores access is not known.",
    }
}
