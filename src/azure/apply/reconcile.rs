//! How a resource is made to agree with its perimeter: each side is asked once, then both are read until
//! they agree or the limit is reached. That the service accepted it is never taken for agreement.

use std::sync::Arc;
use std::time::Duration;

use super::{OnStep, Refusal, lower_first};
use crate::azure::client::ArmClient;
use crate::azure::error::{ArmError, ErrorKind};
use crate::azure::page::Page;
use crate::domain::agreement::{Comparison, Expected, compare};
use crate::domain::{
    AccessRule, ArmId, Association, Configuration, Failure, FailureKind, FieldChange, Outcome, Reconcile,
    Step, Written,
};

/// How long both sides are read until they agree: changes usually arrive within two minutes
/// (API.md, section 11), and no write stays open longer than needed.
const LIMIT: Duration = Duration::from_secs(150);

/// Both sides of an association, as just read.
struct Sides {
    association: Association,
    comparison: Comparison,
}

impl ArmClient {
    pub(super) async fn apply_reconcile(&self, change: &Reconcile, step: OnStep<'_>) -> Outcome {
        let operation = lower_first(&change.title());
        match change {
            Reconcile::Rule(rule) => self.reconcile_and_read(rule, &operation, step).await,
            Reconcile::Resource { association, resource, .. } => {
                self.reconcile_both(association, resource, &operation, step).await
            }
        }
    }

    /// A rule is published again; which resources have heard of it is read elsewhere.
    async fn reconcile_and_read(&self, rule: &AccessRule, operation: &str, step: OnStep<'_>) -> Outcome {
        step(Step::Checking);
        if let Err(outcome) = present("access rule", &rule.id, operation, self.rule(&rule.id).await) {
            return outcome;
        }
        step(Step::Sending);
        let sent = self.reconcile_rule(&rule.id).await.map_err(|error| error.during(operation));
        if let Err(error) = sent {
            return failed_or_unknown(operation, error);
        }
        step(Step::ReadingBack);
        match self.rule(&rule.id).await {
            Ok(now) => Outcome::Done { after: Some(Written::Rule(now)) },
            Err(error) => super::unknown(operation, error.during(operation)),
        }
    }

    async fn reconcile_both(
        &self,
        association: &Association,
        resource: &ArmId,
        operation: &str,
        step: OnStep<'_>,
    ) -> Outcome {
        step(Step::Checking);
        let read = self.association(&association.id).await;
        if let Err(outcome) = present("resource association", &association.id, operation, read) {
            return outcome;
        }
        let known = if Configuration::silence(resource).is_some() {
            None
        } else {
            match self.configurations(resource).await {
                Ok(all) => Some(all.into_iter().find(|c| c.is_of(association))),
                Err(error) => return Outcome::Failed(error.during(operation).into()),
            }
        };
        step(Step::Sending);
        if let Err(error) = self.reconcile_association(&association.id).await {
            return failed_or_unknown(operation, error.during(operation));
        }
        let Some(known) = known else {
            // The type has no call of its own: that was all that can be asked for.
            step(Step::ReadingBack);
            return match self.association(&association.id).await {
                Ok(now) => Outcome::Done { after: Some(Written::Association(now)) },
                Err(error) => super::unknown(operation, error.during(operation)),
            };
        };
        let waiting = |polling: crate::azure::Polling| step(Step::Waiting { status: polling.status });
        let refused = match known {
            Some(known) => self.reconcile_configuration(resource, &known.name, waiting).await.err(),
            // The resource has not heard of the association: there is nothing yet to reconcile there.
            None => None,
        };
        self.until_they_agree(association, resource, refused.map(|e| e.during(operation)), step)
            .await
            .unwrap_or_else(|error| super::unknown(operation, error.during(operation)))
    }

    /// Reads both sides until they agree. `refused`: what became of the resource's own side.
    async fn until_they_agree(
        &self,
        association: &Association,
        resource: &ArmId,
        refused: Option<ArmError>,
        step: OnStep<'_>,
    ) -> Result<Outcome, ArmError> {
        let (timing, clock) = (self.transport().timing().clone(), self.transport().clock());
        let limit = LIMIT.min(timing.poll_limit);
        let begun = clock.now();
        let (mut waited, mut tries) = (Duration::ZERO, 0);
        loop {
            step(Step::ReadingBack);
            let sides = self.sides(association, resource).await?;
            if sides.comparison.agrees() {
                return Ok(Outcome::Done { after: Some(Written::Association(sides.association)) });
            }
            tries += 1;
            let wait = (timing.poll * tries).min(timing.poll_max);
            waited += wait;
            let spent = clock.now().saturating_duration_since(begun).max(waited);
            // What the resource's own side refused will not come by waiting long.
            if spent > limit || (refused.is_some() && tries >= super::ENOUGH) {
                return Ok(apart(&sides.comparison, refused));
            }
            step(Step::Waiting { status: format!("not yet: {}", sides.comparison.summary()) });
            self.pause(tries).await;
        }
    }

    async fn sides(&self, association: &Association, resource: &ArmId) -> Result<Sides, ArmError> {
        let association = self.association(&association.id).await?;
        let believed = self.configurations(resource).await?;
        let (mut profile, mut rules) = (None, None);
        if let Some(id) = &association.profile {
            profile = Some(self.profile(id).await?);
            let mut all = Vec::new();
            self.list_rules(id, |page: Page<AccessRule>| all.extend(page.items.into_iter().map(Arc::new)))
                .await?;
            rules = Some(all);
        }
        let expected = Expected {
            association: &association,
            profile: profile.as_ref(),
            rules: rules.as_deref(),
            categories: None,
        };
        let comparison = compare(&expected, believed.iter().find(|c| c.is_of(&association)));
        Ok(Sides { association, comparison })
    }
}

/// It must still be there; nothing else of it matters.
fn present<T>(noun: &str, id: &ArmId, operation: &str, read: Result<T, ArmError>) -> Result<(), Outcome> {
    match read {
        Ok(_) => Ok(()),
        Err(error) if error.kind == ErrorKind::NotFound => {
            let gone = FieldChange::new(noun, id.name(), "");
            Err(match Refusal::changed(None, vec![gone]) {
                Refusal::Changed(outcome) => *outcome,
                Refusal::Error(error) => Outcome::Failed(error.into()),
            })
        }
        Err(error) => Err(Outcome::Failed(error.during(operation).into())),
    }
}

fn failed_or_unknown(operation: &str, error: ArmError) -> Outcome {
    if error.surely_not_done() { Outcome::Failed(error.into()) } else { super::unknown(operation, error) }
}

/// Both sides differ after all: what was accepted, what was refused, and in what they differ.
fn apart(comparison: &Comparison, refused: Option<ArmError>) -> Outcome {
    let differ = format!("the resource still believes otherwise: {}", comparison.summary());
    if let Some(error) = refused {
        let mut failure = Failure::from(error);
        let half = "the perimeter's side accepted it, the resource's own did not";
        failure.detail = format!("{half}: {}; {differ}", failure.detail);
        return Outcome::Failed(failure);
    }
    let detail = format!("the service accepted it, but {differ}");
    let failure = Failure::new(FailureKind::Unknown, "Accepted, and both sides still differ", detail);
    let hint = "Changes can take longer than minutes. Compare again (c); if it stays, ask support.";
    Outcome::Unknown(failure.hint(hint))
}
