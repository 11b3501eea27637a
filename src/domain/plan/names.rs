//! Names of planned rules: valid by the pattern of NSP resources (API.md, section 2.1), and not taken.

use crate::domain::check::{self, NAME_MAX};

/// A valid name that begins with `base` and is none of `taken`, compared without case. What cannot stand in a name
/// becomes `-`; a base of which nothing remains becomes `rule`.
pub fn unique_name<'t>(base: &str, taken: impl Fn(&str) -> bool + 't) -> String {
    let base = valid_name(base);
    if !taken(&base) {
        return base;
    }
    // A profile holds fewer rules than this.
    (2..100_000)
        .map(|n| {
            let tail = format!("-{n}");
            let head: String = base.chars().take(NAME_MAX - tail.len()).collect();
            format!("{head}{tail}")
        })
        .find(|name| !taken(name))
        .unwrap_or(base)
}

/// The nearest valid name: what cannot stand in one becomes `-`; `rule` where nothing remains.
pub fn valid_name(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric();
    let plain = |c: char| if word(c) || matches!(c, '_' | '.' | '-') { c } else { '-' };
    let name: String = text.chars().map(plain).take(NAME_MAX).collect();
    let name = name.trim_start_matches(|c| !word(c)).trim_end_matches(|c| !(word(c) || c == '_'));
    if check::name(name).is_some() { "rule".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_not_taken() {
        assert_eq!(unique_name("from-log", |_| false), "from-log");
        assert_eq!(unique_name("from log (Ü).", |_| false), "from-log");
        assert_eq!(unique_name("\u{1b}--", |_| false), "rule");
        let taken = ["a", "a-2"];
        assert_eq!(unique_name("a", |n| taken.contains(&n)), "a-3");
        let long = "x".repeat(200);
        let first = unique_name(&long, |_| false);
        let second = unique_name(&long, |n| n == first);
        assert_eq!((first.len(), second.len()), (80, 80));
        for name in [first, second, unique_name("__", |_| false), unique_name("9._", |_| false)] {
            assert_eq!(check::name(&name), None, "{name}");
        }
    }
}
