//! How a PaaS resource itself is written: `publicNetworkAccess` and its identity. Compare, send once,
//! wait, read back; a value that does not stay is said to have been turned back.

use reqwest::Method;
use url::Url;

use super::{ENOUGH, OnStep, ReadBack, Refusal, elsewhere, lower_first, verdict};
use crate::azure::client::ArmClient;
use crate::azure::error::{ArmError, ErrorKind};
use crate::azure::exchange::Request;
use crate::azure::operation::{Goal, Polling};
use crate::azure::wire::paas::{self, AccessForm};
use crate::domain::provider::access_words;
use crate::domain::{
    Failure, FailureKind, FieldChange, Outcome, PublicAccess, Resource, ResourceChange, Step, Written,
    access_field,
};

/// One write of a resource, ready to be sent.
struct Ready {
    url: Url,
    method: Method,
    body: serde_json::Result<String>,
}

impl ArmClient {
    pub(super) async fn apply_resource(&self, change: &ResourceChange, step: OnStep<'_>) -> Outcome {
        match change {
            ResourceChange::Grant(grant) => return self.apply_grant(grant, &change.title(), step).await,
            ResourceChange::Revoke(grant) => return self.apply_revoke(grant, &change.title(), step).await,
            ResourceChange::SetAccess { .. } | ResourceChange::EnableIdentity { .. } => {}
        }
        let operation = lower_first(&change.title());
        let ready = match self.ready(change, &operation).await {
            Ok(ready) => ready,
            Err(Refusal::Changed(outcome)) => return *outcome,
            Err(Refusal::Error(error)) => return Outcome::Failed(error.during(&operation).into()),
        };
        step(Step::Sending);
        let sent = self.write_resource(&operation, ready, &mut *step).await;
        if let Err(error) = &sent
            && error.surely_not_done()
        {
            return Outcome::Failed(error.clone().into());
        }
        step(Step::ReadingBack);
        let read = self.resource_after(change).await;
        if let (Ok(request_id), ResourceChange::SetAccess { before, access, .. }, Ok((now, fields))) =
            (&sent, change, &read)
            && !fields.is_empty()
        {
            return turned_back(before, access, now, request_id.clone());
        }
        let read = read.map(|(now, fields)| {
            if fields.is_empty() {
                ReadBack::Same(Some(Written::Resource(now)))
            } else {
                ReadBack::Other(fields)
            }
        });
        verdict(&operation, sent.err(), read)
    }

    /// The resource must still say what the user saw of the property that is to be changed.
    async fn ready(&self, change: &ResourceChange, operation: &str) -> Result<Ready, Refusal> {
        let url = self.resource_url(operation, change.target()).await.map_err(Refusal::Error)?;
        let now = match self.resource(change.target()).await {
            Ok(now) => now,
            Err(error) if error.kind == ErrorKind::NotFound => {
                let field = FieldChange::new("resource", change.target().name(), "");
                return Err(Refusal::changed(None, vec![field]));
            }
            Err(error) => return Err(Refusal::Error(error)),
        };
        let (differs, method, body) = match change {
            ResourceChange::SetAccess { before, access, .. } => {
                if !access_words(&now.kind_of_id()).contains(access) {
                    let why = format!("its API has no {} for publicNetworkAccess", access.wire());
                    return Err(Refusal::Error(ArmError::new(ErrorKind::Refused, operation, why)));
                }
                let form = paas::access_form(&now.kind_of_id());
                let method = match form {
                    AccessForm::Patch | AccessForm::PatchSmall | AccessForm::PatchWorkspace => Method::PATCH,
                    AccessForm::Put | AccessForm::PutAcls => Method::PUT,
                };
                let field = access_field(before.public_access.as_ref(), now.public_access.as_ref());
                let differs = (before.public_access != now.public_access).then_some(field);
                (differs, method, paas::access(form, &now.raw, access))
            }
            ResourceChange::EnableIdentity { before, kinds } => {
                let differs = identity_field(before.identity.as_deref(), now.identity.as_deref());
                (differs, Method::PATCH, paas::identity(&now.raw, kinds))
            }
            ResourceChange::Grant(_) | ResourceChange::Revoke(_) => {
                return Err(Refusal::Error(elsewhere(operation)));
            }
        };
        match differs {
            Some(field) => Err(Refusal::changed(Some(Written::Resource(now)), vec![field])),
            None => Ok(Ready { url, method, body }),
        }
    }

    /// Sends it and follows what it began; gives the service's id of the request.
    async fn write_resource(
        &self,
        operation: &str,
        ready: Ready,
        step: OnStep<'_>,
    ) -> Result<Option<String>, ArmError> {
        let body = ready.body.map_err(|e| {
            let why = format!("the last answer cannot be edited: {e}");
            ArmError::new(ErrorKind::Refused, operation, why)
        })?;
        let request = Request::write(operation, ready.method, ready.url.clone(), Some(body));
        let answer = self.transport().send(&request).await?;
        let waiting = |polling: Polling| step(Step::Waiting { status: polling.status });
        self.finish_at(&answer, &ready.url, Goal::Present, waiting).await?;
        Ok(answer.request_id())
    }

    /// Reads the resource back until it says what was sent, a few times.
    async fn resource_after(
        &self,
        change: &ResourceChange,
    ) -> Result<(Resource, Vec<FieldChange>), ArmError> {
        let mut reads = 0;
        loop {
            reads += 1;
            let now = self.resource(change.target()).await?;
            let differs = match change {
                ResourceChange::SetAccess { access, .. } if now.public_access.as_ref() != Some(access) => {
                    Some(access_field(Some(access), now.public_access.as_ref()))
                }
                ResourceChange::EnableIdentity { kinds, .. }
                    if !now.has_system_identity() || now.principal.is_none() =>
                {
                    let is = now.identity.clone().unwrap_or_else(|| "none".to_owned());
                    Some(FieldChange::new("managed identity", kinds.as_str(), is))
                }
                ResourceChange::SetAccess { .. }
                | ResourceChange::EnableIdentity { .. }
                | ResourceChange::Grant(_)
                | ResourceChange::Revoke(_) => None,
            };
            if differs.is_none() || reads >= ENOUGH {
                return Ok((now, differs.into_iter().collect()));
            }
            self.pause(reads).await;
        }
    }
}

/// The two words in which identities differ; spaces and case do not count.
fn identity_field(before: Option<&str>, now: Option<&str>) -> Option<FieldChange> {
    let plain = |word: Option<&str>| word.unwrap_or_default().replace(' ', "").to_ascii_lowercase();
    let word = |word: Option<&str>| word.unwrap_or("none").to_owned();
    (plain(before) != plain(now)).then(|| FieldChange::new("managed identity", word(before), word(now)))
}

/// The service took the value and reads differently: where it reads as before nothing was done, else
/// something else was (DOMAIN.md, section 1.2: seen with `modify` policies, within milliseconds).
fn turned_back(
    before: &Resource,
    sent: &PublicAccess,
    now: &Resource,
    request_id: Option<String>,
) -> Outcome {
    let is = now.public_access.as_ref().map_or("nothing", PublicAccess::wire);
    let name = before.id.name();
    let same = before.public_access == now.public_access;
    let (kind, again) = if same { (FailureKind::Conflict, "again") } else { (FailureKind::Unknown, "now") };
    let title = format!("Public access of {name} did not stay {}", sent.wire());
    let detail = format!(
        "the service accepted {}, and it reads {is} {again}: a policy may have turned it back",
        sent.wire()
    );
    let mut failure = Failure::new(kind, title, detail).hint(
        "Look for an Azure Policy assignment with the effect modify on publicNetworkAccess, here or in a management \
         group above; its owner can grant an exemption.",
    );
    failure.request_id = request_id;
    if same { Outcome::Failed(failure) } else { Outcome::Unknown(failure) }
}
