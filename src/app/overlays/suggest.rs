//! What could be typed into a field: found among all there is by what is typed so far.

use super::palette::rank;

/// Something that could be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is put into the field.
    pub value: String,
    /// More about it.
    pub note: String,
}

/// At most so many suggestions are kept.
const KEPT: usize = 50;

/// The suggestions that match, best first; all of them once what is typed is one of them.
pub fn best(typed: &str, all: &[Suggestion]) -> Vec<Suggestion> {
    let exact = all.iter().any(|s| s.value.eq_ignore_ascii_case(typed));
    let wanted = if exact { "" } else { typed };
    let found = rank(wanted, all.iter().map(|s| format!("{} {}", s.value, s.note)));
    found.into_iter().take(KEPT).filter_map(|i| all.get(i).cloned()).collect()
}
