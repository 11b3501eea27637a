//! What a guarded switch reads of its association, and how it is told from what the user saw. Must not
//! decide what follows.

use super::client::ArmClient;
use super::error::ArmError;
use super::wire::{Wire as _, same};
use crate::domain::guard::{Before, Stands};
use crate::domain::{AccessMode, Association, FieldChange, ProvisioningState, RawBody};

/// The property that a switch changes.
const MODE: &str = "accessMode";

/// The association that a body says; `None` when it says none.
pub fn association_of(body: &RawBody) -> Option<Association> {
    Association::decode(body.json()).ok()
}

impl ArmClient {
    /// Reads which mode an association has, and what else differs from `set`, the body that was read when the
    /// new mode stood, or from what the user saw where that was not read yet.
    ///
    /// `None`: it still moves and has the old mode, which says nothing about what it will have.
    pub async fn stands(
        &self,
        before: &Before,
        to: &AccessMode,
        set: Option<&RawBody>,
    ) -> Result<Option<Stands>, ArmError> {
        let now = self.association(&before.id).await?;
        let is = |mode: &AccessMode| now.mode.wire().eq_ignore_ascii_case(mode.wire());
        if is(to) {
            let changes = same::differences(set.unwrap_or(&before.body), &now.raw);
            let changes = changes.iter().filter(|change| set.is_some() || change.field != MODE);
            let changed = changes.map(in_words).collect::<Vec<_>>().join("; ");
            let since = now.modified.as_ref().and_then(|modified| modified.at);
            return Ok(Some(Stands::New { body: now.raw, since, changed }));
        }
        if !is(&before.mode) {
            return Ok(Some(Stands::Other(format!("the access mode is {}", now.mode.label()))));
        }
        let moving = now.state.as_ref().is_some_and(ProvisioningState::is_moving);
        Ok((!moving).then_some(Stands::Old))
    }
}

fn in_words(change: &FieldChange) -> String {
    format!("{} was {:?}, is {:?}", change.field, change.before, change.after)
}
