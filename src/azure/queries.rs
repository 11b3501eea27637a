//! Every KQL text that is ever sent, of both services that take one: for `nsp queries` and for the
//! checks by Microsoft's language service. Sends nothing.

use std::sync::Arc;

use super::graph::associable_kql;
use super::logs::kql;

/// A text with example values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryText {
    /// Unique; fit for a file's name.
    pub name: String,
    /// The text. Its first line is a comment that says what it answers.
    pub text: String,
}

/// All of them.
pub fn query_texts() -> Vec<QueryText> {
    let logs = kql::catalogue()
        .into_iter()
        .map(|example| QueryText { name: example.name, text: example.kql.text().to_owned() });
    let types = ["Microsoft.CognitiveServices/accounts", "Microsoft.Storage/storageAccounts"].map(Arc::from);
    let resources = QueryText {
        name: "resources".to_owned(),
        text: format!(
            "// nsp resources: Which resources could be in a perimeter? For Resource Graph.\n{}",
            associable_kql(&types)
        ),
    };
    logs.chain(std::iter::once(resources)).collect()
}
