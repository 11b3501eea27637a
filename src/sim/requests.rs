//! A bounded memory of what was asked, for tests and for people who watch a client.

use std::collections::VecDeque;

use serde::Serialize;

/// Requests that are remembered.
const KEPT: usize = 5_000;
/// Longest body that is remembered, in bytes.
const BODY: usize = 64 * 1024;

/// One request and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// Simulated time of arrival.
    pub time: String,
    /// Method.
    pub method: String,
    /// Path as sent, decoded.
    pub path: String,
    /// Query as sent.
    pub query: String,
    /// Status of the answer; 0 when the answer was cut off.
    pub status: u16,
    /// Body as text, possibly shortened.
    pub body: String,
    /// `x-ms-client-request-id`, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_id: Option<String>,
}

impl Seen {
    /// Shortens a body for keeping.
    pub fn shorten(body: &[u8]) -> String {
        String::from_utf8_lossy(body.get(..BODY).unwrap_or(body)).into_owned()
    }
}

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub struct Requests {
    seen: VecDeque<Seen>,
    total: u64,
}

impl Requests {
    /// Remembers one.
    pub fn add(&mut self, seen: Seen) {
        if self.seen.len() == KEPT {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
        self.total += 1;
    }

    /// The remembered ones, oldest first.
    pub fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter()
    }

    /// How many there were, the forgotten ones included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.seen.clear();
        self.total = 0;
    }
}
