//! Commands without a screen: one file each. A session that is ready comes in, lines go out, and an exit code says
//! how it ended. Nothing here reads arguments from anywhere but [`crate::cli`], or prints past the writer it is given.

pub mod coverage;
mod desk;
pub mod evidence;
pub mod guard;
pub mod sign_in;
pub mod sweep;
pub mod tail;
mod traffic;
pub mod whatif;

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::azure::ArmClient;
use crate::azure::logs::TailPace;
use crate::domain::{Failure, FailureKind};
use crate::guard::{Pace, endpoint};
use crate::journal::Journal;

/// A session that is ready to be used.
#[derive(Clone)]
pub struct Ready {
    /// The client.
    pub client: ArmClient,
    /// The journal of writes.
    pub journal: Arc<Journal>,
    /// Names or ids of the subscriptions that were named; all when empty.
    pub only: Vec<String>,
    /// The perimeter that was named.
    pub perimeter: Option<String>,
    /// How fast a tail may ask.
    pub tail: TailPace,
}

impl Ready {
    /// Resource Manager of the session: what a guarded switch belongs to.
    pub fn endpoint(&self) -> String {
        endpoint(self.client.session())
    }

    /// How often to look after a switch.
    pub fn pace(&self) -> Pace {
        if self.client.session().is_loopback() { Pace::LOCAL } else { Pace::AZURE }
    }
}

/// Where lines go: as text, or as one JSON object each.
pub struct Printer<'o> {
    out: &'o mut (dyn Write + Send),
    json: bool,
    perseveres: bool,
}

impl<'o> Printer<'o> {
    /// Lines go to `out`.
    pub fn new(out: &'o mut (dyn Write + Send), json: bool) -> Self {
        Self { out, json, perseveres: false }
    }

    /// The same for work that goes on though nobody can be told: a full disk behind the output is no reason to stop.
    #[must_use]
    pub fn persevering(self) -> Self {
        Self { perseveres: true, ..self }
    }

    /// Lines are objects.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line: the text, or the fields with the text among them.
    pub fn line(&mut self, text: &str, fields: &[(&str, Value)]) -> Result<(), Failure> {
        let line = if self.json {
            let mut object = Map::new();
            for (name, value) in fields {
                object.insert((*name).to_owned(), value.clone());
            }
            object.insert("text".to_owned(), Value::from(text));
            Value::Object(object).to_string()
        } else {
            text.to_owned()
        };
        match writeln!(self.out, "{line}").and_then(|()| self.out.flush()) {
            // The reader has had enough; the work goes on all the same.
            Err(e) if self.perseveres || e.kind() == io::ErrorKind::BrokenPipe => {
                tracing::warn!(error = %e, line, "standard output cannot be written");
                Ok(())
            }
            other => other.map_err(|e| refused("Standard output cannot be written", e.to_string())),
        }
    }
}

/// A failure of the command itself.
fn refused(title: &str, detail: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Refused, title, detail)
}

/// Why the journal cannot be used.
fn unreadable(journal: &Journal, error: &io::Error) -> Failure {
    refused("The journal of writes cannot be used", format!("{}: {error}", journal.path().display()))
}

/// A time for people and programs alike.
fn stamp(at: Timestamp) -> String {
    format!("{at:.0}")
}
