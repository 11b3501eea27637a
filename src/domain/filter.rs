//! The filter language of every list: what the user types after `/`, parsed once, asked per row.
//!
//! Terms are separated by spaces and must all hold: `text` (anywhere, ignoring case), `!term`
//! (must not hold), `column:term`, `/regex/`, and `"quoted text"` for spaces, colons and slashes.
//! It knows nothing of lists: a list names its columns and hands over cell texts.

use regex_lite::{Regex, RegexBuilder};

use super::required::required;
use super::text;

/// Terms are bits of one word, so that a row is judged by one comparison.
const MAX_TERMS: usize = 63;
/// Bound on a compiled expression: it is typed by hand, so a few kilobytes are plenty.
const REGEX_SIZE: usize = 1 << 18;

/// Which terms of a [`Filter`] were found, one bit each.
pub type Hits = u64;

/// Why a filter text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// `name:` is not a column of this list.
    #[error("no column \"{name}\"; columns: {known} (quote the term to search for its text)")]
    UnknownColumn {
        /// As typed.
        name: String,
        /// The list's columns, separated by commas.
        known: String,
    },
    /// Several columns begin with `name`.
    #[error("\"{name}:\" could be {candidates}")]
    AmbiguousColumn {
        /// As typed.
        name: String,
        /// The columns that begin with it, separated by commas.
        candidates: String,
    },
    /// The text between slashes is no regular expression.
    #[error("/{pattern}/ is not a regular expression: {reason}")]
    BadRegex {
        /// As typed, without the slashes.
        pattern: String,
        /// The parser's words.
        reason: String,
    },
    /// More terms than can be judged.
    #[error("more than {MAX_TERMS} terms")]
    TooManyTerms,
}

/// A parsed filter, bound to the columns of one list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    source: String,
    terms: Vec<Needle>,
    /// Terms that must be absent.
    negated: Hits,
    /// Terms that look at every column.
    anywhere: Hits,
    /// Terms that name the column, per column.
    named: Vec<Hits>,
}

#[derive(Debug, Clone)]
enum Needle {
    /// Lower case already.
    Text(String),
    /// The text, if there is one, stands in every match: it is looked for first, which is much quicker.
    Regex(Option<String>, Regex),
}

/// Two filters are the same when they were typed the same for the same columns.
impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.named == other.named
    }
}

impl Eq for Filter {}

impl Filter {
    /// Parses what the user typed. `columns` are the list's column names, in the order in which
    /// cells will be handed over; a name may be shortened as long as it stays unique.
    ///
    /// Unfinished terms (`!`, `column:`, an open quote) are no errors: the filter is applied while
    /// it is being typed.
    ///
    /// # Errors
    /// [`FilterError`] for an unknown or ambiguous column, a bad expression, or too many terms.
    pub fn parse(text: &str, columns: &[&str]) -> Result<Self, FilterError> {
        let mut filter = Self { source: text.to_owned(), named: vec![0; columns.len()], ..Self::default() };
        for typed in Terms::of(text) {
            let column = typed.column.as_deref().map(|name| resolve(name, columns)).transpose()?;
            if typed.value.is_empty() {
                continue;
            }
            if filter.terms.len() == MAX_TERMS {
                return Err(FilterError::TooManyTerms);
            }
            let bit = 1 << filter.terms.len();
            filter.terms.push(if typed.regex { expression(&typed.value)? } else { literal(&typed.value) });
            if typed.negated {
                filter.negated |= bit;
            }
            match column.and_then(|at| filter.named.get_mut(at)) {
                Some(named) => *named |= bit,
                None => filter.anywhere |= bit,
            }
        }
        Ok(filter)
    }

    /// What was typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// True when every row passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Judges a row by its cell texts, in the order of the columns.
    pub fn matches<'a>(&self, cells: impl IntoIterator<Item = &'a str>) -> bool {
        if self.is_empty() {
            return true;
        }
        let mut found = 0;
        for (column, cell) in cells.into_iter().enumerate() {
            found |= self.find(cell, self.looking_at(column) & !found);
        }
        self.accepts(found)
    }

    /// The terms that look at this column, whether or not they name it.
    pub fn looking_at(&self, column: usize) -> Hits {
        self.anywhere | self.naming(column)
    }

    /// The terms that name this column.
    pub fn naming(&self, column: usize) -> Hits {
        self.named.get(column).copied().unwrap_or_default()
    }

    /// Which of the `wanted` terms stand in `cell`. Negation is not applied: see [`Self::accepts`].
    pub fn find(&self, cell: &str, wanted: Hits) -> Hits {
        let mut found = 0;
        let mut left = wanted & self.all();
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            if self.terms.get(at as usize).is_some_and(|needle| needle.is_in(cell)) {
                found |= 1 << at;
            }
        }
        found
    }

    /// The verdict on a row in which the terms `found` stand somewhere.
    pub fn accepts(&self, found: Hits) -> bool {
        (found ^ self.negated) & self.all() == self.all()
    }

    fn all(&self) -> Hits {
        (1 << self.terms.len()) - 1
    }
}

impl Needle {
    fn is_in(&self, cell: &str) -> bool {
        match self {
            Self::Regex(part, regex) => {
                part.as_ref().is_none_or(|part| contains(cell, part)) && regex.is_match(cell)
            }
            Self::Text(needle) => contains(cell, needle),
        }
    }
}

/// Ignores case; `needle` is in lower case.
fn contains(cell: &str, needle: &str) -> bool {
    if cell.is_ascii() {
        let (needle, first) = (needle.as_bytes(), needle.bytes().next());
        // The first byte decides nearly everywhere, and costs less than a call.
        let begins = |part: &[u8]| part.first().map(u8::to_ascii_lowercase) == first;
        return cell
            .as_bytes()
            .windows(needle.len())
            .any(|part| begins(part) && part.eq_ignore_ascii_case(needle));
    }
    let mut rest = lower(cell);
    loop {
        let mut here = rest.clone();
        if needle.chars().all(|c| here.next() == Some(c)) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

/// Character by character, because `str::to_lowercase` depends on what stands around a letter and
/// a part of a word would then not be found in it.
fn lower(text: &str) -> impl Iterator<Item = char> + Clone + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn literal(value: &str) -> Needle {
    Needle::Text(lower(value).collect())
}

fn expression(pattern: &str) -> Result<Needle, FilterError> {
    let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(REGEX_SIZE).build();
    let part = required(pattern).map(|part| lower(&part).collect());
    built.map(|regex| Needle::Regex(part, regex)).map_err(|error| FilterError::BadRegex {
        pattern: text::clean(pattern).into_owned(),
        reason: text::clean(&error.to_string()).into_owned(),
    })
}

fn resolve(name: &str, columns: &[&str]) -> Result<usize, FilterError> {
    if let Some(at) = columns.iter().position(|c| c.eq_ignore_ascii_case(name)) {
        return Ok(at);
    }
    let begins = |column: &str| column.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    let mut candidates = columns.iter().enumerate().filter(|(_, column)| begins(column));
    match (candidates.next(), candidates.next()) {
        (Some((at, _)), None) => Ok(at),
        (None, _) => Err(FilterError::UnknownColumn { name: name.to_owned(), known: columns.join(", ") }),
        (Some(_), Some(_)) => {
            let candidates: Vec<&str> = columns.iter().copied().filter(|c| begins(c)).collect();
            Err(FilterError::AmbiguousColumn { name: name.to_owned(), candidates: candidates.join(", ") })
        }
    }
}

/// One term as typed.
#[derive(Debug, Default)]
struct Typed {
    negated: bool,
    column: Option<String>,
    value: String,
    regex: bool,
    quoted: bool,
}

/// Splits a filter text into terms.
struct Terms<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
}

impl<'a> Terms<'a> {
    fn of(text: &'a str) -> Self {
        Self { chars: text.chars().peekable() }
    }

    fn quoted(&mut self, value: &mut String) {
        while let Some(c) = self.chars.next() {
            match c {
                '"' => return,
                '\\' => value.push(self.chars.next_if(|n| matches!(n, '"' | '\\')).unwrap_or('\\')),
                _ => value.push(c),
            }
        }
    }

    /// From a slash at the start of a value to the next space: an expression when it ends in a
    /// slash, else plain text, because resource ids begin with a slash too.
    fn slashed(&mut self, typed: &mut Typed) {
        while let Some(c) = self.chars.next_if(|c| !c.is_whitespace()) {
            typed.value.push(c);
        }
        if let Some(inner) = typed.value.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            typed.value = inner.to_owned();
            typed.regex = true;
        }
    }

    /// `https://` and `2001:db8::1` are texts; a column's name is a word before a single colon.
    fn is_column(&mut self, typed: &Typed) -> bool {
        let name = &typed.value;
        let next = self.chars.peek();
        typed.column.is_none()
            && !typed.quoted
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
            && next != Some(&':')
            && !(matches!(name.as_str(), "http" | "https") && next == Some(&'/'))
    }
}

impl Iterator for Terms<'_> {
    type Item = Typed;

    fn next(&mut self) -> Option<Typed> {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
        self.chars.peek()?;
        let negated = self.chars.next_if_eq(&'!').is_some();
        let mut typed = Typed { negated, ..Typed::default() };
        while let Some(&c) = self.chars.peek() {
            if c.is_whitespace() {
                break;
            }
            if c == '/' && typed.value.is_empty() && !typed.quoted {
                self.slashed(&mut typed);
                break;
            }
            self.chars.next();
            match c {
                '"' => {
                    typed.quoted = true;
                    self.quoted(&mut typed.value);
                }
                ':' if self.is_column(&typed) => typed.column = Some(std::mem::take(&mut typed.value)),
                _ => typed.value.push(c),
            }
        }
        Some(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [&str; 4] = ["name", "service", "source", "profile"];
    const ROW: [&str; 4] = ["web-in", "aoai-prod Größe", "2001:db8::1", "frontdoor"];

    fn holds(text: &str) -> bool {
        Filter::parse(text, &COLUMNS).unwrap().matches(ROW)
    }

    #[test]
    fn terms_are_anded_and_ignore_case() {
        assert!(holds(""));
        assert!(holds("WEB prod"));
        assert!(holds("GRÖßE"));
        assert!(!holds("web staging"));
    }

    #[test]
    fn negation_columns_and_expressions() {
        assert!(holds("!staging") && !holds("!web"));
        assert!(holds("name:web") && !holds("name:prod") && holds("!name:prod"));
        assert!(holds("p:front"), "a unique beginning of a name is enough");
        assert!(holds("/^web-(in|out)$/") && holds("service:/PROD/") && !holds("name:/prod/"));
        assert!(holds("!name:/prod/"));
    }

    #[test]
    fn quotes_addresses_and_ids_are_texts() {
        assert!(holds("\"prod größe\"") && holds("service:\"aoai-prod g\""));
        assert!(holds("2001:db8") && !holds("\"name:web\""));
        assert!(Filter::parse("/subscriptions/x https://a fe80::1", &COLUMNS).is_ok());
        assert!(holds("\"aoai"), "an open quote ends with the text");
    }

    #[test]
    fn what_is_not_finished_yet_hides_nothing() {
        for text in ["!", "name:", "!name:", "\"", "//", "  "] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn mistakes_are_explained() {
        let message = |text| Filter::parse(text, &COLUMNS).unwrap_err().to_string();
        assert!(message("nmae:x").contains("name, service, source, profile"));
        assert_eq!(message("s:x"), "\"s:\" could be service, source");
        assert!(message("/(/").starts_with("/(/ is not a regular expression: "));
        assert_eq!(message(&"a ".repeat(64)), "more than 63 terms");
        assert!(Filter::parse(&"e ".repeat(63), &COLUMNS).unwrap().matches(["e"]));
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in "\\PC{0,40}", cell in "\\PC{0,20}") {
            if let Ok(filter) = Filter::parse(&text, &COLUMNS) {
                filter.matches([cell.as_str()]);
            }
        }

        #[test]
        fn a_quoted_part_of_a_cell_is_found(before in "\\PC{0,9}", part in "\\PC{1,9}", after in "\\PC{0,9}") {
            let quoted = format!("\"{}\"", part.replace('\\', "\\\\").replace('"', "\\\""));
            let cell = format!("{before}{part}{after}");
            prop_assert!(Filter::parse(&quoted, &COLUMNS).unwrap().matches([cell.as_str()]));
            let not = Filter::parse(&format!("!{quoted}"), &COLUMNS).unwrap();
            prop_assert!(!not.matches([cell.as_str()]));
        }

        #[test]
        fn several_terms_are_the_and_of_each(words in prop::collection::vec("[ab]{1,2}", 1..4),
                                             cells in prop::collection::vec("[abc]{0,3}", 4)) {
            let judge = |text: &str| {
                Filter::parse(text, &COLUMNS).unwrap().matches(cells.iter().map(String::as_str))
            };
            prop_assert_eq!(judge(&words.join(" ")), words.iter().all(|w| judge(w)));
            for word in &words {
                prop_assert_eq!(judge(word), cells.iter().any(|c| c.contains(word.as_str())));
                prop_assert_eq!(judge(&format!("!{word}")), !judge(word));
                prop_assert_eq!(judge(&format!("source:{word}")), cells[2].contains(word.as_str()));
            }
        }
    }
}
