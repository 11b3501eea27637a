//! A loopback server that answers what a test says, down to the bytes: for answers that no sane service gives. Beside it
//! a clock whose waits are noted instead of waited for, and tokens that can be refused.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_core::credentials::Secret;
use jiff::Timestamp;
use nsp::azure::cloud::Audience;
use nsp::azure::credentials::AccessToken;
use nsp::azure::{ArmClient, Clock, Options, RequestEvent, Session, Timing, TokenSource};
use nsp::domain::{ArmId, Failure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::http1;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub head: String,
    pub body: String,
}

/// What to do with a request.
pub enum Reply {
    /// Send these bytes and close.
    Bytes(Vec<u8>),
    /// Say nothing and keep the connection.
    Hang,
}

type Script = dyn Fn(usize, &Asked) -> Reply + Send + Sync;

/// Runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// `script` gets the number of the request, from 0, and the request.
    pub async fn start(script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, log): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(one(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { address, asked, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Methods and paths, without queries.
    pub fn calls(&self) -> Vec<String> {
        let short = |a: &Asked| format!("{} {}", a.method, a.target.split('?').next().unwrap());
        self.asked().iter().map(short).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn one(mut stream: TcpStream, script: Arc<Script>, log: Arc<Mutex<Vec<Asked>>>) {
    let mut bytes = Vec::new();
    let asked = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
        let Some(head) = http1::request_head(&bytes).unwrap() else { continue };
        let Some((body, _)) = http1::body(&bytes, &head, false).unwrap() else { continue };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let plain = text(&bytes[..head.length]);
        break Asked { method: head.method, target: head.target, head: plain, body: text(&body) };
    };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    match script(number, &asked) {
        Reply::Bytes(bytes) => drop(stream.write_all(&bytes).await),
        Reply::Hang => drop(stream.read_buf(&mut bytes).await),
    }
}

/// A JSON answer; `headers` are lines without their ends.
pub fn json(status: u16, headers: &[&str], body: &str) -> Reply {
    answer(status, &[headers, &["content-type: application/json"]].concat(), body)
}

/// An answer with these headers and no others but its length.
pub fn answer(status: u16, headers: &[&str], body: &str) -> Reply {
    let mut text = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    Reply::Bytes(format!("{text}\r\n{body}").into_bytes())
}

/// An answer that promises more than it sends.
pub fn torn(status: u16, body: &str) -> Reply {
    let text = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n{body}"
    );
    Reply::Bytes(text.into_bytes())
}

/// Time that passes only where somebody waits.
pub struct Waits {
    state: Mutex<(Instant, Vec<Duration>)>,
}

impl Waits {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new((Instant::now(), Vec::new())) })
    }

    pub fn all(&self) -> Vec<Duration> {
        self.state.lock().unwrap().1.clone()
    }
}

#[async_trait]
impl Clock for Waits {
    fn now(&self) -> Instant {
        self.state.lock().unwrap().0
    }

    fn wall(&self) -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    async fn sleep(&self, wait: Duration) {
        let mut state = self.state.lock().unwrap();
        state.0 += wait;
        state.1.push(wait);
    }
}

/// Tokens `t1`, `t2`, …: the next one whenever the last was refused.
pub struct Tokens(Mutex<u32>);

impl Tokens {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(1)))
    }
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, _audience: Audience) -> Result<AccessToken, Failure> {
        let number = *self.0.lock().unwrap();
        Ok(AccessToken::new(Secret::new(format!("t{number}")), Timestamp::MAX).unwrap())
    }

    fn invalidate(&self, _audience: Audience, _seen: &AccessToken) {
        *self.0.lock().unwrap() += 1;
    }
}

/// A client whose waits, tokens and events a test can see.
pub struct Watched {
    pub client: ArmClient,
    pub waits: Arc<Waits>,
    pub events: Arc<Mutex<Vec<RequestEvent>>>,
}

/// A client of `url` with the usual limits.
pub fn client(url: &str) -> Watched {
    client_with(url, Timing::default())
}

/// A client of `url` with other limits.
pub fn client_with(url: &str, timing: Timing) -> Watched {
    let session = Session::at("test", url, Some(url), Tokens::new()).unwrap();
    let (waits, events) = (Waits::new(), Arc::new(Mutex::new(Vec::new())));
    let log = Arc::clone(&events);
    let options = Options {
        timing,
        hook: Some(Arc::new(move |event| log.lock().unwrap().push(event))),
        clock: waits.clone(),
        seed: Some(7),
    };
    Watched { client: ArmClient::with_options(session, options).unwrap(), waits, events }
}

pub const NSP: &str =
    "/subscriptions/0a/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters/nsp";

/// The id of something in the perimeter.
pub fn id(below: &str) -> ArmId {
    ArmId::parse(&format!("{NSP}{below}")).unwrap()
}
