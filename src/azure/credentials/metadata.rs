//! Asks whether this machine has Azure's instance metadata service, before anything waits for it.
//!
//! `azure_identity` tries that service for over a minute with retries of its own choosing; on a
//! laptop nothing answers, and other clouds have a service of their own at the same address. Must
//! not ask for a token, and must not send the header that such a request needs.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, StatusCode};

/// `Ok` if the service at `address` behaves like Azure's, else why not.
///
/// Azure's refuses a request without the `Metadata` header with 400 (documented for the instance
/// metadata service); 429 and 5xx are its ways to say that it is busy.
pub(super) async fn probe(client: &Client, address: SocketAddr, limit: Duration) -> Result<(), String> {
    let url = format!("http://{address}/metadata/identity/oauth2/token?api-version=2018-02-01");
    let host = address.ip();
    match client.get(url).timeout(limit).send().await.map(|response| response.status()) {
        Ok(StatusCode::BAD_REQUEST | StatusCode::TOO_MANY_REQUESTS) => Ok(()),
        Ok(status) if status.is_server_error() => Ok(()),
        Ok(status) => {
            Err(format!("the metadata service at {host} is not Azure's (it answered {})", status.as_u16()))
        }
        Err(_) => Err(format!("IDENTITY_ENDPOINT is not set, and no metadata service answers at {host}")),
    }
}
