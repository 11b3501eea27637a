//! The queue: what tasks have to say to the model.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::app::msg::Msg;
use crate::azure::{Hook, RequestEvent};

/// Batches of log rows that may wait; more make the tail wait.
const TAIL_BATCHES: usize = 8;

/// A message and the session that it comes from.
type Sent = (u64, Msg);

/// Where tasks put their messages, in the name of one session. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    replies: mpsc::UnboundedSender<Sent>,
    tails: mpsc::Sender<Sent>,
    session: u64,
    current: Arc<AtomicU64>,
}

/// Where the loop takes them. What an earlier session says about itself is not handed on.
#[derive(Debug)]
pub struct Inbox {
    replies: mpsc::UnboundedReceiver<Sent>,
    tails: mpsc::Receiver<Sent>,
    current: Arc<AtomicU64>,
}

/// Both ends of a queue.
pub fn channel() -> (Outbox, Inbox) {
    let (reply_sender, replies) = mpsc::unbounded_channel();
    let (tail_sender, tails) = mpsc::channel(TAIL_BATCHES);
    let current = Arc::new(AtomicU64::new(0));
    let inbox = Inbox { replies, tails, current: Arc::clone(&current) };
    (Outbox { replies: reply_sender, tails: tail_sender, session: 0, current }, inbox)
}

impl Outbox {
    /// Sends a reply: as many as there are questions, each as large as what the model keeps of it.
    pub fn send(&self, msg: Msg) {
        // Nobody listens any more when the program is being left.
        let _ = self.replies.send((self.session, msg));
    }

    /// Sends live data; waits while the loop has not taken what came before. False: nobody listens.
    pub async fn send_live(&self, msg: Msg) -> bool {
        self.tails.send((self.session, msg)).await.is_ok()
    }

    /// The same queue for the session after this one.
    #[must_use]
    pub(super) fn fork(&self) -> Self {
        Self { session: self.session + 1, ..self.clone() }
    }

    /// From here on `next` is the session that speaks.
    pub(super) fn supersede(&self, next: &Self) {
        self.current.store(next.session, Ordering::SeqCst);
    }
}

/// Says something about a session that is meaningless once another has taken its place. How writes end
/// is told whatever comes after.
fn is_of_its_session(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::Page { .. }
            | Msg::Reply { .. }
            | Msg::Retrying { .. }
            | Msg::Quota(..)
            | Msg::Tail(..)
            | Msg::SignIn(_)
    )
}

impl Outbox {
    /// Tells of requests that wait before their next try.
    pub fn hook(&self) -> Hook {
        let out = self.clone();
        Arc::new(move |event| match event {
            RequestEvent::Retrying { wait, reason, .. } => {
                if let Ok(until) = Timestamp::now().checked_add(wait) {
                    out.send(Msg::Retrying { reason, until });
                }
            }
            RequestEvent::Started { .. } | RequestEvent::Finished { .. } => {}
        })
    }
}

impl Inbox {
    /// The next message; replies before live data.
    pub(super) async fn next(&mut self) -> Msg {
        loop {
            let sent = tokio::select! {
                biased;
                Some(sent) = self.replies.recv() => sent,
                Some(sent) = self.tails.recv() => sent,
                else => std::future::pending().await,
            };
            if let Some(msg) = self.taken(sent) {
                return msg;
            }
        }
    }

    /// A message that has come already.
    pub(super) fn try_next(&mut self) -> Option<Msg> {
        loop {
            let sent = self.replies.try_recv().or_else(|_| self.tails.try_recv()).ok()?;
            if let Some(msg) = self.taken(sent) {
                return Some(msg);
            }
        }
    }

    fn taken(&self, (session, msg): Sent) -> Option<Msg> {
        let stale = session < self.current.load(Ordering::SeqCst) && is_of_its_session(&msg);
        (!stale).then_some(msg)
    }

    /// No message waits.
    pub fn is_empty(&self) -> bool {
        self.replies.is_empty() && self.tails.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::msg::{SignIn, Ticket};
    use crate::domain::Step;

    #[test]
    fn what_an_earlier_session_says_about_itself_is_not_handed_on() {
        let (old, mut inbox) = channel();
        let late = Msg::SignIn(SignIn::Trying("azure-cli".to_owned()));
        old.send(late.clone());
        assert_eq!(inbox.try_next(), Some(late.clone()));
        let next = old.fork();
        old.send(late.clone());
        old.supersede(&next);
        old.send(Msg::Progress(Ticket(1), Step::Sending));
        next.send(late.clone());
        assert_eq!(inbox.try_next(), Some(Msg::Progress(Ticket(1), Step::Sending)), "writes are told");
        assert_eq!(inbox.try_next(), Some(late));
        assert_eq!(inbox.try_next(), None);
    }
}
