//! A resource exactly as it was last read. Only `azure/` looks inside; others show it.

use std::fmt;
use std::sync::Arc;

use super::text;

/// The body of a resource as the service sent it (compact JSON).
///
/// An edit patches this body, so that properties which this program does not model survive the PUT.
#[derive(Clone, PartialEq, Eq)]
pub struct RawBody(Arc<str>);

impl RawBody {
    /// Keeps `json` as it is.
    pub fn new(json: &str) -> Self {
        Self(json.into())
    }

    /// The JSON text as it came; not safe to draw.
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The body indented by two spaces and made safe to draw.
    pub fn pretty(&self) -> String {
        let mut out = String::with_capacity(self.0.len() * 2);
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        let mut chars = self.0.chars().peekable();
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', depth * 2));
        };
        while let Some(c) = chars.next() {
            if in_string {
                out.push(c);
                in_string = escaped || c != '"';
                escaped = !escaped && c == '\\';
                continue;
            }
            match c {
                '"' => {
                    in_string = true;
                    out.push(c);
                }
                '{' | '[' => {
                    out.push(c);
                    while chars.peek().is_some_and(|n| n.is_whitespace()) {
                        chars.next();
                    }
                    if let Some(close) = chars.next_if(|n| matches!(n, '}' | ']')) {
                        out.push(close);
                    } else {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
                '}' | ']' => {
                    depth = depth.saturating_sub(1);
                    line(&mut out, depth);
                    out.push(c);
                }
                ',' => {
                    out.push(c);
                    line(&mut out, depth);
                }
                ':' => out.push_str(": "),
                c if c.is_whitespace() => {}
                c => out.push(c),
            }
        }
        text::clean_lines(&out).into_owned()
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_indents_and_keeps_strings() {
        let raw = RawBody::new(r#"{"a":[],"b":{"c":"x,{\"y\": 1}"},"d":[1,2]}"#);
        let wanted = "{\n  \"a\": [],\n  \"b\": {\n    \"c\": \"x,{\\\"y\\\": 1}\"\n  },\n  \"d\": [\n    1,\n    2\n  ]\n}";
        assert_eq!(raw.pretty(), wanted);
    }
}
