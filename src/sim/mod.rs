//! The built-in simulator: a loopback HTTP server that speaks ARM's and Log Analytics' wire formats.
//!
//! It shares no type with the client: both are written against the published documents and the
//! recorded traffic, so that a misspelt property fails a test instead of agreeing with itself.

pub mod associations;
pub mod body;
pub mod catalog;
pub mod changes;
pub mod clock;
pub mod control;
pub mod data;
pub mod fault;
pub mod governance;
pub mod graph;
pub mod http;
pub mod kql;
pub mod links;
pub mod load;
pub mod logging;
pub mod logs;
pub mod operations;
pub mod paas;
pub mod page;
pub mod perimeters;
pub mod policy;
pub mod random;
pub mod registrations;
pub mod requests;
pub mod resource_writes;
pub mod resources;
pub mod roles;
pub mod route;
pub mod rules;
pub mod scale;
pub mod seed;
pub mod server;
pub mod sinks;
pub mod store;
pub mod subscriptions;
pub mod tags;
pub mod throttle;
pub mod token;
pub mod traffic;
pub mod world;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::oneshot;

use fault::Fault;
use requests::Seen;
use seed::Seed;
use world::World;

/// What to simulate, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The world at the start.
    pub scenario: Scenario,
    /// Makes a world of so many perimeters, each with 20 associations and 100 rules, in place of the scenario's.
    pub scale: Option<u32>,
    /// About so many rows of access log are there from the start, over two weeks; as many as the scenario makes
    /// when `None`.
    pub history: Option<u32>,
    /// About so many rows of access log come in each second from the start on; as many as the scenario makes when
    /// `None`.
    pub rate: Option<u32>,
    /// Same seed, same world.
    pub seed: u64,
    /// How long things take.
    pub timing: Timing,
}

impl Options {
    /// A free loopback port, seed 1 and no waiting.
    pub fn instant(scenario: Named) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen,
            scenario: Scenario::Named(scenario),
            scale: None,
            history: None,
            rate: None,
            seed: 1,
            timing: Timing::INSTANT,
        }
    }
}

/// The world at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scenario {
    /// A built-in one.
    Named(Named),
    /// A scenario file of one's own, in the format of `assets/sim`.
    File(PathBuf),
}

/// The built-in scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A believable company: a dozen perimeters over three subscriptions.
    Estate,
    /// Someone has just enforced; a production caller is denied now.
    Incident,
    /// Subscriptions and resources, but no perimeter yet.
    Empty,
}

impl Named {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Estate, Self::Incident, Self::Empty];

    /// The name that people type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Estate => "estate",
            Self::Incident => "incident",
            Self::Empty => "empty",
        }
    }
}

impl Scenario {
    /// A built-in scenario by its name, else a file.
    pub fn parse(text: &str) -> Self {
        let named = Named::ALL.into_iter().find(|n| n.name() == text);
        named.map_or_else(|| Self::File(PathBuf::from(text)), Self::Named)
    }
}

/// How long things take, in simulated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From a write to `Succeeded`.
    pub operation: Duration,
    /// From `Succeeded` to traffic being judged by it.
    pub propagation: Duration,
    /// From a flow to its row in the log.
    pub log_latency: Duration,
}

impl Timing {
    /// Nothing takes time: what a write starts has happened by the next request.
    pub const INSTANT: Self =
        Self { operation: Duration::ZERO, propagation: Duration::ZERO, log_latency: Duration::ZERO };
    /// Short enough to watch, long enough to see.
    pub const DEMO: Self = Self {
        operation: Duration::from_millis(2_500),
        propagation: Duration::from_secs(4),
        log_latency: Duration::from_secs(3),
    };
    /// As observed in Azure: associations about 5 s, rules 30 to 120 s, logs 5 to 15 min.
    pub const REALISTIC: Self = Self {
        operation: Duration::from_millis(5_400),
        propagation: Duration::from_secs(60),
        log_latency: Duration::from_secs(8 * 60),
    };
}

/// A running simulator. Dropping it stops the server and every task of it.
#[derive(Debug)]
pub struct Sim {
    url: String,
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

impl Sim {
    /// Starts to serve the world from a thread of its own, which fills it first: who asks before that is done waits
    /// for the answer, not for this call.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let (world, filling) = Seed::read(options)?.plant();
        let world = Arc::new(Mutex::new(world));
        let (stop, stopped) = oneshot::channel();
        let (begin, begun) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::clone(&world);
        std::thread::Builder::new().name("simulator".into()).spawn(move || {
            let mut empty = server::lock(&shared);
            // From here on whoever wants the world waits at its lock.
            let _ = begin.send(());
            filling.into_world(&mut empty);
            drop(empty);
            runtime.block_on(async {
                let served =
                    async { server::serve(tokio::net::TcpListener::from_std(listener)?, shared).await };
                tokio::select! {
                    _ = stopped => {}
                    _ = served => {}
                }
            });
            // Connections and held requests go with the runtime.
            runtime.shutdown_background();
        })?;
        begun.await.map_err(|_| io::Error::other("the simulator's thread ended"))?;
        Ok(Self { url, handle: Handle { world }, _stop: stop })
    }

    /// `http://address:port`, the endpoint of both Resource Manager and Log Analytics.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The controls, for code in the same process.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Controls of a simulator in the same process.
#[derive(Debug, Clone)]
pub struct Handle {
    world: server::Shared,
}

impl Handle {
    /// Sets a fault and gives its number.
    pub fn fault(&self, fault: Fault) -> u64 {
        server::lock(&self.world).faults.add(fault)
    }

    /// Sets a fault that is written as JSON, as for `POST /_sim/faults`.
    pub fn fault_json(&self, fault: Value) -> Result<u64, serde_json::Error> {
        serde_json::from_value(fault).map(|fault| self.fault(fault))
    }

    /// Removes all faults; requests that they hold go on.
    pub fn clear_faults(&self) {
        server::lock(&self.world).faults.clear();
    }

    /// Opens the gate of a fault. Says whether there is such a fault.
    pub fn release(&self, fault: u64) -> bool {
        server::lock(&self.world).faults.release(fault)
    }

    /// Waits until a fault has hit `times` requests. Ends at once when there is no such fault.
    pub async fn reached(&self, fault: u64, times: u64) {
        let fired = server::lock(&self.world).faults.fired(fault);
        if let Some(mut fired) = fired {
            // An error means that the fault was removed: nothing more to wait for.
            let _ = fired.wait_for(|n| *n >= times).await;
        }
    }

    /// Moves simulated time forward.
    pub fn advance(&self, by: Duration) {
        let mut world = server::lock(&self.world);
        world.clock.advance(by);
        world.tick();
    }

    /// Simulated time.
    pub fn now(&self) -> Timestamp {
        server::lock(&self.world).now()
    }

    /// The requests that were asked, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        server::lock(&self.world).requests.seen().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        server::lock(&self.world).requests.clear();
    }

    /// A stored body by ARM id, as it is now.
    pub fn body(&self, id: &str) -> Option<Value> {
        let mut world = server::lock(&self.world);
        world.tick();
        world.store.get(id)
    }

    /// Changes the world behind the client's back.
    pub fn edit<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = server::lock(&self.world);
        world.tick();
        change(&mut world)
    }
}
