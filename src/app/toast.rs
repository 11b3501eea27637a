//! Short-lived notices at the foot of the screen.

use std::collections::VecDeque;
use std::time::Duration;

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something went well.
    Good,
    /// Something to know.
    Info,
    /// Something failed.
    Bad,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// How it is meant.
    pub tone: Tone,
    /// One line.
    pub text: String,
}

/// How long a notice stays.
pub const TOAST_TIME: Duration = Duration::from_secs(6);

/// Notices that wait to be seen, oldest first; bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Toasts {
    queue: VecDeque<Toast>,
    round: u64,
}

impl Toasts {
    /// Adds a notice. The newest is the one shown.
    pub fn push(&mut self, tone: Tone, text: impl Into<String>) {
        if self.queue.len() >= 8 {
            self.queue.pop_front();
        }
        self.queue.push_back(Toast { tone, text: text.into() });
        self.round += 1;
    }

    /// The notice to show.
    pub fn current(&self) -> Option<&Toast> {
        self.queue.back()
    }

    /// Counts up with each notice, so that its time starts anew.
    pub fn round(&self) -> u64 {
        self.round
    }

    /// All have been seen.
    pub fn clear(&mut self) -> bool {
        let any = !self.queue.is_empty();
        self.queue.clear();
        any
    }
}
