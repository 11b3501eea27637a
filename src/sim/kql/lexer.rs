//! KQL text → tokens. Literals are complete here; meaning of names is the parser's business.

use std::sync::Arc;

use super::error::Refusal;
use super::time;
use super::value::{Type, Value};

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A name or keyword, `!in` and `in~` forms included.
    Name(Arc<str>),
    /// A literal of this type.
    Literal(Value, Type),
    /// Punctuation or an operator sign.
    Sign(&'static str),
    /// End of text.
    End,
}

/// One token and where it begins and ends (byte offsets).
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Longest first, so that `==` is not read as two `=`.
const SIGNS: [&str; 29] = [
    "==", "!=", "=~", "!~", "<=", ">=", "<>", "=>", "..", "|", "(", ")", "[", "]", "{", "}", ",", ";", "=",
    "<", ">", "+", "-", "*", "/", "%", ".", ":", "$",
];

/// Splits a query into tokens, the last being [`Kind::End`].
pub fn lex(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        let start = lexer.at;
        let kind = lexer.token()?;
        let done = kind == Kind::End;
        tokens.push(Token { kind, start, end: lexer.at });
        if done {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn refuse<T>(&self, offset: usize) -> Result<T, Refusal> {
        let rest = self.text.get(offset..).unwrap_or_default();
        let token: String = rest.chars().take(1).collect();
        Err(Refusal::syntax(self.text, offset, &token))
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn token(&mut self) -> Result<Kind, Refusal> {
        let Some(first) = self.peek() else { return Ok(Kind::End) };
        let rest = self.rest();
        if let Some(kind) = self.string()? {
            return Ok(kind);
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        let negated = first == '!' && rest.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic());
        if first.is_alphabetic() || first == '_' || negated {
            return self.name();
        }
        for sign in SIGNS {
            if rest.starts_with(sign) {
                self.at += sign.len();
                return Ok(Kind::Sign(sign));
            }
        }
        self.refuse(self.at)
    }

    fn name(&mut self) -> Result<Kind, Refusal> {
        let rest = self.rest();
        let length = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| !c.is_alphanumeric() && *c != '_')
            .map_or(rest.len(), |(i, _)| i);
        let word = rest.get(..length).unwrap_or_default();
        self.at += length;
        if matches!(word, "in" | "!in") && self.rest().starts_with('~') {
            self.at += 1;
            return Ok(Kind::Name(Arc::from(format!("{word}~"))));
        }
        if self.rest().starts_with('(')
            && let Some(ty) = Type::parse(word)
        {
            return self.typed_literal(ty);
        }
        Ok(match word {
            "true" => Kind::Literal(Value::Bool(true), Type::Bool),
            "false" => Kind::Literal(Value::Bool(false), Type::Bool),
            _ => Kind::Name(Arc::from(word)),
        })
    }

    /// `datetime(…)`, `timespan(…)`, `dynamic(…)`, `long(…)` and their like.
    fn typed_literal(&mut self, ty: Type) -> Result<Kind, Refusal> {
        let open = self.at;
        let Some(inner) = balanced(self.rest()) else { return self.refuse(open) };
        let raw = inner.trim();
        let unquoted =
            raw.strip_prefix(['"', '\'']).and_then(|r| r.strip_suffix(['"', '\''])).map_or(raw, str::trim);
        let value =
            if raw == "null" && ty != Type::Str { Some(Value::Null) } else { literal(unquoted, raw, ty) };
        let Some(value) = value else {
            let word = ty.name();
            let message = format!("Failed to parse {word} literal: '{word}({inner})'");
            return Err(Refusal::semantic("SEM0007", message));
        };
        self.at = open + inner.len() + 2;
        Ok(Kind::Literal(value, ty))
    }

    fn number(&mut self) -> Result<Kind, Refusal> {
        let rest = self.rest();
        if let Some(hex) = rest.strip_prefix("0x") {
            let length = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
            let Ok(n) = i64::from_str_radix(hex.get(..length).unwrap_or_default(), 16) else {
                return self.refuse(self.at);
            };
            self.at += length + 2;
            return Ok(Kind::Literal(Value::Long(n), Type::Long));
        }
        let bytes = rest.as_bytes();
        let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
        let run = |mut i: usize| {
            while digit(i) {
                i += 1;
            }
            i
        };
        let mut end = run(0);
        if bytes.get(end) == Some(&b'.') && digit(end + 1) {
            end = run(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if digit(end + 1 + sign) {
                end = run(end + 1 + sign);
            }
        }
        let digits = rest.get(..end).unwrap_or_default();
        let tail = rest.get(end..).unwrap_or_default();
        let suffix = tail.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tail.len());
        let suffix = tail.get(..suffix).unwrap_or_default();
        let kind = if !suffix.is_empty() {
            let ticks = time::unit(suffix).zip(digits.parse::<f64>().ok());
            ticks.map(|(unit, n)| Kind::Literal(Value::Span((n * unit as f64).round() as i64), Type::Span))
        } else if let Ok(n) = digits.parse::<i64>() {
            Some(Kind::Literal(Value::Long(n), Type::Long))
        } else {
            digits.parse::<f64>().ok().map(|x| Kind::Literal(Value::Real(x), Type::Real))
        };
        let Some(kind) = kind else {
            return Err(Refusal::syntax(self.text, self.at, &format!("{digits}{suffix}")));
        };
        self.at += end + suffix.len();
        Ok(kind)
    }

    /// `'…'`, `"…"`, either with `@` (verbatim) or `h` (obfuscated) before it.
    fn string(&mut self) -> Result<Option<Kind>, Refusal> {
        let rest = self.rest();
        let plain = rest.strip_prefix(['h', 'H']).filter(|r| r.starts_with(['@', '"', '\''])).unwrap_or(rest);
        let verbatim = plain.starts_with('@');
        let body = plain.strip_prefix('@').unwrap_or(plain);
        let Some(quote) = body.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return Ok(None);
        };
        let inner = body.get(1..).unwrap_or_default();
        let mut out = String::new();
        let mut chars = inner.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            if c == quote {
                if verbatim && chars.peek().is_some_and(|(_, next)| *next == quote) {
                    out.push(quote);
                    chars.next();
                    continue;
                }
                self.at += rest.len() - inner.len() + i + 1;
                return Ok(Some(Kind::Literal(Value::str(out), Type::Str)));
            }
            if c == '\n' {
                break;
            }
            if c != '\\' || verbatim {
                out.push(c);
                continue;
            }
            match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(same @ ('\\' | '"' | '\'')) => out.push(same),
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                    match code.and_then(char::from_u32) {
                        Some(c) => out.push(c),
                        None => return self.refuse(self.at),
                    }
                }
                _ => return self.refuse(self.at),
            }
        }
        self.refuse(self.at)
    }
}

/// The text between the opening parenthesis at the start and its partner.
fn balanced(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return text.get(1..i);
                }
            }
            (Some(_) | None, _) => {}
        }
    }
    None
}

fn literal(unquoted: &str, raw: &str, ty: Type) -> Option<Value> {
    match ty {
        Type::Bool => match unquoted {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::DateTime => time::parse_instant(unquoted).map(Value::DateTime),
        Type::Dynamic => {
            // Kusto also takes single quotes here.
            let json = serde_json::from_str(raw).or_else(|_| serde_json::from_str(&raw.replace('\'', "\"")));
            json.ok().map(Value::dynamic)
        }
        Type::Guid => uuid::Uuid::try_parse(unquoted).ok().map(|g| Value::str(g.to_string())),
        Type::Int => raw.parse::<i32>().ok().map(|n| Value::Long(i64::from(n))),
        Type::Long => raw.parse().ok().map(Value::Long),
        Type::Real => raw.parse().ok().map(Value::Real),
        Type::Str => Some(Value::str(unquoted)),
        Type::Span => time::parse_span(unquoted).map(Value::Span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        lex(text).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn literals() {
        let text = r#"5 1.5 1d 0x1F "a\"b" @'c:\x' 'it' datetime(2026-01-01) dynamic(["a",1]) true"#;
        let values: Vec<String> = kinds(text)
            .into_iter()
            .filter_map(|k| match k {
                Kind::Literal(v, ty) => Some(format!("{}:{}", ty.name(), v.text())),
                _ => None,
            })
            .collect();
        assert_eq!(
            values,
            [
                "long:5",
                "real:1.5",
                "timespan:1.00:00:00",
                "long:31",
                "string:a\"b",
                "string:c:\\x",
                "string:it",
                "datetime:2026-01-01T00:00:00.0000000Z",
                "dynamic:[\"a\",1]",
                "bool:true"
            ]
        );
    }

    #[test]
    fn names_signs_and_comments() {
        assert_eq!(
            kinds("a in~ (b) // rest\n !in =~"),
            [
                Kind::Name("a".into()),
                Kind::Name("in~".into()),
                Kind::Sign("("),
                Kind::Name("b".into()),
                Kind::Sign(")"),
                Kind::Name("!in".into()),
                Kind::Sign("=~"),
                Kind::End
            ]
        );
    }

    #[test]
    fn what_is_no_token_is_refused_where_it_stands() {
        assert_eq!(
            lex("T |\n where a ? b").unwrap_err(),
            Refusal::Syntax { token: "?".into(), line: 2, pos: 9 }
        );
        assert_eq!(lex("'open").unwrap_err(), Refusal::Syntax { token: "'".into(), line: 1, pos: 0 });
        assert_eq!(lex("5zz").unwrap_err(), Refusal::Syntax { token: "5zz".into(), line: 1, pos: 0 });
        assert!(matches!(lex("datetime(soon)").unwrap_err(), Refusal::Semantic { code: "SEM0007", .. }));
    }
}
