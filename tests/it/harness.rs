//! The real program over a console in memory: keys in, screen out, real client, real HTTP, simulator.
//!
//! Every exchange passes the checking proxy: a program that ends well has also kept to the published
//! documents, and so has the simulator. Where the client would wait, simulated time passes instead.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use nsp::app::bindings::Keymap;
use nsp::app::effect::Subscription;
use nsp::app::keys::Key;
use nsp::app::msg::{MouseKind, Msg, Timer};
use nsp::app::scopes::Scopes;
use nsp::app::{self, Model, Periods, Start};
use nsp::azure::logs::TailPace;
use nsp::azure::{ArmClient, Clock, Options, Session};
use nsp::domain::scope::{Named, Place, Selection};
use nsp::domain::{Failure, FailureKind};
use nsp::journal::Journal;
use nsp::runtime::{
    self, Connect, Connected, Console, Desktop, Event, Executor, Left, Outbox, Runtime, Tools,
};
use nsp::sessions::SIMULATED;
use nsp::sim::{self, Handle, Sim};
use nsp::ui::theme::Theme;

use crate::catalogue;
use crate::support::judge::Judge;
use crate::support::proxy::Proxy;

/// Nothing in a test takes this long; what does is stuck.
const STUCK: Duration = Duration::from_secs(60);

/// A terminal in memory: an emulator shows what was written.
pub struct TestConsole {
    events: VecDeque<Event>,
    terminal: vt100::Parser,
    size: (u16, u16),
    /// Bytes written so far.
    pub bytes: usize,
    /// Frames written so far.
    pub writes: usize,
    /// What the last frame wrote.
    pub last: Vec<u8>,
    /// Every frame since this was set, as shown.
    pub frames: Option<Vec<String>>,
}

impl TestConsole {
    fn new(width: u16, height: u16) -> Self {
        let mut terminal = vt100::Parser::new(cells(height), cells(width), 0);
        terminal.process(b"\x1b[?1049h\x1b[?25l");
        Self {
            events: VecDeque::new(),
            terminal,
            size: (width, height),
            bytes: 0,
            writes: 0,
            last: Vec::new(),
            frames: None,
        }
    }

    fn shown(&self) -> String {
        let shown = self.terminal.screen().contents();
        shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}

/// Waits of the client take no time of ours but time of the simulated world.
struct Simulated(Handle);

#[async_trait]
impl Clock for Simulated {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, wait: Duration) {
        self.0.advance(wait);
        tokio::task::yield_now().await;
    }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

impl Console for TestConsole {
    fn poll_event(&mut self, _: &mut Context<'_>) -> Poll<Event> {
        self.events.pop_front().map_or(Poll::Pending, Poll::Ready)
    }

    fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        self.bytes += frame.len();
        self.writes += 1;
        self.last = frame.to_vec();
        self.terminal.process(frame);
        let shown = self.frames.is_some().then(|| self.shown());
        if let (Some(frames), Some(shown)) = (&mut self.frames, shown) {
            frames.push(shown);
        }
        Ok(())
    }

    fn size(&self) -> (u16, u16) {
        self.size
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.terminal.process(b"\x1b[2J");
        Ok(())
    }
}

/// What a test starts with.
pub struct Setup {
    /// The simulated world.
    pub world: sim::Options,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Writes are allowed from the start.
    pub writable: bool,
    /// The perimeter to go to.
    pub perimeter: Option<String>,
    /// Subscriptions to show; all when empty.
    pub only: Vec<String>,
    /// Styles and signs.
    pub theme: Theme,
    /// Set for a service that answers with what no document allows: only the requests are judged then.
    pub lawless: bool,
    faults: Vec<serde_json::Value>,
}

impl Setup {
    /// A built-in world where nothing takes time, at 120x40, unlocked.
    pub fn new(scenario: sim::Named) -> Self {
        let world = sim::Options::instant(scenario);
        Self {
            world,
            size: (120, 40),
            writable: true,
            perimeter: None,
            only: Vec::new(),
            theme: Theme::default(),
            lawless: false,
            faults: Vec::new(),
        }
    }

    /// The same at another size.
    pub fn size(mut self, width: u16, height: u16) -> Self {
        self.size = (width, height);
        self
    }

    /// The same, going to this perimeter.
    pub fn perimeter(mut self, name: &str) -> Self {
        self.perimeter = Some(name.to_owned());
        self
    }

    /// The same with a fault that is set before the first request.
    pub fn fault(mut self, fault: serde_json::Value) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts simulator and program, and lets them settle.
    pub async fn start(self) -> Harness {
        let mut harness = self.start_unsettled().await;
        harness.settle().await;
        harness
    }

    /// Starts simulator and program: the first frame is drawn, nothing has been answered.
    pub async fn start_unsettled(mut self) -> Harness {
        let sim = Sim::start(self.world.clone()).await.expect("the simulator starts");
        for fault in std::mem::take(&mut self.faults) {
            sim.handle().fault_json(fault).expect("a fault");
        }
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        self.over(Arc::new(sim), folder).await
    }

    /// Starts the program over a world and a state folder that are there already.
    async fn over(self, sim: Arc<Sim>, folder: Arc<tempfile::TempDir>) -> Harness {
        let upstream = sim.url().trim_start_matches("http://").parse().expect("an address");
        let proxy = Proxy::start(upstream, Judge::new("a flow")).await;
        let (out, inbox) = runtime::channel();
        let clock = Arc::new(Simulated(sim.handle()));
        let options = Options { hook: Some(out.hook()), seed: Some(1), clock, ..Options::default() };
        let pace =
            TailPace { longest: Duration::from_millis(50), ..TailPace::local(Duration::from_millis(20)) };
        let connect = connect(proxy.url(), options, pace);
        let place = Place { cloud: SIMULATED.to_owned(), tenant: None };
        let Connected { client, portal, .. } = connect.to(&place, &out).expect("a session");
        let journal = Journal::open(&folder.path().join("journal.jsonl")).expect("a journal");
        let tools = Tools {
            client,
            tokens: None,
            journal: Ok(Arc::new(journal)),
            desktop: Desktop { folder: Some(folder.path().to_owned()), ..Desktop::default() },
            only: self.only.clone(),
            pace,
            place: place.clone(),
            connect,
            scopes: Some(folder.path().join("scopes.toml")),
        };
        let model = Model::new(Start {
            label: "simulated".to_owned(),
            simulated: true,
            writable: self.writable,
            portal,
            perimeter: self.perimeter,
            address_page: None,
            scopes: Scopes {
                now: Selection { place, only: self.only.iter().map(|id| Named::new(id, "")).collect() },
                clouds: vec![SIMULATED.to_owned(), "AzureCloud".to_owned()],
                kept: nsp::scopes::load(&folder.path().join("scopes.toml")).expect("the favourites"),
            },
            keymap: Keymap::with(&std::collections::BTreeMap::default()).expect("the keys"),
            periods: Periods { perimeters: Duration::from_secs(3600), shown: Duration::from_secs(3600) },
            now: Timestamp::now(),
        });
        let console = TestConsole::new(self.size.0, self.size.1);
        let executor = Executor::new(tools, out.clone());
        let mut runtime = Box::new(Runtime::new(console, model, self.theme, executor, inbox));
        assert_eq!(runtime.start(), None);
        Harness { runtime, sim, proxy, lawless: self.lawless, folder, out, left: None }
    }
}

/// Sessions with the simulator, in any of its tenants; other clouds are refused.
fn connect(url: String, options: Options, pace: TailPace) -> Connect {
    Connect::new(move |place, _| {
        if place.cloud != SIMULATED {
            let why = "a simulated session stays simulated";
            return Err(Failure::new(FailureKind::Refused, "There is no such session", why));
        }
        let session = Session::simulated_in(&url, place.tenant.as_ref().map(|t| t.id.as_str()))?;
        let tenant = place.tenant.as_ref().map_or_else(String::new, |t| format!(" / {}", t.name));
        let session = session.with_label(&format!("{SIMULATED}{tenant}"));
        let client = ArmClient::with_options(session, options.clone())?;
        Ok(Connected { client, tokens: None, pace, portal: "https://portal.azure.com".to_owned() })
    })
}

/// The running program.
pub struct Harness {
    runtime: Box<Runtime<TestConsole>>,
    /// The simulated service.
    pub sim: Arc<Sim>,
    /// What stands between.
    pub proxy: Proxy,
    lawless: bool,
    /// Where journal and long copies are.
    pub folder: Arc<tempfile::TempDir>,
    out: Outbox,
    /// Set once the program has been left.
    pub left: Option<Left>,
}

impl Drop for Harness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let strange: Vec<String> =
            self.proxy.judge().queries().iter().filter_map(|text| catalogue::strange(text)).collect();
        assert!(strange.is_empty(), "{}", strange.join("\n"));
        if self.lawless {
            let wrong = self.proxy.judge().requests();
            assert!(wrong.is_empty(), "against the OpenAPI documents:\n{}", wrong.join("\n"));
        } else {
            self.proxy.assert_clean();
        }
    }
}

impl Harness {
    /// Ends the program however it stands and starts another over the same world and state folder.
    pub async fn again(self, setup: Setup) -> Self {
        let (sim, folder) = (Arc::clone(&self.sim), Arc::clone(&self.folder));
        drop(self);
        let mut harness = setup.over(sim, folder).await;
        harness.settle().await;
        harness
    }

    /// Controls of the simulated service.
    pub fn handle(&self) -> Handle {
        self.sim.handle()
    }

    /// Sets a fault of the service.
    pub fn fault(&self, fault: serde_json::Value) -> u64 {
        self.sim.handle().fault_json(fault).expect("a fault")
    }

    /// Presses keys by name: `"j j enter"`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split_whitespace() {
            let key: Key = name.parse().expect("the name of a key");
            self.event(Msg::Key(key));
        }
        self
    }

    /// Types text, character by character.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        text.chars().for_each(|c| self.event(Msg::Key(Key::char(c))));
        self
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.event(Msg::Paste(text.to_owned()));
        self
    }

    /// Uses the mouse at a cell.
    pub fn mouse(&mut self, kind: MouseKind, x: u16, y: u16) -> &mut Self {
        self.event(Msg::Mouse(kind, x, y));
        self
    }

    /// Makes the screen this large.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        let console = self.runtime.console();
        console.size = (width, height);
        console.terminal.screen_mut().set_size(cells(height), cells(width));
        self.event(Msg::Resize(width, height));
        self
    }

    fn event(&mut self, msg: Msg) {
        self.runtime.console().events.push_back(Event::Msg(msg));
    }

    /// Lets everything happen that is under way: keys, timers that wait for the cursor to rest,
    /// requests and their answers. Ticks and tails do not count.
    pub async fn settle(&mut self) -> &mut Self {
        self.until("it settles", Self::settled).await
    }

    fn settled(&mut self) -> bool {
        let resting = app::subscriptions(self.runtime.model())
            .iter()
            .any(|s| matches!(s, Subscription::After { timer: Timer::Dwell, .. }));
        if resting && self.runtime.console().events.is_empty() {
            self.out.send(Msg::Due(Timer::Dwell));
        }
        self.runtime.console().events.is_empty() && self.runtime.is_idle()
    }

    /// Lets the program run until the screen shows this.
    pub async fn until_shown(&mut self, text: &str) -> &mut Self {
        self.until(text, |harness| harness.screen().contains(text)).await
    }

    /// Lets the program run until something is so.
    pub async fn until(&mut self, what: &str, mut so: impl FnMut(&mut Self) -> bool) -> &mut Self {
        let end = tokio::time::Instant::now() + STUCK;
        while self.left.is_none() && !so(self) {
            assert!(tokio::time::Instant::now() < end, "waited for: {what}\n{}", self.screen());
            // What is awaited may happen without a message, hence the limit.
            if let Ok(left) = tokio::time::timeout(Duration::from_millis(10), self.runtime.turn()).await {
                self.left = left;
            }
        }
        self
    }

    /// What the screen shows, line by line, without blanks at the ends.
    pub fn screen(&mut self) -> String {
        self.runtime.console().shown()
    }

    /// The screen shows each of these.
    pub fn shows(&mut self, texts: &[&str]) -> &mut Self {
        let screen = self.screen();
        for text in texts {
            assert!(screen.contains(text), "not shown: {text}\n{screen}");
        }
        self
    }

    /// The screen shows none of these.
    pub fn hides(&mut self, texts: &[&str]) -> &mut Self {
        let screen = self.screen();
        for text in texts {
            assert!(!screen.contains(text), "shown: {text}\n{screen}");
        }
        self
    }

    /// The first line that holds a text.
    pub fn line(&mut self, text: &str) -> String {
        let screen = self.screen();
        let found = screen.lines().find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("no line with: {text}\n{screen}")).to_owned()
    }

    /// The cell at which a text begins.
    pub fn place(&mut self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        let found = screen.lines().enumerate().find_map(|(y, line)| {
            let (before, _) = line.split_once(text)?;
            Some((before.chars().count() as u16, y as u16))
        });
        found.unwrap_or_else(|| panic!("no line with: {text}\n{screen}"))
    }

    /// The emulated screen, for colours and cursor.
    pub fn terminal(&mut self) -> &vt100::Screen {
        self.runtime.console().terminal.screen()
    }

    /// The console, for counts.
    pub fn console(&mut self) -> &mut TestConsole {
        self.runtime.console()
    }

    /// The state.
    pub fn model(&self) -> &Model {
        self.runtime.model()
    }
}
