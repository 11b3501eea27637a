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
