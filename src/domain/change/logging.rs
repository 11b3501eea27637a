//! Changes to where an access log goes: diagnostic settings and the logging configuration.

use super::super::logging::{categories_text, setting_fields};
use super::super::{ArmId, DiagnosticSetting, Kind, LoggingConfiguration, RawBody, SettingContent, Written};
use super::{Change, Danger, FieldChange};

/// A change to where the access log of a perimeter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggingChange {
    /// A diagnostic setting that must not exist yet.
    AddSetting {
        /// Its id.
        id: ArmId,
        /// What it will say.
        content: SettingContent,
    },
    /// Replace what a diagnostic setting says.
    EditSetting {
        /// As the user saw it.
        before: DiagnosticSetting,
        /// What it will say.
        content: SettingContent,
    },
    /// Delete a diagnostic setting.
    DeleteSetting {
        /// As the user saw it.
        before: DiagnosticSetting,
    },
    /// Make or change the logging configuration.
    Configure {
        /// Its id.
        id: ArmId,
        /// As the user saw it; none when there was none.
        before: Option<LoggingConfiguration>,
        /// The categories that will be on.
        categories: Vec<String>,
    },
    /// Delete the logging configuration.
    Unconfigure {
        /// As the user saw it.
        before: LoggingConfiguration,
    },
}

impl LoggingChange {
    /// The resource that is written to.
    pub fn target(&self) -> &ArmId {
        match self {
            Self::AddSetting { id, .. } | Self::Configure { id, .. } => id,
            Self::EditSetting { before, .. } | Self::DeleteSetting { before } => &before.id,
            Self::Unconfigure { before } => &before.id,
        }
    }

    /// What kind of thing it writes to.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AddSetting { .. } | Self::EditSetting { .. } | Self::DeleteSetting { .. } => {
                Kind::DiagnosticSetting
            }
            Self::Configure { .. } | Self::Unconfigure { .. } => Kind::LoggingConfiguration,
        }
    }

    /// What it is, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::AddSetting { id, .. } => format!("Create diagnostic setting {}", id.name()),
            Self::EditSetting { before, .. } => format!("Change diagnostic setting {}", before.name),
            Self::DeleteSetting { before } => format!("Delete diagnostic setting {}", before.name),
            Self::Configure { id, before, .. } => {
                let verb = if before.is_some() { "Change" } else { "Create" };
                format!("{verb} the logging configuration of {}", owner(id))
            }
            Self::Unconfigure { before } => {
                format!("Delete the logging configuration of {}", owner(&before.id))
            }
        }
    }

    /// The target as the user saw it; `None` for something new.
    pub fn before(&self) -> Option<&RawBody> {
        match self {
            Self::AddSetting { .. } => None,
            Self::EditSetting { before, .. } | Self::DeleteSetting { before } => Some(&before.raw),
            Self::Configure { before, .. } => before.as_ref().map(|b| &b.raw),
            Self::Unconfigure { before } => Some(&before.raw),
        }
    }

    /// How much care it asks for. Nothing here touches traffic; what may get lost is evidence.
    pub fn danger(&self) -> Danger {
        match self {
            Self::AddSetting { .. } => Danger::Low,
            Self::EditSetting { .. } | Self::Configure { .. } | Self::Unconfigure { .. } => Danger::Medium,
            Self::DeleteSetting { .. } => Danger::High,
        }
    }

    /// The name that the user would type to confirm it.
    pub fn confirm_name(&self) -> &str {
        match self {
            Self::EditSetting { before, .. } | Self::DeleteSetting { before } => &before.name,
            Self::AddSetting { .. } | Self::Configure { .. } | Self::Unconfigure { .. } => {
                self.target().name()
            }
        }
    }

    /// Before and after, field by field; fields that stay are left out.
    pub fn fields(&self) -> Vec<FieldChange> {
        match self {
            Self::AddSetting { content, .. } => setting_fields(None, Some(content)),
            Self::EditSetting { before, content } => setting_fields(Some(&before.content), Some(content)),
            Self::DeleteSetting { before } => setting_fields(Some(&before.content), None),
            Self::Configure { before, categories, .. } => {
                let was = before.as_ref().map_or(&[][..], |b| &b.categories);
                vec![FieldChange::new("log categories", categories_text(was), categories_text(categories))]
            }
            Self::Unconfigure { before } => {
                vec![FieldChange::new("log categories", categories_text(&before.categories), "")]
            }
        }
    }

    /// The change that takes this one back; see [`Change::inverse`].
    pub(in crate::domain) fn inverse(&self, after: Option<&Written>) -> Result<Self, String> {
        Ok(match (self, after) {
            (Self::AddSetting { .. }, Some(Written::Setting(now))) => {
                Self::DeleteSetting { before: now.clone() }
            }
            (Self::EditSetting { before, .. }, Some(Written::Setting(now))) => {
                Self::EditSetting { before: now.clone(), content: before.content.clone() }
            }
            (Self::DeleteSetting { before }, None) => {
                Self::AddSetting { id: before.id.clone(), content: before.content.clone() }
            }
            (Self::Configure { before: Some(before), id, .. }, Some(Written::Logging(now))) => {
                let categories = before.categories.clone();
                Self::Configure { id: id.clone(), before: Some(now.clone()), categories }
            }
            (Self::Configure { before: None, .. }, Some(Written::Logging(now))) => {
                Self::Unconfigure { before: now.clone() }
            }
            (Self::Unconfigure { before }, None) => {
                let categories = before.categories.clone();
                Self::Configure { id: before.id.clone(), before: None, categories }
            }
            (
                Self::AddSetting { .. }
                | Self::EditSetting { .. }
                | Self::DeleteSetting { .. }
                | Self::Configure { .. }
                | Self::Unconfigure { .. },
                _,
            ) => return Err("what was written is not known".to_owned()),
        })
    }

    /// The same intention on the service's copy; see [`Change::rebased`].
    pub(in crate::domain) fn rebased(&self, now: Option<&Written>) -> Option<Self> {
        Some(match (self, now) {
            (
                Self::AddSetting { content, .. } | Self::EditSetting { content, .. },
                Some(Written::Setting(now)),
            ) => Self::EditSetting { before: now.clone(), content: content.clone() },
            (Self::EditSetting { before, content }, None) => {
                Self::AddSetting { id: before.id.clone(), content: content.clone() }
            }
            (Self::AddSetting { .. }, None) => self.clone(),
            (Self::DeleteSetting { .. }, Some(Written::Setting(now))) => {
                Self::DeleteSetting { before: now.clone() }
            }
            (Self::Configure { id, categories, .. }, None) => {
                Self::Configure { id: id.clone(), before: None, categories: categories.clone() }
            }
            (Self::Configure { id, categories, .. }, Some(Written::Logging(now))) => {
                Self::Configure { id: id.clone(), before: Some(now.clone()), categories: categories.clone() }
            }
            (Self::Unconfigure { .. }, Some(Written::Logging(now))) => {
                Self::Unconfigure { before: now.clone() }
            }
            (
                Self::AddSetting { .. }
                | Self::EditSetting { .. }
                | Self::DeleteSetting { .. }
                | Self::Configure { .. }
                | Self::Unconfigure { .. },
                _,
            ) => return None,
        })
    }
}

impl From<LoggingChange> for Change {
    fn from(change: LoggingChange) -> Self {
        Self::Logging(Box::new(change))
    }
}

/// Name of the perimeter that a logging configuration belongs to.
fn owner(id: &ArmId) -> String {
    id.parent().map_or_else(String::new, |perimeter| perimeter.name().to_owned())
}
