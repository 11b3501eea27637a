//! What the system tells the program: to leave, to go on, and that the terminal is gone.

use std::io;
use std::task::{Context, Poll};

use super::Event;

#[cfg(unix)]
pub(super) use unix::{Signals, stop_process};

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::sync::{mpsc, oneshot};

    use super::super::modes;
    use super::{Context, Event, Poll, io};
    use crate::app::msg::Msg;

    /// The signals that matter, and the hang-up of the terminal itself.
    #[derive(Debug)]
    pub struct Signals {
        term: Signal,
        int: Signal,
        hup: Signal,
        cont: Signal,
        /// The reader of keys tells of it, too, but forgets it when a key comes at the same time.
        resize: Signal,
        /// Closed when the other end of the terminal is, also where SIGHUP is not delivered.
        hangup: mpsc::Receiver<()>,
        gone: Option<oneshot::Receiver<()>>,
    }

    impl Signals {
        /// Begins to listen.
        pub fn new() -> io::Result<Self> {
            let (hangup, gone) = watch_terminal()?;
            Ok(Self {
                term: signal(SignalKind::terminate())?,
                int: signal(SignalKind::interrupt())?,
                hup: signal(SignalKind::hangup())?,
                cont: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
                resize: signal(SignalKind::window_change())?,
                hangup,
                gone: Some(gone),
            })
        }

        /// Ends when the other end of the terminal is closed; never, when asked a second time.
        pub fn gone(&mut self) -> impl Future<Output = ()> + Send + use<> {
            let gone = self.gone.take();
            async move {
                match gone {
                    // The sender is dropped, which is the news.
                    Some(gone) => drop(gone.await),
                    None => std::future::pending().await,
                }
            }
        }

        /// The next one.
        pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
            if self.hup.poll_recv(context).is_ready() {
                return Poll::Ready(Event::Lost);
            }
            if self.term.poll_recv(context).is_ready() || self.int.poll_recv(context).is_ready() {
                return Poll::Ready(Event::Leave);
            }
            if self.hangup.poll_recv(context).is_ready() {
                return Poll::Ready(Event::Lost);
            }
            if self.cont.poll_recv(context).is_ready() {
                return Poll::Ready(Event::Resumed);
            }
            if self.resize.poll_recv(context).is_ready() {
                let (width, height) = modes::size();
                return Poll::Ready(Event::Msg(Msg::Resize(width, height)));
            }
            Poll::Pending
        }
    }

    /// Waits in a thread of its own for the hang-up of the terminal: that costs nothing until then,
    /// and the reader of keys would never tell.
    fn watch_terminal() -> io::Result<(mpsc::Receiver<()>, oneshot::Receiver<()>)> {
        let (sender, receiver) = mpsc::channel(1);
        let (last, gone) = oneshot::channel();
        std::thread::Builder::new().name("hang-up".into()).spawn(move || {
            let terminal = rustix::stdio::stdout();
            // Nothing is asked for: errors and hang-ups are always reported.
            let mut fds = [rustix::event::PollFd::new(&terminal, rustix::event::PollFlags::empty())];
            while matches!(rustix::event::poll(&mut fds, None), Ok(0) | Err(rustix::io::Errno::INTR)) {}
            drop((sender, last));
        })?;
        Ok((receiver, gone))
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

    /// Nothing tells.
    pub(super) fn gone(&mut self) -> impl Future<Output = ()> + Send + use<> {
        std::future::pending()
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
