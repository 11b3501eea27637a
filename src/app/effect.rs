//! What the model wants done, and what it wants running: plain data, compared in tests.

use std::time::Duration;

use super::guards::Order;
use super::msg::{Slot, TailSpec, Ticket, Timer};
use crate::domain::Change;
use crate::domain::log::{KeptRoom, LogExport};
use crate::domain::scope::{KeptScopes, Selection};

/// Something to be done once. Only `runtime/` does it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read what the slot says.
    Read {
        /// What and where to.
        slot: Slot,
        /// The question's number.
        ticket: Ticket,
    },
    /// Journal, send and read back a confirmed change.
    Write {
        /// The write's number.
        ticket: Ticket,
        /// What was confirmed.
        change: Box<Change>,
    },
    /// Stop a read; saves work, guarantees nothing.
    Abort(Ticket),
    /// Put text on the clipboard; the label says what it is.
    Copy {
        /// The text.
        text: String,
        /// What it is, for the notice.
        label: String,
    },
    /// Put text into a file of this name in the folder of exports; answered by a notice that says where.
    Save {
        /// Name of the file.
        name: String,
        /// The text.
        text: String,
    },
    /// Enter in the journal that the user has checked this unknown write.
    Acknowledge(String),
    /// Do this about guarded switches.
    Guard(Order),
    /// Sign in anew.
    SignIn,
    /// Show another scope from here on; answered at once by [`super::msg::Msg::Switched`].
    Switch(Box<Selection>),
    /// Keep favourite and recent scopes for the next run.
    KeepScopes(Box<KeptScopes>),
    /// Keep columns and filters of the log room for the next run.
    KeepRoom(Box<KeptRoom>),
    /// Write rows or groups of the log room to a file.
    Export(Box<LogExport>),
    /// Draw every cell again.
    Redraw,
    /// Leave the terminal to the shell for a while.
    Suspend,
    /// Leave.
    Quit,
}

/// Something that should be running; the runtime starts and stops by difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subscription {
    /// `Msg::Due(timer)` once, after this time; a new `round` starts it anew.
    After {
        /// What is due.
        timer: Timer,
        /// How long.
        delay: Duration,
        /// Counts up each time the wait must start from the beginning.
        round: u64,
    },
    /// `Msg::Due(timer)` again and again, this far apart.
    Every {
        /// What is due.
        timer: Timer,
        /// How far apart.
        period: Duration,
    },
    /// Follow a log.
    Tail(TailSpec),
}

impl Effect {
    /// A read, in short.
    pub fn read(slot: Slot, ticket: Ticket) -> Self {
        Self::Read { slot, ticket }
    }
}
