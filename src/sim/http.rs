//! One request and one answer as plain data, so that every handler is a function from one to the other.
//! Knows nothing of sockets (`server.rs`) and nothing of perimeters.

use serde_json::Value;

/// Methods that Azure Resource Manager uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
    /// Anything else; no operation takes it.
    Other,
}

impl Method {
    /// Reads the method of a request line.
    pub fn parse(text: &str) -> Self {
        match text {
            "GET" => Self::Get,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "POST" => Self::Post,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }

    /// The word of the request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Other => "OTHER",
        }
    }
}

/// A request, read whole.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Decoded path segments in the caller's spelling; empty ones are dropped as ARM does.
    pub segments: Vec<String>,
    /// The same in lower case: ARM paths are case-insensitive.
    pub lower: Vec<String>,
    /// Decoded query parameters in order.
    pub query: Vec<(String, String)>,
    /// Headers with lower-case names.
    pub headers: Vec<(String, String)>,
    /// Body, empty when none was sent.
    pub body: Vec<u8>,
    /// `http://host`, as the caller reached us: addresses in answers lead back the same way.
    pub base: String,
}

impl Request {
    /// Builds a request from its parts; `target` is path and query as on the request line.
    pub fn new(method: Method, target: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments: Vec<String> = path.split('/').filter(|s| !s.is_empty()).map(decode).collect();
        let lower = segments.iter().map(|s| s.to_lowercase()).collect();
        let query = url::form_urlencoded::parse(query.as_bytes())
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        let host = headers.iter().find(|(name, _)| name == "host").map_or("", |(_, value)| value.as_str());
        let base = format!("http://{host}");
        Self { method, segments, lower, query, headers, body, base }
    }

    /// Path in the caller's spelling, without a trailing slash.
    pub fn path(&self) -> String {
        join(&self.segments)
    }

    /// Lower-case path: the key of the addressed thing in the store.
    pub fn key(&self) -> String {
        join(&self.lower)
    }

    /// Segment `n` in the caller's spelling, empty when there is none.
    pub fn segment(&self, n: usize) -> &str {
        self.segments.get(n).map_or("", String::as_str)
    }

    /// A query parameter by name, ignoring case.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// A header by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// Query string as it could have been sent.
    pub fn query_text(&self) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (k, v) in &self.query {
            out.append_pair(k, v);
        }
        out.finish()
    }
}

/// `/a/b/c` of its segments.
pub fn join<S: AsRef<str>>(segments: &[S]) -> String {
    let mut out = String::with_capacity(segments.iter().map(|s| s.as_ref().len() + 1).sum());
    for s in segments {
        out.push('/');
        out.push_str(s.as_ref());
    }
    out
}

/// A text with its percent signs resolved.
pub(super) fn decode(segment: &str) -> String {
    let mut out = Vec::with_capacity(segment.len());
    let mut bytes = segment.as_bytes().iter();
    while let Some(b) = bytes.next() {
        let rest = bytes.as_slice();
        let hex = rest.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        match (*b, hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(value)) => {
                out.push(value);
                bytes.nth(1);
            }
            (b, _) => out.push(b),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An answer, before faults are applied to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Extra headers.
    pub headers: Vec<(String, String)>,
    /// JSON text; none is an empty body.
    pub body: Option<String>,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// An answer with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string())
    }

    /// An answer whose body is JSON text already.
    pub fn text(status: u16, body: String) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    /// 200 with a JSON body.
    pub fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    /// ARM's error envelope.
    pub fn error(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::json(status, &serde_json::json!({"error": {"code": code, "message": message.into()}}))
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What a handler gives: both sides are answers, the error side ends the handler early.
pub type Reply = Result<Answer, Answer>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_and_compared_without_case() {
        let r = Request::new(Method::Get, "/Subscriptions//A%20b/?API-version=1&$top=2", vec![], vec![]);
        assert_eq!(r.segments, ["Subscriptions", "A b"]);
        assert_eq!(r.key(), "/subscriptions/a b");
        assert_eq!(r.query("api-version"), Some("1"));
        assert_eq!(r.query("$top"), Some("2"));
    }
}
