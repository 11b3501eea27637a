//! The table of keys as Markdown. Says nothing that the table does not.

use std::fmt::Write as _;

use super::super::focus::Scope;
use super::{Keymap, TABLE};

/// The key table in Markdown, for the README.
pub fn markdown() -> String {
    let keymap = Keymap::default();
    let mut out = String::from("| Where | Keys | What |\n|---|---|---|\n");
    for scope in Scope::ALL {
        for binding in TABLE.iter().filter(|b| b.scope == scope) {
            let keys: Vec<String> =
                keymap.keys(binding).split(' ').map(|k| format!("`{}`", k.replace('|', "\\|"))).collect();
            let mark = if binding.writes { " (writes)" } else { "" };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "| {} | {} | {}{mark} |", scope.label(), keys.join(" "), binding.help);
        }
    }
    out
}
