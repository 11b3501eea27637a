//! The real programs: a dashboard that is killed while its requests are held or torn, and `nsp guard` that comes after.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use nsp::domain::guard::End;
use nsp::journal::Journal;
use nsp::sim::{Named, Options, Sim};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::{Value, json};

use super::association_id;

const VAULT: &str = "kv-ai-prod";
const STUCK: Duration = Duration::from_secs(30);

fn command(home: &Path, url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nsp"));
    command.args(args).args(["--endpoint", url]).env_clear().stdin(Stdio::null());
    command.env("HOME", home).env("PATH", "/usr/bin:/bin").env("NSP_TOKEN", "t");
    command
}

fn run(home: &Path, url: &str, args: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = command(home, url, args).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().unwrap_or(-1), text)
}

/// A dashboard in a terminal, up to the point where the switch is confirmed.
struct Dashboard {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn std::io::Write + Send>,
    master: Box<dyn MasterPty + Send>,
    shown: std::sync::Arc<std::sync::Mutex<vt100::Parser>>,
}

impl Dashboard {
    fn start(home: &Path, url: &str) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_nsp"));
        command.args(["--endpoint", url, "--write", "--perimeter", "nsp-ai-prod"]);
        command.env_clear();
        for (name, value) in [("HOME", home.to_str().unwrap()), ("TERM", "xterm"), ("NSP_TOKEN", "t")] {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let cells = |n| std::num::NonZeroU16::new(n).unwrap();
        let shown = std::sync::Arc::new(std::sync::Mutex::new(vt100::Parser::new(cells(40), cells(120), 0)));
        let mut output = pair.master.try_clone_reader().unwrap();
        let sink = std::sync::Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(n @ 1..) = std::io::Read::read(&mut output, &mut bytes) {
                sink.lock().unwrap().process(&bytes[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, keys, master: pair.master, shown }
    }

    fn until(&self, what: &str) {
        let begun = Instant::now();
        loop {
            let screen = self.shown.lock().unwrap().screen().contents();
            if screen.contains(what) {
                return;
            }
            assert!(begun.elapsed() < STUCK, "waited for {what}\n{screen}");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Asks for a guarded switch of the vault.
    fn confirm(&mut self) {
        self.until("kv-ai-prod");
        self.type_keys("1/kv-ai\r");
        self.until("1 of 4");
        self.type_keys("m");
        self.until("plain: nobody watches");
        self.type_keys("\t ");
        self.until("put back unless confirmed");
        self.type_keys("\x1b[Z");
        self.type_keys("kv-ai-prod");
        self.until("Enter does it");
        self.type_keys("\r");
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        drop((self.keys, self.master));
    }
}

struct Place {
    sim: Sim,
    home: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        Self {
            sim: Sim::start(Options::instant(Named::Incident)).await.unwrap(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.home.path().join(".local/state/nsp/journal.jsonl")).unwrap()
    }

    fn mode(&self) -> String {
        let body = self.sim.handle().body(association_id(VAULT).as_str()).unwrap();
        body["properties"]["accessMode"].as_str().unwrap().to_owned()
    }

    /// The journal was written so long ago: time passes for those who read it.
    fn age(&self) {
        let path = self.home.path().join(".local/state/nsp/journal.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if let Some(at) = line["at"].as_str() {
                let at: jiff::Timestamp = at.parse().unwrap();
                line["at"] = json!((at - jiff::SignedDuration::from_mins(20)).to_string());
            }
            line.to_string() + "\n"
        });
        std::fs::write(&path, lines.collect::<String>()).unwrap();
    }
}

fn at_put(action: &Value) -> Value {
    json!({"method": "PUT", "path": "/resourceAssociations/", "action": action})
}

/// Kills the dashboard once a fault has hit; `nsp guard` finishes.
async fn killed_at(fault: Value, times: u64) -> (Place, i32, String) {
    let place = Place::new().await;
    let number = place.sim.handle().fault_json(fault).unwrap();
    let mut dashboard = Dashboard::start(place.home.path(), place.sim.url());
    dashboard.confirm();
    place.sim.handle().reached(number, times).await;
    dashboard.kill();
    place.sim.handle().clear_faults();
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard", "--list"]);
    assert_eq!(code, 12, "{text}");
    assert!(text.contains("NOBODY KEEPS WATCH") && text.contains(VAULT), "{text}");
    place.age();
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard"]);
    let record = place.journal().watches().unwrap().remove(0);
    assert!(!record.is_open(), "{text}");
    (place, code, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_the_write_is_held() {
    // What is held and let go after the death of its sender is carried out all the same, or not: either mode may stand.
    let (place, code, text) = killed_at(at_put(&json!({"gate": true})), 1).await;
    assert_eq!((place.mode().as_str(), code), ("Learning", 10), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_after_the_write_was_done_and_before_its_answer() {
    let done = at_put(&json!({"status": 503, "execute": true}));
    let place_read = json!({"method": "GET", "path": "/resourceAssociations/kv-ai-prod", "from": 2, "action": {"gate": true}});
    let place = Place::new().await;
    place.sim.handle().fault_json(done).unwrap();
    let held = place.sim.handle().fault_json(place_read).unwrap();
    let mut dashboard = Dashboard::start(place.home.path(), place.sim.url());
    dashboard.confirm();
    place.sim.handle().reached(held, 1).await;
    assert_eq!(place.mode(), "Enforced");
    dashboard.kill();
    place.sim.handle().clear_faults();
    // At once: nothing is late yet, so the watch goes on until it is told what to do.
    let id = place.journal().watches().unwrap()[0].watch.id.clone();
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard", "--back", id.get(..6).unwrap()]);
    assert_eq!((place.mode().as_str(), code), ("Learning", 10), "{text}");
    assert!(text.contains("taken over") && text.contains("stands again (asked for)"), "{text}");
    assert_eq!(place.journal().watches().unwrap()[0].items[0].end(), Some(&End::PutBack));
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard"]);
    assert_eq!((code, text.trim()), (0, "no guarded switch is pending"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_watches_confirmed_from_elsewhere_or_late() {
    let place = Place::new().await;
    let mut dashboard = Dashboard::start(place.home.path(), place.sim.url());
    dashboard.confirm();
    dashboard.until("goes by the new mode");
    // A second process sees who keeps watch, and waits for it.
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard", "--list", "--json"]);
    assert_eq!(code, 12);
    assert!(text.contains("\"holder\":\"a dashboard, process "), "{text}");
    let mut waiting =
        command(place.home.path(), place.sim.url(), &["guard"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(waiting.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert!(line.contains("kept by a dashboard"), "{line}");
    dashboard.kill();
    // It takes over by itself once the terminal has died, and goes on watching.
    line.clear();
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert!(line.contains("taken over"), "{line}");
    assert_eq!(place.mode(), "Enforced");
    let id = place.journal().watches().unwrap()[0].watch.id.clone();
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard", "--keep", &id]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert_eq!(place.mode(), "Enforced");
    assert_eq!(place.journal().watches().unwrap()[0].items[0].end(), Some(&End::Kept));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_the_old_mode_is_on_its_way() {
    let place = Place::new().await;
    let second =
        json!({"method": "PUT", "path": "/resourceAssociations/", "nth": 2, "action": {"gate": true}});
    let held = place.sim.handle().fault_json(second).unwrap();
    let mut dashboard = Dashboard::start(place.home.path(), place.sim.url());
    dashboard.confirm();
    dashboard.until("goes by the new mode");
    dashboard.type_keys("B");
    place.sim.handle().reached(held, 1).await;
    dashboard.kill();
    place.sim.handle().clear_faults();
    // No guard: the service manager's one that is told to stop, and another.
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard"]);
    assert_eq!((place.mode().as_str(), code), ("Learning", 10), "{text}");
    assert_eq!(place.journal().watches().unwrap()[0].items[0].end(), Some(&End::PutBack));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_elsewhere_is_left_alone_and_a_killed_guard_is_followed_by_another() {
    let place = Place::new().await;
    let mut dashboard = Dashboard::start(place.home.path(), place.sim.url());
    dashboard.confirm();
    dashboard.until("goes by the new mode");
    dashboard.kill();
    let other = Sim::start(Options::instant(Named::Incident)).await.unwrap();
    let (code, text) = run(place.home.path(), other.url(), &["guard"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("left alone: it belongs to"), "{text}");
    assert!(other.handle().requests().iter().all(|seen| seen.method == "GET"));
    let mut first =
        command(place.home.path(), place.sim.url(), &["guard"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(first.stdout.take().unwrap());
    while !line.contains("stands, watched") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut out, &mut line).unwrap() > 0, "it ended");
    }
    first.kill().unwrap();
    first.wait().unwrap();
    place.age();
    let (code, text) = run(place.home.path(), place.sim.url(), &["guard"]);
    assert_eq!((place.mode().as_str(), code), ("Learning", 10), "{text}");
    assert!(text.contains("not confirmed in time"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_is_listed_without_signing_in_and_forgotten_by_name_only() {
    let place = Place::new().await;
    let mut dashboard = Dashboard::start(place.home.path(), place.sim.url());
    dashboard.confirm();
    dashboard.until("goes by the new mode");
    dashboard.kill();
    let id = place.journal().watches().unwrap()[0].watch.id.clone();
    let Place { sim, home } = place;
    drop(sim);
    let alone = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nsp"));
        command.args(args).env_clear().stdin(Stdio::null());
        command.env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        (status.code().unwrap_or(-1), text)
    };
    let (code, text) = alone(&["guard", "--list"]);
    assert_eq!(code, 12, "{text}");
    assert!(text.contains("that simulator does not answer") && text.contains("--forget"), "{text}");
    let (code, text) = alone(&["guard", "--forget", ""]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("at least 4 characters"), "{text}");
    let (code, text) = alone(&["guard", "--forget", id.get(..6).unwrap()]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("forgotten, nothing was put back: last read: Enforced"), "{text}");
    let (code, text) = alone(&["guard", "--list"]);
    assert_eq!((code, text.trim()), (0, "no guarded switch is pending"));
}
