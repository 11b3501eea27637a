//! The HTTP side: reads a request, asks the world under its lock, and carries out faults outside of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request as Incoming, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::serve::ListenerExt;
use futures::{StreamExt, stream};
use tokio::net::TcpListener;

use super::fault::Plan;
use super::http::{Answer, Method, Request};
use super::requests::Seen;
use super::route::Routed;
use super::world::World;
use super::{control, route};

/// Largest request body, in bytes: ARM's own limit is 4 MB.
const LARGEST: usize = 4 * 1024 * 1024;

/// The world behind its lock.
pub type Shared = Arc<Mutex<World>>;

/// Takes the lock; a handler that panicked leaves a usable world behind.
pub fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves until the task is dropped.
pub async fn serve(listener: TcpListener, world: Shared) -> std::io::Result<()> {
    let app = Router::new().fallback(handle).layer(DefaultBodyLimit::max(LARGEST)).with_state(world);
    // Without this, small answers wait for the peer's delayed acknowledgements.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await
}

async fn handle(State(world): State<Shared>, incoming: Incoming) -> Response {
    let (parts, body) = incoming.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        return respond(
            Answer::error(413, "RequestEntityTooLarge", "The request is larger than 4 MB."),
            None,
        );
    };
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let target = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let request = Request::new(Method::parse(parts.method.as_str()), target, headers, body.to_vec());
    if request.lower.first().is_some_and(|s| s == "_sim") {
        let mut world = lock(&world);
        world.tick();
        return respond(control::answer(&mut world, &request), None);
    }
    let mut plan = lock(&world).faults.plan(&request);
    if let Some(plan) = &mut plan {
        plan.wait().await;
    }
    let answer = answered(&world, &request, plan.as_ref()).await;
    respond(answer, plan.as_ref().and_then(|p| p.action.torn))
}

/// The answer: of a fault in place of it, or the real one with the fault laid over it.
async fn answered(world: &Shared, request: &Request, plan: Option<&Plan>) -> Answer {
    let later = {
        let mut world = lock(world);
        world.tick();
        let routed = match plan.and_then(Plan::instead) {
            Some(answer) => return finished(&mut world, request, plan, answer),
            None => route::answer(&mut world, request),
        };
        match routed {
            Routed::Done(answer) => {
                let answer = shaped(plan, answer);
                return finished(&mut world, request, plan, answer);
            }
            Routed::Later(query) => query,
        }
    };
    // Meanwhile the world answers others.
    let answer = tokio::task::spawn_blocking(move || later.run()).await;
    let answer = shaped(plan, answer.unwrap_or_else(|_| Answer::empty(500)));
    finished(&mut lock(world), request, plan, answer)
}

fn shaped(plan: Option<&Plan>, answer: Answer) -> Answer {
    match plan {
        Some(plan) => plan.shape(answer),
        None => answer,
    }
}

/// What every answer carries, and the note that it was given.
fn finished(world: &mut World, request: &Request, plan: Option<&Plan>, mut answer: Answer) -> Answer {
    frame(world, request, &mut answer);
    let torn = plan.is_some_and(|p| p.action.torn.is_some());
    let seen = Seen {
        time: world.now_text(),
        method: request.method.as_str().to_owned(),
        path: request.path(),
        query: request.query_text(),
        status: if torn { 0 } else { answer.status },
        body: Seen::shorten(&request.body),
        client_request_id: request.header("x-ms-client-request-id").map(str::to_owned),
    };
    world.requests.add(seen);
    answer
}

/// Adds what every answer of ARM carries.
fn frame(world: &mut World, request: &Request, answer: &mut Answer) {
    let id = world.random.guid();
    let correlation = request.header("x-ms-correlation-request-id").unwrap_or(&id).to_owned();
    if request.lower.first().is_some_and(|s| s == "subscriptions" || s == "tenants") {
        let now = world.now();
        let subscription = request.lower.get(1).map_or("", String::as_str);
        answer.headers.extend(world.throttle.take(subscription, request.method, now));
    }
    let echo =
        request.header("x-ms-return-client-request-id").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if let (true, Some(client)) = (echo, request.header("x-ms-client-request-id")) {
        answer.headers.push(("x-ms-client-request-id".into(), client.to_owned()));
    }
    answer.headers.push(("x-ms-request-id".into(), id));
    answer.headers.push(("x-ms-correlation-request-id".into(), correlation));
    answer.headers.push(("Cache-Control".into(), "no-cache".into()));
    answer.headers.push(("Strict-Transport-Security".into(), "max-age=31536000; includeSubDomains".into()));
    answer.headers.push(("X-Content-Type-Options".into(), "nosniff".into()));
}

/// Makes the HTTP response; a torn one promises its whole length and ends early.
fn respond(answer: Answer, torn: Option<usize>) -> Response {
    let text = answer.body.unwrap_or_default();
    let (length, empty) = (text.len(), text.is_empty());
    let body = match torn {
        None => Body::from(text),
        Some(bytes) => {
            let part = Bytes::from(text).slice(..bytes.min(length.saturating_sub(1)));
            let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            let end = async {
                // Waiting once lets the head and the first part go out before the cut.
                tokio::task::yield_now().await;
                Err(cut)
            };
            Body::from_stream(stream::once(async { Ok(part) }).chain(stream::once(end)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if !empty {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    if torn.is_some() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length.max(1)));
    }
    for (name, value) in answer.headers {
        let pair = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value));
        if let (Ok(name), Ok(value)) = pair {
            headers.insert(name, value);
        }
    }
    response
}
