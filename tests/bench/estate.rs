//! A small service that lists perimeters as fast as it can, and nothing else. It can stop answering.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Query, State};
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::runtime::Runtime;

/// What there is.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Perimeters of all subscriptions together.
    pub perimeters: usize,
    /// Perimeters on a page, whatever is asked.
    pub page: usize,
    /// Subscriptions.
    pub subscriptions: usize,
}

/// The running service.
pub struct Estate {
    /// Where it is.
    pub url: String,
    hangs: Arc<AtomicBool>,
    _runtime: Runtime,
}

type World = (Plan, Arc<AtomicBool>);

impl Estate {
    /// Starts it on a free port.
    pub fn serve(plan: Plan) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let hangs = Arc::new(AtomicBool::new(false));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new().fallback(answer).with_state((plan, Arc::clone(&hangs)));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { url, hangs, _runtime: runtime }
    }

    /// No request is answered from now on.
    pub fn hang(&self) {
        self.hangs.store(true, Ordering::SeqCst);
    }
}

async fn answer(
    State((plan, hangs)): State<World>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
) -> Response {
    if hangs.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    let parts: Vec<&str> = uri.path().split('/').skip(1).collect();
    let body = match parts.as_slice() {
        ["subscriptions"] => subscriptions(plan),
        ["subscriptions", guid, .., "networkSecurityPerimeters"] => {
            let first = query.get("first").and_then(|text| text.parse().ok()).unwrap_or_default();
            page(plan, guid, uri.path(), first)
        }
        _ => r#"{"value":[]}"#.to_owned(),
    };
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn subscriptions(plan: Plan) -> String {
    let one = |n: usize| {
        format!(
            r#"{{"id":"/subscriptions/{n:08}-0000-4000-8000-000000000000","subscriptionId":"{n:08}-0000-4000-8000-000000000000","displayName":"subscription-{n}","state":"Enabled","tenantId":"{n:08}-1111-4000-8000-000000000000"}}"#
        )
    };
    let all: Vec<String> = (0..plan.subscriptions).map(one).collect();
    format!(r#"{{"value":[{}]}}"#, all.join(","))
}

fn page(plan: Plan, guid: &str, path: &str, first: usize) -> String {
    let each = plan.perimeters / plan.subscriptions;
    let here: usize = guid.split('-').next().and_then(|n| n.parse().ok()).unwrap_or_default();
    // What does not divide evenly is the first one's.
    let count = if here == 0 { plan.perimeters - each * (plan.subscriptions - 1) } else { each };
    let end = count.min(first + plan.page);
    let mut out = String::from(r#"{"value":["#);
    for n in first..end {
        let comma = if n == first { "" } else { "," };
        let _ = write!(
            out,
            r#"{comma}{{"id":"/subscriptions/{guid}/resourceGroups/rg-{}/providers/Microsoft.Network/networkSecurityPerimeters/nsp-{here}-{n:05}","name":"nsp-{here}-{n:05}","type":"Microsoft.Network/networkSecurityPerimeters","location":"westeurope","properties":{{"provisioningState":"Succeeded","perimeterGuid":"{n:08}-2222-4000-8000-000000000000"}}}}"#,
            n / 50
        );
    }
    out.push(']');
    if end < count {
        // Relative: the client takes it as a link to the same endpoint.
        let _ = write!(out, r#","nextLink":"{path}?api-version=2024-10-01&first={end}""#);
    }
    out.push('}');
    out
}
