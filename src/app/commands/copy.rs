//! What can be copied of the selected row, and the link to the portal.

use super::super::Model;
use super::super::details;
use super::super::effect::Effect;
use super::super::overlays::{Choice, Overlay, Picker, Purpose};
use super::super::panes::detail::Subject;
use super::super::toast::Tone;
use crate::domain::ArmId;

/// The ARM id of what is selected.
fn selected_id(model: &Model) -> Option<ArmId> {
    match model.subject()? {
        Subject::Perimeter(id)
        | Subject::Profile(id)
        | Subject::Rule(id)
        | Subject::Link(id)
        | Subject::Uncovered(id) => Some(id),
        Subject::Logging(id) => Some(id),
        Subject::Evidence(id) => model.panes.resources.find(&id).and_then(|a| a.resource.clone()),
        Subject::Check(_) => super::super::checks::subject(model).and_then(|a| a.resource.clone()),
        Subject::Association(id) => {
            let resource = model.panes.resources.find(&id).and_then(|a| a.resource.clone());
            Some(resource.unwrap_or(id))
        }
        Subject::Job(ticket) => model.panes.activity.find(&ticket).map(|j| j.change.target().clone()),
        Subject::LogRow(key) => {
            let row = model.panes.log.row(key)?;
            ArmId::parse(row.text(crate::domain::log::LogColumn::ServiceResourceId)).ok()
        }
    }
}

/// Lets the user choose what to copy.
pub fn choose(model: &mut Model) {
    // What is copied is what the cursor stands on, also while the detail pane still lags behind it.
    super::rows::follow_cursor(model);
    let mut texts: Vec<(String, String)> = Vec::new();
    if let Some(id) = selected_id(model) {
        texts.push(("name".into(), id.name().to_owned()));
        texts.push(("id".into(), id.as_str().to_owned()));
    }
    // The detail pane has no rows of its own: those of the list it speaks about.
    if let Some(list) = model.panes.list(model.focus.subject, model.focus.tab) {
        let text = list.copy_text(&model.data);
        if !text.is_empty() {
            let label =
                if list.marked() > 0 { format!("{} marked rows", list.marked()) } else { "row".to_owned() };
            texts.push((label, text));
        }
    }
    if let Some(body) = details::raw_body(model) {
        texts.push(("JSON".into(), body.json().to_owned()));
    }
    if texts.is_empty() {
        model.toasts.push(Tone::Info, "nothing is selected to copy");
        return;
    }
    let preview = |text: &str| text.chars().take(60).collect::<String>().replace(['\n', '\t'], " ");
    let choices = texts
        .iter()
        .map(|(label, text)| Choice::new(label.as_str(), crate::domain::text::clean(&preview(text))))
        .collect();
    model.overlays.push(Overlay::Picker(Picker::new("Copy", Purpose::Copy(texts), choices)));
}

/// The portal's address of what is selected goes to the clipboard: over SSH there is no browser to open.
pub fn portal(model: &mut Model) -> Vec<Effect> {
    let Some(id) = selected_id(model) else {
        model.toasts.push(Tone::Info, "nothing is selected");
        return Vec::new();
    };
    let text = format!("{}/#resource{}", model.session.portal, id.as_str());
    vec![Effect::Copy { text, label: format!("portal link to {}", id.name()) }]
}
