//! Which rows of the log a question is about.

use jiff::{SignedDuration, Timestamp};

use crate::domain::ArmId;
use crate::domain::log::{LogColumn, Verdict};

/// The time that a question is about, by `TimeGenerated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogWindow {
    /// This long before the service's own present, whatever our clock says.
    Last(SignedDuration),
    /// From the first instant on, up to and without the second.
    Between(Timestamp, Timestamp),
}

impl LogWindow {
    /// The last `days` days.
    pub fn days(days: u32) -> Self {
        Self::Last(SignedDuration::from_hours(24 * i64::from(days)))
    }
}

/// Which rows a question is about. Every condition that is not empty must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogSelection {
    /// When.
    pub window: LogWindow,
    /// Of one of these perimeters.
    pub perimeters: Vec<ArmId>,
    /// Logged by one of these resources.
    pub resources: Vec<ArmId>,
    /// With one of these verdicts.
    pub verdicts: Vec<Verdict>,
    /// With these texts in these columns, ignoring case.
    pub equal: Vec<(LogColumn, String)>,
    /// With each of these texts somewhere, ignoring case.
    pub words: Vec<String>,
}

impl LogSelection {
    /// Everything in a window.
    pub fn all(window: LogWindow) -> Self {
        Self {
            window,
            perimeters: Vec::new(),
            resources: Vec::new(),
            verdicts: Vec::new(),
            equal: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Everything of one perimeter in a window.
    pub fn of_perimeter(perimeter: ArmId, window: LogWindow) -> Self {
        Self { perimeters: vec![perimeter], ..Self::all(window) }
    }

    /// Narrowed to these resources.
    #[must_use]
    pub fn at(self, resources: Vec<ArmId>) -> Self {
        Self { resources, ..self }
    }

    /// Narrowed to these verdicts.
    #[must_use]
    pub fn judged(self, verdicts: Vec<Verdict>) -> Self {
        Self { verdicts, ..self }
    }
}
