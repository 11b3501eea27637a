//! Short-lived notices at the foot of the screen.

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

/// The notice on the screen: the newest takes the place of the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Toasts {
    current: Option<Toast>,
    round: u64,
}

impl Toasts {
    /// Shows a notice.
    pub fn push(&mut self, tone: Tone, text: impl Into<String>) {
        self.current = Some(Toast { tone, text: text.into() });
        self.round += 1;
    }

    /// The notice to show.
    pub fn current(&self) -> Option<&Toast> {
        self.current.as_ref()
    }

    /// Counts up with each notice, so that its time starts anew.
    pub fn round(&self) -> u64 {
        self.round
    }

    /// It has been seen.
    pub fn clear(&mut self) {
        self.current = None;
    }
}
