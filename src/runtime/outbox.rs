//! The queue: what tasks have to say to the model.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::app::msg::Msg;
use crate::azure::{Hook, RequestEvent};

/// Batches of log rows that may wait; more make the tail wait.
const TAIL_BATCHES: usize = 8;

/// Where tasks put their messages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    replies: mpsc::UnboundedSender<Msg>,
    tails: mpsc::Sender<Msg>,
}

/// Where the loop takes them.
#[derive(Debug)]
pub struct Inbox {
    replies: mpsc::UnboundedReceiver<Msg>,
    tails: mpsc::Receiver<Msg>,
}

/// Both ends of a queue.
pub fn channel() -> (Outbox, Inbox) {
    let (reply_sender, replies) = mpsc::unbounded_channel();
    let (tail_sender, tails) = mpsc::channel(TAIL_BATCHES);
    (Outbox { replies: reply_sender, tails: tail_sender }, Inbox { replies, tails })
}

impl Outbox {
    /// Sends a reply: as many as there are questions, each as large as what the model keeps of it.
    pub fn send(&self, msg: Msg) {
        // Nobody listens any more when the program is being left.
        let _ = self.replies.send(msg);
    }

    /// Sends live data; waits while the loop has not taken what came before. False: nobody listens.
    pub async fn send_live(&self, msg: Msg) -> bool {
        self.tails.send(msg).await.is_ok()
    }
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
        tokio::select! {
            biased;
            Some(msg) = self.replies.recv() => msg,
            Some(msg) = self.tails.recv() => msg,
            else => std::future::pending().await,
        }
    }

    /// A message that has come already.
    pub(super) fn try_next(&mut self) -> Option<Msg> {
        self.replies.try_recv().or_else(|_| self.tails.try_recv()).ok()
    }

    /// No message waits.
    pub fn is_empty(&self) -> bool {
        self.replies.is_empty() && self.tails.is_empty()
    }
}
