//! The shell around the state machine: one queue, one loop, one frame per batch of messages.
//!
//! It holds no state of the program's own. Input comes before messages, nothing here waits for the
//! network, and nothing wakes up while nothing happens.

mod ansi;
mod connect;
mod desktop;
mod execute;
mod guard;
mod inventory;
mod modes;
mod outbox;
mod read;
mod read_log;
mod room;
mod save;
mod screen;
mod sign_in;
mod signals;
mod switch;
mod tail;
mod terminal;
mod translate;
mod watch;
mod write;

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::{self, Model};
use crate::ui;
use crate::ui::theme::Theme;

pub use connect::{Connect, Connected};
pub use desktop::Desktop;
pub use execute::{Executor, Tools};
pub use modes::restore_terminal;
pub use outbox::{Inbox, Outbox, channel};
pub use screen::Screen;
pub use terminal::Terminal;

use watch::Watch;

/// Most messages that are taken before a frame.
const BATCH: usize = 256;

/// Frames that only messages ask for are at least this far apart; a key is answered at once.
const FRAME: Duration = Duration::from_millis(16);

/// A window that is being dragged is drawn when it has rested for this long …
const RESIZE_REST: Duration = Duration::from_millis(25);

/// … or after this long.
const RESIZE_MOST: Duration = Duration::from_millis(150);

tokio::task_local! {
    /// Set in the loop: a fault there ends the program, while one in any other task is contained.
    static LOOP: ();
}

/// What comes from a console.
#[expect(clippy::large_enum_variant, reason = "one at a time, taken at once")]
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Input.
    Msg(Msg),
    /// A signal to leave.
    Leave,
    /// The process was stopped and goes on: nothing on the screen is certain.
    Resumed,
    /// There is no terminal any more.
    Lost,
}

/// Where input comes from and frames go to: a terminal, or a test.
pub trait Console: Send {
    /// The next event. Waits as `Future::poll` does.
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Event>;
    /// Sends bytes to be shown.
    fn write(&mut self, frame: &[u8]) -> io::Result<()>;
    /// Columns and rows.
    fn size(&self) -> (u16, u16);
    /// Gives the console back for a while, and returns when it is there again.
    fn suspend(&mut self) -> io::Result<()>;
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The user asked for it.
    Quit,
    /// A signal asked for it.
    Signal,
    /// The terminal is gone.
    Lost,
}

/// The running program.
#[derive(Debug)]
pub struct Runtime<C> {
    console: C,
    model: Model,
    theme: Theme,
    screen: Screen,
    inbox: Inbox,
    executor: Executor,
    watch: Watch,
    draw: Draw,
}

/// When the next frame is due.
#[derive(Debug, Default)]
struct Draw {
    due: Option<Instant>,
    last: Option<Instant>,
    resizing_since: Option<Instant>,
}

/// What a turn began with.
enum Wake {
    Event(Event),
    Msg(Msg),
    Frame,
}

impl<C: Console> Runtime<C> {
    /// A program that shows `model` on `console` and does its work through `executor`.
    pub fn new(console: C, mut model: Model, theme: Theme, executor: Executor, inbox: Inbox) -> Self {
        let (width, height) = console.size();
        app::update(&mut model, Msg::Resize(width, height));
        let draw = Draw { due: Some(Instant::now()), ..Draw::default() };
        let screen = Screen::new(width, height);
        Self { console, model, theme, screen, inbox, executor, watch: Watch::default(), draw }
    }

    /// The state, for those who watch.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The console.
    pub fn console(&mut self) -> &mut C {
        &mut self.console
    }

    /// Nothing was asked that has not been answered, no message waits and no frame is due. Timers
    /// and tails do not count.
    pub fn is_idle(&self) -> bool {
        self.executor.is_idle() && self.inbox.is_empty() && self.draw.due.is_none()
    }

    /// Runs until it is left. The first frame is drawn before anything is asked.
    pub async fn run(&mut self) -> Left {
        let turns = async {
            let mut left = self.start();
            loop {
                match left {
                    Some(left) => return left,
                    None => left = self.turn().await,
                }
            }
        };
        LOOP.scope((), turns).await
    }

    /// Draws the first frame, then asks for what it lacks. `Some`: it is over already.
    pub fn start(&mut self) -> Option<Left> {
        self.tick();
        let wanted = app::update(&mut self.model, Msg::Drained);
        if self.paint().is_err() {
            return Some(Left::Lost);
        }
        self.executor.begin();
        wanted.into_iter().find_map(|effect| self.perform(effect)).or_else(|| self.finish_batch())
    }

    /// Waits for something, takes all that has come, and draws at most once.
    pub async fn turn(&mut self) -> Option<Left> {
        let wake = self.wait().await;
        self.tick();
        let left = match wake {
            Wake::Event(event) => self.event(event),
            Wake::Msg(msg) => {
                self.note();
                self.apply(msg)
            }
            Wake::Frame => None,
        };
        let left = match left {
            Some(left) => Some(left),
            None => match self.drain().await {
                Some(left) => Some(left),
                None => self.finish_batch(),
            },
        };
        if left.is_some() {
            return left;
        }
        if self.draw.due.is_some_and(|due| due <= Instant::now()) && self.paint().is_err() {
            return Some(Left::Lost);
        }
        None
    }

    /// Input first, then messages, then the frame that is due.
    async fn wait(&mut self) -> Wake {
        let console = &mut self.console;
        let due = self.draw.due;
        let frame = async move {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = poll_fn(|context| console.poll_event(context)) => Wake::Event(event),
            msg = self.inbox.next() => Wake::Msg(msg),
            () = frame => Wake::Frame,
        }
    }

    /// Takes what has come meanwhile, input first.
    async fn drain(&mut self) -> Option<Left> {
        for _ in 0..BATCH {
            let console = &mut self.console;
            // Polled with this task's own waker: the terminal's stream keeps the one it was given first.
            let event = poll_fn(|context| match console.poll_event(context) {
                Poll::Ready(event) => Poll::Ready(Some(event)),
                Poll::Pending => Poll::Ready(None),
            });
            let left = if let Some(event) = event.await {
                self.event(event)
            } else if let Some(msg) = self.inbox.try_next() {
                self.note();
                self.apply(msg)
            } else {
                break;
            };
            if left.is_some() {
                return left;
            }
        }
        None
    }

    fn event(&mut self, event: Event) -> Option<Left> {
        match event {
            Event::Msg(Msg::Resize(..)) => self.resized(),
            Event::Msg(msg) => {
                self.draw.due = Some(Instant::now());
                self.apply(msg)
            }
            Event::Leave => Some(Left::Signal),
            Event::Lost => {
                // A hang-up may be sent while the terminal is still there.
                modes::restore_terminal();
                modes::let_go();
                Some(Left::Lost)
            }
            Event::Resumed => self.redraw(),
        }
    }

    /// A message has come: a frame is due, but not at once if there was one just now.
    fn note(&mut self) {
        let soonest = self.draw.last.map_or_else(Instant::now, |last| last + FRAME);
        self.draw.due = Some(self.draw.due.map_or(soonest, |due| due.min(soonest)));
    }

    fn resized(&mut self) -> Option<Left> {
        let (width, height) = self.console.size();
        self.screen.resize(width, height);
        let now = Instant::now();
        let since = *self.draw.resizing_since.get_or_insert(now);
        self.draw.due = Some((now + RESIZE_REST).min(since + RESIZE_MOST));
        self.apply(Msg::Resize(width, height))
    }

    fn redraw(&mut self) -> Option<Left> {
        let (width, height) = self.console.size();
        self.screen = Screen::new(width, height);
        self.draw.due = Some(Instant::now());
        self.apply(Msg::Resize(width, height))
    }

    fn tick(&mut self) {
        let effects = app::update(&mut self.model, Msg::Tick(Timestamp::now()));
        debug_assert!(effects.is_empty(), "a tick asks for nothing");
    }

    fn apply(&mut self, msg: Msg) -> Option<Left> {
        self.executor.answered(&msg);
        let effects = app::update(&mut self.model, msg);
        effects.into_iter().find_map(|effect| self.perform(effect))
    }

    fn perform(&mut self, effect: Effect) -> Option<Left> {
        match effect {
            Effect::Quit => return Some(Left::Quit),
            Effect::Redraw => return self.redraw(),
            Effect::Suspend => {
                if self.console.suspend().is_err() {
                    return Some(Left::Lost);
                }
                return self.redraw();
            }
            Effect::Copy { text, label } => {
                let sequence = self.executor.copy(&text, &label);
                if !sequence.is_empty() && self.console.write(sequence.as_bytes()).is_err() {
                    return Some(Left::Lost);
                }
            }
            Effect::Save { name, text } => self.executor.save(name, text),
            Effect::Read { slot, ticket } => self.executor.read(slot, ticket),
            Effect::Write { ticket, change } => self.executor.write(ticket, *change),
            Effect::Abort(ticket) => self.executor.abort(ticket),
            Effect::Acknowledge(entry) => self.executor.acknowledge(entry),
            Effect::Guard(order) => self.executor.guard(order),
            Effect::SignIn => self.executor.sign_in(),
            Effect::KeepRoom(kept) => self.executor.keep_room(*kept),
            Effect::Export(export) => self.executor.export(*export),
            Effect::Switch(to) => {
                let session = self.executor.switch(&to);
                if matches!(session, Ok(Some(_))) {
                    // What follows a log does so with the old session.
                    self.watch = Watch::default();
                }
                return self.apply(Msg::Switched(to, session));
            }
            Effect::KeepScopes(kept) => self.executor.keep_scopes(*kept),
        }
        None
    }

    /// Lets the model put its lists in order, and runs what it now wants running.
    fn finish_batch(&mut self) -> Option<Left> {
        let left = self.apply(Msg::Drained);
        self.watch.apply(app::subscriptions(&self.model), &self.executor);
        left
    }

    /// Draws; writes nothing when the screen shows it already.
    fn paint(&mut self) -> io::Result<()> {
        let drawn = ui::view(&self.model, &self.theme, self.screen.draft());
        let bytes = self.screen.frame(drawn.cursor);
        self.draw = Draw { last: Some(Instant::now()), ..Draw::default() };
        if bytes.is_empty() { Ok(()) } else { self.console.write(bytes) }
    }
}

/// True where a fault harms one task only: not in the loop, and not before it.
pub fn in_task() -> bool {
    tokio::task::try_id().is_some() && LOOP.try_with(|()| ()).is_err()
}
