//! Guarded switches against the simulator: what happens in every order, and what is left after a death at every step.

mod crash;
mod faults;
#[cfg(unix)]
mod kill;
mod refused;
mod runs;

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use nsp::azure::{ArmClient, Clock, Options, Session};
use nsp::domain::guard::{AtEnd, Before, Record, Terms, Watch};
use nsp::domain::{AccessMode, ArmId, Association, PublicAccess};
use nsp::guard::{Claim, Guard, Lock, Pace, Report, claim};
use nsp::journal::Journal;
use nsp::sim::{self, Handle, Named, Sim, Timing};
use serde_json::json;
use tokio::sync::Notify;

use crate::flows::AI_PROD;
use crate::support::http_client;

/// Somebody at 192.0.2.77 calls it and would be denied.
pub const SEARCH: &str = "srch-knowledge-prod";
/// Called from within the perimeter only.
pub const VAULT: &str = "kv-ai-prod";

pub fn association_id(name: &str) -> ArmId {
    ArmId::parse(&format!("{AI_PROD}/resourceAssociations/{name}")).unwrap()
}

/// How a process dies at a point: at once, or when it next waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    AtOnce,
    AtTheNextWait,
}

/// Counts the points at which a process can die, and lets it die at one.
#[derive(Default)]
pub struct Points {
    count: Mutex<usize>,
    deadly: Option<(usize, Death)>,
    dead: AtomicBool,
    called: Notify,
}

impl Points {
    fn pass(&self) {
        if self.dead.load(Ordering::SeqCst) {
            return;
        }
        let now = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            *count
        };
        match self.deadly {
            Some((at, death)) if at == now => {
                self.dead.store(true, Ordering::SeqCst);
                match death {
                    Death::AtOnce => std::panic::resume_unwind(Box::new("dead")),
                    Death::AtTheNextWait => self.called.notify_one(),
                }
            }
            _ => {}
        }
    }
}

/// Waits take no time of ours but time of the simulated world.
pub struct Simulated(pub Handle, Arc<Points>);

#[async_trait]
impl Clock for Simulated {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, wait: Duration) {
        self.1.pass();
        self.0.advance(wait);
        tokio::task::yield_now().await;
    }
}

type Script = Arc<dyn Fn(&Report, &Journal) + Send + Sync>;

pub fn silent() -> Script {
    Arc::new(|_, _| {})
}

/// A simulated world and the state folder of its user.
pub struct World {
    pub sim: Sim,
    pub folder: tempfile::TempDir,
}

/// One life of a process.
pub struct Life {
    pub guard: Guard,
    pub points: Arc<Points>,
    pub reports: Arc<Mutex<Vec<Report>>>,
}

impl World {
    pub async fn new() -> Self {
        Self::timed(Timing::INSTANT).await
    }

    pub async fn timed(timing: Timing) -> Self {
        let options = sim::Options { timing, ..sim::Options::instant(Named::Incident) };
        Self { sim: Sim::start(options).await.unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    pub fn handle(&self) -> Handle {
        self.sim.handle()
    }

    pub fn journal(&self) -> Journal {
        Journal::open(&self.folder.path().join("journal.jsonl")).unwrap()
    }

    /// A process that does what the script says at each report, and dies where it is told to.
    pub fn life(&self, deadly: Option<(usize, Death)>, script: Script) -> Life {
        let points = Arc::new(Points { deadly, ..Points::default() });
        let clock = Arc::new(Simulated(self.handle(), Arc::clone(&points)));
        let seen = Arc::clone(&points);
        let hook: nsp::azure::Hook = Arc::new(move |_| seen.pass());
        let options = Options { clock: clock.clone(), hook: Some(hook), seed: Some(1), ..Options::default() };
        let client = ArmClient::with_options(Session::simulated(self.sim.url()).unwrap(), options).unwrap();
        let journal = Arc::new(self.journal());
        let reports = Arc::new(Mutex::new(Vec::new()));
        let (log, passed, book) = (Arc::clone(&reports), Arc::clone(&points), Arc::clone(&journal));
        let tell = Arc::new(move |report: Report| {
            script(&report, &book);
            log.lock().unwrap().push(report);
            passed.pass();
        });
        let seconds = Duration::from_secs;
        let pace = Pace {
            association: seconds(400),
            resource: seconds(100),
            log: seconds(300),
            wish: seconds(300),
            retry: seconds(1),
            missing: seconds(60),
        };
        Life { guard: Guard { client, journal, clock, pace, tell }, points, reports }
    }

    pub async fn association(&self, name: &str) -> Association {
        let client = ArmClient::new(Session::simulated(self.sim.url()).unwrap()).unwrap();
        client.association(&association_id(name)).await.unwrap()
    }

    pub fn mode(&self, name: &str) -> String {
        let body = self.handle().body(association_id(name).as_str()).unwrap();
        body["properties"]["accessMode"].as_str().unwrap().to_owned()
    }

    /// A watch over these associations to Enforced.
    pub async fn watch(&self, names: &[&str], at_end: AtEnd) -> Watch {
        let mut items = Vec::new();
        for name in names {
            items.push(Before::of(&self.association(name).await, Some(&PublicAccess::Enabled)));
        }
        Watch {
            id: uuid::Uuid::new_v4().to_string(),
            at: self.handle().now(),
            session: "simulated".to_owned(),
            endpoint: self.sim.url().to_owned(),
            to: AccessMode::Enforced,
            terms: Terms { window: SignedDuration::from_mins(15), threshold: 1, at_end },
            customer: None,
            items,
        }
    }

    /// Sets a mode behind everybody's back.
    pub async fn set_mode(&self, name: &str, mode: &str) {
        let id = association_id(name);
        let mut body = self.handle().body(id.as_str()).unwrap();
        body["properties"]["accessMode"] = json!(mode);
        let url = format!("{}{id}?api-version=2024-10-01", self.sim.url());
        let answer = http_client().put(url).bearer_auth("x").json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub fn puts(&self) -> usize {
        self.handle().requests().iter().filter(|seen| seen.method == "PUT").count()
    }

    /// Takes a watch over and finishes it.
    pub async fn take_over(&self, id: &str, script: Script) -> Option<Record> {
        let life = self.life(None, script);
        match claim(&life.guard.journal, id, "the next process").unwrap() {
            Claim::Mine(lock, record) => Some(life.guard.run(lock, *record, false).await),
            Claim::Over => None,
            other => panic!("{other:?}"),
        }
    }
}

impl Life {
    /// Lives until the watch is over or death comes; `None`: it died.
    pub async fn live(&self, watch: Watch) -> Option<Record> {
        let begun = async {
            self.points.pass();
            let (lock, record) = self.guard.begin(watch, "the first process").unwrap();
            self.points.pass();
            self.go_on(lock, record).await
        };
        AssertUnwindSafe(begun).catch_unwind().await.ok().flatten()
    }

    async fn go_on(&self, lock: Lock, record: Record) -> Option<Record> {
        tokio::select! {
            biased;
            () = self.points.called.notified() => None,
            record = self.guard.run(lock, record, true) => Some(record),
        }
    }

    pub fn passed(&self) -> usize {
        *self.points.count.lock().unwrap()
    }
}
