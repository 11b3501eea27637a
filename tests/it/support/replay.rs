//! Plays one recording: a loopback server that gives each recorded answer to the request it was given to, and keeps score
//! of what was asked for in vain and what nobody asked for. Answers are changed in one way only: links that lead to the
//! recorded host lead back here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::cassette::{Cassette, Interaction};

/// One recorded request that was asked again.
#[derive(Debug, Clone)]
pub struct Played {
    pub recorded: Interaction,
    pub sent: Vec<u8>,
    pub headers: HeaderMap,
    /// True for a read that was not recorded at its place and got the resource's last recorded answer once more.
    pub again: bool,
}

/// Runs until it is dropped.
pub struct Replay {
    base: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    base: String,
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    /// Whether reads that were not recorded are answered from what was.
    remembers: bool,
    waiting: Vec<Interaction>,
    played: Vec<Played>,
    problems: Vec<String>,
}

impl Replay {
    /// Plays the interactions of `cassette` that `wanted` accepts: those that the client under test has an operation for.
    pub async fn start(cassette: &Cassette, wanted: impl Fn(&Interaction) -> bool) -> Self {
        Self::play(cassette.interactions.iter().filter(|one| wanted(one)).cloned().collect(), false).await
    }

    /// Plays for a client that reads more often than the recorded one did: a read that was not recorded at its place gets
    /// the last recorded answer to a read or write of the same resource.
    pub async fn remembering(interactions: Vec<Interaction>) -> Self {
        Self::play(interactions, true).await
    }

    async fn play(waiting: Vec<Interaction>, remembers: bool) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let script = Mutex::new(Script { remembers, waiting, ..Script::default() });
        let shared = Arc::new(Shared { base: base.clone(), script });
        let app = Router::new().fallback(play).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Self { base, shared, task }
    }

    /// What to give the client as its endpoint, for Resource Manager and for the logs alike.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// What was asked and is in no recording, or was asked otherwise than recorded.
    pub fn problems(&self) -> Vec<String> {
        self.shared.script.lock().unwrap().problems.clone()
    }

    /// The first that was recorded and not asked yet.
    pub fn next(&self) -> Option<Interaction> {
        self.shared.script.lock().unwrap().waiting.first().cloned()
    }

    /// Gives up on what `next` gives.
    pub fn pass_over(&self) {
        self.shared.script.lock().unwrap().waiting.remove(0);
    }

    /// What was recorded and not asked.
    pub fn remaining(&self) -> Vec<String> {
        let script = self.shared.script.lock().unwrap();
        script
            .waiting
            .iter()
            .map(|one| format!("{} {} -> {}", one.method, one.target(), one.status))
            .collect()
    }

    /// What was asked and answered so far.
    pub fn played(&self) -> Vec<Played> {
        self.shared.script.lock().unwrap().played.clone()
    }

    /// Fails the test if the client asked anything else, or less, than what was recorded.
    pub fn assert_complete(&self, name: &str) {
        let (problems, remaining) = (self.problems(), self.remaining());
        assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
        assert!(remaining.is_empty(), "{name}, never asked:\n{}", remaining.join("\n"));
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn play(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let asked = Url::parse(&shared.base).and_then(|base| base.join(&uri.to_string())).unwrap();
    let mut script = shared.script.lock().unwrap();
    let found = script.waiting.iter().position(|one| {
        one.method == method.as_str() && same_path(&one.url, &asked) && same_family(&one.url, &asked)
    });
    let found = found.filter(|&found| method != Method::GET || !written_before(&script.waiting, found));
    let Some(found) = found else {
        if let Some(known) = script.remembered(&method, &asked) {
            let answer = answer(&known, &shared.base);
            script.played.push(Played { recorded: known, sent: body.to_vec(), headers, again: true });
            return answer;
        }
        let problem = format!("{method} {uri} is not in the recording, or was answered already");
        script.problems.push(problem.clone());
        return Response::builder().status(StatusCode::NOT_IMPLEMENTED).body(Body::from(problem)).unwrap();
    };
    let recorded = script.waiting.remove(found);
    let sent: BTreeMap<_, _> = asked.query_pairs().collect();
    for (name, value) in recorded.url.query_pairs().filter(|(name, _)| name != "api-version") {
        if sent.get(&name) != Some(&value) {
            script.problems.push(format!("{method} {} lacks the recorded {name}={value}", asked.path()));
        }
    }
    let answer = answer(&recorded, &shared.base);
    script.played.push(Played { recorded, sent: body.to_vec(), headers, again: false });
    answer
}

impl Script {
    fn remembered(&self, method: &Method, asked: &Url) -> Option<Interaction> {
        let known = self.played.iter().rev().map(|one| &one.recorded);
        let mut known =
            known.filter(|one| same_path(&one.url, asked) && matches!(one.method.as_str(), "GET" | "PUT"));
        known.next().filter(|_| self.remembers && method == Method::GET).cloned()
    }
}

/// Whether the read at `found` was recorded after a write that has not come yet, and so cannot be the one asked for.
fn written_before(waiting: &[Interaction], found: usize) -> bool {
    let path = |one: &Interaction| one.url.path().trim_end_matches('/').to_lowercase();
    let read = path(&waiting[found]);
    waiting[..found].iter().any(|one| match one.method.as_str() {
        "PUT" | "PATCH" => path(one) == read,
        "DELETE" => read.starts_with(&path(one)),
        _ => false,
    })
}

fn same_path(recorded: &Url, asked: &Url) -> bool {
    let plain = |url: &Url| url.path().trim_end_matches('/').to_lowercase();
    plain(recorded) == plain(asked)
}

/// One recording proves the call for every version of its family: all dated versions of one provider's interface.
fn same_family(recorded: &Url, asked: &Url) -> bool {
    let version = |url: &Url| {
        let found = url.query_pairs().find(|(name, _)| name == "api-version");
        found.map(|(_, value)| {
            let (date, tail) = value.split_at(value.len().min(10));
            date.len() == 10
                && date.chars().all(|sign| sign.is_ascii_digit() || sign == '-')
                && (tail.is_empty() || tail == "-preview")
        })
    };
    version(recorded) == version(asked)
}

/// The recorded answer; headers that described the recorded connection rather than the answer are left out.
fn answer(recorded: &Interaction, base: &str) -> Response<Body> {
    const OF_THE_CONNECTION: &[&str] =
        &["content-length", "transfer-encoding", "connection", "keep-alive", "date"];
    let packed = recorded.answer.starts_with(&[0x1f, 0x8b]);
    let mut answer = Response::builder().status(recorded.status);
    for (name, value) in &recorded.headers {
        // Recorders unpack bodies and keep the header that said they were packed.
        if OF_THE_CONNECTION.contains(&name.as_str()) || (name == "content-encoding" && !packed) {
            continue;
        }
        let value = led_back(value, &recorded.url, base).unwrap_or_else(|| value.clone());
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value)) {
            answer = answer.header(name, value);
        }
    }
    answer.body(Body::from(linked_body(recorded, base))).unwrap()
}

fn linked_body(recorded: &Interaction, base: &str) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(&recorded.answer) else {
        return recorded.answer.clone();
    };
    let Some(link) =
        value.get("nextLink").and_then(Value::as_str).and_then(|link| led_back(link, &recorded.url, base))
    else {
        // Untouched, down to its white space.
        return recorded.answer.clone();
    };
    value["nextLink"] = link.into();
    value.to_string().into_bytes()
}

/// `link` on this server, if it is one to the recorded host. Others stay: a client has to refuse them.
fn led_back(link: &str, recorded: &Url, base: &str) -> Option<String> {
    let origin = recorded.origin().ascii_serialization();
    let rest = link.strip_prefix(&origin).filter(|rest| rest.starts_with('/'))?;
    Some(format!("{base}{rest}"))
}
