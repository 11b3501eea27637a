//! The environment variables that sign-in reads, as a value that can be handed around.
//!
//! Must not write to the process's environment; `azure_identity` reads that one by itself for
//! managed identities (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`) and nothing else that is used here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Never given to a child process: only this program has a use for it.
pub(super) const OWN_TOKEN: &str = "NSP_TOKEN";

/// Where variables are looked up. `Debug` shows no values, since some of them are secrets.
#[derive(Clone, Default)]
pub struct Environment(Option<Arc<BTreeMap<String, String>>>);

impl Environment {
    /// The variables of this process.
    pub fn process() -> Self {
        Self(None)
    }

    /// Exactly these variables; child processes get them and no others.
    pub fn fixed<K: Into<String>, V: Into<String>>(vars: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Some(Arc::new(vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect())))
    }

    /// The value of `name`; an empty one counts as not set, as in the Azure SDKs.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            None => std::env::var(name).ok(),
            Some(vars) => vars.get(name).cloned(),
        };
        value.filter(|value| !value.trim().is_empty())
    }

    /// The variables to replace a child's environment with; `None` to let it inherit this process's.
    pub(super) fn replacement(&self) -> Option<&BTreeMap<String, String>> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Environment(fixed)" } else { "Environment(process)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_counts_as_absent_and_debug_tells_nothing() {
        let env = Environment::fixed([("AZURE_CLIENT_SECRET", "hush"), ("AZURE_TENANT_ID", " ")]);
        assert_eq!(env.get("AZURE_CLIENT_SECRET").as_deref(), Some("hush"));
        assert_eq!((env.get("AZURE_TENANT_ID"), env.get("PATH")), (None, None));
        assert!(!format!("{env:?}").contains("hush"));
    }
}
