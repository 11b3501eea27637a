//! Registering a provider or a preview feature in a subscription. Only says what it is.

use crate::domain::{ArmId, FieldChange, Registration, Standing};

/// Register a provider or a preview feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// As the user saw it.
    pub before: Registration,
    /// Name of the subscription, for people.
    pub place: String,
}

impl Register {
    /// The registration that is written to.
    pub fn target(&self) -> &ArmId {
        &self.before.id
    }

    /// In one line.
    pub fn title(&self) -> String {
        let again = if self.before.standing() == Standing::Again { " again" } else { "" };
        let requirement = &self.before.requirement;
        format!("Register {} {}{again} in {}", requirement.noun(), requirement.label(), self.place)
    }

    /// Before and after.
    pub fn fields(&self) -> Vec<FieldChange> {
        let after = match self.before.standing() {
            Standing::Again => "Registered, with perimeters",
            Standing::Ready | Standing::NotNeeded | Standing::Moving | Standing::Missing => "Registered",
        };
        vec![
            FieldChange::new("subscription", "", self.place.as_str()),
            FieldChange::new("registration", self.before.word(), after),
        ]
    }
}
