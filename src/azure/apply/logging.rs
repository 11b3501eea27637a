//! Writes of diagnostic settings and of the logging configuration: check, send once, read back.

use super::super::client::{ArmClient, Body};
use super::super::error::ArmError;
use super::super::wire;
use super::guarded::Guarded;
use super::{OnStep, ReadBack, Refusal};
use crate::domain::logging::{categories_text, setting_fields};
use crate::domain::{DiagnosticSetting, FieldChange, LoggingChange, LoggingConfiguration, RawBody, Written};

/// A change of where a log goes that has been checked: what is left to do is to send it.
pub(super) enum Ready {
    /// A PUT of a diagnostic setting.
    Setting(Body),
    /// A PUT of the logging configuration.
    Configuration(Body),
    /// A DELETE.
    Gone,
}

impl ArmClient {
    /// The target must be as the user saw it, or must not exist yet.
    pub(super) async fn check_logging(&self, change: &LoggingChange) -> Result<Ready, Refusal> {
        let fresh = wire::fresh();
        Ok(match change {
            LoggingChange::AddSetting { id, content } => {
                self.check_new::<DiagnosticSetting>(id).await?;
                Ready::Setting(wire::setting(&fresh, content))
            }
            LoggingChange::EditSetting { before, content } => {
                let now = self.check(&before.id, before).await?;
                Ready::Setting(wire::setting(&now.raw, content))
            }
            LoggingChange::DeleteSetting { before } => {
                self.check(&before.id, before).await?;
                Ready::Gone
            }
            LoggingChange::Configure { id, before: None, categories } => {
                self.check_new::<LoggingConfiguration>(id).await?;
                Ready::Configuration(wire::logging(&fresh, categories))
            }
            LoggingChange::Configure { id, before: Some(before), categories } => {
                let now = self.check(id, before).await?;
                Ready::Configuration(wire::logging(&now.raw, categories))
            }
            LoggingChange::Unconfigure { before } => {
                self.check(&before.id, before).await?;
                Ready::Gone
            }
        })
    }

    /// Sends the change and waits until the service has done with it.
    pub(super) async fn send_logging(
        &self,
        change: &LoggingChange,
        ready: Ready,
        step: OnStep<'_>,
    ) -> Result<(), ArmError> {
        let id = change.target();
        let waiting = |polling: super::super::Polling| {
            step(crate::domain::Step::Waiting { status: polling.status });
        };
        match (ready, change) {
            (Ready::Setting(body), _) => self.put_and_wait::<DiagnosticSetting>(id, body, step).await,
            (Ready::Configuration(body), _) => {
                self.put_and_wait::<LoggingConfiguration>(id, body, step).await
            }
            (Ready::Gone, LoggingChange::Unconfigure { .. } | LoggingChange::Configure { .. }) => {
                self.delete::<LoggingConfiguration>(id, &[], waiting).await
            }
            (
                Ready::Gone,
                LoggingChange::AddSetting { .. }
                | LoggingChange::EditSetting { .. }
                | LoggingChange::DeleteSetting { .. },
            ) => self.delete::<DiagnosticSetting>(id, &[], waiting).await,
        }
    }

    /// Reads the target back and compares it with what was sent.
    pub(super) async fn read_after_logging(&self, change: &LoggingChange) -> Result<ReadBack, ArmError> {
        let id = change.target();
        match change {
            LoggingChange::AddSetting { content, .. } | LoggingChange::EditSetting { content, .. } => {
                let differs = |now: &DiagnosticSetting| setting_fields(Some(content), Some(&now.content));
                self.read_back(id, differs).await
            }
            LoggingChange::Configure { categories, .. } => {
                self.read_back(id, |now: &LoggingConfiguration| {
                    categories_differ(categories, &now.categories)
                })
                .await
            }
            LoggingChange::DeleteSetting { .. } => self.read_gone::<DiagnosticSetting>(id).await,
            LoggingChange::Unconfigure { .. } => self.read_gone::<LoggingConfiguration>(id).await,
        }
    }
}

fn categories_differ(sent: &[String], read: &[String]) -> Vec<FieldChange> {
    let sorted = |words: &[String]| {
        let mut words: Vec<String> = words.iter().map(|w| w.to_ascii_lowercase()).collect();
        words.sort();
        words
    };
    if sorted(sent) == sorted(read) {
        return Vec::new();
    }
    vec![FieldChange::new("log categories", categories_text(sent), categories_text(read))]
}

impl Guarded for DiagnosticSetting {
    const MODELLED: &'static [&'static str] =
        &["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "eventHubName", "logs"];

    fn raw(&self) -> &RawBody {
        &self.raw
    }

    fn written(self) -> Written {
        Written::Setting(self)
    }

    fn is_moving(&self) -> bool {
        false
    }

    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange> {
        setting_fields(before.map(|s| &s.content), after.map(|s| &s.content))
    }
}

impl Guarded for LoggingConfiguration {
    const MODELLED: &'static [&'static str] = &["enabledLogCategories"];

    fn raw(&self) -> &RawBody {
        &self.raw
    }

    fn written(self) -> Written {
        Written::Logging(self)
    }

    fn is_moving(&self) -> bool {
        false
    }

    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange> {
        let words = |it: Option<&Self>| it.map_or(&[][..], |it| &it.categories).to_vec();
        categories_differ(&words(before), &words(after))
    }
}
