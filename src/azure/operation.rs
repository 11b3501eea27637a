//! Long-running operations in every form that perimeters are known to use (API.md, section 3):
//! `Azure-AsyncOperation` with words of its own, `Location` that ends in 204, neither, or a status
//! that the user may not read. Must not send anything but reads.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::client::ArmClient;
use super::cloud::Audience;
use super::error::{ArmError, ErrorKind};
use super::exchange::{Answer, Request};
use super::retry;
use super::wire::{Text, null_default};
use crate::domain::{ArmId, ProvisioningState};

/// How a long-running operation is getting on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polling {
    /// The service's word, such as `Updating`; or why there is none.
    pub status: String,
    /// How many times it was asked.
    pub tries: u32,
}

/// What the operation is to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// The resource exists and is not moving.
    Present,
    /// The resource does not exist.
    Gone,
    /// The operation has ended; the resource itself does not show it.
    Ended,
}

/// Whom to ask.
enum Tracker {
    /// The URL of `Azure-AsyncOperation`.
    Status(Url),
    /// The URL of `Location`.
    Location(Url),
    /// The resource itself.
    Resource,
}

impl Tracker {
    /// Each answer may sign a `Location` anew; the next poll goes to the newest one (recorded for links).
    /// A status document stays where it was first said to be (recorded for `privateLinkScopes`).
    fn renew(&mut self, answer: &Answer) -> Result<(), ArmError> {
        match self {
            Self::Location(url) => {
                *url = link(answer, "location", Some(url))?.unwrap_or_else(|| url.clone());
            }
            Self::Status(_) | Self::Resource => {}
        }
        Ok(())
    }
}

/// What one poll said.
enum Verdict {
    Running(String),
    Done,
    /// This tracker is of no use; ask the resource.
    Elsewhere,
}

#[derive(Deserialize)]
struct StatusBody {
    #[serde(default)]
    status: Text,
}

#[derive(Deserialize, Default)]
struct StateBody {
    #[serde(default, deserialize_with = "null_default")]
    properties: State,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct State {
    #[serde(default)]
    provisioning_state: Text,
}

impl ArmClient {
    /// Waits until what `accepted` began has ended.
    ///
    /// An error of kind `Failed` carries the service's own error; one of kind `Unfinished` says that
    /// the end was not seen.
    pub(super) async fn finish(
        &self,
        accepted: &Answer,
        id: &ArmId,
        goal: Goal,
        progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        self.finish_at(accepted, &self.nsp_url(id, ""), goal, progress).await
    }

    /// The same for a resource of any provider: `resource` is where it is read.
    pub(super) async fn finish_at(
        &self,
        accepted: &Answer,
        resource: &Url,
        goal: Goal,
        mut progress: impl FnMut(Polling) + Send,
    ) -> Result<(), ArmError> {
        let base = self.session().endpoint(Audience::Management);
        let Some(mut tracker) = tracker(accepted, goal, base)? else { return Ok(()) };
        let (timing, clock) = (self.transport().timing(), self.transport().clock());
        let begun = clock.now();
        let mut asked = retry::asked_wait(&accepted.headers, clock.wall());
        let mut tries = 0;
        loop {
            let grown = timing.poll.mul_f64(1.5_f64.powi(tries.min(30)));
            // "Retry-After: 0" must not become a busy loop.
            let wait = asked.unwrap_or(grown).max(timing.poll / 2).min(timing.poll_max);
            if clock.now().saturating_duration_since(begun) + wait > timing.poll_limit {
                let detail = format!("no end after {}", minutes(timing.poll_limit));
                return Err(unfinished(accepted, &detail));
            }
            clock.sleep(wait).await;
            tries += 1;
            let (verdict, next) = self.ask(&mut tracker, accepted, resource, goal).await?;
            asked = next;
            match verdict {
                Verdict::Done => return Ok(()),
                Verdict::Elsewhere => tracker = Tracker::Resource,
                Verdict::Running(status) => progress(Polling { status, tries: tries as u32 }),
            }
        }
    }

    async fn ask(
        &self,
        tracker: &mut Tracker,
        accepted: &Answer,
        resource: &Url,
        goal: Goal,
    ) -> Result<(Verdict, Option<Duration>), ArmError> {
        let url = match &*tracker {
            Tracker::Status(url) | Tracker::Location(url) => url.clone(),
            Tracker::Resource => resource.clone(),
        };
        let answer = match self.transport().send(&Request::get(accepted.operation(), url)).await {
            Ok(answer) => answer,
            Err(error) => return Ok((after_error(tracker, goal, accepted, error)?, None)),
        };
        let asked = retry::asked_wait(&answer.headers, self.transport().clock().wall());
        tracker.renew(&answer)?;
        let verdict = match tracker {
            Tracker::Status(_) => by_status(&answer)?,
            Tracker::Location(_) if answer.status == 202 => Verdict::Running("Accepted".to_owned()),
            // The URL of the resource itself (2023-08-01-preview) says nothing about the end.
            Tracker::Location(_) if goal == Goal::Present => Verdict::Elsewhere,
            Tracker::Location(_) => Verdict::Done,
            Tracker::Resource => by_resource(&answer, goal)?,
        };
        Ok((verdict, asked))
    }
}

/// What there is to follow; `None` when the answer itself was the end.
fn tracker(accepted: &Answer, goal: Goal, base: Option<&Url>) -> Result<Option<Tracker>, ArmError> {
    if let Some(url) = link(accepted, "azure-asyncoperation", base)? {
        return Ok(Some(Tracker::Status(url)));
    }
    let moving = state_of(accepted).is_some_and(|state| state.is_moving());
    Ok(match (accepted.status, link(accepted, "location", base)?) {
        (201 | 202, Some(url)) => Some(Tracker::Location(url)),
        (202, None) => Some(Tracker::Resource),
        _ if goal == Goal::Present && moving => Some(Tracker::Resource),
        _ => None,
    })
}

/// The URL in a header; some providers leave out the host (API.md, section 7).
fn link(answer: &Answer, name: &str, base: Option<&Url>) -> Result<Option<Url>, ArmError> {
    let text = answer.header(name).filter(|text| !text.trim().is_empty());
    let parsed = text.map(|text| Url::options().base_url(base).parse(text.trim()));
    parsed.transpose().map_err(|e| answer.undecodable(name, &e.to_string()))
}

fn by_status(answer: &Answer) -> Result<Verdict, ArmError> {
    if answer.status == 204 {
        return Ok(Verdict::Done);
    }
    let StatusBody { status: Text(status) } = answer.json()?;
    Ok(match status.to_ascii_lowercase().as_str() {
        "succeeded" => Verdict::Done,
        "failed" | "canceled" | "cancelled" => return Err(ArmError::from_operation(answer, &status)),
        "" => Verdict::Elsewhere,
        _ => Verdict::Running(status),
    })
}

fn by_resource(answer: &Answer, goal: Goal) -> Result<Verdict, ArmError> {
    let state = state_of(answer);
    match (goal, state) {
        (_, Some(ProvisioningState::Failed)) => Err(ArmError::from_operation(answer, "Failed")),
        (Goal::Present | Goal::Ended, Some(state)) if state.is_moving() => {
            Ok(Verdict::Running(state.wire().to_owned()))
        }
        (Goal::Present | Goal::Ended, _) => Ok(Verdict::Done),
        (Goal::Gone, state) => {
            let word = state.map_or("Deleting".to_owned(), |state| state.wire().to_owned());
            Ok(Verdict::Running(word))
        }
    }
}

fn state_of(answer: &Answer) -> Option<ProvisioningState> {
    let body: StateBody = answer.json().ok()?;
    body.properties.provisioning_state.some().map(|word| ProvisioningState::from_wire(&word))
}

/// What an unanswered or refused poll means for the operation, which goes on regardless.
fn after_error(
    tracker: &Tracker,
    goal: Goal,
    accepted: &Answer,
    error: ArmError,
) -> Result<Verdict, ArmError> {
    let at_resource = matches!(tracker, Tracker::Resource);
    match &error.kind {
        // Another moment may do better; the overall limit ends it.
        ErrorKind::Network { .. } | ErrorKind::Server | ErrorKind::Throttled => {
            Ok(Verdict::Running("no answer, still trying".to_owned()))
        }
        ErrorKind::NotFound if at_resource && goal == Goal::Gone => Ok(Verdict::Done),
        // Reading the status needs a right of its own, and old statuses vanish.
        ErrorKind::Denied { .. } | ErrorKind::NotFound if !at_resource => Ok(Verdict::Elsewhere),
        // ARM's way to say through `Location` that the operation itself has failed.
        ErrorKind::Rejected | ErrorKind::Conflict if matches!(tracker, Tracker::Location(_)) => {
            Err(ArmError { kind: ErrorKind::Failed, ..error })
        }
        ErrorKind::Auth
        | ErrorKind::Denied { .. }
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Rejected
        | ErrorKind::Decode { .. }
        | ErrorKind::Refused
        | ErrorKind::Unfinished
        | ErrorKind::Failed => {
            let mut unknown = unfinished(accepted, &error.said.detail);
            unknown.said.code = error.said.code;
            unknown.said.status = error.said.status;
            Err(unknown)
        }
    }
}

fn unfinished(accepted: &Answer, why: &str) -> ArmError {
    let detail = format!("the service accepted it, and how it ended is not known: {why}");
    let mut error = ArmError::new(ErrorKind::Unfinished, accepted.operation(), detail);
    error.said.request_id = accepted.request_id();
    error
}

fn minutes(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ ..=119 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds / 60),
    }
}
