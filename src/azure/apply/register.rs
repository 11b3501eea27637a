//! Registering a provider or a preview feature: looks again, asks once, watches for a while. What
//! takes longer goes on at Azure; it is called taken, not finished.

use std::time::Duration;

use super::{OnStep, Refusal, lower_first};
use crate::azure::client::ArmClient;
use crate::azure::error::{ArmError, ErrorKind};
use crate::domain::{FieldChange, Outcome, Register, Registration, Requirement, Standing, Step};

/// A feature may take hours, and no write stays open so long.
const FEATURE_LIMIT: Duration = Duration::from_secs(120);

impl ArmClient {
    pub(super) async fn apply_registration(&self, change: &Register, step: OnStep<'_>) -> Outcome {
        let operation = lower_first(&change.title());
        step(Step::Checking);
        match self.read_registration(change).await {
            Err(error) => return Outcome::Failed(error.during(&operation).into()),
            Ok(now) => match now.standing() {
                Standing::Missing | Standing::Again => {}
                // Somebody else was quicker, and the wish has come true.
                Standing::Ready | Standing::Moving => return Outcome::Done { after: None },
                Standing::NotNeeded => {
                    let gone = FieldChange::new("registration", change.before.word(), now.word());
                    return match Refusal::changed(None, vec![gone]) {
                        Refusal::Changed(outcome) => *outcome,
                        Refusal::Error(error) => Outcome::Failed(error.into()),
                    };
                }
            },
        }
        step(Step::Sending);
        let subscription = change.target().subscription().unwrap_or_default();
        let sent = self.register(subscription, &change.before.requirement).await;
        let error = sent.map_err(|error| error.during(&operation)).err();
        if let Some(error) = error.as_ref().filter(|error| error.surely_not_done()) {
            return Outcome::Failed(error.clone().into());
        }
        match (self.watch_registration(change, step).await, error) {
            (Ok(now), _) if achieved(change, &now) => Outcome::Done { after: None },
            (Ok(now), error) => {
                let why = format!("it still reads {}", now.word());
                super::unknown(&operation, error.unwrap_or_else(|| unfinished(&operation, &why)))
            }
            (Err(error), _) => super::unknown(&operation, error.during(&operation)),
        }
    }

    async fn read_registration(&self, change: &Register) -> Result<Registration, ArmError> {
        let subscription = change.target().subscription().unwrap_or_default();
        self.registration(subscription, &change.before.requirement).await
    }

    /// Reads until it is registered, or for as long as a write may stay open.
    async fn watch_registration(
        &self,
        change: &Register,
        step: OnStep<'_>,
    ) -> Result<Registration, ArmError> {
        let (timing, clock) = (self.transport().timing().clone(), self.transport().clock());
        let limit = match change.before.requirement {
            Requirement::Provider(_) => timing.poll_limit,
            Requirement::Feature { .. } => FEATURE_LIMIT.min(timing.poll_limit),
        };
        let (begun, mut tries) = (clock.now(), 0);
        let mut waited = Duration::ZERO;
        loop {
            step(Step::ReadingBack);
            let now = self.read_registration(change).await?;
            tries += 1;
            let still = !achieved(change, &now) || now.standing() == Standing::Moving;
            let still = still
                && match now.standing() {
                    Standing::Ready | Standing::NotNeeded => false,
                    Standing::Moving => true,
                    // The service may lag behind its own answer.
                    Standing::Missing | Standing::Again => tries < super::READS,
                };
            let wait = (timing.poll * tries).min(timing.poll_max);
            waited += wait;
            let spent = clock.now().saturating_duration_since(begun).max(waited);
            if !still || spent > limit {
                return Ok(now);
            }
            step(Step::Waiting { status: now.word().to_owned() });
            self.pause(tries).await;
        }
    }
}

/// What was asked for has come about, or Azure is at it. That a provider was registered too early to
/// offer perimeters is another matter than that it is registered.
fn achieved(change: &Register, now: &Registration) -> bool {
    match now.standing() {
        Standing::Ready | Standing::Moving => true,
        Standing::Again => change.before.standing() == Standing::Missing,
        Standing::Missing | Standing::NotNeeded => false,
    }
}

fn unfinished(operation: &str, why: &str) -> ArmError {
    ArmError::new(ErrorKind::Unfinished, operation, format!("the service accepted it, but {why}"))
}
