//! An HTTP client that is built when it is first used. Must not decide how it is configured.

use std::fmt;
use std::sync::{Arc, LazyLock};

use reqwest::{Client, ClientBuilder};

use super::exchange::chain;

type Build = Box<dyn FnOnce() -> Result<Client, String> + Send>;

/// Builds its client on first use, because that reads every certificate that the platform trusts:
/// it takes as long as all else that stands before the first frame. `Clone` shares the client.
#[derive(Clone)]
pub(super) struct LazyClient(Arc<LazyLock<Result<Client, String>, Build>>);

impl LazyClient {
    /// A client that will be configured by `builder`.
    pub(super) fn new(builder: impl FnOnce() -> ClientBuilder + Send + 'static) -> Self {
        let build: Build = Box::new(move || {
            // reqwest finds its TLS provider through the process's default, and panics without; a
            // second call changes nothing.
            drop(rustls::crypto::ring::default_provider().install_default());
            builder().build().map_err(|error| chain(&error))
        });
        Self(Arc::new(LazyLock::new(build)))
    }

    /// The client; else why there can be none: certificates cannot be read, say.
    pub(super) fn get(&self) -> Result<&Client, &str> {
        LazyLock::force(&self.0).as_ref().map_err(String::as_str)
    }
}

impl fmt::Debug for LazyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyClient")
    }
}
