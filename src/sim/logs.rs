//! The Log Analytics side of the simulator: the query service over the access log, and the truth about flows.
//!
//! Forms and limits of the query service only; KQL is in `kql`, rows come from `traffic`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::body;
use super::http::{Answer, Request};
use super::kql::{self, Caps, Engine, Refusal, SECOND, Table};
use super::route::Routed;
use super::traffic::config::ConfigChange;
use super::traffic::{Called, NAME, Service, Setup, Traffic};
use super::world::World;

/// Queries that a user may ask in [`LIMIT_PERIOD`].
const LIMIT: usize = 200;

/// The period of the query limit, in ticks.
const LIMIT_PERIOD: i64 = 30 * SECOND;

/// The longest that `Prefer: wait=N` may ask for, in seconds.
const LONGEST_WAIT: u64 = 600;

/// What the log side remembers.
#[derive(Debug, Default)]
pub struct Logs {
    /// Changes from before the world was complete.
    initial: Vec<ConfigChange>,
    /// Behind a lock of its own: a query over many rows takes its time, and nothing else waits for it.
    traffic: Arc<Mutex<Option<Traffic>>>,
    /// When the last queries were asked.
    asked: VecDeque<i64>,
    /// Diagnostic settings of perimeters that were deleted, by perimeter.
    pub orphans: BTreeMap<String, Vec<Value>>,
    /// Limits of the size of answers.
    pub caps: Caps,
}

impl Logs {
    /// Takes a change of configuration.
    pub fn change(&mut self, now: Timestamp, change: ConfigChange) {
        match lock(&self.traffic).as_mut() {
            Some(traffic) => traffic.change(ticks(now), change),
            None => self.initial.push(change),
        }
    }

    /// Seconds to wait when the query limit is reached; counts the query otherwise.
    fn admit(&mut self, now: i64) -> Result<(), i64> {
        while self.asked.front().is_some_and(|t| *t <= now - LIMIT_PERIOD) {
            self.asked.pop_front();
        }
        if self.asked.len() >= LIMIT {
            let oldest = self.asked.front().copied().unwrap_or(now);
            return Err(((oldest + LIMIT_PERIOD - now) / SECOND).max(0) + 1);
        }
        self.asked.push_back(now);
        Ok(())
    }
}

fn lock(traffic: &Mutex<Option<Traffic>>) -> MutexGuard<'_, Option<Traffic>> {
    traffic.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ticks(time: Timestamp) -> i64 {
    (time.as_nanosecond() / 100) as i64
}

fn span(duration: Duration) -> i64 {
    (duration.as_nanos() / 100) as i64
}

/// The world is complete: from here on traffic flows.
pub fn begin(world: &mut World) {
    let setup = Setup {
        seed: world.tenant.seed,
        scenario: &world.tenant.traffic,
        rows_per_second: world.tenant.scale,
        history_rows: world.tenant.history,
        rate: world.tenant.rate,
        propagation: span(world.timing.propagation),
        latency: span(world.timing.log_latency),
        started: ticks(world.clock.started()),
    };
    let initial = std::mem::take(&mut world.logs.initial);
    let traffic = Traffic::new(setup, initial);
    *lock(&world.logs.traffic) = Some(traffic);
}

/// `GET /_sim/truth`: every flow with its verdicts.
pub fn truth(world: &mut World) -> Value {
    let now = ticks(world.now());
    let mut traffic = lock(&world.logs.traffic);
    let Some(traffic) = traffic.as_mut() else { return json!({"flows": []}) };
    traffic.advance(now);
    traffic.truth()
}

/// The service whose data plane has this host name.
pub fn service_at(world: &World, host: &str) -> Option<Service> {
    lock(&world.logs.traffic).as_ref()?.service_at(host)
}

/// A person on this machine calls the data plane of a resource: judged now, logged like all traffic.
pub fn call(world: &mut World, host: &str, app: &str, operation: &str) -> Option<Called> {
    let now = ticks(world.now());
    let from = world.tenant.machine;
    let mut traffic = lock(&world.logs.traffic);
    let traffic = traffic.as_mut()?;
    traffic.advance(now);
    traffic.call(host, from, app, operation)
}

/// `POST /v1/workspaces/{id}/query`
pub fn query(world: &mut World, workspace: &str, request: &Request) -> Routed {
    let workspace = workspace.to_lowercase();
    if !customer_ids(world).contains(&workspace) {
        return Routed::Done(no_path(world));
    }
    admitted(world, &workspace, None, request)
}

/// `POST /v1/{resourceId}/query`: rows of one resource, in the workspace it logs to.
pub fn query_resource(world: &mut World, resource: &str, request: &Request) -> Routed {
    let Some(found) = world.store.get(resource) else { return Routed::Done(no_path(world)) };
    let customer = body::text(&found, "/properties/customerId").to_lowercase();
    if !customer.is_empty() {
        return admitted(world, &customer, None, request);
    }
    let settings = world.store.values(&format!("{resource}/providers/microsoft.insights/diagnosticsettings"));
    let targets = settings.iter().filter_map(|s| world.store.get(body::text(s, "/properties/workspaceId")));
    let target = targets.map(|w| body::text(&w, "/properties/customerId").to_lowercase()).next();
    match target {
        Some(workspace) => admitted(world, &workspace, Some(body::text(&found, "/id")), request),
        None => Routed::Done(Answer::empty(204)),
    }
}

/// Customer ids of all workspaces.
fn customer_ids(world: &World) -> Vec<String> {
    let subscriptions = world.tenant.subscriptions.iter().map(|s| body::text(s, "/subscriptionId"));
    let texts = subscriptions
        .flat_map(|s| world.store.in_subscription(s, "microsoft.operationalinsights/workspaces"));
    let parsed = texts.filter_map(|t| serde_json::from_str::<Value>(t).ok());
    parsed.map(|w| body::text(&w, "/properties/customerId").to_lowercase()).collect()
}

fn admitted(world: &mut World, workspace: &str, scope: Option<&str>, request: &Request) -> Routed {
    read(world, workspace, scope, request).map_or_else(Routed::Done, Routed::Later)
}

/// Reads the request, or answers it at once.
fn read(
    world: &mut World,
    workspace: &str,
    scope: Option<&str>,
    request: &Request,
) -> Result<Box<Query>, Answer> {
    let bearer = request.header("authorization").is_some_and(|a| a.starts_with("Bearer "));
    if !bearer {
        return Err(failed(world, 403, "InvalidAuthenticationToken", "The given token is invalid"));
    }
    let now = ticks(world.now());
    if let Err(seconds) = world.logs.admit(now) {
        let text = "The request rate limit for this user was exceeded. Please try again later.";
        return Err(failed(world, 429, "ThrottledError", text).with("Retry-After", seconds.to_string()));
    }
    let json =
        request.header("content-type").is_some_and(|t| t.to_lowercase().starts_with("application/json"));
    if !json || request.body.is_empty() {
        return Err(Answer::empty(200));
    }
    let correlation = world.random.guid();
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else {
        return Err(invalid(&correlation, "The request body is not valid JSON"));
    };
    let Some(text) = asked.get("query").and_then(Value::as_str) else {
        return Err(invalid(&correlation, "The request body has no query"));
    };
    let interval = match asked.get("timespan").and_then(Value::as_str) {
        None => None,
        Some(span) => match kql::time::parse_interval(span, now) {
            Some(interval) => Some(interval),
            None => {
                return Err(invalid(&correlation, "The timespan is not an ISO 8601 duration or interval"));
            }
        },
    };
    let prefers = Preferences::read(request.header("prefer").unwrap_or_default());
    if prefers.wait.is_some_and(|w| w == 0 || w > LONGEST_WAIT) {
        return Err(invalid(&correlation, "The wait preference must be between 1 and 600 seconds"));
    }
    Ok(Box::new(Query {
        traffic: Arc::clone(&world.logs.traffic),
        workspace: workspace.to_owned(),
        scope: scope.map(str::to_owned),
        text: text.to_owned(),
        now,
        interval,
        statistics: prefers.statistics,
        caps: world.logs.caps,
        correlation,
    }))
}

/// A query that was let in. It needs the rows and not the world.
pub struct Query {
    traffic: Arc<Mutex<Option<Traffic>>>,
    workspace: String,
    scope: Option<String>,
    text: String,
    now: i64,
    interval: Option<(i64, i64)>,
    statistics: bool,
    caps: Caps,
    correlation: String,
}

impl Query {
    /// The answer.
    pub fn run(&self) -> Answer {
        let mut traffic = lock(&self.traffic);
        let Some(traffic) = traffic.as_mut() else { return Answer::empty(204) };
        traffic.advance(self.now);
        let tables: Vec<(&str, &dyn Table)> = match traffic.table(&self.workspace) {
            Some(table) => vec![(NAME, table)],
            None if traffic.is_target(&self.workspace) => Vec::new(),
            None => return Answer::empty(204),
        };
        let begun = std::time::Instant::now();
        let engine = Engine::new(tables, self.now, self.interval).scoped(self.scope.as_deref());
        match engine.run(&self.text) {
            Ok((name, frame)) => {
                let answered = kql::write(name, &frame, self.caps);
                let seconds = self.statistics.then(|| begun.elapsed().as_secs_f64());
                Answer::text(200, written(&answered, seconds))
            }
            Err(refusal) => refused(&refusal, &self.correlation),
        }
    }
}

/// What the `Prefer` header asks for.
struct Preferences {
    wait: Option<u64>,
    statistics: bool,
}

impl Preferences {
    fn read(header: &str) -> Self {
        let mut read = Self { wait: None, statistics: false };
        for part in header.split([',', ';']).map(str::trim) {
            match part.split_once('=') {
                Some(("wait", seconds)) => read.wait = Some(seconds.trim().parse().unwrap_or(0)),
                Some(("include-statistics", "true")) => read.statistics = true,
                _ => {}
            }
        }
        read
    }
}

fn written(answered: &kql::Answered, seconds: Option<f64>) -> String {
    let mut out = format!("{{{}", answered.tables);
    if let Some(seconds) = seconds {
        let statistics = json!({"query": {
            "executionTime": seconds,
            "datasetStatistics": [{"tableRowCount": answered.rows, "tableSize": answered.tables.len()}],
        }});
        out.push_str(",\"statistics\":");
        out.push_str(&statistics.to_string());
    }
    if let Some(limit) = &answered.cut {
        let text = format!(
            "The results of this query exceed the set limit of {limit}, so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003)."
        );
        let error = json!({
            "code": "PartialError",
            "message": "There were some errors when processing your query.",
            "details": [{
                "code": "EngineError",
                "message": "Something went wrong processing your query on the server.",
                "innererror": {
                    "code": "-2133196797", "message": text, "severity": 2, "severityName": "Error",
                },
            }],
        });
        out.push_str(",\"error\":");
        out.push_str(&error.to_string());
    }
    out.push('}');
    out
}

fn refused(refusal: &Refusal, correlation: &str) -> Answer {
    Answer::json(400, &refusal.body(correlation))
}

/// 400 for what is wrong with the request around the query.
fn invalid(correlation: &str, message: &str) -> Answer {
    let inner = json!({"code": "QueryValidationError", "message": message});
    Answer::json(
        400,
        &json!({"error": {
            "message": "The request had some invalid properties",
            "code": "BadArgumentError",
            "correlationId": correlation,
            "innererror": inner,
        }}),
    )
}

/// The query service's error form for everything else.
fn failed(world: &mut World, status: u16, code: &str, message: &str) -> Answer {
    let correlation = world.random.guid();
    let error = json!({"message": message, "code": code, "correlationId": correlation});
    Answer::json(status, &json!({ "error": error }))
}

/// The answer for paths and workspaces that do not exist.
pub fn no_path(world: &mut World) -> Answer {
    failed(world, 404, "PathNotFoundError", "The requested path does not exist")
}
