//! The change that takes a change back. It is guarded like any other: sent only while what was
//! written is still what the service has.

use super::{AccessMode, Change, LoggingChange, New, Written};

impl Change {
    /// The change that restores what was there, `after` being what was read back when this one was
    /// done (`None` after a delete).
    ///
    /// # Errors
    /// Why there is none, in words for the user.
    pub fn inverse(&self, after: Option<&Written>) -> Result<Self, String> {
        match (self, after) {
            (Self::Logging(change), after) => change.inverse(after).map(Self::from),
            (Self::CreateRule { .. } | Self::Create(_), Some(now)) => Ok(now.clone().deletion()),
            (Self::EditRule { before, .. }, Some(Written::Rule(now))) => {
                Ok(Self::EditRule { before: now.clone(), content: before.content.clone() })
            }
            (Self::SetMode { before, .. }, Some(Written::Association(now))) => match &before.mode {
                AccessMode::Learning | AccessMode::Enforced => {
                    Ok(Self::SetMode { before: now.clone(), mode: before.mode.clone() })
                }
                AccessMode::Audit | AccessMode::Unknown(_) => {
                    Err(format!("the mode before was {}, which cannot be set from here", before.mode.label()))
                }
            },
            (Self::MoveToProfile { before, .. }, Some(Written::Association(now))) => match &before.profile {
                Some(profile) => Ok(Self::MoveToProfile { before: now.clone(), profile: profile.clone() }),
                None => Err("the profile before is not known".to_owned()),
            },
            (Self::SetTags { before, .. }, Some(Written::Perimeter(now))) => {
                Ok(Self::SetTags { before: now.clone(), tags: before.tags.clone() })
            }
            (Self::Delete { before, .. }, None) => restored(before),
            (Self::Register(_), _) => {
                Err("a registration is not taken back: other things may rest on it".to_owned())
            }
            (Self::Reconcile(_), _) => Err("reconciling changed nothing that could be taken back".to_owned()),
            (Self::Resource(change), after) => {
                change.inverse(after).map(|change| Self::Resource(Box::new(change)))
            }
            (
                Self::CreateRule { .. }
                | Self::Create(_)
                | Self::EditRule { .. }
                | Self::SetMode { .. }
                | Self::MoveToProfile { .. }
                | Self::SetTags { .. }
                | Self::Delete { .. },
                _,
            ) => Err("what was written is not known".to_owned()),
        }
    }
}

/// What makes a deleted thing again.
fn restored(before: &Written) -> Result<Change, String> {
    match before {
        Written::Rule(rule) => Ok(Change::CreateRule { id: rule.id.clone(), content: rule.content.clone() }),
        Written::Association(association) => match (&association.resource, &association.profile) {
            (Some(resource), Some(profile)) => Ok(Change::Create(New::Association {
                id: association.id.clone(),
                resource: resource.clone(),
                profile: profile.clone(),
            })),
            _ => Err("its resource or profile is not known".to_owned()),
        },
        Written::Profile(_) => Err("the access rules of a deleted profile are gone with it".to_owned()),
        Written::Perimeter(_) => Err("a deleted perimeter has lost all that was in it".to_owned()),
        Written::Link(link) => match &link.remote {
            Some(remote) => Ok(Change::Create(New::Link {
                id: link.id.clone(),
                remote: remote.clone(),
                local_inbound: link.local_inbound.clone(),
                remote_inbound: link.remote_inbound.clone(),
            })),
            None => Err("the other perimeter is not known".to_owned()),
        },
        Written::Setting(setting) => {
            let (id, content) = (setting.id.clone(), setting.content.clone());
            Ok(LoggingChange::AddSetting { id, content }.into())
        }
        Written::Logging(now) => {
            let (id, categories) = (now.id.clone(), now.categories.clone());
            Ok(LoggingChange::Configure { id, before: None, categories }.into())
        }
        Written::LinkReference(_) => Err("only the other side's link makes a reference".to_owned()),
        Written::Resource(_) | Written::Role(_) => Err("this program does not make it".to_owned()),
    }
}
