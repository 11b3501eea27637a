//! Keeps the score of a session: every exchange is judged by the OpenAPI documents, listed deviations excepted. A request
//! is the client's duty, an answer the service's.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::deviations::{allowing, unlisted};
use super::openapi::{Api, Violation, api};
use super::truth::truth;

/// Collects what was wrong. Without the documents on this machine it finds nothing and says so.
#[derive(Default)]
pub struct Judge {
    api: Option<&'static Api>,
    score: Mutex<Score>,
}

#[derive(Default)]
struct Score {
    requests: Vec<String>,
    answers: Vec<String>,
    calls: BTreeSet<String>,
    queries: BTreeSet<String>,
    allowed: BTreeSet<(usize, &'static str)>,
    exchanges: usize,
}

impl Judge {
    /// `name` says, where the documents are missing, what went unchecked.
    pub fn new(name: &str) -> Arc<Self> {
        Arc::new(Self { api: truth(name).map(api), score: Mutex::default() })
    }

    /// Judges a request. The simulator's own pages under `/_sim/` are no Azure API, and for the data planes
    /// under `/_data/` no document is saved: both are passed over.
    pub fn request(&self, method: &str, target: &str, body: &[u8]) {
        self.score.lock().unwrap().queries.extend(query(method, target, body));
        let Some(api) = self.api.filter(|_| !passed_over(target)) else { return };
        let found = self.allow(api.request(method, target, body));
        let mut score = self.score.lock().unwrap();
        score.requests.extend(found);
        score.calls.extend(api.call(method, target).map(str::to_owned));
        score.exchanges += 1;
    }

    /// Judges the answer to a request.
    pub fn answer(&self, method: &str, target: &str, status: u16, body: &[u8]) {
        let Some(api) = self.api.filter(|_| !passed_over(target)) else { return };
        let found = self.allow(api.answer(method, target, status, body));
        self.score.lock().unwrap().answers.extend(found);
    }

    /// Notes an answer that could not be judged.
    pub fn unreadable(&self, method: &str, target: &str, why: &str) {
        self.score.lock().unwrap().answers.push(format!("{method} {target}: {why}"));
    }

    fn allow(&self, found: Vec<Violation>) -> Vec<String> {
        self.score.lock().unwrap().allowed.extend(found.iter().flat_map(allowing));
        unlisted(found).iter().map(ToString::to_string).collect()
    }

    /// What the client did wrong.
    pub fn requests(&self) -> Vec<String> {
        self.score.lock().unwrap().requests.clone()
    }

    /// What the service did wrong.
    pub fn answers(&self) -> Vec<String> {
        self.score.lock().unwrap().answers.clone()
    }

    /// Everything that was wrong.
    pub fn violations(&self) -> Vec<String> {
        [self.requests(), self.answers()].concat()
    }

    /// How many requests were judged: zero means that nothing was proved.
    pub fn exchanges(&self) -> usize {
        self.score.lock().unwrap().exchanges
    }

    /// The operations that were used, to tell what a test left out.
    pub fn calls(&self) -> BTreeSet<String> {
        self.score.lock().unwrap().calls.clone()
    }

    /// The query texts that were sent.
    pub fn queries(&self) -> BTreeSet<String> {
        self.score.lock().unwrap().queries.clone()
    }

    /// The deviations that were needed, as row of the table and call.
    pub fn allowed(&self) -> BTreeSet<(usize, &'static str)> {
        self.score.lock().unwrap().allowed.clone()
    }
}

fn passed_over(target: &str) -> bool {
    target.starts_with("/_sim/") || target.starts_with("/_data/")
}

/// The query text that a request carries, to whichever service.
fn query(method: &str, target: &str, body: &[u8]) -> Option<String> {
    let path = target.split('?').next()?.to_ascii_lowercase();
    let asks = path.starts_with("/v1/") && path.ends_with("/query")
        || path.ends_with("/microsoft.resourcegraph/resources");
    let body: serde_json::Value = serde_json::from_slice(body).ok().filter(|_| method == "POST" && asks)?;
    body["query"].as_str().map(str::to_owned)
}
