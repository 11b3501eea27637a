//! How a role assignment is made and removed: looked for by what it says, not by its name; sent once;
//! read back. One that is there already is a success that made nothing.

use reqwest::Method;

use super::{ENOUGH, OnStep, ReadBack, lower_first, verdict};
use crate::azure::client::ArmClient;
use crate::azure::error::{ArmError, ErrorKind};
use crate::azure::exchange::Request;
use crate::azure::roles::API_VERSION;
use crate::azure::wire::paas;
use crate::domain::role::RoleAssignment;
use crate::domain::{FieldChange, Grant, Outcome, Step, Written};

/// What the service says of an assignment that says the same under another name.
const EXISTS: &str = "RoleAssignmentExists";

impl ArmClient {
    pub(super) async fn apply_grant(&self, grant: &Grant, title: &str, step: OnStep<'_>) -> Outcome {
        let operation = lower_first(title);
        match self.granted(grant).await {
            // Nothing was made, hence nothing to take back.
            Ok(Some(_)) => return Outcome::Done { after: None },
            Ok(None) => {}
            Err(error) => return Outcome::Failed(error.during(&operation).into()),
        }
        step(Step::Sending);
        let sent = self.send_role(&operation, Method::PUT, grant, Some(paas::grant(grant))).await;
        let exists = |error: &ArmError| error.said.code.as_deref() == Some(EXISTS);
        if let Err(error) = &sent
            && error.surely_not_done()
            && !exists(error)
        {
            return Outcome::Failed(error.clone().into());
        }
        step(Step::ReadingBack);
        let read = self.read_granted(grant, true).await;
        match (&sent, &read) {
            (Err(error), Ok(Some(_))) if exists(error) => Outcome::Done { after: None },
            _ => {
                let read = read.map(|now| match now {
                    Some(now) => ReadBack::Same(Some(Written::Role(now))),
                    None => {
                        ReadBack::Other(vec![FieldChange::new("role assignment", grant.role.name, "none")])
                    }
                });
                verdict(&operation, sent.err(), read)
            }
        }
    }

    pub(super) async fn apply_revoke(&self, grant: &Grant, title: &str, step: OnStep<'_>) -> Outcome {
        let operation = lower_first(title);
        step(Step::Sending);
        // The service answers 204 for one that is not there.
        let sent = self.send_role(&operation, Method::DELETE, grant, None).await;
        if let Err(error) = &sent
            && error.surely_not_done()
            && error.kind != ErrorKind::NotFound
        {
            return Outcome::Failed(error.clone().into());
        }
        step(Step::ReadingBack);
        let read = self.read_granted(grant, false).await.map(|now| match now {
            None => ReadBack::Same(None),
            Some(_) => ReadBack::Other(vec![FieldChange::new("role assignment", "deleted", "still there")]),
        });
        verdict(&operation, sent.err().filter(|e| e.kind != ErrorKind::NotFound), read)
    }

    async fn send_role(
        &self,
        operation: &str,
        method: Method,
        grant: &Grant,
        body: Option<String>,
    ) -> Result<(), ArmError> {
        let url = self.session().arm_url(&grant.id, "", &[("api-version", API_VERSION)]);
        self.transport().send(&Request::write(operation, method, url, body)).await.map(drop)
    }

    /// The assignment that says just this, whatever its name is.
    async fn granted(&self, grant: &Grant) -> Result<Option<RoleAssignment>, ArmError> {
        let all = self.role_assignments(&grant.scope, &grant.principal).await?;
        Ok(all.into_iter().find(|one| grant.is_made_by(one)))
    }

    /// Reads until it is as wanted: lists of assignments lag behind a write for a while.
    async fn read_granted(&self, grant: &Grant, wanted: bool) -> Result<Option<RoleAssignment>, ArmError> {
        let mut reads = 0;
        loop {
            reads += 1;
            let now = self.granted(grant).await?;
            if now.is_some() == wanted || reads >= ENOUGH {
                return Ok(now);
            }
            self.pause(reads).await;
        }
    }
}
