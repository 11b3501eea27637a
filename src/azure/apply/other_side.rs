//! The second side of an association: what the resource itself says after the perimeter took it in or
//! let it go. Only tells; the write has ended by then.

use super::ENOUGH;
use crate::azure::client::ArmClient;
use crate::domain::{Association, Change, Configuration, New, OtherSide, Outcome, Written};

/// The association that a change has made (true) or ended (false), once it is done.
pub(super) fn of(change: &Change, outcome: &Outcome) -> Option<(Association, bool)> {
    match (change, outcome) {
        (
            Change::Create(New::Association { .. }),
            Outcome::Done { after: Some(Written::Association(association)) },
        ) => Some((association.clone(), true)),
        (Change::Delete { before, .. }, Outcome::Done { after: None }) => match before.as_ref() {
            Written::Association(association) => Some((association.clone(), false)),
            _ => None,
        },
        _ => None,
    }
}

impl ArmClient {
    /// Asks the resource until it agrees, a few times: it follows within seconds (API.md, section 11).
    pub(super) async fn other_side(&self, association: &Association, there: bool) -> OtherSide {
        let Some(resource) = &association.resource else {
            return OtherSide::Unheard("the association names no resource".to_owned());
        };
        if let Some(silence) = Configuration::silence(resource) {
            return OtherSide::Unheard(silence);
        }
        for read in 1..=ENOUGH {
            match self.configurations(resource).await {
                Ok(all) if all.iter().any(|c| c.is_of(association)) == there => return OtherSide::Agrees,
                Ok(_) if read < ENOUGH => self.pause(read).await,
                Ok(_) => {}
                Err(error) => return OtherSide::Unheard(error.said.detail.clone()),
            }
        }
        OtherSide::NotYet
    }
}
