//! The real program over a console in memory: keys in, screen out, real client, real HTTP, simulator.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::Timestamp;
use nsp::app::bindings::Keymap;
use nsp::app::effect::Subscription;
use nsp::app::keys::Key;
use nsp::app::msg::{MouseKind, Msg, Timer};
use nsp::app::{self, Model, Periods, Start};
use nsp::azure::logs::TailPace;
use nsp::azure::{ArmClient, Options, Session};
use nsp::journal::Journal;
use nsp::runtime::{self, Console, Desktop, Event, Executor, Left, Outbox, Runtime, Tools};
use nsp::sim::{self, Sim};
use nsp::ui::theme::Theme;

/// Nothing in a test takes this long; what does is stuck.
const STUCK: Duration = Duration::from_secs(20);

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
        }
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
}

impl Setup {
    /// A built-in world where nothing takes time, at 120x40, unlocked.
    pub fn new(scenario: sim::Named) -> Self {
        let world = sim::Options::instant(scenario);
        Self { world, size: (120, 40), writable: true, perimeter: None, only: Vec::new() }
    }

    /// The same at another size.
    pub fn size(mut self, width: u16, height: u16) -> Self {
        self.size = (width, height);
        self
    }

    /// Starts simulator and program, and lets them settle.
    pub async fn start(self) -> Harness {
        let mut harness = self.start_unsettled().await;
        harness.settle().await;
        harness
    }

    /// Starts simulator and program: the first frame is drawn, nothing has been answered.
    pub async fn start_unsettled(self) -> Harness {
        let sim = Sim::start(self.world).await.expect("the simulator starts");
        let folder = tempfile::tempdir().expect("a folder");
        let (out, inbox) = runtime::channel();
        let options = Options { hook: Some(out.hook()), seed: Some(1), ..Options::default() };
        let session = Session::simulated(sim.url()).expect("a session");
        let client = ArmClient::with_options(session, options).expect("a client");
        let journal = Journal::open(&folder.path().join("journal.jsonl")).expect("a journal");
        let tools = Tools {
            client,
            tokens: None,
            journal: Ok(Arc::new(journal)),
            desktop: Desktop { folder: Some(folder.path().to_owned()), ..Desktop::default() },
            only: self.only,
            pace: TailPace::local(Duration::from_millis(20)),
        };
        let model = Model::new(Start {
            label: "simulated".to_owned(),
            simulated: true,
            writable: self.writable,
            portal: "https://portal.azure.com".to_owned(),
            perimeter: self.perimeter,
            keymap: Keymap::with(&std::collections::BTreeMap::default()).expect("the keys"),
            periods: Periods { perimeters: Duration::from_secs(3600), shown: Duration::from_secs(3600) },
            now: Timestamp::now(),
        });
        let console = TestConsole::new(self.size.0, self.size.1);
        let executor = Executor::new(tools, out.clone());
        let mut runtime = Runtime::new(console, model, Theme::default(), executor, inbox);
        assert_eq!(runtime.start(), None);
        Harness { runtime, sim, folder, out, left: None }
    }
}

/// The running program.
pub struct Harness {
    runtime: Runtime<TestConsole>,
    /// The simulated service.
    pub sim: Sim,
    /// Where journal and long copies are.
    pub folder: tempfile::TempDir,
    out: Outbox,
    /// Set once the program has been left.
    pub left: Option<Left>,
}

impl Harness {
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
        let shown = self.runtime.console().terminal.screen().contents();
        shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
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
