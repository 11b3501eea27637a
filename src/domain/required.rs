//! What every match of a regular expression must contain, so that most texts need not be searched
//! for the expression itself. Must not miss a match: where it is in doubt there is no such text.

/// The longest plain text that stands in every match of `pattern`, as far as it can be told without
/// understanding the expression: groups, classes and all that is optional are passed over.
pub(super) fn required(pattern: &str) -> Option<String> {
    let mut chars = pattern.chars();
    let mut runs = Runs::default();
    while let Some(c) = chars.next() {
        match c {
            // Either side may match.
            '|' => return None,
            '(' => {
                runs.end();
                group(&mut chars)?;
            }
            '[' => {
                runs.end();
                class(&mut chars)?;
            }
            '.' | '^' | '$' | '+' => runs.end(),
            '*' | '?' => runs.drop_last(),
            '{' => {
                runs.drop_last();
                chars.find(|c| *c == '}')?;
            }
            '\\' => match chars.next()? {
                'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B' | 'A' | 'z' => runs.end(),
                c if c.is_ascii_punctuation() => runs.current.push(c),
                // Digits may follow that are no text.
                _ => return None,
            },
            c => runs.current.push(c),
        }
    }
    runs.end();
    (runs.longest.chars().count() > 1).then_some(runs.longest)
}

#[derive(Default)]
struct Runs {
    longest: String,
    current: String,
}

impl Runs {
    fn end(&mut self) {
        if self.current.len() > self.longest.len() {
            std::mem::swap(&mut self.longest, &mut self.current);
        }
        self.current.clear();
    }

    /// The last character may be absent.
    fn drop_last(&mut self) {
        self.current.pop();
        self.end();
    }
}

/// Passes over a group; `None` when it may change how the rest is read.
fn group(chars: &mut std::str::Chars<'_>) -> Option<()> {
    if chars.as_str().starts_with('?') {
        return None;
    }
    loop {
        match chars.next()? {
            ')' => return Some(()),
            '(' => group(chars)?,
            '[' => class(chars)?,
            '\\' => drop(chars.next()?),
            _ => {}
        }
    }
}

/// Passes over a class; `None` when another stands in it.
fn class(chars: &mut std::str::Chars<'_>) -> Option<()> {
    let mut first = true;
    loop {
        match chars.next()? {
            // As the first character it is one of the class.
            ']' if !first => return Some(()),
            '^' if first => continue,
            '[' => return None,
            '\\' => drop(chars.next()?),
            _ => {}
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_parts_are_found() {
        for (pattern, wanted) in [
            ("account-1[0-9]+$", Some("account-1")),
            (r"^10\.0\.\d+\.7$", Some("10.0.")),
            ("colou?r", Some("colo")),
            ("ab+cd", Some("ab")),
            ("(red|green)light", Some("light")),
            ("[]x]yes[^]]no", Some("yes")),
            ("x{2,3}rest", Some("rest")),
        ] {
            assert_eq!(required(pattern).as_deref(), wanted, "{pattern}");
        }
    }

    #[test]
    fn doubt_gives_nothing() {
        for pattern in ["red|green", "(?i)abc", "(?x)a b c", r"\x41bc", "[[:alpha:]]abc", "a.b", "(", "["] {
            assert_eq!(required(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_match_is_missed(
            pattern in r"([abc]|\[[abc]+\]|\([ab|]{1,4}\)|[.^$]|\\\.|\\d|[abc][?*+]|[ab]\{0,2\}|\|){1,8}",
            text in "[abc.1]{0,8}",
        ) {
            if let (Ok(regex), Some(part)) = (regex_lite::Regex::new(&pattern), required(&pattern)) {
                prop_assert!(!regex.is_match(&text) || text.contains(&part), "{}", part);
            }
        }
    }
}
