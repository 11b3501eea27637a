//! What the sign-in tests share: fake tools, a fake authority with a certificate of its own, an
//! identity endpoint, and a way to run a scenario in a process with other environment variables.
//!
//! Must not replace any part of the product: everything here is on the far side of a socket or a
//! process boundary.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use jiff::{SignedDuration, Timestamp};
use nsp::azure::cloud::Cloud;
use nsp::azure::credentials::{Clock, Environment, Kind, Limits, SignIn, SignInHttp, TokenProvider};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// Long enough for a busy machine; never reached when all is well.
pub const AMPLE: Duration = Duration::from_secs(30);

/// A JWT that belongs to `upn`; `mark` makes it unlike any other.
pub fn jwt(upn: &str, mark: &str) -> String {
    let part = azure_core::base64::encode_url_safe::<&str>;
    let claims = format!(r#"{{"upn":"{upn}","tid":"t-1","mark":"{mark}"}}"#);
    format!("{}.{}.{}", part(r#"{"alg":"none"}"#), part(&claims), part("signature"))
}

/// The instant `seconds` from now, as Azure writes it.
pub fn in_seconds(seconds: i64) -> i64 {
    Timestamp::now().as_second() + seconds
}

/// A folder with fake tools in it, and a note of how each was called.
pub struct Tools {
    folder: tempfile::TempDir,
}

impl Tools {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Installs a tool that notes its arguments and then does what `body` says. `$HERE` is the folder.
    pub fn install(self, name: &str, body: &str) -> Self {
        let here = self.folder.path().display();
        let script = format!("#!/bin/sh\nHERE='{here}'\necho \"$*\" >> \"$HERE/{name}.calls\"\n{body}\n");
        let path = self.path(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// An `az` that is signed in; its token names the scope's call by number.
    pub fn signed_in_az(self, expires_in: i64) -> Self {
        let token = jwt("ada@contoso.com", "az");
        let expiry = in_seconds(expires_in);
        self.install(
            "az",
            &format!(
                "n=$(wc -l < \"$HERE/az.calls\" | tr -d ' ')\n\
                 echo '{{\"accessToken\":\"{token}'$n'\",\"expires_on\":{expiry},\"tokenType\":\"Bearer\"}}'"
            ),
        )
    }

    /// How a tool was called, one line per call.
    pub fn calls(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(&format!("{name}.calls"))).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Only these tools and the system's, and the given variables.
    pub fn environment(&self, vars: &[(&str, &str)]) -> Environment {
        let path = format!("{}:/usr/bin:/bin", self.folder.path().display());
        Environment::fixed(vars.iter().copied().chain([("PATH", path.as_str())]))
    }
}

/// Settings that never leave this machine: the metadata service is a port where nobody listens.
pub async fn settings(kind: Kind, environment: Environment) -> SignIn {
    let mut settings = SignIn::new(Cloud::AzureCloud, kind);
    settings.environment = environment;
    settings.metadata_service = closed_port().await;
    settings.limits = Limits {
        device_pause: Duration::from_millis(5),
        device_slow_down: Duration::from_millis(5),
        ..Limits::default()
    };
    settings
}

pub fn provider(settings: SignIn) -> TokenProvider {
    TokenProvider::new(settings).unwrap()
}

/// An address that refuses connections.
pub async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// A clock that shows the real time plus what the test adds.
#[derive(Clone, Default)]
pub struct Ahead(Arc<Mutex<SignedDuration>>);

impl Ahead {
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }

    pub fn clock(&self) -> Clock {
        let ahead = self.0.clone();
        Clock::new(move || Timestamp::now() + *ahead.lock().unwrap())
    }
}

/// One request that a fake service received.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub query: HashMap<String, String>,
    pub form: HashMap<String, String>,
    pub headers: HeaderMap,
}

/// What a fake service answers.
pub enum Answer {
    Json(u16, String),
    Redirect(String),
    Never,
}

/// A fake service: answers by a closure, remembers what it was asked, ends with the test.
pub struct Service {
    pub address: SocketAddr,
    pub certificate: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

type Reply = Arc<dyn Fn(&Asked, usize) -> Answer + Send + Sync>;

impl Service {
    /// An https authority with a certificate of its own. The closure gets the request and its number.
    pub async fn authority(reply: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![signed.cert.der().clone()], key)
            .unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let asked = Arc::default();
        let listener = TlsListener { tcp, acceptor: TlsAcceptor::from(Arc::new(config)) };
        let router = router(Arc::new(reply), Arc::clone(&asked));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, certificate: signed.cert.pem(), asked }
    }

    /// A plain http identity endpoint.
    pub async fn plain(reply: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::default();
        let router = router(Arc::new(reply), Arc::clone(&asked));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, certificate: String::new(), asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn https(&self) -> String {
        format!("https://{}", self.address)
    }

    /// A client that trusts this authority and no other.
    pub fn http(&self) -> SignInHttp {
        let certificate = reqwest::Certificate::from_pem(self.certificate.as_bytes()).unwrap();
        SignInHttp::trusting_only([certificate])
    }
}

fn router(reply: Reply, asked: Arc<Mutex<Vec<Asked>>>) -> Router {
    Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let pairs = |bytes: &[u8]| url::form_urlencoded::parse(bytes).into_owned().collect();
        let request = Asked {
            path: uri.path().to_owned(),
            query: pairs(uri.query().unwrap_or_default().as_bytes()),
            form: pairs(&body),
            headers,
        };
        let number = {
            let mut asked = asked.lock().unwrap();
            asked.push(request.clone());
            asked.len()
        };
        let answer = reply(&request, number);
        async move {
            let json = (header::CONTENT_TYPE, "application/json".to_owned());
            match answer {
                Answer::Json(status, body) => (StatusCode::from_u16(status).unwrap(), [json], body),
                Answer::Redirect(to) => {
                    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)], String::new())
                }
                Answer::Never => std::future::pending().await,
            }
        }
    })
}

struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, peer)) = self.tcp.accept().await else { continue };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

/// What an authority grants.
pub fn granted(token: &str) -> Answer {
    Answer::Json(
        200,
        format!(
            r#"{{"token_type":"Bearer","expires_in":3600,"ext_expires_in":3600,"access_token":"{token}"}}"#
        ),
    )
}

/// What Entra says when it refuses, with the line breaks that it puts into the description.
pub fn refused(error: &str, description: &str) -> Answer {
    let text = format!("{description}\\r\\nTrace ID: 0000\\r\\nCorrelation ID: 1111");
    Answer::Json(
        401,
        format!(r#"{{"error":"{error}","error_description":"{text}","error_codes":[1],"trace_id":"0000"}}"#),
    )
}

/// Names the variable that marks a process started by [`again`].
const CHILD: &str = "NSP_SIGNIN_TEST_CHILD";

/// Whether this process was started by [`again`] and should play the scenario.
pub fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// The command that runs this very test again, in a process with exactly these variables.
pub fn again(test: &str, vars: &[(&str, &str)]) -> (PathBuf, Vec<String>, Vec<(String, String)>) {
    let arguments = [test, "--exact", "--nocapture", "--test-threads=1"];
    let base = [(CHILD, "1"), ("PATH", "/usr/bin:/bin")];
    let vars = base.iter().chain(vars).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
    (std::env::current_exe().unwrap(), arguments, vars.collect())
}

/// Runs this very test again in a process with exactly these variables and expects it to pass.
pub async fn passes_with(test: &str, vars: &[(&str, &str)]) {
    let (program, arguments, vars) = again(test, vars);
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).env_clear().envs(vars).kill_on_drop(true);
    let Output { status, stdout, stderr } =
        tokio::time::timeout(AMPLE, command.output()).await.expect("the child took too long").unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
}

/// Waits until a file holds a line, and returns it.
pub async fn line_in(path: &Path) -> String {
    let read = async {
        loop {
            match std::fs::read_to_string(path) {
                Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
                _ => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(AMPLE, read).await.expect("the file was not written")
}

/// Waits until a process has ended.
pub async fn gone(pid: &str) {
    let alive = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
    };
    let wait = async {
        while alive() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(AMPLE, wait).await.expect("the process is still there");
}
