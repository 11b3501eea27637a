//! What the system tells the program: to leave, to go on, and that the terminal is gone.

use std::io;
use std::task::{Context, Poll};

use super::Event;

#[cfg(unix)]
pub(super) use unix::{Signals, stop_process};

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Context, Event, Poll, io};

    /// The signals that matter, and the hang-up of the terminal itself.
    #[derive(Debug)]
    pub struct Signals {
        term: Signal,
        int: Signal,
        hup: Signal,
        cont: Signal,
        /// Wakes when the other end closes, also where SIGHUP is not delivered. Absent where the
        /// descriptor cannot be watched; a failed write tells it then.
        hangup: Option<AsyncFd<io::Stdout>>,
    }

    impl Signals {
        /// Begins to listen.
        pub fn new() -> io::Result<Self> {
            Ok(Self {
                term: signal(SignalKind::terminate())?,
                int: signal(SignalKind::interrupt())?,
                hup: signal(SignalKind::hangup())?,
                cont: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
                hangup: watch_terminal(),
            })
        }

        /// The next one.
        pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
            if self.hup.poll_recv(context).is_ready() {
                return Poll::Ready(Event::Lost);
            }
            if self.term.poll_recv(context).is_ready() || self.int.poll_recv(context).is_ready() {
                return Poll::Ready(Event::Leave);
            }
            if let Some(hangup) = &self.hangup
                && hangup.poll_read_ready(context).is_ready()
            {
                return Poll::Ready(Event::Lost);
            }
            if self.cont.poll_recv(context).is_ready() {
                return Poll::Ready(Event::Resumed);
            }
            Poll::Pending
        }
    }

    /// Only the hang-up is of interest, and that is always reported: input is another's business.
    #[cfg(target_os = "linux")]
    fn watch_terminal() -> Option<AsyncFd<io::Stdout>> {
        AsyncFd::with_interest(io::stdout(), Interest::PRIORITY).ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn watch_terminal() -> Option<AsyncFd<io::Stdout>> {
        let _ = Interest::READABLE;
        None
    }

    /// Stops this process as the terminal would on Ctrl-Z, and returns when it goes on.
    pub fn stop_process() {
        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
        // Another thread may take the signal: this one must not go on before all have stopped.
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Signals(std::pin::Pin<Box<tokio::sync::mpsc::Receiver<()>>>);

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = sender.send(()).await;
            }
            std::future::pending::<()>().await;
        });
        Ok(Self(Box::pin(receiver)))
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        match self.0.poll_recv(context) {
            Poll::Ready(Some(())) => Poll::Ready(Event::Leave),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(not(unix))]
pub(super) fn stop_process() {}
