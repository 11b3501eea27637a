//! Reads which resources could be in a perimeter, and which are: many requests, a few at a time.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;

use super::read::Reader;
use crate::app::msg::{Msg, Payload, Slot, Ticket};
use crate::azure::Page;
use crate::domain::{ArmId, Associable, Association, Failure, FailureKind, Membership, Roll, Sought};

/// Perimeters that are asked side by side: other readings need room on the wire, too.
const SIDE_BY_SIDE: usize = 8;

impl Reader {
    /// The resources of the types sought; pages as they come.
    pub(super) async fn inventory(
        &self,
        slot: &Slot,
        ticket: Ticket,
        sought: &Sought,
    ) -> Result<(), Failure> {
        let each = |page: Page<Associable>| {
            let payload = Payload::Inventory(page.items.into_iter().map(Arc::new).collect());
            self.out.send(Msg::Page { slot: slot.clone(), ticket, payload, failures: page.skipped });
        };
        Ok(self.client.associable_resources(sought, each).await?)
    }

    /// The members of these perimeters, each as soon as it has answered. One that refuses does not
    /// hide the others.
    pub(super) async fn members(
        &self,
        slot: &Slot,
        ticket: Ticket,
        perimeters: &[ArmId],
    ) -> Result<(), Failure> {
        let asked = stream::iter(perimeters.to_vec()).map(|perimeter| self.roll(perimeter));
        let mut rolls = asked.buffer_unordered(SIDE_BY_SIDE);
        while let Some(roll) = rolls.next().await {
            if let Err(failure) = &roll.members
                && failure.kind == FailureKind::Auth
            {
                return Err(failure.clone());
            }
            let payload = Payload::Members(vec![roll]);
            self.out.send(Msg::Page { slot: slot.clone(), ticket, payload, failures: Vec::new() });
        }
        Ok(())
    }

    async fn roll(&self, perimeter: ArmId) -> Roll {
        let mut members = Vec::new();
        let mut skipped = Vec::new();
        let each = |page: Page<Association>| {
            skipped.extend(page.skipped);
            members.extend(page.items.into_iter().filter_map(|a| {
                let association = a.id;
                a.resource.map(|resource| Membership { resource, association })
            }));
        };
        let read = self.client.list_associations(&perimeter, each).await;
        let whole = read.map_err(Failure::from).and_then(|()| skipped.into_iter().next().map_or(Ok(()), Err));
        Roll { perimeter, members: whole.map(|()| members) }
    }
}
