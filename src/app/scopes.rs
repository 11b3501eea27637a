//! Which cloud, tenant and subscriptions are shown, and what happens when that changes: everything that
//! was read is dropped, so that no row of the old scope is ever seen under the name of the new one.

use super::data::Data;
use super::effect::Effect;
use super::focus::Focus;
use super::msg::NewSession;
use super::panes::Panes;
use super::toast::Tone;
use super::{Dirty, Model, rows};
use crate::domain::Failure;
use crate::domain::scope::{KeptScopes, Selection};

/// What is shown, and what else there is to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// What is shown.
    pub now: Selection,
    /// Names of the clouds that can be chosen.
    pub clouds: Vec<String>,
    /// Favourite and recent scopes.
    pub kept: KeptScopes,
}

/// Asks for another scope, unless that would leave a write behind.
pub fn choose(model: &mut Model, to: Selection) -> Vec<Effect> {
    let now = &model.status.scopes.now;
    if to == *now {
        model.toasts.push(Tone::Info, format!("{} is shown already", to.label()));
        return Vec::new();
    }
    let writing = model.jobs.running();
    if to.place != now.place && writing > 0 {
        let text = format!(
            "not switched: {writing} write(s) in flight belong to this session; wait until they have ended (5)"
        );
        model.toasts.push(Tone::Bad, text);
        return Vec::new();
    }
    vec![Effect::Switch(Box::new(to))]
}

/// Another scope is shown from here on, or why not.
pub fn switched(
    model: &mut Model,
    to: Selection,
    session: Result<Option<NewSession>, Failure>,
) -> Vec<Effect> {
    let session = match session {
        Ok(session) => session,
        Err(failure) => {
            let text = format!("not switched to {}: {}", to.label(), failure.detail);
            model.toasts.push(Tone::Bad, text);
            return Vec::new();
        }
    };
    model.data = Data::default();
    // Columns and filters are the user's, not the scope's.
    let kept = std::mem::take(&mut model.panes.room.kept);
    model.panes = Panes::default();
    model.panes.room.kept = kept;
    model.overlays.clear();
    model.focus = Focus::default();
    let status = &mut model.status;
    status.resting = false;
    status.round += 1;
    status.wanted = None;
    status.copying = None;
    status.dirty = Dirty { perimeters: true, shown: true, log: true };
    let mut said = format!("showing {}", to.label());
    if let Some(session) = session {
        status.sign_in = None;
        status.quota = (None, None);
        status.waiting = None;
        if std::mem::take(&mut status.writable) {
            said.push_str(", read-only (! allows writes)");
        }
        model.jobs.begin_session(&session.label);
        (model.session.label, model.session.portal) = (session.label, session.portal);
    }
    let scopes = &mut model.status.scopes;
    // The way back, too.
    scopes.kept.shown(&scopes.now);
    scopes.kept.shown(&to);
    scopes.now = to;
    model.toasts.push(Tone::Good, said);
    rows::rebuild_activity(model);
    vec![keep(model)]
}

/// Keeps favourite and recent scopes.
pub fn keep(model: &Model) -> Effect {
    Effect::KeepScopes(Box::new(model.status.scopes.kept.clone()))
}
