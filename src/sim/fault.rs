//! Faults on demand: which requests are hit, and what happens to them.
//!
//! Only decides; `server.rs` carries out what takes time or breaks a connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use super::http::{Answer, Request};

/// A rule: which requests, and what to do with them. Unknown words are refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Method; any when absent.
    pub method: Option<String>,
    /// Part of `path?query`, or a pattern with `*` for all of the path; case is ignored; any when absent.
    pub path: Option<String>,
    /// Only the n-th matching request, counted from 1.
    pub nth: Option<u64>,
    /// From the n-th matching request on, counted from 1.
    pub from: Option<u64>,
    /// At most so many times.
    pub count: Option<u64>,
    /// What happens.
    pub action: Action,
}

/// What happens to a request that is hit. Time first, then the answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Action {
    /// Wait so many milliseconds of real time first.
    pub delay_ms: Option<u64>,
    /// Hold the request until the fault is released or removed.
    pub gate: bool,
    /// Answer with this status instead of the real answer.
    pub status: Option<u16>,
    /// Headers that are added to the answer.
    pub headers: BTreeMap<String, String>,
    /// JSON body in place of the real one.
    pub body: Option<Value>,
    /// Body in place of the real one, as it is (wrong JSON, say).
    pub raw: Option<String>,
    /// Promise the whole body, send so many bytes of it, then cut the connection.
    pub torn: Option<usize>,
    /// Changes of the real answer's body.
    pub patch: Option<Patch>,
    /// Carry the request out even if `status` replaces its answer: the write happened, its answer is lost.
    pub execute: bool,
}

/// Changes of a JSON body; keys are JSON pointers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patch {
    /// Values to set; the parent must be there.
    pub set: BTreeMap<String, Value>,
    /// Properties to take out.
    pub remove: Vec<String>,
}

/// What `server.rs` has to do for one request.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What happens.
    pub action: Action,
    gate: watch::Receiver<bool>,
}

impl Plan {
    /// Waits out delay and gate.
    pub async fn wait(&mut self) {
        if let Some(ms) = self.action.delay_ms {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        if self.action.gate {
            // An error means that the fault was removed, which opens the gate too.
            let _ = self.gate.wait_for(|open| *open).await;
        }
    }

    /// The answer that stands in for the real one, if the request is not to be carried out.
    pub fn instead(&self) -> Option<Answer> {
        if self.action.execute {
            return None;
        }
        self.action.status.map(|status| self.shape(Answer::empty(status)))
    }

    /// Lays the fault over an answer.
    pub fn shape(&self, mut answer: Answer) -> Answer {
        let action = &self.action;
        if let Some(status) = action.status {
            answer = Answer::empty(status);
        }
        if let Some(patch) = &action.patch {
            answer.body = answer.body.map(|text| patched(&text, patch));
        }
        if let Some(body) = &action.body {
            answer.body = Some(body.to_string());
        }
        if let Some(raw) = &action.raw {
            answer.body = Some(raw.clone());
        }
        for (name, value) in &action.headers {
            answer.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
            answer.headers.push((name.clone(), value.clone()));
        }
        answer
    }
}

fn patched(text: &str, patch: &Patch) -> String {
    let Ok(mut body) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    for (pointer, value) in &patch.set {
        let Some((parent, key)) = pointer.rsplit_once('/') else { continue };
        match body.pointer_mut(parent) {
            Some(Value::Object(map)) => {
                map.insert(key.to_owned(), value.clone());
            }
            Some(Value::Array(list)) => {
                if let Some(place) = key.parse::<usize>().ok().and_then(|n| list.get_mut(n)) {
                    *place = value.clone();
                }
            }
            _ => {}
        }
    }
    for pointer in &patch.remove {
        let Some((parent, key)) = pointer.rsplit_once('/') else { continue };
        if let Some(Value::Object(map)) = body.pointer_mut(parent) {
            map.shift_remove(key);
        }
    }
    body.to_string()
}

/// The faults that are set.
#[derive(Debug, Default)]
pub struct Faults {
    next: u64,
    set: BTreeMap<u64, Set>,
}

#[derive(Debug)]
struct Set {
    fault: Fault,
    matched: u64,
    fired: Arc<watch::Sender<u64>>,
    gate: watch::Sender<bool>,
}

impl Faults {
    /// Sets a fault and gives its number.
    pub fn add(&mut self, fault: Fault) -> u64 {
        self.next += 1;
        let fired = Arc::new(watch::Sender::new(0));
        self.set.insert(self.next, Set { fault, matched: 0, fired, gate: watch::Sender::new(false) });
        self.next
    }

    /// Removes one fault; requests that it holds go on.
    pub fn remove(&mut self, id: u64) -> bool {
        self.set.remove(&id).is_some()
    }

    /// Removes all faults; requests that they hold go on.
    pub fn clear(&mut self) {
        self.set.clear();
    }

    /// Opens a fault's gate for good.
    pub fn release(&mut self, id: u64) -> bool {
        self.set.get(&id).map(|s| s.gate.send_replace(true)).is_some()
    }

    /// Tells how often a fault has fired, now and later.
    pub fn fired(&self, id: u64) -> Option<watch::Receiver<u64>> {
        self.set.get(&id).map(|s| s.fired.subscribe())
    }

    /// All faults with their numbers and counts.
    pub fn shown(&self) -> Value {
        let rows = self.set.iter().map(|(id, set)| {
            serde_json::json!({"id": id, "matched": set.matched, "fired": *set.fired.borrow(), "fault": set.fault})
        });
        Value::Array(rows.collect())
    }

    /// Counts a request against every fault and gives the first that hits it.
    pub fn plan(&mut self, request: &Request) -> Option<Plan> {
        if self.set.is_empty() {
            return None;
        }
        let path = request.key();
        let target = format!(
            "{path}?{}",
            request.query.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
        );
        let mut plan = None;
        for set in self.set.values_mut() {
            if !matches(&set.fault, request.method.as_str(), &path, &target.to_lowercase()) {
                continue;
            }
            set.matched += 1;
            let fired = *set.fired.borrow();
            let n = set.matched;
            let hit = set.fault.nth.is_none_or(|nth| nth == n)
                && set.fault.from.is_none_or(|from| n >= from)
                && set.fault.count.is_none_or(|count| fired < count);
            if hit && plan.is_none() {
                set.fired.send_replace(fired + 1);
                plan = Some(Plan { action: set.fault.action.clone(), gate: set.gate.subscribe() });
            }
        }
        plan
    }
}

fn matches(fault: &Fault, method: &str, path: &str, target: &str) -> bool {
    if fault.method.as_deref().is_some_and(|m| !m.eq_ignore_ascii_case(method)) {
        return false;
    }
    let Some(pattern) = fault.path.as_ref().map(|p| p.to_lowercase()) else { return true };
    if !pattern.contains('*') {
        return target.contains(&pattern);
    }
    glob(&pattern, path) || glob(&pattern, target)
}

/// `*` stands for anything, also nothing.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::http::Method;

    #[test]
    fn patterns_match_whole_paths_and_words_match_anywhere() {
        assert!(glob("/a/*/c", "/a/b/c"));
        assert!(glob("*links*", "/x/links/y"));
        assert!(!glob("/a/*/c", "/a/b/c/d"));
        assert!(!glob("*/profiles", "/profiles/x"));
    }

    #[test]
    fn only_the_asked_for_calls_are_hit() {
        let mut faults = Faults::default();
        let get = |path| Request::new(Method::Get, path, vec![], vec![]);
        faults.add(Fault { path: Some("PROFILES".into()), nth: Some(2), ..Fault::default() });
        let hits: Vec<bool> = (0..3).map(|_| faults.plan(&get("/a/profiles")).is_some()).collect();
        assert_eq!(hits, [false, true, false]);
        faults.clear();
        faults.add(Fault { from: Some(2), count: Some(2), ..Fault::default() });
        let hits: Vec<bool> = (0..5).map(|_| faults.plan(&get("/a")).is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn a_patch_sets_and_removes_properties() {
        let patch = Patch {
            set: [("/properties/new".into(), 1.into())].into(),
            remove: vec!["/properties/old".into(), "/absent/x".into()],
        };
        assert_eq!(
            patched(r#"{"properties":{"old":2,"kept":3}}"#, &patch),
            r#"{"properties":{"kept":3,"new":1}}"#
        );
    }
}
