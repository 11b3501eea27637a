//! Why a row of the table cannot run now: one function for each reason, `None` when it can.

use super::super::Model;
use super::super::coverage;
use super::super::overlays::Overlay;

pub(super) fn undo_reason(model: &Model) -> Option<String> {
    let here = |job: &super::super::jobs::Job| job.is_done() && model.jobs.is_of_this_session(job);
    let none = !model.jobs.all().iter().any(here);
    none.then(|| "nothing was written that could be taken back".to_owned())
}

/// Why a resource cannot be written to now.
pub(in super::super) fn in_flight(model: &Model, id: &crate::domain::ArmId) -> Option<String> {
    if model.status.guards.over(id).is_some() {
        return Some("a guarded switch watches over it (V: keep it, or put it back)".to_owned());
    }
    model.jobs.in_flight(id).map(|_| "another write to this resource is in flight".to_owned())
}

pub(super) fn named_reason(model: &Model) -> Option<String> {
    let named = matches!(
        model.overlays.last(),
        Some(Overlay::Confirm(c)) if c.wants_name() && c.guarding.is_none()
    );
    named.then(|| "the answer is the name".to_owned())
}

pub(super) fn mode_reason(model: &Model) -> Option<String> {
    let Some(association) = model.panes.resources.selected() else {
        return Some("no resource is selected".into());
    };
    in_flight(model, &association.id)
}

pub(super) fn believed_reason(model: &Model) -> Option<String> {
    model.panes.resources.selected().is_none().then(|| "no resource is selected".to_owned())
}

pub(super) fn rule_reason(model: &Model) -> Option<String> {
    let Some(rule) = model.panes.rules.selected() else { return Some("no access rule is selected".into()) };
    in_flight(model, &rule.id)
}

pub(super) fn row_reason(model: &Model) -> Option<String> {
    model.panes.log.selected().is_none().then(|| "no row is selected".to_owned())
}

pub(super) fn line_reason(model: &Model) -> Option<String> {
    let Some(Overlay::Impact(shown)) = model.overlays.last() else { return None };
    let traffic = shown.list.items().iter().any(|item| item.key.is_traffic());
    (!traffic).then(|| "there is no traffic to make a rule of".to_owned())
}

pub(super) fn finding_reason(model: &Model) -> Option<String> {
    let Some(Overlay::Hygiene(shown)) = model.overlays.last() else { return None };
    shown.list.items().is_empty().then(|| "there is no finding".to_owned())
}

pub(super) fn probe_reason(model: &Model) -> Option<String> {
    let Some(association) = model.panes.resources.selected() else {
        return Some("no resource is selected".into());
    };
    let kind =
        association.resource.as_ref().and_then(crate::domain::ArmId::resource_type).unwrap_or_default();
    crate::domain::probe::DataPlane::of(&kind)
        .is_none()
        .then(|| format!("no harmless read is known for {kind}"))
}

pub(super) fn shown_reason(model: &Model) -> Option<String> {
    model.shown().is_none().then(|| "no perimeter is selected".to_owned())
}

pub(super) fn uncovered_reason(model: &Model) -> Option<String> {
    if coverage::perimeters(&model.data).next().is_none() {
        return Some("there is no perimeter in scope yet (p, n makes one)".to_owned());
    }
    model.panes.coverage.selected().is_none().then(|| "no resource is selected".to_owned())
}

pub(super) fn perimeter_reason(model: &Model) -> Option<String> {
    let Some(perimeter) = model.panes.perimeters.selected() else {
        return Some("no perimeter is selected".to_owned());
    };
    in_flight(model, &perimeter.id)
}

pub(super) fn profile_reason(model: &Model) -> Option<String> {
    let Some(profile) = model.panes.profiles.selected() else {
        return Some("no profile is selected".to_owned());
    };
    in_flight(model, &profile.id)
}

pub(super) fn link_reason(model: &Model) -> Option<String> {
    let Some(link) = model.panes.links.selected() else { return Some("no link is selected".to_owned()) };
    in_flight(model, link.id())
}

pub(super) fn kind_reason(model: &Model) -> Option<String> {
    let has_kinds = matches!(model.overlays.last(), Some(super::super::overlays::Overlay::Form(_)));
    (!has_kinds).then(|| "only the form of access rules has kinds".to_owned())
}

pub(super) fn new_rule_reason(model: &Model) -> Option<String> {
    model.panes.profiles.rows().is_empty().then(|| "the perimeter has no profile yet".to_owned())
}

pub(super) fn edit_reason(model: &Model) -> Option<String> {
    let Some(rule) = model.panes.rules.selected() else { return Some("no access rule is selected".into()) };
    rule.read_only_reason().map(str::to_owned).or_else(|| in_flight(model, &rule.id))
}

pub(super) fn delete_reason(model: &Model) -> Option<String> {
    let Some(rule) = model.panes.rules.selected() else { return Some("no access rule is selected".into()) };
    let linked = rule.content.values(crate::domain::SourceKind::Perimeter);
    if !linked.is_empty() {
        return Some("this rule comes from a link".into());
    }
    in_flight(model, &rule.id)
}

pub(super) fn acknowledge_reason(model: &Model) -> Option<String> {
    model.status.unfinished.is_empty().then(|| "no write of an earlier run has an unknown outcome".to_owned())
}

pub(super) fn sort_reason(model: &Model) -> Option<String> {
    let list = model.panes.list(model.focus.pane, model.focus.tab)?;
    list.sort_columns().is_empty().then(|| "the access log stays in order of arrival".to_owned())
}

pub(super) fn open_reason(model: &Model) -> Option<String> {
    let list = model.panes.list(model.focus.pane, model.focus.tab)?;
    list.is_empty().then(|| "there is nothing to open here".to_owned())
}

pub(super) fn mark_reason(model: &Model) -> Option<String> {
    let list = model.panes.list(model.focus.pane, model.focus.tab)?;
    (!list.can_mark()).then(|| "rows of the access log cannot be marked".to_owned())
}

pub(super) fn copy_text_reason(model: &Model) -> Option<String> {
    let Some(Overlay::Text(text)) = model.overlays.last() else { return None };
    text.copy.is_none().then(|| "there is nothing to copy in this text".to_owned())
}

pub(super) fn failure_reason(model: &Model) -> Option<String> {
    model.failures().is_empty().then(|| "nothing failed".to_owned())
}
