//! The real terminal: keys, signals and its loss come in, frames go out.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use crossterm::event::EventStream;
use futures::Stream as _;

use super::signals::Signals;
use super::translate::Translator;
use super::{Console, Event, modes};

/// The terminal of this process, with its modes on as long as this lives.
#[derive(Debug)]
pub struct Terminal {
    /// Absent while suspended: it would read what is typed into the shell.
    events: Option<EventStream>,
    translator: Translator,
    ready: VecDeque<Event>,
    signals: Signals,
    mouse: bool,
}

impl Terminal {
    /// Takes over the terminal. Needs a tokio runtime.
    pub fn open(mouse: bool) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("standard output is not a terminal"));
        }
        let signals = Signals::new()?;
        modes::enter(mouse).inspect_err(|_| modes::restore_terminal())?;
        Ok(Self {
            events: Some(EventStream::new()),
            translator: Translator::default(),
            ready: VecDeque::new(),
            signals,
            mouse,
        })
    }

    /// Ends when there is no terminal any more. The loop is told as well, but it may never come to
    /// hear it: the reader of keys goes round and round where the terminal's input ends.
    pub fn gone(&mut self) -> impl Future<Output = ()> + Send + use<> {
        self.signals.gone()
    }

    fn poll_keys(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        let Some(events) = self.events.as_mut() else { return Poll::Pending };
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Poll::Ready(event);
            }
            match Pin::new(&mut *events).poll_next(context) {
                // A signal of our own tells that, and misses none.
                Poll::Ready(Some(Ok(crossterm::event::Event::Resize(..)))) if cfg!(unix) => {}
                Poll::Ready(Some(Ok(event))) => {
                    let messages = self.translator.translate(event, Instant::now());
                    self.ready.extend(messages.into_iter().map(Event::Msg));
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(Event::Lost),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl Console for Terminal {
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        match self.signals.poll(context) {
            Poll::Ready(Event::Resumed) => {
                // The shell has set its own modes meanwhile.
                modes::restore_terminal();
                return Poll::Ready(match modes::enter(self.mouse) {
                    Ok(()) => Event::Resumed,
                    Err(_) => Event::Lost,
                });
            }
            Poll::Ready(event) => return Poll::Ready(event),
            Poll::Pending => {}
        }
        self.poll_keys(context)
    }

    fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        modes::write(frame)
    }

    fn size(&self) -> (u16, u16) {
        modes::size()
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.events = None;
        modes::restore_terminal();
        super::signals::stop_process();
        modes::enter(self.mouse)?;
        self.events = Some(EventStream::new());
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.events = None;
        modes::restore_terminal();
    }
}
