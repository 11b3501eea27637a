//! Who may do what: reading role assignments. Must not decide what a role is good for.

use super::client::ArmClient;
use super::error::{ArmError, ErrorKind};
use crate::domain::ArmId;
use crate::domain::role::RoleAssignment;

/// api-version of Microsoft.Authorization.
pub(super) const API_VERSION: &str = "2022-04-01";

impl ArmClient {
    /// Role assignments of an identity (object id) at `scope`, above it and below it.
    pub async fn role_assignments(
        &self,
        scope: &ArmId,
        principal: &str,
    ) -> Result<Vec<RoleAssignment>, ArmError> {
        let operation = format!("list the role assignments on {}", scope.name());
        // It becomes part of a filter: nothing but a guid may stand there.
        if uuid::Uuid::parse_str(principal).is_err() {
            let why = "the object id of the identity is no guid";
            return Err(ArmError::new(ErrorKind::Refused, &operation, why));
        }
        let filter = format!("principalId eq '{principal}'");
        let query = [("api-version", API_VERSION), ("$filter", filter.as_str())];
        let path = "/providers/Microsoft.Authorization/roleAssignments";
        self.all(&operation, self.session().arm_url(scope, path, &query)).await
    }
}
