//! What a change of where the access log goes means, in plain words.

use super::super::super::data::Data;
use super::super::super::logging::{blind, membership_warning, settings};
use crate::domain::logging::setting_owner;
use crate::domain::{ArmId, LoggingChange, SettingContent};

/// What the change means, in sentences.
pub fn words(change: &LoggingChange, data: &Data) -> Vec<String> {
    match change {
        LoggingChange::AddSetting { id, content } => {
            let mut out = vec![
                "Sends log rows from now on; the first arrive after 3 to 15 minutes. Nothing changes for traffic. \
                 Destinations cost by volume."
                    .to_owned(),
            ];
            out.extend(inside(id, content, data));
            out.extend(blind(content));
            out.push("To get back: delete it.".to_owned());
            out
        }
        LoggingChange::EditSetting { before, content } => {
            let mut out = vec!["What it no longer sends is not recorded there from then on.".to_owned()];
            out.extend(inside(&before.id, content, data));
            out.extend(blind(content));
            out.push("To get back: edit it again; the old values stay in the activity tab.".to_owned());
            out
        }
        LoggingChange::DeleteSetting { before } => {
            let owner = setting_owner(&before.id);
            let all = owner.as_ref().map_or(&[][..], |owner| settings(data, owner));
            let others = all.iter().filter(|s| s.id != before.id && s.content.workspace.is_some()).count();
            let mut out = Vec::new();
            if before.content.workspace.is_some() && others == 0 {
                out.push(
                    "No other setting sends to a workspace: who is denied, or would be, is NOT RECORDED from then on."
                        .to_owned(),
                );
            }
            out.push("Rows that have arrived stay where they are. Nothing changes for traffic.".to_owned());
            out.push("To get back: make it again; its values stay in the activity tab.".to_owned());
            out
        }
        LoggingChange::Configure { .. } => vec![
            "Diagnostic settings send those of their categories that are on here.".to_owned(),
            "To get back: edit it again.".to_owned(),
        ],
        LoggingChange::Unconfigure { .. } => {
            vec!["Diagnostic settings send every category that they name.".to_owned()]
        }
    }
}

fn inside(setting: &ArmId, content: &SettingContent, data: &Data) -> Vec<String> {
    let Some(owner) = setting_owner(setting) else { return Vec::new() };
    let all = content.destinations();
    all.into_iter()
        .filter_map(|(_, id)| membership_warning(id, &owner, data))
        .map(|t| format!("{t}."))
        .collect()
}
