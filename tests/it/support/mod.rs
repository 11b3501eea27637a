//! What the tests judge by: recorded Azure traffic and the published OpenAPI documents, and servers that put both between
//! a client and a service. Nothing here may know the client's or the simulator's types.

pub mod cassette;
pub mod configurations;
pub mod deviations;
pub mod documents;
pub mod harness;
pub mod http1;
pub mod judge;
pub mod openapi;
pub mod proxy;
pub mod replay;
pub mod schema;
pub mod sim;
pub mod truth;

/// A bare HTTP client: follows no redirect and unpacks nothing.
pub fn http_client() -> reqwest::Client {
    // The second caller finds it installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_gzip().build().unwrap()
}

/// The rows of any query text, past every client: each is an array in the order of the columns.
pub async fn raw_query(service: &str, workspace: &str, text: &str) -> Vec<serde_json::Value> {
    let url = format!("{service}/v1/workspaces/{workspace}/query");
    let body = serde_json::json!({ "query": text });
    let answer = http_client().post(url).bearer_auth("x").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{text}");
    let mut body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert!(body.get("error").is_none(), "{text}: {}", body["error"]);
    match body["tables"][0]["rows"].take() {
        serde_json::Value::Array(rows) => rows,
        other => panic!("{text}: {other}"),
    }
}
