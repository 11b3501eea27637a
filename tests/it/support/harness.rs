//! The real client at a simulator, with the checking proxy between them: what either side does wrong is found.

use std::net::SocketAddr;

use nsp::azure::{ArmClient, Options, Page, Session};
use nsp::sim::{Handle, Options as SimOptions, Sim};

use super::judge::Judge;
use super::proxy::Proxy;
use crate::scripted::Waits;

/// Runs until it is dropped.
pub struct Harness {
    pub sim: Sim,
    pub proxy: Proxy,
    pub client: ArmClient,
}

impl Harness {
    /// `name` says, where the documents are missing, what went unchecked. The client's waits take no time.
    pub async fn start(name: &str, options: SimOptions) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let address: SocketAddr = sim.url().strip_prefix("http://").unwrap().parse().unwrap();
        let proxy = Proxy::start(address, Judge::new(name)).await;
        let options = Options { clock: Waits::new(), seed: Some(1), ..Options::default() };
        let client = ArmClient::with_options(Session::simulated(&proxy.url()).unwrap(), options).unwrap();
        Self { sim, proxy, client }
    }

    pub fn handle(&self) -> Handle {
        self.sim.handle()
    }
}

/// Adds the items of each page to a list, and wants every item readable.
pub fn into<T: Send>(list: &mut Vec<T>) -> impl FnMut(Page<T>) + Send + '_ {
    |page| {
        assert!(page.skipped.is_empty(), "{:?}", page.skipped);
        list.extend(page.items);
    }
}
