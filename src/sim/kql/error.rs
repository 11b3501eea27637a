//! Why a query is refused, in the error form of the Log Analytics query service.
//!
//! The nesting `BadArgumentError` → `SyntaxError`/`SemanticError` → engine code, the texts and the
//! zero-based column are those of published service answers. Nothing here is ever ignored or retried.

use serde_json::{Value as Json, json};

/// A query the service would not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The text is not KQL, or not the part of KQL that the simulator knows.
    Syntax {
        /// The token it stopped at.
        token: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 0.
        pos: usize,
    },
    /// The text parses, but a name, a type or an argument is wrong.
    Semantic {
        /// Engine code such as `SEM0100`.
        code: &'static str,
        /// Engine text.
        message: String,
    },
}

impl Refusal {
    /// The token at byte `offset` of `text` is not expected there.
    pub fn syntax(text: &str, offset: usize, token: &str) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let pos = before.rsplit('\n').next().map_or(0, |last| last.chars().count());
        let token = if token.is_empty() { "<EOF>".to_owned() } else { token.to_owned() };
        Self::Syntax { token, line, pos }
    }

    /// A name that no column or scalar has; `operator` is where it was met.
    pub fn unknown_name(operator: &str, name: &str) -> Self {
        let what = if operator == "where" { "column or scalar" } else { "scalar" };
        Self::Semantic {
            code: "SEM0100",
            message: format!("'{operator}' operator: Failed to resolve {what} expression named '{name}'"),
        }
    }

    /// A table that the workspace does not have.
    pub fn unknown_table(operator: Option<&str>, name: &str) -> Self {
        let lead = operator.map(|o| format!("'{o}' operator: ")).unwrap_or_default();
        Self::Semantic {
            code: "SEM0100",
            message: format!("{lead}Failed to resolve table or column expression named '{name}'"),
        }
    }

    /// Any other semantic error.
    pub fn semantic(code: &'static str, message: impl Into<String>) -> Self {
        Self::Semantic { code, message: message.into() }
    }

    /// The body of the 400 answer.
    pub fn body(&self, correlation_id: &str) -> Json {
        let inner = match self {
            Self::Syntax { token, line, pos } => json!({
                "code": "SyntaxError",
                "message": "A recognition error occurred in the query.",
                "innererror": {
                    "code": "SYN0002",
                    "message": format!("Query could not be parsed at '{token}' on line [{line},{pos}]"),
                    "line": line,
                    "pos": pos,
                    "token": token,
                },
            }),
            Self::Semantic { code, message } => json!({
                "code": "SemanticError",
                "message": "A semantic error occurred.",
                "innererror": { "code": code, "message": message },
            }),
        };
        json!({ "error": {
            "message": "The request had some invalid properties",
            "code": "BadArgumentError",
            "correlationId": correlation_id,
            "innererror": inner,
        }})
    }
}
